"""Opens what a user brings: reads each table, sets bad rows aside (:mod:`.quarantine`), and leaves typed ones that the rest can trust."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import duckdb
import pyarrow as pa

from suasion.features.engine.protocol import Database
from suasion.features.errors import InputError, MissingTableError
from suasion.features.identity.accounts import make_joined, read_people
from suasion.features.identity.persons import with_accounts
from suasion.features.privacy.optout import opted_out, without
from suasion.features.progress import step

from .quarantine import copy_raw, drop_stages, sift, sort_out
from .read import columns_of, find, literal, quote
from .schema import TABLES, describe
from .store import working_database

if TYPE_CHECKING:
    from suasion.features.engine.feature import Feature


@dataclass(frozen=True, kw_only=True)
class Tables(Database):
    """The checked tables in their working database."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    path: str = "work.main"
    """Where names are looked for, the first place being where tables are made."""
    store: Path | None = None
    """Folder of what was worked out from texts before; None keeps nothing."""
    kept: bool = False
    """Whether these, and what hangs on their rows alone, will be there the next time."""
    opted_out: tuple[str, ...] = ()
    """Ids of people whose rows are as if they were not there."""
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
        # concat_ws passes over NULL: what is missing is told beside each value, so that 3 likes are not 3 saves.
        listed = ", ".join(f"{quote(column)}, {quote(column)} IS NULL" for column in columns)
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
    declared: tuple[Feature, ...] | None = None,
    settled: bool = False,
    goal: str | None = None,
) -> Iterator[Tables]:
    """Read, check and type the tables at ``address``; close the working database at the end, and remove it if it is not kept.

    Parameters
    ----------
    address
        A folder of Parquet or CSV files, a DuckDB file, or a database address.
    quarantine
        Folder for the rows set aside: one CSV a table with the columns ``record`` (the n-th that could be
        read), ``line`` (of one that could not), ``reason, row``. None: only counted. Where it cannot be written, the reports
        say why (:attr:`~suasion.features.tables.quarantine.TableReport.unwritten`), and good rows are read all the same.
    leave_out
        Tables to treat as absent.
    memory_limit
        DuckDB's limit, such as ``"4GB"``; it spills beyond.
    declared
        The features to make of the tables; None for those that suasion declares.
    settled
        Whether counts of old posts are taken as settled, though they were read later.
    goal
        The goal of the campaigns whose outcomes count (``campaigns.goal``); None for all.

    Notes
    -----
    The environment variable ``SUASION_STORE`` names a folder that keeps what is worked out from texts
    (:mod:`suasion.features.text.cache`), so that no text is embedded twice, and the checked tables of a folder of Parquet
    (:mod:`suasion.features.tables.store`), so that only new files are read.

    Raises
    ------
    InputError
        When the address, a needed table, a needed column or all rows of a needed table are missing.
    DiskFullError
        When the disk of the working database is full.
    """
    place = os.environ.get("SUASION_STORE")
    store = Path(place) if place else None
    people = read_people(address, quarantine)
    ids = people.everyone(opted_out(address))
    with working_database(store, str(address), leave_out, ids, people.digest) as work:
        connection, ledger = work.connection, work.ledger
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"SET temp_directory = {literal(str(work.folder / 'spill'))}")
        if memory_limit:
            try:
                connection.execute(f"SET memory_limit = {literal(memory_limit)}")
            except duckdb.Error as error:
                raise InputError(
                    f"The memory limit is {memory_limit!r}; write an amount with its unit, such as 4GB."
                ) from error
            # Rows that have to come out in the order in which they went in have to wait for one another in memory.
            connection.execute("SET preserve_insertion_order = false")
        raws = {name: raw for name, raw in find(str(address), connection).items() if name not in leave_out}
        require_tables(raws, str(address))
        if people:
            make_joined(people, connection)
        reports, extras = [], set[str]()
        for name, table in TABLES.items():
            if name in raws:
                step(f"reading and checking {name}")
            bring = ledger.bring if ledger else partial(sift, connection=connection, opted_out=ids)
            report, free_columns = bring(
                with_accounts(table) if people else table, raws.get(name), quarantine=quarantine
            )
            reports.append(report)
            extras |= free_columns
        for name, table in TABLES.items():
            for column in table.extras(sorted(extras)):
                connection.execute(f"ALTER TABLE {name} ADD COLUMN IF NOT EXISTS {quote(column)} DOUBLE")
        present = frozenset(report.table for report in reports if report.kept)
        if people.report:
            reports.append(people.report)
        yield Tables(
            connection=connection,
            folder=work.folder,
            reports=tuple(reports),
            extras=tuple(sorted(extras)),
            present=present,
            store=store,
            kept=ledger is not None,
            opted_out=ids,
            people=people,
            declared=declared,
            settled=settled,
            goal=goal,
        )


def require_tables(raws: Mapping[str, object], address: str) -> None:
    """Refuse data without the tables that nothing can be done without."""
    missing = [table for table in TABLES.values() if table.needed and table.name not in raws]
    if missing:
        lines = [f"  {table.name}: {describe(table)}" for table in missing]
        raise MissingTableError(
            f"{address.split('@')[-1]} lacks {' and '.join(table.name for table in missing)}, which suasion cannot do without. "
            "Add (columns with * are needed):\n" + "\n".join(lines)
        )


def check_rows(tables: Tables, name: str, rows: pa.Table) -> list[tuple[int, str]]:
    """Make the table ``name`` of a scratch copy from rows that came with a question, by the same rules as any other.

    The rows have some of the declared columns, times as text or timestamps. Of each that is set aside, its number from 0 and the reason is
    returned.
    """
    table, connection = with_accounts(TABLES[name]) if tables.joined else TABLES[name], tables.connection
    connection.register("incoming", rows)
    copied = copy_raw(name, "SELECT * FROM incoming", connection)
    connection.unregister("incoming")
    types = columns_of(f"raw_{name}", connection)
    extras = set(table.extras(tables.extras))
    sort_out(table, without(copied, types, tables.opted_out), types, extras, connection)
    aside = connection.execute(f"SELECT _row - 1, reason FROM aside_{name} ORDER BY 1, 2").fetchall()
    drop_stages(name, connection)
    return aside
