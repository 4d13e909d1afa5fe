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

    Parameters
    ----------
    ask
        Whom a plan asks, shape (n,): they stand out. None: the ten of whom most is expected do.
    """
    expected = board.columns["expected_conversions"]
    known = np.flatnonzero((board.followers > 0) & (expected > 0))
    if len(known) < LEAST_KNOWN:
        return None
    by_expected, by_followers = (
        known[np.argsort(-values[known], kind="stable")] for values in (expected, board.followers)
    )
    both = np.intersect1d(by_expected[:FIRST], by_followers[:FIRST])
    out = by_expected[:FIRST] if ask is None or not ask[known].any() else known[ask[known]]
    rows = np.unique(np.concatenate([by_expected[:DRAWN], by_followers[:DRAWN], out]))
    of = "" if len(rows) == len(known) else f" Drawn are {len(rows)} of {len(known):,}: those of either kind."
    points = zip(board.followers[rows], expected[rows], np.isin(rows, out), strict=True)
    return Followed(
        f"Of the {FIRST} whom most follow, {len(both) or 'none'} {'is' if len(both) == 1 else 'are'} among the {FIRST} of whom most is expected.{of}",
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
