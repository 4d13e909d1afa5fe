"""The promise the rest stands on: nothing from at or after ``as_of``, and nothing known then or later, reaches a feature.

The fitted text space is held fixed, everything else is moved.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from suasion.features import FEATURES
from suasion.features.build import build_features, prepare
from suasion.features.check import open_tables
from suasion.features.tables import TABLES
from suasion.features.text import LatentSpace

from . import small
from .small import MICRO, T0

COLUMNS = [feature.column for feature in FEATURES]
SPACE = LatentSpace.fit([" ".join(small.WORDS[k : k + 4]) for k in range(12)] * 2, dimensions=8)
PEOPLE = ", ".join(f"('{person}')" for person in small.PEOPLE)
DECISIONS = (
    f"SELECT 'k0' AS campaign_id, col0 AS influencer_id, TIMESTAMP '{T0}' AS as_of, 2.0 AS exposure, 5.0 AS fee, 0.1 AS discount "
    f"FROM (VALUES {PEOPLE})"
)
"""Everybody in one campaign at one moment, so that every row about anybody is somebody's edge."""


def build(rows: small.Tables) -> pd.DataFrame:
    with TemporaryDirectory() as folder, open_tables(small.write(rows, Path(folder) / "data")) as tables:
        return build_features(prepare(tables, SPACE), DECISIONS)


def base(seed: int = 7) -> small.Tables:
    rows = small.make(seed)
    for row in rows["campaigns"]:
        if row["campaign_id"] in ("k0", "k1") and row["category"] != "edited":
            row["category"] = "food"
        if row["campaign_id"] == "k0":
            row["starts_at"], row["ends_at"] = T0 + timedelta(days=3), T0 + timedelta(days=9)
            row["brief"], row["known_at"] = "hops malt yeast", max(row["known_at"], T0 - timedelta(days=1))
    rows["campaigns"] = [r for r in rows["campaigns"] if r["campaign_id"] != "k0"] + [
        next(r for r in rows["campaigns"] if r["campaign_id"] == "k0")
    ]
    return rows


def unchanged(before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    """Return the features that differ by more than the order of a sum may make them."""
    return [
        c for c in COLUMNS if not np.allclose(before[c], after[c], rtol=1e-12, atol=1e-12, equal_nan=True)
    ]


def event(table: str, number: int, person: str, at: datetime, known_at: datetime) -> dict[str, Any]:
    """Return one row of a table, about a person, that would move features if it were seen."""
    other = "fan1" if person != "ann" else "bob"
    told: dict[str, Any] = {
        "influencers": {"influencer_id": f"new{number}", "created_at": at},
        "posts": {
            "post_id": f"n{number}",
            "author_id": person,
            "created_at": at,
            "text": "hops malt yeast terrible bad?",
            "reply_to_id": "p3",
            "links": ["https://y.org"] * 3,
        },
        "audience": {"influencer_id": person, "observed_at": at, "followers": 99_999.0, "following": 1.0},
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


TOLD = ("posts", "audience", "mentions", "credentials", "outcomes")


@st.composite
def futures(draw: st.DrawFn) -> list[tuple[str, dict[str, Any]]]:
    """Rows nobody could have known before ``T0``: they happened at or after it, or were known at or after it."""
    rows = []
    for number in range(draw(st.integers(1, 12))):
        table = draw(st.sampled_from(TOLD))
        person = draw(st.sampled_from(small.PEOPLE))
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
                "posts": {"text": "hops malt", "author_id": "ann"},
                "audience": {"followers": 7.0},
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


def test_every_table_names_its_event_time_and_default() -> None:
    for table in TABLES.values():
        assert table.time in {column.name for column in table.columns}
        assert table.known_meaning
