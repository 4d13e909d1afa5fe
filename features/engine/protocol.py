"""What every engine gives: checked tables that answer SQL.

DuckDB's are :class:`suasion.features.tables.open.Tables`, Spark's :class:`suasion.features.spark.tables.SparkTables`. What both do is
written once: SQL by hand in DuckDB's dialect, which :meth:`Database.sql` translates where it must, and features as expressions,
compiled for :attr:`Database.dialect`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias

from suasion.features.identity.accounts import People

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from suasion.features.tables.quarantine import TableReport

    from .feature import Feature

Row: TypeAlias = tuple[Any, ...]  # a row of an answer: what its cells are, the query says


class Answer(Protocol):
    """What a query gives, fetched when it is asked for."""

    def fetchone(self) -> Row | None:
        """Return the next row, or None after the last."""

    def fetchall(self) -> list[Row]:
        """Return all rows that are left."""

    def df(self) -> pd.DataFrame:
        """Return all rows as pandas."""

    def to_arrow_table(self) -> pa.Table:
        """Return all rows as Arrow."""


@dataclass(frozen=True, kw_only=True)
class Database(ABC):
    """Checked tables in the engine that holds them."""

    reports: tuple[TableReport, ...] = ()
    """What was found in each table."""
    extras: tuple[str, ...] = ()
    """Columns with a free name: ``offer_…`` of outcomes and candidates, those named after a characteristic of signals."""
    present: frozenset[str] = frozenset()
    """Tables with at least one good row."""
    people: People = field(default_factory=People)
    """Whose the accounts are."""
    declared: tuple[Feature, ...] | None = None
    """The features to make of them; None for those that suasion declares."""
    settled: bool = False
    """Whether counts of old posts are taken as settled, though they were read later (:mod:`suasion.features.engine.settled`)."""
    goal: str | None = None
    """The goal of the campaigns whose outcomes count; None for all."""
    dialect: ClassVar[str]
    """``duckdb`` or ``pyspark``: for which expressions are compiled."""
    home: ClassVar[str]
    """What goes before the name of a table as it was opened."""

    @property
    def joined(self) -> bool:
        """Whether persons stand in the place of accounts, and accounts beside them."""
        return bool(self.people)

    @property
    def opened(self) -> Database:
        """The tables as they were opened, of which these may be a scratch copy."""
        return self

    @abstractmethod
    def sql(self, query: str) -> Answer:
        """Run SQL in DuckDB's dialect."""

    @abstractmethod
    def make(self, name: str, query: str) -> None:
        """Make a table of what a query gives, which is written in :attr:`dialect`."""

    @abstractmethod
    def make_all(self, queries: Mapping[str, str]) -> None:
        """Make several tables, none of which reads another of them."""

    @abstractmethod
    def digest(self, name: str, columns: Sequence[str]) -> str:
        """Return a hash of the rows of a table, whatever their order."""
