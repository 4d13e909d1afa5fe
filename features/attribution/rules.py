"""What counts for whom: the window, who is credited of several, and when a code has leaked."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal, get_args

from suasion.features.errors import InputError

Credit = Literal["first", "last", "shared"]
CREDITS: tuple[Credit, ...] = get_args(Credit)


@dataclass(frozen=True)
class Rules:
    """How orders are credited.

    ``credit``: to whom the visit began with, to whom it ended with, or to all alike. ``rates``: what one unit of a currency
    is worth in ``currency``. A code counts as leaked when it was used at least ``leak_early`` times before it was shown, or at
    least ``leak_least`` times and by more than ``leak_share`` of the audience there was when the campaign began.
    """

    currency: str = "EUR"
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    window: int = 30
    """Days after a campaign's last day, or its first where it has no last, in which an order counts."""
    credit: Credit = "last"
    new_only: bool = False
    """Whether only orders of customers who are known to be new count."""
    leaked_out: bool = False
    """Whether orders that are known by a leaked code alone are left out."""
    leak_early: int = 3
    leak_least: int = 20
    leak_share: float = 0.02

    def __post_init__(self) -> None:
        """Refuse rules by which nothing could be credited."""
        if self.credit not in CREDITS:
            raise InputError(f"credit is {self.credit!r}; it can be {', '.join(CREDITS)}.")
        if self.window < 0:
            raise InputError(f"A window of {self.window} days is none; give 0 or more.")
        if len(self.currency) != 3 or not self.currency.isalpha():
            raise InputError(f"{self.currency!r} is no currency; write its ISO 4217 code, such as EUR.")
        for currency, rate in self.rates.items():
            if not rate.is_finite() or rate <= 0:
                raise InputError(
                    f"The rate of {currency} is {rate}; it must be above 0: what one {currency} is worth in {self.currency}."
                )


def read_rates(path: Path) -> dict[str, Decimal]:
    """Read what one unit of each currency is worth."""
    rates: dict[str, Decimal] = {}
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        for line, row in enumerate(csv.DictReader(stream), start=2):
            name, rate = (row.get("currency") or "").strip().upper(), (row.get("rate") or "").strip()
            try:
                rates[name] = Decimal(rate)
            except InvalidOperation:
                name = ""
            if len(name) != 3:
                raise InputError(
                    f"{path}, line {line}: not a currency and its rate. The columns are currency, rate; a line reads USD,0.92."
                )
    return rates
