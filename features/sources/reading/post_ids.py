"""Ids of posts that are told by their addresses: one post, however its address was copied."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from suasion.features.attribution.touchpoints import CLICKS

from .cells import Unclear
from .ids import is_address, platform_behind

_ON_PLATFORMS = {
    "youtube": r"(?:youtube\.com/(?:shorts|live|embed|v)/|youtu\.be/|youtube\.com/watch\?(?:.*&)?v=)([\w-]+)",
    "instagram": r"instagram\.com/(?!share/)(?:[\w.]+/)?(?:p|reels?|tv)/([\w-]+)",
    "tiktok": r"tiktok\.com/@[\w.-]*/(?:video|photo)/(\d+)",
    "x": r"(?:twitter|x)\.com/(?:i/web|\w+)/status(?:es)?/(\d+)",
    "threads": r"threads\.(?:net|com)/@[\w.]+/post/([\w-]+)",
}
"""For each platform what in an address is the post's own id, as the platform's importer writes it."""
_COPIED = re.compile(
    rf"utm_\w+|{CLICKS.pattern}|s|si|feature|is_from_webapp|sender_device|web_id|hl|mibextid|rdid|share_url|rcm|__cft__.*|__tn__"
)
"""Parameters that tell how an address was copied, and not of what it is."""


def post_of(text: str | None, platform: str = "") -> str | None:
    """Return which post a cell names: that behind an address, else its id with the platform in front.

    Raises
    ------
    Unclear
        When it is the address of an account.

    >>> post_of("https://youtu.be/abc?si=12"), post_of("https://www.youtube.com/watch?v=abc&t=3s"), post_of("abc", "youtube")
    ('youtube:abc', 'youtube:abc', 'youtube:abc')
    >>> post_of("https://anna.example/tea/?utm_source=x"), post_of("p-12"), post_of(None)
    ('https://anna.example/tea', 'p-12', None)
    """
    if text is None or not is_address(text):
        return f"{platform}:{text}" if text and platform and not text.startswith(f"{platform}:") else text
    address = text if re.match(r"https?://", text, re.IGNORECASE) else f"https://{text.removeprefix('//')}"
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").removeprefix("www.").removeprefix("m.").removeprefix("mobile.")
    except ValueError:
        return text
    place = f"{host}{parts.path}?{parts.query}"
    for site, pattern in _ON_PLATFORMS.items():
        if match := re.match(pattern, place):
            return f"{site}:{match[1]}"
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _COPIED.fullmatch(pair[0])]
    if parts.path.strip("/").count("/") == 0 and not kept and platform_behind(text) not in ("", "blog"):
        raise Unclear("the address of an account, and of no post")
    return f"https://{host}{parts.path.rstrip('/')}{'?' if kept else ''}{urlencode(kept)}"


def is_title(text: str) -> bool:
    """Return whether a text is what people call a post, and neither an id nor an address.

    >>> [is_title(text) for text in ("Reel 1", "Story", "C4xyq", "1784", "https://youtu.be/abc", "")]
    [True, True, False, False, False, False]
    """
    return not is_address(text) and (text.isalpha() or any(map(str.isspace, text)))


@dataclass(eq=False)
class Titles:
    """What posts go by that no id names: a word, or nothing but whose they are, when they were made and what they say."""

    authors: dict[str, set[str]] = field(default_factory=dict)
    """For each word whose posts go by it."""
    shared: bool = False
    """Whether posts of several people go by one word: then words are no ids."""
    alike: dict[str, dict[int, int]] = field(default_factory=dict)
    """For each post the rows that say the same of it, numbered: other counts are another post's."""

    def see(self, title: str, author: str) -> None:
        """Take a row's word into account."""
        self.authors.setdefault(title, set()).add(author)

    def settle(self) -> bool:
        """Return whether posts of several people go by one word."""
        self.shared = any(len(authors) > 1 for authors in self.authors.values())
        return self.shared

    def id_of(self, post: Mapping[str, object], row: Mapping[str, object], *, snapshots: bool) -> str:
        """Return an id of a post.

        Parameters
        ----------
        post
            Of its fields those that tell it from others.
        row
            All that is said of it.
        snapshots
            Whether one post may have several rows, with the counts of several days.
        """
        what = repr(sorted(post.items()))
        if not snapshots:
            numbers = self.alike.setdefault(what, {})
            what += str(numbers.setdefault(hash(repr([*row.items()])), len(numbers)) or "")
        return f"{post.get('author_id')}:{hashlib.sha256(what.encode()).hexdigest()[:12]}"
