"""Sheets with a column for each day, week or month: unfolded into a row for each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from suasion.features.tables.schema import Column

from .cells import is_filled
from .columns import bare, guess
from .dates import DateColumn
from .layout import NOTE, Layout, is_word_for_totals, unfold
from .moments import is_yearless, readings
from .names import RESULT, SYNONYMS
from .numerals import is_empty
from .records import Broken, Record

COLUMN = "\0column"
"""Beside the columns of an unfolded row: for each the column of the file that its cell stands in."""
WHEN = "observed_at"
"""What the day, week or month of an unfolded row is called."""


@dataclass(frozen=True)
class Pivot:
    """The columns of a sheet that hold one number each at another time, and what that number is."""

    periods: tuple[str, ...]
    measure: str

    @property
    def note(self) -> str:
        """What is to be said of it."""
        return f"the columns {self.periods[0]} to {self.periods[-1]} are read as {self.measure}, each as of its last day"

    def unfolded(self, layout: Layout) -> Layout:
        """Return the sheet with a row for each account and period; a period without a number is no row."""
        beside = [name for name in layout.header if name not in self.periods]
        return unfold(layout, [*beside, WHEN, self.measure], self._rows)

    def _rows(self, rows: Iterable[Record | Broken]) -> Iterator[Record | Broken]:
        for record in rows:
            if isinstance(record, Broken) or NOTE in record.value:
                yield record
                continue
            beside = {name: cell for name, cell in record.value.items() if name not in self.periods}
            for name in self.periods:
                cell = record.value.get(name)
                if says(cell):
                    row = {**beside, WHEN: name, self.measure: cell, COLUMN: {self.measure: name}}
                    yield Record(record.file, record.line, row)


def says(cell: object) -> bool:
    """Return whether a cell holds something, and not the sign for nothing."""
    return is_filled(cell) and not (isinstance(cell, str) and is_empty(cell))


def periods_in(header: Iterable[str]) -> tuple[str, ...]:
    """Return the columns that are named after a day, a week or a month; nothing where it is but one.

    >>> periods_in(["Creator", "Jan-24", "Feb-24", "Note"]), periods_in(["Creator", "KW 9", "KW 10"]), periods_in(["Creator", "March 2024"])
    (('Jan-24', 'Feb-24'), ('KW 9', 'KW 10'), ())
    """
    periods = tuple(name for name in header if readings(name, "last") or is_yearless(name))
    return periods if len(periods) > 1 else ()


def pivot_of(layout: Layout, named: Iterable[str], columns: Iterable[Column]) -> Pivot | None:
    """Return how a sheet is unfolded; None where it has no columns of periods, or nothing says what they hold.

    Parameters
    ----------
    named
        What the sheet, its title and its file are called: the first that names a column says what the numbers are.
    columns
        What they may be.
    """
    numbers = [column for column in columns if column.type == "number"]
    periods = tuple(name for name in periods_in(layout.header) if readings(name, "last"))
    if len(periods) < 2 or guess(layout.header, numbers):
        return None
    measure = measure_in(named, numbers)
    return Pivot(periods, measure) if measure else None


def measure_in(named: Iterable[str], numbers: Iterable[Column]) -> str:
    """Return the column that the first of some names tells; nothing where none does.

    >>> from suasion.features.tables.schema import TABLES
    >>> measure_in(["Sheet1", "Conversions", "Revenue"], TABLES["outcomes"].columns), measure_in(["Sheet1"], TABLES["outcomes"].columns)
    ('conversions', '')
    """
    called = {
        name: column.name
        for column in numbers
        for name in map(bare, (column.name, *SYNONYMS.get(column.name, ())))
        if name not in RESULT
    }
    for text in named:
        words = f" {bare(re.sub(r'[_.]', ' ', text))} "
        if fits := [name for name in called if f" {name} " in words]:
            return called[max(fits, key=len)]
    return ""


def advice_on(header: Iterable[str], wanted: str) -> str:
    """Return what to do with columns of periods that cannot be unfolded; nothing where there are none.

    >>> advice_on(["Creator", "2024-03-11", "2024-03-12", "Total"], "conversions").partition("--map")[2]
    ' Total=conversions --set starts_at=2024-03-11 --set ends_at=2024-03-12 takes their sum.'
    """
    header = list(header)
    periods = periods_in(header)
    if not periods:
        return ""
    said = f" The columns {periods[0]} to {periods[-1]} hold a number for each day, week or month"
    if wanted == "followers":
        years = " and each column's heading a year" if any(map(is_yearless, periods)) else ""
        return f"{said}: give the sheet a title that says what it is, such as Followers{years}."
    total = next((name for name in header if is_word_for_totals(name)), None)
    if total is None:
        years = " and say --year" if any(map(is_yearless, periods)) else ""
        return (
            f"{said}, and a row has one: call the sheet Conversions where it counts these{years}, "
            "or add a column Conversions with the sum of those that belong to its campaign."
        )
    first, last = _moment(periods, 0, "first"), _moment(periods, -1, "last")
    span = f" --set starts_at={first or 'DATE'} --set ends_at={last or 'DATE'}"
    return f"{said}, and a row has one: --map {total}=conversions{span} takes their sum."


def _moment(periods: tuple[str, ...], place: int, edge: str) -> str:
    column = DateColumn("", edge=edge)
    for name in periods:
        column.see(name)
    column.order = column.sign
    moments = set(readings(periods[place], edge).values())
    made = readings(periods[place], edge).get(column.order) if column.order else None  # type: ignore[call-overload]
    moment = made or (moments.pop() if len(moments) == 1 else None)
    return moment.date().isoformat() if moment else ""
