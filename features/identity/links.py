"""Joins accounts that say of themselves that they are one person, by what is in ``profiles``, and writes them to ``people.csv``.

Four kinds of link are explicit, the surest first:

- own: an id in the data is the handle of an account in the data, by the account's own profile: a sheet names ``youtube:@anna``, the API
  ``youtube:UC…``.
- verified: somebody checked that account and address belong together (Mastodon's ``rel="me"``, a Bluesky handle that is a domain).
- mutual: each of two profiles names the other.
- one-sided: a profile names an account or a site that is in the data. Many name what is not theirs (an employer, an idol), so it counts
  only where nobody else's profile names that one, and where it does not give a person two accounts of one platform.

A one-sided link that does not count is left to a person, like a similarity (:mod:`.similarity`). What a user's own rows in ``people`` say goes
before all links.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from scipy.cluster.hierarchy import DisjointSet

from .accounts import FOUND
from .addresses import platform_of

OWN, VERIFIED, MUTUAL, ONE_SIDED = FOUND


@dataclass(frozen=True)
class Profile:
    """A line of ``profiles``: an account, an address, what the one is to the other, and when that could first be read."""

    account: str
    address: str
    kind: str
    since: datetime


@dataclass(frozen=True)
class Link:
    """Two accounts, or an account and a site, and why they are one person."""

    one: str
    other: str
    how: str
    since: datetime

    @property
    def ends(self) -> tuple[str, str]:
        """Both ends, in the order of their names."""
        return (self.one, self.other) if self.one < self.other else (self.other, self.one)


@dataclass(frozen=True)
class Joined:
    """What came of the links."""

    groups: tuple[tuple[str, ...], ...]
    """Accounts that are one person, where there are several, each sorted."""
    links: tuple[Link, ...]
    """Links that count."""
    left: tuple[tuple[Link, str], ...]
    """Links that do not, and why."""


def links_of(profiles: Iterable[Profile], accounts: Collection[str] = ()) -> tuple[Link, ...]:
    """Return the links that profiles make, the surest first, then the oldest; one for each pair.

    ``accounts`` are ids that are in the data: one that is an account's own handle is that account.

    >>> at = datetime(2024, 1, 2)
    >>> [link] = links_of([Profile("x:1", "youtube:@anna", "link", at), Profile("youtube:UC7", "youtube:@anna", "own", at)])
    >>> (link.one, link.other, link.how)
    ('x:1', 'youtube:UC7', 'profile link')
    """
    lines = sorted(profiles, key=lambda line: (line.since, line.account, line.address))
    owners = defaultdict(set)
    for line in lines:
        if line.kind == "own":
            owners[line.address].add(line.account)

    def end_of(address: str) -> str:
        # A name that several accounts bore is nobody's for certain, and stays an address.
        owned_by = owners.get(address, ())
        return next(iter(owned_by)) if len(owned_by) == 1 else address

    handles, checked, mutual = list[Link](), list[Link](), list[Link]()
    named: dict[tuple[str, str], Link] = {}
    for line in lines:
        other = end_of(line.address)
        if line.kind == "own":
            if line.address in accounts and other == line.account:
                handles.append(Link(line.account, line.address, OWN, line.since))
        elif other != line.account:
            if line.kind == "verified":
                checked.append(Link(line.account, other, VERIFIED, line.since))
            else:
                link = Link(line.account, other, ONE_SIDED, line.since)
                named.setdefault((line.account, other), link)
    for (one, other), link in named.items():
        if back := named.get((other, one)):
            mutual.append(Link(*link.ends, MUTUAL, max(link.since, back.since)))
    by_ends: dict[tuple[str, str], Link] = {}
    for link in (*handles, *checked, *mutual, *named.values()):
        by_ends.setdefault(link.ends, link)
    return tuple(sorted(by_ends.values(), key=lambda link: (FOUND.index(link.how), link.since, link.ends)))


def join(
    links: Iterable[Link],
    accounts: Collection[str],
    same: Mapping[str, str],
    apart: Iterable[tuple[str, str]] = (),
) -> Joined:
    """Put accounts together by links, as far as what the user says allows.

    ``accounts`` are ids that are in the data: an address that is none of them joins others and is itself nobody. The user says who is the
    ``same``, for accounts the person they are, and by pairs of ids who is two people (``apart``).
    """
    left_links, known = list(links), {*accounts, *same, *same.values()}
    # Accounts that nothing is said of are nobody else's, and left out.
    groups = DisjointSet({*same, *same.values(), *(end for link in left_links for end in link.ends)})
    named = set(same.values()) - set(same)
    for account, person in same.items():
        groups.merge(account, person)
    strangers = defaultdict(set)
    for one, other in apart:
        strangers[one].add(other)
        strangers[other].add(one)
    counted, left = [], []

    def judge(link: Link) -> str | None:
        mine, theirs = groups.subset(link.one), groups.subset(link.other)
        if any(strangers[one] & theirs for one in mine if one in strangers):
            return "you said that they are two"
        if len((mine | theirs) & named) > 1:
            return "you said whose they are, and it is not one person"
        if link.how != ONE_SIDED:
            return None
        if not theirs & known:
            return "it is not in the data"
        if claims[link] > 1:
            return f"{claims[link]} people's profiles name it"
        twice = _twice(mine, theirs, accounts)
        return f"they would have two accounts of {twice}" if twice else None

    claims: dict[Link, int] = {}
    for how in ((OWN, VERIFIED, MUTUAL), (ONE_SIDED,)):
        some = [link for link in left_links if link.how in how]
        # Who else names it is told when all that is surer has been joined, whatever the order of the rest.
        claims |= _claims(some, groups)
        for link in some:
            if groups.connected(link.one, link.other):
                counted.append(link)
            elif why := judge(link):
                left.append((link, why))
            else:
                groups.merge(link.one, link.other)
                counted.append(link)
    people = sorted(tuple(sorted(group & known)) for group in groups.subsets())
    return Joined(tuple(group for group in people if len(group) > 1), tuple(counted), tuple(left))


def _claims(links: Iterable[Link], groups: DisjointSet) -> dict[Link, int]:
    """Return for each link how many people name what it names, itself among them."""
    people = defaultdict(set)
    ends = {link: (groups[link.one], groups[link.other]) for link in links}
    for one, other in ends.values():
        if one != other:
            people[other].add(one)
    return {link: len(people[other]) for link, (_, other) in ends.items()}


def _twice(mine: set[str], theirs: set[str], accounts: Collection[str]) -> str | None:
    """Return a platform on which both have an account."""
    here, there = ({platform_of(one) for one in group if one in accounts} - {""} for group in (mine, theirs))
    return min(here & there, default=None)


def name_of(group: Collection[str], *preferred: Collection[str]) -> str:
    """Return by which of its ids a person goes: the first of those that come first, by name.

    >>> name_of(["youtube:UC7", "x:1"], ["nobody"], ["youtube:UC7"])
    'youtube:UC7'
    """
    for ids in preferred:
        if inside := sorted(set(group) & set(ids)):
            return inside[0]
    return min(group)
