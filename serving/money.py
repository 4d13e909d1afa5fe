"""What a score is worth in money, and whom to ask within a budget."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

from suasion.features.errors import InputError
from suasion.training.bundle import Bundle

from .candidates import Ask


def add_money(
    scores: pd.DataFrame,
    fee: np.ndarray[tuple[int], np.dtype[np.float64]],
    ask: Ask,
    bundle: Bundle,
    notes: list[str],
) -> None:
    """Add revenue, fee, cost for each conversion, and whom to ask within the budget, where the data tells them."""
    each = bundle.facts.get("revenue_per_conversion")
    expected = scores["expected_conversions"].to_numpy(dtype=np.float64)
    if each is not None:
        scores["expected_revenue"] = expected * each
    if np.isfinite(fee).any():
        scores["fee"] = fee
        # Where next to nothing is expected there is no telling what one conversion costs.
        none = np.full(len(fee), np.nan)
        scores["cost_per_conversion"] = np.divide(fee, expected, out=none, where=expected > 0)
    if ask.budget is None:
        return
    if not np.isfinite(fee).any():
        raise InputError("--budget needs fees: fill the column fee of candidates, or give --fee.")
    if ask.budget <= 0:
        raise InputError(f"--budget is {ask.budget:g}; it must be above 0.")
    unknown = int((~np.isfinite(fee)).sum())
    if unknown:
        notes.append(f"{unknown} candidates have no fee and cannot be asked within a budget.")
    scores["ask"] = within_budget(expected, fee, ask.budget)
    asked = scores[scores["ask"]]
    notes.append(
        f"Ask {len(asked)} for {asked['fee'].sum():,.0f} of {ask.budget:,.0f}: {asked['expected_conversions'].sum():,.1f} conversions expected."
    )


def within_budget(
    expected: np.ndarray[tuple[int], np.dtype[np.float64]],
    fee: np.ndarray[tuple[int], np.dtype[np.float64]],
    budget: float,
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Choose whom to ask for the most expected conversions within a budget: a knapsack, solved by HiGHS.

    >>> within_budget(np.array([6.0, 5.0, 4.0]), np.array([6.0, 4.0, 4.0]), 8.0).tolist()
    [False, True, True]
    """
    open_to = np.isfinite(fee) & (fee <= budget)
    chosen = np.zeros(len(fee), dtype=bool)
    if open_to.any():
        solved = milp(
            -expected[open_to],
            integrality=np.ones(int(open_to.sum())),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(fee[open_to][None, :], ub=budget),
            options={"mip_rel_gap": 1e-6, "time_limit": 30},
        )
        if solved.x is None:
            raise InputError(f"No choice within {budget:g} was found ({solved.message}).")
        chosen[np.flatnonzero(open_to)] = solved.x > 0.5
    return chosen
