"""Tables that stay checked: what was read yesterday is not read again today.

With a store (``SUASION_STORE``) the working database of a folder of Parquet outlives the program: files it has seen, which
are the same by size and time of change, are not read again, and new ones are sifted and added. What came out is what reading
everything anew would give, for the same rules are at work: where a new file says something about an old row that adding
cannot settle (a contradiction), or an old file has changed or gone, that table is read anew. Kept with the tables are what hangs on
their rows alone: vectors, judged criticism, the standing of past months.

One program at a time has the kept tables; another that comes meanwhile reads into a database of its own, as without a store.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import duckdb

from suasion.features.errors import InputError
from suasion.features.privacy.optout import without
from suasion.features.text.language import HEARD_BY

from .code_hash import digest_of
from .disk import is_full, on_disk, size_of, size_words, working_folder
from .quarantine import (
    TableReport,
    count_rows,
    drop_stages,
    hash_of_key,
    one,
    require_columns,
    settle_repeats,
    sift,
    sort_out,
    types_of,
    write_quarantine,
)
from .read import Raw, columns_of, literal, number_files, parquet_files, quote
from .schema import NEVER, TABLES, Table

_HANG_ON_CAMPAIGNS = ("candidates", "outcomes")
_OWN = ("kept_files", "kept_reports", "kept_aside", "kept_contradicted", "kept_vectors")
_LATER = ("marks", "standing", "ranked_months")


@dataclass(frozen=True)
class Working:
    """A working database, the folder beside it, and the ledger of what it has seen; None where it will be gone."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    ledger: Ledger | None


_ELSEWHERE = "name a folder on another disk in TMPDIR (or SUASION_STORE)"


@contextmanager
def working_database(
    store: Path | None,
    address: str,
    leave_out: frozenset[str],
    opted_out: tuple[str, ...] = (),
    people: str = "",
) -> Iterator[Working]:
    """Open the kept database of an address, or one that is removed at the end; ``people`` is a hash of whose the accounts are."""
    place = _place(store, address, leave_out, opted_out, people)
    with _hold(place) as held:
        if place is not None and held:
            room = on_disk(place, lambda: needed_for(address), _ELSEWHERE)
            with room, closing(_connect(place)) as connection:
                yield Working(connection, place, Ledger(connection, place, opted_out))
            return
    with (
        working_folder(lambda: needed_for(address), _ELSEWHERE) as folder,
        closing(duckdb.connect(folder / "work.duckdb")) as connection,
    ):
        yield Working(connection, folder, None)


def needed_for(address: str) -> str:
    """Return in words how much space a working database takes."""
    return (
        f"the working database takes about as much as the data, {size_words(size_of(Path(address)))}, or more"
    )


def _place(
    store: Path | None, address: str, leave_out: frozenset[str], opted_out: tuple[str, ...], people: str
) -> Path | None:
    if store is None or "://" in address or not Path(address).is_dir():
        return None
    # What was worked out by other code, by another DuckDB or another judge of criticism, is worked out anew.
    worked_by = [duckdb.__version__, HEARD_BY, digest_of("engine.matrix")]
    parts = [str(Path(address).resolve()), sorted(leave_out), list(opted_out), people, *worked_by]
    return store / "tables" / hashlib.md5(json.dumps(parts).encode(), usedforsecurity=False).hexdigest()


@contextmanager
def _hold(place: Path | None) -> Iterator[bool]:
    """Hold a kept database, if nobody else does and this system can tell."""
    try:
        import fcntl
    except ImportError:
        place = None
    if place is None:
        yield False
        return
    try:
        place.mkdir(parents=True, exist_ok=True)
        lock = (place / "lock").open("w")
    except OSError as error:
        raise InputError(
            f"The store {place.parents[1]} cannot be written ({error}). Give a folder that can, or unset SUASION_STORE."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


def _connect(place: Path) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(place / "work.duckdb")
    except duckdb.Error as error:
        if is_full(error):
            raise
        for path in place.glob("*"):  # damaged: it holds nothing that cannot be read again
            if path.name != "lock":
                path.unlink()
        return duckdb.connect(place / "work.duckdb")


@dataclass(frozen=True)
class File:
    """A file as it was when it was read."""

    path: str
    size: int
    changed: int


class Ledger:
    """What a kept database has seen, and how it takes in what is new."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, folder: Path, opted_out: tuple[str, ...] = ()
    ) -> None:
        self.connection, self.folder, self.opted_out = connection, folder, opted_out
        connection.execute(
            "CREATE TABLE IF NOT EXISTS kept_files (name VARCHAR, path VARCHAR, size BIGINT, changed BIGINT, rows BIGINT); "
            "CREATE TABLE IF NOT EXISTS kept_reports (name VARCHAR, report JSON, extras JSON); "
            "CREATE TABLE IF NOT EXISTS kept_aside (name VARCHAR, record BIGINT, line BIGINT, reason VARCHAR, row JSON); "
            "CREATE TABLE IF NOT EXISTS kept_contradicted (name VARCHAR, hash UBIGINT); "
            "CREATE TABLE IF NOT EXISTS kept_vectors (name VARCHAR, rows BIGINT)"
        )
        known = {*_OWN, *_LATER, *TABLES}
        for name, kind in connection.execute(
            "SELECT table_name, table_type FROM information_schema.tables WHERE table_catalog = 'work'"
        ).fetchall():
            if name not in known:  # made for one question, by a program that ended before it could tidy up
                connection.execute(f"DROP {'VIEW' if kind == 'VIEW' else 'TABLE'} {quote(name)}")

    def bring(self, table: Table, raw: Raw | None, quarantine: Path | None) -> tuple[TableReport, set[str]]:
        """Bring a table up to what its files hold; whole or not at all."""
        connection, name = self.connection, table.name
        files = _files(raw)
        seen = self._seen(name)
        entry = self._report(name)
        if entry is None or raw is None or files is None or not seen <= set(files):
            entry = self._anew(table, raw, files)
        elif seen < set(files):
            new = [file for file in files if file not in seen]
            alone = name not in (*_HANG_ON_CAMPAIGNS, "campaigns")
            entry = (self._add(table, raw, new, *entry) if alone else None) or self._anew(table, raw, files)
        aside = f"(SELECT record, line, reason, row FROM kept_aside WHERE name = {literal(name)})"
        unwritten = write_quarantine(name, connection, quarantine, aside if raw else None)
        return replace(entry[0], unwritten=unwritten), entry[1]

    def _anew(self, table: Table, raw: Raw | None, files: list[File] | None) -> tuple[TableReport, set[str]]:
        connection, name = self.connection, table.name
        if name == "campaigns":
            # What hangs on them is judged anew, by this run or, if it is interrupted, by the next.
            connection.execute(f"DELETE FROM kept_reports WHERE name IN {_HANG_ON_CAMPAIGNS}")
        for kept in ("kept_files", "kept_reports", "kept_aside", "kept_contradicted"):
            connection.execute(f"DELETE FROM {kept} WHERE name = {literal(name)}")
        connection.execute(f"DROP TABLE IF EXISTS {name}")
        if name == "posts":
            connection.execute("DROP TABLE IF EXISTS marks; DELETE FROM kept_vectors")
        if name == "mentions":
            connection.execute("DROP TABLE IF EXISTS standing; DROP TABLE IF EXISTS ranked_months")
        report, extras = sift(table, raw, connection, None, keep=self._keep, opted_out=self.opted_out)
        if files is not None:
            self._write(report, extras, files)
        return report, extras

    def _add(
        self, table: Table, raw: Raw, new: list[File], before: TableReport, extras: set[str]
    ) -> tuple[TableReport, set[str]] | None:
        """Sift new files and add them, whole or not at all; None where that cannot settle what they say."""
        added = None
        self.connection.begin()
        try:
            with suppress(duckdb.Error):  # text that is no UTF-8, say, is read another way
                added = self._added(table, raw, new, before, extras)
        finally:
            if added is None:
                self.connection.rollback()
            else:
                self.connection.commit()
        return added

    def _added(
        self, table: Table, raw: Raw, new: list[File], before: TableReport, extras: set[str]
    ) -> tuple[TableReport, set[str]] | None:
        connection, name = self.connection, table.name
        rows = one(connection, f"SELECT coalesce(sum(rows), 0) FROM kept_files WHERE name = {literal(name)}")
        numbered = number_files([file.path for file in new], connection, after=rows)
        types = types_of(replace(raw, sql=numbered), connection)
        free_columns, absent = require_columns(table, types, raw.where)
        numbered = without(numbered, types, self.opted_out)
        fresh = replace(table, name=f"fresh_{name}")
        sort_out(fresh, numbered, types, free_columns, connection)
        first = connection.execute(f"SELECT min(known_at) FROM {fresh.name}").fetchone()
        report = count_rows(fresh, replace(raw, unreadable=None), numbered, connection, absent)
        key = hash_of_key(table)
        self._keep(fresh, name)
        contradicted = f"SELECT hash FROM kept_contradicted WHERE name = {literal(name)}"
        fresh_keys = f"SELECT {key} FROM {fresh.name}"
        both = f"{fresh_keys} UNION ALL SELECT {key} FROM {name}"
        if one(connection, f"SELECT count(*) FROM ({both}) t(h) WHERE h IN ({contradicted})"):
            return None
        again = one(connection, f"SELECT count(*) FROM {name} WHERE {key} IN ({fresh_keys})")
        last = f" REPLACE (TIMESTAMP '{NEVER}' AS superseded_at)" if again else ""
        connection.execute(f"INSERT INTO {name} BY NAME SELECT *{last} FROM {fresh.name}")
        repeats = 0
        if again:
            connection.execute(f"CREATE OR REPLACE TABLE aside_{name} (_row BIGINT, reason VARCHAR)")
            settle_repeats(table, connection, among=fresh_keys)
            if one(connection, f"SELECT count(*) FROM aside_{name}"):
                return None
            repeats = one(connection, f"SELECT count(*) FROM unique_{name} WHERE nth > 1")
        drop_stages(name, connection)
        drop_stages(fresh.name, connection)
        connection.execute(f"DROP TABLE {fresh.name}")
        if name == "mentions" and first and first[0] is not None:
            for made in ("standing", "ranked_months"):
                with suppress(duckdb.CatalogException):
                    connection.execute(f"DELETE FROM {made} WHERE month > ?", [first[0]])
        reasons = Counter(dict(before.reasons)) + Counter(dict(report.reasons))
        whole = replace(
            before,
            where=raw.where,
            read=before.read + report.read,
            kept=one(connection, f"SELECT count(*) FROM {name}"),
            repeats=before.repeats + report.repeats + repeats,
            reasons=tuple(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
            absent_columns=tuple(column for column in before.absent_columns if column in absent),
        )
        self._write(whole, extras | free_columns, new)
        return whole, extras | free_columns

    def _keep(self, table: Table, as_name: str | None = None) -> None:
        """Keep the rows set aside, and the keys of those that contradict."""
        name, stored = table.name, literal(as_name or table.name)
        self.connection.execute(
            f"INSERT INTO kept_contradicted SELECT {stored}, {hash_of_key(table)} FROM unique_{name} WHERE contradicts"
        )
        if "record" in columns_of(f"aside_{name}", self.connection):
            self.connection.execute(
                f"INSERT INTO kept_aside SELECT {stored}, record, line, reason, row FROM aside_{name}"
            )

    def _seen(self, name: str) -> set[File]:
        query = "SELECT path, size, changed FROM kept_files WHERE name = ?"
        return {File(*row) for row in self.connection.execute(query, [name]).fetchall()}

    def _report(self, name: str) -> tuple[TableReport, set[str]] | None:
        query = "SELECT report, extras FROM kept_reports WHERE name = ?"
        row = self.connection.execute(query, [name]).fetchone()
        if row is None:
            return None
        fields = json.loads(row[0])
        fields["reasons"] = tuple((reason, count) for reason, count in fields["reasons"])
        fields["absent_columns"] = tuple(fields["absent_columns"])
        return TableReport(**fields), set(json.loads(row[1]))

    def _write(self, report: TableReport, extras: set[str], files: list[File]) -> None:
        for file in files:
            rows = one(self.connection, f"SELECT num_rows FROM parquet_file_metadata({literal(file.path)})")
            self.connection.execute(
                "INSERT INTO kept_files VALUES (?, ?, ?, ?, ?)",
                [report.table, file.path, file.size, file.changed, rows],
            )
        # Last, for it says that the table is whole: one without a report is read anew.
        values = [report.table, json.dumps(asdict(report)), json.dumps(sorted(extras))]
        self.connection.execute("DELETE FROM kept_reports WHERE name = ?", [report.table])
        self.connection.execute("INSERT INTO kept_reports VALUES (?, ?, ?)", values)


def drop_kept(store: Path) -> int:
    """Remove all kept tables of a store and return how many; whose they are no name tells, and making them again costs only time."""
    kept = [path for path in (store / "tables").glob("*") if path.is_dir()]
    for path in kept:
        shutil.rmtree(path, ignore_errors=True)
    return len(kept)


def _files(raw: Raw | None) -> list[File] | None:
    """Return the Parquet files of a table; None where it is of another kind."""
    if raw is None or raw.numbered is None:
        return None
    paths = parquet_files(Path(raw.where))
    stats = [Path(path).stat() for path in paths]
    return [File(path, s.st_size, s.st_mtime_ns) for path, s in zip(paths, stats, strict=True)]
