"""Conversion: the audience acts. Past outcomes, known by then, shrunk for small samples.

How the rates are shrunk stands in :mod:`suasion.features.engine.shrinkage`.
"""

from __future__ import annotations

from suasion.features.engine.feature import Rows, Value, count, feature, median_ratio, share


@feature(unit="conversions a post", monotonic=+1, elasticity=0.8, fades=200)
def shrunk_rate(experience: Rows) -> Value:
    """Past conversions for each exposure, drawn to everybody's rate; for a newcomer, that rate."""
    return experience.own_rate.max()


@feature(unit="conversions a post", monotonic=+1)
def shrunk_rate_category(experience: Rows) -> Value:
    """Past conversions for each exposure in this category, drawn to their own rate times the category's lift; missing where that is not known."""
    return experience.own_category_rate.max()


@feature(unit="conversions a post", monotonic=+1)
def shrunk_rate_brand(experience: Rows) -> Value:
    """Past conversions for each exposure with this brand, drawn to their own rate times the brand's lift; missing where that is not known."""
    return experience.own_brand_rate.max()


@feature(unit="campaigns", fill=0, cumulative=True)
def campaigns(past: Rows) -> Value:
    """Campaigns whose outcome is known: how much there is to go by."""
    return count(past)


@feature(days=(365,), unit="conversions", monotonic=+1, fill=0)
def conversions(past: Rows) -> Value:
    """Conversions in campaigns decided in the window, net of refunds."""
    return past.net.sum()


@feature(unit="share", monotonic=+1)
def converting_share(past: Rows) -> Value:
    """Share of past campaigns with any conversion."""
    return share(past, past.net > 0)


@feature(unit="share", monotonic=-1)
def refund_share(past: Rows) -> Value:
    """Share of past conversions that were given back, in campaigns of which that is known."""
    with_refunds = past.where(past.refunds.notnull())
    return with_refunds.refunds.sum() / with_refunds.conversions.sum().nullif(0.0)


@feature(unit="days", monotonic=-1, cumulative=True)
def days_since_conversion(past: Rows) -> Value:
    """Days since the decision on the last campaign that brought a conversion."""
    return past.where(past.net > 0).age.min()


@feature(unit="conversions a post", monotonic=+1, cumulative=True)
def best_rate(past: Rows) -> Value:
    """Highest conversions for each exposure of any past campaign."""
    return (past.net / past.exposure.nullif(0.0)).max()


@feature(days=(365,), unit="clicks a view", monotonic=+1)
def clicks_per_view(counted: Rows) -> Value:
    """Median over their posts of clicks for each view: whether the audience follows a link."""
    return median_ratio(counted.clicks, counted.seen)


@feature(unit="clicks a post", monotonic=+1)
def clicks_per_post(past: Rows) -> Value:
    """Median over past campaigns of clicks for each exposure: whether the audience came to look, bought or not."""
    return median_ratio(past.clicks, past.exposure)


@feature(unit="conversions a click", monotonic=+1)
def conversions_per_click(past: Rows) -> Value:
    """Past conversions for each click, in campaigns of which clicks are known: whether those who came to look acted."""
    clicked = past.where(past.clicks.notnull())
    return clicked.net.sum() / clicked.clicks.sum().nullif(0.0)
