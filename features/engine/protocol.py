"""What every engine gives: checked tables that answer SQL, and the three steps that are written for each by itself.

DuckDB's are :class:`suasion.features.tables.open.Tables`, Spark's :class:`suasion.features.spark.tables.SparkTables`. What both do is
written once: SQL by hand in DuckDB's dialect, which :meth:`Database.sql` translates where it must, and features as expressions,
compiled for :attr:`Database.dialect`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

from suasion.features.text.space import Embedder


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
    def declared(self) -> tuple[Any, ...] | None:
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
    def people(self) -> Any:
        """Which accounts are whose."""

    @property
    def present(self) -> frozenset[str]:
        """Tables with at least one good row."""

    @property
    def reports(self) -> tuple[Any, ...]:
        """What was found in each table."""

    @property
    def say(self) -> Callable[[str], None]:
        """To be called with a line about what is going on, for who waits."""

    def sql(self, query: str) -> Any:
        """Run SQL in DuckDB's dialect; the answer has DuckDB's ``fetchone``, ``fetchall``, ``df`` and ``to_arrow_table``."""

    def make(self, name: str, query: str) -> None:
        """Make a table of what a query gives, which is written in :attr:`dialect`."""

    def make_all(self, queries: Mapping[str, str]) -> None:
        """Make several tables, none of which reads another of them."""

    def digest(self, name: str, columns: Sequence[str]) -> str:
        """Return a hash of the rows of a table, whatever their order."""


class Engine(Protocol):
    """The steps that need more than SQL."""

    def read_texts(self, tables: Any, space: Embedder) -> Any:
        """Work out what does not hang on a decision, and return what :meth:`build_relevant` takes."""

    def build_standing(self, tables: Any) -> None:
        """Make the table ``standing`` for the months the decisions need."""

    def build_relevant(self, tables: Any, texts: Any, queries: Mapping[str, str]) -> None:
        """Make ``own``, ``pairs``, ``thresholds``, ``subjects`` and ``marks``."""
