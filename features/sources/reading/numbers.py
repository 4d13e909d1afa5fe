"""Columns of numbers as people write them in cells.

A cell is never read by itself: whether ``1.234`` is a thousand or a little more than one is what the whole column says, and where it
says nothing, what the sheet's other columns say.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from decimal import Decimal

from suasion.features.errors import InputError

from .cells import Odd, Quantity, Shared, Unclear
from .numerals import Number, is_empty, parse, unit_of

MIDDLE = Decimal("0.2")
"""Of engagement and its like, what lies between a usual share and the same as a percentage: as far from 2 % as from 2."""
LARGE = 30
"""Of engagement, what most bare numbers are above where they count reactions: hardly anybody's is 30 %."""
TINY = Decimal("0.1")
"""Of engagement in percentages, what is rather a share that somebody wrote among them."""


@dataclass
class NumberColumn:
    """One column of numbers: it sees all cells, decides once how they are written, and then reads each.

    Parameters
    ----------
    name
        What the file calls it.
    decimal
        The decimal sign, where the user says it.
    whole
        Whether it counts people, who come in whole numbers.
    share
        Whether it holds shares: percentages are divided by a hundred.
    counted
        Whether it counts something, and holds no money.
    rate
        Whether it holds shares that are hardly ever near 1: where some are above 1, all are percentages, unless most are too small for that.
    engaged
        Whether it holds engagement, of which hardly anybody has a fifth of their followers: where most are above, all are percentages,
        though none is above 1.
    """

    name: str
    decimal: str | None = None
    whole: bool = False
    share: bool = False
    counted: bool = False
    rate: bool = False
    engaged: bool = False
    seen: Counter[str] = field(default_factory=Counter)
    currencies: Counter[str] = field(default_factory=Counter)
    kept: str = ""
    """The one currency whose amounts are read; nothing where no currency is named."""
    example: str = ""
    points: bool = False
    """Whether bare shares above 1 are there: percentages without their sign."""
    above: int = 0
    """How many more bare shares are above :data:`MIDDLE` than below; nothing at all is neither."""
    signed: int = 0
    """Cells with a sign for percent."""
    large: int = 0
    """How many more bare numbers are above :data:`LARGE` than below."""

    def __post_init__(self) -> None:
        self.factor, self.currency, self.percent = unit_of(self.name)
        self.rate |= self.engaged

    def see(self, cell: object, currency: str = "") -> None:
        """Take a cell into account; ``currency``: what another column of its row says."""
        number = self._number(cell)
        if number is None:
            return
        self.seen[number.sign] += 1
        if number.sign == "?" and not self.example:
            self.example = str(cell).strip()
        unit = number.currency or currency or self.currency
        if unit:
            self.currencies[unit] += 1
        value = number.value
        if self.share and not number.percent and value:
            self.points |= value > 1
            self.above += 1 if value >= MIDDLE else -1
            self.large += 1 if value > LARGE else -1
        self.signed += number.percent

    @property
    def percentages(self) -> bool:
        """Whether bare shares are percentages without their sign."""
        return (self.points and (not self.rate or self.above >= 0)) or (self.engaged and self.above > 0)

    @property
    def sign(self) -> str:
        """The decimal sign that its cells give away; nothing where they do not, ``mixed`` where both are there."""
        signs = [sign for sign in (".", ",") if self.seen[sign]]
        return "mixed" if len(signs) > 1 else "".join(signs)

    def settle(self, others: Collection[str]) -> None:
        """Decide on the decimal sign: as told, as its cells say, or as the sheet's other columns say.

        Raises
        ------
        InputError
            When two readings are truly possible.
        """
        if self.decimal is None:
            self.decimal = self.sign if self.sign != "mixed" else None
            if not self.sign and self.seen["?"]:
                agreed = set(others) - {"", "mixed"}
                if len(agreed) != 1:
                    number = parse(self.example)
                    values = f"{number.point:f} or {number.comma:f}" if number else "two things"
                    raise InputError(
                        f"The numbers of the column {self.name!r} can be read in two ways: {self.example} is {values}. "
                        "Say which with --decimal . or --decimal , (the decimal sign)."
                    )
                self.decimal = agreed.pop()

    @property
    def how(self) -> str:
        """How its cells are read, to be shown."""
        signs = (
            {".": "decimal point", ",": "decimal comma"}.get(self.decimal or "", "")
            if self.sign or self.seen["?"]
            else ""
        )
        if self.sign == "mixed":
            signs = "decimal points and commas"
        unit = self.kept or self.currency
        scale = f"times {self.factor:,}" if self.factor > 1 else ""
        percent = "percent" if self.share and (self.percentages or self.percent) else ""
        return ", ".join(part for part in (signs, scale, percent, unit) if part)

    def read(self, cell: object, currency: str = "") -> str | None:
        """Return a cell's number as a plain decimal, None where it is empty.

        Raises
        ------
        Unclear
            When it is not one number and nothing else, or of another currency than the rest.
        """
        if cell is None or (isinstance(cell, str) and is_empty(cell)):
            return None
        number = self._number(cell)
        if number is None:
            raise Unclear(_why(cell))
        if self.counted and (number.currency or self.currency):
            raise Unclear("an amount of money where a count belongs")
        if self.share and (number.currency or self.currency):
            raise Unclear("an amount of money where a share belongs")
        unit = number.currency or currency or self.currency
        if self.kept and (unit or len(self.currencies) > 1) and unit != self.kept:
            raise Unclear(f"{unit or 'no currency named'} among {self.kept}: convert it first")
        value = number.value
        if number.sign == "?" and self.decimal:
            value = number.point if self.decimal == "." else number.comma
        elif number.sign == "?":
            raise Unclear("decimal points and commas are mixed: it can be read in two ways")
        elif self.decimal and number.sign and self.sign != "mixed" and number.sign != self.decimal:
            raise Unclear(f"no number with {self.decimal!r} as decimal sign")
        if value is None:
            raise Unclear("no number")
        formatted = isinstance(cell, Quantity) and cell.unit == "%"
        return f"{self._scaled(value, number.percent, formatted).normalize() + 0:f}"

    def _scaled(self, value: Decimal, percent: bool, formatted: bool) -> Decimal:
        if not self.share:
            if percent:
                raise Unclear("a percentage where none belongs")
            return value * self.factor
        if formatted:
            return value
        if self.engaged and not percent and not self.percent:
            self._check_engagement(value)
        if (
            percent
            or (self.percent and not 0 < value < 1)
            or (self.rate and (self.percent or self.percentages))
        ):
            return value / 100
        if self.rate and self.points and value > 1:
            raise Unclear("above 1 among shares that are far below it: a percentage, or a slip")
        if value == 1 and self.points:
            raise Unclear("1 among percentages: 1 % or all of it")
        return value / 100 if value > 1 else value

    def _check_engagement(self, value: Decimal) -> None:
        """Refuse a bare number of which nobody can tell whether it is a share, a percentage or a count."""
        if self.large > 0:
            raise Unclear("a count, where a share of followers belongs")
        if self.signed and not self.points and value >= MIDDLE:
            raise Unclear(f"{value} among percentages with their sign: a share or a percentage")
        if self.points and self.percentages and 0 < value < TINY:
            raise Unclear(f"below {TINY} among percentages: a share, or a slip")

    def _number(self, cell: object) -> Number | None:
        """Return a cell's number; None where it is none or empty."""
        if isinstance(cell, Quantity):
            value = Decimal(repr(cell.value))
            percent = cell.unit == "%"
            return Number(value, value, percent, "" if percent else cell.unit)
        if isinstance(cell, bool) or cell is None:
            return None
        if isinstance(cell, int | float):
            exact = Decimal(repr(cell))
            return Number(exact, exact) if math.isfinite(cell) else None
        number = parse(cell) if isinstance(cell, str) and not is_empty(cell) else None
        if number and self.whole and number.sign == "?":
            values = {value for value in (number.point, number.comma) if value is not None and value % 1 == 0}
            if values:  # 1.234 people are no part of two, and 12,000 no twelve
                return replace(number, point=max(values), comma=max(values))
        return number


def keep_one_currency(columns: Iterable[NumberColumn]) -> str:
    """Decide on the one currency of all columns of money, that no two are ever added up; return what to say of it.

    That which most cells name is kept; where two are named alike often, the amounts of neither are.
    """
    columns = list(columns)
    total: Counter[str] = sum((column.currencies for column in columns), Counter())
    if not total:
        return ""
    most = total.most_common()
    alike = len(most) > 1 and most[0][1] == most[1][1]
    for column in columns:
        column.kept = "one currency" if alike else most[0][0]
        if not column.currency and len(column.currencies) == 1:
            column.currency = next(iter(column.currencies))
    if len(most) == 1:
        return ""
    names = ", ".join(f"{currency} ({count:,} amounts)" for currency, count in sorted(most))
    kept = "the amounts of none are read" if alike else f"only those in {most[0][0]} are read"
    return f"Amounts are in several currencies: {names}. They are never added up: {kept}; convert the others first."


def _why(cell: object) -> str:
    if isinstance(cell, Odd):
        return cell.why
    if isinstance(cell, Shared):
        return "one number for several rows (merged cells)"
    if isinstance(cell, date | time | timedelta):
        return "a date where a number belongs"
    return "no number that can be understood whole"
