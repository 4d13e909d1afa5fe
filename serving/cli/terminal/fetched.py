"""What fetching says: what it will take, who was fetched, and who was not and why."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from suasion.features.sources.fetch.run import Fetched, Outcome, Plan

from .table import Column, Grid

_SAID = {
    "missing": "not found",
    "refused": "not shown",
    "stopped": "not asked any more",
    "no key": "no key",
    "opted out": "opted out, not asked for",
    "unclear": "not understood",
}


def print_needs(console: Console, chosen: Plan) -> None:
    """Print what each service will be asked, and what it allows."""
    for need in chosen.needs:
        accounts = "1 account" if need.accounts == 1 else f"{need.accounts:,} accounts"
        console.print(
            f"{need.service.title}: {accounts}, at most {need.requests:,} requests; it allows {need.service.quota}."
        )


def print_plan(console: Console, chosen: Plan) -> None:
    """Print whom a run would ask for, and what that takes."""
    Grid(
        [
            Column("given", [one.text for one in chosen.handles], kind="words"),
            Column("service", [one.service for one in chosen.handles], kind="words"),
            Column("account", [one.account for one in chosen.handles], kind="id"),
        ]
    ).print(console)
    _print_outcomes(console, chosen.settled)
    print_needs(console, chosen)
    console.print("Nobody was asked: leave out --dry-run to fetch.")


def print_fetched(console: Console, done: Fetched, out: Path) -> None:
    """Print who was fetched, what was imported, and what to do next."""
    whole = [outcome for outcome in done.outcomes if outcome.state == "fetched"]
    console.print(
        f"fetched: {len(whole):,} of {len(done.outcomes):,} accounts, with {done.requests:,} requests."
    )
    _print_outcomes(console, done.outcomes)
    landed = [(name, one) for name, source in done.imported.items() for one in source.tables]
    if landed:
        Grid(
            [
                Column("source", [name for name, _ in landed], kind="words"),
                Column("table", [one.table for _, one in landed], kind="words"),
                Column("new", [f"{one.new:,}" for _, one in landed]),
                Column("there before", [f"{one.known:,}" for _, one in landed]),
                Column("set aside", [f"{one.aside:,}" for _, one in landed]),
            ]
        ).print(console)
    for source in done.imported.values():
        for reason, count in source.broken:
            console.print(f"set aside: {count:,} records, {reason}", style="yellow")
        if source.quarantine:
            console.print(f"What was set aside is in {source.quarantine}.")
    if any(outcome.state == "stopped" for outcome in done.outcomes):
        console.print("Run the same command again later: it goes on where it was.", style="yellow")
    console.print(f"Next: {shlex.join(['suasion', 'check', str(out)])}")


def _print_outcomes(console: Console, outcomes: Sequence[Outcome]) -> None:
    """Print who was not fetched, and why; those who were a short while ago in one line."""
    recent = sum(outcome.state == "recent" for outcome in outcomes)
    if recent:
        console.print(
            f"not asked again: {recent:,} fetched in the last 12 hours (--again asks again)", style="dim"
        )
    for outcome in outcomes:
        if outcome.state in _SAID:
            why = f" ({outcome.why})" if outcome.why else ""
            near = f"; did you mean {' or '.join(outcome.near)}?" if outcome.near else ""
            console.print(f"{_SAID[outcome.state]}: {outcome.handle.text}{why}{near}", style="yellow")
