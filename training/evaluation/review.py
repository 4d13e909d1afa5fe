"""After the campaign: what a model promised of outcomes that it did not learn from, and what came.

Each outcome is predicted as of its moment of decision, from what was known then, by the model as it is. New is what the model did
not learn from, whenever it was imported; a later version of an outcome it did learn from is revised, and counted apart.

Outcomes of one influencer resemble each other and those of one campaign share its luck, so ranges draw both. A reason to train
again is a claim of its own: what is said must hold over the whole range, and of eight factors no more than chance allows may be
blamed.

Drift compares the features of these decisions with those the model was trained on, by the two-sample Kolmogorov–Smirnov distance.
What can only grow is left out, what is the same for a whole campaign counts once a campaign, and other rows count for as many as
they are worth beside others of their influencer and campaign (Kish's design effect). The false discovery rate is held over all
features (Benjamini & Hochberg 1995), and a feature counts as drifted only if the distance itself is large as well.
"""

from __future__ import annotations

import html
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, ks_2samp, kstwobign, nbinom, norm, poisson, rankdata

from suasion.features import GROUPS
from suasion.features.engine.matrix import Prepared, features_of, prepare
from suasion.features.engine.surprise import SURPRISE
from suasion.features.errors import EmptyTableError
from suasion.features.identity.accounts import People
from suasion.features.tables.open import Tables
from suasion.training.bundle.folder import Bundle
from suasion.training.bundle.learned_from import outcome_digest
from suasion.training.bundle.manifest import Bin, Ranking
from suasion.training.estimators.base import Floats
from suasion.training.estimators.fit import poisson_deviance
from suasion.training.examples import KEYS, build_candidates, known_outcomes, offer_columns, read_history

from .metrics import bootstrap, calibration, divided, range_90, spearman, within_campaigns
from .ranking import RankingJudge

LEAST = 20
"""Outcomes below which nothing is said about a model."""
DRIFTED = 0.2
"""Kolmogorov–Smirnov distance from which a feature counts as drifted, if it is beyond chance."""
OFF = 1.1
"""Factor by which more or fewer conversions must have come than promised, over the whole range, to train again for it."""
MANY_MORE = 0.5
"""Share of new outcomes, of those trained on, from which training again is worth it for their number alone."""


@dataclass(frozen=True)
class Figure:
    """A figure with its 90 % range over influencers and campaigns; None and empty where nothing can be told."""

    value: float | None
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
    chance_of_half: float | None
    """How often, among the draws, it meant half of what it said or more; None where nothing can be told."""
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


@dataclass(frozen=True, kw_only=True)
class Review:
    """What was promised and what came."""

    since: str = ""
    """When the last outcome that it learned from became known."""
    outcomes: int
    """Those it did not learn from."""
    late: int = 0
    """Those of them that were known before, but not there when it was trained."""
    revised: int = 0
    """Outcomes it did learn from of which a later version is known now; they are not compared."""
    influencers: int
    campaigns: int
    expected: float
    actual: float
    actual_by_expected: Figure
    explained_deviance: Figure
    coverage: Figure
    level: float
    """Share that the interval was to hold."""
    spearman: float | None
    captured: Figure
    """Share of the conversions of campaigns with a choice that the top 30 % of each by score brought."""
    ranking: Ranking
    calibration: list[Bin]
    by_factor: list[ByFactor]
    misjudged: list[Misjudged]
    drift: list[Drift] = field(default_factory=list)
    features_compared: int = 0
    """Those that do not only grow and of which there is enough on both sides."""
    retrain: bool = False
    reasons: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return asdict(self)

    def __repr__(self) -> str:
        said = [
            f"Review: {self.outcomes:,} outcomes of {self.influencers:,} people in {self.campaigns:,} campaigns that the model did not learn from",
            f"  expected {self.expected:,.0f} conversions, came {self.actual:,.0f}",
            "  retrain: " + ("; ".join(self.reasons) if self.retrain else "no"),
        ]
        return "\n".join(said)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"


def review(
    tables: Tables,
    bundle: Bundle,
    *,
    until: datetime | None = None,
    seed: int = 0,
    prepared: Prepared | None = None,
    history: pd.DataFrame | None = None,
) -> Review:
    """Compare promise and outcome for everything the model did not learn from.

    ``prepared`` and ``history`` are of the same tables for the same model, where they were worked out before. Raises EmptyTableError with
    fewer than 20 such outcomes.
    """
    last = datetime.fromisoformat(bundle.facts["last_known"])
    tables = replace(tables, settled=bundle.facts["settled"], goal=bundle.facts["goal"])
    known = known_outcomes(tables, until)
    outcomes = _marked(tables, known, bundle)
    new = outcomes[~outcomes["trained"]]
    late = int((new["known_at"] <= last).sum())
    revised = int((outcomes["trained"] & (outcomes["known_at"] > last)).sum())
    if len(new) < LEAST:
        again = f", and {revised} that it learned from were revised since" if revised else ""
        raise EmptyTableError(
            f"{len(new)} outcomes became known since the model was trained (the last it learned from on {last:%Y-%m-%d %H:%M}){again}; "
            f"a review takes at least {LEAST} that it did not learn from. Add what came in, or review a model that was trained with --until."
        )
    prepared = prepared or prepare(tables, bundle.fitted.space)
    if history is None:
        history = read_history(prepared, bundle.fitted.expectation)
    columns = f"campaign_id, influencer_id, as_of, {offer_columns(tables)}"
    table = build_candidates(prepared, f"SELECT {columns} FROM ({known})", bundle.fitted, history)
    table = bundle.whole(table.merge(outcomes.drop(columns="exposure"), on=KEYS, validate="one_to_one"))
    then = _marked(tables, known_outcomes(tables, last + timedelta(microseconds=1)), bundle)
    then = then[then["trained"]]
    rate = float(then["net"].sum() / then["exposure"].sum()) if len(then) else None
    declared = (*features_of(tables), SURPRISE)
    grows = {feature.column for feature in declared if feature.cumulative}
    drift, compared = _drift(
        [name for name in bundle.parts.features if name not in grows],
        {feature.column for feature in declared if feature.per_campaign},
        table[table["trained"]],
        table[~table["trained"]],
    )
    summary = replace(
        _compare(bundle, table[~table["trained"]], rate, seed),
        since=str(last),
        late=late,
        revised=revised,
        drift=drift,
        features_compared=compared,
    )
    reasons = _reasons(summary, bundle)
    return replace(summary, retrain=bool(reasons), reasons=reasons)


def _marked(tables: Tables, outcomes: str, bundle: Bundle) -> pd.DataFrame:
    """Return ``campaign_id, influencer_id, as_of, known_at, exposure, net`` and whether the model learned from it."""
    rows = tables.sql(
        f"SELECT campaign_id, influencer_id, as_of, known_at, exposure, net FROM ({outcomes})"
    ).df()
    return rows.assign(trained=_trained(rows, bundle, tables.people))


def _trained(outcomes: pd.DataFrame, bundle: Bundle, people: People) -> NDArray[np.bool_]:
    """Mark the outcomes the model learned from, be it under another account of the same person."""
    seen, fingerprint = set(bundle.facts["seen"]), bundle.facts["fingerprint"]
    return np.array(
        [
            any(outcome_digest(campaign, one, fingerprint) in seen for one in people.accounts_of(who))
            for campaign, who in zip(outcomes["campaign_id"], outcomes["influencer_id"], strict=True)
        ],
        dtype=bool,
    )


def _compare(bundle: Bundle, table: pd.DataFrame, rate: float | None, seed: int) -> Review:
    """Return the review of outcomes with their features and ``net``, without drift and reasons.

    ``rate`` is the mean rate of what the model learned from: the null that deviance is explained beyond.
    """
    promised = bundle.predict(table)
    y = table["net"].to_numpy(dtype=np.float64)
    expected = promised["expected_conversions"].to_numpy(dtype=np.float64)
    people = table["influencer_id"].to_numpy(dtype=object)
    campaigns = table["campaign_id"].to_numpy(dtype=object)
    draws = bootstrap(table, seed)
    ranking = RankingJudge(table, y, draws)
    captured, _ = ranking.of(expected)
    return Review(
        outcomes=len(y),
        influencers=len(set(people)),
        campaigns=len(set(campaigns)),
        expected=float(expected.sum()),
        actual=float(y.sum()),
        actual_by_expected=_ratio(y, expected, draws),
        explained_deviance=_explained(y, expected, rate, table["exposure"].to_numpy(np.float64), draws),
        coverage=_coverage(y, promised, draws),
        level=bundle.interval.level,
        spearman=within_campaigns(campaigns, y, expected, spearman),
        captured=Figure(captured["captured"], captured["captured_90"]),
        ranking=ranking.figures(),
        calibration=calibration(y, expected),
        by_factor=[
            _by_factor(group, promised[group].to_numpy(dtype=np.float64), y, expected, draws)
            for group in GROUPS
        ],
        misjudged=_misjudged(people, y, expected, promised, bundle.interval.dispersion_at(expected)),
    )


def _ratio(above: Floats, below: Floats, draws: Floats) -> Figure:
    """Return the sum of one over the sum of the other; nothing where there is nothing to divide by."""
    if below.sum() <= 0:
        return Figure(None, [])
    return Figure(float(above.sum() / below.sum()), range_90(divided(draws @ above, draws @ below)))


def _explained(y: Floats, expected: Floats, rate: float | None, exposure: Floats, draws: Floats) -> Figure:
    if rate is None:
        return Figure(None, [])
    null = poisson_deviance(y, np.maximum(rate, 1e-12) * exposure)
    return _ratio(null - poisson_deviance(y, expected), null, draws)


def _coverage(y: Floats, promised: pd.DataFrame, draws: Floats) -> Figure:
    """Return the share the interval held; nothing where the model gives none, as of 0/1 outcomes."""
    low, high = promised["low"].to_numpy(np.float64), promised["high"].to_numpy(np.float64)
    if np.isnan(low).any() or np.isnan(high).any():
        return Figure(None, [])
    return _ratio(((low <= y) & (y <= high)).astype(np.float64), np.ones(len(y)), draws)


def _by_factor(group: str, factor: Floats, y: Floats, expected: Floats, draws: Floats) -> ByFactor:
    """Fit y ~ Poisson(expected × exp(a + (b - 1) log factor)): b is 1 where the factor means what it says.

    Nothing can be told of a factor that is the same for all, as one without data is.
    """
    log = np.log(factor)
    if np.ptp(log) < 1e-6 or y.sum() <= 0:
        return ByFactor(group, Figure(None, []), None, None, None)
    weights = np.vstack([np.ones(len(y)), draws])
    slopes = _slopes(log - log.mean(), y, expected, weights)
    order = np.array_split(np.argsort(log, kind="stable"), 3)
    low, high = (float(y[rows].sum() / max(expected[rows].sum(), 1e-12)) for rows in (order[0], order[-1]))
    chance = float((1 + (slopes[1:] >= 0.5).sum()) / len(slopes))
    return ByFactor(group, Figure(float(slopes[0]), range_90(slopes[1:])), chance, low, high)


def _slopes(x: Floats, y: Floats, expected: Floats, weights: Floats) -> Floats:
    """Return 1 + the slope of a weighted Poisson regression of y on x with offset log expected, one a row of weights.

    Newton's method on two parameters, a small ridge (one hundredth of a row) keeping it steady where x hardly varies.
    """
    a, b = np.zeros(len(weights)), np.zeros(len(weights))
    for _ in range(30):
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
    people: NDArray[np.object_], y: Floats, expected: Floats, promised: pd.DataFrame, dispersion: Floats
) -> list[Misjudged]:
    """Return those who are as far off as one in ten is by chance, the furthest first, and what led the model astray.

    Astray leads the factor that pushed the prediction furthest up where too little came, and furthest down where too much did.
    """
    codes, names = pd.factorize(pd.Series(people), sort=True)
    counts = np.bincount(codes)
    actual, mu, extra = (np.bincount(codes, values) for values in (y, expected, dispersion * expected**2))
    logs = np.log(promised[list(GROUPS)].to_numpy(dtype=np.float64))
    means = np.stack([np.bincount(codes, column) for column in logs.T], axis=1) / counts[:, None]
    misjudged = []
    for row, who in enumerate(names):
        pushed = means[row] if actual[row] < mu[row] else -means[row]
        worst = int(np.argmax(pushed))
        misjudged.append(
            Misjudged(
                str(who),
                int(counts[row]),
                float(mu[row]),
                float(actual[row]),
                _sigmas(actual[row], mu[row], extra[row]),
                GROUPS[worst] if pushed[worst] > 0.05 else "",
                float(np.exp(means[row, worst])),
            )
        )
    kept = [one for one in misjudged if abs(one.surprise) > 1.645]
    return sorted(kept, key=lambda person: -abs(person.surprise))[:20]


def _sigmas(y: float, mu: float, extra: float) -> float:
    """Return how far out y lies, as standard deviations of a normal with the same tail.

    The sum has mean mu and variance mu + extra: a negative binomial of those moments; half of P(y) belongs to each tail.
    """
    size = mu**2 / extra if extra > 1e-12 else None
    distribution = poisson(mu) if size is None else nbinom(size, size / (size + mu))
    tail = float(distribution.sf(np.floor(y)) + 0.5 * distribution.pmf(np.floor(y)))
    return float(norm.isf(np.clip(tail, 1e-300, 1 - 1e-16)))


def _drift(
    features: Sequence[str], per_campaign: Collection[str], before: pd.DataFrame, after: pd.DataFrame
) -> tuple[list[Drift], int]:
    """Return the features whose values are others than in training, the furthest first, and how many were compared."""
    drifts, chances = list[Drift](), list[float]()
    for name in features:
        parts = [part[["influencer_id", "campaign_id"]].assign(value=part[name]) for part in (before, after)]
        if name in per_campaign or all(_one_a_campaign(part) for part in parts):
            parts = [part.groupby("campaign_id", as_index=False)[["value"]].median() for part in parts]
        absent = [float(part["value"].isna().mean()) for part in parts]
        old, new = (part.dropna() for part in parts)
        if len(old) < LEAST or len(new) < LEAST:
            continue
        distance = float(ks_2samp(old["value"], new["value"], method="asymp").statistic)
        worth = _worth(old), _worth(new)
        chances.append(float(kstwobign.sf(distance * np.sqrt(worth[0] * worth[1] / sum(worth)))))
        medians = float(old["value"].median()), float(new["value"].median())
        drifts.append(Drift(name, distance, *medians, absent[0], absent[1]))
    if not drifts:
        return [], 0
    beyond = false_discovery_control(chances) < 0.05
    drifted = [
        drift for drift, real in zip(drifts, beyond, strict=True) if real and drift.distance >= DRIFTED
    ]
    return sorted(drifted, key=lambda drift: -drift.distance), len(drifts)


def _one_a_campaign(part: pd.DataFrame) -> bool:
    return bool((part.groupby("campaign_id")["value"].nunique(dropna=False) == 1).all())


def _worth(part: pd.DataFrame) -> float:
    """Return how many independent values the values are worth: their number by the design effect of their clusters.

    For each way of clustering, 1 + (m - 1) ρ, with m the mean size of the cluster a row is in (Kish 1965) and ρ the intraclass
    correlation of the ranks, by the analysis of variance.
    """
    ranks, effect = rankdata(part["value"]), 1.0
    for name in part.columns.intersection(["influencer_id", "campaign_id"]):
        codes, labels = pd.factorize(part[name])
        sizes = np.bincount(codes)
        n, k = len(ranks), len(labels)
        if not 1 < k < n:
            effect += (n - 1) * (k == 1)
            continue
        means = np.bincount(codes, ranks) / sizes
        between = float(sizes @ (means - ranks.mean()) ** 2) / (k - 1)
        within = float(((ranks - means[codes]) ** 2).sum()) / (n - k)
        m = float(sizes @ sizes) / n
        size = (n - m) / (k - 1)
        effect += (m - 1) * max(0.0, (between - within) / max(between + (size - 1) * within, 1e-12))
    return max(1.0, len(ranks) / effect)


def _reasons(review: Review, bundle: Bundle) -> list[str]:
    """Return why to train again, each a sentence; nothing that only part of its range says."""
    reasons = []
    low, high = review.actual_by_expected.range_90 or (1.0, 1.0)
    if low > OFF or high < 1 / OFF:
        more = "more" if low > OFF else "fewer"
        reasons.append(
            f"{more} conversions came than promised: {review.actual_by_expected.value:.2f} for each ({low:.2f} to {high:.2f})"
        )
    level = bundle.interval.level
    if review.coverage.range_90 and review.coverage.range_90[1] < level:
        reasons.append(f"the {level:.0%} interval held only {review.coverage.value:.0%}")
    judged = bundle.evaluation["judged"].get("all")
    if judged and review.explained_deviance.range_90:
        was = judged["models"]["suasion"]
        if (
            was["explained_deviance_90"]
            and review.explained_deviance.range_90[1] < was["explained_deviance_90"][0]
        ):
            reasons.append(
                f"it explains {review.explained_deviance.value:.2f} of the deviance, {was['explained_deviance']:.2f} when it was trained"
            )
    chances = {
        part.factor: part.chance_of_half for part in review.by_factor if part.chance_of_half is not None
    }
    beyond = false_discovery_control(list(chances.values())) < 0.05 if chances else []
    wrong = [factor for factor, real in zip(chances, beyond, strict=True) if real]
    if wrong:
        reasons.append(
            f"{', '.join(wrong)} meant less than half of what {'it' if len(wrong) == 1 else 'they'} said"
        )
    if len(review.drift) > 0.2 * review.features_compared:
        reasons.append(f"{len(review.drift)} of {review.features_compared} features have drifted")
    if review.outcomes >= MANY_MORE * bundle.facts["outcomes"]:
        reasons.append(
            f"there are {review.outcomes:,} new outcomes beside the {bundle.facts['outcomes']:,} it learned from"
        )
    return reasons
