"""A board: the place, order, filters and values of made-up scores."""

from __future__ import annotations

import json

import numpy as np
import pytest

from suasion.features import GROUPS
from suasion.features.errors import InputError
from suasion.serving.scoring import ranking as module
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.ranking import Board, number, to_json
from suasion.training.estimators.interval import Interval

from .made import BINARY, bundle, record, scored

POSTS, TITLES = record("frequency__posts__90d", +1), record("reputation__titles", 0, "titles")
IDS = ["eve", "ann", "dan", "bob", "cem"]
HANDLES = {"ann": "BreadAnn", "dan": "Straße"}


def board(**other) -> Board:
    """Return a board: expected 5 of dan, 4 of eve, 2 of cem, 1 of ann and 0.5 of bob."""
    values = {POSTS.column: [3.0, 0.0, 9.0, 0.0, 1.0], TITLES.column: [0.0, 0.0, 1.0, 1.0, 0.0]}
    model = bundle({POSTS: 1.0, TITLES: -1.0}, **other)
    money = {
        "fee": [100.0, np.nan, 300.0, 200.0, np.nan],
        "cost_per_conversion": [25.0, np.nan, 60.0, 400.0, np.nan],
    }
    outside = ["", "reputation__titles, frequency__posts__90d", "", "", ""]
    told = scored(model, values, ids=IDS, outside=outside, **money)
    return Board(Ask(campaign="c1"), told, "x", HANDLES)


def who(told: Board, **asked) -> list[str]:
    return [str(told.ids[row]) for row in told.page(**asked).rows]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["dan", "eve", "cem", "ann", "bob"]),
        ({"descending": False}, ["bob", "ann", "cem", "eve", "dan"]),
        ({"sort": "influencer_id"}, ["eve", "dan", "cem", "bob", "ann"]),
        ({"sort": "influencer_id", "descending": False}, ["ann", "bob", "cem", "dan", "eve"]),
        (
            {"sort": "frequency"},
            ["dan", "eve", "cem", "ann", "bob"],
        ),  # equals in order of expected conversions
        ({"sort": "frequency", "descending": False}, ["ann", "bob", "cem", "eve", "dan"]),
        ({"sort": "reputation"}, ["eve", "cem", "ann", "dan", "bob"]),
        ({"sort": "fee"}, ["dan", "bob", "eve", "cem", "ann"]),  # what is missing comes last, up or down
        ({"sort": "fee", "descending": False}, ["eve", "bob", "dan", "cem", "ann"]),
        ({"at_least": 2.0}, ["dan", "eve", "cem"]),
        ({"at_least": 2.0 + 1e-9}, ["dan", "eve"]),
        ({"at_least": 0.0}, ["dan", "eve", "cem", "ann", "bob"]),
        ({"above": "frequency"}, ["dan", "eve", "cem"]),  # a factor of 1 is not above
        ({"above": "reputation"}, []),
        ({"above": "frequency", "at_least": 3, "search": "eve"}, ["eve"]),
        ({"search": "A"}, ["dan", "ann"]),
        ({"search": "bread"}, ["ann"]),
        ({"search": "STRASSE"}, ["dan"]),
        ({"search": "zoe"}, []),
        ({"offset": 1, "limit": 2}, ["eve", "cem"]),
        ({"offset": 4, "limit": 2}, ["bob"]),
        ({"offset": 5}, []),
        ({"search": "a", "offset": 1, "limit": 1}, ["ann"]),
    ],
)
def test_order_filter_and_page(asked, names: list[str]) -> None:
    told = board()
    assert who(told, **asked) == names
    whole = {name: value for name, value in asked.items() if name not in ("offset", "limit")}
    assert told.page(**asked).total == len(who(told, **whole, limit=99)), "the total is of all that fit"


def test_fifty_rows_a_page_where_nobody_says_otherwise() -> None:
    many = scored(bundle({POSTS: 1.0}), {POSTS.column: range(60)})
    assert len(Board(Ask(brief="x"), many, "x", {}).page().rows) == 50


def test_what_cannot_be_sorted_or_filtered_by_is_named() -> None:
    with pytest.raises(
        InputError,
        match=r"sorted by 'charm'; these can: expected_conversions, influencer_id, offer, .*fee, cost_per",
    ):
        board().page(sort="charm")
    with pytest.raises(InputError, match="sorted by 'expected_revenue'"):
        board().page(sort="expected_revenue")
    with pytest.raises(InputError, match="above names 'charm'; it can be offer, relevance"):
        board().page(above="charm")


def test_a_row_holds_the_values_of_its_person() -> None:
    told = board(base=1.0)
    assert len(told) == 5
    for index, name in enumerate(("dan", "eve", "cem", "ann", "bob")):
        row = told.row(index)
        assert row["influencer_id"] == name
        assert row["expected_conversions"] == pytest.approx([5, 4, 2, 1, 0.5][index])
        assert row["fee"] == [300.0, 100.0, None, None, 200.0][index]
        assert row["cost_per_conversion"] == [60.0, 25.0, None, None, 400.0][index]
        assert row["factors"]["frequency"] == pytest.approx([10, 4, 2, 1, 1][index])
        assert row["factors"]["reputation"] == pytest.approx([0.5, 1, 1, 1, 0.5][index])
        assert list(row["factors"]) == list(GROUPS)
        assert row["outside"] == (["reputation__titles", "frequency__posts__90d"] if name == "ann" else [])
        assert (row["campaign_id"], row["base"], row["exposure"]) == ("c1", 1.0, 1.0)
        assert row["as_of"] == "2023-06-01T00:00:00.000000Z"
        scores = told.scored.scores.iloc[index]
        assert (row["low"], row["high"]) == (scores["low"], scores["high"])


def test_an_explanation_is_its_persons_and_told_once(monkeypatch) -> None:
    told = board()
    for name in IDS:
        one = told.explanation(name)
        assert one["influencer_id"] == name
        why = told.why(name)
        assert one["features"] == [
            {
                "feature": m.column,
                "characteristic": m.characteristic,
                "value": m.value,
                "unit": m.unit,
                "factor": m.factor,
                "percentile": m.percentile,
                "meaning": m.meaning,
            }
            for group in GROUPS
            for m in why.moved[group]
        ]
        assert json.loads(told.explained(name)) == json.loads(json.dumps(one))
    dan = told.explanation("dan")
    assert [(m["feature"], m["value"], m["percentile"]) for m in dan["features"]] == [
        ("frequency__posts__90d", 9.0, 1.0),
        ("reputation__titles", 1.0, 0.75),
    ]
    assert "not what would happen if it changed" in dan["caution"]
    monkeypatch.setattr(module, "KEPT", 2)
    kept = told.explained("dan")
    assert told.explained("dan") is kept
    for name in ("ann", "bob", "cem"):
        told.explained(name)
    assert len(told._explained) <= 5
    assert told.explained("dan") == kept


def test_where_outcomes_are_zero_or_one_json_has_no_interval() -> None:
    row = board(interval=BINARY).row(0)
    assert (row["low"], row["high"]) == (None, None)
    assert json.loads(to_json(row))["low"] is None
    endless = board(interval=Interval(0.05, 1.0, 0.0)).row(0)
    assert endless["low"] is not None
    assert endless["high"] is None


def test_json_keeps_digits_and_letters_and_takes_nothing_for_a_number() -> None:
    assert to_json({"a": 0.1 + 0.2, "b": "Straße"}) == '{"a":0.30000000000000004,"b":"Straße"}'.encode()
    assert [number(x) for x in (1.5, np.nan, np.inf, -np.inf)] == [1.5, None, None, None]
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json(np.nan)


@pytest.mark.parametrize(
    ("least", "many"), [(0.0, 3), (-1.0, 3), (0.25, 3), (0.26, 2), (0.5, 2), (1.0, 1), (1.01, 0)]
)
def test_the_least_that_is_expected_may_be_less_than_one(least: float, many: int) -> None:
    told = scored(bundle({POSTS: 1.0}, base=0.25), {POSTS.column: [0.0, 1.0, 3.0]})
    assert Board(Ask(campaign="c1"), told, "b", {}).page(at_least=least).total == many
