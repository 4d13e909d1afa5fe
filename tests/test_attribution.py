"""Whose order it is: each rule by an example, and the sums against an accountant written in plain Python."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from suasion.features.attribution.attribute import FILE, ORDERS_FILE, Attribution, Rules, attribute
from suasion.features.errors import InputError
from suasion.features.tables.open import open_tables

from .sources import bring, run

START, END = datetime(2024, 3, 1), datetime(2024, 3, 15)
CLOSES = END + timedelta(days=31)
"""The window of 30 days after the last day, which counts whole."""
LATER = datetime(2024, 9, 1)


def table(path: Path, rows: list[dict[str, Any]]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(names)]
    for row in rows:
        told = ["" if row.get(name) is None else str(row[name]) for name in names]
        lines.append(",".join(f'"{cell}"' if "," in cell else cell for cell in told))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def code(
    influencer: str, value: str, kind: str = "code", campaign: str = "spring", posted_at: object = None
) -> dict[str, Any]:
    return {
        "campaign_id": campaign,
        "influencer_id": influencer,
        "kind": kind,
        "value": value,
        "posted_at": posted_at,
    }


def order(number: int, **told: Any) -> dict[str, Any]:
    at = told.pop("at", START + timedelta(days=3))
    fixed = {
        "order_id": f"shop:{number}",
        "order_ref": f"#{number}",
        "reporter": "shop",
        "created_at": at,
        "currency": "EUR",
        "amount": 1000,
    }
    return {**fixed, "codes": None, **told}


def place(
    folder: Path,
    orders: list[dict[str, Any]],
    codes: list[dict[str, Any]],
    refunds: list[dict[str, Any]] | None = None,
    **more: Any,
) -> Path:
    folder.mkdir(exist_ok=True)
    campaigns = [{"campaign_id": "spring", "brief": "tea", "starts_at": START, "ends_at": END}]
    table(folder / "campaigns.csv", campaigns + more.pop("campaigns", []))
    table(folder / "codes.csv", codes)
    table(folder / "orders.csv", orders)
    if refunds:
        table(folder / "refunds.csv", refunds)
    for name, rows in more.items():
        table(folder / f"{name}.csv", rows)
    return folder


def ends(folder: Path) -> list[dict[str, Any]]:
    with duckdb.connect() as connection:
        return connection.execute(f"SELECT * FROM '{folder / ORDERS_FILE}'").to_arrow_table().to_pylist()


def outcomes(folder: Path) -> list[dict[str, Any]]:
    with duckdb.connect() as connection:
        return (
            connection.execute(
                f"SELECT * FROM '{folder / 'outcomes' / FILE}' ORDER BY influencer_id, known_at"
            )
            .to_arrow_table()
            .to_pylist()
        )


def reasons(folder: Path) -> dict[str, str | None]:
    return {
        row["order_id"]: row["reason"] or f"{row['campaign_id']}/{row['influencer_id']}"
        for row in ends(folder)
    }


def test_each_order_ends_where_the_rules_say(tmp_path: Path) -> None:
    codes = [
        code("anna", "ANNA10", posted_at=START + timedelta(days=1)),
        code("bob", "utm_source=ig&utm_campaign=bob", "utm"),
        code("cleo", "77", "partner"),
        code("dora", "https://shop.example/dora", "link"),
        code("emil", "bare", "utm"),
        code("gone", "GONE", campaign="unheard of"),
    ]
    orders = [
        order(1, codes="anna10"),
        order(2, codes="ANNA10", is_test="true"),
        order(3, codes="ANNA10", at=START + timedelta(hours=12)),
        order(4, landing="http://www.Shop.example/dora?x=1"),
        order(5, codes="ANNA10", at=CLOSES),
        order(6, codes="ANNA10", at=CLOSES - timedelta(microseconds=1)),
        order(7),
        order(8, utm_source="IG", utm_campaign="Bob"),
        order(9, utm_source="ig"),
        order(10, utm_campaign="bare"),
        order(11, partner_id="awin:77"),
        order(12, codes="GONE"),
        order(13, codes="ANNA10", currency="GBP"),
        order(14, codes="ANNA10", at=START - timedelta(microseconds=1)),
        order(15, codes="ANNA10", is_paid="false"),
        order(16, codes="ANNA10", at=START + timedelta(days=1)),
        order(17, landing="/dorabella"),
    ]
    told = attribute(place(tmp_path / "d", orders, codes), Rules(), LATER)
    assert reasons(tmp_path / "d") == {
        "shop:1": "spring/anna",
        "shop:2": "a test",
        "shop:3": "before it was shown to anybody",
        "shop:4": "spring/dora",
        "shop:5": "outside the window of every campaign it points to",
        "shop:6": "spring/anna",
        "shop:7": "no code, link, UTM or partner of anybody",
        "shop:8": "spring/bob",
        "shop:9": "no code, link, UTM or partner of anybody",
        "shop:10": "spring/emil",
        "shop:11": "spring/cleo",
        "shop:12": "no code, link, UTM or partner of anybody",
        "shop:13": "no rate for GBP",
        "shop:14": "outside the window of every campaign it points to",
        "shop:15": "not paid",
        "shop:16": "spring/anna",
        "shop:17": "no code, link, UTM or partner of anybody",
    }
    assert told.unconverted == (("GBP", 1, 1000),)
    assert told.orders == 17


def test_one_order_counts_once_however_many_tell_of_it(tmp_path: Path) -> None:
    codes = [code("anna", "ANNA10"), code("cleo", "77", "partner"), code("bob", "bob", "utm")]
    at = START + timedelta(days=3)
    orders = [
        order(1, codes="ANNA10"),
        order(
            2,
            order_id="awin:9",
            order_ref="1",
            reporter="network",
            amount=900,
            partner_id="awin:77",
            clicked_at=at - timedelta(days=1),
        ),
        order(3, order_id="ga4:1", order_ref="#1", reporter="analytics", amount=950, utm_campaign="bob"),
        order(4, order_id="awin:10", order_ref="X9", reporter="network", amount=500, partner_id="awin:77"),
        order(
            5,
            order_id="ga4:2",
            order_ref="x9",
            reporter="analytics",
            amount=501,
            utm_campaign="bob",
            at=at + timedelta(hours=1),
        ),
        # Two orders of two shops with one number: nobody can tell which of them the network means.
        order(6, order_id="shop:6", order_ref="7"),
        order(7, order_id="other:6", order_ref="7"),
        order(8, order_id="awin:11", order_ref="7", reporter="network", partner_id="awin:77"),
        order(
            9,
            order_id="awin:12",
            order_ref="1",
            reporter="network",
            partner_id="awin:77",
            at=at + timedelta(days=20),
        ),
    ]
    told = attribute(place(tmp_path / "d", orders, codes), Rules(credit="first"), LATER)
    found = reasons(tmp_path / "d")
    assert found == {
        "shop:1": "spring/cleo",
        "awin:10": "spring/bob" if found["awin:10"] == "spring/bob" else "spring/cleo",
        "shop:6": "no code, link, UTM or partner of anybody",
        "other:6": "no code, link, UTM or partner of anybody",
        "awin:11": "several orders of the shop have its number",
        "awin:12": "spring/cleo",
    }
    assert {row["order_id"]: row["paid"] for row in ends(tmp_path / "d")}["shop:1"] == 1000, (
        "the shop knows what was paid"
    )
    assert (told.reports, told.orders) == (9, 6)
    attribute(tmp_path / "d", Rules(credit="last"), LATER)
    assert reasons(tmp_path / "d")["shop:1"] == "spring/anna", "a code is said at the till, after any click"
    attribute(tmp_path / "d", Rules(credit="shared"), LATER)
    shared = [row for row in ends(tmp_path / "d") if row["order_id"] == "shop:1"]
    assert [(row["influencer_id"], row["paid"]) for row in shared] == [
        ("anna", 334),
        ("bob", 333),
        ("cleo", 333),
    ]


def test_outcomes_are_told_as_they_were_known(tmp_path: Path) -> None:
    codes = [code("anna", "ANNA10"), code("bob", "BOB"), code("quiet", "Q")]
    orders = [
        order(1, codes="ANNA10"),
        order(2, codes="ANNA10", amount=501),
        order(3, codes="BOB"),
        order(4, codes="BOB", amount=0),
    ]
    settled = CLOSES
    refunds = [
        {"refund_id": "a", "order_id": "shop:1", "created_at": settled, "amount": 400, "is_total": "false"},
        {
            "refund_id": "b",
            "order_id": "shop:1",
            "created_at": settled + timedelta(microseconds=1),
            "amount": 600,
            "is_total": "false",
        },
        {
            "refund_id": "c",
            "order_id": "shop:3",
            "created_at": START + timedelta(days=5),
            "amount": None,
            "is_total": None,
        },
        {
            "refund_id": "d",
            "order_id": "shop:2",
            "created_at": LATER + timedelta(microseconds=1),
            "amount": 501,
            "is_total": "false",
        },
    ]
    agreed = [
        {
            "campaign_id": "spring",
            "influencer_id": "anna",
            "decided_at": START - timedelta(days=9),
            "exposure": 2,
            "fee": 50,
            "discount": 0.1,
            "offer_x": 7,
        }
    ]
    folder = place(tmp_path / "d", orders, codes, refunds, candidates=agreed)
    told = attribute(folder, Rules(), LATER)
    wanted = ("influencer_id", "known_at", "conversions", "revenue", "refunds", "exposure", "offer_x")
    assert [tuple(row[name] for name in wanted) for row in outcomes(folder)] == [
        ("anna", settled, 2.0, 11.01, 0.0, 2.0, 7.0),
        ("anna", settled + timedelta(microseconds=1), 2.0, 5.01, 1.0, 2.0, 7.0),
        ("bob", settled, 2.0, 0.0, 1.0, None, None),
        ("quiet", settled, 0.0, 0.0, 0.0, None, None),
    ]
    assert told.outcomes == 4
    (folder / "orders.csv").rename(folder / "kept.csv")
    with open_tables(folder) as tables:
        assert not any(report.aside for report in tables.reports)
        assert tables.sql("SELECT count(*) FROM outcomes").fetchall() == [(4,)]
    (folder / "kept.csv").rename(folder / "orders.csv")
    # Before the window has closed there is no outcome; a moment before it has settled neither.
    assert attribute(folder, Rules(), settled - timedelta(microseconds=1)).outcomes == 0
    assert attribute(folder, Rules(), settled).outcomes == 3
    assert attribute(folder, Rules(window=0), END + timedelta(days=14)).open_campaigns == 1


def test_what_a_csv_says_was_refunded_in_all_is_no_further_refund(tmp_path: Path) -> None:
    refunds = [
        {"refund_id": "t1", "order_id": "shop:1", "created_at": END, "amount": 300, "is_total": "true"},
        {
            "refund_id": "t2",
            "order_id": "shop:1",
            "created_at": END + timedelta(days=5),
            "amount": 700,
            "is_total": "true",
        },
        {"refund_id": "r1", "order_id": "shop:1", "created_at": END, "amount": 250, "is_total": "false"},
        {
            "refund_id": "too much",
            "order_id": "shop:2",
            "created_at": END,
            "amount": 5000,
            "is_total": "false",
        },
    ]
    folder = place(tmp_path / "d", [order(1, codes="A"), order(2, codes="A")], [code("anna", "A")], refunds)
    told = attribute(folder, Rules(), LATER)
    assert {row["order_id"]: row["returned"] for row in ends(folder)} == {"shop:1": 700, "shop:2": 1000}
    assert told.fates[0].refunded == 1700


def test_leaked_codes_are_told_and_can_be_left_out(tmp_path: Path) -> None:
    codes = [
        code("anna", "SPREAD"),
        code("bob", "EARLY", posted_at=START + timedelta(days=5)),
        code("cleo", "FINE"),
    ]
    orders = [order(n, codes="SPREAD") for n in range(30)]
    orders += [order(100 + n, codes="EARLY", at=START + timedelta(days=4)) for n in range(3)]
    orders += [order(200 + n, codes="EARLY", at=START + timedelta(days=6)) for n in range(2)]
    orders += [order(300 + n, codes="FINE") for n in range(30)]
    orders += [order(400, codes="SPREAD FINE")]
    followers = [{"influencer_id": "anna", "observed_at": START - timedelta(days=1), "followers": 1000}]
    followers += [{"influencer_id": "anna", "observed_at": START + timedelta(days=1), "followers": 10**6}]
    followers += [{"influencer_id": "cleo", "observed_at": START - timedelta(days=1), "followers": 10**5}]
    folder = place(tmp_path / "d", orders, codes, audience=followers)
    told = attribute(folder, Rules(), LATER)
    assert [(leak.code, leak.uses, leak.early, leak.followers) for leak in told.leaks] == [
        ("SPREAD", 31, 0, 1000.0),
        ("EARLY", 5, 3, None),
    ]
    assert told.fates[0].orders == 30 + 2 + 30 + 1
    told = attribute(folder, Rules(leaked_out=True, credit="first"), LATER)
    assert {fate.reason: fate.orders for fate in told.fates} == {
        None: 31,
        "known by a leaked code alone": 32,
        "before it was shown to anybody": 3,
    }
    assert reasons(folder)["shop:400"] == "spring/cleo"
    assert len(attribute(folder, Rules(leak_share=0.05, leak_early=9), LATER).leaks) == 0


def test_new_customers_apart(tmp_path: Path) -> None:
    orders = [order(1, codes="A", is_new="true"), order(2, codes="A", is_new="false"), order(3, codes="A")]
    folder = place(tmp_path / "d", orders, [code("anna", "A")])
    assert attribute(folder, Rules(), LATER).new_customers == 1
    told = attribute(folder, Rules(new_only=True), LATER)
    assert {fate.reason: fate.orders for fate in told.fates} == {
        None: 1,
        "not known to be of a new customer": 2,
    }


def test_outcomes_of_another_file_are_left_to_it(tmp_path: Path) -> None:
    folder = place(
        tmp_path / "d", [order(1, codes="A"), order(2, codes="B")], [code("anna", "A"), code("bob", "B")]
    )
    sheet = "campaign,start,end,influencer,orders\nspring,2024-03-01,2024-03-15,anna,99\n"
    (tmp_path / "past.csv").write_text(sheet)
    (folder / "campaigns.csv").unlink()
    assert run("import", "results", str(tmp_path / "past.csv"), str(folder), "--yes")[0] == 0
    told = attribute(folder, Rules(), LATER)
    assert (told.outcomes, told.elsewhere) == (1, 1)
    with open_tables(folder) as tables:
        found = tables.sql("SELECT influencer_id, conversions FROM outcomes ORDER BY 1").fetchall()
    assert found == [("anna", 99.0), ("bob", 1.0)]


def test_from_a_shops_export_to_outcomes(tmp_path: Path) -> None:
    """As the documentation says it: orders of a shop and a network, a sheet of codes, one of campaigns; then attribute and check."""
    out = tmp_path / "data"
    for name in ("shopify", "cj", "ga4"):
        bring(name, out)
    (tmp_path / "codes.csv").write_text(
        "Campaign,Influencer,Kind,Code\nspring,instagram:anna,code,ANNA10\nspring,instagram:bob,utm,utm_source=tiktok&utm_content=bob\n"
    )
    (tmp_path / "plan.csv").write_text("Campaign,Brief,Start,End\nspring,Cold brew,2024-03-01,2024-03-20\n")
    (tmp_path / "rates.csv").write_text("currency,rate\nUSD,0.92\nJPY,0.0061\n")
    for sheet, name in (("codes.csv", "codes"), ("plan.csv", "campaigns")):
        code_, told = run("import", "csv", str(tmp_path / sheet), str(out), "--table", name, "--yes")
        assert code_ == 0, told
    code_, told = run("attribute", str(out), "--rates", str(tmp_path / "rates.csv"))
    assert code_ == 0, told
    assert "credited" in told
    assert "reports of" in told
    found = {row["influencer_id"]: row for row in outcomes(out)}
    # The order #1001 is told by the shop, the network and analytics; the network's reversal does not outweigh the shop.
    assert found["instagram:anna"]["conversions"] == 1.0
    assert found["instagram:anna"]["revenue"] == 24.90
    assert (found["instagram:bob"]["conversions"], found["instagram:bob"]["refunds"]) == (1.0, 1.0)
    code_, told = run("check", str(out))
    assert code_ == 0, told


def test_what_cannot_be_attributed_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    with pytest.raises(InputError, match="lacks campaigns and orders and codes"):
        attribute(tmp_path / "d", Rules())
    with pytest.raises(InputError, match="is no folder"):
        attribute(tmp_path / "nowhere", Rules())
    folder = place(tmp_path / "e", [order(1, codes="A")], [code("anna", "A")])
    with pytest.raises(InputError, match="A window of -1 days is none"):
        attribute(folder, Rules(window=-1))
    with pytest.raises(InputError, match="is no currency"):
        attribute(folder, Rules(currency="€"))
    with pytest.raises(InputError, match="must be above 0"):
        attribute(folder, Rules(rates={"USD": Decimal(0)}))
    (tmp_path / "rates.csv").write_text("currency,rate\nUSD,much\n")
    assert (
        "line 2: not a currency and its rate"
        in run("attribute", str(folder), "--rates", str(tmp_path / "rates.csv"))[1]
    )


def test_attribution_twice_changes_nothing(tmp_path: Path) -> None:
    folder = place(tmp_path / "d", [order(1, codes="A"), order(2)], [code("anna", "A")])
    told: list[Attribution] = []
    found: list[bytes] = []
    for _ in range(2):
        told.append(attribute(folder, Rules(), LATER))
        found.append((folder / ORDERS_FILE).read_bytes() + (folder / "outcomes" / FILE).read_bytes())
    assert told[0] == told[1]
    assert found[0] == found[1]
    assert json.loads(json.dumps(told[0].orders)) == 2
