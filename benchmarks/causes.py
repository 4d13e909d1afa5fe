"""Whether the factor of a cause lands in its characteristic where a brand has counts alone: worlds in which one thing makes people buy.

    python -m benchmarks.causes [SEED]       # default: 81, which features were developed on; about ten minutes

The people, posts and counts of a simulated world, seen as a usual brand sees them (:mod:`benchmarks.usual`), and outcomes drawn anew: the effect
of one characteristic, a standard deviation of 0.8 on the log scale, and nothing else. Told is the share of the spread of the seven factors
together that each of them has (its covariance with their sum; they add up to 1), of candidates to come. Reputation is left out: without credentials
nothing tells it.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from suasion.features import CHARACTERISTICS, GROUPS
from suasion.training.datasets.people import SURPRISE
from suasion.training.datasets.simulated import simulate

from .shared import KEYS, judge_world
from .usual import see_less
from .world import SMALL

SPREAD, LEVEL = 0.8, 1.0
"""Of log conversions a post."""


def keep_one_cause(world: Path, cause: str, seed: int) -> None:
    """Write outcomes, and what is true of them, that follow from the effect of one characteristic."""
    random, file = np.random.default_rng([seed, 9]), world / "truth" / "truth.parquet"
    truth, outcomes = pd.read_parquet(file), pd.read_parquet(world / "outcomes.parquet")
    effect = truth[f"effect_{cause}"]
    rate = np.exp(LEVEL + SPREAD * (effect - effect.mean()) / effect.std())
    truth["expected_conversions"] = truth["exposure"] ** 0.85 * rate
    expected = outcomes[KEYS].merge(truth, on=KEYS, validate="one_to_one")["expected_conversions"]
    conversions = random.poisson(expected * random.gamma(SURPRISE, 1 / SURPRISE, len(expected))).astype(float)
    outcomes.assign(conversions=conversions, refunds=0.0, revenue=conversions).to_parquet(
        world / "outcomes.parquet"
    )
    truth.to_parquet(file)


def one(cause: str, seed: int) -> dict[str, float]:
    """Return the share of each factor, and what is explained of the oracle's deviance, where one cause makes people buy."""
    with tempfile.TemporaryDirectory() as place:
        folders = [Path(place) / name for name in ("world", "usual", "export")]
        simulate(replace(SMALL, seed=seed, counts=True), folders[0])
        keep_one_cause(folders[0], cause, seed)
        see_less(*folders)
        judged = judge_world(folders[1], folders[0])
    factors = judged.factors[:, [GROUPS.index(name) for name in CHARACTERISTICS]]
    total = factors.sum(axis=1)
    shares = [float(np.cov(column, total, bias=True)[0, 1] / total.var()) for column in factors.T]
    return dict(zip(CHARACTERISTICS, shares, strict=True)) | {
        "of the oracle": judged.explained() / judged.oracle
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Whether a cause lands in its characteristic, with counts alone."
    )
    parser.add_argument("seed", nargs="?", type=int, default=81)
    seed, shares = parser.parse_args().seed, {}
    for cause in CHARACTERISTICS:
        if cause != "reputation":
            shares[cause] = one(cause, seed)
            print(cause, shares[cause], flush=True)
    print(pd.DataFrame(shares).T.round(2).to_string())


if __name__ == "__main__":
    main()
