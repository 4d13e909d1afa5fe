"""How well a score ranks: how much of what came is brought by the 30 % of each campaign that it puts first."""

from __future__ import annotations

import numpy as np
import pandas as pd

from suasion.training.bundle.manifest import Captured, Ranking
from suasion.training.estimators.base import Floats

from .metrics import LEAST_CAMPAIGNS, divided, pick_probability, range_90, with_a_choice

FOLLOWERS = "momentum__followers"


class RankingJudge:
    """Judges scores of the same outcomes; with fewer than ten campaigns that leave a choice nothing is said.

    The table has one row an outcome, with ``campaign_id`` and, where it is known, ``momentum__followers``; ``y``, shape (n,), is what came, and
    ``draws``, shape (draws, n), are bootstrap weights.
    """

    def __init__(self, table: pd.DataFrame, y: Floats, draws: Floats) -> None:
        self.campaigns = table["campaign_id"].to_numpy(dtype=object)
        followers = np.full(len(y), np.nan)
        if FOLLOWERS in table:
            followers = table[FOLLOWERS].to_numpy(dtype=np.float64)
        choice = with_a_choice(self.campaigns, y)
        self.y, self.draws = np.where(choice, y, 0.0), draws
        self.count = len(set(self.campaigns[choice]))
        self.said = self.count >= LEAST_CAMPAIGNS
        self.followers_known = float(np.mean(~np.isnan(followers)))
        # Where nobody's followers are known, nobody is the most followed.
        known = self.said and not np.isnan(followers[choice]).all()
        self.by_followers = pick_probability(self.campaigns, followers) if known else None

    def _share(self, picked: Floats) -> float:
        return float(self.y @ picked / self.y.sum())

    def _shares(self, picked: Floats) -> Floats:
        return divided(self.draws @ (self.y * picked), self.draws @ self.y)

    def of(self, expected: Floats) -> tuple[Captured, Floats]:
        """Return a model's figures, and its share of the conversions in each draw (empty where nothing is said)."""
        captured = Captured(
            captured=None, captured_90=[], gain_on_most_followed=None, gain_on_most_followed_90=[]
        )
        if not self.said:
            return captured, np.empty(0)
        picked = pick_probability(self.campaigns, expected)
        shares = self._shares(picked)
        captured["captured"], captured["captured_90"] = self._share(picked), range_90(shares)
        if self.by_followers is not None:
            captured["gain_on_most_followed"] = self._share(picked) - self._share(self.by_followers)
            captured["gain_on_most_followed_90"] = range_90(shares - self._shares(self.by_followers))
        return captured, shares

    def figures(self) -> Ranking:
        """Return what a model's figures are to be held against."""

        def captured(score: Floats) -> float | None:
            return self._share(pick_probability(self.campaigns, score)) if self.said else None

        return Ranking(
            campaigns=self.count,
            random=captured(np.zeros(len(self.y))),
            perfect=captured(self.y),
            most_followed=None if self.by_followers is None else self._share(self.by_followers),
            followers_known=self.followers_known,
        )
