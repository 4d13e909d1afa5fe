"""Finds people by what they are called: an id, an account, a profile's address, or a handle with or without @, whatever the case."""

from __future__ import annotations

import difflib
import re
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


_PLAIN = re.compile(r"\w+", re.ASCII)


def key_of(name: str) -> str:
    """Return what two writings of a name share.

    >>> key_of(" @Anna"), key_of("ANNA")
    ('anna', 'anna')
    """
    return unicodedata.normalize("NFKC", name).strip().removeprefix("@").casefold()


def _account(name: str) -> tuple[str, str]:
    """Return the platform that a name tells, or nothing, and the key of the account there.

    >>> _account("@dan@chaos.social"), _account("https://chaos.social/@Dan"), _account("https://www.youtube.com/@anna")
    (('', 'dan@chaos.social'), ('mastodon', 'dan@chaos.social'), ('youtube', 'anna'))
    """
    # Most ids: nothing in them names a platform or a place, and reading them all so takes seconds.
    if _PLAIN.fullmatch(name):
        return "", key_of(name)
    try:
        account = account_of(name)
    except Unclear:
        account = name
    platform, colon, bare = account.partition(":")
    return (platform, key_of(bare)) if colon and platform in PLATFORMS.values() else ("", key_of(account))


class Names:
    """Some people by their ids, and what else they are called.

    >>> names = Names(["x:1", "x:2"], handles=[("anna", "x:1"), ("bob", "x:2"), ("cem", "x:3")])
    >>> names.find("@Anna"), names.find("X:2"), names.near("anne"), names.called("x:1")
    (['x:1'], ['x:2'], ['x:1'], 'x:1 (@anna)')
    >>> names.find("https://x.com/anna"), names.find("https://www.instagram.com/anna"), Names(["mastodon:dan@chaos.social"]).find("@dan@chaos.social")
    (['x:1'], [], ['mastodon:dan@chaos.social'])
    """

    def __init__(
        self, ids: Iterable[str], people: People | None = None, handles: Iterable[tuple[str, str]] = ()
    ) -> None:
        people = people or People()
        ids_here = dict.fromkeys(ids)
        self._exact = {account: who for account, who in people.persons.items() if who in ids_here}
        self._exact |= {who: who for who in ids_here}
        self._loose: dict[str, dict[str, None]] = defaultdict(dict)
        self._accounts: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for name, who in self._exact.items():
            self._loose[key_of(name)][who] = None
            platform, bare = _account(name)
            for place in {platform, ""} if platform else ():
                self._accounts[place, bare][who] = None
        self._handles: dict[str, str] = {}
        for handle, who in handles:
            if who in ids_here:
                self._loose[key_of(handle)][who] = None
                self._handles.setdefault(who, handle)

    def find(self, name: str) -> list[str]:
        """Return the ids of those who are called that: one for an id or account as written, else everybody it may be."""
        if name in self._exact:
            return [self._exact[name]]
        if called := self._loose.get(key_of(name)):
            return list(called)
        platform, bare = _account(name)
        there = [who for who in self._loose.get(bare, ()) if not platform or who.startswith(f"{platform}:")]
        return list(dict.fromkeys([*there, *self._accounts.get((platform, bare), ())]))

    def near(self, name: str) -> list[str]:
        """Return the ids of those whose name is nearly that, the most alike first."""
        wanted = key_of(name)
        pairs = {wanted[place : place + 2] for place in range(len(wanted) - 1)}
        # Whoever shares no two letters in a row is not alike; comparing letter by letter would take seconds among many.
        some = [key for key in self._loose if any(pair in key for pair in pairs)]
        near = difflib.get_close_matches(wanted, some, PROPOSED, ALIKE)
        return list(dict.fromkeys(who for key in near for who in self._loose[key]))[:PROPOSED]

    def called(self, who: str) -> str:
        """Return an id with the handle beside it."""
        handle = self._handles.get(who)
        return who if handle is None or handle == who else f"{who} (@{handle.removeprefix('@')})"


def one_of(names: Names, name: str, among: Sequence[str]) -> str:
    """Return the id of the one candidate who is called that."""
    ids = names.find(name)
    if len(ids) == 1:
        return ids[0]
    if ids:
        raise NotFoundError(
            f"{name!r} may be any of {', '.join(map(names.called, ids[:PROPOSED]))}: ask by the id.",
            field="influencer_id",
            given=name,
            allowed="the id of one",
        )
    near = ", ".join(map(names.called, names.near(name)))
    hint = f"Did you mean {near}?" if near else f"The first are: {', '.join(among[:PROPOSED])}."
    raise NotFoundError(
        f"{name!r} is not among the {len(among)} candidates. {hint}",
        field="influencer_id",
        given=name,
        allowed="an id, account or handle of a candidate",
    )


def read_names(tables: Database) -> tuple[tuple[str, str], ...]:
    """Return the latest handle of every account, each with the id of the person it belongs to."""
    account = "influencer_account" if tables.joined else "influencer_id"
    rows = tables.sql(
        f"SELECT max_by(handle, known_at), max_by(influencer_id, known_at) FROM influencers WHERE handle IS NOT NULL GROUP BY {account} ORDER BY 2, 1"
    ).fetchall()
    return tuple(rows)
