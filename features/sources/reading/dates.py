"""Dates as people write them in cells, read by what the whole column allows: days before months, or months before days.

What a cell may mean is worked out for each order of day, month and year; the orders that no cell of the column contradicts are left. Where
several are, and they differ, the sheet's other columns say, or else the user.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo

from suasion.features.errors import InputError

from .cells import Odd, Quantity, Shared, Unclear
from .columns import bare
from .moments import NAMES, ORDERS, SHORT, Order, is_yearless, readings, with_year
from .numerals import is_empty


@dataclass
class DateColumn:
    """One column of times: it sees all cells, decides once on the order of day and month, and then reads each.

    Parameters
    ----------
    name
        What the file calls it.
    order
        The order, where the user says it; ``iso`` is that of year, month, day, and ``epoch`` are seconds since 1970.
    zone
        The zone of times that name none.
    edge
        What a month without a day stands for, as of :func:`readings`.
    year
        Of dates that name none, where the user says it.
    """

    name: str
    order: str | None = None
    zone: tzinfo = UTC
    edge: str = ""
    year: str = ""
    possible: Counter[str] = field(default_factory=Counter)
    differ: int = 0
    examples: list[str] = field(default_factory=list)
    dates: int = 0
    """Cells that a workbook holds as dates."""
    years: set[str] = field(default_factory=set)
    """Years that stand as two digits beside a month and no day: of many, days are meant."""
    high: bool = False
    """Whether one of them is of a day after the 12th."""
    left_as_text: bool = False
    """Whether others, written with slashes, are of a day after the 12th."""

    def see(self, cell: object) -> None:
        """Take a cell into account."""
        if isinstance(cell, Shared):
            cell = cell.value
        if isinstance(cell, int) and not isinstance(cell, bool):
            cell = str(cell)
        if isinstance(cell, date):
            self.dates += 1
            self.high = self.high or cell.day > 12
        if not isinstance(cell, str) or is_empty(cell):
            return
        cell = self._whole(cell)
        dates = readings(cell, self.edge)
        if not dates:
            return
        if short := SHORT.fullmatch(cell.strip()):
            self.years.add(short["year"])
        if len(set(map(str, dates.values()))) == 1 and len(dates) == len(ORDERS):
            self.possible["any"] += 1
        elif len(dates) == 1:
            self.possible[next(iter(dates))] += 1
            self.left_as_text = self.left_as_text or "/" in cell
        else:
            self.differ += 1
            for order in dates:
                self.possible[f"{order}?"] += 1
            if len(self.examples) < 3:
                self.examples.append(cell.strip())

    @property
    def sign(self) -> str:
        """The order that its cells give away; nothing where they do not, ``mixed`` where they contradict one another."""
        orders = [order for order in ORDERS if self.possible[order]]
        if len(orders) == 1:
            return orders[0]
        if orders:
            return "mixed"
        left = [order for order in ORDERS if self.differ and self.possible[f"{order}?"] == self.differ]
        return left[0] if len(left) == 1 else ""

    def settle(self, others: Collection[str]) -> None:
        """Decide on the order: as told, as its cells say, or as the sheet's other columns say.

        Raises
        ------
        InputError
            When two readings are truly possible.
        """
        if self.order:
            return
        self.order = self.sign if self.sign != "mixed" else None
        if not self.sign and self.differ:
            agreed = {order for order in others if self.possible[f"{order}?"] == self.differ}
            if len(agreed) == 1:
                self.order = agreed.pop()
            elif all("." in example.split()[0] for example in self.examples):
                self.order = "dmy"  # with points between, days come first wherever people write so
            else:
                example = self.examples[0]
                ways = " or ".join(
                    f"{made.day} {made:%B %Y} (--dates {order})" for order, made in readings(example).items()
                )
                raise InputError(
                    f"The dates of the column {self.name!r} can be read in two ways: {example} is {ways}. Say which, or write them as 2024-12-31."
                )

    @property
    def how(self) -> str:
        """How its cells are read, to be shown."""
        if self.order == "epoch":
            return "seconds since 1970"
        if self.sign == "mixed":
            return "days and months in both orders"
        return NAMES.get(self.order or "", "")

    def read(self, cell: object) -> str | None:
        """Return a cell's moment as ISO 8601 in UTC, None where it is empty.

        Raises
        ------
        Unclear
            When it is no date, or can be read in two ways.
        """
        if isinstance(cell, Shared):
            cell = cell.value
        if cell is None or (isinstance(cell, str) and is_empty(cell)):
            return None
        moment = self._read(cell)
        try:
            return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).astimezone(UTC).isoformat()
        except (ValueError, OverflowError):
            raise Unclear("no possible date") from None

    def _read(self, cell: object) -> datetime:
        if isinstance(cell, Odd):
            raise Unclear(cell.why)
        if isinstance(cell, datetime):
            self._doubt()
            return cell
        if isinstance(cell, date):
            self._doubt()
            return datetime(cell.year, cell.month, cell.day)
        if self.order == "epoch":
            try:
                return datetime.fromtimestamp(float(str(cell)), UTC)
            except (ValueError, OverflowError, OSError):
                raise Unclear("no seconds since 1970") from None
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            cell = f"{cell:f}".rstrip("0").rstrip(".") if isinstance(cell, float) else str(cell)
        if isinstance(cell, Quantity) or not isinstance(cell, str):
            raise Unclear("no date")
        cell = self._whole(cell)
        dates: Mapping[Order, datetime] = readings(cell, self.edge)
        if not dates and is_yearless(cell):
            raise Unclear("a date without its year: say it with --year, or write it, such as 2024-12-31")
        if not dates:
            raise Unclear("no date that can be understood whole")
        if len(self.years) > 3 and SHORT.fullmatch(cell.strip()):
            raise Unclear("a month and its year, or a day without one: write it as 2024-12-31")
        if self.order in dates:
            return dates[self.order]  # type: ignore[index]
        if self.order:
            raise Unclear(f"no date as {NAMES.get(self.order, self.order)}")
        if len(set(map(str, dates.values()))) == 1:
            return next(iter(dates.values()))
        raise Unclear("days and months are in both orders in this column: it can be read in two ways")

    def _whole(self, text: str) -> str:
        """Return a date with its year, where it has none and the user says it; a bare number below the name for weeks is one."""
        if _WEEKS.search(bare(self.name)) and re.fullmatch(r"\s*\d{1,2}\s*", text):
            text = f"KW {text.strip()}"
        if not self.year or readings(text, self.edge) or not is_yearless(text):
            return text
        return with_year(text, self.year)

    def _doubt(self) -> None:
        """Refuse a workbook's date beside dates it left as text: it took day for month wherever it could."""
        if self.left_as_text and not self.high:
            raise Unclear(
                "the spreadsheet may have taken its day for its month, as it left others of this column as text"
            )


_WEEKS = re.compile(
    r"\b(?:kw|cw|wk|weeks?|wochen?|kalenderwoche|semaine|semana|settimana|tydzien|vecka|uge|uke|hafta)\b"
)
"""Names of a column of weeks."""
