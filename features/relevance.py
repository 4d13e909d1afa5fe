"""Relevance: takes part in conversations that are about what the campaign is about.

How close a post is to the brief is known where the text space knows a word of its text. A picture is neither near nor far:
means and shares are over posts whose closeness is known, and where there are posts but it is known of none, nothing is said.
"""

from __future__ import annotations

import ibis

from suasion.features.engine.feature import Rows, Value, count_where, feature, growth, share


@feature(days=(90, 365), unit="cosine", monotonic=+1)
def mean_closeness(relevant: Rows) -> Value:
    """Mean closeness of their posts to the brief."""
    return relevant.cosine.mean()


@feature(days=(365,), unit="cosine", monotonic=+1)
def best_closeness(relevant: Rows) -> Value:
    """Closeness of their nearest post to the brief."""
    return relevant.cosine.max()


@feature(days=(365,), unit="cosine", monotonic=+1)
def recent_closeness(relevant: Rows) -> Value:
    """Mean closeness with a half-life of 60 days, so that what they talk about now weighs most."""
    weight = (relevant.age * (-0.6931471805599453 / 60.0)).exp()
    return (relevant.cosine * weight).sum() / ibis.ifelse(
        relevant.cosine.notnull(), weight, 0.0
    ).sum().nullif(0.0)


@feature(days=(90, 365), unit="share", monotonic=+1)
def relevant_share(relevant: Rows) -> Value:
    """Share of their posts that are relevant to the brief, of those whose closeness is known."""
    return share(relevant, relevant.is_relevant)


@feature(days=(90, 365), unit="posts", monotonic=+1, fill=0)
def relevant_posts(relevant: Rows) -> Value:
    """Number of their posts that are relevant to the brief."""
    return count_where(relevant, relevant.is_relevant)


@feature(days=(365,), unit="cosine", monotonic=+1)
def thread_closeness(relevant: Rows) -> Value:
    """Mean closeness to the brief of the posts they answer: the conversations they join."""
    return relevant.thread_cosine.mean()


@feature(days=(365,), unit="posts", monotonic=+1, fill=0)
def relevant_threads(relevant: Rows) -> Value:
    """Number of their answers to posts that are relevant to the brief."""
    return count_where(relevant.where(relevant.answers), relevant.thread_relevant)


@feature(days=(365,), unit="cosine")
def spread(relevant: Rows) -> Value:
    """Standard deviation of their posts' closeness: focus against spread."""
    return relevant.cosine.std(how="pop")


@feature(days=(365,), unit="cosine", monotonic=+1)
def audience_closeness(relevant_answers: Rows) -> Value:
    """Mean closeness to the brief of what others answer them: what their audience came for."""
    return relevant_answers.cosine.mean()


@feature(days=(365,), unit="share", monotonic=+1)
def audience_relevant_share(relevant_answers: Rows) -> Value:
    """Share of what others answer them that is relevant to the brief, of what its closeness is known of."""
    return share(relevant_answers, relevant_answers.is_relevant)


@feature(days=(365,), unit="log ratio", monotonic=+1)
def views_of_relevant(relevant_counted: Rows) -> Value:
    """Median views of their relevant posts against the median of all their posts: whether this audience comes for the topic."""
    relevant = relevant_counted.where(relevant_counted.is_relevant)
    return growth(relevant_counted.seen.median(), relevant.seen.median())


@feature(days=(365,), unit="log ratio", monotonic=+1)
def comments_on_relevant(relevant_counted: Rows) -> Value:
    """Median comments on their relevant posts against the median of all their posts: whether this audience talks about the topic."""
    relevant = relevant_counted.where(relevant_counted.is_relevant)
    return growth(relevant_counted.comments.median(), relevant.comments.median())


@feature(unit="share", monotonic=+1)
def country_share(countries: Rows) -> Value:
    """Share of the audience in the countries of the campaign, as a tool last told it; of somebody's accounts the mean."""
    return countries.share.mean()
