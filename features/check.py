"""Sets bad rows aside, each with its reason, and leaves typed tables that the rest can trust.

The rules are SQL made from the declarations in :mod:`suasion.features.tables`: ``TRY_CAST`` and one reason per
rule, so that checking streams and spills like any other query. Whether a row is bad never depends on rows that were
known later: only on itself, its campaign, and rows of the same key that were known at the same moment.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import duckdb
import pyarrow as pa

from .errors import EmptyTableError, InputError, MissingColumnError, MissingTableError
from .read import Raw, find, literal, quote
from .rules import judge, type_all
from .tables import NEVER, SQL_TYPES, TABLES, Column, Table, describe


@dataclass(frozen=True)
class TableReport:
    """What was found in one table."""

    table: str
    where: str | None
    read: int = 0
    kept: int = 0
    repeats: int = 0
    reasons: tuple[tuple[str, int], ...] = ()
    absent_columns: tuple[str, ...] = ()

    @property
    def aside(self) -> int:
        """Rows set aside."""
        return self.read - self.kept - self.repeats


@dataclass(frozen=True)
class Tables:
    """The checked tables in their working database.

    ``present`` names the tables with at least one good row; ``extras`` the columns with a free name
    (``offer_…``) of outcomes and candidates.
    """

    connection: duckdb.DuckDBPyConnection
    reports: tuple[TableReport, ...]
    extras: tuple[str, ...]
    folder: Path
    present: frozenset[str]
    path: str = "work.main"
    """Where names are looked for, the first place being where tables are made."""
    store: Path | None = None
    """Folder of what was worked out from texts before; None keeps nothing."""
    root: Tables | None = None
    """The tables as they were opened, of which these are a scratch copy."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    """Held while something is worked out once for all who ask."""
    dialect: ClassVar[str] = "duckdb"
    home: ClassVar[str] = "work.main."

    @property
    def opened(self) -> Tables:
        """The tables as they were opened."""
        return self.root or self

    def sql(self, query: str) -> duckdb.DuckDBPyConnection:
        """Run a query on the working database."""
        return self.connection.execute(query)

    def make(self, name: str, query: str) -> None:
        """Make a table of what a query gives, which is written in :attr:`dialect`."""
        self.sql(f"CREATE OR REPLACE TABLE {name} AS {query}")

    def make_all(self, queries: Mapping[str, str]) -> None:
        """Make several tables, none of which reads another of them: one after the other, each with all threads."""
        for name, query in queries.items():
            self.make(name, query)

    def digest(self, name: str, columns: Sequence[str]) -> str:
        """Return a hash of the rows of a table, whatever their order."""
        listed = ", ".join(quote(column) for column in columns)
        return str(
            self.sql(f"SELECT count(*), bit_xor(md5_number(concat_ws('|', {listed}))) FROM {name}").fetchone()
        )

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of one's own to the same tables, for reading in a stream or from another thread."""
        cursor = self.connection.cursor()
        cursor.execute(f"SET TimeZone = 'UTC'; SET search_path = '{self.path}'")
        return cursor

    @contextmanager
    def scratch(self) -> Iterator[Tables]:
        """Give these tables with a place in front of them, in memory: what is made there hides theirs and is gone at the end.

        Any number can be open at once, each in a thread of its own; the tables themselves are only read.
        """
        name = f"scratch_{next(_NUMBERS)}"
        with self.cursor() as connection:
            connection.execute(f"ATTACH ':memory:' AS {name}")
            try:
                path = f"{name}.main,{self.path}"
                connection.execute(f"SET search_path = '{path}'")
                yield replace(self, connection=connection, path=path, root=self.opened)
            finally:
                connection.execute("USE work")
                connection.execute(f"DETACH {name}")


_NUMBERS = itertools.count()


@contextmanager
def open_tables(
    address: str | Path,
    *,
    quarantine: Path | None = None,
    leave_out: frozenset[str] = frozenset(),
    memory_limit: str | None = None,
) -> Iterator[Tables]:
    """Read, check and type the tables at ``address``; close and remove the working database at the end.

    Parameters
    ----------
    address
        A folder of Parquet or CSV files, a DuckDB file, or a database address.
    quarantine
        Folder for the rows set aside: one CSV a table with the columns ``record`` (the n-th that could be
        read), ``line`` (of one that could not), ``reason, row``. None: only counted.
    leave_out
        Tables to treat as absent.
    memory_limit
        DuckDB's limit, such as ``"4GB"``; it spills beyond.

    Notes
    -----
    The environment variable ``SUASION_STORE`` names a folder that keeps what is worked out from texts
    (:mod:`suasion.features.store`), so that no text is embedded twice.

    Raises
    ------
    InputError
        When the address, a needed table, a needed column or all rows of a needed table are missing.
    """
    folder = Path(tempfile.mkdtemp(prefix="suasion-"))
    connection = duckdb.connect(folder / "work.duckdb")
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"SET temp_directory = {literal(str(folder / 'spill'))}")
        if memory_limit:
            connection.execute(f"SET memory_limit = {literal(memory_limit)}")
        raws = {name: raw for name, raw in find(str(address), connection).items() if name not in leave_out}
        require_tables(raws, str(address))
        reports, extras = [], set[str]()
        for name, table in TABLES.items():
            report, own = _check(table, raws.get(name), connection, quarantine)
            reports.append(report)
            extras |= own
        for name in TABLES:
            for column in sorted(extras) if TABLES[name].extra_prefix else ():
                connection.execute(f"ALTER TABLE {name} ADD COLUMN IF NOT EXISTS {quote(column)} DOUBLE")
        present = frozenset(report.table for report in reports if report.kept)
        place = os.environ.get("SUASION_STORE")
        store = Path(place) if place else None
        yield Tables(connection, tuple(reports), tuple(sorted(extras)), folder, present, store=store)
    finally:
        connection.close()
        shutil.rmtree(folder, ignore_errors=True)


def require_tables(raws: Mapping[str, object], address: str) -> None:
    """Refuse data without the tables that nothing can be done without."""
    missing = [table for table in TABLES.values() if table.needed and table.name not in raws]
    if missing:
        lines = [f"  {table.name}: {describe(table)}" for table in missing]
        raise MissingTableError(
            f"{address.split('@')[-1]} lacks {' and '.join(table.name for table in missing)}, which suasion cannot do without. "
            "Add (columns with * are needed):\n" + "\n".join(lines)
        )


def _check(
    table: Table, raw: Raw | None, connection: duckdb.DuckDBPyConnection, quarantine: Path | None
) -> tuple[TableReport, set[str]]:
    if raw is None:
        _create_empty(table, connection)
        _write_quarantine(table.name, connection, quarantine, absent=True)
        return TableReport(table.name, None), set()
    types = _types(raw, connection)
    extras, absent = require_columns(table, types, raw.where)
    name, numbered = table.name, raw.numbered
    try:
        if numbered is None:
            numbered = _copy(name, raw.sql, connection)
        _sort_out(table, numbered, types, extras, connection)
    except duckdb.Error as error:
        if "nicode" not in str(error) and "encoding" not in str(error):
            raise InputError(f"{raw.where} cannot be read: {str(error).splitlines()[0]}") from error
        numbered, types = _read_broken_text(raw, connection)
        _sort_out(table, numbered, types, extras, connection)
    report = _count(table, raw, numbered, connection, absent)
    _write_quarantine(name, connection, quarantine)
    _drop_stages(name, connection)
    require_rows(table, report)
    return report, extras


def require_columns(table: Table, types: Mapping[str, str], where: str) -> tuple[set[str], tuple[str, ...]]:
    """Return the columns with a free name, and the declared ones that are not there; refuse a table without a needed one."""
    missing = [name for name in table.required if name not in types]
    if missing:
        raise MissingColumnError(
            f"{where} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}. "
            f"It has: {', '.join(types) or 'none'}. {table.name} takes (* needed): {describe(table)}."
            + ("" if table.needed else f" Add it, or remove {table.name} to go on without it.")
        )
    extras = {name for name in types if table.extra_prefix and name.startswith(table.extra_prefix)}
    return extras, tuple(column.name for column in table.columns if column.name not in types)


def require_rows(table: Table, report: TableReport) -> None:
    """Refuse a needed table with no good row."""
    if table.needed and report.kept == 0:
        reasons = "; ".join(f"{count} {reason}" for reason, count in report.reasons) or "it holds no row"
        raise EmptyTableError(f"{report.where} has no usable row ({reasons}). Mend it and run again.")


def typed_columns(table: Table, extras: Iterable[str]) -> list[Column]:
    """Return a table's columns as they are read: those declared, ``known_at``, and those with a free name."""
    known = Column("known_at", "time", "when it could first be known")
    return [*table.columns, known, *(Column(extra, "number", "agreed") for extra in sorted(extras))]


def _copy(name: str, query: str, connection: duckdb.DuckDBPyConnection) -> str:
    """Copy rows that can be read only once, or whose place cannot be told; return SQL that numbers them."""
    connection.execute(f"CREATE TABLE raw_{name} AS {query}")
    return f"SELECT rowid + 1 AS _row, * FROM raw_{name}"


def check_rows(tables: Tables, name: str, rows: pa.Table) -> list[tuple[int, str]]:
    """Make the table ``name`` of a scratch copy from rows that came with a question, by the same rules as any other.

    Parameters
    ----------
    rows
        Some of the declared columns, times as text or timestamps.

    Returns
    -------
    list of (int, str)
        Of each row set aside, its number from 0 and the reason.
    """
    table, connection = TABLES[name], tables.connection
    connection.register("incoming", rows)
    numbered = _copy(name, "SELECT * FROM incoming", connection)
    connection.unregister("incoming")
    types = {row[0]: row[1] for row in connection.execute(f"DESCRIBE raw_{name}").fetchall()}
    _sort_out(table, numbered, types, set(), connection)
    aside = connection.execute(f"SELECT _row - 1, reason FROM aside_{name} ORDER BY 1, 2").fetchall()
    _drop_stages(name, connection)
    return aside


def _sort_out(
    table: Table,
    numbered: str,
    types: dict[str, str],
    extras: set[str],
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Make the table, with ``row_id`` the record's number, and ``aside_…`` with the rest, each row with its reason.

    Good rows are read once and written once. Rows of one key cost a second look only where there are several.
    """
    name = table.name
    columns = typed_columns(table, extras)
    judged = judge(table, columns, type_all(numbered, columns, types))
    kept = ", ".join(quote(column.name) for column in columns)
    connection.execute(
        f"CREATE OR REPLACE TABLE {name} AS SELECT _row AS row_id, {kept}, TIMESTAMP '{NEVER}' AS superseded_at "
        f"FROM ({judged}) WHERE reason IS NULL"
    )
    missing = _one(connection, f"SELECT (SELECT count(*) FROM ({numbered})) - (SELECT count(*) FROM {name})")
    connection.execute(
        f"CREATE OR REPLACE TABLE aside_{name} AS SELECT _row, reason FROM ({judged}) WHERE reason IS NOT NULL"
        if missing
        else f"CREATE OR REPLACE TABLE aside_{name} (_row BIGINT, reason VARCHAR)"
    )
    _settle_repeats(table, connection)


def _settle_repeats(table: Table, connection: duckdb.DuckDBPyConnection) -> None:
    """Keep one row of each key and moment, set contradictions aside, and tell each version when the next was known."""
    name, key = table.name, ", ".join(quote(column) for column in table.key)
    repeated = f"SELECT hash({key}) FROM {name} GROUP BY 1 HAVING count(*) > 1"
    content = ", ".join(quote(column.name) for column in table.columns if column.name not in table.key)
    content = f"hash({content})" if content else "1"
    connection.execute(
        f"CREATE OR REPLACE TABLE unique_{name} AS SELECT row_id, {key}, known_at, "
        f"min({content}) OVER same <> max({content}) OVER same AS contradicts, "
        f"row_number() OVER (PARTITION BY {key}, known_at ORDER BY row_id) AS nth "
        f"FROM {name} WHERE hash({key}) IN ({repeated}) WINDOW same AS (PARTITION BY {key}, known_at)"
    )
    if not _one(connection, f"SELECT count(*) FROM unique_{name}"):
        return
    connection.execute(
        f"INSERT INTO aside_{name} SELECT row_id, "
        f"'contradicts another row of the same {', '.join(table.key)} and known_at' FROM unique_{name} WHERE contradicts"
    )
    connection.execute(
        f"DELETE FROM {name} WHERE row_id IN (SELECT row_id FROM unique_{name} WHERE contradicts OR nth > 1)"
    )
    connection.execute(
        f"UPDATE {name} SET superseded_at = v.next FROM (SELECT row_id, lead(known_at) OVER (PARTITION BY {key} ORDER BY known_at) AS next "
        f"FROM unique_{name} WHERE NOT contradicts AND nth = 1) v WHERE v.row_id = {name}.row_id AND v.next IS NOT NULL"
    )


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _drop_stages(name: str, connection: duckdb.DuckDBPyConnection) -> None:
    for stage in ("raw", "unique", "aside"):
        connection.execute(f"DROP TABLE IF EXISTS {stage}_{name}")


def _types(raw: Raw, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    rows = connection.execute(f"DESCRIBE {raw.sql}").fetchall()
    return {row[0]: row[1] for row in rows if row[0] != "_row"}


def _read_broken_text(raw: Raw, connection: duckdb.DuckDBPyConnection) -> tuple[str, dict[str, str]]:
    """Read Parquet whose text is not UTF-8 as bytes, so that the broken rows can be told from the good ones.

    Returns SQL that numbers the rows, and the types of the columns.
    """
    import pyarrow.dataset as ds

    dataset = ds.dataset(raw.where, format="parquet")
    fields = [
        pa.field(field.name, pa.binary() if pa.types.is_string(field.type) else field.type)
        for field in dataset.schema
    ]

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in dataset.to_batches():
            arrays = [column.cast(field.type) for column, field in zip(batch.columns, fields, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))

    connection.register("incoming", pa.RecordBatchReader.from_batches(pa.schema(fields), batches()))
    numbered = _copy(raw.table, "SELECT * FROM incoming", connection)
    connection.unregister("incoming")
    return numbered, {row[0]: row[1] for row in connection.execute(f"DESCRIBE raw_{raw.table}").fetchall()}


def _count(
    table: Table,
    raw: Raw,
    numbered: str,
    connection: duckdb.DuckDBPyConnection,
    absent: tuple[str, ...],
) -> TableReport:
    name = table.name
    reasons = dict(
        connection.execute(f"SELECT reason, count(*) FROM aside_{name} GROUP BY reason").fetchall()
    )
    read = _one(connection, f"SELECT count(*) FROM ({numbered})")
    if raw.unreadable:
        for reason, count in connection.execute(
            f"SELECT reason, count(*) FROM ({raw.unreadable}) GROUP BY reason"
        ).fetchall():
            reasons[f"line cannot be read: {reason}"] = count
            read += count
    repeats = _one(connection, f"SELECT count(*) FROM unique_{name} WHERE NOT contradicts AND nth > 1")
    kept = _one(connection, f"SELECT count(*) FROM {name}")
    ordered = tuple(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
    if reasons:
        connection.execute(
            f"CREATE OR REPLACE TABLE aside_{name} AS SELECT a._row AS record, NULL AS line, a.reason, to_json(r) AS row "
            f"FROM aside_{name} a JOIN (SELECT _row AS key, * EXCLUDE _row FROM ({numbered})) r ON r.key = a._row"
            + (
                f" UNION ALL SELECT NULL, line, 'line cannot be read: ' || reason, to_json(content) FROM ({raw.unreadable})"
                if raw.unreadable
                else ""
            )
        )
    return TableReport(name, raw.where, read, kept, repeats, ordered, absent)


def _write_quarantine(
    name: str, connection: duckdb.DuckDBPyConnection, quarantine: Path | None, *, absent: bool = False
) -> None:
    """Write the rows set aside to a CSV file, whole or not at all; an earlier file with nothing left to say goes."""
    if quarantine is None:
        return
    target = quarantine / f"{name}.csv"
    row = None if absent else connection.execute(f"SELECT count(*) FROM aside_{name}").fetchone()
    if row is None or row[0] == 0:
        target.unlink(missing_ok=True)
        return
    quarantine.mkdir(parents=True, exist_ok=True)
    partial = quarantine / f".{name}.csv.partial"
    connection.execute(
        f"COPY (SELECT record, line, reason, row FROM aside_{name} ORDER BY record, line) TO {literal(str(partial))} (HEADER)"
    )
    partial.replace(target)


def _create_empty(table: Table, connection: duckdb.DuckDBPyConnection) -> None:
    columns = ", ".join(f"{quote(column.name)} {SQL_TYPES[column.type]}" for column in table.columns)
    connection.execute(
        f"CREATE TABLE {table.name} (row_id BIGINT, {columns}, known_at TIMESTAMP, superseded_at TIMESTAMP)"
    )
