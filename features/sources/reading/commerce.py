"""What importers of orders share: times as shops write them, addresses taken apart, the rows of an order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from suasion.features.attribution.orders import ORDERS, Standing, digits, minor
from suasion.features.attribution.touchpoints import UTM, utm_of

from .rows import Rows

_OFFSET = re.compile(r"\s+([+-]\d{2}):?(\d{2})$")


def shop_time(value: object) -> object:
    """Return a time with its offset set apart as ISO 8601.

    >>> shop_time("2023-03-01 10:15:30 +0100"), shop_time("2023-03-01T10:15:30")
    ('2023-03-01 10:15:30+01:00', '2023-03-01T10:15:30')
    """
    return _OFFSET.sub(r"\1:\2", value.strip()) if isinstance(value, str) else value


def texts(*values: object) -> list[str]:
    """Return what is text and says something."""
    return [value.strip() for value in values if isinstance(value, str) and value.strip()]


def add_order(
    rows: Rows,
    *,
    amount: object,
    currency: object,
    paid: Standing | None = None,
    utm: Mapping[str, object] | None = None,
    **values: object,
) -> None:
    """Add an order, with its amount in minor units and its UTM parameters: those in ``utm``, else those of where it landed.

    ``paid`` is what the state that a shop tells makes of it.
    """
    landing = values.get("landing")
    landed = utm_of(landing) if isinstance(landing, str) else {}
    tagged = {part: value for part, value in (utm or {}).items() if value is not None}
    parameters = {part: value for part, value in (landed | tagged).items() if part in UTM}
    rows.add(
        "orders",
        **{name: value for name, value in values.items() if value is not None},
        **{f"utm_{part}": value for part, value in parameters.items()},
        is_paid=paid != "unpaid" if paid else None,
        currency=_currency(currency),
        amount=minor(amount, _currency(currency)),
    )


def _currency(currency: object) -> object:
    return currency.strip().upper() if isinstance(currency, str) else currency


def add_refund(
    rows: Rows,
    order: object,
    what: object,
    at: object,
    amount: object = None,
    currency: object = None,
    *,
    total: bool = False,
    added: bool = False,
) -> None:
    """Add what was given back of an order, or added to it, whatever the sign; without an amount, all of it was given back."""
    cents = minor(amount, _currency(currency))
    rows.add(
        "refunds",
        refund_id=f"{order}:{what}",
        order_id=order,
        created_at=at,
        amount=abs(cents) if isinstance(cents, int) else cents,
        is_total=total,
        is_added=added,
    )


def add_correction(
    rows: Rows, order: object, at: object, before: object, after: object, currency: object
) -> None:
    """Add by how much an order's amount was corrected since it was placed, where it was."""
    code = _currency(currency)
    was, is_now = minor(before, code), minor(after, code)
    if isinstance(was, int) and isinstance(is_now, int) and was != is_now:
        exact = str(abs(Decimal(was - is_now)).scaleb(-digits(code if isinstance(code, str) else "")))
        what, added = f"corrected:{is_now}", is_now > was
        add_refund(rows, order, what, at, exact, currency, total=True, added=added)


def filled(*columns: str, **fields: str) -> dict[str, str]:
    """Return where the columns of orders come from, in the order of their declaration."""
    return {column.name: fields[column.name] for column in ORDERS.columns if column.name in fields}
