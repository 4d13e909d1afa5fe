"""How many posts each is asked for, chosen by the plan: beside brute force, beside a plain solver, and beside scoring for as many posts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from suasion.features.errors import InputError
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.plan import posts as module
from suasion.serving.scoring.plan.choose import for_target, within_budget
from suasion.serving.scoring.plan.fees import UsualFees
from suasion.serving.scoring.plan.limits import Case, Limits
from suasion.serving.scoring.plan.plan import Plan, Wanted, make_plan
from suasion.serving.scoring.plan.program import Rule
from suasion.serving.scoring.plan.together import Together
from suasion.serving.scoring.score import Scored, open_session, with_plan
from suasion.training.estimators.interval import Interval

from . import made
from .test_plan import TABLES
from .test_plan_together import audience_of, followings, worked_out

PEOPLE, NUMBERS = 6, 4
ALL = np.array(list(product(range(NUMBERS + 1), repeat=PEOPLE)))
"""For each person how many posts, 0 for none."""


def several(seed: int, *, limited: bool, shared: bool, people: int = PEOPLE) -> tuple[Case, Any]:
    """Return people with forecasts and fees for each number of posts, some of which bring less than fewer do, and what a choice brings."""
    random = np.random.default_rng(seed)
    step = (
        random.uniform(-0.1, 1.0, (people, NUMBERS))
        if seed % 2
        else random.uniform(0.2, 1.0, (people, NUMBERS))
    )
    expected = random.gamma(1.0, 8.0, (people, 1)) * (1.0 + np.cumsum(step, axis=1))
    fee = (
        random.gamma(1.0, 300.0, (people, 1)) * np.arange(1, NUMBERS + 1) ** random.uniform(0.6, 1.0)
    ).round(2)
    person = np.repeat(np.arange(people), NUMBERS)
    case = Case(
        expected.ravel(),
        fee.ravel(),
        np.ones(fee.size, dtype=bool),
        np.zeros(fee.size, dtype=bool),
        person=person,
    )
    if limited:
        home, new = random.integers(0, 2, people), random.random(people) < 0.5
        rules = [
            (f"at most 2 on {name}", Rule(np.repeat(home == name, NUMBERS) * 1.0, high=2.0))
            for name in range(2)
        ]
        rules.append(("at least 1 new", Rule(np.repeat(new, NUMBERS) * 1.0, low=1.0)))
        case = replace(
            case,
            may=case.may & (case.fee <= 900.0),
            must=np.repeat(np.arange(people) == 2, NUMBERS),
            rules=tuple(rules),
        )
    if shared:
        rows = {f"p{who}": who for who in range(people)}
        seen = [1.0, 0.4][seed % 2]
        case = replace(
            case, together=Together.of(expected, rows, audience_of(followings(seed, people)), seen)
        )
    return case, expected


def chosen_in(case: Case, numbers: Any) -> Any:
    """Return the rows of so many posts of each."""
    flags = np.zeros((len(numbers), NUMBERS), dtype=bool)
    some = numbers > 0
    flags[some, numbers[some] - 1] = True
    return flags.ravel()


def kept(case: Case, *more: Rule) -> Iterator[Any]:
    """Yield every choice that keeps all limits."""
    must = case.must.reshape(PEOPLE, NUMBERS).any(axis=1)
    for numbers in ALL:
        flags = chosen_in(case, numbers)
        sums = [(rule, flags @ rule.weight) for rule in [*(rule for _, rule in case.rules), *more]]
        if (
            (numbers[must] > 0).all()
            and not (flags & ~case.may).any()
            and all(rule.low * (1 - 1e-9) <= total <= rule.high * (1 + 1e-9) for rule, total in sums)
        ):
            yield flags


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("limited", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_no_other_numbers_of_posts_are_better(seed: int, limited: bool, shared: bool) -> None:
    case, _ = several(seed, limited=limited, shared=shared)
    choices = list(kept(case, Rule(case.fee, high=1200.0)))
    if not choices:
        with pytest.raises(InputError, match="No plan keeps to"):
            within_budget(case, 1200.0, 60.0)
        return
    brings, costs = (
        np.array([case.conversions(one) for one in choices]),
        np.array([case.fee[one].sum() for one in choices]),
    )
    paying = within_budget(case, 1200.0, 60.0)
    assert paying.chosen.reshape(PEOPLE, NUMBERS).sum(axis=1).max() <= 1, "of each person one number of posts"
    assert 60.0 * paying.conversions - paying.cost == pytest.approx((60.0 * brings - costs).max(), rel=1e-9)
    assert paying.gap == 0.0
    everything = list(kept(case))
    reach = max(map(case.conversions, everything))
    target = 0.7 * reach
    cheapest = min(case.fee[one].sum() for one in everything if case.conversions(one) >= target * (1 - 1e-9))
    reached = for_target(case, target, None, None)
    assert reached.cost == pytest.approx(cheapest, rel=1e-9)
    assert reached.conversions >= target * (1 - 1e-9)
    with pytest.raises(
        InputError, match=f"the most that can be expected of these candidates is {reach:,.1f}"
    ):
        for_target(case, 1.01 * reach, None, None)


@pytest.mark.parametrize("seed", range(4))
def test_whoever_follows_several_counts_once_whatever_number_of_posts_each_makes(seed: int) -> None:
    case, expected = several(seed, limited=False, shared=True)
    follows, seen = followings(seed, PEOPLE), [1.0, 0.4][seed % 2]
    for numbers in np.random.default_rng(seed).choice(ALL, 40):
        # Those asked, at their number of posts, as if that were the only one there is: account by account.
        brings = np.where(numbers > 0, expected[np.arange(PEOPLE), numbers - 1], 0.0)
        alone = worked_out(Case.of(brings, np.ones(PEOPLE)), follows, numbers > 0, seen)
        assert case.conversions(chosen_in(case, numbers)) == pytest.approx(alone, rel=1e-9)


def test_the_next_conversion_may_come_from_a_further_post_of_somebody_who_is_asked() -> None:
    # One post for 100 brings 10; two for 190 bring 12, so each of the two more costs 45; the other's cost 60 each.
    case = Case(
        np.array([10.0, 12.0, 3.0, 3.0]), np.array([100.0, 190.0, 180.0, 500.0]), np.ones(4, dtype=bool), np.zeros(4, dtype=bool), person=np.array([0, 0, 1, 1])
    )  # fmt: skip
    choice = within_budget(case, 400.0, 30.0)
    assert choice.chosen.tolist() == [True, False, False, False]
    assert choice.next_cost == pytest.approx(45.0)


def by_solver(case: Case, budget: float, *more: Rule) -> float:
    """Return the most conversions within a budget, by a plain statement of the problem."""
    assert case.person is not None
    rows = np.arange(len(case.fee))
    once = sparse.csr_array((np.ones(len(rows)), (case.person, rows)))
    result = milp(
        -np.where(case.may, case.expected, -1.0), integrality=np.ones(len(rows)), bounds=Bounds(0, 1), options={"mip_rel_gap": 0.0},
        constraints=[LinearConstraint(once, ub=1.0), LinearConstraint(case.fee[None], ub=budget)] + [LinearConstraint(rule.weight[None], lb=rule.low) for rule in more],
    )  # fmt: skip
    return -float(result.fun)


@pytest.mark.parametrize("seed", range(4))
def test_of_many_people_the_choice_is_as_good_as_a_solver_for_all_at_once_finds(seed: int) -> None:
    case, _ = several(seed, limited=False, shared=False, people=300)
    choice = within_budget(case, 4_000.0, 1e9)
    assert choice.conversions == pytest.approx(by_solver(case, 4_000.0), rel=1e-7)
    assert choice.gap == 0.0


@pytest.mark.parametrize(("people", "new"), [(300, 30), (1_500, 100), (2_500, 250)])
def test_limits_that_many_must_keep_are_kept_and_the_choice_is_still_the_best(people: int, new: int) -> None:
    """Those who are new bring little: without a price on that limit they would be left out, and no plan be found."""
    case, _ = several(0, limited=False, shared=False, people=people)
    fresh = np.repeat(np.arange(people) % 3 == 0, NUMBERS)
    rule = Rule(fresh * 1.0, low=new)
    case.may[-NUMBERS:] = False
    case = replace(
        case, expected=np.where(fresh, 0.05, 1.0) * case.expected, rules=((f"at least {new} new", rule),)
    )
    budget = 2.0 * float(np.sort(case.fee[fresh].reshape(-1, NUMBERS)[:, 0])[:new].sum())
    choice = within_budget(case, budget, 1e9)
    assert choice.conversions == pytest.approx(by_solver(case, budget, rule), rel=1e-7)
    assert choice.gap == 0.0
    assert choice.chosen[fresh].sum() >= new
    target = for_target(case, 0.5 * choice.conversions, None, None)
    assert target.chosen[fresh].sum() >= new
    assert target.gap == 0.0


def test_where_too_many_are_unsure_the_plan_says_how_far_from_the_best_it_may_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "CONSIDERED", 5)
    monkeypatch.setattr(module, "CORE", 3)
    gaps = []
    for seed in range(8):
        case, _ = several(seed, limited=False, shared=False, people=60)
        choice, best = within_budget(case, 2_000.0, 1e9), by_solver(case, 2_000.0)
        assert best <= choice.conversions / (1 - choice.gap) * (1 + 1e-6)
        assert choice.cost <= 2_000.0 * (1 + 1e-9)
        gaps.append(choice.gap)
    assert 0 < max(gaps) < 0.2


EXPOSURE = made.record("offer__exposure", low=1.0, high=5.0)
FEE, PER_POST = made.record("offer__fee"), made.record("offer__fee_per_post")
REACH = made.record("momentum__followers")


def people(slope: float = -0.3, *more: Any, **facts: Any) -> Scored:
    """Return four people with whom two posts are agreed, each further one of which brings less."""
    model = made.bundle(
        {EXPOSURE: slope, FEE: 0.05, PER_POST: 0.02, REACH: 1.0} | dict.fromkeys(more, 0.0), interval=Interval(0.05, 0.95, 0.5), **facts
    )  # fmt: skip
    columns = {
        EXPOSURE.column: np.full(4, 2.0),
        FEE.column: np.array(FEES),
        PER_POST.column: np.array(FEES) / 2,
    }
    columns |= {REACH.column: np.array([40.0, 30.0, 20.0, 4.0])} | {one.column: np.zeros(4) for one in more}
    return made.scored(model, columns, exposure=2.0)


FEES = (400.0, 250.0, 260.0, 30.0)
IDS = tuple(f"i{number:03d}" for number in range(4))


def plan(told: Scored, usual: UsualFees | None = None, currency: float = 1.0, **wanted: Any) -> Plan:
    limits = Limits(**{name: wanted.pop(name) for name in [*wanted] if name in Limits.__dataclass_fields__})
    fees = dict(zip(IDS, FEES, strict=True))
    costs = np.array([currency * fees[who] for who in told.scores["influencer_id"]])
    return make_plan(
        told.scores, told.features, costs, Wanted(limits=limits, **wanted), told.bundle, place=told.place, usual=usual
    )  # fmt: skip


def test_each_number_of_posts_is_forecast_as_an_offer_of_as_many_would_be() -> None:
    told = people()
    chosen = plan(told, budget=900.0, worth=20.0, most_posts=4)
    assert chosen.posts is not None
    assert chosen.posts.growth == 1.0, "no past fees: in proportion"
    assert set(chosen.asked["posts"]) > {1.0}
    for row in chosen.asked.itertuples():
        place = told.place(str(row.influencer_id))
        fee, posts = told.features[FEE.column].iloc[place] * row.posts / 2, row.posts
        offer = {EXPOSURE.column: posts, FEE.column: fee, PER_POST.column: fee / posts, "exposure": posts}
        alone = told.bundle.predict(told.features.iloc[[place]].assign(**offer))
        assert row.fee == pytest.approx(fee)
        assert row.expected_conversions == pytest.approx(alone["expected_conversions"].iloc[0], rel=1e-12)
        assert (row.low, row.high) == (alone["low"].iloc[0], alone["high"].iloc[0])
    assert chosen.cost == pytest.approx(chosen.asked["fee"].sum())
    assert chosen.conversions == pytest.approx(chosen.asked["expected_conversions"].sum())
    assert chosen.decisions["exposure"].tolist() == chosen.asked["posts"].tolist(), (
        "what is logged is what is asked for"
    )
    numbers = chosen.asked.set_index("influencer_id")["posts"]
    said = [
        f"{number:g} for {' and '.join(numbers.index[numbers == number])}"
        for number in sorted(set(numbers), reverse=True)
    ]
    assert any(sentence.startswith(f"Posts: {', '.join(said)}.") for sentence in chosen.sentences)
    assert "up to 4 posts each" in chosen.sentences[0]


def test_to_choose_among_more_numbers_is_never_worse() -> None:
    told = people()
    most = [plan(told, budget=700.0, worth=1e6, most_posts=number).conversions for number in (1, 2, 3, 4, 5)]
    assert most == sorted(most)
    agreed = plan(told, budget=700.0, worth=1e6)
    assert agreed.posts is None
    assert agreed.asked["posts"].tolist() == [2.0] * len(agreed.asked)
    assert most[1] >= agreed.conversions
    near = plan(told, budget=450.0, worth=1e6, most_posts=5).table.query("~ask")
    assert len(near)
    agreed_fees = {f"i{number:03d}": fee for number, fee in enumerate(FEES)}
    assert [agreed_fees[who] for who in near["influencer_id"]] == near["fee"].tolist(), (
        "others stand at what is agreed"
    )
    assert set(near["posts"]) == {2.0}


def test_the_plan_goes_no_further_than_past_outcomes_do() -> None:
    chosen = plan(people(slope=0.5), budget=5_000.0, worth=1e6, most_posts=9)
    assert chosen.asked["posts"].tolist() == [5.0] * 4
    said = " ".join(chosen.sentences)
    assert "Posts: 5 each. Nobody was asked for more than 5 so far, so the plan goes no further." in said
    assert "Twice the posts are taken to cost 2 times the fee, in proportion." in said


def test_past_fees_say_what_further_posts_cost() -> None:
    posts = np.tile([1.0, 2.0, 4.0], 10)
    usual = UsualFees.fit(300.0 * posts**0.5, np.full(30, 1_000.0), posts)
    chosen = plan(people(slope=0.5), usual, budget=5_000.0, worth=1e6, most_posts=4)
    fees = chosen.asked.set_index("influencer_id")["fee"]
    assert fees["i000"] == pytest.approx(400.0 * 2**0.5, abs=0.01)
    assert "Twice the posts are taken to cost 1.4 times the fee, as past fees say." in " ".join(
        chosen.sentences
    )


def test_whether_anybody_earns_their_fee_goes_by_every_number_of_posts() -> None:
    told = people(slope=-0.9)
    told = replace(
        told,
        scores=told.scores.assign(
            fee=[dict(zip(IDS, FEES, strict=True))[who] for who in told.scores["influencer_id"]]
        ),
    )
    agreed, single = plan(told, budget=900.0), plan(told, budget=900.0, most_posts=5)
    assert single.cheapest < agreed.cheapest, "a first post alone costs less for what it brings"
    worth = (single.cheapest + agreed.cheapest) / 2
    for most, pays in ((None, False), (5, True)):
        ask = Ask(brief="x", budget=900.0, value=worth, limits=Limits(most_posts=most))
        answer = with_plan(told, ask, TABLES)
        assert answer.plan is not None
        assert answer.plan.by_slope is not pays
        assert (
            any(said.startswith("Nobody is expected to earn their fee") for said in answer.banner) is not pays
        )


def test_neither_order_nor_currency_matters() -> None:
    told = people()
    first = plan(told, budget=700.0, worth=20.0, most_posts=4)
    turned = replace(
        told,
        scores=told.scores[::-1].reset_index(drop=True),
        features=told.features[::-1].reset_index(drop=True),
    )
    pd.testing.assert_frame_equal(plan(turned, budget=700.0, worth=20.0, most_posts=4).table, first.table)
    dear = plan(told, currency=1e4, budget=7e6, worth=2e5, most_posts=4)
    assert dear.asked[["influencer_id", "posts"]].equals(first.asked[["influencer_id", "posts"]])


def test_a_limit_on_fees_is_kept_by_fewer_posts() -> None:
    told = people()
    chosen = plan(told, budget=5_000.0, worth=1e6, most_posts=5, most_fee=410.0, must=("i000",))
    assert (chosen.asked["fee"] <= 410.0).all()
    assert chosen.asked.set_index("influencer_id").loc["i000", "posts"] == 2.0
    with pytest.raises(InputError, match="rule out"):
        plan(told, budget=5_000.0, worth=1e6, most_posts=5, most_fee=100.0, must=("i000",))


def test_where_limits_leave_nobody_the_plan_is_empty_or_what_wants_somebody_is_named() -> None:
    """A solver is not asked about nobody: it would refuse."""
    case, _ = several(0, limited=False, shared=False)
    everybody = np.ones(PEOPLE * NUMBERS)
    case = replace(case, may=case.may & False, rules=(("at most 2 on A", Rule(everybody, high=2.0)),))
    empty = within_budget(case, 1200.0, 60.0)
    assert not empty.chosen.any()
    assert empty.gap == 0.0
    with pytest.raises(InputError, match="No plan keeps to"):
        within_budget(replace(case, rules=(("at least 1 new", Rule(everybody, low=1.0)),)), 1200.0, 60.0)


def test_places_to_learn_stand_beside_chosen_posts() -> None:
    told = people(campaign_variance=0.01)
    chosen = plan(told, budget=900.0, worth=20.0, most_posts=3, never=("i000",), explore=1)
    assert chosen.cost <= 900.0
    assert chosen.asked["posts"].notna().all()


@pytest.mark.parametrize(
    ("more", "most", "says"),
    [
        ({"low": 3.0, "high": 5.0}, 2, "past outcomes had 3 to 5, and what fewer bring cannot be told"),
        ({"low": 2.0, "high": 2.0}, 3, "cannot be told: all past outcomes had 2"),
        ({}, 0, "Up to 0 posts each cannot be planned; it must be 1 to 20"),
        ({}, 21, "it must be 1 to 20"),
    ],
)
def test_what_past_outcomes_do_not_tell_is_refused(more: Any, most: int, says: str) -> None:
    told = people()
    records = tuple(
        replace_record(record, **more) if record is EXPOSURE else record for record in told.bundle.features
    )
    told = replace(told, bundle=replace(told.bundle, features=records))
    with pytest.raises(InputError, match=says) as caught:
        plan(told, budget=700.0, most_posts=most)
    assert caught.value.field == "most_posts"


def replace_record(record: Any, **more: Any) -> Any:
    return record.model_copy(update=more)


def test_posts_by_format_and_features_of_ones_own_are_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    by_format = people(-0.3, made.record("offer__reels"))
    with pytest.raises(InputError, match=r"agreed by format here \(offer__reels\)"):
        plan(by_format, budget=700.0, most_posts=3)
    own = SimpleNamespace(column="offer__effort", build=SimpleNamespace(__module__="notebook"))
    monkeypatch.setattr(module, "all_features", lambda: [own])
    with pytest.raises(InputError, match="offer__effort is a feature of your own"):
        plan(people(-0.3, made.record("offer__effort")), budget=700.0, most_posts=3)
    unseen = people()
    unseen = replace(unseen, bundle=replace(unseen.bundle, features=unseen.bundle.features[1:]))
    with pytest.raises(InputError, match="cannot be told: the model does not look at it"):
        plan(unseen, budget=700.0, most_posts=3)


def test_a_real_plan_promises_what_scoring_for_as_many_posts_says_and_is_the_same_on_the_page(
    world: Path, trained: Any, client: httpx.Client
) -> None:
    campaign = "c0055"
    body = {"ask": {"campaign_id": campaign}, "budget": 60_000, "most_posts": 5}
    told = client.post("/v1/plans", json=body).json()
    assert 0 < told["cost"] <= 60_000
    with open_session(world, trained[1], remember=False) as session:
        ask = Ask(campaign=campaign, budget=60_000.0, limits=Limits(most_posts=5))
        plan = session.score(ask).plan
        for row in told["asked"]:
            offer = {"exposure": row["posts"], "fee": row["fee"]}
            alone = session.score(Ask(campaign=campaign, offer=offer, influencers=(row["influencer_id"],)))
            # Fees are rounded to cents after the forecast.
            assert row["expected_conversions"] == pytest.approx(
                alone.scores["expected_conversions"].iloc[0], rel=1e-5
            )
    assert plan is not None
    assert [row["influencer_id"] for row in told["asked"]] == plan.asked["influencer_id"].tolist()
    address = f"/campaigns/{campaign}"
    typed = {"budget": "60000", "most_posts": "5"}
    page = client.get(address, params=typed).text
    for number in {row["posts"] for row in told["asked"]}:
        assert f"ask · {number:g} post{'' if number == 1 else 's'}</span>" in page
    listed = client.get(
        f"{address}/shortlist.csv", params={**typed, "pick": [row["influencer_id"] for row in told["asked"]]}
    ).text
    for row in told["asked"]:
        assert row["influencer_id"] in listed
    report = client.get(f"{address}/report", params=typed).text
    assert f"<b>{told['cost']:,.0f}</b>".replace(",", "") in report.replace(",", "")
    wrong = client.get(address, params={**typed, "most_posts": "40"}).text
    assert "Up to 40 posts each cannot be planned; it must be 1 to 20" in wrong


def test_that_nobody_said_a_fee_stands_above_the_plan_on_the_page(client: httpx.Client) -> None:
    path = client.post("/briefs", data={"brief": "Iced coffee for summer"}).headers["location"]
    says = "No fee was given. Each is taken to ask what was paid so far"
    banner = r'<div class="banner" role="note">(.*?)</div>'
    plain = client.get(path).text
    assert says in plain
    assert says not in "".join(re.findall(banner, plain, re.DOTALL))
    for more in ({"budget": "20000"}, {"budget": "20000", "most_posts": "3"}):
        planned = client.get(path, params=more).text
        assert planned.count(says) == 1
        assert says in "".join(re.findall(banner, planned, re.DOTALL))
        assert says in "".join(re.findall(banner, client.get(f"{path}/report", params=more).text, re.DOTALL))
