"""What attribution says: where every order ended, and what to look at."""

from __future__ import annotations

import shlex
from decimal import Decimal
from pathlib import Path

from rich.console import Console
from rich.text import Text

from suasion.features.attribution.attribute import ORDERS_FILE, Attribution
from suasion.features.attribution.orders import digits

from .table import Column, Grid

SHOWN = 5
"""Codes without orders that are told by name."""


def print_attribution(console: Console, attribution: Attribution, data: Path) -> None:
    """Print where orders ended, and what to look at."""
    unit, places = attribution.rules.currency, digits(attribution.rules.currency)

    def money(minor: int) -> str:
        return f"{Decimal(minor).scaleb(-places):,.{places}f}"

    fates = attribution.fates
    names = [Text("credited", style="green") if fate.reason is None else Text(fate.reason) for fate in fates]
    paid, back = sum(fate.amount for fate in fates), sum(fate.refunded for fate in fates)
    Grid(
        [
            Column("where orders ended", [*names, "all"], kind="words"),
            Column("orders", [*(f"{fate.orders:,}" for fate in fates), f"{attribution.orders:,}"]),
            Column(f"amount, {unit}", [*(money(fate.amount) for fate in fates), money(paid)]),
            Column(f"given back, {unit}", [*(money(fate.refunded) for fate in fates), money(back)], rank=1),
        ],
        rows_apart=frozenset({len(fates)}),
    ).print(console)
    if attribution.reports != attribution.orders:
        console.print(
            f"{attribution.reports:,} reports of {attribution.orders:,} orders: those of one order count once."
        )
    for currency, count, amount in attribution.unconverted:
        worth = f"{Decimal(amount).scaleb(-digits(currency)):,.{digits(currency)}f} {currency}"
        console.print(
            f"{count:,} orders of {worth} have no rate and are not in these sums: --rates FILE.",
            style="yellow",
        )
    if attribution.tied:
        console.print(
            f"{attribution.tied:,} orders point to several alike, and are shared between them.",
            style="yellow",
        )
    for who, value, why in attribution.unclear:
        console.print(f"set aside: {value!r} in codes, of {who}: {why}.", style="yellow")
    if attribution.unseen:
        some = ", ".join(f"{value!r} of {who}" for who, value in attribution.unseen[:SHOWN])
        more = f" and {len(attribution.unseen) - SHOWN:,} more" if len(attribution.unseen) > SHOWN else ""
        console.print(f"No order came by {some}{more}: look whether they are written as they were given out.")
    console.print(f"{attribution.new_customers:,} credited orders are of customers known to be new.")
    for leak in attribution.leaks:
        spread = f"{leak.uses:,} uses" + (
            f" by an audience of {leak.followers:,.0f}" if leak.followers is not None else ""
        )
        early = f", {leak.early:,} before it was shown" if leak.early else ""
        out = (
            "left out"
            if attribution.rules.leaked_out
            else "counted all the same; --leaked-out leaves them out"
        )
        console.print(
            f"leaked, it seems: {leak.code} of {leak.influencer_id} in {leak.campaign_id}, {spread}{early} ({out}).",
            style="yellow",
        )
    for report in attribution.tables:
        place = f"{data / 'quarantine' / report.table}.csv"
        where = f"{place} cannot be written: {report.unwritten}" if report.unwritten else f"see {place}"
        for reason, count in report.reasons:
            console.print(f"set aside: {count:,} {report.table}, {reason}; {where}", style="yellow")
    if attribution.open_campaigns:
        console.print(f"{attribution.open_campaigns:,} campaigns are still open: without outcomes yet.")
    if attribution.elsewhere:
        console.print(
            f"{attribution.elsewhere:,} outcomes stand in another file of outcomes already: left to that."
        )
    console.print(
        f"{attribution.outcomes:,} outcomes are in {data / 'outcomes'}, every order's end in {data / ORDERS_FILE}."
    )
    console.print(f"Next: {shlex.join(['suasion', 'check', str(data)])}")
