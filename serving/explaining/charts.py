"""Pictures as SVG, for the page and the report: no script, no style attribute, colours by class from the stylesheet.

Blue helps and orange hurts (Okabe & Ito 2008, told apart by all kinds of colour vision), and direction says the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from suasion.features import CHARACTERISTICS, GROUPS

if TYPE_CHECKING:
    from .evidence import Month
    from .score_change import Part


LONGEST_NAME = 30
"""Letters of a name beside a point."""


class Chart:
    """A picture that is drawn shape by shape, and scales with its place."""

    def __init__(self, width: float, height: float, kind: str) -> None:
        self.width, self.height, self.kind = width, height, kind
        self._shapes = list[str]()

    def rect(self, x: float, y: float, width: float, height: float, kind: str, title: str = "") -> None:
        """Draw a rectangle."""
        tooltip = f"<title>{escape(title)}</title>" if title else ""
        self._shapes.append(
            f'<rect class="{kind}" x="{x:.2f}" y="{y:.2f}" width="{max(width, 0):.2f}" height="{max(height, 0):.2f}">{tooltip}</rect>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        """Draw a line."""
        self._shapes.append(f'<line class="{kind}" x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}"/>')

    def curve(self, points: Iterable[tuple[float, float]]) -> None:
        """Draw lines from point to point."""
        places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._shapes.append(f'<polyline class="curve" points="{places}"/>')

    def dot(self, x: float, y: float, radius: float, kind: str) -> None:
        """Draw a filled circle."""
        self._shapes.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"/>')

    def text(self, x: float, y: float, said: str, kind: str, anchor: str = "start") -> None:
        """Write a line of text."""
        self._shapes.append(
            f'<text class="{kind}" x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}">{escape(said)}</text>'
        )

    def saying(self, label: str) -> Markup:
        """Return the picture, which says in words what it shows."""
        return Markup(
            f'<svg class="chart {escape(self.kind)}" viewBox="0 0 {self.width:g} {self.height:g}" width="{self.width:g}" height="{self.height:g}" role="img" '
            f'aria-label="{escape(label)}"><title>{escape(label)}</title>{"".join(self._shapes)}</svg>'
        )


def times(factor: float) -> str:
    """Return a factor in words: ``×1.30``.

    >>> times(0.5), times(12.345), times(12345.6), times(0.0004)
    ('×0.50', '×12.3', '×12,346', '×<0.01')
    """
    if factor < 0.005:
        return "×<0.01"
    return f"×{factor:.2f}" if factor < 10 else f"×{count(factor)}"


def count(value: float | None) -> str:
    """Return a number of conversions or the like, no finer than it deserves and never as a power of ten.

    >>> count(1234.5), count(999.7), count(12.34), count(0.1234), count(None)
    ('1,234', '1,000', '12.3', '0.123', '–')
    >>> count(0.00001), count(-0.00001), count(1e20)
    ('<0.0001', '>-0.0001', '>999 trillion')
    """
    if value is None or not math.isfinite(value):
        return "–"
    size = abs(value)
    if size >= 1e15:
        return ">999 trillion" if value > 0 else "<-999 trillion"
    if size >= 999.5:
        return f"{value:,.0f}"
    if 0 < size < 0.0001:
        return "<0.0001" if value > 0 else ">-0.0001"
    return f"{value:.0f}" if value == round(value) else f"{value:.3g}"


def _side(factor: float) -> str:
    return "help" if factor >= 1 else "hurt"


def strip(factors: Mapping[str, float], widest: float) -> Markup:
    """Draw the seven factors as small bars about the line of 1: up helps, down hurts, on the log scale."""
    chart, middle = Chart(7 * 16.0, 34.0, "strip"), 17.0
    most = max(math.log(max(widest, 1.5)), 1e-9)
    said = {name: f"{name} {times(factors[name])}" for name in CHARACTERISTICS}
    for place, name in enumerate(CHARACTERISTICS):
        length = min(1.0, abs(math.log(factors[name])) / most) * (middle - 1)
        top = middle - length if factors[name] >= 1 else middle
        chart.rect(place * 16 + 2, top, 12, max(length, 0.5), _side(factors[name]), said[name])
    chart.line(0, middle, chart.width, middle, "axis")
    return chart.saying(", ".join(said.values()))


def on_range(expected: float, low: float | None, high: float | None, most: float) -> Markup:
    """Draw a forecast as a point on its range, on a log axis from 0 to ``most``, the same for all rows; nothing where no range is known."""
    if low is None or math.isnan(low):
        return Markup("")
    chart, middle = Chart(112.0, 12.0, "on-range"), 6.0
    open_ended = high is None or not math.isfinite(high)

    def x(value: float) -> float:
        return 5 + (chart.width - 10) * min(1.0, math.log1p(max(value, 0.0)) / math.log1p(max(most, 1.0)))

    chart.line(5, middle, chart.width - 5, middle, "grid")
    chart.line(
        x(low), middle, chart.width if open_ended or high is None else x(high), middle, "whisker muted"
    )
    chart.dot(x(expected), middle, 4, "point accent")
    return chart.saying(
        f"{count(expected)} on its range, {count(low)} {'or more' if open_ended else f'to {count(high)}'}"
    )


def waterfall(
    base: float, exposure: float, factors: Mapping[str, float], expected: float, others: str = ""
) -> Markup:
    """Draw how base, exposure and factors multiply to the expected conversions, on a log axis."""
    steps = [("exposure", exposure), *((name, factors[name]) for name in GROUPS)]
    row, left, right = 26.0, 118.0, 92.0
    chart = Chart(640.0, row * (len(steps) + 2) + 26, "waterfall")
    levels = list(accumulate((math.log(factor) for _, factor in steps), initial=math.log(base)))
    room = max(max(levels) - min(levels), math.log(2))
    low, high = min(levels) - 0.08 * room, max(levels) + 0.08 * room
    scale = (chart.width - left - right) / (high - low)

    def x(level: float) -> float:
        return left + (level - low) * scale

    for tick in _log_ticks(math.exp(low), math.exp(high)):
        at = x(math.log(tick))
        chart.line(at, 4, at, chart.height - 22, "grid")
        chart.text(at, chart.height - 8, count(tick), "tick", "middle")
    chart.text(left - 8, row * 0.68, "base", "label", "end")
    chart.line(x(levels[0]), 4, x(levels[0]), row + 4, "mark")
    chart.text(x(levels[0]) + 6, row * 0.68, count(base), "value")
    for place, (name, factor) in enumerate(steps, start=1):
        top, start, end = row * place, x(levels[place - 1]), x(levels[place])
        kind = "neutral" if name in ("exposure", "offer") else _side(factor)
        said = f"{name} {times(factor)}"
        chart.rect(min(start, end), top + 5, max(abs(end - start), 1.5), row - 10, kind, said)
        chart.line(end, top + 5, end, top + row + 5, "link")
        chart.text(left - 8, top + row * 0.68, name, "label", "end")
        chart.text(chart.width - right + 12, top + row * 0.68, times(factor), "value")
    top = row * (len(steps) + 1)
    chart.text(left - 8, top + row * 0.68, "expected", "label strong", "end")
    chart.rect(x(levels[-1]) - 2, top + 4, 4, row - 8, "ink")
    chart.text(chart.width - right + 12, top + row * 0.68, count(expected), "value strong")
    product = "".join(f" × {name} {factors[name]:.2f}" for name in GROUPS)
    return chart.saying(
        f"{count(base)} × exposure {exposure:g}{product} = {count(expected)} conversions{others}"
    )


def _log_ticks(low: float, high: float) -> list[float]:
    ticks = [
        mantissa * 10.0**power
        for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        for mantissa in ((1, 2, 5) if high / low < 200 else (1,))
    ]
    inside = [tick for tick in ticks if low <= tick <= high]
    return inside[:: max(1, math.ceil(len(inside) / 7))]


def over_time(months: Sequence[Month]) -> Markup:
    """Draw two years by month: followers as a line, references as bars below; ``months`` as evidence gives them."""
    chart, left, gap = Chart(640.0, 190.0, "over-time"), 72.0, 96.0
    each = (chart.width - left - 8) / max(len(months), 1)
    followers = [(place, m.followers) for place, m in enumerate(months) if m.followers is not None]
    if followers:
        top = max(value for _, value in followers) * 1.05 or 1.0
        least = min(value for _, value in followers) * 0.95
        room = max(top - least, 1.0)
        points = [
            (left + (place + 0.5) * each, 14 + (1 - (value - least) / room) * (gap - 20))
            for place, value in followers
        ]
        chart.curve(points)
        for x, y in (points[0], points[-1]):
            chart.dot(x, y, 2.2, "dot")
        chart.text(left - 6, 18, count(top), "tick", "end")
        chart.text(left - 6, gap - 4, count(least), "tick", "end")
    else:
        chart.text(left, gap / 2, "no snapshots of the audience", "tick")
    chart.text(left, 10, "followers", "tick strong")
    most = max((m.references for m in months), default=0)
    floor = chart.height - 24
    for place, month in enumerate(months):
        tall = month.references / most * (floor - gap - 22) if most else 0
        said = f"{month.month:%B %Y}: {month.references} references, {month.posts} posts"
        chart.rect(left + place * each + 1, floor - tall, max(each - 2, 1), tall, "bars", said)
    chart.text(left, gap + 10, "references a month", "tick strong")
    chart.line(left, floor, chart.width - 8, floor, "axis")
    chart.text(left - 6, gap + 26, count(most), "tick", "end")
    for place in sorted({0, len(months) // 2, len(months) - 1}) if months else ():
        anchor = "end" if place == len(months) - 1 else "middle" if place else "start"
        middle = left + (place + 0.5) * each
        chart.text(middle, chart.height - 8, f"{months[place].month:%b %Y}", "tick", anchor)
    when = f", {_span(months[0].month, months[-1].month)}" if months else ""
    return chart.saying(f"followers and references by month{when}")


def _span(first: datetime, last: datetime) -> str:
    if (first.year, first.month) == (last.year, last.month):
        return f"{first:%B %Y}"
    return f"{first:%B %Y} to {last:%B %Y}"


def growth(weeks: Sequence[tuple[datetime, float]], jump: datetime | None) -> Markup:
    """Draw the followers by week over all that is known, from nought, with a jump marked; ``jump`` is when it had happened."""
    chart, left, floor = Chart(640.0, 150.0, "growth"), 72.0, 124.0
    first, last = weeks[0][0], weeks[-1][0]
    span = max((last - first).total_seconds(), 1.0)
    most = max(max(value for _, value in weeks), 1.0)

    def x(moment: datetime) -> float:
        return left + (moment - first).total_seconds() / span * (chart.width - left - 8)

    # Within one month the ticks are days.
    shape = "%b %Y" if _span(first, last) != f"{first:%B %Y}" else "%-d %b %Y"
    chart.line(left, floor, chart.width - 8, floor, "axis")
    chart.curve((x(at), floor - value / most * (floor - 24)) for at, value in weeks)
    chart.text(left - 6, 28, count(most), "tick", "end")
    chart.text(left - 6, floor, "0", "tick", "end")
    chart.text(left, chart.height - 8, f"{first:{shape}}", "tick")
    chart.text(chart.width - 8, chart.height - 8, f"{last:{shape}}", "tick", "end")
    said = f"followers by week, {_span(first, last)}"
    if jump is not None:
        at, day = x(jump), f"{jump:%-d %B %Y}"
        chart.line(at, 14, at, floor, "jump")
        chart.text(at, 10, day, "tick strong", "middle" if at < chart.width - 60 else "end")
        said += f", with a jump until {day}"
    return chart.saying(said)


def ranges(
    rows: Sequence[tuple[str, float, Sequence[float]]], label: str, mark: str = "suasion", digits: int = 2
) -> Markup:
    """Draw a value with its 90 % range a row, such as models and what they explain; ``mark`` names the row that stands out."""
    row, left, right = 26.0, 190.0, 70.0
    chart = Chart(640.0, row * len(rows) + 14, "ranges")
    low = min(0.0, *(min([value, *between]) for _, value, between in rows))
    high = max(0.0, *(max([value, *between]) for _, value, between in rows))
    room = max(high - low, 1e-9)
    scale = (chart.width - left - right) / (room * 1.04)

    def x(value: float) -> float:
        return left + (value - low + 0.02 * room) * scale

    chart.line(x(0), 2, x(0), chart.height - 8, "axis")
    for place, (name, value, between) in enumerate(rows):
        y = row * (place + 0.5) + 4
        kind, strong = ("accent", " strong") if name == mark else ("muted", "")
        if len(between) == 2:
            chart.line(x(between[0]), y, x(between[1]), y, f"whisker {kind}")
        chart.dot(x(value), y, 4.5, f"point {kind}")
        chart.text(left - 10, y + 4, name, f"label{strong}", "end")
        chart.text(chart.width - right + 14, y + 4, f"{value:.{digits}f}", f"value{strong}")
    return chart.saying(f"{label}: " + ", ".join(f"{name} {value:.{digits}f}" for name, value, _ in rows))


def bars(rows: Sequence[tuple[str, float]], label: str, mark: str = "", unit: str = "") -> Markup:
    """Draw a value a row from zero, with the number at its end."""
    row, left, right = 34.0, 190.0, 90.0
    chart = Chart(640.0, row * len(rows) + 8, "bars-chart")
    most = max([value for _, value in rows] + [1e-9])
    for place, (name, value) in enumerate(rows):
        top, length = row * place + 6, value / most * (chart.width - left - right)
        kind, strong = ("accent", " strong") if name == mark else ("muted", "")
        chart.rect(left, top, length, row - 12, kind)
        chart.text(left - 10, top + 15, name, f"label{strong}", "end")
        chart.text(left + length + 8, top + 15, f"{count(value)}{unit}", "value strong")
    return chart.saying(f"{label}: " + ", ".join(f"{name} {count(value)}{unit}" for name, value in rows))


Scale = Callable[[float], float]
"""Where on an axis a value stands."""


def _log_axes(
    chart: Chart,
    across: Sequence[float],
    upward: Sequence[float],
    left: float,
    right: float,
    top: float,
    floor: float,
) -> tuple[Scale, Scale]:
    """Draw a grid on two log scales between four sides, and return the scales."""

    def scale(values: Sequence[float], start: float, end: float) -> tuple[list[float], Scale]:
        low, high = math.log(min(values) * 0.8), math.log(max(values) * 1.25)
        ticks = _log_ticks(math.exp(low), math.exp(high))
        return ticks, lambda value: start + (math.log(value) - low) / (high - low) * (end - start)

    (columns, x), (rows, y) = scale(across, left, right), scale(upward, floor, top)
    for tick in columns:
        chart.line(x(tick), top, x(tick), floor, "grid")
        chart.text(x(tick), floor + 16, count(tick), "tick", "middle")
    for tick in rows:
        chart.line(left, y(tick), right, y(tick), "grid")
        chart.text(left - 6, y(tick) + 4, count(tick), "tick", "end")
    return x, y


def scatter(
    points: Sequence[tuple[float, float, bool]], names: Sequence[tuple[str, float, float]], label: str
) -> Markup:
    """Draw followers beside expected conversions, a point a person, on log scales; those who stand out in colour, some called by name."""
    chart = Chart(640.0, 330.0, "scatter")
    followers_of, expected_of, _ = zip(*points, strict=True)
    x, y = _log_axes(chart, followers_of, expected_of, 60.0, 610.0, 26.0, 284.0)
    for followers, expected, stands_out in sorted(points, key=lambda one: one[2]):
        chart.dot(x(followers), y(expected), 4, "point accent" if stands_out else "point muted")
    for name, followers, expected in names:
        short = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
        side = "end" if x(followers) > chart.width / 2 else "start"
        chart.text(x(followers), y(expected) - 8, short, "label strong", side)
    chart.text(350.0, chart.height - 8, "followers", "tick strong", "middle")
    chart.text(12.0, 14, "expected conversions", "tick strong")
    return chart.saying(label)


def calibrated(bins: Sequence[Mapping[str, float]]) -> Markup:
    """Draw expected beside actual conversions of ten groups of rows; on the line, promise and outcome agree."""
    chart = Chart(420.0, 300.0, "calibrated")
    points = [(max(b["expected"], 1e-3), max(b["actual"], 1e-3)) for b in bins]
    values = [value for pair in points for value in pair]
    x, y = _log_axes(chart, values, values, 50.0, 400.0, 12.0, 260.0)
    low, high = min(values) * 0.8, max(values) * 1.25
    chart.line(x(low), y(low), x(high), y(high), "link")
    for expected, actual in points:
        chart.dot(x(expected), y(actual), 5, "point accent")
    chart.text(235.0, chart.height - 6, "expected conversions", "tick strong", "middle")
    chart.text(56.0, 24, "actual", "tick strong")
    said = ", ".join(f"{count(e)} and {count(a)}" for e, a in points)
    return chart.saying(f"expected and actual conversions: {said}")


def change_bars(parts_of: Sequence[Part]) -> Markup:
    """Draw what each factor did to a score between two scorings: by the data and by the model."""
    row, left, right = 24.0, 118.0, 150.0
    chart = Chart(640.0, row * len(parts_of) + 4, "change")
    both = [part.data * part.model for part in parts_of]
    values = [*both, *(value for part in parts_of for value in (part.data, part.model))]
    most = max([abs(math.log(value)) for value in values] + [0.05])
    middle, half = left + (chart.width - left - right) / 2, (chart.width - left - right) / 2 - 4
    chart.line(middle, 0, middle, row * len(parts_of), "axis")
    for place, part in enumerate(parts_of):
        for value, top, tall, kind in ((part.data, 4, 8, _side(part.data)), (part.model, 13, 6, "model")):
            length = math.log(value) / most * half
            chart.rect(middle + min(0.0, length), row * place + top, abs(length), tall, kind)
        chart.text(left - 8, row * place + 16, part.name, "label", "end")
        said = f"{times(both[place])}  ({times(part.data)} · {times(part.model)})"
        chart.text(chart.width - right + 8, row * place + 16, said, "value")
    changes = ", ".join(f"{part.name} {times(factor)}" for part, factor in zip(parts_of, both, strict=True))
    return chart.saying(f"change by factor: {changes}")
