"""What is said of who is who: people, links, proposals."""

from __future__ import annotations

import shlex
from collections import Counter
from pathlib import Path

from rich.console import Console

from suasion.features.identity.resolve import FILE, Who

from .checked import people_s
from .table import Column, Grid


def print_persons(console: Console, people: Who, show: int) -> None:
    """Print whose the accounts are, and by which links."""
    how = Counter(link.how for person in people.persons for link in person.links)
    many = sum(len(person.accounts) for person in people.persons)
    links = ", ".join(f"{count:,} {'links' if count > 1 else 'link'} ({name})" for name, count in how.items())
    console.print(
        f"{len(people.accounts):,} accounts; {many:,} ids are {people_s(len(people.persons))}{': ' + links if links else ''}."
    )
    if not people.persons:
        return
    rows: list[tuple[str, str, str, str]] = []
    apart = set()
    for person in people.persons[:show]:
        apart.add(len(rows))
        for number, account in enumerate(person.accounts):
            link = person.link_of(account)
            other = (link.other if account == link.one else link.one) if link else ""
            by = (f"{link.how}, {other}", f"{link.since:%Y-%m-%d}") if link else ("your own rows", "")
            rows.append(("" if number else person.name, account, *by))
    names, accounts, reasons, since = zip(*rows, strict=True)
    columns = [
        Column("person", names, kind="id"),
        Column("account", accounts, kind="id"),
        Column("is theirs by", reasons, kind="words"),
        Column("since", since),
    ]
    Grid(columns, rows_apart=frozenset(apart - {0})).print(console)
    if len(people.persons) > show:
        console.print(f"… and {len(people.persons) - show:,} more, in {FILE}.")


def print_late(console: Console, people: Who) -> None:
    """Say how many links were read only after the first decision."""
    links = [link for person in people.persons for link in person.links]
    late = [link for link in links if people.first_decision and link.since >= people.first_decision]
    if late:
        console.print(
            f"{len(late):,} of {len(links):,} links were read only after your first decision ({people.first_decision:%Y-%m-%d}). Who somebody is "
            "has no date, so they count for all times: fair where you looked at everybody alike, and not where only those who did well "
            "were looked at. --until uses only those read before.",
            style="yellow",
        )


def print_proposals(console: Console, people: Who, data: Path, show: int) -> None:
    """Print which accounts may be one person, and what speaks for it."""
    if not people.proposals:
        return
    proposals = people.proposals[:show]
    columns = [
        Column("account", [pair.one for pair in proposals], kind="id"),
        Column("account", [pair.other for pair in proposals], kind="id"),
        Column("what speaks for it", ["\n".join(pair.evidence) for pair in proposals], kind="words"),
    ]
    console.print()
    Grid(columns, title="Perhaps one person").print(console)
    if len(people.proposals) > show:
        console.print(f"… and {len(people.proposals) - show:,} more: --show {len(people.proposals)}.")
    pair = f"{people.proposals[0].one}={people.proposals[0].other}"
    line = shlex.join(["suasion", "who", str(data), "--same", pair])
    console.print(f"Nothing of this is joined. Look, and say so: {line}, or --apart, or --ask.")
