"""The plan that a question asks for, of the candidates that answer it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from suasion.features.engine.currencies import priced
from suasion.features.errors import InputError
from suasion.features.tables.open import Tables
from suasion.serving.scoring.notes import Notes
from suasion.training.estimators.base import Floats

from .audience import lists_members, read_audience
from .fees import FEWEST, UsualFees, read_usual_fees
from .limits import Limits, read_platforms
from .plan import Plan, Wanted, make_plan
from .rivals import FOLLOWERS, column_of
from .worth import cheapest, nobody_earns, worth_of_one

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
    plan = None
    if ask.budget is None and ask.target is None:
        if ask.limits != Limits():
            raise InputError("Limits are for a plan: give a budget, or a target of conversions.")
        least = cheapest(scored.scores["expected_conversions"].to_numpy(dtype=np.float64), fee)
    else:
        plan = plan_of(
            scored, fee, Wanted(ask.budget, ask.target, worth, ask.limits, ask.seen, ask.explore), tables
        )
        scored.scores["ask"] = scored.scores["influencer_id"].isin(plan.asked["influencer_id"])
        least = plan.cheapest
    if sentence := nobody_earns(worth, least, notes.currency):
        notes.warn(sentence)
    for sentence in plan.sentences if plan is not None else ():
        notes.say(sentence)
    return plan


def plan_of(scored: Scored, fee: Floats, wanted: Wanted, tables: Tables) -> Plan:
    """Return the plan for scored candidates, with what the tables say of their platforms and audiences."""
    moment = scored.scores["as_of"].min()
    homes = bool(wanted.limits.platforms) or wanted.limits.at_most is not None
    return make_plan(
        scored.scores,
        scored.features,
        fee,
        wanted,
        scored.bundle,
        platforms=read_platforms(tables, moment) if homes else None,
        place=scored.place,
        handles={who: handle for handle, who in scored.handles},
        audience=lambda people: read_audience(tables, people, moment),
        counts=lists_members(tables) or wanted.seen is not None,
        usual=read_usual_fees(tables, moment),
        currency=scored.currency,
    )


def taken_fees(tables: Tables, table: pd.DataFrame, notes: Notes) -> Floats:
    """Return the fee that each is taken to ask where nobody said one: what was paid for the like, NaN where too little was paid so far.

    Parameters
    ----------
    table
        The candidates with their features, and ``as_of`` and ``exposure``.
    """
    usual = read_usual_fees(tables, table["as_of"].min())
    taken = usual_fees(usual, table)
    notes.fees = fees_words(usual, taken.min(), taken.max(), notes.currency)
    return taken


def usual_fees(usual: UsualFees | None, table: pd.DataFrame) -> Floats:
    """Return what is usually paid to each, whole, shape (n,); NaN where too little was paid so far."""
    if usual is None:
        return np.full(len(table), np.nan)
    exposure = table["exposure"].to_numpy(dtype=np.float64)
    return np.asarray(np.rint(usual.ranges(column_of(table, FOLLOWERS), exposure)[1]))


def fees_words(usual: UsualFees | None, low: float, high: float, currency: str) -> str:
    """Return that nobody said a fee, and what is taken for it, from the lowest to the highest."""
    if usual is None:
        return f"No fee was given, and fewer than {FEWEST} past fees are known to tell what anybody asks."
    amounts = f"{high:,.0f}" if f"{low:,.0f}" == f"{high:,.0f}" else f"from {low:,.0f} to {high:,.0f}"
    return (
        f"No fee was given. Each is taken to ask what was paid so far for as many posts and, where known, followers, {priced(amounts, currency)} "
        f"({usual.count:,} past fees): fill the column fee of candidates, or give one, before you decide."
    )
