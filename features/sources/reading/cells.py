"""Sheets and their cells: what these hold besides texts, numbers and dates, and how people see them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .records import Broken


class Unclear(Exception):  # noqa: N818 - it ends a cell, not a program
    """A cell cannot be understood, and why."""


ERROR = re.compile(r"#(REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!)")
"""What spreadsheets write in a cell whose formula failed."""


@dataclass(frozen=True)
class Quantity:
    """A number of a workbook with what its format adds: ``%`` or a currency."""

    value: float
    unit: str

    def __str__(self) -> str:
        return f"{self.value * 100:g} %" if self.unit == "%" else f"{self.value:g} {self.unit}"


@dataclass(frozen=True)
class Odd:
    """A cell that holds no value of its own: an error of the workbook, a formula that was never worked out."""

    text: str
    why: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Shared:
    """A value of a cell that was merged over several rows: true of each where it is a name or a date, of none alone where it is a number."""

    value: object

    def __str__(self) -> str:
        return str(self.value)


class Linked(str):
    """A text of a workbook with the address that lies under it."""

    address: str

    def __new__(cls, text: str, address: str) -> Linked:
        """Put an address under a text."""
        made = super().__new__(cls, text)
        made.address = address
        return made


@dataclass
class Sheet:
    """One sheet: its name (nothing where a file holds only one), its rows of cells, each with its number, and what is to be said of it."""

    name: str
    rows: Iterable[tuple[int, list[object]] | Broken]
    notes: list[str] = field(default_factory=list)
    unread: str = ""
    """Why it is not read; nothing where it is."""
    ragged: bool = False
    """Whether rows end with their last cell: in a text, a row that is too short was cut off."""
    tab: str = ""
    """Its name where it is the only one of a file."""


def is_filled(cell: object) -> bool:
    """Return whether a cell holds anything; an error of the spreadsheet is something, and white space is not."""
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def one_line(cell: object) -> str:
    """Return a cell as people see it, on one line and with single spaces."""
    return " ".join(shown_cell(cell).split())


def shown_cell(cell: object) -> str:
    """Return a cell as people see it."""
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ").removesuffix(" 00:00:00")
    if isinstance(cell, date | time | timedelta):
        return str(cell)
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return str(cell)
