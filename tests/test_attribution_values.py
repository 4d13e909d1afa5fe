"""Edges of the rules of attribution: many orders in one run, each worked out by hand, and the shares of money by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from suasion.features.attribution.attribute import (
    Fate,
    Leak,
    Rules,
    _returned,
    attribute,
)
from suasion.features.attribution.reports import convert, read_until
from suasion.features.errors import InputError

from .test_attribution import CLOSES, END, LATER, START, code, ends, order, outcomes, place, reasons, table

DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)
NOBODY = "no code, link, UTM or partner of anybody"
OUTSIDE = "outside the window of every campaign it points to"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def test_where_a_code_has_leaked(tmp_path: Path) -> None:
    """Three uses before it was shown; or twenty and by more than 2 % of the audience there was when the campaign began."""
    posted = START + 5 * DAY
    cases = [  # code, uses before it was shown, later uses, followers, whether it has leaked
        ("TWOEARLY", 2, 0, None, False),
        ("THREEEARLY", 3, 0, None, True),
        ("NINETEEN", 0, 19, 10, False),
        ("TWENTY", 0, 20, 10, True),
        ("ONTHEEDGE", 0, 20, 1000, False),
        ("ABOVE", 0, 20, 999, True),
        ("MORE", 0, 21, 1000, True),
        ("UNKNOWN", 0, 30, None, False),
        ("MIXED", 1, 19, 10, True),
    ]
    codes, orders, audience, leaks = [], list[dict[str, Any]](), list[dict[str, Any]](), []
    for place_, (name, early, late, followers, leaked) in enumerate(cases):
        who = f"i{place_}"
        codes.append(code(who, name, posted_at=posted))
        # Before the campaign is early, too; when it is shown is not, and what comes after the window is no use of it.
        times = [START - DAY, posted - MOMENT, posted - DAY][:early] + [posted] * late + [CLOSES] * 3
        orders += [order(1000 * place_ + n, codes=name, at=at) for n, at in enumerate(times)]
        if followers is not None:
            told = ((START - 9 * DAY, 10**6), (START, followers), (START + MOMENT, 1))
            audience += [{"influencer_id": who, "observed_at": at, "followers": many} for at, many in told]
        if leaked:
            leaks.append(Leak("spring", who, name, early + late, early, followers))
    # What was never shown within its window is not used early where the window is over.
    codes.append(code("late", "LATE", posted_at=CLOSES + DAY))
    orders += [order(90_000 + n, codes="LATE", at=CLOSES) for n in range(3)]
    told = attribute(place(tmp_path / "d", orders, codes, audience=audience), Rules(), LATER)
    assert list(told.leaks) == sorted(leaks, key=lambda leak: (-leak.uses, leak.influencer_id))


def test_what_is_left_out_is_the_leaked_code_of_that_person_in_that_campaign(tmp_path: Path) -> None:
    june = datetime(2024, 6, 1)
    posted = START + 2 * DAY
    campaigns = [{"campaign_id": "june", "brief": "tea", "starts_at": june, "ends_at": june + DAY}]
    codes = [
        code("bob", "EARLY", posted_at=posted),
        code("bob", "FINE"),
        code("bob", "77", "partner"),
        code("cleo", "EARLY"),
        code("dora", "SPREAD"),
        code("dora", "SPREAD", campaign="june"),
    ]
    orders = [order(n, codes="EARLY", at=posted - MOMENT) for n in range(3)]
    orders += [order(10 + n, codes="SPREAD") for n in range(20)]
    orders += [
        order(40, codes="EARLY", at=posted),
        order(41, codes="FINE", at=posted),
        order(42, order_id="net:42", reporter="network", partner_id="net:77", at=posted),
        order(43, codes="SPREAD", at=june),
    ]
    audience = [{"influencer_id": "dora", "observed_at": START, "followers": 10}]
    folder = place(tmp_path / "d", orders, codes, campaigns=campaigns, audience=audience)
    told = attribute(folder, Rules(leaked_out=True), LATER)
    assert {(leak.influencer_id, leak.campaign_id, leak.code) for leak in told.leaks} == {
        ("bob", "spring", "EARLY"),
        ("dora", "spring", "SPREAD"),
    }
    assert reasons(folder) == {
        **{f"shop:{n}": "spring/cleo" for n in (0, 1, 2, 40)},
        **{f"shop:{10 + n}": "known by a leaked code alone" for n in range(20)},
        "shop:41": "spring/bob",
        "net:42": "spring/bob",
        "shop:43": "june/dora",
    }


def test_who_was_first_and_who_was_last(tmp_path: Path) -> None:
    """By the first, and the last, that anybody did: a click, then the code at the till, then what was shown."""
    at = START + 9 * DAY
    codes = [
        code("anna", "ANNA", posted_at=START + DAY),
        code("anna", "ANNA5", posted_at=START + 5 * DAY),
        code("anna", "77", "partner"),
        code("bob", "BOB", posted_at=START + 3 * DAY),
        code("bob", "78", "partner"),
    ]

    def click(number: int, partner: int, days: float) -> dict[str, Any]:
        told = {"order_id": f"awin:{number}{partner}", "order_ref": f"#{number}", "reporter": "network"}
        return order(number, **told, partner_id=f"awin:{partner}", clicked_at=at + days * DAY, at=at)

    orders = [
        # Anna's link, then Bob's, then Anna's code.
        order(1, codes="ANNA", at=at), click(1, 77, -2), click(1, 78, -1),
        # Bob's link, then Anna's, and both codes.
        order(2, codes="ANNA BOB", at=at), click(2, 77, -1), click(2, 78, -2),
        # At one moment: a code is said after a click.
        order(3, codes="ANNA", at=at), click(3, 77, 0), click(3, 78, 0),
        order(4, codes="BOB", at=at), click(4, 77, 0),
        # Codes alone: Anna's first was shown before Bob's, her second after.
        order(5, codes="ANNA ANNA5 BOB", at=at),
        order(6, codes="ANNA BOB", at=at),
        order(7, codes="ANNA5 BOB", at=at),
    ]  # fmt: skip
    folder = place(tmp_path / "d", orders, codes)
    for credit, tied, who in (
        ("first", 1, ["anna", "bob", "bob anna", "anna", "anna", "anna", "bob"]),
        ("last", 0, ["anna", "bob", "anna", "bob", "anna", "bob", "anna"]),
        ("shared", 0, ["anna bob"] * 7),
    ):
        assert attribute(folder, Rules(credit=credit), LATER).tied == tied  # type: ignore[arg-type]
        found: dict[str, set[str]] = {}
        for row in ends(folder):
            found.setdefault(row["order_id"], set()).add(row["influencer_id"])
        assert found == {f"shop:{n}": set(names.split()) for n, names in enumerate(who, start=1)}, credit


def test_which_reports_are_of_one_order(tmp_path: Path) -> None:
    at, far = START + 3 * DAY, 20 * DAY

    def report(
        name: str, ref: str, reporter: str = "shop", when: datetime = at, **told: Any
    ) -> dict[str, Any]:
        return order(0, **{"order_id": name, "order_ref": ref, "reporter": reporter, "at": when, **told})

    def network(ref: str, when: datetime = at, reporter: str = "network") -> dict[str, Any]:
        return report(f"net:n{ref}", ref, reporter, when, partner_id="net:77")

    orders = [
        # The number that customers see goes before other numbers, and those before the shop's internal id.
        report("shop:10", "11"), report("shop:11", "12x"), network("11"),
        report("shop:20", "20x", other_refs="21"), report("shop:21", "21x"), network("21"),
        report("shop:30", "30x"), network("30"),
        report("shop:100", "100"), report("shop:101", "101x", other_refs="100"), network("100"),
        # What analytics tell again says no more where an order came from; what two networks tell counts for both.
        report("ga:1", "110", "analytics", partner_id="net:77"),
        report("ga:2", "110", "analytics", at + DAY, partner_id="net:78"),
        report("net:1", "120", "network", partner_id="net:77"),
        report("net:2", "120", "network", at + DAY, partner_id="net:78"),
        # Of two orders with one number, the one of that week; of two in that week nobody can tell.
        report("a:40", "40"), report("b:40", "40", when=at + far), network("40", at + far + 7 * DAY),
        report("a:50", "50"), report("b:50", "50", when=at + DAY), network("50"),
        # A week and a moment is too long …
        report("a:60", "60", when=at + 7 * DAY + timedelta(seconds=1)), network("60"),
        # … but for analytics, which tell an order again when its page is opened again, and never before it was placed.
        report("a:70", "70"), network("70", at + far, "analytics"),
        report("a:80", "80", when=at + far), network("80", at, "analytics"),
        report("a:90", "90"), report("b:90", "90", when=at + far), network("90", at + far + DAY, "analytics"),
    ]  # fmt: skip
    codes = [code("anna", "77", "partner"), code("bob", "78", "partner")]
    told = attribute(place(tmp_path / "d", orders, codes), Rules(credit="shared"), LATER)
    assert reasons(tmp_path / "d") == {
        "shop:10": "spring/anna", "shop:11": NOBODY,
        "shop:20": "spring/anna", "shop:21": NOBODY,
        "shop:30": "spring/anna",
        "shop:100": "spring/anna", "shop:101": NOBODY,
        "ga:1": "spring/anna", "net:1": "spring/bob",
        "a:40": NOBODY, "b:40": "spring/anna",
        "a:50": NOBODY, "b:50": NOBODY, "net:n50": "several orders of the shop have its number",
        "a:60": NOBODY, "net:n60": "spring/anna",
        "a:70": NOBODY,
        "a:80": NOBODY, "net:n80": "spring/anna",
        "a:90": NOBODY, "b:90": "spring/anna",
    }  # fmt: skip
    assert {row["influencer_id"] for row in ends(tmp_path / "d") if row["order_id"] == "net:1"} == {
        "anna",
        "bob",
    }
    assert (told.reports, told.orders) == (len(orders), 21)


@pytest.mark.parametrize("window", [0, 2])
def test_from_when_until_when_an_order_counts(window: int, tmp_path: Path) -> None:
    """From the first moment of a campaign until the last of its last day, and the window; whole days where an end is told as a day."""
    cases = [  # start, end, the first moment that no longer counts without a window
        ("2024-03-01", "2024-03-15", "2024-03-16"),
        ("2024-03-01 08:00:00", "2024-03-15", "2024-03-16"),
        ("2024-03-01 08:00:00", "2024-03-15 18:00:00", "2024-03-15 18:00:00"),
        ("2024-03-01 08:00:00", "2024-03-15 09:00:00", "2024-03-16 09:00:00"),
        ("2024-03-01 08:00:00", "2024-03-15 09:00:01", "2024-03-15 09:00:01"),
        ("2024-03-01 08:00:00", "2024-03-15 07:00:00", "2024-03-16 07:00:00"),
        ("2024-03-01 08:00:00", "2024-03-15 06:59:59", "2024-03-15 06:59:59"),
        ("2024-03-01 12:00:00", None, "2024-03-02 12:00:00"),
    ]
    campaigns, codes, orders, expected = [], [], [], {}
    for n, (starts, ends_at, over) in enumerate(cases):
        campaigns.append({"campaign_id": f"c{n}", "brief": "tea", "starts_at": starts, "ends_at": ends_at})
        codes.append(code("anna", f"CODE{n}", campaign=f"c{n}"))
        first, last = datetime.fromisoformat(starts), datetime.fromisoformat(over) + window * DAY
        for nth, (at, inside) in enumerate(
            ((first - MOMENT, False), (first, True), (last - MOMENT, True), (last, False))
        ):
            orders.append(order(10 * n + nth, codes=f"code{n}", at=at))
            expected[f"shop:{10 * n + nth}"] = f"c{n}/anna" if inside else OUTSIDE
    folder = place(tmp_path / "d", orders, codes, campaigns=campaigns)
    attribute(folder, Rules(window=window), LATER)
    assert reasons(folder) == expected


def test_why_an_order_is_nobodys_the_first_reason_first(tmp_path: Path) -> None:
    posted = START + 2 * DAY
    codes = [code("anna", "A", posted_at=posted), code("bob", "LEAKED", posted_at=posted), code("cleo", "C")]
    new, late = {"is_new": "true"}, posted + DAY
    orders = [
        order(1, codes="A", at=late, is_test="true", is_paid="false"),
        order(2, codes="A", at=late, is_paid="false", is_new="false"),
        order(3, is_new="false", currency="GBP"),
        order(4, codes="A", at=CLOSES, is_new="false"),
        order(5, codes="A", at=posted - MOMENT, is_new="false", currency="GBP"),
        *(order(10 + n, codes="LEAKED", at=posted - MOMENT, **new) for n in range(3)),
        order(6, codes="LEAKED", at=late, is_new="false"),
        order(7, codes="A", at=late, is_new="false", currency="GBP"),
        order(8, codes="A", at=late, currency="GBP", **new),
        order(9, codes="A LEAKED", at=late, **new),
        order(20, codes="LEAKED C", at=posted - MOMENT, **new),
        order(21, codes="A", at=late, **new),
    ]
    folder = place(tmp_path / "d", orders, codes)
    told = attribute(folder, Rules(new_only=True, leaked_out=True), LATER)
    early = "before it was shown to anybody"
    assert reasons(folder) == {
        "shop:1": "a test",
        "shop:2": "not paid",
        "shop:3": NOBODY,
        "shop:4": OUTSIDE,
        "shop:5": early,
        "shop:10": early,
        "shop:11": early,
        "shop:12": early,
        "shop:6": "known by a leaked code alone",
        "shop:7": "not known to be of a new customer",
        "shop:8": "no rate for GBP",
        "shop:9": "spring/anna",
        "shop:20": "spring/cleo",
        "shop:21": "spring/anna",
    }
    # Credited first, then the most frequent reasons; equals by name. What has no rate is in no sum.
    assert told.fates == (
        Fate(None, 3, 3000, 0),
        Fate(early, 4, 3000, 0),
        Fate("a test", 1, 1000, 0),
        Fate("known by a leaked code alone", 1, 1000, 0),
        Fate(NOBODY, 1, 0, 0),
        Fate("no rate for GBP", 1, 0, 0),
        Fate("not known to be of a new customer", 1, 0, 0),
        Fate("not paid", 1, 1000, 0),
        Fate(OUTSIDE, 1, 1000, 0),
    )
    assert told.unconverted == (("GBP", 4, 4000),)
    assert told.new_customers == 3
    assert [(leak.code, leak.early) for leak in told.leaks] == [("LEAKED", 4)]


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


def test_what_is_declared_and_tells_nothing(tmp_path: Path) -> None:
    to = "https://go.example/{}?to=https%3A%2F%2Fshop.example%2F{}"
    codes = [
        code("anna", "n/a", campaign="unheard of"),
        code("anna", "NEVER", campaign="unheard of"),
        code("emil", "UNSEEN", campaign="unheard of"),
        code("bob", "none", "partner"),
        code("bob", "utm_source=", "utm"),
        code("cleo", "77", "partner"),
        code("cleo", "78", "partner"),
        code("cleo", "cj:77", "partner"),
        code("dora", to.format("d1", "dora"), "link"),
        code("dora", to.format("d2", "dora"), "link"),
        code("emil", "UNSEEN"),
        code("emil", "unseen too"),
    ]
    orders = [
        order(1, partner_id="awin:77"),
        order(2, partner_id="cj:77"),
        order(3, partner_id="awin:78"),
        order(4, landing="/dora"),
        order(5),
    ]
    told = attribute(place(tmp_path / "d", orders, codes), Rules(), LATER)
    assert sorted(told.unclear) == [
        ("anna", "NEVER", "there is no campaign 'unheard of'"),
        ("anna", "n/a", "it names no code by which an order could be known"),
        ("bob", "none", "it names no partner by which an order could be known"),
        ("bob", "utm_source=", "it names no utm by which an order could be known"),
        ("cleo", "77", "it may be awin:77 and cj:77: write which"),
        ("emil", "UNSEEN", "there is no campaign 'unheard of'"),
    ]
    assert told.unseen == (("emil", "UNSEEN"), ("emil", "unseen too"))
    assert reasons(tmp_path / "d") == {
        "shop:1": NOBODY,
        "shop:2": "spring/cleo",
        "shop:3": "spring/cleo",
        "shop:4": "spring/dora",
        "shop:5": NOBODY,
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


@pytest.mark.parametrize(
    ("orders", "refunds", "until"),
    [
        ({"read_at": 9, "known_at": 5, "created_at": 1}, {}, 9),
        ({"read_at": 4, "known_at": 5, "created_at": 1}, {}, 5),
        ({"known_at": 5, "created_at": 1}, {}, 5),
        ({"known_at": 1, "created_at": 5}, {}, 5),
        ({"read_at": "soon", "known_at": 5, "created_at": 1}, {}, 5),
        ({"known_at": 5, "created_at": 1}, {"known_at": 2, "created_at": 7}, 7),
        ({"known_at": 5, "created_at": 1}, {"read_at": 8, "known_at": 2, "created_at": 7}, 8),
        ({"read_at": 9, "known_at": 5, "created_at": 1}, {"known_at": 2, "created_at": 7}, 9),
    ],
)
def test_until_when_orders_are_known_where_nobody_says(
    orders: dict[str, Any],
    refunds: dict[str, Any],
    until: int,
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
) -> None:
    for name, told in (("orders", orders), ("refunds", refunds)):
        connection.execute(f"CREATE TABLE {name} (created_at TIMESTAMP, known_at TIMESTAMP)")
        if told:
            days = {key: START + day * DAY if isinstance(day, int) else day for key, day in told.items()}
            table(tmp_path / f"{name}.csv", [days, {**days, "read_at": None} if "read_at" in days else days])
            for earlier in (timedelta(0), DAY):
                row = [days["created_at"] - earlier, days["known_at"] - earlier]
                connection.execute(f"INSERT INTO {name} VALUES (?, ?)", row)
    assert read_until(tmp_path, connection) == START + until * DAY


def test_where_no_order_can_be_used_that_is_said(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    connection.execute("CREATE TABLE orders (created_at TIMESTAMP, known_at TIMESTAMP)")
    table(tmp_path / "orders.csv", [{"order_id": "x"}])
    with pytest.raises(InputError, match=r"holds no order that can be used; see .*orders\.csv"):
        read_until(tmp_path, connection)


def test_a_folder_as_it_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be used is told, what was corrected stands corrected, and nothing but the answer is left behind."""
    (tmp_path / "t").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t"))
    summer = {"campaign_id": "summer", "brief": "tea", "starts_at": START}
    campaigns = [
        {**summer, "ends_at": END + 20 * DAY, "known_at": START - 9 * DAY},
        {**summer, "ends_at": END, "known_at": START - 5 * DAY},
    ]
    offers = [
        {"campaign_id": "spring", "influencer_id": "bob", "exposure": exposure, "offer_x": 5, "known_at": START - days * DAY}
        for days, exposure in ((9, 2), (5, 3))
    ]  # fmt: skip
    codes = [code("anna", "A"), code("bob", "B"), code("cleo", "C"), code("dora", "D", campaign="summer")]
    orders = [
        order(1, codes="A"),
        order(2, codes="B", read_at=LATER),
        order(3, codes="C"),
        order(4, codes="D", at=CLOSES),
        order(5, codes="B", amount=-1),
        order(6, codes="B", currency=None),
        order(7, codes="B", amount=None),
        order(8, codes="B", order_id=None),
        order(9, codes="B", reporter=None),
        order(10, codes="B", reporter="blog"),
        order(11, codes="B", at=None),
        order(12, codes="B", amount=0),
    ]
    back = {"refund_id": "a", "order_id": "shop:2", "created_at": END, "amount": 0}
    bad = ({"amount": -1}, {"refund_id": None}, {"order_id": None}, {"created_at": None})
    refunds = [back, *({**back, "refund_id": f"b{n}", **wrong} for n, wrong in enumerate(bad))]
    fine = code("bob", "X")
    codes += [
        {**fine, **wrong}
        for wrong in (
            {"kind": "tip"},
            *({name: None} for name in ("campaign_id", "influencer_id", "kind", "value")),
        )
    ]
    folder = place(tmp_path / "d", orders, codes, refunds, campaigns=campaigns, candidates=offers)
    (folder / "opt-out.txt").write_text("cleo\n", encoding="utf-8")
    (folder / "outcomes" / "by hand").mkdir(parents=True)
    with duckdb.connect() as other:
        other.execute(
            f"COPY (SELECT 'spring' AS campaign_id, 'anna' AS influencer_id, 9 AS conversions) TO '{folder / 'outcomes' / 'by hand' / 'x.parquet'}'"
        )
    told = attribute(folder, Rules())
    assert reasons(folder) == {
        "shop:1": "spring/anna",
        "shop:2": "spring/bob",
        "shop:3": NOBODY,
        "shop:4": OUTSIDE,
        "shop:12": "spring/bob",
    }
    assert [
        (row["campaign_id"], row["influencer_id"], row["conversions"], row["exposure"], row["offer_x"])
        for row in outcomes(folder)
    ] == [("spring", "bob", 2, 3, 5), ("summer", "dora", 0, None, None)]
    assert (told.outcomes, told.elsewhere, told.open_campaigns, told.tied) == (2, 1, 0, 0)
    found = {report.table: (report.kept, sum(count for _, count in report.reasons)) for report in told.tables}
    assert (found["orders"], found["refunds"], found["audience"]) == ((5, 7), (1, 4), (0, 0))
    assert found["codes"] == (3, 5), "whoever opted out is not even counted"
    left = sorted(path.name for path in folder.rglob("*") if path.suffix in (".parquet", ".partial"))
    assert left == ["attributed.parquet", "attribution.parquet", "x.parquet"]
    assert list((tmp_path / "t").iterdir()) == []
