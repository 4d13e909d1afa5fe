"""What shops and networks report, before anybody says whose it is: orders, what was given back of them, and whose code is whose.

Money is in minor units of its currency (ISO 4217: cents of a euro, whole yen, thousandths of a dinar), so that sums are exact.

>>> minor("12.34", "EUR"), minor("1200", "JPY"), minor("0.125", "KWD"), minor("a lot", "EUR")
(1234, 1200, 125, 'a lot')
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Literal

from suasion.features.tables.schema import Column, Table, time_column

from .touchpoints import UTM, plain

_CURRENCIES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
DIGITS = {one: number for number, several in _CURRENCIES.items() for one in several.split()}
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


def _states(counts: str, unpaid: str = "", returned: str = "", nothing: str = "") -> dict[str, Standing]:
    """Return what each state makes of an order, from the states that make the same of it."""
    alike: dict[Standing, str] = {
        "counts": counts,
        "unpaid": unpaid,
        "returned": returned,
        "nothing": nothing,
    }
    return {
        form: standing
        for standing, states in alike.items()
        for state in states.split()
        for form in (
            state,
            "".join(c for c in unicodedata.normalize("NFKD", state) if not unicodedata.combining(c)),
        )
    }


STATES: Mapping[str, Mapping[str, Standing]] = {
    "shopify": _states(
        counts="paid partially_paid authorized partially_refunded",
        unpaid="pending unpaid expired",
        returned="voided refunded",
    ),
    "woocommerce": _states(
        counts="processing completed",
        unpaid="pending on-hold failed",
        returned="cancelled refunded",
        nothing="draft checkout-draft auto-draft trash",
    ),
    # What a network calls pending was placed and waits for the shop's word.
    "awin": _states(counts="pending approved", returned="declined", nothing="deleted"),
    "cj": _states(counts="pending accepted automated", returned="declined reversed"),
    "impact": _states(counts="pending approved", returned="reversed"),
    # What a column of a sheet says, whoever made it.
    "sheet": _states(
        counts="approved pending paid paid_out paid_to_affiliate locked valid confirmed accepted completed processing "
        "authorized succeeded validated delayed fulfilled shipped open new extended closed cleared modified partially_refunded partially_paid delivered "
        "in_transit complete active received booked invoiced captured settled payable "
        "to_ship awaiting_shipment awaiting_collection under_review unfulfilled partially_fulfilled partially_shipped a p "
        "bestätigt bezahlt versendet geliefert zugestellt erledigt genehmigt teilweise_bezahlt in_bearbeitung versandt "
        "abgeschlossen ausgezahlt teilweise_erstattet freigegeben offen ausstehend "
        "confirmé confirmée payé payée expédié expédiée validé validée livré livrée terminé terminée en_cours en_attente "
        "confirmado confirmada pagado pagada enviado enviada aprobado aprobada entregado entregada completado completada en_curso pendiente "
        "confermato confermata pagato pagata spedito spedita consegnato consegnata completato completata in_attesa pago paga "
        "aprovado aprovada entregue pendente "
        "goedgekeurd betaald verzonden geleverd voltooid opłacone wysłane zrealizowane zatwierdzone betald skickad levererad godkänd",
        unpaid="failed incomplete requires_payment_method requires_confirmation requires_action requires_capture "
        "unpaid on-hold on_hold expired pending_payment unbezahlt fehlgeschlagen impayé impayée impagado awaiting_payment "
        "payment_pending niet_betaald nieopłacone obetald",
        returned="declined denied refused disapproved ineligible reversed voided void cancelled canceled rejected refunded returned invalid chargeback refund "
        "return reversal d "
        "storniert abgebrochen abgelehnt erstattet zurückerstattet rückerstattet rückerstattung retoure retourniert zurückgegeben "
        "annulé annulée refusé refusée remboursé remboursée remboursement "
        "cancelado cancelada rechazado rechazada reembolsado reembolsada devuelto devuelta "
        "annullato annullata rifiutato rifiutata rimborsato rimborsata recusado recusada devolvido devolvida "
        "geannuleerd geretourneerd terugbetaald afgewezen anulowane zwrócone odrzucone annullerad returnerad återbetald avbruten",
        nothing="deleted draft test entwurf",
    ),
    # What waits at a network was placed; at a shop nothing was paid yet.
    "shop": _states(counts="", unpaid="pending offen ausstehend en_attente pendiente in_attesa pendente"),
    # What a column such as "Voided" says. In a column of states, numbers are a network's own: 1 is approved at one and declined at another.
    "flag": _states(counts="0 no n false nein non", returned="1 yes y true ja oui si x"),
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


def _flag(name: str, meaning: str) -> Column:
    return Column(name, "flag", meaning)


def _money(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, "number", meaning, unit="minor units", required=required, minimum=0.0)


ORDERS = Table(
    "orders",
    "what was bought, as a shop, an affiliate network or web analytics report it",
    (
        Column("order_id", "id", "the reporter's id, such as shopify:1001", required=True),
        Column("order_ref", "id", "the shop's own number, by which reports of one order are known for one"),
        Column("reporter", "text", "who reports it", required=True, allowed=("shop", "network", "analytics")),
        time_column("created_at", "when it was placed", required=True),
        _text("currency", "ISO 4217", required=True),
        _money("amount", "what was paid, discounts taken off", required=True),
        Column("other_refs", "texts", "other numbers the shop knows it by, besides that and its id"),
        _flag(
            "is_paid", "false where the shop says that nothing was paid (yet): such an order does not count"
        ),
        _flag("is_test", "whether somebody was only trying"),
        Column("codes", "texts", "discount codes used"),
        _text("landing", "address of the first page of the visit"),
        _text("referrer", "address that led there"),
        *(_text(f"utm_{part}", f"utm_{part} of the visit") for part in UTM),
        Column("partner_id", "id", "whom an affiliate network credits, such as awin:45628"),
        _text("click_ref", "what the partner put into the link"),
        time_column("clicked_at", "when the link was followed"),
        _flag("is_new", "whether it is the customer's first order"),
    ),
    key=("order_id",),
    time="created_at",
)

_OF = "of which order, by the same reporter; where analytics report it, REPORTER:NUMBER"
REFUNDS = Table(
    "refunds",
    "what was given back of an order, and when",
    (
        Column("refund_id", "id", "the reporter's id", required=True),
        Column("order_id", "id", _OF, required=True),
        time_column("created_at", "when it was given back", required=True),
        _money("amount", "how much; all where empty"),
        _flag(
            "is_total", "whether that is all that was given back until then, and not one refund among several"
        ),
        _flag("is_added", "whether the amount was not given back but added: an order corrected upwards"),
    ),
    key=("refund_id",),
    time="created_at",
)

_VALUE = "the code, the address or its beginning, utm_campaign=…&utm_content=…, or the partner's id"
CODES = Table(
    "codes",
    "by which code, link, UTM or partner id an influencer's orders are known",
    (
        Column("campaign_id", "id", "in which campaign", required=True),
        Column("influencer_id", "id", "whose", required=True),
        Column("kind", "text", "what it is", required=True, allowed=("code", "link", "utm", "partner")),
        _text("value", _VALUE, required=True),
        time_column("posted_at", "when it was first shown to anybody; the campaign's start where empty"),
    ),
    key=("campaign_id", "influencer_id", "kind", "value"),
    time="posted_at",
    known="coalesce(posted_at, TIMESTAMP '1970-01-02')",
    known_meaning="it is no history: always",
    foreseen=True,
)

COMMERCE = {table.name: table for table in (ORDERS, REFUNDS, CODES)}
