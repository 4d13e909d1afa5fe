"""References: others refer to them, by reshare, backlink, comment and mention, and the better the more standing they have.

The table is called mentions: ``references`` is a reserved word of SQL.
"""

from __future__ import annotations

from suasion.features.engine.feature import (
    Rows,
    Value,
    combine,
    count,
    count_where,
    feature,
    median_ratio,
    share,
)


@feature(days=(30, 90, 365), unit="references", monotonic=+1, fill=0)
def received(references: Rows) -> Value:
    """References by others, of any kind."""
    return count(references)


@feature(days=(90, 365), unit="accounts", monotonic=+1, fill=0)
def referrers(referrers: Rows) -> Value:
    """Distinct accounts that referred to them."""
    return count(referrers)


@feature(days=(90, 365), unit="references", monotonic=+1, fill=0)
def relevant_received(relevant_references: Rows) -> Value:
    """References made in posts that are relevant to the brief."""
    return count_where(relevant_references, relevant_references.is_relevant)


@feature(days=(365,), unit="standing", monotonic=+1, fill=0)
def weighted_received(references: Rows) -> Value:
    """References, each weighted by the standing of who made it (PageRank; 1 is average)."""
    return references.standing.sum()


@feature(unit="standing", monotonic=+1)
def own_standing(standing: Rows) -> Value:
    """Their own standing on the first of the month (PageRank; 1 is average)."""
    return standing.standing.max()


@feature(days=(365,), unit="references", monotonic=+1, fill=0)
def reshares(references: Rows) -> Value:
    """Reshares of what they wrote."""
    return count(references.where(references.kind == "reshare"))


@feature(days=(365,), unit="references", monotonic=+1, fill=0)
def backlinks(references: Rows) -> Value:
    """Links to what they wrote."""
    return count(references.where(references.kind == "backlink"))


@feature(days=(365,), unit="share", monotonic=-1)
def reciprocal_share(references: Rows) -> Value:
    """Share of references by accounts that they refer to themselves: a ring of friends, or of bought praise."""
    return share(references, references.reciprocal)


@feature(days=(365,), unit="references", monotonic=+1, fill=0)
def net_received(references: Rows) -> Value:
    """References by accounts that they do not refer to."""
    return count(references.where(~references.reciprocal))


@combine(days=(90, 365), unit="references a post", monotonic=+1)
def per_post(references__received: Value, frequency__posts_per_week: Value, days: int) -> Value:
    """References for each post they wrote."""
    return references__received / (frequency__posts_per_week * days / 7.0).nullif(0.0)


@combine(days=(90, 365), unit="references a 1,000 followers", monotonic=+1)
def per_follower(references__received: Value, momentum__followers: Value) -> Value:
    """References for each thousand of the audience: low where followers were bought."""
    return references__received * 1000.0 / momentum__followers.nullif(0.0)


@feature(days=(365,), unit="likes a post", monotonic=+1)
def median_likes(counted: Rows) -> Value:
    """Median likes of their posts: one that everybody saw does not move it."""
    return counted.likes.median()


@feature(days=(365,), unit="comments a post", monotonic=+1)
def median_comments(counted: Rows) -> Value:
    """Median comments on their posts."""
    return counted.comments.median()


@feature(days=(365,), unit="shares a post", monotonic=+1)
def median_shares(counted: Rows) -> Value:
    """Median shares of their posts."""
    return counted.shares.median()


@feature(days=(365,), unit="saves a post", monotonic=+1)
def median_saves(counted: Rows) -> Value:
    """Median saves of their posts."""
    return counted.saves.median()


@feature(days=(365,), unit="interactions a post", monotonic=+1)
def median_engagement(counted: Rows) -> Value:
    """Median likes, comments, shares and saves of their posts together, those that are known."""
    return counted.engagement.median()


@combine(days=(365,), unit="interactions a 1,000 followers", monotonic=+1)
def engagement_per_follower(references__median_engagement: Value, momentum__followers: Value) -> Value:
    """Median likes, comments, shares and saves of a post for each thousand of the audience: low where followers were bought."""
    return references__median_engagement * 1000.0 / momentum__followers.nullif(0.0)


@feature(days=(365,), unit="interactions a view", monotonic=+1)
def engagement_per_view(counted: Rows) -> Value:
    """Median over their posts of likes, comments, shares and saves together, those that are known, for each view."""
    return median_ratio(counted.engagement, counted.seen)


@feature(days=(365,), unit="shares a view", monotonic=+1)
def shares_per_view(counted: Rows) -> Value:
    """Median over their posts of shares for each view: who sees it passes it on."""
    return median_ratio(counted.shares, counted.seen)


@feature(days=(365,), unit="saves a view", monotonic=+1)
def saves_per_view(counted: Rows) -> Value:
    """Median over their posts of saves for each view: who sees it keeps it."""
    return median_ratio(counted.saves, counted.seen)


@feature(unit="ratio", monotonic=+1)
def engagement_rate(averages: Rows) -> Value:
    """Reactions a post for each follower, as a tool last told them; of somebody's accounts the mean."""
    return averages.engagement_rate.mean()


@feature(unit="likes a post", monotonic=+1)
def average_likes(averages: Rows) -> Value:
    """Likes a post, as a tool last told them; of somebody's accounts the mean."""
    return averages.average_likes.mean()
