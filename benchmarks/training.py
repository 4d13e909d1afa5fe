"""A training run beside the bare LightGBM fits it contains: ``python -m benchmarks.training DATA``.

The fits are timed where they happen, in the same run; so are reading and checking, features, and the regressions.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm as lgb
from sklearn.linear_model import PoissonRegressor

from suasion.features.engine.matrix import build_features
from suasion.training import examples, train
from suasion.training.train import Options

TOOK: dict[str, float] = {}


def timed(name: str, inner: Callable[..., Any]) -> Callable[..., Any]:
    def run(*args: Any, **options: Any) -> Any:
        start = time.perf_counter()
        try:
            return inner(*args, **options)
        finally:
            TOOK[name] = TOOK.get(name, 0.0) + time.perf_counter() - start

    return run


def main(data: str) -> None:
    lgb.train = timed("LightGBM's fits", lgb.train)
    PoissonRegressor.fit = timed("scikit-learn's Poisson fits", PoissonRegressor.fit)
    setattr(examples, "build_features", timed("features", build_features))  # noqa: B010  (where it is called)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        train.train(data, Path(folder) / "model", Options(track=False))
        whole = time.perf_counter() - start
    fits = TOOK["LightGBM's fits"] + TOOK["scikit-learn's Poisson fits"]
    rest = whole - fits - TOOK["features"]
    print("| part | seconds | share |")
    print("|---|---|---|")
    for name, seconds in [*TOOK.items(), ("all else", rest), ("the whole run", whole)]:
        print(f"| {name} | {seconds:.1f} | {seconds / whole:.0%} |")
    print(
        f"\nThe run takes {whole / fits:.2f} times its bare fits, {(whole - TOOK['features']) / fits:.2f} times without features."
    )


if __name__ == "__main__":
    main(sys.argv[1])
