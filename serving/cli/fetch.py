"""The command that fetches accounts from the services they are on."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from suasion.features.errors import InputError

from . import answers
from .options import AS_JSON, FOLDER
from .options import influencers as influencers_option
from .output import print_json, stdout, working


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
            f"Nobody was fetched. {first.asked.given}: {first.state}{f', {first.why}' if first.why else ''}."
        )
