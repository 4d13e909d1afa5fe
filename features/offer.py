"""Offer: what is agreed. The eighth group and no characteristic, shown apart, so that a generous discount is never
mistaken for influence.

Columns of candidates and outcomes whose name starts with ``offer_`` are features of this group as well, one each
(:mod:`suasion.features.engine.feature.extra`). Of the platforms, those are used that are seen often enough in training
(:func:`suasion.training.examples.without_rare_places`).
"""

from __future__ import annotations

import ibis

from suasion.features.engine.feature import YES_OR_NO, Declaration, Rows, Value, days_between, feature


@feature(unit="posts")
def exposure(agreed: Rows) -> Value:
    """Calls to be made, as agreed; conversions are counted for each, so this tells whether the tenth still brings as much."""
    return agreed.exposure.max()


@feature(unit="currency")
def fee(agreed: Rows) -> Value:
    """What they are paid, as agreed."""
    return agreed.fee.max()


@feature(unit="currency a post")
def fee_per_post(agreed: Rows) -> Value:
    """What they are paid for each call."""
    return (agreed.fee / agreed.exposure.nullif(0.0)).max()


@feature(unit="share", monotonic=+1)
def discount(agreed: Rows) -> Value:
    """Discount that the audience is offered."""
    return agreed.discount.max()


@feature(unit="days", per_campaign=True)
def campaign_days(agreed: Rows) -> Value:
    """Length of the campaign, as last told before the decision."""
    return days_between(agreed.starts_at, agreed.ends_at).max()


@feature(unit="sine of the year", per_campaign=True)
def season_sine(agreed: Rows) -> Value:
    """Season of the campaign's start, first coordinate: highest at the end of March."""
    return (agreed.starts_at.day_of_year() * (2.0 * 3.141592653589793 / 365.25)).sin().max()


@feature(unit="cosine of the year", per_campaign=True)
def season_cosine(agreed: Rows) -> Value:
    """Season of the campaign's start, second coordinate: highest at New Year."""
    return (agreed.starts_at.day_of_year() * (2.0 * 3.141592653589793 / 365.25)).cos().max()


def _on_platform(platform: str, called: str, *names: str) -> Declaration:
    """Return whether somebody has an account on a platform, which goes by these names; missing where no platform is known."""

    def on(profile: Rows) -> Value:
        place = profile.platform.strip().lower().nullif("")
        there = place.isin([platform, *names])
        return ibis.cases((there, 1.0), (~there, 0.0)).max()

    on.__name__ = on.__qualname__ = f"on_{platform}"
    on.__doc__ = f"Asked on {called}: whether an account of theirs is there."
    return feature(unit=YES_OR_NO)(on)


on_instagram = _on_platform("instagram", "Instagram")
on_tiktok = _on_platform("tiktok", "TikTok")
on_youtube = _on_platform("youtube", "YouTube")
on_facebook = _on_platform("facebook", "Facebook")
on_x = _on_platform("x", "X", "twitter")
on_twitch = _on_platform("twitch", "Twitch")
on_linkedin = _on_platform("linkedin", "LinkedIn")
on_threads = _on_platform("threads", "Threads")
on_bluesky = _on_platform("bluesky", "Bluesky")
on_mastodon = _on_platform("mastodon", "Mastodon")
on_reddit = _on_platform("reddit", "Reddit")
on_pinterest = _on_platform("pinterest", "Pinterest")
on_snapchat = _on_platform("snapchat", "Snapchat")
on_telegram = _on_platform("telegram", "Telegram")
on_substack = _on_platform("substack", "Substack")
on_podcast = _on_platform("podcast", "a podcast")
on_blog = _on_platform("blog", "a blog")
