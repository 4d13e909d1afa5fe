"""The plan: whom to ask, what may come of it, what it is held against, and what would change it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from suasion.features.errors import ConflictError, InputError
from suasion.training.bundle.folder import Bundle
from suasion.training.estimators.base import Floats

from .audience import Audience, Overlap
from .choose import Choice, for_target, within_budget
from .draws import SEED, draws, quantile
from .explore import Explored, explore
from .fees import UsualFees
from .limits import LEAST, Case, Limits, Platforms, case_of
from .log import COLUMNS as DECIDED
from .log import append_decisions
from .posts import Posts
from .rivals import FOLLOWERS, Rival, column_of, newcomers, rivals
from .sentence import sentences
from .sure import Standing, standing
from .table import table_of
from .together import Together
from .worth import cheapest, nobody_earns

MOST_DRAWN = 1_000
"""Candidates whose order is looked at, those of whom most is expected; who is asked is among them in any case."""


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
    explore: int = 0
    """Places held for people to learn from."""

    def __post_init__(self) -> None:
        """Refuse a plan that is bounded by nothing, or by what is no amount."""
        if self.budget is None and self.target is None:
            raise InputError("A plan needs a budget, or a target of conversions.")
        if self.budget is not None and not LEAST <= self.budget < math.inf:
            raise InputError(f"The budget is {self.budget:g}; it must be above 0, and {LEAST:f} at least.")
        if self.target is not None and not LEAST <= self.target < math.inf:
            raise InputError(
                f"The target is {self.target:g} conversions; it must be above 0, and {LEAST:f} at least."
            )
        if self.explore < 0:
            raise InputError(f"{self.explore} places cannot be held to learn; it must be 0 or more.")
        if self.explore and (self.budget is None or self.target is not None):
            raise ConflictError(
                "Places to learn are held within a budget: give a budget and no target.", field="explore"
            )
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
class Numbers:
    """Of how many posts a plan chooses."""

    most: int
    """The most that one person may be asked for: as was said, or as many as anybody was asked for so far."""
    growth: float
    """The power of the number of posts with which fees are taken to grow; 1: twice the posts, twice the fee."""


@dataclass(frozen=True)
class Plan:
    """Whom to ask, and why.

    ``print(plan)`` says it in words; :attr:`table` has a row for everybody who is asked, and then for near misses.
    """

    table: pd.DataFrame
    """``influencer_id, handle, ask, fee, posts, usual_low, usual_high, pays_up_to, expected_conversions, adds, low, high,
    cost_per_conversion, certainty, chance, rank_low, rank_high, rank_low_50, rank_high_50, new, asked_up_to, why, explore, probability``. Half
    of what was paid for people like them lay from ``usual_low`` to ``usual_high``; ``adds`` is what somebody brings beyond the others who
    are asked, ``asked_up_to`` is the largest fee at which a near miss would be asked (NaN: no fee is low enough);
    ``chance`` that of being among the best as many as are asked. ``explore`` says who is asked to learn from, ``probability`` with what
    chance a plan with such places has them: 1 or 0 where nobody is picked by chance."""
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
    least_fee: float | None = None
    """The lowest fee of those who can be asked; None where nobody can."""
    overlaps: tuple[Overlap, ...] = ()
    """Who of them reach the same accounts."""
    summed: float = 0.0
    """What is expected of each added up: an account that follows two of them counts twice."""
    once: float | None = None
    """What is expected where such an account counts once; None where no audience is known. :attr:`conversions` is one of the two."""
    gap: float = 0.0
    """By what share of it another plan could at most be better; 0 where it is proved that none is."""
    without_learning: float | None = None
    """What the plan would bring where no places were held to learn; None where none are."""
    decisions: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    """Who is asked, with what chance they were picked and what is forecast of them by which model, to be judged later."""
    banner: tuple[str, ...] = ()
    """What changes how it may be read, of the scores it was made of."""
    currency: str = ""
    """Of all amounts; empty where it is not known."""
    cheapest: float = math.inf
    """What a conversion costs of whom it costs least; infinite where no fee is known."""
    posts: Numbers | None = None
    """Where the plan chooses how many posts each is asked for; None where all are asked for what is agreed."""

    @property
    def asked(self) -> pd.DataFrame:
        """The rows of those who are asked, most expected first."""
        return self.table[self.table["ask"].to_numpy(dtype=bool)]  # of an empty table it is no flag by itself

    def called(self, influencer: str) -> str:
        """Return the handle of somebody in the table, with the id where another has the same; the id where no handle is known."""
        handles = self.table["handle"]
        rows = handles[self.table["influencer_id"] == influencer]
        if not len(rows) or not isinstance(rows.iloc[0], str):
            return influencer
        return f"{rows.iloc[0]} ({influencer})" if (handles == rows.iloc[0]).sum() > 1 else rows.iloc[0]

    def log(self, path: str | Path) -> bool:
        """Append who is asked to a ``.jsonl`` file, and return whether this plan was new to it.

        Raises
        ------
        InputError
            When the file ends otherwise, or holds something else.
        """
        return append_decisions(self.decisions, Path(path))

    @property
    def sentences(self) -> list[str]:
        """The plan in words, what matters most first."""
        return sentences(self)

    def __str__(self) -> str:
        return "\n".join([*self.banner, *self.sentences])

    __repr__ = __str__

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
    currency: str = "",
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
    currency
        Of fees and worth; empty where it is not known.
    seed
        From which numbers draws are made.

    Raises
    ------
    InputError
        When nobody has a fee, a limit names nobody, or no plan keeps to the limits.
    """
    if not np.isfinite(fee).any():
        raise ConflictError("A plan needs fees: fill the column fee of candidates, or give --fee.")
    ids = scores["influencer_id"].astype(str).to_numpy(dtype=object)
    expected = scores["expected_conversions"].to_numpy(dtype=np.float64)
    order = np.lexsort((ids.astype(str), np.nan_to_num(fee, nan=-1.0), expected))[::-1]
    back = {row: here for here, row in enumerate(order)}
    named = place or {who: row for row, who in enumerate(ids)}.__getitem__
    scores, features = scores.iloc[order].reset_index(drop=True), features.iloc[order].reset_index(drop=True)
    ids, expected, fee = ids[order], expected[order], fee[order]
    new = newcomers(features)
    rows, seen = {who: row for row, who in enumerate(ids)}, 1.0 if wanted.seen is None else wanted.seen
    most = wanted.limits.most_posts
    posts = None if most is None else Posts.of(scores, features, fee, bundle, usual, most)

    def case_at(fee: Floats, limits: Limits = wanted.limits) -> Case:
        made = case_of(limits, list(ids), expected, fee, new, platforms or {}, lambda name: back[named(name)])
        return replace(made, currency=currency)

    case = agreed = case_at(fee if posts is None else posts.fee[:, 0])
    members = (
        audience([str(ids[row]) for row in np.flatnonzero(case.may)])
        if audience is not None and counts
        else None
    )

    def together_at(expected: Floats) -> Together | None:
        together = Together.of(expected, rows, members, seen)
        return together if together.shared else None

    least = cheapest(expected, fee) if posts is None else cheapest(posts.expected, posts.fee)
    # Where nobody earns their fee the worth would ask nobody: whoever plans all the same is told whom, by the slope alone.
    worth = None if nobody_earns(wanted.worth, least, currency) else wanted.worth
    explored: Explored | None = None

    def chosen_of(case: Case) -> Choice:
        if wanted.target is not None:
            return for_target(case, wanted.target, wanted.budget, worth)
        assert wanted.budget is not None
        return within_budget(case, wanted.budget, worth)

    if posts is None:
        case = agreed = replace(case, together=together_at(expected))
        choice = chosen_of(case)
    else:
        choice = chosen_of(posts.case(case, wanted.limits.most_fee, together_at(posts.expected)))
        people, numbers = posts.places(choice.chosen)
        choice = replace(choice, chosen=people)
        agreed = replace(case_at(fee, replace(wanted.limits, must=())), together=together_at(expected))
        scores, fee = posts.at(numbers)
        expected = scores["expected_conversions"].to_numpy(dtype=np.float64)
        case = replace(case_at(fee), together=together_at(expected))
    if wanted.explore:
        explored = _explored(case, choice, wanted, bundle, features, seed)
        case, choice = explored.case, explored.choice
    money = wanted.budget if wanted.target is None else choice.cost
    total, drawn = _drawn(scores, case, choice, wanted, bundle, seed)
    table = table_of(scores, fee, new, case, choice, wanted, drawn)
    lows, _, highs = _usual(usual, scores, features)
    places = [rows[who] for who in table["influencer_id"].astype(str)]
    table.insert(4, "usual_low", lows[places])
    table.insert(5, "usual_high", highs[places])
    table["explore"] = [explored is not None and bool(explored.held[place]) for place in places]
    table["probability"] = [
        float(choice.chosen[place] if explored is None else explored.probability[place]) for place in places
    ]
    if explored is not None:
        table["why"] = [
            _to_learn(explored.best[place], new[place]) if explored.held[place] else why
            for place, why in zip(places, table["why"], strict=True)
        ]
    table.insert(1, "handle", [(handles or {}).get(who) for who in table["influencer_id"]])
    able = np.flatnonzero(agreed.may)  # rules of thumb ask for what is agreed
    followers = (
        audience([str(ids[row]) for row in np.flatnonzero(choice.chosen)]) if audience is not None else None
    )
    once = (
        Together.of(expected, rows, followers, seen).conversions(choice.chosen)
        if followers is not None
        else None
    )

    def bring(chosen: NDArray[np.int64]) -> float:
        flags = np.zeros(len(ids), dtype=bool)
        flags[able[chosen]] = True
        return agreed.conversions(flags)

    return Plan(
        table,
        wanted,
        choice.cost,
        choice.conversions,
        total,
        rivals(
            features.iloc[able],
            agreed.expected[able],
            agreed.fee[able],
            money,
            int(choice.chosen.sum()),
            bring,
        ),
        choice.limit,
        choice.by_slope,
        choice.next_cost,
        int((~np.isfinite(fee)).sum()),
        float(fee[case.may].min()) if case.may.any() else None,
        followers.pairs() if followers is not None else (),
        float(expected[choice.chosen].sum()),
        choice.conversions if case.together is not None else once,
        choice.gap,
        None if explored is None else explored.without,
        _decisions(table, scores.iloc[places], bundle),
        currency=currency,
        cheapest=least,
        posts=None if posts is None else Numbers(int(posts.many[-1]), posts.growth),
    )


def _explored(
    case: Case, plain: Choice, wanted: Wanted, bundle: Bundle, features: pd.DataFrame, seed: int
) -> Explored:
    """Return the plan with places held to learn: what is lastingly unknown of somebody shrinks with each campaign of theirs."""
    campaigns = np.nan_to_num(column_of(features, "conversion__campaigns"))
    shared = bundle.facts["campaign_variance"] or 0.0
    lasting = (bundle.interval.dispersion_at(case.expected) - shared).clip(0.0)
    budget = wanted.budget
    assert budget is not None
    # The same worth of a conversion as without them, or they would pay for themselves by a lower bar.
    worth = plain.limit if math.isfinite(plain.limit) and plain.limit > 0 else None

    def make(held: Case) -> Choice:
        return replace(within_budget(held, budget, worth), by_slope=plain.by_slope)

    return explore(case, plain, wanted.explore, budget, lasting / (1.0 + campaigns), make, seed)


def _to_learn(best: float, new: float) -> str:
    known = "no past outcome, and" if new == 1 else "the model may be wrong about them:"
    return f"to learn: {known} the best of those not planned in {max(best, 0.01):.0%} of all cases"


def _decisions(table: pd.DataFrame, scores: pd.DataFrame, bundle: Bundle) -> pd.DataFrame:
    """Return who is asked as it is kept for later, in the order of the table."""
    kept = table.assign(
        model=bundle.identity,
        campaign_id=scores["campaign_id"].to_numpy() if "campaign_id" in scores else None,
        as_of=scores["as_of"].to_numpy() if "as_of" in scores else None,
        exposure=scores["exposure"].to_numpy(),
        reason=np.where(table["explore"], "explore", "plan"),
    )
    return kept.loc[table["ask"].to_numpy(dtype=bool), list(DECIDED)].reset_index(drop=True)


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
    places = (
        {int(row): (stands, here) for here, row in enumerate(rows)}
        if len(compared) > choice.chosen.sum()
        else {}
    )
    bounded = bundle.interval.binary or np.isfinite(bundle.interval.bounds(expected)[1]).all()
    if not bounded or not choice.chosen.any():
        return None, places
    # Of what all bring together, accounts that follow several of them count once in every draw as they do in what is expected.
    sums = made[choice.chosen[rows]].sum(axis=0) * (
        choice.conversions / case.expected[choice.chosen].sum() if case.together is not None else 1.0
    )
    worst = np.sort(sums)[: max(1, len(sums) // 10)]
    low, below, above, high = (float(quantile(sums, share)) for share in (0.05, 0.25, 0.75, 0.95))
    chance = None if wanted.target is None else float((sums >= wanted.target).mean())
    return Total((below, above), (low, high), float(worst.mean()), chance), places
