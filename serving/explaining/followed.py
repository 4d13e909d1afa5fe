"""Followers beside expected conversions: whether those whom most follow are those who bring most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from suasion.serving.scoring.ranking import Board

FIRST, DRAWN = 10, 200
"""How many are compared, and how many of each kind are drawn of a multitude."""
LEAST_KNOWN = 20
"""Of fewer people with known followers no picture is drawn: ten of them would be half of all."""


@dataclass(frozen=True)
class Followed:
    """A point a person, and what they show."""

    sentence: str
    points: tuple[tuple[float, float, bool], ...]
    """Followers, expected conversions, and whether somebody stands out."""
    names: tuple[tuple[str, float, float], ...]
    """Who is called by name: of whom most is expected, and whom most follow; name, followers, expected conversions."""


def beside_followers(board: Board, ask: NDArray[np.bool_] | None) -> Followed | None:
    """Return what followers tell of expected conversions; None where too few are known.

    Whom a plan asks (``ask``, shape (n,)) stands out; without one the ten of whom most is expected do.
    """
    expected = board.columns["expected_conversions"]
    known = np.flatnonzero((board.followers > 0) & (expected > 0))
    if len(known) < LEAST_KNOWN:
        return None
    by_expected, by_followers = (
        known[np.argsort(-values[known], kind="stable")] for values in (expected, board.followers)
    )
    both = np.intersect1d(by_expected[:FIRST], by_followers[:FIRST])
    in_plan = known[ask[known]] if ask is not None else known[:0]
    out = in_plan if len(in_plan) else by_expected[:FIRST]
    rows = np.unique(np.concatenate([by_expected[:DRAWN], by_followers[:DRAWN], out]))
    of = (
        ""
        if len(rows) == len(known)
        else f" Shown are {len(rows)} of {len(known):,}: the most followed and the highest forecasts."
    )
    points = zip(board.followers[rows], expected[rows], np.isin(rows, out), strict=True)
    return Followed(
        f"Of the {FIRST} most followed, {len(both) or 'none'} {'is' if len(both) == 1 else 'are'} among the {FIRST} with the highest forecasts.{of} "
        f"In blue {'whom the plan asks' if len(in_plan) else f'the {FIRST} highest forecasts'}.",
        tuple((float(x), float(y), bool(stands)) for x, y, stands in points),
        tuple(
            (
                board.handles.get(str(board.ids[row]), str(board.ids[row])),
                float(board.followers[row]),
                float(expected[row]),
            )
            for row in dict.fromkeys((by_expected[0], by_followers[0]))
        ),
    )
