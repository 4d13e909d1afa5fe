"""What is an order, by what shops, networks and analytics export: each state, each correction, and which records are one order."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from suasion.features.attribution.attribute import Attribution, Rules, attribute
from suasion.features.attribution.orders import STATES, reference, standing

from .exported import awin, cj, ga4, impact, shopify, woo
from .sources import bring
from .test_attribution import END, LATER, START, code, ends, order, outcomes, place, reasons, table

READ_AT = datetime(2024, 7, 1)
CODES = [
    code("anna", "ANNA10"),
    code("anna", "utm_source=ig&utm_content=anna", "utm"),
    code("anna", "77", "partner"),
    code("anna", "impact:78", "partner"),
    code("bob", "utm_source=newsletter", "utm"),
    code("bob", "BOB10"),
]


def attributed(
    folder: Path, exports: dict[str, list[Any]], **rules: Any
) -> tuple[Attribution, dict[str, tuple[float, ...]]]:
    """Import exports, one after the other, attribute, and return for each influencer conversions, revenue and refunds."""
    out = folder / "data"
    out.mkdir(parents=True, exist_ok=True)
    for source, records in exports.items():
        path = folder / f"{source}.json"
        path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
        bring(source, out, path, read_at=READ_AT)
    table(out / "codes.csv", CODES)
    table(
        out / "campaigns.csv", [{"campaign_id": "spring", "brief": "tea", "starts_at": START, "ends_at": END}]
    )
    told = attribute(out, Rules(**rules))
    rows = {
        row["influencer_id"]: (row["conversions"], row["revenue"], row["refunds"]) for row in outcomes(out)
    }
    return told, rows


@pytest.mark.parametrize(
    ("source", "records", "anna"),
    [
        ("shopify", [shopify(1, "40.00", financial_status="paid")], (1, 40, 0)),
        ("shopify", [shopify(1, "40.00", financial_status="authorized")], (1, 40, 0)),
        ("shopify", [shopify(1, "40.00")], (1, 40, 0)),
        ("shopify", [shopify(1, "40.00", financial_status="pending")], (0, 0, 0)),
        ("shopify", [shopify(1, "40.00", financial_status="voided")], (1, 0, 1)),
        ("shopify", [shopify(1, "40.00", financial_status="refunded")], (1, 0, 1)),
        ("shopify", [shopify(1, "40.00", cancelled_at="2024-03-06T10:00:00Z")], (1, 0, 1)),
        ("shopify", [shopify(1, "40.00", test=True)], (0, 0, 0)),
        ("shopify", [shopify(1, "40.00", current_total_price="15.00")], (1, 15, 0)),
        ("shopify", [shopify(1, "40.00", current_total_price="55.00")], (1, 55, 0)),
        ("shopify", [shopify(1, "40.00", current_total_price="0.00")], (1, 0, 1)),
        (
            "shopify",
            [{"draft_orders": [shopify(1, "40.00")]}, shopify(2, "40.00", invoice_url="x")],
            (0, 0, 0),
        ),
        (
            "shopify",
            [{"checkouts": [shopify(1, "1.00")]}, shopify(2, "1.00", abandoned_checkout_url="x")],
            (0, 0, 0),
        ),
        ("woocommerce", [woo(1, "completed"), woo(2, "processing"), woo(3, "wc-shipped")], (3, 120, 0)),
        ("woocommerce", [woo(1, "pending"), woo(2, "on-hold"), woo(3, "wc-failed")], (0, 0, 0)),
        ("woocommerce", [woo(1, "cancelled"), woo(2, "refunded")], (2, 0, 2)),
        ("woocommerce", [woo(1, "checkout-draft"), woo(2, "trash")], (0, 0, 0)),
        ("woocommerce", [woo(1, "completed", refunds=[{"id": 9, "total": "-25.00"}])], (1, 15, 0)),
        ("awin", [awin(1, "pending"), awin(2, "approved")], (2, 80, 0)),
        ("awin", [awin(1, "declined")], (1, 0, 1)),
        ("awin", [awin(1, "Deleted"), awin(2, "approved", type="Bonus")], (0, 0, 0)),
        ("awin", [awin(1, "approved", 30.0, amended=True, oldSaleAmount={"amount": 40.0})], (1, 30, 0)),
        ("awin", [awin(1, "approved", 45.0, amended=True, oldSaleAmount={"amount": 40.0})], (1, 45, 0)),
        ("impact", [impact(1, "PENDING", "10.00", "10.00")], (1, 10, 0)),
        ("impact", [impact(1, "APPROVED", "10.00", "50.00")], (1, 10, 0)),
        ("impact", [impact(1, "APPROVED", "60.00", "50.00")], (1, 60, 0)),
        ("impact", [impact(1, "REVERSED", "0.00", "50.00")], (1, 0, 1)),
        ("cj", [cj("900", "100.00")], (1, 100, 0)),
        ("cj", [cj("900", "100.00"), cj("2", "-30.00")], (1, 70, 0)),
        ("cj", [cj("900", "100.00"), cj("2", "-100.00")], (1, 0, 1)),
        ("cj", [cj("900", "100.00"), cj("2", "-100.00"), cj("3", "80.00")], (1, 80, 0)),
        ("cj", [cj("3", "120.00"), cj("2", "-100.00"), cj("900", "100.00")], (1, 120, 0)),
        ("cj", [cj("900", "100"), cj("2", "-100"), cj("3", "80"), cj("4", "-80"), cj("5", "90")], (1, 90, 0)),
        ("cj", [cj("900", "100"), cj("2", "-100"), cj("3", "80"), cj("4", "-80")], (1, 0, 1)),
        ("cj", [cj("900", "100.00"), cj("2", "-30.00", original="false", postingDate=None)], (1, 70, 0)),
        ("cj", [cj("900", "100.00", validationStatus="DECLINED")], (1, 0, 1)),
        ("ga4", [ga4("2024-03-10T10:00:00", source="ig", content="anna")], (1, 50, 0)),
        (
            "ga4",
            [
                ga4("2024-03-10T10:00:00", source="ig", content="anna"),
                ga4("2024-03-12T10:00:00", kind="refund", amount=20.0),
            ],
            (1, 30, 0),
        ),
        (
            "ga4",
            [
                ga4("2024-03-10T10:00:00", number, source="ig", content="anna")
                for number in ("(not set)", "undefined", "", None, "null")
            ],
            (0, 0, 0),
        ),
    ],
)
def test_what_each_state_and_correction_makes_of_an_order(
    source: str, records: list[Any], anna: tuple[float, ...], tmp_path: Path
) -> None:
    # Another order, so that there is always one: nobody's.
    other = woo(99, "completed", coupon_lines=[])
    exports = (
        {"woocommerce": [other, *records]}
        if source == "woocommerce"
        else {"woocommerce": [other], source: records}
    )
    told, rows = attributed(tmp_path, exports)
    assert rows["anna"] == anna
    assert sum(fate.orders for fate in told.fates) == told.orders


def test_every_state_is_one_of_four_and_what_is_unknown_counts() -> None:
    assert {standing(source, state) for source in STATES for state in STATES[source]} == {
        "counts",
        "unpaid",
        "returned",
        "nothing",
    }
    for source in STATES:
        assert standing(source, "something of their own") == "counts"
        assert all(
            standing(source, f" {state.upper()}\u200b") == what for state, what in STATES[source].items()
        )


def test_what_was_given_back_when_the_export_was_read_counts(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text(
        "Name,Financial Status,Currency,Total,Discount Code,Created at,Lineitem name,Payment Method,Refunded Amount,Id\n"
        "#1002,partially_refunded,EUR,30.00,BOB10,2024-03-06 10:00:00 +0100,Beans,Shopify Payments,25.00,5678910000002\n"
    )
    bring("shopify", tmp_path / "data", tmp_path / "o.csv", read_at=READ_AT)
    exports = {
        "awin": [awin(5, "declined", orderRef="Z-1")],
        "impact": [impact(1, "APPROVED", "10.00", "50.00", Oid="Q-1")],
    }
    told, rows = attributed(tmp_path, exports)
    assert rows == {"anna": (2.0, 10.0, 1.0), "bob": (1.0, 5.0, 0.0)}
    assert told.fates[0].refunded == 2500 + 4000 + 4000
    # A moment before it was read nothing of it was known, and the orders themselves were.
    attribute(tmp_path / "data", Rules(), READ_AT - timedelta(microseconds=1))
    assert [row["revenue"] for row in outcomes(tmp_path / "data")] == [90.0, 30.0]


def test_refunds_that_were_read_after_the_orders_count(tmp_path: Path) -> None:
    back = {"refund_id": "a", "order_id": "shop:1", "created_at": LATER, "amount": 400}
    orders = [order(1, codes="ANNA10", read_at=READ_AT)]
    folder = place(tmp_path / "d", orders, CODES, [{**back, "read_at": LATER}])
    told = attribute(folder, Rules())
    assert told.fates[0].refunded == 400


def test_what_a_later_export_says_is_not_known_before(tmp_path: Path) -> None:
    folder = place(tmp_path / "d", [], CODES)
    first = order(1, codes="ANNA10", known_at=START + timedelta(days=3))
    second = order(1, codes="ANNA10", amount=400, known_at=READ_AT)
    table(folder / "orders.csv", [first, second])
    for as_of, revenue in ((READ_AT - timedelta(microseconds=1), 10.0), (READ_AT, 4.0), (None, 4.0)):
        attribute(folder, Rules(), as_of)
        assert [row["revenue"] for row in outcomes(folder)][-2:][0] == revenue


@pytest.mark.parametrize(
    ("shop", "network"),
    [
        (shopify(1001, "40.00"), "#1001"),
        (shopify(1001, "40.00"), "1001"),
        (shopify(1001, "40.00"), "5000000001001"),
        (shopify(1001, "40.00"), "gid://shopify/Order/5000000001001"),
        (shopify(1001, "40.00", name="BC1001-DE"), "1001"),
        (shopify(1001, "40.00", name="BC1001-DE"), "bc1001-de\u00a0"),
        (shopify(1001, "40.00"), "1001.0"),
        (shopify(1001, "40.00"), "00001001"),
        (shopify(1001, "40.00", confirmation_number="XPAV284CT"), "xpav284ct"),
    ],
)
def test_a_shop_and_a_network_that_number_an_order_differently(
    shop: Any, network: str, tmp_path: Path
) -> None:
    told, rows = attributed(
        tmp_path, {"shopify": [shop], "awin": [awin(1, "approved", 39.0, orderRef=network)]}
    )
    assert (told.reports, told.orders) == (2, 1)
    assert rows["anna"] == (1, 40, 0)


def test_the_number_customers_see_goes_before_an_internal_id(tmp_path: Path) -> None:
    """With a plugin that numbers orders, WooCommerce's order 7 may have the number 9, and order 9 the number 10."""
    shops = [
        woo(7, "completed", "10.00", number="9", coupon_lines=[]),
        woo(9, "completed", "20.00", number="10", coupon_lines=[]),
    ]
    told, rows = attributed(
        tmp_path, {"woocommerce": shops, "awin": [awin(1, "approved", 1.0, orderRef="9")]}
    )
    assert (told.reports, told.orders) == (3, 2)
    assert rows["anna"] == (1, 10, 0)


def test_an_order_that_analytics_tell_again_counts_the_first_time(tmp_path: Path) -> None:
    first = ga4("2024-03-10T10:00:00", source="ig", content="anna")
    soon, late = (ga4(at, source="newsletter") for at in ("2024-03-11T10:00:00", "2024-04-10T10:00:00"))
    for number, events in enumerate(([first, late], [late, first], [late, soon, first])):
        told, rows = attributed(tmp_path / str(number), {"ga4": events})
        assert rows == {"anna": (1.0, 50.0, 0.0), "bob": (0.0, 0.0, 0.0)}
        assert told.orders == 1
    for credit in ("first", "last", "shared"):
        assert attributed(tmp_path / "0", {"ga4": [first, soon, late]}, credit=credit)[1]["anna"] == (
            1,
            50,
            0,
        )


def test_an_order_of_a_shop_that_analytics_tell_weeks_later_is_no_further_order(tmp_path: Path) -> None:
    exports = {
        "shopify": [shopify(1, "40.00")],
        "ga4": [ga4("2024-04-10T10:00:00", "1", amount=39.0, source="newsletter")],
    }
    told, rows = attributed(tmp_path, exports)
    assert told.orders == 1
    assert rows == {"anna": (1, 40, 0), "bob": (0, 0, 0)}


def test_a_shop_that_was_not_paid_goes_before_a_network_that_expects_it(tmp_path: Path) -> None:
    exports = {
        "shopify": [shopify(1, "40.00", financial_status="pending")],
        "awin": [awin(1, "pending", orderRef="1")],
    }
    told, rows = attributed(tmp_path, exports)
    assert rows["anna"] == (0, 0, 0)
    assert [(fate.reason, fate.orders) for fate in told.fates] == [("not paid", 1)]
    # Once the money has come, a later export says so.
    exports = {"shopify": [shopify(1, "40.00", financial_status="paid")]}
    assert attributed(tmp_path, exports)[1]["anna"] == (1, 40, 0)


def test_a_number_that_says_nothing_joins_no_orders(tmp_path: Path) -> None:
    codes = [code("anna", "77", "partner")]
    orders = [
        order(number, order_id=f"awin:{number}", order_ref=ref, reporter="network", partner_id="awin:77")
        for number, ref in enumerate(("(not set)", "(not set)", "undefined", "undefined", "0", "0"))
    ]
    folder = place(tmp_path / "d", orders, codes)
    assert attribute(folder, Rules(), LATER).orders == 6
    assert reference("A-0") == "a-0"


def report(name: str, reporter: str, **told: Any) -> dict[str, Any]:
    return order(0, **{"order_id": name, "order_ref": "R1", "reporter": reporter, **told})


def test_of_several_reports_the_shop_then_a_network_then_analytics_say_what_was_paid(tmp_path: Path) -> None:
    codes = [code("anna", "77", "partner"), code("bob", "bob", "utm")]
    at = START + timedelta(days=3)
    network = report("awin:1", "network", amount=500, partner_id="awin:77", at=at + timedelta(hours=2))
    dearer = report("cj:1", "network", amount=600, at=at + timedelta(hours=2), is_new="true")
    analytics = report("ga4:1", "analytics", amount=700, utm_campaign="bob", at=at)
    shop = report("shop:1", "shop", amount=800, at=at + timedelta(hours=3), is_new="false")
    for number, (reports, paid, new) in enumerate(
        [
            ([network, dearer, analytics], 500, True),
            ([dearer, network], 500, True),
            ([network, analytics], 500, None),
            ([analytics], 700, None),
            ([analytics, network, dearer, shop], 800, False),
        ]
    ):
        folder = place(tmp_path / str(number), reports, codes)
        told = attribute(folder, Rules(), LATER)
        assert told.orders == 1
        assert {row["paid"] for row in ends(folder)} == {paid}
        assert {row["is_new"] for row in ends(folder)} == {new}


def test_what_one_report_calls_a_test_is_one(tmp_path: Path) -> None:
    reports = [
        report("shop:1", "shop", codes="A", is_test="false"),
        report("ga4:1", "analytics", is_test="true"),
    ]
    folder = place(tmp_path / "d", reports, [code("anna", "A")])
    attribute(folder, Rules(), LATER)
    assert reasons(folder) == {"shop:1": "a test"}


@pytest.mark.parametrize(
    ("click", "told_at", "anna", "bob"),
    [
        # A click on the clock of another zone, or after the order, is no later than the order: then the code at the till is last.
        (timedelta(hours=1), timedelta(0), 0, 1),
        (timedelta(days=-1), timedelta(0), 0, 1),
        (timedelta(days=30), timedelta(days=2), 0, 1),
    ],
)
def test_no_click_comes_after_the_order_that_it_led_to(
    click: timedelta, told_at: timedelta, anna: int, bob: int, tmp_path: Path
) -> None:
    at = START + timedelta(days=3)
    reports = [
        report("shop:1", "shop", codes="B", at=at),
        report("awin:1", "network", partner_id="awin:77", at=at + told_at, clicked_at=at + click),
    ]
    folder = place(tmp_path / "d", reports, [code("anna", "77", "partner"), code("bob", "B")])
    attribute(folder, Rules(), LATER)
    assert {row["influencer_id"]: row["conversions"] for row in outcomes(folder)} == {
        "anna": anna,
        "bob": bob,
    }
    attribute(folder, Rules(credit="first"), LATER)
    assert {row["influencer_id"]: row["conversions"] for row in outcomes(folder)} == {
        "anna": bob,
        "bob": anna,
    }


@pytest.mark.parametrize(
    ("days", "found"), [(7, "spring/anna"), (8, "no code, link, UTM or partner of anybody")]
)
def test_a_visit_told_weeks_after_an_order_did_not_lead_to_it(days: int, found: str, tmp_path: Path) -> None:
    at = START + timedelta(days=3)
    reports = [
        report("awin:1", "network", at=at),
        report("ga4:1", "analytics", utm_campaign="anna", at=at + timedelta(days=days)),
    ]
    folder = place(tmp_path / "d", reports, [code("anna", "anna", "utm")])
    attribute(folder, Rules(), LATER)
    assert reasons(folder) == {"awin:1": found}


@pytest.mark.parametrize(("days", "orders"), [(7, 1), (8, 2), (-7, 1), (-8, 2)])
def test_a_network_tells_an_order_within_the_week(days: int, orders: int, tmp_path: Path) -> None:
    at = START + timedelta(days=20)
    reports = [
        report("shop:1", "shop", at=at),
        report("awin:1", "network", partner_id="awin:77", at=at + timedelta(days=days)),
    ]
    folder = place(tmp_path / "d", reports, [code("anna", "77", "partner")])
    assert attribute(folder, Rules(), LATER).orders == orders


def test_the_latest_total_counts_and_refunds_go_by_the_order_they_name(tmp_path: Path) -> None:
    def back(name: str, of: str, amount: int | None, day: int, **told: Any) -> dict[str, Any]:
        at = END + timedelta(days=day)
        fixed = {"refund_id": name, "order_id": of, "created_at": at, "amount": amount, "is_total": "false"}
        return {**fixed, "is_added": None, "known_at": None, **told}

    refunds = [
        back("a", "shop:1", 700, 1, is_total="true"),
        back("b", "shop:1", 300, 2, is_total="true"),
        back("c", "shop:2", 300, 1, is_total="true", is_added="true"),
        back("d", "ga4:G3", 400, 1),
        back("e", "shop:4", 100, 1),
        back("e", "shop:4", 250, 1, known_at=END + timedelta(days=5)),
        back("f", "shop:5", 100, 1),
        back("g", "shop:5", 150, 1),
        back("h", "shop:5", 200, 1, is_total="true"),
        # A number of a shop's is no id: order 6 has the number 60, and 60 is another.
        back("i", "shop:60", 1000, 1),
    ]
    orders = [order(number, codes="A") for number in (1, 2, 4, 5)]
    orders += [order(3, order_id="ga4:G3:9", order_ref="G3", reporter="analytics", codes="A")]
    orders += [order(6, order_ref="60", codes="A"), order(60, order_ref="61", codes="A")]
    folder = place(tmp_path / "d", orders, [code("anna", "A")], refunds)
    attribute(folder, Rules(), LATER)
    assert {row["order_id"]: row["returned"] for row in ends(folder)} == {
        "shop:1": 300,
        "shop:2": -300,
        "ga4:G3:9": 400,
        "shop:4": 250,
        "shop:5": 250,
        "shop:6": 0,
        "shop:60": 1000,
    }
