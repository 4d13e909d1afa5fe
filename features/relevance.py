"""Relevance: takes part in conversations that are about what the campaign is about."""

from __future__ import annotations

from .feature import Rows, Value, count, feature, share


@feature(days=(90, 365), unit="cosine", expect=+1)
def mean_closeness(relevant: Rows) -> Value:
    """Mean closeness of their posts to the brief."""
    return relevant.cosine.mean()


@feature(days=(365,), unit="cosine", expect=+1)
def best_closeness(relevant: Rows) -> Value:
    """Closeness of their nearest post to the brief."""
    return relevant.cosine.max()


@feature(days=(365,), unit="cosine", expect=+1)
def recent_closeness(relevant: Rows) -> Value:
    """Mean closeness with a half-life of 60 days, so that what they talk about now weighs most."""
    weight = (relevant.age * (-0.6931471805599453 / 60.0)).exp()
    return (relevant.cosine * weight).sum() / weight.sum()


@feature(days=(90, 365), unit="share", expect=+1)
def relevant_share(relevant: Rows) -> Value:
    """Share of their posts that are relevant to the brief."""
    return share(relevant.where(relevant.is_relevant), relevant)


@feature(days=(90, 365), unit="posts", expect=+1, empty=0)
def relevant_posts(relevant: Rows) -> Value:
    """Number of their posts that are relevant to the brief."""
    return count(relevant.where(relevant.is_relevant))


@feature(days=(365,), unit="cosine", expect=+1)
def thread_closeness(relevant: Rows) -> Value:
    """Mean closeness to the brief of the posts they answer: the conversations they join."""
    return relevant.thread_cosine.mean()


@feature(days=(365,), unit="posts", expect=+1, empty=0)
def relevant_threads(relevant: Rows) -> Value:
    """Number of their answers to posts that are relevant to the brief."""
    return count(relevant.where(relevant.thread_relevant))


@feature(days=(365,), unit="cosine")
def spread(relevant: Rows) -> Value:
    """Standard deviation of their posts' closeness: focus against spread."""
    return relevant.cosine.std(how="pop")
