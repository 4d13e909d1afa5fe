"""Says what data gives: which tables and features are there, what was set aside and why, and what is known late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from operator import itemgetter
from pathlib import Path

from suasion.features import CHARACTERISTICS
from suasion.features.engine.currencies import currencies_of
from suasion.features.engine.goals import by_goal
from suasion.features.engine.matrix import features_of, tables_of
from suasion.features.engine.needs import Filled, met, needs_of, unmet
from suasion.features.engine.settled import Assumption, assumption_of
from suasion.features.identity.alike import alike_names, same_but_case, without_platform
from suasion.features.identity.persons import with_accounts
from suasion.features.sources.catalog import who_fills
from suasion.features.tables.open import Tables
from suasion.features.tables.quarantine import TableReport
from suasion.features.tables.read import quote
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
    ("campaigns",),
    ("outcomes",),
    ("mentions",),
    ("credentials",),
)
"""What comes together, what everybody can get before what few have."""
_COMMON = 7
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
    """Tables that are not there, and columns without a value of those that are (``audience.real_share``), which would bring more."""


@dataclass(frozen=True)
class Fill:
    """How many more features of a characteristic, or of the offer, would be usable."""

    characteristic: str
    features: int


@dataclass(frozen=True)
class Next:
    """Tables that are not there, or columns that hold nothing of one that is, and what they would fill."""

    tables: tuple[str, ...]
    fills: tuple[Fill, ...]
    columns: tuple[str, ...] = ()
    """The columns; none where the tables are not there."""
    sources: tuple[str, ...] = ()
    """Titles of the sources that give most of the columns."""


@dataclass(frozen=True)
class Late:
    """Rows that were known only after they happened: features as of the time between do not see them."""

    table: str
    rows: int
    late: int
    median_days: float


@dataclass(frozen=True)
class Lag:
    """How often somebody was asked again before anything was known of their last campaign."""

    again: int
    """Outcomes of people who had one before."""
    unknown: int
    median_days: float
    """From a decision to when its outcome was known."""


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
    """How many outcomes are of campaigns with a goal, and what came of them."""

    goal: str
    """Empty where the campaign does not tell."""
    outcomes: int
    conversions: float


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
    lag: Lag
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
    conversions: float | None
    """None where there are several goals, which are not to be added up."""
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
        "SELECT count(DISTINCT influencer_id), count(DISTINCT campaign_id), min(decided_at), max(decided_at) FROM outcomes"
    ).fetchone()
    assert row is not None
    people, filled = tables.people, _filled(tables)
    goals = tuple(Goal(*one) for one in by_goal(tables))
    return Checked(
        tables.reports,
        quarantine,
        tuple(_usable(tables, group, filled) for group in (*CHARACTERISTICS, "offer")),
        tuple(_next(tables, filled)),
        tuple(_late(tables)),
        _lag(tables),
        len(people.names),
        len(people.persons) + len(people.names),
        tuple(people.undecided),
        tuple(_alike(tables)),
        tuple(_covered(tables)),
        _shrunk(tables),
        goals,
        currencies_of(tables),
        assumption_of(tables) if {"posts", "post_metrics"} <= tables.present else None,
        sum(one.conversions for one in goals) if len(goals) == 1 else None,
        row[0],
        row[1],
        row[2],
        row[3],
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


def _filled(tables: Tables) -> Filled:
    """Return the columns that hold a value, of the tables that are there."""
    filled = set[tuple[str, str]]()
    for name in sorted(tables.present):
        columns = [column for column, *_ in tables.sql(f"SELECT * FROM {name} LIMIT 0").description]
        holds = ", ".join(f"EXISTS (SELECT 1 FROM {name} WHERE {quote(one)} IS NOT NULL)" for one in columns)
        row = tables.sql(f"SELECT {holds}").fetchone() or ()
        filled |= {(name, column) for column, value in zip(columns, row, strict=True) if value}
    return filled


def _usable(tables: Tables, group: str, filled: Filled) -> Usable:
    features, there = features_of(tables), {table for table, _ in filled}
    needs = needs_of(tuple(features), tables.extras)
    declared = [feature for feature in features if feature.characteristic == group]
    usable = [feature for feature in declared if met(needs[feature.column], filled)]
    lost_tables, lost_columns = set[str](), set[str]()
    for feature in declared:
        untold = unmet(needs[feature.column], filled)
        gone = {table for table, _ in untold} - there
        if len(gone) == 1:
            lost_tables |= gone
        elif not gone:
            lost_columns |= {f"{table}.{columns[0]}" for table, columns in untold}
    filled_by = sorted({table for feature in usable for table in tables_of(feature, features)})
    lost = (*sorted(lost_tables), *sorted(lost_columns))
    return Usable(group, len(declared), len(usable), tuple(filled_by), lost)


def _next(tables: Tables, filled: Filled) -> Iterator[Next]:
    """Yield what would fill most, what everybody can get first, each on top of those before."""
    features = features_of(tables)
    needs = needs_of(tuple(features), tables.extras)
    # Where a campaign sells is quickly written; what has to be brought is where an audience lives.
    filled |= {("campaigns", "country")}
    while True:
        there = {table for table, _ in filled}
        lacking = [feature for feature in features if not met(needs[feature.column], filled)]
        could = []
        for place, names in enumerate(_TOGETHER):
            more = filled | {(name, column.name) for name in names for column in TABLES[name].columns}
            new = [feature for feature in lacking if met(needs[feature.column], more)]
            if new and (len(names) == 1 or there.isdisjoint(names)):
                could.append((place < _COMMON, len(new), -place, names, new, more))
        if not could:
            return
        *_, names, new, more = max(could, key=itemgetter(0, 1, 2))
        untold = {need for feature in new for need in unmet(needs[feature.column], filled)}
        columns = sorted({columns[0] for table, columns in untold if table in there})
        fills = Counter(feature.characteristic for feature in new).most_common()
        givers = who_fills(names[0], columns) if columns else ()
        yield Next(names, tuple(Fill(*fill) for fill in fills), tuple(columns), givers)
        filled = more


def _lag(tables: Tables) -> Lag:
    row = tables.sql(
        "SELECT count(before), count(*) FILTER (before >= decided_at), median(date_diff('hour', decided_at, first) / 24.0) FROM ("
        "SELECT decided_at, first, lag(first) OVER (PARTITION BY influencer_id ORDER BY decided_at, campaign_id) AS before FROM ("
        "SELECT influencer_id, campaign_id, min(decided_at) AS decided_at, min(known_at) AS first FROM outcomes GROUP BY ALL))"
    ).fetchone()
    assert row is not None
    return Lag(row[0], row[1], float(row[2]))


def _late(tables: Tables) -> Iterator[Late]:
    for name, time in _HAPPENED.items():
        key = (with_accounts(TABLES[name]) if tables.joined else TABLES[name]).key
        row = tables.sql(
            f"SELECT count(*), count(*) FILTER (first > happened), median(date_diff('hour', happened, first) / 24.0) FILTER (first > happened) "
            f"FROM (SELECT min(known_at) AS first, min({time}) AS happened FROM {name} GROUP BY {', '.join(key)})"
        ).fetchone()
        if row and row[1]:
            yield Late(name, row[0], row[1], float(row[2]))
