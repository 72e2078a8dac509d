"""Finding targets by name."""

from __future__ import annotations

import tomllib
import types
from importlib import metadata

import pytest

from nb2pipe.diagnostics import Span
from nb2pipe.targets import (
    BUILT_IN,
    CORE,
    Setting,
    SettingError,
    Support,
    UnknownTargetError,
    check_targets,
    choose_settings,
    dvc,
    engine_names,
    find_target,
    render_targets,
    target_names,
)
from nb2pipe.targets.workflow import TaskHint
from tests.conftest import REPOSITORY
from tests.unit.targets.workflows import small_workflow


class Point:
    def __init__(self, name: str, value: object):
        self.name, self.value = name, value

    def load(self) -> object:
        return self.value


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.SimpleNamespace(
        SUPPORT=Support("Alpha", "alpha 1", hints=frozenset({"limit"})),
        SETTINGS=(Setting("where", "here", "Where it runs."),),
        render_files=lambda workflow, settings, templates: {"alpha.txt": f"{workflow.name} {settings['where']}"},
    )
    points = [Point("zeta", module), Point("alpha", module), Point("dvc", module)]
    monkeypatch.setattr(metadata, "entry_points", lambda *, group: points if group == "nb2pipe.targets" else [])


def test_the_built_in_ones_are_the_entry_points() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    points = project["entry-points"]["nb2pipe.targets"]
    assert points == {name: f"nb2pipe.targets.{name}" for name in BUILT_IN if name != CORE}


def test_built_in() -> None:
    assert find_target("dvc") is dvc
    assert target_names()[0] == "ploomber"


@pytest.mark.usefixtures("plugins")
def test_plugins_come_last_and_cannot_take_a_built_in_name() -> None:
    assert engine_names()[-2:] == ("alpha", "zeta")
    assert find_target("alpha").SUPPORT.engine == "Alpha"
    assert find_target("dvc") is dvc


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize("name", ["nothing", "ploomber"])
def test_unknown(name: str) -> None:
    with pytest.raises(UnknownTargetError) as error:
        find_target(name)
    assert error.value.known == engine_names()


@pytest.mark.usefixtures("plugins")
def test_settings_are_chosen_or_default() -> None:
    assert choose_settings("alpha", {}) == {"where": "here"}
    assert choose_settings("alpha", {"alpha.where": "there", "zeta.other": "x"}) == {"where": "there"}
    with pytest.raises(SettingError, match="the target `alpha` has no setting `when`; it has where"):
        choose_settings("alpha", {"alpha.when": "now"})


@pytest.mark.usefixtures("plugins")
def test_a_target_brings_the_stage_command() -> None:
    files = render_targets(small_workflow(), ("ploomber", "alpha"), {"alpha.where": "there"})
    assert files["alpha.txt"] == "small there"
    assert {"engines/run_stage.py", "engines/store.py"} < set(files)
    assert render_targets(small_workflow(), ("ploomber",), {}) == {}


@pytest.mark.usefixtures("plugins")
def test_hints_that_no_engine_honours_are_named() -> None:
    hints = (TaskHint("limit", "cpu", "2"), TaskHint("image", "", "python:3.12"))
    workflow = small_workflow(hints=hints)
    places = {("load", "image:python:3.12"): Span(3)}
    [image] = check_targets(workflow, ("ploomber", "alpha"), {}, places)
    assert (image.code, image.span.cell) == ("NB310", 3)
    assert image.message == "the target `alpha` cannot honour `image:python:3.12`"
    assert len(check_targets(workflow, ("ploomber",), {})) == 2


def test_files_outside_of_the_project_are_named() -> None:
    found = check_targets(small_workflow(carries_files=False), ("dvc",), {})
    assert [each.code for each in found] == ["NB315"]
