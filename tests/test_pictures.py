"""What holds of every picture: all of it lies inside, no words stand on others, and it takes the room there is."""

from __future__ import annotations

import itertools
import math
import re
from datetime import datetime
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from suasion.features import GROUPS
from suasion.serving.explaining.charts import (
    _log_ticks,
    bars,
    calibrated,
    change_bars,
    growth,
    on_range,
    over_time,
    ranges,
    scatter,
    strip,
    waterfall,
)

from .test_charts import ONES, WEEKS, months, shapes

WIDE, NARROW, TALL, DEEP = 6.2, 3.2, 8.5, 2.5
"""A letter or digit at 12 pixels: its width on average, that of a comma, and how far it stands above and below its line."""

PICTURES = {
    "strip": strip(ONES | {"relevance": 40.0, "frequency": 0.01}, 8.0),
    "waterfall": waterfall(2.0, 4.0, ONES | {"offer": 0.5, "relevance": 3.0, "momentum": 0.25}, 3.0, " of ann"),
    "waterfall of nothing": waterfall(1.0, 1.0, ONES, 1.0),
    "wide waterfall": waterfall(1e-3, 1.0, ONES | {"relevance": 1e6}, 1e3),
    "two years": over_time([SimpleNamespace(month=datetime(2022 + n // 12, n % 12 + 1, 1), followers=1e8 + 1e6 * n, references=n, posts=n) for n in range(24)]),
    "two months": over_time([SimpleNamespace(month=datetime(2024, n, 1), followers=None, references=0, posts=0) for n in (1, 2)]),
    "nothing": over_time([]),
    "ranges": ranges([("ridge on ten columns", 0.4, [0.3, 0.5]), ("suasion", 0.5, [0.4, 0.6]), ("worse", -0.3, [-0.4, -0.2])], "x"),
    "bars": bars([("the most followed", 1234.5), ("suasion", 5e4), ("none", 0.0)], "x", "suasion", " %"),
    "on a range": on_range(378.0, 101.0, 1141.0, 1141.0),
    "on a range without end": on_range(5e6, 0.0, None, 900.0),
    "nothing expected": on_range(0.0, 0.0, 0.0, 0.0),
    "calibrated": calibrated([{"expected": 0.0, "actual": 900.0}, {"expected": 30.0, "actual": 0.5}]),
    "followers": scatter([(10.0, 0.5, False), (3e6, 9e4, True), (5e4, 2.0, True)], [("@" + "long" * 30, 3e6, 9e4), ("@a", 10.0, 0.5)], "x"),
    "followers of two who are alike": scatter([(10.0, 0.5, False)] * 2, [("@a", 10.0, 0.5)], "x"),
    "following": growth(WEEKS, WEEKS[20][0]),
    "following that jumped at once": growth(WEEKS, WEEKS[1][0]),
    "following that jumped of late": growth(WEEKS, WEEKS[40][0]),
    "following of nobody": growth([(datetime(2024, 1, 1), 0.0)], None),
    "change": change_bars([SimpleNamespace(name=name, data=0.5 + n, model=3.0 / (1 + n)) for n, name in enumerate(("base", "exposure", *GROUPS))]),
}  # fmt: skip


def boxes(root: ElementTree.Element) -> list[tuple[str, float, float, float, float]]:
    """Return what is written: the words, and left, top, right and bottom."""
    found = []
    for one in root.iter("text"):
        x, y, said = float(one.get("x")), float(one.get("y")), one.text or ""
        width = sum(NARROW if letter in ",. " else WIDE for letter in said)
        left = x - {"start": 0.0, "middle": width / 2, "end": width}[one.get("text-anchor")]
        found.append((said, left, y - TALL, left + width, y + DEEP))
    return found


@pytest.mark.parametrize("name", PICTURES)
def test_everything_drawn_lies_inside(name: str) -> None:
    root = ElementTree.fromstring(PICTURES[name])
    width, height = float(root.get("width")), float(root.get("height"))
    for one in root.iter():
        told = {key: float(value) for key, value in one.attrib.items() if re.fullmatch(r"-?[\d.]+", value)}
        across = [told[key] for key in ("x1", "x2") if key in told]
        down = [told[key] for key in ("y1", "y2") if key in told]
        if one.tag == "rect":
            across, down = [told["x"], told["x"] + told["width"]], [told["y"], told["y"] + told["height"]]
        if one.tag == "circle":
            across = [told["cx"] - told["r"], told["cx"] + told["r"]]
            down = [told["cy"] - told["r"], told["cy"] + told["r"]]
        if one.tag == "polyline":
            pairs = [tuple(map(float, pair.split(","))) for pair in one.get("points").split()]
            across, down = [x for x, _ in pairs], [y for _, y in pairs]
        assert all(0 <= x <= width + 0.01 for x in across), one.attrib
        assert all(0 <= y <= height + 0.01 for y in down), one.attrib
    for said, left, top, right, bottom in boxes(root):
        assert 0 <= left <= right <= width, said
        assert 0 <= top <= bottom <= height, said


@pytest.mark.parametrize("name", PICTURES)
def test_no_words_stand_on_others(name: str) -> None:
    told = boxes(ElementTree.fromstring(PICTURES[name]))
    for place, (said, left, top, right, bottom) in enumerate(told):
        for other, left_, top_, right_, bottom_ in told[:place]:
            apart = right <= left_ or right_ <= left or bottom <= top_ or bottom_ <= top
            assert apart, f"{said} stands on {other}"


@pytest.mark.parametrize(
    ("name", "kind", "row"),
    [("waterfall", "label", 26), ("ranges", "label", 26), ("bars", "label", 34), ("change", "label", 24)],
)
def test_what_belongs_together_stands_in_one_row(name: str, kind: str, row: float) -> None:
    """A name at the left and the number at the right have one line, and so has the bar between them: no row reaches into the next."""
    chart = PICTURES[name]
    names = [one["y"] for one in shapes(chart, "text", kind)]
    assert [after - before for before, after in itertools.pairwise(names)] == [pytest.approx(row)] * (len(names) - 1)  # fmt: skip
    numbers = sorted({one["y"] for one in shapes(chart, "text", "value")})
    assert numbers == pytest.approx(names)
    for one in shapes(chart, "rect"):
        inside = [y for y in names if one["y"] - 4 <= y - 4 <= one["y"] + one["height"] + 4]
        assert len(inside) == 1, one
        top = (inside[0] - names[0]) // row * row + names[0] - 0.8 * row
        assert top <= one["y"], one
        assert one["y"] + one["height"] <= top + row + 2, one
    for one in shapes(chart, "circle"):
        assert min(abs(one["cy"] + 4 - y) for y in names) < 1


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (1.0, 10.0, [1, 2, 5, 10]), (1.1, 9.9, [2, 5]), (0.05, 0.5, [0.05, 0.1, 0.2, 0.5]), (1.0, 199.0, [1, 2, 5, 10, 20, 50, 100]),
        (1.0, 200.0, [1, 10, 100]), (0.5, 500.0, [1, 10, 100]), (0.5, 99.0, [0.5, 1, 2, 5, 10, 20, 50]), (0.2, 39.0, [0.2, 0.5, 1, 2, 5, 10, 20]),
        (0.2, 39.9999, [0.2, 0.5, 1, 2, 5, 10, 20]), (1.0, 1e6, [1, 10, 100, 1e3, 1e4, 1e5, 1e6]), (1.0, 1e7, [1, 100, 1e4, 1e6]),
        (0.5, 99.9, [0.5, 1, 2, 5, 10, 20, 50]), (0.5, 100.0, [1, 10, 100]), (0.5, 99.99, [0.5, 1, 2, 5, 10, 20, 50]), (3.0, 4.0, []),
        (1.0, 1.0, [1]),
    ],
)  # fmt: skip
def test_ticks_are_round_no_more_than_seven_and_at_both_ends(
    low: float, high: float, ticks: list[float]
) -> None:
    assert _log_ticks(low, high) == pytest.approx(ticks)


def test_forecasts_stand_on_one_axis_of_their_ranges() -> None:
    """A point lies within its range; more conversions lie further right, whatever the row; where no range is known nothing is drawn."""
    drawn = [
        ElementTree.fromstring(on_range(value, value / 2, 2 * value, 800.0)) for value in (1.0, 20.0, 400.0)
    ]
    dots = [float(root.find("circle").get("cx")) for root in drawn]
    ends = [
        (float(root.findall("line")[1].get("x1")), float(root.findall("line")[1].get("x2"))) for root in drawn
    ]
    assert dots == sorted(dots)
    assert all(low < dot < high for dot, (low, high) in zip(dots, ends, strict=True))
    assert ends[2][1] == pytest.approx(107.0), "the largest of all ends where the axis does"
    assert drawn[1].get("aria-label") == "20 on its range, 10 to 40"
    assert "3 or more" in on_range(5.0, 3.0, None, 9.0)
    assert on_range(0.4, None, None, 9.0) == on_range(0.4, math.nan, math.nan, 9.0) == ""


def test_where_nothing_is_known_nothing_is_counted() -> None:
    assert [one["text"] for one in shapes(over_time([]), "text")] == [
        "no snapshots of the audience", "followers", "references a month", "0"
    ]  # fmt: skip
    assert [one["text"] for one in shapes(over_time(months((5.0, 0, 0))), "text", "tick")][:2] == [
        "5.25",
        "4.75",
    ]
    one = shapes(over_time(months((100.0, 3, 1))), "rect", "bars")[0]
    assert (one["x"], one["width"], one["height"]) == (73, 558, pytest.approx(48))
    many = [SimpleNamespace(month=datetime(2024, 1, 1), followers=1.0, references=1, posts=0)] * 400
    assert {one["width"] for one in shapes(over_time(many), "rect", "bars")} == {1}
    assert bars([], "nothing") == bars([], "nothing")
    assert shapes(bars([], "x"), "rect") == []
    (dot,) = shapes(ranges([("a", 0.0, [])], "x"), "circle")
    (axis,) = shapes(ranges([("a", 0.0, [])], "x"), "line", "axis")
    assert dot["cx"] == pytest.approx(axis["x1"], abs=0.1)
    assert math.isfinite(shapes(calibrated([{"expected": 1.0, "actual": 1.0}]), "circle")[0]["cx"])


@pytest.mark.parametrize(
    ("value", "between", "axis", "end"),
    [(0.4, [0.3, 0.5], "left", "right"), (-0.4, [-0.5, -0.3], "right", "left"), (0.4, [], "left", "right"), (40.0, [], "left", "right")],
)  # fmt: skip
def test_ranges_take_all_the_room_there_is(value: float, between: list[float], axis: str, end: str) -> None:
    """From 0 to the furthest: at one side stands the axis, at the other what lies furthest from it."""
    chart = ranges([("a", value, between)], "x")
    sides = {"left": 190 + 380 * 0.02 / 1.04, "right": 570 - 380 * 0.02 / 1.04}
    (zero,) = shapes(chart, "line", "axis")
    assert zero["x1"] == pytest.approx(sides[axis], abs=0.1)
    furthest = [one[x] for one in shapes(chart, "line", "whisker") for x in ("x1", "x2")] or [shapes(chart, "circle")[0]["cx"]]  # fmt: skip
    assert (max if end == "right" else min)(furthest) == pytest.approx(sides[end], abs=0.1)


def test_pictures_take_all_the_room_there_is() -> None:
    """The widest bar, step, dot and line end at the border of what is drawn in."""
    chart = PICTURES["bars"]
    assert max(one["x"] + one["width"] for one in shapes(chart, "rect")) == 640 - 90
    assert min(one["x"] for one in shapes(chart, "rect")) == 190
    steps = [one for one in shapes(PICTURES["wide waterfall"], "rect") if one["title"]]
    room = (640 - 118 - 92) * 0.08 / 1.16
    assert min(one["x"] for one in steps) == pytest.approx(118 + room, abs=0.1)
    assert max(one["x"] + one["width"] for one in steps if one["width"] > 2) == pytest.approx(640 - 92 - room, abs=0.1)  # fmt: skip
    still = [one for one in shapes(PICTURES["waterfall of nothing"], "rect") if one["title"]]
    assert {round(one["x"]) for one in still} == {118 + (640 - 118 - 92) // 2}, (
        "where nothing moves, in the middle"
    )
    assert [one["width"] for one in shapes(bars([("a", 0.5), ("b", 0.25)], "x"), "rect")] == [360, 180]
    stand_out = shapes(PICTURES["followers"], "circle")[1:]
    wide, tall = math.log(3e6 * 1.25 / 8), math.log(9e4 * 1.25 / 0.4)
    assert [one["cx"] for one in stand_out] == pytest.approx(
        [60 + math.log(f / 8) / wide * 550 for f in (3e6, 5e4)], abs=0.1
    )
    assert [one["cy"] for one in stand_out] == pytest.approx(
        [284 - math.log(e / 0.4) / tall * 258 for e in (9e4, 2.0)], abs=0.1
    )
    dots = shapes(PICTURES["calibrated"], "circle")
    low, high = math.log(1e-3 * 0.8), math.log(900 * 1.25)
    each = (420 - 50 - 20) / (high - low)
    assert [one["cx"] for one in dots] == pytest.approx([50 + (math.log(e) - low) * each for e in (1e-3, 30.0)], abs=0.1)  # fmt: skip
    assert [one["cy"] for one in dots] == pytest.approx([260 - (math.log(a) - low) * (260 - 12) / (high - low) for a in (900.0, 0.5)], abs=0.1)  # fmt: skip
    changed = shapes(PICTURES["change"], "rect")
    half = (640 - 118 - 150) / 2
    assert max(abs(one["x"] + one["width"] - 118 - half) for one in changed) == pytest.approx(
        half - 4, abs=0.1
    )


@pytest.mark.parametrize(("many", "named"), [(1, [0]), (2, [0, 1]), (3, [0, 1, 2]), (24, [0, 12, 23])])
def test_months_are_named_under_their_bars(many: int, named: list[int]) -> None:
    chart = over_time([SimpleNamespace(month=datetime(2022 + n // 12, n % 12 + 1, 1), followers=5.0 + n, references=1, posts=0) for n in range(many)])  # fmt: skip
    bars_ = shapes(chart, "rect", "bars")
    names = [one for one in shapes(chart, "text", "tick") if re.fullmatch(r"\w{3} 20\d\d", one["text"])]
    assert [one["x"] for one in names] == pytest.approx([bars_[n]["x"] + bars_[n]["width"] / 2 for n in named], abs=0.02)  # fmt: skip
    assert [one["text"] for one in names] == [
        f"{datetime(2022 + n // 12, n % 12 + 1, 1):%b %Y}" for n in named
    ]
    (curve,) = shapes(chart, "polyline")
    across = [float(pair.split(",")[0]) for pair in curve["points"].split()]
    assert across == pytest.approx([one["x"] + one["width"] / 2 for one in bars_], abs=0.06)
