"""What shops and networks report, before anybody says whose it is: orders, what was given back of them, and whose code is whose.

Money is in minor units of its currency (ISO 4217: cents of a euro, whole yen, thousandths of a dinar), so that sums are exact.

>>> minor("12.34", "EUR"), minor("1200", "JPY"), minor("0.125", "KWD"), minor("a lot", "EUR")
(1234, 1200, 125, 'a lot')
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Literal

from suasion.features.tables.schema import Column, Table

from .touchpoints import plain

DIGITS = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}
"""Digits after the point of the currencies that have other than two (ISO 4217, amendment 176)."""


def digits(currency: str) -> int:
    """Return how many digits after the point a currency has."""
    return DIGITS.get(currency.upper(), 2)


def minor(amount: object, currency: object) -> object:
    """Return an amount of money in minor units; what is no amount comes back as it is, for the rules to set it aside."""
    if (
        isinstance(amount, bool)
        or not isinstance(amount, str | int | float | Decimal)
        or not isinstance(currency, str)
    ):
        return amount
    try:
        exact = Decimal(str(amount).strip())
        if not exact.is_finite() or abs(exact) > 10**12:
            return f"{amount} {currency}"  # no sum of money; sums would no longer be exact
        return int((exact * 10 ** digits(currency)).quantize(Decimal(1), ROUND_HALF_EVEN))
    except InvalidOperation:
        return amount


Standing = Literal["counts", "unpaid", "returned", "nothing"]
"""What a state makes of an order: it counts; nothing was paid (yet); all of it was given back; it is no customer's order."""

STATES: Mapping[str, Mapping[str, Standing]] = {
    "shopify": {
        **dict.fromkeys(["paid", "partially_paid", "authorized", "partially_refunded"], "counts"),
        **dict.fromkeys(["pending", "unpaid", "expired"], "unpaid"),
        **dict.fromkeys(["voided", "refunded"], "returned"),
    },
    "woocommerce": {
        **dict.fromkeys(["processing", "completed"], "counts"),
        **dict.fromkeys(["pending", "on-hold", "failed"], "unpaid"),
        **dict.fromkeys(["cancelled", "refunded"], "returned"),
        **dict.fromkeys(["draft", "checkout-draft", "auto-draft", "trash"], "nothing"),
    },
    # What a network calls pending was placed and waits for the shop's word.
    "awin": {"pending": "counts", "approved": "counts", "declined": "returned", "deleted": "nothing"},
    "cj": {
        **dict.fromkeys(["pending", "accepted", "automated"], "counts"),
        "declined": "returned",
    },
    "impact": {"pending": "counts", "approved": "counts", "reversed": "returned"},
    # What a column of a sheet says, whoever made it.
    "sheet": {
        **dict.fromkeys(
            [
                "approved",
                "pending",
                "paid",
                "locked",
                "valid",
                "confirmed",
                "accepted",
                "completed",
                "processing",
            ],
            "counts",
        ),
        **dict.fromkeys(
            [
                "authorized",
                "fulfilled",
                "shipped",
                "open",
                "new",
                "extended",
                "closed",
                "cleared",
                "a",
                "p",
            ],
            "counts",
        ),
        **dict.fromkeys(
            [
                "declined",
                "denied",
                "reversed",
                "voided",
                "void",
                "cancelled",
                "canceled",
                "rejected",
                "refunded",
                "disapproved",
                "d",
            ],
            "returned",
        ),
        **dict.fromkeys(["returned", "invalid", "chargeback"], "returned"),
        **dict.fromkeys(["failed", "unpaid", "on-hold", "on_hold", "expired", "pending_payment"], "unpaid"),
        **dict.fromkeys(["deleted", "draft", "test"], "nothing"),
    },
    # What a column such as "Voided" says. In a column of states, numbers are a network's own: 1 is approved at one and declined at another.
    "flag": {
        **dict.fromkeys(["0", "no", "false"], "counts"),
        **dict.fromkeys(["1", "yes", "true"], "returned"),
    },
}
"""For every shop and network what its states make of an order. One that stands nowhere, such as a shop's own, counts."""


def standing(source: str, state: object) -> Standing:
    """Return what a state makes of an order, however it is written.

    >>> standing("shopify", "PARTIALLY_REFUNDED"), standing("woocommerce", "wc-on-hold"), standing("awin", None)
    ('counts', 'unpaid', 'counts')
    """
    if not isinstance(state, str):
        return "counts"
    return STATES[source].get(plain(state).removeprefix("wc-").replace(" ", "_"), "counts")


_NO_REFERENCE = {"", "(notset)", "notset", "undefined", "null", "none", "nan", "n/a", "unknown", "0"}


def reference(text: str | None) -> str | None:
    """Return an order's number as it is compared; None where it is none.

    >>> reference(" #1001"), reference("1001.0"), reference("000001001"), reference("gid://shopify/Order/567"), reference("(not set)")
    ('1001', '1001', '1001', '567', None)
    """
    bare = plain(text or "").replace(" ", "")
    bare = bare.rpartition("/")[2] if bare.startswith("gid://") else bare.lstrip("#")
    if whole := re.fullmatch(r"0*(\d+)(\.0+)?", bare):
        bare = whole[1]
    return None if bare in _NO_REFERENCE else bare


def _text(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, "text", meaning, required=required)


ORDERS = Table(
    "orders",
    "what was bought, as a shop, an affiliate network or web analytics report it",
    (
        Column("order_id", "id", "the reporter's id, such as shopify:1001", required=True),
        Column("order_ref", "id", "the shop's own number, by which reports of one order are known for one"),
        Column("reporter", "text", "who reports it", required=True, allowed=("shop", "network", "analytics")),
        Column("created_at", "time", "when it was placed", unit="UTC", required=True),
        _text("currency", "ISO 4217", required=True),
        Column(
            "amount",
            "number",
            "what was paid, discounts taken off",
            unit="minor units",
            required=True,
            minimum=0.0,
        ),
        Column("other_refs", "texts", "other numbers the shop knows it by, besides that and its id"),
        Column(
            "is_paid",
            "flag",
            "false where the shop says that nothing was paid (yet): such an order does not count",
        ),
        Column("is_test", "flag", "whether somebody was only trying"),
        Column("codes", "texts", "discount codes used"),
        _text("landing", "address of the first page of the visit"),
        _text("referrer", "address that led there"),
        *(
            _text(f"utm_{part}", f"utm_{part} of the visit")
            for part in ("source", "medium", "campaign", "content")
        ),
        Column("partner_id", "id", "whom an affiliate network credits, such as awin:45628"),
        _text("click_ref", "what the partner put into the link"),
        Column("clicked_at", "time", "when the link was followed", unit="UTC"),
        Column("is_new", "flag", "whether it is the customer's first order"),
    ),
    key=("order_id",),
    time="created_at",
)

REFUNDS = Table(
    "refunds",
    "what was given back of an order, and when",
    (
        Column("refund_id", "id", "the reporter's id", required=True),
        Column(
            "order_id",
            "id",
            "of which order, by the same reporter; where analytics report it, REPORTER:NUMBER",
            required=True,
        ),
        Column("created_at", "time", "when it was given back", unit="UTC", required=True),
        Column("amount", "number", "how much; all where empty", unit="minor units", minimum=0.0),
        Column(
            "is_total",
            "flag",
            "whether that is all that was given back until then, and not one refund among several",
        ),
        Column(
            "is_added", "flag", "whether the amount was not given back but added: an order corrected upwards"
        ),
    ),
    key=("refund_id",),
    time="created_at",
)

CODES = Table(
    "codes",
    "by which code, link, UTM or partner id an influencer's orders are known",
    (
        Column("campaign_id", "id", "in which campaign", required=True),
        Column("influencer_id", "id", "whose", required=True),
        Column("kind", "text", "what it is", required=True, allowed=("code", "link", "utm", "partner")),
        _text(
            "value",
            "the code, the address or its beginning, utm_campaign=…&utm_content=…, or the partner's id",
            required=True,
        ),
        Column(
            "posted_at",
            "time",
            "when it was first shown to anybody; the campaign's start where empty",
            unit="UTC",
        ),
    ),
    key=("campaign_id", "influencer_id", "kind", "value"),
    time="posted_at",
    known="coalesce(posted_at, TIMESTAMP '1970-01-02')",
    known_meaning="it is no history: always",
    foreseen=True,
)

COMMERCE = {table.name: table for table in (ORDERS, REFUNDS, CODES)}
