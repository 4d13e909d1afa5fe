"""After the campaign: what a model promised of outcomes that came in since it was trained, and what came.

Each outcome is predicted as of its moment of decision, from what was known then, by the model as it is. Drift compares the
features of these decisions with those the model was trained on, by SciPy's two-sample Kolmogorov–Smirnov test, with the false
discovery rate held over all features (Benjamini & Hochberg 1995). Rows of one influencer resemble each other, which
makes the test's p too small: so a feature counts as drifted only if the distance itself is large as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, ks_2samp, nbinom, norm, poisson

from suasion.features import GROUPS
from suasion.features.build import prepare
from suasion.features.check import Tables
from suasion.features.errors import EmptyTableError
from suasion.features.read import sql_time

from .bundle import Bundle
from .examples import build_candidates, known_outcomes, offer_columns, read_history
from .fit import poisson_deviance
from .measures import bootstrap, calibration, pick_probability, range_90, spearman, within_campaigns
from .rates import Floats

LEAST = 20
"""Outcomes below which nothing is said about a model."""
DRIFTED = 0.2
"""Kolmogorov–Smirnov distance from which a feature counts as drifted, if it is beyond chance."""
MANY_MORE = 0.5
"""Share of new outcomes, of those trained on, from which training again is worth it for their number alone."""


@dataclass(frozen=True)
class Figure:
    """A figure with its 90 % range over influencers."""

    value: float
    range_90: list[float]


@dataclass(frozen=True)
class Misjudged:
    """An influencer of whom much more or less came than was promised."""

    influencer_id: str
    campaigns: int
    expected: float
    actual: float
    surprise: float
    """Standard deviations (of a normal with the same tail) by which the sum is off, with the spread of the model's interval."""
    factor: str
    """The characteristic that pushed the prediction furthest the wrong way; empty where none did."""
    mean_factor: float


@dataclass(frozen=True)
class ByFactor:
    """Whether a factor meant what it said: 1 is right, below 1 it was overstated, below 0 it pointed the wrong way."""

    factor: str
    slope: Figure
    low: float | None
    """Actual by expected conversions in the third of the rows where the factor is smallest."""
    high: float | None
    """The same where it is largest."""


@dataclass(frozen=True)
class Drift:
    """A feature whose values are others than in training."""

    feature: str
    distance: float
    before: float | None
    """Median in training."""
    after: float | None
    missing_before: float
    missing_after: float


@dataclass(frozen=True)
class Review:
    """What was promised and what came."""

    since: str
    outcomes: int
    influencers: int
    campaigns: int
    expected: float
    actual: float
    actual_by_expected: Figure
    explained_deviance: Figure
    coverage: Figure
    spearman: float | None
    captured: Figure
    """Share of all conversions brought by the top 30 % of each campaign by score."""
    captured_by_most_followed: float
    calibration: list[dict[str, float]]
    by_factor: list[ByFactor]
    misjudged: list[Misjudged]
    drift: list[Drift]
    features_compared: int
    retrain: bool
    reasons: list[str]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def review(tables: Tables, bundle: Bundle, *, until: datetime | None = None, seed: int = 0) -> Review:
    """Compare promise and outcome for everything that became known after the model was trained.

    Parameters
    ----------
    until
        Use only outcomes known before; None uses all.

    Raises
    ------
    EmptyTableError
        With fewer than 20 outcomes known since.
    """
    last = datetime.fromisoformat(bundle.facts["last_known"])
    known = known_outcomes(tables, until)
    new = f"SELECT * FROM ({known}) WHERE known_at > {sql_time(last)}"
    row = tables.sql(f"SELECT count(*) FROM ({new})").fetchone()
    if row is None or row[0] < LEAST:
        raise EmptyTableError(
            f"{row[0] if row else 0} outcomes became known since the model was trained (those known after {last:%Y-%m-%d %H:%M}); "
            f"a review takes at least {LEAST}. Add what came in, or review a model that was trained with --until."
        )
    prepared = prepare(tables, bundle.fitted.space)
    history = read_history(prepared, bundle.fitted.expectation)
    agreed = offer_columns(tables)
    columns = f"campaign_id, influencer_id, as_of, {agreed}"
    old = f"SELECT {columns} FROM ({known}) WHERE known_at <= {sql_time(last)}"
    table = build_candidates(prepared, f"SELECT {columns} FROM ({new})", bundle.fitted, history)
    before = build_candidates(prepared, old, bundle.fitted, history)
    came = tables.sql(f"SELECT campaign_id, influencer_id, as_of, net FROM ({new})").df()
    table = table.merge(came, on=["campaign_id", "influencer_id", "as_of"], validate="one_to_one")
    return _compare(bundle, table, before, last, seed)


def _compare(bundle: Bundle, table: pd.DataFrame, before: pd.DataFrame, last: datetime, seed: int) -> Review:
    told = list(bundle.parts.features)
    table, before = (
        part.reindex(columns=[*part.columns, *(f for f in told if f not in part)]) for part in (table, before)
    )
    promised = bundle.predict(table)
    y = table["net"].to_numpy(dtype=np.float64)
    expected = promised["expected_conversions"].to_numpy(dtype=np.float64)
    people = table["influencer_id"].to_numpy(dtype=object)
    campaigns = table["campaign_id"].to_numpy(dtype=object)
    draws = bootstrap(people, campaigns, seed)
    inside = ((promised["low"] <= y) & (y <= promised["high"])).to_numpy(dtype=np.float64)
    rate = bundle.facts["conversions"] / max(float(before["exposure"].sum()), 1e-12)
    null = poisson_deviance(y, np.maximum(rate, 1e-12) * table["exposure"].to_numpy(dtype=np.float64))
    deviance = poisson_deviance(y, expected)
    top = pick_probability(campaigns, expected)
    followers = table.get("momentum__followers", pd.Series(np.nan, index=table.index)).to_numpy(
        dtype=np.float64
    )
    followed = pick_probability(campaigns, np.asarray(followers, dtype=np.float64))
    total = np.maximum(draws @ y, 1e-12)
    found = Review(
        since=str(last),
        outcomes=len(y),
        influencers=len(set(people)),
        campaigns=len(set(campaigns)),
        expected=float(expected.sum()),
        actual=float(y.sum()),
        actual_by_expected=Figure(
            float(y.sum() / expected.sum()), range_90((draws @ y) / (draws @ expected))
        ),
        explained_deviance=Figure(
            float(1 - deviance.sum() / null.sum()), range_90(1 - (draws @ deviance) / (draws @ null))
        ),
        coverage=Figure(float(inside.mean()), range_90((draws @ inside) / draws.sum(axis=1))),
        spearman=within_campaigns(campaigns, y, expected, spearman),
        captured=Figure(float(y @ top / max(y.sum(), 1e-12)), range_90((draws @ (y * top)) / total)),
        captured_by_most_followed=float(y @ followed / max(y.sum(), 1e-12)),
        calibration=calibration(y, expected),
        by_factor=[
            _by_factor(group, promised[group].to_numpy(dtype=np.float64), y, expected, draws)
            for group in GROUPS
        ],
        misjudged=_misjudged(people, campaigns, y, expected, promised, bundle.interval.dispersion),
        drift=_drift(told, before, table),
        features_compared=len(told),
        retrain=False,
        reasons=[],
    )
    reasons = _reasons(found, bundle)
    return Review(**{**vars(found), "retrain": bool(reasons), "reasons": reasons})


def _by_factor(group: str, factor: Floats, y: Floats, expected: Floats, draws: Floats) -> ByFactor:
    """Fit y ~ Poisson(expected × exp(a + (b - 1) log factor)): b is 1 where the factor means what it says."""
    log = np.log(factor)
    if np.ptp(log) < 1e-6 or y.sum() <= 0:
        return ByFactor(group, Figure(1.0, []), None, None)
    weights = np.vstack([np.ones(len(y)), draws])
    slopes = _slopes(log - log.mean(), y, expected, weights)
    order = np.array_split(np.argsort(log, kind="stable"), 3)
    low, high = (float(y[rows].sum() / max(expected[rows].sum(), 1e-12)) for rows in (order[0], order[-1]))
    return ByFactor(group, Figure(float(slopes[0]), range_90(slopes[1:])), low, high)


def _slopes(x: Floats, y: Floats, expected: Floats, weights: Floats, steps: int = 30) -> Floats:
    """Return 1 + the slope of a weighted Poisson regression of y on x with offset log expected, one a row of weights.

    Newton's method on two parameters, a small ridge (one hundredth of a row) keeping it steady where x hardly varies.
    """
    a, b = np.zeros(len(weights)), np.zeros(len(weights))
    for _ in range(steps):
        mu = expected * np.exp(np.clip(a[:, None] + b[:, None] * x, -20, 20)) * weights
        residual = weights * y - mu
        g0, g1 = residual.sum(axis=1), residual @ x - 0.01 * b
        h00, h01, h11 = mu.sum(axis=1) + 1e-9, mu @ x, mu @ (x * x) + 0.01
        determinant = np.maximum(h00 * h11 - h01 * h01, 1e-12)
        step_a, step_b = (h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant
        a, b = a + np.clip(step_a, -1, 1), b + np.clip(step_b, -1, 1)
        if max(np.abs(step_a).max(), np.abs(step_b).max()) < 1e-9:
            break
    return 1.0 + b


def _misjudged(
    people: NDArray[np.object_],
    campaigns: NDArray[np.object_],
    y: Floats,
    expected: Floats,
    promised: pd.DataFrame,
    dispersion: float,
) -> list[Misjudged]:
    frame = pd.DataFrame({"who": people, "campaign": campaigns, "y": y, "mu": expected})
    frame["square"] = expected**2
    logs = pd.DataFrame(np.log(promised[list(GROUPS)].to_numpy()), columns=list(GROUPS))
    found = []
    for who, part in frame.groupby("who", sort=True):
        off = float(part["y"].sum() - part["mu"].sum())
        mean = logs.loc[part.index].mean()
        wrong = mean if off < 0 else -mean
        worst = str(wrong.idxmax())
        found.append(
            Misjudged(
                str(who),
                len(part),
                float(part["mu"].sum()),
                float(part["y"].sum()),
                _sigmas(
                    float(part["y"].sum()), float(part["mu"].sum()), dispersion * float(part["square"].sum())
                ),
                worst if wrong[worst] > 0.05 else "",
                float(np.exp(mean[worst])),
            )
        )
    found.sort(key=lambda person: -abs(person.surprise))
    return [person for person in found if abs(person.surprise) > 1.645][:20]


def _sigmas(y: float, mu: float, extra: float) -> float:
    """Return how far out y lies, as standard deviations of a normal with the same tail.

    The sum has mean mu and variance mu + extra: a negative binomial of those moments; half of P(y) belongs to each tail.
    """
    size = mu**2 / extra if extra > 1e-12 else None
    told = poisson(mu) if size is None else nbinom(size, size / (size + mu))
    tail = float(told.sf(np.floor(y)) + 0.5 * told.pmf(np.floor(y)))
    return float(norm.isf(np.clip(tail, 1e-300, 1 - 1e-16)))


def _drift(features: Sequence[str], before: pd.DataFrame, after: pd.DataFrame) -> list[Drift]:
    found, chances = list[Drift](), list[float]()
    for name in features:
        old, new = before[name].to_numpy(dtype=np.float64), after[name].to_numpy(dtype=np.float64)
        absent = float(np.isnan(old).mean()), float(np.isnan(new).mean())
        old, new = old[~np.isnan(old)], new[~np.isnan(new)]
        if len(old) < LEAST or len(new) < LEAST:
            continue
        tested = ks_2samp(old, new, method="asymp")
        chances.append(float(tested.pvalue))
        found.append(
            Drift(name, float(tested.statistic), float(np.median(old)), float(np.median(new)), *absent)
        )
    if not found:
        return []
    beyond = false_discovery_control(np.clip(chances, 0.0, 1.0)) < 0.05
    drifted = [drift for drift, real in zip(found, beyond, strict=True) if real and drift.distance >= DRIFTED]
    return sorted(drifted, key=lambda drift: -drift.distance)


def _reasons(found: Review, bundle: Bundle) -> list[str]:
    reasons = []
    low, high = found.actual_by_expected.range_90 or [1.0, 1.0]
    if not low <= 1.0 <= high and abs(np.log(found.actual_by_expected.value)) > np.log(1.1):
        more = "more" if found.actual_by_expected.value > 1 else "fewer"
        reasons.append(
            f"{more} conversions came than promised: {found.actual_by_expected.value:.2f} for each ({low:.2f} to {high:.2f})"
        )
    if found.coverage.range_90 and found.coverage.range_90[1] < bundle.interval.level:
        reasons.append(f"the {bundle.interval.level:.0%} interval held only {found.coverage.value:.0%}")
    judged = bundle.evaluation["judged"].get("all")
    if judged and found.explained_deviance.range_90:
        was = judged["models"]["suasion"]["explained_deviance"]
        if found.explained_deviance.range_90[1] < was:
            reasons.append(
                f"it explains {found.explained_deviance.value:.2f} of the deviance, {was:.2f} when it was trained"
            )
    wrong = [part.factor for part in found.by_factor if part.slope.range_90 and part.slope.range_90[1] < 0.5]
    if wrong:
        reasons.append(
            f"{', '.join(wrong)} meant less than half of what {'it' if len(wrong) == 1 else 'they'} said"
        )
    if len(found.drift) > 0.2 * found.features_compared:
        reasons.append(f"{len(found.drift)} of {found.features_compared} features have drifted")
    if found.outcomes >= MANY_MORE * bundle.facts["outcomes"]:
        reasons.append(
            f"there are {found.outcomes:,} new outcomes beside the {bundle.facts['outcomes']:,} it learned from"
        )
    return reasons
