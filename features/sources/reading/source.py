"""What a source is, and how its exports are imported: read record by record, staged, checked, landed.

An importer is one file: a :class:`Source` that says how to get the export, what is mapped to what and what is not, and a function
that makes rows of one record. Everything else is the same for all and stands here.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path

import duckdb

from suasion.features.errors import InputError
from suasion.features.identity.accounts import read_people
from suasion.features.privacy.optout import Door, Pseudonyms, opted_out, settle_mark
from suasion.features.progress import step
from suasion.features.tables.disk import on_disk, size_of, size_words, working_folder
from suasion.features.tables.files import harmless
from suasion.features.tables.quarantine import MOST_ROWS, first_of_each_reason, more_of_each_reason
from suasion.features.tables.schema import TABLES, Table
from suasion.features.text.withheld import Sealer, settle_sealed

from .cells import Unclear
from .ids import account_of
from .records import Broken, Reader, files_at, json_values, links_at
from .records import read as read_records
from .rows import Rows, Take, excerpt
from .upsert import Landed, Landing

LEDGER = "imports.csv"
"""In the folder of tables: every file that was imported, and when it counts as read."""


@dataclass(frozen=True)
class Source:
    """Where data comes from, and what becomes of it."""

    name: str
    title: str
    written_from: str
    """The documentation and client the mapping was written from, with their versions."""
    get: str
    """How to get the export."""
    fills: Mapping[str, Mapping[str, str]]
    """For each table its columns, and the fields they come from."""
    left: tuple[str, ...]
    """What is not mapped, and why."""
    take: Take
    """Makes rows of one record."""
    reader: Reader = json_values
    suffixes: tuple[str, ...] = (".json", ".jsonl", ".ndjson")
    tables: Mapping[str, Table] = field(default_factory=lambda: TABLES)
    """The declarations of the tables it fills."""
    tried: str = ""
    """Real exports that it was tried on."""
    strict: bool = False
    """Whether rows of one export that say different things of one key contradict: in a sheet they do, while an API that is asked page
    by page may have changed between two pages, and the later one counts."""
    unsigned: str = ""
    """The platform of whose exports do not say which account they are of: whoever imports has to say it."""
    unpriced: bool = False
    """Whether some of its exports do not say their currency: whoever imports has to say it."""


@dataclass(frozen=True)
class Imported:
    """What an import did."""

    records: int
    """Records read, the broken ones not among them."""
    broken: tuple[tuple[str, int], ...]
    """Why records could not be read, and how many."""
    ignored: tuple[tuple[str, int], ...]
    """What was understood and has no place in the tables."""
    tables: tuple[Landed, ...]
    quarantine: Path | None
    """The file with everything that was set aside."""
    read_at: tuple[datetime, datetime]
    """When the files count as read: the first and the last."""
    opted_out: int
    """Rows that were left out, since they name somebody who opted out."""
    cells: tuple[tuple[str, int, str], ...] = ()
    """Why cells were left empty whose rows were kept, how many, and where the first of them is."""
    warned: tuple[tuple[str, int], ...] = ()
    """What was read and may be a slip."""
    undated: int = 0
    """Records that do not say when they were read, and count as read when their files were."""

    @property
    def nothing(self) -> str:
        """What was not brought in, though nobody asked for that: ``Nothing``, or ``No outcome`` where others are there for them; or an empty text."""
        if self.opted_out:
            return ""
        if not any(landed.new + landed.known for landed in self.tables):
            return "Nothing"
        outcomes = [landed for landed in self.tables if landed.table == "outcomes"]
        return "No outcome" if any(landed.aside == landed.staged > 0 for landed in outcomes) else ""


def run_import(
    source: Source,
    paths: Iterable[Path],
    out: Path,
    *,
    read_at: datetime | Mapping[Path, datetime] | None = None,
    extras: tuple[str, ...] = (),
    pseudonyms: Pseudonyms | None = None,
    texts: bool = True,
    seal: Sealer | None = None,
    account: str | None = None,
    currency: str | None = None,
) -> Imported:
    """Add what the exports at ``paths`` say to the tables in the folder ``out``.

    Parameters
    ----------
    paths
        Files, or folders of them.
    out
        A folder of tables, made where it is not there. Interrupted, it holds some of the new rows, and running again adds the rest.
    read_at
        When the exports were made, UTC, all of them or each file: counts of followers are as of then. Default: when each file was last
        changed, or what was said when a file of the same content was imported before.
    extras
        Columns with a free name that the importer fills.
    pseudonyms
        What makes pseudonyms of ids; None leaves ids as they are.
    texts
        Whether texts and the addresses in them are kept.
    seal
        What the texts of posts are kept as; None keeps them as they are.
    account
        Whose the exports are, where they do not say so themselves: a name, a profile's address, or an id.
    currency
        Of amounts whose exports do not say it, by ISO 4217.

    Raises
    ------
    InputError
        When there is nothing at a path, ``account`` names nobody, or ``out`` cannot take the rows.
    """
    signed = _signed(source, account)
    if currency is not None and not re.fullmatch("[A-Za-z]{3}", currency):
        raise InputError(f"--currency {currency} is no code of a currency: write three letters, such as EUR.")
    paths = list(paths)
    files, links = files_at(paths, source.suffixes), links_at(paths, source.suffixes)
    with ExitStack() as stack:
        stack.enter_context(_folder(out))
        settle_mark(out, pseudonyms, any((out / name).exists() for name in (LEDGER, *TABLES)))
        settle_sealed(out, seal)
        door = Door(read_people(out).everyone(opted_out(out)), pseudonyms, texts=texts, seal=seal)
        moments = _moments(out, files, read_at)
        counts, written = Counter[str](), Counter[str]()
        cells: dict[str, tuple[int, str]] = {}
        plain = pseudonyms is None and texts and seal is None

        def needed() -> str:
            size = size_words(sum(map(size_of, files)))
            return f"an import takes about as much as its files, {size}, unpacked"

        folder = stack.enter_context(working_folder(needed))
        stream = stack.enter_context((folder / "broken.csv").open("w", encoding="utf-8", newline=""))
        writer = csv.writer(stream)

        def reject(broken: Broken) -> None:
            reason = what = excerpt(broken.reason)
            if broken.column:
                reason = f"{excerpt(broken.column)}: {reason}"
                what = f"cell {reason}"
                example = f"{broken.text!r}, " if plain else ""
                _, first = cells.get(reason, (0, f"{example}{excerpt(broken.file)}, row {broken.line}"))
                cells[reason] = (written[what] + 1, first)
            else:
                counts[reason] += 1
            written[what] += 1
            if written[what] <= MOST_ROWS:
                # A broken record is as it came: where ids or texts are not to be kept, its place has to do.
                row = (excerpt(broken.file), broken.line, what, excerpt(broken.text) if plain else "")
                writer.writerow([harmless(cell) for cell in row])

        rows = Rows({name: source.tables[name] for name in source.fills}, folder, reject, extras, door)
        rows.account, rows.currency = signed, currency
        for number, (path, item) in enumerate(
            read_records(files, source.reader, source.suffixes, rows.warned)
        ):
            if isinstance(item, Broken):
                reject(item)
            else:
                rows.take(item.file, item.line, moments[path].isoformat(), item.value, source.take)
            if number % 10_000 == 0:
                step(f"reading {item.file}", number)
        for path in links:
            reject(Broken(path.name, 0, "a symbolic link is not followed: name the file it leads to"))
        rows.close()
        writer.writerows(
            [files[-1].name, "", harmless(f"and {count - MOST_ROWS} more rows: {what}"), ""]
            for what, count in written.items()
            if count > MOST_ROWS
        )
        stream.close()
        connection = stack.enter_context(duckdb.connect(folder / "work.duckdb"))
        step("putting together what is new")
        landing = Landing(connection, folder, out, source.name, source.fills, plain=plain)
        landed = _land(landing, source, extras)
        _add_up(rows.staged, landed)
        rows.ignored.update(landing.lost)
        # A file may be called after who it is about.
        called = pseudonyms.of_file if pseudonyms else str
        with on_disk(out, needed, "name another place"):
            aside = _quarantine(connection, out, source.name, folder / "broken.csv", [*files, *links], called)
            _write_ledger(out, source.name, files, moments, called)
    spread = (min(moments.values()), max(moments.values()))
    return Imported(
        rows.records,
        tuple(counts.most_common()),
        tuple(rows.ignored.most_common()),
        landed,
        aside,
        spread,
        door.turned_away,
        tuple((reason, count, first) for reason, (count, first) in cells.items()),
        tuple(rows.warned.items()),
        rows.undated,
    )


@contextmanager
def _folder(out: Path) -> Iterator[None]:
    """Make a folder of tables where there is none; one into which nothing came, since something went wrong, goes again."""
    made = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:  # Ctrl-C as well; whatever it is goes on
        if made and not any(out.rglob("*.parquet")):
            shutil.rmtree(out, ignore_errors=True)
        raise


def _signed(source: Source, account: str | None) -> str | None:
    """Return the id of the account that the user says the exports are of; None where nobody says so."""
    if account is None:
        return None
    if not source.unsigned:
        raise InputError(f"Exports of {source.title} say whose they are: leave out --account.")
    try:
        owner = account_of(account, source.unsigned)
    except Unclear as unclear:
        raise InputError(f"--account {account}: {unclear}.") from None
    if not owner.startswith(f"{source.unsigned}:"):
        raise InputError(
            f"--account {account} is {owner}, which is not on {source.unsigned}. Give the name, the profile's address or the id it has there."
        )
    return owner


def _land(landing: Landing, source: Source, extras: tuple[str, ...]) -> tuple[Landed, ...]:
    wanted = {name: source.tables[name] for name in source.tables if name in source.fills}
    staged = {name: table for name, table in wanted.items() if landing.stage(table)}
    if "posts" in staged and "mentions" in wanted:
        landing.tell_references()
        staged["mentions"] = wanted["mentions"]
    landed = []
    # In the order of their declaration: campaigns before what hangs on them.
    for name, table in staged.items():
        if name in ("outcomes", "candidates"):
            landing.bring_campaigns()
        landed.append(landing.land(table, table.extras(extras), strict=source.strict))
    return tuple(landed)


def _add_up(written: Mapping[str, int], landed: Iterable[Landed]) -> None:
    """Fail where a row that an importer made is neither new, there before, nor set aside with a reason."""
    by_table = {one.table: one for one in landed}
    for name, count in written.items():
        one = by_table.get(name)
        rows = one.staged if one else 0
        # References are told of posts and those they answer or reshare, beside what the importer made.
        assert rows >= count if name == "mentions" else rows == count, (
            f"{count - rows} rows of {name} are lost"
        )
        assert one is None or one.aside == sum(number for _, number in one.reasons), f"{name} does not add up"


def _moments(
    out: Path, files: list[Path], read_at: datetime | Mapping[Path, datetime] | None
) -> dict[Path, datetime]:
    """Return when each file counts as read: as told, as it was told before, or when it was last changed."""
    if isinstance(read_at, Mapping):
        return {path: read_at[path] for path in files}
    before = {row["sha256"]: datetime.fromisoformat(row["read_at"]) for row in _ledger(out)}
    moments = {}
    for path in files:
        moment = read_at.replace(tzinfo=UTC) if read_at else before.get(digest_of(path))
        moments[path] = moment or datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return moments


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, by which it is known again."""
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def imported_before(out: Path) -> frozenset[str]:
    """Return the digests of the files that were imported into a folder."""
    return frozenset(row["sha256"] for row in _ledger(out))


def _ledger(out: Path) -> Iterator[dict[str, str]]:
    if (out / LEDGER).is_file():
        with (out / LEDGER).open(encoding="utf-8", newline="") as stream:
            yield from csv.DictReader(stream)


def _write_ledger(
    out: Path, name: str, files: list[Path], moments: Mapping[Path, datetime], called: Callable[[str], str]
) -> None:
    rows = list(_ledger(out))
    known = {(row["sha256"], row["source"]) for row in rows}
    new = [
        {"sha256": digest, "source": name, "file": called(path.name), "read_at": moments[path].isoformat()}
        for path in files
        if ((digest := digest_of(path)), name) not in known
    ]
    if not new:
        return
    partial = out / f".{LEDGER}.partial"
    with partial.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, ["sha256", "source", "file", "read_at"])
        writer.writeheader()
        writer.writerows([*rows, *new])
    partial.replace(out / LEDGER)


def _quarantine(
    connection: duckdb.DuckDBPyConnection,
    out: Path,
    name: str,
    broken: Path,
    files: list[Path],
    called: Callable[[str], str],
) -> Path | None:
    """Write all that was set aside; what other files had set aside before stays."""
    target = out / "quarantine" / f"import-{name}.csv"
    partial = target.with_suffix(".partial")
    target.parent.mkdir(exist_ok=True)
    names = {called(path.name) for path in files}
    below = tuple(f"{one}:" for one in names)
    count = 0
    with partial.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["file", "line", "reason", "row"])
        for row in _earlier(target):
            if row and row[0] not in names and not row[0].startswith(below):
                writer.writerow(row)
                count += 1
        with broken.open(encoding="utf-8", newline="") as source:
            for file, *row in csv.reader(source):
                writer.writerow([called(file), *row])
                count += 1
        written = first_of_each_reason("aside", "file, line, row", 'file, line, reason, "row"')
        more = f"SELECT $last, NULL, reason, '' FROM ({more_of_each_reason('aside')})"
        # Under a file's name, so that they go when it is read again.
        rows_aside = connection.execute(
            f"FROM ({written} UNION ALL {more}) ORDER BY file, line, reason, 4", {"last": files[-1].name}
        )
        while batch := rows_aside.fetchmany(10_000):
            writer.writerows(
                [[harmless(cell) for cell in (file and called(file), *row)] for file, *row in batch]
            )
            count += len(batch)
    if count:
        partial.replace(target)
        return target
    partial.unlink()
    target.unlink(missing_ok=True)
    if not any(target.parent.iterdir()):
        target.parent.rmdir()
    return None


def _earlier(target: Path) -> Iterator[list[str]]:
    if target.is_file():
        csv.field_size_limit(2**31 - 1)
        with target.open(encoding="utf-8", newline="") as stream:
            rows = csv.reader(stream)
            next(rows, None)
            yield from rows
