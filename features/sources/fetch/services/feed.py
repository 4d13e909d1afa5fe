"""Blogs: the feed at an address, or the one that the page at that address names."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TypeGuard
from urllib.parse import urljoin, urlsplit

from suasion.features.sources.feed import FEED as SOURCE
from suasion.features.sources.fetch.client import origin
from suasion.features.sources.fetch.service import RefusedError, Request, Service, Visit

_KINDS = ("application/rss+xml", "application/atom+xml")


class _Alternates(HTMLParser):
    """The feeds that a page names in its head."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        if tag == "link" and held.get("type", "").lower() in _KINDS and held.get("href"):
            self.links.append(held["href"])


def feeds_named(page: str) -> list[str]:
    """Return the feeds that a page of HTML names, in its order.

    >>> feeds_named('<link rel="alternate" type="application/rss+xml" href="/feed.xml"><a href="/x">x</a>')
    ['/feed.xml']
    """
    reader = _Alternates()
    reader.feed(page)
    return reader.links


def _request(address: str) -> Request:
    parts = urlsplit(address)
    return Request("feed", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def _is_feed(answer: object) -> TypeGuard[str]:
    head = answer[:2_000].lower() if isinstance(answer, str) else ""
    return any(tag in head for tag in ("<rss", "<feed", "<rdf:rdf"))


def _walk(visit: Visit) -> None:
    first = visit.ask(_request(visit.name), save=_is_feed)
    if _is_feed(first):
        return
    named = [urljoin(visit.name, link) for link in feeds_named(str(first))]
    same_origin = [link for link in named if origin(link) == origin(visit.name)]
    if not same_origin:
        elsewhere = f": the page names {named[0]}, so give that" if named else ""
        raise RefusedError(f"neither RSS nor Atom{elsewhere}")
    if not _is_feed(visit.ask(_request(same_origin[0]), save=_is_feed)):
        raise RefusedError("neither RSS nor Atom")


FEED = Service(
    name="feed",
    source=SOURCE,
    base="https://{host}",
    walk=_walk,
    requests=lambda posts: 2,
    quota="whatever the site allows; one feed a day is little",
    terms="those of the site",
    pace=1.0,
    suffix=".xml",
)
