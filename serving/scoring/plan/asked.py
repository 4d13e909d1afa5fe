"""The plan that a question asks for, of the candidates that answer it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from suasion.features.errors import InputError
from suasion.features.tables.open import Tables
from suasion.serving.scoring.notes import Notes
from suasion.training.estimators.base import Floats

from .limits import Limits, read_platforms
from .overlap import read_overlaps
from .plan import Plan, Wanted, make_plan
from .worth import warn_of_worth, worth_of_one

if TYPE_CHECKING:
    from suasion.serving.scoring.candidates import Ask
    from suasion.serving.scoring.score import Scored


def plan_asked(scored: Scored, fee: Floats, ask: Ask, tables: Tables, notes: Notes) -> Plan | None:
    """Return whom to ask, and mark them in the scores; None where neither a budget nor a target was given.

    Parameters
    ----------
    scored
        The candidates, whose scores get the column ``ask``.
    fee
        Of each, shape (n,), NaN where not known.
    notes
        Where a reader is told whether anybody earns their fee, and what the plan is.

    Raises
    ------
    InputError
        When what is asked for is no plan, or none keeps to its limits.
    """
    worth = worth_of_one(ask.value, scored.bundle)
    nobody = warn_of_worth(worth, cheapest(scored.scores, fee), notes)
    if ask.budget is None and ask.target is None:
        if ask.limits != Limits():
            raise InputError("Limits are for a plan: give a budget, or a target of conversions.")
        return None
    moment = scored.scores["as_of"].min()
    homes = bool(ask.limits.platforms) or ask.limits.at_most is not None
    plan = make_plan(
        scored.scores,
        scored.features,
        fee,
        Wanted(ask.budget, ask.target, worth, ask.limits),
        scored.bundle,
        platforms=read_platforms(tables, moment) if homes else None,
        place=scored.place,
        handles={who: handle for handle, who in scored.handles},
        # Where nobody pays, that is said first; whoever asks all the same is told whom, by the slope alone.
        by_slope=nobody,
    )
    whom = [str(who) for who in plan.asked["influencer_id"]]
    plan = replace(plan, overlaps=read_overlaps(tables, whom, moment))
    scored.scores["ask"] = scored.scores["influencer_id"].isin(plan.asked["influencer_id"])
    for sentence in plan.sentences:
        notes.say(sentence)
    return plan


def cheapest(scores: pd.DataFrame, fee: Floats) -> float:
    """Return what a conversion costs of whom it costs least; infinite where no fee is known."""
    expected = scores["expected_conversions"].to_numpy(dtype=np.float64)
    known = np.isfinite(fee) & (expected > 0)
    with np.errstate(over="ignore"):  # of next to nothing, one costs more than a double can tell
        costs = np.divide(fee, expected, out=np.full(len(fee), np.inf), where=known)
    return float(costs.min())
