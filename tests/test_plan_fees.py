"""What is usually paid: half of past fees lie in the range, nothing from later counts, and with few fees nothing is said."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from suasion.features.tables.open import open_tables
from suasion.serving.cli.terminal.planned import print_plan
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.notes import Notes
from suasion.serving.scoring.plan.asked import taken_fees
from suasion.serving.scoring.plan.fees import FEWEST, UsualFees, read_usual_fees
from suasion.serving.scoring.plan.plan import Wanted, make_plan
from suasion.serving.scoring.score import with_plan

from .command import small_data
from .test_plan import FEES, TABLES, people

ONE = np.ones(1)


def paid(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return fees that follow a law: 20 for each follower to the power 0.55 and post to the power 0.9, give or take 30 %."""
    random = np.random.default_rng(seed)
    followers, exposure = random.lognormal(9.0, 1.2, count), random.integers(1, 5, count).astype(float)
    return 20 * followers**0.55 * exposure**0.9 * random.lognormal(0.0, 0.3, count), followers, exposure


def fitted(*given: np.ndarray) -> UsualFees:
    usual = UsualFees.fit(*given)
    assert usual is not None
    return usual


def test_half_of_fees_to_come_lie_in_the_range_and_its_middle_follows_the_law() -> None:
    usual = fitted(*paid(800))
    fee, followers, exposure = paid(4_000, seed=1)
    low, middle, high = usual.ranges(followers, exposure)
    assert np.mean((low <= fee) & (fee <= high)) == pytest.approx(0.5, abs=0.05)
    assert np.median(np.abs(middle / (20 * followers**0.55 * exposure**0.9) - 1)) < 0.05
    assert np.all((low <= middle) & (middle <= high))


def test_neither_the_unit_of_money_nor_the_order_changes_the_range() -> None:
    fee, followers, exposure = paid(60)
    first = fitted(fee, followers, exposure).ranges(followers, exposure)
    order = np.random.default_rng(0).permutation(60)
    assert fitted(fee[order], followers[order], exposure[order]).ranges(followers, exposure) == pytest.approx(
        first
    )
    assert fitted(fee * 100, followers, exposure).ranges(followers, exposure) == pytest.approx(
        first * 100, rel=1e-5
    )


@pytest.mark.parametrize(
    ("followers", "exposure"),
    [
        (np.full(30, np.nan), np.ones(30)),
        (np.full(30, 500.0), np.ones(30)),
        (np.where(np.arange(30) < 15, np.nan, 9e3), np.arange(30) % 3 + 1.0),
    ],
)
def test_what_is_not_known_or_always_the_same_tells_nobody_apart(
    followers: np.ndarray, exposure: np.ndarray
) -> None:
    fee = np.tile([100.0, 200.0, 300.0], 10)
    usual = fitted(fee, followers, exposure)
    low, middle, high = usual.ranges(np.array([np.nan]), ONE)
    assert 100.0 - 1e-6 <= low[0] <= middle[0] <= high[0] <= 300.0 + 1e-6


def test_beyond_what_was_seen_nothing_is_made_up() -> None:
    fee, followers, exposure = paid(100)
    usual = fitted(fee, followers, exposure)
    far, edge = usual.ranges(np.array([1e12]), ONE), usual.ranges(np.array([followers.max()]), ONE)
    assert far == pytest.approx(edge)


def test_few_past_fees_say_nothing() -> None:
    assert UsualFees.fit(*paid(FEWEST - 1)) is None
    assert UsualFees.fit(*paid(FEWEST)) is not None


def data_with(folder: Path, fees: int = 30) -> Path:
    """Write outcomes of p0, p1 … in two campaigns, known a fortnight after those end, with fees of 10 for each 100 followers at the time."""
    small_data(folder)
    rows = [f"c{1 + n % 2},p{n},2022-0{1 + n % 2}-01,1,{100 + 10 * n},{n}" for n in range(fees)]
    lines = [
        "campaign_id,influencer_id,decided_at,exposure,fee,conversions",
        *rows,
        "c1,gift,2022-01-01,1,0,3",
    ]
    (folder / "outcomes.csv").write_text("\n".join(lines) + "\n")
    counted = [f"p{n},2021-12-01,{1000 + 100 * n}" for n in range(fees)] + [
        f"p{n},2022-02-20,5" for n in range(fees)
    ]
    (folder / "audience.csv").write_text("\n".join(["influencer_id,observed_at,followers", *counted]) + "\n")
    return folder


def test_only_fees_known_by_then_count_with_the_followers_of_their_own_time(tmp_path: Path) -> None:
    with open_tables(data_with(tmp_path / "data", 60), quarantine=tmp_path / "q") as tables:
        usual = read_usual_fees(tables, datetime(2023, 1, 1))
        assert usual is not None
        assert usual.count == 60, "what cost nothing is no fee"
        assert usual.ranges(np.array([3_000.0]), ONE) == pytest.approx(300.0, rel=0.01)
        early = read_usual_fees(tables, datetime(2022, 2, 10))
        assert early is not None
        assert early.count == 30, "those of the second campaign are not known yet"
        assert read_usual_fees(tables, datetime(2022, 1, 5)) is None


def test_where_nobody_said_a_fee_each_is_taken_to_ask_what_was_paid_for_the_like(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "momentum__followers": [1_500.0, 2_500.0, np.nan],
            "exposure": 1.0,
            "as_of": pd.Timestamp(2023, 1, 1),
        }
    )
    with open_tables(data_with(tmp_path / "data"), quarantine=tmp_path / "q") as tables:
        notes = Notes()
        fee = taken_fees(tables, table, notes)
        assert fee[:2] == pytest.approx([150.0, 250.0], rel=0.02)
        assert np.isfinite(fee).all()
        assert notes.fees.startswith(
            "No fee was given. Each is taken to ask what was paid so far for as many posts and, where known, followers, from 15"
        )
        low, high = re.findall(r"from ([\d,]+) to ([\d,]+)", notes.fees)[0]
        assert (int(low), int(high)) == (fee.min(), fee.max())
        assert fee.min() < fee.max()
        none = taken_fees(tables, table.assign(as_of=pd.Timestamp(2022, 1, 5)), notes)
        assert np.isnan(none).all()
        assert (
            notes.fees == "No fee was given, and fewer than 20 past fees are known to tell what anybody asks."
        )


def test_fees_that_nobody_said_stand_above_a_plan_and_below_scores_which_are_left_as_they_are() -> None:
    told = people()
    told = replace(
        told, scores=told.scores.assign(fee=FEES), of_scores=Notes(["first"], ["last"], fees="No fee.")
    )
    before = told.scores.copy()
    plain = with_plan(told, Ask(brief="x"), TABLES)
    assert (plain.banner, plain.notes, plain.plan) == (("first",), ("last", "No fee."), None)
    for _ in range(2):
        told_twice = with_plan(told, Ask(brief="x", budget=700.0), TABLES)
        assert told_twice.banner == ("first", "No fee.")
        assert told_twice.notes[0] == "last"
        assert told_twice.plan is not None
        assert told_twice.scores["ask"].sum() == len(told_twice.plan.asked)
    assert with_plan(told, Ask(brief="x", target=10.0), TABLES).banner == ("first", "No fee.")
    pd.testing.assert_frame_equal(told.scores, before)
    assert told.of_scores == Notes(["first"], ["last"], fees="No fee.")


def test_whoever_asks_more_than_is_usual_is_named_with_the_range() -> None:
    told, fees = people(), np.array(FEES)
    usual = UsualFees(
        30, 0.0, np.zeros((2, 3)), np.log([[90.0, 1, 1, 1], [120.0, 1, 1, 1], [300.0, 1, 1, 1]])
    )
    plan = make_plan(told.scores, told.features, fees, Wanted(1000.0, worth=50.0), told.bundle, usual=usual)
    assert plan.table[["usual_low", "usual_high"]].to_numpy(dtype=float) == pytest.approx(
        np.tile([90.0, 300.0], (4, 1))
    )
    assert (
        "Negotiate: i000 asks 400 (usual: 90 to 300). Half of what was paid for as many posts and, where known, followers lay in that range."
    ) in plan.sentences
    console = Console(file=io.StringIO(), width=200)
    print_plan(console, replace(told, plan=plan), None)
    printed = console.file.getvalue()  # type: ignore[attr-defined]
    assert "90–300" in printed
    assert "Among the best: the chance" not in printed, "nobody is said to be how surely"
    sure = replace(plan, table=plan.table.assign(certainty="likely", chance=0.8))
    console = Console(file=io.StringIO(), width=200)
    print_plan(console, replace(told, plan=sure), None)
    assert "Among the best: the chance" in console.file.getvalue()  # type: ignore[attr-defined]
    assert plan.table["ask"].all()
    assert "Not asked, though near" not in printed
    less = make_plan(told.scores, told.features, fees, Wanted(300.0, worth=50.0), told.bundle, usual=usual)
    assert not less.table["ask"].all()
    console = Console(file=io.StringIO(), width=200)
    print_plan(console, replace(told, plan=less), None)
    assert "Not asked, though near" in console.file.getvalue()  # type: ignore[attr-defined]
    assert "The plan is in" not in printed, "no file was asked for"
    cheap: Any = replace(usual, slopes=usual.slopes + np.array([[2.0, 0, 0, 0]]))
    plan = make_plan(told.scores, told.features, fees, Wanted(1000.0, worth=50.0), told.bundle, usual=cheap)
    assert not any("Negotiate" in sentence for sentence in plan.sentences)
