"""The sums of attribution agree with the orders to the cent, by an accountant in plain Python."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suasion.features.attribution.attribute import Rules, attribute
from suasion.features.attribution.orders import digits

from .test_attribution import CLOSES, LATER, START, code, ends, order, outcomes, place

money = st.integers(0, 10**7)
currencies = st.sampled_from(["EUR", "USD", "JPY", "KWD"])
RATES = {"USD": Decimal("0.9171"), "JPY": Decimal("0.006213"), "KWD": Decimal("2.98")}


@st.composite
def shops(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    orders, refunds = [], []
    for number in range(draw(st.integers(1, 12))):
        told = draw(st.lists(st.sampled_from(["A", "B", "C", "a", "none"]), max_size=3, unique=True))
        at = START + timedelta(hours=draw(st.integers(-100, 24 * 50)))
        one = order(
            number, codes=" ".join(told) or None, amount=draw(money), currency=draw(currencies), at=at
        )
        one["is_test"] = "true" if draw(st.integers(0, 9)) == 0 else None
        one["utm_campaign"] = draw(st.sampled_from([None, None, "d"]))
        orders.append(one)
        for nth in range(draw(st.integers(0, 2))):
            amount = draw(st.one_of(st.none(), money))
            when = at + timedelta(days=draw(st.integers(0, 90)))
            refunds.append(
                {
                    "refund_id": f"{number}.{nth}",
                    "order_id": f"shop:{number}",
                    "created_at": when,
                    "amount": amount,
                    "is_total": "false",
                    "is_added": "true" if amount and draw(st.integers(0, 3)) == 0 else None,
                }
            )
    return orders, refunds


def converted(amount: int, currency: str) -> int:
    """Return an amount in cents of a euro, rounded half away from zero."""
    rate = Decimal(1) if currency == "EUR" else RATES[currency]
    return int((amount * rate * Decimal(10) ** (2 - digits(currency))).quantize(Decimal(1), ROUND_HALF_UP))


@settings(max_examples=60, deadline=None)
@given(shop=shops(), credit=st.sampled_from(["first", "last", "shared"]))
def test_sums_agree_with_the_orders_to_the_cent(
    shop: tuple[list[dict[str, Any]], list[dict[str, Any]]],
    credit: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    orders, refunds = shop
    folder = place(
        tmp_path_factory.mktemp("shop") / "d",
        orders,
        [code("anna", "A"), code("bob", "B"), code("cleo", "C"), code("dora", "d", "utm")],
        refunds
        or [
            {
                "refund_id": "x",
                "order_id": "nobody's",
                "created_at": START,
                "amount": 1,
                "is_total": None,
                "is_added": None,
            }
        ],
    )
    told = attribute(folder, Rules(rates=RATES, credit=credit), LATER)
    paid, back, where = {}, {}, {}
    for one in orders:
        name = one["order_id"]
        own = [r for r in refunds if r["order_id"] == name]
        whole = any(r["amount"] is None for r in own)
        net = sum((r["amount"] or 0) * (-1 if r["is_added"] else 1) for r in own)
        returned = one["amount"] if whole else min(one["amount"], net)
        paid[name] = converted(one["amount"], one["currency"])
        back[name] = paid[name] if returned == one["amount"] else converted(returned, one["currency"])
        who = sorted(
            {
                {"A": "anna", "B": "bob", "C": "cleo"}[c.upper()]
                for c in (one["codes"] or "").split()
                if c != "none"
            }
        )
        inside = START <= one["created_at"] < CLOSES and not one["is_test"]
        visit = ["dora"] if one["utm_campaign"] else []
        if credit == "shared":
            where[name] = sorted(who + visit) if inside else []
        else:
            # The visit came first, the code was said at the till; several at one moment share.
            where[name] = ((visit or who) if credit == "first" else (who or visit)) if inside else []
    found: dict[str, list[dict[str, Any]]] = {}
    for row in ends(folder):
        found.setdefault(row["order_id"], []).append(row)
    assert set(found) == set(paid), "an order is missing, or there is one too many"
    for name, rows in found.items():
        assert [row["influencer_id"] for row in rows if row["influencer_id"]] == where[name]
        assert sum(row["paid"] for row in rows) == paid[name]
        assert sum(row["returned"] for row in rows) == back[name]
        assert all(row["returned"] <= row["paid"] for row in rows)
        assert abs(sum(row["share"] for row in rows) - 1) < 1e-9
    assert sum(fate.amount for fate in told.fates) == sum(paid.values())
    assert sum(fate.refunded for fate in told.fates) == sum(back.values())
    assert sum(fate.orders for fate in told.fates) == len(orders) == told.orders
    credited = [row for rows in found.values() for row in rows if row["influencer_id"]]
    latest: dict[str, dict[str, Any]] = {
        row["influencer_id"]: row for row in sorted(outcomes(folder), key=lambda row: row["known_at"])
    }
    assert set(latest) == {"anna", "bob", "cleo", "dora"}
    for influencer, row in latest.items():
        own = [one for one in credited if one["influencer_id"] == influencer]
        assert round(row["revenue"] * 100) == sum(one["paid"] - one["returned"] for one in own)
        assert row["conversions"] == pytest.approx(sum(one["share"] for one in own))
        assert row["refunds"] <= row["conversions"] + 1e-9
