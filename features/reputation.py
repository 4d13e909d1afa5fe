"""Reputation: degree, book, title, badge; dated, and as near to the brief as may be."""

from __future__ import annotations

import ibis

from suasion.features.engine.feature import (
    YES_OR_NO,
    Rows,
    Value,
    count,
    count_distinct,
    days_between,
    feature,
    share,
)


@feature(days=(365,), unit="credentials", monotonic=+1, fill=0)
def recent_credentials(credentials: Rows) -> Value:
    """Credentials awarded in the window."""
    return count(credentials)


@feature(unit="credentials", monotonic=+1, fill=0, cumulative=True)
def all_credentials(credentials: Rows) -> Value:
    """Credentials ever awarded."""
    return count(credentials)


@feature(unit="kinds", monotonic=+1, fill=0, cumulative=True)
def kinds(credentials: Rows) -> Value:
    """Distinct kinds of credential."""
    return count_distinct(credentials.kind)


@feature(unit="share", monotonic=+1)
def verified_share(credentials: Rows) -> Value:
    """Share of the credentials that somebody checked, of those of which that is known."""
    return share(credentials, credentials.verified)


@feature(unit="cosine", monotonic=+1, cumulative=True)
def closest_credential(credentials: Rows) -> Value:
    """Closeness to the brief of the credential whose subject is nearest."""
    return credentials.closeness.max()


@feature(unit="cosines", monotonic=+1, cumulative=True)
def relevant_credentials(credentials: Rows) -> Value:
    """Credentials, each counting by the closeness of its subject to the brief where that is positive."""
    closeness = credentials.closeness
    return ibis.cases((closeness > 0, closeness), (closeness <= 0, 0.0)).sum()


@feature(unit="days", cumulative=True)
def days_since_credential(credentials: Rows) -> Value:
    """Days since the last award."""
    return credentials.age.min()


@feature(unit="days", cumulative=True)
def account_age(profile: Rows) -> Value:
    """Age of the account, where it is known when it was made."""
    return days_between(profile.created_at, profile.as_of).max()


@feature(unit=YES_OR_NO, monotonic=+1)
def is_verified(averages: Rows) -> Value:
    """Whether the account is verified, as last told; of somebody's accounts whether any is."""
    return averages.verified.max()


@feature(unit="share", monotonic=+1)
def real_share(averages: Rows) -> Value:
    """Share of the followers that are real people, as a tool last told it; of somebody's accounts the mean."""
    return averages.real_share.mean()
