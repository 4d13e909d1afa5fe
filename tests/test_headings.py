"""Campaigns in headings, years in the names of sheets, and what of it is no campaign."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from openpyxl.worksheet.worksheet import Worksheet

from suasion.serving.cli.main import suasion

from .workbooks import text, xlsx

HEADER = ["Creator", "Posts", "Fee", "Orders"]


def imported(file: Path, *options: str) -> tuple[str, dict[tuple[str, str], float], dict[str, str]]:
    """Return the answer, the conversions by campaign and influencer, and the starts by campaign."""
    data = file.parent / "data"
    line = ["import", "results", str(file), str(data), "--platform", "instagram", "--yes", *options]
    answer = CliRunner().invoke(suasion, line, env={"COLUMNS": "200"})
    tables = {one.parent.name: pd.read_parquet(one.parent) for one in data.glob("*/*.parquet")}
    outcomes = tables.get("outcomes", pd.DataFrame())
    campaigns = tables.get("campaigns", pd.DataFrame())
    return (
        f"{answer.output}{answer.exception or ''}",
        {(one.campaign_id, one.influencer_id): one.conversions for one in outcomes.itertuples()},
        {one.campaign_id: str(one.starts_at)[:10] for one in campaigns.itertuples()},
    )


def test_a_heading_above_a_header_that_is_repeated_names_the_campaign(tmp_path: Path) -> None:
    rows = [
        ["Spring (3 Mar 2024)"],
        HEADER,
        ["@anna", 1, 100, 5],
        [],
        ["May 2024"],
        HEADER,
        ["@anna", 2, 150, 7],
    ]
    _, outcomes, starts = imported(xlsx(tmp_path / "a.xlsx", rows))
    assert outcomes == {("Spring (3 Mar 2024)", "instagram:anna"): 5, ("May 2024", "instagram:anna"): 7}
    assert starts == {"Spring (3 Mar 2024)": "2024-03-03", "May 2024": "2024-05-01"}


def test_a_note_is_no_heading_where_a_column_says_the_campaign(tmp_path: Path) -> None:
    rows = [["Campaign", "Dates", *HEADER], ["booked by phone"], ["spring", "2024-03-01", "@anna", 1, 100, 5]]
    answer, outcomes, _ = imported(xlsx(tmp_path / "a.xlsx", rows))
    assert outcomes == {("spring", "instagram:anna"): 5}
    assert "is a note: booked by phone" in answer


def test_one_title_above_all_rows_is_asked_for_the_campaign(tmp_path: Path) -> None:
    rows = [["Influencer marketing March 2024"], HEADER, ["@anna", 1, 100, 5], ["net of VAT"]]
    answer, outcomes, _ = imported(xlsx(tmp_path / "a.xlsx", rows))
    assert not outcomes
    assert "--set campaign_id=VALUE" in answer
    _, outcomes, starts = imported(xlsx(tmp_path / "a.xlsx", rows), "--set", "campaign_id=spring")
    assert (outcomes, starts) == ({("spring", "instagram:anna"): 5}, {"spring": "2024-03-01"})


@pytest.mark.parametrize("titles", [("Plan", "Ist"), ("Instagram", "TikTok")])
def test_groups_of_columns_that_are_no_campaigns_are_not_read_as_such(
    tmp_path: Path, titles: tuple[str, str]
) -> None:
    upper = [None, titles[0], None, None, titles[1], None, None]
    rows = [upper, [*HEADER, *HEADER[1:]], ["@anna", 1, 100, 5, 1, 100, 7]]
    answer, outcomes, _ = imported(xlsx(tmp_path / "a.xlsx", rows), "--set", "starts_at=2024-03-01")
    assert not outcomes
    assert "No column is campaign_id" in answer


def test_groups_of_a_text_leave_totals_out(tmp_path: Path) -> None:
    upper = ["Creator", "March 2024", "", "April 2024", "", "Total", ""]
    rows = [upper, ["", *["Posts", "Orders"] * 3], ["@anna", 1, 5, 2, 7, 3, 12], ["@bo", "", "", 1, 4, 1, 4]]
    file = tmp_path / "a.csv"
    file.write_text(text(rows))
    _, outcomes, starts = imported(file)
    assert outcomes == {
        ("March 2024", "instagram:anna"): 5,
        ("April 2024", "instagram:anna"): 7,
        ("April 2024", "instagram:bo"): 4,
    }
    assert starts == {"March 2024": "2024-03-01", "April 2024": "2024-04-01"}


def test_the_users_year_goes_before_that_of_the_sheets_name(tmp_path: Path) -> None:
    rows = [["Campaign", "Start", *HEADER], ["spring", "'3.4.", "@anna", 1, 100, 5]]
    more = {"2023": [rows[0], ["spring", "3.4.", "@anna", 1, 100, 5]]}
    file = xlsx(tmp_path / "a.xlsx", [["nothing here"]], **more)
    assert imported(file)[2] == {"spring": "2023-04-03"}
    (tmp_path / "again").mkdir()
    assert imported(xlsx(tmp_path / "again" / "a.xlsx", [["x"]], **more), "--year", "2024")[2] == {
        "spring": "2024-04-03"
    }


def test_a_day_beside_a_word_for_dates_above_the_table_may_be_that_of_the_export(tmp_path: Path) -> None:
    rows = [["Campaign:", "spring"], ["Date:", "2024-05-03"], [], HEADER, ["@anna", 1, 100, 5]]
    answer, outcomes, _ = imported(xlsx(tmp_path / "a.xlsx", rows))
    assert not outcomes
    assert "No column is starts_at" in answer
    rows[1] = ["Dates:", "3-17 March 2024"]
    assert imported(xlsx(tmp_path / "a.xlsx", rows))[2] == {"spring": "2024-03-03"}


@pytest.mark.parametrize(
    ("who", "right"), [("Anna Bee", "instagram:anna.bee"), ("bo.fit", "instagram:bo.fit")]
)
def test_an_address_beside_says_the_account_of_a_name_and_not_of_a_handle(
    tmp_path: Path, who: str, right: str
) -> None:
    rows = [
        ["Campaign", "Dates", *HEADER, "Found through"],
        ["spring", "3-17 March 2024", who, 1, 100, 5, "https://www.instagram.com/anna.bee/"],
    ]
    assert imported(xlsx(tmp_path / "a.xlsx", rows))[1] == {("spring", right): 5}


def test_names_of_campaigns_that_all_hold_a_time_say_when_they_were(tmp_path: Path) -> None:
    rows = [
        ["Campaign", *HEADER],
        ["Easter 25.–31.03.2024", "@anna", 1, 100, 5],
        ["May 2024", "@anna", 1, 100, 7],
    ]
    starts = {"Easter 25.–31.03.2024": "2024-03-25", "May 2024": "2024-05-01"}
    assert imported(xlsx(tmp_path / "a.xlsx", rows))[2] == starts
    (tmp_path / "one").mkdir()
    rows[1][0] = "Easter"
    answer, outcomes, _ = imported(xlsx(tmp_path / "one" / "a.xlsx", rows))
    assert not outcomes
    assert "No column is starts_at" in answer


MONTHS = [
    [None, None, "maart 2024", None, None, "april 2024", None, None, "Totaal", None, None],
    ["Creator", "Wie @", *["Berichten", "Kosten", "Bestellingen"] * 3],
    ["Anna Bee", "@anna", 2, 100, 5, None, None, "–", 2, 100, 5],
    ["Bo Ray", "@bo", None, None, "–", 1, 80, 4, 1, 80, 4],
]


def test_a_group_with_signs_for_nothing_is_no_row_and_sums_are_named(tmp_path: Path) -> None:
    answer, outcomes, _ = imported(xlsx(tmp_path / "a.xlsx", MONTHS))
    assert outcomes == {("maart 2024", "instagram:anna"): 5, ("april 2024", "instagram:bo"): 4}
    assert "set aside:" not in answer
    assert "those below Totaal are sums, and not read" in answer


def test_columns_of_groups_are_guessed_by_their_cells(tmp_path: Path) -> None:
    imported(xlsx(tmp_path / "a.xlsx", MONTHS))
    outcomes = pd.read_parquet(tmp_path / "data" / "outcomes")
    assert {*outcomes["exposure"]} == {1, 2}


@pytest.mark.parametrize(
    ("cents", "orders", "left"), [("20,02", 11, True), ("20,30", 11, False), ("20,02", 12, False)]
)
def test_decimals_that_were_rounded_off_leave_a_row_one_of_totals(
    tmp_path: Path, cents: str, orders: int, left: bool
) -> None:
    rows = [["Campaign", "Start", *HEADER], ["Spring", "2024-03-01", "@anna", 1, "10,00", 5], ["Spring", "2024-03-01", "@bo", 1, "10,01", 6], ["Total Spring", "", "", "", cents, orders]]  # fmt: skip
    answer, outcomes, _ = imported(xlsx(tmp_path / "a.xlsx", rows))
    assert len(outcomes) == 2
    assert ("row 4 is one of totals" in answer) is left


@pytest.mark.parametrize("header", ["IG-Name", "@", "Persona"])
def test_handles_beside_names_say_who_it_is_whatever_they_are_called(tmp_path: Path, header: str) -> None:
    rows = [["Campaign", "Start", "Creator", header, "Manager handle", "Orders"], ["spring", "2024-03-01", "Anna Bee", "@anna", "@m1", 5], ["spring", "2024-03-01", "Bo Ray", "@bo", "@m2", 6]]  # fmt: skip
    _, outcomes, _ = imported(xlsx(tmp_path / "a.xlsx", rows))
    assert outcomes == {("spring", "instagram:anna"): 5, ("spring", "instagram:bo"): 6}


WORDS = ("Summa", "Totalt", "I alt", "Yhteensä", "Toplam", "Genel toplam", "Итого", "Łącznie", "Součet", "合計", "总计", "합계", "المجموع", "Genomsnitt")  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_a_total_is_nobody_in_any_language_of_headers(tmp_path: Path, word: str) -> None:
    rows = [["Campaign", "Start", *HEADER], ["spring", "2024-03-01", "@anna", 1, 100, 5], ["spring", "2024-03-01", "@bo", 2, 50, 6], ["spring", "2024-03-01", word, 3, 150, 11]]  # fmt: skip
    answer, outcomes, _ = imported(xlsx(tmp_path / "a.xlsx", rows))
    assert len(outcomes) == 2
    assert "row 4 is one of totals" in answer


def test_addresses_under_cells_that_say_the_same_tell_people_apart(tmp_path: Path) -> None:
    def link(page: Worksheet) -> None:
        page["D2"].hyperlink, page["D3"].hyperlink = (
            f"https://www.instagram.com/{who}/" for who in ("anna", "bo")
        )

    rows = [["Campaign", "Start", "Name", "Insta-Profil", "Orders"], ["spring", "2024-03-01", "Anna Bee", "Profil", 5], ["spring", "2024-03-01", "Bo Ray", "Profil", 6]]  # fmt: skip
    _, outcomes, _ = imported(xlsx(tmp_path / "a.xlsx", rows, link))
    assert outcomes == {("spring", "instagram:anna"): 5, ("spring", "instagram:bo"): 6}


def test_what_heads_several_columns_is_the_name_of_none(tmp_path: Path) -> None:
    rows = [[None, None, None, "Honorar", None, "Ergebnis", None], ["Aktion", "Zeitraum", "Wer", "Budget", "Ausgezahlt", "Swipe-ups", "Newsletter-Anmeldungen"],
            ["Mai", "1.5.2024", "@anna", 100, 90, 300, 5], ["Mai", "1.5.2024", "@bo", 100, 90, 400, 6]]  # fmt: skip
    answer, outcomes, _ = imported(xlsx(tmp_path / "a.xlsx", rows))
    assert outcomes == {("Mai", "instagram:anna"): 5, ("Mai", "instagram:bo"): 6}
    assert re.search(r"Ausgezahlt +fee", answer)


def test_a_discount_may_be_written_below_nothing(tmp_path: Path) -> None:
    rows = [["Campagna", "Dal", "Chi", "Sconto", "Ordini"], ["Estate", "3.6.2024", "@anna", "-15%", 5], ["Estate", "3.6.2024", "@bo", "20 %", 6], ["Totale complessivo", None, None, None, 11]]  # fmt: skip
    answer, outcomes, _ = imported(xlsx(tmp_path / "a.xlsx", rows))
    assert [*pd.read_parquet(tmp_path / "data" / "outcomes")["discount"]] == [0.15, 0.2]
    assert "row 4 is one of totals" in answer
    assert len(outcomes) == 2
