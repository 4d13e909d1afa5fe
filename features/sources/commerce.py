"""What importers of orders share: times as shops write them, addresses taken apart, the rows of an order."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ..orders import minor
from .rows import Rows

_OFFSET = re.compile(r"\s+([+-]\d{2}):?(\d{2})$")
UTM = ("source", "medium", "campaign", "content")


def shop_time(value: Any) -> Any:
    """Return a time with its offset set apart as ISO 8601.

    >>> shop_time("2023-03-01 10:15:30 +0100"), shop_time("2023-03-01T10:15:30")
    ('2023-03-01 10:15:30+01:00', '2023-03-01T10:15:30')
    """
    return _OFFSET.sub(r"\1:\2", value.strip()) if isinstance(value, str) else value


def utm_of(address: Any) -> dict[str, str]:
    """Return the UTM parameters of an address, as columns of orders.

    >>> utm_of("/?utm_source=ig&utm_campaign=spring&x=1")
    {'utm_source': 'ig', 'utm_campaign': 'spring'}
    """
    if not isinstance(address, str):
        return {}
    try:
        told = dict(parse_qsl(urlsplit(address).query))
    except ValueError:
        return {}
    return {f"utm_{part}": told[f"utm_{part}"] for part in UTM if told.get(f"utm_{part}")}


def texts(*values: Any) -> list[str]:
    """Return what is text and says something."""
    return [value.strip() for value in values if isinstance(value, str) and value.strip()]


def add_order(rows: Rows, *, amount: Any, currency: Any, **values: Any) -> None:
    """Add an order, with its amount in minor units and the UTM parameters of where it landed, unless they are given."""
    given = {name: value for name, value in values.items() if value is not None}
    money = currency.strip().upper() if isinstance(currency, str) else currency
    rows.add(
        "orders", **{**utm_of(values.get("landing")), **given}, currency=money, amount=minor(amount, money)
    )


def add_refund(
    rows: Rows,
    order: Any,
    what: Any,
    at: Any,
    amount: Any = None,
    currency: Any = None,
    *,
    total: bool = False,
) -> None:
    """Add what was given back of an order; without an amount, all of it."""
    told = minor(amount, currency.strip().upper() if isinstance(currency, str) else currency)
    told = abs(told) if isinstance(told, int) else told
    rows.add(
        "refunds",
        refund_id=f"{order}:{what}",
        order_id=order,
        created_at=at,
        amount=told,
        is_total=total,
    )


def filled(*columns: str, **told: str) -> dict[str, str]:
    """Return where the columns of orders come from, in the order of their declaration."""
    from ..orders import ORDERS

    return {column.name: told[column.name] for column in ORDERS.columns if column.name in told}
