"""Which outcomes train, which version of them was known, and which texts the space learns: on a few rows, by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import duckdb
import pandas as pd
import pytest

from suasion.features.errors import EmptyTableError
from suasion.features.text.withheld import MARK
from suasion.training import examples
from suasion.training.examples import (
    Fitted,
    fit_space,
    known_outcomes,
    make_requested,
    offer_columns,
    outcome_versions,
    past_of_requested,
    read_examples,
    requested_and_past,
)

AT, DAY, MICRO = datetime(2024, 1, 1), timedelta(days=1), timedelta(microseconds=1)
NEVER = datetime(9999, 1, 1)


class Tables:
    """A database with an outcome of each kind."""

    extras = ("offer_gift",)
    goal: str | None = None

    def __init__(self, rows: list[dict[str, Any]] | None = None) -> None:
        self.connection = duckdb.connect()
        self.connection.sql(
            "CREATE TABLE campaigns (campaign_id VARCHAR, goal VARCHAR, superseded_at TIMESTAMP)"
        )
        if rows:
            frame = pd.DataFrame(rows)
            times = dict.fromkeys(("decided_at", "known_at", "superseded_at"), "datetime64[us]")
            frame = frame.astype(times)
            self.connection.sql("CREATE TABLE outcomes AS SELECT * FROM frame")

    def sql(self, query: str) -> Any:
        return self.connection.sql(query)


def row(who: str, known: datetime, superseded: datetime = NEVER, **told: Any) -> dict[str, Any]:
    usual = {
        "campaign_id": "c",
        "influencer_id": who,
        "decided_at": AT - DAY,
        "exposure": 2.0,
        "fee": 9.0,
        "discount": 0.1,
    }
    usual |= {"offer_gift": 1.0, "conversions": 5.0, "refunds": 1.0, "revenue": 50.0}
    return usual | {"known_at": known, "superseded_at": superseded} | told


ROWS = [
    row("plain", AT - MICRO),
    row("late", AT),
    row("silent", AT - DAY, exposure=0.0),
    row("unrefunded", AT - DAY, refunds=float("nan")),
    row("returned", AT - DAY, refunds=9.0),
    row("revised", AT - DAY, AT, conversions=7.0),
    row("revised", AT, conversions=99.0, exposure=5.0, fee=1.0, decided_at=AT),
    row("corrected", AT - 2 * DAY, AT - DAY, conversions=7.0),
    row("corrected", AT - DAY, conversions=3.0, exposure=1.0),
]
for one in ROWS:
    if one["refunds"] != one["refunds"]:
        one["refunds"] = None


def test_what_trains_is_known_before_in_its_latest_version_and_was_shown() -> None:
    tables = Tables(ROWS)
    assert offer_columns(tables) == 'exposure, fee, discount, "offer_gift"'
    told = tables.sql(f"SELECT influencer_id, net FROM ({known_outcomes(tables, AT)}) ORDER BY 1").fetchall()
    assert told == [("corrected", 2), ("plain", 4), ("returned", 0), ("revised", 6), ("unrefunded", 5)]
    told = tables.sql(
        f"SELECT influencer_id, net FROM ({known_outcomes(tables, None)}) ORDER BY 1"
    ).fetchall()
    assert told == [
        ("corrected", 2), ("late", 4), ("plain", 4), ("returned", 0), ("revised", 98), ("unrefunded", 5)
    ]  # fmt: skip
    columns = tables.sql(known_outcomes(tables, None)).columns
    assert columns == [
        "campaign_id",
        "influencer_id",
        "as_of",
        "exposure",
        "fee",
        "discount",
        "offer_gift",
        "known_at",
        "net",
        "revenue",
    ]


def test_each_version_adds_what_it_changes_and_was_agreed_as_at_first() -> None:
    tables = Tables(ROWS)
    query = f"SELECT influencer_id, known_at, net, calls, exposure, fee, as_of FROM ({outcome_versions(tables, None)}) ORDER BY 1, 2"
    told = {(who, known): tuple(more) for who, known, *more in tables.sql(query).fetchall()}
    before = AT - DAY
    assert told == {
        ("corrected", AT - 2 * DAY): (6, 2, 2, 9, before),
        ("corrected", AT - DAY): (-4, -1, 2, 9, before),
        ("late", AT): (4, 2, 2, 9, before),
        ("plain", AT - MICRO): (4, 2, 2, 9, before),
        ("returned", AT - DAY): (0, 2, 2, 9, before),
        ("revised", AT - DAY): (6, 2, 2, 9, before),
        ("revised", AT): (92, 3, 2, 9, before),
        ("silent", AT - DAY): (0, 0, 0, 9, before),
        ("unrefunded", AT - DAY): (5, 2, 2, 9, before),
    }
    assert tables.sql(f"SELECT count(*) FROM ({outcome_versions(tables, AT)})").fetchall() == [(7,)]
    assert tables.sql(f"SELECT count(*) FROM ({outcome_versions(tables, AT + MICRO)})").fetchall() == [(9,)]


def test_the_past_of_those_asked_is_what_the_last_decision_may_know() -> None:
    tables = Tables(ROWS)
    columns = "'new' AS campaign_id, influencer_id, decided AS as_of, 1.0 AS exposure, 0.0 AS fee, 0.0 AS discount, 0.0 AS offer_gift"
    for decided, other, known in (
        (AT, AT, 1),
        (AT + MICRO, AT, 2),
        (AT, AT + MICRO, 2),
        (AT - DAY, AT - DAY, 0),
    ):
        values = f"VALUES ('revised', TIMESTAMP '{decided}'), ('revised', TIMESTAMP '{other}'), ('nobody', TIMESTAMP '2030-01-01')"
        make_requested(tables, f"SELECT DISTINCT {columns} FROM ({values}) v(influencer_id, decided)")
        past = tables.sql(f"SELECT influencer_id FROM ({past_of_requested(tables)})").fetchall()
        assert past == [("revised",)] * known
        asked = 2 if decided == other else 3
        both = tables.sql(f"SELECT count(*) FROM ({requested_and_past(tables)})").fetchall()
        # Versions of one outcome were agreed the same: as something to ask, they are one.
        assert both == [(asked + min(known, 1),)]


def test_the_space_learns_what_was_said_before_a_few_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = Tables()
    said = [
        ("old", AT - DAY),
        ("edge", AT),
        (" ", AT - DAY),
        (f"{MARK}sealed", AT - DAY),
        (None, AT - DAY),
        ("old", AT - DAY),
    ]
    posts = pd.DataFrame(said, columns=["text", "known_at"]).astype({"known_at": "datetime64[us]"})
    campaigns = posts.assign(text=["brief", "brieflate", " ", "plan", None, "brief"]).rename(
        columns={"text": "brief"}
    )
    for name, frame in (("posts", posts), ("campaigns", campaigns)):
        tables.connection.register("given", frame)
        tables.connection.sql(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM given")
    asked: list[Any] = []
    fake = SimpleNamespace(fit=lambda texts, seed: asked.append((sorted(texts), seed)))
    monkeypatch.setattr(examples, "LatentSpace", fake)
    fit_space(tables, AT, seed=7)
    fit_space(tables, AT + MICRO)
    fit_space(tables, None)
    fit_space(tables, datetime(2000, 1, 1))
    known = ["brief", "brief", "old", "old", "plan"]
    later = sorted([*known, "brieflate", "edge"])
    assert asked == [(sorted(known), 7), (later, 0), (later, 0), (["nothing said"], 0)]
    assert examples.FITTED_TEXTS == 50_000
    monkeypatch.setattr(examples, "FITTED_TEXTS", 2)
    fit_space(tables, AT)
    by_hash = tables.sql(
        "SELECT t FROM (SELECT unnest(['brief', 'old', 'plan']) AS t) ORDER BY md5(t)"
    ).fetchall()
    assert asked[-1][0][0] in {text for (text,) in by_hash[:1]}
    assert len(asked[-1][0]) == 2


@pytest.mark.parametrize(
    ("count", "share", "place"),
    [(50, 0.5, 24), (51, 0.5, 25), (52, 0.5, 25), (60, 0.25, 14), (61, 0.25, 15), (50, 0.001, 0)],
)
def test_what_is_fitted_knows_nothing_of_the_first_judged_decision_or_later(
    count: int, share: float, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The quantile of the decisions, or the one before it: with 51, the 26th is the first that is judged."""
    tables = Tables([row(f"p{n}", AT + 90 * DAY, decided_at=AT + n * DAY) for n in reversed(range(count))])
    asked: list[Any] = []

    class Stop(Exception):  # noqa: N818
        pass

    def fitted(tables: Any, start: Any) -> Any:
        asked.append(start)
        raise Stop

    monkeypatch.setattr(examples, "fit_space", fitted)
    for first, until, start in ((share, None, AT + place * DAY), (None, AT + 99 * DAY, AT + 99 * DAY), (None, None, None)):  # fmt: skip
        with pytest.raises(Stop):
            read_examples(tables, None, first=first, until=until)
        assert asked.pop() == start


@pytest.mark.parametrize(("first", "known"), [(None, [True] * 50), (0.5, [True] * 24 + [False] * 26)])
def test_to_ship_all_outcomes_teach_what_is_expected(
    first: float | None, known: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = Tables([row(f"p{n}", AT + n * DAY, decided_at=AT + n * DAY) for n in range(50)])
    table = tables.sql(f"SELECT * FROM ({known_outcomes(tables, None)}) ORDER BY as_of").df()
    for name, stand_in in {
        "fit_space": lambda *_: "space", "usable": lambda *_: (), "prepare": lambda tables, space: (tables, space),
        "_with_outcomes": lambda prepared, query: table, "_past": lambda *_: None,
        "with_expectation": lambda examples, rows: (rows, "expectation"),
    }.items():  # fmt: skip
        monkeypatch.setattr(examples, name, stand_in)
    rows, told = read_examples(tables, None, first=first)
    assert (rows.tolist(), rows.dtype, told) == (known, bool, Fitted("space", "expectation"))


@pytest.mark.parametrize(
    ("count", "conversions", "until", "says"),
    [
        (49, 5.0, None, "49 outcomes with an exposure and 196 conversions; training takes at least 50 outcomes and one conversion"),
        (50, 1.0, None, "50 outcomes with an exposure and 0 conversions; training"),
        (49, 5.0, AT + 90 * DAY, "conversions were known before 2024-03-31; training"),
    ],
)  # fmt: skip
def test_too_few_to_learn_from_is_said_with_what_there_is(
    count: int, conversions: float, until: Any, says: str
) -> None:
    tables = Tables([row(f"p{n}", AT, conversions=conversions) for n in range(count)])
    with pytest.raises(EmptyTableError, match=says):
        read_examples(tables, None, first=0.5, until=until)
