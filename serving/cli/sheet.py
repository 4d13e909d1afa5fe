"""The commands that import tables of one's own: CSV, Excel and OpenDocument."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Literal, Unpack
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from suasion.features.errors import InputError
from suasion.features.tables.schema import TABLES

from .bring import OUT, PATHS, PRIVATE, READ_AT, How, bring
from .options import AS_JSON
from .output import stdout


class Columns(How):
    """The values of the options below."""

    maps: tuple[str, ...]
    constants: tuple[str, ...]
    platform: str | None
    dates: Literal["iso", "dmy", "mdy", "epoch"] | None
    year: int | None
    decimal: str | None
    encoding: str | None
    zone: str
    yes: bool


def _sheet_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(
        (
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
                "--platform",
                help="Ids are this platform's, as its importer writes them: instagram, x, youtube …",
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
            READ_AT,
            *PRIVATE,
            AS_JSON,
        )
    ):
        command = option(command)
    return command


@click.command(name="csv", short_help="CSV, Excel and OpenDocument, any table")
@click.option(
    "--table",
    "name",
    type=click.Choice([*TABLES, "orders", "codes"]),
    help="Which table it is; default: for each sheet the one it fits best.",
)
@_sheet_options
def csv(name: str | None, paths: tuple[Path, ...], out: Path, **columns: Unpack[Columns]) -> None:
    r"""CSV, Excel and OpenDocument: any table of yours, columns by any name.

    Each sheet of each file is read for itself. What its columns could be, and how their values are written, is worked out from all of
    its rows and shown before anything is written; --map tells what was guessed wrong:

    \b
        suasion import csv posts.xlsx mydata --map "Posted on=created_at" --platform instagram

    What is understood, and what is asked: docs/sheets.md.
    """
    _sheet((name,) if name else None, paths, out, columns)


@click.command(name="results", short_help="A spreadsheet of past campaigns")
@_sheet_options
def results(paths: tuple[Path, ...], out: Path, **columns: Unpack[Columns]) -> None:
    """A spreadsheet of past campaigns: one row an influencer in a campaign, with what came of it.

    It fills campaigns, outcomes and, where it holds followers, audience. Each sheet of each file is read for itself. What its columns
    could be, and how their values are written, is worked out from all of its rows and shown before anything is written; --map tells
    what was guessed wrong. What is understood, and what is asked: docs/sheets.md.
    """
    from suasion.features.sources.csvfile import PAST

    _sheet(PAST, paths, out, columns)


@click.command(name="creators", short_help="A list of creators, as tools and agencies export it")
@_sheet_options
def creators(paths: tuple[Path, ...], out: Path, **columns: Unpack[Columns]) -> None:
    """A list of creators, as tools and agencies export it: one row a creator, with what was counted of their audience.

    It fills audience: followers, engagement rate, average views, likes and comments, share of real followers. Where no column says
    when that was counted, it counts as of when the file was last changed, or of --read-at: earlier decisions do not see it.
    """
    from suasion.features.sources.csvfile import LISTED

    _sheet(LISTED, paths, out, columns)


def _sheet(parts: tuple[str, ...] | None, paths: tuple[Path, ...], out: Path, columns: Columns) -> None:
    from suasion.features.sources.csvfile import LISTED, PAST, look, sheet_source
    from suasion.features.sources.reading.fit import Asked

    try:
        zone = ZoneInfo(columns["zone"]) if columns["zone"] != "UTC" else UTC
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InputError(
            f"--zone {columns['zone']} is no time zone; write one such as Europe/Berlin."
        ) from error
    try:
        codecs.lookup(columns["encoding"] or "utf-8")
    except LookupError as error:
        raise InputError(f"--encoding {columns['encoding']} is none; write one such as cp1252.") from error
    options = Asked(
        _pairs("--map", columns["maps"]),
        _pairs("--set", columns["constants"]),
        (columns["platform"] or "").lower(),
        columns["dates"],
        columns["decimal"],
        zone,
        columns["encoding"],
        str(columns["year"] or ""),
    )
    plans = look(list(paths), options, parts)
    if not columns["as_json"]:
        from .terminal.imported import print_plans

        print_plans(stdout(), plans)
    if not columns["yes"]:
        click.confirm("Import it like this?", abort=True, err=columns["as_json"])
    source = sheet_source(plans, options, {PAST: "results", LISTED: "creators"}.get(parts or (), "csv"))
    extras = dict.fromkeys(
        field
        for plan in plans
        for part in plan.parts
        if part in TABLES
        for field in TABLES[part].extras(plan.fields)
    )
    bring(source, paths, out, columns, extras=tuple(extras))


def _pairs(option: str, texts: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, equals, field = text.rpartition("=")
        if not equals:
            raise InputError(f"{option} {text!r} is not NAME=VALUE.")
        pairs[name.strip()] = field.strip()
    return pairs
