"""Momentum: influence changes; look for continual growth and not for one jump that may have been bought."""

from __future__ import annotations

from suasion.features.engine.feature import (
    Rows,
    Value,
    at_least,
    combine,
    count,
    earliest,
    feature,
    growth,
    latest,
    log_ratio,
    median_ratio,
    newer,
    older,
    share,
)


@feature(unit="people", monotonic=+1, elasticity=0.25)
def followers(audience: Rows) -> Value:
    """Size of the audience at the last snapshot: the level that growth starts from."""
    return latest(audience.followers, audience.at)


@feature(days=(30, 90, 365), unit="log ratio", monotonic=+1)
def follower_growth(audience: Rows) -> Value:
    """Growth of the audience from first to last snapshot of the window; missing with fewer than two, and from or to nobody."""
    known = audience.where(audience.followers.notnull())
    # First and last of `known` are those of `audience`, in a query a third as long: both pass over what is not known.
    first, last = earliest(audience.followers, audience.at), latest(audience.followers, audience.at)
    return at_least(2, known, growth(first, last))


@feature(days=(90, 365), unit="log ratio", monotonic=+1)
def follower_acceleration(audience: Rows, days: int) -> Value:
    """Growth in the later half of the window less growth in the earlier half; missing without two snapshots in each."""
    return follower_growth.build(newer(audience, days)) - follower_growth.build(older(audience, days))


@feature(days=(90, 365), unit="log ratio a week", monotonic=+1)
def median_weekly_growth(weekly_audience: Rows) -> Value:
    """Median of the audience's weekly growth: single jumps do not move it."""
    return weekly_audience.growth.median()


@feature(days=(90, 365), unit="share", monotonic=+1)
def growing_weeks(weekly_audience: Rows) -> Value:
    """Share of weeks in which the audience grew."""
    return share(weekly_audience, weekly_audience.gain > 0)


@feature(days=(365,), unit="share", monotonic=-1)
def largest_jump(weekly_audience: Rows) -> Value:
    """Share of all that was gained that came in the best week; missing with fewer than four weeks: one jump may be bought."""
    gained = weekly_audience.where(weekly_audience.gain > 0).gain
    return at_least(4, weekly_audience, gained.max() / gained.sum().nullif(0.0))


@feature(unit="ratio")
def followers_per_following(audience: Rows) -> Value:
    """Followers for each account they follow, at the last snapshot that tells both; missing where they follow nobody."""
    both = audience.where(audience.followers.notnull() & audience.following.notnull())
    return latest(both.followers, both.at) / latest(both.following, both.at).nullif(0.0)


@feature(days=(90, 365), unit="log ratio", monotonic=+1, fill=0)
def reference_growth(references: Rows, days: int) -> Value:
    """Growth of references from the earlier to the later half of the window."""
    return log_ratio(count(newer(references, days)), count(older(references, days)))


@feature(days=(90, 365), unit="log ratio", monotonic=+1, fill=0)
def post_growth(posts: Rows, days: int) -> Value:
    """Growth of their posting from the earlier to the later half of the window."""
    return log_ratio(count(newer(posts, days)), count(older(posts, days)))


@feature(days=(365,), unit="views a post", monotonic=+1)
def median_views(counted: Rows) -> Value:
    """Median views of their posts: the audience that is there, whatever was bought."""
    return counted.seen.median()


@feature(days=(365,), unit="log ratio", monotonic=+1)
def views_growth(counted: Rows, days: int) -> Value:
    """Growth of median views a post from the earlier to the later half of the window."""
    return growth(older(counted, days).seen.median(), newer(counted, days).seen.median())


@feature(days=(365,), unit="log ratio", monotonic=+1)
def engagement_growth(counted: Rows, days: int) -> Value:
    """Growth of median likes, comments, shares and saves of a post together, those that are known, from the earlier to the later half."""
    return growth(older(counted, days).engagement.median(), newer(counted, days).engagement.median())


@feature(days=(365,), unit="people a view", monotonic=+1)
def follows_per_view(counted: Rows) -> Value:
    """Median over their posts of new followers for each view: the growth that posts bring by themselves."""
    return median_ratio(counted.follows, counted.seen)


@combine(days=(365,), unit="views a follower", monotonic=+1)
def views_per_follower(momentum__median_views: Value, momentum__followers: Value) -> Value:
    """Median views of a post for each of the audience: bought followers do not watch."""
    return momentum__median_views / momentum__followers.nullif(0.0)


@feature(unit="views a post", monotonic=+1)
def average_views(averages: Rows) -> Value:
    """Views a post, as a tool last told them; of somebody's accounts the mean."""
    return averages.average_views.mean()
