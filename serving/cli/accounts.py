"""The commands about accounts: what services tell of them, and which are one person."""

from __future__ import annotations

from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from suasion.features.errors import InputError

from . import answers
from .options import AS_JSON, FOLDER, MOMENT
from .options import influencers as influencers_option
from .output import print_json, stdout, working

if TYPE_CHECKING:
    from suasion.features.identity.resolve import Who


@click.command(short_help="Fetch profiles, posts and counts of accounts.")
@FOLDER
@click.argument("handles", nargs=-1)
@influencers_option(help="More handles, one a line or between commas; - reads them from stdin.")
@click.option("--platform", default="", help="Platform of handles that show none, such as instagram.")
@click.option(
    "--posts",
    default=100,
    show_default=True,
    type=click.IntRange(1, 3000),
    help="Posts of each account, the newest first.",
)
@click.option(
    "--wait",
    default=15.0,
    show_default=True,
    type=click.FloatRange(0, 1440),
    help="Minutes that a service may ask to wait; for longer ones run it again later.",
)
@click.option("--again", is_flag=True, help="Also those who were fetched in the last 12 hours.")
@click.option("--dry-run", is_flag=True, help="Only say whom it would ask for, and what that takes.")
@AS_JSON
def fetch_command(
    data: Path,
    handles: tuple[str, ...],
    influencers: tuple[str, ...],
    platform: str,
    posts: int,
    wait: float,
    again: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Fetch profiles, posts and counts of accounts from the services they are on, into the folder DATA.

    HANDLES are as people write them: bluesky:@anna.example, @anna@chaos.social, youtube:@beanco, https://www.instagram.com/tina, the address of
    a blog or its feed. Answers are saved as they come in DATA/fetched and imported from there; each run adds what is new, and counts as
    of then. Interrupted, it goes on where it was.

    Bluesky, Mastodon and feeds need no key. Keys of the others are read from SUASION_YOUTUBE_KEY, SUASION_INSTAGRAM_TOKEN,
    SUASION_TIKTOK_TOKEN, SUASION_X_TOKEN and SUASION_REDDIT_TOKEN, or from the system's keyring. docs/fetch.md says how to get them, and
    whose terms hold.
    """
    if find_spec("httpx") is None:
        raise InputError("suasion fetch needs httpx, which is not installed: pip install 'suasion[fetch]'.")
    from suasion.features.sources.fetch import all as services
    from suasion.features.sources.fetch.run import fetch, plan

    names = (*handles, *influencers)
    chosen = plan(data, names, platform=platform, posts=posts, again=again, services=services.SERVICES)
    if dry_run:
        if as_json:
            print_json(answers.fetching(chosen, data))
        else:
            from .terminal.fetched import print_plan

            print_plan(stdout(), chosen)
        return
    if not as_json:
        from .terminal.fetched import print_needs

        print_needs(stdout(), chosen)
    with working("starting"):
        done = fetch(data, chosen, patience=60 * wait)
    nothing = not any(outcome.state in ("fetched", "recent") for outcome in done.outcomes)
    if as_json:
        if not nothing:
            print_json(answers.fetched(done, chosen, data))
    else:
        from .terminal.fetched import print_fetched

        print_fetched(stdout(), done, data)
    if nothing:
        first = done.outcomes[0]
        raise InputError(
            f"Nobody was fetched. {first.handle.text}: {first.state}{f', {first.why}' if first.why else ''}."
        )


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
