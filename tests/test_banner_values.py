"""The banner's sentences by themselves, over small tables made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pytest

from suasion.features.engine.matrix import all_features
from suasion.features.engine.views import VIEWS
from suasion.serving.scoring.notes import Notes, listed, warn_of_assumed, warn_of_brief, warn_of_strangers
from suasion.serving.scoring.search import Names

AS_OF = datetime(2024, 3, 1)
MOMENT = timedelta(microseconds=1)
OF_WHOM = {
    "influencers": "influencer_id",
    "posts": "author_id",
    "audience": "influencer_id",
    "signals": "influencer_id",
    "mentions": "influencer_id",
    "credentials": "influencer_id",
    "outcomes": "influencer_id",
}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute(
            "CREATE TABLE requested (campaign_id VARCHAR, influencer_id VARCHAR, as_of TIMESTAMP);"
            "CREATE TABLE decisions (decision_id INT, brief_id INT, campaign_id VARCHAR, influencer_id VARCHAR, as_of TIMESTAMP);"
            "CREATE TABLE thresholds (decision_id INT); CREATE TABLE briefs (brief_id INT, brief VARCHAR)"
        )
        for table, who in OF_WHOM.items():
            opened.execute(f"CREATE TABLE {table} ({who} VARCHAR, known_at TIMESTAMP)")
        yield opened


def tables(connection: duckdb.DuckDBPyConnection, *present: str) -> Any:
    return SimpleNamespace(sql=connection.sql, present=frozenset(present))


def strangers(
    connection: duckdb.DuckDBPyConnection, asked: list[str], known: Names | None = None
) -> list[str]:
    connection.execute("DELETE FROM requested")
    for who in asked:
        connection.execute("INSERT INTO requested VALUES ('c', ?, ?)", [who, AS_OF])
    notes = Notes()
    warn_of_strangers(tables(connection), notes, known)
    assert notes.rest == []
    return notes.banner


ALONE = "What is forecast for them follows from the offer and the campaign alone."


@pytest.mark.parametrize("table", OF_WHOM)
def test_one_row_of_any_table_makes_somebody_known_if_it_was_told_before(
    table: str, connection: duckdb.DuckDBPyConnection
) -> None:
    said = f"1 of 1 people asked for is not known: nothing was told by then of x. {ALONE}"
    assert strangers(connection, ["x"]) == [said]
    connection.execute(f"INSERT INTO {table} VALUES ('x', ?), ('y', ?)", [AS_OF, AS_OF - MOMENT])
    assert strangers(connection, ["x"]) == [said]
    connection.execute(f"INSERT INTO {table} VALUES ('x', ?)", [AS_OF - MOMENT])
    assert strangers(connection, ["x"]) == []


@pytest.mark.parametrize(
    ("many", "says"),
    [
        (2, "2 of 3 people asked for are not known: nothing was told by then of s0, s1. "),
        (3, "3 of 4 people asked for are not known: nothing was told by then of s0, s1, s2. "),
        (4, "4 of 5 people asked for are not known: nothing was told by then of s0, s1, s2 and 1 more. "),
        (9, "9 of 10 people asked for are not known: nothing was told by then of s0, s1, s2 and 6 more. "),
    ],
)
def test_three_strangers_are_named(many: int, says: str, connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("INSERT INTO outcomes VALUES ('known', ?)", [AS_OF - MOMENT])
    assert strangers(connection, ["known", *(f"s{n}" for n in range(many))]) == [says + ALONE]


def test_who_may_be_meant(connection: duckdb.DuckDBPyConnection) -> None:
    names = Names(["x:1", "x:2", "new"], handles=[("anna", "x:1"), ("bob", "x:2")])
    told = strangers(connection, ["@ANNA", "bobb", "new"], names)
    assert told == [
        "3 of 3 people asked for are not known: nothing was told by then of @ANNA, bobb, new. "
        f"{ALONE} @ANNA may be x:1 (@anna); bobb may be x:2 (@bob)."
    ]


OF_BRIEFS = sorted(f.column for f in all_features() if not f.combined and VIEWS[f.sources[0]].brief)
OTHERS = sorted({f.column for f in all_features()} - set(OF_BRIEFS))
WITHOUT_POSTS = "the model was trained without posts"
NO_POSTS = "there are no posts to compare it with"
NOTHING = "it says nothing, or nothing that was known by then"
NO_WORD = "the model knows none of its words"
FEW_POSTS = "fewer than 20 posts were known by then"


@pytest.mark.parametrize(
    ("features", "compared", "present", "briefs", "reason"),
    [
        ([OF_BRIEFS[0], *OTHERS], True, ["posts"], ["coffee"], None),
        (OTHERS, True, ["posts"], ["coffee"], WITHOUT_POSTS),
        (OTHERS, False, [], ["xx"], WITHOUT_POSTS),
        (OF_BRIEFS, False, ["audience"], ["coffee"], NO_POSTS),
        (OF_BRIEFS, False, ["posts"], [], NOTHING),
        (OF_BRIEFS, False, ["posts"], [None, " ", ""], NOTHING),
        (OF_BRIEFS, False, ["posts"], ["xx", "yy"], NO_WORD),
        (OF_BRIEFS, False, ["posts"], ["xx", "coffee"], FEW_POSTS),
    ],
)
def test_why_a_brief_cannot_change_a_ranking(
    features: list[str],
    compared: bool,
    present: list[str],
    briefs: list[str | None],
    reason: str | None,
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("INSERT INTO requested VALUES ('c', 'x', ?)", [AS_OF])
    # What stands there of other decisions, such as past ones, says nothing of this one.
    connection.execute("INSERT INTO briefs VALUES (99, 'coffee')")
    connection.execute("INSERT INTO decisions VALUES (99, 99, 'past', 'x', ?)", [AS_OF])
    connection.execute("INSERT INTO thresholds VALUES (99)")
    for number, brief in enumerate(briefs):
        connection.execute("INSERT INTO briefs VALUES (?, ?)", [number, brief])
        connection.execute("INSERT INTO decisions VALUES (?, ?, 'c', 'x', ?)", [number, number, AS_OF])
        if compared:
            connection.execute("INSERT INTO thresholds VALUES (?)", [number])

    def embed(texts: list[str]) -> Any:
        return np.array([[float("coffee" in text), 0.0] for text in texts])

    bundle: Any = SimpleNamespace(
        parts=SimpleNamespace(features=features), fitted=SimpleNamespace(space=SimpleNamespace(embed=embed))
    )
    notes = Notes()
    warn_of_brief(tables(connection, *present), bundle, notes)
    said = f"The brief cannot change this ranking: {reason}. Any other words would rank the same people the same way."
    assert notes.banner == ([said] if reason else [])
    assert notes.rest == []


@pytest.mark.parametrize(
    ("names", "phrase"),
    [
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d"], "a, b, c and d"),
    ],
)
def test_names_as_a_phrase(names: list[str], phrase: str) -> None:
    assert listed(names) == phrase


@pytest.mark.parametrize(
    ("names", "rows", "all_", "says"),
    [
        (["fee"], 1, 1, "All of these forecasts rest on assumed values: fee was not given."),
        (["fee"], 2, 3, "Most of these forecasts rest on assumed values: fee was not given."),
        (["fee"], 1, 2, None),
        (["fee", "discount"], 3, 4, "Most of these forecasts rest on assumed values: fee and discount were not given."),
        (["fee"], 0, 0, None),
        ([], 4, 4, None),
    ],
)  # fmt: skip
def test_what_most_forecasts_rest_on(names: list[str], rows: int, all_: int, says: str | None) -> None:
    notes = Notes()
    warn_of_assumed(names, rows, all_, notes)
    assert (notes.banner, notes.rest) == ([says] if says else [], [])
