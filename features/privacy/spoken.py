"""Names of accounts in what people write: found where they are marked as one, or stand in an address."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from suasion.features.identity.addresses import address_of

SPOKEN = ("text", "brief", "subject")
"""Columns in which people write, of others too."""
GONE = "…"
_NAMED = re.compile(
    r"(?P<address>(?:https?://|www\.)[^\s<>\"]*[^\s<>\".,;:!?()\[\]…])|(?<![\w.+-])[\w.+-]*(?:@[\w.-]*\w)+|(?<![\w/])/?u/[\w-]+",
    re.IGNORECASE,
)


def without_names(text: str, whose: Callable[[str], bool] = lambda _: True) -> str:
    """Return a text in which names of accounts and addresses are gone, all or those that ``whose`` holds of.

    >>> without_names("Thanks @anna.bakes, u/bob and c@d.example! See https://x.com/anna?s=1, is it good?")
    'Thanks @…, @… and @…! See …, is it good?'
    """

    def put(match: re.Match[str]) -> str:
        if not whose(match[0]):
            return match[0]
        return GONE if match["address"] else f"@{GONE}"

    return _NAMED.sub(put, text)


def names_one_of(ids: Collection[str], handles: Collection[str]) -> Callable[[str], bool]:
    """Return what says whether a name or an address is that of one of these people.

    >>> is_theirs = names_one_of({"x:31", "x:@anna"}, {"Anna"})
    >>> [is_theirs(word) for word in ("@anna", "u/ANNA", "https://x.com/anna/status/5", "@anna.bakes", "https://anna.example")]
    [True, True, True, False, False]
    """
    called, those = {handle.lstrip("@").casefold() for handle in handles}, frozenset(ids)

    def is_theirs(word: str) -> bool:
        bare = re.sub(r"^(?:@|/?u/)", "", word).casefold()
        return bare in called or word in those or address_of(word) in those

    return is_theirs
