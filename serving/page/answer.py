"""Whom to ask for the money there is: the plan within a budget or for a target, beside what rules of thumb bring for the same."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from suasion.features.engine.currencies import priced
from suasion.features.tables.open import Tables
from suasion.serving.explaining.charts import count
from suasion.serving.scoring.notes import listed
from suasion.serving.scoring.plan.asked import plan_of
from suasion.serving.scoring.plan.plan import Plan, Wanted
from suasion.serving.scoring.plan.rivals import MOST_FOLLOWED
from suasion.serving.scoring.ranking import Board


@dataclass(frozen=True)
class Answer:
    """Whom to ask, and what that is worth."""

    plan: Plan
    ask: NDArray[np.bool_]
    """Who is to be asked, shape (n,)."""

    @property
    def first(self) -> str:
        """Return whom to ask, for what, and what may come of it, in one sentence."""
        return self.plan.sentences[0].partition(". ")[0].removesuffix(".") + "."

    @property
    def to_learn(self) -> set[str]:
        """Return the ids of those who are asked to learn from."""
        table = self.plan.table
        return set(table.loc[table["explore"].astype(bool), "influencer_id"].astype(str))

    @property
    def beside(self) -> str:
        """Return what rules of thumb bring for the same money."""
        said = self.plan.sentences[0].partition(". ")[2]
        if MOST_FOLLOWED in self.plan.rivals:
            return said
        return " ".join(filter(None, (said, "How many follow those who can be asked is not known.")))

    @property
    def rest(self) -> str:
        """Return what there is to say of what stays, of the range, and of what it is worth."""
        return " ".join(self.plan.sentences[1:])


def answer(board: Board, tables: Tables, wanted: Wanted) -> Answer:
    """Choose whom to ask within a budget, for a target, or both; worked out once for each question; raises InputError when no plan keeps to that."""
    key = (wanted, board.fees.tobytes())
    if (plan := board.plans.get(key)) is None:
        with tables.scratch() as scratch:
            plan = plan_of(board.scored, board.fees, wanted, scratch)
        with board.lock:
            while len(board.plans) >= PLANS:
                board.plans.pop(next(iter(board.plans)))
            board.plans[key] = plan
    return Answer(plan, np.isin(board.ids.astype(str), plan.asked["influencer_id"].astype(str)))


PLANS = 20
"""Plans that are kept of one board."""


def stands(plan: Plan, influencer: str) -> str:
    """Return in a sentence or two whether a plan asks somebody, by their id, why, and for what fee it would."""
    rows = plan.table[plan.table["influencer_id"].astype(str) == influencer]
    if not len(rows):
        limits = plan.wanted.limits
        if limits.among and influencer not in limits.among:
            return "Not asked: they are not on the list."
        return "Not asked: others bring more for the money."
    row = rows.iloc[0]
    price = row["asked_up_to"]
    # By the slope, another fee moves what a conversion may cost, and with it the price a little.
    about = "about " if plan.by_slope else ""
    entry = (
        f" The plan would ask them for {about}{priced(f'{math.floor(price + 1e-6):,}', plan.currency)} or less."
        if price is not None and math.isfinite(price) and price >= 1
        else ""
    )
    return f"{'Asked' if row['ask'] else 'Not asked'}: {row['why']}.{entry}"


def beside_ticks(board: Board, ask: NDArray[np.bool_], ticked: NDArray[np.int64]) -> str:
    """Return in a sentence which rows are ticked and not asked, and who else is asked; empty where they are the same, or none is ticked."""

    def named(rows: NDArray[np.int64]) -> str:
        names = [str(board.handles.get(board.ids[row], board.ids[row])) for row in rows[:MOST_NAMED]]
        return listed(names + ([f"{len(rows) - MOST_NAMED:,} more"] if len(rows) > MOST_NAMED else []))

    out, others = ticked[~ask[ticked]], np.setdiff1d(np.flatnonzero(ask), ticked)
    if not len(ticked) or not (len(out) or len(others)):
        return ""
    if len(ticked) == 1:
        said = f"Ticked and not asked: {named(out)}." if len(out) else "The one ticked is asked."
    else:
        said = (
            f"Of the {len(ticked):,} ticked, {f'not asked: {named(out)}' if len(out) else 'all are asked'}."
        )
    # Where none of them is asked, the ticks are not those of a plan: who else is asked says nothing beside them.
    return (
        f"{said} Asked, but not ticked: {named(others)}." if len(others) and len(out) < len(ticked) else said
    )


MOST_NAMED = 6
"""People named in one list of a sentence."""


def left_out(board: Board, most_fee: float) -> str:
    """Return in a sentence how many a limit on what one person may ask leaves out."""
    known = np.isfinite(board.fees)
    dear, unknown = int((board.fees[known] > most_fee).sum()), int((~known).sum())
    said = f"{dear:,} of {len(board):,} people cost more than {priced(count(most_fee), board.scored.currency)} and are left out"
    if unknown:
        said += f", as {'is' if unknown == 1 else 'are'} {unknown:,} whose fee is not known"
    return f"{said}."
