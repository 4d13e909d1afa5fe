"""What every engine gives: checked tables that answer SQL, and the three steps that are written for each by itself.

DuckDB's are :class:`suasion.features.tables.open.Tables`, Spark's :class:`suasion.features.spark.tables.SparkTables`. What both do is
written once: SQL by hand in DuckDB's dialect, which :meth:`Database.sql` translates where it must, and features as expressions,
compiled for :attr:`Database.dialect`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias

import pandas as pd
import pyarrow as pa

from suasion.features.text.space import Embedder

if TYPE_CHECKING:
    from suasion.features.identity.accounts import People
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


class Database(Protocol):
    """Checked tables in the engine that holds them."""

    dialect: ClassVar[str]
    """``duckdb`` or ``pyspark``: for which expressions are compiled."""

    home: ClassVar[str]
    """What goes before the name of a table as it was opened."""

    @property
    def opened(self) -> Database:
        """The tables as they were opened, of which these may be a scratch copy."""

    @property
    def extras(self) -> tuple[str, ...]:
        """Columns with a free name: ``offer_…`` of outcomes and candidates, those named after a characteristic of signals."""

    @property
    def declared(self) -> tuple[Feature, ...] | None:
        """The declared features; None for those that suasion declares."""

    @property
    def joined(self) -> bool:
        """Whether persons stand in the place of accounts, and accounts beside them."""

    @property
    def settled(self) -> bool:
        """Whether counts of old posts are taken as settled, though they were read later."""

    @property
    def goal(self) -> str | None:
        """The goal of the campaigns whose outcomes count; None for all."""

    @property
    def people(self) -> People:
        """Which accounts are whose."""

    @property
    def present(self) -> frozenset[str]:
        """Tables with at least one good row."""

    @property
    def reports(self) -> tuple[TableReport, ...]:
        """What was found in each table."""

    def sql(self, query: str) -> Answer:
        """Run SQL in DuckDB's dialect."""

    def make(self, name: str, query: str) -> None:
        """Make a table of what a query gives, which is written in :attr:`dialect`."""

    def make_all(self, queries: Mapping[str, str]) -> None:
        """Make several tables, none of which reads another of them."""

    def digest(self, name: str, columns: Sequence[str]) -> str:
        """Return a hash of the rows of a table, whatever their order."""


class Engine(Protocol):
    """The steps that need more than SQL."""

    def read_texts(self, tables: Any, space: Embedder) -> Any:  # tables and texts of its own kind
        """Work out what does not hang on a decision, and return what :meth:`build_relevant` takes."""

    def build_standing(self, tables: Any) -> None:  # of its own kind
        """Make the table ``standing`` for the months the decisions need."""

    # Tables of its own kind, and texts as its own read_texts returns them.
    def build_relevant(self, tables: Any, texts: Any, queries: Mapping[str, str]) -> None:
        """Make ``own``, ``pairs``, ``thresholds``, ``subjects`` and ``marks``."""
