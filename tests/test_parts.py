"""A row a post, a day or a sale: what one influencer brought in one campaign is added up."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from suasion.serving.cli.main import suasion

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
        ("Summer", "anna"): (7, 70, 200, 3),  # fees differ within Cem's rows, so each row has its own
        ("Summer", "bea"): (1, 5, 50, 1),
        ("Summer", "cem"): (3, 11, 120, 2),
        ("Autumn", "anna"): (9, 90, 80, 1),
    }
    assert "a row a date: what one influencer brought in one campaign is added up" in " ".join(answer.split())


def test_clicks_are_added_up_as_conversions_are_and_told_of_none_where_a_part_is_not(tmp_path: Path) -> None:
    text = "Campaign,Handle,Date,Orders,Link clicks,CTR,Cost per click\n"
    text += "Summer,@anna,2024-05-01,3,300,2 %,1\nSummer,@anna,2024-05-08,4,1.2K,1 %,2\n"
    text += "Summer,@bea,2024-05-03,1,50,3 %,1\nSummer,@bea,2024-05-09,1,,3 %,1\n"
    _, found = outcomes(tmp_path, text)
    assert found["Summer", "anna"]["clicks"] == 1_500.0
    assert (found["Summer", "bea"]["conversions"], pd.isna(found["Summer", "bea"]["clicks"])) == (2.0, True)


def test_the_order_of_rows_does_not_matter_and_a_row_that_stands_twice_counts_once(tmp_path: Path) -> None:
    rows = [
        "Summer,@anna,2024-05-01,3,30,100,1",
        "Summer,@anna,2024-05-08,4,40,100,1",
        "Summer,@anna,2024-05-01,3,30,100,1",
    ]
    for number, order in enumerate((rows, rows[::-1])):
        (tmp_path / str(number)).mkdir()
        answer, found = outcomes(tmp_path / str(number), HEADER + "\n".join(order) + "\n")
        assert found["Summer", "anna"]["conversions"] == 7
        assert "1 records, the same row stands above: it counts once" in " ".join(answer.split())


def test_posts_of_one_day_that_brought_nothing_may_be_alike(tmp_path: Path) -> None:
    """Three stories of a day at one fee are three; a post that brought three and stands twice was copied."""
    story = "Summer,@anna,2024-05-01,0,0,50\n"
    text = (
        "campaign,influencer,post date,orders,revenue,fee\n"
        + 3 * story
        + 2 * "Summer,@anna,2024-05-04,3,30,90\n"
    )
    answer, found = outcomes(tmp_path, text)
    assert {name: found["Summer", "anna"][name] for name in ("conversions", "fee", "exposure")} == {
        "conversions": 3,
        "fee": 240,
        "exposure": 4,
    }
    assert "1 records, the same row stands above" in " ".join(answer.split())


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


def test_what_is_agreed_once_for_everybody_counts_once(tmp_path: Path) -> None:
    text = (
        HEADER
        + "Summer,@anna,2024-05-01,3,30,100,4\nSummer,@anna,2024-05-08,4,40,100,4\n"
        + "Summer,@cem,2024-05-03,1,5,50,2\nSummer,@cem,2024-05-04,2,6,50,2\n"
    )
    answer, found = outcomes(tmp_path, text)
    assert [(found["Summer", who]["fee"], found["Summer", who]["exposure"]) for who in ("anna", "cem")] == [
        (100, 4),
        (50, 2),
    ]
    assert "a fee that is the same in all rows of each counts once" in " ".join(answer.split())
    (tmp_path / "posts").mkdir()
    single = text.replace("date", "Post date", 1).replace(",4\n", ",1\n").replace(",2\n", ",1\n")
    _, found = outcomes(tmp_path / "posts", single)
    assert [found["Summer", who]["fee"] for who in ("anna", "cem")] == [200, 100], (
        "fees of posts are each post's"
    )


def test_rows_of_totals_and_without_a_date_are_not_added(tmp_path: Path) -> None:
    text = (
        "Campaign,Creator,Date,Orders,Revenue\n"
        "Spring,anna,2024-03-01,10,500\nSpring,anna,2024-03-02,20,1000\nSpring,anna,Total,30,1500\n"
        "Spring,ben,2024-03-01,1,50\nSpring,ben,2024-03-03,1,50\nSpring,ben,,2,100\n"
    )
    answer, found = outcomes(tmp_path, text, "--set", "fee=10")
    assert found["Spring", "anna"]["conversions"] == 30
    assert set(found) == {("Spring", "anna")}, "what a row without a date is, nobody can tell"
    assert "no Date, beside rows that have one" in " ".join(answer.split())


@pytest.mark.parametrize(
    ("header", "days"),
    [
        ("Date,Orders", ("2023-06-01", "2024-06-03")),  # the same campaign a year later
        ("Start date,Orders", ("2024-05-02", "2024-05-09")),
        ("Date,Orders", ("2024-05-01", "2024-06-01")),  # months, written as days
        ("Date,Orders to date", ("2024-05-02", "2024-05-09")),
        ("Date,Forecast orders", ("2024-05-02", "2024-05-09")),
    ],
)
def test_what_are_no_parts_are_not_added(tmp_path: Path, header: str, days: tuple[str, str]) -> None:
    text = f"campaign,influencer,{header}\nSummer,@anna,{days[0]},3\nSummer,@anna,{days[1]},4\n"
    _, found = outcomes(tmp_path, text, "--set", "fee=10", "--map", f"{header.split(',')[1]}=conversions")
    assert ("Summer", "anna") not in found


def test_sales_of_one_day_are_several_though_their_rows_are_the_same(tmp_path: Path) -> None:
    text = (
        "campaign,influencer,date,orders\n"
        + "Summer,@anna,2024-05-01,1\n" * 3
        + "Summer,@anna,2024-05-08,1\nSummer,@bea,2024-05-09,1\n"
    )
    _, found = outcomes(tmp_path, text, "--set", "fee=10")
    assert found["Summer", "anna"]["conversions"] == 4


def test_revenue_of_some_rows_is_not_told_for_all(tmp_path: Path) -> None:
    text = "campaign,influencer,date,orders,revenue\nSummer,@anna,2024-05-01,3,30\nSummer,@anna,2024-05-08,4,\nSummer,@bea,2024-05-02,1,9\n"
    _, found = outcomes(tmp_path, text, "--set", "fee=10")
    assert pd.isna(found["Summer", "anna"]["revenue"])
    assert found["Summer", "bea"]["revenue"] == 9


def test_rows_that_name_nobody_leave_no_partial_sum(tmp_path: Path) -> None:
    text = "campaign,influencer,date,orders\nSummer,@anna,2024-05-01,3\nSummer,@anna,2024-05-05,3\nSummer,,2024-05-08,4\nSummer,@bea,2024-05-02,1\n"
    answer, found = outcomes(tmp_path, text, "--set", "fee=10")
    assert set(found) == {("Summer", "bea")}
    assert "a row below theirs names nobody: write them in each" in " ".join(answer.split())


def test_a_name_that_cannot_be_read_costs_nobody_else_a_sum(tmp_path: Path) -> None:
    text = "campaign,influencer,date,orders\nSummer,@anna,2024-05-01,3\nSummer,@anna,2024-05-05,3\nSummer,@bea and,2024-05-08,4\nSummer,@bea,2024-05-02,1\n"
    _, found = outcomes(tmp_path, text, "--set", "fee=10")
    assert found["Summer", "anna"]["conversions"] == 6


def test_what_is_returned_takes_its_revenue_with_it(tmp_path: Path) -> None:
    text = (
        "campaign,influencer,date,orders,revenue\n"
        "Mai,@anna,2024-05-01,2,99.80\nMai,@anna,2024-05-03,-1,-49.90\n"
        "Mai,@bea,2024-05-02,1,20\nMai,@bea,2024-05-03,0,-30\n"
    )
    answer, found = outcomes(tmp_path, text)
    assert {key: (row["conversions"], row["revenue"]) for key, row in found.items() if key[1] == "anna"} == {
        ("Mai", "anna"): (1, 49.90)
    }
    assert found["Mai", "bea"]["conversions"] == 1
    assert pd.isna(found["Mai", "bea"]["revenue"])
    assert "more given back than came" in " ".join(answer.split())


def test_a_tab_for_each_platform_is_of_its_accounts(tmp_path: Path) -> None:
    """On two platforms one name is two accounts, and a tab of all that names the platform says the same as the others."""
    rows = [("Spring", "@anna", "2024-03-01", 5, 200), ("Spring", "@bo", "2024-03-02", 3, 150)]
    other = [("Spring", "@anna", "2024-03-01", 5, 200)]
    header = ("Campaign", "Influencer", "Post date", "Orders", "Fee")
    sheets = {
        "All": [(*header, "Platform"), *((*row, "IG") for row in rows), *((*row, "TikTok") for row in other)],
        "Instagram": [header, *rows],
        "Tik Tok": [header, *other],
    }
    with pd.ExcelWriter(tmp_path / "posts.xlsx") as book:
        for name, cells in sheets.items():
            pd.DataFrame(cells).to_excel(book, sheet_name=name, header=False, index=False)
    line = ["import", "results", str(tmp_path / "posts.xlsx"), str(tmp_path / "data"), "--yes"]
    answer = " ".join(CliRunner().invoke(suasion, line, env={"COLUMNS": "250"}).output.split())
    found = pd.concat(map(pd.read_parquet, (tmp_path / "data" / "outcomes").glob("*.parquet")))
    assert dict(zip(found["influencer_id"], found["conversions"], strict=True)) == {
        "instagram:anna": 5,
        "instagram:bo": 3,
        "tiktok:anna": 5,
    }
    assert "posts.xlsx:Tik Tok: the platform is the sheet's name: Tik Tok" in answer
