"""Sheets in which what several rows share is written once, beside the first of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from .cells import is_filled, shown_cell
from .layout import NOTE, TOTAL
from .records import Broken, Record


def is_written_once(name: str, rows: Sequence[Mapping[str, object]]) -> bool:
    """Return whether the cells of a column stand for the rows below as well.

    None of them stands twice, and most are empty: where each row has its own, an empty one is missing.

    >>> is_written_once("Drop", [{"Drop": "Spring", "Who": "a"}, {"Who": "b"}, {"Drop": "Fall", "Who": "a"}, {"Who": "c"}])
    True
    >>> is_written_once("Drop", [{"Drop": "Spring", "Who": "a"}, {"Drop": "Spring", "Who": "b"}, {"Who": "a"}, {"Who": "c"}])
    False
    """
    rows = [row for row in rows if any(map(is_filled, row.values()))]
    filled = [shown_cell(row[name]).strip().casefold() for row in rows if is_filled(row.get(name))]
    first = bool(rows) and is_filled(rows[0].get(name))
    return first and len(set(filled)) == len(filled) <= len(rows) - len(filled)


def fill_down(rows: Iterable[Record | Broken], name: str) -> Iterator[Record | Broken]:
    """Yield rows with the cell of the row above where their own is empty; totals and notes as they are."""
    above: object = None
    for record in rows:
        if not name or isinstance(record, Broken) or TOTAL in record.value or NOTE in record.value:
            above = None  # a block ends with its totals
            yield record
        elif is_filled(record.value.get(name)):
            above = record.value[name]
            yield record
        else:
            yield Record(
                record.file, record.line, {**record.value, **({} if above is None else {name: above})}
            )
