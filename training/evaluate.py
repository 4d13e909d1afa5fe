"""Judges models forward in time, beside the baselines people use, with intervals clustered by influencer.

Predictions are made fold by fold (:func:`suasion.training.split.forward_folds`): the last half of the decisions in five
periods, of which the first two only calibrate the interval and the last three are judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from suasion.features import GROUPS
from suasion.features.build import settle, tables_of

from .examples import Examples, take_features
from .fit import Chosen, Settings, fit, poisson_deviance
from .interval import calibrate
from .measures import (
    bootstrap,
    calibration,
    ndcg,
    picked_top,
    range_90,
    spearman,
    weighted_auc,
    within_campaigns,
)
from .linear import LinearRegressor
from .model import Parts
from .rates import Floats
from .split import Fold, forward_folds

FIRST, FOLDS, CALIBRATING = 0.5, 5, 2

BASELINES: dict[str, str] = {
    "audience size": "momentum__followers",
    "activity": "frequency__posts_per_week__365d",
    "past average": "conversion__shrunk_rate",
}
"""What people rank by today: each a Poisson regression on that one feature."""

SUASION = "suasion"
REGRESSION = "Poisson regression"
TREES = "trees alone"


@dataclass(frozen=True)
class Forward:
    """Predictions made forward in time, with what judging needs. Rows are those of the examples; NaN was not predicted."""

    expected: dict[str, Floats]
    rate: Floats
    """The mean rate of the training rows, times exposure: the null model."""
    judged: NDArray[np.bool_]
    covered: Floats
    folds: tuple[Fold, ...]
    chosen: tuple[Chosen, ...]


def predict_forward(examples: Examples, settings: Settings, *, variants: bool = True) -> Forward:
    """Train and predict fold by fold: suasion, its two halves, its variants and the baselines."""
    data = examples.data
    folds = forward_folds(data.decided, data.known, first=FIRST, folds=FOLDS)
    n = len(data.y)
    expected: dict[str, Floats] = {}
    rate, covered, judged = np.full(n, np.nan), np.full(n, np.nan), np.zeros(n, dtype=bool)
    influencers = examples.table["influencer_id"].to_numpy(dtype=object)
    chosen = []

    def put(name: str, rows: NDArray[np.int64], values: Floats) -> None:
        expected.setdefault(name, np.full(n, np.nan))[rows] = settle(
            values
        )  # so that a seed gives the same figures

    for number, fold in enumerate(folds):
        train, rows = data.take(fold.train), fold.judged
        X, exposure = data.X[rows], data.exposure[rows]
        rate[rows] = exposure * train.y.sum() / train.exposure.sum()
        parts, choice = fit(train, examples.columns, examples.groups, examples.directions, settings)
        chosen.append(choice)
        put(SUASION, rows, exposure * np.exp(parts.log_rate(X, GROUPS)))
        halves = (replace(choice, weight=0.0), REGRESSION), (replace(choice, weight=1.0), TREES)
        for half, name in halves:
            if half.weight == 0.0 or choice.n_trees:
                part = (
                    parts if half.weight == choice.weight else _half(parts, half, train, examples, settings)
                )
                put(name, rows, exposure * np.exp(part.log_rate(X, GROUPS)))
        for name, column in BASELINES.items():
            if column in examples.columns:
                place = [examples.columns.index(column)]
                single = LinearRegressor(alpha=1e-3).fit(train.X[:, place], train.y, exposure=train.exposure)
                put(name, rows, single.predict(X[:, place], exposure))
        if number >= CALIBRATING or len(folds) <= CALIBRATING:
            judged[rows] = True
            before = np.flatnonzero(
                ~np.isnan(expected[SUASION]) & (data.known < fold.start) & (data.decided < fold.start)
            )
            interval = calibrate(data.y[before], expected[SUASION][before], influencers[before])
            low, high = interval.bounds(expected[SUASION][rows])
            covered[rows] = (data.y[rows] >= low) & (data.y[rows] <= high)
            if variants and choice.n_trees:
                for name, other in (
                    ("trees that mix", replace(settings, kind="trees", mix=True)),
                    ("trees without directions", replace(settings, kind="trees", directions=False)),
                ):
                    free, _ = fit(train, examples.columns, examples.groups, examples.directions, other)
                    put(name, rows, exposure * np.exp(free.log_rate(X, GROUPS)))
    # A half that was not tried in every judged fold cannot be compared.
    expected = {name: values for name, values in expected.items() if not np.isnan(values[judged]).any()}
    return Forward(expected, rate, judged, covered, tuple(folds), tuple(chosen))


def _half(parts: Parts, half: Chosen, train: Any, examples: Examples, settings: Settings) -> Parts:
    """Return one half of a blend, fitted already or now."""
    if (half.weight == 1.0 and parts.trees) or (half.weight == 0.0 and parts.linear):
        return replace(parts, weight=half.weight)
    return fit(train, examples.columns, examples.groups, examples.directions, settings, half)[0]


def judge(examples: Examples, forward: Forward, *, seed: int = 0) -> dict[str, Any]:
    """Return the figures of every model, for all judged outcomes and for newcomers, as plain numbers."""
    told: dict[str, Any] = {}
    for name, rows in (("all", forward.judged), ("newcomers", forward.judged & examples.newcomer)):
        if rows.sum() >= 20:
            told[name] = _judge_rows(examples, forward, np.flatnonzero(rows), seed)
    return told


def _judge_rows(examples: Examples, forward: Forward, rows: NDArray[np.int64], seed: int) -> dict[str, Any]:
    data, table = examples.data, examples.table.iloc[rows]
    y, null = data.y[rows], forward.rate[rows]
    binary = bool(np.isin(y, (0, 1)).all() and 0 < y.sum() < len(y))
    campaigns = table["campaign_id"].to_numpy()
    followers = table["momentum__followers"].to_numpy(dtype=float)
    draws = bootstrap(table["influencer_id"].to_numpy(dtype=object), seed)
    null_deviance = poisson_deviance(y, null)
    picked_by_followers = picked_top(campaigns, np.nan_to_num(followers, nan=-1.0))
    figures: dict[str, Any] = {
        "rows": len(rows),
        "influencers": int(table["influencer_id"].nunique()),
        "conversions": float(y.sum()),
    }
    models: dict[str, Any] = {}
    samples: dict[str, Floats] = {}
    for name, values in forward.expected.items():
        expected = values[rows]
        deviance = poisson_deviance(y, expected)
        rate = expected / data.exposure[rows]
        picked = picked_top(campaigns, expected)
        sampled = 1 - (draws @ deviance) / (draws @ null_deviance)
        samples[name] = sampled
        model = {
            "explained_deviance": float(1 - deviance.sum() / null_deviance.sum()),
            "explained_deviance_90": range_90(sampled),
            "spearman": within_campaigns(campaigns, y, expected, spearman),
            "ndcg": within_campaigns(campaigns, y, expected, ndcg),
            "captured": float(y[picked].sum() / max(y.sum(), 1e-12)),
            "captured_90": range_90((draws @ (y * picked)) / np.maximum(draws @ y, 1e-12)),
            "gain_on_most_followed": float(
                (y[picked].sum() - y[picked_by_followers].sum()) / max(y.sum(), 1e-12)
            ),
            "gain_on_most_followed_90": range_90(
                (draws @ (y * picked - y * picked_by_followers)) / np.maximum(draws @ y, 1e-12)
            ),
            "predicted_by_actual": float(expected.sum() / max(y.sum(), 1e-12)),
        }
        if binary:
            model["auc"] = float(roc_auc_score(y, rate))
            model["auc_90"] = range_90(weighted_auc(y, rate, draws))
        models[name] = model
    figures["models"] = models
    figures["most_followed_captured"] = float(y[picked_by_followers].sum() / max(y.sum(), 1e-12))
    figures["suasion_less"] = {
        name: {
            "explained_deviance": float(
                models[SUASION]["explained_deviance"] - models[name]["explained_deviance"]
            )
        }
        | {"explained_deviance_90": range_90(samples[SUASION] - samples[name])}
        for name in models
        if name != SUASION
    }
    figures["coverage"] = float(np.nanmean(forward.covered[rows]))
    by_influencer = table.assign(covered=forward.covered[rows]).groupby("influencer_id")["covered"].mean()
    figures["coverage_by_influencer"] = float(by_influencer.mean())
    figures["calibration"] = calibration(y, forward.expected[SUASION][rows])
    return figures


def ablate(examples: Examples, forward: Forward, settings: Settings, *, seed: int = 0) -> dict[str, Any]:
    """Leave out each characteristic and each table in turn; return what each adds to the explained deviance, with ranges."""
    data = examples.data
    rows = np.flatnonzero(forward.judged)
    draws = bootstrap(examples.table["influencer_id"].to_numpy(dtype=object)[rows], seed)
    null = poisson_deviance(data.y[rows], forward.rate[rows])
    full = poisson_deviance(data.y[rows], forward.expected[SUASION][rows])
    features = list(examples.features)
    tables = dict.fromkeys(table for feature in features for table in tables_of(feature, features))
    kept = {("characteristic", group): [g != group for g in examples.groups] for group in GROUPS}
    kept |= {
        ("table", table): [table not in tables_of(feature, features) for feature in features]
        for table in tables
        if table not in ("outcomes", "candidates")
    }
    found: dict[str, Any] = {"characteristic": {}, "table": {}}
    for (kind, name), keep in kept.items():
        if all(keep) or not any(keep):
            continue
        less = take_features(examples, keep)
        data_less = less.data
        expected = np.full(len(data.y), np.nan)
        for fold, choice in zip(forward.folds, forward.chosen, strict=True):
            if forward.judged[fold.judged].any():
                parts, _ = fit(
                    data_less.take(fold.train), less.columns, less.groups, less.directions, settings, choice
                )
                expected[fold.judged] = data.exposure[fold.judged] * np.exp(
                    parts.log_rate(data_less.X[fold.judged], GROUPS)
                )
        deviance = poisson_deviance(data.y[rows], expected[rows])
        found[kind][name] = {
            "adds": float((deviance.sum() - full.sum()) / null.sum()),
            "adds_90": range_90((draws @ (deviance - full)) / (draws @ null)),
            "features": int(sum(not kept_one for kept_one in keep)),
        }
    return found


def learning_curve(
    examples: Examples, forward: Forward, settings: Settings, sizes: Sequence[int] = (50, 200, 1000)
) -> list[dict[str, Any]]:
    """Train on the most recent outcomes only, as many as each size says; features still know the whole past."""
    data = examples.data
    rows = np.flatnonzero(forward.judged)
    null = poisson_deviance(data.y[rows], forward.rate[rows]).sum()
    curve = []
    for size in sizes:
        expected, baseline = np.full(len(data.y), np.nan), np.full(len(data.y), np.nan)
        weights = []
        for fold in forward.folds:
            if not forward.judged[fold.judged].any():
                continue
            if len(fold.train) < size:
                break
            train = data.take(fold.train[-size:])
            if train.y.sum() == 0:
                break
            parts, choice = fit(train, examples.columns, examples.groups, examples.directions, settings)
            weights.append(choice.weight)
            exposure = data.exposure[fold.judged]
            expected[fold.judged] = exposure * np.exp(parts.log_rate(data.X[fold.judged], GROUPS))
            place = [examples.columns.index(BASELINES["past average"])]
            single = LinearRegressor(alpha=1e-3).fit(train.X[:, place], train.y, exposure=train.exposure)
            baseline[fold.judged] = single.predict(data.X[fold.judged][:, place], exposure)
        if not np.isnan(expected[rows]).any():
            curve.append(
                {
                    "outcomes": size,
                    "explained_deviance": float(
                        1 - poisson_deviance(data.y[rows], expected[rows]).sum() / null
                    ),
                    "past_average": float(1 - poisson_deviance(data.y[rows], baseline[rows]).sum() / null),
                    "weight_of_trees": float(np.mean(weights)),
                }
            )
    return curve


def beats_baselines(figures: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether suasion explains more deviance than each simple baseline, and the sentence that says so."""
    models, less = figures["models"], figures["suasion_less"]
    names = [name for name in BASELINES if name in models]
    lost = [name for name in names if less[name]["explained_deviance"] <= 0]
    own = models[SUASION]["explained_deviance"]
    if own <= 0:
        return (
            False,
            f"This model predicts no better than the mean rate (explained deviance {own:.3f}): do not use it.",
        )
    if lost:
        return False, f"This model does not beat {' and '.join(lost)}: rank by that instead."
    unsure = [
        name
        for name in names
        if less[name]["explained_deviance_90"] and less[name]["explained_deviance_90"][0] <= 0
    ]
    if unsure:
        return (
            True,
            f"This model beats every baseline, but for {' and '.join(unsure)} chance is not ruled out (90 % range includes 0).",
        )
    return True, "This model beats every baseline, beyond chance at 90 %."
