"""Why a score changed: the split leaves nothing over, and says model where only the model changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from suasion.features.errors import InputError, NotFoundError
from suasion.serving.cli.main import suasion
from suasion.serving.cli.terminal.changed import print_change
from suasion.serving.explaining.charts import change_bars
from suasion.serving.explaining.score_change import PARTS, Change, change, hold_offer
from suasion.serving.loaded import Engine
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.ranking import Board
from suasion.serving.scoring.score import open_session
from suasion.training.train import Options, train

from .made import bundle, record, scored

CAMPAIGN = "c0055"
FIRST, LAST = datetime(2023, 6, 1), datetime(2023, 12, 1)


@pytest.fixture(scope="module")
def boards(world: Path, trained, earlier: Path) -> list[list[Board]]:
    """``boards[model][date]``."""
    found = []
    for model in (earlier, trained[1]):
        with open_session(world, model) as session:
            asks = [Ask(campaign=CAMPAIGN, as_of=moment) for moment in (FIRST, LAST)]
            found.append([Board(ask, session.score(ask), "x", {}) for ask in asks])
    return found


def exact(told: Change) -> None:
    assert [part.name for part in told.parts] == list(PARTS)
    total = 0.0
    for part in told.parts:
        assert np.log(part.data) + np.log(part.model) == pytest.approx(
            np.log(part.after / part.before), abs=1e-12
        )
        total += np.log(part.data) + np.log(part.model)
    assert total == pytest.approx(np.log(told.expected[1] / told.expected[0]), abs=1e-9)
    assert told.ratio == pytest.approx(np.exp(total), rel=1e-9)


def test_both_at_once_are_split_exactly_for_everybody(boards: list[list[Board]]) -> None:
    for who in boards[0][0].ids:
        told = change(((boards[0][0], boards[0][1]), (boards[1][0], boards[1][1])), str(who))
        exact(told)
        assert told.models[0] != told.models[1]
        assert told.as_of == (FIRST, LAST)


def test_two_dates_are_all_data_and_two_models_all_model(boards: list[list[Board]]) -> None:
    who = str(boards[0][0].ids[3])
    dates = change(((boards[1][0], boards[1][1]), (boards[1][0], boards[1][1])), who)
    exact(dates)
    assert all(part.model == pytest.approx(1.0, abs=1e-12) for part in dates.parts)
    assert any(abs(np.log(part.data)) > 1e-3 for part in dates.parts)
    models = change(((boards[0][1], boards[0][1]), (boards[1][1], boards[1][1])), who)
    exact(models)
    assert all(part.data == pytest.approx(1.0, abs=1e-12) for part in models.parts)
    assert models.features == (), "no feature changed"


def test_swapping_before_and_after_inverts_every_part(boards: list[list[Board]]) -> None:
    who = str(boards[0][0].ids[0])
    there = change(((boards[0][0], boards[0][1]), (boards[1][0], boards[1][1])), who)
    back = change(((boards[1][1], boards[1][0]), (boards[0][1], boards[0][0])), who)
    for one, other in zip(there.parts, back.parts, strict=True):
        assert one.data * other.data == pytest.approx(1.0, rel=1e-9)
        assert one.model * other.model == pytest.approx(1.0, rel=1e-9)


def test_the_features_named_are_those_that_moved_it(boards: list[list[Board]]) -> None:
    told = change(((boards[1][0], boards[1][1]), (boards[1][0], boards[1][1])), str(boards[1][0].ids[0]))
    assert told.features
    for shift in told.features:
        assert not np.array_equal([shift.before], [shift.after], equal_nan=True)
    sizes = [abs(np.log(shift.factor)) for shift in told.features]
    assert sizes == sorted(sizes, reverse=True)


def made_up(
    model: int, date: int, relevance: float, values: tuple[float, float], slopes: tuple[float, float]
):
    """A board of ann alone, whose relevance is given; the model's contributions are slopes times values."""
    columns = dict.fromkeys(PARTS, np.ones(1)) | {
        "relevance": np.array([relevance]),
        "expected_conversions": np.array([10.0 * relevance]),
    }
    features = tuple(
        SimpleNamespace(column=name, characteristic="relevance", unit="posts") for name in ("a", "b")
    )
    parts = SimpleNamespace(matrix=lambda table: table.to_numpy(), contributions=lambda X: X * slopes)
    return SimpleNamespace(
        columns=columns,
        moments=np.array([f"2024-0{date + 1}-01"], dtype="datetime64[us]"),
        scored=SimpleNamespace(
            bundle=SimpleNamespace(identity=f"model {model}", features=features, parts=parts),
            features=pd.DataFrame([values], columns=["a", "b"]),
            place=lambda who: 0,
            banner=("Of both.", f"Of date {date}."),
        ),
    )


def test_what_is_earlier_stands_before_what_is_later() -> None:
    """By hand: relevance 1, 2 under the earlier model, 3, 12 under the later; data √(2 · 4), model √(3 · 6)."""
    days, slopes = ((5.0, 1.0), (9.0, 0.9)), ((9.0, 9.0), (0.5, -2.0))
    relevance = ((1.0, 2.0), (3.0, 12.0))
    made = [[made_up(m, d, relevance[m][d], days[d], slopes[m]) for d in (0, 1)] for m in (0, 1)]
    told = change((tuple(made[0]), tuple(made[1])), "ann")
    part = next(part for part in told.parts if part.name == "relevance")
    assert (part.before, part.after) == (pytest.approx(1.0), pytest.approx(12.0))
    assert (part.data, part.model) == (pytest.approx(np.sqrt(8)), pytest.approx(np.sqrt(18)))
    assert all(p.data == p.model == pytest.approx(1.0) for p in told.parts if p.name != "relevance")
    assert told.expected == (10.0, 120.0)
    assert told.ratio == pytest.approx(12.0)
    assert told.as_of == (datetime(2024, 1, 1), datetime(2024, 2, 1))
    assert told.models == ("model 0", "model 1")
    assert told.banner == ("Of both.", "Of date 1.", "Of the earlier score: Of date 0.")
    first, second = told.features
    assert (first.feature, first.before, first.after, first.factor) == (
        "a",
        5.0,
        9.0,
        pytest.approx(np.exp(2)),
    )
    assert (second.feature, second.before, second.after, second.factor) == (
        "b",
        1.0,
        0.9,
        pytest.approx(np.exp(0.2)),
    )
    assert len(change((tuple(made[0]), tuple(made[1])), "ann", most=1).features) == 1
    console = Console(width=200, record=True)
    print_change(console, told)
    lines = console.export_text().splitlines()
    assert (
        lines[0]
        == "ann: from 10.00 conversions expected (2024-01-01 00:00 UTC) to 120.00 (2024-02-01 00:00 UTC), ×12"
    )
    row = next(line for line in lines if line.strip().startswith("relevance"))
    assert row.split()[:6] == ["relevance", "1", "12", "×12", "×2.83", "×4.24"]
    assert "×7.39 a: 5 → 9 posts" in lines
    heading = next(line for line in lines if "less │ more" in line)
    assert heading.index("│") == row.index("│"), "the words stand over the sides they name"


def test_what_hardly_moved_is_not_named() -> None:
    boards = [made_up(0, d, 1.0, (5.0 + d * 1e-4, 1.0 + d), (1.0, 1.0)) for d in (0, 1)]
    assert [shift.feature for shift in change((tuple(boards), tuple(boards)), "ann").features] == ["b"]


def test_the_command(world: Path, trained, earlier: Path, boards: list[list[Board]], capsys) -> None:
    who = str(boards[0][0].ids[0])
    common = ["change", str(world), "--model", str(earlier), "--campaign", CAMPAIGN, "--influencer", who]
    suasion(
        [*common, "--to-model", str(trained[1]), "--as-of", "2023-06-01", "--to-as-of", "2023-12-01"],
        standalone_mode=False,
    )
    told = capsys.readouterr().out
    assert "by" not in told.splitlines()[0] or who in told
    assert "conversation" in told
    with pytest.raises(InputError, match="Both scorings are the same: give two dates"):
        suasion(common, standalone_mode=False)


@pytest.fixture(scope="module")
def dearer(tmp_path_factory) -> Iterator[tuple[Engine, Path, Path]]:
    """Open a brand that paid more from campaign to campaign and more calls each, and has no rows of candidates."""
    random = np.random.default_rng(0)
    folder = tmp_path_factory.mktemp("dearer")
    data, model = folder / "data", folder / "model"
    data.mkdir()
    starts = pd.date_range("2023-01-01", periods=30, freq="14D")
    campaigns = pd.DataFrame(
        {"campaign_id": [f"k{n}" for n in range(30)], "brief": "bread and tea", "starts_at": starts}
    )
    lasting = pd.to_timedelta(5 + np.arange(30), unit="D")
    campaigns.assign(ends_at=starts + lasting).to_csv(data / "campaigns.csv", index=False)
    rows = [
        (f"k{n}", f"p{who}", 1 + n // 10, 100.0 + 10 * n + who, random.poisson(1 + n / 5))
        for n in range(30)
        for who in random.choice(40, 8, replace=False)
    ]
    columns = ["campaign_id", "influencer_id", "exposure", "fee", "conversions"]
    pd.DataFrame(rows, columns=columns).to_csv(data / "outcomes.csv", index=False)
    train(data, model, Options(quick=True, track=False, force=True))
    engine = Engine(data, model)
    yield engine, data, model
    engine.close()


EARLY, LATE = datetime(2023, 6, 1), datetime(2024, 9, 1)  # by then every outcome is known


def in_both(engine: Engine, *asks: Ask) -> str:
    """Return somebody who was seen in the year before either moment."""
    return str(min(set.intersection(*(set(engine.board(ask).ids) for ask in asks))))


@pytest.mark.parametrize("asked", [{"brief": "bread"}, {"campaign": "k29"}])
def test_an_offer_that_nobody_gave_is_no_change_of_the_person(dearer, asked) -> None:
    engine, data, _ = dearer
    outcomes = pd.read_csv(data / "outcomes.csv")
    who = in_both(engine, Ask(**asked, as_of=EARLY), Ask(**asked, as_of=LATE))
    told = engine.change(Ask(**asked, as_of=EARLY), Ask(**asked, as_of=LATE), who, models=False)
    exact(told)
    # A typed brief that nobody gave an end lasts as long as is usual, which here is longer from campaign to campaign, too.
    days = {"campaign_days": 19.5} if "brief" in asked else {}
    offered = {"exposure": outcomes["exposure"].median(), "fee": outcomes["fee"].median()}
    assert told.assumed == offered | days
    exposure = next(part for part in told.parts if part.name == "exposure")
    assert (exposure.before, exposure.after) == (told.assumed["exposure"], told.assumed["exposure"])
    chosen = [s.feature for s in told.features if re.search("fee|exposure|campaign_days", s.feature)]
    assert not chosen
    alone = engine.board(Ask(**asked, as_of=EARLY))
    assert alone.columns["fee"][0] < told.assumed["fee"], "the medians did move"
    # Backwards the same offer is held, and every part is inverted.
    back = engine.change(Ask(**asked, as_of=LATE), Ask(**asked, as_of=EARLY), who, models=False)
    assert back.assumed == told.assumed
    for one, other in zip(told.parts, back.parts, strict=True):
        assert one.data * other.data == pytest.approx(1.0, rel=1e-9)


def test_an_offer_that_was_given_stays_as_given(dearer) -> None:
    engine, _, _ = dearer
    before, after = (
        Ask(brief="bread", as_of=EARLY, offer={"fee": 150.0}),
        Ask(brief="bread", as_of=LATE, offer={"fee": 350.0}),
    )
    held = hold_offer(engine.tables, before, after)
    assert held[2] == {"exposure": 2.0, "campaign_days": 19.5}
    assert held[0] == replace(before, offer={"fee": 150.0, "exposure": 2.0}, days=19.5)
    assert held[1] == after, "the later question is offered that anyway"
    same = hold_offer(engine.tables, after, before)
    assert same[1] == replace(before, offer={"fee": 150.0, "exposure": 2.0}, days=19.5)
    ends = [replace(ask, ends_at=LATE + timedelta(days=9)) for ask in (before, after)]
    assert [ask.days for ask in hold_offer(engine.tables, *ends)[:2]] == [None, None], (
        "who says when it ends is believed"
    )
    nothing = replace(before, campaign="none", brief=None, as_of=None)
    assert hold_offer(engine.tables, nothing, nothing) == (nothing, nothing, {})


def test_what_rows_of_candidates_tell_is_not_assumed(world: Path, trained) -> None:
    with open_session(world, trained[1], remember=False) as session:
        asks = [Ask(campaign=CAMPAIGN, as_of=moment) for moment in (FIRST, LAST)]
        assert hold_offer(session.tables, *asks) == (*asks, {})


def test_the_command_says_what_was_assumed(dearer, capsys) -> None:
    engine, data, model = dearer
    who = in_both(engine, Ask(brief="bread", as_of=EARLY), Ask(brief="bread", as_of=LATE))
    suasion(
        [
            "change",
            str(data),
            "--model",
            str(model),
            "--brief",
            "bread",
            "--influencer",
            who,
            "--as-of",
            EARLY.isoformat(),
            "--to-as-of",
            LATE.isoformat(),
        ],
        standalone_mode=False,
    )
    told = " ".join(capsys.readouterr().out.split())
    assert (
        "Not given, so both are offered the median of past outcomes at the later date: exposure 2, fee 2"
        in told
    )


SLOW = record("frequency__posts__90d")
TITLES = record("reputation__titles")


def board_of(base, slopes, posts, titles, moment, exposure=1.0) -> Board:
    model = bundle(dict(zip((SLOW, TITLES), slopes, strict=True)), base=base)
    features = {SLOW.column: [posts, 0.0], TITLES.column: [titles, 9.0]}
    told = scored(model, features, ids=["ann", "bob"], as_of=moment, exposure=exposure)
    return Board(Ask(brief="x"), told, "x", {})


def test_the_split_by_hand() -> None:
    """log factor = slope × log(1 + x): old model (1, 2), new (3, 2); posts from 1 to 3, titles from 3 to 0; base 2 to 5."""
    boards = tuple(
        tuple(
            board_of(base, slopes, posts, titles, moment, exposure)
            for posts, titles, moment, exposure in ((1.0, 3.0, FIRST, 1.0), (3.0, 0.0, LAST, 4.0))
        )
        for base, slopes in ((2.0, (1.0, 2.0)), (5.0, (3.0, 2.0)))
    )
    told = change(boards, "ann")
    exact(told)
    parts = {part.name: part for part in told.parts}
    posts = parts["frequency"]
    # 2 before (old model, one post), 4³ = 64 after; by the data sqrt(2 · 8) = 4, by the model sqrt(4 · 16) = 8.
    assert (posts.before, posts.after) == (pytest.approx(2), pytest.approx(64))
    assert (posts.data, posts.model) == (pytest.approx(4), pytest.approx(8))
    titles = parts["reputation"]
    assert (titles.before, titles.after, titles.data, titles.model) == tuple(
        pytest.approx(x) for x in (16, 1, 1 / 16, 1)
    )
    assert (parts["base"].data, parts["base"].model) == (pytest.approx(1), pytest.approx(2.5))
    assert (parts["exposure"].data, parts["exposure"].model) == (pytest.approx(4), pytest.approx(1))
    assert told.expected == (pytest.approx(2 * 2 * 16), pytest.approx(5 * 4 * 64))
    assert told.ratio == pytest.approx(20)
    assert told.as_of == (FIRST, LAST)
    # Under the later model: posts 8 → 64, titles 16 → 1; the stronger first.
    assert [(s.feature, s.before, s.after, s.characteristic, s.unit) for s in told.features] == [
        (TITLES.column, 3.0, 0.0, "reputation", "posts"),
        (SLOW.column, 1.0, 3.0, "frequency", "posts"),
    ]
    assert [s.factor for s in told.features] == [pytest.approx(1 / 16), pytest.approx(8)]
    assert [s.feature for s in change(boards, "ann", most=1).features] == [TITLES.column]
    with pytest.raises(NotFoundError, match="'eve' is not among the 2 candidates"):
        change(boards, "eve")
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    print_change(console, replace(told, assumed={"fee": 300.0}))
    text = console.export_text()
    assert (
        "ann: from 64.00 conversions expected (2023-06-01 00:00 UTC) to 1,280.00 (2023-12-01 00:00 UTC), ×20"
        in text
    )
    assert re.search(r"frequency +2 +64 +×32(\.0)? +×4\.00 +×8\.00 +│█", text)
    assert re.search(r"reputation +16 +1 +×0\.06 +×0\.06 +×1\.00 +█+│", text)
    assert f"×0.06 {TITLES.column}: 3 → 0 posts" in text
    assert f"×8.00 {SLOW.column}: 1 → 3 posts" in text
    assert "at the later date: fee 300." in text
    chart = change_bars(told.parts)
    assert "frequency ×32," in chart
    assert "reputation ×0.06" in chart
    assert "×32  (×4.00 · ×8.00)" in chart


def test_what_was_not_known_is_told_as_missing() -> None:
    boards = [board_of(2.0, (1.0, 2.0), posts, 3.0, FIRST) for posts in (np.nan, 3.0)]
    told = change(((boards[0], boards[1]),) * 2, "ann")
    (shift,) = told.features
    assert np.isnan(shift.before)
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    print_change(console, told)
    assert f"×4.00 {SLOW.column}: missing → 3 posts" in console.export_text()


def test_who_stands_elsewhere_among_others_is_compared_with_themselves() -> None:
    """Ann is second before and first after; every figure is of her own row."""

    def board(place: int, day: int) -> SimpleNamespace:
        one = made_up(0, 0, 1.0, (5.0, 1.0), (1.0, 1.0))
        own = dict.fromkeys(PARTS, np.ones(2)) | {
            "expected_conversions": np.array([10.0 * day, 10.0 * day + 1])
        }
        moments = np.array([f"2024-0{day}-01", f"2024-0{day}-02"], dtype="datetime64[us]")
        features = pd.DataFrame({"a": [5.0, 6.0], "b": [1.0, 1.0]})
        scored = SimpleNamespace(**{**vars(one.scored), "features": features, "place": lambda who: place})
        return SimpleNamespace(columns=own, moments=moments, scored=scored)

    first, last = board(1, 1), board(0, 3)
    told = change(((first, last), (first, last)), "ann")
    assert told.as_of == (datetime(2024, 1, 2), datetime(2024, 3, 1))
    assert told.expected == (11.0, 30.0)
    assert [(shift.feature, shift.before, shift.after) for shift in told.features] == [("a", 6.0, 5.0)]
