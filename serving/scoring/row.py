"""A score as plain values: one candidate of a ranking."""

from __future__ import annotations

from typing import TypedDict


class ScoreRow(TypedDict, total=False):
    """What an answer says of one candidate; money only where it is known, None where a number is infinite or missing."""

    influencer_id: str
    campaign_id: str
    as_of: str
    expected_conversions: float
    low: float | None
    high: float | None
    base: float
    exposure: float
    fee: float | None
    cost_per_conversion: float | None
    expected_revenue: float | None
    currency: str
    """Of amounts, where the data tells it."""
    probability: float | None
    factors: dict[str, float]
    """By characteristic, and of the offer."""
    outside: list[str]
    """Features outside what training saw."""


class PersonRow(ScoreRow, total=False):
    """The same with what a marketer knows the person by."""

    index: int
    """Row of the ranking."""
    place: int
    """Place among all candidates, by forecast."""
    handle: str
    platform: str
    followers: float | None
    new: bool
    """Whether nothing is known of a campaign of theirs in the past."""
    following: str
    """What is to be said of their following."""
    note: str
    """What somebody typed beside them."""
    was: int
    """Place with what is agreed, where another offer is tried."""
