"""GA4's export to BigQuery: purchases and refunds, with the campaign that led to them.

A row is an event, and an order may be told by several: the page of thanks was opened again. The first of them is the order
(:mod:`suasion.features.attribution.attribute`). BigQuery writes whole numbers as text in JSON; times are microseconds since 1970, UTC.
"""

from __future__ import annotations

from suasion.features.attribution.orders import COMMERCE, reference

from .reading.commerce import add_order, add_refund, filled, texts
from .reading.rows import Rows, Unreadable, dig, epoch, ident, listed
from .reading.source import Source

_MANUAL = {"source": "source", "medium": "medium", "campaign": "campaign_name", "content": "content"}


def _parameter(event: object, name: str) -> object:
    for parameter in listed(event, "event_params"):
        if dig(parameter, "key") == name:
            value = dig(parameter, "value")
            kinds = ("string_value", "int_value", "double_value", "float_value")
            return next((dig(value, kind) for kind in kinds if dig(value, kind) is not None), None)
    return None


def take(record: object, rows: Rows) -> None:
    """Make rows of an event."""
    if not isinstance(record, dict) or "event_name" not in record:
        raise Unreadable("no event of GA4: it has no event_name")
    kind, shop = record["event_name"], record.get("ecommerce")
    if kind not in ("purchase", "refund"):
        rows.ignore("events other than purchase and refund")
        return
    numbers = (dig(shop, "transaction_id"), _parameter(record, "transaction_id"))
    number = next((one for one in numbers if one is not None and reference(str(one)) is not None), None)
    if number is None:
        raise Unreadable(f"a {kind} without transaction_id: nobody can tell which order it is")
    stamp = record.get("event_timestamp")
    order, at, currency = ident("ga4", number), epoch(stamp, 1e-6), _parameter(record, "currency")
    value = "refund_value" if kind == "refund" else "purchase_revenue"
    amount, dollars = dig(shop, value), dig(shop, f"{value}_in_usd")
    if amount is None:
        amount = _parameter(record, "value")
    if dollars is not None and (amount is None or currency is None):  # a tag that names no currency
        amount, currency = dollars, "USD"
    if kind == "refund":
        add_refund(rows, order, stamp, at, amount, currency or "USD")
        return
    last = dig(record, "session_traffic_source_last_click", "manual_campaign")
    collected = record.get("collected_traffic_source")
    add_order(
        rows,
        order_id=f"{order}:{stamp}" if isinstance(order, str) else order,
        order_ref=number,
        reporter="analytics",
        created_at=at,
        currency=currency,
        amount=amount,
        is_test=True if str(_parameter(record, "debug_mode")) in ("1", "true") else None,
        codes=texts(_parameter(record, "coupon")),
        landing=_parameter(record, "page_location"),
        referrer=_parameter(record, "page_referrer"),
        utm={
            part: dig(last, name) or dig(collected, f"manual_{name}") or _parameter(record, part)
            for part, name in _MANUAL.items()
        },
    )


GA4 = Source(
    name="ga4",
    title="GA4 export to BigQuery",
    written_from="Google Analytics, BigQuery Export schema (events_YYYYMMDD), with session_traffic_source_last_click of 2024",
    get=(
        "Export rows of events_… as newline-delimited JSON, gzip if you like: EXPORT DATA OPTIONS (uri = 'gs://…/*.json', format = 'JSON') AS "
        "SELECT * FROM events_… WHERE event_name IN ('purchase', 'refund')."
    ),
    fills={
        "orders": filled(
            order_id="ecommerce.transaction_id and event_timestamp, as ga4:ID:TIME",
            order_ref="ecommerce.transaction_id",
            reporter="analytics",
            created_at="event_timestamp",
            currency="event_params, currency; USD for purchase_revenue_in_usd",
            amount="ecommerce.purchase_revenue, or event_params, value, or ecommerce.purchase_revenue_in_usd where no currency is told",
            is_test="event_params, debug_mode",
            codes="event_params, coupon",
            landing="event_params, page_location",
            referrer="event_params, page_referrer",
            **{
                f"utm_{part}": f"session_traffic_source_last_click.manual_campaign.{name}, collected_traffic_source.manual_{name}, event_params"
                for part, name in _MANUAL.items()
            },
        ),
        "refunds": {
            "refund_id": "of the order and event_timestamp",
            "order_id": "ecommerce.transaction_id, as ga4:ID",
            "created_at": "event_timestamp",
            "amount": "ecommerce.refund_value, or event_params, value, or ecommerce.refund_value_in_usd where no currency is told",
            "is_total": "never",
            "is_added": "never",
        },
    },
    left=(
        "all other events",
        "who bought",
        "amounts in US dollars, where the order's own currency is told",
        "purchases of people who refused to be counted: not in the export",
    ),
    tried=(
        "no export with purchases, since none was found: rows of two exports with other events, which were counted; purchases and "
        "refunds as the documentation shows them"
    ),
    take=take,
    tables=COMMERCE,
)
