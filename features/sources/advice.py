"""What to type where a folder holds what cannot be read as tables: the very command that would read it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

from suasion.features.attribution.orders import COMMERCE
from suasion.features.errors import InputError, MissingTableError
from suasion.features.privacy.optout import MARK as PSEUDONYMS
from suasion.features.privacy.optout import OPT_OUT
from suasion.features.tables.schema import PEOPLE, TABLES

from .csvfile import KNOWN, LISTED, PAST, OtherExportError, look
from .reading.fit import Arguments
from .reading.records import fits
from .reading.sheets import ANY, SUFFIXES
from .reading.source import LEDGER, digest_of, imported_before

_OWN = {*TABLES, *COMMERCE, PEOPLE.name, "profiles"}
MOST_FILES = 200
"""How many files of a folder are looked at."""
_READ = (".parquet", ".csv", ".csv.gz")
_NOBODY_READS = "no source makes a row of it; `suasion import --help` says what can be read, and any program's CSV or list in JSON can"


def commands(data: str | Path, *, failed: bool = False) -> list[str]:
    """Return for each file at an address that is no table as it is what would read it, or why nothing would.

    Parameters
    ----------
    failed
        Whether tables there were refused: CSV files named after a table are then looked at, too.
    """
    place = Path(data)
    if not place.exists() or "://" in str(data):
        return []
    whole = place if place.name else place.resolve()
    failed = failed or any(map(_is_other, TABLES, (place / f"{name}.csv" for name in TABLES)))
    out = whole.with_name(f"{whole.stem}-tables") if failed or place.is_file() else place
    before, lines = imported_before(out), list[str]()
    for path in [place] if place.is_file() else sorted(place.iterdir()):
        table = path.name.lower().partition(".")[0]
        mine = table in _OWN and path.name.lower().endswith(_READ)
        if (
            path.name.startswith((".", "~$"))
            or path.name in (LEDGER, OPT_OUT, PSEUDONYMS, "quarantine")
            or (path.is_dir() and table in _OWN)
            or (mine and not (failed and table in KNOWN))
        ):
            continue
        # With every importer behind it: where all are tables, nobody needs them.
        from .exports import SUFFIXES as EXPORTS
        from .exports import command_for

        within = islice(sorted(path.rglob("*")), MOST_FILES) if path.is_dir() else [path]
        files = [file for file in within if file.is_file() and not (before and digest_of(file) in before)]
        where = f"{shlex.quote(str(path))} {shlex.quote(str(out))}"
        exports = dict.fromkeys(command_for(file, where) for file in files)
        if any(exports):
            lines += filter(None, exports)
        elif files == [path] and path.name.lower().endswith(ANY):
            lines.append(_of_sheet(path, table if table in KNOWN else None, where))
        elif files == [path] and not mine and fits(path.name, EXPORTS):
            lines.append(f"{path.name}: {_NOBODY_READS}")
    # What other tables name people by may say what a list of them calls them.
    return sorted(lines, key=lambda line: line.startswith("suasion import creators "))


def _is_other(table: str, path: Path) -> bool:
    """Return whether a file that is named after a table is none, such as the ``posts.csv`` of an export."""
    if not path.is_file():
        return False
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        return not {*TABLES[table].required} <= {*re.findall(r"\w+", stream.readline())}


_OPTIONS = {
    "": "",
    " --dates dmy": "    # or --dates mdy",
    " --decimal ,": "    # or --decimal .",
    " --set campaign_id=NAME": "    # NAME: what you call the campaign, where all rows are of one",
}
"""Answers to what an import asks, and what is said of them; one at a time."""


def _of_sheet(path: Path, table: str | None, where: str) -> str:
    tries: list[tuple[str, tuple[str, ...] | None]] = [
        (f"suasion import results {where}", PAST),
        (f"suasion import creators {where}", LISTED),
        (f"suasion import csv {where}", None),
    ]
    if table:
        tries.insert(0, (f"suasion import csv {where} --table {table}", (table,)))
    why, lacks = "", ""
    for command, parts in tries:
        for option, beside in _OPTIONS.items():
            options = Arguments(
                constants={"campaign_id": "NAME"} if "NAME" in option else {},
                dates="dmy" if "dmy" in option else None,
                decimal="," if "decimal" in option else None,
            )
            try:
                look([path], options, parts)
            except OtherExportError as export:
                return f"suasion import {export.source} {where}"
            except InputError as error:
                why = why or str(error)
                lacks = str(error) if parts is None and " is " in str(error) else lacks
                if "in two ways" not in str(error) and "is campaign_id, without" not in str(error):
                    break
            else:
                if parts == LISTED and _are_posts(path, options):
                    break  # beside whose counts followers stand, too
                return command + option + beside
    if not lacks and not path.name.lower().endswith(SUFFIXES):
        return f"{path.name}: {_NOBODY_READS}"
    return lacks or why  # what it lacks as orders or posts says more than what it lacks as past campaigns


def _are_posts(path: Path, options: Arguments) -> bool:
    with suppress(InputError):
        return any("posts" in plan.parts for plan in look([path], options))
    return False


def overlooked(data: str | Path) -> list[str]:
    """Return for each file beside tables that can be read what would read it; of sheets, those of past campaigns or named after a table."""
    unsure = ("suasion import creators ", "suasion import csv ")
    return [
        line
        for line in commands(data)
        if line.startswith("suasion ") and (not line.startswith(unsure) or " --table " in line)
    ]


@contextmanager
def advised(data: str | Path) -> Iterator[None]:
    """Add to the error of whoever opens tables what would read the files that are there."""
    try:
        yield
    except InputError as error:
        lines = commands(data, failed=not isinstance(error, MissingTableError))
        if not lines:
            raise
        raise type(error)(
            "\n".join([str(error), "This would read what is there:", *(f"  {line}" for line in lines)])
        ) from error
