"""What it brings to take counts of old posts as settled: the same judged outcomes, with and without them."""

from __future__ import annotations

import numpy as np

from suasion.training.bundle.manifest import Settled
from suasion.training.estimators.fit import Settings, poisson_deviance
from suasion.training.examples import Examples

from .evaluate import SUASION, Forward, predict_again
from .metrics import bootstrap, divided, range_90


def compare_settled(examples: Examples, unsettled: Examples, forward: Forward, settings: Settings) -> Settled:
    """Return the explained deviance with counts taken as settled and without, and what they add, with its range.

    Parameters
    ----------
    examples
        The outcomes with features for which counts were taken as settled, of which ``forward`` predicted.
    unsettled
        The same outcomes, in the same order, with the features as counts were read.
    """
    y = examples.data.y
    rows = np.flatnonzero(forward.judged)
    table = examples.table.iloc[rows]
    draws = bootstrap(
        table["influencer_id"].to_numpy(dtype=object),
        table["campaign_id"].to_numpy(dtype=object),
        settings.random_state,
    )
    null = poisson_deviance(y[rows], forward.rate[rows])
    taken = poisson_deviance(y[rows], forward.expected[SUASION][rows])
    left = poisson_deviance(y[rows], predict_again(unsettled, forward, settings)[rows])
    return {
        "explained_deviance": float(1 - taken.sum() / null.sum()),
        "without": float(1 - left.sum() / null.sum()),
        "adds": float((left.sum() - taken.sum()) / null.sum()),
        "adds_90": range_90(divided(draws @ (left - taken), draws @ null)),
    }
