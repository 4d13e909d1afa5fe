"""Why one person is expected to bring more than another, in one sentence that can be passed on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from suasion.features import GROUPS
from suasion.serving.scoring.row import PersonRow

from .charts import count, times

MOST_WORDS = 45
LONGEST_NAME = 30
"""Letters of a name that are told."""
ALIKE = 1.01
"""Quotient of two forecasts up to which they are the same."""
TOLD = 1.05
"""Quotient of a factor from which it is a reason."""
REASONS: Mapping[str, str] = {
    "exposure": "more posts are agreed",
    "offer": "the offer speaks for them",
    "relevance": "relevance to the brief speaks for them",
    "frequency": "how often they post speaks for them",
    "references": "references by others speak for them",
    "conversation": "conversation with people speaks for them",
    "reputation": "their standing speaks for them",
    "conversion": "what is known of past conversions speaks for them",
    "momentum": "the size and growth of their audience speak for them",
}
"""Why who leads by a factor leads. A factor tells what speaks for somebody, and not that they have more of it: it may rest on what is not known."""
STRENGTHS: Mapping[str, str] = {
    **{name: name for name in GROUPS},
    "exposure": "the number of posts",
    "offer": "the offer",
}


def difference(one: PersonRow, other: PersonRow) -> str:
    """Return why one of two is expected to bring more, in at most 45 words.

    The quotient of two forecasts is the product of the quotients of their exposures and factors, exactly; the two that lift it most are
    named, and the one that lowers it most.

    >>> even = dict.fromkeys(GROUPS, 1.0)
    >>> told = {"low": 2.0, "high": 30.0, "exposure": 2.0}
    >>> anna = {**told, "handle": "@anna", "expected_conversions": 9.0, "factors": {**even, "relevance": 4.0, "momentum": 0.5}}
    >>> bob = {**told, "handle": "@bob", "expected_conversions": 4.5, "factors": even}
    >>> difference(bob, anna).partition(", mainly ")[2]
    "because relevance to the brief speaks for them (×4.00); momentum is @bob's strength (×2.00). Their ranges overlap."
    """
    first, second = sorted((one, other), key=lambda row: -row["expected_conversions"])
    names = [_short(row["handle"] or row["influencer_id"]) for row in (first, second)]
    values = [row["expected_conversions"] for row in (first, second)]
    if values[1] > 0 and values[0] / values[1] < ALIKE:
        return (
            f"{names[0]} and {names[1]} are expected to bring the same: about {count(values[0])} conversions."
        )
    logs = {"exposure": math.log(first["exposure"] / second["exposure"])}
    logs |= {name: math.log(first["factors"][name] / second["factors"][name]) for name in GROUPS}
    order = sorted(logs, key=lambda name: (-abs(logs[name]), name))
    lifts = [name for name in order if logs[name] >= math.log(TOLD)][:2]
    lowers = [name for name in order if logs[name] <= -math.log(TOLD)][:1]
    reasons = [f"{REASONS[name]} ({times(math.exp(logs[name]))})" for name in lifts]
    strength = f"is {names[1]}'s strength"
    against = [f"; {STRENGTHS[name]} {strength} ({times(math.exp(-logs[name]))})" for name in lowers]
    start = f"{names[0]} is expected to bring {count(values[0])} conversions, {names[1]} {count(values[1])}"
    ranges = _ranges(first, second)
    for many, also, end in ((2, against, ranges), (2, against, ""), (2, [], ""), (1, [], ""), (0, [], "")):
        because = f", mainly because {' and '.join(reasons[:many])}" if reasons[:many] else ""
        said = f"{start}{because}{''.join(also)}.{end}"
        if len(said.split()) <= MOST_WORDS:
            break
    return said


def differences(rows: Sequence[PersonRow]) -> list[str]:
    """Return why the one with the highest forecast is expected to bring more than each of the others, the highest first."""
    first, *others = sorted(rows, key=lambda row: -row["expected_conversions"])
    return [difference(first, other) for other in others]


def _short(name: str) -> str:
    """Return a name that is no longer than a name need be, without the space that would make it many words."""
    bare = " ".join(name.split())
    return bare if len(bare) <= LONGEST_NAME else f"{bare[:LONGEST_NAME].rstrip()}…"


def _ranges(first: PersonRow, second: PersonRow) -> str:
    """Return whether the intervals overlap; empty where there are none."""
    if first["low"] is None or second["low"] is None:
        return ""
    apart = second["high"] is not None and first["low"] > second["high"]
    return " Their ranges do not overlap." if apart else " Their ranges overlap."
