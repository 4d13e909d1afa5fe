"""Goals of campaigns: outcomes of several are refused, told, and never added up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import suasion as su
from suasion.features.engine.currencies import currencies_of, require_one_currency
from suasion.features.engine.goals import goals_of
from suasion.features.errors import InputError
from suasion.features.tables.open import open_tables
from suasion.serving.check import check
from suasion.serving.cli.terminal.checked import print_check
from suasion.serving.scoring.candidates import Ask, check_ask, name_campaign, offer_of, warn_goal
from suasion.serving.scoring.notes import Notes
from suasion.serving.scoring.plan.fees import read_usual_fees
from suasion.training.examples import known_outcomes

from . import small
from .brands import brand
from .quick import PricedSession, opened, write

LATER = pd.Timestamp("2026-01-01")


def goals(tables: dict[str, pd.DataFrame], *told: str | None) -> dict[str, pd.DataFrame]:
    """Return the brand's tables with these goals, campaign after campaign in turn."""
    campaigns = tables["campaigns"]
    return tables | {"campaigns": campaigns.assign(goal=[told[k % len(told)] for k in range(len(campaigns))])}


def saved(tables: dict[str, Any], folder: Path) -> Path:
    folder.mkdir()
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet")
    return folder


def test_several_goals_are_refused_with_what_to_do() -> None:
    data = su.Dataset(**goals(brand(), "purchase", "click", None))
    with pytest.raises(InputError, match=r"several goals.*purchase \(168 outcomes\), click \(156 outcomes\)\. Choose one, such as --goal purchase"):  # fmt: skip
        data.training_frame()


@pytest.mark.parametrize(
    ("told", "goal"),
    [((None,), None), (("purchase",), None), (("Purchase ", " purchase"), "PURCHASE"), (("click",), "click")],
)
def test_one_goal_changes_nothing(told: tuple[str | None, ...], goal: str | None) -> None:
    plain, y = su.Dataset(**brand()).training_frame()[:2]
    found, found_y = su.Dataset(**goals(brand(), *told), goal=goal).training_frame()[:2]
    pd.testing.assert_frame_equal(found, plain)
    np.testing.assert_array_equal(found_y, y)


def test_outcomes_of_another_goal_are_as_if_they_were_not_there() -> None:
    tables = goals(brand(campaigns=80), "purchase", "click", None, "purchase")
    ours = tables["campaigns"].loc[tables["campaigns"]["goal"] == "purchase", "campaign_id"]
    alone = tables | {"outcomes": tables["outcomes"][tables["outcomes"]["campaign_id"].isin(ours)]}
    (found, y), (expected, expected_y) = (
        su.Dataset(**told, goal=goal).training_frame()[:2]
        for told, goal in ((tables, "purchase"), (alone, None))
    )
    assert found["conversion__shrunk_rate"].nunique() > 50
    pd.testing.assert_frame_equal(found, expected)
    np.testing.assert_array_equal(y, expected_y)


def test_fees_medians_and_currency_are_of_the_goal_alone(tmp_path: Path) -> None:
    """What a click costs is no fee of a purchase: with outcomes of another goal all is as without them."""
    tables = goals(brand(campaigns=80), "purchase", "click", None)
    ours = (
        tables["outcomes"]["campaign_id"].map(tables["campaigns"].set_index("campaign_id")["goal"])
        == "purchase"
    )
    outcomes = tables["outcomes"].assign(
        fee=tables["outcomes"]["fee"].where(ours, 5_000.0),
        exposure=tables["outcomes"]["exposure"].where(ours, 9.0),
        currency=np.where(ours, "EUR", "USD"),
    )
    answers = []
    for name, told in (("all", outcomes), ("alone", outcomes[ours])):
        data = saved(tables | {"outcomes": told}, tmp_path / name)
        with open_tables(data, goal="purchase") as opened:
            usual, notes = read_usual_fees(opened, LATER.to_pydatetime()), Notes()
            assert usual is not None
            offer = offer_of(opened, Ask(brief="tea"), LATER.to_pydatetime(), notes)
            answers.append((usual.count, usual.slopes.tolist(), offer, notes.rest, currencies_of(opened)))
            require_one_currency(opened)
    assert answers[0] == answers[1]


def test_whoever_serves_a_model_reads_the_outcomes_of_its_goal(tmp_path: Path) -> None:
    class OfPurchases(PricedSession):
        def __init__(self, tables: Any, bundle: Any) -> None:
            super().__init__(replace(tables, goal="purchase"), bundle)

    with opened(write(tmp_path), session=OfPurchases) as engine:
        assert engine.tables.goal == "purchase"


def test_the_goal_of_a_campaign_is_as_last_told(tmp_path: Path) -> None:
    tables = goals(brand(), "purchase")
    first = tables["campaigns"].iloc[[0]]
    corrected = first.assign(goal="click", known_at=LATER)
    whole = pd.concat([tables["campaigns"].assign(known_at=pd.NaT), corrected])
    data = saved(tables | {"campaigns": whole}, tmp_path / "data")
    with open_tables(data, goal="click") as opened:
        rows = opened.sql(f"SELECT DISTINCT campaign_id FROM ({known_outcomes(opened, None)})").fetchall()
    assert rows == [(first["campaign_id"].iloc[0],)]


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (("purchase", "click"), r"No outcome has the goal 'install'; goals are click \(\d+ outcomes\), purchase \(\d+ outcomes\)\."),
        ((None,), "No outcome has the goal 'install'; no campaign has one: fill the column goal of campaigns"),
    ],
)  # fmt: skip
def test_a_goal_that_nobody_has_is_refused(told: tuple[str | None, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        su.Dataset(**goals(brand(), *told), goal="install").training_frame()


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (("purchase", "Click", None), ["several goals (click 1, purchase 1)", "--goal click", "Of 1 outcomes the campaign has no goal", "Conversions (1 of no told goal, 1 of the goal click, 1 of the goal purchase) of 1 influencers"]),
        (("purchase", "purchase", "purchase"), []),
        ((None, None, None), []),
        (("purchase", "purchase", " "), ["Of 1 outcomes the campaign has no goal"]),
    ],
)  # fmt: skip
def test_a_check_counts_goals_and_says_what_not_to_add_up(
    told: tuple[str | None, ...], says: list[str], tmp_path: Path
) -> None:
    start = small.T0
    campaigns = [
        {"campaign_id": f"c{k}", "starts_at": start, "ends_at": start, "goal": goal}
        for k, goal in enumerate(told)
    ]
    outcomes = [
        {"campaign_id": f"c{k}", "influencer_id": "ann", "conversions": 1.0, "known_at": start + small.MICRO}
        for k in range(3)
    ]
    data = saved(
        {"campaigns": pd.DataFrame(campaigns), "outcomes": pd.DataFrame(outcomes)}, tmp_path / "data"
    )
    console = Console(width=400, record=True)
    with open_tables(data) as tables:
        assert sum(goals_of(tables).values()) == 3
        found = check(tables, tmp_path / "aside")
        print_check(console, found)
    said = console.export_text()
    assert found.conversions == (3.0 if len({str(goal).strip() for goal in told}) == 1 else None)
    assert ("3 conversions of 1 influencers" in said) == (found.conversions is not None)
    assert all(word in said for word in says)
    assert ("goal" in said.replace("brand, category, brief, goal", "")) == bool(says)


def test_a_check_counts_an_outcome_that_was_read_again_once(tmp_path: Path) -> None:
    campaign = {"campaign_id": "c", "starts_at": small.T0, "ends_at": small.T0}
    key = {"campaign_id": "c", "influencer_id": "ann"}
    versions = [
        key | {"conversions": 5.0 + k, "known_at": small.T0 + (k + 1) * small.MICRO} for k in range(2)
    ]
    data = saved({"campaigns": pd.DataFrame([campaign]), "outcomes": pd.DataFrame(versions)}, tmp_path / "d")
    with open_tables(data) as tables:
        assert check(tables, tmp_path / "aside").conversions == 6.0


@pytest.mark.parametrize(
    ("seen", "stored", "ask", "warned"),
    [
        ({"purchase": 40, "sign-up": 2}, None, None, ""),
        ({"purchase": 40, "sign-up": 2}, None, " Purchase", ""),
        ({"purchase": 40, "sign-up": 2}, None, "sign-up", ""),
        ({"purchase": 40, "sign-up": 2}, None, "click", "never saw the goal click: it learned from outcomes of the goal purchase"),
        ({}, None, "click", "never saw the goal click: it learned from campaigns without a goal"),
        ({"purchase": 40}, "Purchase", None, ""),
        ({"purchase": 40}, "install", None, "never saw the goal install"),
        ({"purchase": 40}, None, None, ""),
    ],
)  # fmt: skip
def test_a_goal_that_the_model_never_saw_is_said(
    seen: dict[str, int], stored: str | None, ask: str | None, warned: str, tmp_path: Path
) -> None:
    """Of a stored campaign its own goal, of a new brief what it says; without either it is what the model learned from."""
    campaign = {"campaign_id": "c", "starts_at": small.T0, "ends_at": small.T0, "goal": stored}
    outcome = {"campaign_id": "c", "influencer_id": "ann", "conversions": 1.0}
    data = saved({"campaigns": pd.DataFrame([campaign]), "outcomes": pd.DataFrame([outcome])}, tmp_path / "d")
    notes = Notes()
    bundle: Any = SimpleNamespace(facts={"goals": seen})
    question = Ask(campaign="c") if ask is None else Ask(brief="tea", goal=ask)
    with open_tables(data) as tables, tables.scratch() as scratch:
        name_campaign(scratch, question)
        warn_goal(scratch, question, bundle, notes)
    assert [warned in text for text in notes.banner] == ([True] if warned else [])


def test_countries_are_written_as_codes() -> None:
    check_ask(Ask(brief="tea", country="DE, at"))
    with pytest.raises(
        InputError, match="The country is 'Germany'; write codes of countries, such as DE, AT"
    ):
        check_ask(Ask(brief="tea", country="Germany"))


def test_why_a_score_changed_is_told_with_the_offers_of_the_models_goal() -> None:
    """Both scorings are offered the median of past fees: of purchases alone, also where the data holds clicks."""
    tables = goals(brand(campaigns=80), "purchase", "click")
    clicks = tables["outcomes"]["campaign_id"].isin(
        tables["campaigns"].query("goal == 'click'")["campaign_id"]
    )
    outcomes = tables["outcomes"].assign(fee=tables["outcomes"]["fee"].where(~clicks, 5_000.0))
    model = su.InfluenceModel(kind="linear", alpha=1.0)
    model.fit(su.Dataset(**tables | {"outcomes": outcomes}, goal="purchase"))
    last = str(outcomes["influencer_id"].iloc[-1])
    moments: dict[str, Any] = {"brief": "tea", "as_of": "2025-06-01", "to_as_of": "2025-08-01"}
    change = model.change(su.Dataset(**tables | {"outcomes": outcomes}), last, **moments)
    ended = tables["campaigns"].set_index("campaign_id")["ends_at"][outcomes["campaign_id"]].to_numpy()
    known = ended + np.timedelta64(14, "D") < np.datetime64("2025-08-01")
    assert change.assumed["fee"] == outcomes["fee"][~clicks & known].median()
