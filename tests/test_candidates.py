"""Who is scored, as of when and for what offer: small tables, worked out by hand, and rows that came too late."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from suasion.features.errors import InputError, NotFoundError
from suasion.features.tables.open import Tables, open_tables
from suasion.serving.scoring.candidates import Ask, candidates_of, last_moment, name_campaign, offer_of
from suasion.serving.scoring.notes import Notes

CAMPAIGNS = "campaign_id,brief,starts_at,ends_at,known_at\n"
CAMPAIGNS += (
    "old,beer,2024-01-01,2024-01-11,\nolder,beer,2023-11-01,2023-11-21,\nnew,beer,2024-06-01,2024-06-15,\n"
)
OUTCOMES = "campaign_id,influencer_id,decided_at,exposure,fee,conversions,known_at\n"
OUTCOMES += "old,ann,2024-01-01,2,100,5,2024-02-10\nold,bob,2024-01-01,2,300,1,2024-02-10\nolder,ann,2023-11-01,4,200,3,2023-12-21\n"
CANDIDATES = "campaign_id,influencer_id,decided_at,exposure,fee,known_at\n"
BUNDLE: Any = SimpleNamespace(facts={"last_known": "2024-02-10", "goals": {}})


@contextmanager
def tables(folder: Path, **files: str) -> Iterator[Tables]:
    folder.mkdir(exist_ok=True)
    for name, text in ({"campaigns": CAMPAIGNS, "outcomes": OUTCOMES} | files).items():
        (folder / f"{name}.csv").write_text(text)
    with open_tables(folder) as opened, opened.scratch() as scratch:
        yield scratch


def rows(folder: Path, ask: Ask, notes: Notes | None = None, **files: str) -> list[tuple[Any, ...]]:
    """Return who is scored, the day, exposure and fee."""
    with tables(folder, **files) as opened:
        query = candidates_of(opened, ask, BUNDLE, notes or Notes())
        found = opened.sql(
            f"SELECT influencer_id, strftime(as_of, '%m-%d'), exposure, fee FROM ({query}) ORDER BY 1"
        )
        return found.fetchall()


@pytest.mark.parametrize(
    ("candidates", "as_of", "expected"),
    [
        # As it stands.
        ("new,ann,2024-05-20,2,90,\n", None, [("ann", "05-20", 2, 90)]),
        # The fee was told anew before the decision.
        ("new,ann,2024-05-20,2,90,2024-05-01\nnew,ann,2024-05-20,2,70,2024-05-09\n", None, [("ann", "05-20", 2, 70)]),
        # … and after it, which the decision does not know.
        ("new,ann,2024-05-20,2,90,2024-05-01\nnew,ann,2024-05-20,2,70,2024-05-21\n", None, [("ann", "05-20", 2, 90)]),
        # … and at its very moment, which is too late as well.
        ("new,ann,2024-05-20,2,90,2024-05-01\nnew,ann,2024-05-20,2,70,2024-05-20\n", None, [("ann", "05-20", 2, 90)]),
        # The decision was put off, and the offer with it.
        ("new,ann,2024-05-20,2,90,\nnew,ann,2024-05-25,3,80,\n", None, [("ann", "05-25", 3, 80)]),
        # Withdrawn before the decision: bob is left.
        (
            "new,ann,2024-05-20,2,90,2024-05-01\nnew,ann,2024-05-20,0,90,2024-05-09\nnew,bob,2024-05-20,1,50,2024-05-01\n",
            None,
            [("bob", "05-20", 1, 50)],
        ),
        # Withdrawn by a decision of another day.
        ("new,ann,2024-05-20,2,90,\nnew,ann,2024-05-25,0,,\nnew,bob,2024-05-20,1,50,\n", None, [("bob", "05-20", 1, 50)]),
        # As of a day: the version of that day, with everybody named by then.
        (
            "new,ann,2024-05-20,2,90,2024-05-01\nnew,ann,2024-05-20,0,90,2024-05-09\nnew,bob,2024-05-20,1,50,2024-05-15\n",
            "2024-05-05",
            [("ann", "05-05", 2, 90)],
        ),
        (
            "new,ann,2024-05-20,2,90,2024-05-01\nnew,ann,2024-05-20,0,90,2024-05-09\nnew,bob,2024-05-20,1,50,2024-05-15\n",
            "2024-05-16",
            [("bob", "05-16", 1, 50)],
        ),
        # At the moment at which a candidate is named they are one; a later version known then comes too late.
        ("new,ann,2024-05-20,2,90,\n", "2024-05-20", [("ann", "05-20", 2, 90)]),
        ("new,ann,2024-05-20,2,90,2024-05-01\nnew,ann,2024-05-20,9,90,2024-05-20\n", "2024-05-20", [("ann", "05-20", 2, 90)]),
    ],
)  # fmt: skip
def test_each_candidate_counts_in_the_version_that_the_decision_knew(
    candidates: str, as_of: str | None, expected: list[Any], tmp_path: Path
) -> None:
    ask = Ask(campaign="new", as_of=datetime.fromisoformat(as_of) if as_of else None)
    assert rows(tmp_path, ask, candidates=CANDIDATES + candidates) == expected


def test_who_was_withdrawn_is_counted_and_a_campaign_without_anybody_left_says_so(tmp_path: Path) -> None:
    told = CANDIDATES + "new,ann,2024-05-20,2,90,2024-05-01\nnew,ann,2024-05-20,0,90,2024-05-09\n"
    with pytest.raises(NotFoundError, match="All 1 candidates of campaign new were withdrawn"):
        rows(tmp_path, Ask(campaign="new"), candidates=told)
    notes = Notes()
    rows(tmp_path, Ask(campaign="new"), notes, candidates=told + "new,bob,2024-05-20,1,50,\n")
    assert "1 of 2 candidates were withdrawn (their exposure is 0) and are not scored." in notes.rest


def test_before_anybody_was_named_those_named_later_are_scored_and_it_is_said(tmp_path: Path) -> None:
    notes = Notes()
    told = CANDIDATES + "new,ann,2024-05-20,2,90,\nnew,ann,2024-05-25,3,80,\n"
    ask = Ask(campaign="new", as_of=datetime(2024, 3, 1))
    assert rows(tmp_path, ask, notes, candidates=told) == [("ann", "03-01", 2, 90)]
    assert notes.rest == ["No candidate of campaign new was named by the moment of decision: scoring those that were named later."]  # fmt: skip


def test_who_was_named_after_their_own_decision_is_counted_and_not_scored(tmp_path: Path) -> None:
    late = "new,bob,2024-05-20,1,50,2024-05-21\n"
    notes = Notes()
    told = CANDIDATES + "new,ann,2024-05-20,2,90,\n" + late
    assert rows(tmp_path / "a", Ask(campaign="new"), notes, candidates=told) == [("ann", "05-20", 2, 90)]
    assert notes.rest == ["1 of 2 candidates were named after their own decided_at and are not scored."]
    # Where all of them were, the list was brought in late, and is the list.
    assert rows(tmp_path / "b", Ask(campaign="new"), candidates=CANDIDATES + late) == [
        ("bob", "05-20", 1, 50)
    ]


def test_candidates_without_an_exposure_rest_on_an_assumed_one(tmp_path: Path) -> None:
    notes = Notes()
    told = "campaign_id,influencer_id,fee\nnew,ann,90\n"
    assert rows(tmp_path, Ask(campaign="new"), notes, candidates=told) == [("ann", "06-01", 1, 90)]
    assert notes.banner == ["All of these forecasts rest on assumed values: exposure was not given."]
    given = Notes()
    rows(tmp_path, Ask(campaign="new", offer={"exposure": 3.0}), given, candidates=told)
    assert given.banner == []


def test_a_brief_is_scored_when_everything_is_known_outcomes_included(tmp_path: Path) -> None:
    with tables(tmp_path, posts="post_id,author_id,created_at,text\np,ann,2023-12-01,beer\n") as opened:
        row = opened.sql(last_moment(opened.opened)).fetchone()
    assert row == (datetime(2024, 2, 10, 0, 0, 0, 1),)
    notes = Notes()
    found = rows(tmp_path, Ask(brief="beer"), notes)
    assert found == [("ann", "02-10", 2, 200), ("bob", "02-10", 2, 200)]
    assert not any("no forecast" in sentence for sentence in notes.banner)


def test_the_offer_is_the_median_of_what_was_known_by_then(tmp_path: Path) -> None:
    later = OUTCOMES + "old,ann,2024-01-01,9,900,5,2024-03-01\nold,cem,2024-01-01,9,900,5,2024-03-01\n"
    with tables(tmp_path, outcomes=later) as opened:
        for day, expected in (
            ("2023-12-01", (1.0, None)),
            ("2023-12-21", (1.0, None)),
            ("2024-01-20", (4.0, 200.0)),
            ("2024-02-11", (2.0, 200.0)),
            ("2024-03-02", (6.5, 600.0)),
        ):
            offer = offer_of(opened, Ask(brief="beer"), datetime.fromisoformat(day), Notes())
            assert (offer["exposure"], offer["fee"]) == expected, day
        notes = Notes()
        offer = offer_of(opened, Ask(brief="beer", offer={"fee": 0.0}), datetime(2024, 2, 11), notes)
    assert offer == {"exposure": 2.0, "fee": 0.0, "discount": None}
    assert notes.rest == ["Not given, so the forecasts take the median of past outcomes: exposure 2."]


def test_what_was_assumed_for_a_brief_stands_in_the_banner(tmp_path: Path) -> None:
    notes = Notes()
    rows(tmp_path, Ask(brief="beer", offer={"exposure": 1.0}), notes)
    assert notes.banner == ["All of these forecasts rest on assumed values: fee was not given."]
    notes = Notes()
    rows(tmp_path, Ask(brief="beer", offer={"exposure": 1.0, "fee": 9.0}), notes)
    assert notes.banner == []
    notes = Notes()
    rows(tmp_path, Ask(brief="beer", offer={"exposure": 1.0, "fee": 9.0}, as_of=datetime(2024, 1, 20)), notes)
    assert [sentence[:60] for sentence in notes.banner] == [
        "The model learned from outcomes known up to 2024-02-10, afte"
    ]


@pytest.mark.parametrize(
    ("name", "row", "seen"),
    [
        ("posts", "post_id,author_id,created_at,text,known_at\np,ann,{at},beer,{known}\n", True),
        ("audience", "influencer_id,observed_at,followers,known_at\nann,{at},5,{known}\n", True),
        ("credentials", "influencer_id,kind,awarded_at,known_at\nann,book,{at},{known}\n", True),
        (
            "mentions",
            "referrer_id,influencer_id,kind,created_at,known_at\nbob,ann,mention,{at},{known}\n",
            False,
        ),
    ],
)
def test_who_was_seen_within_a_year_and_known_by_then_is_a_candidate(
    name: str, row: str, seen: bool, tmp_path: Path
) -> None:
    """One day decides at either end, and that it was known by then."""
    ask = Ask(brief="beer", as_of=datetime(2025, 6, 1), offer={"exposure": 1.0, "fee": 1.0})
    for number, (at, known, inside) in enumerate(
        (
            ("2024-06-01", "", True),
            ("2024-05-31", "", False),
            ("2025-05-31", "", True),
            ("2025-06-01", "", False),
            ("2025-05-01", "2025-05-31", True),
            ("2025-05-01", "2025-06-01", False),
        )
    ):
        folder, table = tmp_path / str(number), {name: row.format(at=at, known=known)}
        if inside and seen:
            assert [told[0] for told in rows(folder, ask, **table)] == ["ann"], (at, known)
        else:
            with pytest.raises(NotFoundError, match="No influencer was seen"):
                rows(folder, ask, **table)


def test_who_takes_part_is_seen_when_that_is_known_and_an_author_is_no_influencer(tmp_path: Path) -> None:
    ask = Ask(brief="beer", as_of=datetime(2024, 2, 10), offer={"exposure": 1.0, "fee": 1.0})
    assert [row[0] for row in rows(tmp_path / "a", ask)] == ["ann"], (
        "the outcome of old is known at that moment"
    )
    posts = "post_id,author_id,created_at,text\np,zoe,2024-01-05,beer\nq,ann,2024-01-05,beer\n"
    assert [row[0] for row in rows(tmp_path / "b", ask, posts=posts)] == ["ann"]
    later = "influencer_id,observed_at,followers\nzoe,2024-02-10,5\n"
    assert [row[0] for row in rows(tmp_path / "c", ask, posts=posts, audience=later)] == ["ann"]
    earlier = "influencer_id,observed_at,followers\nzoe,2024-02-09,5\n"
    assert [row[0] for row in rows(tmp_path / "d", ask, posts=posts, audience=earlier)] == ["ann", "zoe"]


def ends(folder: Path, ask: Ask) -> tuple[Any, list[str]]:
    with tables(folder) as opened:
        notes = Notes()
        name_campaign(opened, ask, notes)
        row = opened.sql("SELECT starts_at, ends_at FROM campaigns WHERE campaign_id = 'brief'").fetchone()
        assert row is not None
        return (row[1] - row[0]).total_seconds() / 86400 if row[1] else None, notes.rest


def test_a_brief_ends_when_it_says_or_after_the_median_length(tmp_path: Path) -> None:
    at = datetime(2024, 3, 1)
    assert ends(tmp_path, Ask(brief="x", as_of=at, days=3.5)) == (3.5, [])
    assert ends(tmp_path, Ask(brief="x", as_of=at, ends_at=datetime(2024, 3, 8))) == (7.0, [])
    assert ends(tmp_path, Ask(brief="x", as_of=at)) == (
        15.0,
        [
            "When the campaign ends was not given, so it is taken to last 15 days, the median of past campaigns."
        ],
    )
    # By then only the older one was known, and before it none.
    assert ends(tmp_path, Ask(brief="x", as_of=datetime(2023, 12, 1)))[0] == 20.0
    assert ends(tmp_path, Ask(brief="x", as_of=datetime(2023, 1, 1))) == (None, [])


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (Ask(), "one of the two"),
        (Ask(campaign="new", brief="x"), "one of the two"),
        (Ask(campaign="new", brand="b"), "brand describes a new brief; campaign 'new' is stored"),
        (Ask(campaign="new", category="b", days=3), "category, days describes a new brief"),
        (Ask(brief="x", days=3, ends_at=datetime(2030, 1, 1)), "one of the two"),
        (Ask(brief="x", days=0), "lasts 0 days; it can be above 0"),
        (Ask(brief="x", days=float("nan")), "lasts nan days"),
        (Ask(brief="x", as_of=datetime(2024, 3, 1), ends_at=datetime(2024, 2, 1)), "before it is decided at 2024-03-01"),
        (Ask(campaign="none"), "There is no campaign 'none'"),
        (Ask(brief=" "), "The brief is empty"),
        (Ask(brief="x", offer={"exposure": 0.0}), "exposure is 0; it can be a number above 0"),
        (Ask(brief="x", offer={"fee": -1.0}), "a number from 0 to 1e"),
        (Ask(brief="x", offer={"moon": 1.0}), "this data knows exposure, fee, discount"),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_is_refused(ask: Ask, says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=says):
        rows(tmp_path, ask)


def test_a_stored_campaign_without_candidates_is_decided_at_the_start_it_was_told(tmp_path: Path) -> None:
    moved = (
        CAMPAIGNS + "new,beer,2024-06-03,2024-06-15,2024-05-20\nnew,beer,2024-05-03,2024-06-15,2024-06-10\n"
    )
    found = rows(
        tmp_path, Ask(campaign="new"), campaigns=moved.replace("2024-06-15,\n", "2024-06-15,2024-05-01\n", 1)
    )
    assert {row[1] for row in found} == {"06-03"}, (
        "moved once before it began; what was told later is not known then"
    )
    assert pd.DataFrame(found)[0].tolist() == ["ann", "bob"]
