"""Scores candidates: expected conversions with an interval, and the factors whose product they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

from suasion.features.check import Tables, open_tables
from suasion.features.errors import InputError
from suasion.features.read import literal, quote
from suasion.features.text import Embedder
from suasion.training.bundle import Bundle, load
from suasion.training.examples import build_candidates

BRIEF = "brief"
"""Campaign id of a brief typed by hand."""
SEEN_DAYS = 365
COLUMNS = (
    *(
        "campaign_id",
        "influencer_id",
        "as_of",
        "expected_conversions",
        "low",
        "high",
        "base",
        "exposure",
        "offer",
    ),
    *("relevance", "frequency", "references", "conversation", "reputation", "conversion", "momentum"),
)


@dataclass(frozen=True)
class Ask:
    """What to score: a stored campaign or a new brief, as of when, and the offer where no candidate row tells it."""

    campaign: str | None = None
    brief: str | None = None
    brand: str | None = None
    category: str | None = None
    as_of: datetime | None = None
    offer: Mapping[str, float] = field(default_factory=dict)
    """``exposure``, ``fee``, ``discount`` and the columns named ``offer_…``."""
    budget: float | None = None


@dataclass(frozen=True)
class Scored:
    """The scores, the features behind them, and what a reader should be told."""

    scores: pd.DataFrame
    """Ordered by expected conversions: :data:`COLUMNS`, then ``outside`` and, where known, money and ``ask``."""
    features: pd.DataFrame
    """Same rows: one column a feature, and ``exposure``."""
    bundle: Bundle
    notes: tuple[str, ...]


def score(
    data: str | Path,
    model: str | Path,
    ask: Ask,
    *,
    space: Embedder | None = None,
    memory_limit: str | None = None,
) -> Scored:
    """Score the candidates of a campaign or a brief.

    Scored are the rows of ``candidates``; where there are none, every influencer seen in the 365 days before ``as_of``.

    Raises
    ------
    InputError
        When the campaign is not there, nobody is left to score, or the offer names something unknown.
    BundleError
        When the model is damaged.
    """
    if (ask.campaign is None) == (ask.brief is None):
        raise InputError("Give either a campaign's id or the text of a brief: one of the two.")
    bundle = load(model, space=space)
    with open_tables(data, memory_limit=memory_limit) as tables:
        notes: list[str] = []
        candidates = _candidates(tables, ask, bundle, notes)
        table = build_candidates(tables, candidates, bundle.fitted)
        missing = sorted(
            set(bundle.facts["tables"]) - tables.present - {"outcomes", "campaigns", "candidates"}
        )
    if missing:
        notes.append(
            f"The model was trained with {', '.join(missing)}, which this data lacks: their features are missing."
        )
    for column in bundle.parts.features:
        if column not in table:
            table[column] = np.nan
    predicted = bundle.predict(table)
    scores = pd.concat([table[["campaign_id", "influencer_id", "as_of"]], predicted], axis=1)[list(COLUMNS)]
    scores["outside"] = [", ".join(names) for names in bundle.outside(table)]
    strange = int((scores["outside"] != "").sum())
    if strange:
        notes.append(
            f"{strange} of {len(scores)} candidates lie outside what training saw in some feature: see the column outside."
        )
    _money(scores, table["fee"].to_numpy(dtype=np.float64), ask, bundle, notes)
    order = scores["expected_conversions"].argsort(kind="stable").to_numpy()[::-1]
    features = table[[*bundle.parts.features, "exposure"]]
    return Scored(
        scores.iloc[order].reset_index(drop=True),
        features.iloc[order].reset_index(drop=True),
        bundle,
        tuple(notes),
    )


def _candidates(tables: Tables, ask: Ask, bundle: Bundle, notes: list[str]) -> str:
    """Return SQL for the candidates to score."""
    unknown = [name for name in ask.offer if name not in ("exposure", "fee", "discount", *tables.extras)]
    if unknown:
        known = ", ".join(("exposure", "fee", "discount", *tables.extras))
        raise InputError(f"The offer names {', '.join(unknown)}; this data knows {known}.")
    if (
        any(not np.isfinite(value) or value < 0 for value in ask.offer.values())
        or ask.offer.get("exposure", 1.0) == 0
    ):
        raise InputError(
            f"The offer must be numbers from 0 up, and exposure above 0; given: {dict(ask.offer)}."
        )
    campaign = _campaign(tables, ask)
    stored = tables.sql(f"SELECT count(*) FROM candidates WHERE campaign_id = {literal(campaign)}").fetchone()
    given = f"TIMESTAMP '{ask.as_of:%Y-%m-%d %H:%M:%S.%f}'" if ask.as_of else None
    if stored and stored[0]:
        columns = ", ".join(
            f"{ask.offer[name]!r} AS {quote(name)}" if name in ask.offer else quote(name)
            for name in ("exposure", "fee", "discount", *tables.extras)
        )
        _warn_past(
            tables,
            f"SELECT min(decided_at) FROM candidates WHERE campaign_id = {literal(campaign)}",
            bundle,
            notes,
        )
        return (
            f"SELECT campaign_id, influencer_id, {given or 'decided_at'} AS as_of, {columns} FROM candidates "
            f"WHERE campaign_id = {literal(campaign)} AND exposure > 0 QUALIFY row_number() OVER "
            "(PARTITION BY influencer_id ORDER BY known_at DESC) = 1"
        )
    moment = given or f"(SELECT min(starts_at) FROM campaigns WHERE campaign_id = {literal(campaign)})"
    row = tables.sql(f"SELECT {moment}").fetchone()
    assert row is not None
    _warn_past(tables, f"SELECT {moment}", bundle, notes)
    offer = _offer(tables, ask, row[0], notes)
    people = _seen(tables, row[0])
    count = tables.sql(f"SELECT count(*) FROM ({people})").fetchone()
    if not count or not count[0]:
        raise InputError(
            f"No influencer was seen in the {SEEN_DAYS} days before {row[0]:%Y-%m-%d %H:%M}. Fill candidates, or choose another --as-of."
        )
    notes.append(
        f"No row of candidates names campaign {campaign}: scoring the {count[0]} influencers seen in the {SEEN_DAYS} days before {row[0]:%Y-%m-%d %H:%M}."
    )
    columns = ", ".join(
        f"CAST({'NULL' if value is None else repr(value)} AS DOUBLE) AS {quote(name)}"
        for name, value in offer.items()
    )
    return f"SELECT {literal(campaign)} AS campaign_id, influencer_id, {moment} AS as_of, {columns} FROM ({people})"


def _campaign(tables: Tables, ask: Ask) -> str:
    """Return the campaign's id; a typed brief becomes a campaign of the working database, which is a copy."""
    if ask.campaign is not None:
        found = tables.sql(
            f"SELECT 1 FROM campaigns WHERE campaign_id = {literal(ask.campaign)} LIMIT 1"
        ).fetchone()
        if not found:
            some = [
                row[0]
                for row in tables.sql(
                    "SELECT DISTINCT campaign_id FROM campaigns ORDER BY 1 DESC LIMIT 3"
                ).fetchall()
            ]
            raise InputError(
                f"There is no campaign {ask.campaign!r}. Some that are there: {', '.join(some)}. For a new one use --brief."
            )
        return ask.campaign
    assert ask.brief is not None
    if not ask.brief.strip():
        raise InputError("The brief is empty: say in some words what the campaign is about.")
    moment = f"TIMESTAMP '{ask.as_of:%Y-%m-%d %H:%M:%S.%f}'" if ask.as_of else f"({_last(tables)})"
    named = [f"{literal(value)}" if value is not None else "NULL" for value in (ask.brand, ask.category)]
    tables.sql(f"DELETE FROM campaigns WHERE campaign_id = {literal(BRIEF)}")
    tables.sql(
        "INSERT INTO campaigns (row_id, campaign_id, brand, category, brief, starts_at, known_at, superseded_at) "
        f"SELECT (SELECT max(row_id) + 1 FROM campaigns), {literal(BRIEF)}, {', '.join(named)}, {literal(ask.brief)}, "
        f"{moment}, {moment}, TIMESTAMP '9999-12-31'"
    )
    return BRIEF


def _last(tables: Tables) -> str:
    """Return SQL for the first moment at which everything that happened in the data is known."""
    events: list[str] = [n for n in ("posts", "audience", "mentions", "credentials") if n in tables.present]
    events = events or ["outcomes"]
    return (
        "SELECT max(m) + INTERVAL 1 MICROSECOND FROM ("
        + " UNION ALL ".join(f"SELECT max(known_at) AS m FROM {e}" for e in events)
        + ")"
    )


def _offer(tables: Tables, ask: Ask, as_of: datetime, notes: list[str]) -> dict[str, float | None]:
    """Return what is offered: as given, else the median of past outcomes."""
    names = ["exposure", "fee", "discount", *tables.extras]
    medians = ", ".join(f"median({quote(name)})" for name in names)
    row = (
        tables.sql(
            f"SELECT {medians} FROM outcomes WHERE decided_at < TIMESTAMP '{as_of:%Y-%m-%d %H:%M:%S.%f}'"
        ).fetchone()
        or ()
    )
    past = dict(zip(names, row, strict=False))
    offer = {name: ask.offer.get(name, past.get(name)) for name in names}
    offer["exposure"] = offer["exposure"] or 1.0
    taken = [f"{name} {offer[name]:g}" for name in names if name not in ask.offer and offer[name] is not None]
    if taken:
        notes.append(f"Not given, so the median of past outcomes is offered: {', '.join(taken)}.")
    return offer


def _seen(tables: Tables, as_of: datetime) -> str:
    """Return SQL for the influencers seen in the year before ``as_of``: who wrote, took part, was counted or honoured."""
    moment = f"TIMESTAMP '{as_of:%Y-%m-%d %H:%M:%S.%f}'"
    since = f"{moment} - INTERVAL {SEEN_DAYS} DAY"
    signs = {"posts": ("author_id", "created_at"), "audience": ("influencer_id", "observed_at")}
    signs |= {"outcomes": ("influencer_id", "decided_at"), "credentials": ("influencer_id", "awarded_at")}
    seen = " UNION ".join(
        f"SELECT {who} AS influencer_id FROM {table} WHERE {when} >= {since} AND {when} < {moment} AND "
        # That somebody took part is known when it is decided; what came of it is not, and is not read here.
        f"{'true' if table == 'outcomes' else f'known_at < {moment}'} AND {who} IS NOT NULL"
        for table, (who, when) in signs.items()
    )
    known = [
        table for table in ("influencers", "audience", "outcomes", "credentials") if table in tables.present
    ]
    people = (
        f"SELECT influencer_id FROM influencers WHERE known_at < {moment}"
        if "influencers" in known
        else " UNION ".join(f"SELECT influencer_id FROM {table}" for table in known)
    )
    return f"SELECT influencer_id FROM ({seen}) INTERSECT SELECT influencer_id FROM ({people})"


def _warn_past(tables: Tables, moment: str, bundle: Bundle, notes: list[str]) -> None:
    row = tables.sql(moment).fetchone()
    last = pd.Timestamp(bundle.facts["last_known"])
    if row and row[0] is not None and pd.Timestamp(row[0]) < last:
        notes.append(
            f"The model learned from outcomes known up to {last:%Y-%m-%d}, after these decisions ({row[0]:%Y-%m-%d}): "
            "this is no forecast. Train with --until for one."
        )


def _money(
    scores: pd.DataFrame,
    fee: np.ndarray[tuple[int], np.dtype[np.float64]],
    ask: Ask,
    bundle: Bundle,
    notes: list[str],
) -> None:
    each = bundle.facts.get("revenue_per_conversion")
    expected = scores["expected_conversions"].to_numpy(dtype=np.float64)
    if each is not None:
        scores["expected_revenue"] = expected * each
    if np.isfinite(fee).any():
        scores["fee"] = fee
        scores["cost_per_conversion"] = fee / expected
    if ask.budget is None:
        return
    if not np.isfinite(fee).any():
        raise InputError("--budget needs fees: fill the column fee of candidates, or give --fee.")
    if ask.budget <= 0:
        raise InputError(f"--budget is {ask.budget:g}; it must be above 0.")
    unknown = int((~np.isfinite(fee)).sum())
    if unknown:
        notes.append(f"{unknown} candidates have no fee and cannot be asked within a budget.")
    scores["ask"] = within_budget(expected, fee, ask.budget)
    asked = scores[scores["ask"]]
    notes.append(
        f"Ask {len(asked)} for {asked['fee'].sum():,.0f} of {ask.budget:,.0f}: {asked['expected_conversions'].sum():,.1f} conversions expected."
    )


def within_budget(
    expected: np.ndarray[tuple[int], np.dtype[np.float64]],
    fee: np.ndarray[tuple[int], np.dtype[np.float64]],
    budget: float,
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Choose whom to ask for the most expected conversions within a budget: a knapsack, solved by HiGHS.

    >>> within_budget(np.array([6.0, 5.0, 4.0]), np.array([6.0, 4.0, 4.0]), 8.0).tolist()
    [False, True, True]
    """
    open_to = np.isfinite(fee) & (fee <= budget)
    chosen = np.zeros(len(fee), dtype=bool)
    if open_to.any():
        solved = milp(
            -expected[open_to],
            integrality=np.ones(int(open_to.sum())),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(fee[open_to][None, :], ub=budget),
            options={"mip_rel_gap": 1e-6, "time_limit": 30},
        )
        if solved.x is None:
            raise InputError(f"No choice within {budget:g} was found ({solved.message}).")
        chosen[np.flatnonzero(open_to)] = solved.x > 0.5
    return chosen
