"""Sheets of past campaigns with a row a post, a day or a sale: what one influencer brought in one campaign, added up."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from .cells import is_filled, shown_cell
from .columns import bare
from .dates import DateColumn
from .records import Broken
from .rows import Rows
from .spans import POSTING, read_or_none

DAYS = frozenset(
    ("date", "datum", "fecha", "data", "day", "tag", "jour", "dia", "giorno", "dato", "дата", "日期", "日付")
)
"""Names of a column that dates a row and says no more."""
LONGEST = 100
"""Days from the first to the last row of somebody in one campaign, above which they are of several campaigns by one name."""
PAUSE, YEAR = 14, 366
"""Days without a row of anybody, above which a campaign was over, and for which one may go on."""
_ADDED = frozenset(("conversions", "revenue", "refunds", "clicks", "delivered_exposure"))
"""What the rows of one outcome hold a part of each."""
_RUNNING = re.compile(
    r"\b(?:to date|so far|cumul\w*|kumul\w*|acumul\w*|running|lifetime|bisher\w*|forecast\w*|expected|planned|target)\b"
)
"""Words of a column's name that say that its numbers are no parts: each row holds all until then, or what was meant to come."""
Row = dict[str, object]


@dataclass
class Outcome:
    """What the rows of one influencer in one campaign say."""

    rows: list[tuple[int, int, Row]] = field(default_factory=list)
    """Each with how often the same one stood before it, and its line."""
    times: Counter[str] = field(default_factory=Counter)
    """How often each stands there, by what it is."""
    line: int = 0
    fault: str | None = None
    unread: set[str] = field(default_factory=set)
    """Fields of which a cell could not be understood."""


@dataclass(eq=False)
class Parts:
    """Whether the rows of a sheet are parts of outcomes, and their sums.

    They are where somebody stands in one campaign on several days, in the only column of dates.

    Parameters
    ----------
    campaign, who, date
        The columns of the campaign, of the influencer and of the date; no campaign where all rows are of one.
    counts
        The columns of what is added up.
    formats
        Fields that count posts of a format.
    """

    campaign: str
    who: str
    date: str
    counts: tuple[str, ...]
    formats: set[str] = field(default_factory=set)
    seen: dict[tuple[str, str], dict[str, object]] = field(default_factory=dict)
    """The dates of each person in each campaign, by how they look."""
    days: dict[tuple[str, str], set[datetime]] = field(default_factory=dict)
    """Those that could be read."""
    outcomes: dict[tuple[object, object], Outcome] = field(default_factory=dict)
    """Of several sheets with parts of the same ones, those of all."""
    closes: bool = True
    """Whether no further sheet has parts of them."""
    alone: set[str] = field(default_factory=set)
    """Campaigns whose rows are too far apart to be parts: of a campaign of the same name a year later, or always on."""
    latest: Outcome | None = None
    """That of the row before."""
    blanks: int = 0
    """How many rows name nobody."""
    blanks_at: dict[tuple[str, str], int] = field(default_factory=dict)
    """How many of them stand above the latest row of each person in each campaign."""
    named: bool = False
    """Whether names stand in each row of theirs, since somebody's stands again below a row that names nobody."""

    @property
    def names(self) -> tuple[str, str, str]:
        """How its columns are called."""
        return bare(self.campaign), bare(self.who), bare(self.date)

    @property
    def posts(self) -> bool:
        """Whether each row is a post, as its column of dates is called."""
        return bare(self.date) in POSTING

    def see(self, row: Mapping[str, object]) -> None:
        """Take a row into account."""
        campaign, who, date = (self._cell(row, name) for name in (self.campaign, self.who, self.date))
        self.blanks += not who
        if who:
            self.named |= self.blanks_at.setdefault((campaign, who), self.blanks) != self.blanks
            self.blanks_at[campaign, who] = self.blanks
        if who and date:
            self.seen.setdefault((campaign, who), {})[date] = row[self.date]

    def read(self, reader: DateColumn) -> bool:
        """Read the dates, now that it is decided how they are written; return whether rows may be parts.

        Of months or weeks, each is a campaign of its own, and what counts all until then is no part.
        """
        if not (self.posts or bare(self.date) in DAYS) or any(
            _RUNNING.search(bare(name)) for name in self.counts
        ):
            return False
        edges = [replace(reader, edge=edge) for edge in ("first", "last")]
        for key, dates in self.seen.items():
            spans = [{(read_or_none(edge, cell) or "")[:10] for edge in edges} for cell in dates.values()]
            if any(len(span) > 1 for span in spans):
                return False
            self.days[key] = {datetime.fromisoformat(day) for span in spans for day in span if day}
        self.seen.clear()
        return True

    def has(self, row: Mapping[str, object]) -> bool:
        """Return whether a row is a part of an outcome."""
        return self._cell(row, self.campaign) not in self.alone

    @staticmethod
    def _cell(row: Mapping[str, object], name: str) -> str:
        return shown_cell(row[name]).strip().casefold() if is_filled(row.get(name)) else ""

    def add(
        self,
        row: Mapping[str, object],
        values: Row,
        line: int,
        fault: str | None,
        unread: Iterable[str] = (),
    ) -> None:
        """Add a row's fields to the outcome that it is a part of; one whose row cannot be read has no sum.

        Parameters
        ----------
        unread
            Fields of the row that could not be understood: of these there is no sum.
        """
        outcome = self.outcomes.setdefault(
            (values.get("campaign_id"), values.get("influencer_id")), Outcome()
        )
        outcome.unread.update(unread)
        outcome.line, outcome.fault, self.latest = line, outcome.fault or fault, outcome
        what = repr(sorted((name, str(cell)) for name, cell in row.items()))
        outcome.rows.append((outcome.times[what], line, values))
        outcome.times[what] += 1

    def skip(self) -> None:
        """Leave out a row that names nobody: whoever stands above it may be meant, and then has no sum without it."""
        if self.latest and not self.named:
            self.latest.fault = self.latest.fault or "a row below theirs names nobody: write them in each"

    def close(self, rows: Rows) -> None:
        """Add the outcomes, after the last of their rows."""
        sales = self._sales()
        for _, line, _ in (
            part
            for outcome in self.outcomes.values()
            for part in outcome.rows
            if not self._counts(part, sales)
        ):
            rows.reject(Broken(rows.file, line, "the same row stands above: it counts once"))
        for outcome, line, fault in self.sums():
            rows.line = line
            if float(str(outcome.get("revenue") or 0)) < 0:
                amount = str(outcome.pop("revenue"))
                rows.reject(Broken(rows.file, line, "more given back than came", amount, "revenue"))
            rows.add("outcomes", _problem=fault, **outcome)

    def sums(self) -> Iterator[tuple[Row, int, str | None]]:
        """Yield the fields of each outcome, the line of its last row, and why it has no sum.

        A row that stands twice is one, unless it is a sale, or a post that brought one conversion or none. What was agreed with
        somebody and is the same in all of their rows, whoever it is, was agreed once; fees of posts are each
        post's, unless several agreed posts stand in each row.
        """
        sales = self._sales()
        once = {name for name in ("fee", "exposure", *self.formats) if self._agreed_once(name)}
        for (campaign, who), outcome in self.outcomes.items():
            parts = [part[2] for part in outcome.rows if self._counts(part, sales)]
            values: Row = {"campaign_id": campaign, "influencer_id": who}
            for name in dict.fromkeys(name for part in parts for name in part):
                cells = [part[name] for part in parts if part.get(name) is not None]
                if not cells or name in values:
                    continue
                if name == "known_at":
                    values[name] = max(map(str, cells))
                elif name in _ADDED or (name in ("fee", "exposure", *self.formats) and name not in once):
                    values[name] = str(sum(Decimal(str(value)) for value in cells))
                else:
                    values[name] = cells[0]
            for name in ("revenue", "clicks"):
                if any(part.get(name) is None and _some(part.get("conversions")) for part in parts):
                    values.pop(name, None)  # the sum of some is not that of all
            for name in outcome.unread & values.keys() - {"conversions"}:
                values.pop(name)
            if self.posts:
                values.setdefault("exposure", str(len(parts)))
            yield (
                values,
                outcome.line,
                outcome.fault and f"{outcome.fault} (in a row of several that are added up)",
            )

    def _sales(self) -> bool:
        return all(_few(row) for outcome in self.outcomes.values() for _, _, row in outcome.rows)

    def _counts(self, part: tuple[int, int, Row], sales: bool) -> bool:
        times, _, row = part
        return not times or sales or (self.posts and _few(row))

    def _agreed_once(self, name: str) -> bool:
        """Whether a number is the same in all rows of each person in a campaign; a fee of posts is not, nor is one post a row.

        Where all of several agreed posts stand in each row, the fee that stands beside them is that of all.
        """
        if name == "fee" and self.posts and not self._agreed_once("exposure"):
            return False
        distinct = [
            {Decimal(str(row[name])) for _, _, row in outcome.rows if row.get(name) is not None}
            for outcome in self.outcomes.values()
        ]
        alike = all(len(values) <= 1 for values in distinct)
        return alike and (name == "fee" or _several(distinct))


def together(sheets: Sequence[Parts]) -> list[Parts]:
    """Let sheets with parts of the same outcomes add up to one, and return those whose rows are parts.

    They do where no outcome has rows of one day on two of them: then one may be the other's summary, or an export that overlaps it, and
    each stands for itself. Written as days, firsts of months and the same day of each week are months and weeks.
    """
    groups: list[list[Parts]] = []
    for sheet in sheets:
        same = [group for group in groups if any(_share(one, sheet) for one in group)]
        apart = all(_days_apart(one, sheet) for group in same for one in group)
        joined = [[*itertools.chain.from_iterable(same), sheet]] if apart else [*same, [sheet]]
        groups = [group for group in groups if group not in same] + joined
    kept = []
    for group in groups:
        whole: dict[tuple[str, str], set[datetime]] = {}
        for sheet in group:
            for key, days in sheet.days.items():
                whole.setdefault(key, set()).update(days)
        alone = _broken_off(whole)
        if _are_parts(
            [days for key, days in whole.items() if key[0] not in alone], weekly=not group[0].posts
        ):
            for sheet in group:
                sheet.outcomes, sheet.closes, sheet.alone = group[0].outcomes, sheet is group[-1], alone
            kept += group
    return kept


def _broken_off(whole: Mapping[tuple[str, str], set[datetime]]) -> set[str]:
    """Return the campaigns of which somebody's rows are far apart, unless there were rows of somebody in all the time between, for a year at most."""
    broken = set[str]()
    for campaign in {key[0] for key, days in whole.items() if days and _span(days) > LONGEST}:
        days = sorted(set().union(*(days for key, days in whole.items() if key[0] == campaign)))
        gaps = [(later - day).days for day, later in itertools.pairwise(days)]
        if max(gaps) > PAUSE or _span(days) > YEAR:
            broken.add(campaign)
    return broken


def _span(days: Iterable[datetime]) -> int:
    return (max(days) - min(days)).days


def _share(one: Parts, other: Parts) -> bool:
    return one.names == other.names and not one.days.keys().isdisjoint(other.days)


def _days_apart(one: Parts, other: Parts) -> bool:
    return all(one.days[key].isdisjoint(other.days[key]) for key in one.days.keys() & other.days.keys())


def _are_parts(outcomes: Sequence[set[datetime]], *, weekly: bool) -> bool:
    days = set().union(*outcomes)
    is_monthly = all(day.day == 1 for day in days)
    is_weekly = weekly and len(days) > 2 and len({day.weekday() for day in days}) == 1
    return any(len(known) > 1 for known in outcomes) and not is_monthly and not is_weekly


def _few(row: Row) -> bool:
    return Decimal(str(row.get("conversions") or 0)) <= 1


def _some(value: object) -> bool:
    return value is not None and Decimal(str(value)) > 0


def _several(distinct: Iterable[set[Decimal]]) -> bool:
    return any(value > 1 for values in distinct for value in values)
