"""A training run beside the bare fits it contains, and how much memory it takes: ``python -m benchmarks.training DATA [--quick]``.

The fits of trees and regressions are timed where they happen, in the same run; so are the features.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm as lgb

from suasion.features.engine.matrix import build_features
from suasion.training import examples, train
from suasion.training.estimators.linear import LinearRegressor
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


def main(data: str, *, quick: bool = False) -> None:
    TOOK.clear()
    lgb.train = timed("fits of trees", lgb.train)
    for name in ("fit", "path"):
        setattr(LinearRegressor, name, timed("fits of regressions", getattr(LinearRegressor, name)))
    setattr(examples, "build_features", timed("features", build_features))  # noqa: B010  (where it is called)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        train.train(data, Path(folder) / "model", Options(track=False, quick=quick))
        whole = time.perf_counter() - start
    fits = TOOK.get("fits of trees", 0.0) + TOOK["fits of regressions"]
    rest = whole - fits - TOOK["features"]
    print("| part | seconds | share |")
    print("|---|---|---|")
    for name, seconds in [*TOOK.items(), ("all else", rest), ("the whole run", whole)]:
        print(f"| {name} | {seconds:.1f} | {seconds / whole:.0%} |")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"\nThe run takes {whole / fits:.2f} times its bare fits, {(whole - TOOK['features']) / fits:.2f} times without features, "
        f"and {most:.1f} GB of memory at most."
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    main(arguments.data, quick=arguments.quick)
