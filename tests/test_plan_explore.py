"""Places held to learn: who gets them, with what chance, what they cost, and the log by which that is judged later."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from suasion.features.errors import InputError
from suasion.serving.scoring.plan.choose import within_budget
from suasion.serving.scoring.plan.explore import explore
from suasion.serving.scoring.plan.limits import Limits
from suasion.serving.scoring.plan.plan import Plan, Wanted, make_plan
from suasion.serving.scoring.plan.sentence import figure

from .test_plan import many, plan
from .test_plan_choice import case


def learning(places: int = 3, seed: int = 20, order: Any = slice(None), **limits: Any) -> Plan:
    """Return a plan among eighty with places held to learn."""
    told, fee = many()
    wanted = Wanted(2000.0, worth=80.0, explore=places, limits=Limits(**limits))
    scores, features = told.scores.iloc[order], told.features.iloc[order]
    model = replace(told.bundle, identity="b" * 64)
    return make_plan(scores, features, fee[order], wanted, model, seed=seed)


def test_places_are_held_within_the_budget_and_what_they_cost_is_said() -> None:
    plain, told = learning(0), learning(3)
    assert told.table["explore"].sum() == 3
    assert told.asked["explore"].sum() == 3
    assert told.cost <= 2000.0 * (1 + 1e-9)
    assert not set(told.table.loc[told.table["explore"], "influencer_id"]) & set(plain.asked["influencer_id"])
    assert told.without_learning == pytest.approx(plain.conversions)
    assert told.conversions < plain.conversions
    names = [str(who) for who in told.table.loc[told.table["explore"], "influencer_id"]]
    said = (
        f"{names[0]}, {names[1]} and {names[2]} are asked to learn what they bring, and picked by chance. Without them the same budget is "
        f"expected to bring about {figure(plain.conversions)}: learning costs about {figure(plain.conversions - told.conversions)} conversions."
    )
    assert said in told.sentences
    assert told.table.loc[told.table["explore"], "why"].str.startswith("to learn: ").all()
    assert plain.without_learning is None
    assert plain.table["probability"].tolist() == plain.table["ask"].astype(float).tolist()


def test_the_same_seed_holds_the_same_places_whatever_the_order_of_rows() -> None:
    first = learning()
    for seed in range(2):
        again = learning(order=np.random.default_rng(seed).permutation(80))
        pd.testing.assert_frame_equal(again.table, first.table)
    others = [frozenset(learning(seed=seed).table.query("explore")["influencer_id"]) for seed in range(6)]
    assert len(set(others)) > 1, "who is picked follows from chance"


def test_the_chance_that_is_told_is_the_chance_with_which_people_are_picked() -> None:
    given = case(4, limited=False)
    unknown, budget = np.full(15, 0.5), 1500.0
    plain = within_budget(given, budget, 100.0)
    told, times = [], np.zeros(15)
    for seed in range(60):
        found = explore(
            given, plain, 2, budget, unknown, lambda held: within_budget(held, budget, 100.0), seed
        )
        assert found.held.sum() == 2
        assert not (found.held & plain.chosen).any()
        told.append(found.probability)
        times += found.held / 60
    outside = given.may & ~plain.chosen
    assert np.mean(told, axis=0)[outside] == pytest.approx(times[outside], abs=0.15)
    assert found.probability[outside].sum() == pytest.approx(2.0, abs=1e-9)
    assert (found.probability[found.held] > 0).all()


def test_who_is_better_known_teaches_less() -> None:
    given = case(4, limited=False)
    plain = within_budget(given, 1500.0, 100.0)
    outside = np.flatnonzero(given.may & ~plain.chosen)
    alike = np.where(np.isin(np.arange(15), outside), 3.0, given.expected)
    same = type(given)(
        alike, np.where(np.isin(np.arange(15), outside), 400.0, given.fee), given.may, given.must
    )
    unknown = np.full(15, 1.0)
    unknown[outside[0]] = 0.05
    found = explore(same, plain, 1, 1500.0, unknown, lambda held: within_budget(held, 1500.0, 100.0), 0)
    assert found.probability[outside[0]] < 0.7 * found.probability[outside[1:]].mean()
    unknown[outside[0]] = 0.0
    found = explore(same, plain, 1, 1500.0, unknown, lambda held: within_budget(held, 1500.0, 100.0), 0)
    assert found.probability[outside[0]] == 0.0, "of whom nothing is unknown nothing is learned"


def test_limits_hold_for_whoever_is_asked_to_learn_from_too() -> None:
    dear = learning(2, most_fee=120.0)
    assert (dear.asked["fee"] <= 120.0).all()
    who = str(learning(1).table.query("explore")["influencer_id"].iloc[0])
    never = learning(1, never=(who,))
    assert who not in never.asked["influencer_id"].tolist()
    none = plan(budget=950.0, worth=50.0, explore=2)
    assert (
        "Nobody is asked to learn from: no one outside the plan can be had within the budget."
        in none.sentences
    )
    with pytest.raises(InputError, match="give a budget and no target"):
        plan(target=40.0, explore=1)
    with pytest.raises(InputError, match="-1 places cannot be held"):
        plan(budget=40.0, explore=-1)


def test_decisions_are_appended_once_with_their_chance_and_forecast(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "decisions.jsonl"
    told = learning(2)
    assert told.log(path)
    first = path.read_bytes()
    rows = [json.loads(line) for line in first.decode().splitlines()]
    assert [row["influencer_id"] for row in rows] == told.asked["influencer_id"].tolist()
    assert [row["reason"] for row in rows].count("explore") == 2
    one, kept = told.asked.iloc[0], rows[0]
    assert {name: kept[name] for name in ("probability", "fee", "expected_conversions", "low", "high")} == {
        name: one[name] for name in ("probability", "fee", "expected_conversions", "low", "high")
    }
    assert kept["model"] == "b" * 64
    assert kept["as_of"] == "2023-06-01T00:00:00Z"
    assert kept["campaign_id"] == "c1"
    assert not learning(2).log(path), "the same plan is kept once"
    assert path.read_bytes() == first
    assert learning(0).log(path)
    assert path.read_bytes().startswith(first), "no line is ever changed"
    with pytest.raises(InputError, match=r"must end in \.jsonl"):
        told.log(tmp_path / "decisions.csv")
    path.write_text("no decision\n")
    with pytest.raises(InputError, match="line 1, is no decision"):
        told.log(path)
