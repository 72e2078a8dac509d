"""The SVG: well-formed, complete, nothing on top of something else."""

from __future__ import annotations

from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from nb2pipe.graph.colors import relative_luminance, stage_color
from nb2pipe.graph.layout import assign_layers, compute_drawing, count_crossings
from nb2pipe.graph.links import group_links
from nb2pipe.graph.svg import render_svg, text_width
from nb2pipe.pipeline.model import Pipeline
from tests.unit.graph.pipelines import diamond, hostile, large, make_pipeline, make_stage

SVG = "{http://www.w3.org/2000/svg}"


def groups(text: str, kind: str) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(text)
    return [g for g in root.iter(f"{SVG}g") if g.get("class", "").split()[0] == kind]


@pytest.mark.parametrize(
    "pipeline",
    [make_pipeline(()), make_pipeline((make_stage("one"),)), diamond(), hostile(), large()],
    ids=["empty", "one", "diamond", "hostile", "large"],
)
def test_every_stage_and_every_link_is_there_with_a_tooltip(pipeline: Pipeline) -> None:
    text = render_svg(pipeline)
    stages, links = groups(text, "stage"), groups(text, "link")
    titles = [stage.findtext(f"{SVG}title", "").split("\n")[0] for stage in stages]
    assert titles == [s.title.split("\n")[0] for s in pipeline.stages]
    assert len(links) == len(group_links(pipeline))
    assert all(link.findtext(f"{SVG}title") for link in links)


def test_tooltips_name_variables_and_cells() -> None:
    text = render_svg(diamond())
    assert groups(text, "link")[0].findtext(f"{SVG}title") == "load → clean\ndata df (cell 2:1 → cell 3:1)"
    assert (
        groups(text, "stage")[0].findtext(f"{SVG}title") == "Load\nname: load\ncell 2\nparameters: path\nhands over: df"
    )


def test_it_stands_alone_in_light_and_dark() -> None:
    text = render_svg(large())
    assert "prefers-color-scheme: dark" in text
    assert "href" not in text and "url(" not in text and "<script" not in text
    assert text.count("http") == 1  # the namespace


def test_lines_that_hand_over_no_data_are_dashed() -> None:
    kinds = [link.get("class") for link in groups(render_svg(diamond()), "link")]
    assert kinds == ["link", "link", "link", "link quiet"]


def test_labels_lie_on_no_box_and_on_no_other_label() -> None:
    root = ElementTree.fromstring(render_svg(large()))
    boxes = [
        tuple(float(r.get(key, "0")) for key in ("x", "y", "width", "height"))
        for r in root.iter(f"{SVG}rect")
        if r.get("class") == "card"
    ]
    labels = []
    for text in root.iter(f"{SVG}text"):
        if text.get("class") == "label":
            width = text_width(text.text or "", 11)
            labels.append((float(text.get("x", "0")) - width / 2, float(text.get("y", "0")) - 9, width, 10.0))
    assert len(labels) > 10

    def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
        return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]

    assert not any(overlap(label, box) for label in labels for box in boxes)
    assert not any(overlap(a, b) for a, b in combinations(labels, 2))


def drawing_of(pipeline: Pipeline):  # type: ignore[no-untyped-def]
    widths = {stage.name: 100.0 + 7 * (n % 5) for n, stage in enumerate(pipeline.stages)}
    return compute_drawing(widths, [(link.source, link.target) for link in group_links(pipeline)])


@pytest.mark.parametrize("seed", range(8))
def test_boxes_do_not_overlap_and_lines_run_downwards(seed: int) -> None:
    drawing = drawing_of(large(40, seed))
    for a, b in combinations(drawing.boxes, 2):
        apart = a.x + a.width + 10 <= b.x or b.x + b.width + 10 <= a.x or a.y != b.y
        assert apart, (a, b)
    for box in drawing.boxes:
        assert box.x >= 0 and box.x + box.width <= drawing.width
        assert box.y >= 0 and box.y + box.height <= drawing.height
    for route in drawing.routes:
        assert all(upper[1] < lower[1] for upper, lower in pairwise(route.points))
        assert all(0 <= x <= drawing.width for x, _ in route.points)


@pytest.mark.parametrize("seed", range(8))
def test_lines_pass_no_box(seed: int) -> None:
    drawing = drawing_of(large(40, seed))
    for route in drawing.routes:
        for (x0, y0), (x1, y1) in pairwise(route.points):
            if x0 == x1:  # a vertical part beside the boxes of a layer
                crossed = [b for b in drawing.boxes if b.x < x0 < b.x + b.width and y0 < b.y + b.height and b.y < y1]
                assert crossed == []


def test_layers() -> None:
    links = [("a", "b"), ("b", "d"), ("a", "d"), ("c", "d")]
    assert assign_layers(["a", "b", "c", "d"], links) == {"a": 0, "b": 1, "c": 1, "d": 2}


def test_crossings_are_counted() -> None:
    rows = [[("a", 0), ("b", 0)], [("c", 1), ("d", 1)]]
    assert count_crossings(rows, [(("a", 0), ("d", 1)), (("b", 0), ("c", 1))]) == 1
    assert count_crossings(rows, [(("a", 0), ("c", 1)), (("b", 0), ("d", 1))]) == 0
    assert count_crossings(rows, [(("a", 0), ("c", 1)), (("b", 0), ("c", 1))]) == 0


def test_colors_are_stable_distinct_and_visible_on_white_and_on_dark() -> None:
    colors = [stage_color(n) for n in range(60)]
    assert colors[:3] == ["#3b7dd8", "#c4690a", "#2e8b57"]
    assert colors == [stage_color(n) for n in range(60)]
    assert len(set(colors)) == 60
    for color in colors:
        luminance = relative_luminance(color) + 0.05
        assert 1.05 / luminance >= 3, color
        assert luminance / (relative_luminance("#0d1117") + 0.05) >= 3, color
