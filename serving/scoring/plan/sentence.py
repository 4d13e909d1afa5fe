"""A plan in words, the same at every door."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from suasion.features.engine.currencies import priced
from suasion.serving.scoring.notes import floored, listed

from .choose import STEEP
from .rivals import MOST_FOLLOWED, Rival

if TYPE_CHECKING:
    from .plan import Plan

MUCH = 1.1
"""From how many times the cost of the plan on a rule of thumb is said to cost more."""
PAIRS = 2
"""Pairs with a shared audience that a sentence names."""


def figure(value: float) -> str:
    """Return a number of conversions as one would say it: whole from 10 up.

    >>> figure(65.28), figure(4.0), figure(3.86), figure(12345.6)
    ('65', '4', '3.9', '12,346')
    """
    return f"{value:,.0f}" if value >= 9.95 or value == round(value) else f"{value:.1f}"


def sentences(plan: Plan) -> list[str]:
    """Return what a plan says: whom for what, what may come, what stays, what others would bring."""
    means = "for the same money" if plan.wanted.target is not None else "within the same budget"
    others = [_other(plan, name, rival, means) for name, rival in plan.rivals.items()]
    said = [" ".join([_first(plan), *_chance(plan), *_limits(plan), *others, *_followed(plan)])]
    said += [
        sentence
        for sentence in (
            _nobody(plan),
            _posts(plan),
            _stays(plan),
            _ranges(plan),
            _margin(plan),
            _learning(plan),
            _dear(plan),
            _overlap(plan),
            _gap(plan),
        )
        if sentence
    ]
    if plan.without_fee:
        have = "has" if plan.without_fee == 1 else "have"
        said.append(f"{plan.without_fee:,} of the candidates {have} no fee and cannot be asked.")
    return said


def _other(plan: Plan, name: str, rival: Rival, means: str) -> str:
    # A plan may stop where the next conversion is too dear: a rival that goes on is said to cost more.
    more = rival.cost is not None and rival.cost > MUCH * plan.cost
    cost = f", for {priced(f'{rival.cost:,.0f}', plan.currency)}" if more else ""
    return f"{_capital(name)} {means}: about {figure(rival.conversions)}{cost}."


def _followed(plan: Plan) -> list[str]:
    rival = plan.rivals.get(MOST_FOLLOWED)
    if rival is None or rival.known_share >= 1:
        return []
    return [f"How many follow is known of {floored(rival.known_share)} of those who can be asked."]


def _first(plan: Plan) -> str:
    many, wanted = int(plan.table["ask"].sum()), plan.wanted
    whom = "nobody" if not many else "this one" if many == 1 else f"these {many}"
    of_all = f" of {wanted.budget:,.0f}" if wanted.budget is not None else ""
    said = f"Ask {whom} for {priced(f'{plan.cost:,.0f}{of_all}', plan.currency)}: about {figure(plan.conversions)} conversions"
    if plan.total is not None:
        low, high = plan.total.range_90
        said += f", 9 times in 10 between {figure(low)} and {figure(high)}"
    return said + "."


def _chance(plan: Plan) -> list[str]:
    total, target = plan.total, plan.wanted.target
    if total is None or total.chance is None or target is None:
        return []
    return [f"The chance that {figure(target)} or more come is {total.chance:.0%}."]


def _limits(plan: Plan) -> list[str]:
    words = [*plan.wanted.limits.words(plan.currency), *seen_words(plan.wanted.seen)]
    return [f"Kept to: {'; '.join(words)}."] if words else []


def seen_words(seen: float | None) -> list[str]:
    """Return in words which share of an audience sees a post; none where that is not said."""
    return [] if seen is None else [f"a post is seen by {100 * seen:.3g} % of an audience"]


def _nobody(plan: Plan) -> str:
    budget, money = plan.wanted.budget, _money(plan)
    if plan.table["ask"].any() or budget is None:
        return ""
    if plan.least_fee is None:
        return "The limits leave nobody who can be asked."
    if plan.least_fee > budget:
        return f"Nobody can be asked for so little: the lowest fee is {money(plan.least_fee)}."
    return ""


def _posts(plan: Plan) -> str:
    people, most = plan.asked, plan.wanted.limits.most_posts
    if plan.posts is None or most is None or not len(people):
        return ""
    numbers = people["posts"].to_numpy(dtype=np.float64)
    several = np.unique(numbers)[::-1]
    said = [f"{several[0]:g} each"] if len(several) == 1 else []
    for number in several if len(several) > 1 else ():
        names = [plan.called(str(who)) for who in people.loc[numbers == number, "influencer_id"]]
        whom = listed(names) if len(names) <= PAIRS else f"each of {len(names)}"
        said.append(f"{number:g} for {whom}")
    words = f"Posts: {', '.join(said)}."
    if plan.posts.most < most:
        words += f" Nobody was asked for more than {plan.posts.most} so far, so the plan goes no further."
    if plan.posts.most > 1:
        how = "as past fees say" if plan.posts.growth < 1 else "in proportion"
        words += f" Twice the posts are taken to cost {2**plan.posts.growth:.2g} times the fee, {how}."
    return words


def _stays(plan: Plan) -> str:
    if plan.next_cost is None or plan.wanted.budget is None:
        return ""
    money = _money(plan)
    why = (
        f"more than {STEEP:g} times the average of all that the budget could buy"
        if plan.by_slope
        else f"and is worth {money(plan.limit)}"
    )
    left = plan.wanted.budget - plan.cost
    return f"{money(left)} stay: the next conversion would cost {money(plan.next_cost)}, {why}."


def _ranges(plan: Plan) -> str:
    if plan.total is None:
        many = int(plan.table["ask"].sum())
        return (
            "How far off that may be cannot be said: too few people or campaigns were judged." if many else ""
        )
    low, high = plan.total.range_50
    return f"Half the time between {figure(low)} and {figure(high)}; in the worst tenth about {figure(plan.total.worst_tenth)}."


def _margin(plan: Plan) -> str:
    worth = plan.wanted.worth
    if worth is None or not plan.table["ask"].any():
        return ""
    value = worth * plan.conversions
    less = value - plan.cost
    money = _money(plan)
    than = f"{money(abs(less))} {'more' if less >= 0 else 'less'} than they cost"
    each = priced(f"{worth:,.2f}", plan.currency)
    return f"At {each} a conversion that is worth about {money(value)}, {than}."


def _learning(plan: Plan) -> str:
    if plan.without_learning is None:
        return ""
    names = [plan.called(str(who)) for who in plan.table.loc[plan.table["explore"], "influencer_id"]]
    if not names:
        return "Nobody is asked to learn from: no one outside the plan can be had within the budget."
    cost = plan.without_learning - plan.conversions
    return (
        f"{listed(names)} {'is' if len(names) == 1 else 'are'} asked to learn what they bring, and picked by chance. Without "
        f"{'them' if len(names) > 1 else 'that'} the same budget is expected to bring about {figure(plan.without_learning)}: "
        f"learning costs about {figure(max(cost, 0.0))} conversions."
    )


def _dear(plan: Plan) -> str:
    people = plan.asked
    above = (people["fee"] - people["usual_high"]).to_numpy(dtype=np.float64)
    dear = people.iloc[[row for row in np.argsort(-above, kind="stable") if above[row] > 0]]
    if not len(dear):
        return ""
    said = [
        f"{plan.called(str(row.influencer_id))} asks {priced(f'{row.fee:,.0f}', plan.currency)} (usual: {row.usual_low:,.0f} to {row.usual_high:,.0f})"
        for row in dear.head(PAIRS).itertuples()
    ]
    more = [f"{len(dear) - PAIRS} more ask more than is usual"] if len(dear) > PAIRS else []
    return f"Negotiate: {listed(said + more)}. Half of what was paid for as many posts and, where known, followers lay in that range."


def _overlap(plan: Plan) -> str:
    called = plan.called
    pairs = [
        f"{called(pair.one)} and {called(pair.other)} ({pair.share:.0%})" for pair in plan.overlaps[:PAIRS]
    ]
    left = len(plan.overlaps) - PAIRS
    pairs += [f"{left} more {'pair' if left == 1 else 'pairs'}"] if left > 0 else []
    counted = plan.once is not None and plan.conversions == plan.once
    if counted and plan.summed - plan.conversions > 0.005 * plan.summed:
        most = f" Most is shared by {listed(pairs)}." if pairs else ""
        return (
            f"Whoever follows several of them counts once: {figure(plan.conversions)} conversions, where the sum of all would be "
            f"{figure(plan.summed)}.{most}"
        )
    if counted or not pairs or plan.once is None:
        return ""
    return (
        f"Some share their engaged audience, those who refer to them: {listed(pairs)}. Expect less of them together than the sum: "
        f"about {figure(plan.once)} if nobody acts twice."
    )


def _gap(plan: Plan) -> str:
    return (
        f"A better plan was not ruled out; it would be better by {plan.gap:.1%} at most."
        if plan.gap > 0
        else ""
    )


def _money(plan: Plan) -> Callable[[float], str]:
    """Return what says an amount, whole, in the plan's currency."""
    return lambda amount: priced(f"{amount:,.0f}", plan.currency)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
