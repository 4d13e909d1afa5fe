"""How many posts each person is asked for, as a choice of the plan: each further one costs, and brings less than the one before.

What each number of posts would bring is forecast as any offer is: the model learned from past outcomes by how much the tenth brings
less than the first. So each person is several rows, one for each number of posts, of which at most one is chosen: a multiple-choice
knapsack (Sinha & Zoltners 1979, Operations Research 27(3)).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from suasion.features.engine.matrix import all_features
from suasion.features.errors import ConflictError
from suasion.features.sources.reading.formats import FORMATS
from suasion.training.bundle.folder import Bundle
from suasion.training.estimators.base import Floats

from .fees import UsualFees
from .limits import Case
from .program import CLOSE, CORE, PART, Flags, Rule
from .together import CONSIDERED, Aim, Together, solved

HALVINGS = 200
"""Of the price of a scarce means, by which the relaxed problem is solved."""


@dataclass(frozen=True)
class Posts:
    """What each candidate would bring, and ask, for each number of posts."""

    many: NDArray[np.int64]
    """The numbers that can be chosen, rising, shape (numbers,)."""
    scores: tuple[pd.DataFrame, ...]
    """For each number the scores of all candidates."""
    fee: Floats
    """Shape (n, numbers), NaN where not known."""
    agreed: NDArray[np.int64]
    """Which of the numbers is nearest to what is agreed with each, shape (n,)."""
    growth: float
    """The power of the number of posts with which fees are taken to grow."""

    @classmethod
    def of(
        cls,
        scores: pd.DataFrame,
        features: pd.DataFrame,
        fee: Floats,
        bundle: Bundle,
        usual: UsualFees | None,
        most: int,
    ) -> Posts:
        """Return what each of up to so many posts would bring.

        Raises
        ------
        InputError
            When past outcomes do not tell what another number of posts brings.
        """
        many = _numbers(bundle, most)
        agreed = scores["exposure"].to_numpy(dtype=np.float64)
        growth = 1.0 if usual is None else usual.growth
        made, fees = [], []
        for number in many:
            dearer = (number / agreed) ** growth
            fees.append(np.where(agreed == number, fee, np.round(fee * dearer, 2)))
            made.append(scores.assign(**bundle.predict(offered(features, float(number), dearer))))
        near = np.abs(np.log(many[None, :] / agreed[:, None])).argmin(axis=1)
        return cls(many, tuple(made), np.column_stack(fees), near, growth)

    @property
    def expected(self) -> Floats:
        """Conversions of each candidate for each number of posts, shape (n, numbers)."""
        return np.column_stack(
            [one["expected_conversions"].to_numpy(dtype=np.float64) for one in self.scores]
        )

    def at(self, places: NDArray[np.int64]) -> tuple[pd.DataFrame, Floats]:
        """Return the scores and fees of all candidates, each at one of the numbers."""
        rows = np.arange(len(places))
        several = pd.concat(self.scores, ignore_index=True)
        return several.iloc[places * len(places) + rows].reset_index(drop=True), self.fee[rows, places]

    def case(self, cheapest: Case, most_fee: float | None, together: Together | None) -> Case:
        """Return the case whose rows are the numbers of the first candidate, then those of the second, and so on.

        Parameters
        ----------
        cheapest
            The case where everybody is asked for the fewest.
        together
            What a set of rows brings; None: the sum.
        """
        n, numbers = self.fee.shape
        fee = np.nan_to_num(self.fee.ravel())
        may = np.repeat(cheapest.may, numbers)
        if most_fee is not None:
            may &= fee <= most_fee * (1 + CLOSE)
        rules = [
            (name, replace(rule, weight=np.repeat(rule.weight, numbers))) for name, rule in cheapest.rules
        ]
        return Case(
            self.expected.ravel(),
            fee,
            may,
            np.repeat(cheapest.must, numbers),
            tuple(rules),
            together,
            cheapest.currency,
            np.repeat(np.arange(n), numbers),
        )

    def places(self, chosen: Flags) -> tuple[Flags, NDArray[np.int64]]:
        """Return who is chosen, shape (n,), and at which number; others stand at what is agreed."""
        picks = chosen.reshape(self.fee.shape)
        people = np.asarray(picks.any(axis=1))
        return people, np.where(people, picks.argmax(axis=1), self.agreed)


def offered(features: pd.DataFrame, posts: Floats | float, dearer: Floats) -> pd.DataFrame:
    """Return features with another number of posts agreed, and fees so many times as high."""
    per_post = dearer * features["exposure"] / posts
    fees = {"offer__fee": dearer, "offer__fee_per_post": per_post}
    changed = {name: features[name] * change for name, change in fees.items() if name in features}
    return features.assign(exposure=posts, offer__exposure=posts, **changed)


def _numbers(bundle: Bundle, most: int) -> NDArray[np.int64]:
    """Return the numbers of posts up to ``most`` of which past outcomes tell what they bring."""
    added = [one.column for one in all_features() if one.build.__module__ != "suasion.features.offer"]
    for record in bundle.features:
        if record.characteristic == "offer" and record.column in added:
            raise ConflictError(
                f"{record.column} is a feature of your own that may hang on the posts agreed, so what other numbers bring is not forecast. Leave the most posts out.",
                field="most_posts",
            )
    formats = {f"offer__{name.removeprefix('offer_')}" for name in FORMATS.values()}
    if by_format := sorted(formats & {record.column for record in bundle.features}):
        raise ConflictError(
            f"Posts are agreed by format here ({', '.join(by_format)}), and which of them to leave out a plan does not choose. Leave the most posts out.",
            field="most_posts",
        )
    seen = next((record for record in bundle.features if record.column == "offer__exposure"), None)
    if seen is None or seen.low is None or seen.high is None or seen.low == seen.high:
        alike = (
            f"all past outcomes had {seen.low:g}" if seen and seen.low else "the model does not look at it"
        )
        raise ConflictError(
            f"What another number of posts brings cannot be told: {alike}. Leave the most posts out.",
            field="most_posts",
        )
    first, last = max(1, math.ceil(seen.low)), min(most, math.floor(seen.high))
    if last < first:
        raise ConflictError(
            f"Up to {most} posts each cannot be planned: past outcomes had {seen.low:g} to {seen.high:g}, and what fewer bring cannot be told.",
            field="most_posts",
        )
    return np.arange(first, last + 1)


def best_of_each(
    case: Case, aim: Aim, rules: list[Rule], least: float | None = None
) -> tuple[Flags | None, float]:
    """Choose at most one row of each person, and say by what share of it another choice can at most be better.

    A price on each rule, such as the budget or the target, gives a bound that nothing exceeds, and what each row falls short of
    the best of its person at these prices. Whatever falls short by more than a choice at hand is below the bound is in no better choice
    (Lagrangian reduced costs). What is left is solved exactly, or where more than :data:`CONSIDERED` people are, the least sure of them.

    Parameters
    ----------
    rules
        What the choice must keep.
    least
        Conversions that must be reached; None for none.

    Returns
    -------
    chosen : ndarray of bool, shape (rows,), or None
        None where no choice keeps the rules.
    gap : float
        0 where it is proved that none is better.

    Raises
    ------
    InputError
        When none was found, and it is not proved that there is none.
    """
    assert case.person is not None
    together = case.together or Together.apart(case.expected)
    people = int(case.person[-1]) + 1
    alone = together.unshared + together.groups.T @ together.weight
    gain = np.where(case.may, aim.conversions * alone - aim.money * case.fee, -np.inf).reshape(people, -1)
    must = np.asarray(case.must.reshape(people, -1).any(axis=1))
    price, bound = _priced(gain, must, rules if least is None else [*rules, Rule(alone, low=least)])
    if not math.isfinite(bound):
        return None, 0.0
    rules = [
        *rules,
        *(Rule((case.person == who).astype(np.float64), low=1.0) for who in np.flatnonzero(must)),
    ]

    def worth(chosen: Flags) -> float:
        return aim.conversions * together.conversions(chosen) - aim.money * float(case.fee[chosen].sum())

    def among(open_: Flags, fixed: Flags) -> tuple[Flags | None, float | None]:
        return solved(together, aim, case.fee, rules, np.flatnonzero(open_), fixed, least, case.person)

    # What a person comes to at the price for each number of posts, and for none.
    value = np.column_stack([np.where(must, -np.inf, 0.0), price])
    best, short = value.argmax(axis=1), value.max(axis=1, keepdims=True) - value
    second = np.partition(short, 1, axis=1)[:, 1]
    sure = np.argsort(second, kind="stable")[::-1]

    def settled(who: NDArray[np.int64]) -> Flags:
        flags = np.zeros(gain.shape, dtype=bool)
        taken = who[best[who] > 0]
        flags[taken, best[taken] - 1] = True
        return flags.ravel()

    def left(who: NDArray[np.int64], within: float) -> Flags:
        flags = np.zeros(gain.shape, dtype=bool)
        flags[who] = case.may.reshape(gain.shape)[who] & (short[who, 1:] <= within)
        return flags.ravel()

    few = people <= CORE
    at_hand, _ = (None, None) if few else among(left(sure[-CORE:], np.inf), settled(sure[:-CORE]))
    slack = np.inf if at_hand is None else bound - worth(at_hand) + CLOSE * max(1.0, abs(bound))
    unsure = np.flatnonzero(second <= slack)
    exact = len(unsure) <= CONSIDERED
    if not exact:
        unsure = sure[-CONSIDERED:]
    others = np.setdiff1d(np.arange(people), unsure)
    chosen, reached = among(left(unsure, slack), settled(others))
    if exact and reached is not None:
        bound = min(bound, reached)
    choices = [one for one in (chosen, at_hand) if one is not None]
    if not choices and (reached is not None or not exact):
        raise ConflictError("No plan was found among so many candidates. Name fewer, or lift a limit.")
    if not choices:
        return None, 0.0
    finest = max(choices, key=worth)
    gap = (bound - worth(finest)) / max(abs(bound), 1e-300)
    return finest, gap if gap > 1e-6 else 0.0


def _priced(gain: Floats, must: Flags, rules: Sequence[Rule]) -> tuple[Floats, float]:
    """Return what each row comes to at the prices of all rules at which the bound is least, and that bound; -inf where no choice keeps them.

    Parameters
    ----------
    gain
        Shape (people, numbers); -inf for what cannot be chosen.
    must
        Who has to be asked, shape (people,).
    rules
        Each has one bound.
    """
    none = np.where(must, -np.inf, 0.0)
    if not rules:
        return gain, float(np.maximum(gain.max(axis=1), none).sum())
    capped = [np.isfinite(rule.high) for rule in rules]
    weights = [
        (rule.weight if cap else -rule.weight) / rule.size for rule, cap in zip(rules, capped, strict=True)
    ]
    mosts = [(rule.high if cap else -rule.low) / rule.size for rule, cap in zip(rules, capped, strict=True)]
    scale = float(np.abs(gain[np.isfinite(gain)]).max(initial=0.0)) or 1.0
    if len(rules) > 1:
        of_rules, limits = np.array(weights).reshape(len(rules), *gain.shape), np.array(mosts)
        # Some are asked about first, then whoever that leaves out wrongly: a solver for all at once takes minutes for many.
        weighed = gain / (np.abs(of_rules).sum(axis=0) + CLOSE)
        part = np.argsort(-np.where(must, np.inf, weighed.max(axis=1)), kind="stable")[:PART]
        while True:
            prices = _prices(gain[part], must[part], of_rules[:, part], limits)
            if prices is None and len(part) == len(gain):
                return gain, -np.inf
            if prices is None:
                part = np.arange(len(gain))
                continue
            value = gain - np.tensordot(prices, of_rules, 1)
            over = value.max(axis=1)
            missed = np.setdiff1d(np.flatnonzero(over > CLOSE * scale), part)
            if not len(missed):
                return value, float(prices @ limits + np.maximum(over, none).sum())
            part = np.concatenate([part, missed[np.argsort(-over[missed], kind="stable")][:PART]])
    weight, most, rows = weights[0].reshape(gain.shape), mosts[0], np.arange(len(gain))

    def at(price: float) -> tuple[float, float]:
        value = gain - price * weight
        best = value.argmax(axis=1)
        taken = value[rows, best] > none
        used = float(weight[rows, best][taken].sum())
        return price * most + float(np.where(taken, value[rows, best], none).sum()), used

    low, high = 0.0, 0.0
    bounds = {0.0: at(0.0)[0]}
    while at(high)[1] > most + CLOSE:
        low, high = high, max(2 * high, scale * 1e-9)
        if high > scale * 1e30:
            return gain, -np.inf
    for _ in range(HALVINGS if high else 0):
        middle = (low + high) / 2
        bounds[middle], used = at(middle)
        low, high = (low, middle) if used <= most else (middle, high)
        if high - low <= 1e-12 * high:
            break
    price = min(bounds, key=lambda one: bounds[one])
    return gain - price * weight, bounds[price]


def _prices(gain: Floats, must: Flags, weights: Floats, mosts: Floats) -> Floats | None:
    """Return the price of each rule in the relaxed problem, which may split people, shape (rules,); None where nothing keeps the rules."""
    rows = np.flatnonzero(np.isfinite(gain.ravel()))
    weights = weights.reshape(len(mosts), -1)
    scale = float(np.abs(gain.ravel()[rows]).max(initial=0.0)) or 1.0
    of_person = rows // gain.shape[1]
    once = sparse.csr_array((np.ones(len(rows)), (of_person, np.arange(len(rows)))), (len(gain), len(rows)))
    needed = np.flatnonzero(must)
    if not len(rows):
        return None if len(needed) or (mosts < -CLOSE).any() else np.zeros(len(mosts))
    relaxed = linprog(
        -gain.ravel()[rows] / scale,
        A_ub=sparse.vstack([sparse.csr_array(weights[:, rows]), once, -once[needed]]),
        b_ub=np.concatenate([mosts + CLOSE, np.ones(len(gain)), -np.ones(len(needed))]),
        bounds=(0, None),
        method="highs",
    )
    if relaxed.status == 2:
        return None
    if relaxed.x is None:
        return np.zeros(len(mosts))
    return np.asarray(-relaxed.ineqlin.marginals[: len(mosts)].clip(max=0.0) * scale)
