"""The banner: one and the same words at every door, where something changes how scores may be read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pandas as pd
import pytest

from suasion.features.engine.matrix import all_features
from suasion.features.engine.views import VIEWS
from suasion.serving.http.api import create_app
from suasion.serving.loaded import Engine
from suasion.serving.report import report
from suasion.serving.scoring.candidates import Ask, candidates_of
from suasion.serving.scoring.notes import FEW, Notes, warn_of_assumed, warn_of_brief, warn_of_model
from suasion.serving.scoring.score import Session, open_session
from suasion.training.bundle.folder import load
from suasion.training.examples import build_candidates

from .conftest import Served
from .test_cli import suasion

CAMPAIGN = "c0055"
STRANGE = "@i0000099x"
GIVEN = {"exposure": 1.0, "fee": 100.0, "discount": 0.1}


@pytest.fixture(scope="module")
def data(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the small world in which one candidate is nobody that is known."""
    folder = tmp_path_factory.mktemp("banner") / "data"
    shutil.copytree(world, folder, ignore=shutil.ignore_patterns("truth", "quarantine"))
    rows = pd.read_parquet(folder / "candidates.parquet")
    first = rows.index[rows["campaign_id"] == CAMPAIGN][0]
    rows.loc[first, "influencer_id"] = STRANGE
    rows.to_parquet(folder / "candidates.parquet")
    return folder


@pytest.fixture(scope="module")
def session(data: Path, trained) -> Iterator[Session]:
    with open_session(data, trained[1], remember=False) as opened:
        yield opened


def test_a_brief_of_unknown_words_is_told_that_it_ranks_nobody(session: Session) -> None:
    said = "The brief cannot change this ranking: the model knows none of its words. Any other words would rank the same people the same way."
    nonsense = session.score(Ask(brief="zzz qqq", offer=GIVEN))
    assert nonsense.banner[0] == said
    other = session.score(Ask(brief="qqqq zzzz xxxx", offer=GIVEN))
    assert other.scores["influencer_id"].tolist() == nonsense.scores["influencer_id"].tolist()


def test_words_of_a_brief_that_count_for_nothing_are_named(session: Session) -> None:
    half = session.score(Ask(brief="zzz coffee, Coffee 2026", offer=GIVEN))
    assert (
        "1 of the 2 different words of the brief counts for nothing: the model does not know zzz."
        in half.banner
    )
    few = session.score(Ask(brief="coffee beans and coffee cups with zzz", offer=GIVEN))
    unknown, words = session.bundle.fitted.space.unknown(["coffee beans and coffee cups with zzz"])
    assert "zzz" in unknown
    assert words == 6 > 2 * len(unknown), "the world speaks of coffee"
    assert any("does not know" in one and "zzz" in one for one in few.notes)
    assert not any("does not know" in one for one in few.banner)
    many = session.score(Ask(brief="coffee q1q q2q q3q q4q q5q", offer=GIVEN))
    assert (
        "5 of the 6 different words of the brief count for nothing: the model does not know q1q, q2q, q3q and 2 more."
        in many.banner
    )
    assert not any("does not know" in one for one in session.score(Ask(brief="coffee", offer=GIVEN)).banner)


def test_nor_does_a_brief_without_posts_or_before_there_were_any(data: Path, trained, tmp_path: Path) -> None:
    less = tmp_path / "less"
    shutil.copytree(data, less, ignore=shutil.ignore_patterns("posts.parquet"))
    with open_session(less, trained[1], remember=False) as session:
        assert (
            "there are no posts to compare it with"
            in session.score(Ask(brief="coffee", offer=GIVEN)).banner[0]
        )
    first = pd.read_parquet(data / "posts.parquet")["created_at"].sort_values().iloc[10].to_pydatetime()
    with open_session(data, trained[1], remember=False) as session:
        early = session.score(Ask(brief="coffee", offer=GIVEN, as_of=first + timedelta(microseconds=1)))
        assert any("fewer than 20 posts were known by then" in one for one in early.banner)


def test_nor_does_one_for_a_model_that_never_saw_posts(session: Session) -> None:
    bundle = session.bundle
    of_briefs = {f.column for f in all_features() if not f.combined and VIEWS[f.sources[0]].brief}
    others = tuple(name for name in bundle.parts.features if name not in of_briefs)
    assert len(others) < len(bundle.parts.features)
    parts: Any = SimpleNamespace(features=others)
    with session.tables.scratch() as tables:
        candidates = candidates_of(tables, Ask(brief="coffee", offer=GIVEN), bundle, Notes())
        build_candidates(replace(session.prepared, tables=tables), candidates, bundle.fitted)
        blind, seeing = Notes(), Notes()
        warn_of_brief(tables, replace(bundle, parts=parts), blind)
        warn_of_brief(tables, bundle, seeing)
    assert blind.banner[0].startswith(
        "The brief cannot change this ranking: the model was trained without posts."
    )
    assert seeing.banner == []


def test_people_who_are_not_known_are_named_with_who_may_be_meant(session: Session) -> None:
    told = session.score(Ask(campaign=CAMPAIGN))
    said = next(one for one in told.banner if "not known" in one)
    assert said.startswith(
        f"1 of 35 people asked for is not known: nothing was told by then of {STRANGE}. What is forecast for them follows "
        "from the offer and the campaign alone."
    )
    assert f"{STRANGE} may be i0000099 (@" in said


@pytest.mark.parametrize(
    ("outcomes", "beats", "ratio", "says"),
    [
        (FEW, True, None, []),
        (FEW, True, 1.5, []),
        (FEW, True, 0.67, []),
        (FEW, True, 6.391, ["Read this as a ranking only: in the judged campaigns the model predicted 6.39 times the conversions that came."]),
        (FEW, True, 0.5, ["Read this as a ranking only: in the judged campaigns the model predicted 0.50 times the conversions that came."]),
        (FEW - 1, True, 1.0, [f"Read this as a ranking only: the model learned from {FEW - 1} outcomes, and with fewer than {FEW} the numbers themselves are guesses."]),
        (FEW, False, 1.0, ["Read this with care. It loses."]),
    ],
)  # fmt: skip
def test_few_outcomes_a_verdict_against_the_model_and_numbers_far_off(
    outcomes: int, beats: bool, ratio: float | None, says: list[str]
) -> None:
    notes = Notes()
    judged = {} if ratio is None else {"all": {"models": {"suasion": {"predicted_by_actual": ratio}}}}
    evaluation = {"beats_baselines": beats, "verdict": "It loses.", "judged": judged}
    bundle: Any = SimpleNamespace(facts={"outcomes": outcomes}, evaluation=evaluation)
    warn_of_model(bundle, notes)
    assert notes.banner == says


@pytest.mark.parametrize(
    ("names", "rows", "says"),
    [
        ([], 9, []),
        (["fee"], 5, []),
        (["fee"], 6, ["Most of these forecasts rest on assumed values: fee was not given."]),
        (
            ["exposure", "fee"],
            10,
            ["All of these forecasts rest on assumed values: exposure and fee were not given."],
        ),
    ],
)
def test_values_that_nobody_gave(names: list[str], rows: int, says: list[str]) -> None:
    notes = Notes()
    warn_of_assumed(names, rows, 10, notes)
    assert notes.banner == says


def test_every_door_shows_the_same_words_first(data: Path, trained, session: Session) -> None:
    """With a model that is good for a ranking at most, and one candidate who is nobody."""
    poor = load(trained[1])
    poor.facts["outcomes"] = 84
    said = Session(session.tables, poor, remember=False).score(Ask(campaign=CAMPAIGN)).banner
    assert len(said) >= 2
    assert said[0].startswith("Read this as a ranking only: the model learned from 84 outcomes")
    with (
        Served(create_app(lambda: _engine(data, trained[1]))) as served,
        httpx.Client(base_url=served.url, timeout=60) as client,
    ):
        scores = client.get(f"/v1/campaigns/{CAMPAIGN}/scores").json()
        assert tuple(scores["banner"]) == said
        who = scores["scores"][0]["influencer_id"]
        assert (
            tuple(client.post("/v1/scores", json={"ask": {"campaign_id": CAMPAIGN}}).json()["banner"]) == said
        )
        assert tuple(client.get(f"/v1/campaigns/{CAMPAIGN}/scores/{who}").json()["banner"]) == said
        moment = scores["scores"][0]["as_of"]
        asked = {"ask": {"campaign_id": CAMPAIGN}, "influencer_id": who, "to_as_of": moment}
        changed = client.post("/v1/changes", json=asked).json()
        assert tuple(changed["banner"]) == said
        for address in (f"/campaigns/{CAMPAIGN}", f"/campaigns/{CAMPAIGN}/influencers/{who}"):
            shown = unescape(client.get(address).text)
            places = [shown.index(f"<p>{sentence}</p>") for sentence in said]
            assert places == sorted(places)
            assert places[-1] < shown.index("conversions"), "before any number"
    html = unescape(report(Session(session.tables, poor, remember=False), Ask(campaign=CAMPAIGN), top=3))
    assert all(html.count(sentence) == 1 for sentence in said)
    assert html.index(said[-1]) < html.index("conversions expected")


def _engine(data: Path, model: Path) -> Engine:
    engine = Engine(data, model)
    engine.bundle.facts["outcomes"] = 84
    return engine


def test_the_terminal_shows_it_before_all_notes(data: Path, trained) -> None:
    told = suasion("score", data, "--model", trained[1], "--brief", "zzz qqq", "--top", 3)
    assert told.returncode == 0, told.stderr
    text = " ".join(told.stdout.split())
    assert "! The brief cannot change this ranking: the model knows none of its words." in text
    assert text.index("! All of these forecasts rest on assumed values") < text.index(
        "the forecasts take the median of past outcomes"
    )
    told = suasion(
        "explain", data, "--model", trained[1], "--campaign", CAMPAIGN, "--influencer", STRANGE.upper()
    )
    assert told.returncode == 0, told.stderr
    assert " ".join(told.stdout.split()).startswith("! ")


@pytest.mark.parametrize(
    "ask",
    [Ask(brief="coffee espresso roast", as_of=datetime(2023, 4, 6)), Ask(campaign=CAMPAIGN)],
    ids=["a typed brief", "a stored campaign"],
)
def test_few_are_flagged_and_none_for_what_their_campaign_is(session: Session, ask: Ask) -> None:
    told = session.score(ask)
    names = [name for flags in told.scores["outside"] if flags for name in flags.split(", ")]
    shared = {record.column for record in session.bundle.features if record.per_campaign or record.cumulative}
    assert {"offer__campaign_days", "conversion__campaigns"} <= shared
    assert not shared & set(names)
    assert (told.scores["outside"] != "").mean() < 0.5, "many here were never asked before"
    assert told.features["offer__campaign_days"].notna().all()
