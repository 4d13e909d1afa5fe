"""Opens what a user brings (a folder, a DuckDB file, a database address) as raw relations in one working database.

The working database is DuckDB on disk in a temporary folder: everything after this point is one engine's SQL, may
spill, and is gone when the tables are closed. Raw means untouched: CSV stays text, Parquet keeps its types.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from suasion.features.attribution.orders import COMMERCE
from suasion.features.errors import InputError

from .schema import PEOPLE, TABLES, renamed

if TYPE_CHECKING:
    import ibis.expr.types as ir

SUFFIXES = (".parquet", ".csv", ".csv.gz")
DATABASE_SUFFIXES = (".duckdb", ".ddb", ".db")


@dataclass(frozen=True)
class Raw:
    """One table as found: SQL that reads it, and SQL that lists lines no reader could split into columns."""

    table: str
    sql: str
    where: str
    unreadable: str | None = None
    numbered: str | None = None
    """SQL for the same rows with ``_row``, their number from 1, where that can be read as often as one likes."""


def quote(name: str) -> str:
    """Return ``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Return ``value`` as an SQL string."""
    return "'" + value.replace("'", "''") + "'"


def sql_time(moment: datetime) -> str:
    """Return a moment, UTC and without a zone, as an SQL timestamp, to the microsecond.

    >>> sql_time(datetime(2024, 1, 2))
    "TIMESTAMP '2024-01-02 00:00:00.000000'"
    """
    return f"TIMESTAMP '{moment.isoformat(sep=' ', timespec='microseconds')}'"


def known_by(moment: datetime) -> str:
    """Return the SQL condition of the cut: a row was known before a moment, and not yet replaced by a later version."""
    return f"known_at < {sql_time(moment)} AND superseded_at >= {sql_time(moment)}"


def as_columns(values: Mapping[str, float | None]) -> str:
    """Return SQL for numbers, a column each."""
    return ", ".join(
        f"CAST({'NULL' if value is None else repr(float(value))} AS DOUBLE) AS {quote(name)}"
        for name, value in values.items()
    )


def columns_of(rows: str, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the columns of a table or of what a query gives, and their types."""
    return {row[0]: row[1] for row in connection.execute(f"DESCRIBE {rows}").fetchall()}


def find(
    address: str, connection: duckdb.DuckDBPyConnection, names: Collection[str] = tuple(TABLES)
) -> dict[str, Raw]:
    """Return the raw tables at ``address``, by name."""
    if "://" in address:
        return _safely_named(_database(address, connection, names), connection)
    path = Path(address)
    if path.is_dir():
        return _safely_named(_folder(path, connection, names), connection)
    if path.is_file() and path.suffix in DATABASE_SUFFIXES:
        return _safely_named(_duckdb(path, connection, names), connection)
    if path.is_file():
        raise InputError(
            f"{address} is a single file. Give the folder that holds it (tables are files named "
            f"outcomes.parquet or outcomes.csv), a DuckDB file ({', '.join(DATABASE_SUFFIXES)}), or a "
            "database address such as postgresql://user@host/name."
        )
    raise InputError(
        f"There is nothing at {address}. Give a folder of Parquet or CSV files, a DuckDB file, or a database "
        "address such as postgresql://user@host/name."
    )


def _safely_named(raws: dict[str, Raw], connection: duckdb.DuckDBPyConnection) -> dict[str, Raw]:
    """Return the tables with the columns of free names as they are written from here on."""
    for name, raw in raws.items():
        table = TABLES.get(name)
        if table is None or not table.prefixes:
            continue
        if names := renamed(table, columns_of(raw.sql, connection), raw.where):
            renames = ", ".join(f"{quote(old)} AS {quote(new)}" for old, new in names.items())
            numbered = f"SELECT * RENAME ({renames}) FROM ({raw.numbered})" if raw.numbered else None
            raws[name] = replace(raw, sql=f"SELECT * RENAME ({renames}) FROM ({raw.sql})", numbered=numbered)
    return raws


def _folder(folder: Path, connection: duckdb.DuckDBPyConnection, names: Collection[str]) -> dict[str, Raw]:
    raws: dict[str, Raw] = {}
    for name in names:
        paths = [folder / f"{name}{suffix}" for suffix in SUFFIXES]
        paths = [path for path in [*paths, folder / name] if path.exists()]
        if len(paths) > 1:
            raise InputError(
                f"{name} is there more than once: {', '.join(path.name for path in paths)}. Keep one of them."
            )
        if paths:
            path = paths[0]
            if path.is_file() and path.stat().st_size == 0:
                raise InputError(
                    f"{path} is empty (0 bytes). Export it again, or remove it to go on without {name}."
                )
            raws[name] = _csv(name, path) if ".csv" in path.suffixes else _parquet(name, path, connection)
    return raws


_NUMBERING = {"file_row_number", "_file"}


def parquet_files(path: Path) -> list[str]:
    """Return the Parquet files that a table is made of, in the order of their names."""
    return sorted(str(part) for part in path.rglob("*.parquet")) if path.is_dir() else [str(path)]


def _parquet(name: str, path: Path, connection: duckdb.DuckDBPyConnection) -> Raw:
    pattern = str(path / "**" / "*.parquet") if path.is_dir() else str(path)
    if path.is_dir() and not any(path.rglob("*.parquet")):
        raise InputError(
            f"The folder {path} holds no Parquet file. Fill it, or remove it to go on without {name}."
        )
    scan = f"read_parquet({literal(pattern)}, union_by_name = true)"
    try:
        columns = {name.lower() for name in columns_of(f"SELECT * FROM {scan}", connection)}
    except duckdb.Error as error:
        raise InputError(
            f"{path} cannot be read as Parquet ({first_line(error)}). Write it again."
        ) from error
    # Where a column of theirs is called like what numbers rows, they are copied and numbered then.
    numbered = None if columns & _NUMBERING else number_files(parquet_files(path), connection)
    return Raw(name, f"SELECT * FROM {scan}", str(path), numbered=numbered)


def number_files(files: Sequence[str], connection: duckdb.DuckDBPyConnection, after: int = 0) -> str:
    """Return SQL that numbers the rows of Parquet files from ``after + 1``, file after file in the order given.

    By each file's own count, and not by row_number(), which would read all on one thread.
    """
    listed = "[" + ", ".join(literal(file) for file in files) + "]"
    scan = f"read_parquet({listed}, union_by_name = true, file_row_number = true, filename = '_file')"
    counts = dict(
        connection.execute(f"SELECT file_name, num_rows FROM parquet_file_metadata({listed})").fetchall()
    )
    before, offsets = after + 1, []
    for file in files:
        offsets.append(f"WHEN {literal(file)} THEN {before}")
        before += counts[file]
    place = f"CASE _file {' '.join(offsets)} END" if len(offsets) > 1 else str(after + 1)
    return f"SELECT file_row_number + {place} AS _row, * EXCLUDE (file_row_number, _file) FROM {scan}"


def _csv(name: str, path: Path) -> Raw:
    import gzip

    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", errors="replace", newline="") as stream:
            line = stream.readline()
    except (OSError, EOFError) as error:
        raise InputError(f"{path} cannot be read ({error}). Export it again.") from error
    delimiter, header = read_header(line, path)
    columns = "{" + ", ".join(f"{literal(column)}: 'VARCHAR'" for column in header) + "}"
    scan = (
        f"read_csv({literal(str(path))}, auto_detect = false, header = true, delim = {literal(delimiter)}, "
        f"quote = '\"', escape = '\"', columns = {columns}, nullstr = '', max_line_size = 16777216, "
        f"store_rejects = true, rejects_table = 'rejected_{name}', rejects_scan = 'rejected_scan_{name}', rejects_limit = 0)"
    )
    unreadable = (
        "SELECT any_value(lower(replace(error_type::VARCHAR, '_', ' '))) AS reason, line, any_value(csv_line) AS content "
        f"FROM rejected_{name} GROUP BY line"
    )
    return Raw(name, f"SELECT * FROM {scan}", str(path), unreadable)


def read_header(line: str, where: str | Path) -> tuple[str, list[str]]:
    """Return the delimiter and the columns that a CSV file's first line names."""
    if "\x00" in line:
        raise InputError(f"{where} is not UTF-8 text (UTF-16, perhaps). Save it as CSV UTF-8.")
    delimiter = max(",;\t|", key=line.count)
    header = [column.strip() for column in next(csv.reader([line], delimiter=delimiter), [])]
    if len({column.casefold() for column in header}) != len(header) or not all(header) or not header:
        raise InputError(
            f"{where}: the first line must name every column once, whatever the capitals; it reads: {line.strip()[:200]}"
        )
    return delimiter, header


def _duckdb(path: Path, connection: duckdb.DuckDBPyConnection, wanted: Collection[str]) -> dict[str, Raw]:
    try:
        connection.execute(f"ATTACH {literal(str(path))} AS source (READ_ONLY)")
    except duckdb.Error as error:
        raise InputError(f"{path} cannot be opened as a DuckDB file ({first_line(error)}).") from error
    names = connection.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_catalog = 'source' AND table_schema = 'main'"
    ).fetchall()
    return {
        name: Raw(name, f"SELECT * FROM source.main.{quote(name)}", f"{path}, table {name}")
        for (name,) in names
        if name in wanted
    }


def _database(address: str, connection: duckdb.DuckDBPyConnection, wanted: Collection[str]) -> dict[str, Raw]:
    import ibis  # which files do without

    host = address.split("@")[-1]  # never a password in a message
    try:
        source = ibis.connect(address)
    except Exception as error:  # every engine has errors of its own, and Ibis one where it is not installed
        raise InputError(
            f"No connection to {host}: {first_line(error)}. The address reads like "
            "postgresql://user:password@host:5432/name; for Postgres install suasion[postgres]."
        ) from error
    raws: dict[str, Raw] = {}
    try:
        there = source.list_tables()
        for name in sorted(wanted):
            there_called = _own_name(name, there)
            if there_called is None:
                continue
            with declared_columns(source.table(there_called), name).to_pyarrow_batches(
                chunk_size=100_000
            ) as batches:
                connection.register("incoming", batches)
                connection.execute(f"CREATE TABLE incoming_{name} AS SELECT * FROM incoming")
                connection.unregister("incoming")
            raws[name] = Raw(name, f"SELECT * FROM incoming_{name}", f"{host}, table {there_called}")
    finally:
        source.disconnect()
    return raws


def _own_name(name: str, there: Collection[str]) -> str | None:
    """Return what a database calls a table or column: some write all names in capitals."""
    return name if name in there else next((one for one in there if one.lower() == name), None)


def declared_columns(table: ir.Table, name: str) -> ir.Table:
    """Return what is asked of a database's table: the columns there are of those declared, and no others, by their declared names.

    Columns that nobody reads would cost money where a warehouse counts what it scans.
    """
    declared = (TABLES | COMMERCE | {PEOPLE.name: PEOPLE})[name]
    names = [*(column.name for column in declared.columns), "known_at"]
    names += sorted(declared.extras(one.lower() for one in table.columns))
    places = {one: _own_name(one, table.columns) for one in names}
    return table.select(**{one: table[place] for one, place in places.items() if place is not None})


def first_line(error: Exception) -> str:
    """Return the first line of what an error says, without the full stop."""
    return next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
