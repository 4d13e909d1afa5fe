"""Currencies of amounts: what is paid in euros and what is paid in dollars are both fees, and their sum is the number of nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from suasion.features.errors import InputError
from suasion.features.tables.schema import NEVER, TABLES

from .goals import of_goal
from .protocol import Database


def currencies_of(tables: Database) -> dict[str, int]:
    """Return how many rows of outcomes and candidates have an amount in each currency that is told, the most frequent first.

    Outcomes of another goal than the one that was chosen are as if they were not there.
    """
    counts = Counter[str]()
    for name, counted in (("outcomes", of_goal(tables)), ("candidates", "true")):
        amounts = [column.name for column in TABLES[name].columns if column.unit == "currency"]
        rows = tables.sql(
            f"SELECT upper(trim(currency)), count(*) FROM {name} WHERE superseded_at = TIMESTAMP '{NEVER}' "
            f"AND {counted} AND currency IS NOT NULL AND coalesce({', '.join(amounts)}) IS NOT NULL GROUP BY 1"
        ).fetchall()
        counts.update({currency: int(count) for currency, count in rows})
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def currency_of(tables: Database) -> str:
    """Return the currency of all amounts; empty where none is told."""
    return next(iter(currencies_of(tables)), "")


def priced(amount: str, currency: str) -> str:
    """Return an amount with its currency, where both are known.

    >>> priced("1,200", "EUR"), priced("1,200", ""), priced("–", "EUR")
    ('1,200 EUR', '1,200', '–')
    """
    return f"{amount} {currency}" if currency and any(map(str.isdigit, amount)) else amount


def require_one_currency(tables: Database) -> None:
    """Refuse amounts in several currencies: no rate is known, and fees are compared and revenue is added up."""
    counts = currencies_of(tables)
    if len(counts) > 1:
        raise InputError(several_currencies(counts))


def several_currencies(counts: Mapping[str, int]) -> str:
    """Return what is wrong with amounts in several currencies, and what to do."""
    listed = ", ".join(f"{currency} ({count:,} rows)" for currency, count in counts.items())
    return (
        f"Amounts are in several currencies, which cannot be compared: {listed}. Convert those of outcomes and candidates to one, "
        "or leave empty what is in another."
    )
