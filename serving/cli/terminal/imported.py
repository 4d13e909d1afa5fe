"""What an import says: what is new, what was there before, and what was set aside and why."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from suasion.features.attribution.orders import COMMERCE
from suasion.features.sources.reading.plan import Plan
from suasion.features.sources.reading.source import Imported
from suasion.features.sources.stackexchange import ImportReport

from .table import Column, Grid

EXAMPLE = 50
"""Characters of a cell of a sheet that are shown."""


def print_import(console: Console, report: ImportReport, out: Path) -> None:
    """Print what the import of a dump wrote and set aside."""
    rows = [f"{count:,}" for count in report.written.values()]
    Grid([Column("table", list(report.written), kind="words"), Column("rows", rows)]).print(console)
    console.print(
        f"{report.censored:,} answers are too young: their 30 days had not passed when the dump was made."
    )
    for name in report.absent:
        cost = (
            "texts count as known at their last edit only"
            if name == "PostHistory.xml"
            else "what follows from it is missing"
        )
        console.print(f"{name} is not in the dump: {cost}.", style="yellow")
    for reason, count in report.aside.items():
        console.print(
            f"set aside: {count:,} rows, {reason}; see {out / 'quarantine' / 'import.csv'}", style="yellow"
        )
    console.print(f"Next: {shlex.join(['suasion', 'check', str(out)])}")


def print_plans(console: Console, plans: Sequence[Plan]) -> None:
    """Print how each sheet is read, those that are read alike together, and which are not read and why."""
    alike: dict[str, list[Plan]] = {}
    for plan in plans:
        if not plan.unread:
            readings = [(name, plan.mapping.get(name), plan.how(name)) for name in plan.header]
            alike.setdefault(repr((plan.parts, readings)), []).append(plan)
    for group in alike.values():
        first = group[0]
        more = (
            f" and {len(group) - 1} more ({', '.join(plan.name for plan in group[1:4])})" if group[1:] else ""
        )
        countries = first.by_country.columns if first.by_country else {}
        used = {
            first.link_from: "address of each account",
            first.platform_from: "platform of each row",
            first.currency_from: "currency of each row",
            **{name: f"country of {share}" for share, name in countries.items()},
            **dict.fromkeys(countries, "country_share"),
            first.orders.state if first.orders else "": "whether an order counts",
        }
        taken = [
            first.mapping.get(name) or used.get(name) or Text("not read", style="dim")
            for name in first.header
        ]
        examples = [
            " | ".join(example.replace("\n", " ")[:EXAMPLE] for example in first.examples.get(name, ()))
            for name in first.header
        ]
        columns = [
            Column("column", first.header, kind="id"),
            Column("is", taken, kind="words"),
            Column("read as", [first.how(name) for name in first.header], kind="words"),
            Column("for example", examples, kind="words"),
        ]
        Grid(columns, title=f"{first.name + more} as {' and '.join(first.parts)}").print(console)
    for plan in plans:
        if plan.unread:
            console.print(f"not read: {plan.name}: {plan.unread}", style="yellow")
        for line in plan.notes:
            console.print(f"{plan.name}: {line}", style="yellow")


def print_imported(console: Console, result: Imported, out: Path, dated: bool) -> None:
    """Print what an import added, what was there, and what was set aside and why."""
    Grid(
        [
            Column("table", [landed.table for landed in result.tables], kind="words"),
            Column("new", [f"{landed.new:,}" for landed in result.tables]),
            Column("there before", [f"{landed.known:,}" for landed in result.tables]),
            Column(
                "set aside",
                [
                    Text(f"{landed.aside:,}", style="yellow" if landed.aside else "")
                    for landed in result.tables
                ],
            ),
        ]
    ).print(console)
    first, last = (moment.strftime("%Y-%m-%d %H:%M") for moment in result.read_at)
    when = f"at {last} UTC" if first == last else f"from {first} to {last} UTC"
    how = "" if dated else ", when the files were last changed (--read-at says otherwise)"
    some = "which" if result.undated == result.records else f"of which {result.undated:,}"
    undated = f"{some} count as read {when}{how}" if result.undated else "which say when they were read"
    console.print(f"{result.records:,} records, {undated}." if result.records else "0 records.")
    if result.opted_out:
        console.print(f"left out: {result.opted_out:,} rows that name somebody who opted out.")
    for what, count in result.ignored:
        many = f"{count:,} " if count > 1 or ": row " not in what else ""
        console.print(f"not read: {many}{what}", style="dim")
    for reason, count, first_one in result.cells:
        console.print(f"left empty: {count:,} cells, {reason} ({first_one})", style="yellow")
    for what, count in result.warned:
        console.print(f"look at: {count:,} {what}", style="yellow")
    for reason, count in result.broken:
        console.print(f"set aside: {count:,} records, {reason}", style="yellow")
    for landed in result.tables:
        for reason, count in landed.reasons:
            console.print(f"set aside: {count:,} {landed.table}, {reason}", style="yellow")
    if result.quarantine:
        console.print(f"What was set aside is in {result.quarantine}.")
    sold = any(landed.table in COMMERCE for landed in result.tables)
    if any(landed.table == "profiles" and landed.new for landed in result.tables):
        console.print(f"Which accounts are one person: {shlex.join(['suasion', 'who', str(out)])}")
    console.print(f"Next: {shlex.join(['suasion', 'attribute' if sold else 'check', str(out)])}")
