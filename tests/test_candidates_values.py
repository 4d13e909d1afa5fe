"""Whom a question is about and what is offered, at the edge of each rule; and what a score's notes say."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from suasion.features.errors import InputError, NotFoundError
from suasion.features.tables.open import open_tables
from suasion.serving.scoring.candidates import (
    Ask,
    check_ask,
    check_offer,
    last_moment,
    moment_of,
    name_campaign,
    offer_of,
    usual_days,
    warn_past,
)
from suasion.serving.scoring.notes import Notes
from suasion.serving.scoring.score import (
    Scored,
    Session,
    leave_out_shared,
    note_missing,
    note_outside,
    of_campaigns,
    predict,
    probability_of,
)

from . import made
from .test_candidates import BUNDLE, CANDIDATES, OUTCOMES, rows, tables

FREE: Any = SimpleNamespace(extras=("offer_gift",))


@pytest.mark.parametrize(("days", "good"), [(0.0, False), (0.01, True), (3660.0, True), (3660.01, False), (-1.0, False)])  # fmt: skip
def test_a_typed_campaign_lasts_ten_years_at_most(days: float, good: bool) -> None:
    if good:
        check_ask(Ask(brief="x", days=days))
    else:
        with pytest.raises(InputError, match="it can be above 0 and up to 3660"):
            check_ask(Ask(brief="x", days=days))


@pytest.mark.parametrize("told", [{"brand": ""}, {"category": "k"}, {"ends_at": datetime(2024, 1, 1)}, {"days": 3.0}])  # fmt: skip
def test_a_stored_campaign_is_not_described(told: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(told))} describes a new brief"):
        check_ask(Ask(campaign="c", **told))
    check_ask(Ask(brief="x", **told))
    check_ask(Ask(campaign="c", as_of=datetime(2024, 1, 1), offer={"fee": 1.0}, budget=1.0, value=1.0))


@pytest.mark.parametrize(
    ("offer", "error"),
    [
        ({}, None), ({"fee": 0.0, "discount": 0.0, "exposure": 0.01, "offer_gift": 0.0}, None),
        ({"exposure": 0.0}, InputError), ({"fee": -0.01}, InputError), ({"discount": float("inf")}, InputError),
        ({"offer_gift": float("nan")}, InputError), ({"fee": 1.0, "exposure": -1.0}, InputError),
        ({"offer_moon": 1.0}, NotFoundError), ({"fee": 1.0, "x": 1.0}, NotFoundError),
    ],
)  # fmt: skip
def test_an_offer_is_of_known_names_and_numbers_from_0_up(offer: dict[str, float], error: Any) -> None:
    if error is None:
        check_offer(FREE, Ask(brief="x", offer=offer))
    else:
        with pytest.raises(error, match="this data knows exposure, fee, discount, offer_gift" if error is NotFoundError else "it can be a number"):  # fmt: skip
            check_offer(FREE, Ask(brief="x", offer=offer))


@pytest.mark.parametrize(("day", "warned"), [("2024-02-09", True), ("2024-02-10", False), ("2024-02-11", False)])  # fmt: skip
def test_before_the_last_outcome_it_learned_from_is_no_forecast(day: str, warned: bool) -> None:
    notes = Notes()
    warn_past(datetime.fromisoformat(day), BUNDLE, notes)
    assert len(notes.banner) == warned


def test_some_of_the_campaigns_that_are_there_are_named(tmp_path: Path) -> None:
    with tables(tmp_path) as opened:
        with pytest.raises(NotFoundError, match=r"There is no campaign 'x'. Some that are there: older, old, new\."):  # fmt: skip
            name_campaign(opened, Ask(campaign="x"))
        assert name_campaign(opened, Ask(campaign="old")) == "old"


def test_a_brief_becomes_the_one_campaign_of_that_name(tmp_path: Path) -> None:
    at = datetime(2024, 3, 1)
    with tables(tmp_path) as opened:
        before = opened.sql("SELECT max(row_id) FROM campaigns").fetchone()
        for brief in ("first", "second"):
            assert name_campaign(opened, Ask(brief=brief, brand="b", as_of=at, days=1.5)) == "brief"
            # What was typed is no campaign of the past.
            assert usual_days(opened, datetime(2024, 4, 1)) == 15.0
        found = opened.sql("SELECT brief, brand, category, starts_at, ends_at, known_at, row_id FROM campaigns WHERE campaign_id = 'brief'").fetchall()  # fmt: skip
        count = opened.sql("SELECT count(*) FROM campaigns").fetchone()
    assert before is not None
    ((*told, row_id),) = found
    assert told == ["second", "b", None, at, datetime(2024, 3, 2, 12), at]
    assert row_id > before[0], "of no other row"
    assert count == (4,)


@pytest.mark.parametrize(
    ("typed", "taken", "banner", "rest"),
    [
        ("Kranich", "Kranich", [], []),
        (" kranich", "Kranich", [], []),
        ("Kranic", "Kranic", ["The brand Kranic has no past campaign (did you mean Kranich?): what past campaigns brought counts without it."], []),
        ("Nordlicht", "Nordlicht", [], ["The brand Nordlicht has no past campaign: what past campaigns brought counts without it."]),
        ("Later", "Later", [], ["The brand Later has no past campaign: what past campaigns brought counts without it."]),
        ("", "", [], []),
    ],
)  # fmt: skip
def test_a_brand_is_one_of_the_past_however_it_is_written_or_said_to_be_none(
    tmp_path: Path, typed: str, taken: str, banner: list[str], rest: list[str]
) -> None:
    campaigns = "campaign_id,brand,brief,starts_at,ends_at,known_at\n"
    campaigns += "old,Kranich,beer,2024-01-01,2024-01-11,\nnew,Later,beer,2024-06-01,2024-06-15,\n"
    notes, at = Notes(), datetime(2024, 3, 1)
    with tables(tmp_path, campaigns=campaigns) as opened:
        name_campaign(opened, Ask(brief="x", brand=typed, as_of=at, days=5), notes)
        assert opened.sql("SELECT brand FROM campaigns WHERE campaign_id = 'brief'").fetchall() == [(taken,)]
    assert (notes.banner, notes.rest) == (banner, rest)


def test_a_campaign_may_end_when_it_is_decided_and_not_before(tmp_path: Path) -> None:
    at = datetime(2024, 3, 1, 12)
    with tables(tmp_path) as opened:
        name_campaign(opened, Ask(brief="x", as_of=at, ends_at=at))
        with pytest.raises(InputError, match="ends at 2024-03-01 11:59, before it is decided at 2024-03-01 12:00"):  # fmt: skip
            name_campaign(opened, Ask(brief="x", as_of=at, ends_at=datetime(2024, 3, 1, 11, 59)))


def test_a_campaign_known_at_the_very_moment_is_none_of_the_past(tmp_path: Path) -> None:
    # They are 20 days from 2023-11-01, 10 from 2024-01-01 and 14 from 2024-06-01.
    with tables(tmp_path) as opened:
        for day, days in (
            ("2023-11-01", None),
            ("2023-11-02", 20.0),
            ("2024-01-01", 20.0),
            ("2024-01-02", 15.0),
            ("2024-06-02", 14.0),
        ):
            assert usual_days(opened, datetime.fromisoformat(day)) == days, day


def test_a_version_that_was_taken_back_is_none_of_the_past(tmp_path: Path) -> None:
    told = "campaign_id,starts_at,ends_at,known_at\na,2024-01-01,2024-01-11,2024-01-01\na,2024-01-01,2024-01-21,2024-01-05\nb,2024-01-01,,2024-01-01\n"
    with tables(tmp_path, campaigns=told, outcomes="campaign_id,influencer_id,conversions\na,x,1\n") as opened:  # fmt: skip
        for day, days in (("2024-01-02", 10.0), ("2024-01-05", 10.0), ("2024-01-06", 20.0)):
            assert usual_days(opened, datetime.fromisoformat(day)) == days, day


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("posts", "post_id,author_id,created_at,text\np,ann,2024-03-01,x\n"),
        ("audience", "influencer_id,observed_at,followers\nann,2024-03-01,5\n"),
        ("mentions", "referrer_id,influencer_id,kind,created_at\nbob,ann,mention,2024-03-01\n"),
        ("credentials", "influencer_id,kind,awarded_at\nann,book,2024-03-01\n"),
    ],
)
def test_everything_is_known_one_microsecond_after_the_last_of_all_tables(
    name: str, text: str, tmp_path: Path
) -> None:
    with tables(tmp_path, **{name: text}) as opened:
        assert opened.sql(last_moment(opened.opened)).fetchone() == (datetime(2024, 3, 1, 0, 0, 0, 1),)


@pytest.mark.parametrize(
    ("versions", "moment"),
    [
        (["2024-06-01,2024-05-01"], "2024-06-01"),
        (["2024-06-01,2024-05-01", "2024-06-03,2024-05-02"], "2024-06-03"),
        (["2024-06-01,2024-05-01", "2024-06-03,2024-06-03"], "2024-06-03"),
        (["2024-06-01,2024-05-01", "2024-06-03,2024-06-04"], "2024-06-01"),
        (["2024-06-01,2024-06-05", "2024-06-03,2024-06-06"], "2024-06-01"),
    ],
)
def test_a_campaign_is_decided_at_its_start_as_it_was_told_by_then(
    versions: list[str], moment: str, tmp_path: Path
) -> None:
    campaigns = "campaign_id,starts_at,known_at,ends_at\n" + "".join(f"c,{one},2024-12-01\n" for one in versions)  # fmt: skip
    with tables(tmp_path, campaigns=campaigns, outcomes="campaign_id,influencer_id,conversions\nc,x,1\n") as opened:  # fmt: skip
        assert moment_of(opened, Ask(campaign="c")) == datetime.fromisoformat(moment)
        assert moment_of(opened, Ask(campaign="c", as_of=datetime(2020, 1, 1))) == datetime(2020, 1, 1)


def test_offers_of_an_exposure_of_0_are_none_and_extras_are_offered_too(tmp_path: Path) -> None:
    told = "campaign_id,influencer_id,decided_at,exposure,fee,offer_gift,conversions,known_at\n"
    told += "old,ann,2024-01-01,2,100,7,5,2024-02-10\nold,bob,2024-01-01,0,900,90,0,2024-02-10\n"
    notes = Notes()
    with tables(tmp_path, outcomes=told) as opened:
        offer = offer_of(opened, Ask(brief="x", offer={"fee": 3.0}), datetime(2024, 2, 11), notes)
    assert offer == {"exposure": 2.0, "fee": 3.0, "discount": None, "offer_gift": 7.0}
    assert notes.rest == [
        "Not given, so the forecasts take the median of past outcomes: exposure 2, offer_gift 7."
    ]


def test_what_is_offered_to_all_goes_before_what_a_row_tells(tmp_path: Path) -> None:
    told = CANDIDATES + "new,ann,2024-05-20,2,90,\n"
    offer = {"exposure": 3.0, "fee": 0.0}
    assert rows(tmp_path, Ask(campaign="new", offer=offer), candidates=told) == [("ann", "05-20", 3, 0)]
    with pytest.raises(NotFoundError, match="All 1 candidates"):
        rows(tmp_path, Ask(campaign="new", offer=offer), candidates=CANDIDATES + "new,ann,2024-05-20,0,90,\n")


def test_who_is_scored_without_candidates_is_counted(tmp_path: Path) -> None:
    notes = Notes()
    at = datetime(2024, 6, 1)
    rows(tmp_path, Ask(brief="x", as_of=at, days=5, offer={"exposure": 1.0, "fee": 1.0}), notes)
    assert notes.rest == ["Scoring the 2 influencers seen in the 365 days before 2024-06-01 00:00."]
    notes = Notes()
    rows(tmp_path, Ask(campaign="new", offer={"exposure": 1.0, "fee": 1.0}), notes)
    assert notes.rest == ["No row of candidates names campaign new: scoring the 2 influencers seen in the 365 days before 2024-06-01 00:00."]  # fmt: skip
    with pytest.raises(NotFoundError, match="No influencer was seen in the 365 days before 2030-01-01 00:00"):
        rows(tmp_path, Ask(brief="x", as_of=datetime(2030, 1, 1)))


def test_a_table_of_candidates_with_exposures_needs_no_assumption(tmp_path: Path) -> None:
    notes = Notes()
    rows(tmp_path, Ask(campaign="new"), notes, candidates=CANDIDATES + "new,ann,2024-05-20,2,90,\n")
    assert (notes.banner, notes.rest) == ([], [])
    notes = Notes()
    rows(tmp_path, Ask(campaign="new"), notes, candidates="campaign_id,influencer_id\nnew,ann\n")
    assert notes.rest == ["The table candidates has no exposure: 1 is taken for each."]
    early = Notes()
    told = CANDIDATES + "new,ann,2024-02-01,2,90,\nnew,bob,2024-05-20,2,90,\n"
    rows(tmp_path, Ask(campaign="new"), early, candidates=told)
    assert "after these decisions (2024-02-01)" in early.banner[0], "the first of them counts"
    assert OUTCOMES.count("2024-02-10") == 2


# -- scores -----------------------------------------------------------------------------------------------------------

POSTS = made.record("frequency__posts__30d")


@pytest.mark.parametrize(
    ("expected", "exposure", "low", "high", "chance"),
    [
        (0.5, 2.0, np.nan, np.nan, 0.25), (3.0, 2.0, np.nan, np.nan, 1.0), (2.0, 2.0, np.nan, np.nan, 1.0),
        (0.5, 2.0, 0.1, np.nan, None), (0.5, 2.0, np.nan, 0.9, None), (0.5, 2.0, 0.1, 0.9, None), (0.5, 2.0, 0.1, np.inf, None),
    ],
)  # fmt: skip
def test_a_chance_is_told_where_both_bounds_are_missing(
    expected: float, exposure: float, low: float, high: float, chance: float | None
) -> None:
    assert probability_of(expected, exposure, low, high) == chance


@pytest.mark.parametrize(
    ("learned_from", "present", "missing"),
    [
        (["posts", "outcomes", "campaigns", "candidates"], {"posts"}, None),
        (["posts", "mentions", "audience"], {"posts"}, "audience, mentions"),
        (["posts"], {"posts", "mentions"}, None),
    ],
)
def test_tables_that_the_model_knew_and_the_data_lacks_are_named(
    learned_from: list[str], present: set[str], missing: str | None
) -> None:
    notes = Notes()
    note_missing(
        SimpleNamespace(present=frozenset(present)), made.bundle({POSTS: 1.0}, tables=learned_from), notes
    )  # type: ignore[arg-type]
    said = f"The model was trained with {missing}, which this data lacks: their features are missing."
    assert notes.rest == ([said] if missing else [])


@pytest.mark.parametrize(
    ("flags", "left", "said"),
    [
        (["a"], ["a"], False), (["a", "a"], ["", ""], True), (["a", ""], ["a", ""], False),
        (["a", "a", ""], ["", "", ""], True), (["a", "a", "", ""], ["a", "a", "", ""], False),
        (["a, b, c", "a, b, c"], ["", ""], True), (["a, b", "a"], ["b", ""], True),
    ],
)  # fmt: skip
def test_a_flag_of_more_than_half_is_said_once(flags: list[str], left: list[str], said: bool) -> None:
    scores, notes = pd.DataFrame({"outside": flags}), Notes()
    leave_out_shared(scores, notes)
    assert scores["outside"].tolist() == left
    assert bool(notes.rest) == said
    assert "more:" not in " ".join(notes.rest)


def test_strange_candidates_are_counted() -> None:
    notes = Notes()
    note_outside(0, 5, notes)
    assert notes.rest == []
    note_outside(1, 5, notes)
    assert notes.rest[0].startswith("1 of 5 candidates lies outside")


def test_a_model_s_features_of_campaigns_are_named() -> None:

    length = made.record("offer__campaign_days", per_campaign=True)
    assert of_campaigns(made.bundle({POSTS: 1.0, length: 1.0})) == ["offer__campaign_days"]


def test_scores_come_best_first_and_the_later_of_equals_before() -> None:
    """As a whole: what is missing of the model's features is missing, and each keeps their features."""
    titles = made.record("reputation__titles")
    bundle = made.bundle({POSTS: 1.0, titles: 1.0})
    table = pd.DataFrame(
        {"campaign_id": "c", "influencer_id": ["a", "b", "c"], "as_of": pd.Timestamp("2023-06-01"), "exposure": [1.0, 2.0, 1.0],
         "fee": np.nan, POSTS.column: [1.0, 1.0, 5.0]}
    )  # fmt: skip
    session: Any = object.__new__(Session)
    session.bundle, session.tables = bundle, SimpleNamespace(people=made.scored(bundle, {POSTS.column: [1.0], titles.column: [1.0]}).people)  # fmt: skip
    session.__dict__["names"] = (("anna", "a"),)
    notes = Notes(banner=["first"], rest=["a note"])
    told = session.finish(table, Ask(campaign="c"), notes)
    assert told.scores["influencer_id"].tolist() == ["c", "b", "a"]
    assert told.features[POSTS.column].tolist() == [5.0, 1.0, 1.0]
    assert told.features["exposure"].tolist() == [1.0, 2.0, 1.0]
    assert told.features[titles.column].isna().all()
    assert list(told.features) == [POSTS.column, titles.column, "exposure"]
    assert (told.banner, told.notes[0], told.handles) == (("first",), "a note", (("anna", "a"),))
    assert told.scores.index.tolist() == told.features.index.tolist() == [0, 1, 2]
    assert predict(bundle, table.assign(**{titles.column: 0.0}))["expected_conversions"].tolist() == pytest.approx([2, 4, 6])  # fmt: skip


def test_a_score_s_place_is_by_whatever_they_are_called() -> None:
    told = made.scored(made.bundle({POSTS: 1.0}), {POSTS.column: [0.0, 1.0]}, ids=["b", "a"])
    assert (told.count, told.place("a"), told.place("b"), told.place("A")) == (2, 0, 1, 0)
    assert Scored(told.scores, told.features, told.bundle, (), written=9).count == 9
    assert Scored(told.scores, told.features, told.bundle, (), written=0).count == 0
    with pytest.raises(NotFoundError, match=r"'zoe' is not among the 2 candidates\. The first are: a, b"):
        told.place("zoe")


def test_what_is_not_to_be_remembered_is_not_worked_out(tmp_path: Path) -> None:
    session: Any = object.__new__(Session)
    session.remember = False
    assert session.history is None
    (tmp_path / "campaigns.csv").write_text("campaign_id,starts_at,ends_at\nc,2024-01-01,2024-02-01\n")
    (tmp_path / "outcomes.csv").write_text("campaign_id,influencer_id,conversions\nc,x:1,1\n")
    (tmp_path / "influencers.csv").write_text("influencer_id,handle,created_at\nx:1,anna,2020-01-01\n")
    with open_tables(tmp_path) as opened:
        session.tables = opened
        assert session.names == (("anna", "x:1"),)
        assert session.everybody.find("@ANNA") == ["x:1"]
