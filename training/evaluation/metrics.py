"""How predictions are measured against outcomes: ranking within campaigns, calibration, ranges by bootstrap."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.metrics import ndcg_score

from suasion.training.bundle.manifest import Bin
from suasion.training.estimators.base import Floats

DRAWS = 400
TOP = 0.3
"""Share of a campaign's candidates that count as picked."""
LEAST_CAMPAIGNS = 10
"""Campaigns below which nothing is said about ranking."""


def bootstrap(rows: pd.DataFrame, seed: int) -> Floats:
    """Return bootstrap weights, shape (draws, rows): of rows' ``influencer_id`` some are drawn, and of their ``campaign_id``.

    A row weighs as often as its influencer was drawn times as often as its campaign was: outcomes of one influencer resemble
    each other, and outcomes of one campaign share its luck (the pigeonhole bootstrap: Owen 2007, "The pigeonhole bootstrap",
    Annals of Applied Statistics 1(2)).
    """
    random = np.random.default_rng(seed)
    weights = np.ones((DRAWS, len(rows)))
    for name in ("influencer_id", "campaign_id"):
        codes, uniques = pd.factorize(rows[name])
        weights *= random.multinomial(len(uniques), np.full(len(uniques), 1 / len(uniques)), DRAWS)[:, codes]
    return weights


def range_90(values: Floats) -> list[float]:
    """Return the 5 % and 95 % quantile of a bootstrap; empty where nothing is finite."""
    values = values[np.isfinite(values)]
    return [float(v) for v in np.quantile(values, (0.05, 0.95))] if len(values) else []


def divided(above: Floats, below: Floats) -> Floats:
    """Return what each draw says; not finite, and no warning, where a draw left nothing to divide by.

    >>> divided(np.array([1.0, 0.0]), np.array([2.0, 0.0])).tolist()
    [0.5, nan]
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(above / below)


def weighted_auc(y: Floats, score: Floats, draws: Floats) -> Floats:
    """Return the AUC under each draw's weights, shape (draws,): pairs ranked rightly, ties half; NaN with one class.

    >>> weighted_auc(np.array([0.0, 1.0, 1.0]), np.array([0.2, 0.2, 0.9]), np.ones((1, 3))).tolist()
    [0.75]
    """
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.diff(score[order], prepend=np.nan) != 0)
    areas = np.full(len(draws), np.nan)
    # Draw by draw: all at once would not fit where there are many rows.
    for number, weights in enumerate(draws):
        sorted_weights = weights[order]
        positive = np.add.reduceat(sorted_weights * y[order], starts)
        negative = np.add.reduceat(sorted_weights * (1 - y[order]), starts)
        pairs = positive.sum() * negative.sum()
        if pairs > 0:
            areas[number] = positive @ (np.cumsum(negative) - negative / 2) / pairs
    return areas


def pick_probability(campaigns: NDArray[np.object_], score: Floats, top: float = TOP) -> Floats:
    """Return how likely each row is among the picked of its campaign, shape (n,): the ``top`` by score, at least one of two or more.

    Rows with the same score, and rows whose score is not known (they rank last), are drawn at random where not all of them can
    be picked: the probability is the exact mean over such draws. One who is alone in a campaign is no choice, and never picked.

    >>> pick_probability(np.array(["a"] * 4, dtype=object), np.array([5.0, 3.0, 3.0, np.nan]), top=0.5).tolist()
    [1.0, 0.5, 0.5, 0.0]
    """
    frame = pd.DataFrame({"campaign": campaigns, "score": np.where(np.isnan(score), -np.inf, score)})
    groups = frame.groupby("campaign", sort=False)["score"]
    size = groups.transform("size").to_numpy()
    above = groups.rank(ascending=False, method="min").to_numpy() - 1
    tied = frame.groupby(["campaign", "score"], sort=False)["score"].transform("size").to_numpy()
    picks = np.where(size >= 2, np.maximum(1, np.round(top * size)), 0)
    return np.asarray(np.clip((picks - above) / tied, 0.0, 1.0))


def with_a_choice(campaigns: NDArray[np.object_], y: Floats) -> NDArray[np.bool_]:
    """Mark the rows of campaigns in which picking could go right or wrong: two candidates or more, and a conversion."""
    groups = pd.DataFrame({"campaign": campaigns, "y": y}).groupby("campaign")["y"]
    return np.asarray((groups.transform("size") >= 2) & (groups.transform("sum") > 0))


def within_campaigns(
    campaigns: NDArray[np.object_], y: Floats, expected: Floats, measure: Callable[[Floats, Floats], float]
) -> float | None:
    """Mean of a ranking measure over the campaigns in which there is something to rank; None where they are fewer than ten."""
    frame = pd.DataFrame({"campaign": campaigns, "y": y, "expected": expected})
    values = [
        measure(part["y"].to_numpy(), part["expected"].to_numpy())
        for _, part in frame.groupby("campaign")
        if part["y"].nunique() > 1
    ]
    return float(np.mean(values)) if len(values) >= LEAST_CAMPAIGNS else None


def spearman(y: Floats, expected: Floats) -> float:
    """Rank correlation; 0 where nothing is ranked."""
    return float(spearmanr(y, expected).statistic) if np.ptp(expected) > 0 else 0.0


def ndcg(y: Floats, expected: Floats) -> float:
    """Normalised discounted cumulative gain, the conversions being the gain."""
    return float(ndcg_score([y], [expected]))


def calibration(y: Floats, expected: Floats, bins: int = 10) -> list[Bin]:
    """Return mean expected and actual conversions of rows in order of what was expected."""
    parts = np.array_split(np.argsort(expected), min(bins, len(y)))
    return [
        {"expected": float(expected[part].mean()), "actual": float(y[part].mean()), "rows": len(part)}
        for part in parts
    ]
