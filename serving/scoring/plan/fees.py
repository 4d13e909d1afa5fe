"""What a brand usually pays: the range in which past fees lie, by how many follow somebody and how many posts were agreed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sklearn.linear_model import QuantileRegressor

from suasion.features.engine.goals import of_goal
from suasion.features.engine.protocol import Database
from suasion.features.tables.read import known_by
from suasion.training.estimators.base import Floats

SHARES = (0.25, 0.5, 0.75)
"""The range holds half of past fees; its middle is the fee that is taken where none is given."""
FEWEST, MOST = 20, 500
"""Past fees below which nothing is said, and the latest that are looked at."""


@dataclass(frozen=True)
class UsualFees:
    """What past fees were, as a linear function of log followers and log posts for each share of :data:`SHARES`."""

    count: int
    """Past fees it was learned from."""
    middle: float
    """Mean log followers of those of whom they are known."""
    bounds: Floats
    """The least and the most of each column that was seen, shape (2, 3): beyond, nothing is told apart."""
    slopes: Floats
    """Shape (3, 4): for each share the intercept, log followers, whether they are not known, and log posts."""

    @classmethod
    def fit(cls, fee: Floats, followers: Floats, exposure: Floats) -> UsualFees | None:
        """Return what past fees say; None where there are fewer than :data:`FEWEST`.

        Parameters
        ----------
        fee, followers, exposure
            Of each past fee, shape (n,): what was paid, above 0; followers at the time, NaN where not known; posts, above 0.

        Examples
        --------
        >>> followers, fee = np.full(30, 5_000.0), np.tile([300.0, 400.0, 600.0], 10)
        >>> usual = UsualFees.fit(fee, followers, np.ones(30))
        >>> usual.ranges(np.array([5_000.0]), np.ones(1)).round().tolist()
        [[300.0], [400.0], [600.0]]
        """
        if len(fee) < FEWEST:
            return None
        # In an order that follows from the values alone: of equally good lines the solver then takes the same.
        order = np.lexsort((exposure, np.nan_to_num(followers, nan=-1.0), fee))
        fee, followers, exposure = fee[order], followers[order], exposure[order]
        known = np.isfinite(followers)
        middle = float(np.log1p(followers[known]).mean()) if known.any() else 0.0
        columns = _columns(followers, exposure, middle)
        level = float(np.median(np.log(fee)))
        varied = np.ptp(columns, axis=0) > 0
        slopes = np.zeros((len(SHARES), 4))
        for row, share in enumerate(SHARES):
            line = QuantileRegressor(quantile=share, alpha=0.0, solver="highs")
            line.fit(columns[:, varied] if varied.any() else columns, np.log(fee) - level)
            slopes[row, 0] = line.intercept_ + level
            if varied.any():
                slopes[row, 1:][varied] = line.coef_
        return cls(len(fee), middle, np.array([columns.min(axis=0), columns.max(axis=0)]), slopes)

    @property
    def growth(self) -> float:
        """The power of the number of posts with which the middle fee grows, from 0 to 1; 1 where all had as many."""
        varied = self.bounds[0, 2] < self.bounds[1, 2]
        return float(np.clip(self.slopes[1, 3], 0.0, 1.0)) if varied else 1.0

    def ranges(self, followers: Floats, exposure: Floats) -> Floats:
        """Return the low end, the middle and the high end of what was paid for the like, shape (3, n)."""
        columns = _columns(followers, exposure, self.middle).clip(self.bounds[0], self.bounds[1])
        return np.sort(np.exp(self.slopes[:, :1] + self.slopes[:, 1:] @ columns.T), axis=0)


def _columns(followers: Floats, exposure: Floats, middle: float) -> Floats:
    known = np.isfinite(followers)
    audience = np.where(known, np.log1p(np.where(known, followers, 0.0)), middle)
    return np.column_stack([audience, ~known, np.log(exposure)])


def read_usual_fees(tables: Database, as_of: datetime) -> UsualFees | None:
    """Return what the fees say that were known before a moment; None where they are too few."""
    account = "influencer_account" if tables.joined else "influencer_id"
    rows = tables.sql(
        "WITH paid AS (SELECT row_id, influencer_id, decided_at, fee, exposure FROM outcomes "
        f"WHERE {known_by(as_of)} AND fee > 0 AND exposure > 0 AND {of_goal(tables)} "
        f"ORDER BY decided_at DESC, fee, exposure LIMIT {MOST}), "
        f"counted AS (SELECT p.row_id, a.{account} AS account, max_by(a.followers, a.observed_at) AS followers FROM paid p "
        "JOIN audience a USING (influencer_id) WHERE a.known_at < p.decided_at AND a.superseded_at >= p.decided_at GROUP BY ALL) "
        "SELECT p.fee, p.exposure, sum(c.followers) FROM paid p LEFT JOIN counted c USING (row_id) GROUP BY p.row_id, p.fee, p.exposure"
    ).fetchall()
    table = np.array(rows, dtype=np.float64).reshape(len(rows), 3)
    return UsualFees.fit(table[:, 0], table[:, 2], table[:, 1])
