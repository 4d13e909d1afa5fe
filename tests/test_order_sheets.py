"""Sheets of orders as networks export them: who is credited, and whether an order stands."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from suasion.serving.cli.main import suasion

HEADER = "Transaction ID,Order ID,Publisher ID,Transaction Date,Sale Amount,Currency,Commission,Status\n"


def imported(folder: Path, text: str, *options: str) -> tuple[str, dict[str, pd.DataFrame]]:
    (folder / "orders.csv").write_text(text)
    line = ["import", "csv", str(folder / "orders.csv"), str(folder / "data"), "--table", "orders", "--yes"]
    answer = CliRunner().invoke(suasion, [*line, *options], env={"COLUMNS": "200"})
    tables = {one.parent.name: pd.read_parquet(one.parent) for one in (folder / "data").glob("*/*.parquet")}
    return answer.output + str(answer.exception or ""), tables


def row(state: str) -> str:
    return HEADER + f"9,1001,77,2024-05-03,84.90,EUR,8.49,{state}\n"


@pytest.mark.parametrize(
    ("state", "is_paid", "returned"),
    [
        ("Approved", None, False),
        ("pending", None, False),
        ("", None, False),
        ("Declined", None, True),
        ("VOIDED", None, True),
        ("failed", False, False),
    ],
)
def test_a_state_says_whether_an_order_stands(
    tmp_path: Path, state: str, is_paid: bool | None, returned: bool
) -> None:
    _, tables = imported(tmp_path, row(state))
    (order,) = tables["orders"].to_dict("records")
    assert (order["order_id"], order["order_ref"], order["partner_id"]) == ("1001", "1001", "77")
    assert (order["amount"], order["reporter"], order["is_paid"]) == (8490, "network", is_paid)
    assert len(tables.get("refunds", ())) == returned


def test_a_state_that_nobody_knows_is_asked_with_the_line_that_reads_it(tmp_path: Path) -> None:
    answer, tables = imported(tmp_path, row("gestundet"))
    assert "--map Status= " in " ".join(answer.split())
    assert not len(tables.get("orders", ()))
    (tmp_path / "again").mkdir()
    _, tables = imported(tmp_path / "again", row("gestundet"), "--map", "Status=")
    assert len(tables["orders"]) == 1


def test_a_user_is_no_partner_where_nobody_is_paid_for_the_order(tmp_path: Path) -> None:
    answer, _ = imported(
        tmp_path, "Order ID,User ID,Order Date,Total,Currency\n1001,5,2024-05-03,84.90,EUR\n"
    )
    assert "No column is reporter" in answer


def test_an_amount_below_nothing_is_given_back_of_the_order_with_its_number(tmp_path: Path) -> None:
    text = "Order ID,Publisher ID,Event Date,Sale Amount (EUR)\n1001,77,2024-05-03,84.90\n1001,77,2024-05-09,-20.00\n"
    answer, tables = imported(tmp_path, text)
    assert tables["orders"]["amount"].tolist() == [8490]
    assert tables["refunds"][["order_id", "amount"]].to_numpy().tolist() == [["1001", 2000]]
    again, _ = imported(tmp_path, text)
    assert "amounts are in EUR" in answer
    assert "refunds 0 1 0" in " ".join(again.split())  # the same row again is the same refund


def test_returns_that_are_alike_are_two_and_a_state_that_changes_makes_no_third(tmp_path: Path) -> None:
    head = "Order ID,Publisher ID,Event Date,Sale Amount (EUR),Status\n1001,77,2024-05-03,84.90,approved\n"
    rows = "1001,77,2024-05-09,-20.00,{0}\n1001,77,2024-05-09,-20.00,{0}\n1001,77,2024-05-10,-9.00,test\n"
    answer, tables = imported(tmp_path, head + rows.format("approved"))
    assert tables["refunds"]["amount"].tolist() == [2000, 2000]
    assert "'test' is no customer's order" in " ".join(answer.split())
    _, tables = imported(tmp_path, head + rows.format("locked"))
    assert tables["refunds"]["refund_id"].nunique() == 2


def test_a_return_that_is_not_settled_gives_nothing_back(tmp_path: Path) -> None:
    text = "Order ID,Publisher ID,Event Date,Sale Amount (EUR),Status\n1001,77,2024-05-03,84.90,approved\n1001,77,2024-05-09,-20.00,failed\n"
    answer, tables = imported(tmp_path, text)
    assert not len(tables.get("refunds", ()))
    assert "nothing is given back yet" in " ".join(answer.split())


def items(*amounts: str, extra: str = "") -> str:
    head = "Order ID,Transaction Date,Publisher ID,SKU,Sales,Currency\n"
    rows = [f"1001,2024-03-01,77,item{n},{amount},EUR\n" for n, amount in enumerate(amounts)]
    return head + "".join(rows) + "1002,2024-03-02,78,item0,20.00,EUR\n" + extra


@pytest.mark.parametrize(
    ("amounts", "sums"),
    [
        (("20.00", "30.00"), 5000),
        (("20.00", "20.00"), 2000),  # the order's total beside each item
        (("20.00", "30.00", "30.00"), 8000),
        (("20.00",), 2000),
    ],
)
def test_items_in_rows_of_their_own_are_one_order(
    tmp_path: Path, amounts: tuple[str, ...], sums: int
) -> None:
    answer, tables = imported(tmp_path, items(*amounts))
    assert tables["orders"].set_index("order_id")["amount"].to_dict() == {"1001": sums, "1002": 2000}
    assert "nothing in them" not in answer


def test_an_item_that_stands_twice_is_one_and_one_that_cannot_be_read_costs_its_order(tmp_path: Path) -> None:
    twice = "1001,2024-03-01,77,item0,20.00,EUR\n"
    answer, tables = imported(tmp_path, items("20.00", "30.00", extra=twice))
    assert tables["orders"].set_index("order_id")["amount"]["1001"] == 5000
    assert "1 rows that stand twice in one order and count once" in " ".join(answer.split())
    (tmp_path / "odd").mkdir()
    answer, tables = imported(tmp_path / "odd", items("20.00", "some"))
    assert tables["orders"]["order_id"].tolist() == ["1002"]
    assert "set aside: 1 orders" in " ".join(answer.split())


@pytest.mark.parametrize(
    ("rows", "total"),
    [
        ("Tea,20.00|Discount SPRING10,-5.00|Pot,30.00", 4500),
        ("Rabatt,-5.00|Tea,20.00|Pot,30.00", 4500),
        ("Tea,50.00|Pot,50.00|Shipping,4.90", 5000),  # the order's total beside each item
        ("Rabatt,-5.00|Tea,50.00|Pot,50.00", 5000),
        ("Tea,50.00|Pot,50.00|Remise fidélité,-5.00", 5000),
        ("Tea,20.00|Versandkosten,4.90", 2490),
        ("Coupon,-5.00|Tea,2.00", None),
    ],
)
def test_a_discount_is_no_return_and_shipping_no_item(tmp_path: Path, rows: str, total: int | None) -> None:
    text = "Order ID,Date,Publisher ID,Product,Amount,Currency\n" + "".join(
        f"1001,2024-03-01,77,{row},EUR\n" for row in rows.split("|")
    )
    answer, tables = imported(tmp_path, text)
    assert not len(tables.get("refunds", ()))
    if total is None:
        assert "less than nothing is left of it" in answer
    else:
        assert tables["orders"]["amount"].tolist() == [total]


def test_an_item_that_came_back_takes_its_own_amount(tmp_path: Path) -> None:
    text = (
        "Order ID,Transaction Date,Publisher ID,SKU,Sales,Currency,Status\n"
        "1001,2024-03-01,77,a,20.00,EUR,approved\n1001,2024-03-01,77,b,30.00,EUR,returned\n"
    )
    _, tables = imported(tmp_path, text)
    assert tables["orders"]["amount"].tolist() == [5000]
    assert tables["refunds"]["amount"].tolist() == [3000]


def test_an_item_without_an_amount_costs_nothing_of_the_others(tmp_path: Path) -> None:
    _, tables = imported(tmp_path, items("20.00", "", "30.00"))
    assert tables["orders"].set_index("order_id")["amount"]["1001"] == 5000


def test_what_is_called_the_orders_is_never_added_up(tmp_path: Path) -> None:
    text = items(
        "50.00", "50.00", extra="1003,2024-03-02,78,a,20.00,EUR\n1003,2024-03-02,78,Shipping,4.90,EUR\n"
    )
    _, tables = imported(tmp_path, text.replace("Sales", "Order total"))
    assert tables["orders"].set_index("order_id")["amount"].to_dict() == {
        "1001": 5000,
        "1002": 2000,
        "1003": 2000,
    }


@pytest.mark.parametrize(("states", "refunds"), [(("refunded", "refunded"), 1), (("refunded", "paid"), 0)])
def test_an_orders_total_is_not_given_back_for_each_item(
    tmp_path: Path, states: tuple[str, str], refunds: int
) -> None:
    text = "Order ID,Transaction Date,Publisher ID,SKU,Order total,Currency,Status\n" + "".join(
        f"1001,2024-03-01,77,item{n},50.00,EUR,{state}\n" for n, state in enumerate(states)
    )
    answer, tables = imported(tmp_path, text)
    back = tables.get("refunds", pd.DataFrame({"amount": []}))
    assert len(back) == refunds
    assert back["amount"].isna().all(), "all of it"
    assert ("what each cost is not told" in " ".join(answer.split())) == (not refunds)


@pytest.mark.parametrize("order", [("paid", "pending"), ("pending", "paid"), ("pending", "pending")])
def test_an_order_is_unpaid_where_all_its_items_are(tmp_path: Path, order: tuple[str, str]) -> None:
    text = "Order ID,Transaction Date,Code,SKU,Sales,Currency,Status\n" + "".join(
        f"1001,2024-03-01,A10,item{n},{n + 1}0.00,EUR,{state}\n" for n, state in enumerate(order)
    )
    _, tables = imported(tmp_path, text, "--set", "reporter=shop")
    (paid,) = tables["orders"].get("is_paid", pd.Series([None]))
    assert (paid is False or paid == False) == (order == ("pending", "pending"))  # noqa: E712
