"""Turns what people said and did into numbers for the seven characteristics, as of a moment of decision."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suasion.features.engine.feature import Feature as Feature

    FEATURES: tuple[Feature, ...]

CHARACTERISTICS: tuple[str, ...] = (
    "relevance",
    "frequency",
    "references",
    "conversation",
    "reputation",
    "conversion",
    "momentum",
)
"""The seven, in the essay's order (Douglas Karr, "It's never as simple as fans and followers"): each a module of this package."""

GROUPS: tuple[str, ...] = ("offer", *CHARACTERISTICS)
"""The seven and, before them and apart, the offer: the order of the factors everywhere."""

__all__ = ["CHARACTERISTICS", "FEATURES", "GROUPS", "Feature"]


def __getattr__(name: str) -> object:
    """Return :class:`Feature`, or ``FEATURES``, every declared feature, when first asked for.

    Declarations are ibis expressions, and ibis takes a quarter of a second to import: whoever needs the names of the seven or an
    error does not wait for it.
    """
    if name not in ("FEATURES", "Feature"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    engine = import_module("suasion.features.engine.feature")
    if name == "Feature":
        return engine.Feature
    declared = [engine.declared(import_module(f"{__name__}.{group}")) for group in GROUPS]
    features = tuple(feature for of_one in declared for feature in of_one)
    globals()["FEATURES"] = features
    return features
