"""Where somebody's profile is, by platform and name; nothing where that is not certain."""

from __future__ import annotations

import re

from suasion.serving.loaded import Engine
from suasion.serving.scoring.campaigns import Account

NAMED = {
    "instagram": ("Instagram", "https://www.instagram.com/{}/"),
    "tiktok": ("TikTok", "https://www.tiktok.com/@{}"),
    "youtube": ("YouTube", "https://www.youtube.com/@{}"),
    "x": ("X", "https://x.com/{}"),
    "bluesky": ("Bluesky", "https://bsky.app/profile/{}"),
    "reddit": ("Reddit", "https://www.reddit.com/user/{}/"),
}
"""Platforms whose profiles stand under the name of the account: in words, and the address."""
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?", re.ASCII)
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}", re.ASCII)
_STACK_EXCHANGE = re.compile(
    r"(?:[a-z0-9-]+\.)?(?:stackexchange|stackoverflow|serverfault|superuser|askubuntu|stackapps)\.com|mathoverflow\.net",
    re.ASCII,
)


def profile_of(account: Account) -> tuple[str, str] | None:
    """Return the platform in words and the address of a profile; None where platform or name tell none.

    >>> profile_of(Account("i7", "instagram", "@anna.brew"))
    ('Instagram', 'https://www.instagram.com/anna.brew/')
    >>> profile_of(Account("42", "beer.stackexchange.com", "Anna")), profile_of(Account("i7", "newsletter", "anna"))
    (('beer.stackexchange.com', 'https://beer.stackexchange.com/users/42'), None)
    """
    platform = (account.platform or "").strip().casefold()
    platform = "x" if platform == "twitter" else platform
    name = (account.handle or "").strip().removeprefix("@")
    bare = account.account_id.removeprefix(f"{platform}:")
    if platform == "youtube" and re.fullmatch(r"UC[A-Za-z0-9_-]{22}", bare):
        return "YouTube", f"https://www.youtube.com/channel/{bare}"
    if platform == "mastodon":
        user, _, host = (bare if "@" in bare else name).partition("@")
        fits = _NAME.fullmatch(user) and _HOST.fullmatch(host)
        return ("Mastodon", f"https://{host}/@{user}") if fits else None
    if _STACK_EXCHANGE.fullmatch(platform):
        return (platform, f"https://{platform}/users/{bare}") if re.fullmatch(r"[0-9]{1,18}", bare) else None
    if platform not in NAMED or not _NAME.fullmatch(name):
        return None
    words, address = NAMED[platform]
    return words, address.format(name)


def profiles_of(engine: Engine, influencer: str) -> list[tuple[str, str]]:
    """Return the profiles of somebody's accounts; none of people who are simulated, whose names may be those of others."""
    if engine.simulated:
        return []
    return [profile for account in engine.accounts.get(influencer, ()) if (profile := profile_of(account))]
