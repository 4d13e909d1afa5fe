"""The command that turns orders into outcomes, and what it says of where every order ended."""

from __future__ import annotations

import csv
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal

import click
from rich.table import Table as Grid
from rich.text import Text

from suasion.features.attribution.attribute import ORDERS_FILE, Attribution, Rules
from suasion.features.attribution.attribute import attribute as run
from suasion.features.attribution.orders import digits
from suasion.features.errors import InputError

from .console import console
from .options import MOMENT

SHOWN = 5
"""Codes without orders that are told by name."""


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--currency", default="EUR", show_default=True, help="What revenue is told in (ISO 4217).")
@click.option(
    "--rates",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="CSV file with the columns currency, rate: what one unit is worth in --currency.",
)
@click.option(
    "--window",
    default=30,
    show_default=True,
    help="Days after a campaign's last day in which an order counts.",
)
@click.option(
    "--credit",
    type=click.Choice(["last", "first", "shared"]),
    default="last",
    show_default=True,
    help="Who is credited where several are pointed to: the last, the first, or all alike.",
)
@click.option("--new-only", is_flag=True, help="Count only orders of customers who are known to be new.")
@click.option("--leaked-out", is_flag=True, help="Leave out orders that are known by a leaked code alone.")
@click.option(
    "--leak-share",
    default=0.02,
    show_default=True,
    help="A code is leaked when used by more than this share of the audience …",
)
@click.option("--leak-least", default=20, show_default=True, help="… and at least so often,")
@click.option("--leak-early", default=3, show_default=True, help="or so often before it was shown.")
@click.option("--as-of", type=MOMENT, help="Until when orders are known; default: when the last was read.")
def attribute(
    data: Path,
    currency: str,
    rates: Path | None,
    window: int,
    credit: Literal["first", "last", "shared"],
    new_only: bool,
    leaked_out: bool,
    leak_share: float,
    leak_least: int,
    leak_early: int,
    as_of: datetime | None,
) -> None:
    """Turn the orders in the folder DATA into outcomes.

    An order belongs to whose code it used, whose link or UTM parameters it came by, or whom a network names: the table codes says what is whose.
    It counts once, in the window of a campaign, net of what was given back, and not where the shop says that nothing was paid.
    Outcomes are written beside the orders, and where every order ended to DATA/attribution.parquet.
    """
    rules = Rules(
        currency=currency.upper(),
        rates=read_rates(rates) if rates else {},
        window=window,
        credit=credit,
        new_only=new_only,
        leaked_out=leaked_out,
        leak_early=leak_early,
        leak_least=leak_least,
        leak_share=leak_share,
    )
    with console.status("crediting orders"):
        told = run(data, rules, as_of)
    _show(told, data)


def read_rates(path: Path) -> dict[str, Decimal]:
    """Read what one unit of each currency is worth.

    Raises
    ------
    InputError
        When a line is no currency with a rate.
    """
    found: dict[str, Decimal] = {}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for line, row in enumerate(csv.DictReader(stream), start=2):
            name, rate = (row.get("currency") or "").strip().upper(), (row.get("rate") or "").strip()
            try:
                found[name] = Decimal(rate)
            except InvalidOperation:
                name = ""
            if len(name) != 3:
                raise InputError(
                    f"{path}, line {line}: not a currency and its rate. The columns are currency, rate; a line reads USD,0.92."
                )
    return found


def _show(told: Attribution, data: Path) -> None:
    unit, places = told.rules.currency, digits(told.rules.currency)

    def money(minor: int) -> str:
        return f"{minor / 10**places:,.{places}f}"

    grid = Grid(box=None, pad_edge=False)
    for heading, side in (
        ("where orders ended", "left"),
        ("orders", "right"),
        (f"amount, {unit}", "right"),
        (f"given back, {unit}", "right"),
    ):
        grid.add_column(heading, justify=side)  # type: ignore[arg-type]
    for fate in told.fates:
        name = Text("credited", style="green") if fate.reason is None else Text(fate.reason)
        grid.add_row(name, f"{fate.orders:,}", money(fate.amount), money(fate.refunded))
    grid.add_row("", "", "", "")
    paid, back = sum(f.amount for f in told.fates), sum(f.refunded for f in told.fates)
    grid.add_row("all", f"{told.orders:,}", money(paid), money(back))
    console.print(grid)
    if told.reports != told.orders:
        console.print(f"{told.reports:,} reports of {told.orders:,} orders: those of one order count once.")
    for currency, count, amount in told.unconverted:
        worth = f"{amount / 10 ** digits(currency):,.{digits(currency)}f} {currency}"
        console.print(
            f"{count:,} orders of {worth} have no rate and are not in these sums: --rates FILE.",
            style="yellow",
        )
    if told.tied:
        console.print(
            f"{told.tied:,} orders point to several alike, and are shared between them.", style="yellow"
        )
    for who, value, why in told.unclear:
        console.print(f"set aside: {value!r} in codes, of {who}: {why}.", style="yellow")
    if told.unseen:
        some = ", ".join(f"{value!r} of {who}" for who, value in told.unseen[:SHOWN])
        more = f" and {len(told.unseen) - SHOWN:,} more" if len(told.unseen) > SHOWN else ""
        console.print(f"No order came by {some}{more}: look whether they are written as they were given out.")
    console.print(f"{told.new_customers:,} credited orders are of customers known to be new.")
    for leak in told.leaks:
        spread = f"{leak.uses:,} uses" + (
            f" by an audience of {leak.followers:,.0f}" if leak.followers is not None else ""
        )
        early = f", {leak.early:,} before it was shown" if leak.early else ""
        out = "left out" if told.rules.leaked_out else "counted all the same; --leaked-out leaves them out"
        console.print(
            f"leaked, it seems: {leak.code} of {leak.influencer_id} in {leak.campaign_id}, {spread}{early} ({out}).",
            style="yellow",
        )
    for report in told.tables:
        place = f"{data / 'quarantine' / report.table}.csv"
        where = f"{place} cannot be written: {report.unwritten}" if report.unwritten else f"see {place}"
        for reason, count in report.reasons:
            console.print(
                f"set aside: {count:,} {report.table}, {reason}; {where}",
                style="yellow",
            )
    if told.open_campaigns:
        console.print(f"{told.open_campaigns:,} campaigns are still open: without outcomes yet.")
    if told.elsewhere:
        console.print(f"{told.elsewhere:,} outcomes stand in another file of outcomes already: left to that.")
    console.print(
        f"{told.outcomes:,} outcomes are in {data / 'outcomes'}, every order's end in {data / ORDERS_FILE}."
    )
    console.print(f"Next: suasion check {data}")
