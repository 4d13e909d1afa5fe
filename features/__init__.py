"""Turns what people said and did into numbers for the seven characteristics, as of a moment of decision."""

from __future__ import annotations

from suasion.features.engine.feature import Feature, declared

from . import conversation, conversion, frequency, momentum, offer, references, relevance, reputation

CHARACTERISTICS: tuple[str, ...] = tuple(
    module.__name__.rpartition(".")[2]
    for module in (relevance, frequency, references, conversation, reputation, conversion, momentum)
)
"""The seven, in the essay's order (Douglas Karr, "It's never as simple as fans and followers")."""

GROUPS: tuple[str, ...] = ("offer", *CHARACTERISTICS)
"""The seven and, before them and apart, the offer: the order of the factors everywhere."""

FEATURES: tuple[Feature, ...] = tuple(
    feature
    for module in (offer, relevance, frequency, references, conversation, reputation, conversion, momentum)
    for feature in declared(module)
)
"""Every declared feature."""

__all__ = ["CHARACTERISTICS", "FEATURES", "GROUPS", "Feature"]
