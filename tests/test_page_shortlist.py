"""Ticks of the page: in the address, in the sum, and in the files to hand on."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from openpyxl import load_workbook

from suasion.serving.http.limits import Guard
from suasion.serving.page.shortlist import COLUMNS, _harmless, as_csv, as_sheet
from suasion.serving.page.view import View

from .quick import PricedSession, ask, opened, serve, write

ROW: dict[str, Any] = {
    "place": 3, "handle": "@anna", "influencer_id": "a", "platform": "x", "followers": 1200.0, "fee": 500.0,
    "exposure": 1.0, "expected_conversions": 8.25, "low": 2.0, "high": None, "cost_per_conversion": 60.6, "factors": {"relevance": 2.0, "momentum": 0.5},
}  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guard]:
    with opened(write(tmp_path_factory.mktemp("ticked")), session=PricedSession) as engine:
        yield serve(engine)[0]


def rows_in(app: Guard, query: str) -> list[dict[str, str]]:
    answer = ask(app, "GET", f"/campaigns/c03/shortlist.csv{query}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_ticks_are_in_the_page_in_its_links_and_summed() -> None:
    assert View(pick=["b", "a"]).address(sort="fee") == "?sort=fee&pick=b&pick=a"


def test_ticks_stand_wherever_the_page_leads(app: Guard) -> None:
    html = unescape(ask(app, "GET", "/campaigns/c03?pick=i02&pick=i55&pick=@anna&pick=nobody&search=i0").text)
    assert re.findall(r'value="(i\d\d)"[^>]* checked>', html) == ["i01", "i02"]
    # i55 is not on this page: it goes along unseen.
    assert re.findall(r'<input type="hidden" name="pick" value="([^"]*)"', html) == ["i55"]
    expected = 60**0.5 + 59**0.5 + 6**0.5
    assert f"3 people · 6,100 in fees · about {expected:.3g} conversions" in html
    links = [link for link in re.findall(r'href="(\?[^"]*)"', html) if "sort=" in link]
    assert links
    assert all("pick=i02&pick=i55" in link for link in links)
    assert "/campaigns/c03/influencers/i00?search=i0&pick=i02" in html
    person = unescape(ask(app, "GET", "/campaigns/c03/influencers/i00?search=i0&pick=i02&before=").text)
    assert 'href="/campaigns/c03?search=i0&pick=i02"' in person


def test_a_link_shows_just_those_ticked_with_their_places(app: Guard) -> None:
    html = ask(app, "GET", "/campaigns/c03?pick=i40&pick=i07&only=picked").text
    assert re.findall(r'"rank">(\d+)<', html) == ["8", "41"]
    assert "2 of 60 candidates: those ticked." in html


@pytest.mark.parametrize(
    ("query", "who"),
    [
        ("?pick=i40&pick=i07", ["i07", "i40"]), ("?pick=i40&pick=i07&sort=fee", ["i40", "i07"]), ("?pick=i40&search=nobody", ["i40"]),
        ("?most_fee=300", ["i00", "i01", "i02"]), ("?search=anna", ["i01"]), ("?paste=i09,i08", ["i08", "i09"]), ("?pick=nobody", []),
    ],
)  # fmt: skip
def test_a_file_holds_those_ticked_or_where_nobody_is_those_the_filters_leave(
    query: str, who: list[str], app: Guard
) -> None:
    assert [row["influencer_id"] for row in rows_in(app, query)] == who


def test_without_ticks_and_filters_a_file_holds_everybody(app: Guard) -> None:
    rows = rows_in(app, "?page=2")
    assert [int(row["place"]) for row in rows] == list(range(1, 61))
    assert list(rows[0]) == list(COLUMNS)
    one = rows[1]
    assert (one["handle"], one["fee"], one["followers"]) == ("Anna", "200.0", "2000.0")
    assert float(one["forecast"]) * float(one["cost_per_conversion"]) == pytest.approx(200)
    assert one["why"].startswith("frequency ×")


def test_a_sheet_has_numbers_as_numbers_and_texts_as_texts(app: Guard) -> None:
    answer = ask(app, "GET", "/campaigns/c03/shortlist.xlsx?pick=i01")
    assert answer.headers["content-disposition"].endswith('.xlsx"')
    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["Shortlist", "How to read"]
    heading, one, together = book["Shortlist"].iter_rows()
    assert [cell.value for cell in heading] == list(COLUMNS)
    told = dict(zip(COLUMNS, one, strict=True))
    assert (told["place"].value, told["handle"].value, told["fee"].value) == (2, "Anna", 200)
    assert told["fee"].number_format == "#,##0"
    below = dict(zip(COLUMNS, (cell.value for cell in together), strict=True))
    assert {name: value for name, value in below.items() if value} == {
        "handle": "together",
        "fee": "=SUM(G2:G2)",
        "forecast": "=SUM(H2:H2)",
    }
    said = [cell.value for cell in book["How to read"]["B"]]
    assert said[-3] == f"1 person · 200 in fees · about {60**0.5:.3g} conversions"
    assert said[-2] == f"c03: brief 3; as of 2023-06-01; model {'b' * 12}."
    assert book["Shortlist"].freeze_panes == "A2"


def test_a_sheet_says_within_what_limits_it_was_planned_and_names_nobody_left_out(app: Guard) -> None:
    query = "?pick=i01&budget=900&must=i01&never=i00,i03&asks=i02%3D50&fee=70&platform=tiktok"
    told = load_workbook(io.BytesIO(ask(app, "GET", f"/campaigns/c03/shortlist.xlsx{query}").content))
    said = [cell.value for cell in told["How to read"]["B"]][-2]
    assert said == (
        "c03: brief 3; budget 900; on tiktok; 1 must have; 2 left out; tried for everybody: 70 each; another fee tried for 1; "
        f"as of 2023-06-01; model {'b' * 12}."
    )


def test_what_would_run_in_a_spreadsheet_does_not() -> None:
    row = {**ROW, "handle": '=cmd|"/C calc"!A0', "influencer_id": "a\x00b"}
    text = as_csv([row]).decode("utf-8-sig")
    assert next(csv.DictReader(io.StringIO(text)))["handle"] == '\'=cmd|"/C calc"!A0'
    cells = dict(
        zip(
            COLUMNS, list(load_workbook(io.BytesIO(as_sheet([row])))["Shortlist"].iter_rows())[1], strict=True
        )
    )
    assert (cells["handle"].value, cells["handle"].data_type) == ('=cmd|"/C calc"!A0', "s")
    assert cells["influencer_id"].value == "ab", "what a sheet cannot hold is left away"
    assert cells["high"].value is None


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("@anna", "@anna"), ("-1", "-1"), ("+49", "+49"), ("a=b", "a=b"), ("", ""), (-1.5, -1.5), (None, None),
        ("=1", "'=1"), ("\tx", "'\tx"), ("\rx", "'\rx"), ("+cmd|x", "'+cmd|x"), ("-a(b", "'-a(b"), ("@a!b", "'@a!b"),
        ("+a\n(b", "'+a\n(b"), ("x;=1", "'x;=1"), ("x;y", "x;y"),
    ],
)  # fmt: skip
def test_a_cell_that_would_run_gets_an_apostrophe(value: Any, cell: Any) -> None:
    assert _harmless(value) == cell
