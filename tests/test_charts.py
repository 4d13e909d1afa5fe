"""Pictures: what they draw, read from their SVG, on small made-up inputs."""

from __future__ import annotations

import math
import re
from collections import Counter
from datetime import datetime, timedelta
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from suasion.features import CHARACTERISTICS, GROUPS
from suasion.serving.explaining.charts import (
    bars,
    calibrated,
    change_bars,
    count,
    growth,
    over_time,
    ranges,
    strip,
    times,
    waterfall,
)

ONES = dict.fromkeys(GROUPS, 1.0)


def shapes(chart: str, tag: str, kind: str = "") -> list[dict[str, float | str]]:
    """Return the elements of a picture, numbers as numbers; a picture is well-formed and says in words what it shows."""
    root = ElementTree.fromstring(chart)
    assert root.get("aria-label") == root[0].text
    assert [float(x) for x in root.get("viewBox").split()] == [
        0,
        0,
        float(root.get("width")),
        float(root.get("height")),
    ]
    found = []
    for one in root.iter(tag):
        if kind in (one.get("class") or "").split() or not kind:
            told = {name: float(v) if re.fullmatch(r"-?[\d.]+", v) else v for name, v in one.attrib.items()}
            found.append(told | {"text": one.text or "", "title": one[0].text if len(one) else ""})
    width, height = float(root.get("width")), float(root.get("height"))
    for one in found:
        assert -1 <= one.get("x", 0) <= width + 1, one
        assert -1 <= one.get("y", 0) <= height + 1, one
        assert one.get("x", 0) + one.get("width", 0) <= width + 1, one
        assert one.get("y", 0) + one.get("height", 0) <= height + 1, one
    return found


def label(chart: str) -> str:
    return ElementTree.fromstring(chart).get("aria-label")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (0.0, "0"), (-3.0, "-3"), (999.4, "999"), (1000.0, "1,000"), (-1234.5, "-1,234"), (0.00123, "0.00123"),
        (12.0, "12"), (12.34, "12.3"), (None, "–"), (math.nan, "–"), (math.inf, "–"),
    ],
)  # fmt: skip
def test_counts_are_no_finer_than_they_deserve(value, says: str) -> None:
    assert count(value) == says


def test_factors_in_words() -> None:
    assert [times(x) for x in (0.5, 1.0, 9.994, 10.0, 12.345, 1234.0)] == [
        "×0.50",
        "×1.00",
        "×9.99",
        "×10",
        "×12.3",
        "×1,234",
    ]


def test_the_strip_goes_up_where_it_helps_and_as_far_as_the_log_says() -> None:
    factors = ONES | {"relevance": 4.0, "frequency": 0.5, "references": 100.0, "conversation": 2.0}
    chart = strip(factors, 4.0)
    drawn = shapes(chart, "rect")
    assert len(drawn) == 7
    kinds = [one["class"] for one in drawn]
    assert kinds == ["help", "hurt", "help", "help", "help", "help", "help"]
    tall = [one["height"] for one in drawn]
    assert tall == [16, 8, 16, 8, 0.5, 0.5, 0.5], "capped at the widest, half of it at its square root"
    assert [one["y"] for one in drawn] == [1, 17, 1, 9, 17, 17, 17]
    assert [one["x"] for one in drawn] == [2 + 16 * n for n in range(7)]
    assert [one["title"] for one in drawn][:2] == ["relevance ×4.00", "frequency ×0.50"]
    assert label(chart).split(", ")[0] == "relevance ×4.00"
    assert len(label(chart).split(", ")) == 7
    (axis,) = shapes(chart, "line", "axis")
    assert (axis["x1"], axis["x2"], axis["y1"], axis["y2"]) == (0, 112, 17, 17)
    assert shapes(strip(ONES | {"relevance": 1.2}, 0.0), "rect")[0]["height"] == pytest.approx(
        16 * math.log(1.2) / math.log(1.5), abs=0.01
    )


def test_the_waterfall_multiplies_from_base_to_expected() -> None:
    factors = ONES | {"offer": 0.5, "relevance": 3.0, "momentum": 0.25}
    chart = waterfall(2.0, 4.0, factors, 3.0, " of ann")
    assert (
        label(chart)
        == "2 × exposure 4"
        + "".join(f" × {name} {factors[name]:.2f}" for name in GROUPS)
        + " = 3 conversions of ann"
    )
    steps = [one for one in shapes(chart, "rect") if one["title"]]
    bars = {str(one["title"]).split(" ×")[0]: one for one in steps}
    for one in shapes(chart, "text", "label"):
        if bar := bars.get(str(one["text"])):
            assert bar["y"] < one["y"] < bar["y"] + bar["height"] + 4, "a name stands beside its bar"
    (end,) = shapes(chart, "rect", "ink")
    for one in [*shapes(chart, "text", "strong")]:
        assert end["y"] < one["y"] < end["y"] + end["height"] + 4
    assert [one["title"] for one in steps] == [
        "exposure ×4.00",
        *(f"{name} {times(factors[name])}" for name in GROUPS),
    ]
    assert [one["class"] for one in steps][:3] == ["neutral", "neutral", "help"]
    assert steps[-1]["class"] == "hurt"
    (start,) = shapes(chart, "line", "mark")
    (end,) = shapes(chart, "rect", "ink")
    scale = steps[0]["width"] / math.log(4)
    for one, factor in zip(steps, [4.0, *factors.values()], strict=True):
        assert one["width"] == pytest.approx(max(abs(math.log(factor)) * scale, 1.5), abs=0.02)
    assert steps[0]["x"] == pytest.approx(start["x1"], abs=0.02)
    assert steps[1]["x"] + steps[1]["width"] == pytest.approx(steps[0]["x"] + steps[0]["width"], abs=0.02), (
        "down from where it was"
    )
    assert end["x"] + 2 == pytest.approx(start["x1"] + math.log(3.0 / 2.0) * scale, abs=0.02)
    tops = [one["y"] for one in steps]
    assert tops == [26 * (n + 1) + 5 for n in range(9)]
    links = shapes(chart, "line", "link")
    assert [one["x1"] for one in links] == [one["x2"] for one in links]
    grid = [one["x1"] for one in shapes(chart, "line", "grid")]
    ticks = {one["text"]: one["x"] for one in shapes(chart, "text", "tick")}
    assert list(ticks) == ["2", "5", "10"]
    assert grid == list(ticks.values())
    assert ticks["2"] == pytest.approx(start["x1"], abs=0.02)
    assert ticks["5"] == pytest.approx(start["x1"] + math.log(2.5) * scale, abs=0.02)
    texts = Counter(one["text"] for one in shapes(chart, "text"))
    for said in ("base", "expected", "exposure", *GROUPS, "×4.00", "×0.50", "×3.00", "×0.25"):
        assert texts[said] >= 1
    assert all(118 <= one["x"] <= 640 - 92 + 1 for one in steps)
    beside = [one for one in shapes(chart, "text", "value") if one["text"] != "2"]
    assert [one["text"] for one in beside] == [*(times(factor) for factor in (4.0, *factors.values())), "3"]
    assert all(one["x"] > 640 - 92 for one in beside), "to the right of all bars"


def test_a_wide_waterfall_has_few_ticks() -> None:
    ticks = [
        one["text"] for one in shapes(waterfall(1e-3, 1.0, ONES | {"relevance": 1e6}, 1e3), "text", "tick")
    ]
    assert ticks == ["0.001", "0.01", "0.1", "1", "10", "100", "1,000"]
    narrow = [
        one["text"] for one in shapes(waterfall(1.0, 1.0, ONES | {"relevance": 150.0}, 150.0), "text", "tick")
    ]
    assert narrow == ["1", "5", "20", "100"] or len(narrow) <= 7


def months(*told: tuple[float | None, int, int]) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(month=datetime(2023, n + 1, 1), followers=f, references=r, posts=p)
        for n, (f, r, p) in enumerate(told)
    ]


def test_two_years_are_a_line_and_bars() -> None:
    chart = over_time(months((100.0, 4, 1), (None, 0, 2), (200.0, 8, 3), (150.0, 2, 0)))
    assert label(chart) == "followers and references by month, January 2023 to April 2023"
    drawn = shapes(chart, "rect", "bars")
    assert drawn[0]["title"] == "January 2023: 4 references, 1 posts"
    tall = [one["height"] for one in drawn]
    assert tall[2] == pytest.approx(48), "the most"
    assert tall == [pytest.approx(x) for x in (24, 0, 48, 12)]
    assert {one["y"] + one["height"] for one in drawn} == {166.0}
    assert [one["x"] for one in drawn] == [pytest.approx(72 + 140 * n + 1) for n in range(4)]
    (curve,) = shapes(chart, "polyline")
    points = [tuple(map(float, pair.split(","))) for pair in curve["points"].split()]
    assert [x for x, _ in points] == [142, 422, 562], "the month that is not known is left out"
    # From 0.95 × 100 at the floor of 90 to 1.05 × 200 at 14.
    assert [y for _, y in points] == [
        pytest.approx(90 - (f - 95) / 115 * 76, abs=0.06) for f in (100, 200, 150)
    ]
    dots = shapes(chart, "circle")
    assert [(one["cx"], one["cy"]) for one in dots] == [points[0], points[-1]]
    texts = [one["text"] for one in shapes(chart, "text")]
    assert texts == ["210", "95", "followers", "references a month", "8", "Jan 2023", "Mar 2023", "Apr 2023"]
    anchors = [one["text-anchor"] for one in shapes(chart, "text")][-3:]
    assert anchors == ["start", "middle", "end"]


def test_nothing_in_two_years_is_drawn_as_nothing() -> None:
    chart = over_time(months((None, 0, 1)))
    assert "no snapshots of the audience" in [one["text"] for one in shapes(chart, "text")]
    assert [one["height"] for one in shapes(chart, "rect", "bars")] == [0]
    assert not shapes(chart, "polyline")
    assert label(over_time([])) == "followers and references by month"
    flat = over_time(months((0.0, 1, 1), (0.0, 1, 1)))
    (curve,) = shapes(flat, "polyline")
    assert curve["points"] == "212.0,90.0 492.0,90.0"


def test_ranges_are_where_their_values_are() -> None:
    chart = ranges(
        [("suasion", 0.4, [0.3, 0.5]), ("past average", 0.1, []), ("worse", -0.1, [-0.2, 0.0])], "explained"
    )
    assert label(chart) == "explained: suasion 0.40, past average 0.10, worse -0.10"
    (axis,) = shapes(chart, "line", "axis")
    dots = shapes(chart, "circle")
    assert [one["class"] for one in dots] == ["point accent", "point muted", "point muted"]
    scale = (dots[0]["cx"] - axis["x1"]) / 0.4
    assert scale > 0
    assert [one["cx"] for one in dots] == [
        pytest.approx(axis["x1"] + v * scale, abs=0.2) for v in (0.4, 0.1, -0.1)
    ]
    whiskers = shapes(chart, "line", "whisker")
    assert [(one["x1"], one["x2"]) for one in whiskers] == [
        (pytest.approx(axis["x1"] + low * scale, abs=0.2), pytest.approx(axis["x1"] + high * scale, abs=0.2))
        for low, high in ((0.3, 0.5), (-0.2, 0.0))
    ]
    assert [one["y1"] for one in whiskers] == [17, 69]
    assert {one["cy"] for one in dots} == {17, 43, 69}
    assert all(one["x1"] >= 190 and one["x2"] <= 640 - 70 + 0.1 for one in whiskers)
    assert "0.400" in [one["text"] for one in shapes(ranges([("a", 0.4, [])], "x", "", 3), "text")]
    assert shapes(ranges([("a", 0.4, [])], "x", "b"), "circle")[0]["class"] == "point muted"


def test_bars_are_as_long_as_their_values() -> None:
    chart = bars([("suasion", 50.0), ("at random", 20.0), ("none", 0.0)], "kept", "suasion", " %")
    assert label(chart) == "kept: suasion 50 %, at random 20 %, none 0 %"
    drawn = shapes(chart, "rect")
    assert [one["width"] for one in drawn] == [360, 144, 0]
    assert [one["class"] for one in drawn] == ["accent", "muted", "muted"]
    assert [one["y"] for one in drawn] == [6, 40, 74]
    assert {one["x"] for one in drawn} == {190}
    texts = [(one["text"], one["x"]) for one in shapes(chart, "text")]
    assert texts == [
        ("suasion", 180),
        ("50 %", 558),
        ("at random", 180),
        ("20 %", 342),
        ("none", 180),
        ("0 %", 198),
    ]
    assert [one["width"] for one in shapes(bars([("a", 0.0)], "x"), "rect")] == [0]


def test_promise_and_outcome_agree_on_the_line() -> None:
    chart = calibrated(
        [
            {"expected": 1.0, "actual": 1.0},
            {"expected": 10.0, "actual": 0.0},
            {"expected": 2.0, "actual": 20.0},
        ]
    )
    assert label(chart) == "expected and actual conversions: 1 and 1, 10 and 0.001, 2 and 20"
    (link,) = shapes(chart, "line", "link")
    dots = shapes(chart, "circle")
    slope = (link["y2"] - link["y1"]) / (link["x2"] - link["x1"])
    assert slope < 0
    off = [one["cy"] - (link["y1"] + slope * (one["cx"] - link["x1"])) for one in dots]
    assert off[0] == pytest.approx(0, abs=0.2)
    assert off[1] > 10, "fewer came: below the line"
    assert off[2] < -10, "more came: above the line"
    assert dots[0]["cx"] < dots[2]["cx"] < dots[1]["cx"]
    each = (dots[1]["cx"] - dots[0]["cx"]) / math.log(10)
    assert dots[2]["cx"] - dots[0]["cx"] == pytest.approx(each * math.log(2), abs=0.2)
    ticks = [(one["text"], one["text-anchor"]) for one in shapes(chart, "text", "tick")]
    assert ("1", "middle") in ticks
    assert ("1", "end") in ticks
    assert (link["x1"], link["x2"]) == (50, 400)
    assert (link["y1"], link["y2"]) == (260, 12)


def test_a_change_is_drawn_by_data_and_by_model() -> None:
    parts = [
        SimpleNamespace(name=name, data=data, model=model)
        for name, data, model in (("base", 1.0, 2.0), ("relevance", 4.0, 0.5), ("momentum", 0.25, 1.0))
    ]
    chart = change_bars(parts)
    assert label(chart) == "change by factor: base ×2.00, relevance ×2.00, momentum ×0.25"
    drawn = shapes(chart, "rect")
    (axis,) = shapes(chart, "line", "axis")
    half = (640 - 118 - 150) / 2 - 4
    assert axis["x1"] == 118 + (640 - 118 - 150) / 2
    assert [one["class"] for one in drawn] == ["help", "model", "help", "model", "hurt", "model"]
    assert [one["width"] for one in drawn] == [
        pytest.approx(half * x, abs=0.01) for x in (0, 0.5, 1, 0.5, 1, 0)
    ]
    assert [one["x"] for one in drawn] == [
        pytest.approx(axis["x1"] - half * x, abs=0.01) for x in (0, 0, 0, 0.5, 1, 0)
    ]
    assert [one["y"] for one in drawn] == [4, 13, 28, 37, 52, 61]
    texts = [one["text"] for one in shapes(chart, "text")]
    assert texts[2:4] == ["relevance", "×2.00  (×4.00 · ×0.50)"]
    small = shapes(change_bars([SimpleNamespace(name="a", data=math.exp(0.025), model=1.0)]), "rect")
    assert small[0]["width"] == pytest.approx(half / 2, abs=0.01), "little is drawn as little"
    assert len(CHARACTERISTICS) == 7


WEEK = timedelta(weeks=1)
WEEKS = [(datetime(2024, 1, 1) + n * WEEK, 1000.0 if n < 20 else 4000.0) for n in range(41)]


def test_the_following_is_drawn_from_its_first_week_to_its_last() -> None:
    chart = growth(WEEKS, WEEKS[20][0])
    assert label(chart) == "followers by week, January 2024 to October 2024, with a jump until 20 May 2024"
    (curve,) = shapes(chart, "polyline")
    points = [tuple(map(float, pair.split(","))) for pair in str(curve["points"]).split()]
    assert (points[0], points[20], points[40]) == ((72, 99), (352, 24), (632, 24)), (
        "a quarter, and all, of a hundred"
    )
    words = {one["text"]: (one["x"], one["text-anchor"]) for one in shapes(chart, "text")}
    assert words == {
        "4,000": (66, "end"), "0": (66, "end"), "Jan 2024": (72, "start"), "Oct 2024": (632, "end"), "20 May 2024": (352, "middle"),
    }  # fmt: skip
    (mark,) = shapes(chart, "line", "jump")
    assert (mark["x1"], mark["x2"]) == (352, 352)
    plain = growth(WEEKS[:9], None)
    assert label(plain) == "followers by week, January 2024 to February 2024"
    assert not shapes(plain, "line", "jump")
    days = growth(WEEKS[:3], None)
    assert label(days) == "followers by week, January 2024"
    assert {one["text"] for one in shapes(days, "text")} >= {"1 Jan 2024", "15 Jan 2024"}
