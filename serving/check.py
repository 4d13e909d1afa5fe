"""Says what data gives: which tables and features are there, what was set aside and why, and what is known late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from suasion.features import CHARACTERISTICS
from suasion.features.engine.currencies import currencies_of
from suasion.features.engine.goals import goals_of
from suasion.features.engine.matrix import available, columns_used, features_of, tables_of
from suasion.features.engine.settled import Assumption, assumption_of
from suasion.features.identity.alike import alike_names, same_but_case, without_platform
from suasion.features.identity.persons import with_accounts
from suasion.features.tables.open import Tables
from suasion.features.tables.quarantine import TableReport
from suasion.features.tables.schema import TABLES

_HAPPENED = {
    "posts": "created_at",
    "mentions": "created_at",
    "campaigns": "starts_at",
    "audience": "observed_at",
}


_TELLS_OF = {
    "posts": "author_id",
    "audience": "influencer_id",
    "influencers": "influencer_id",
    "credentials": "influencer_id",
    "signals": "influencer_id",
}
"""Tables that tell of influencers, and the column that says of whom."""
_TOGETHER = (
    ("posts", "post_metrics"),
    ("posts",),
    ("post_metrics",),
    ("audience",),
    ("influencers",),
    ("mentions",),
    ("credentials",),
)
"""What comes together, what everybody can get before what few have."""
_COMMON = 5
"""Of these, how many everybody can get."""


@dataclass(frozen=True)
class Usable:
    """How many features of a characteristic, or of the offer, the data fills."""

    name: str
    features: int
    usable: int
    filled_by: tuple[str, ...]
    """Tables that its usable features are read from."""
    lost: tuple[str, ...]
    """Tables, and columns of ``audience`` and ``influencers``, that are not there and would bring more."""


@dataclass(frozen=True)
class Fill:
    """How many more features of a characteristic, or of the offer, would be usable."""

    characteristic: str
    features: int


@dataclass(frozen=True)
class Next:
    """Tables that are not there, and what they would fill."""

    tables: tuple[str, ...]
    fills: tuple[Fill, ...]


@dataclass(frozen=True)
class Late:
    """Rows that were known only after they happened: features as of the time between do not see them."""

    table: str
    rows: int
    late: int
    median_days: float


@dataclass(frozen=True)
class Covered:
    """Of how many people with outcomes a table has rows: features of all others are missing."""

    table: str
    people: int
    without: str | None
    """Somebody with outcomes whom it lacks."""
    instead: str | None
    """Somebody in it who has no outcome."""


@dataclass(frozen=True)
class Goal:
    """How many outcomes are of campaigns with a goal."""

    goal: str
    """Empty where the campaign does not tell."""
    outcomes: int


@dataclass(frozen=True)
class Checked:
    """What data gives."""

    tables: tuple[TableReport, ...]
    quarantine: Path
    """Folder of the rows set aside."""
    usable: tuple[Usable, ...]
    next: tuple[Next, ...]
    """What to bring next, one after the other."""
    late: tuple[Late, ...]
    persons: int
    """People who have several ids."""
    ids: int
    """Their ids."""
    undecided: tuple[str, ...]
    """Accounts that are said to be several people's, and left as they are."""
    alike: tuple[tuple[str, str], ...]
    """Campaigns, and people with outcomes, that may be one, written in two ways."""
    covered: tuple[Covered, ...]
    shrunk: int
    """Outcomes that were replaced by smaller numbers."""
    goals: tuple[Goal, ...]
    currencies: dict[str, int]
    """Rows of outcomes and candidates with amounts in each currency that is told."""
    settled: Assumption | None
    """What would rest on ``--settled``; None without counts of posts."""
    conversions: float
    influencers: int
    campaigns: int
    first_decision: datetime
    last_decision: datetime
    candidates: bool
    """Whether candidates are named; without, everybody seen in the year before is scored."""

    def as_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        tables = [{**asdict(report), "aside": report.aside} for report in self.tables]
        return {**asdict(self), "tables": tables}


def check(tables: Tables, quarantine: Path) -> Checked:
    """Return what opened data gives."""
    row = tables.sql(
        "SELECT sum(conversions), count(DISTINCT influencer_id), count(DISTINCT campaign_id), min(decided_at), max(decided_at) FROM outcomes"
    ).fetchone()
    assert row is not None
    people = tables.people
    return Checked(
        tables.reports,
        quarantine,
        tuple(_usable(tables, group) for group in (*CHARACTERISTICS, "offer")),
        tuple(_next(tables)),
        tuple(_late(tables)),
        len(people.names),
        len(people.persons) + len(people.names),
        tuple(people.undecided),
        tuple(_alike(tables)),
        tuple(_covered(tables)),
        _shrunk(tables),
        tuple(Goal(goal, count) for goal, count in goals_of(tables).items()),
        currencies_of(tables),
        assumption_of(tables) if {"posts", "post_metrics"} <= tables.present else None,
        float(row[0]),
        row[1],
        row[2],
        row[3],
        row[4],
        "candidates" in tables.present,
    )


def _alike(tables: Tables) -> Iterator[tuple[str, str]]:
    """Yield campaigns whose names differ by a slip, ids of people in two cases, and such without their platform."""

    def distinct(column: str, table: str) -> list[str]:
        return [str(one) for (one,) in tables.sql(f"SELECT DISTINCT {column} FROM {table}").fetchall()]

    people = distinct("influencer_id", "outcomes")
    yield from alike_names(distinct("campaign_id", "campaigns"))
    yield from same_but_case(people)
    known = sorted(_TELLS_OF.keys() & tables.present)
    yield from without_platform(people, [one for name in known for one in distinct(_TELLS_OF[name], name)])


def _covered(tables: Tables) -> Iterator[Covered]:
    for name in sorted(_TELLS_OF.keys() & tables.present):
        row = tables.sql(
            f"WITH judged AS (SELECT DISTINCT influencer_id AS who FROM outcomes), there AS (SELECT DISTINCT {_TELLS_OF[name]} AS who FROM {name}) "
            "SELECT (SELECT count(*) FROM judged SEMI JOIN there USING (who)), (SELECT min(who) FROM judged ANTI JOIN there USING (who)), "
            "(SELECT min(who) FROM there ANTI JOIN judged USING (who))"
        ).fetchone()
        assert row is not None
        yield Covered(name, *row)


def _shrunk(tables: Tables) -> int:
    """Return how many outcomes a later reading replaced by fewer conversions, as where its file holds only what came since."""
    row = tables.sql(
        "SELECT count(*) FROM (SELECT conversions, lead(conversions) OVER (PARTITION BY campaign_id, influencer_id ORDER BY known_at) AS later "
        "FROM outcomes) WHERE later < conversions"
    ).fetchone()
    return row[0] if row else 0


def _usable(tables: Tables, group: str) -> Usable:
    features = features_of(tables)
    absent = {
        f"{report.table}.{column}"
        for report in tables.reports
        if report.table in ("audience", "influencers")
        for column in report.absent_columns
    }
    declared = [feature for feature in features if feature.characteristic == group]
    there = [feature for feature in declared if available(feature, tables.present, features)]
    untold = {}
    for f in there:
        named = {"audience", "influencers"} & {*tables_of(f, features)}
        columns = columns_used(f) if named else ()
        untold[f] = absent & {f"{table}.{column}" for table in named for column in columns}
    lost = sorted(
        name
        for name in TABLES
        if name not in tables.present
        and any(available(f, tables.present | {name}, features) and f not in there for f in declared)
    )
    lost += sorted(set[str]().union(*untold.values()))
    usable = [feature for feature, columns in untold.items() if not columns]
    filled_by = sorted({table for feature in usable for table in tables_of(feature, features)})
    return Usable(group, len(declared), len(usable), tuple(filled_by), tuple(lost))


def _next(tables: Tables) -> Iterator[Next]:
    """Yield what would fill most, what everybody can get first, each on top of those before."""
    features, present = features_of(tables), tables.present
    while True:
        there = {feature for feature in features if available(feature, present, features)}
        could = []
        for place, names in enumerate(_TOGETHER):
            more = present | {*names}
            new = Counter(
                f.characteristic for f in features if f not in there and available(f, more, features)
            )
            if present.isdisjoint(names) and new:
                could.append((place < _COMMON, new.total(), -place, names, new.most_common()))
        if not could:
            return
        *_, names, fills = max(could)
        yield Next(names, tuple(Fill(*fill) for fill in fills))
        present |= {*names}


def _late(tables: Tables) -> Iterator[Late]:
    for name, time in _HAPPENED.items():
        key = (with_accounts(TABLES[name]) if tables.joined else TABLES[name]).key
        row = tables.sql(
            f"SELECT count(*), count(*) FILTER (first > happened), median(date_diff('hour', happened, first) / 24.0) FILTER (first > happened) "
            f"FROM (SELECT min(known_at) AS first, min({time}) AS happened FROM {name} GROUP BY {', '.join(key)})"
        ).fetchone()
        if row and row[1]:
            yield Late(name, row[0], row[1], float(row[2]))
