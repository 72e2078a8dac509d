"""`artifacts.py` hands sets over so that they list their elements as they did (docs/decisions/0017-order-of-sets.md)."""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nb2pipe.codegen.runtime import render_runtime
from nb2pipe.convert import analyze
from nb2pipe.options import Options

#: Elements whose hashes are the same in every process.
ELEMENTS: dict[str, Callable[[random.Random, int], object]] = {
    "whole numbers": lambda rng, count: rng.randrange(4 * count),
    "floating-point numbers": lambda rng, count: rng.random() * count,
    "complex numbers": lambda rng, count: complex(rng.randrange(-count, count), rng.randrange(-count, count)),
    "pairs": lambda rng, count: (rng.randrange(count), rng.randrange(count)),
}


class Own(set[Any]):
    """A set of the notebook's own, with a method by which elements must not come back."""

    def update(self, *others: object) -> None:
        raise AssertionError(others)

    def __iter__(self) -> Any:
        return iter(())


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Any:
    pipeline = analyze(Path(__file__).parents[3] / "example_notebooks/churn/churn.ipynb").pipeline
    assert pipeline is not None
    text = render_runtime(replace(pipeline, stored=frozenset(["sets"])), "src/churn", Options())[
        "src/churn/artifacts.py"
    ]
    path = tmp_path_factory.mktemp("src") / "artifacts.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("artifacts", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def order_after(artifacts: Any, path: Path, items: set[Any]) -> list[Any]:
    artifacts.save(path, {"items": items})
    return list(artifacts.load(path, "items"))


@pytest.mark.parametrize("count", [6, 30, 150])
@pytest.mark.parametrize("kind", ELEMENTS)
def test_a_set_that_grew_keeps_its_order(artifacts: Any, tmp_path: Path, kind: str, count: int) -> None:
    rng = random.Random(count)
    for turn in range(10):
        items = {ELEMENTS[kind](rng, count) for _ in range(count)}
        assert order_after(artifacts, tmp_path / f"{turn}.pkl", items) == list(items)


@pytest.mark.parametrize("count", [6, 30])
@pytest.mark.parametrize("kind", ELEMENTS)
def test_a_set_that_lost_elements_keeps_its_order(artifacts: Any, tmp_path: Path, kind: str, count: int) -> None:
    rng = random.Random(count)
    for turn in range(10):
        items = {ELEMENTS[kind](rng, count) for _ in range(count)}
        for gone in rng.sample(sorted(items, key=repr), count // 3):
            items.discard(gone)
        items |= {ELEMENTS[kind](rng, count) for _ in range(count // 6)}
        assert order_after(artifacts, tmp_path / f"{turn}.pkl", items) == list(items)


def test_a_set_of_a_class_of_its_own_keeps_its_order(artifacts: Any, tmp_path: Path) -> None:
    points = {complex(x, y) for x in range(-14, 15) for y in range(-14, 15) if 10 <= abs(complex(x, y)) <= 13}
    own = Own(points)
    order = list(set.__iter__(own))
    assert artifacts._find_layout(own) is not None
    layout = artifacts._find_layout(own)
    again = Own(sorted(points, key=repr))
    artifacts._lay_out(again, *layout)
    assert list(set.__iter__(again)) == order


def test_a_large_set_is_looked_at_once(artifacts: Any) -> None:
    paths: list[int] = []
    choose = artifacts._choose_places
    artifacts._choose_places = lambda found, refused: paths.append(len(found)) or choose(found, refused)
    try:
        artifacts._find_layout({n * 0.37 for n in range(30_000)})
    finally:
        artifacts._choose_places = choose
    assert paths == [30_000]
