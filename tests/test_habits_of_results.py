"""Habits of people who keep sheets: rows of what has not been, fees a post, several sheets."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from suasion.serving.cli.main import suasion

from .test_parts import outcomes


@pytest.mark.parametrize(
    "state",
    [
        "Planned",
        "cancelled",
        "In progress",
        "Draft",
        "abgesagt",
        "Prévu",
        "programada",
        "planned (tbc)",
        "⏳ Planned",
        "Pending",
        "cancelled by Anna",
        "läuft noch",
    ],
)
def test_what_has_not_been_is_no_outcome(tmp_path: Path, state: str) -> None:
    text = f"campaign,influencer,date,Status,orders\nTea,@anna,2024-03-01,Completed,10\nTea,@bo,2024-03-08,{state},0\n"
    answer, found = outcomes(tmp_path, text)
    assert set(found) == {("Tea", "anna")}
    assert f"Status is {state}" in " ".join(answer.split())
    (tmp_path / "all").mkdir()
    assert len(outcomes(tmp_path / "all", text, "--map", "Status=")[1]) == 2


@pytest.mark.parametrize(
    ("header", "state"),
    [
        ("Status", "Live"),
        ("Status", "Paid"),
        ("Payment status", "Planned"),
        ("Renewal status", "Declined"),
        ("Type", "Budget"),
        ("Campaign type", "Ongoing"),
        ("Outreach status", "Contacted"),
    ],
)
def test_another_state_leaves_a_row_in(tmp_path: Path, header: str, state: str) -> None:
    text = f"campaign,influencer,date,{header},orders\nTea,@anna,2024-03-01,{state},10\n"
    assert set(outcomes(tmp_path, text)[1]) == {("Tea", "anna")}


def test_plans_beside_what_came_are_told_by_their_kind(tmp_path: Path) -> None:
    text = "campaign,influencer,date,Type,orders\nTea,@anna,2024-03-01,Actual,10\nTea,@anna,2024-03-08,Forecast,30\n"
    assert outcomes(tmp_path, text)[1]["Tea", "anna"]["conversions"] == 10


def test_where_no_row_has_been_the_column_is_named(tmp_path: Path) -> None:
    answer, found = outcomes(
        tmp_path, "campaign,influencer,date,Status,orders\nTea,@anna,2024-03-01,Planned,0\n"
    )
    assert not found
    assert "all rows are of what has not been, or is not over: Status is Planned" in " ".join(answer.split())


def test_versions_of_a_number_are_not_added_up(tmp_path: Path) -> None:
    text = "campaign,influencer,date,orders,Version\nTea,@anna,2024-03-01,10,v1\nTea,@anna,2024-03-15,12,v2\nTea,@bo,2024-03-01,3,v1\n"
    answer, found = outcomes(tmp_path, text)
    assert set(found) == {("Tea", "bo")}
    assert "contradicts another row" in " ".join(answer.split())


def test_sales_with_parts_of_one_are_money(tmp_path: Path) -> None:
    answer, found = outcomes(tmp_path, "Campaign,Creator,Start,Sales,Fee\nTea,@anna,2024-03-01,120.50,300\n")
    assert not found
    assert "No column is conversions" in " ".join(answer.split())
    (tmp_path / "counted").mkdir()
    text = "Campaign,Creator,Start,Sales,Redeemed codes\nTea,@anna,2024-03-01,120.50,4\n"
    _, found = outcomes(tmp_path / "counted", text)
    assert (found["Tea", "anna"]["conversions"], found["Tea", "anna"]["revenue"]) == (4, 120.5)


def test_beside_money_a_few_sales_with_parts_of_one_are_mistakes(tmp_path: Path) -> None:
    """One cell costs itself, where a column of money stands beside it; without one, a part of one is money."""
    rows = "".join(f"Tea,@a{n},2024-03-01,{n},{20 * n}\n" for n in range(1, 15))
    text = f"Campaign,Creator,Start,Sales,Revenue\n{rows}Tea,@z,2024-03-01,12.50,99\n"
    _, found = outcomes(tmp_path, text)
    assert {who: row["conversions"] for (_, who), row in found.items()} == {
        f"a{n}": n for n in range(1, 15)
    } | {"z": 12.5}


def test_a_day_without_end_costs_its_row_and_no_other(tmp_path: Path) -> None:
    text = "Campaign,Creator,Start,Orders\nTea,@anna,2024-03-01,5\nSoup,@bo,9999-12-31,3\n"
    answer, found = outcomes(tmp_path, text)
    assert set(found) == {("Tea", "anna")}
    assert "Start: no date" in " ".join(answer.split())


def test_a_control_character_costs_its_cell_and_not_the_sheet(tmp_path: Path) -> None:
    text = "Campaign,Creator,Start,Orders\nTea,@an\0na,2024-03-01,5\nTea,@bo,2024-03-01,\x003\nTea,@cy,2024-03-01,4\n"
    answer, found = outcomes(tmp_path, text)
    assert set(found) == {("Tea", "anna"), ("Tea", "cy")}
    assert "Orders: no number that can be understood whole" in " ".join(answer.split())


@pytest.mark.parametrize("header", ["Fee per post (EUR)", "Honorar pro Beitrag", "Price per post"])
def test_a_fee_a_post_is_multiplied_by_the_posts(tmp_path: Path, header: str) -> None:
    text = f"Campaign,Creator,Start,Posts,{header},Orders\nTea,@anna,2024-03-01,2,100,4\nTea,@cy,2024-03-02,,50,5\n"
    answer, found = outcomes(tmp_path, text)
    assert found["Tea", "anna"]["fee"] == 200
    assert pd.isna(found["Tea", "cy"]["fee"])
    assert "nothing says how many posts" in " ".join(answer.split())


def test_a_fee_beside_several_agreed_posts_is_that_of_all(tmp_path: Path) -> None:
    text = (
        "Campaign,Creator,Post Date,Deliverables,Orders,Fee\n"
        'Tea,@anna,2024-03-01,"1 reel, 3 stories",10,900\nTea,@anna,2024-03-02,"1 reel, 3 stories",20,900\n'
        "Tea,@bo,2024-03-01,2 reels,1,500\n"
    )
    _, found = outcomes(tmp_path, text)
    assert (found["Tea", "anna"]["fee"], found["Tea", "anna"]["exposure"]) == (900, 4)


def of_sheets(folder: Path, **sheets: str) -> tuple[str, pd.DataFrame]:
    (folder / "sheets").mkdir()
    for name, rows in sheets.items():
        (folder / "sheets" / f"{name}.csv").write_text("Campaign,Creator,Date,Orders,Fee\n" + rows)
    line = [
        "import",
        "results",
        str(folder / "sheets"),
        str(folder / "data"),
        "--platform",
        "instagram",
        "--yes",
    ]
    answer = CliRunner().invoke(suasion, line, env={"COLUMNS": "200"})
    try:
        read = pd.read_parquet(folder / "data" / "outcomes").set_index("influencer_id")
    except FileNotFoundError:
        read = pd.DataFrame({"conversions": [], "fee": []})
    return answer.output, read


def test_one_campaign_on_several_sheets_is_added_up_over_all(tmp_path: Path) -> None:
    answer, read = of_sheets(
        tmp_path,
        jan="Tea,@anna,2024-03-01,10,300\nTea,@anna,2024-03-02,20,300\nTea,@bo,2024-03-01,1,200\n",
        feb="Tea,@anna,2024-03-10,5,300\nTea,@bo,2024-03-11,4,200\n",
    )
    assert read["conversions"].to_dict() == {"instagram:anna": 35, "instagram:bo": 5}
    assert read["fee"].to_dict() == {"instagram:anna": 300, "instagram:bo": 200}
    assert "over all sheets" in answer


@pytest.mark.parametrize(
    "other",
    [
        "Tea,@anna,2024-03-01,30,300\nTea,@bo,2024-03-01,1,200\n",  # a summary
        "Tea,@anna,2024-03-02,20.0,300\nTea,@anna,2024-03-10,5,300\n",  # an export that overlaps
    ],
)
def test_sheets_that_tell_of_the_same_days_are_never_added_up(tmp_path: Path, other: str) -> None:
    posts = "Tea,@anna,2024-03-01,10,300\nTea,@anna,2024-03-02,20,300\nTea,@bo,2024-03-01,1,200\n"
    answer, read = of_sheets(tmp_path, posts=posts, other=other)
    assert read["conversions"].get("instagram:anna", 30) == 30
    assert read["conversions"].get("instagram:bo", 1) == 1
    assert "over all sheets" not in answer


def test_a_campaign_that_is_always_on_does_not_stop_others_from_being_added_up(tmp_path: Path) -> None:
    text = (
        "Campaign,Creator,Date,Orders,Fee\nAlways on,@anna,2024-01-05,1,10\nAlways on,@anna,2024-06-05,2,10\n"
        "Spring,@bo,2024-03-02,3,150\nSpring,@bo,2024-03-09,3,150\n"
    )
    answer, found = outcomes(tmp_path, text)
    assert {key: row["conversions"] for key, row in found.items()} == {("Spring", "bo"): 6}
    assert "contradicts another row" in answer


def test_formats_of_rows_are_added_up(tmp_path: Path) -> None:
    text = (
        "Campaign,Creator,Post date,Content,Orders\nTea,@anna,2024-03-01,Story,0\nTea,@anna,2024-03-02,Story,1\n"
        "Tea,@anna,2024-03-05,Reel,4\nTea,@bo,2024-03-01,Reel,2\n"
    )
    _, found = outcomes(tmp_path, text)
    assert (found["Tea", "anna"]["offer_stories"], found["Tea", "anna"]["offer_reels"]) == (2, 1)


def test_of_what_could_not_be_read_there_is_no_sum(tmp_path: Path) -> None:
    text = (
        "Campaign,Creator,Post date,Orders,Fee,Returns\nTea,@anna,2024-03-01,1,100,-20\nTea,@anna,2024-03-02,1,100 + product,-5\n"
        "Tea,@bo,2024-03-01,2,80,0\n"
    )
    _, found = outcomes(tmp_path, text)
    assert pd.isna(found["Tea", "anna"]["fee"])
    assert (found["Tea", "anna"]["refunds"], found["Tea", "bo"]["fee"]) == (25, 80)


def test_a_fee_a_post_is_multiplied_by_posts_of_all_formats(tmp_path: Path) -> None:
    text = "Campaign,Creator,Start,Reels,Stories,Cost per post,Orders\nTea,@anna,2024-03-01,2,3,50,4\n"
    assert outcomes(tmp_path, text)[1]["Tea", "anna"]["fee"] == 250


def test_a_later_file_with_smaller_numbers_is_told(tmp_path: Path) -> None:
    """As where it holds only what came since: a later reading replaces, and does not add."""
    data = str(tmp_path / "data")
    head = "Campaign,Creator,Start,Orders\n"
    for name, orders in (("jan", (30, 1)), ("feb", (11, 4))):
        (tmp_path / f"{name}.csv").write_text(
            f"{head}Tea,anna,2024-03-01,{orders[0]}\nTea,bo,2024-03-01,{orders[1]}\n"
        )
        CliRunner().invoke(suasion, ["import", "results", str(tmp_path / f"{name}.csv"), data, "--yes"])
    answer = CliRunner().invoke(suasion, ["check", data], env={"COLUMNS": "300"}).output
    assert "outcomes: 1 were replaced by smaller numbers" in answer
    assert "import it in one go with those before it" in answer
