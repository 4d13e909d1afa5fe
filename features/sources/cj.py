"""CJ Affiliate: commissions as the Commission Detail API (GraphQL) answers them.

A correction is a record of its own that names the one it corrects: below zero what was given back, above zero what was added. A
restatement is two of them, the old amount taken back whole and the new one added.
"""

from __future__ import annotations

from suasion.features.attribution.orders import COMMERCE, minor, standing

from .reading.commerce import add_order, add_refund, filled, texts
from .reading.rows import Rows, Unreadable, dig, ident, listed, whole
from .reading.source import Source


def take(record: object, rows: Rows) -> None:
    """Make rows of a record, or of an answer with several."""
    record = whole(record, "no object: neither a commission nor an answer of the API")
    answer = dig(record, "data") or record
    for name in (
        answer if isinstance(answer, dict) else ()
    ):  # advertiserCommissions, publisherCommissions, commissionDetails
        if isinstance(records := dig(answer, name, "records"), list):
            rows.each(records, take)
            return
    if "commissionId" not in record:
        raise Unreadable("no commission of CJ: it has no commissionId")
    amount, currency = record.get("saleAmountAdvCurrency"), record.get("advCurrency")
    if amount is None:
        amount, currency = record.get("saleAmountUsd"), "USD"
    if amount is None:
        amount, currency = record.get("saleAmountPubCurrency"), record.get("pubCurrency")
    first = record.get("originalActionId") or record["commissionId"]
    order, posted = ident("cj", first), record.get("postingDate") or rows.read_at
    if str(record.get("original")).lower() == "false":
        cents = minor(amount, currency)
        added = isinstance(cents, int) and cents > 0
        add_refund(rows, order, record["commissionId"], posted, amount, currency, added=added)
        return
    new = record.get("newToFile")
    add_order(
        rows,
        order_id=order,
        order_ref=record.get("orderId"),
        reporter="network",
        created_at=record.get("eventDate"),
        currency=currency,
        amount=amount,
        codes=texts(record.get("coupon")),
        referrer=record.get("clickReferringURL"),
        partner_id=ident("cj", record.get("publisherId")),
        click_ref=record.get("shopperId"),
        clicked_at=record.get("clickDate"),
        is_new=new if isinstance(new, bool) else None,
    )
    if "returned" in (standing("cj", record.get(name)) for name in ("validationStatus", "actionStatus")):
        add_refund(rows, order, "declined", rows.read_at)
    for item in listed(record, "items"):
        if dig(item, "quantity") is not None:
            rows.ignore("items of an order")


CJ = Source(
    name="cj",
    title="CJ Affiliate commissions",
    written_from="CJ Commission Detail API, GraphQL, fields of advertiserCommissions and publisherCommissions",
    get=(
        "Save what the query advertiserCommissions(forAdvertisers: […], sincePostingDate: …) { records { commissionId original originalActionId "
        "orderId eventDate postingDate clickDate publisherId validationStatus saleAmountAdvCurrency advCurrency saleAmountUsd coupon newToFile clickReferringURL "
        "shopperId } } answers."
    ),
    fills={
        "orders": filled(
            order_id="originalActionId, or commissionId, as cj:ID",
            order_ref="orderId",
            reporter="network",
            created_at="eventDate",
            currency="advCurrency; USD for saleAmountUsd; pubCurrency for saleAmountPubCurrency",
            amount="saleAmountAdvCurrency, or saleAmountUsd, or saleAmountPubCurrency",
            codes="coupon",
            referrer="clickReferringURL",
            partner_id="publisherId, as cj:ID",
            click_ref="shopperId",
            clicked_at="clickDate",
            is_new="newToFile",
        ),
        "refunds": {
            "refund_id": "commissionId of a record whose original is false",
            "order_id": "originalActionId",
            "created_at": "postingDate; of validationStatus DECLINED, or actionStatus REVERSED, when the export was read",
            "amount": "the amount, without its sign; all where declined or reversed",
            "is_total": "never",
            "is_added": "true where the amount is above zero",
        },
    },
    left=("commissions and their status", "items"),
    tried=(
        "no answer of an account, since none was found: of six in the tests of other programs, written by their authors, two (7 "
        "commissions) came in whole at first and one after pubCurrency was read, one was set aside for want of eventDate and two "
        "are of a shape that the API's documentation does not have; five that are called commissionDetails are read since"
    ),
    take=take,
    tables=COMMERCE,
)
