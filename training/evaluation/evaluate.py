"""Judges models forward in time, beside the baselines people use, with ranges over influencers and campaigns.

Predictions are made fold by fold (:func:`suasion.training.evaluation.split.forward_folds`): the last half of the decisions in five
periods, of which the first two only calibrate the interval and the last three are judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from suasion.features import GROUPS
from suasion.features.engine.matrix import settle, tables_of
from suasion.training.bundle.manifest import Ablation, Judged, ModelFigures, Point
from suasion.training.estimators.base import Floats
from suasion.training.estimators.blend import Parts
from suasion.training.estimators.fit import (
    Chosen,
    Columns,
    Data,
    Settings,
    choose_alpha,
    fit,
    poisson_deviance,
)
from suasion.training.estimators.interval import calibrate, is_binary
from suasion.training.estimators.linear import LinearRegressor
from suasion.training.examples import Examples, known_before, take_features, with_expectation

from .metrics import (
    LEAST_CAMPAIGNS,
    bootstrap,
    calibration,
    divided,
    ndcg,
    pick_probability,
    range_90,
    spearman,
    weighted_auc,
    within_campaigns,
)
from .ranking import RankingJudge
from .split import FOLDS, TEST_FROM, Fold, forward_folds

CALIBRATING = 2

BASELINES: dict[str, tuple[str, ...]] = {
    "audience size": ("momentum__followers",),
    "engagement rate": ("references__engagement_rate", "references__engagement_per_follower__365d"),
    "activity": ("frequency__posts_per_week__365d",),
    "past average": ("conversion__shrunk_rate",),
    "ridge on ten columns": (
        "momentum__followers",
        "frequency__posts_per_week__365d",
        "conversion__shrunk_rate",
        "conversion__best_rate",
        "conversion__campaigns",
        "conversion__days_since_conversion",
        "offer__exposure",
        "offer__fee",
        "offer__discount",
        "offer__campaign_days",
    ),
}
"""What people rank by today, each a Poisson regression on one feature (engagement: as a tool tells it, and as
counts of posts do); and the ten columns every analyst would take, in a
ridge regression whose penalty is chosen as suasion chooses its own. Columns that are not there are left out."""
COUNTED = "engagement rate"
"""The baseline that goes by counts of posts."""
LEAST_ROWS, LEAST_CONVERTING = 20, 10
"""Judged outcomes, and judged outcomes with a conversion, below which nothing is said about a model."""

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
    fitted: tuple[Parts, ...] = ()
    """suasion as it was fitted for each fold."""
    low: Floats | None = None
    high: Floats | None = None
    """The prediction interval of suasion, as it was calibrated before each fold; NaN in the first ones."""


def predict_forward(
    examples: Examples,
    settings: Settings,
    *,
    variants: bool = True,
    test_from: float = TEST_FROM,
    n_splits: int = FOLDS,
) -> Forward:
    """Train and predict fold by fold: suasion, its two halves, its variants and the baselines."""
    data = examples.data
    folds = forward_folds(data.decided, data.known, first=test_from, folds=n_splits)
    n = len(data.y)
    expected: dict[str, Floats] = {}
    rate, covered, judged = np.full(n, np.nan), np.full(n, np.nan), np.zeros(n, dtype=bool)
    influencers = examples.table["influencer_id"].to_numpy(dtype=object)
    low, high = np.full(n, np.nan), np.full(n, np.nan)
    chosen, fitted = [], []

    def put(name: str, rows: NDArray[np.int64], values: Floats) -> None:
        # Settled, so that a seed gives the same figures.
        expected.setdefault(name, np.full(n, np.nan))[rows] = settle(values)

    for number, fold in enumerate(folds):
        train, rows = data.take(fold.train), fold.judged
        X, exposure = data.X[rows], data.exposure[rows]
        rate[rows] = exposure * train.y.sum() / train.exposure.sum()
        parts, choice = fit(train, examples.declared, settings)
        chosen.append(choice)
        fitted.append(parts)
        put(SUASION, rows, exposure * np.exp(parts.log_rate(X, GROUPS)))
        for kind, name in (("linear", REGRESSION), ("trees", TREES)):
            if kind == "linear" or (variants and choice.n_trees):
                part = parts
                if parts.kind != kind:
                    part, _ = fit(train, examples.declared, replace(settings, kind=kind), choice)
                put(name, rows, exposure * np.exp(part.log_rate(X, GROUPS)))
        for name in BASELINES:
            expected_by_baseline = _baseline(name, examples, train, X, exposure, settings)
            if expected_by_baseline is not None:
                put(name, rows, expected_by_baseline)
        if number >= CALIBRATING or len(folds) <= CALIBRATING:
            judged[rows] = True
            before = np.flatnonzero(
                ~np.isnan(expected[SUASION]) & (data.known < fold.start) & (data.decided < fold.start)
            )
            past = data.y[before], expected[SUASION][before], influencers[before]
            interval = calibrate(*past, settings.coverage, binary=is_binary(data.y))
            low[rows], high[rows] = interval.bounds(expected[SUASION][rows])
            inside = (data.y[rows] >= low[rows]) & (data.y[rows] <= high[rows])
            covered[rows] = np.where(np.isnan(low[rows]), np.nan, inside)
            if variants and choice.n_trees:
                for name, other in (
                    ("trees that mix", replace(settings, kind="trees", interactions=True)),
                    ("trees without directions", replace(settings, kind="trees", monotonic=False)),
                ):
                    free, _ = fit(train, examples.declared, other)
                    put(name, rows, exposure * np.exp(free.log_rate(X, GROUPS)))
    # A half that was not tried in every judged fold cannot be compared.
    expected = {name: values for name, values in expected.items() if not np.isnan(values[judged]).any()}
    return Forward(expected, rate, judged, covered, tuple(folds), tuple(chosen), tuple(fitted), low, high)


def _baseline(
    name: str, examples: Examples, train: Data, X: Floats, exposure: Floats, settings: Settings
) -> Floats | None:
    """Return what a baseline expects; None where what it goes by is not there, or known of nobody."""
    columns = examples.columns
    places = [columns.index(column) for column in BASELINES[name] if column in columns]
    some = [place for place in places if not np.isnan(train.X[:, place]).all()]
    if not some:
        return None
    reduced = replace(train, X=train.X[:, some])
    plain = Columns.plain([columns[place] for place in some], [name] * len(some))
    alpha = 1e-3 if len(some) == 1 else choose_alpha(reduced, plain, settings)
    model = LinearRegressor(alpha=alpha).fit(reduced.X, reduced.y, exposure=reduced.exposure)
    return model.predict(X[:, some], exposure)


def judge(
    examples: Examples, forward: Forward, *, seed: int = 0
) -> dict[Literal["all", "newcomers"], Judged]:
    """Return the figures of every model, for all judged outcomes and for newcomers, as plain numbers.

    What has fewer than 20 outcomes, or fewer than 10 with a conversion, or none that differs from the mean rate, is left out:
    there is nothing to judge.
    """
    judged: dict[Literal["all", "newcomers"], Judged] = {}
    y = examples.data.y
    groups: dict[Literal["all", "newcomers"], NDArray[np.bool_]] = {
        "all": forward.judged,
        "newcomers": forward.judged & examples.newcomer,
    }
    for name, rows in groups.items():
        enough = rows.sum() >= LEAST_ROWS and (y[rows] > 0).sum() >= LEAST_CONVERTING
        if enough and not _all_alike(y[rows], forward.rate[rows]):
            judged[name] = _judge_rows(examples, forward, np.flatnonzero(rows), seed)
    return judged


def nothing_judged(examples: Examples, forward: Forward) -> str:
    """Return the sentence that says why there is nothing to judge."""
    rows = int(forward.judged.sum())
    if rows < LEAST_ROWS:
        return f"There are too few outcomes to judge this model: {rows} after those it learns from, where it takes {LEAST_ROWS}."
    if _all_alike(examples.data.y[forward.judged], forward.rate[forward.judged]):
        return f"This model cannot be judged: the last {rows} outcomes are all of one rate, so there is nothing to tell apart."
    some = int((examples.data.y[forward.judged] > 0).sum())
    return (
        f"This model cannot be judged: {some} of the last {rows} outcomes brought a conversion, and it takes {LEAST_CONVERTING}. "
        "If tracking broke, or outcomes are not in yet, mend that first."
    )


def _all_alike(y: Floats, null: Floats) -> bool:
    """Whether the mean rate tells every outcome, to what a double can tell; not where nothing came."""
    return bool(y.sum() > 0 and poisson_deviance(y, null).sum() <= 1e-9 * y.sum())


def _judge_rows(examples: Examples, forward: Forward, rows: NDArray[np.int64], seed: int) -> Judged:
    data, table = examples.data, examples.table.iloc[rows]
    y, null = data.y[rows], forward.rate[rows]
    binary = is_binary(data.y) and is_binary(y)
    campaigns = table["campaign_id"].to_numpy(dtype=object)
    draws = bootstrap(table, seed)
    null_deviance = poisson_deviance(y, null)
    ranking = RankingJudge(table, y, draws)
    models: dict[str, ModelFigures] = {}
    samples: dict[str, Floats] = {}
    shares: dict[str, Floats] = {}
    for name, values in forward.expected.items():
        expected = values[rows]
        deviance = poisson_deviance(y, expected)
        samples[name] = 1 - divided(draws @ deviance, draws @ null_deviance)
        captured, shares[name] = ranking.of(expected)
        models[name] = {
            "explained_deviance": float(1 - deviance.sum() / null_deviance.sum()),
            "explained_deviance_90": range_90(samples[name]),
            "spearman": within_campaigns(campaigns, y, expected, spearman),
            "ndcg": within_campaigns(campaigns, y, expected, ndcg),
            "predicted_by_actual": float(expected.sum() / y.sum()),
            "captured": captured["captured"],
            "captured_90": captured["captured_90"],
            "gain_on_most_followed": captured["gain_on_most_followed"],
            "gain_on_most_followed_90": captured["gain_on_most_followed_90"],
        }
        if binary:
            rate = expected / data.exposure[rows]
            models[name]["auc"] = float(roc_auc_score(y, rate))
            models[name]["auc_90"] = range_90(weighted_auc(y, rate, draws))
    ours = models[SUASION]
    covered = forward.covered[rows]
    picked = pick_probability(campaigns, forward.expected[SUASION][rows]) * ~np.isnan(covered)
    return {
        "rows": len(rows),
        "influencers": int(table["influencer_id"].nunique()),
        "conversions": float(y.sum()),
        "ranking": ranking.figures(),
        "models": models,
        "absent": [name for name in BASELINES if name not in models],
        "suasion_less": {
            name: {
                "explained_deviance": ours["explained_deviance"] - other["explained_deviance"],
                "explained_deviance_90": range_90(samples[SUASION] - samples[name]),
                "captured": None
                if ours["captured"] is None or other["captured"] is None
                else ours["captured"] - other["captured"],
                "captured_90": range_90(shares[SUASION] - shares[name]),
            }
            for name, other in models.items()
            if name != SUASION
        },
        "coverage": None if np.isnan(covered).all() else float(np.nanmean(covered)),
        "coverage_picked": float(np.nansum(covered * picked) / picked.sum()) if picked.any() else None,
        "calibration": calibration(y, forward.expected[SUASION][rows]),
    }


def ablate(examples: Examples, forward: Forward, settings: Settings, *, seed: int = 0) -> Ablation:
    """Leave out each characteristic and each table in turn; return what each adds to the explained deviance, with ranges.

    What past outcomes are compared with is learned anew each time, so that nothing of what was left out stays in ``surprise``.
    """
    data = examples.data
    rows = np.flatnonzero(forward.judged)
    draws = bootstrap(examples.table.iloc[rows], seed)
    before = known_before(examples, forward.folds[0].start)
    null = poisson_deviance(data.y[rows], forward.rate[rows])
    full = poisson_deviance(data.y[rows], forward.expected[SUASION][rows])
    features = list(examples.features)
    tables = dict.fromkeys(table for feature in features for table in tables_of(feature, features))
    kept: dict[tuple[Literal["characteristic", "table"], str], list[bool]] = {
        ("characteristic", group): [g != group for g in examples.declared.groups] for group in GROUPS
    }
    kept |= {
        ("table", table): [table not in tables_of(feature, features) for feature in features]
        for table in tables
        if table not in ("outcomes", "candidates")
    }
    added: Ablation = {"characteristic": {}, "table": {}}
    for (kind, name), keep in kept.items():
        if all(keep) or not any(keep):
            continue
        less, _ = with_expectation(take_features(examples, keep), before)
        deviance = poisson_deviance(data.y[rows], predict_again(less, forward, settings)[rows])
        added[kind][name] = {
            "adds": float((deviance.sum() - full.sum()) / null.sum()),
            "adds_90": range_90(divided(draws @ (deviance - full), draws @ null)),
            "features": int(sum(not kept_one for kept_one in keep)),
        }
    return added


def predict_again(examples: Examples, forward: Forward, settings: Settings) -> Floats:
    """Return what suasion expects of the judged rows, from other features of the same outcomes, as strongly fitted as it was for each fold."""
    data = examples.data
    expected = np.full(len(data.y), np.nan)
    for fold, choice in zip(forward.folds, forward.chosen, strict=True):
        if forward.judged[fold.judged].any():
            train = data.take(fold.train)
            parts, _ = fit(train, examples.declared, settings, choice)
            expected[fold.judged] = data.exposure[fold.judged] * np.exp(
                parts.log_rate(data.X[fold.judged], GROUPS)
            )
    return expected


def learning_curve(
    examples: Examples, forward: Forward, settings: Settings, sizes: Sequence[int] = (50, 200, 1000)
) -> list[Point]:
    """Train on the most recent outcomes only, as many as each size says; what features know of the past is whole.

    Only these outcomes teach what past outcomes are compared with in ``surprise``.
    """
    data = examples.data
    rows = np.flatnonzero(forward.judged)
    null = poisson_deviance(data.y[rows], forward.rate[rows]).sum()
    curve: list[Point] = []
    for size in sizes:
        expected, baseline = np.full(len(data.y), np.nan), np.full(len(data.y), np.nan)
        for fold in forward.folds:
            if not forward.judged[fold.judged].any():
                continue
            recent = fold.train[-size:]
            if len(recent) < size or data.y[recent].sum() == 0:
                break
            anew, _ = with_expectation(examples, recent)
            train, X = anew.data.take(recent), anew.data.X[fold.judged]
            exposure = anew.data.exposure[fold.judged]
            parts, _ = fit(train, anew.declared, settings)
            expected[fold.judged] = exposure * np.exp(parts.log_rate(X, GROUPS))
            past = _baseline("past average", anew, train, X, exposure, settings)
            baseline[fold.judged] = np.nan if past is None else past
        if not np.isnan(expected[rows]).any():
            curve.append(
                {
                    "outcomes": size,
                    "explained_deviance": float(
                        1 - poisson_deviance(data.y[rows], expected[rows]).sum() / null
                    ),
                    "past_average": float(1 - poisson_deviance(data.y[rows], baseline[rows]).sum() / null),
                }
            )
    return curve


def beats_baselines(figures: Judged) -> tuple[bool, str]:
    """Whether suasion explains more deviance than each baseline, beyond chance, and ranks no worse; and the sentence that says so."""
    models, less, ranking = figures["models"], figures["suasion_less"], figures["ranking"]
    names = [name for name in BASELINES if name in models]
    ours = models[SUASION]
    if ours["explained_deviance"] <= 0:
        explained = f"explained deviance {ours['explained_deviance']:.3f}"
        return False, f"This model predicts no better than the mean rate ({explained}): do not use it."
    lost = [name for name in names if less[name]["explained_deviance"] <= 0]
    if lost:
        return False, f"This model does not beat {' and '.join(lost)}: use that instead."
    outranked = [
        name
        for name in names
        if (less[name]["captured"] or 0) < 0
        and less[name]["captured_90"]
        and less[name]["captured_90"][1] <= 0
    ]
    if (ours["gain_on_most_followed"] or 0) < 0:
        outranked = ["the number of followers", *(name for name in outranked if name != "audience size")]
    if outranked:
        ranks = f"within campaigns it ranks worse than {' and '.join(outranked)}: rank by that instead"
        return False, f"This model explains more than every baseline, but {ranks}."
    unsure = [
        name
        for name in names
        if less[name]["explained_deviance_90"] and less[name]["explained_deviance_90"][0] <= 0
    ]
    judged = ours["captured"] is not None
    said = (
        "This model beats every baseline"
        if judged and not unsure
        else "This model explains more than every baseline"
    )
    if figures["absent"]:
        said += f" that could be tried ({' and '.join(figures['absent'])} could not: what they go by is not known)"
    if unsure:
        said += f", but does not beat {' and '.join(unsure)} beyond chance (the 90 % interval of the difference includes 0)."
    else:
        said += "; the 90 % interval of each difference lies above 0."
    if not judged:
        said += (
            f" How it ranks within campaigns could not be judged: {ranking['campaigns']} of them left a choice, "
            f"and it takes {LEAST_CAMPAIGNS}."
        )
    return not unsure, said
