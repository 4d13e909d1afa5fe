"""Other ways in which influence may work: worlds that break what the plain one takes for granted.

A model that is developed on one world learns that world. So each of these changes one cause, and leaves all else as it is; what
the change adds to log conversions is in ``expected_conversions`` of the truth, and in no characteristic's own effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MECHANISMS: Mapping[str, str] = {
    "plain": "as the module of the simulated world tells",
    "fatigue": "an audience that was asked in the last weeks buys less each time",
    "readers": "audiences have a topic of their own, seen in what they answer, which need not be what the influencer writes about",
    "charm": "much lies in people, brands and campaigns themselves, and no table shows it",
    "fame": "brands pick by followers alone, and large audiences are worth no more than middling ones",
    "sparse": "most outcomes bring nothing",
    "drift": "the level of all campaigns wanders from week to week",
    "binary": "each outcome is one call that brings a conversion or none",
    "unspaced": "the second language is written without spaces",
}
WEEKS_OF_FATIGUE = 5.0


class Campaign(TypedDict):
    """What a campaign is, before anybody is asked to take part."""

    campaign_id: str
    week: int
    topic: int
    german: bool
    related: list[int]
    """Topics of its category."""
    category: str
    brand: str
    brand_number: int
    brief: str
    starts_at: np.datetime64
    ends_at: np.datetime64
    future: bool


class Mechanism:
    """One way in which influence may work, with what it has to remember from campaign to campaign."""

    def __init__(self, name: str, influencers: int, brands: int, weeks: int, seed: int) -> None:
        random = np.random.default_rng([seed, 4])
        self.name = name
        self._asked, self._week = np.zeros(influencers), 0
        self._charm = random.normal(0, 0.8, influencers)
        self._brand = random.normal(0, 0.3, brands)
        self._level = np.cumsum(random.normal(0, 0.12, weeks))
        self._campaign = np.random.default_rng([seed, 5])

    def log_effect(self, campaign: Campaign, log_audience: Floats) -> Floats:
        """Return what the mechanism adds to everybody's log conversions in a campaign, shape (influencers,)."""
        none = np.zeros(len(self._asked))
        if self.name == "fatigue":
            self._asked *= np.exp((self._week - campaign["week"]) / WEEKS_OF_FATIGUE)
            self._week = campaign["week"]
            return -0.8 * self._asked
        if self.name == "charm":
            return self._charm + self._brand[campaign["brand_number"]] + self._campaign.normal(0, 0.4)
        if self.name == "fame":
            return 0.8 * np.tanh((log_audience - 7.5) / 1.5) - 0.5 * (log_audience - 7.5)
        if self.name == "sparse":
            return none - 2.5
        if self.name == "drift":
            return none + self._level[campaign["week"]]
        if self.name == "binary":
            return none - 2.0
        return none

    def ask(self, picked: NDArray[np.int64]) -> None:
        """Remember who took part in the campaign that was told last."""
        self._asked[picked] += 1.0

    def appeal(self, followers: Floats, on_topic: NDArray[np.bool_]) -> Floats:
        """Return how much brands want to have each, on the scale of Gumbel noise."""
        return 1.5 * np.log(followers) if self.name == "fame" else np.log(followers) + 0.8 * on_topic

    def calls(self, exposure: Floats) -> Floats:
        """Return how many calls are agreed."""
        return np.ones_like(exposure) if self.name == "binary" else exposure

    def expected(self, expected: Floats, shape: float) -> Floats:
        """Return the mean of what comes, where ``expected`` is that of the gamma-Poisson with this ``shape``."""
        return 1 - (1 + expected / shape) ** -shape if self.name == "binary" else expected

    def counted(self, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return what is counted of what came."""
        return np.minimum(counts, 1) if self.name == "binary" else counts
