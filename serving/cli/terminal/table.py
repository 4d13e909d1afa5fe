"""Tables that fit the terminal: a number is printed whole or not at all.

Where a table is wider than the terminal, names are shortened as long as they stay different, then columns are left out whole, those
that matter least first, and a line below says which.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.console import Console
from rich.text import Text

GAP = "  "
SHORTEST = 12
"""Characters to which a name is shortened at most."""
NARROWEST = 18
"""Characters in which words go on in the next line at least."""


@dataclass(frozen=True)
class Column:
    """A heading and its cells."""

    heading: str
    cells: Sequence[str | Text]
    rank: int = 0
    """Columns of the highest rank are left out first; those of rank 0 stay."""
    kind: Literal["number", "name", "id", "words"] = "number"
    """``number`` stands in one line, to the right; ``name`` in one line, shortened where there is no room and names stay different;
    ``id`` goes on in the next line, whole, so that it can be copied; ``words`` go on in the next line between words."""

    @property
    def widest(self) -> int:
        """Columns of the terminal that the widest cell, or word of the heading, takes."""
        return max(map(cell_len, [*self.heading.split(" "), *(str(cell) for cell in self.cells)]))

    @property
    def least(self) -> int:
        """The fewest columns of the terminal in which it can be printed."""
        return min(self.widest, NARROWEST) if self.kind in ("words", "id") else self.widest


@dataclass(frozen=True)
class Grid:
    """Columns with as many cells each, a title, and what the marks in them mean."""

    columns: Sequence[Column]
    title: str = ""
    legend: str = ""
    rows_apart: frozenset[int] = field(default_factory=frozenset)
    """Rows before which a line stays empty."""

    def print(self, console: Console, *, instead: str = "") -> None:
        """Print what fits; a line below says what does not."""
        columns, left_out, shortened = fit(self.columns, console.width)
        if self.title:
            console.print(Text(self.title, style="bold"))
        for line in lines_of(columns, console.width, self.rows_apart):
            console.print(line, soft_wrap=True)
        notes = [self.legend] if self.legend else []
        if left_out:
            notes.append(f"Not shown, for want of room: {', '.join(left_out)}.")
        if shortened:
            notes.append("… stands for what is left out of a long name.")
        if (left_out or shortened) and instead:
            notes.append(instead)
        if notes:
            console.print(Text(" " + " ".join(notes), style="dim"))


def fit(columns: Sequence[Column], width: int) -> tuple[list[Column], list[str], bool]:
    """Return the columns that fit, the headings of those left out, and whether names are shortened."""
    left = list(columns)
    out: list[str] = []
    while True:
        needed = _needed(left)
        if needed <= width:
            return left, out, False
        short = _shorten(left, needed - width)
        if short is not None:
            return short, out, True
        rank = max(column.rank for column in left)
        if rank == 0:
            # Where nothing more can be left out, names that cannot be shortened go on in the next line.
            folded = [replace(column, kind="id") if column.kind == "name" else column for column in left]
            return folded, out, False
        last = max(place for place, column in enumerate(left) if column.rank == rank)
        out.insert(0, left.pop(last).heading.replace("\N{NO-BREAK SPACE}", " "))


def _needed(columns: Sequence[Column]) -> int:
    return sum(column.least for column in columns) + len(GAP) * (len(columns) - 1)


def _shorten(columns: list[Column], over: int) -> list[Column] | None:
    """Return the columns with names that take ``over`` characters less; None where they would not stay different."""
    short = []
    for column in columns:
        least = max(SHORTEST, *(cell_len(word) for word in column.heading.split(" ")))
        if column.kind != "name" or over <= 0 or column.widest <= least:
            short.append(column)
            continue
        to = max(least, column.widest - over)
        cells = [shorten(cell, to) for cell in column.cells]
        if len({str(cell) for cell in cells}) < len({str(cell) for cell in column.cells}):
            return None
        over -= column.widest - to
        short.append(replace(column, cells=cells))
    return short if over <= 0 else None


def shorten(cell: str | Text, width: int) -> str | Text:
    """Return a name without its middle, where it is longer.

    >>> shorten("https://example.social/@somebody", 17), shorten("anna", 17)
    ('https://…somebody', 'anna')
    """
    text = str(cell)
    if cell_len(text) <= width:
        return cell
    head, tail = (width - 1) // 2, (width - 1) - (width - 1) // 2
    start = set_cell_size(text, head).rstrip()
    end = text[::-1]
    end = set_cell_size(end, tail).rstrip()[::-1]
    short = f"{start}…{end}"
    return Text(short, style=cell.style) if isinstance(cell, Text) else short


def lines_of(columns: Sequence[Column], width: int, rows_apart: frozenset[int]) -> Iterator[Text]:
    """Return the lines of a table, heading first."""
    widths = [column.least for column in columns]
    spare = width - sum(widths) - len(GAP) * (len(columns) - 1)
    for place, column in enumerate(columns):
        more = max(0, min(spare, column.widest - widths[place]))
        widths[place] += more
        spare -= more
    for place, column in enumerate(columns):  # headings in fewer lines, where there is room
        more = max(0, min(spare, cell_len(column.heading) - widths[place]))
        widths[place] += more
        spare -= more
    headings: list[list[str | Text]] = [
        [
            Text(line.replace("\N{NO-BREAK SPACE}", " "), style="dim")
            for line in textwrap.wrap(column.heading, size, break_long_words=False)
        ]
        for column, size in zip(columns, widths, strict=True)
    ]
    most = max(map(len, headings))
    blank: list[str | Text] = [""]
    yield from _row([blank * (most - len(lines)) + lines for lines in headings], columns, widths)
    for row in range(max((len(column.cells) for column in columns), default=0)):
        if row in rows_apart:
            yield Text()
        cells = [
            _broken(column, column.cells[row], size) for column, size in zip(columns, widths, strict=True)
        ]
        yield from _row(cells, columns, widths)


def _broken(column: Column, cell: str | Text, width: int) -> list[str | Text]:
    """Return the lines of a cell."""
    text, style = str(cell), cell.style if isinstance(cell, Text) else ""
    if column.kind == "id":
        return [Text(part, style=style) for part in chop_cells(text, width)] or [""]
    if column.kind == "words":
        return [
            Text(part, style=style)
            for line in text.splitlines()
            for part in textwrap.wrap(line, width, subsequent_indent=" ", break_on_hyphens=False)
        ] or [""]
    return [cell]


def _row(cells: list[list[str | Text]], columns: Sequence[Column], widths: list[int]) -> Iterator[Text]:
    for line in range(max(map(len, cells))):
        text = Text()
        for place, (lines, column, width) in enumerate(zip(cells, columns, widths, strict=True)):
            cell = lines[line] if line < len(lines) else ""
            space = " " * (width - cell_len(str(cell)))
            text.append(GAP if place else "")
            text.append(space if column.kind == "number" else "")
            text.append_text(cell if isinstance(cell, Text) else Text(cell))
            text.append(space if column.kind != "number" else "")
        text.rstrip()
        yield text


def dashed(value: float | None, form: str) -> str:
    """Return a number in a format, or a dash where there is none.

    >>> dashed(0.5, ".2f"), dashed(None, ".2f"), dashed(float("nan"), ",.0f")
    ('0.50', '–', '–')
    """
    return "–" if value is None or value != value else format(value, form)


def between(bounds: Sequence[float | None], form: str) -> str:
    """Return a range, or a dash where there is none.

    >>> between([0.25, 0.5], ".0%"), between([], ".2f")
    ('25% to 50%', '–')
    """
    return " to ".join(dashed(bound, form) for bound in bounds) or "–"
