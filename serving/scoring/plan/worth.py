"""What a score is worth in money."""

from __future__ import annotations

import numpy as np
import pandas as pd

from suasion.features.engine.currencies import priced
from suasion.features.errors import InputError
from suasion.training.bundle.folder import Bundle
from suasion.training.estimators.base import Floats


def worth_of_one(value: float | None, bundle: Bundle) -> float | None:
    """Return what a conversion is worth: as given, else its revenue in past outcomes; None where neither is known.

    Raises
    ------
    InputError
        When what is given is no amount above 0.
    """
    if value is None:
        return bundle.facts.get("revenue_per_conversion")
    if not (np.isfinite(value) and value > 0):
        raise InputError(f"--value is {value:g}; what a conversion is worth must be above 0.")
    return value


NOBODY = "Nobody is expected to earn their fee: "
"""How the sentence begins that changes how a plan may be read."""


def nobody_earns(worth: float | None, least: float, currency: str) -> str:
    """Return that nobody is expected to earn their fee; empty where somebody is, or it is not known. ``least`` is what the cheapest conversion costs."""
    if worth is None or least < worth or not np.isfinite(least):
        return ""
    return f"{NOBODY}a conversion is worth {priced(f'{worth:,.2f}', currency)} and costs {priced(f'{least:,.2f}', currency)} or more."


def cheapest(expected: Floats, fee: Floats) -> float:
    """Return what a conversion costs of whom it costs least; infinite where no fee is known."""
    known = np.isfinite(fee) & (expected > 0)
    with np.errstate(over="ignore"):  # of next to nothing, one costs more than a double can tell
        costs = np.divide(fee, expected, out=np.full(fee.shape, np.inf), where=known)
    return float(costs.min())


def add_value(scores: pd.DataFrame, fee: Floats, bundle: Bundle, currency: str) -> None:
    """Add revenue, fee and cost for each conversion, and their currency, where the data tells them."""
    each = bundle.facts.get("revenue_per_conversion")
    expected = scores["expected_conversions"].to_numpy(dtype=np.float64)
    if each is not None:
        scores["expected_revenue"] = expected * each
    if np.isfinite(fee).any():
        scores["fee"] = fee
        # Where next to nothing is expected there is no telling what one conversion costs.
        none = np.full(len(fee), np.nan)
        with np.errstate(over="ignore"):
            scores["cost_per_conversion"] = np.divide(fee, expected, out=none, where=expected > 0)
    if currency and {"expected_revenue", "fee"} & {*scores.columns}:
        scores["currency"] = currency
