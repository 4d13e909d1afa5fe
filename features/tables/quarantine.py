"""Sifts one table: good rows typed and numbered, the rest set aside, each with its reason.

The rules are SQL made from the declarations (:mod:`suasion.features.tables.validate`), so that sifting streams and spills like any other
query. Whether a row is bad never depends on rows that were known later: only on itself, its campaign, and rows of the same key
that were known at the same moment.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from suasion.features.errors import EmptyTableError, InputError, MissingColumnError
from suasion.features.identity.persons import account_columns, columns_joined, settled_by_campaign, together
from suasion.features.privacy.optout import without

from .disk import refusal
from .read import Raw, columns_of, literal, quote
from .schema import NEVER, SQL_TYPES, TABLES, Column, Table, describe, extra, renamed
from .validate import judge, type_all

_OURS = ("row_id", "known_at", "superseded_at")
MOST_ROWS = 10_000
"""Rows of one reason that are written out: one missing date in each of a million rows is told once, with its count, and shown in these."""


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
    unwritten: str = ""
    """Why the rows set aside could not be written to the quarantine; empty where they were, or nobody asked."""

    @property
    def aside(self) -> int:
        """Rows set aside."""
        return self.read - self.kept - self.repeats


def sift(
    table: Table,
    raw: Raw | None,
    connection: duckdb.DuckDBPyConnection,
    quarantine: Path | None,
    keep: Callable[[Table], None] = lambda _: None,
    opted_out: Collection[str] = (),
) -> tuple[TableReport, set[str]]:
    """Make a table of the good rows, and return what was found and the columns with a free name.

    Rows set aside go to the folder ``quarantine``; None only counts them. Rows of ids that ``opted_out`` are as if they were not there, and
    ``keep`` is called while the stages ``aside_…`` and ``unique_…`` are.
    """
    if raw is None:
        typed = [f"{quote(column.name)} {SQL_TYPES[column.type]}" for column in table.columns]
        columns = ", ".join([*typed, *(f"{name} VARCHAR" for name in account_columns(table))])
        connection.execute(
            f"CREATE TABLE {table.name} (row_id BIGINT, {columns}, known_at TIMESTAMP, superseded_at TIMESTAMP)"
        )
        unwritten = write_quarantine(table.name, connection, quarantine, None)
        return TableReport(table.name, None, unwritten=unwritten), set()
    types = types_of(raw, connection)
    extras, absent = require_columns(table, types, raw.where)
    name = table.name
    try:
        numbered = without(raw.numbered or copy_raw(name, raw.sql, connection), types, opted_out)
        sort_out(table, numbered, types, extras, connection)
    except duckdb.Error as error:
        if "nicode" not in str(error) and "encoding" not in str(error):
            raise InputError(f"{raw.where} cannot be read: {str(error).splitlines()[0]}") from error
        numbered, types = _read_broken_text(raw, connection)
        numbered = without(numbered, types, opted_out)
        sort_out(table, numbered, types, extras, connection)
    report = count_rows(table, raw, numbered, connection, absent)
    report = replace(report, unwritten=write_quarantine(name, connection, quarantine, f"aside_{name}"))
    keep(table)
    drop_stages(name, connection)
    if settled_by_campaign(table):
        connection.execute(f"CREATE OR REPLACE TABLE {name} AS {together(table, extras)}")
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
    extras = set(table.extras(types))
    return extras, tuple(column.name for column in table.columns if column.name not in types)


def require_rows(table: Table, report: TableReport) -> None:
    """Refuse a needed table with no good row."""
    if table.needed and report.kept == 0:
        reasons = "; ".join(f"{count} {reason}" for reason, count in report.reasons) or "it holds no row"
        raise EmptyTableError(f"{report.where} has no usable row ({reasons}). Mend it and run again.")


def typed_columns(table: Table, extras: Iterable[str]) -> list[Column]:
    """Return a table's columns as they are read: those declared, ``known_at``, and those with a free name."""
    known = Column("known_at", "time", "when it could first be known")
    return [*table.columns, known, *(extra(name) for name in sorted(extras))]


def copy_raw(name: str, query: str, connection: duckdb.DuckDBPyConnection) -> str:
    """Copy rows that can be read only once, or whose place cannot be told; return SQL that numbers them."""
    row_number = next((name for name in columns_of(query, connection) if name.lower() == "rowid"), None)
    renamed = f"* RENAME ({quote(row_number)} AS {quote(f'their {row_number}')})" if row_number else "*"
    connection.execute(f"CREATE TABLE raw_{name} AS SELECT {renamed} FROM ({query})")
    return f"SELECT rowid + 1 AS _row, * FROM raw_{name}"


def sort_out(
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
    kept, joins = columns_joined(table, [column.name for column in columns])
    connection.execute(
        f"CREATE OR REPLACE TABLE {name} AS SELECT t._row AS row_id, {kept}, TIMESTAMP '{NEVER}' AS superseded_at "
        f"FROM ({judged}) t{joins} WHERE t.reason IS NULL"
    )
    missing = one(connection, f"SELECT (SELECT count(*) FROM ({numbered})) - (SELECT count(*) FROM {name})")
    connection.execute(
        f"CREATE OR REPLACE TABLE aside_{name} AS SELECT _row, reason FROM ({judged}) WHERE reason IS NOT NULL"
        if missing
        else f"CREATE OR REPLACE TABLE aside_{name} (_row BIGINT, reason VARCHAR)"
    )
    settle_repeats(table, connection)


def contradiction(table: Table) -> str:
    """Return why rows of one key and moment that say different things are set aside."""
    return f"contradicts another row of the same {', '.join(table.key)} and known_at"


def hash_of_key(table: Table) -> str:
    """Return SQL for the hash of a row's key."""
    return f"hash({', '.join(quote(column) for column in table.key)})"


def settle_repeats(table: Table, connection: duckdb.DuckDBPyConnection, among: str | None = None) -> None:
    """Keep one row of each key and moment, set contradictions aside, and tell each version when the next was known.

    ``among`` is SQL for the hashes of the keys that may repeat; None asks all.
    """
    name, key = table.name, ", ".join(quote(column) for column in table.key)
    repeated = among or f"SELECT hash({key}) FROM {name} GROUP BY 1 HAVING count(*) > 1"
    beside = [quote(one) for one in columns_of(name, connection) if one not in (*table.key, *_OURS)]
    content = f"hash({', '.join(beside)})" if beside else "1"
    connection.execute(
        f"CREATE OR REPLACE TABLE unique_{name} AS SELECT row_id, {key}, known_at, "
        f"min({content}) OVER same <> max({content}) OVER same AS contradicts, "
        f"row_number() OVER (PARTITION BY {key}, known_at ORDER BY row_id) AS nth "
        f"FROM {name} WHERE hash({key}) IN ({repeated}) WINDOW same AS (PARTITION BY {key}, known_at)"
    )
    if not one(connection, f"SELECT count(*) FROM unique_{name}"):
        return
    connection.execute(
        f"INSERT INTO aside_{name} SELECT row_id, {literal(contradiction(table))} FROM unique_{name} WHERE contradicts"
    )
    connection.execute(
        f"DELETE FROM {name} WHERE row_id IN (SELECT row_id FROM unique_{name} WHERE contradicts OR nth > 1)"
    )
    connection.execute(
        f"UPDATE {name} SET superseded_at = v.next FROM (SELECT row_id, lead(known_at) OVER (PARTITION BY {key} ORDER BY known_at) AS next "
        f"FROM unique_{name} WHERE NOT contradicts AND nth = 1) v WHERE v.row_id = {name}.row_id AND v.next IS NOT NULL"
    )


def one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """Return the one number a query gives."""
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def drop_stages(name: str, connection: duckdb.DuckDBPyConnection) -> None:
    """Drop what was made on the way to a table."""
    for stage in ("raw", "unique", "aside"):
        connection.execute(f"DROP TABLE IF EXISTS {stage}_{name}")


def types_of(raw: Raw, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the types of a table's columns as they were found, by name."""
    return {name: kind for name, kind in columns_of(raw.sql, connection).items() if name != "_row"}


def _read_broken_text(raw: Raw, connection: duckdb.DuckDBPyConnection) -> tuple[str, dict[str, str]]:
    """Read Parquet whose text is not UTF-8 as bytes, so that the broken rows can be told from the good ones.

    Returns SQL that numbers the rows, and the types of the columns.
    """
    import pyarrow.dataset as ds

    dataset = ds.dataset(raw.where, format="parquet")
    names = renamed(TABLES.get(raw.table), dataset.schema.names, raw.where)
    kinds = [pa.binary() if pa.types.is_string(kind) else kind for kind in dataset.schema.types]
    schema = pa.schema(
        [(names.get(one, one), kind) for one, kind in zip(dataset.schema.names, kinds, strict=True)]
    )

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in dataset.to_batches():
            arrays = [column.cast(kind) for column, kind in zip(batch.columns, kinds, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    connection.register("incoming", pa.RecordBatchReader.from_batches(schema, batches()))
    numbered = copy_raw(raw.table, "SELECT * FROM incoming", connection)
    connection.unregister("incoming")
    return numbered, columns_of(f"raw_{raw.table}", connection)


def count_rows(
    table: Table, raw: Raw, numbered: str, connection: duckdb.DuckDBPyConnection, absent: tuple[str, ...]
) -> TableReport:
    """Return what was found, and put the rows themselves beside the reasons in ``aside_…``."""
    name, by_reason = table.name, "SELECT reason, count(*) FROM {} GROUP BY reason"
    reasons = dict(connection.execute(by_reason.format(f"aside_{name}")).fetchall())
    read = one(connection, f"SELECT count(*) FROM ({numbered})")
    if raw.unreadable:
        for reason, count in connection.execute(by_reason.format(f"({raw.unreadable})")).fetchall():
            reasons[f"line cannot be read: {reason}"] = count
            read += count
    repeats = one(connection, f"SELECT count(*) FROM unique_{name} WHERE NOT contradicts AND nth > 1")
    kept = one(connection, f"SELECT count(*) FROM {name}")
    ordered = tuple(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
    if reasons:
        connection.execute(
            f"CREATE OR REPLACE TABLE aside_{name} AS SELECT a._row AS record, NULL AS line, a.reason, to_json(_whole) AS row "
            f"FROM aside_{name} a JOIN (SELECT _row AS _record, * EXCLUDE _row FROM ({numbered})) _whole ON _whole._record = a._row"
            + (
                f" UNION ALL SELECT NULL, line, 'line cannot be read: ' || reason, to_json(content) FROM ({raw.unreadable})"
                if raw.unreadable
                else ""
            )
        )
    return TableReport(name, raw.where, read, kept, repeats, ordered, absent)


def write_quarantine(
    name: str, connection: duckdb.DuckDBPyConnection, quarantine: Path | None, aside: str | None
) -> str:
    """Write the rows set aside to a CSV file, whole or not at all; an earlier file with nothing left to say goes.

    ``aside`` is what to select them from; None where the table is not there. Returned is why they could not be written, and nothing where
    they were: a place that takes no files, such as a folder mounted read-only, or a full disk must not keep good rows from being read.
    """
    if quarantine is None:
        return ""
    target, partial = quarantine / f"{name}.csv", quarantine / f".{name}.csv.partial"
    try:
        if aside is None or not one(connection, f"SELECT count(*) FROM {aside}"):
            if os.path.lexists(target):
                target.unlink()
            return ""
        quarantine.mkdir(parents=True, exist_ok=True)
        written = first_of_each_reason(aside, "record, line", f"record, line, reason, {quote('row')}")
        more = f"SELECT NULL, NULL, reason, NULL FROM ({more_of_each_reason(aside)})"
        connection.execute(
            f"COPY (FROM ({written} UNION ALL {more}) ORDER BY record, line, reason) TO {literal(str(partial))} (HEADER)"
        )
        partial.replace(target)
    except (OSError, duckdb.IOException) as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        return refusal(error)
    return ""


def first_of_each_reason(aside: str, order: str, columns: str) -> str:
    """Return SQL for as many rows of each reason as are written out, the first by ``order``."""
    return f"SELECT {columns} FROM {aside} QUALIFY row_number() OVER (PARTITION BY reason ORDER BY {order}) <= {MOST_ROWS}"


def more_of_each_reason(aside: str) -> str:
    """Return SQL for one row for each reason that has more rows, which says how many."""
    return (
        f"SELECT 'and ' || (count(*) - {MOST_ROWS}) || ' more rows: ' || why AS reason "
        f"FROM (SELECT reason AS why FROM {aside}) GROUP BY why HAVING count(*) > {MOST_ROWS}"
    )
