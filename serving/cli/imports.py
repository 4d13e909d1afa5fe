"""The commands that bring data in: one for each source, made from what the source says of itself, and those for tables of one's own."""

from __future__ import annotations

import codecs
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from click.shell_completion import CompletionItem

from suasion.features.errors import InputError
from suasion.features.tables.schema import TABLES

from . import answers
from .group import Suggesting
from .options import AS_JSON, MOMENT, together
from .output import print_json, stdout, working

if TYPE_CHECKING:
    from suasion.features.sources.reading.source import Imported, Source
    from suasion.features.text.withheld import Sealer

TITLES = {
    "x": "X (Twitter), API v2",
    "x_analytics": "X Analytics",
    "youtube": "YouTube Data API v3",
    "youtube_studio": "YouTube Studio",
    "instagram": "Instagram Graph API",
    "meta_suite": "Meta Business Suite",
    "threads": "Threads",
    "tiktok": "TikTok",
    "twitch": "Twitch",
    "linkedin": "LinkedIn",
    "bluesky": "Bluesky (AT Protocol)",
    "mastodon": "Mastodon",
    "reddit": "Reddit",
    "feed": "Blogs (RSS, Atom)",
    "shopify": "Shopify orders",
    "woocommerce": "WooCommerce orders",
    "ga4": "GA4 export to BigQuery",
    "awin": "Awin transactions",
    "cj": "CJ Affiliate commissions",
    "impact": "Impact.com actions",
}
"""Each source with its title, so that a list of them does not wait for what reads them."""


ACCOUNT = click.option(
    "--account",
    metavar="NAME",
    help="Whose the exports are, which they do not say: a name, a profile's address or an id.",
)
CURRENCY = click.option(
    "--currency", metavar="CODE", help="Of amounts whose export does not say it, such as EUR."
)
HOW = together(
    click.option(
        "--read-at",
        type=MOMENT,
        help="When the exports were made: followers are as of then. Default: when each file was last changed.",
    ),
    click.option(
        "--pseudonymise",
        is_flag=True,
        help="Keep no id, only its HMAC with the secret in SUASION_SECRET, and no names of people.",
    ),
    click.option(
        "--no-text", is_flag=True, help="Keep no texts and no addresses in them; relevance is lost with them."
    ),
    click.option(
        "--drop-texts",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        metavar="MODEL",
        help="Keep no texts, only their vectors in the text space of this model.",
    ),
    AS_JSON,
)
"""The options that every import has."""
PATHS = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
OUT = click.argument("out", type=click.Path(path_type=Path, file_okay=False))


class Sources(Suggesting):
    """The sources, each imported when it is called."""

    @property
    def titles(self) -> dict[str, str]:
        """Each source with its title."""
        return {**TITLES, **{name: one.short_help or "" for name, one in self.commands.items()}}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all sources."""
        return [*self.titles]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a source; None where there is none of that name."""
        return command_of(cmd_name) if cmd_name in TITLES else super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of sources."""
        with formatter.section("Sources"):
            formatter.write_dl([*self.titles.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the sources, and options, that begin like that."""
        matching = [(name, title) for name, title in self.titles.items() if name.startswith(incomplete)]
        items = [CompletionItem(name, help=title) for name, title in matching]
        return [*items, *click.Command.shell_complete(self, ctx, incomplete)]


@click.group(name="import", cls=Sources, short_help="Bring data in from where it is.")
def import_command() -> None:
    """Bring data in from where it is.

    Each command reads the exports of one source and adds what is new to the tables in the folder OUT, which is made where it is
    not there. Reading the same export twice adds nothing, and several sources can share one folder. What
    cannot be read goes to OUT/quarantine, with file, line and reason.

    `suasion import SOURCE --help` says how to get the export.
    """


@cache
def command_of(name: str) -> click.Command:
    """Return the command of a source, made from its declaration."""
    source: Source = getattr(import_module(f"suasion.features.sources.{name}"), name.upper())
    filled = ", ".join(source.fills)
    left = "\n".join(f"- {line}" for line in source.left)

    def run(paths: tuple[Path, ...], out: Path, **how: Any) -> None:  # the other options of bring
        bring(source, paths, out, **how)

    run.__doc__ = (
        f"{source.title}: fills {filled}.\n\n{source.get}\n\nPATHS are such files, or folders of them, plain, .gz, .zst, .zip or .tar.gz.\n\n"
        f"Not read:\n\n\b\n{left}\n\nWhat is mapped to what: docs/sources.md."
    )
    some = (*((ACCOUNT,) if source.unsigned else ()), *((CURRENCY,) if source.unpriced else ()))
    options = together(PATHS, OUT, *some, HOW)
    return click.command(name, short_help=source.title)(options(run))


sheet_options = together(
    PATHS,
    OUT,
    click.option(
        "--map",
        "maps",
        multiple=True,
        metavar="COLUMN=FIELD",
        help="What a column holds; COLUMN= leaves it out.",
    ),
    click.option(
        "--set",
        "constants",
        multiple=True,
        metavar="FIELD=VALUE",
        help="A field that is the same in every row.",
    ),
    click.option(
        "--platform", help="Ids are this platform's, as its importer writes them: instagram, x, youtube …"
    ),
    click.option(
        "--dates",
        type=click.Choice(["iso", "dmy", "mdy", "epoch"]),
        help="How times are written: 2024-12-31, 31.12.2024, 12/31/2024, or seconds since 1970. Default: what each column says.",
    ),
    click.option(
        "--year",
        type=click.IntRange(1970, 2100),
        help="The year of dates that name none, such as 12.03. or KW 12.",
    ),
    click.option(
        "--decimal", type=click.Choice([".", ","]), help="The decimal sign. Default: what each column says."
    ),
    click.option(
        "--encoding", help="Of text files: utf-8, cp1252, mac_roman … Default: what each file says."
    ),
    click.option(
        "--zone",
        default="UTC",
        show_default=True,
        help="Zone of times that name none, such as Europe/Berlin.",
    ),
    click.option("--yes", is_flag=True, help="Do not ask whether the columns are right."),
    HOW,
)
"""What the commands below take."""


@import_command.command(name="creators", short_help="A list of creators, as tools and agencies export it")
@sheet_options
def creators(paths: tuple[Path, ...], out: Path, **columns: Any) -> None:  # as for _sheet
    """A list of creators, as tools and agencies export it: one row a creator, with what was counted of their audience.

    It fills audience: followers, engagement rate, average views, likes and comments, share of real followers. Where no column says
    when that was counted, it counts as of when the file was last changed, or of --read-at: earlier decisions do not see it.
    """
    from suasion.features.sources.csvfile import LISTED

    _sheet(LISTED, paths, out, **columns)


@import_command.command(name="csv", short_help="CSV, Excel and OpenDocument, any table")
@click.option(
    "--table",
    "name",
    type=click.Choice([*TABLES, "orders", "codes"]),
    help="Which table it is; default: for each sheet the one it fits best.",
)
@sheet_options
def csv(name: str | None, paths: tuple[Path, ...], out: Path, **columns: Any) -> None:  # as for _sheet
    """CSV, Excel and OpenDocument: any table of yours, columns by any name.

    Each sheet of each file is read for itself. What its columns could be, and how their values are written, is worked out from all of
    its rows and shown before anything is written; --map tells what was guessed wrong:

    \b
        suasion import csv posts.xlsx mydata --map "Posted on=created_at" --platform instagram

    What is understood, and what is asked: docs/sheets.md.
    """  # noqa: D301 - click reads the sign that \b is
    _sheet((name,) if name else None, paths, out, **columns)


@import_command.command(name="results", short_help="A spreadsheet of past campaigns")
@sheet_options
def results(paths: tuple[Path, ...], out: Path, **columns: Any) -> None:  # as for _sheet
    """A spreadsheet of past campaigns: one row an influencer in a campaign, with what came of it.

    It fills campaigns, outcomes and, where it holds followers, audience. Each sheet of each file is read for itself. What its columns
    could be, and how their values are written, is worked out from all of its rows and shown before anything is written; --map tells
    what was guessed wrong. What is understood, and what is asked: docs/sheets.md.
    """
    from suasion.features.sources.csvfile import PAST

    _sheet(PAST, paths, out, **columns)


@import_command.command(short_help="Stack Exchange dump, campaigns and outcomes included")
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--site", help="Name of the site, used as brand; default: the name of the archive or folder.")
@AS_JSON
def stackexchange(source: Path, out: Path, site: str | None, as_json: bool) -> None:
    """Read a Stack Exchange data dump: SOURCE is the .7z as published or a folder of its XML; OUT a folder, replaced whole."""
    with working("reading the dump"):
        from suasion.features.sources.stackexchange import read_dump

        report = read_dump(source, out, site=site)
    if as_json:
        print_json({**vars(report), "folder": out})
        return
    from .terminal.imported import print_import

    print_import(stdout(), report, out)


def _sheet(
    parts: tuple[str, ...] | None,
    paths: tuple[Path, ...],
    out: Path,
    *,
    maps: tuple[str, ...],
    constants: tuple[str, ...],
    platform: str | None,
    dates: Literal["iso", "dmy", "mdy", "epoch"] | None,
    year: int | None,
    decimal: str | None,
    encoding: str | None,
    zone: str,
    yes: bool,
    as_json: bool,
    **how: Any,  # the options that every import has
) -> None:
    from suasion.features.sources.csvfile import LISTED, PAST, look, sheet_source
    from suasion.features.sources.reading.fit import Arguments

    try:
        zone_info = ZoneInfo(zone) if zone != "UTC" else UTC
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InputError(f"--zone {zone} is no time zone; write one such as Europe/Berlin.") from error
    try:
        codecs.lookup(encoding or "utf-8")
    except LookupError as error:
        raise InputError(f"--encoding {encoding} is none; write one such as cp1252.") from error
    options = Arguments(
        _pairs("--map", maps),
        _pairs("--set", constants),
        (platform or "").lower(),
        dates,
        decimal,
        zone_info,
        encoding,
        str(year or ""),
    )
    if not (parts or maps):
        from suasion.features.sources.exports import refuse_answers

        refuse_answers(list(paths))
    plans = look(list(paths), options, parts, out)
    if not as_json:
        from .terminal.imported import print_plans

        print_plans(stdout(), plans)
    if not yes:
        click.confirm("Import it like this?", abort=True, err=as_json)
    source = sheet_source(plans, options, {PAST: "results", LISTED: "creators"}.get(parts or (), "csv"))
    extras = dict.fromkeys(
        field
        for plan in plans
        for part in plan.parts
        if part in TABLES
        for field in TABLES[part].extras(plan.fields)
    )
    bring(source, paths, out, as_json=as_json, extras=tuple(extras), **how)


def _pairs(option: str, texts: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, equals, field = text.rpartition("=")
        if not equals:
            raise InputError(f"{option} {text!r} is not NAME=VALUE.")
        pairs[name.strip()] = field.strip()
    return pairs


def bring(
    source: Source,
    paths: tuple[Path, ...],
    out: Path,
    *,
    read_at: datetime | None,
    pseudonymise: bool,
    no_text: bool,
    drop_texts: Path | None,
    as_json: bool,
    account: str | None = None,
    currency: str | None = None,
    extras: tuple[str, ...] = (),
) -> None:
    """Import, as the options above say, and say what was imported."""
    with working("starting"):
        from suasion.features.privacy.optout import Pseudonyms
        from suasion.features.sources.reading.source import run_import

        result = run_import(
            source,
            paths,
            out,
            read_at=read_at,
            extras=extras,
            pseudonyms=Pseudonyms.from_environment() if pseudonymise else None,
            texts=not no_text,
            seal=_sealer(drop_texts) if drop_texts else None,
            account=account,
            currency=currency,
        )
    nothing = (
        f"{result.nothing} was imported. {_remedy(result, sheet=source.strict)}" if result.nothing else ""
    )
    if as_json:
        if nothing:
            raise InputError(nothing)
        print_json(answers.imported(result, out))
        return
    from .terminal.imported import print_imported

    print_imported(stdout(), result, out, read_at is not None)
    if nothing:
        raise InputError(nothing)


def _sealer(model: Path) -> Sealer:
    from suasion.features.text.withheld import Sealer
    from suasion.training.bundle.folder import load

    return Sealer(load(model).fitted.space)


def _remedy(result: Imported, *, sheet: bool) -> str:
    """Return the line that would mend an import of which nothing came in, or no outcome; columns are named in sheets alone."""
    empty = [landed for landed in result.tables if landed.aside == landed.staged]
    reasons = [reason for landed in empty for reason, _ in landed.reasons] + [r for r, _ in result.broken]
    if not reasons and result.ignored:
        held = ", ".join(f"{count:,} {what}" for what, count in result.ignored[:2])
        return f"The files hold only what is not read: {held}. See --help for how to get the export."
    if not reasons:
        return "The files hold no row of this source: see --help for how to get the export."
    where = f" (all rows are in {result.quarantine})" if result.quarantine else ""
    return f"Mend this first: {reasons[0]}{where}{', or name another column with --map' * sheet}."
