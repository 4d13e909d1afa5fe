"""Explanations beside their peers in one run: ``python -m benchmarks.explanations MODEL [ROWS]``.

On rows drawn evenly within what training saw, a twentieth of the values missing: SHAP values and the seven factors of the model's
trees, beside ``shap.TreeExplainer`` and LightGBM's ``pred_contrib``; and one row at a time.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
import shap

from suasion.features import GROUPS
from suasion.training.bundle.folder import load


def main(model: str, n: int) -> None:
    bundle = load(model)
    parts = bundle.parts
    assert parts.trees is not None, "the model ships without trees"
    random = np.random.default_rng(0)
    low = np.array([feature.low or 0.0 for feature in bundle.features])
    high = np.array([1.0 if feature.high is None else feature.high for feature in bundle.features])
    X = low + (high - low) * random.random((n, len(low)))
    X[random.random(X.shape) < 0.05] = np.nan
    booster, trees = parts.trees.booster, parts.trees
    explainer = shap.TreeExplainer(booster)
    ways: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "shap.TreeExplainer": explainer.shap_values,
        "LightGBM pred_contrib": lambda rows: booster.predict(rows, pred_contrib=True),
        "suasion, a value a feature": trees.contributions,
        "suasion, the factors": lambda rows: trees.grouped(rows, parts.groups, GROUPS),
    }
    start = time.perf_counter()
    trees.contributions(X[:1])
    laid = time.perf_counter() - start
    values = {name: way(X) for name, way in ways.items()}
    base = values["shap.TreeExplainer"]
    members = np.array([[group == name for name in GROUPS] for group in parts.groups], dtype=float)
    off = {
        "suasion, a value a feature": np.abs(values["suasion, a value a feature"] - base).max(),
        "suasion, the factors": np.abs(values["suasion, the factors"] - base @ members).max(),
    }
    print(
        f"{len(trees.used)} trees, {len(bundle.features)} features, {n:,} rows; laid out and compiled in {laid:.1f} s\n"
    )
    print("| | rows a second | times TreeExplainer | one row alone | largest difference |")
    print("|---|---|---|---|---|")
    speed: dict[str, float] = {}
    for name, way in ways.items():
        speed[name] = n / min(_timed(way, X) for _ in range(3))
        alone = min(_timed(way, X[:1]) for _ in range(50)) * 1e6
        difference = f"{off[name]:.0e}" if name in off else ""
        print(
            f"| {name} | {speed[name]:,.0f} | {speed[name] / speed['shap.TreeExplainer']:.1f} | {alone:,.0f} µs | {difference} |"
        )


def _timed(way: Callable[[np.ndarray], np.ndarray], X: np.ndarray) -> float:
    start = time.perf_counter()
    way(X)
    return time.perf_counter() - start


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
