"""The promise the rest stands on: nothing from at or after ``as_of``, and nothing known then or later, reaches a feature.

The fitted text space is held fixed, everything else is moved. That somebody takes part is known from the decision on, what came of it
later: rows of outcomes are moved for those of whom the first is known. That these tests would find a leak is tested with leaks.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from suasion.features import FEATURES, Feature
from suasion.features.engine import views as point_in_time
from suasion.features.engine.case import Case
from suasion.features.engine.matrix import build_features, prepare, queries
from suasion.features.engine.views import View
from suasion.features.tables.open import open_tables
from suasion.features.tables.schema import TABLES
from suasion.features.text.space import LatentSpace

from . import small
from .small import MICRO, T0

COLUMNS = [*(feature.column for feature in FEATURES), "references__press"]
SPACE = LatentSpace.fit([" ".join(small.WORDS[k : k + 4]) for k in range(12)] * 2, dimensions=8)
PEOPLE = ", ".join(f"('{person}')" for person in small.PEOPLE)
DECISIONS = (
    f"SELECT 'k0' AS campaign_id, col0 AS influencer_id, TIMESTAMP '{T0}' AS as_of, 2.0 AS exposure, 5.0 AS fee, 0.1 AS discount "
    f"FROM (VALUES {PEOPLE})"
)
"""Everybody in one campaign at one moment, so that every row about anybody is somebody's edge."""


def build(rows: small.Tables, decisions: str = DECISIONS) -> pd.DataFrame:
    with TemporaryDirectory() as folder, open_tables(small.write(rows, Path(folder) / "data")) as tables:
        return build_features(prepare(tables, SPACE), decisions)


def base(seed: int = 7) -> small.Tables:
    rows = small.make(seed)
    for row in rows["campaigns"]:
        if row["campaign_id"] in ("k0", "k1") and row["category"] != "edited":
            row["category"], row["brand"] = "food", "b1"
        if row["campaign_id"] == "k0":
            row["starts_at"], row["ends_at"] = T0 + timedelta(days=3), T0 + timedelta(days=9)
            row["brief"], row["known_at"] = "hops malt yeast", max(row["known_at"], T0 - timedelta(days=1))
    rows["campaigns"] = [r for r in rows["campaigns"] if r["campaign_id"] != "k0"] + [
        next(r for r in rows["campaigns"] if r["campaign_id"] == "k0")
    ]
    # A number of the user's own, read several times.
    rows["signals"] = [
        {"influencer_id": person, "observed_at": at, "known_at": at, "references_press": float(k)}
        for k, person in enumerate(small.PEOPLE)
        for at in (T0 - timedelta(days=40), T0 - timedelta(days=400))
    ]
    # What comes of the decisions themselves: of everybody a first version, and a correction.
    rows["outcomes"] = [r for r in rows["outcomes"] if r["campaign_id"] != "k0"]
    for k, person in enumerate(small.PEOPLE):
        first = outcome("k0", person, T0, T0 + timedelta(days=30), conversions=2.0 + k)
        rows["outcomes"] += [first, first | {"known_at": T0 + timedelta(days=50), "conversions": 5.0 + k}]
    # Who takes part in k1 is known: what came of it later tells nothing new about that.
    started = min(r["known_at"] for r in rows["campaigns"] if r["campaign_id"] == "k1")
    taking_part = [outcome("k1", person, started + MICRO, started + 2 * MICRO) for person in small.PEOPLE[:3]]
    rows["candidates"] = [{k: r[k] for k in AGREED} | {"known_at": r["decided_at"]} for r in taking_part]
    rows["outcomes"] = [r for r in rows["outcomes"] if r["campaign_id"] != "k1"] + taking_part
    return rows


AGREED = ("campaign_id", "influencer_id", "decided_at", "exposure", "fee", "discount")


def outcome(
    campaign: str, person: str, decided: datetime, known: datetime, conversions: float = 4.0
) -> dict[str, Any]:
    row = {"campaign_id": campaign, "influencer_id": person, "decided_at": decided, "known_at": known}
    row |= {"exposure": 2.0, "fee": 5.0, "discount": 0.1, "conversions": conversions}
    return row | {"refunds": 1.0, "revenue": 3.0}


WROTE = {
    row["author_id"]: row["post_id"] for row in base()["posts"] if row["created_at"] < T0 - timedelta(days=9)
}
"""A post of everybody's, from before the decision."""


def unchanged(before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    """Return the features that differ by more than the order of a sum may make them."""
    columns = [c for c in before.columns if "__" in c]
    return [
        c for c in columns if not np.allclose(before[c], after[c], rtol=1e-12, atol=1e-12, equal_nan=True)
    ]


def event(table: str, number: int, person: str, at: datetime, known_at: datetime) -> dict[str, Any]:
    """Return one row of a table, about a person, that would move features if it were seen."""
    other = "fan1" if person != "ann" else "bob"
    told: dict[str, Any] = {
        "influencers": {
            "influencer_id": person,
            "created_at": min(at, T0 - timedelta(days=900)),
            "platform": f"elsewhere{number}",
        },
        "posts": {
            "post_id": f"n{number}",
            "author_id": person,
            "created_at": at,
            "text": "hops malt yeast terrible bad?",
            "reply_to_id": "p3",
            "links": ["https://y.org"] * 3,
            "format": "story",
        },
        "audience": {"influencer_id": person, "observed_at": at, "followers": 99_999.0, "following": 1.0}
        | dict.fromkeys((*small.TOLD, "posts_count"), 8e4)
        | {
            "real_share": 0.999,
            "verified": number % 2 == 1,
            "country_share": '{"DE": 0.999, "AT": 0.001, "CH": 0, "FR": 0, "US": 0, "GB": 0}',
        },
        "post_metrics": {"post_id": WROTE.get(person), "observed_at": at}
        | {name: 7e5 + 1e5 * place + number for place, name in enumerate(small.MOST)},
        "signals": {"influencer_id": person, "observed_at": at, "references_press": 99.0 + number},
        "mentions": {
            "referrer_id": other,
            "influencer_id": person,
            "kind": "reshare",
            "created_at": at,
            "post_id": "p1",
        },
        "credentials": {
            "influencer_id": person,
            "kind": f"title{number}",
            "subject": "hops",
            "awarded_at": at,
            "verified": True,
        },
        "outcomes": {
            "campaign_id": "k1",
            "influencer_id": person,
            "decided_at": at,
            "exposure": 1.0,
            "conversions": 70.0,
            "refunds": 9.0,
        },
    }[table]
    return told | {"known_at": known_at}


TOLD = ("posts", "audience", "post_metrics", "signals", "mentions", "credentials", "outcomes", "influencers")


@st.composite
def futures(draw: st.DrawFn) -> list[tuple[str, dict[str, Any]]]:
    """Rows nobody could have known before ``T0``: they happened at or after it, or were known at or after it."""
    rows = []
    for number in range(draw(st.integers(1, 12))):
        table = draw(st.sampled_from(TOLD))
        person = draw(st.sampled_from(small.PEOPLE[:3] if table == "outcomes" else small.PEOPLE))
        delay = timedelta(microseconds=draw(st.integers(0, 10**12)))
        if table == "outcomes" or draw(st.booleans()):  # happened before, known too late
            at, known_at = T0 - timedelta(microseconds=draw(st.integers(1, 10**13))), T0 + delay
        else:
            at = known_at = T0 + delay
        rows.append((table, event(table, number, person, at, known_at)))
    return rows


BASE = base()
BEFORE = build(BASE)
assert len(BEFORE) == len(small.PEOPLE)


@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(futures())
def test_rows_from_at_or_after_as_of_change_nothing(rows: list[tuple[str, dict[str, Any]]]) -> None:
    later = deepcopy(BASE)
    for table, row in rows:
        later[table].append(row)
    later = {name: small._without_contradictions(name, found) for name, found in later.items()}
    assert unchanged(BEFORE, build(later)) == []


def test_later_versions_of_every_row_change_nothing() -> None:
    later = deepcopy(BASE)
    for name in TOLD:
        for row in BASE[name]:
            edited = dict(row) | {"known_at": max(T0, row["known_at"] + MICRO)}
            edited |= {
                "influencers": {"platform": "elsewhere"},
                "posts": {"text": "hops malt", "author_id": "ann"},
                "audience": {"followers": 7.0, "country_share": '{"DE": 0.777}'},
                "post_metrics": dict.fromkeys(small.MOST, 7.0),
                "signals": {"references_press": 7.0},
                "credentials": {"verified": True},
                "outcomes": {"conversions": 50.0},
            }.get(name, {})
            later[name].append(edited)
    later = {name: small._without_contradictions(name, found) for name, found in later.items()}
    assert unchanged(BEFORE, build(later)) == []


def test_outcomes_and_briefs_of_other_campaigns_known_later_change_nothing() -> None:
    later = deepcopy(BASE)
    edited = [
        dict(r) | {"brief": "wine", "category": "food", "known_at": max(T0, r["known_at"] + MICRO)}
        for r in BASE["campaigns"]
        if r["campaign_id"] != "k0"
    ]
    later["campaigns"] = small._without_contradictions("campaigns", later["campaigns"] + edited)
    assert unchanged(BEFORE, build(later)) == []


@pytest.mark.parametrize("table", TOLD)
def test_one_microsecond_decides(table: str) -> None:
    """A row a microsecond before ``as_of`` moves features; the same row at ``as_of`` moves none."""

    def with_row(at: datetime, known_at: datetime) -> list[str]:
        rows = deepcopy(BASE)
        rows[table].append(event(table, 1, "bob", at, known_at))
        rows[table] = small._without_contradictions(table, rows[table])
        return unchanged(BEFORE, build(rows))

    at = T0 - MICRO - MICRO if table == "outcomes" else T0 - MICRO
    seen = with_row(at, T0 - MICRO)
    assert seen, f"a row of {table} known a microsecond before the decision should be seen"
    assert with_row(at, T0) == [], "known at the decision is known too late"
    if table != "outcomes":
        assert with_row(T0, T0) == [], "at the decision is after it"


def test_each_feature_hears_of_something() -> None:
    """Taken together, rows just before the decision reach every feature that is not about the offer or the account's age."""
    rows = deepcopy(BASE)
    for number, table in enumerate(TOLD * 2):
        at = T0 - timedelta(hours=3) if table != "outcomes" else T0 - timedelta(days=40)
        for place, person in enumerate(small.PEOPLE):
            rows[table].append(
                event(table, 10 * number + place, person, at + timedelta(minutes=number), T0 - MICRO)
            )
    for k, person in enumerate(small.PEOPLE):
        rows["posts"] += [
            event("posts", 900 + k, "fan1", T0 - timedelta(hours=2), T0 - MICRO) | {"reply_to_id": f"n{k}"},
            event("posts", 950 + k, person, T0 - timedelta(hours=1), T0 - MICRO)
            | {"reply_to_id": f"n{900 + k}"},
        ]
        rows["mentions"].append(
            event("mentions", 0, "fan2", T0 - timedelta(hours=1), T0 - MICRO)
            | {"referrer_id": person, "kind": "backlink"}
        )
        rows["mentions"].append(
            event("mentions", 0, person, T0 - timedelta(hours=1), T0 - MICRO)
            | {"referrer_id": "fan3", "kind": "backlink", "post_id": f"n{k}"}
        )
        rows["posts"].append(event("posts", 850 + k, person, T0 - timedelta(hours=2), T0 - MICRO))
        unseen = {"post_id": f"n{850 + k}", "likes": 100.0, "comments": 50.0}  # and no views
        rows["post_metrics"].append(unseen | dict.fromkeys(("observed_at", "known_at"), T0 - MICRO))
        rows["outcomes"].append(outcome("k2", person, T0 - timedelta(days=20), T0 - MICRO, conversions=0.0))
        for rival in small.PEOPLE:
            rows["mentions"].append(
                event("mentions", 0, rival, T0 - timedelta(hours=1), T0 - MICRO) | {"referrer_id": person}
            )
        rows["mentions"].append(
            event("mentions", 0, person, T0 - timedelta(days=40), T0 - timedelta(days=40))
            | {"referrer_id": "fan3"}
        )
        rows["credentials"].append(
            event("credentials", 5, person, T0 - timedelta(hours=1), T0 - MICRO) | {"verified": False}
        )
    for week in range(53):  # nobody is silent for long
        at = T0 - timedelta(days=7 * week, hours=5)
        rows["posts"].append(event("posts", 700 + week, "cem", at, at))
    # What everybody says is what is usual, and nobody's post is above it: one exchange alone is about the brief.
    usual = {"text": "coffee bean roast terrible bad?"}
    rows["posts"] = [row if row in BASE["posts"] else row | usual for row in rows["posts"]]
    words = {"text": "hops malt yeast"}
    rows["posts"] += [
        event("posts", 980, "fan1", T0 - timedelta(hours=2), T0 - MICRO) | words,
        event("posts", 981, "bob", T0 - timedelta(hours=1), T0 - MICRO) | words | {"reply_to_id": "n980"},
    ]
    rows["mentions"].append(
        event("mentions", 0, "bob", T0 - timedelta(hours=2), T0 - MICRO) | {"post_id": "n980"}
    )
    rows = {name: small._without_contradictions(name, found) for name, found in rows.items()}
    moved = set(unchanged(BEFORE, build(rows)))
    deaf = [
        c
        for c in COLUMNS
        if c not in moved and not c.startswith("offer__") and c != "reputation__account_age"
    ]
    assert deaf == []


def change_outcomes(rows: small.Tables) -> small.Tables:
    """Return other outcomes of the decisions' own campaign, of first versions and corrections alike."""
    told = {"conversions": 70.0, "refunds": 9.0, "revenue": 800.0, "delivered_exposure": 9.0}
    changed = [r | told if r["campaign_id"] == "k0" else r for r in rows["outcomes"]]
    return rows | {"outcomes": changed}


def change_first_versions(rows: small.Tables) -> small.Tables:
    """Return outcomes of which only what was told first, and corrected since, is another."""
    first = {(r["campaign_id"], r["influencer_id"]): r["known_at"] for r in reversed(rows["outcomes"])}
    return rows | {
        "outcomes": [
            r | {"conversions": 80.0, "exposure": 7.0}
            if r["known_at"] >= T0 and r["known_at"] == first[r["campaign_id"], r["influencer_id"]]
            else r
            for r in rows["outcomes"]
        ]
    }


def drop_outcomes(rows: small.Tables) -> small.Tables:
    """Return tables without what came of the decisions, as they are when somebody decides."""
    return rows | {"outcomes": [r for r in rows["outcomes"] if r["campaign_id"] != "k0"]}


def move_decisions(rows: small.Tables) -> small.Tables:
    """Return tables in which half of the others of the campaign are asked later, and are candidates as well."""
    moved = [
        r | {"decided_at": T0 + timedelta(days=2)}
        if r["campaign_id"] == "k0" and r["influencer_id"] in ("bob", "dai")
        else r
        for r in rows["outcomes"]
    ]
    later = [
        {k: r[k] for k in AGREED} | {"known_at": r["decided_at"]} for r in moved if r["campaign_id"] == "k0"
    ]
    return rows | {"outcomes": moved, "candidates": rows["candidates"] + later}


OUTCOMES = {c.__name__: c for c in (change_outcomes, change_first_versions, drop_outcomes, move_decisions)}
LATER = " UNION ALL ".join(
    f"SELECT '{campaign}', '{person}', TIMESTAMP '{T0 + timedelta(days=days)}', 3.0, 6.0, 0.2"
    for campaign, person, days in (("k0", "ann", 2), ("k0", "bob", 2), ("k1", "ann", 1), ("k0", "eva", 40))
)
"""Decisions of the same campaign, and about the same people, that lie ahead."""


def moved_by(change: str) -> list[str]:
    """Return the features that a change of what lies ahead moves."""
    if change == "later_decisions":
        both = build(BASE, f"{DECISIONS} UNION ALL {LATER}")
        return unchanged(build(BASE), both[both["as_of"] == T0].reset_index(drop=True))
    return unchanged(build(BASE), build(OUTCOMES[change](deepcopy(BASE))))


@pytest.mark.parametrize("change", [*OUTCOMES, "later_decisions"])
def test_what_comes_of_the_decision_and_of_those_ahead_changes_nothing(change: str) -> None:
    assert moved_by(change) == []


def test_a_decision_alone_is_what_it_is_among_others() -> None:
    alone = [build(BASE, f"SELECT * FROM ({DECISIONS}) WHERE influencer_id = '{p}'") for p in ("ann", "dai")]
    together = BEFORE[BEFORE["influencer_id"].isin(["ann", "dai"])].reset_index(drop=True)
    assert unchanged(together, pd.concat(alone, ignore_index=True)) == []


def _own_outcome(case: Case) -> ir.Table:
    own = case.table("participations").select("campaign_id", "influencer_id", "superseded_at", "net")
    rows = case.table("decisions").select("decision_id", "as_of", "campaign_id", "influencer_id")
    rows = rows.inner_join(own, ["campaign_id", "influencer_id"])
    return rows.mutate(at=rows.as_of)


def _latest(case: Case) -> ir.Table:
    rows = _own_outcome(case)
    return rows.filter(rows.superseded_at > ibis.timestamp("9999-01-01")).mutate(value=rows.net)


def _first(case: Case) -> ir.Table:
    rows = _own_outcome(case)
    return rows.filter(rows.superseded_at < ibis.timestamp("9999-01-01")).mutate(value=rows.net)


def _took_part(case: Case) -> ir.Table:
    return _own_outcome(case).mutate(value=ibis.literal(1.0))


def _ahead(case: Case) -> ir.Table:
    """Decisions of the same campaign that are taken later, of those that are built at once."""
    decisions = case.table("decisions")
    later = decisions.select(_campaign="campaign_id", _later="as_of")
    rows = decisions.inner_join(
        later, [decisions.campaign_id == later._campaign, later._later > decisions.as_of]
    )
    return rows.select("decision_id", "as_of", at="as_of", value=ibis.literal(1.0))


def _asked_ahead(case: Case) -> ir.Table:
    """Others who take part in the same campaign, whenever that is decided."""
    decisions, others = case.table("decisions"), case.table("participations")
    others = others.select(_campaign="campaign_id", _decided="decided_at")
    rows = decisions.inner_join(
        others, [decisions.campaign_id == others._campaign, others._decided > decisions.as_of]
    )
    return rows.select("decision_id", "as_of", at="as_of", value=ibis.literal(1.0))


LEAKS = {
    "change_outcomes": _latest,
    "change_first_versions": _first,
    "drop_outcomes": _took_part,
    "later_decisions": _ahead,
    "move_decisions": _asked_ahead,
}


@pytest.mark.parametrize("change", LEAKS)
def test_a_feature_that_looks_ahead_is_found(change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Features with a leak, planted for the test alone: each kind is moved by what the tests above change."""
    leak = Feature(
        characteristic="conversion", name="leak", days=None, sources=("leak",), unit="conversions", monotonic=0, fill=0.0,
        meaning="Leaks.", build=lambda leak: leak.value.sum(),
    )  # fmt: skip
    monkeypatch.setitem(point_in_time.VIEWS, "leak", View(LEAKS[change], (), "for the test"))
    monkeypatch.setattr("suasion.features.engine.matrix.FEATURES", (*FEATURES, leak))
    queries.cache_clear()
    try:
        assert moved_by(change) == ["conversion__leak"]
    finally:
        queries.cache_clear()


def test_who_takes_part_is_known_when_it_is_decided_and_not_when_its_outcome_is() -> None:
    """From the microsecond after the decision on, in the outcomes as among the candidates, whatever came of it, and whenever."""

    def with_rival(decided: datetime, known: datetime, table: str) -> list[str]:
        rows = deepcopy(BASE)
        at = T0 - timedelta(days=3)
        rows["mentions"] += [
            event("mentions", 0, "zoe", at, at) | {"referrer_id": person} for person in small.PEOPLE
        ]
        before = build(rows)
        row = outcome("k1", "zoe", decided, known)
        rows[table].append(row if table == "outcomes" else {k: row[k] for k in (*AGREED, "known_at")})
        return unchanged(before, build(rows))

    rivals = ["conversation__rivals_cited__365d"]
    assert with_rival(T0 - MICRO, T0 + timedelta(days=99), "outcomes") == rivals
    assert with_rival(T0, T0 + timedelta(days=99), "outcomes") == []
    assert with_rival(T0 - MICRO, T0 - MICRO, "candidates") == rivals
    assert with_rival(T0 - MICRO, T0, "candidates") == []
    assert with_rival(T0, T0, "candidates") == []


def test_every_table_names_its_event_time_and_default() -> None:
    for table in TABLES.values():
        assert table.time in {column.name for column in table.columns}
        assert table.known_meaning
