"""Regions that are in a circle are followed as one; what is reached is what following each edge finds."""

from __future__ import annotations

from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from nb2pipe.dataflow import regions
from nb2pipe.dataflow.regions import Regions

SIZE = 12
EDGES = st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1), st.booleans()), max_size=60)


def follow(edges: list[tuple[int, int, bool]], start: int, *, strong_only: bool) -> set[int]:
    seen, pending = {start}, [start]
    while pending:
        current = pending.pop()
        for owner, part, reads_only in edges:
            if owner == current and part not in seen and not (strong_only and reads_only):
                seen.add(part)
                pending.append(part)
    return seen


@settings(max_examples=150, deadline=None)
@given(edges=EDGES, code=st.integers(0, SIZE - 1))
def test_what_is_reached_is_what_following_each_edge_finds(edges: list[tuple[int, int, bool]], code: int) -> None:
    graph = Regions()
    for _ in range(SIZE):
        graph.new("instance")
    graph.add_code(code, frozenset({7}))
    with mock.patch.object(regions, "_STEPS", 3):  # circles are looked for all the time
        for number, (owner, part, reads_only) in enumerate(edges, 1):
            graph.link(owner, part, reads_only=reads_only)
            before = [e for e in edges[:number] if e[0] != e[1]]
            for start in range(0, SIZE, 1 + number % 3):
                reached = follow(before, start, strong_only=False)
                assert graph.reach(start) == reached
                assert graph.changeable(start) == follow(before, start, strong_only=True)
                assert graph.code(start) == ({7} if code in reached else set())
                assert graph.instances(start, 7) == ([code] if code in reached else [])
            for start in range(SIZE):
                assert {graph.circle(r) for r in graph.changeable(start)} == set(graph.circles(start))


def test_what_is_in_a_circle_goes_by_one_region() -> None:
    graph = Regions()
    for _ in range(4):
        graph.new()
    with mock.patch.object(regions, "_STEPS", 0):
        for owner, part in ((0, 1), (1, 2), (2, 0), (2, 3)):
            graph.link(owner, part)
        for number in range(40):
            graph.add_code(0, frozenset({number}))  # what was known of it holds no more
            graph.reach(0)
    assert graph.circle(0) == graph.circle(1) == graph.circle(2)
    assert graph.circle(3) != graph.circle(0)
