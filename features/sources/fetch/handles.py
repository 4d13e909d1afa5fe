"""Whom a handle, an id or an address names, and on which service."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from suasion.features.identity.addresses import author_of
from suasion.features.sources.reading.cells import Unclear
from suasion.features.sources.reading.ids import account_of, platform_named

_FEDIVERSE = re.compile(r"@?[\w.-]+@(?:[\w-]+\.)+[a-z]{2,}", re.IGNORECASE)
_REDDITOR = re.compile(r"/?u(?:ser)?/[\w-]+")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)


@dataclass(frozen=True)
class Handle:
    """One name of a list, as it was given and as it is understood."""

    text: str
    service: str = ""
    """The service that is asked; nothing where none can be."""
    name: str = ""
    """What that service calls the account."""
    account: str = ""
    """The account as tables and opt-out lists name it."""
    why: str = ""
    """Why nobody can be asked."""


def understood(handle: str, platform: str, services: Collection[str]) -> Handle:
    """Return whom a name means.

    Parameters
    ----------
    platform
        The platform of names that show none themselves; may be empty.
    services
        Those that can be asked.

    >>> services = ("bluesky", "mastodon", "youtube", "feed")
    >>> [understood(one, "", services).account for one in ("https://bsky.app/profile/Anna.example", "@anna@chaos.social", "youtube:@Anna")]
    ['bluesky:@anna.example', 'mastodon:anna@chaos.social', 'youtube:@anna']
    >>> understood("https://anna.example/feed.xml", "", services).name, understood("anna", "bluesky", services).name
    ('https://anna.example/feed.xml', 'anna.bsky.social')
    >>> understood("@anna", "", services).why
    'no platform: write instagram:@anna, or give --platform'
    """
    text = handle.strip()
    begins, colon, rest = text.partition(":")
    if colon and begins.lower() in ("feed", "rss", "blog") and _ADDRESS.fullmatch(rest.strip()):
        return _feed(handle, rest.strip(), services)
    if not colon and _FEDIVERSE.fullmatch(text):
        text = f"mastodon:{text}"
    elif _REDDITOR.fullmatch(text):
        text = f"reddit:{text}"
    elif text.lower().endswith(".bsky.social") and "/" not in text:
        text = text if colon else f"bluesky:{text}"
    try:
        account = account_of(text, platform_named(platform) if platform else "")
    except Unclear as error:
        return Handle(handle, why=str(error))
    service, colon, name = account.partition(":")
    if service in ("blog", "page"):
        return _feed(handle, text if _ADDRESS.fullmatch(text) else f"https://{name}", services)
    if not colon:
        return Handle(handle, why=f"no platform: write instagram:@{name or service}, or give --platform")
    if service not in services:
        return Handle(handle, why=f"{service} cannot be asked: {', '.join(services)} can")
    name = name.removeprefix("@")
    if service == "bluesky" and not name.startswith("did:") and "." not in name:
        name = f"{name}.bsky.social"  # services handle there is a domain, and people leave out the usual one
        account = f"bluesky:@{name}"
    if service == "mastodon" and not _FEDIVERSE.fullmatch(name):
        return Handle(handle, why="no server: write mastodon:@name@server, or the address of the profile")
    if not name.strip(".") or re.search(r"[\s(){}/?#%&]", name):
        return Handle(handle, why=f"no name that {service} knows")
    return Handle(handle, service, name, account)


def _feed(handle: str, address: str, services: Collection[str]) -> Handle:
    host = re.sub(r"^https?://(?:www\.)?([^/:?#]+).*$", r"\1", address.lower())
    if not re.fullmatch(r"(?:[\w-]+\.)+[a-z]{2,}", host) or not _ADDRESS.fullmatch(address):
        return Handle(handle, why="no address of a feed")
    if "feed" not in services:
        return Handle(handle, why="feeds cannot be asked")
    secure = re.sub(r"^http:", "https:", address, flags=re.IGNORECASE)
    # On a host of many authors perhaps only the feed says whose it is.
    return Handle(handle, "feed", secure, author_of(address) or "")
