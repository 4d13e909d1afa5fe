"""Edges of the rules of attribution: many orders in one run, each worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from suasion.features.attribution.attribute import Fate, Leak, Rules, attribute
from suasion.features.attribution.reports import read_until
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
