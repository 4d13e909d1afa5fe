"""The commands that bring data in: one for each source, made from what the source says of itself."""

from __future__ import annotations

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
from suasion.features.sources.csvfile import KNOWN, csv_source, look
from suasion.features.sources.reading.columns import Writing, best_table, settle
from suasion.features.sources.reading.source import Source, run_import
from suasion.features.sources.results import PARTS, results_source
from suasion.features.tables.schema import Column
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
                default="iso",
                show_default=True,
                help="How times are written: 2024-12-31, 31.12.2024, 12/31/2024, or seconds since 1970.",
            ),
            click.option(
                "--decimal",
                type=click.Choice([".", ","]),
                default=".",
                show_default=True,
                help="The decimal sign.",
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


@import_.command(name="csv", short_help="CSV and Excel, any table")
@click.option(
    "--table",
    "name",
    type=click.Choice(list(KNOWN)),
    help="Which table it is; default: the one it fits best.",
)
@_sheet_options
def csv_(name: str | None, paths: tuple[Path, ...], out: Path, **given: Any) -> None:
    r"""CSV and Excel: any table of yours, columns by any name.

    What each column could be is guessed and shown before anything is written; --map tells what was guessed wrong:

    \b
        suasion import csv posts.csv mydata --map "Posted on=created_at" --dates dmy --platform instagram
    """
    header, _ = look(list(paths))
    name = name or best_table(header, KNOWN)
    if name is None:
        raise InputError(
            f"No table fits the columns {', '.join(header)}. Name one with --table, and its columns with --map COLUMN=FIELD."
        )
    _sheet((name,), header, paths, out, **given)


@import_.command(name="results", short_help="A spreadsheet of past campaigns")
@_sheet_options
def results(paths: tuple[Path, ...], out: Path, **given: Any) -> None:
    """A spreadsheet of past campaigns: one row an influencer in a campaign, with what came of it.

    It fills campaigns and outcomes. Columns are guessed by their names and shown before anything is written; --map tells what was
    guessed wrong.
    """
    _sheet(PARTS, look(list(paths))[0], paths, out, **given)


def _sheet(
    parts: tuple[str, ...], header: list[str], paths: tuple[Path, ...], out: Path, **given: Any
) -> None:
    columns: dict[str, Column] = {column.name: column for part in parts for column in KNOWN[part].columns}
    columns["known_at"] = Column("known_at", "time", "when it could first be known")
    prefix = next((KNOWN[part].extra_prefix for part in parts if KNOWN[part].extra_prefix), None)
    constants = _pairs("--set", given["constants"])
    told = _pairs("--map", given["maps"])
    what = " and ".join(parts)
    mapping = settle(header, told, [c for c in columns.values() if c.name not in constants], what, prefix)
    missing = [
        c.name for c in columns.values() if c.required and c.name not in (*mapping.values(), *constants)
    ]
    rows = look(list(paths))[1]
    grid = Grid(title=f"{paths[0].name} as {what}", title_justify="left")
    for heading in ("column", "is", "for example"):
        grid.add_column(heading)
    for name in header:
        example = next((str(row[name]) for row in rows if name in row), "")
        field = mapping.get(name)
        grid.add_row(name, field or Text("not read", style="dim"), example[:50].replace("\n", " "))
    console.print(grid)
    if missing:
        raise InputError(
            f"No column is {' or '.join(missing)}, without which {what} cannot be. Name it with --map COLUMN={missing[0]}"
            f", or give it with --set {missing[0]}=VALUE where it is the same in every row."
        )
    if not given["yes"]:
        click.confirm("Import it like this?", abort=True)
    try:
        zone = ZoneInfo(given["zone"]) if given["zone"] != "UTC" else UTC
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InputError(
            f"--zone {given['zone']} is no time zone; write one such as Europe/Berlin."
        ) from error
    writing = Writing(given["dates"], given["decimal"], zone)
    if parts == PARTS:
        source = results_source(mapping, writing, given["platform"], constants)
    else:
        source = csv_source(parts, mapping, writing, given["platform"], constants)
    extras = tuple(field for field in mapping.values() if prefix and field.startswith(prefix))
    private = {name: given[name] for name in ("read_at", "pseudonymise", "no_text", "drop_texts")}
    _bring(source, paths, out, extras=extras, **private)


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
