"""Whose an address of the web is: an account, by the id that importers give it, or a site. One rule for feeds, links, profiles and sheets.

An account whose id is not in its address goes by its name there, which a profile of its own tells: ``x:@name``, ``youtube:@name``,
``bluesky:@name``. On a host of many authors the path says whose a page is, or it is nobody's; any other host is one author's.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

_BARE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}(/\S*)?", re.IGNORECASE)
_NAME = r"@?([a-z0-9_.-]{1,60})"
_SIGNED = r"@([a-z0-9_.-]{1,60})"
_PEOPLE = {
    "x.com": {_NAME: "x:@{}"},
    "instagram.com": {rf"(?:_u/)?{_NAME}": "instagram:{}"},
    "youtube.com": {r"channel/([\w-]+)": "youtube:{}", _SIGNED: "youtube:@{}"},
    "youtu.be": {},
    "bsky.app": {r"profile/(did:[^/]+)": "bluesky:{}", rf"profile/{_NAME}": "bluesky:@{}"},
    "reddit.com": {rf"(?:u|user)/{_NAME}": "reddit:{}"},
    "tiktok.com": {_SIGNED: "tiktok:{}"},
    "threads.net": {_SIGNED: "threads:{}"},
    "facebook.com": {r"([\w.-]+)": "facebook:{}"},
    "twitch.tv": {r"([\w-]+)": "twitch:{}"},
    "linkedin.com": {r"in/([\w%-]+)": "linkedin:{}", r"((?:company|showcase|school)/[\w%-]+)": "linkedin:{}"},
    "snapchat.com": {r"add/([\w.-]+)": "snapchat:{}"},
    "pinterest.com": {r"([\w-]+)": "pinterest:{}"},
    "t.me": {r"(?:s/)?(\w+)": "telegram:{}"},
    "patreon.com": {r"(?:cw?/)?([\w-]+)": "patreon:{}"},
    "medium.com": {r"(?:feed/)?(@?[\w.-]+)": "blog:medium.com/{}"},
    "dev.to": {r"(?:feed/)?(\w+)": "blog:dev.to/{}"},
    "github.com": {r"(?:orgs/|sponsors/)?([a-z0-9-]+)(?:\.atom)?": "blog:github.com/{}"},
    "tumblr.com": {r"(?:blog/(?:view/)?)?([\w-]+)": "blog:{}.tumblr.com"},
    "substack.com": {r"pub/([\w-]+)": "blog:{}.substack.com", r"(@[\w.-]+)": "blog:substack.com/{}"},
    "hashnode.com": {r"(@[\w.-]+)": "blog:hashnode.com/{}"},
    "rumble.com": {r"(?:c|user)/([\w-]+)": "page:rumble.com/{}"},
    "odysee.com": {r"(@[^/:]+)(?::\w+)?": "page:odysee.com/{}"},
    **{
        host: {r"([\w.-]+)": f"page:{host}/{{}}"}
        for host in (
            "linktr.ee",
            "beacons.ai",
            "bio.link",
            "lnk.bio",
            "about.me",
            "ko-fi.com",
            "buymeacoffee.com",
        )
    },
}
"""Hosts of many authors: how a path begins that names one, and what their id is."""
_ALSO = {
    "twitter.com": "x.com", "fb.com": "facebook.com", "threads.com": "threads.net", "pinterest.de": "pinterest.com",
    "telegram.me": "t.me", "gist.github.com": "github.com", "open.substack.com": "substack.com",
}  # fmt: skip
"""Other names of such hosts."""
_NAMED_BEFORE = (".tumblr.com", ".substack.com", ".hashnode.com")
"""Hosts of many authors where an author's name stands before the host's."""
_NOBODY = {
    "x.com": "home i intent share search hashtag explore settings login",
    "instagram.com": "p reel reels explore stories accounts tv",
    "facebook.com": "groups pages events watch profile.php share sharer sharer.php story.php permalink.php photo photo.php people hashtag reel",
    "twitch.tv": "directory videos video p",
    "pinterest.com": "pin search ideas",
    "t.me": "joinchat c share addstickers proxy s",
    "patreon.com": "posts c cw",
    "medium.com": "p u m tag topic search me about feed",
    "dev.to": "t tag tags search about feed p settings enter",
    "github.com": "features topics trending explore marketplace search about login join settings orgs sponsors apps collections",
    "tumblr.com": "tagged search explore dashboard share blog",
}
"""First parts of paths that are no account's."""


def address_of(text: object) -> str | None:
    """Return who is behind an address; None where that is nobody, or it is no address of the web.

    A page of a site is only a page, for a site may hold pages of people who are not its author.

    >>> address_of("https://twitter.com/Anna_B?s=20"), address_of("https://www.youtube.com/channel/UC12/about")
    ('x:@anna_b', 'youtube:UC12')
    >>> address_of("https://chaos.social/@anna"), address_of("anna-bakes.example/"), address_of("https://linktr.ee/Anna")
    ('mastodon:anna@chaos.social', 'blog:anna-bakes.example', 'page:linktr.ee/anna')
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
        path = "/".join(unquote(part) for part in parts.path.split("/") if part)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "." not in host:
        return None
    if match := re.fullmatch(r"([\w-]+)\.medium\.com", host):
        host, path = "medium.com", f"@{match[1]}"
    # In de.linkedin.com is a language, in ai.tumblr.com an author.
    without = (
        host if host.endswith(_NAMED_BEFORE) else re.sub(r"^(?:mobile|web|old|new|[a-z]{2})\.", "", host)
    )
    shared = next((name for one in (host, without) if (name := _ALSO.get(one, one)) in _PEOPLE), "")
    if shared:
        return _on_shared(shared, path)
    if match := re.fullmatch(r"(?:users/|@)([a-z0-9_.-]{1,60})(?:/(?:statuses/)?\d+)?", path, re.IGNORECASE):
        return f"mastodon:{match[1].lower()}@{host}"
    return f"page:{host}/{path}" if path else f"blog:{host}"


def _on_shared(host: str, path: str) -> str | None:
    for pattern, account in _PEOPLE[host].items():
        match = re.match(rf"(?:{pattern})(?:/|$)", path, re.IGNORECASE)
        if match and match[1].lower() not in _NOBODY.get(host, "").split():
            # Of names the case says nothing; of a channel's id it does.
            return account.format(match[1] if account == "youtube:{}" else match[1].casefold())
    return None


def author_of(text: object) -> str | None:
    """Return whose an address is: who is behind it, or the site that a page is of; None where that is nobody.

    >>> author_of("https://anna.example/2024/tea"), author_of("https://medium.com/@anna/tea-1f"), author_of("https://linktr.ee/Anna")
    ('blog:anna.example', 'blog:medium.com/@anna', 'page:linktr.ee/anna')
    >>> author_of("https://www.instagram.com/anna/"), author_of("https://youtu.be/1f"), author_of("https://medium.com/")
    ('instagram:anna', None, None)
    """
    address = address_of(text)
    platform, _, rest = (address or "").partition(":")
    host = rest.partition("/")[0]
    return f"blog:{host}" if platform == "page" and host not in _PEOPLE else address


def platform_of(account: str) -> str:
    """Return the platform an account's id begins with; nothing where it names none, as an id of one's own or a pseudonym.

    >>> platform_of("x:12"), platform_of("mastodon:anna@chaos.social"), platform_of("anna"), platform_of("p:d54e1a4c")
    ('x', 'mastodon', '', '')
    """
    platform = account.partition(":")[0] if ":" in account else ""
    return "" if platform == "p" else platform
