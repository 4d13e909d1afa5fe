"""Takes a person out of a folder of tables, of what was set aside, and of the store, and sees to it that they stay out.

Removed are all rows that name them or count what a post of theirs brought; the posts of others stay, but no longer say that they
answered or shared one of theirs, nor name their handle or an address of theirs. What others wrote about somebody in plain words cannot be
found. Files are rewritten whole or not at all, one after the other: interrupted, running it again does the rest.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from suasion.features.attribution.attribute import ORDERS_FILE
from suasion.features.attribution.orders import COMMERCE
from suasion.features.errors import InputError
from suasion.features.identity.accounts import read_people
from suasion.features.sources.fetch.saved import FOLDER as FETCHED
from suasion.features.sources.fetch.saved import folder_of
from suasion.features.sources.reading.profile import PROFILES
from suasion.features.sources.reading.source import LEDGER
from suasion.features.tables.files import rewrite_csv, whole_file, write_parquet
from suasion.features.tables.quarantine import one
from suasion.features.tables.read import DATABASE_SUFFIXES, SUFFIXES, columns_of, literal, parquet_files
from suasion.features.tables.schema import PEOPLE, TABLES
from suasion.features.tables.store import drop_kept

from .optout import MARK, OPT_OUT, PERSONAL, Pseudonyms, read_list, rows_of_others
from .spoken import GONE, SPOKEN, names_one_of, without_names

_ANSWERS = ("reply_to_id", "shares_id")
NOTES = "page.sqlite"
"""In a folder of tables: what the page keeps, notes on people among it."""
_OF_POSTS = "post_metrics"
"""The table whose rows name a person by their posts alone."""


@dataclass
class Forgotten:
    """What was removed: rows by table, rows set aside, texts in the store, and whether kept tables went with them."""

    ids: tuple[str, ...]
    rows: dict[str, int] = field(default_factory=dict)
    answers: int = 0
    """Posts of others that no longer say whom they answered or shared."""
    named: int = 0
    """Rows of others in which a handle or an address of theirs stood."""
    aside: int = 0
    fetched: int = 0
    """Saved answers of services about them, or in which they are named."""
    decisions: int = 0
    """Lines about them in logs of plans."""
    notes: int = 0
    """Notes on them that were typed on the page."""
    texts: int = 0
    kept_tables: int = 0

    def add(self, table: str, count: int) -> None:
        """Count rows removed from a table."""
        if count:
            self.rows[table] = self.rows.get(table, 0) + count


def forget(data: Path, ids: Collection[str], logs: Collection[Path] = ()) -> Forgotten:
    """Remove people from the folder ``data``, put them on its opt-out list, and remove them from the store.

    ``ids`` are as in the tables; where those are pseudonyms, also what they were made of, with the secret in ``SUASION_SECRET``. ``logs`` are
    logs of decisions (``suasion plan --log``) and files of notes (``suasion serve --kept``, in ``.sqlite``) beside those that lie in ``data``.

    Raises InputError when ``data`` is no folder: what is in a database is removed there; or a log is not there, or none.
    """
    if not data.is_dir():
        kind = "a DuckDB file" if data.suffix in DATABASE_SUFFIXES else "no folder"
        hint = " ".join(f"DELETE FROM {name} WHERE …;" for name in ("influencers", "posts"))
        raise InputError(
            f"{data} is {kind}. suasion forgets in folders of files; in a database delete the rows whose {', '.join(PERSONAL)} is the id "
            f"({hint}), and name the id in the file of SUASION_OPT_OUT, so that no later run sees them."
        )
    if missing := [str(path) for path in logs if not path.is_file()]:
        raise InputError(
            f"There is no log at {', '.join(missing)}. Name the file that `suasion plan --log` wrote."
        )
    ids = [one.strip() for one in ids if one.strip()]
    who = tuple(dict.fromkeys(_as_there(data, one) for one in ids))
    if not who:
        raise InputError("Name at least one id to forget, as it stands in the tables.")
    with duckdb.connect() as connection:
        who = (*who, *_spelled_otherwise(data, ids, connection))
        # All accounts of theirs, and the addresses by which the profiles of others name them.
        who = read_people(data).everyone(who)
        who = tuple(dict.fromkeys((*who, *_addresses(data, who, connection))))
        forgotten = Forgotten(who)
        for path in dict.fromkeys([*sorted(data.glob("*.jsonl")), *sorted(data.glob(NOTES)), *logs]):
            if path.suffix == Path(NOTES).suffix:
                forgotten.notes += _notes(path, who)
            else:
                forgotten.decisions += _decisions(path, who, named=path in logs)
        _opt_out(data, who)
        handles = _theirs(data, "influencers", "handle", who, connection)
        posts = _theirs(data, "posts", "post_id", who, connection)
        texts = _theirs(data, "posts", "text", who, connection)
        is_theirs = names_one_of(who, handles)
        _teach(connection, posts, is_theirs)

        def take_out(name: str) -> None:
            for path in _files(data, name):
                if path.suffix == ".parquet":
                    forgotten.add(name, _parquet(path, who, forgotten, connection, name == _OF_POSTS))
                else:
                    forgotten.add(name, _csv(path, who, posts, forgotten, is_theirs, name == _OF_POSTS))

        for name in (*TABLES, *COMMERCE):
            take_out(name)
        if (data / ORDERS_FILE).is_file():
            forgotten.add("attribution", _parquet(data / ORDERS_FILE, who, forgotten, connection))
        if pattern := _about(who, handles):
            _quarantine(data / "quarantine", pattern, forgotten)
            _fetched(data / FETCHED, who, pattern, forgotten)
            _ledger(data / LEDGER, pattern)
        if store := os.environ.get("SUASION_STORE"):
            _store(Path(store), texts, forgotten, connection)
        for name in (PEOPLE.name, PROFILES.name):  # last, for they tell who else is to be taken out
            take_out(name)
    return forgotten


def _spelled_otherwise(
    data: Path, ids: Collection[str], connection: duckdb.DuckDBPyConnection
) -> Iterator[str]:
    """Yield ids in the tables that differ from theirs in the ``@`` of a name alone; a number with one is another's name."""
    named = re.compile(rf"(?!{_PSEUDONYM}$)(\w+:)(@?)(.*\D.*)")
    parts = [match.groups() for one in ids if (match := named.fullmatch(one))]
    others = [_as_there(data, f"{platform}{'' if at else '@'}{name}") for platform, at, name in parts]
    for table in (*TABLES, PEOPLE.name, PROFILES.name) if others else ():
        for path in _files(data, table):
            for column in columns_of(f"FROM {_scan(path)}", connection).keys() & PERSONAL:
                query = f"SELECT DISTINCT {column} FROM {_scan(path)} WHERE CAST({column} AS VARCHAR) IN (SELECT unnest(?))"
                yield from (one for (one,) in connection.execute(query, [others]).fetchall())


_PSEUDONYM = r"p:[0-9a-f]{32}"


def _as_there(data: Path, one: str) -> str:
    if (data / MARK).is_file() and not re.fullmatch(_PSEUDONYM, one):
        return Pseudonyms.from_environment().of(one)
    return one


def _addresses(data: Path, ids: tuple[str, ...], connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    for path in _files(data, PROFILES.name):
        query = f"SELECT DISTINCT address FROM {_scan(path)} WHERE kind = 'own' AND account_id IN (SELECT unnest(?))"
        yield from (address for (address,) in connection.execute(query, [list(ids)]).fetchall())


def _opt_out(data: Path, ids: tuple[str, ...]) -> None:
    path = data / OPT_OUT
    before = path.read_text(encoding="utf-8-sig") if path.is_file() else ""
    known = read_list(path) if path.is_file() else []
    if new := [f"{one}\n" for one in ids if one not in known]:
        gap = "\n" * bool(before and not before.endswith("\n"))
        with whole_file(path) as partial:
            partial.write_text(f"{before}{gap}{''.join(new)}", encoding="utf-8")


def _files(data: Path, name: str) -> list[Path]:
    files = [data / f"{name}{suffix}" for suffix in SUFFIXES if (data / f"{name}{suffix}").is_file()]
    return files + ([Path(path) for path in parquet_files(data / name)] if (data / name).is_dir() else [])


def _scan(path: Path) -> str:
    read = (
        "read_parquet({})"
        if path.suffix == ".parquet"
        else "read_csv({}, all_varchar = true, ignore_errors = true, null_padding = true)"
    )
    return read.format(literal(str(path)))


def _theirs(
    data: Path, name: str, column: str, ids: tuple[str, ...], connection: duckdb.DuckDBPyConnection
) -> set[str]:
    """Return what stands in a column of the rows of a table that name them."""
    values = set[str]()
    for path in _files(data, name):
        columns = columns_of(f"FROM {_scan(path)}", connection)
        condition = rows_of_others(columns, ids)
        if condition is not None and column in columns:
            query = f"SELECT CAST({column} AS VARCHAR) FROM {_scan(path)} WHERE NOT ({condition}) AND {column} IS NOT NULL"
            values |= {value for (value,) in connection.execute(query).fetchall()}
    return values


def _teach(connection: duckdb.DuckDBPyConnection, posts: set[str], is_theirs: Callable[[str], bool]) -> None:
    """Tell SQL the ids of their posts, and let it take their names out of texts (``unnamed``) and of lists of addresses (``unlinked``)."""

    def unlinked(links: list[str | None]) -> list[str | None]:
        return [GONE if link and is_theirs(link) else link for link in links]

    connection.execute("CREATE TABLE their_posts AS SELECT unnest(?::VARCHAR[]) AS id", [sorted(posts)])
    connection.create_function("unnamed", lambda text: without_names(text, is_theirs), ["VARCHAR"], "VARCHAR")
    connection.create_function("unlinked", unlinked, ["VARCHAR[]"], "VARCHAR[]")


def _parquet(
    path: Path,
    ids: tuple[str, ...],
    forgotten: Forgotten,
    connection: duckdb.DuckDBPyConnection,
    of_posts: bool = False,
) -> int:
    scan = _scan(path)
    columns = columns_of(f"FROM {scan}", connection)
    keep = rows_of_others(columns, ids) or "true"
    if of_posts:
        keep = "CAST(post_id AS VARCHAR) NOT IN (FROM their_posts)"
    hit = {name: f"CAST({name} AS VARCHAR) IN (FROM their_posts)" for name in _ANSWERS if name in columns}
    cleared = {name: f"CASE WHEN {condition} THEN NULL ELSE {name} END" for name, condition in hit.items()}
    said = {name: f"unnamed(CAST({name} AS VARCHAR))" for name in SPOKEN if name in columns}
    if "links" in columns:
        said["links"] = "unlinked(links)" if columns["links"].endswith("[]") else "unnamed(links)"
    differs = " OR ".join(f"{new} IS DISTINCT FROM {name}" for name, new in said.items()) or "false"
    answers = " + ".join(f"count(*) FILTER (({keep}) AND {condition})" for condition in hit.values()) or "0"
    counts = f"count(*) FILTER (NOT ({keep})), count(*) FILTER (({keep}) AND ({differs})), {answers}"
    removed, named, answered = connection.execute(f"SELECT {counts} FROM {scan}").fetchall()[0]
    forgotten.answers += answered
    forgotten.named += named
    if removed or named or answered:
        replaced = ", ".join(f"{new} AS {name}" for name, new in (cleared | said).items())
        chosen = f"* REPLACE ({replaced})" if replaced else "*"
        write_parquet(f"SELECT {chosen} FROM {scan} WHERE {keep}", path, connection)
    return int(removed)


def _csv(
    path: Path,
    ids: tuple[str, ...],
    posts: set[str],
    forgotten: Forgotten,
    is_theirs: Callable[[str], bool],
    of_posts: bool = False,
) -> int:
    removed = 0
    naming = dict.fromkeys(PERSONAL, ids) | ({"post_id": posts} if of_posts else {})

    def change(heading: list[str], row: list[str]) -> list[str] | None:
        nonlocal removed
        cells = list(zip(map(str.strip, heading), row, strict=False))
        if any(cell.strip() in naming[name] for name, cell in cells if name in naming):
            removed += 1
            return None
        for place, (name, cell) in enumerate(cells):
            if name in _ANSWERS and cell.strip() in posts:
                row[place] = ""
                forgotten.answers += 1
        before = list(row)
        for place, (name, cell) in enumerate(cells):
            if name in (*SPOKEN, "links"):
                row[place] = without_names(cell, is_theirs)
        forgotten.named += row != before
        return row

    rewrite_csv(path, change)
    return removed


def _about(ids: tuple[str, ...], handles: set[str]) -> re.Pattern[str] | None:
    """Return what finds their ids, the ids without their platform, and their handles; None where there is nothing to look for."""
    bare = {one.partition(":")[2] for one in ids}
    words = sorted(
        {re.escape(word) for word in {*ids, *bare, *handles} if len(word) >= 3}, key=len, reverse=True
    )
    return re.compile(rf"(?<![\w]){'(?:' + '|'.join(words) + ')'}(?![\w])", re.IGNORECASE) if words else None


def _quarantine(folder: Path, pattern: re.Pattern[str], forgotten: Forgotten) -> None:
    """Remove what may be about them: rows in which one of these words stands anywhere."""
    for path in sorted(folder.glob("*.csv")):
        forgotten.aside += rewrite_csv(path, lambda _, row: None if any(map(pattern.search, row)) else row)


def _fetched(folder: Path, ids: tuple[str, ...], pattern: re.Pattern[str], forgotten: Forgotten) -> None:
    """Remove saved answers about them and those that name them: what these said of others is in the tables."""
    theirs = [folder_of(folder.parent, *one.replace(":@", ":", 1).split(":", 1)) for one in ids if ":" in one]
    for path in sorted(folder.rglob("*")):
        about = any(place in path.parents for place in theirs)
        if path.is_file() and (about or pattern.search(path.read_text(encoding="utf-8", errors="replace"))):
            path.unlink()
            forgotten.fetched += path.name[:1].isdigit()
    for place in theirs:
        shutil.rmtree(place, ignore_errors=True)


def _ledger(path: Path, pattern: re.Pattern[str]) -> None:
    """Empty the names of imported files that say whose they are; by their hashes they are known all the same."""
    if path.is_file():
        rewrite_csv(path, lambda _, row: ["" if pattern.search(cell) else cell for cell in row])


def _decisions(path: Path, ids: tuple[str, ...], *, named: bool) -> int:
    """Remove the lines about them from a log of plans, and return how many; a file of other lines stays as it is.

    Raises InputError when the user names a file that is no such log.
    """
    with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as stream:
        lines = [(_planned(line), line) for line in stream]
    if any(who is None for who, _ in lines):
        if named:
            raise InputError(f"{path} is no log of decisions: `suasion plan --log` writes those.")
        return 0
    kept = [line for who, line in lines if who not in ids]
    if len(kept) < len(lines):
        with whole_file(path) as partial:
            partial.write_bytes("".join(kept).encode("utf-8", "surrogateescape"))
            shutil.copymode(path, partial)
    return len(lines) - len(kept)


def _planned(line: str) -> object:
    """Return whom a line of a log of plans is about; None where it is no such line."""
    with contextlib.suppress(ValueError, LookupError, TypeError):
        decision = json.loads(line)
        return decision["influencer_id"] if "plan" in decision else None
    return None


def _notes(path: Path, ids: tuple[str, ...]) -> int:
    """Remove the notes on them that the page keeps, and return how many; raises InputError when it is no file of the page."""
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as file:
            file.execute("PRAGMA secure_delete = ON")
            places = ", ".join("?" * len(ids))
            return file.execute(f"DELETE FROM notes WHERE influencer_id IN ({places})", ids).rowcount
    except sqlite3.Error as error:
        raise InputError(f"{path} is no file in which the page keeps notes: {error}.") from error


def _store(store: Path, texts: set[str], forgotten: Forgotten, connection: duckdb.DuckDBPyConnection) -> None:
    """Remove their texts' values, and all kept tables: which hold them a name does not tell, and making them again costs only time."""
    forgotten.kept_tables = drop_kept(store)
    keys = [hashlib.md5(text.encode(), usedforsecurity=False).digest() for text in sorted(texts)]
    connection.execute("CREATE TABLE their_texts AS SELECT unnest(?::BLOB[]) AS key", [keys])
    for path in sorted(store.glob("*/part-*.parquet")):
        count = one(connection, f"SELECT count(*) FROM {_scan(path)} WHERE key IN (FROM their_texts)")
        if count:
            write_parquet(f"FROM {_scan(path)} WHERE key NOT IN (FROM their_texts)", path, connection)
            forgotten.texts += count
