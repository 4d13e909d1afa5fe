"""Whether a following looks bought: its largest jump over all that is known, and whether others spoke of them more after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

WEEK = timedelta(days=7)
LEAST_WEEKS = 8
"""Weekly counts without which nothing is said."""
JUMP = 0.5
"""Growth in a week, as a share, from which it is a jump: usual growth is a few hundredths."""
LEAST_GAIN = 100
"""Followers that a jump must bring: few are gained by chance."""
AROUND = 8
"""Weeks before and after a jump in which references are counted."""
LEAST_AFTER = 4
"""Weeks that must have passed since a jump for its echo to be judged."""
LEAST_REFERENCES = 10
"""References in both windows together from which their number says something."""
ECHO = 1.25
"""References a week after a jump, by those before it, up to which it had no echo."""

UNKNOWN = "too little known"
USUAL = "nothing unusual"
LOOK = "one jump, look at it"
BOUGHT = "looks bought"

Counted = tuple[datetime, float]
"""When a following was counted, and how many they were."""


@dataclass(frozen=True)
class Following:
    """What is to be said of a following."""

    level: str = UNKNOWN
    weeks: tuple[Counted, ...] = ()
    """The last count of each week, the first first."""
    jump: tuple[Counted, Counted] | None = None
    """The counts before and after the largest growth in a week; None where there is none."""
    growth: float = 0.0
    """That growth a week, as a share."""
    references: tuple[int, int] | None = None
    """References in the weeks before and after the jump; None where none are known of anybody."""
    after: int = AROUND
    """Whole weeks after the jump that are known, at most :data:`AROUND`; before it as many are counted."""

    @property
    def sentences(self) -> list[str]:
        """Return the reasons for the level, the other explanations with them."""
        if self.level == UNKNOWN:
            known = f"{len(self.weeks)} are known"
            return [f"It takes {LEAST_WEEKS} weekly counts of the followers to judge; {known}."]
        if self.jump is None:
            return ["It never grew."]
        (start, before), (end, after) = self.jump
        between = (
            f"from {before:,.0f} to {after:,.0f} followers between {start:%-d %B %Y} and {end:%-d %B %Y}"
        )
        said = f"The largest growth in a week was {self.growth:+.0%}: {between}."
        if self.level == USUAL:
            return [said]
        echo = "Whether others spoke of them more afterwards is not known."
        if self.references is not None:
            times = [f"{count:,} times in the {self.after} weeks" for count in self.references]
            echo = f"Others referred to them {times[0]} before and {times[1]} after."
        return [said, echo, "A giveaway or an appearance on television can do this too: look at the profile."]


NOTHING_KNOWN = Following()


def judge(
    counts: Mapping[str, Sequence[Counted]],
    references: Iterable[datetime] | None,
    as_of: datetime,
    span: tuple[datetime, datetime] | None = None,
) -> Following:
    """Return what is to be said of a following at a moment; nothing from that moment on counts.

    Counts of the followers are by account, in any order: accounts are judged apart, for one that joins is no growth. ``references`` are
    when others referred to them, in any order; None where that is known of nobody. ``span`` is from when to when references to anybody are
    known; None for always. What lies outside is not told, and is no silence.
    """
    judged = [_of_account(_weekly(rows, as_of)) for rows in counts.values()]
    if not judged:
        return NOTHING_KNOWN
    # The account with the largest jump; one that is judged before one that cannot be.
    worst = max(judged, key=lambda one: (one.level != UNKNOWN, *_weight(one)))
    if worst.level == UNKNOWN or worst.jump is None:
        return worst
    (_, before), (end, after) = worst.jump
    if worst.growth < JUMP or after - before < LEAST_GAIN:
        return worst
    start = worst.jump[0][0]
    begins, ends = span or (datetime.min, as_of)
    weeks = max(0, min(AROUND, int((min(as_of, ends) - end) / WEEK), int((start - begins) / WEEK)))
    if references is None:
        return replace(worst, level=LOOK, after=weeks)
    moments = [moment for moment in references if moment < as_of]
    pair = (
        sum(start - weeks * WEEK <= moment < start for moment in moments),
        sum(end <= moment < end + weeks * WEEK for moment in moments),
    )
    telling = weeks >= LEAST_AFTER and sum(pair) >= LEAST_REFERENCES
    level = BOUGHT if telling and pair[1] <= ECHO * pair[0] else LOOK
    return replace(worst, level=level, references=pair, after=weeks)


def _weekly(rows: Sequence[Counted], as_of: datetime) -> tuple[Counted, ...]:
    """Return the last count of each week before a moment, the first first."""
    weeks: dict[int, Counted] = {}
    for at, followers in sorted(rows):
        if at < as_of:
            weeks[int((as_of - at) / WEEK)] = (at, followers)
    return tuple(weeks.values())


def _of_account(weeks: tuple[Counted, ...]) -> Following:
    """Return the largest growth a week of an account; where weeks are missing between two counts, it is spread over them."""
    if len(weeks) < LEAST_WEEKS:
        return Following(UNKNOWN, weeks)
    following = Following(USUAL, weeks)
    for earlier, later in pairwise(weeks):
        if earlier[1] > 0 and later[1] > earlier[1]:
            apart = max(1.0, round((later[0] - earlier[0]) / WEEK))
            growth = (later[1] / earlier[1]) ** (1 / apart) - 1
            grown = Following(USUAL, weeks, (earlier, later), growth)
            following = max(following, grown, key=_weight)
    return following


def _weight(one: Following) -> tuple[bool, float]:
    """Order growths: a jump before what is none, such as of a handful of followers, whatever their shares."""
    gained = one.jump is not None and one.jump[1][1] - one.jump[0][1] >= LEAST_GAIN
    return gained and one.growth >= JUMP, one.growth
