"""Lands staged rows in a folder of tables: checked, put together with what is there, and each said once.

A table is a folder of Parquet files, to which an import adds one file of what is new. Importing the same twice adds nothing, and
what several exports say of one thing is put together:

- Columns that one export leaves empty in one place and fills in another are filled; of accounts also those that an earlier one filled.
- A source that tells when a row could first be known (an edit) makes a version known then.
- One that does not is believed as of the event, as first read. Where a later export says something else, that is a
  version known since that export was read. So import old exports before new ones: one that comes late is believed from the moment it was
  read until the next moment at which something else was read.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, tzinfo
from hashlib import sha256
from pathlib import Path

import duckdb

from suasion.features.errors import InputError
from suasion.features.tables.disk import on_disk
from suasion.features.tables.quarantine import one, require_columns, typed_columns, types_of
from suasion.features.tables.read import find, literal, quote
from suasion.features.tables.schema import SQL_TYPES, TABLES, Column, Table
from suasion.features.tables.validate import judge, type_all

from .fit import Span

REFERENCES = {
    "comment": ("reply_to_id", "answers to a post that is not there: whom they answer nobody can tell"),
    "reshare": ("shares_id", "reposts and quotes of a post that is not there: whose it is nobody can tell"),
}
"""Kinds of reference that a post makes to the author of another, in which column, and what is said where that one is not there."""


@dataclass(frozen=True)
class Landed:
    """What became of the rows staged for one table."""

    table: str
    staged: int
    new: int
    """Rows, or versions of rows, that were not there."""
    known: int
    """Rows that said nothing new: there before, or said more than once."""
    reasons: tuple[tuple[str, int], ...]

    @property
    def aside(self) -> int:
        """Rows set aside."""
        return self.staged - self.new - self.known


class Landing:
    """Lands the tables of one import, one after the other; ``campaigns`` before those that hang on them.

    Unless ``plain``, what is set aside is written down without what it says: where it stands has to do.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        staged: Path,
        out: Path,
        source: str,
        names: Collection[str],
        *,
        plain: bool = True,
    ) -> None:
        self.connection, self.staged, self.out, self.source = connection, staged, out, source
        self.plain = plain
        self.lost = dict[str, int]()
        """References of posts that lead to nobody, by what is said of them."""
        connection.execute("SET TimeZone = 'UTC'")
        tables = {*names, "campaigns"}
        for name in tables:
            resume(out, name)
        self.existing = find(str(out), connection, tables)
        aliases = staged / "aliases.parquet"
        none = "(SELECT '' AS other, '' AS real)"
        scan = f"read_parquet({literal(str(aliases))})" if aliases.exists() else none
        connection.execute(
            f"CREATE TABLE aliases AS SELECT other, any_value(real) AS real FROM {scan} GROUP BY other"
        )
        connection.execute("CREATE TABLE aside (file VARCHAR, line BIGINT, reason VARCHAR, row VARCHAR)")

    def stage(self, table: Table) -> bool:
        """Make ``raw_…`` of what an importer wrote for a table; whether there is anything."""
        path = self.staged / f"{table.name}.parquet"
        if not path.exists():
            return False
        links = [name for name in ("reply_to_id", "shares_id") if any(name == c.name for c in table.columns)]
        joins = "".join(f" LEFT JOIN aliases a{n} ON a{n}.other = s.{name}" for n, name in enumerate(links))
        resolved = ", ".join(f"coalesce(a{n}.real, s.{name}) AS {name}" for n, name in enumerate(links))
        self.connection.execute(
            f"CREATE TABLE raw_{table.name} AS SELECT s.* {f'REPLACE ({resolved})' if links else ''} FROM "
            f"(SELECT row_number() OVER () AS _row, * FROM read_parquet({literal(str(path))})) s{joins}"
        )
        return True

    def tell_references(self) -> None:
        """Add to the staged mentions that whoever answers or reshares a post refers to its author, where both are known now; count the others.

        A reply may have come with an earlier import than the post it answers, or the other way round.
        """
        here = self._rows("raw_posts")
        there = self.existing.get("posts")
        before = self._typed(there.table) if there else None
        pairs = [(here, here)] + ([(here, before), (before, here)] if before else [])
        union = " UNION ".join(
            f"SELECT r.author_id AS referrer_id, p.author_id AS influencer_id, {literal(kind)} AS kind, r.created_at, r.post_id, r.known_at, r.read_at "
            f"FROM {replies} r JOIN (SELECT DISTINCT post_id, author_id FROM {parents}) p ON r.{column} = p.post_id "
            "WHERE r.author_id <> p.author_id"
            for kind, (column, _) in REFERENCES.items()
            for replies, parents in pairs
        )
        columns = "referrer_id VARCHAR, influencer_id VARCHAR, kind VARCHAR, created_at VARCHAR, post_id VARCHAR, known_at VARCHAR"
        self.connection.execute(
            f"CREATE TABLE IF NOT EXISTS raw_mentions (_row BIGINT, {columns}, read_at VARCHAR, _file VARCHAR, _line BIGINT, _problem VARCHAR)"
        )
        self.connection.execute(
            "INSERT INTO raw_mentions BY NAME SELECT "
            "(SELECT count(*) FROM raw_mentions) + row_number() OVER () AS _row, referrer_id, influencer_id, kind, "
            "created_at::VARCHAR AS created_at, post_id, min(known_at)::VARCHAR AS known_at, min(read_at)::VARCHAR AS read_at "
            f"FROM ({union}) GROUP BY referrer_id, influencer_id, kind, created_at, post_id"
        )
        ids = " UNION ALL ".join(f"SELECT post_id FROM {posts}" for posts in (here, before) if posts)
        for kind, (column, said) in REFERENCES.items():
            lost = one(
                self.connection,
                f"SELECT count(*) FROM (SELECT r.post_id FROM raw_posts r ANTI JOIN ({ids}) p ON r.{column} = p.post_id "
                f"WHERE r._problem IS NULL AND r.author_id IS NOT NULL AND r.{column} IS NOT NULL "
                f"GROUP BY r.post_id HAVING NOT bool_or(contains(r._whose, {literal(kind)})))",
            )
            if lost:
                self.lost[said] = lost

    def _rows(self, raw: str) -> str:
        moment = "TRY_CAST({0} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS {0}"
        times = ", ".join(moment.format(name) for name in ("created_at", "known_at", "read_at"))
        return (
            f"(SELECT post_id, author_id, reply_to_id, shares_id, {times} FROM {raw} WHERE _problem IS NULL)"
        )

    def _typed(self, name: str) -> str:
        return self._existing(TABLES[name], ())

    def _existing(self, table: Table, extras: tuple[str, ...]) -> str:
        """Return SQL for the rows of a table that are in the folder already, typed, with ``read_at``."""
        raw = self.existing.get(table.name)
        columns = [*typed_columns(table, extras), _READ]
        if raw is None:
            empty = ", ".join(f"NULL::{SQL_TYPES[column.type]} AS {quote(column.name)}" for column in columns)
            return f"(SELECT {empty} WHERE false)"
        types = types_of(raw, self.connection)
        require_columns(table, types, raw.where)
        return f"({type_all(f'SELECT row_number() OVER () AS _row, * FROM ({raw.sql})', columns, types)})"

    def bring_campaigns(self) -> None:
        """Make ``campaigns``, by which the rules judge outcomes and candidates: those staged and those that are there."""
        table = TABLES["campaigns"]
        columns = ", ".join(quote(column.name) for column in typed_columns(table, ()))
        staged = self.connection.execute(
            "SELECT 1 FROM duckdb_tables() WHERE table_name = 'judged_campaigns'"
        ).fetchone()
        here = f" UNION ALL SELECT {columns} FROM judged_campaigns WHERE reason IS NULL" if staged else ""
        known = f"SELECT * REPLACE (coalesce(known_at, starts_at) AS known_at) FROM (SELECT {columns} FROM {self._typed('campaigns')}{here})"
        self.connection.execute(f"CREATE OR REPLACE TABLE campaigns AS {known}")

    def judge(self, table: Table, extras: tuple[str, ...], *, strict: bool) -> None:
        """Make ``judged_…`` of the staged rows, each with the first reason to put it aside, and put those with one aside."""
        connection, name = self.connection, table.name
        columns = [*typed_columns(table, extras), _READ]
        types = {row[0]: row[1] for row in connection.execute(f"DESCRIBE raw_{name}").fetchall()}
        judged = judge(table, columns, type_all(f"SELECT * FROM raw_{name}", columns, types))
        connection.execute(
            f"CREATE TABLE judged_{name} AS SELECT j.* REPLACE (coalesce(r._problem, j.reason) AS reason), "
            f"r.known_at IS NOT NULL AS stated FROM ({judged}) j JOIN raw_{name} r USING (_row)"
        )
        if strict:
            key = ", ".join(map(quote, table.key))
            content = [c.name for c in typed_columns(table, extras) if c.name not in (*table.key, "known_at")]
            differ = " OR ".join(f"count(DISTINCT {quote(c)}) > 1" for c in content) or "false"
            connection.execute(
                f"UPDATE judged_{name} SET reason = {literal(_contradicts(table))} WHERE reason IS NULL AND hash({key}, known_at) IN "
                f"(SELECT hash({key}, known_at) FROM judged_{name} WHERE reason IS NULL GROUP BY {key}, known_at HAVING {differ})"
            )
        said = "to_json(r)" if self.plain else "''"
        connection.execute(
            f"INSERT INTO aside SELECT _file, _line, {literal(name + ': ')} || reason, {said} FROM "
            f"(SELECT _row, reason FROM judged_{name} WHERE reason IS NOT NULL) JOIN "
            f"(SELECT *, {{{', '.join(f'{literal(c)}: {quote(c)}' for c in types if not c.startswith('_'))}}} AS r FROM raw_{name}) USING (_row)"
        )

    def land(self, table: Table, extras: tuple[str, ...] = (), *, strict: bool = False) -> Landed:
        """Add what is new to the folder; :meth:`stage` has been called before. ``strict``: as :attr:`.source.Source.strict`."""
        connection, name = self.connection, table.name
        self.judge(table, extras, strict=strict)
        names = [column.name for column in typed_columns(table, extras) if column.name != "known_at"]
        self._gather(table, extras, names)
        self._tell(table, names)
        self._write(table, names)
        staged = one(connection, f"SELECT count(*) FROM raw_{name}")
        fresh = one(connection, f"SELECT count(*) FROM new_{name} WHERE _fresh")
        reasons = connection.execute(
            f"SELECT reason, count(*) FROM judged_{name} WHERE reason IS NOT NULL GROUP BY 1 "
            f"UNION ALL SELECT {literal(_contradicts(table))}, count(*) FROM stated_{name} "
            "WHERE _fresh AND _content <> _first HAVING count(*) > 0 ORDER BY 2 DESC, 1"
        ).fetchall()
        known = staged - fresh - sum(count for _, count in reasons)
        assert known >= 0, f"more rows of {name} came of an import than it held"
        return Landed(name, staged, fresh, known, tuple(reasons))

    def _gather(self, table: Table, extras: tuple[str, ...], names: list[str]) -> None:
        """Make ``said_…``, what the exports say of each key, and ``there_…``, what is there of the same keys."""
        connection, name = self.connection, table.name
        key = ", ".join(map(quote, table.key))
        content = [column for column in names if column not in table.key]
        hashed = f"hash({', '.join(map(quote, content))})" if content else "1"
        last = "".join(
            f", arg_max({quote(c)}, _row) FILTER ({quote(c)} IS NOT NULL) AS {quote(c)}" for c in content
        )
        stated = f"SELECT * REPLACE (CASE WHEN stated THEN known_at END AS known_at) FROM judged_{name} WHERE reason IS NULL"
        matches = " AND ".join(f"e.{quote(c)} IS NOT DISTINCT FROM s.{quote(c)}" for c in table.key)
        connection.execute(
            f"CREATE TABLE said_{name} AS SELECT {key}, known_at, read_at{last} FROM ({stated}) GROUP BY {key}, known_at, read_at"
        )
        connection.execute(
            f"CREATE TABLE there_{name} AS SELECT {', '.join(map(quote, names))}, known_at, read_at, {hashed} AS _content "
            f"FROM {self._existing(table, extras)} e WHERE EXISTS (SELECT 1 FROM said_{name} s WHERE {matches})"
        )
        for column in map(quote, content if table.lasting else ()):
            connection.execute(
                f"UPDATE said_{name} s SET {column} = (SELECT arg_max(e.{column}, e.read_at) FROM there_{name} e "
                f"WHERE {matches} AND e.read_at <= s.read_at) WHERE {column} IS NULL"
            )
        connection.execute(
            f"CREATE OR REPLACE TABLE said_{name} AS SELECT *, {hashed} AS _content FROM said_{name}"
        )

    def _tell(self, table: Table, names: list[str]) -> None:
        """Make ``new_…``: the versions that have to be added so that everything said is told as it was said."""
        connection, name = self.connection, table.name
        both, key = ", ".join(map(quote, names)), ", ".join(map(quote, table.key))
        # What hangs on its campaign is known by that; the row itself does not tell when.
        default = "NULL::TIMESTAMP" if "c." in table.known else table.known
        begins = f"coalesce(known_at, {default})"
        connection.execute(
            f"CREATE TABLE stated_{name} AS SELECT *, first_value(_content) OVER w AS _first, row_number() OVER w AS _nth FROM ("
            f"SELECT {both}, known_at, read_at, _content, coalesce({begins}, TIMESTAMP '1970-01-02') AS _at, false AS _fresh FROM there_{name} "
            f"UNION ALL SELECT {both}, known_at, read_at, _content, known_at, true FROM said_{name} WHERE known_at IS NOT NULL) "
            f"WINDOW w AS (PARTITION BY {key}, _at ORDER BY _fresh, read_at, _content)"
        )
        shown_columns = (*(names if self.plain else table.key), "known_at")
        row = ", ".join(f"{literal(c)}: {quote(c)}" for c in shown_columns)
        connection.execute(
            f"INSERT INTO aside SELECT NULL, NULL, {literal(f'{name}: {_contradicts(table)}')}, to_json({{{row}}}) "
            f"FROM stated_{name} WHERE _fresh AND _content <> _first"
        )
        # Every event tells what holds from then on; so what held before one is what the event before it tells.
        read = f"greatest(read_at, coalesce({begins}, read_at) + INTERVAL 1 MICROSECOND)"
        events = (
            f"SELECT {both}, known_at, read_at, _content, _at, _fresh, 0 AS _kind FROM stated_{name} WHERE _nth = 1 "
            f"UNION ALL SELECT {both}, NULL, read_at, _content, {read}, false, 1 FROM there_{name} WHERE read_at IS NOT NULL "
            f"UNION ALL SELECT {both}, NULL, read_at, _content, {read}, true, 2 FROM said_{name} WHERE known_at IS NULL"
        )
        connection.execute(
            f"CREATE TABLE new_{name} AS SELECT {both}, CASE WHEN _kind = 0 THEN known_at WHEN _before IS NOT NULL THEN _at END AS known_at, "
            f"read_at, _fresh FROM (SELECT *, lag(_content) OVER (PARTITION BY {key} ORDER BY _at, _kind, read_at) AS _before FROM ({events})) "
            "WHERE (_fresh OR _kind > 0) AND _content IS DISTINCT FROM _before"
        )

    def _write(self, table: Table, names: list[str]) -> None:
        """Write what is new to a file of its own, whole or not at all, named by what it says."""
        connection, name = self.connection, table.name
        if not one(connection, f"SELECT count(*) FROM new_{name}"):
            return
        order = ", ".join(map(quote, dict.fromkeys((table.time, *table.key, "known_at"))))
        rows = f"SELECT {', '.join(map(quote, names))}, known_at, read_at FROM new_{name} ORDER BY {order}"
        with on_disk(self.out, lambda: f"what is new of {name} takes more", "name another place"):
            folder = room(self.out, name)
            partial = folder / f".{self.source}.partial"
            connection.execute(f"COPY ({rows}) TO {literal(str(partial))} (FORMAT parquet, COMPRESSION zstd)")
            digest = sha256(partial.read_bytes()).hexdigest()[:16]
            partial.replace(folder / f"{self.source}-{digest}.parquet")


_READ = Column("read_at", "time", "when the export that says so was read")


def _contradicts(table: Table) -> str:
    said = f"contradicts another row of the same {', '.join(table.key)} and known_at"
    if table.name == "outcomes":
        said += (
            " (of one influencer at several times, each is a campaign: name them apart in a column Campaign)"
        )
    return said


def ids_in(out: Path) -> dict[str, frozenset[str]]:
    """Return the ids of campaigns, and of people with outcomes or posts, that tables in a folder hold; none where it cannot be read."""
    named = {"campaigns": "campaign_id", "outcomes": "influencer_id", "posts": "author_id"}
    ids: dict[str, frozenset[str]] = {}
    with duckdb.connect() as connection, suppress(InputError, duckdb.Error):
        for name, raw in (find(str(out), connection, named) if out.is_dir() else {}).items():
            field = named[name].replace("author", "influencer")
            rows = connection.execute(f"SELECT DISTINCT {named[name]}::VARCHAR FROM ({raw.sql})").fetchall()
            ids[field] = ids.get(field, frozenset()) | {value for (value,) in rows if value}
    return ids


def spans_in(out: Path, zone: tzinfo) -> dict[str, Span]:
    """Return the first and the last day of each campaign that tables in a folder hold; none where they cannot be read."""
    spans: dict[str, Span] = {}
    with duckdb.connect() as connection, suppress(InputError, duckdb.Error):
        for raw in (find(str(out), connection, ["campaigns"]) if out.is_dir() else {}).values():
            query = f"SELECT campaign_id::VARCHAR, starts_at::TIMESTAMP, ends_at::TIMESTAMP FROM ({raw.sql})"
            for name, *edges in connection.execute(query).fetchall():
                first, last = (at and at.replace(tzinfo=UTC).astimezone(zone).date() for at in edges)
                if first and last:
                    spans[name] = first, last
    return spans


def refuse_csv(out: Path, name: str) -> None:
    """Refuse a table to which no import can add.

    Raises
    ------
    InputError
        When it is a CSV file.
    """
    for suffix in (".csv", ".csv.gz"):
        if (out / f"{name}{suffix}").exists():
            raise InputError(
                f"{out / f'{name}{suffix}'} is a CSV file, to which an import adds nothing. Import into another folder, "
                "or bring that file in with `suasion import csv` and remove it."
            )


def resume(out: Path, name: str) -> None:
    """Take up what an import that was killed left of a table's folder: moved half way, or made and not filled."""
    folder, moved = out / name, out / f".{name}.moving"
    if moved.exists() and not folder.exists():
        moved.replace(folder)
    if folder.is_dir() and all(path.suffix == ".partial" for path in folder.iterdir()):
        shutil.rmtree(folder, ignore_errors=True)


def room(out: Path, name: str) -> Path:
    """Return the folder of a table's files; a single Parquet file becomes the first of them."""
    refuse_csv(out, name)
    folder, single = out / name, out / f"{name}.parquet"
    if single.exists():
        moved = out / f".{name}.moving"
        moved.mkdir(exist_ok=True)
        single.replace(moved / "first.parquet")
        moved.replace(folder)
    folder.mkdir(exist_ok=True)
    return folder
