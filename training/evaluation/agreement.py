"""How stable an explanation is: two models, each trained on every other campaign, are asked about the same people.

A factor that two halves of the campaigns tell alike is something the outcomes say. One on which they disagree is chance, however large
it is in the model that ships (Meinshausen & Bühlmann 2010, "Stability selection", JRSS B 72(4)).
"""

from __future__ import annotations

from suasion.features import GROUPS
from suasion.training.estimators.fit import Settings, fit
from suasion.training.examples import Examples

from .evaluate import Forward

FEWEST = 60
"""Outcomes in each half below which two models cannot be expected to agree on anything."""


def agreement(examples: Examples, forward: Forward, settings: Settings) -> dict[str, float]:
    """Return the concordance of each factor (-1 to 1), on the log scale, between two models, over all outcomes.

    It is 1 where both say the same, lower where one says it more strongly, 0 where they have nothing in common (Lin 1989, "A concordance
    correlation coefficient to evaluate reproducibility", Biometrics 45(1), of differences from the mean).

    Campaigns alternate in the order of their decisions, so that both halves saw all times; campaigns that were decided at one moment
    stay together. Both are fitted as strongly as the model that predicted the last period. What is declared of an audience before
    anything is learned (elasticity) both say alike. Left out are factors that one of the two does not know, and all with fewer than 60
    outcomes in a half.
    """
    data = examples.data
    decided = examples.table.groupby("campaign_id", sort=False)["as_of"].transform("min")
    odd = (decided.rank(method="dense").to_numpy() % 2).astype(bool)
    halves = [data.take(rows) for rows in (odd, ~odd)]
    if min(len(half.y) for half in halves) < FEWEST or min(half.y.sum() for half in halves) <= 0:
        return {}
    one, other = (
        fit(half, examples.declared, settings, forward.chosen[-1])[0].log_factors(data.X, GROUPS)
        for half in halves
    )
    alike = {}
    for column, group in enumerate(GROUPS):
        first, second = (logs[:, column] - logs[:, column].mean() for logs in (one, other))
        moved = float(first @ first + second @ second)
        if first.any() and second.any():
            alike[group] = 2.0 * float(first @ second) / moved
    return alike
