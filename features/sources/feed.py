"""Blogs: RSS and Atom feeds, with the links they make to other sites as references.

A site is the account, blog:HOST, and on a host of many authors the author there. A link in a post to another's page is a backlink of
theirs, whose standing so comes from who links to them. The reading is feedparser's, which resolves no external entity and knows nine
versions of RSS and Atom.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from time import struct_time
from xml.sax import SAXParseException

import feedparser
from feedparser import FeedParserDict
from feedparser.exceptions import CharacterEncodingOverride, ThingsNobodyCaresAboutButMe

from suasion.features.identity.addresses import author_of

from .reading.fills import as_of, influencers, profiles
from .reading.ids import place_of
from .reading.markup import read_html
from .reading.profile import WITH_PROFILES, tell_account, tell_profile
from .reading.records import LONGEST, Broken, Document, Record
from .reading.rows import Rows, Unreadable, dig, joined, later, listed
from .reading.source import Source

_STUMBLES = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)
"""What feedparser raises over bytes that are no feed, such as a declared encoding whose name is broken."""


def entries(document: Document) -> Iterator[Record | Broken]:
    """Yield the entries of a feed, numbered from 1, each with what the feed says of itself."""
    data = document.stream.read(LONGEST // 4 + 1)
    if len(data) > LONGEST // 4:
        yield Broken(document.name, 0, f"a feed of over {LONGEST // 4 >> 20} MiB")
        return
    # A stream, for feedparser would take bytes that look like an address or a file's name for one, and open it.
    try:
        feed = feedparser.parse(BytesIO(data), sanitize_html=False, resolve_relative_uris=True)
    except _STUMBLES as error:
        why = str(error)[:200] or type(error).__name__
        yield Broken(document.name, 0, f"no feed that can be read: {why}")
        return
    if not feed.get("version") and not feed.entries:
        yield Broken(document.name, 0, "neither RSS nor Atom", data[:200].decode("utf-8", "replace"))
        return
    about = {"link": feed.feed.get("link"), "language": feed.feed.get("language")}
    me = [link.get("href") for link in feed.feed.get("links", []) if link.get("rel") == "me"]
    me += [author.get("href") for author in feed.feed.get("authors", [])]
    for number, entry in enumerate(feed.entries, start=1):
        said = {"me": me} if number == 1 else {}
        yield Record(document.name, number, {"feed": about | said, **_plain(entry)})
    if isinstance(feed.get("bozo_exception"), CharacterEncodingOverride):
        document.notes[f"feeds that are not in the encoding they name and are read as {feed.encoding}"] += 1
    if feed.bozo and not isinstance(feed.bozo_exception, ThingsNobodyCaresAboutButMe):
        wrong = feed.bozo_exception
        # Where it stands is told beside the reason, so that reasons can be counted.
        line, what = len(feed.entries) + 1, str(wrong)
        if isinstance(wrong, SAXParseException):
            line, what = wrong.getLineNumber() or line, wrong.getMessage()
        why = f"no well-formed XML, what could be made out was read: {what[:200]}"
        yield Broken(document.name, line, why)


def _plain(entry: FeedParserDict) -> dict[str, object]:
    contents = [part.get("value") for part in entry.get("content", [])] or [entry.get("summary")]
    return {
        "id": entry.get("id"),
        "link": entry.get("link"),
        "title": entry.get("title"),
        "content": [part for part in contents if part],
        "published": _time(entry.get("published_parsed")) or _time(entry.get("created_parsed")),
        "updated": _time(entry.get("updated_parsed")) if "updated_parsed" in entry else None,
        "language": next(
            (part.get("language") for part in entry.get("content", []) if part.get("language")), None
        ),
    }


def _time(parsed: struct_time | None) -> str | None:
    try:
        return datetime(*parsed[:6]).replace(tzinfo=UTC).isoformat() if parsed else None
    except (ValueError, TypeError):
        return None


def take(record: object, rows: Rows) -> None:
    """Make rows of an entry: the post, and a reference to every other site it links to."""
    link, about = dig(record, "link"), dig(record, "feed")
    author, post = author_of(dig(about, "link")) or author_of(link), dig(record, "id") or link
    if author is None:
        raise Unreadable("neither the feed nor the entry says whose it is: no link to an author or a site")
    if isinstance(post, str) and ":" not in post:
        post = f"{author}:{post}"  # a number, say, which is only one within its feed
    at = dig(record, "published") or dig(record, "updated")
    known = later(dig(record, "updated"), at)
    title = read_html(str(dig(record, "title") or ""))[0]
    texts = [read_html(str(part)) for part in listed(record, "content")]
    links = list(dict.fromkeys(address for _, addresses in texts for address in addresses))
    text = joined(title, *(text for text, _ in texts))
    language = dig(record, "language") or dig(about, "language")
    rows.post(post, author, at, text, language=language, links=links, known_at=known)
    platform, handle = place_of(author) or ("blog", author.partition(":")[2])
    tell_account(rows, platform, author, handle)
    tell_profile(rows, author, links=listed(about, "me"))
    rows.refer(author, [("backlink", author_of(address)) for address in links], at, post, known)


FEED = Source(
    name="feed",
    title="Blogs (RSS, Atom)",
    written_from="RSS 2.0, Atom (RFC 4287) and their relatives, as feedparser 6.0 reads them",
    get="Save the feeds, a file a feed; many hold the last entries only, so save them again and again: what came before stays.",
    fills={
        "influencers": influencers(
            "blog, or the platform",
            "whose the feed's link is, or else the entry's: blog:HOST; on a host of many authors the author there, such as "
            "blog:medium.com/@NAME or instagram:NAME",
            "the host, or the name there",
        ),
        "posts": {
            "post_id": "guid or id, or link; one that is no address as blog:HOST:ID",
            "author_id": "whose the feed's link is, or else the entry's",
            "created_at": "pubDate or published, or updated",
            "text": "title, and content or description without HTML",
            "language": "xml:lang or language",
            "links": "links in the content",
            "known_at": "updated, where it is later than published",
        },
        "mentions": {
            "referrer_id": "the author",
            "influencer_id": "whose every page is that it links to, as above",
            "kind": "backlink",
            **as_of("the entry"),
        },
        "profiles": profiles("the author", "the feed's links of rel=me; the address of its author"),
    },
    left=(
        "who of several authors of a site wrote an entry: the site is the account",
        "when a site was made, and how many read it: a feed does not tell",
        "links to what names nobody, such as a video or a host of many authors by itself",
        "that a platform's own export has the same posts: those of its feed keep the feed's ids, so read one of the two",
    ),
    tried="the feeds of feedparser's own tests, most of them broken on purpose: every entry was loaded or set aside with its reason",
    take=take,
    reader=entries,
    suffixes=(".xml", ".rss", ".atom", ".rdf"),
    tables=WITH_PROFILES,
)
