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
