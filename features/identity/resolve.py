"""Finds out which accounts in a folder of tables are one person, and writes it to the folder's ``people.csv``.

What links say is found anew each time and written in rows that say so; a user's own rows stay as they are, first in the file and in what
they mean. Everything else about persons is in :mod:`.accounts`, :mod:`.links` and :mod:`.similarity`.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import duckdb

from suasion.features.errors import InputError, NotFoundError
from suasion.features.sources.reading.profile import PROFILES
from suasion.features.tables.files import whole_file
from suasion.features.tables.quarantine import sift, types_of
from suasion.features.tables.read import Raw, find
from suasion.features.tables.schema import TABLES, Column
from suasion.features.tables.validate import type_all

from .accounts import FOUND, read_people
from .addresses import address_of
from .links import Joined, Link, Profile, join, links_of, name_of
from .similarity import Proposal, names_of, proposals

FILE = "people.csv"
CONFIRMED = "confirmed"
_IDS = {
    "candidates": "influencer_id",
    "outcomes": "influencer_id",
    "influencers": "influencer_id",
    "audience": "influencer_id",
    "posts": "author_id",
}
"""Where accounts stand that may be somebody's. Who only answers others in posts is not looked at."""


@dataclass(frozen=True)
class Person:
    """A person, their ids, and by which links they are known for one."""

    name: str
    accounts: tuple[str, ...]
    links: tuple[Link, ...]
    """Empty where only the user's own rows say so."""

    def link_of(self, account: str) -> Link | None:
        """Return the surest link that names one of their accounts; None where there is none."""
        return next((link for link in self.links if account in (link.one, link.other)), None)


@dataclass(frozen=True)
class Who:
    """Who is who in a folder."""

    persons: tuple[Person, ...]
    left: tuple[tuple[Link, str], ...]
    """Links between accounts in the data that do not count, and why."""
    proposals: tuple[Proposal, ...]
    accounts: frozenset[str]
    """Accounts that were looked at."""
    first_decision: datetime | None


def find_out(data: Path, until: datetime | None = None) -> Who:
    """Return who is who by the profiles in a folder, those that could be read before ``until``, and the user's own rows."""
    if not data.is_dir():
        raise InputError(
            f"{data} is no folder. suasion who works in folders of files; in a database, fill the table people "
            "(account_id, influencer_id) yourself."
        )
    with duckdb.connect() as connection:
        raws = find(str(data), connection, (*_IDS, PROFILES.name))
        all_profiles = _profiles(raws.get(PROFILES.name), connection)
        profiles = [line for line in all_profiles if until is None or line.since < until]
        stated = read_people(data, stated_only=True)
        earlier = read_people(data).names
        ids = {name: _ids(raws[name], connection) for name in _IDS if name in raws}
        accounts = set[str]().union(*ids.values(), (line.account for line in all_profiles))
        joined = join(links_of(profiles, accounts), accounts, stated.persons, stated.apart)
        picked = ids.get("candidates", set()) | ids.get("outcomes", set())
        named = stated.names
        persons = tuple(
            Person(
                name_of(group, named, earlier, picked, ids.get("influencers", ())),
                group,
                tuple(link for link in joined.links if link.one in group or link.other in group),
            )
            for group in joined.groups
        )
        whose = {account: person.name for person in persons for account in person.accounts}
        left = tuple((link, why) for link, why in joined.left if link.other in accounts)
        names = names_of(accounts, _handles(raws.get("influencers"), connection), profiles)
        linked = _linked(raws.get("posts"), accounts, joined, profiles, connection)
        proposed = proposals(names, profiles, left, linked, whose, stated.apart)
        first = _first_decision(raws.get("outcomes"), connection)
        return Who(persons, left, tuple(proposed), frozenset(accounts), first)


def _profiles(raw: Raw | None, connection: duckdb.DuckDBPyConnection) -> list[Profile]:
    sift(PROFILES, raw, connection, None)
    rows = connection.execute(
        "SELECT account_id, address, kind, min(seen_at) FROM profiles GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return [Profile(*row) for row in rows]


def _typed(raw: Raw, names: Sequence[str], connection: duckdb.DuckDBPyConnection) -> str:
    """Return SQL for columns of a table as they are read; those that are not there are empty."""
    columns: list[Column] = [TABLES[raw.table].column(name) for name in names]
    query = type_all(f"SELECT 0 AS _row, * FROM ({raw.sql})", columns, types_of(raw, connection))
    return f"(SELECT {', '.join(names)} FROM ({query}))"


def _ids(raw: Raw, connection: duckdb.DuckDBPyConnection) -> set[str]:
    column = _IDS[raw.table]
    posts = raw.table == "posts"  # of which answers are not looked at
    rows = _typed(raw, [column, "reply_to_id"] if posts else [column], connection)
    where = f"{column} IS NOT NULL{' AND reply_to_id IS NULL' if posts else ''}"
    query = f"SELECT DISTINCT {column} FROM {rows} WHERE {where}"
    return {one for (one,) in connection.execute(query).fetchall()}


def _handles(raw: Raw | None, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    if raw is None:
        return {}
    rows = _typed(raw, ["influencer_id", "handle"], connection)
    known = "influencer_id IS NOT NULL AND handle IS NOT NULL"
    query = f"SELECT influencer_id, max(handle) FROM {rows} WHERE {known} GROUP BY 1"
    return dict(connection.execute(query).fetchall())


def _linked(
    raw: Raw | None,
    accounts: Collection[str],
    joined: Joined,
    profiles: Iterable[Profile],
    connection: duckdb.DuckDBPyConnection,
) -> list[tuple[str, str, int]]:
    """Return which accounts link to which in their posts, and in how many, without the links among one person's."""
    if raw is None:
        return []
    owner = {line.address: line.account for line in profiles if line.kind == "own"}
    group = {account: number for number, group in enumerate(joined.groups) for account in group}
    behind = cache(address_of)
    counts: Counter[tuple[str, str]] = Counter()
    rows = _typed(raw, ["author_id", "links"], connection)
    cursor = connection.execute(
        f"SELECT author_id, link, count(*) FROM (SELECT author_id, unnest(list_distinct(links)) AS link FROM {rows} "
        "WHERE author_id IS NOT NULL) GROUP BY ALL"
    )
    while batch := cursor.fetchmany(100_000):
        for author, link, count in batch:
            address = behind(link) or link  # a pseudonym is one of who is behind it
            other = owner.get(address, address)
            same = author in group and group[author] == group.get(other)
            if other in accounts and other != author and author in accounts and not same:
                counts[author, other] += count
    return [(one, other, count) for (one, other), count in counts.items()]


def _first_decision(raw: Raw | None, connection: duckdb.DuckDBPyConnection) -> datetime | None:
    if raw is None:
        return None
    query = f"SELECT min(decided_at) FROM {_typed(raw, ['decided_at'], connection)}"
    ((first,),) = connection.execute(query).fetchall()
    return first


def write_people(data: Path, who: Who) -> Path:
    """Write the joined accounts to ``people.csv``, whole or not at all: the user's own rows as they are, and those that were found."""
    path = _file(data)
    header, rows = _read(path)
    stated = [row for row in rows if not (row.get("how") or "").startswith(FOUND)]
    accounts_stated = {row["account_id"] for row in stated if row.get("account_id")}
    ours = [
        {
            "account_id": account,
            "influencer_id": person.name,
            "how": f"{link.how}: {link.one} – {link.other}",
            "since": link.since.isoformat(sep=" "),
        }
        for person in who.persons
        for account in person.accounts
        if account != person.name and account not in accounts_stated
        if (link := person.link_of(account))
    ]
    if rows or ours:
        _write(path, header, [*stated, *ours])
    return path


def say(data: Path, one: str, other: str, who: Who, *, same: bool) -> None:
    """Write down that two accounts are one person, or that they are not."""
    whose = {account: person.name for person in who.persons for account in person.accounts}
    for unknown in (one, other):
        if unknown not in who.accounts and unknown not in whose:
            raise NotFoundError(f"There is no account {unknown!r} in {data}.")
    path = _file(data)
    header, rows = _read(path)
    stated = read_people(data, stated_only=True)
    mine, theirs = whose.get(one, one), whose.get(other, other)
    said_apart = {(one, other), (other, one)} & stated.apart
    if said_apart if same else stated.person_of(one) == stated.person_of(other):
        number = "two people" if same else "one person"
        raise InputError(f"{path} says already that {one} and {other} are {number}. Take that row out first.")
    if not same:
        account, person = one, other
    elif one in whose and other not in whose:
        account, person = other, mine
    else:
        account, person = mine, theirs  # one itself, where it is nobody's yet
    if account != person:
        row = {"account_id": account, "influencer_id": person, "is_same": str(same).lower(), "how": CONFIRMED}
        _write(path, header, [*rows, row])


def _file(data: Path) -> Path:
    places = (data / name for name in ("people.parquet", "people", "people.csv.gz"))
    if other := next((path for path in places if path.exists()), None):
        raise InputError(
            f"{other} holds who is who, and suasion who writes {FILE}, a file that people can read and change. Save it as that."
        )
    return data / FILE


def _read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Return the columns of the file, with those we write, and its rows."""
    header, rows = list[str](), list[dict[str, str]]()
    if path.is_file():
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
            reader = csv.DictReader(stream)
            rows = list(reader)
            header = list(reader.fieldnames or ())
    needed = ("account_id", "influencer_id", "is_same", "how", "since")
    return [*header, *(name for name in needed if name not in header)], rows


def _write(path: Path, header: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    with (
        whole_file(path) as partial,
        partial.open("w", encoding="utf-8", errors="surrogateescape", newline="") as stream,
    ):
        writer = csv.DictWriter(stream, header, restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
