"""Finding targets by name."""

from __future__ import annotations

import types
from importlib import metadata

import pytest

from nb2pipe.targets import UnknownTargetError, find_check, find_target, ploomber, target_names


class Point:
    def __init__(self, name: str, value: object):
        self.name, self.value = name, value

    def load(self) -> object:
        return self.value


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    def render(*_: object) -> dict[str, str]:
        return {"plugin": ""}

    module = types.SimpleNamespace(render_project=render)
    points = [Point("zeta", render), Point("alpha", module), Point("ploomber", render)]
    monkeypatch.setattr(metadata, "entry_points", lambda *, group: points if group == "nb2pipe.targets" else [])


def test_built_in() -> None:
    assert find_target("ploomber") is ploomber.render_project
    assert target_names()[0] == "ploomber"


@pytest.mark.usefixtures("plugins")
def test_plugins() -> None:
    assert target_names() == ("ploomber", "alpha", "zeta")
    for name in ("alpha", "zeta"):
        assert find_target(name)(None, None, None) == {"plugin": ""}  # type: ignore[arg-type]


@pytest.mark.usefixtures("plugins")
def test_plugin_cannot_take_a_built_in_name() -> None:
    assert find_target("ploomber") is ploomber.render_project


@pytest.mark.usefixtures("plugins")
def test_unknown() -> None:
    with pytest.raises(UnknownTargetError) as error:
        find_target("nothing")
    assert error.value.known == ("ploomber", "alpha", "zeta")


@pytest.mark.usefixtures("plugins")
def test_checks() -> None:
    assert find_check("ploomber") is ploomber.check_project
    assert find_check("alpha")(None) == find_check("zeta")(None) == ()  # type: ignore[arg-type]
    with pytest.raises(UnknownTargetError):
        find_check("nothing")
