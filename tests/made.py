"""Models, scores and evaluations made up by hand, for tests that check what a person reads and need no training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from suasion.serving.scoring.score import COLUMNS, Scored
from suasion.training.bundle.folder import Bundle
from suasion.training.bundle.manifest import FeatureRecord
from suasion.training.estimators.blend import Parts, TreeParts
from suasion.training.estimators.interval import Interval
from suasion.training.estimators.linear import LinearParts

FACTS: dict[str, Any] = {
    "outcomes": 400,
    "influencers": 40,
    "campaigns": 25,
    "conversions": 900.0,
    "first_decision": "2022-01-01T00:00:00",
    "last_decision": "2023-01-01T00:00:00",
    "last_known": "2023-03-01T00:00:00",
    "until": None,
    "revenue_per_conversion": None,
    "campaign_variance": 0.05,
    "tables": ["influencers", "posts", "audience", "mentions", "credentials", "campaigns", "outcomes"],
    "extras": [],
    "settled": False,
    "goal": None,
    "goals": {},
}


def record(
    column: str, expect: int = 0, unit: str = "posts", meaning: str = "A thing.", **more: Any
) -> FeatureRecord:
    """Return a feature as a model knows it."""
    fields = {"low": 0.0, "high": 1e9, "missing": 0.5, "cumulative": False, "per_campaign": False}
    fields |= {"column": column, "characteristic": column.partition("__")[0], "unit": unit} | more
    return FeatureRecord(**fields, monotonic=expect, meaning=meaning)


def bundle(
    slopes: Mapping[FeatureRecord, float],
    *,
    mean: float = 0.0,
    base: float = 1.0,
    absent: float = 0.0,
    slope_absent: float = 0.0,
    interval: Interval | None = None,
    evaluation: Mapping[str, Any] | None = None,
    trees: TreeParts | None = None,
    **facts: Any,
) -> Bundle:
    """Return a regression (with ``trees``, a blend) that gives each feature a slope on sign(x) log(1 + |x|)."""
    n = len(slopes)
    linear = LinearParts(
        unit=np.ones(n),
        mean=np.full(n, mean),
        scale=np.ones(n),
        low=np.full(n, -1e9),
        high=np.full(n, 1e9),
        absent=np.full(n, absent),
        slope=np.array(list(slopes.values()), dtype=np.float64),
        slope_absent=np.full(n, slope_absent),
        elasticity=np.zeros(n),
        intercept=float(np.log(base)),
    )
    columns = tuple(feature.column for feature in slopes)
    groups = tuple(feature.characteristic for feature in slopes)
    return Bundle(
        Parts(columns, groups, trees, linear),
        None,  # what building features takes: here they are given
        interval or Interval(0.05, 0.95, 0.0),
        tuple(slopes),
        {**FACTS, **facts},
        dict(evaluation or evaluated()),
        "0123456789abcdef" * 4,
    )


def scored(
    model: Bundle,
    features: Mapping[str, Sequence[float]],
    *,
    ids: Sequence[str] | None = None,
    exposure: float = 1.0,
    as_of: datetime = datetime(2023, 6, 1),
    notes: Sequence[str] = (),
    outside: Sequence[str] | None = None,
    **money: Sequence[Any],
) -> Scored:
    """Return the scores of people with these features, best first."""
    table = pd.DataFrame(features, dtype=np.float64)
    table["exposure"] = exposure
    scores = model.predict(table).assign(
        campaign_id="c1",
        influencer_id=list(ids) if ids is not None else [f"i{number:03d}" for number in range(len(table))],
        as_of=pd.Timestamp(as_of),
        outside=list(outside) if outside is not None else "",
    )
    scores = scores[[*COLUMNS, "outside"]].assign(**money)
    order = scores["expected_conversions"].argsort(kind="stable").to_numpy()[::-1]
    return Scored(
        scores.iloc[order].reset_index(drop=True),
        table.iloc[order].reset_index(drop=True),
        model,
        tuple(notes),
    )


BINARY = Interval(0.05, 0.95, 0.0, binary=True)
"""Of a model whose outcomes are 0 or 1."""
EIGHTY = Interval(0.1, 0.9, 0.0, level=0.8)
"""Of a model whose interval is to hold 80 %."""


def figures(**other: Any) -> dict[str, Any]:
    """Return what a model's judged outcomes gave; ``suasion`` and ``ranking`` change single figures of those parts."""
    ranking = {
        "campaigns": 30,
        "random": 0.2,
        "perfect": 0.6,
        "most_followed": 0.25,
        "followers_known": 1.0,
    } | other.pop("ranking", {})
    suasion = {
        "explained_deviance": 0.4,
        "explained_deviance_90": [0.35, 0.45],
        "spearman": 0.31,
        "ndcg": 0.82,
        "captured": 0.5,
        "captured_90": [0.45, 0.55],
        "gain_on_most_followed": 0.25,
        "gain_on_most_followed_90": [0.15, 0.35],
        "predicted_by_actual": 1.02,
    } | other.pop("suasion", {})
    average = suasion | {
        "explained_deviance": 0.3,
        "explained_deviance_90": [0.25, 0.35],
        "captured": 0.4,
        "gain_on_most_followed": 0.15,
        "gain_on_most_followed_90": [0.05, 0.25],
    }
    models = {"suasion": suasion, "past average": average} | other.pop("models", {})
    return {
        "rows": 200,
        "influencers": 38,
        "conversions": 500.0,
        "ranking": ranking,
        "models": models,
        "absent": [],
        "suasion_less": {"past average": {"explained_deviance": 0.1, "explained_deviance_90": [0.05, 0.15]}},
        "coverage": 0.91,
        "coverage_picked": 0.9,
        "calibration": [
            {"expected": 1.0, "actual": 1.1, "rows": 100},
            {"expected": 3.0, "actual": 2.9, "rows": 100},
        ],
    } | other


UNRANKED = {
    "ranking": {"campaigns": 9, "random": None, "perfect": None, "most_followed": None},
    "suasion": {
        "spearman": None,
        "ndcg": None,
        "captured": None,
        "captured_90": [],
        "gain_on_most_followed": None,
        "gain_on_most_followed_90": [],
    },
}
"""What :func:`figures` takes for fewer than ten campaigns with a choice."""


def evaluated(all_: Mapping[str, Any] | None = None, **other: Any) -> dict[str, Any]:
    """Return an evaluation: ``all_`` are the figures of all judged outcomes."""
    evaluation: dict[str, Any] = {
        "judged": {"all": dict(all_ or figures())},
        "ablation": None,
        "learning_curve": [],
        "beats_baselines": True,
        "verdict": "This model beats every baseline; the 90 % interval of each difference lies above 0.",
    }
    return evaluation | other


def added(**values: tuple[float, float, float]) -> dict[str, Any]:
    """Return an ablation: what each characteristic adds, and its range."""
    return {
        "characteristic": {
            name: {"adds": adds, "adds_90": [low, high], "features": 3}
            for name, (adds, low, high) in values.items()
        },
        "table": {},
    }
