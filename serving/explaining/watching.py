"""Whether views look bought: those of the last posts against those before, and whether people reacted more as well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from .following import BOUGHT, UNKNOWN, USUAL

RECENT, YEAR = timedelta(days=90), timedelta(days=365)
LEAST_POSTS = 5
"""Posts of the last 90 days, and of the months before, without which nothing is said."""
JUMP = 3.0
"""How many times the views a post had before, from which it is a jump."""
LEAST_GAIN = 100
"""Views that a jump must bring: few are gained by chance."""
ECHO = 1.25
"""Reactions a post after a jump, by those before it, up to which it had no echo."""

Counts = tuple[float, float]
"""Views, and likes, comments, shares and saves together."""


@dataclass(frozen=True)
class Watching:
    """What is to be said of the views of somebody's posts."""

    level: str = UNKNOWN
    before: Counts | None = None
    """Medians over the posts of the year that are older than 90 days; None where too few are known."""
    recent: Counts | None = None
    """Medians over the posts of the last 90 days."""

    @property
    def sentences(self) -> list[str]:
        """Return the reasons for the level, the other explanations with them."""
        if self.before is None or self.recent is None:
            return []
        said = (
            f"In the last 90 days a post had {self.recent[0]:,.0f} views (median), before {self.before[0]:,.0f}; likes, comments, shares and "
            f"saves a post went from {self.before[1]:,.0f} to {self.recent[1]:,.0f}."
        )
        more = "Paid promotion or another format can do this too: look at the posts."
        return [said, more] if self.level == BOUGHT else [said]


NOTHING_SEEN = Watching()


def judge_views(posts: Iterable[tuple[datetime, Counts]], as_of: datetime) -> Watching:
    """Return what is to be said of somebody's views at a moment, by when each post was written and its counts, in any order.

    Posts from that moment on, and older than a year, do not count.
    """
    ages = [(as_of - at, counts) for at, counts in posts]
    late = [counts for age, counts in ages if timedelta(0) < age <= RECENT]
    early = [counts for age, counts in ages if RECENT < age <= YEAR]
    if min(len(late), len(early)) < LEAST_POSTS:
        return NOTHING_SEEN
    before, recent = _medians(early), _medians(late)
    if not before[0] or not before[1]:
        return NOTHING_SEEN
    jumped = recent[0] >= JUMP * before[0] and recent[0] - before[0] >= LEAST_GAIN
    return Watching(BOUGHT if jumped and recent[1] <= ECHO * before[1] else USUAL, before, recent)


def _medians(posts: list[Counts]) -> Counts:
    return median(views for views, _ in posts), median(reactions for _, reactions in posts)
