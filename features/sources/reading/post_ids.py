"""Ids of posts that are told by their addresses: one post, however its address was copied."""

from __future__ import annotations

import re
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
