"""Evidence on the page: what was known at the decision, to the microsecond, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from suasion.features.engine.matrix import prepare
from suasion.features.tables.open import open_tables
from suasion.features.text.space import LatentSpace
from suasion.serving.explaining.evidence import MONTHS, Evidence, Past, evidence, followings
from suasion.serving.explaining.following import Following
from suasion.serving.scoring.campaigns import About, about, read_told
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.ranking import Board

from . import small
from .made import bundle, record, scored
from .small import MICRO

AT = datetime(2023, 3, 15, 12, 30, 15, 250_001)
DAY = timedelta(days=1)
SPACE = LatentSpace.fit([" ".join(small.WORDS[k : k + 4]) for k in range(12)] * 2, dimensions=8)
Change = Callable[[small.Tables], Any]


def post(number: str, at: datetime, text: str = "hops malt", **other: Any) -> dict[str, Any]:
    row = {"post_id": number, "author_id": "ann", "created_at": at, "text": text, "reply_to_id": None}
    return row | {"links": ["https://x.org"], "known_at": at} | other


def snapshot(at: datetime, followers: float, who: str = "ann", **other: Any) -> dict[str, Any]:
    return {"influencer_id": who, "observed_at": at, "followers": followers, "known_at": at} | other


def mention(at: datetime, by: str = "fan1", **other: Any) -> dict[str, Any]:
    row = {"referrer_id": by, "influencer_id": "ann", "created_at": at, "kind": "mention", "post_id": None}
    return row | {"known_at": at} | other


def campaign(brief: str | None, known: datetime, **other: Any) -> dict[str, Any]:
    row = {
        "campaign_id": "k",
        "brand": "b1",
        "category": "food",
        "brief": brief,
        "starts_at": AT,
        "ends_at": AT + DAY,
    }
    return row | {"known_at": known} | other


def base() -> small.Tables:
    return {
        "influencers": [{"influencer_id": who, "created_at": AT - 900 * DAY, "known_at": AT - 900 * DAY} for who in ("ann", "bob")],
        "posts": [post("p1", AT - 40 * DAY), post("p2", AT - 2 * DAY, "coffee bean"), post("p3", AT - DAY, author_id="bob")],
        "audience": [snapshot(AT - 40 * DAY, 100.0), snapshot(AT - 3 * DAY, 120.0), snapshot(AT - DAY, 7.0, "bob")],
        "mentions": [mention(AT - 40 * DAY), mention(AT - 2 * DAY)],
        "campaigns": [
            campaign("hops malt yeast", AT - 9 * DAY),
            *(campaign("x", AT - 99 * DAY, campaign_id=name, starts_at=AT - 50 * DAY, ends_at=AT - 40 * DAY) for name in ("k2", "k3")),
        ],
        "outcomes": [
            {"campaign_id": "k", "influencer_id": "ann", "decided_at": AT, "exposure": 1.0, "conversions": 2.0, "known_at": AT + 30 * DAY}
        ],
    }  # fmt: skip


def outcome(name: str = "k2", **other: Any) -> dict[str, Any]:
    row = {"campaign_id": name, "influencer_id": "ann", "decided_at": AT - 90 * DAY, "exposure": 2.0}
    return row | {"conversions": 7.0, "refunds": 2.0, "fee": 300.0, "known_at": AT - DAY} | other


def shown(
    rows: small.Tables, folder: Path, ask: Ask | None = None, who: str = "ann", **other: Any
) -> Evidence:
    with open_tables(small.write(rows, folder)) as tables:
        session = SimpleNamespace(tables=tables, prepared=prepare(tables, SPACE))
        return evidence(session, ask or Ask(campaign="k"), who, AT, **other)


def by_month(told: Evidence) -> dict[str, tuple[float | None, int, int]]:
    return {f"{m.month:%Y-%m}": (m.followers, m.references, m.posts) for m in told.months}


def test_past_campaigns_are_those_whose_outcome_was_known_the_latest_first(tmp_path: Path) -> None:
    rows = base()
    rows["outcomes"] += [
        outcome(),
        outcome("k3", decided_at=AT - 60 * DAY, fee=None, refunds=None),
        outcome("k3", influencer_id="bob"),
    ]
    assert shown(rows, tmp_path / "a").past == (
        Past("k3", AT - 60 * DAY, 2.0, None, 7.0),
        Past("k2", AT - 90 * DAY, 2.0, 300.0, 5.0),
    )
    assert shown(rows, tmp_path / "b", who="eva").past == ()


def test_what_was_known_is_shown(tmp_path: Path) -> None:
    told = shown(base(), tmp_path / "a")
    assert told.brief == "hops malt yeast"
    assert [p.post_id for p in told.posts] == ["p1"], (
        "another's, and what has nothing to do with it, are not evidence"
    )
    assert (told.posts[0].text, told.posts[0].created_at) == ("hops malt", AT - 40 * DAY)
    assert 0.5 < told.posts[0].closeness <= 1
    assert by_month(told) == {"2023-02": (100.0, 1, 1), "2023-03": (120.0, 1, 1)}
    bob = shown(base(), tmp_path / "b", who="bob")
    assert [p.post_id for p in bob.posts] == ["p3"]
    assert by_month(bob) == {"2023-03": (7.0, 0, 1)}
    assert shown(base(), tmp_path / "c", who="eva") == Evidence("hops malt yeast", (), ())
    typed = shown(base(), tmp_path / "d", Ask(brief="coffee"))
    assert (typed.brief, [p.post_id for p in typed.posts]) == ("coffee", ["p2"])


EDGES: list[tuple[str, Change, Callable[[Evidence], Any], Any]] = [
    # what is added with a moment m, what is read, and what stands there before; known or happened at m = AT it must stay
    ("post known", lambda m: ("posts", post("q", AT - 5 * DAY, "hops malt yeast", known_at=m)), lambda e: len(e.posts), 1),
    ("post written", lambda m: ("posts", post("q", m, "hops malt yeast", known_at=min(m, AT - MICRO))), lambda e: len(e.posts), 1),
    ("post counted", lambda m: ("posts", post("q", AT - 5 * DAY, known_at=m)), lambda e: by_month(e)["2023-03"][2], 1),
    ("follower known", lambda m: ("audience", snapshot(AT - DAY, 999.0, known_at=m)), lambda e: by_month(e)["2023-03"][0], 120.0),
    ("follower seen", lambda m: ("audience", snapshot(m, 999.0, known_at=min(m, AT - MICRO))), lambda e: by_month(e)["2023-03"][0], 120.0),
    ("reference known", lambda m: ("mentions", mention(AT - DAY, known_at=m)), lambda e: by_month(e)["2023-03"][1], 1),
    ("reference made", lambda m: ("mentions", mention(m, known_at=min(m, AT - MICRO))), lambda e: by_month(e)["2023-03"][1], 1),
    ("outcome known", lambda m: ("outcomes", outcome(known_at=m)), lambda e: [p.came for p in e.past], []),
    ("brief known", lambda m: ("campaigns", campaign("coffee bean", m)), lambda e: (e.brief, [p.post_id for p in e.posts]), ("hops malt yeast", ["p1"])),
    ("version known", lambda m: ("posts", post("p1", AT - 40 * DAY, "hops malt yeast", known_at=m)), lambda e: e.posts[0].text, "hops malt"),
    ("withdrawn", lambda m: ("posts", post("p1", AT - 40 * DAY, "", known_at=m)), lambda e: [p.post_id for p in e.posts], ["p1"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("added", "read", "stands"), [edge[1:] for edge in EDGES], ids=[edge[0] for edge in EDGES]
)
def test_the_cut_is_at_the_decision_to_the_microsecond(tmp_path: Path, added, read, stands) -> None:
    found = []
    for number, moment in enumerate((AT - MICRO, AT, AT + MICRO)):
        rows = deepcopy(base())
        table, row = added(moment)
        rows[table].append(row)
        found.append(read(shown(rows, tmp_path / str(number))))
    assert found[1] == stands
    assert found[2] == stands
    assert found[0] != stands, "what was known a microsecond before is evidence"


@pytest.mark.parametrize(
    ("age", "there"), [(365 * DAY, True), (365 * DAY + MICRO, False), (365 * DAY - MICRO, True)]
)
def test_posts_of_the_last_year_are_evidence(tmp_path: Path, age: timedelta, there: bool) -> None:
    rows = base()
    rows["posts"].append(post("old", AT - age))
    assert ("old" in [p.post_id for p in shown(rows, tmp_path).posts]) == there


def test_two_years_are_shown_by_month_without_gaps(tmp_path: Path) -> None:
    rows = base()
    start = datetime(AT.year - 2, AT.month, 1)
    assert MONTHS == 24
    rows["posts"] += [post("first", start), post("before", start - MICRO)]
    rows["audience"] += [
        snapshot(start - MICRO, 5.0),
        snapshot(datetime(2022, 6, 3), 50.0),
        snapshot(datetime(2022, 6, 2), 60.0),
    ]
    rows["mentions"] += [
        mention(datetime(2022, 6, 1)),
        mention(datetime(2022, 6, 30, 23), by="ann"),
        mention(datetime(2022, 6, 30, 23)),
    ]
    told = shown(rows, tmp_path)
    assert len(told.months) == 25
    months = by_month(told)
    assert next(iter(months)) == "2021-03"
    assert months["2021-03"] == (None, 0, 1)
    assert months["2022-06"] == (50.0, 2, 0), (
        "the last snapshot of the month; who refers to themselves is no reference"
    )
    assert months["2022-07"] == (None, 0, 0)


def test_the_nearest_posts_come_first_and_no_more_than_asked_for(tmp_path: Path) -> None:
    rows = base()
    rows["posts"] = [
        post("far", AT - 4 * DAY, "hops coffee bean roast"),
        post("near", AT - 3 * DAY, "hops malt yeast"),
        post("none", AT - 2 * DAY, "nothing of that"),
        post("blank", AT - 2 * DAY, "   "),
        post("mid", AT - DAY, "hops malt coffee"),
    ]
    told = shown(rows, tmp_path / "a")
    assert [p.post_id for p in told.posts] == ["near", "mid", "far"]
    close = [p.closeness for p in told.posts]
    assert close == sorted(close, reverse=True)
    assert close[0] == pytest.approx(1.0, abs=1e-3)
    assert [p.post_id for p in shown(rows, tmp_path / "b", most=2).posts] == ["near", "mid"]
    rows["campaigns"] = [campaign(None, AT - DAY)]
    silent = shown(rows, tmp_path / "c")
    assert (silent.brief, silent.posts) == ("", ())
    del rows["posts"]
    assert shown(rows, tmp_path / "d").posts == ()


def test_a_brief_first_known_after_the_decision_is_the_one_that_was_decided_on(tmp_path: Path) -> None:
    rows = base()
    rows["campaigns"] = [campaign("coffee", AT + DAY), campaign("hops", AT + 2 * DAY)]
    assert shown(rows, tmp_path).brief == "coffee"


@pytest.mark.parametrize(("moment", "brief"), [(AT - MICRO, "second"), (AT, "first"), (AT + MICRO, "first")])
def test_the_page_says_of_a_campaign_what_was_known_of_it(
    tmp_path: Path, moment: datetime, brief: str
) -> None:
    rows = base()
    rows["campaigns"] = [
        campaign("first", AT - 9 * DAY, brand=None),
        campaign("second", moment, brand="b2", category="drink"),
        campaign("other", AT - DAY, campaign_id="c2"),
    ]
    with open_tables(small.write(rows, tmp_path)) as tables:
        told = read_told(tables)
    posts = record("frequency__posts__90d")
    scores = scored(bundle({posts: 1.0}), {posts.column: [1.0, 2.0]}, as_of=AT)
    scores.scores["campaign_id"] = "k"
    board = Board(Ask(campaign="k"), scores, "x", {})
    assert (
        about(board, told)
        == {"first": About("k", "first", None, "food"), "second": About("k", "second", "b2", "drink")}[brief]
    )
    typed = Board(Ask(brief="tea", brand="b"), scores, "x", {})
    assert about(typed, told) == About("A new brief", "tea", "b", None)
    assert about(board, {}) == About("A new brief", "", None, None)
    late = {
        "k": [(AT + DAY, About("k", "late", None, None)), (AT + 2 * DAY, About("k", "later", None, None))]
    }
    assert about(board, late).brief == "late"


def jumped(**other: Any) -> small.Tables:
    """Return the rows of ann, who had 1,000 followers for twelve weeks and 6,000 since, and twelve references about the jump."""
    rows = base()
    rows["audience"] = [snapshot(AT - DAY - 7 * n * DAY, 6000.0 if n < 10 else 1000.0) for n in range(22)]
    start, end = AT - DAY - 70 * DAY, AT - DAY - 63 * DAY
    rows["mentions"] = [mention(start - DAY * n, f"fan{n}") for n in range(1, 7)]
    rows["mentions"] += [mention(end + DAY * n, f"fan{n}") for n in range(1, 7)]
    # References to others show that the weeks around were looked at.
    rows["mentions"] += [mention(AT - days * DAY, "fan1", influencer_id="carl") for days in (1, 30, 200)]
    return rows


def test_the_following_is_judged_by_what_was_known(tmp_path: Path) -> None:
    told = shown(jumped(), tmp_path / "a").following
    assert (told.level, told.references) == ("looks bought", (6, 6))

    def level(folder: str, **tables: list[dict[str, Any]]) -> Following:
        return shown(jumped() | tables, tmp_path / folder).following

    rows = jumped()
    later = [{**row, "known_at": AT} for row in rows["audience"] if row["followers"] == 6000.0]
    early = [row for row in rows["audience"] if row["followers"] == 1000.0]
    assert (
        level("b", audience=early + later) == shown({**jumped(), "audience": early}, tmp_path / "c").following
    ), "told too late"
    assert level("b2", audience=early + later).level == "nothing unusual"
    echo = [mention(AT - DAY - 60 * DAY, f"more{n}", known_at=AT) for n in range(50)]
    assert level("d", mentions=rows["mentions"] + echo) == told, "references told too late"
    own = [mention(AT - DAY - 60 * DAY, "ann") for n in range(50)]
    assert level("e", mentions=rows["mentions"] + own) == told, "nobody is their own echo"
    heard = [mention(AT - DAY - 60 * DAY, f"more{n}") for n in range(50)]
    assert level("f", mentions=rows["mentions"] + heard).level == "one jump, look at it"
    seldom = [row for row in rows["mentions"] if row["influencer_id"] == "ann"]
    assert level("h", mentions=seldom).level == "one jump, look at it", (
        "where references end there is no silence"
    )
    # Until when references were looked at is told by those that were known, to others as well.
    early = mention(AT - 200 * DAY, influencer_id="carl")
    for known, says in ((AT, "one jump, look at it"), (AT - MICRO, "looks bought")):
        last = mention(AT - DAY, influencer_id="carl", known_at=known)
        assert level(f"i{known.microsecond}", mentions=[*seldom, early, last]).level == says
    none = {name: table for name, table in jumped().items() if name != "mentions"}
    assert shown(none, tmp_path / "g").following.references is None


def test_followings_of_many_are_those_of_each_at_their_own_moment(tmp_path: Path) -> None:
    rows = jumped()
    rows["audience"] += [snapshot(AT - DAY - 7 * n * DAY, 50.0, "bob") for n in range(12)]
    with open_tables(small.write(rows, tmp_path / "a")) as tables, tables.scratch() as scratch:
        many = followings(scratch, {"ann": AT, "bob": AT, "eva": AT})
        assert {who: told.level for who, told in many.items()} == {
            "ann": "looks bought", "bob": "nothing unusual", "eva": "too little known"
        }  # fmt: skip
        before = followings(scratch, {"ann": AT - 70 * DAY, "bob": AT})
        assert (before["ann"].level, before["bob"]) == ("nothing unusual", many["bob"])
        assert followings(scratch, {}) == {}
