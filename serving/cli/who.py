"""The command that finds out which accounts are one person, and asks about those of which it is not sure."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from suasion.features.errors import InputError

from . import answers
from .options import AS_JSON, FOLDER, MOMENT
from .output import print_json, stdout

if TYPE_CHECKING:
    from suasion.features.identity.resolve import Who


def _pairs(option: str, texts: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = []
    for text in texts:
        one, equals, other = text.partition("=")
        if not equals or not one.strip() or not other.strip() or one.strip() == other.strip():
            raise InputError(
                f"{option} {text!r} is not ACCOUNT=ACCOUNT, two ids with an equals sign between them."
            )
        pairs.append((one.strip(), other.strip()))
    return pairs


@click.command(short_help="Find out which accounts are one person.")
@FOLDER
@click.option(
    "--same", multiple=True, metavar="ACCOUNT=ACCOUNT", help="Two accounts are one person: you have looked."
)
@click.option("--apart", multiple=True, metavar="ACCOUNT=ACCOUNT", help="They are not.")
@click.option("--ask", is_flag=True, help="Ask about each proposal.")
@click.option("--until", type=MOMENT, help="Use only links that could be read before; default: all.")
@click.option("--show", default=20, show_default=True, help="How many people and proposals are shown.")
@AS_JSON
def who_command(
    data: Path,
    same: tuple[str, ...],
    apart: tuple[str, ...],
    ask: bool,
    until: datetime | None,
    show: int,
    as_json: bool,
) -> None:
    """Find out which accounts in the folder DATA are one person, and write it to DATA/people.csv.

    Accounts are joined by explicit links in their profiles, which the importers bring: those that somebody checked, two profiles that name
    each other, and one that names another that nobody else names. What is only alike is proposed, with what speaks for it: say --same or --apart,
    or let --ask ask you. From then on their rows count together in everything. Rows of your own in people.csv (account_id, influencer_id) go
    before all links; taken out, they are undone.
    """
    from suasion.features.identity.resolve import find_out, say, write_people

    if ask and as_json:
        raise InputError("--ask talks to people and --json to programs: give one of the two.")
    people = find_out(data, until)
    for one, other in _pairs("--same", same):
        say(data, one, other, people, same=True)
    for one, other in _pairs("--apart", apart):
        say(data, one, other, people, same=False)
    if same or apart:
        people = find_out(data, until)
    if ask:
        people = _ask(data, people, until)
    path = write_people(data, people)
    if as_json:
        print_json(answers.persons(people, path))
        return
    from .terminal.persons import print_late, print_persons, print_proposals

    console = stdout()
    print_persons(console, people, show)
    print_late(console, people)
    if not ask:
        print_proposals(console, people, data, show)
    if path.is_file():
        console.print(f"Who is who is in {path}.")


def _ask(data: Path, people: Who, until: datetime | None) -> Who:
    """Ask about proposals until there are none that were not asked about: an answer may settle others, or bring new ones."""
    from suasion.features.identity.resolve import find_out, say

    questions = set[tuple[str, str]]()
    while pair := next((p for p in people.proposals if (p.one, p.other) not in questions), None):
        questions.add((pair.one, pair.other))
        click.echo(f"\n{click.style(pair.one, bold=True)} and {click.style(pair.other, bold=True)}")
        for why in pair.evidence:
            click.echo(f"  {why}")
        answer = click.prompt("One person? (y)es, (n)o, (s)kip, (q)uit", type=click.Choice(list("ynsq")))
        if answer == "q":
            break
        if answer in "yn":
            say(data, pair.one, pair.other, people, same=answer == "y")
            people = find_out(data, until)
    return people
