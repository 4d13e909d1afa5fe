"""Conversation: answers questions, faces criticism, cites others, even a competitor."""

from __future__ import annotations

from suasion.features.engine.feature import (
    Rows,
    Value,
    at_least,
    count,
    count_distinct,
    count_where,
    feature,
    median_ratio,
    share,
)

ABOVE = 1 + 1e-9
"""Standing is a limit, reached to some 1e-12 (:mod:`suasion.features.engine.pagerank`): who differs by no more stands alike."""


@feature(days=(90, 365), unit="replies", monotonic=+1, fill=0)
def replies_received(replies: Rows) -> Value:
    """Replies by others to what they wrote."""
    return count(replies)


@feature(days=(365,), unit="share", monotonic=+1)
def questions_answered(replies: Rows) -> Value:
    """Share of the questions put to them that they answered."""
    return share(replies.where(replies.asks), replies.answered)


@feature(days=(365,), unit="share", monotonic=+1)
def criticism_answered(replies: Rows) -> Value:
    """Share of critical replies that they answered."""
    return share(replies.where(replies.criticises), replies.answered)


@feature(days=(365,), unit="share")
def criticism_share(replies: Rows) -> Value:
    """Share of the replies they get that are critical, of those whose text is known; missing with fewer than three."""
    return at_least(3, replies.where(replies.criticises.notnull()), share(replies, replies.criticises))


@feature(days=(365,), unit="hours", monotonic=-1)
def hours_to_answer(replies: Rows) -> Value:
    """Mean hours until they answered a reply, of those they answered."""
    return replies.where(replies.answered).hours.mean()


@feature(days=(90, 365), unit="turns", monotonic=+1, fill=0)
def turns(replies: Rows) -> Value:
    """Replies that they answered in turn: conversation back and forth."""
    return count(replies.where(replies.answered))


@feature(days=(90, 365), unit="share")
def reply_share(posts: Rows) -> Value:
    """Share of their posts that answer somebody."""
    return count(posts.where(posts.reply_to_id.notnull())) / count(posts).nullif(0.0)


@feature(days=(365,), unit="accounts", monotonic=+1, fill=0)
def peers_cited(cited: Rows) -> Value:
    """Distinct accounts they refer to."""
    return count_distinct(cited.influencer_id)


@feature(days=(365,), unit="share", monotonic=+1)
def leaders_cited(cited: Rows) -> Value:
    """Share of their references that go to accounts of higher standing than their own."""
    return share(cited, cited.standing > cited.own_standing * ABOVE)


@feature(days=(365,), unit="references", monotonic=+1, fill=0)
def rivals_cited(cited: Rows) -> Value:
    """References to others who take part in other campaigns of the same category; missing where the category is not known."""
    return count_where(cited, cited.is_rival)


@feature(days=(365,), unit="links a post")
def links_per_post(posts: Rows) -> Value:
    """Links in each post whose links are known: showing one's sources, or advertising."""
    return posts.links.length().mean()


@feature(days=(365,), unit="comments a view", monotonic=+1)
def comments_per_view(counted: Rows) -> Value:
    """Median over their posts of comments for each view."""
    return median_ratio(counted.comments, counted.seen)


@feature(days=(365,), unit="comments a like")
def comments_per_like(counted: Rows) -> Value:
    """Median of comments for each like, over their posts of which views are not known."""
    # Where views are known, comments_per_view says it, and likes, which are references, would speak here too.
    unseen = counted.where(counted.seen.isnull())
    return median_ratio(unseen.comments, unseen.likes)


@feature(unit="comments a post", monotonic=+1)
def average_comments(averages: Rows) -> Value:
    """Comments a post, as a tool last told them; of somebody's accounts the mean."""
    return averages.average_comments.mean()
