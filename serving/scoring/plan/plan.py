"""The plan: whom to ask, what may come of it, what it is held against, and what would change it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from suasion.features import GROUPS
from suasion.features.errors import InputError
from suasion.training.bundle.folder import Bundle
from suasion.training.estimators.base import Floats

from .audience import Audience, Overlap
from .choose import Choice, for_target, price_to_enter, within_budget
from .draws import SEED, draws, quantile
from .fees import UsualFees
from .limits import Case, Limits, Platforms, case_of
from .rivals import FOLLOWERS, Rival, column_of, newcomers, rivals
from .sentence import figure, sentences
from .sure import Standing, standing, words_of
from .together import Together

MOST_DRAWN = 1_000
"""Candidates whose order is looked at, those of whom most is expected; who is asked is among them in any case."""
NEAR = 2
"""Near misses of each kind that are told: those of whom most is expected, and those whose conversions cost least."""
CLEAR = 1.1
"""Factor from which a characteristic is given as a reason."""
SHARED = 0.75
"""Share of what somebody brings below which what they add is given as the reason why they are not asked."""


@dataclass(frozen=True)
class Wanted:
    """What a plan is to be: within what, for what, worth what."""

    budget: float | None = None
    target: float | None = None
    """Conversions to be expected, for as little money as they take."""
    worth: float | None = None
    """What a conversion is worth; None where that is not known."""
    limits: Limits = field(default_factory=Limits)
    seen: float | None = None
    """Share of an audience that sees what somebody posts, above 0 and up to 1. None: all of it, where lists say who is in an audience;
    with no lists shared audiences are then named and not counted."""

    def __post_init__(self) -> None:
        """Refuse a plan that is bounded by nothing, or by what is no amount."""
        if self.budget is None and self.target is None:
            raise InputError("A plan needs a budget, or a target of conversions.")
        if self.budget is not None and not 0 < self.budget < math.inf:
            raise InputError(f"The budget is {self.budget:g}; it must be above 0.")
        if self.target is not None and not 0 < self.target < math.inf:
            raise InputError(f"The target is {self.target:g} conversions; it must be above 0.")
        if self.seen is not None and not 0 < self.seen <= 1:
            raise InputError(
                f"The share that sees a post is {self.seen:g}; it must be above 0 and up to 1, such as 0.3."
            )


@dataclass(frozen=True)
class Total:
    """What may come of the whole plan; ranges are of what comes, not of what is expected."""

    range_50: tuple[float, float]
    range_90: tuple[float, float]
    worst_tenth: float
    """What comes on average in the worst tenth of all cases (the conditional value at risk)."""
    chance: float | None
    """To reach the target; None without one."""


@dataclass(frozen=True)
class Plan:
    """Whom to ask, and why.

    ``print(plan)`` says it in words; :attr:`table` has a row for everybody who is asked, and then for near misses.
    """

    table: pd.DataFrame
    """``influencer_id, handle, ask, fee, usual_low, usual_high, pays_up_to, expected_conversions, adds, low, high, cost_per_conversion, certainty, chance, rank_low,
    rank_high, rank_low_50, rank_high_50, new, enters_at, why``. Half of what was paid for people like them lay from ``usual_low`` to
    ``usual_high``; ``adds`` is what somebody brings beyond the others who are asked,
    ``chance`` that of being among the best as many as are asked."""
    wanted: Wanted
    cost: float
    conversions: float
    """Expected."""
    total: Total | None
    """None where too little is known to say how far off the expectation may be."""
    rivals: dict[str, Rival]
    """What rules of thumb would bring for the same money, by the same model."""
    limit: float
    """What the next conversion may cost: what it is worth, or by the slope; infinite where nothing is known against it."""
    by_slope: bool
    next_cost: float | None
    """What the next conversions within the budget would cost each; None where the plan holds all it can buy."""
    without_fee: int
    """Candidates who cannot be asked, for want of a fee."""
    overlaps: tuple[Overlap, ...] = ()
    """Who of them reach the same accounts."""
    summed: float = 0.0
    """What is expected of each added up: an account that follows two of them counts twice."""
    once: float | None = None
    """What is expected where such an account counts once; None where no audience is known. :attr:`conversions` is one of the two."""
    gap: float = 0.0
    """By what share of it another plan could at most be better; 0 where it is proved that none is."""

    @property
    def asked(self) -> pd.DataFrame:
        """The rows of those who are asked, most expected first."""
        return self.table[self.table["ask"].to_numpy(dtype=bool)]  # of an empty table it is no flag by itself

    def called(self, influencer: str) -> str:
        """Return the handle of somebody in the table, or the id where none is known."""
        rows = self.table.loc[self.table["influencer_id"] == influencer, "handle"]
        return str(rows.iloc[0]) if len(rows) and isinstance(rows.iloc[0], str) else influencer

    @property
    def sentences(self) -> list[str]:
        """The plan in words, what matters most first."""
        return sentences(self)

    def __str__(self) -> str:
        return "\n".join(self.sentences)

    def _repr_html_(self) -> str:
        return str(self.table._repr_html_())  # type: ignore[operator]


def make_plan(
    scores: pd.DataFrame,
    features: pd.DataFrame,
    fee: Floats,
    wanted: Wanted,
    bundle: Bundle,
    *,
    platforms: Platforms | None = None,
    place: Callable[[str], int] | None = None,
    handles: Mapping[str, str] | None = None,
    audience: Callable[[Sequence[str]], Audience | None] | None = None,
    counts: bool = True,
    usual: UsualFees | None = None,
    by_slope: bool = False,
    seed: int = SEED,
) -> Plan:
    """Return the plan for scored candidates; their order does not matter.

    Parameters
    ----------
    scores, features
        As :class:`suasion.serving.scoring.score.Scored` has them.
    fee
        Of each, NaN where not known.
    platforms
        Where the accounts of each are.
    place
        The row of whoever goes by a name; None takes ids.
    handles
        What people are called, by id.
    audience
        Gives the audience of some people, by id; None: it is not known of anybody.
    counts
        Whether shared audiences count once in what is chosen and promised; otherwise they are only told.
    usual
        What was paid so far; None where too little was.
    by_slope
        Whether to stop by the slope though a worth is known: where nobody earns their fee, the worth would ask nobody.
    seed
        From which numbers draws are made.

    Raises
    ------
    InputError
        When nobody has a fee, a limit names nobody, or no plan keeps to the limits.
    """
    if not np.isfinite(fee).any():
        raise InputError("A plan needs fees: fill the column fee of candidates, or give --fee.")
    ids = scores["influencer_id"].astype(str).to_numpy(dtype=object)
    expected = scores["expected_conversions"].to_numpy(dtype=np.float64)
    order = np.lexsort((ids.astype(str), np.nan_to_num(fee, nan=-1.0), expected))[::-1]
    back = {row: here for here, row in enumerate(order)}
    named = place or {who: row for row, who in enumerate(ids)}.__getitem__
    scores, features = scores.iloc[order].reset_index(drop=True), features.iloc[order].reset_index(drop=True)
    ids, expected, fee = ids[order], expected[order], fee[order]
    new = newcomers(features)
    case = case_of(
        wanted.limits, list(ids), expected, fee, new, platforms or {}, lambda name: back[named(name)]
    )
    rows, seen = {who: row for row, who in enumerate(ids)}, 1.0 if wanted.seen is None else wanted.seen
    if audience is not None and counts:
        told = audience([str(ids[row]) for row in np.flatnonzero(case.may)])
        together = Together.of(expected, rows, told, seen)
        case = replace(case, together=together if together.shared else None)
    worth = None if by_slope else wanted.worth
    if wanted.target is None:
        assert wanted.budget is not None
        choice = within_budget(case, wanted.budget, worth)
    else:
        choice = for_target(case, wanted.target, wanted.budget, worth)
    money = wanted.budget if wanted.target is None else choice.cost
    total, drawn = _drawn(scores, case, choice, wanted, bundle, seed)
    table = _table(scores, fee, new, case, choice, wanted, drawn)
    lows, _, highs = _usual(usual, scores, features)
    places = [rows[who] for who in table["influencer_id"].astype(str)]
    table.insert(3, "usual_low", lows[places])
    table.insert(4, "usual_high", highs[places])
    table.insert(1, "handle", [(handles or {}).get(who) for who in table["influencer_id"]])
    able = np.flatnonzero(case.may)
    asked = (
        audience([str(ids[row]) for row in np.flatnonzero(choice.chosen)]) if audience is not None else None
    )
    once = Together.of(expected, rows, asked, seen).conversions(choice.chosen) if asked is not None else None

    def bring(chosen: NDArray[np.int64]) -> float:
        flags = np.zeros(len(ids), dtype=bool)
        flags[able[chosen]] = True
        return case.conversions(flags)

    return Plan(
        table,
        wanted,
        choice.cost,
        choice.conversions,
        total,
        rivals(features.iloc[able], expected[able], fee[able], money, int(choice.chosen.sum()), bring),
        choice.limit,
        choice.by_slope,
        choice.next_cost,
        int((~np.isfinite(fee)).sum()),
        asked.pairs() if asked is not None else (),
        float(expected[choice.chosen].sum()),
        choice.conversions if case.together is not None else once,
        choice.gap,
    )


def _usual(usual: UsualFees | None, scores: pd.DataFrame, features: pd.DataFrame) -> Floats:
    """Return the range of usual fees of each candidate, shape (3, n), NaN where it is not known."""
    if usual is None:
        return np.full((3, len(scores)), np.nan)
    return usual.ranges(column_of(features, FOLLOWERS), scores["exposure"].to_numpy(dtype=np.float64))


def _drawn(
    scores: pd.DataFrame, case: Case, choice: Choice, wanted: Wanted, bundle: Bundle, seed: int
) -> tuple[Total | None, dict[int, tuple[Standing, int]]]:
    """Return what may come of the plan, and for each row that was drawn its standing and its place there."""
    variance = bundle.facts["campaign_variance"]
    if variance is None:
        return None, {}
    compared = np.flatnonzero(case.may | choice.chosen)
    keep = np.zeros(len(case.fee), dtype=bool)
    keep[compared[:MOST_DRAWN]] = True  # rows are in order of what is expected
    rows = np.flatnonzero(keep | choice.chosen)
    expected = case.expected[rows]
    exposure = scores["exposure"].to_numpy(dtype=np.float64)[rows]
    made = draws(expected, exposure, bundle.interval, variance, seed=seed)
    stands = standing(made, int(choice.chosen.sum()), seed)
    # Where everybody is asked there is nobody to stand before.
    told = (
        {int(row): (stands, here) for here, row in enumerate(rows)}
        if len(compared) > choice.chosen.sum()
        else {}
    )
    bounded = bundle.interval.binary or np.isfinite(bundle.interval.bounds(expected)[1]).all()
    if not bounded or not choice.chosen.any():
        return None, told
    # Of what all bring together, accounts that follow several of them count once in every draw as they do in what is expected.
    sums = made[choice.chosen[rows]].sum(axis=0) * (
        choice.conversions / case.expected[choice.chosen].sum() if case.together is not None else 1.0
    )
    worst = np.sort(sums)[: max(1, len(sums) // 10)]
    low, below, above, high = (float(quantile(sums, share)) for share in (0.05, 0.25, 0.75, 0.95))
    chance = None if wanted.target is None else float((sums >= wanted.target).mean())
    return Total((below, above), (low, high), float(worst.mean()), chance), told


def _table(
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
        asked = bool(choice.chosen[row])
        price = None if asked else price_to_enter(case, choice, row, wanted.budget, wanted.target, top)
        one = scores.iloc[row]
        told: dict[str, Any] = {
            "influencer_id": one["influencer_id"],
            "ask": asked,
            "fee": fee[row],
            "pays_up_to": case.added(choice.chosen, row) * worth if math.isfinite(worth) else math.nan,
            "expected_conversions": case.expected[row],
            "adds": case.added(choice.chosen, row),
            "low": one["low"],
            "high": one["high"],
            "cost_per_conversion": fee[row] / case.expected[row] if case.expected[row] > 0 else math.nan,
        }
        told |= _stands(drawn.get(row))
        told |= {"new": None if math.isnan(new[row]) else bool(new[row]), "enters_at": price}
        told["why"] = (
            _why(one, case, row, wanted, told["new"], clear)
            if asked
            else _why_not(case, choice, row, wanted, fee)
        )
        rows.append(told)
    return pd.DataFrame(rows, columns=COLUMNS)


COLUMNS = [
    *("influencer_id", "ask", "fee", "pays_up_to", "expected_conversions", "adds", "low", "high", "cost_per_conversion"),
    *("certainty", "chance", "rank_low", "rank_high", "rank_low_50", "rank_high_50", "new", "enters_at", "why"),
]  # fmt: skip


def _stands(drawn: tuple[Standing, int] | None) -> dict[str, Any]:
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
    one: pd.Series[Any], case: Case, row: int, wanted: Wanted, new: bool | None, clear: Mapping[str, float]
) -> str:
    """Return the reason for somebody who is asked: what sets them above the average, and above the other candidates."""
    factors = sorted(
        ((float(one[group]), group) for group in GROUPS if one[group] >= clear[group]), reverse=True
    )
    said = [f"{group} ×{factor:.1f}" for factor, group in factors[:2]]
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
        return f"{figure(cost)} a conversion is more than {'the limit' if choice.by_slope else 'it is worth'}"
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
