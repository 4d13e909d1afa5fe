"""From tables to rows to learn from: one an outcome, features as of its moment of decision."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from suasion.features import Feature
from suasion.features.engine.feature import YES_OR_NO
from suasion.features.engine.goals import of_goal, require_one_goal
from suasion.features.engine.matrix import Prepared, available, build_features, features_of, prepare
from suasion.features.engine.protocol import Database
from suasion.features.engine.surprise import SURPRISE
from suasion.features.errors import EmptyTableError
from suasion.features.tables.read import quote, sql_time
from suasion.features.tables.schema import offered
from suasion.features.text.space import Embedder, LatentSpace
from suasion.features.text.withheld import MARK
from suasion.training.estimators.expectation import Expectation, fit_expectation
from suasion.training.estimators.fit import Columns, Data

FITTED_TEXTS = 50_000
"""Texts the space is fitted on: those with the smallest hash of their id."""
TWO_YEARS = 730
"""Days of decisions below which a season cannot be told from a trend."""
LEAST = 50
"""Outcomes below which nothing worth the name can be trained and judged."""
OFTEN = 20
"""Outcomes of people on a platform below which it cannot be told from those people."""


@dataclass(frozen=True)
class Fitted:
    """What is fitted before features are whole: to judge, on what was known before the first judged decision; to ship, on all."""

    space: Embedder
    expectation: Expectation


@dataclass(frozen=True)
class Examples:
    """Outcomes with their features, ordered by the moment of decision."""

    table: pd.DataFrame
    """As :func:`suasion.features.engine.matrix.build_features` gives it, and ``known_at, net, revenue``."""
    features: tuple[Feature, ...]
    past: pd.DataFrame | None = None
    """Every version of the outcomes, as :func:`outcome_versions` tells them, with features; None where each was told once."""

    @property
    def columns(self) -> list[str]:
        """Names of the features' columns."""
        return [feature.column for feature in self.features]

    @property
    def declared(self) -> Columns:
        """What is declared of each feature."""
        return Columns.of(self.features)

    @property
    def data(self) -> Data:
        """What the estimators need."""
        table = self.table
        return Data(
            table[self.columns].to_numpy(np.float64),
            table["net"].to_numpy(np.float64),
            table["exposure"].to_numpy(np.float64),
            table["as_of"].to_numpy().astype("datetime64[us]"),
            table["known_at"].to_numpy().astype("datetime64[us]"),
        )

    @property
    def newcomer(self) -> NDArray[np.bool_]:
        """Whether no outcome of the influencer was known at the decision."""
        return np.asarray(self.table["conversion__campaigns"].fillna(0) == 0)


def offer_columns(tables: Database) -> str:
    """Return the SQL list of what is agreed: exposure, fee, discount and the extra columns."""
    return ", ".join(["exposure", "fee", "discount", *(quote(extra) for extra in offered(tables.extras))])


def known_outcomes(tables: Database, until: datetime | None) -> str:
    """Return SQL for the outcomes that train: known before ``until``, latest version by then, with an exposure."""
    cut = _cut(until)
    return (
        f"SELECT campaign_id, influencer_id, decided_at AS as_of, {offer_columns(tables)}, known_at, "
        "greatest(conversions - coalesce(refunds, 0), 0) AS net, revenue FROM outcomes "
        f"WHERE exposure > 0 AND known_at < {cut} AND superseded_at >= {cut} AND {of_goal(tables)}"
    )


def outcome_versions(tables: Database, until: datetime | None) -> str:
    """Return SQL for what each version of an outcome, known before ``until``, adds to what was known of it before.

    ``net`` and ``calls`` (exposure) are differences, so that sums over the versions known at a moment are what was known then.
    What was agreed is what the first version says.
    """
    versions = "OVER (PARTITION BY campaign_id, influencer_id ORDER BY known_at)"
    first = ", ".join(
        f"first_value({name}) {versions} AS {name}" for name in offer_columns(tables).split(", ")
    )
    net = "CASE WHEN exposure > 0 THEN greatest(conversions - coalesce(refunds, 0), 0) ELSE 0.0 END"
    calls = "CASE WHEN exposure > 0 THEN exposure ELSE 0.0 END"
    return (
        f"SELECT campaign_id, influencer_id, first_value(decided_at) {versions} AS as_of, {first}, known_at, "
        f"net_then - coalesce(lag(net_then) {versions}, 0.0) AS net, calls_then - coalesce(lag(calls_then) {versions}, 0.0) AS calls "
        f"FROM (SELECT *, {net} AS net_then, {calls} AS calls_then FROM outcomes WHERE known_at < {_cut(until)} AND {of_goal(tables)})"
    )


def _cut(moment: datetime | None) -> str:
    return sql_time(moment) if moment else "TIMESTAMP '9999-01-01'"


def fit_space(tables: Database, before: datetime | None, seed: int = 0) -> LatentSpace:
    """Fit the text space on posts and briefs known before a moment; None: on all.

    Where nothing was said before it, the space knows no word that anybody uses, and no post is close to any brief.
    """
    moment = _cut(before)
    # Ordered by what they say: neither names nor places of rows decide which of many texts are taken.
    texts = tables.sql(
        f"SELECT text FROM (SELECT text FROM posts WHERE known_at < {moment} AND trim(text) <> '' AND NOT starts_with(text, '{MARK}') "
        f"UNION ALL SELECT brief FROM campaigns WHERE known_at < {moment} AND trim(brief) <> '') "
        f"ORDER BY md5(text), text LIMIT {FITTED_TEXTS}"
    ).fetchall()
    return LatentSpace.fit([text for (text,) in texts] or ["nothing said"], seed=seed)


def read_examples(
    tables: Database, space: Embedder | None, *, first: float | None, until: datetime | None = None
) -> tuple[Examples, Fitted]:
    """Build the features of every outcome that trains, of those known before ``until``; None for all.

    ``first`` is the share of the decisions that come before the first to be judged, and what is fitted is fitted on what was known before
    that; None: nothing is to be judged, and it is fitted on all. So is the text space, where ``space`` is None.

    Raises EmptyTableError with fewer than 50 usable outcomes, or none with a conversion, and InputError when outcomes have several goals, and
    none was chosen.
    """
    require_one_goal(tables)
    query = known_outcomes(tables, until)
    row = tables.sql(f"SELECT count(*), coalesce(sum(net), 0) FROM ({query})").fetchone()
    count, conversions = row or (0, 0)
    if count < LEAST or conversions <= 0:
        raise EmptyTableError(
            f"{count} outcomes with an exposure and {conversions:g} conversions"
            f"{f' were known before {until:%Y-%m-%d}' if until else ''}; training takes at least {LEAST} outcomes and one conversion. "
            "Add past campaigns, or choose a later --until."
        )
    start = until
    if first is not None:
        place = max(0, math.ceil(first * count) - 1)
        moment = tables.sql(f"SELECT as_of FROM ({query}) ORDER BY as_of LIMIT 1 OFFSET {place}").fetchone()
        assert moment is not None
        start = moment[0]
    embedder: Embedder = fit_space(tables, start) if space is None else space
    features = usable(tables, until)
    prepared = prepare(tables, embedder)
    table = _with_outcomes(prepared, query)
    features = without_rare_places(features, table)
    table = _in_order(table, features)
    past = _past(prepared, table, until)
    examples = Examples(table.assign(**{SURPRISE.column: 1.0}), (*features, SURPRISE), past)
    known = np.ones(len(table), dtype=bool) if first is None else known_before(examples, start)
    examples, expectation = with_expectation(examples, known)
    return examples, Fitted(embedder, expectation)


def known_before(examples: Examples, moment: datetime | np.datetime64 | None) -> NDArray[np.bool_]:
    """Mark the outcomes that were decided and known before a moment."""
    table = examples.table
    return np.asarray((table["known_at"] < moment) & (table["as_of"] < moment))


def with_expectation(
    examples: Examples, rows: NDArray[np.bool_] | NDArray[np.int64]
) -> tuple[Examples, Expectation]:
    """Return the examples with past outcomes compared to what their own features lead one to expect, as some rows teach it.

    Nothing of a feature that was taken out, and of an outcome that is not among the rows, is left in ``surprise``.
    """
    table = examples.table
    expectation = fit_expectation(table[rows] if rows.dtype == bool else table.iloc[rows], examples.features)
    history = history_of(table if examples.past is None else examples.past, expectation)
    return replace(examples, table=expectation.add(table, history)), expectation


def _in_order(table: pd.DataFrame, features: Sequence[Feature]) -> pd.DataFrame:
    """Order outcomes by the moment of decision and, where that is the same, by what they say: no id has a say in a draw."""
    columns = ["as_of", "known_at", "exposure", "net", *(f.column for f in features if f.column in table)]
    order = np.lexsort([table[column].to_numpy() for column in reversed(columns)])
    return table.iloc[order].reset_index(drop=True)


def _with_outcomes(prepared: Prepared, query: str) -> pd.DataFrame:
    """Return outcomes with their features and ``known_at, net, revenue``."""
    agreed = offer_columns(prepared.tables)
    matrix = build_features(prepared, f"SELECT campaign_id, influencer_id, as_of, {agreed} FROM ({query})")
    outcomes = prepared.tables.sql(
        f"SELECT campaign_id, influencer_id, known_at, net, revenue FROM ({query})"
    ).df()
    return matrix.merge(outcomes, on=["campaign_id", "influencer_id"], how="left", validate="one_to_one")


KEYS = ["campaign_id", "influencer_id", "as_of"]


def _past(prepared: Prepared, table: pd.DataFrame, until: datetime | None) -> pd.DataFrame | None:
    """Return every version of the outcomes with its features; None where each outcome was told once, and ``table`` is the past."""
    tables, versions = prepared.tables, outcome_versions(prepared.tables, until)
    known = tables.sql(f"SELECT {', '.join(KEYS)}, known_at, net, calls FROM ({versions})").df()
    if len(known) == len(table):
        return None
    agreed = f"{', '.join(KEYS)}, {offer_columns(tables)}"
    others = tables.sql(
        f"SELECT count(*) FROM (SELECT {agreed} FROM ({versions}) EXCEPT SELECT {agreed} FROM ({known_outcomes(tables, until)}))"
    ).fetchone()
    if others and others[0]:  # what was agreed was told anew as well: then its features are others
        features = build_features(prepared, f"SELECT DISTINCT {agreed} FROM ({versions})")
    else:
        features = table.drop(columns=["known_at", "net", "revenue"])
    return known.merge(features, on=KEYS, how="left", validate="many_to_one")


def history_of(past: pd.DataFrame, expectation: Expectation) -> pd.DataFrame:
    """Return what past outcomes are remembered by: ``influencer_id, known_at, net, expected``.

    ``past`` are versions of outcomes with their features, and what each adds to ``net`` and ``calls``; or outcomes that were told once.
    """
    rows = past.reindex(columns=[*past.columns, *sorted(set(expectation.features) - set(past.columns))])
    if "calls" in rows:
        rows = rows.assign(exposure=rows["calls"])
    return rows[["influencer_id", "known_at", "net"]].assign(expected=expectation.expect(rows))


def read_history(prepared: Prepared, expectation: Expectation) -> pd.DataFrame:
    """Return the history of everybody: every version of every outcome, as :func:`history_of` remembers it.

    Which of them a decision may know follows from ``known_at``.
    """
    versions = outcome_versions(prepared.tables, None)
    agreed = f"{', '.join(KEYS)}, {offer_columns(prepared.tables)}"
    features = build_features(prepared, f"SELECT DISTINCT {agreed} FROM ({versions})")
    known = prepared.tables.sql(f"SELECT {', '.join(KEYS)}, known_at, net, calls FROM ({versions})").df()
    return history_of(known.merge(features, on=KEYS, how="left", validate="many_to_one"), expectation)


def build_candidates(
    prepared: Prepared, candidates: str, fitted: Fitted, history: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the features of candidates, which are SQL as :func:`suasion.features.engine.matrix.build_features` takes it.

    Without a history, as :func:`read_history` gives it, the candidates' past outcomes are worked out beside them.
    """
    tables = prepared.tables
    make_requested(tables, candidates)
    if history is not None:
        built = build_features(prepared, "SELECT * FROM requested")
        return fitted.expectation.add(built, history)
    past = past_of_requested(tables)
    matrix = build_features(prepared, requested_and_past(tables))
    keys = tables.sql(f"SELECT {', '.join(KEYS)} FROM requested").df()
    known = tables.sql(f"SELECT {', '.join(KEYS)}, known_at, net, calls FROM ({past})").df()
    versions = known.merge(matrix, on=KEYS, how="left", validate="many_to_one")
    built = matrix.merge(keys, on=KEYS, validate="one_to_one")
    return fitted.expectation.add(built, history_of(versions, fitted.expectation))


def make_requested(tables: Database, candidates: str) -> None:
    """Make the table ``requested`` of the candidates."""
    columns = f"campaign_id, influencer_id, as_of, {offer_columns(tables)}"
    tables.sql(f"CREATE OR REPLACE TABLE requested AS SELECT {columns} FROM ({candidates})")


def past_of_requested(tables: Database) -> str:
    """Return SQL for the versions of outcomes of those in ``requested`` that a decision about them may know."""
    return (
        f"SELECT o.* FROM ({outcome_versions(tables, None)}) o JOIN (SELECT influencer_id, max(as_of) AS latest FROM requested GROUP BY 1) a "
        "ON a.influencer_id = o.influencer_id AND o.known_at < a.latest"
    )


def requested_and_past(tables: Database) -> str:
    """Return SQL for what is asked, and for the past outcomes of the same people as if they were asked."""
    columns = f"campaign_id, influencer_id, as_of, {offer_columns(tables)}"
    return f"SELECT {columns} FROM requested UNION SELECT {columns} FROM ({past_of_requested(tables)})"


def usable(tables: Database, until: datetime | None = None) -> tuple[Feature, ...]:
    """Return the features whose tables are there; the season among them where the outcomes that train saw two of each."""
    features = features_of(tables)
    query = f"SELECT min(as_of), max(as_of) FROM ({known_outcomes(tables, until)})"
    first, last = tables.sql(query).fetchone() or (None, None)
    long_enough = first is not None and (last - first).days >= TWO_YEARS
    without = set() if long_enough else {"season_sine", "season_cosine"}
    return tuple(
        feature
        for feature in features
        if available(feature, tables.present, features) and feature.name not in without
    )


def without_rare_places(features: Sequence[Feature], table: pd.DataFrame) -> tuple[Feature, ...]:
    """Return the features without the platforms on which fewer than 20 outcomes were asked for, and with none where only one is left.

    What is unknown or rare is then told apart by nothing: all its platforms are 0.
    """
    places = [f for f in features if f.characteristic == "offer" and f.unit == YES_OR_NO]
    often = {f.column for f in places if np.nansum(table[f.column]) >= OFTEN}
    kept = often if len(often) > 1 else set()
    return tuple(f for f in features if f not in places or f.column in kept)


def take_features(examples: Examples, keep: Sequence[bool]) -> Examples:
    """Return the examples with some of their features."""
    return replace(
        examples, features=tuple(f for f, kept in zip(examples.features, keep, strict=True) if kept)
    )
