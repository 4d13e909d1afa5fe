"""Scores, reasons and evidence of people with several accounts: under the person's name, asked for by any account."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from suasion.serving.explaining.evidence import evidence
from suasion.serving.explaining.explain import Explainer
from suasion.serving.scoring.activity import Activity
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.score import Session, open_session


@pytest.fixture(scope="module")
def pair(world: Path) -> list[str]:
    """Return two influencers that were counted and took part."""
    counted = pd.read_parquet(world / "audience.parquet")["influencer_id"]
    took_part = pd.read_parquet(world / "outcomes.parquet")["influencer_id"]
    return sorted(set(counted) & set(took_part))[:2]


@pytest.fixture(scope="module")
def session(
    world: Path, trained, pair: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    data = tmp_path_factory.mktemp("joined") / "data"
    shutil.copytree(world, data)
    pd.DataFrame({"account_id": pair, "influencer_id": ["anna"] * 2}).to_csv(data / "people.csv", index=False)
    with open_session(data, trained[1]) as opened:
        yield opened


def ask(session: Session) -> Ask:
    row = session.tables.sql("SELECT max(known_at) FROM posts").fetchone()
    assert row is not None
    return Ask(brief="hops malt", as_of=row[0] + timedelta(days=1), offer={"exposure": 1.0, "fee": 100.0})


def test_a_person_is_scored_once_and_explained_by_any_account(session: Session, pair: list[str]) -> None:
    scored = session.score(ask(session))
    ids = scored.scores["influencer_id"].tolist()
    assert ids.count("anna") == 1
    assert not set(pair) & set(ids)
    explainer = Explainer(scored)
    told = [explainer.why(one) for one in ("anna", *pair)]
    assert told[0] == told[1] == told[2]
    assert told[0].influencer_id == "anna"


def test_evidence_adds_audiences_up(session: Session, world: Path, pair: list[str]) -> None:
    moment = ask(session).as_of
    assert moment is not None
    months = evidence(session, ask(session), pair[1], moment).months
    audience = pd.read_parquet(world / "audience.parquet")
    last = (
        audience[audience["influencer_id"].isin(pair)]
        .sort_values("observed_at")
        .groupby("influencer_id")
        .last()
    )
    assert months[-1].followers == pytest.approx(last["followers"].sum())
    posts = pd.read_parquet(world / "posts.parquet")
    written = posts[posts["author_id"].isin(pair) & (posts["created_at"] >= pd.Timestamp(months[0].month))]
    assert sum(month.posts for month in months) == len(written)


def test_rows_that_come_with_a_question_are_the_person_s(session: Session, pair: list[str]) -> None:
    asked = ask(session)
    rows = [{"influencer_id": one, "observed_at": "2020-01-01", "followers": 1000.0} for one in pair]
    scored, unfilled = session.score_activity(asked, Activity([{"influencer_id": pair[0]}], audience=rows))
    assert scored.scores["influencer_id"].tolist() == ["anna"]
    assert unfilled.set_aside == ()
    assert scored.features["momentum__followers"].tolist() == [2000.0]
    past = session.score(asked)
    row = past.scores.index[past.scores["influencer_id"] == "anna"][0]
    assert (
        scored.features["conversion__campaigns"].iloc[0]
        == past.features["conversion__campaigns"].iloc[row]
        > 0
    )
    with pytest.raises(Exception, match="in the question twice"):
        session.score_activity(asked, Activity([{"influencer_id": one} for one in pair]))
