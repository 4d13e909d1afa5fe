"""Frequency: often and recently; an abandoned account loses its influence."""

from __future__ import annotations

import math

from suasion.features.engine.feature import (
    Rows,
    Value,
    count,
    count_distinct,
    count_where,
    days_between,
    feature,
)


@feature(days=(30, 90, 365), unit="posts a week", monotonic=+1, fill=0)
def posts_per_week(posts: Rows, days: int) -> Value:
    """Posts a week."""
    return count(posts) * 7.0 / days


@feature(days=(30, 90, 365), unit="posts a week", monotonic=+1, fill=0)
def relevant_posts_per_week(relevant: Rows, days: int) -> Value:
    """Posts a week that are relevant to the brief."""
    return count_where(relevant, relevant.is_relevant) * 7.0 / days


@feature(unit="days", monotonic=-1)
def days_since_last_post(posts: Rows) -> Value:
    """Days since they last wrote anything; missing if they never did."""
    return posts.age.min()


@feature(days=(365,), unit="days", monotonic=-1)
def days_since_relevant_post(relevant: Rows) -> Value:
    """Days since they last wrote something relevant to the brief; missing if they did not."""
    return relevant.where(relevant.is_relevant).age.min()


@feature(days=(90, 365), unit="weeks", monotonic=+1, fill=0)
def active_weeks(posts: Rows) -> Value:
    """Weeks, counted back from the decision, in which they wrote anything."""
    return count_distinct((posts.age / 7.0).floor())


@feature(days=(365,), unit="days", monotonic=-1)
def longest_silence(posts: Rows) -> Value:
    """Longest time between one post and the next, the silence up to the decision included."""
    return days_between(posts.at, posts.next_at).max()


@feature(days=(365,), unit="posts", monotonic=+1, fill=0)
def decayed_posts(posts: Rows) -> Value:
    """Posts, each counting half as much for every 30 days that passed since."""
    return (posts.age * (-math.log(2) / 30)).exp().sum()


@feature(days=(365,), unit="share")
def video_share(posts: Rows) -> Value:
    """Share of their posts that are videos, short ones and live ones included, of those of which that is known."""
    known = posts.where(posts.format.notnull())
    return count(known.where(known.format.isin(["video", "short", "live"]))) / count(known).nullif(0.0)


@feature(days=(90,), unit="stories a week", monotonic=+1)
def stories_per_week(posts: Rows, days: int) -> Value:
    """Stories a week; missing where none is known, for most exports leave them out."""
    return count(posts.where(posts.format == "story")).nullif(0.0) * 7.0 / days


@feature(days=(30, 90), unit="campaigns", fill=0)
def campaigns(engagements: Rows) -> Value:
    """Campaigns they took part in: an audience that was asked lately may have bought what it wants."""
    return count(engagements)


@feature(unit="posts", cumulative=True)
def posts_ever(averages: Rows) -> Value:
    """Posts there are of the account, as last told; of somebody's accounts all."""
    return averages.posts_count.sum()
