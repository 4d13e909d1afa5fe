"""Awin: transactions as the Advertiser and Publisher API answer them, or the report in CSV that its web interface exports."""

from __future__ import annotations

from suasion.features.attribution.orders import COMMERCE, standing
from suasion.features.attribution.touchpoints import UTM

from .reading.commerce import add_correction, add_order, add_refund, filled, texts
from .reading.records import records
from .reading.rows import Rows, Unreadable, dig, ident
from .reading.source import Source

_FIELDS = {
    "sale_amount": "saleAmount",
    "publisher_id": "publisherId",
    "date": "transactionDate",
    "commission_status": "commissionStatus",
    "validation_date": "validationDate",
    "extra": "orderRef",
    "voucher_code": "voucherCode",
    "referer": "publisherUrl",
    "clickThroughTime": "clickDate",
    "customer_acquisition": "customerAcquisition",
}
"""What the columns of the report that the web interface exports are called in the API."""
_STATES = {"0": "pending", "1": "approved", "2": "declined"}
"""What that report's numbers of a state mean."""


def take(record: object, rows: Rows) -> None:
    """Make rows of a transaction, or of a line of the report."""
    if isinstance(record, dict) and "sale_amount" in record and "publisher_id" in record:
        record = _of_report(record, rows)
    if not isinstance(record, dict) or "saleAmount" not in record or "publisherId" not in record:
        raise Unreadable(
            "no transaction of Awin: it lacks saleAmount or publisherId, as the API calls them, or sale_amount and publisher_id, as its report in CSV does"
        )
    sale, status = record["saleAmount"], record.get("commissionStatus")
    nested, order = isinstance(sale, dict), ident("awin", record.get("id"))
    currency = dig(sale, "currency") if nested else record.get("currency")
    if standing("awin", status) == "nothing":
        rows.ignore("transactions that were deleted")
        return
    if str(record.get("type")).lower() == "bonus":
        rows.ignore("bonuses: nobody bought anything")
        return
    amount = dig(sale, "amount") if nested else sale
    page, site = record.get("url"), record.get("publisherUrl")
    if page and (page == record.get("siteName") or (isinstance(site, str) and site.startswith(str(page)))):
        page, site = None, site or page  # the publisher's own page, where nobody lands
    # What was meant when it was bought; what it was amended to since is a correction.
    old = dig(record, "oldSaleAmount", "amount") if record.get("amended") is True else None
    new = record.get("customerAcquisition")
    add_order(
        rows,
        order_id=order,
        order_ref=record.get("orderRef"),
        reporter="network",
        created_at=record.get("transactionDate"),
        currency=currency,
        amount=amount if old is None else old,
        codes=texts(record.get("voucherCode")),
        landing=page,
        referrer=site,
        partner_id=ident("awin", record["publisherId"]),
        click_ref=dig(record, "clickRefs", "clickRef"),
        clicked_at=record.get("clickDate"),
        is_new={"NEW": True, "RETURNING": False}.get(new.upper()) if isinstance(new, str) else None,
    )
    when = record.get("validationDate") or rows.read_at
    if standing("awin", status) == "returned":
        add_refund(rows, order, "declined", when)
    elif old is not None:
        add_correction(rows, order, record.get("amendDate") or when, old, amount, currency)


def _of_report(line: dict[str, object], rows: Rows) -> dict[str, object]:
    """Return a line of the report as the API tells a transaction."""
    named = {_FIELDS.get(name, name): cell for name, cell in line.items()}
    state, old = named.get("commissionStatus"), line.get("old_sale_amount")
    currency = line.get("currency", rows.currency)
    if currency is None:
        raise Unreadable(
            "the report does not name its currency: say it with --currency, such as --currency EUR"
        )
    amended = str(line.get("amended")).lower() == "yes" and old is not None
    return named | {
        "commissionStatus": _STATES.get(str(state), state),
        "clickRefs": {"clickRef": line.get("click_ref")},
        "saleAmount": {"amount": line["sale_amount"], "currency": currency},
        "amended": amended,
        "oldSaleAmount": {"amount": old},
    }


AWIN = Source(
    name="awin",
    title="Awin transactions",
    written_from="Awin API, GET transactions (list) and its fields; the transactions report in CSV, as advertisers export it",
    get=(
        "Save what GET /advertisers/ID/transactions/?startDate=…&endDate=…&timezone=UTC answers, a file a request; ask for UTC, since "
        "the dates name no zone. Or export the transactions report as CSV, and say its currency with --currency."
    ),
    fills={
        "orders": filled(
            order_id="id, as awin:ID",
            order_ref="orderRef",
            reporter="network",
            created_at="transactionDate",
            currency="saleAmount.currency",
            amount="saleAmount.amount, or oldSaleAmount.amount where it was amended",
            codes="voucherCode",
            landing="url, where it is no page of the publisher",
            referrer="publisherUrl, or url where that is the publisher's page",
            **dict.fromkeys((f"utm_{part}" for part in UTM), "url"),
            partner_id="publisherId, as awin:ID",
            click_ref="clickRefs.clickRef",
            clicked_at="clickDate",
            is_new="customerAcquisition",
        ),
        "refunds": {
            "refund_id": "of the order and what is told",
            "order_id": "id",
            "created_at": "validationDate, or when the export was read",
            "amount": "oldSaleAmount less saleAmount; all where declined",
            "is_total": "true where it was amended",
            "is_added": "true where saleAmount is above oldSaleAmount",
        },
    },
    left=("commissions", "transactions that were deleted", "bonuses"),
    tried=(
        "five answers in the notes and tests of other programs, two of them taken from accounts: their 10 transactions were "
        "loaded at once, of which three told the publisher's own page as where the buyer landed until that was mended"
    ),
    take=take,
    reader=records,
    suffixes=(".csv", ".json", ".jsonl", ".ndjson"),
    tables=COMMERCE,
    unpriced=True,
)
