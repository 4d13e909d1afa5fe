"""What it costs that no tree mixes two characteristics: ``python -m benchmarks.mixing [DATA …] [SEED …]``.

For each folder of data, and each simulated world by its seed: trees held to one characteristic each and trees that may mix, alone and as
they are shipped (weighed with the regression), trained and judged forward in time on the same folds; the difference with a
90 % range that draws influencers and campaigns.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from suasion.features.tables.open import open_tables
from suasion.training.datasets.people import World
from suasion.training.datasets.simulated import simulate
from suasion.training.estimators.fit import Settings, poisson_deviance
from suasion.training.evaluation.evaluate import SUASION, TREES, predict_forward
from suasion.training.evaluation.metrics import bootstrap, range_90
from suasion.training.evaluation.split import TEST_FROM
from suasion.training.examples import read_examples


def one(title: str, data: Path) -> None:
    with open_tables(data) as tables:
        examples, _ = read_examples(tables, None, first=TEST_FROM)
    held, free = (
        predict_forward(examples, Settings(interactions=mix), variants=False) for mix in (False, True)
    )
    rows = np.flatnonzero(held.judged)
    y = examples.data.y[rows]
    null = poisson_deviance(y, held.rate[rows])
    judged = examples.table.iloc[rows]
    draws = bootstrap(judged, 0)
    for name in (TREES, SUASION):
        if name not in held.expected or name not in free.expected:
            print(f"| {title}, {name} | not tried in every fold | | | |")
            continue
        parts = [poisson_deviance(y, forward.expected[name][rows]) for forward in (held, free)]
        told = [1 - part.sum() / null.sum() for part in parts]
        low, high = range_90((draws @ (parts[0] - parts[1])) / (draws @ null)) or (np.nan, np.nan)
        print(
            f"| {title}, {name} | {told[0]:.3f} | {told[1]:.3f} | {told[1] - told[0]:+.3f} | {low:+.3f} to {high:+.3f} |",
            flush=True,
        )


def main(given: list[str]) -> None:
    print(
        "| explained deviance | one characteristic a tree | free to mix | gained by mixing | 90 % |\n|---|---|---|---|---|"
    )
    for name in given:
        if not name.isdigit():
            one(Path(name).name, Path(name))
            continue
        with tempfile.TemporaryDirectory() as folder:
            simulate(World(seed=int(name)), Path(folder) / "world")
            one(f"world, seed {name}", Path(folder) / "world")


if __name__ == "__main__":
    main(sys.argv[1:] or ["0", "1", "2"])
