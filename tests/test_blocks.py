"""Habits of sheets: what is written once for many rows, campaigns as tabs, people beside one another, sums that are nobody's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from .test_headings import imported
from .workbooks import text, xlsx

Rows = Sequence[Sequence[Any]]
HEADER = ["Campaign", "Creator", "Live on", "Posts", "Paid", "Orders"]


def sheet(path: Path, rows: Rows) -> Path:
    path.write_text(text(rows))
    return path


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(folder / "data" / name)


def test_a_campaign_that_is_written_once_is_that_of_the_rows_below(tmp_path: Path) -> None:
    rows = [HEADER, ["Spring", "@a", "2024-03-01", 1, 10, 5], ["", "@b", "2024-03-02", 1, 10, 6], ["", "@c", "2024-03-02", 1, 10, 7],
            ["Fall", "@a", "2024-09-01", 1, 10, 8], ["", "@b", "2024-09-03", 1, 10, 9], ["Total", "", "", 5, 50, 35]]  # fmt: skip
    answer, outcomes, starts = imported(sheet(tmp_path / "a.csv", rows))
    assert outcomes == {
        ("Spring", f"instagram:{who}"): n for who, n in zip("abc", (5, 6, 7), strict=True)
    } | {("Fall", "instagram:a"): 8, ("Fall", "instagram:b"): 9}
    assert "Campaign is written once for the rows below it" in answer
    assert starts == {"Spring": "2024-03-01", "Fall": "2024-09-01"}


def test_where_each_row_names_its_campaign_an_empty_one_is_missing(tmp_path: Path) -> None:
    rows = [HEADER, ["Spring", "@a", "2024-03-01", 1, 10, 5], ["Spring", "@b", "2024-03-02", 1, 10, 6], ["", "@c", "2024-03-02", 1, 10, 7]]  # fmt: skip
    answer, outcomes, _ = imported(sheet(tmp_path / "a.csv", rows))
    assert outcomes == {("Spring", "instagram:a"): 5, ("Spring", "instagram:b"): 6}
    assert "campaign_id is missing" in answer


def test_what_differs_within_a_campaign_is_not_said_of_it(tmp_path: Path) -> None:
    header = [*HEADER, "Market", "Niche", "Brand"]
    rows = [header, ["Spring", "@a", "2024-03-01", 1, 10, 5, "UK", "beauty", "X"], ["Spring", "@b", "2024-03-02", 1, 10, 6, "DE", "food", "X"],
            ["Fall", "@a", "2024-09-01", 1, 10, 8, "UK", "beauty", "X"]]  # fmt: skip
    answer, outcomes, _ = imported(sheet(tmp_path / "a.csv", rows))
    assert len(outcomes) == 3
    assert "not said of campaigns, for it differs within one: Market, Niche" in answer
    campaigns = table(tmp_path, "campaigns")
    assert campaigns["brand"].tolist() == ["X", "X"]
    assert campaigns[["country", "category"]].isna().all(axis=None)


def test_a_campaign_without_an_end_is_taken_to_run_for_a_month_after_its_last_start(tmp_path: Path) -> None:
    header = ["Campaign", "Creator", "Start", "Paid", "Orders"]
    rows = [header, ["Spring", "@a", "2024-03-01", 10, 5], ["Spring", "@b", "2024-03-11", 10, 6]]
    answer, outcomes, _ = imported(sheet(tmp_path / "a.csv", rows))
    assert len(outcomes) == 2
    assert "30 days after its last start are assumed" in answer
    (campaign,) = table(tmp_path, "campaigns").itertuples()
    assert (str(campaign.starts_at)[:10], str(campaign.ends_at)[:10]) == ("2024-03-01", "2024-04-10")
    dated = [["Campaign", "Creator", "Posted", "Paid", "Orders"], *rows[1:]]
    folder = tmp_path / "posted"
    folder.mkdir()
    answer, _, _ = imported(sheet(folder / "a.csv", dated))
    (campaign,) = table(folder, "campaigns").itertuples()
    assert str(campaign.ends_at)[:10] == "2024-03-11", "when a post went live is no start of something longer"
    assert "are assumed" not in answer


def test_conversions_that_came_by_code_and_by_link_are_added_up(tmp_path: Path) -> None:
    header = [*HEADER[:-1], "Code orders", "Link orders", "Link clicks"]
    rows = [header, ["Spring", "@a", "2024-03-01", 1, 10, 5, 3, 90], ["Spring", "@b", "2024-03-02", 1, 10, 6, "-", 80], ["Spring", "@c", "2024-03-02", 1, 10, "-", 4, 80],
            ["Spring", "@d", "2024-03-02", 1, 10, 7, "4 or 5", 80], ["Spring", "@e", "2024-03-02", 1, 10, "-", "-", 80]]  # fmt: skip
    answer, outcomes, _ = imported(sheet(tmp_path / "a.csv", rows))
    assert outcomes == {
        ("Spring", f"instagram:{who}"): n for who, n in zip("abcd", (8, 6, 4, 7), strict=True)
    }
    assert "conversions are Code orders, Link orders added up" in answer
    assert "Link orders: no number that can be understood whole" in answer
    whole = [[*header, "Orders total"], *([*row, 50] for row in rows[1:2])]
    folder = tmp_path / "whole"
    folder.mkdir()
    _, outcomes, _ = imported(sheet(folder / "a.csv", whole))
    assert outcomes == {("Spring", "instagram:a"): 50}, "a column of all of them needs no sum"


def test_tabs_that_hold_a_campaign_each_are_called_like_it(tmp_path: Path) -> None:
    header = ["Creator", "Veröffentlicht am", "Honorar", "Bestellungen"]
    tabs = {
        "Frühjahr 2023": [
            ["Kampagne – Code: F15"],
            [],
            header,
            ["@a", "20.03.", 100, 5],
            ["@b", "21.03.", 100, 6],
        ],
        "Muttertag 2024": [
            ["Kampagne – Code: M15"],
            [],
            header,
            ["@a", "01.05.", 100, 7],
            ["Summe", None, 100, 7],
        ],
    }
    overview = [
        ["Kampagne", "Honorar gesamt", "Bestellungen"],
        ["Frühjahr 2023", 200, 11],
        ["Muttertag 2024", 100, 7],
    ]
    answer, outcomes, starts = imported(xlsx(tmp_path / "a.xlsx", overview, **tabs))
    assert outcomes == {("Frühjahr 2023", "instagram:a"): 5, ("Frühjahr 2023", "instagram:b"): 6, ("Muttertag 2024", "instagram:a"): 7}  # fmt: skip
    assert starts == {"Frühjahr 2023": "2023-03-20", "Muttertag 2024": "2024-05-01"}
    assert "the campaign is the sheet's name: Muttertag 2024" in answer
    assert "a.xlsx:Sheet1" in answer, "a sheet of sums is named, and not read"
    folder = tmp_path / "one"
    folder.mkdir()
    answer, outcomes, _ = imported(xlsx(folder / "a.xlsx", overview, **dict([*tabs.items()][:1])))
    assert not outcomes, "one sheet is called anything"
    assert "No column is campaign_id" in answer


def test_columns_with_one_name_are_told_apart_by_what_stands_above(tmp_path: Path) -> None:
    rows = [["Lumo payouts"], [], ["Creator", None, "Flight", None, "Spend"], ["Name", "Handle", "Name", "Go-live", "Paid", "Installs"],
            ["Kim Lee", "@kim", "Sleep 1", "2024-03-01", 100, 5], ["Bo Ray", "@bo", "Sleep 2", "2024-06-01", 100, 6]]  # fmt: skip
    _, outcomes, _ = imported(xlsx(tmp_path / "a.xlsx", rows))
    assert outcomes == {("Sleep 1", "instagram:kim"): 5, ("Sleep 2", "instagram:bo"): 6}


def test_people_beside_one_another_have_a_row_each(tmp_path: Path) -> None:
    rows = [["Instagram people :)"], [None, None, "@daisy", None, "@purl", None, "ALL", None], ["What", "Went out", "Paid £", "Orders", "Paid £", "Orders", "Paid £", "Orders"],
            ["Sock kits", "5 Feb", 100, 5, 50, 6, 150, 11], ["Yarn club", "18 Mar", "-", None, 60, 7, 60, 7]]  # fmt: skip
    answer, outcomes, starts = imported(xlsx(tmp_path / "a.xlsx", rows), "--year", "2023")
    assert outcomes == {("Sock kits", "instagram:daisy"): 5, ("Sock kits", "instagram:purl"): 6, ("Yarn club", "instagram:purl"): 7}  # fmt: skip
    assert starts == {"Sock kits": "2023-02-05", "Yarn club": "2023-03-18"}
    assert "a row for each influencer: the columns below @daisy, @purl" in answer


@pytest.mark.parametrize(
    ("who", "orders", "kept"),
    [("Total campanha", 12, False), ("Subtotal Spring", 12, False), ("Total Gaming", 12, True), ("Total Gaming", 40, True)],
)  # fmt: skip
def test_a_row_that_begins_with_a_total_is_one_where_it_is_the_sum(
    tmp_path: Path, who: str, orders: int, kept: bool
) -> None:
    when = "2024-03-09" if kept and orders == 12 else ""
    rows = [HEADER, ["Spring", "Ann Lee", "2024-03-01", 1, 10, 5], ["Spring", "Bo Ray", "2024-03-02", 1, 10, 7], ["" if not kept else "Spring", who, when, 2, 25, orders]]  # fmt: skip
    rows[3][0] = "Spring" if kept else ""
    answer, outcomes, _ = imported(sheet(tmp_path / "a.csv", rows))
    assert (("Spring", f"instagram:{who.lower()}") in outcomes) is kept
    assert ("row 4 is one of totals" in answer) is not kept


def test_weeks_without_a_word_and_a_year_in_the_title(tmp_path: Path) -> None:
    rows = [["Campagnes 2024 – stand 3 feb 2025"], [], ["Wk", "Campagne", "Wie", "Vergoeding excl. btw", "Bestellingen"], ["wk 6", "Merel", "Fleur H", 100, 5], [15, "Merel 2", "Bram K", 100, 6]]  # fmt: skip
    _, outcomes, starts = imported(xlsx(tmp_path / "a.xlsx", rows))
    assert len(outcomes) == 2
    assert starts == {"Merel": "2024-02-05", "Merel 2": "2024-04-08"}


def test_somebody_asked_on_two_platforms_by_name_is_one(tmp_path: Path) -> None:
    header = [*HEADER, "Channel"]
    rows = [header, ["Spring", "Fleur Hage", "2024-03-01", 1, 10, 5, "Insta"], ["Fall", "Fleur Hage", "2024-09-01", 1, 10, 7, "TikTok"],
            ["Fall", "Ruth & Leo", "2024-09-01", 1, 10, 7, "TikTok"], ["Fall", "@ann", "2024-09-01", 1, 10, 7, "TikTok"]]  # fmt: skip
    path = sheet(tmp_path / "a.csv", rows)
    _, outcomes, _ = imported(path)
    assert {who for _, who in outcomes} == {"instagram:fleur hage", "instagram:ruth & leo", "tiktok:ann"}


REFUSED: dict[str, tuple[list[str], list[list[Any]]]] = {
    "ticks are no platform": (["Contract signed"], [["x"], [""], ["x"]]),
    "the brand's handle is nobody's": (["Account to tag"], [["@lumo"], ["@lumo"], ["@lumo"]]),
    "a flag is no fee": (["Paid"], [[1], [0], [1]]),
    "days of credit are no fee": (["Payment terms (days)"], [[30], [14], [30]]),
    "a deposit is no fee": (["Deposit paid"], [[300], [200], [100]]),
    "what was sent is not what came": (["Boxes sent"], [[2], [1], [1]]),
    "sign-ups are no orders": (["Link sign-ups"], [[125], [140], [90]]),
    "a shoot is no post": (["Shoot date"], [["2024-01-05"], ["2024-01-06"], ["2024-01-07"]]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_only_looks_like_it_changes_nothing(case: str, tmp_path: Path) -> None:
    header = ["Campaign", "Creator", "Posted", "Influencer fee", "Code orders"]
    rows = [["Spring", "Anna Bell", "2024-03-01", 1200, 5], ["Spring", "Bo Ray", "2024-03-02", 900, 6], ["Fall", "Anna Bell", "2024-09-01", 700, 7]]  # fmt: skip
    more, cells = REFUSED[case]
    plain, beside = tmp_path / "plain", tmp_path / "beside"
    plain.mkdir()
    beside.mkdir()
    _, outcomes, starts = imported(sheet(plain / "a.csv", [header, *rows]))
    wide = [[*header, *more], *([*row, *extra] for row, extra in zip(rows, cells, strict=True))]
    assert imported(sheet(beside / "a.csv", wide))[1:] == (outcomes, starts)
    told, right = (table(folder, "outcomes").drop(columns="read_at") for folder in (beside, plain))
    pd.testing.assert_frame_equal(told, right)
    assert outcomes == {("Spring", "instagram:anna bell"): 5, ("Spring", "instagram:bo ray"): 6, ("Fall", "instagram:anna bell"): 7}  # fmt: skip


def test_parts_of_conversions_are_added_up_where_only_the_part_differs(tmp_path: Path) -> None:
    header = [*HEADER[:-1], "Orders March", "Orders April"]
    _, outcomes, _ = imported(
        sheet(tmp_path / "a.csv", [header, ["Spring", "@a", "2024-03-01", 1, 10, 5, 300]])
    )
    assert outcomes == {("Spring", "instagram:a"): 305}
    folder = tmp_path / "countries"
    folder.mkdir()
    header = [*HEADER[:-1], "Orders UK", "Orders DE"]
    _, outcomes, _ = imported(
        sheet(folder / "a.csv", [header, ["Spring", "@a", "2024-03-01", 1, 10, 5, 300]])
    )
    assert outcomes == {("Spring", "instagram:a"): 305}


def test_a_number_of_a_person_stays_where_two_have_one_name(tmp_path: Path) -> None:
    rows = [["Campaign", "Creator ID", "Creator name", "Posted", "Orders"], ["Spring", 101, "Anna Bell", "2024-03-01", 5], ["Spring", 102, "Bo Ray", "2024-03-02", 6],
            ["Spring", 103, "Anna Bell", "2024-03-01", 7]]  # fmt: skip
    assert {who for _, who in imported(sheet(tmp_path / "a.csv", rows))[1]} == {"instagram:101", "instagram:102", "instagram:103"}  # fmt: skip


def test_who_has_no_handle_goes_by_the_name_beside_it(tmp_path: Path) -> None:
    rows = [["Campaign", "Creator", "Handle", "Posted", "Orders"], *(["Spring", f"Person No {n}", f"@p{n}" if n < 65 else "", "2024-03-01", n] for n in range(70))]  # fmt: skip
    _, outcomes, _ = imported(sheet(tmp_path / "a.csv", rows))
    assert len(outcomes) == 70
    assert ("Spring", "instagram:p3") in outcomes
    assert ("Spring", "instagram:person no 69") in outcomes


def test_average_said_of_somebody_is_no_total(tmp_path: Path) -> None:
    header = ["Campaign", "Creator", "Posted", "Fee", "Orders", "Performance"]
    rows = [header, ["Spring", "@a", "2024-03-01", 100, 5, "good"], ["", "@b", "2024-03-02", 100, 6, "Average"], ["", "@c", "2024-03-02", 100, 60, "great"]]  # fmt: skip
    assert len(imported(sheet(tmp_path / "a.csv", rows))[1]) == 3


def test_a_name_that_ends_like_an_average_stays_where_but_one_column_adds_up(tmp_path: Path) -> None:
    rows = [HEADER, ["Spring", "Anna Bell", "2024-03-01", 1, 100, 5], ["Spring", "Bo Ray", "2024-03-02", 1, 150, 6], ["Spring", "Bright Media", "2024-03-02", 2, 400, 90]]  # fmt: skip
    assert ("Spring", "instagram:bright media") in imported(sheet(tmp_path / "a.csv", rows))[1]


def test_everybody_beside_one_another_is_read_with_a_handle_or_without(tmp_path: Path) -> None:
    rows = [[None, None, "@daisy", None, "@purl", None, "anna_bell", None], ["Campaign", "Posted", "Fee", "Orders", "Fee", "Orders", "Fee", "Orders"],
            ["Sock kits", "2024-03-01", 100, 5, 50, 6, 70, 40]]  # fmt: skip
    assert {who for _, who in imported(xlsx(tmp_path / "a.xlsx", rows))[1]} == {"instagram:daisy", "instagram:purl", "instagram:anna_bell"}  # fmt: skip


def test_after_totals_an_empty_campaign_is_nobodys(tmp_path: Path) -> None:
    rows = [HEADER, ["Spring", "@a", "2024-03-01", 1, 10, 5], ["", "@b", "2024-03-02", 1, 10, 6], ["Total", "", "", 2, 20, 11], ["", "@d", "2024-09-01", 1, 10, 7]]  # fmt: skip
    answer, outcomes, _ = imported(sheet(tmp_path / "a.csv", rows))
    assert outcomes == {("Spring", "instagram:a"): 5, ("Spring", "instagram:b"): 6}
    assert "campaign_id is missing" in answer


@pytest.mark.parametrize(("column", "end"), [("Date", "2024-03-02"), ("Data X", "2024-04-01")])
def test_a_date_that_says_nothing_more_gets_a_month(tmp_path: Path, column: str, end: str) -> None:
    rows = [["Campaign", "Creator", column, "Fee", "Orders"], ["Spring", "@a", "2024-03-01", 10, 5], ["Spring", "@b", "2024-03-02", 10, 6]]  # fmt: skip
    imported(sheet(tmp_path / "a.csv", rows))
    (campaign,) = table(tmp_path, "campaigns").itertuples()
    assert str(campaign.ends_at)[:10] == end
