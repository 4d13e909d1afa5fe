"""Where an importer puts the rows it makes, and what it has to look into records with.

Records come from outside and may hold anything anywhere: the functions here look without failing, and what is not what it should
be goes on as it is, for the rules of the tables (:mod:`suasion.features.tables.validate`) to set it aside with its reason.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from suasion.features.privacy.optout import Door
from suasion.features.tables.schema import Table, Type
from suasion.features.text.withheld import MARK, Sealer

from .encoding import LOST
from .ids import EXACT
from .markup import links_in
from .records import SHOWN, Broken

BATCH = 20_000
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")
_LONE = re.compile("[\ud800-\udfff]")
_KINDS: dict[Type, str] = {"id": "an id", "text": "text", "time": "a time", "number": "a number"}
_KINDS |= {"flag": "true or false", "texts": "a list of texts"}


STUMBLED = "nothing the importer expects"
_STUMBLES = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)


class Unreadable(Exception):  # noqa: N818 - it ends a record, not a program
    """A record, or a part of one, is not what the source says it is."""


def dig(value: object, *path: str) -> object:
    """Return what lies at a path of names, None where there is nothing.

    >>> dig({"a": {"b": 1}}, "a", "b"), dig({"a": 5}, "a", "b"), dig(None, "a")
    (1, None, None)
    """
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def listed(value: object, *path: str) -> list[object]:
    """Return the list that lies at a path of names, an empty one where there is none.

    >>> listed({"a": [1]}, "a"), listed({"a": 1}, "a")
    ([1], [])
    """
    value_there = dig(value, *path)
    return value_there if isinstance(value_there, list) else []


def ident(prefix: str, value: object) -> object:
    """Return an id within a platform as one among all: ``x:12``. What is no id comes back as it is.

    >>> ident("x", 12), ident("x", "12 "), ident("x", 12.0), ident("x", None), ident("x", [1])
    ('x:12', 'x:12', 'x:12', None, [1])
    """
    if isinstance(value, float) and value.is_integer():
        value = _digits(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return value
    bare = str(value).strip()
    return f"{prefix}:{bare}" if bare else None


def _digits(value: float) -> str:
    """Return an id that a program kept as a number; one that lost digits so as its table sets it aside."""
    return str(int(value)) if abs(value) <= EXACT else f"{value:E}"


def epoch(value: object, unit: float = 1.0) -> object:
    """Return seconds since 1970, or as many times ``unit``, as a time; what is no number comes back as it is.

    >>> epoch(1700000000), epoch("1700000000.5"), epoch(1700000000000000, 1e-6), epoch("soon")
    ('2023-11-14T22:13:20+00:00', '2023-11-14T22:13:20.500000+00:00', '2023-11-14T22:13:20+00:00', 'soon')
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    try:
        return datetime.fromtimestamp(float(value) * unit, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return str(value)


def moment(value: object) -> datetime | None:
    """Return a time written as ISO 8601 as a moment, UTC where it names no zone; None where it is none.

    >>> moment("2024-01-01T00:00:00Z") == moment("2024-01-01T01:00:00+0100"), moment("soon")
    (True, None)
    """
    if not isinstance(value, str):
        return None
    try:
        moment_read = datetime.fromisoformat(value.strip())
        return moment_read if moment_read.tzinfo else moment_read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def later(value: object, than: object) -> object:
    """Return a time if it lies after another: when a text was edited, and None if it never was.

    >>> later("2024-01-02T00:00:00Z", "2024-01-01T00:00:00Z"), later("2024-01-01", "2024-01-01"), later(None, "2024-01-01")
    ('2024-01-02T00:00:00Z', None, None)
    """
    if value is None:
        return None
    first, second = moment(than), moment(value)
    return value if first is None or second is None or second > first else None


def joined(*parts: object) -> str | None:
    r"""Return texts with a line between them, such as a title and what stands below it; None where none says anything.

    >>> joined("Tea", None, "All about it"), joined("", None)
    ('Tea\n\nAll about it', None)
    """
    return "\n\n".join(part for part in parts if isinstance(part, str) and part) or None


def cell(value: object, kind: Type) -> tuple[object, bool]:
    """Return a value as it is staged, and whether it can be one of its kind at all."""
    if value is None:
        return None, True
    if kind == "texts":
        if not isinstance(value, list | tuple):
            return None, False
        return [_LONE.sub("\ufffd", part) for part in value if isinstance(part, str)], True
    if isinstance(value, bool):
        return ("true" if value else "false"), kind in ("flag", "text")
    if isinstance(value, str):
        if _LONE.search(value):
            return _LONE.sub("\ufffd", value), kind == "text"
        return value, True
    if isinstance(value, datetime):
        return value.isoformat(), True
    if isinstance(value, int):
        return str(value), True
    if isinstance(value, float):
        return (_digits(value) if kind == "id" and value.is_integer() else repr(value)), True
    return None, False


def whole(value: object, otherwise: str) -> dict[str, object]:
    """Return a record, or a part of one, that has to be an object.

    Raises
    ------
    Unreadable
        When it is none; ``otherwise`` is what is to be said then.
    """
    if not isinstance(value, dict):
        raise Unreadable(otherwise)
    return value


_CRAWLED = {"pk", "full_name", "is_private", "edge_followed_by"}
"""Names that crawlers take from a platform's pages, and no API of one has."""


def refuse_others(thing: dict[str, object]) -> None:
    """Refuse what another program made of a platform's pages.

    Raises
    ------
    Unreadable
        When a name is of such programs, or holds a capital letter, as ``ownerUsername``, which no name of these platforms does.
    """
    if name := next((name for name in thing if name in _CRAWLED or re.search("[a-z][A-Z]", name)), ""):
        raise Unreadable(
            f"made by another program ({name}): suasion import csv reads its posts, suasion import creators its lists"
        )


T = TypeVar("T")
Take: TypeAlias = Callable[[Any, "Rows"], None]  # each source's own takes what that source's reader yields


class Rows:
    """Takes the rows an importer makes of the record at hand, and writes them to one file a table.

    Parameters
    ----------
    tables
        The tables rows may be made for.
    folder
        Where the files are written.
    reject
        Called with what could not be read.
    extras
        Columns with a free name (``offer_…``) of the tables that take them.
    door
        What lets rows in.
    """

    def __init__(
        self,
        tables: Mapping[str, Table],
        folder: Path,
        reject: Callable[[Broken], None],
        extras: Iterable[str] = (),
        door: Door | None = None,
    ) -> None:
        self.reject, self.door = reject, door or Door(())
        self.ignored = Counter[str]()
        """How often what is no part of the tables was met, by what it is."""
        self._held = 0
        self.warned = Counter[str]()
        """What was read and may be a slip, and how often."""
        self.records, self.undated = 0, 0
        """How many records there were, and how many of them do not say when they were read."""
        self.file, self.line, self.read_at = "", 0, ""
        self.account: str | None = None
        """Whose the exports are, where the user says so."""
        self.currency: str | None = None
        """That of their amounts, where the user says so."""
        self._files = {
            name: _File(table, folder / f"{name}.parquet", tuple(extras), self.door.seal)
            for name, table in tables.items()
        }
        self._aliases = _Aliases(folder / "aliases.parquet")
        self._pending: list[tuple[str, dict[str, object]]] = []
        self._whose: dict[object, set[str]] = {}
        """By post the kinds of its references of which the record says to whom they are, be it to its author."""
        self._rejected = 0

    def take(self, file: str, line: int, read_at: str, value: object, reader: Take) -> None:
        """Let an importer make rows of one record: all it makes, or none where it finds it unreadable."""
        self.file, self.line, self.read_at = file, line, read_at
        self.records += 1
        count, before = self.records, self._traces()
        self.each([value], reader)
        assert self._traces() != before, "a record is a row, set aside, or counted"
        observed = {values.get("observed_at") for _, values in self._pending} - {None}
        dated = self.read_at != read_at or (bool(observed) and read_at not in observed)
        self.undated += not dated and self.records == count  # a note or a row of totals is no record
        for name, values in self._pending:
            if name == "posts" and isinstance(post := values["post_id"], str):
                values["_whose"] = " ".join(self._whose.get(post, ()))
            admitted = self.door.admit(values)
            if admitted is not None:
                self._files[name].write(admitted, self.file, self.line)
        self._pending.clear()
        self._whose.clear()

    def _traces(self) -> tuple[int, ...]:
        """Return what changes with every record that becomes a row, is set aside, or is counted."""
        known = self.ignored.total() + self._held
        return self.records, len(self._pending), self._rejected, known, self._aliases.count

    def hold(self) -> None:
        """Count a record that an importer keeps, to add it up with others."""
        self._held += 1

    def each(self, values: Iterable[T], work: Callable[[T, Rows], None]) -> None:
        """Let an importer make rows of the parts of a record; one that is unreadable costs itself and none of the others.

        Each is a row, set aside, or counted: one of which an importer makes nothing is counted here.
        """
        for value in values:
            mark, before = len(self._pending), self._traces()
            try:
                work(value, self)
            except Unreadable as error:
                reason = str(error)
            except _STUMBLES as error:  # an importer's own fault: it costs a record and not the import
                reason = f"{STUMBLED} ({type(error).__name__})"
            else:
                if self._traces() == before:
                    self.ignore("records with nothing in them")
                continue
            del self._pending[mark:]
            self._rejected += 1
            self.reject(Broken(self.file, self.line, reason, excerpt(value)))

    def add(self, table: str, **values: object) -> None:
        """Add a row; what was read when, and where, is added to it. ``known_at`` only where the source tells it.

        ``_problem`` is why the row is to be set aside, where the importer knows that already.
        """
        self._pending.append((table, {"read_at": self.read_at, **values}))

    def post(self, post: object, by: object, at: object, text: object = None, **more: object) -> None:
        """Add what somebody said, and the addresses that stand in it where ``links`` does not tell them."""
        columns = {"text": text, "links": links_in(text), **more}
        self.add("posts", post_id=post, author_id=by, created_at=at, **columns)

    def refer(
        self, by: object, to: Iterable[tuple[str, object]], at: object, post: object, known_at: object = None
    ) -> None:
        """Add what an account refers to in a post, as pairs of kind and account: each once, and nobody to themselves."""
        seen = set()
        for kind, account in to:
            if account is not None and isinstance(post, str):
                self._whose.setdefault(post, set()).add(kind)
            again = isinstance(account, str) and (kind, account) in seen
            if by is None or account is None or account == by or again:
                continue
            if isinstance(account, str):
                seen.add((kind, account))
            where = {"created_at": at, "post_id": post, "known_at": known_at}
            self.add("mentions", referrer_id=by, influencer_id=account, kind=kind, **where)

    def count(
        self, post: object, by: object, at: object = None, known_at: object = None, **counts: object
    ) -> None:
        """Add what a post of somebody's had brought, where anything of that is told; ``at``: until when, if not until the export was read.

        A count that is no number is left empty and noted, and costs none of the others.
        """
        for name, value in counts.items():
            if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
                counts[name] = None
                if value.strip():
                    self._rejected += 1
                    self.reject(Broken(self.file, self.line, "no number", excerpt(value), name))
        if any(value is not None for value in counts.values()):
            # By whom is no column there: it keeps out who opted out.
            when = {"observed_at": at or self.read_at, "known_at": known_at}
            self.add("post_metrics", post_id=post, author_id=by, **when, **counts)

    def alias(self, other: object, real: object) -> None:
        """Say that a post goes by another id as well, by which others may refer to it."""
        if isinstance(other, str) and isinstance(real, str) and other != real:
            hide = self.door.pseudonyms.of if self.door.pseudonyms else str
            self._aliases.write(hide(other), hide(real))

    def ignore(self, what: str) -> None:
        """Count something that was understood and has no place in the tables."""
        self.ignored[what] += 1

    def warn(self, what: str, example: str = "") -> None:
        """Count something that was read and may be a slip; the first example stands for all."""
        said = next((key for key in self.warned if example and key.startswith(what)), what + example)
        self.warned[said] += 1

    @property
    def staged(self) -> dict[str, int]:
        """How many rows were written for each table."""
        return {name: file.written for name, file in self._files.items()}

    def close(self) -> None:
        """Finish all files."""
        for file in self._files.values():
            file.close()
            if file.lost:  # halves of characters, as programs write them that cut texts short
                self.warned[LOST] += file.lost
        self._aliases.close()


def excerpt(value: object) -> str:
    """Return how a broken value begins."""
    try:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        text = repr(type(value))
    return _LONE.sub("\ufffd", text[:SHOWN])


class _File:
    """The rows of one table, in batches; every value is still text."""

    def __init__(self, table: Table, path: Path, extras: tuple[str, ...], seal: Sealer | None) -> None:
        self.seal, self.posts = seal, table.name == "posts"
        self.kinds: dict[str, Type] = {column.name: column.type for column in table.columns}
        self.kinds |= dict.fromkeys(table.extras(extras), "number")
        self.kinds |= {"known_at": "time", "read_at": "time"}
        fields = [
            (name, pa.list_(pa.string()) if kind == "texts" else pa.string())
            for name, kind in self.kinds.items()
        ]
        fields += [("_file", pa.string()), ("_line", pa.int64()), ("_problem", pa.string())]
        fields += [("_whose", pa.string())]
        self.schema = pa.schema(fields)
        self.path = path
        self.writer: pq.ParquetWriter | None = None
        self.written = self.lost = 0
        self.columns: dict[str, list[object]] = {field.name: [] for field in self.schema}

    def write(self, values: Mapping[str, object], file: str, line: int) -> None:
        self.written += 1
        problem = values.get("_problem")
        for name, kind in self.kinds.items():
            raw = values.get(name)
            value, fits = cell(raw, kind)
            if not fits and problem is None:
                problem = f"{name} is not {_KINDS[kind]}"
            elif value != raw and isinstance(raw, str | list):
                parts = [part for part in raw if isinstance(part, str)]
                self.lost += len(_LONE.findall("".join(parts)))
            self.columns[name].append(value)
        self.columns["_file"].append(file)
        self.columns["_line"].append(line)
        self.columns["_problem"].append(problem)
        self.columns["_whose"].append(values.get("_whose"))
        if len(self.columns["_line"]) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        self.writer = self.writer or pq.ParquetWriter(self.path, self.schema)
        if self.posts:
            # What comes from outside is never sealed, whatever it begins with.
            texts = [
                text.removeprefix(MARK) if isinstance(text, str) else None for text in self.columns["text"]
            ]
            self.columns["text"][:] = self.seal(texts) if self.seal else texts
        self.writer.write_table(pa.table(self.columns, schema=self.schema))
        for column in self.columns.values():
            column.clear()

    def close(self) -> None:
        if self.columns["_line"]:
            self._flush()
        if self.writer:
            self.writer.close()


class _Aliases:
    def __init__(self, path: Path) -> None:
        self.path, self.pairs, self.count = path, dict[str, str](), 0
        self.schema = pa.schema([("other", pa.string()), ("real", pa.string())])
        self.writer: pq.ParquetWriter | None = None

    def write(self, other: str, real: str) -> None:
        self.count += 1
        if _LONE.search(other + real):
            return
        self.pairs[other] = real
        if len(self.pairs) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        self.writer = self.writer or pq.ParquetWriter(self.path, self.schema)
        self.writer.write_table(pa.table([list(self.pairs), list(self.pairs.values())], schema=self.schema))
        self.pairs.clear()

    def close(self) -> None:
        if self.pairs:
            self._flush()
        if self.writer:
            self.writer.close()
