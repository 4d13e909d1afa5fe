"""Which source a file is an export of: the one that makes most rows of how it begins."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pyarrow.parquet as pq

from .all import SAID, SOLD
from .csvfile import OtherExportError
from .reading.records import UNREADABLE, Broken, Reader, Record, documents_in, files_at, fits
from .reading.rows import Rows
from .reading.sheets import ANY, JSON
from .reading.source import Source

LOOKED, ENOUGH = 20, 50
"""How many records of each document are looked at, and after how many no further document is."""
SUFFIXES = tuple(dict.fromkeys(suffix for source in (*SAID, *SOLD) for suffix in source.suffixes))
"""How the names of exports end."""
_ANY = "2100-01-01T00:00:00+00:00"
"""When what is looked at counts as read; nothing is kept of it."""


def command_for(path: Path, where: str) -> str:
    """Return the command that would import an export, nothing where no source makes a row of it.

    Parameters
    ----------
    where
        The file and the folder of tables, as the command names them.
    """
    if path.name.lower().endswith(".7z"):
        return f"suasion import stackexchange {where}"
    looked: dict[tuple[Reader, tuple[str, ...]], list[Record | Broken]] = {}
    best, command = (0, 0), ""
    for source in (*SAID, *SOLD):
        key = source.reader, source.suffixes
        if key not in looked:
            looked[key] = list(_records(path, *key))
        for account in ("", " --account NAME") if source.unsigned else ("",):
            weight = _weigh(source, looked[key], f"{source.unsigned}:name" if account else None)
            if weight > best:
                currency = " --currency EUR" if source.unpriced else ""
                best, command = weight, f"suasion import {source.name} {where}{account}{currency}"
    return command


def refuse_answers(paths: list[Path]) -> None:
    """Refuse JSON that a source reads, where it is given as any table.

    Raises
    ------
    OtherExportError
        When there is such a file; it names the command.
    """
    for path in files_at(paths, ANY):
        named = path.name.lower().removesuffix(".gz").removesuffix(".zst")
        if named.endswith(JSON) and (command := command_for(path, "")):
            raise OtherExportError(path.name, command.split()[2])


def _records(path: Path, reader: Reader, suffixes: tuple[str, ...]) -> Iterator[Record | Broken]:
    if not fits(path.name, suffixes):
        return
    count = 0
    try:
        for document in documents_in(path, suffixes):
            for record in islice(reader(document), LOOKED):
                count += 1
                yield record
            if count >= ENOUGH:
                return
    except UNREADABLE:
        return


def _weigh(source: Source, records: list[Record | Broken], account: str | None) -> tuple[int, int]:
    """Return how many good rows a source makes of records, and, below nothing, how much it cannot read."""
    broken: list[Broken] = []
    tables = {name: source.tables[name] for name in source.fills}
    with tempfile.TemporaryDirectory(prefix="suasion-") as folder:
        rows = Rows(tables, Path(folder), broken.append)
        rows.account = account
        for record in records:
            if isinstance(record, Broken):
                broken.append(record)
            else:
                rows.take(record.file, record.line, _ANY, record.value, source.take)
        rows.close()
        count = 0
        for name, table in tables.items():
            needed = [column.name for column in table.columns if column.required]
            file = Path(folder) / f"{name}.parquet"
            for row in pq.read_table(file).to_pylist() if file.exists() else ():
                count += row["_problem"] is None and all(row[column] for column in needed)
    return count, -len(broken)
