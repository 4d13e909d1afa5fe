"""Sheets of orders: whether one stands, what was given back of it, and items that stand in rows of their own."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from suasion.features.attribution.orders import STATES, Standing, minor, standing
from suasion.features.attribution.touchpoints import plain

from .cells import is_filled, shown_cell
from .columns import bare
from .names import COMMISSION, FLAGS, ITEMS, OF_ORDER, ORIGINAL, PAID_STATE, SOLD, STATE, SYNONYMS
from .numerals import parse, unit_of
from .rows import Rows

_NUMBERS = frozenset(map(bare, ("order_id", *SYNONYMS["order_id"][:3])))
"""Names of a column of orders that hold the shop's own number, whoever reports it."""
_OFF = re.compile(
    r"\b(?:discount|rabatt|nachlass|gutschein|coupon|voucher|promo|remise|reduction|descuento|cupon|sconto|buono|desconto|cupom|korting|rabat)"
)
"""What a row of an order is called, its accents taken off, that takes something off the others and is nothing that came back."""
_BESIDE = re.compile(
    r"(?:\w+ )?(?:shipping|postage|delivery|tip|gift wrap|versand\w*|porto|trinkgeld|livraison|frais de port|envio|gastos de envio|spedizione|frete|"
    r"verzend\w*|dostawa)(?: (?:fee|costs?|charges?|express|standard))?"
)
"""What a row of an order is called that says nothing of whether amounts are the order's or each item's."""
_IN_CENTS = {"charge", "payment_intent", "checkout.session", "invoice"}
"""What Stripe calls its objects, in whose JSON amounts are in minor units."""
_WAITING = "declined or not settled: nothing is given back yet"
Row = Mapping[str, object]


@dataclass
class _Lines:
    """The rows of one order."""

    order: dict[str, object]
    line: int
    amounts: dict[str, object] = field(default_factory=dict)
    """By what the row is: one that stands twice is one."""
    returned: dict[str, object] = field(default_factory=dict)
    """Of these, the amounts of what came back."""
    back: dict[str, int] = field(default_factory=dict)
    """Of these, how much of it came back, where a column says it."""
    beside: set[str] = field(default_factory=set)
    """Of these, discounts and shipping."""
    unpaid: set[str] = field(default_factory=set)
    fault: str | None = None


@dataclass(eq=False)
class Orders:
    """How the orders of a sheet are read.

    Parameters
    ----------
    state
        The column that says whether an order stands; nothing where none does.
    item
        The column of what was bought; nothing where a row is an order.
    whole
        Whether the amount is called the order's, though rows are of items.
    numbered
        Whether an order's id is the shop's own number.
    reporter
        Who reports all of them, where no column says it.
    original
        The column of the order that an amount below nothing was given back of, where it has a number of its own.
    """

    state: str = ""
    item: str = ""
    whole: bool = False
    numbered: bool = False
    reporter: str = ""
    original: str = ""
    flag: str = ""
    """A further column whose yes is that an order does not stand."""
    cents: bool = False
    """Whether amounts are in minor units."""
    given_back: Counter[str] = field(default_factory=Counter)
    """How often the same amount came back of one order on the same day."""
    lines: dict[object, _Lines] = field(default_factory=dict)

    def add(
        self, row: Row, order: dict[str, object], refunded: object, fault: str | None, rows: Rows
    ) -> None:
        """Add a row's order, or what it says was given back of one; ``refunded``: how much of it, where a column says it."""
        if isinstance(currency := order.get("currency"), str):
            order["currency"] = currency.upper()
        order["amount"] = self._minor(order.get("amount"), order.get("currency"))
        cents = self._minor(refunded, order.get("currency"))
        back = abs(cents) if isinstance(cents, int) else 0
        # A reason names nobody: with pseudonyms it repeats no cell.
        said = "the word there" if rows.door.pseudonyms else ""
        state, stands, problem = self._state(row, str(order.get("reporter") or self.reporter), said)
        if stands == "counts" and STATES["flag"].get(plain(shown_cell(row.get(self.flag, "")))) == "returned":
            state, stands = bare(self.flag), "returned"
        name = plain(str(row.get(self.item) or "")) if self.item else ""
        off = bool(_OFF.search(name))
        if isinstance(amount := order["amount"], int) and amount < 0 and not off:
            if original := shown_cell(row.get(self.original, "")).strip():
                order = {**order, "order_id": original}
            self._give_back(order, problem or (_WAITING if stands == "unpaid" else None), rows)
            return
        fault = fault or problem
        if self.numbered:
            order.setdefault("order_ref", order.get("order_id"))
        number = order.get("order_id")
        if not self.item:
            if stands == "unpaid":
                order["is_paid"] = "false"
            if stands == "returned" or back:
                _came_back(number, state, back, rows)
            rows.add("orders", _problem=fault, **order)
            return
        what = repr(sorted((name, str(cell)) for name, cell in row.items()))
        lines = self.lines.setdefault(number, _Lines(order, rows.line))
        if what in lines.amounts:
            rows.warn("rows that stand twice in one order and count once")
        lines.amounts[what] = order["amount"]
        if off or _BESIDE.fullmatch(name):
            lines.beside.add(what)
        if back:
            lines.back[what] = back
        if stands == "returned":
            lines.returned[what] = order["amount"]
        if stands == "unpaid":
            lines.unpaid.add(what)
        lines.fault = lines.fault or fault
        rows.hold()

    def _minor(self, amount: object, currency: object) -> object:
        with suppress(InvalidOperation):
            if self.cents and amount is not None:
                return int(Decimal(str(amount)))
        return minor(amount, currency)

    def close(self, rows: Rows) -> None:
        """Add the orders whose items stand in rows of their own, after the last of these.

        What is the same in all rows of each order, whichever it is, is the order's; else it is each item's. Discounts and shipping beside
        items do not tell. An order is unpaid where all of its items are.
        """
        bought = [
            [amount for what, amount in lines.amounts.items() if what not in lines.beside]
            for lines in self.lines.values()
        ]
        several = [amounts for amounts in bought if len(amounts) > 1]
        each = not self.whole and (any(len({*amounts}) > 1 for amounts in several) or not several)
        for (number, lines), items in zip(self.lines.items(), bought, strict=True):
            amounts = [amount for amount in lines.amounts.values() if isinstance(amount, int)]
            if each and amounts:
                lines.order["amount"] = sum(amounts)
            elif items:
                lines.order["amount"] = items[0]
            if isinstance(total := lines.order["amount"], int) and total < 0:
                lines.fault = lines.fault or "less than nothing is left of it after its discounts"
            if len(lines.unpaid) == len(lines.amounts):
                lines.order["is_paid"] = "false"
            rows.line = lines.line
            rows.add("orders", _problem=lines.fault, **lines.order)
            if lines.back:
                _came_back(number, "", sum(lines.back.values()) if each else max(lines.back.values()), rows)
                continue
            if not lines.returned:
                continue
            back: dict[str, object] = {
                "refund_id": f"{number}:returned",
                "order_id": number,
                "created_at": rows.read_at,
            }
            if len(lines.returned) == len(lines.amounts):
                rows.add("refunds", **back)  # all of it
            elif each and all(isinstance(amount, int) for amount in lines.returned.values()):
                rows.add(
                    "refunds", amount=sum(int(str(amount)) for amount in lines.returned.values()), **back
                )
            else:
                rows.add(
                    "refunds", _problem="some of the items came back, and what each cost is not told", **back
                )
        self.lines.clear()

    def _state(self, row: Row, reporter: str, said: str) -> tuple[str, Standing, str | None]:
        """Return the state in a row, what it makes of an order, and why it is none where it is not.

        A state that is not known is called ``said`` there, or, where that is nothing, what it is.
        """
        state = plain(str(row.get(self.state) or "")).replace(" ", "_")
        if not state:
            return "", "counts", None
        states = "shop" if reporter == "shop" and state in STATES["shop"] else "sheet"
        if bare(self.state) in FLAGS and state in STATES["flag"]:
            states = "flag"
        if state not in STATES[states]:
            leave = f"--map {shlex.quote(self.state + '=')} has all rows count, whatever it says"
            why = f"what {said or repr(state)} makes of an order is not known. Write approved, pending or declined for it; {leave}"
            return state, "nothing", f"{self.state}: {why}"
        stands = standing(states, state)
        return (
            state,
            stands,
            f"{self.state}: {state!r} is no customer's order" if stands == "nothing" else None,
        )

    def _give_back(self, order: Mapping[str, object], problem: str | None, rows: Rows) -> None:
        """Add an amount below nothing as given back of the order whose number it has; an export does not tell when.

        One is told from another by its day and amount, and alike ones by how many there are, so that the same one whose state has changed
        since is no second one.
        """
        number, amount = order.get("order_id"), int(str(order["amount"]))
        what = f"{number}:{order.get('created_at')}:{amount}"
        self.given_back[what] += 1
        rows.add(
            "refunds",
            _problem=problem,
            refund_id=f"{number}:{_digest(f'{what}:{self.given_back[what]}')}",
            order_id=number,
            created_at=rows.read_at,
            amount=abs(amount),
        )


def _came_back(number: object, state: str, back: int, rows: Rows) -> None:
    """Add how much of an order had come back when the export was read; all of it where that is not told."""
    total: dict[str, object] = {"amount": back, "is_total": "true"} if back else {}
    rows.add(
        "refunds", refund_id=f"{number}:{back or state}", order_id=number, created_at=rows.read_at, **total
    )


def orders_of(
    mapping: dict[str, str],
    header: Sequence[str],
    looked: Sequence[Row],
    fixed: Collection[str],
    constants: Mapping[str, str],
) -> tuple[Orders, dict[str, str], list[str]]:
    """Return how a sheet's orders are read, what is the same for all of them, and what to say of it.

    A customer's id, where nobody is paid for the order, is taken out of the mapping.

    Parameters
    ----------
    mapping
        For columns the fields they hold.
    looked
        Some rows.
    fixed
        Columns of which the user says what they are.
    constants
        Fields of which the user says what they are in all rows.
    """
    by_field = {target: name for name, target in mapping.items()}
    sold = next(
        (name for name in header if name not in mapping and name not in fixed and bare(name) in SOLD), ""
    )
    if sold and bare(by_field.get("amount", "")) == "amount" and not {*ITEMS} & {*map(bare, header)}:
        del mapping[by_field["amount"]]  # what is paid for the order, beside what it came to
        mapping[sold] = "amount"
        by_field["amount"] = sold
    same: dict[str, str] = {}
    notes: list[str] = []
    amount = by_field.get("amount", "")
    signs = {number.currency for row in looked if (number := parse(shown_cell(row.get(amount, "")).strip()))}
    unit = unit_of(amount)[1] or (signs.pop() if len(signs) == 1 else "")
    if "currency" not in {*by_field, *constants} and re.fullmatch("[A-Z]{3}", unit):
        same["currency"] = unit
        notes.append(f"amounts are in {unit}, as the column {amount} says")
    paid = next((name for name in header if {*COMMISSION} & {bare(name), *bare(name).split()}), "")
    is_paid = not {*COMMISSION}.isdisjoint(map(bare, header))
    if bare(by_field.get("partner_id", "")) == "user id" and not is_paid:
        del mapping[by_field.pop("partner_id")]
    credited = by_field.get("partner_id", "")
    if (credited or paid) and "reporter" not in {*by_field, *constants}:
        same["reporter"] = "network"
        who = "whom" if credited else "what"
        notes.append(f"{credited or paid} is {who} a network credits: reporter is network")
    free = [name for name in header if name not in fixed]
    item = next((name for name in free if name not in mapping and bare(name) in ITEMS), "")
    whole = bare(amount) in OF_ORDER
    if item and not whole:
        notes.append(f"the rows of one order, each with its {item}, are added up where their amounts differ")
    flag = next((name for name in free if _is_flag(name, looked)), "")
    reporter = same.get("reporter") or constants.get("reporter", "")
    # Of a network's order, whether it is paid says whether the partner is.
    called = (*STATE, *PAID_STATE) if reporter == "shop" else STATE
    state = next((name for name in free if bare(name) in called and name != flag), flag)
    cents = (
        bare(amount).endswith(" cents") or {shown_cell(row.get("object", "")) for row in looked} & _IN_CENTS
    )
    numbered = bare(by_field.get("order_id", "")) in _NUMBERS
    original = next((name for name in free if bare(name) in ORIGINAL), "")
    if cents:
        notes.append("amounts are in minor units, such as cents")
    return Orders(state, item, whole, numbered, reporter, original, flag, bool(cents)), same, notes


def _is_flag(name: str, looked: Sequence[Row]) -> bool:
    """Return whether a column such as "Voided" says yes or no."""
    says = {plain(shown_cell(row[name])) for row in looked if is_filled(row.get(name))}
    return bare(name) in FLAGS and says <= STATES["flag"].keys()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
