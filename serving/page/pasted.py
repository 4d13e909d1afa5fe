"""A pasted list of handles, addresses or ids: who on it is a candidate, who is known, and who was perhaps meant."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from suasion.features.identity.addresses import address_of, platform_of
from suasion.serving.loaded import Engine
from suasion.serving.scoring.campaigns import Account
from suasion.serving.scoring.ranking import Board
from suasion.serving.scoring.search import Names, key_of

MOST_GUESSED = 50
"""Unknown names for which a near one is looked for: each is compared with everybody's."""


AROUND = "\"'“”<>()[]:!?….😀😍🙏👍❤️"
"""What stands around a name in a chat, and is none of it."""


@dataclass(frozen=True)
class Pasted:
    """What a list names."""

    rows: NDArray[np.int64]
    """Rows of the candidates on it."""
    sentences: tuple[str, ...]
    """How many were found, and who was not."""


def check_list(engine: Engine, board: Board, text: str) -> Pasted:
    """Find the candidates whom a pasted list names, in any order and however they are written.

    Where handles with @ or addresses stand in a chat or a mail, its other words are no names, and told apart.
    """
    here, everybody = board.scored.names, engine.everybody
    rows: dict[int, None] = {}
    several, elsewhere, unknown, words = list[str](), list[str](), list[str](), list[str]()
    names = dict(_parts(text, everybody))
    marked = any(map(_is_marked, names))
    for name, spoken in names.items():
        match = ids_called(here, name, engine.accounts)
        if len(match) == 1:
            rows[board.scored.place(match[0])] = None
        elif match:
            several.append(f"{name} ({' or '.join(match[:3])})")
        elif ids_called(everybody, name, engine.accounts):
            elsewhere.append(name)
        elif marked and spoken and not _is_marked(name):
            words.append(name)
        else:
            near = everybody.near(_handle_in(name)) if len(unknown) < MOST_GUESSED else []
            unknown.append(f"{name} (did you mean {everybody.called(near[0])}?)" if near else name)
    total = len(names) - len(words)
    named = total - len(several) - len(elsewhere) - len(unknown)
    said = [
        f"{named:,} of {total:,} on your list {'is a candidate' if named == 1 else 'are candidates'} here."
    ]
    if unknown:
        said.append(f"Not known: {', '.join(unknown)}.")
    if words:
        said.append(f"Taken for words and no names, for want of an @: {' '.join(words)}.")
    if elsewhere:
        said.append(f"Known, but no candidates here: {', '.join(elsewhere)}.")
    if several:
        said.append(f"More than one goes by that name, so paste the id: {', '.join(several)}.")
    return Pasted(np.array(sorted(rows), dtype=np.int64), tuple(said))


def names_in(text: str, names: Names) -> Iterator[str]:
    r"""Yield each name on a list once: between commas, semicolons and lines, and between spaces where no name holds them.

    >>> list(names_in("@anna, @bob @cem;\n2. Dan Brew\n• @ANNA", Names(["dan brew"])))
    ['@anna', '@bob', '@cem', 'Dan Brew']
    >>> list(names_in("Lena: look 😍 (@anna!!)", Names(["anna"])))
    ['Lena', 'look', '@anna']
    """
    return (name for name, _ in _parts(text, names))


def _parts(text: str, names: Names) -> Iterator[tuple[str, bool]]:
    """Yield each name once, and whether it stands among others with spaces between, as in a sentence."""
    seen = set()
    for piece in re.split(r"[,;\t\r\n|]+", text):
        bare = re.sub(r"^(?:[-*•·–]|\d{1,4}[.)])\s+", "", piece.strip()).strip("\"'“”<>()")
        parts = [bare] if names.find(bare) else bare.split()
        for part in parts:
            name = part if names.find(part) else part.strip(AROUND)
            if (key := key_of(name)) and key not in seen:
                seen.add(key)
                yield name, len(parts) > 1


def _is_marked(name: str) -> bool:
    """Whether somebody wrote it as a handle or an address."""
    return name.startswith("@") or address_of(name) is not None


def ids_called(names: Names, name: str, accounts: Mapping[str, Collection[Account]]) -> list[str]:
    """Return the ids of those called that; whom an address names has an account on its platform."""
    if ids := names.find(name):
        return ids
    address = address_of(name)
    if address is None:
        return []
    if ids := names.find(address):
        return ids
    platform = _platform_in(address)
    ids = names.find(_handle_in(name))
    there = [who for who in ids if platform in {account.platform for account in accounts.get(who, ())}]
    return there if platform else ids


def _platform_in(address: str) -> str:
    """Return the platform that an address is on; nothing where it tells none.

    >>> _platform_in("instagram:anna"), _platform_in("tiktok:anna"), _platform_in("page:linktr.ee/anna")
    ('instagram', 'tiktok', '')
    """
    platform = platform_of(address)
    return "" if platform in ("page", "blog") else platform


def _handle_in(name: str) -> str:
    """Return the handle at the end of an address, or the name as it is.

    >>> _handle_in("https://www.tiktok.com/@anna.brew?lang=en"), _handle_in("instagram.com/anna/"), _handle_in("@anna")
    ('anna.brew', 'anna', '@anna')
    """
    address = address_of(name)
    if address is None:
        return name
    if platform_of(address) == "mastodon":
        return address.partition(":")[2].partition("@")[0]
    return re.split(r"[:/]", address)[-1]
