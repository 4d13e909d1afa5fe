"""The commands that bring data in: one for each source, made from what the source says of itself."""

from __future__ import annotations

import codecs
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from rich.table import Table as Grid
from rich.text import Text

from suasion.features.errors import InputError
from suasion.features.privacy.optout import Pseudonyms
from suasion.features.sources.all import SOURCES
from suasion.features.sources.csvfile import KNOWN, PAST, look, sheet_source
from suasion.features.sources.reading.plan import Asked, Plan
from suasion.features.sources.reading.source import Imported, Source, run_import
from suasion.features.sources.results import results_source
from suasion.features.text.withheld import Sealer
from suasion.training.bundle.folder import load

from . import terminal
from .console import console
from .options import MOMENT


@click.group(name="import")
def import_() -> None:
    """Bring data in from where it is.

    Each command reads the exports of one source and adds what is new to the tables in the folder OUT, which is made where it is
    not there. Reading the same export twice adds nothing, and several sources can share one folder. What
    cannot be read goes to OUT/quarantine, with file, line and reason.

    `suasion import SOURCE --help` says how to get the export.
    """


_READ_AT = click.option(
    "--read-at",
    type=MOMENT,
    help="When the exports were made: followers are as of then. Default: when each file was last changed.",
)
_PRIVATE = (
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
)
_PATHS = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
_OUT = click.argument("out", type=click.Path(path_type=Path, file_okay=False))


def _bring(
    source: Source,
    paths: tuple[Path, ...],
    out: Path,
    *,
    read_at: datetime | None,
    pseudonymise: bool,
    no_text: bool,
    drop_texts: Path | None,
    extras: tuple[str, ...] = (),
) -> None:
    pseudonyms = Pseudonyms.from_environment() if pseudonymise else None
    with console.status("reading") as status:
        told = run_import(
            source,
            paths,
            out,
            read_at=read_at,
            extras=extras,
            pseudonyms=pseudonyms,
            texts=not no_text,
            seal=Sealer(load(drop_texts).fitted.space) if drop_texts else None,
            say=lambda step: status.update(step),
        )
    terminal.print_imported(console, told, out, read_at is not None)
    if told.nothing:
        raise InputError(f"Nothing was imported. {_remedy(told)}")


def _remedy(told: Imported) -> str:
    """Return the line that would mend an import of which nothing came in."""
    reasons = [reason for landed in told.tables for reason, _ in landed.reasons] + [r for r, _ in told.broken]
    if not reasons:
        return "The files hold no row of this source: see --help for how to get the export."
    where = f" (all rows are in {told.quarantine})" if told.quarantine else ""
    return f"Mend this first: {reasons[0]}{where}, or name another column with --map."


def _command(source: Source) -> click.Command:
    filled = ", ".join(source.fills)
    left = "\n".join(f"- {line}" for line in source.left)

    def run(paths: tuple[Path, ...], out: Path, **given: Any) -> None:
        _bring(source, paths, out, **given)

    run.__doc__ = (
        f"{source.title}: fills {filled}.\n\n{source.get}\n\nPATHS are such files, or folders of them, plain, .gz, .zst, .zip or .tar.gz.\n\n"
        f"Not read:\n\n\b\n{left}\n\nWhat is mapped to what: docs/sources.md."
    )
    return click.command(source.name, short_help=source.title)(
        _PATHS(_OUT(_READ_AT(reduce(lambda command, option: option(command), reversed(_PRIVATE), run))))
    )


for _source in SOURCES:
    if _source.name not in ("csv", "results"):
        import_.add_command(_command(_source))


def _sheet_options(command: Any) -> Any:
    for option in reversed(
        (
            _PATHS,
            _OUT,
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
                "--platform",
                help="Ids are this platform's, as its importer writes them: instagram, x, youtube …",
            ),
            click.option(
                "--dates",
                type=click.Choice(["iso", "dmy", "mdy", "epoch"]),
                help="How times are written: 2024-12-31, 31.12.2024, 12/31/2024, or seconds since 1970. Default: what each column says.",
            ),
            click.option(
                "--decimal",
                type=click.Choice([".", ","]),
                help="The decimal sign. Default: what each column says.",
            ),
            click.option(
                "--encoding",
                help="Of text files: utf-8, cp1252, mac_roman … Default: what each file says.",
            ),
            click.option(
                "--zone",
                default="UTC",
                show_default=True,
                help="Zone of times that name none, such as Europe/Berlin.",
            ),
            click.option("--yes", is_flag=True, help="Do not ask whether the columns are right."),
            _READ_AT,
            *_PRIVATE,
        )
    ):
        command = option(command)
    return command


@import_.command(name="csv", short_help="CSV, Excel and OpenDocument, any table")
@click.option(
    "--table",
    "name",
    type=click.Choice(list(KNOWN)),
    help="Which table it is; default: for each sheet the one it fits best.",
)
@_sheet_options
def csv_(name: str | None, paths: tuple[Path, ...], out: Path, **given: Any) -> None:
    r"""CSV, Excel and OpenDocument: any table of yours, columns by any name.

    Each sheet of each file is read for itself. What its columns could be, and how their values are written, is worked out from all of
    its rows and shown before anything is written; --map tells what was guessed wrong:

    \b
        suasion import csv posts.xlsx mydata --map "Posted on=created_at" --platform instagram

    What is understood, and what is asked: docs/sheets.md.
    """
    _sheet((name,) if name else None, paths, out, **given)


@import_.command(name="results", short_help="A spreadsheet of past campaigns")
@_sheet_options
def results(paths: tuple[Path, ...], out: Path, **given: Any) -> None:
    """A spreadsheet of past campaigns: one row an influencer in a campaign, with what came of it.

    It fills campaigns, outcomes and, where it holds followers, audience. Each sheet of each file is read for itself. What its columns
    could be, and how their values are written, is worked out from all of its rows and shown before anything is written; --map tells
    what was guessed wrong. What is understood, and what is asked: docs/sheets.md.
    """
    _sheet(PAST, paths, out, **given)


def _sheet(parts: tuple[str, ...] | None, paths: tuple[Path, ...], out: Path, **given: Any) -> None:
    try:
        zone = ZoneInfo(given["zone"]) if given["zone"] != "UTC" else UTC
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InputError(
            f"--zone {given['zone']} is no time zone; write one such as Europe/Berlin."
        ) from error
    try:
        codecs.lookup(given["encoding"] or "utf-8")
    except LookupError as error:
        raise InputError(f"--encoding {given['encoding']} is none; write one such as cp1252.") from error
    asked = Asked(
        _pairs("--map", given["maps"]),
        _pairs("--set", given["constants"]),
        (given["platform"] or "").lower(),
        given["dates"],
        given["decimal"],
        zone,
        given["encoding"],
    )
    plans = look(list(paths), asked, parts)
    _show(plans)
    if not given["yes"]:
        click.confirm("Import it like this?", abort=True)
    source = results_source(plans, asked) if parts == PAST else sheet_source(plans, asked)
    extras = dict.fromkeys(
        field for plan in plans for field in plan.mapping.values() if field.startswith("offer_")
    )
    private = {name: given[name] for name in ("read_at", "pseudonymise", "no_text", "drop_texts")}
    _bring(source, paths, out, extras=tuple(extras), **private)


def _show(plans: list[Plan]) -> None:
    """Print how each sheet is read, those that are read alike together, and which are not read and why."""
    alike: dict[str, list[Plan]] = {}
    for plan in plans:
        if not plan.unread:
            told = [(name, plan.mapping.get(name), plan.how(name)) for name in plan.header]
            alike.setdefault(repr((plan.parts, told)), []).append(plan)
    for group in alike.values():
        first = group[0]
        more = (
            f" and {len(group) - 1} more ({', '.join(plan.name for plan in group[1:4])})" if group[1:] else ""
        )
        grid = Grid(title=f"{first.name + more} as {' and '.join(first.parts)}", title_justify="left")
        for heading in ("column", "is", "read as", "for example"):
            grid.add_column(heading)
        for name in first.header:
            field = first.mapping.get(name)
            used = {first.platform_from: "platform of each row", first.currency_from: "currency of each row"}
            is_what = field or used.get(name) or Text("not read", style="dim")
            examples = [example.replace("\n", " ")[:50] for example in first.examples.get(name, ())]
            grid.add_row(name, is_what, first.how(name), " | ".join(examples))
        console.print(grid)
    for plan in plans:
        if plan.unread:
            console.print(f"not read: {plan.name}: {plan.unread}", style="yellow")
        for line in plan.notes:
            console.print(f"{plan.name}: {line}", style="yellow")


def _pairs(option: str, given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for text in given:
        name, equals, field = text.rpartition("=")
        if not equals:
            raise InputError(f"{option} {text!r} is not NAME=VALUE.")
        found[name.strip()] = field.strip()
    return found


@import_.command(short_help="Stack Exchange data dump, campaigns and outcomes included")
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--site", help="Name of the site, used as brand; default: the name of the archive or folder.")
def stackexchange(source: Path, out: Path, site: str | None) -> None:
    """Read a Stack Exchange data dump: SOURCE is the .7z as published or a folder of its XML; OUT a folder, replaced whole."""
    from suasion.features.sources.stackexchange import read_dump

    with console.status("reading the dump"):
        told = read_dump(source, out, site=site)
    terminal.print_import(console, told, out)
