"""Money in minor units, numbers of orders and states: one row a rule, worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from suasion.features.attribution.orders import (
    CODES,
    COMMERCE,
    ORDERS,
    REFUNDS,
    digits,
    minor,
    reference,
    standing,
)


@pytest.mark.parametrize(
    ("amount", "currency", "told"),
    [
        ("12.34", "EUR", 1234),
        (" 12.34 ", "eur", 1234),
        (12, "EUR", 1200),
        (12.34, "EUR", 1234),
        (Decimal("-0.5"), "EUR", -50),
        ("1200", "jpy", 1200),
        ("0.125", "KWD", 125),
        ("1.2345", "CLF", 12345),
        # Half a cent goes to the even one.
        ("0.125", "EUR", 12),
        ("0.135", "EUR", 14),
        # A million millions is the most.
        (10**12, "EUR", 10**14),
        (-(10**12), "EUR", -(10**14)),
        (10**12 + 1, "EUR", "1000000000001 EUR"),
        (-(10**12) - 1, "EUR", "-1000000000001 EUR"),
        ("inf", "EUR", "inf EUR"),
        ("nan", "EUR", "nan EUR"),
        ("a lot", "EUR", "a lot"),
        (None, "EUR", None),
        (True, "EUR", True),
        ("5", None, "5"),
        ([5], "EUR", [5]),
    ],
)
def test_money_in_minor_units(amount: Any, currency: Any, told: Any) -> None:
    assert (minor(amount, currency), type(minor(amount, currency))) == (told, type(told))


def test_digits_after_the_point() -> None:
    wanted = {"EUR": 2, "usd": 2, "JPY": 0, "krw": 0, "BHD": 3, "tnd": 3, "CLF": 4, "uyw": 4, "XXX": 2}
    assert {currency: digits(currency) for currency in wanted} == wanted


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (None, None),
        ("", None),
        (" # ", None),
        ("0", None),
        ("000", None),
        ("(Not set)", None),
        ("N/A", None),
        ("#1001", "1001"),
        ("##1001", "1001"),
        ("00100", "100"),
        ("1001.00", "1001"),
        ("1001.5", "1001.5"),
        ("A-0010", "a-0010"),
        ("A#1", "a#1"),
        (" bc 1001 ", "bc1001"),
        ("A/7", "a/7"),
        ("gid://shopify/Order/0567", "567"),
    ],
)
def test_an_orders_number_as_it_is_compared(text: str | None, number: str | None) -> None:
    assert reference(text) == number


@pytest.mark.parametrize(
    ("source", "state", "what"),
    [
        ("shopify", "Partially Refunded", "counts"),
        ("shopify", "expired", "unpaid"),
        ("shopify", "voided", "returned"),
        ("woocommerce", "wc-on-hold", "unpaid"),
        ("woocommerce", "auto-draft", "nothing"),
        ("woocommerce", "xwc-failed", "counts"),
        ("awin", "deleted", "nothing"),
        ("cj", "declined", "returned"),
        ("cj", "deleted", "counts"),
        ("impact", "reversed", "returned"),
        ("awin", None, "counts"),
        ("awin", 3, "counts"),
    ],
)
def test_what_a_state_makes_of_an_order(source: str, state: Any, what: str) -> None:
    assert standing(source, state) == what


def test_what_an_order_a_refund_and_a_code_have_to_tell() -> None:
    """A row without one of these is set aside; money below zero, or a word that is none of these, too."""
    needed = {table.name: {one.name for one in table.columns if one.required} for table in COMMERCE.values()}
    assert needed == {
        "orders": {"order_id", "reporter", "created_at", "currency", "amount"},
        "refunds": {"refund_id", "order_id", "created_at"},
        "codes": {"campaign_id", "influencer_id", "kind", "value"},
    }
    columns = {
        (table.name, one.name): (one.minimum, one.allowed, one.unit)
        for table in COMMERCE.values()
        for one in table.columns
        if one.minimum is not None or one.allowed or one.unit
    }
    assert columns == {
        ("orders", "reporter"): (None, ("shop", "network", "analytics"), ""),
        ("orders", "created_at"): (None, (), "UTC"),
        ("orders", "amount"): (0.0, (), "minor units"),
        ("orders", "clicked_at"): (None, (), "UTC"),
        ("refunds", "created_at"): (None, (), "UTC"),
        ("refunds", "amount"): (0.0, (), "minor units"),
        ("codes", "kind"): (None, ("code", "link", "utm", "partner"), ""),
        ("codes", "posted_at"): (None, (), "UTC"),
    }
    assert (ORDERS.foreseen, REFUNDS.foreseen) == (False, False)
    assert CODES.foreseen, "a code may be given out before it is shown"


def test_a_code_may_be_known_before_it_is_shown_and_nothing_else() -> None:
    """It is agreed first; an order or a refund that is known before it happened is an error."""
    assert {name: table.foreseen for name, table in COMMERCE.items()} == {
        "orders": False, "refunds": False, "codes": True
    }  # fmt: skip
