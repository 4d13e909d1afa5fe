"""The command that finds out which accounts are one person, and asks about those of which it is not sure."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import click
from rich.table import Table as Grid
from rich.text import Text

from suasion.features.errors import InputError
from suasion.features.identity.resolve import FILE, Who, find_out, say, write_people

from . import terminal
from .console import console
from .options import MOMENT


def _pairs(option: str, given: tuple[str, ...]) -> list[tuple[str, str]]:
    found = []
    for text in given:
        one, equals, other = text.partition("=")
        if not equals or not one.strip() or not other.strip() or one.strip() == other.strip():
            raise InputError(
                f"{option} {text!r} is not ACCOUNT=ACCOUNT, two ids with an equals sign between them."
            )
        found.append((one.strip(), other.strip()))
    return found


@click.command(short_help="Find out which accounts are one person.")
@click.argument("data", type=click.Path(path_type=Path))
@click.option(
    "--same", multiple=True, metavar="ACCOUNT=ACCOUNT", help="Two accounts are one person: you have looked."
)
@click.option("--apart", multiple=True, metavar="ACCOUNT=ACCOUNT", help="They are not.")
@click.option("--ask", is_flag=True, help="Ask about each proposal.")
@click.option("--until", type=MOMENT, help="Use only links that could be read before; default: all.")
@click.option("--show", default=20, show_default=True, help="How many people and proposals are shown.")
def who(
    data: Path, same: tuple[str, ...], apart: tuple[str, ...], ask: bool, until: datetime | None, show: int
) -> None:
    """Find out which accounts in the folder DATA are one person, and write it to DATA/people.csv.

    Accounts are joined by explicit links in their profiles, which the importers bring: those that somebody checked, two profiles that name
    each other, and one that names another that nobody else names. What is only alike is proposed, with what speaks for it: say --same or --apart,
    or let --ask ask you. From then on their rows count together in everything. Rows of your own in people.csv (account_id, influencer_id) go
    before all links; taken out, they are undone.
    """
    found = find_out(data, until)
    for one, other in _pairs("--same", same):
        say(data, one, other, found, same=True)
    for one, other in _pairs("--apart", apart):
        say(data, one, other, found, same=False)
    if same or apart:
        found = find_out(data, until)
    if ask:
        found = _ask(data, found, until)
    path = write_people(data, found)
    _print_persons(found, show)
    _print_late(found)
    if not ask:
        _print_proposals(found, data, show)
    if path.is_file():
        console.print(f"Who is who is in {path}.")


def _ask(data: Path, found: Who, until: datetime | None) -> Who:
    """Ask about proposals until there are none that were not asked about: an answer may settle others, or bring new ones."""
    asked = set[tuple[str, str]]()
    while pair := next((p for p in found.proposals if (p.one, p.other) not in asked), None):
        asked.add((pair.one, pair.other))
        console.print(Text.assemble("\n", (pair.one, "bold"), " and ", (pair.other, "bold")))
        for why in pair.evidence:
            console.print(f"  {why}")
        answer = click.prompt("One person? (y)es, (n)o, (s)kip, (q)uit", type=click.Choice(list("ynsq")))
        if answer == "q":
            break
        if answer in "yn":
            say(data, pair.one, pair.other, found, same=answer == "y")
            found = find_out(data, until)
    return found


def _grid(*headings: str, title: str | None = None) -> Grid:
    grid = Grid(title=title, title_justify="left")
    for heading in headings:
        grid.add_column(heading, overflow="fold")  # an id that is cut off cannot be copied
    return grid


def _print_persons(found: Who, show: int) -> None:
    how = Counter(link.how for person in found.persons for link in person.links)
    many = sum(len(person.accounts) for person in found.persons)
    told = ", ".join(f"{count:,} {'links' if count > 1 else 'link'} ({name})" for name, count in how.items())
    console.print(
        f"{len(found.accounts):,} accounts; {many:,} ids are {terminal.people_s(len(found.persons))}{': ' + told if told else ''}."
    )
    if not found.persons:
        return
    grid = _grid("person", "account", "is theirs by", "since")
    for person in found.persons[:show]:
        for number, account in enumerate(person.accounts):
            link = person.link_of(account)
            other = (link.other if account == link.one else link.one) if link else ""
            by = (f"{link.how}, {other}", f"{link.since:%Y-%m-%d}") if link else ("your own rows", "")
            grid.add_row("" if number else person.name, account, *by)
        grid.add_section()
    console.print(grid)
    if len(found.persons) > show:
        console.print(f"… and {len(found.persons) - show:,} more, in {FILE}.")


def _print_late(found: Who) -> None:
    links = [link for person in found.persons for link in person.links]
    late = [link for link in links if found.first_decision and link.since >= found.first_decision]
    if late:
        console.print(
            f"{len(late):,} of {len(links):,} links were read only after your first decision ({found.first_decision:%Y-%m-%d}). Who somebody is "
            "has no date, so they count for all times: fair where you looked at everybody alike, and not where only those who did well "
            "were looked at. --until uses only those read before.",
            style="yellow",
        )


def _print_proposals(found: Who, data: Path, show: int) -> None:
    if not found.proposals:
        return
    grid = _grid("account", "account", "what speaks for it", title="\nPerhaps one person")
    for pair in found.proposals[:show]:
        grid.add_row(pair.one, pair.other, "\n".join(pair.evidence))
    console.print(grid)
    if len(found.proposals) > show:
        console.print(f"… and {len(found.proposals) - show:,} more: --show {len(found.proposals)}.")
    first = found.proposals[0]
    console.print(
        f"Nothing of this is joined. Look, and say so: suasion who {data} --same {first.one}={first.other}, or --apart, or --ask."
    )
