"""Accounts that may be one person, each pair with what speaks for it: proposed, never joined before a person has said so.

What speaks for a pair of accounts on different platforms: the same name, a page that both profiles name, a link of one profile that is not
sure enough (:mod:`.links`), and posts of one that link to the other more than to anybody else there. A name speaks for less the more
accounts bear it; one that is short or all digits says nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from .addresses import platform_of
from .links import Link, Profile

SHORTEST = 5
"""Letters and digits a name has at least to speak for anything."""
BEARERS = 4
"""Accounts that bear a name, up to which it speaks for each pair of them."""
OFTEN, SHARE = 3, 0.5
"""Links in posts to an account, and their share of all the author's links to accounts of that platform, from which they speak for it."""


@dataclass(frozen=True)
class Proposal:
    """Two accounts that may be one person's, and why."""

    one: str
    other: str
    evidence: tuple[str, ...]
    weight: float
    """By which proposals are ordered, and no probability."""


def bare_name(name: str) -> str:
    """Return what is alike in the ways in which somebody writes their name on different platforms.

    >>> bare_name("@Coffee.Anna"), bare_name("coffee_anna"), bare_name("coffee-anna@chaos.social"), bare_name("Ann")
    ('coffeeanna', 'coffeeanna', 'coffeeanna', '')
    """
    normal = unicodedata.normalize("NFKC", name).casefold().removeprefix("@").partition("@")[0]
    bare = re.sub(r"[\W_]", "", normal)
    return bare if len(bare) >= SHORTEST and not bare.isdigit() else ""


def names_of(
    accounts: Iterable[str], handles: Mapping[str, str], profiles: Iterable[Profile]
) -> dict[str, str]:
    """Return the bare name of each account that bears one: by handle, by its own address, or by its id; that of a name is itself."""
    handles_shown = {line.account: line.address.partition("@")[2] for line in profiles if line.kind == "own"}
    names = {}
    for account in accounts:
        platform, _, identity = account.partition(":")
        if not identity:  # a person's name, as sheets have it
            identity, platform = account, _BY_NAME[0]
        if platform == "blog":  # without the end of its domain, and what stands before its name
            identity = identity.rpartition(".")[0].rpartition(".")[2]
        handle = (
            handles_shown.get(account) or handles.get(account) or (identity if platform in _BY_NAME else "")
        )
        if name := bare_name(handle):
            names[account] = name
    return names


_BY_NAME = ("instagram", "reddit", "mastodon", "blog")
"""Platforms whose ids are names."""


def proposals(
    names: Mapping[str, str],
    profiles: Iterable[Profile],
    left: Iterable[tuple[Link, str]],
    linked: Iterable[tuple[str, str, int]],
    persons: Mapping[str, str],
    apart: Collection[tuple[str, str]] = (),
) -> list[Proposal]:
    """Return the pairs for which something speaks, those with most first.

    It takes the bare ``names`` of accounts, links that were ``left`` and why, and which accounts are ``linked`` in how many posts. Accounts of
    one of ``persons`` need no proposal, and pairs of ids that are ``apart`` get none: the user says that they are two.
    """
    speaks: dict[tuple[str, str], list[tuple[str, float]]] = defaultdict(list)

    def speak(one: str, other: str, why: str, weight: float) -> None:
        if platform_of(one) != platform_of(other) or not platform_of(one):
            speaks[min(one, other), max(one, other)].append((why, weight))

    bearers = defaultdict(list)
    for account, name in names.items():
        bearers[name].append(account)
    for name, accounts in bearers.items():
        if len(accounts) <= BEARERS:
            also = f", as {len(accounts) - 2} more are" if len(accounts) > 2 else ""
            for one, other in combinations(sorted(accounts), 2):
                weight = 1.0 / (len(accounts) - 1) + len(name) / 100
                speak(one, other, f"both are called {name}{also}", weight)
    pages = defaultdict(set)
    for line in profiles:
        if line.kind != "own":
            pages[line.address].add(line.account)
    for address, those in pages.items():
        if 2 <= len(those) <= BEARERS:
            for one, other in combinations(sorted(those), 2):
                speak(one, other, f"both profiles name {address.partition(':')[2]}", 2.0 / (len(those) - 1))
    for link, why in left:
        speak(link.one, link.other, f"the profile of {link.one} names {link.other}, but {why}", 1.0)
    for one, other, count, share in _own_links(linked):
        why = f"{count} posts of {one} link to {other}, {share:.0%} of its links to {platform_of(other)}"
        speak(one, other, why, share)
    said = {frozenset(pair) for pair in apart}
    whole: dict[frozenset[str], list[tuple[float, str, str, dict[str, float]]]] = defaultdict(list)
    for (one, other), marks in speaks.items():
        mine, theirs = persons.get(one, one), persons.get(other, other)
        pairs = ((one, other), (mine, theirs), (one, theirs), (mine, other))
        if mine != theirs and not {frozenset(pair) for pair in pairs} & said:
            whole[frozenset((mine, theirs))].append((sum(dict(marks).values()), one, other, dict(marks)))
    proposed = []
    for several in whole.values():  # one question for two people, whatever the number of their accounts
        several.sort(key=lambda pair: (-pair[0], *pair[1:3]))
        _, one, other, _ = several[0]
        reasons = {why: weight for *_, marks in several for why, weight in marks.items()}
        proposed.append(Proposal(one, other, tuple(reasons), sum(reasons.values())))
    return sorted(proposed, key=lambda pair: (-pair.weight, pair.one, pair.other))


def _own_links(linked: Iterable[tuple[str, str, int]]) -> Iterable[tuple[str, str, int, float]]:
    """Yield links in posts that go to one account often, and to no other of its platform as often."""
    edges = [(one, other, count) for one, other, count in linked if one != other]
    whole: Counter[tuple[str, str]] = Counter()
    for one, other, count in edges:
        whole[one, platform_of(other)] += count
    for one, other, count in sorted(edges):
        share = count / whole[one, platform_of(other)]
        if count >= OFTEN and share >= SHARE:
            yield one, other, count, share
