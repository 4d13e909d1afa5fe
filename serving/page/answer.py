"""Whom to ask for the money there is: the plan within a budget, beside the most followed for the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from suasion.serving.explaining.charts import count
from suasion.serving.explaining.wording import FOLLOWERS_UNKNOWN, floored
from suasion.serving.scoring.plan import Plan, Rival, most_followed, plan_within, worth_of_one
from suasion.serving.scoring.ranking import Board


@dataclass(frozen=True)
class Answer:
    """Whom to ask within a budget, and what that is worth."""

    plan: Plan
    budget: float
    rival: Rival | None

    @property
    def ask(self) -> NDArray[np.bool_]:
        """Who is to be asked, shape (n,)."""
        return self.plan.ask

    @property
    def sentences(self) -> tuple[str, str]:
        """Return the answer in a sentence, and what there is to say of what stays of the budget."""
        first, stop, rest = self.plan.sentence(self.budget).partition(". ")
        return first + stop.strip(), rest

    @property
    def beside(self) -> str:
        """Return what the most followed bring within the same budget."""
        if self.rival is None:
            return FOLLOWERS_UNKNOWN
        said = f"The most followed within the same budget: {count(self.rival.conversions)} conversions"
        if self.rival.known_share < 1:
            said += f" (how many follow is known of {floored(self.rival.known_share)} of the candidates)"
        return f"{said}."


def answer(board: Board, budget: float, most_fee: float | None = None) -> Answer:
    """Choose whom to ask within a budget, nobody of them for more than ``most_fee``."""
    fees = board.fees if most_fee is None else np.where(board.fees <= most_fee, board.fees, np.nan)
    scores = board.scored.scores.assign(fee=fees)
    plan = plan_within(board.columns["expected_conversions"], fees, budget, _worth(board))
    return Answer(plan, budget, most_followed(scores, board.followers, budget, len(board)))


def _worth(board: Board) -> float | None:
    """Return what a conversion is worth; None where that is not known, or nobody's conversions cost less: then the slope alone decides."""
    worth = worth_of_one(board.ask, board.scored.bundle)
    costs = board.columns["cost_per_conversion"]
    costs = costs[np.isfinite(costs)]
    return worth if worth is not None and len(costs) and costs.min() < worth else None


def left_out(board: Board, most_fee: float) -> str:
    """Return in a sentence how many a limit on each fee leaves out.

    Parameters
    ----------
    most_fee
        The most that one person may ask.
    """
    known = np.isfinite(board.fees)
    dear, unknown = int((board.fees[known] > most_fee).sum()), int((~known).sum())
    said = f"{dear:,} of {len(board):,} people cost more than {count(most_fee)} and are left out"
    if unknown:
        said += f", as {'is' if unknown == 1 else 'are'} {unknown:,} whose fee is not known"
    return f"{said}."
