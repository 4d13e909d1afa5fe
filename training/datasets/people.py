"""Who lives in the simulated world: what is drawn for each, and what it does to conversions.

See :mod:`suasion.training.datasets.simulated`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from suasion.features.errors import InputError

from .mechanisms import MECHANISMS, Campaign
from .words import TOPICS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

START = np.datetime64("2022-01-03T00:00:00", "us")
WEEK = np.timedelta64(7 * 86_400_000_000, "us")
HISTORY = 40
"""Weeks of life before the first campaign."""
FUTURE = 20
"""The last campaigns have candidates and no outcomes yet."""
CHUNK = 500
"""Influencers simulated at a time: memory does not grow with their number."""
NAMES = tuple(TOPICS)
EFFECTS = (
    "offer",
    "relevance",
    "frequency",
    "references",
    "conversation",
    "reputation",
    "conversion",
    "momentum",
)
"""Written out and not imported: the mechanism shares no code with the features that are to find it."""
CAUSES = (
    "interest",
    "attention",
    "virality",
    "responsiveness",
    "authority",
    "persuasion",
    "log_audience",
    "growth",
)


@dataclass(frozen=True)
class World:
    """How large the world is, and its seed; the same values give the same files.

    ``posts_per_week`` is the mean pace of an influencer, ``replies_per_post`` the mean number of replies to a post; ``counts`` says
    whether views, likes and the like of posts are written too; ``mechanism`` is one of
    :data:`suasion.training.datasets.mechanisms.MECHANISMS`.
    """

    influencers: int = 800
    campaigns: int = 320
    picks: int = 30
    unpicked: int = 100
    weeks: int = 120
    posts_per_week: float = 1.2
    replies_per_post: float = 1.0
    seed: int = 0
    mechanism: str = "plain"
    counts: bool = False

    def __post_init__(self) -> None:
        """Refuse sizes that make no world, and ways of the world that nobody wrote down."""
        if self.mechanism not in MECHANISMS:
            raise InputError(f"mechanism is {self.mechanism!r}; it can be {', '.join(MECHANISMS)}.")
        least = {
            "influencers": 100,
            "campaigns": FUTURE + 10,
            "picks": 1,
            "unpicked": 1,
            "weeks": HISTORY + 20,
        }
        for name, smallest in least.items():
            if getattr(self, name) < smallest:
                raise InputError(f"{name} is {getattr(self, name)}; a world takes at least {smallest}.")
        if self.picks > self.influencers:
            raise InputError(
                f"picks is {self.picks}, more than the {self.influencers} influencers there are."
            )


@dataclass(frozen=True)
class People:
    """Latent causes, one row an influencer. Weeks count from the world's start; a week after its end means never."""

    main: Ints
    second: Ints
    focus: Floats
    turns_at: Ints
    """Week in which their main topic becomes ``later``."""
    later: Ints
    german: Floats
    """Share of what they write that is German; the rest is English."""
    pace: Floats
    abandons_at: Ints
    rises_at: Ints
    buys_at: Ints
    bought: Floats
    """Bought followers for each genuine one, from ``buys_at`` on."""
    audience: Floats
    growth: Floats
    virality: Floats
    responsiveness: Floats
    persuasion: Floats
    degrees: Ints
    """Credentials in their main topic."""
    born: Ints
    """Days before the start on which the account was made."""
    reads: Ints
    """Topic of their audience where it has its own; -1 where it is what they write about."""

    def __len__(self) -> int:
        return len(self.main)

    def active(self, week: Ints | int) -> NDArray[np.bool_]:
        """Whether they still write."""
        return np.asarray(week) < self.abandons_at

    def topic(self, week: Ints | int) -> Ints:
        """Main topic in that week."""
        return np.where(np.asarray(week) >= self.turns_at, self.later, self.main)

    def weekly_growth(self, week: Ints | int) -> Floats:
        """Growth of the genuine audience, log a week."""
        week = np.asarray(week)
        rising = (week >= self.rises_at) & (week < self.rises_at + 40)
        return np.where(week >= self.abandons_at, -0.004, self.growth + 0.025 * rising)

    def log_audience(self, week: int) -> Floats:
        """Log of the genuine audience at the start of a week."""
        rise = 0.025 * np.clip(week - self.rises_at, 0, 40)
        lived = np.minimum(week, self.abandons_at)
        lost = 0.004 * np.maximum(0, week - self.abandons_at)
        return np.log(self.audience) + self.growth * lived + rise - lost

    def followers(self, week: int) -> Floats:
        """What everybody can count: genuine and bought."""
        genuine = np.exp(self.log_audience(week))
        return np.rint(genuine * (1 + np.where(week >= self.buys_at, self.bought, 0.0)))


def draw_people(world: World, random: np.random.Generator) -> People:
    """Draw everybody's latent causes and habits."""
    n, never = world.influencers, 10**6
    topics = len(NAMES)
    kind = random.random(n)
    weeks = random.integers(HISTORY // 2, world.weeks, n)
    abandons, rises = kind < 0.12, (kind >= 0.12) & (kind < 0.24)
    buys, talks = (kind >= 0.24) & (kind < 0.36), (kind >= 0.36) & (kind < 0.48)
    main = random.integers(0, topics, n)
    language = random.random(n)
    virality = random.normal(0, 1, n) + 0.8 * talks
    return People(
        main=main,
        second=(main + random.integers(1, topics, n)) % topics,
        focus=random.beta(5, 3, n),
        turns_at=np.where(random.random(n) < 0.1, random.integers(20, world.weeks, n), never),
        later=(main + random.integers(1, topics, n)) % topics,
        german=np.where(language < 0.55, 0.0, np.where(language < 0.85, 1.0, 0.5)),
        pace=world.posts_per_week * np.exp(random.normal(-0.25, 0.7, n)),
        abandons_at=np.where(abandons, weeks, never),
        rises_at=np.where(rises, weeks, never),
        buys_at=np.where(buys, weeks - HISTORY // 2, never),
        bought=random.uniform(2, 8, n),
        audience=np.exp(random.normal(7.5, 1.2, n)),
        growth=random.normal(0.002, 0.003, n),
        virality=virality,
        responsiveness=random.beta(1.5, 2.0, n),
        persuasion=np.where(talks, -2.5, random.normal(0.3, 0.9, n)),
        degrees=random.poisson(np.exp(random.normal(-0.3, 1.0, n))),
        born=random.integers(100, 3000, n),
        reads=_topics_of_audiences(world, main),
    )


def _topics_of_audiences(world: World, main: Ints) -> Ints:
    if world.mechanism != "readers":
        return np.full(len(main), -1)
    # Half of the audiences came for what the influencer writes about, the others for something else.
    random = np.random.default_rng([world.seed, 6])
    return np.where(random.random(len(main)) < 0.5, main, random.integers(0, len(NAMES), len(main)))


def effects_of(people: People, campaign: Campaign, discount: Floats, world: World) -> dict[str, Floats]:
    """Return the latent causes and the effects on log conversions for everybody in one campaign, by name."""
    week, topic = campaign["week"], campaign["topic"]
    understood = people.german if campaign["german"] else 1 - people.german
    share = people.focus * (people.topic(week) == topic) + (1 - people.focus) * 0.7 * (people.second == topic)
    related = np.isin(people.topic(week), campaign["related"])
    interest = understood * (share + 0.15 * related)
    has_interest = people.reads >= 0
    interest = np.where(has_interest, understood * (0.2 * share + 0.8 * (people.reads == topic)), interest)
    silent = np.maximum(0, week - people.abandons_at)
    attention = people.pace / world.posts_per_week * np.exp(-silent / 6.0)
    authority = people.degrees * (people.main == topic) + 0.4 * people.degrees * np.isin(
        people.main, campaign["related"]
    )
    log_audience = people.log_audience(week)
    growth = people.weekly_growth(week)
    return {
        "interest": interest,
        "attention": attention,
        "virality": people.virality,
        "responsiveness": people.responsiveness,
        "authority": authority,
        "persuasion": people.persuasion,
        "log_audience": log_audience,
        "growth": growth,
        "offer": 2.0 * discount + 0.15 * np.sin(2 * np.pi * week / 52.0) * np.ones(len(people)),
        "relevance": 2.4 * np.sqrt(interest),
        "frequency": 0.8 * np.log1p(2.0 * attention),
        "references": 0.35 * people.virality,
        "conversation": 1.2 * people.responsiveness,
        "reputation": 0.45 * np.log1p(authority),
        "conversion": 0.6 * people.persuasion,
        "momentum": 0.5 * (log_audience - 7.5) + 12.0 * growth,
    }


BASE = -2.4
SURPRISE = 6.0
"""Shape of the gamma noise on expected conversions: its relative standard deviation is 0.41."""
