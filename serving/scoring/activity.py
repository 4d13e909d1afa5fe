"""Scores people from rows that come with the question: what they wrote, who refers to them, their audience, their titles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from suasion.features.engine.matrix import available, features_of, tables_of
from suasion.features.engine.pagerank import OF_THE_GRAPH
from suasion.features.errors import InputError, NotFoundError
from suasion.features.tables.open import Tables, check_rows
from suasion.features.tables.read import as_columns, literal, sql_time
from suasion.features.tables.schema import TABLES, Type
from suasion.training.bundle.folder import Bundle

from .candidates import Ask, check_ask, check_offer, moment_of, name_campaign, offer_of, warn_goal, warn_past
from .notes import Notes, warn_of_assumed

OF_PEOPLE = frozenset(
    {"influencers", "posts", "audience", "post_metrics", "signals", "mentions", "credentials"}
)
"""The tables that say what people do; campaigns, candidates and outcomes are the brand's own and stay as stored."""
ARROW_TYPES: dict[Type, pa.DataType] = {
    **dict.fromkeys(("id", "text", "time"), pa.string()),
    "number": pa.float64(),
    "flag": pa.bool_(),
    "texts": pa.list_(pa.string()),
}

Row = Mapping[str, Any]  # cells of whatever type their column has


@dataclass(frozen=True)
class Activity:
    """Rows about the people to score, and about those who answer and cite them, in the columns of the tables.

    A table that is None is not known: its features are missing. A table without rows is known to be empty.
    """

    people: Sequence[Row]
    """Each once (:func:`settle`): ``influencer_id``, and where known ``created_at, known_at, platform`` and what is agreed: ``exposure, fee, discount``."""
    posts: Sequence[Row] | None = None
    audience: Sequence[Row] | None = None
    mentions: Sequence[Row] | None = None
    credentials: Sequence[Row] | None = None
    post_metrics: Sequence[Row] | None = None

    @property
    def tables(self) -> dict[str, Sequence[Row]]:
        """Rows by table, for those that are known."""
        described = any(
            row.get(name) is not None for row in self.people for name in ("created_at", "platform")
        )
        rows_by_table = {"influencers": self.people if described else None} | {
            name: getattr(self, name)
            for name in ("posts", "audience", "mentions", "credentials", "post_metrics")
        }
        return {name: rows for name, rows in rows_by_table.items() if rows is not None}

    @property
    def present(self) -> frozenset[str]:
        """Names of the tables that are known."""
        return frozenset(self.tables)


@dataclass(frozen=True)
class SetAside:
    """A row of the request that could not be used; the others were."""

    table: str
    row: int
    reason: str


@dataclass(frozen=True)
class Unfilled:
    """What the question could not tell: features with the reason, and rows that were set aside."""

    features: dict[str, str]
    set_aside: tuple[SetAside, ...] = field(default=())


def settle(activity: Activity) -> tuple[Activity, tuple[SetAside, ...]]:
    """Return the activity with each person once, and the rows of people that contradict one another.

    As in any table, rows that say the same are one, and of rows that say different things of one person none is believed.
    """
    said: dict[str, list[Row]] = {}
    for row in activity.people:
        said.setdefault(str(row["influencer_id"]), []).append(row)
    contradicted = {who for who, rows in said.items() if any(row != rows[0] for row in rows)}
    aside = tuple(
        SetAside("people", number, "contradicts another row of the same influencer_id")
        for number, row in enumerate(activity.people)
        if str(row["influencer_id"]) in contradicted
    )
    left = [rows[0] for who, rows in said.items() if who not in contradicted]
    if not left:
        # Each row is as it should be; that nobody is left to score is what the rows together tell.
        raise NotFoundError(
            f"All {len(activity.people)} rows of people contradict one another: give each influencer_id once."
        )
    return replace(activity, people=left), aside


def overlay(tables: Tables, activity: Activity) -> tuple[SetAside, ...]:
    """Hide the stored tables about people behind the rows of the question; return the rows that were set aside."""
    aside: list[SetAside] = []
    for name in sorted(OF_PEOPLE):
        rows = activity.tables.get(name)
        if not rows:  # there is nothing to check
            tables.sql(f"CREATE TABLE {name} AS SELECT * FROM {name} WHERE false")
            continue
        columns = {column.name: ARROW_TYPES[column.type] for column in TABLES[name].columns}
        columns["known_at"] = pa.string()
        schema = pa.schema(list(columns.items()))
        picked = [{key: row.get(key) for key in columns} for row in rows]
        checked = check_rows(tables, name, pa.Table.from_pylist(picked, schema=schema))
        aside += [SetAside(name, number, reason) for number, reason in checked]
    if tables.settled:  # what was read of stored posts is none of the question
        tables.sql("CREATE TABLE settled AS SELECT * FROM settled WHERE false")
    return tuple(aside)


def candidates_of_activity(tables: Tables, ask: Ask, activity: Activity, bundle: Bundle, notes: Notes) -> str:
    """Return SQL for the people of the question as candidates."""
    check_ask(ask)
    check_offer(tables, ask)
    campaign = name_campaign(tables, ask, notes)
    warn_goal(tables, ask, bundle, notes)
    moment = moment_of(tables, ask)
    warn_past(moment, bundle, notes)
    # What everybody's row tells needs no median, and no note of one.
    same_for_all = {
        name: float(activity.people[0][name])
        for name in ("exposure", "fee", "discount")
        if all(person.get(name) is not None for person in activity.people)
    }
    offer = offer_of(tables, replace(ask, offer={**same_for_all, **ask.offer}), moment, notes)
    seen: set[str] = set()
    rows, assumed, lacking = [], dict[str, None](), 0
    for person in activity.people:
        who = tables.people.person_of(str(person["influencer_id"]))
        if who in seen:
            raise InputError(f"The influencer {who!r} is in the question twice.")
        seen.add(who)
        lacking_here = [
            name
            for name, value in offer.items()
            if person.get(name) is None and name not in ask.offer and value is not None
        ]
        assumed |= dict.fromkeys(lacking_here)
        lacking += bool(lacking_here)
        agreed = {
            name: person.get(name) if person.get(name) is not None else value for name, value in offer.items()
        }
        rows.append(
            f"SELECT {literal(campaign)} AS campaign_id, {literal(who)} AS influencer_id, {sql_time(moment)} AS as_of, {as_columns(agreed)}"
        )
    warn_of_assumed(list(assumed), lacking, len(rows), notes)
    return " UNION ALL ".join(rows)


def unfilled_of(tables: Tables, columns: Sequence[str], as_of: datetime) -> Unfilled:
    """Return the model's features that the rows of the question cannot tell, each with the reason."""
    features = features_of(tables)
    reasons: dict[str, str] = {}
    strangers = tables.sql(
        "SELECT DISTINCT influencer_id FROM decisions WHERE influencer_id NOT IN "
        f"(SELECT account_id FROM standing WHERE month = date_trunc('month', {sql_time(as_of)})) ORDER BY 1"
    ).fetchall()
    for feature in features:
        if feature.column not in columns:
            continue
        if not available(feature, tables.present, features):
            lacking = [name for name in tables_of(feature, features) if name not in tables.present]
            reasons[feature.column] = f"needs {' and '.join(lacking)}, which the question does not tell"
        elif f"{feature.characteristic}__{feature.name}" in OF_THE_GRAPH and strangers:
            who = ", ".join(name for (name,) in strangers[:3])
            reasons[feature.column] = (
                f"hangs on the graph of all references, where {who} had no place by then: taken as nobody's standing"
            )
    return Unfilled(reasons)
