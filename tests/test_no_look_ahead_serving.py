"""The promise outside features: rows known at the moment of decision, or later, change nothing that is told about a decision.

Not who counts as a candidate, nor what is offered, nor a score, nor the words and the evidence beside it.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

from suasion.features.tables.schema import TABLES
from suasion.serving.explaining.evidence import Evidence, evidence
from suasion.serving.explaining.explain import render, why
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.score import Scored, Session, open_session

CAMPAIGN = "c0055"
SLEEPER, WRITER = "sleeper", "writer"
MICRO = timedelta(microseconds=1)
LATE = {
    "influencers": "created_at",
    "posts": "created_at",
    "audience": "observed_at",
    "post_metrics": "observed_at",
    "signals": "observed_at",
    "mentions": "created_at",
    "audience_members": "observed_at",
}
LATE |= {
    "credentials": "awarded_at",
    "campaigns": "starts_at",
    "outcomes": "decided_at",
    "candidates": "decided_at",
}
"""When the rows of each table happen."""


def told_early(folder: Path) -> datetime:
    """Give every row the moment at which it was known, so that a version can be known later; return the moment of decision."""
    campaigns = pd.read_parquet(folder / "campaigns.parquet")
    ends = campaigns.set_index("campaign_id")["ends_at"]
    candidates = pd.read_parquet(folder / "candidates.parquet")
    moment = candidates.loc[candidates["campaign_id"] == CAMPAIGN, "decided_at"].iloc[0]
    # One is known and has not been seen for more than a year, another writes and is not known for an influencer: a sign of the one,
    # or a row about the other, would make a candidate of them.
    for name, row in {
        "influencers": {"influencer_id": SLEEPER, "created_at": pd.Timestamp("2020-01-01")},
        "audience": {"influencer_id": SLEEPER, "observed_at": moment - timedelta(days=400), "followers": 9.0},
        "posts": {
            "post_id": "w",
            "author_id": WRITER,
            "created_at": moment - timedelta(days=9),
            "text": "tea",
        },
    }.items():
        rows = pd.read_parquet(folder / f"{name}.parquet")
        pd.concat([rows, pd.DataFrame([row])], ignore_index=True).to_parquet(folder / f"{name}.parquet")
    posts = pd.read_parquet(folder / "posts.parquet").iloc[:300]
    pd.DataFrame({"post_id": posts["post_id"], "observed_at": posts["created_at"], "views": 9.0}).to_parquet(
        folder / "post_metrics.parquet"
    )
    people = pd.read_parquet(folder / "influencers.parquet")["influencer_id"]
    pd.DataFrame({"influencer_id": people, "observed_at": moment, "references_press": 9.0}).assign(
        observed_at=lambda rows: rows["observed_at"] - pd.Timedelta(days=9)
    ).to_parquet(folder / "signals.parquet")
    pd.DataFrame(
        {"influencer_id": people, "member_id": "fan", "observed_at": moment - timedelta(days=9)}
    ).to_parquet(folder / "audience_members.parquet")
    for name, time in LATE.items():
        rows = pd.read_parquet(folder / f"{name}.parquet")
        known = rows[time]
        if name in ("campaigns", "candidates"):
            known = known - pd.Timedelta(days=20)
        if name == "outcomes":
            known = rows["campaign_id"].map(ends) + pd.Timedelta(days=30)
        rows.assign(known_at=known).to_parquet(folder / f"{name}.parquet")
    return moment.to_pydatetime()


def versions(name: str, rows: pd.DataFrame, known: datetime) -> pd.DataFrame:
    """Return rows told anew, with everything that a row says said otherwise."""
    if name == "influencers":
        said: dict[str, Any] = {"created_at": rows["created_at"] - pd.Timedelta(days=900)}
    elif name == "campaigns":
        said = {"brief": "wine", "category": "food", "brand": "brand 9"}
        said["ends_at"] = rows["starts_at"] + pd.Timedelta(days=99)
    else:
        said = {
            "posts": {"text": "pores serum cleanser moisture cream terrible?"},
            "audience": {"followers": 999_999.0, "following": 1.0},
            "post_metrics": {"views": 1e9, "likes": 1e8},
            "signals": {"references_press": 1e6},
            "mentions": {},
            "audience_members": {},
            "credentials": {"verified": True},
            "outcomes": {"exposure": 9.0, "fee": 1e6, "discount": 0.9, "conversions": 700.0, "revenue": 1e6},
            "candidates": {"exposure": 9.0, "fee": 1e6, "discount": 0.9},
        }[name]
    return rows.assign(**said, known_at=known)


def of_strangers(name: str, moment: datetime, known: datetime, ids: list[str], briefs: str) -> pd.DataFrame:
    """Return rows that happened a day before the moment and were known too late: about people nobody knew, and about those scored."""
    at, crowd = moment - timedelta(days=1), ["new 1", "new 2", SLEEPER, WRITER, *ids]
    rows: dict[str, Any] = {
        "influencers": {"influencer_id": ["new 1", WRITER], "created_at": at, "handle": ["@new1", "@writer"]},
        "posts": {"post_id": [f"late {n}" for n in range(len(crowd))], "author_id": crowd, "created_at": at, "text": briefs},
        "audience": {"influencer_id": crowd, "observed_at": at, "followers": 5e6},
        "post_metrics": {"post_id": [f"late {n}" for n in range(len(crowd))], "observed_at": at, "views": 1e9},
        "signals": {"influencer_id": crowd, "observed_at": at, "references_press": 1e6},
        "mentions": {"referrer_id": "new 1", "influencer_id": crowd, "kind": "reshare", "created_at": at},
        "audience_members": {"influencer_id": crowd, "member_id": "new 1", "observed_at": at},
        "credentials": {"influencer_id": crowd, "kind": "title", "subject": "cream", "awarded_at": at, "verified": True},
        "campaigns": {"campaign_id": ["late"], "starts_at": at, "ends_at": at + timedelta(days=300), "brief": briefs},
        "outcomes": {"campaign_id": "c0001", "influencer_id": ["new 1", "new 2"], "decided_at": at, "exposure": 9.0, "fee": 1e6, "conversions": 500.0},
        "candidates": {"campaign_id": CAMPAIGN, "influencer_id": ["new 1", "new 2"], "decided_at": moment, "exposure": 1.0, "fee": 1.0},
    }  # fmt: skip
    return pd.DataFrame(rows[name]).assign(known_at=known)


def add_later(folder: Path, moment: datetime, *, revised: bool = False) -> None:
    """Add to every table what could not be known: later versions of every row, and rows that were known too late.

    ``revised`` says whether outcomes that were known are told anew as well.
    """
    candidates = pd.read_parquet(folder / "candidates.parquet")
    ids = candidates.loc[candidates["campaign_id"] == CAMPAIGN, "influencer_id"].tolist()
    briefs = pd.read_parquet(folder / "campaigns.parquet").set_index("campaign_id")["brief"]
    for name in (table for table in LATE if (folder / f"{table}.parquet").is_file()):
        rows = pd.read_parquet(folder / f"{name}.parquet")
        # A candidate who is named at the very moment is one; whoever is named after it is not.
        known = moment + MICRO if name == "candidates" else moment
        again = versions(name, rows, known)
        again["known_at"] = again["known_at"].where(
            again["known_at"] > rows["known_at"], rows["known_at"] + MICRO
        )
        if name == "candidates":
            again.loc[again.index[::2], "exposure"] = 0.0  # withdrawn, but later
        if name == "outcomes" and not revised:
            again = again[rows["known_at"] >= moment]
        late = of_strangers(name, moment, known, ids, briefs[CAMPAIGN])
        pd.concat([rows, again, late], ignore_index=True).to_parquet(folder / f"{name}.parquet")


@dataclass(frozen=True)
class Told:
    """Everything that a reader is told about the answer to a question."""

    scored: Scored
    words: list[str]
    evidence: list[Evidence]


def ask_all(session: Session, asks: dict[str, Ask]) -> dict[str, Told]:
    found = {}
    for name, ask in asks.items():
        scored = session.score(ask)
        ids = scored.scores["influencer_id"].tolist()
        # By name and not by rank: a rank that has changed is no reason to look at other people.
        some = sorted(ids)[:: max(1, len(ids) // 8)]
        console = Console(width=200)
        words = []
        for who in some:
            with console.capture() as captured:
                console.print(render(why(scored, who)))
            words.append(captured.get())
        moments = dict(zip(ids, scored.scores["as_of"], strict=True))
        behind = [evidence(session, ask, who, moments[who].to_pydatetime()) for who in some]
        found[name] = Told(scored, words, behind)
    return found


@pytest.fixture(scope="module", params=[True, False], ids=["with a register", "without"])
def before_and_after(
    request, world: Path, trained, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Told], dict[str, Told]]:
    data = tmp_path_factory.mktemp("later") / "data"
    shutil.copytree(world, data, ignore=shutil.ignore_patterns("truth", "quarantine"))
    moment = told_early(data)
    asks = {
        "brief": Ask(brief="a serum for clean pores", category="life", as_of=moment),
        "campaign": Ask(campaign=CAMPAIGN),
        "campaign as of": Ask(campaign=CAMPAIGN, as_of=moment),
        "another": Ask(campaign="c0050", as_of=moment, budget=60_000.0),
    }
    if not request.param:
        (data / "influencers.parquet").unlink()

    def told() -> dict[str, Told]:
        with open_session(data, trained[1]) as session:
            return ask_all(session, asks)

    before = told()
    add_later(data, moment)
    return before, told()


QUESTIONS = ("brief", "campaign", "campaign as of", "another")


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_same_people_are_candidates_with_the_same_offer(before_and_after, question: str) -> None:
    before, after = (told[question].scored for told in before_and_after)
    assert sorted(before.scores["influencer_id"]) == sorted(after.scores["influencer_id"])
    assert len(before.scores) > 30
    for column in ("exposure", "fee", "as_of"):
        first, last = (s.scores.set_index("influencer_id")[column].sort_index() for s in (before, after))
        pd.testing.assert_series_equal(first, last)


@pytest.mark.parametrize("question", QUESTIONS)
def test_their_features_and_scores_are_the_same(before_and_after, question: str) -> None:
    frames = []
    for told in (one[question].scored for one in before_and_after):
        whole = pd.concat([told.scores, told.features.drop(columns="exposure")], axis=1)
        frames.append(whole.sort_values("influencer_id", ignore_index=True))
    pd.testing.assert_frame_equal(frames[0], frames[1], rtol=1e-9)


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_said_of_them_is_the_same(before_and_after, question: str) -> None:
    before, after = (told[question] for told in before_and_after)
    assert before.scored.banner == after.scored.banner
    # Who asks for no moment is told of whoever was named after the decision.
    named = "2 of 37 candidates were named after their own decided_at and are not scored."
    assert (named in after.scored.notes) == (question == "campaign")
    assert list(before.scored.notes) == [note for note in after.scored.notes if note != named]
    assert before.words == after.words
    for first, last in zip(before.evidence, after.evidence, strict=True):
        assert asdict(first) == asdict(last)
    assert any(behind.posts for behind in before.evidence)
    assert all(behind.months for behind in before.evidence)


@pytest.mark.parametrize("remember", [True, False])
def test_outcomes_that_are_told_anew_later_change_nothing(
    world: Path, trained, tmp_path: Path, remember: bool
) -> None:
    data = tmp_path / "data"
    shutil.copytree(world, data, ignore=shutil.ignore_patterns("truth", "quarantine"))
    ask = Ask(campaign=CAMPAIGN, as_of=told_early(data))
    with open_session(data, trained[1], remember=remember) as session:
        before = session.score(ask)
    assert ask.as_of is not None
    add_later(data, ask.as_of, revised=True)
    with open_session(data, trained[1], remember=remember) as session:
        after = session.score(ask)
    columns = ["influencer_id", "expected_conversions"]
    frames = [one.scores[columns].sort_values("influencer_id", ignore_index=True) for one in (before, after)]
    pd.testing.assert_frame_equal(*frames, rtol=1e-9)


def test_every_table_is_among_those_that_got_later_rows() -> None:
    assert set(LATE) == set(TABLES)
