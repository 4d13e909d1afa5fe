"""What sheets may hold, and what the user says of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, tzinfo

from suasion.features.tables.schema import Column, Table

Span = tuple[date, date]
"""A first and a last day."""
COUNTED = ("posts", "post_metrics")
"""What a row of a sheet of posts with their counts is about."""


@dataclass(frozen=True)
class Arguments:
    """What the user says of sheets; what is not said is worked out.

    Parameters
    ----------
    maps
        For columns of the files the fields they hold; nothing leaves one out.
    constants
        Fields that are the same in every row.
    """

    maps: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    platform: str = ""
    dates: str | None = None
    decimal: str | None = None
    zone: tzinfo = UTC
    encoding: str | None = None
    year: str = ""
    """Of dates that name none: four digits."""


@dataclass(frozen=True)
class Fit:
    """Which tables a sheet may hold: their declarations, and those that a row is about where the user says so."""

    tables: Mapping[str, Table]
    parts: tuple[str, ...] | None = None
    """None: the table that fits a sheet best."""
    past: bool = False
    """Whether rows are of past campaigns, beside which followers may stand."""
    undated: bool = False
    """Whether rows that name no moment are of when the file was read."""
    there: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Ids of people and campaigns by which other tables name them, for each field."""
    spans: Mapping[str, Span] = field(default_factory=dict)
    """When campaigns were, as far as other tables say."""
    apart: bool = False
    """Whether some sheets of past campaigns say when these were, and others what came of them."""

    def columns(self, parts: tuple[str, ...]) -> dict[str, Column]:
        """Return the columns of the tables, by name."""
        by_name = {column.name: column for part in parts for column in self.tables[part].columns}
        if self.past or parts == COUNTED:
            by_name["followers"] = replace(self.tables["audience"].column("followers"), required=False)
        if self.undated or parts == COUNTED:
            by_name["observed_at"] = replace(by_name["observed_at"], required=False)
        if "orders" in parts:
            by_name["amount_refunded"] = Column(
                "amount_refunded", "number", "how much of the order came back"
            )
        return by_name | {"known_at": Column("known_at", "time", "when it could first be known")}

    def prefixes(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        """Return what columns with a free name begin with, where the tables take such."""
        return tuple(dict.fromkeys(prefix for part in parts for prefix in self.tables[part].prefixes))
