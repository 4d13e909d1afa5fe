"""Ids that may be one, written in two ways: in another case, with a slip, or without their platform."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

SHORTEST, LONG = 4, 7
"""Letters of a word from which one more or less, and from which another one may be a slip."""


def alike_names(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of names that differ in case, in spaces or punctuation, or by one letter; never in a digit.

    >>> list(alike_names(["Summer tea", "Sumer tea", "summer-tea", "Launch2023", "Launch2024", "Fall"]))
    [('Summer tea', 'summer-tea'), ('Sumer tea', 'Summer tea')]
    """
    by_bare: dict[str, list[str]] = defaultdict(list)
    for name in sorted(set(names)):
        by_bare[re.sub(r"[\s_.,;:'\"/()-]+", " ", name).strip().casefold()].append(name)
    for same in by_bare.values():
        for other in same[1:]:
            yield same[0], other
    # Two names that differ by one letter are the same without it (as spelling correctors look them up).
    without: dict[str, list[str]] = defaultdict(list)
    for bare in sorted(by_bare):
        for shorter in {bare, *(bare[:k] + bare[k + 1 :] for k, c in enumerate(bare) if not c.isdigit())}:
            without[shorter].append(bare)
    seen = set[tuple[str, str]]()
    for bares in without.values():
        for first, second in itertools.pairwise(bares):
            if (first, second) not in seen and _is_slip(first, second):
                seen.add((first, second))
                yield by_bare[first][0], by_bare[second][0]


def same_but_case(ids: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield ids that differ in case alone.

    >>> list(same_but_case(["Anna", "anna", "bo"]))
    [('Anna', 'anna')]
    """
    by_bare: dict[str, str] = {}
    for one in sorted(set(ids)):
        if (other := by_bare.setdefault(one.casefold(), one)) != one:
            yield other, one


def _is_slip(one: str, other: str) -> bool:
    """Return whether one letter more, less or other in a word makes one name of another: "A" and "B", "Card" and "Cart" are no slips."""
    words = [pair for pair in zip(one.split(), other.split(), strict=False) if pair[0] != pair[1]]
    if len(one.split()) != len(other.split()) or len(words) != 1 or min(map(len, words[0])) < SHORTEST:
        return False
    first, second = words[0]
    same = len([*itertools.takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False))])
    rests = first[same:], second[same:]
    if len(first) != len(second):
        more, less = sorted(rests, key=len, reverse=True)
        return more[1:] == less and more[:1].isalpha()
    # What another letter makes of a short word, or at the end ("LaunchUK", "LaunchUS"), is mostly another word.
    return rests[0][1:] == rests[1][1:] and len(first) >= LONG and len(rests[0]) > 1


def without_platform(bare: Iterable[str], full: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield ids that have no platform, each with one that has the same letters for a name on a platform.

    >>> list(without_platform(["anna", "Bo Ray", "x:@bo"], ["instagram:anna", "tiktok:bo.ray", "x:@bo"]))
    [('Bo Ray', 'tiktok:bo.ray'), ('anna', 'instagram:anna')]
    """
    named = {_letters(one.partition(":")[2]): one for one in sorted(full, reverse=True) if ":" in one}
    for one in sorted(set(bare)):
        if ":" not in one and _letters(one) and (whole := named.get(_letters(one))):
            yield one, whole


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()
