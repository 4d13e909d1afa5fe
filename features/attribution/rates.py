"""Reads what one unit of each currency is worth."""

from __future__ import annotations

import csv
from decimal import Decimal, InvalidOperation
from pathlib import Path

from suasion.features.errors import InputError


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
