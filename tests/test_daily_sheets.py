"""Workbooks with a column of conversions for each day: those of a campaign's days are added up to its outcomes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from .sources import rows_in, run
from .workbooks import xlsx

DAYS = [date(2024, 3, day) for day in (11, 12, 13, 14)]
CONVERSIONS: list[list[Any]] = [
    ["Influencer", *DAYS, "Total"],
    ["@bea", 4, 7, 0, 1, 12],
    ["@gus", 0, None, 2, None, 2],
    ["Total", 4, 7, 2, 1, 14],
]
POSTS: list[list[Any]] = [
    ["Influencer", "Date", "Followers", "Cost", "Likes", "Comments", "Shares", "Clicks"],
    ["@bea", DAYS[0], 52_300, 600, 300, 12, 4, 40],
    ["@gus", DAYS[1], 9_100, 150, 80, 3, 1, 9],
]


def bring(path: Path, *options: str, command: str = "results") -> tuple[int, str, Path]:
    out = path.parent / "out"
    made = (str(out), "--yes", "--read-at", "2024-12-01", "--platform", "instagram", *options)
    code, said = run("import", command, str(path), *made)
    return code, " ".join(said.split()), out


def outcomes(out: Path) -> dict[tuple[str, str], float]:
    return {
        (row["campaign_id"], row["influencer_id"].partition(":")[2]): row["conversions"]
        for row in rows_in(out, "outcomes")
    }


def spans(out: Path) -> dict[str, tuple[str, str]]:
    return {
        row["campaign_id"]: (row["starts_at"][:10], row["ends_at"][:10]) for row in rows_in(out, "campaigns")
    }


def test_without_a_campaign_the_import_asks_for_its_name_and_says_what_it_would_be(tmp_path: Path) -> None:
    code, said, _ = bring(
        xlsx(tmp_path / "book.xlsx", [["Contact: team"]], Conversions=CONVERSIONS, Posts=POSTS)
    )
    assert code != 0
    assert "No column is campaign_id" in said
    assert "from the first to the last: 2024-03-11 to 2024-03-14" in said
    assert "--set campaign_id=VALUE" in said


def test_a_campaign_that_is_named_alone_runs_from_the_first_to_the_last_day(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "book.xlsx", [["Contact: team"]], Conversions=CONVERSIONS, Posts=POSTS)
    code, said, out = bring(path, "--set", "campaign_id=spring")
    assert code == 0, said
    assert outcomes(out) == {("spring", "bea"): 12, ("spring", "gus"): 2}
    assert spans(out) == {"spring": ("2024-03-11", "2024-03-14")}
    assert "nothing says when it was, so it runs from the first to the last" in said
    assert "not read: book.xlsx:Posts: a row a post, with its counts: `suasion import csv` reads it" in said
    assert "book.xlsx:Posts: guessed" not in said
    code, said, out = bring(path, command="csv")
    assert code == 0, said
    assert len(rows_in(out, "posts")) == 2
    assert {row["author_id"] for row in rows_in(out, "posts")} == {"instagram:bea", "instagram:gus"}


def test_days_outside_the_campaign_that_the_user_tells_do_not_count(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "book.xlsx", [["Contact: team"]], Conversions=CONVERSIONS)
    line = "--set campaign_id=spring --set starts_at=2024-03-12 --set ends_at=2024-03-13".split()  # noqa: SIM905
    code, said, out = bring(path, *line)
    assert code == 0, said
    assert outcomes(out) == {("spring", "bea"): 7, ("spring", "gus"): 2}
    assert spans(out) == {"spring": ("2024-03-12", "2024-03-13")}
    code, said, _ = bring(path, *line[:2], "--set", "starts_at=2024-05-01", "--set", "ends_at=2024-05-09")
    assert code != 0
    assert (
        "None of the columns 2024-03-11 to 2024-03-14 lies in a campaign from 2024-05-01 to 2024-05-09"
        in said
    )


TWO: list[list[Any]] = [
    ["Campaign", "Influencer", *DAYS],
    ["early", "@bea", 4, 7, 0, 1],
    ["late", "@bea", 1, 2, 3, 4],
    ["late", "@gus", None, None, None, 5],
]
WHEN: list[list[Any]] = [
    ["Campaign", "Start", "End", "Brief"],
    ["early", DAYS[0], DAYS[1], "Iced coffee"],
    ["late", DAYS[2], date(2024, 3, 20), "Hot coffee"],
]


@pytest.mark.parametrize("beside", ["same workbook", "file given with it", "imported before", "columns"])
def test_each_row_takes_the_days_of_its_campaign(beside: str, tmp_path: Path) -> None:
    book, other = tmp_path / "Conversions by day.xlsx", tmp_path / "when.xlsx"
    paths = [book]
    if beside == "same workbook":
        xlsx(book, [["Contact: team"]], Conversions=TWO, Campaigns=WHEN)
    elif beside == "columns":
        edges = {row[0]: row[1:3] for row in WHEN}
        xlsx(book, [[*edges[row[0]], *row] for row in TWO])
    else:
        xlsx(book, TWO)
        xlsx(other, WHEN)
        paths = [book, other] if beside == "file given with it" else [book]
    out = tmp_path / "out"
    if beside == "imported before":
        code, said = run("import", "csv", str(other), str(out), "--table", "campaigns", "--yes")
        assert code == 0, said
    code, said = run("import", "results", *map(str, paths), str(out), "--yes", "--platform", "instagram")
    assert code == 0, said
    assert outcomes(out) == {("early", "bea"): 11, ("late", "bea"): 7, ("late", "gus"): 5}
    assert spans(out) == {"early": ("2024-03-11", "2024-03-12"), "late": ("2024-03-13", "2024-03-20")}
    if beside != "columns":
        assert "they do not hold all of late from 2024-03-13 to 2024-03-20" in " ".join(said.split())


def test_the_only_campaign_that_is_known_is_that_of_all_rows(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "book.xlsx", [["Contact: team"]], Conversions=CONVERSIONS, Campaigns=WHEN[:2])
    code, said, out = bring(path)
    assert code == 0, said
    assert outcomes(out) == {("early", "bea"): 11, ("early", "gus"): 0}


def test_of_several_campaigns_that_are_known_a_sheet_has_to_say_which(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "book.xlsx", [["Contact: team"]], Conversions=CONVERSIONS, Campaigns=WHEN)
    code, said, out = bring(path)
    assert "which campaign that is, nothing says: early, late are known (--set campaign_id=NAME)" in said
    assert not (out / "outcomes").exists()
    code, said, out = bring(path, "--set", "campaign_id=early")
    assert code == 0, said
    assert outcomes(out) == {("early", "bea"): 11, ("early", "gus"): 0}


def test_months_count_where_they_lie_in_the_campaign_and_are_set_aside_where_they_are_cut(
    tmp_path: Path,
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("Influencer,Jan 2024,Feb 2024,Mar 2024\n@bea,4,7,1\n@gus,,ask,3\n")
    spring = ("--set", "campaign_id=winter", "--set", "starts_at=2024-01-01")
    code, said, out = bring(path, *spring, "--set", "ends_at=2024-02-29")
    assert code == 0, said
    assert outcomes(out) == {("winter", "bea"): 11}
    assert "Feb 2024: no whole number" in said
    code, said, _ = bring(path, *spring, "--set", "ends_at=2024-02-15")
    assert "Feb 2024: partly outside its campaign" in said


def test_a_year_of_days_and_thousands_are_added_up(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    days = [date.fromordinal(date(2024, 1, 1).toordinal() + n) for n in range(200)]
    path.write_text(
        "Influencer;" + ";".join(f"{day:%d.%m.%Y}" for day in days) + "\n@bea;1.234" + ";1" * 199 + "\n"
    )
    code, said, out = bring(path, "--set", "campaign_id=always")
    assert code == 0, said
    assert outcomes(out) == {("always", "bea"): 1_433}
    assert spans(out) == {"always": ("2024-01-01", "2024-07-18")}


def test_another_import_says_which_command_adds_them_up(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "book.xlsx", POSTS, Conversions=CONVERSIONS)
    code, said, _ = bring(path, command="csv")
    assert code == 0, said
    assert (
        "book.xlsx:Conversions: a column of conversions for each day: `suasion import results` adds them up"
        in said
    )


@pytest.mark.parametrize(("other", "who"), [("Instagram", "instagram:bea"), ("TikTok", "bea")])
def test_names_of_a_workbook_whose_posts_are_on_one_platform_are_accounts_there(
    other: str, who: str, tmp_path: Path
) -> None:
    posts = [[*row, site] for row, site in zip(POSTS, ["Platform", "Instagram", other], strict=True)]
    book = [
        [*(cell.removeprefix("@") if isinstance(cell, str) else cell for cell in row)] for row in CONVERSIONS
    ]
    path = xlsx(tmp_path / "book.xlsx", [["Contact: team"]], Conversions=book, Posts=posts)
    out = tmp_path / "out"
    code, said = run("import", "results", str(path), str(out), "--yes", "--set", "campaign_id=spring")
    assert code == 0, said
    assert who in {row["influencer_id"] for row in rows_in(out, "outcomes")}


def test_days_that_can_be_read_in_two_ways_are_asked(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("Influencer,01/03/2024,02/03/2024\nbea,1,2\n")
    code, said, _ = bring(path, "--set", "campaign_id=spring")
    assert code != 0
    assert "can be read in two ways" in said
    code, said, out = bring(path, "--set", "campaign_id=spring", "--dates", "dmy")
    assert code == 0, said
    assert spans(out) == {"spring": ("2024-03-01", "2024-03-02")}


def test_other_numbers_a_day_are_no_conversions(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "conversions.xlsx", [["Contact: team"]], Revenue=CONVERSIONS)
    code, said, _ = bring(path, "--set", "campaign_id=spring")
    assert code != 0
    assert "conversions.xlsx:Revenue: No column is starts_at or conversions" in said
