"""Shopify: orders as exported from the admin (CSV), from the REST Admin API, and from the GraphQL Admin API.

An order counts once it is paid or authorised (:data:`~suasion.features.attribution.orders.STATES`); one that is cancelled, voided or refunded was given back.
In the CSV an order has a line an item, of which the first holds the totals. It tells what was refunded in all and not when, and does not
mark test orders, but for the gateway they are paid with.
"""

from __future__ import annotations

from suasion.features.attribution.orders import COMMERCE, Standing, standing
from suasion.features.attribution.touchpoints import UTM

from .reading.commerce import add_correction, add_order, add_refund, filled, shop_time, texts
from .reading.records import records
from .reading.rows import Rows, Unreadable, dig, ident, listed, moment, whole
from .reading.source import Source

_FOR_TESTS = "bogus"
"""Shopify's gateway for tests is called (for testing) Bogus Gateway."""


def take(record: object, rows: Rows) -> None:
    """Make rows of a line of the CSV, of an order, or of a page of them."""
    record = whole(record, "no object: neither an order nor a page of them")
    data = record.get("data") if isinstance(record.get("data"), dict) else record
    orders = dig(data, "orders")
    if isinstance(orders, list):
        rows.each(orders, take)
    elif isinstance(orders, dict):
        nodes = listed(orders, "nodes") or [dig(edge, "node") for edge in listed(orders, "edges")]
        rows.each(nodes, take)
    elif isinstance(record.get("draft_orders"), list) or "invoice_url" in record:
        rows.ignore("drafts")
    elif isinstance(record.get("checkouts"), list) or "abandoned_checkout_url" in record:
        rows.ignore("abandoned checkouts")
    elif "Name" in record and "Lineitem name" in record and not {"Total", "Financial Status"} & set(record):
        rows.ignore("further items of an order")
    elif "Name" in record and "Created at" in record:
        if "Financial Status" not in record and str(record["Name"]).lstrip("#") == record.get("Id"):
            rows.ignore("abandoned checkouts")  # which have no number of an order, and no state of payment
        elif "Total" not in record:
            raise Unreadable("an order without its Total: export the orders with all columns")
        elif not moment(shop_time(record["Created at"])):
            raise Unreadable(
                "Created at is not as Shopify writes it, since a spreadsheet saved the file: export it again and give the file as it came"
            )
        else:
            _line(record, rows)
    elif "created_at" in record and "total_price" in record:
        _rest(record, rows)
    elif "createdAt" in record and "totalPriceSet" in record:
        _graphql(record, rows)
    elif "__parentId" in record:
        rows.ignore("parts of an order in a bulk export")
    else:
        if "createdAt" in record and "currentTotalPriceSet" in record:
            raise Unreadable("an order of the GraphQL Admin API without totalPriceSet: ask for it too")
        raise Unreadable("neither an order of the CSV export, of the REST nor of the GraphQL Admin API")


def _paid(state: object) -> Standing | None:
    return standing("shopify", state) if isinstance(state, str) else None


def _undone(rows: Rows, order: object, cancelled_at: object, state: object) -> None:
    """Add that all of an order was given back, where it was cancelled or its state says so."""
    if cancelled_at is not None:
        add_refund(rows, order, "cancelled", cancelled_at)
    elif standing("shopify", state) == "returned":
        add_refund(rows, order, "returned", rows.read_at)


def _line(line: dict[str, object], rows: Rows) -> None:
    order, currency = ident("shopify", line.get("Id") or line.get("Name")), line.get("Currency")
    state = line.get("Financial Status")
    add_order(
        rows,
        order_id=order,
        order_ref=line.get("Name"),
        reporter="shop",
        created_at=shop_time(line.get("Created at")),
        currency=currency,
        amount=line.get("Total"),
        paid=_paid(state),
        is_test=_FOR_TESTS in str(line.get("Payment Method", "")).lower(),
        codes=texts(*str(line.get("Discount Code") or "").split(",")),
    )
    _undone(rows, order, shop_time(line.get("Cancelled at")), state)
    refunded = line.get("Refunded Amount")
    if refunded is not None and str(refunded).strip("0. "):
        add_refund(rows, order, f"total:{refunded}", rows.read_at, refunded, currency, total=True)


def _numbers(order: dict[str, object], *names: str) -> list[str] | None:
    return [str(order[name]) for name in names if isinstance(order.get(name), str | int)] or None


def _rest(order: dict[str, object], rows: Rows) -> None:
    name, currency = ident("shopify", order.get("id")), order.get("currency")
    number = dig(order, "customer", "orders_count")
    add_order(
        rows,
        order_id=name,
        order_ref=order.get("name"),
        other_refs=_numbers(order, "order_number", "confirmation_number", "checkout_id", "checkout_token"),
        reporter="shop",
        created_at=order.get("created_at"),
        currency=currency,
        amount=order.get("total_price"),
        paid=_paid(order.get("financial_status")),
        is_test=order.get("test"),
        codes=texts(*(dig(code, "code") for code in listed(order, "discount_codes"))),
        landing=order.get("landing_site"),
        referrer=order.get("referring_site"),
        is_new=number == 1 if isinstance(number, int) else None,
    )
    _undone(rows, name, order.get("cancelled_at"), order.get("financial_status"))
    before, after = order.get("total_price"), order.get("current_total_price")
    add_correction(rows, name, rows.read_at, before, after, currency)
    for refund in listed(order, "refunds"):
        paid = [
            dig(paying, "amount")
            for paying in listed(refund, "transactions")
            if dig(paying, "kind") in (None, "refund") and dig(paying, "status") in (None, "success")
        ]
        for place, amount in enumerate(paid):
            what = f"{dig(refund, 'id')}:{place}" if place else dig(refund, "id")
            add_refund(rows, name, what, dig(refund, "created_at"), amount, currency)


def _graphql(order: dict[str, object], rows: Rows) -> None:
    money = dig(order, "totalPriceSet", "shopMoney")
    currency = dig(money, "currencyCode") or order.get("currencyCode")
    gid = order.get("id")
    bare = gid.rpartition("/")[2] if isinstance(gid, str) else gid
    name, number = ident("shopify", bare), dig(order, "customer", "numberOfOrders")
    journey = order.get("customerJourneySummary")
    visit = dig(journey, "lastVisit") or dig(journey, "firstVisit")
    utm = dig(visit, "utmParameters")
    add_order(
        rows,
        order_id=name,
        order_ref=order.get("name"),
        other_refs=_numbers(order, "number", "confirmationNumber"),
        reporter="shop",
        created_at=order.get("createdAt"),
        currency=currency,
        amount=dig(money, "amount"),
        paid=_paid(order.get("displayFinancialStatus")),
        is_test=order.get("test"),
        codes=texts(*listed(order, "discountCodes")),
        landing=dig(visit, "landingPage"),
        referrer=dig(visit, "referrerUrl"),
        utm={part: dig(utm, part) for part in UTM},
        is_new=str(number) == "1" if number is not None else None,
    )
    _undone(rows, name, order.get("cancelledAt"), order.get("displayFinancialStatus"))
    now = dig(order, "currentTotalPriceSet", "shopMoney", "amount")
    add_correction(rows, name, rows.read_at, dig(money, "amount"), now, currency)
    for refund in listed(order, "refunds"):
        what, amount = (
            str(dig(refund, "id")).rpartition("/")[2],
            dig(refund, "totalRefundedSet", "shopMoney", "amount"),
        )
        add_refund(rows, name, what, dig(refund, "createdAt"), amount, currency)


SHOPIFY = Source(
    name="shopify",
    title="Shopify orders",
    written_from="Shopify's order CSV export; Admin API 2026-04, REST and GraphQL Order (types of @shopify/shopify-api)",
    get=(
        "Admin, Orders, Export: plain CSV, all orders. Better, since it dates refunds and tells where a visit came from: the Admin API's "
        "orders.json?status=any, or the GraphQL query orders with name, number, confirmationNumber, createdAt, cancelledAt, test, displayFinancialStatus, "
        "totalPriceSet, currentTotalPriceSet, discountCodes, refunds, customer { numberOfOrders }, customerJourneySummary; also as a bulk "
        "operation's JSONL."
    ),
    fills={
        "orders": filled(
            order_id="Id or Name; id; as shopify:ID",
            order_ref="Name; name",
            reporter="shop",
            created_at="Created at; created_at; createdAt",
            currency="Currency; currency; totalPriceSet.shopMoney.currencyCode",
            amount="Total; total_price; totalPriceSet.shopMoney.amount",
            other_refs="order_number, confirmation_number, checkout_id, checkout_token; number, confirmationNumber",
            is_paid="Financial Status; financial_status; displayFinancialStatus",
            is_test="Payment Method with Bogus; test",
            codes="Discount Code; discount_codes; discountCodes",
            landing="landing_site; customerJourneySummary.lastVisit.landingPage",
            referrer="referring_site; customerJourneySummary.lastVisit.referrerUrl",
            **{f"utm_{part}": f"landing_site; utmParameters.{part}" for part in UTM},
            is_new="customer.orders_count or numberOfOrders is 1, as of the export",
        ),
        "refunds": {
            "refund_id": "id of the refund, or of the order and what is told",
            "order_id": "id of the order",
            "created_at": "refunds, created_at; cancelled_at; of the CSV's Refunded Amount, of a state and of a correction when the export was read",
            "amount": "refunds.transactions.amount; totalRefundedSet; Refunded Amount; total_price less current_total_price; all where cancelled, "
            "voided or refunded",
            "is_total": "true for the CSV's Refunded Amount and for corrections",
            "is_added": "true where current_total_price is above total_price",
        },
    },
    left=(
        "items, addresses, taxes and shipping apart",
        "names and addresses of customers",
        "drafts and abandoned checkouts",
        "a CSV that a spreadsheet saved, with dates of its own: give the file as it came",
    ),
    tried="seventeen public CSV exports of several shops: each of their 496 orders was loaded once",
    take=take,
    reader=records,
    suffixes=(".csv", ".json", ".jsonl", ".ndjson"),
    tables=COMMERCE,
)
