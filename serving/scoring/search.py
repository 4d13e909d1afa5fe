"""Finds people by what they are called: an id, an account, a profile's address, or a handle with or without @, whatever the case."""

from __future__ import annotations

import difflib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

from suasion.features.engine.protocol import Database
from suasion.features.errors import NotFoundError
from suasion.features.identity.accounts import People
from suasion.features.sources.reading.cells import Unclear
from suasion.features.sources.reading.ids import PLATFORMS, account_of

PROPOSED = 3
"""Near misses that are named."""
ALIKE = 0.7
"""How alike two names are that are taken for a near miss: the ratio of :class:`difflib.SequenceMatcher`."""


def key_of(name: str) -> str:
    """Return what two writings of a name share.

    >>> key_of(" @Anna"), key_of("ANNA")
    ('anna', 'anna')
    """
    return unicodedata.normalize("NFKC", name).strip().removeprefix("@").casefold()


def _account(asked: str) -> tuple[str, str]:
    """Return the platform that a name tells, or nothing, and the key of the account there.

    >>> _account("@dan@chaos.social"), _account("https://chaos.social/@Dan"), _account("https://www.youtube.com/@anna")
    (('', 'dan@chaos.social'), ('mastodon', 'dan@chaos.social'), ('youtube', 'anna'))
    """
    try:
        told = account_of(asked)
    except Unclear:
        told = asked
    platform, colon, bare = told.partition(":")
    return (platform, key_of(bare)) if colon and platform in PLATFORMS.values() else ("", key_of(told))


class Names:
    """Some people by their ids, and what else they are called.

    >>> names = Names(["x:1", "x:2"], handles=[("anna", "x:1"), ("bob", "x:2"), ("cem", "x:3")])
    >>> names.find("@Anna"), names.find("X:2"), names.near("anne"), names.called("x:1")
    (['x:1'], ['x:2'], ['x:1'], 'x:1 (@anna)')
    >>> names.find("https://x.com/anna"), names.find("https://www.instagram.com/anna"), Names(["mastodon:dan@chaos.social"]).find("@dan@chaos.social")
    (['x:1'], [], ['mastodon:dan@chaos.social'])
    """

    def __init__(
        self,
        ids: Iterable[str],
        people: People | None = None,
        handles: Iterable[tuple[str, str]] = (),
    ) -> None:
        people = people or People()
        own = dict.fromkeys(ids)
        self._exact = {account: who for account, who in people.persons.items() if who in own}
        self._exact |= {who: who for who in own}
        self._loose: dict[str, dict[str, None]] = defaultdict(dict)
        self._accounts: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for name, who in self._exact.items():
            self._loose[key_of(name)][who] = None
            platform, bare = _account(name)
            for place in {platform, ""} if platform else ():
                self._accounts[place, bare][who] = None
        self._handles: dict[str, str] = {}
        for handle, who in handles:
            if who in own:
                self._loose[key_of(handle)][who] = None
                self._handles.setdefault(who, handle)

    def find(self, asked: str) -> list[str]:
        """Return the ids of those who are called that: one for an id or account as written, else everybody it may be."""
        if asked in self._exact:
            return [self._exact[asked]]
        if called := self._loose.get(key_of(asked)):
            return list(called)
        platform, bare = _account(asked)
        there = [who for who in self._loose.get(bare, ()) if not platform or who.startswith(f"{platform}:")]
        return list(dict.fromkeys([*there, *self._accounts.get((platform, bare), ())]))

    def near(self, asked: str) -> list[str]:
        """Return the ids of those whose name is nearly that, the most alike first."""
        wanted = key_of(asked)
        pairs = {wanted[place : place + 2] for place in range(len(wanted) - 1)}
        # Whoever shares no two letters in a row is not alike; comparing letter by letter would take seconds among many.
        some = [key for key in self._loose if any(pair in key for pair in pairs)]
        found = difflib.get_close_matches(wanted, some, PROPOSED, ALIKE)
        return list(dict.fromkeys(who for key in found for who in self._loose[key]))[:PROPOSED]

    def called(self, who: str) -> str:
        """Return an id with the handle beside it."""
        handle = self._handles.get(who)
        return who if handle is None or handle == who else f"{who} (@{handle.removeprefix('@')})"


def one_of(names: Names, asked: str, among: Sequence[str]) -> str:
    """Return the id of the one candidate who is called that.

    Parameters
    ----------
    among
        Ids of all candidates, best first.

    Raises
    ------
    NotFoundError
        When nobody is, with near misses; or several are, with their ids.
    """
    found = names.find(asked)
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFoundError(
            f"{asked!r} may be any of {', '.join(map(names.called, found[:PROPOSED]))}: ask by the id.",
            field="influencer_id",
            given=asked,
            allowed="the id of one",
        )
    near = ", ".join(map(names.called, names.near(asked)))
    hint = f"Did you mean {near}?" if near else f"The first are: {', '.join(among[:PROPOSED])}."
    raise NotFoundError(
        f"{asked!r} is not among the {len(among)} candidates. {hint}",
        field="influencer_id",
        given=asked,
        allowed="an id, account or handle of a candidate",
    )


def read_names(tables: Database) -> tuple[tuple[str, str], ...]:
    """Return the latest handle of every account, each with the id of the person it belongs to."""
    account = "influencer_account" if tables.joined else "influencer_id"
    rows = tables.sql(
        f"SELECT max_by(handle, known_at), max_by(influencer_id, known_at) FROM influencers WHERE handle IS NOT NULL GROUP BY {account} ORDER BY 2, 1"
    ).fetchall()
    return tuple(rows)
