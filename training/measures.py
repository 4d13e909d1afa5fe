"""How predictions are measured against outcomes: ranking within campaigns, calibration, ranges by bootstrap."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.metrics import ndcg_score

from .rates import Floats

DRAWS = 400
TOP = 0.3
"""Share of a campaign's candidates that count as picked."""


def bootstrap(influencers: NDArray[np.object_], seed: int) -> Floats:
    """Return bootstrap weights, shape (draws, rows): influencers are drawn, and bring all their rows."""
    codes, people = pd.factorize(pd.Series(influencers))
    random = np.random.default_rng(seed)
    counts = random.multinomial(len(people), np.full(len(people), 1 / len(people)), DRAWS)
    return counts[:, codes].astype(np.float64)


def range_90(values: Floats) -> list[float]:
    """Return the 5 % and 95 % quantile of a bootstrap; empty where nothing is finite."""
    values = values[np.isfinite(values)]
    return [float(v) for v in np.quantile(values, (0.05, 0.95))] if len(values) else []


def weighted_auc(y: Floats, score: Floats, draws: Floats) -> Floats:
    """Return the AUC under each draw's weights, shape (draws,): pairs ranked rightly, ties half; NaN with one class."""
    _, tie = np.unique(score, return_inverse=True)
    members = np.zeros((len(y), tie.max() + 1))
    members[np.arange(len(y)), tie] = 1.0
    positive, negative = (draws * y) @ members, (draws * (1 - y)) @ members
    below = np.cumsum(negative, axis=1) - negative / 2
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(pairs > 0, (positive * below).sum(axis=1) / pairs, np.nan)


def picked_top(campaigns: NDArray[np.object_], score: Floats) -> NDArray[np.bool_]:
    """Mark the top ``TOP`` of each campaign by score, at least one where there are two or more."""
    frame = pd.DataFrame({"campaign": campaigns, "score": score})
    rank = frame.groupby("campaign")["score"].rank(ascending=False, method="first")
    size = frame.groupby("campaign")["score"].transform("size")
    return np.asarray((size >= 2) & (rank <= np.maximum(1, np.round(TOP * size))))


def within_campaigns(
    campaigns: NDArray[np.object_], y: Floats, expected: Floats, measure: Callable[[Floats, Floats], float]
) -> float | None:
    """Mean of a ranking measure over the campaigns in which there is something to rank."""
    frame = pd.DataFrame({"campaign": campaigns, "y": y, "expected": expected})
    values = [
        measure(part["y"].to_numpy(), part["expected"].to_numpy())
        for _, part in frame.groupby("campaign")
        if part["y"].nunique() > 1
    ]
    return float(np.mean(values)) if values else None


def spearman(y: Floats, expected: Floats) -> float:
    """Rank correlation; 0 where nothing is ranked."""
    return float(spearmanr(y, expected).statistic) if np.ptp(expected) > 0 else 0.0


def ndcg(y: Floats, expected: Floats) -> float:
    """Normalised discounted cumulative gain, the conversions being the gain."""
    return float(ndcg_score([y], [expected]))


def calibration(y: Floats, expected: Floats, bins: int = 10) -> list[dict[str, float]]:
    """Return mean expected and actual conversions of rows in order of what was expected."""
    parts = np.array_split(np.argsort(expected), min(bins, len(y)))
    return [
        {"expected": float(expected[part].mean()), "actual": float(y[part].mean()), "rows": len(part)}
        for part in parts
    ]
