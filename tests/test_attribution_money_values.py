"""Edges of what attribution makes of money: what was given back and when that was known, shares, minor units, each worked out by hand."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from suasion.features.attribution.attribute import Rules, _returned, attribute
from suasion.features.attribution.reports import convert
from suasion.features.errors import InputError

from .test_attribution import CLOSES, END, LATER, START, code, ends, order, outcomes, place
from .test_attribution_values import DAY, MOMENT, connection

__all__ = ["connection"]


def test_when_what_was_given_back_later_was_known(tmp_path: Path) -> None:
    """A later version says when the last of it was given back, and there is none where nothing changed."""
    names = ["anna", "bob", "cleo", "dora", "emil", "fay", "gus"]
    codes = [code(who, who) for who in names]
    orders = [order(n, codes=who) for n, who in enumerate(names)] + [order(10, codes="anna")]
    orders += [order(11, codes="cleo", amount=0)]

    def back(number: int, at: datetime, amount: int | None) -> dict[str, Any]:
        told = {"refund_id": f"{number}.{at}", "order_id": f"shop:{number}", "created_at": at}
        return {**told, "amount": amount, "is_total": "false"}

    refunds = [
        back(0, CLOSES + 2 * DAY, 100),
        back(0, CLOSES + 5 * DAY, 200),
        back(10, CLOSES + 3 * DAY, 300),
        # Before it had settled; when it settled is no later.
        back(1, CLOSES - DAY, 100),
        back(1, CLOSES, 100),
        # An order of nothing that is given back changes no revenue.
        back(11, CLOSES + DAY, None),
        # Until when things are known, and a moment later.
        back(3, LATER, 400),
        back(4, LATER + MOMENT, 400),
        back(5, CLOSES + DAY, 0),
        # A total that two exports tell was given back when the first was read.
        *(
            {**back(6, at, 300), "refund_id": "total", "is_total": "true", "known_at": at}
            for at in (CLOSES + 2 * DAY, CLOSES + 6 * DAY)
        ),
    ]
    folder = place(tmp_path / "d", orders, codes, refunds)
    told = attribute(folder, Rules(), LATER)
    found = [
        (row["influencer_id"], row["known_at"], row["conversions"], row["revenue"], row["refunds"])
        for row in outcomes(folder)
    ]
    assert found == [
        ("anna", CLOSES, 2, 20, 0),
        ("anna", CLOSES + 5 * DAY, 2, 14, 0),
        ("bob", CLOSES, 1, 8, 0),
        ("cleo", CLOSES, 2, 10, 0),
        ("cleo", CLOSES + DAY, 2, 10, 1),
        ("dora", CLOSES, 1, 10, 0),
        ("dora", LATER, 1, 6, 0),
        ("emil", CLOSES, 1, 10, 0),
        ("fay", CLOSES, 1, 10, 0),
        ("gus", CLOSES, 1, 10, 0),
        ("gus", CLOSES + 2 * DAY, 1, 7, 0),
    ]
    assert (told.outcomes, told.open_campaigns, told.elsewhere) == (11, 0, 0)


@pytest.mark.parametrize(("window", "settles"), [(0, 14), (13, 14), (14, 14), (15, 15)])
def test_an_outcome_is_told_once_the_window_is_closed_and_fourteen_days_are_over(
    window: int, settles: int, tmp_path: Path
) -> None:
    folder = place(tmp_path / "d", [order(1, codes="A")], [code("anna", "A"), code("x", "X", campaign="?")])
    at = END + DAY + settles * DAY
    told = attribute(folder, Rules(window=window), at - MOMENT)
    assert (told.outcomes, told.open_campaigns) == (0, 1)
    told = attribute(folder, Rules(window=window), at)
    assert (told.outcomes, told.open_campaigns) == (1, 0)
    assert [row["known_at"] for row in outcomes(folder)] == [at]


def test_what_is_not_placed_yet_is_no_order_and_what_is_corrected_later_stands_as_it_was(
    tmp_path: Path,
) -> None:
    at = START + 3 * DAY
    orders = [
        order(1, codes="A", at=at),
        order(2, codes="A", at=at + MOMENT),
        order(3, codes="A", at=START, amount=500, known_at=START),
        order(3, codes="A", at=START, amount=600, known_at=at),
        order(4, codes="A", at=START, amount=700, known_at=START),
        order(4, codes="A", at=START, amount=800, known_at=at + MOMENT),
    ]
    orders = [{"known_at": None, **one} for one in orders]
    folder = place(tmp_path / "d", orders, [code("anna", "A")])
    attribute(folder, Rules(), at)
    assert {row["order_id"]: row["paid"] for row in ends(folder)} == {
        "shop:1": 1000,
        "shop:3": 600,
        "shop:4": 700,
    }


RETURNED = [
    # paid, rate, among how many; what was given back: (how much, whether that is all until then, day); shares paid, given back, gone
    (1000, 1, 3, [], [334, 333, 333], [0, 0, 0], False),
    (1001, 1, 3, [(500, False, 1)], [334, 334, 333], [167, 167, 166], False),
    (1000, 1, 1, [(None, False, 1)], [1000], [1000], True),
    (1000, 1, 2, [(400, False, 1), (601, False, 2)], [500, 500], [500, 500], True),
    (1000, 1, 1, [(400, False, 1), (599, False, 2)], [1000], [999], False),
    (1000, 1, 1, [(400, False, 1), (600, False, 4)], [1000], [400], False),
    (1000, 1, 1, [(400, False, 1), (600, False, 3)], [1000], [1000], True),
    # Of totals the latest counts, of a total and single refunds whichever says more.
    (1000, 1, 1, [(300, True, 1), (200, True, 2)], [1000], [200], False),
    (1000, 1, 1, [(200, True, 1), (150, False, 1), (100, False, 2)], [1000], [250], False),
    (1000, 1, 1, [(300, True, 1), (150, False, 1), (100, False, 2)], [1000], [300], False),
    # What was added is given back below zero.
    (1000, 1, 3, [(-250, False, 1)], [334, 333, 333], [-84, -83, -83], False),
    # An order of nothing is gone only where all of it was given back.
    (0, 1, 1, [], [0], [0], False),
    (0, 1, 1, [(0, False, 1)], [0], [0], False),
    (0, 1, 1, [(None, False, 1)], [0], [0], True),
    # Half a cent counts whole; what is given back whole is what was paid.
    (3, 0.5, 1, [(1, False, 1)], [2], [1], False),
    (3, 0.5, 1, [(3, False, 1)], [2], [2], True),
    (5, 0.1, 1, [(4, False, 1)], [1], [0], False),
    (1000, None, 1, [(400, False, 1)], [None], [None], False),
]


def test_shares_of_what_was_paid_and_given_back(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE TABLE fates (order_key VARCHAR, amount BIGINT, factor DECIMAL(38, 15))")
    connection.execute(
        "CREATE TABLE refunded (order_key VARCHAR, created_at TIMESTAMP, is_total BOOLEAN, amount BIGINT)"
    )
    connection.execute("CREATE TABLE rows_ (order_key VARCHAR, part BIGINT, parts BIGINT)")
    for n, (amount, rate, parts, given, *_) in enumerate(RETURNED):
        connection.execute("INSERT INTO fates VALUES (?, ?, ?)", [str(n), amount, rate])
        for part in range(1, parts + 1):
            connection.execute("INSERT INTO rows_ VALUES (?, ?, ?)", [str(n), part, parts])
        for much, total, day in given:
            connection.execute(
                "INSERT INTO refunded VALUES (?, ?, ?, ?)", [str(n), START + day * DAY, total, much]
            )
    _returned(connection, "returned", "SELECT * FROM rows_", f"TIMESTAMP '{START + 3 * DAY}'")
    rows = connection.execute(
        "SELECT order_key, paid, returned, gone, changed_at FROM returned ORDER BY order_key::INT, part"
    ).fetchall()
    for n, (_, _, _, given, paid, back, gone) in enumerate(RETURNED):
        own = [row for row in rows if row[0] == str(n)]
        assert [row[1] for row in own] == paid, n
        assert [row[2] for row in own] == back, n
        assert {bool(row[3]) for row in own} == {gone}, n
        days = [day for _, _, day in given if day <= 3]
        assert {row[4] for row in own} == {START + max(days) * DAY if days else None}, n


@pytest.mark.parametrize(
    ("currency", "rates", "factors"),
    [
        ("EUR", {"usd": "0.92", "JPY": "0.0061"}, {"EUR": 1, "USD": 0.92, "JPY": 0.61}),
        ("JPY", {"EUR": "160", "KWD": "500"}, {"JPY": 1, "EUR": 1.6, "KWD": 0.5}),
        ("KWD", {"EUR": "0.3", "KWD": "7"}, {"KWD": 1, "EUR": 3}),
    ],
)
def test_what_a_minor_unit_is_worth(
    currency: str, rates: dict[str, str], factors: dict[str, float], connection: duckdb.DuckDBPyConnection
) -> None:
    convert(connection, Rules(currency=currency, rates={name: Decimal(rate) for name, rate in rates.items()}))
    found = connection.execute("SELECT currency, factor::DOUBLE FROM rates").fetchall()
    assert dict(found) == pytest.approx(factors)
    assert len(found) == len(factors)


def test_revenue_is_told_in_whole_units(tmp_path: Path) -> None:
    for currency, revenue in (("EUR", 12.34), ("JPY", 1234), ("KWD", 1.234)):
        orders = [order(1, codes="A", amount=1234, currency=currency)]
        folder = place(tmp_path / currency, orders, [code("anna", "A")])
        attribute(folder, Rules(currency=currency), LATER)
        assert [row["revenue"] for row in outcomes(folder)] == [revenue]


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ({"window": 0, "currency": "usd", "rates": {"EUR": Decimal("0.0001")}}, None),
        ({"window": -1}, "A window of -1 days is none"),
        ({"credit": "Last"}, "credit is 'Last'; it can be first, last, shared"),
        ({"currency": "EURO"}, "is no currency"),
        ({"currency": "EU"}, "is no currency"),
        ({"currency": "E1R"}, "is no currency"),
        *(
            ({"rates": {"EUR": Decimal(1), "USD": Decimal(rate)}}, "The rate of USD")
            for rate in ("0", "-1", "inf", "nan")
        ),
    ],
)
def test_rules_that_cannot_be(rules: dict[str, Any], says: str | None) -> None:
    if says is None:
        Rules(**rules)
    else:
        with pytest.raises(InputError, match=says):
            Rules(**rules)
