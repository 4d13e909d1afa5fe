"""The table of a plan: who is asked and who nearly is, what they are worth, and why."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from suasion.features import GROUPS
from suasion.features.engine.currencies import priced
from suasion.serving.explaining.charts import times
from suasion.training.estimators.base import Floats

from .choose import Choice, price_to_enter
from .limits import Case
from .sentence import figure
from .sure import Standing, words_of

if TYPE_CHECKING:
    from .plan import Wanted

NEAR = 2
"""Near misses of each kind that are told: those of whom most is expected, and those whose conversions cost least."""
CLEAR = 1.1
"""Factor from which a characteristic is given as a reason."""
SHARED = 0.75
"""Share of what somebody brings below which what they add is given as the reason why they are not asked."""


def table_of(
    scores: pd.DataFrame,
    fee: Floats,
    new: Floats,
    case: Case,
    choice: Choice,
    wanted: Wanted,
    drawn: dict[int, tuple[Standing, int]],
) -> pd.DataFrame:
    """Return a row for everybody who is asked, most expected first, and for the near misses."""
    top = max([bound for bound in (wanted.budget, choice.cost) if bound is not None])
    top = min(top, wanted.limits.most_fee) if wanted.limits.most_fee is not None else top
    worth = wanted.worth if wanted.worth is not None else choice.limit if choice.by_slope else math.nan
    # What all candidates have in common is no reason for any of them.
    clear = {group: CLEAR * max(1.0, float(scores[group].median())) for group in GROUPS}
    rows = []
    for row in [*np.flatnonzero(choice.chosen).tolist(), *_near(case, choice)]:
        chosen = bool(choice.chosen[row])
        price = None if chosen else price_to_enter(case, choice, row, wanted.budget, wanted.target, top)
        one = scores.iloc[row]
        entry: dict[str, object] = {
            "influencer_id": one["influencer_id"],
            "ask": chosen,
            "fee": fee[row],
            "posts": one["exposure"],
            "pays_up_to": case.added(choice.chosen, row) * worth if math.isfinite(worth) else math.nan,
            "expected_conversions": case.expected[row],
            "adds": case.added(choice.chosen, row),
            "low": one["low"],
            "high": one["high"],
            "cost_per_conversion": fee[row] / case.expected[row] if case.expected[row] > 0 else math.nan,
        }
        entry |= _stands(drawn.get(row))
        joins = None if math.isnan(new[row]) else bool(new[row])
        entry |= {"new": joins, "asked_up_to": price}
        entry["why"] = (
            _why(one, case, row, wanted, joins, clear) if chosen else _why_not(case, choice, row, wanted, fee)
        )
        rows.append(entry)
    return pd.DataFrame(rows, columns=COLUMNS)


COLUMNS = [
    *("influencer_id", "ask", "fee", "posts", "pays_up_to", "expected_conversions", "adds", "low", "high", "cost_per_conversion"),
    *("certainty", "chance", "rank_low", "rank_high", "rank_low_50", "rank_high_50", "new", "asked_up_to", "why"),
]  # fmt: skip


def _stands(drawn: tuple[Standing, int] | None) -> dict[str, object]:
    if drawn is None:
        return {}
    stands, here = drawn
    chance = float(stands.chance[here])
    return {
        "certainty": words_of(chance),
        "chance": chance,
        "rank_low": int(stands.range_90[0][here]),
        "rank_high": int(stands.range_90[1][here]),
        "rank_low_50": int(stands.range_50[0][here]),
        "rank_high_50": int(stands.range_50[1][here]),
    }


def _near(case: Case, choice: Choice) -> list[int]:
    """Return the rows of those who are nearly asked: of whom most is expected, and whose conversions cost least."""
    others = np.flatnonzero(case.may & ~choice.chosen & (case.expected > 0))
    cheap = others[np.argsort(case.fee[others] / case.expected[others], kind="stable")]
    return list(dict.fromkeys([*others[:NEAR].tolist(), *cheap[:NEAR].tolist()]))


def _why(
    one: pd.Series[float], case: Case, row: int, wanted: Wanted, new: bool | None, clear: Mapping[str, float]
) -> str:
    """Return the reason for somebody who is asked: what sets them above the average, and above the other candidates."""
    factors = sorted(
        ((float(one[group]), group) for group in GROUPS if one[group] >= clear[group]), reverse=True
    )
    said = [f"{group} {times(factor)}" for factor, group in factors[:2]]
    if new and wanted.limits.min_new:
        said.insert(0, "new")
    if case.must[row]:
        said.insert(0, "must be asked")
    return ", ".join(said) or "cheap for what is expected"


def _why_not(case: Case, choice: Choice, row: int, wanted: Wanted, fee: Floats) -> str:
    """Return the reason why somebody is not asked."""
    adds = case.added(choice.chosen, row)
    cost = fee[row] / adds if adds > 0 else math.inf
    if wanted.budget is not None and fee[row] > wanted.budget:
        return "asks more than the budget"
    if wanted.target is None and cost > choice.limit:
        return f"{priced(figure(cost), case.currency)} a conversion is more than {'the limit' if choice.by_slope else 'it is worth'}"
    if adds < SHARED * case.expected[row]:
        return f"{1 - adds / case.expected[row]:.0%} of what they bring comes through others already"
    for name, rule in case.rules:
        if math.isfinite(rule.high) and rule.weight[row] and rule.weight[choice.chosen].sum() >= rule.high:
            return f"{name} are asked already"
    return (
        "others reach the target for no more"
        if wanted.target is not None
        else "the same money brings more with others"
    )
