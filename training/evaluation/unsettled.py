"""What it brings to take counts of old posts as settled: the same judged outcomes, with and without them."""

from __future__ import annotations

import numpy as np

from suasion.training.bundle.manifest import Figures, Settled
from suasion.training.estimators.fit import Settings, poisson_deviance
from suasion.training.examples import Examples

from .evaluate import BASELINES, COUNTED, SUASION, Forward, predict_again
from .metrics import bootstrap, divided, range_90


def compare_settled(examples: Examples, unsettled: Examples, forward: Forward, settings: Settings) -> Settled:
    """Return the explained deviance with counts taken as settled and without, and what they add, with its range."""
    y = examples.data.y
    rows = np.flatnonzero(forward.judged)
    draws = bootstrap(examples.table.iloc[rows], settings.random_state)
    null = poisson_deviance(y[rows], forward.rate[rows])
    taken = poisson_deviance(y[rows], forward.expected[SUASION][rows])
    left = poisson_deviance(y[rows], predict_again(unsettled, forward, settings)[rows])
    baselines = [name for name in BASELINES if name in forward.expected and name != COUNTED]
    deviance = {name: poisson_deviance(y[rows], forward.expected[name][rows]).sum() for name in baselines}
    return {
        "explained_deviance": float(1 - taken.sum() / null.sum()),
        "without": float(1 - left.sum() / null.sum()),
        "adds": float((left.sum() - taken.sum()) / null.sum()),
        "adds_90": range_90(divided(draws @ (left - taken), draws @ null)),
        "behind": [name for name in baselines if deviance[name] <= left.sum()],
    }


def credit(figures: Figures, settled: Settled) -> None:
    """Put the comparison among the figures, and take back a verdict that holds only with counts that are taken as settled.

    What old posts gained from a campaign is among them, and explains its outcome well: nothing rests on it.
    """
    figures["settled"] = settled
    if not figures["beats_baselines"] or (settled["without"] > 0 and not settled["behind"]):
        return
    lost = (
        f"does not beat {' and '.join(settled['behind'])}"
        if settled["without"] > 0
        else f"predicts no better than the mean rate (explained deviance {settled['without']:.3f})"
    )
    figures["beats_baselines"] = False
    figures["verdict"] = (
        f"What this model explains rests on counts that are taken as settled: without them it {lost}. Old posts may have gained from the "
        "campaigns themselves. Do not use it: read counts in time, or train without taking them as settled."
    )
