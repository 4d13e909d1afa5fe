"""What a web address says of who is behind it: an account by the id that importers give it, a site, or only a page.

An account whose id is not in its address goes by its name there, which a profile of its own tells: ``x:@name``, ``youtube:@name``,
``bluesky:@name``.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

_BARE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}(/\S*)?", re.IGNORECASE)
_NAME = re.compile(r"@?([A-Za-z0-9_.-]{1,60})")
_NOBODY = {
    "x": {"home", "i", "intent", "share", "search", "hashtag", "explore", "settings", "login"},
    "instagram": {"p", "reel", "reels", "explore", "stories", "accounts", "tv"},
}
"""First parts of paths that are no account's."""
_NO_MASTODON = {"tiktok.com", "medium.com", "threads.net", "threads.com"}
_NO_MASTODON |= {"substack.com", "rumble.com", "odysee.com"}
"""Hosts where ``/@name`` is an account and no Mastodon is."""


def address_of(text: object) -> str | None:
    """Return who is behind an address; None where that is nobody, or it is no address of the web.

    >>> address_of("https://twitter.com/Anna_B?s=20"), address_of("https://www.youtube.com/channel/UC12/about")
    ('x:@anna_b', 'youtube:UC12')
    >>> address_of("https://chaos.social/@anna"), address_of("anna-bakes.example/"), address_of("https://linktr.ee/Anna")
    ('mastodon:anna@chaos.social', 'blog:anna-bakes.example', 'page:linktr.ee/Anna')
    >>> address_of("https://x.com/intent/post?text=hi"), address_of("mailto:a@b.c")
    (None, None)
    """
    if not isinstance(text, str):
        return None
    bare = text.strip()
    if _BARE.fullmatch(bare):
        bare = f"https://{bare}"
    try:
        parts = urlsplit(bare)
        host = (parts.hostname or "").removeprefix("www.").removeprefix("m.").rstrip(".")
        path = [unquote(part) for part in parts.path.split("/") if part]
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "." not in host:
        return None
    return _on_platform(host, path) if path else f"blog:{host}"


def _on_platform(host: str, path: list[str]) -> str | None:
    first, second = path[0], path[1] if len(path) > 1 else ""
    match host:
        case "x.com" | "twitter.com" | "mobile.twitter.com":
            return _named("x:@", first, "x")
        case "instagram.com":
            return _named("instagram:", first, "instagram")
        case "youtube.com":
            if first == "channel":
                return f"youtube:{second}" if second else None
            return _named("youtube:@", first) if first.startswith("@") else None
        case "youtu.be":
            return None
        case "bsky.app":
            if first != "profile" or not second:
                return None
            return f"bluesky:{second}" if second.startswith("did:") else f"bluesky:@{second.lower()}"
        case "reddit.com" | "old.reddit.com" | "new.reddit.com":
            return _named("reddit:", second) if first in ("u", "user") else None
    name = path[-1] if path[:-1] == ["users"] or (len(path) == 1 and first.startswith("@")) else ""
    if _NAME.fullmatch(name) and host not in _NO_MASTODON:
        return f"mastodon:{name.removeprefix('@').lower()}@{host}"
    return f"page:{host}/{'/'.join(path)}"


def _named(prefix: str, name: str, platform: str = "") -> str | None:
    match = _NAME.fullmatch(name)
    if match is None or match[1].lower() in _NOBODY.get(platform, ()):
        return None
    return f"{prefix}{match[1].lower()}"


def platform_of(account: str) -> str:
    """Return the platform an account's id begins with; nothing where it names none, as an id of one's own or a pseudonym.

    >>> platform_of("x:12"), platform_of("mastodon:anna@chaos.social"), platform_of("anna"), platform_of("p:d54e1a4c")
    ('x', 'mastodon', '', '')
    """
    platform = account.partition(":")[0] if ":" in account else ""
    return "" if platform == "p" else platform
