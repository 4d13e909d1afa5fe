"""Sheets of past campaigns with a row a post, a day or a sale: what one influencer brought in one campaign, added up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from .cells import is_filled, shown_cell
from .dates import DateColumn
from .spans import read_or_none

LOOKED_AT = 50
"""Dates that are looked at, to tell days from months."""
_ADDED = frozenset(("conversions", "revenue", "refunds", "exposure", "delivered_exposure"))
"""What the rows of one outcome hold a part of each."""
Key = tuple[object, object]
"""A campaign and an influencer."""


@dataclass
class Outcome:
    """What the rows of one influencer in one campaign say together."""

    values: dict[str, object]
    fees: list[Decimal] = field(default_factory=list)
    fault: str | None = None
    seen: set[str] = field(default_factory=set)
    """What the rows were, so that one that stands twice counts once."""


@dataclass
class Parts:
    """Whether the rows of a sheet are parts of outcomes, and their sums.

    They are where somebody stands in one campaign with several dates, in the only column of dates.

    Parameters
    ----------
    campaign, who, date
        The columns of the campaign, of the influencer and of the date; no campaign where all rows are of one.
    added
        Further fields that are added up, such as posts of a format.
    posts
        Whether each row is a post, as its column of dates is called.
    """

    campaign: str
    who: str
    date: str
    added: frozenset[str] = frozenset()
    posts: bool = False
    cells: list[object] = field(default_factory=list)
    """Some of the dates, as they stand there."""
    first: dict[tuple[str, str], str] = field(default_factory=dict)
    several: bool = False
    outcomes: dict[Key, Outcome] = field(default_factory=dict)

    def see(self, row: Mapping[str, object]) -> None:
        """Take a row into account."""
        cells = [row.get(name) for name in (self.campaign, self.who, self.date)]
        campaign, who, date = (shown_cell(c).strip().casefold() if is_filled(c) else "" for c in cells)
        if date and len(self.cells) < LOOKED_AT:
            self.cells.append(cells[2])
        if who and date and not self.several:
            self.several = self.first.setdefault((campaign, who), date) != date

    def settled(self, reader: DateColumn) -> bool:
        """Return whether rows are parts, now that it is decided how dates are written: of months or weeks, each is a campaign of its own."""
        edges = [replace(reader, edge=edge) for edge in ("first", "last")]
        spans = [{read_or_none(edge, cell) for edge in edges} for cell in self.cells]
        return self.several and all(len({(moment or "")[:10] for moment in span}) == 1 for span in spans)

    def add(self, row: Mapping[str, object], values: dict[str, object], fault: str | None) -> None:
        """Add a row's fields to the outcome that it is a part of; one whose row cannot be read has no sum."""
        key = (values.get("campaign_id"), values.get("influencer_id"))
        digest = hashlib.sha256(
            repr(sorted((name, str(cell)) for name, cell in row.items())).encode()
        ).hexdigest()
        outcome = self.outcomes.setdefault(key, Outcome({}))
        if digest in outcome.seen:
            return
        outcome.seen.add(digest)
        outcome.fault = outcome.fault or fault
        if fault:
            return
        for name, value in values.items():
            if value is None:
                continue
            if name == "fee":
                outcome.fees.append(Decimal(str(value)))
            elif name in _ADDED or name in self.added:
                outcome.values[name] = str(Decimal(str(outcome.values.get(name, 0))) + Decimal(str(value)))
            elif name == "known_at":
                outcome.values[name] = max(str(value), str(outcome.values.get(name, value)))
            else:
                outcome.values.setdefault(name, value)

    def sums(self) -> Iterator[tuple[dict[str, object], str | None]]:
        """Yield the fields of each outcome, and why one has no sum. A fee that is the same in all rows is that of all."""
        for (campaign, who), outcome in self.outcomes.items():
            values = {"campaign_id": campaign, "influencer_id": who, **outcome.values}
            if outcome.fees:
                values["fee"] = str(sum(outcome.fees) if len(set(outcome.fees)) > 1 else outcome.fees[0])
            if self.posts:
                values.setdefault("exposure", str(len(outcome.seen)))
            fault = outcome.fault and f"{outcome.fault} (in a row of several that are added up)"
            yield values, fault
