"""Tables on Spark: opened, checked by the rules that DuckDB checks by, and kept as Parquet where all executors can read them."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import pandas as pd
import pyarrow as pa
import sqlglot
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import DataFrame, SparkSession
from sqlglot import exp

from suasion.features.engine.protocol import Database, Row
from suasion.features.errors import InputError
from suasion.features.identity.accounts import People, people_of
from suasion.features.identity.persons import (
    JOINED,
    account_columns,
    columns_joined,
    settled_by_campaign,
    together,
    with_accounts,
)
from suasion.features.privacy.optout import opted_out, rows_of_others
from suasion.features.progress import step
from suasion.features.tables.open import require_tables
from suasion.features.tables.quarantine import (
    TableReport,
    contradiction,
    require_columns,
    require_rows,
    typed_columns,
)
from suasion.features.tables.read import first_line, literal, quote, read_header
from suasion.features.tables.schema import NEVER, PEOPLE, SQL_TYPES, TABLES, Table, renamed
from suasion.features.tables.validate import judge, type_all

from .dialect import translated

_TYPES = {"id": "string", "text": "string", "time": "timestamp_ntz", "number": "double", "flag": "boolean"}
_TYPES |= {"texts": "array<string>"}
_LATER = ("candidates", "outcomes")
_IN_TURN = (tuple(name for name in TABLES if name not in _LATER), _LATER)
"""Whether a row of the later ones is good hangs on its campaign."""
AT_ONCE = 4
"""Tables worked on at the same time."""
CATALOG = "catalog:"
"""What an address starts with that names a schema of Spark's catalogue and not a folder."""


def connect(engine: str) -> SparkSession:
    """Return a session: ``spark`` for one in this process or on the cluster that Spark's settings name, else Spark Connect's address."""
    # It does well enough with the pandas there is: the tests say so.
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    # Executors on this machine run this interpreter, and have what it has.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("suasion").config("spark.sql.session.timeZone", "UTC")
    if engine == "spark":  # bars of each stage would be written over what is shown here
        builder = builder.config("spark.ui.showConsoleProgress", "false")
    else:
        builder = builder.remote(engine)
    try:
        session = builder.getOrCreate()
        session.conf.set("spark.sql.session.timeZone", "UTC")
        session.conf.set("spark.sql.ansi.enabled", "true")
        session.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
    except (PySparkException, RuntimeError) as error:
        raise InputError(
            f"There is no Spark at {engine} ({str(error).splitlines()[0]}). Give spark, for this machine or the "
            "cluster that Spark's settings name, or the address of a Spark Connect server, such as sc://host:15002."
        ) from error
    return session


class Answer:
    """What a query gives, fetched when it is asked for, as DuckDB's would be."""

    def __init__(self, rows: DataFrame) -> None:
        self._rows = rows

    def to_arrow_table(self) -> pa.Table:
        """Return all rows; times are UTC, to the microsecond, and say so to nobody."""
        table, time = self._rows.toArrow(), pa.timestamp("us")
        types = [(f.name, time if pa.types.is_timestamp(f.type) else f.type) for f in table.schema]
        return table.cast(pa.schema(types))

    def fetchall(self) -> list[Row]:
        """Return all rows as tuples."""
        table = self.to_arrow_table()
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

    def fetchone(self) -> Row | None:
        """Return the first row, or None."""
        return next(iter(Answer(self._rows.limit(1)).fetchall()), None)

    def df(self) -> pd.DataFrame:
        """Return all rows as pandas."""
        return self.to_arrow_table().to_pandas()


@dataclass(frozen=True)
class SparkTables(Database):
    """The checked tables in a Spark session: a view each, over Parquet in the folder ``work``; features of one's own are not made here."""

    session: SparkSession
    work: str
    written: dict[str, int] = field(default_factory=dict)
    """How often each table was made: no version is written over while another may be read from it."""
    dialect: ClassVar[str] = "pyspark"
    home: ClassVar[str] = ""

    def digest(self, name: str, columns: Sequence[str]) -> str:
        """Return a hash of the rows of a table, whatever their order; not the one that DuckDB gives."""
        listed = ", ".join(f"`{column}`, `{column}` IS NULL" for column in columns)
        query = f"SELECT count(*) AS rows, bit_xor(xxhash64({listed})) AS hash FROM {name}"
        return str(tuple(self.session.sql(query).collect()[0]))

    def sql(self, query: str) -> Answer:
        """Run SQL in DuckDB's dialect: a query is answered, ``CREATE TABLE … AS`` makes a table, ``DROP TABLE`` forgets it."""
        statement = sqlglot.parse_one(query, read="duckdb")
        if isinstance(statement, exp.Create):
            made = self.session.sql(translated(statement.expression.sql(dialect="duckdb")))
            return Answer(self.keep(statement.this.name, made))
        if isinstance(statement, exp.Drop):
            return Answer(self.session.sql(f"DROP VIEW IF EXISTS {statement.this.name}"))
        return Answer(self.session.sql(translated(query)))

    def make(self, name: str, query: str) -> None:
        """Make a table of what a query in Spark's dialect gives."""
        self.keep(name, self.session.sql(query))

    def make_all(self, queries: Mapping[str, str]) -> None:
        """Make several tables, none of which reads another of them: at once, so that one's last task keeps none waiting."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda item: self.make(*item), queries.items()))

    def keep(self, name: str, rows: DataFrame) -> DataFrame:
        """Write rows down as a table, and return it."""
        self.written[name] = self.written.get(name, 0) + 1
        path = f"{self.work}/{name}-{self.written[name]}"
        rows.write.mode("overwrite").parquet(path)
        # The schema is told: else a job would look for it in the files, for each table.
        kept = self.session.read.schema(rows.schema).parquet(path)
        kept.createOrReplaceTempView(name)
        return kept

    def rows(self, query: str) -> DataFrame:
        """Return what SQL in DuckDB's dialect gives, without fetching it."""
        return self.session.sql(translated(query))

    def empty(self, name: str, schema: str) -> None:
        """Make a table without rows."""
        self.session.createDataFrame([], schema).createOrReplaceTempView(name)


@contextmanager
def open_spark(
    address: str | Path,
    engine: str = "spark",
    *,
    work: str | None = None,
    quarantine: str | None = None,
    leave_out: frozenset[str] = frozenset(),
    settled: bool = False,
    goal: str | None = None,
) -> Iterator[SparkTables]:
    """Read, check and type the tables at ``address`` on Spark, as :func:`suasion.features.tables.open.open_tables` does on one machine.

    Parameters
    ----------
    address
        A folder of Parquet or CSV as the cluster sees it (``s3a://…``, ``hdfs://…``, a path), or ``catalog:SCHEMA``.
    engine
        As for :func:`connect`.
    work
        Folder that driver and executors can write to. None makes one on this machine, gone at the end: right only where
        all of Spark runs here.
    quarantine
        Folder for the rows set aside, as JSON lines, a folder a table. None: ``quarantine`` in ``work``, or only counted
        where that is a temporary one.
    """
    step("waiting for Spark")
    session = connect(engine)
    here = None
    if work is not None:
        quarantine = quarantine or f"{work.rstrip('/')}/quarantine"
    else:
        here = work = tempfile.mkdtemp(prefix="suasion-")
    try:
        raws = {
            name: raw
            for name in TABLES
            if name not in leave_out and (raw := _find(session, str(address), name))
        }
        tables = SparkTables(session, work.rstrip("/"), settled=settled, goal=goal)
        people = _read_people(_find(session, str(address), PEOPLE.name), tables, quarantine)
        ids = people.everyone(opted_out(address))
        for name, raw in raws.items():
            if condition := rows_of_others(raw.rows.columns, ids):
                raws[name] = replace(raw, rows=raw.rows.where(translated(condition)))
        require_tables(raws, str(address))
        declared = {name: with_accounts(table) if people else table for name, table in TABLES.items()}
        step("reading and checking")
        of: dict[str, tuple[TableReport, set[str]]] = {}
        for names in _IN_TURN:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                found_in = pool.map(lambda n: _check(declared[n], raws.get(n), tables, quarantine), names)
                of |= dict(zip(names, found_in, strict=True))
        checked = [of[name] for name in TABLES]
        extras = tuple(sorted(set[str]().union(*(free for _, free in checked))))
        for name, table in TABLES.items():
            if free := table.extras(extras):
                rows = session.table(name)
                more = [f"CAST(NULL AS double) AS `{extra}`" for extra in free if extra not in rows.columns]
                rows.selectExpr("*", *more).createOrReplaceTempView(name)
        reports = tuple(report for report, _ in checked)
        present = frozenset(report.table for report in reports if report.kept)
        if people.report:
            reports = (*reports, people.report)
        yield replace(tables, reports=reports, extras=extras, present=present, people=people)
    finally:
        if here is not None:
            shutil.rmtree(here, ignore_errors=True)


def _read_people(raw: _Raw | None, tables: SparkTables, quarantine: str | None) -> People:
    """Return whose the accounts are, and make the table that rows are joined with; they come to the driver, as accounts and no posts."""
    report, _ = _check(PEOPLE, raw, tables, quarantine)
    last = f"superseded_at = TIMESTAMP '{NEVER}'"
    rows = tables.sql(f"SELECT account_id, influencer_id, is_same FROM people WHERE {last} ORDER BY row_id")
    people = people_of(rows.fetchall(), report if raw else None)
    joined = pd.DataFrame(people.persons.items(), columns=["account_id", "person_id"])
    if people:
        tables.session.createDataFrame(joined).createOrReplaceTempView(JOINED)
    return people


@dataclass(frozen=True)
class _Raw:
    rows: DataFrame
    where: str
    broken: bool = False
    """Whether lines that could not be split are in the column ``_broken``."""


def _find(session: SparkSession, address: str, name: str) -> _Raw | None:
    if address.startswith(CATALOG):
        place = f"{address.removeprefix(CATALOG)}.{name}"
        return _Raw(session.table(place), place) if session.catalog.tableExists(place) else None
    raws = []
    for suffix, read in ((".parquet", _parquet), ("", _parquet), (".csv", _csv), (".csv.gz", _csv)):
        place = f"{address.rstrip('/')}/{name}{suffix}"
        try:
            raws.append(read(session, place))
        except AnalysisException as error:
            if "PATH_NOT_FOUND" not in str(error):
                raise InputError(f"{place} cannot be read ({first_line(error)}). Write it again.") from error
    if len(raws) > 1:
        places = ", ".join(raw.where for raw in raws)
        raise InputError(f"{name} is there more than once: {places}. Keep one of them.")
    return raws[0] if raws else None


def _parquet(session: SparkSession, place: str) -> _Raw:
    rows = session.read.option("mergeSchema", "true").parquet(place)
    rows.columns  # noqa: B018 - Spark Connect looks only when it must
    return _Raw(rows, place)


def _csv(session: SparkSession, place: str) -> _Raw:
    lines = session.read.text(place).take(1)
    delimiter, header = read_header(lines[0][0].removeprefix("\ufeff") if lines else "", place)
    schema = ", ".join(f"`{name}` string" for name in [*header, "_broken"])
    reader = session.read.options(header=True, multiLine=True, escape='"', sep=delimiter, enforceSchema=True)
    reader = reader.options(mode="PERMISSIVE", columnNameOfCorruptRecord="_broken")
    return _Raw(reader.schema(schema).csv(place), place, broken=True)


def _check(
    table: Table, raw: _Raw | None, tables: SparkTables, quarantine: str | None
) -> tuple[TableReport, set[str]]:
    session, name = tables.session, table.name
    if raw is None:
        tables.empty(name, _schema(table))
        return TableReport(name, None), set()
    raw = replace(raw, rows=raw.rows.withColumnsRenamed(renamed(table, raw.rows.columns, raw.where)))
    types = {f.name: _duckdb_type(f.dataType.simpleString()) for f in raw.rows.schema if f.name != "_broken"}
    extras, missing = require_columns(table, types, raw.where)
    columns = typed_columns(table, extras)
    rows = raw.rows.selectExpr("monotonically_increasing_id() + 1 AS _row", "*")
    if raw.broken:
        # Spark tells which lines are broken only to who reads every column: so they are written down first.
        rows = tables.keep(f"raw_{name}", rows)
        read, lines = rows.count(), rows.where("_broken IS NOT NULL").count()
        rows = rows.where("_broken IS NULL").drop("_broken")
    else:
        read, lines = rows.count(), 0
    rows.createOrReplaceTempView(f"numbered_{name}")
    judged = judge(table, columns, type_all(f"SELECT * FROM numbered_{name}", columns, types))
    quoted = [(quote(column.name), SQL_TYPES[column.type]) for column in columns]
    names = ", ".join(f"CAST({column} AS {kind}) AS {column}" for column, kind in quoted)
    select, joins = columns_joined(table, [column.name for column in columns])
    tables.sql(
        f"CREATE TABLE {name} AS SELECT t._row AS row_id, {select}, TIMESTAMP '{NEVER}' AS superseded_at "
        f"FROM (SELECT _row, {names} FROM ({judged}) WHERE reason IS NULL) t{joins}"
    )
    aside = tables.rows(f"SELECT _row, reason FROM ({judged}) WHERE reason IS NOT NULL")
    reasons = {"line cannot be read": lines} if lines else {}
    kept = session.table(name).count()
    if read - lines > kept:
        aside = tables.keep(f"aside_{name}", aside)
        reasons |= {row["reason"]: row["count"] for row in aside.groupBy("reason").count().collect()}
    else:
        aside = aside.limit(0)
    repeats, contradicting = _settle_repeats(table, tables)
    if contradicting is not None and (many := contradicting.count()):
        reasons[contradiction(table)] = many
        aside = aside.unionByName(contradicting)
    if quarantine and reasons:
        place = f"{quarantine.rstrip('/')}/{name}"
        aside.join(session.table(f"numbered_{name}"), "_row").write.mode("overwrite").json(place)
        if lines:
            broken = session.table(f"raw_{name}").where("_broken IS NOT NULL").select("_broken")
            broken.write.mode("overwrite").json(f"{place}_lines")
    ordered = tuple(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
    kept = session.table(name).count()
    report = TableReport(name, raw.where, read, kept, repeats, ordered, missing)
    require_rows(table, report)
    if settled_by_campaign(table):
        tables.sql(f"CREATE TABLE {name} AS {together(table, extras)}")
    return report, extras


def _settle_repeats(table: Table, tables: SparkTables) -> tuple[int, DataFrame | None]:
    """Keep one row of each key and moment, tell each version when the next was known; return repeats and contradictions."""
    name, session = table.name, tables.session
    key = ", ".join(f"`{column}`" for column in table.key)
    repeated = session.sql(f"SELECT xxhash64({key}) AS _hash FROM {name} GROUP BY 1 HAVING count(*) > 1")
    repeated = tables.keep(f"repeated_{name}", repeated)
    if repeated.isEmpty():
        return 0, None
    ours = ("row_id", "known_at", "superseded_at")
    content = [f"`{column}`" for column in session.table(name).columns if column not in (*table.key, *ours)]
    # Spark's hash passes over NULL: what is missing is told beside each value, so that 3 likes are not 3 saves.
    content_hash = f"xxhash64({', '.join(f'{one}, {one} IS NULL' for one in content)})" if content else "1"
    rows = session.table(name).selectExpr("*", f"xxhash64({key}) AS _hash")
    same = f"PARTITION BY {key}, known_at"
    versions = rows.join(repeated, "_hash", "left_semi").selectExpr(
        "*", f"{content_hash} AS _content", f"row_number() OVER ({same} ORDER BY row_id) AS _nth"
    )
    differ = f"min(_content) OVER ({same}) <> max(_content) OVER ({same}) AS _contradicts"
    versions = tables.keep(f"several_{name}", versions.selectExpr("*", differ))
    following = f"lead(known_at) OVER (PARTITION BY {key} ORDER BY known_at)"
    several = versions.where("NOT _contradicts AND _nth = 1").drop("superseded_at")
    several = several.selectExpr("*", f"coalesce({following}, TIMESTAMP_NTZ '{NEVER}') AS superseded_at")
    columns = session.table(name).columns
    once = rows.join(repeated, "_hash", "left_anti").select(columns)
    tables.keep(name, once.unionByName(several.select(columns)))
    reason = f"{literal(contradiction(table))} AS reason"
    contradicting = versions.where("_contradicts").selectExpr("row_id AS _row", reason)
    return versions.where("NOT _contradicts AND _nth > 1").count(), contradicting


def _schema(table: Table) -> str:
    columns = [f"`{column.name}` {_TYPES[column.type]}" for column in typed_columns(table, ())]
    columns += [f"`{name}` string" for name in account_columns(table)]
    return ", ".join(["row_id bigint", *columns, "superseded_at timestamp_ntz"])


def _duckdb_type(name: str) -> str:
    """Return DuckDB's name of a Spark type, as the rules ask for it."""
    if name.startswith("array"):
        return "VARCHAR[]"
    # Spark takes any bytes for a text: all of them are looked at.
    types = {"string": "BLOB", "binary": "BLOB", "double": "DOUBLE", "float": "FLOAT", "date": "DATE"}
    types |= {"timestamp_ntz": "TIMESTAMP", "timestamp": "TIMESTAMP WITH TIME ZONE", "boolean": "BOOLEAN"}
    return types.get(name, name.upper())
