"""Impact.com: actions as the Brand and Partner API answer them."""

from __future__ import annotations

from suasion.features.attribution.orders import COMMERCE, standing
from suasion.features.attribution.touchpoints import UTM

from .reading.commerce import add_correction, add_order, add_refund, filled, texts
from .reading.rows import Rows, Unreadable, ident, whole
from .reading.source import Source


def take(record: object, rows: Rows) -> None:
    """Make rows of an action, or of a page of them."""
    record = whole(record, "no object: neither an action nor a page of them")
    if isinstance(actions := record.get("Actions"), list):
        rows.each(actions, take)
        return
    if "Id" not in record or "EventDate" not in record:
        raise Unreadable("no action of Impact: it lacks Id or EventDate")
    order, currency = ident("impact", record["Id"]), record.get("Currency")
    status = record.get("CustomerStatus")
    amount, intended = record.get("Amount"), record.get("IntendedAmount")
    add_order(
        rows,
        order_id=order,
        order_ref=record.get("Oid"),
        reporter="network",
        created_at=record["EventDate"],
        currency=currency,
        # What was meant when it was bought; what was taken off since is given back.
        amount=intended if intended not in (None, "") else amount,
        codes=texts(record.get("PromoCode")),
        landing=record.get("ReferringUrl") or None,
        referrer=record.get("ReferringDomain") or None,
        partner_id=ident("impact", record.get("MediaPartnerId")),
        click_ref=record.get("SubId1") or None,
        clicked_at=record.get("ReferringDate") or None,
        is_new={"NEW": True, "EXISTING": False}.get(status.upper()) if isinstance(status, str) else None,
    )
    if standing("impact", record.get("State")) == "returned":
        when = record.get("ClearedDate") or record.get("LockingDate") or rows.read_at
        add_refund(rows, order, "reversed", when)
    else:
        add_correction(rows, order, rows.read_at, intended, amount, currency)


IMPACT = Source(
    name="impact",
    title="Impact.com actions",
    written_from="Impact.com Brand API and Partner API, Action object",
    get="Save what GET /Advertisers/ACCOUNT/Actions?ActionDateStart=…&ActionDateEnd=… answers as JSON, a file a page.",
    fills={
        "orders": filled(
            order_id="Id, as impact:ID",
            order_ref="Oid",
            reporter="network",
            created_at="EventDate",
            currency="Currency",
            amount="IntendedAmount, or Amount",
            codes="PromoCode",
            landing="ReferringUrl",
            referrer="ReferringDomain",
            **dict.fromkeys((f"utm_{part}" for part in UTM), "ReferringUrl"),
            partner_id="MediaPartnerId, as impact:ID",
            click_ref="SubId1",
            clicked_at="ReferringDate",
            is_new="CustomerStatus",
        ),
        "refunds": {
            "refund_id": "of the action and what is told",
            "order_id": "Id",
            "created_at": "ClearedDate or LockingDate of a reversal; of another Amount when the export was read",
            "amount": "IntendedAmount less Amount; all where reversed",
            "is_total": "true for another Amount",
            "is_added": "true where Amount is above IntendedAmount",
        },
    },
    left=("payouts", "actions that are no purchase are read as such: export those of the purchase tracker"),
    tried=(
        "four answers in the notes and tests of other programs, one of them of a partner's account and three written by hand or "
        "from the documentation: their 10 actions were loaded at once"
    ),
    take=take,
    tables=COMMERCE,
)
