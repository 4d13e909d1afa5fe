"""WooCommerce: orders as its REST API answers them, with the order attribution that WooCommerce 8.5 and later keep."""

from __future__ import annotations

from suasion.features.attribution.orders import COMMERCE, standing
from suasion.features.attribution.touchpoints import UTM

from .reading.commerce import add_order, add_refund, filled, texts
from .reading.rows import Rows, Unreadable, dig, ident, listed
from .reading.source import Source

_META = "_wc_order_attribution_"


def take(record: object, rows: Rows) -> None:
    """Make rows of an order."""
    if isinstance(record, dict) and "refunded_by" in record:
        raise Unreadable(
            "a refund by itself does not name its order: save the answer of /orders, which names the refunds of each"
        )
    if not isinstance(record, dict) or not {"line_items", "date_created", "date_created_gmt"} & set(record):
        raise Unreadable("no order of WooCommerce: it has neither line_items nor date_created")
    state = record.get("status")
    paid = standing("woocommerce", state)
    if paid == "nothing":
        rows.ignore(f"orders that are {state}")
        return
    order, currency = ident("woocommerce", record.get("id")), record.get("currency")
    meta = {
        dig(entry, "key"): dig(entry, "value")
        for entry in listed(record, "meta_data")
        if isinstance(dig(entry, "key"), str)
    }
    at = record.get("date_created_gmt") or record.get("date_created")
    add_order(
        rows,
        order_id=order,
        order_ref=record.get("number") or record.get("id"),
        other_refs=texts(record.get("order_key")) or None,
        reporter="shop",
        created_at=at,
        currency=currency,
        amount=record.get("total"),
        paid=paid if isinstance(state, str) else None,
        codes=texts(*(dig(line, "code") for line in listed(record, "coupon_lines"))),
        landing=meta.get(f"{_META}session_entry"),
        referrer=meta.get(f"{_META}referrer"),
        utm={part: meta.get(f"{_META}utm_{part}") for part in UTM},
    )
    changed = record.get("date_modified_gmt") or record.get("date_modified") or rows.read_at
    if paid == "returned":
        add_refund(rows, order, "returned", changed)
    for refund in listed(record, "refunds"):
        # An order names its refunds without their dates; /orders/ID/refunds has them.
        when = dig(refund, "date_created_gmt") or dig(refund, "date_created") or changed
        add_refund(
            rows, order, dig(refund, "id"), when, dig(refund, "total") or dig(refund, "amount"), currency
        )


WOOCOMMERCE = Source(
    name="woocommerce",
    title="WooCommerce orders",
    written_from="WooCommerce REST API v3, Order; order attribution of WooCommerce 8.5",
    get="Save what GET /wp-json/wc/v3/orders?per_page=100&page=… answers, a file a page; times are read as UTC.",
    fills={
        "orders": filled(
            order_id="id, as woocommerce:ID",
            order_ref="number",
            reporter="shop",
            created_at="date_created_gmt",
            currency="currency",
            amount="total",
            other_refs="order_key",
            is_paid="status",
            codes="coupon_lines.code",
            landing="meta_data, _wc_order_attribution_session_entry",
            referrer="meta_data, _wc_order_attribution_referrer",
            **{f"utm_{part}": f"meta_data, _wc_order_attribution_utm_{part}" for part in UTM},
        ),
        "refunds": {
            "refund_id": "refunds.id, or of the order and what is told",
            "order_id": "id of the order",
            "created_at": "refunds.date_created_gmt, or date_modified_gmt of the order",
            "amount": "refunds.total; all where cancelled or refunded",
            "is_total": "never",
            "is_added": "never",
        },
    },
    left=(
        "drafts and what lies in the trash",
        "whether a customer is new: WooCommerce does not tell",
        "items, and who bought",
    ),
    tried=(
        "25 answers of shops in the tests of WooCommerce's own apps, taken out of the envelope that these have: 33 orders with 12 "
        "refunds were loaded at once and 3 drafts counted; one answer that holds refunds alone is set aside"
    ),
    take=take,
    tables=COMMERCE,
)
