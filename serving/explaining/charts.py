"""Pictures as SVG, for the page and the report: no script, no style attribute, colours by class from the stylesheet.

Blue helps and orange hurts (Okabe & Ito 2008, told apart by all kinds of colour vision), and direction says the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from suasion.features import CHARACTERISTICS, GROUPS

if TYPE_CHECKING:
    from .evidence import Month
    from .score_change import Part


def svg(width: float, height: float, label: str, parts: Sequence[str], kind: str = "") -> Markup:
    """Return a picture that scales with its place and says in words what it shows."""
    return Markup(
        f'<svg class="chart {escape(kind)}" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" role="img" '
        f'aria-label="{escape(label)}"><title>{escape(label)}</title>{"".join(parts)}</svg>'
    )


def rect(x: float, y: float, width: float, height: float, kind: str, title: str = "") -> str:
    """Return a rectangle."""
    tooltip = f"<title>{escape(title)}</title>" if title else ""
    return f'<rect class="{kind}" x="{x:.2f}" y="{y:.2f}" width="{max(width, 0):.2f}" height="{max(height, 0):.2f}">{tooltip}</rect>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Return a line."""
    return f'<line class="{kind}" x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}"/>'


def text(x: float, y: float, said: str, kind: str = "", anchor: str = "start") -> str:
    """Return a line of text."""
    return f'<text class="{kind}" x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}">{escape(said)}</text>'


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


def strip(factors: Mapping[str, float], widest: float) -> Markup:
    """Draw the seven factors as small bars about the line of 1: up helps, down hurts, on the log scale."""
    width, height, middle = 7 * 16.0, 34.0, 17.0
    most = max(math.log(max(widest, 1.5)), 1e-9)
    parts = []
    for place, name in enumerate(CHARACTERISTICS):
        length = min(1.0, abs(math.log(factors[name])) / most) * (middle - 1)
        helps = factors[name] >= 1
        parts.append(
            rect(place * 16 + 2, middle - length if helps else middle, 12, max(length, 0.5), "help" if helps else "hurt",
                 f"{name} {times(factors[name])}")
        )  # fmt: skip
    parts.append(line(0, middle, width, middle, "axis"))
    said = ", ".join(f"{name} {times(factors[name])}" for name in CHARACTERISTICS)
    return svg(width, height, said, parts, "strip")


def waterfall(
    base: float, exposure: float, factors: Mapping[str, float], expected: float, others: str = ""
) -> Markup:
    """Draw how base, exposure and factors multiply to the expected conversions, on a log axis."""
    steps = [("exposure", exposure), *((name, factors[name]) for name in GROUPS)]
    row, left, right, width = 26.0, 118.0, 92.0, 640.0
    levels = [math.log(base)]
    for _, factor in steps:
        levels.append(levels[-1] + math.log(factor))
    low, high = min(levels), max(levels)
    room = max(high - low, math.log(2))
    low, high = low - 0.08 * room, high + 0.08 * room
    scale = (width - left - right) / (high - low)

    def x(level: float) -> float:
        return left + (level - low) * scale

    height = row * (len(steps) + 2) + 26
    parts = []
    for tick in _log_ticks(math.exp(low), math.exp(high)):
        at = x(math.log(tick))
        parts += [line(at, 4, at, height - 22, "grid"), text(at, height - 8, count(tick), "tick", "middle")]
    parts += [
        text(left - 8, row * 0.68, "base", "label", "end"),
        line(x(levels[0]), 4, x(levels[0]), row + 4, "mark"),
    ]
    parts.append(text(x(levels[0]) + 6, row * 0.68, count(base), "value"))
    for place, (name, factor) in enumerate(steps):
        top = row * (place + 1)
        start, end = x(levels[place]), x(levels[place + 1])
        kind = "neutral" if name in ("exposure", "offer") else "help" if factor >= 1 else "hurt"
        parts.append(
            rect(
                min(start, end),
                top + 5,
                max(abs(end - start), 1.5),
                row - 10,
                kind,
                f"{name} {times(factor)}",
            )
        )
        parts.append(line(end, top + 5, end, top + row + 5, "link"))
        parts.append(text(left - 8, top + row * 0.68, name, "label", "end"))
        parts.append(text(width - right + 12, top + row * 0.68, times(factor), "value"))
    top = row * (len(steps) + 1)
    parts.append(text(left - 8, top + row * 0.68, "expected", "label strong", "end"))
    parts.append(rect(x(levels[-1]) - 2, top + 4, 4, row - 8, "ink"))
    parts.append(text(width - right + 12, top + row * 0.68, count(expected), "value strong"))
    said = f"{count(base)} × exposure {exposure:g}" + "".join(
        f" × {name} {factors[name]:.2f}" for name in GROUPS
    )
    return svg(width, height, f"{said} = {count(expected)} conversions{others}", parts, "waterfall")


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
    width, height, left, gap = 640.0, 190.0, 72.0, 96.0
    each = (width - left - 8) / max(len(months), 1)
    followers = [(place, m.followers) for place, m in enumerate(months) if m.followers is not None]
    parts = []
    if followers:
        top = max(value for _, value in followers) * 1.05 or 1.0
        least = min(value for _, value in followers) * 0.95
        room = max(top - least, 1.0)
        points = [
            (left + (place + 0.5) * each, 14 + (1 - (value - least) / room) * (gap - 20))
            for place, value in followers
        ]
        parts.append(
            '<polyline class="curve" points="' + " ".join(f"{x:.1f},{y:.1f}" for x, y in points) + '"/>'
        )
        parts += [
            f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="2.2"/>' for x, y in (points[0], points[-1])
        ]
        parts += [
            text(left - 6, 18, count(top), "tick", "end"),
            text(left - 6, gap - 4, count(least), "tick", "end"),
        ]
    else:
        parts.append(text(left, gap / 2, "no snapshots of the audience", "tick"))
    parts.append(text(left, 10, "followers", "tick strong"))
    most = max((m.references for m in months), default=0)
    floor = height - 24
    for place, month in enumerate(months):
        tall = month.references / most * (floor - gap - 22) if most else 0
        said = f"{month.month:%B %Y}: {month.references} references, {month.posts} posts"
        parts.append(rect(left + place * each + 1, floor - tall, max(each - 2, 1), tall, "bars", said))
    parts += [
        text(left, gap + 10, "references a month", "tick strong"),
        line(left, floor, width - 8, floor, "axis"),
    ]
    parts.append(text(left - 6, gap + 26, count(most), "tick", "end"))
    for place in sorted({0, len(months) // 2, len(months) - 1}) if months else ():
        anchor = "end" if place == len(months) - 1 else "middle" if place else "start"
        parts.append(
            text(left + (place + 0.5) * each, height - 8, f"{months[place].month:%b %Y}", "tick", anchor)
        )
    said = "followers and references by month" + (
        f", {_span(months[0].month, months[-1].month)}" if months else ""
    )
    return svg(width, height, said, parts, "over-time")


def _span(first: datetime, last: datetime) -> str:
    if (first.year, first.month) == (last.year, last.month):
        return f"{first:%B %Y}"
    return f"{first:%B %Y} to {last:%B %Y}"


def growth(weeks: Sequence[tuple[datetime, float]], jump: datetime | None) -> Markup:
    """Draw the followers by week over all that is known, from nought, with a jump marked; ``jump`` is when it had happened."""
    width, height, left, floor = 640.0, 150.0, 72.0, 124.0
    first, last = weeks[0][0], weeks[-1][0]
    span = max((last - first).total_seconds(), 1.0)
    most = max(max(value for _, value in weeks), 1.0)

    def x(moment: datetime) -> float:
        return left + (moment - first).total_seconds() / span * (width - left - 8)

    # Within one month the ticks are days.
    shape = "%b %Y" if _span(first, last) != f"{first:%B %Y}" else "%-d %b %Y"
    points = " ".join(f"{x(at):.1f},{floor - value / most * (floor - 24):.1f}" for at, value in weeks)
    parts = [line(left, floor, width - 8, floor, "axis"), f'<polyline class="curve" points="{points}"/>']
    parts += [text(left - 6, 28, count(most), "tick", "end"), text(left - 6, floor, "0", "tick", "end")]
    parts += [
        text(left, height - 8, f"{first:{shape}}", "tick"),
        text(width - 8, height - 8, f"{last:{shape}}", "tick", "end"),
    ]
    said = f"followers by week, {_span(first, last)}"
    if jump is not None:
        at = x(jump)
        parts.append(line(at, 14, at, floor, "jump"))
        parts.append(text(at, 10, f"{jump:%-d %B %Y}", "tick strong", "middle" if at < width - 60 else "end"))
        said += f", with a jump until {jump:%-d %B %Y}"
    return svg(width, height, said, parts, "growth")


def ranges(
    rows: Sequence[tuple[str, float, Sequence[float]]], label: str, mark: str = "suasion", digits: int = 2
) -> Markup:
    """Draw a value with its 90 % range a row, such as models and what they explain; ``mark`` names the row that stands out."""
    width, row, left, right = 640.0, 26.0, 190.0, 70.0
    low = min(0.0, *(min([value, *between]) for _, value, between in rows))
    high = max(0.0, *(max([value, *between]) for _, value, between in rows))
    room = max(high - low, 1e-9)
    scale = (width - left - right) / (room * 1.04)

    def x(value: float) -> float:
        return left + (value - low + 0.02 * room) * scale

    height = row * len(rows) + 14
    parts = [line(x(0), 2, x(0), height - 8, "axis")]
    for place, (name, value, between) in enumerate(rows):
        y = row * (place + 0.5) + 4
        kind = "accent" if name == mark else "muted"
        if len(between) == 2:
            parts.append(line(x(between[0]), y, x(between[1]), y, f"whisker {kind}"))
        parts.append(f'<circle class="point {kind}" cx="{x(value):.1f}" cy="{y:.1f}" r="4.5"/>')
        parts.append(text(left - 10, y + 4, name, "label strong" if name == mark else "label", "end"))
        parts.append(
            text(
                width - right + 14, y + 4, f"{value:.{digits}f}", "value strong" if name == mark else "value"
            )
        )
    said = label + ": " + ", ".join(f"{name} {value:.{digits}f}" for name, value, _ in rows)
    return svg(width, height, said, parts, "ranges")


def bars(rows: Sequence[tuple[str, float]], label: str, mark: str = "", unit: str = "") -> Markup:
    """Draw a value a row from zero, with the number at its end."""
    width, row, left, right = 640.0, 34.0, 190.0, 90.0
    most = max([value for _, value in rows] + [1e-9])
    parts = []
    for place, (name, value) in enumerate(rows):
        top = row * place + 6
        kind = "accent" if name == mark else "muted"
        parts.append(rect(left, top, value / most * (width - left - right), row - 12, kind))
        parts.append(text(left - 10, top + 15, name, "label strong" if name == mark else "label", "end"))
        parts.append(
            text(
                left + value / most * (width - left - right) + 8,
                top + 15,
                f"{count(value)}{unit}",
                "value strong",
            )
        )
    said = label + ": " + ", ".join(f"{name} {count(value)}{unit}" for name, value in rows)
    return svg(width, row * len(rows) + 8, said, parts, "bars-chart")


def calibrated(bins: Sequence[Mapping[str, float]]) -> Markup:
    """Draw expected beside actual conversions of ten groups of rows; on the line, promise and outcome agree."""
    width, height, left, right, floor = 420.0, 300.0, 50.0, 20.0, 260.0
    points = [(max(b["expected"], 1e-3), max(b["actual"], 1e-3)) for b in bins]
    low = math.log(min(min(pair) for pair in points) * 0.8)
    high = math.log(max(max(pair) for pair in points) * 1.25)
    scale = 1 / max(high - low, 1e-9)

    def x(value: float) -> float:
        return left + (math.log(value) - low) * scale * (width - left - right)

    def y(value: float) -> float:
        return floor - (math.log(value) - low) * scale * (floor - 12)

    parts = []
    for tick in _log_ticks(math.exp(low), math.exp(high)):
        parts += [
            line(x(tick), 12, x(tick), floor, "grid"),
            text(x(tick), floor + 16, count(tick), "tick", "middle"),
        ]
        parts += [
            line(left, y(tick), width - right, y(tick), "grid"),
            text(left - 6, y(tick) + 4, count(tick), "tick", "end"),
        ]
    parts.append(line(x(math.exp(low)), y(math.exp(low)), x(math.exp(high)), y(math.exp(high)), "link"))
    parts += [f'<circle class="point accent" cx="{x(e):.1f}" cy="{y(a):.1f}" r="5"/>' for e, a in points]
    parts.append(text((left + width) / 2, height - 6, "expected conversions", "tick strong", "middle"))
    parts.append(text(left + 6, 24, "actual", "tick strong"))
    said = "expected and actual conversions: " + ", ".join(f"{count(e)} and {count(a)}" for e, a in points)
    return svg(width, height, said, parts, "calibrated")


def change_bars(parts_of: Sequence[Part]) -> Markup:
    """Draw what each factor did to a score between two scorings: by the data and by the model."""
    width, row, left, right = 640.0, 24.0, 118.0, 150.0
    most = max(
        [abs(math.log(v)) for part in parts_of for v in (part.data, part.model, part.data * part.model)]
        + [0.05]
    )
    middle = left + (width - left - right) / 2
    half = (width - left - right) / 2 - 4
    parts = [line(middle, 0, middle, row * len(parts_of), "axis")]
    for place, part in enumerate(parts_of):
        for value, top, tall, kind in (
            (part.data, 4, 8, "help" if part.data >= 1 else "hurt"),
            (part.model, 13, 6, "model"),
        ):
            length = math.log(value) / most * half
            parts.append(rect(middle + min(0.0, length), row * place + top, abs(length), tall, kind))
        parts.append(text(left - 8, row * place + 16, part.name, "label", "end"))
        both = part.data * part.model
        parts.append(
            text(
                width - right + 8,
                row * place + 16,
                f"{times(both)}  ({times(part.data)} · {times(part.model)})",
                "value",
            )
        )
    said = "change by factor: " + ", ".join(
        f"{part.name} {times(part.data * part.model)}" for part in parts_of
    )
    return svg(width, row * len(parts_of) + 4, said, parts, "change")
