"""A row a post, a day or a sale: what one influencer brought in one campaign is added up."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from .test_real_exports import imported

HEADER = "campaign,influencer,date,orders,revenue,fee,posts\n"


def outcomes(folder: Path, text: str, *options: str) -> tuple[str, dict[tuple[str, str], dict[str, object]]]:
    answer, tables = imported(folder, "results", text, "--platform", "instagram", "--yes", *options)
    rows = tables.get("outcomes", pd.DataFrame()).to_dict("records")
    return answer, {(row["campaign_id"], row["influencer_id"].partition(":")[2]): row for row in rows}


def test_rows_with_dates_of_their_own_are_added_up(tmp_path: Path) -> None:
    text = (
        HEADER
        + "Summer,@anna,2024-05-01,3,30,100,1\n"
        + "Summer,@anna,2024-05-08,4,40,100,2\n"
        + "Summer,@bea,2024-05-03,1,5,50,1\n"
        + "Summer,@cem,2024-05-03,1,5,50,1\n"
        + "Summer,@cem,2024-05-04,2,6,70,1\n"
        + "Autumn,@anna,2024-09-01,9,90,80,1\n"
    )
    answer, found = outcomes(tmp_path, text)
    assert {
        key: (row["conversions"], row["revenue"], row["fee"], row["exposure"]) for key, row in found.items()
    } == {
        ("Summer", "anna"): (7, 70, 100, 3),  # a fee that is the same in all rows is that of all
        ("Summer", "bea"): (1, 5, 50, 1),
        ("Summer", "cem"): (3, 11, 120, 2),
        ("Autumn", "anna"): (9, 90, 80, 1),
    }
    assert "a row a date: what one influencer brought in one campaign is added up" in " ".join(answer.split())


def test_the_order_of_rows_does_not_matter_and_a_row_that_stands_twice_counts_once(tmp_path: Path) -> None:
    rows = [
        "Summer,@anna,2024-05-01,3,30,100,1",
        "Summer,@anna,2024-05-08,4,40,100,1",
        "Summer,@anna,2024-05-01,3,30,100,1",
    ]
    for number, order in enumerate((rows, rows[::-1])):
        (tmp_path / str(number)).mkdir()
        _, found = outcomes(tmp_path / str(number), HEADER + "\n".join(order) + "\n")
        assert found["Summer", "anna"]["conversions"] == 7


def test_where_a_part_cannot_be_read_there_is_no_sum(tmp_path: Path) -> None:
    text = (
        HEADER
        + "Summer,@anna,2024-05-01,3,30,100,1\nSummer,@anna,2024-05-08,some,40,100,1\nSummer,@bea,2024-05-03,1,5,50,1\n"
    )
    answer, found = outcomes(tmp_path, text)
    assert set(found) == {("Summer", "bea")}
    assert "in a row of several that are added up" in " ".join(answer.split())


@pytest.mark.parametrize(
    "rows",
    [
        "Summer,@anna,2024-05-01,3,30,100,1\nSummer,@anna,2024-05-01,4,40,100,1\n",  # one date: which is right?
        "Summer,@anna,,3,30,100,1\nSummer,@anna,,4,40,100,1\n",
    ],
)
def test_rows_that_no_date_tells_apart_contradict_each_other_as_before(tmp_path: Path, rows: str) -> None:
    answer, found = outcomes(tmp_path, HEADER + rows + "Summer,@bea,2024-05-03,1,5,50,1\n")
    assert set(found) == {("Summer", "bea")}
    assert "contradicts another row" in answer


def test_a_sheet_with_starts_and_ends_is_not_added_up(tmp_path: Path) -> None:
    text = (
        "campaign,influencer,start,end,orders,fee\n"
        "Summer,@anna,2024-05-01,2024-05-07,3,100\nSummer,@anna,2024-05-08,2024-05-14,4,100\nSummer,@bea,2024-05-01,2024-05-14,1,50\n"
    )
    _, found = outcomes(tmp_path, text)
    assert set(found) == {("Summer", "bea")}


@pytest.mark.parametrize(("name", "posts"), [("Post date", 2), ("Data pubblicazione", 2), ("Date", 1)])
def test_rows_that_are_posts_are_counted_where_nothing_else_counts_them(
    tmp_path: Path, name: str, posts: int
) -> None:
    text = f"campaign,influencer,{name},orders\nSummer,@anna,2024-05-01,3\nSummer,@anna,2024-05-08,4\nSummer,@bea,2024-05-09,4\n"
    _, found = outcomes(tmp_path, text, "--set", "fee=10")
    assert [found["Summer", who]["exposure"] for who in ("anna", "bea")] == [posts, 1]


@pytest.mark.parametrize("months", [("Mar-24", "Apr-24"), ("2024-03", "2024-04"), ("2024-W10", "2024-W14")])
def test_months_and_weeks_are_campaigns_of_their_own(tmp_path: Path, months: tuple[str, str]) -> None:
    text = f"campaign,influencer,month,orders\nSummer,@anna,{months[0]},3\nSummer,@anna,{months[1]},4\nSummer,@bea,{months[0]},4\n"
    answer, found = outcomes(tmp_path, text, "--set", "fee=10")
    assert set(found) == {("Summer", "bea")}
    assert "name them apart in a column Campaign" in " ".join(answer.split())
