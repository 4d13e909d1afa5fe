"""Sheets as people make them, each with the values it holds worked out by hand: nothing is glued, lost or guessed in silence."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from suasion.features.tables.open import open_tables

from .sources import rows_in, run
from .workbooks import END, HEADER, START, numbers, ods, row, text, xls, xlsx

Make = Callable[[Path], Path]
Values = dict[str, dict[str, float | None]]


def csv(content: str, name: str = "past.csv", encoding: str = "utf-8") -> Make:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content.encode(encoding))
        return folder / name

    return make


def rows(*lines: list[Any], header: list[str] = HEADER, between: str = ",") -> str:
    return text([header, *lines], between)


def bring(folder: Path, make: Make, *options: str) -> tuple[int, str, Path]:
    out = folder / "out"
    code, told = run(
        "import", "results", str(make(folder)), str(out), "--yes", "--read-at", "2024-12-01", *options
    )
    return code, " ".join(told.split()), out


def outcomes(out: Path) -> dict[str, dict[str, Any]]:
    return {one["influencer_id"]: one for one in rows_in(out, "outcomes")}


def agree(out: Path, values: Values) -> None:
    found = outcomes(out)
    assert set(found) == set(values)
    for who, told in values.items():
        assert {name: found[who].get(name) for name in told} == told, who


GERMAN = """Kampagnenreport Frühling;;;;;;;
;;;;;;;
Kampagne;Marke;Beginn;Ende;Influencer;Honorar;Bestellungen;Umsatz
Spring;acme;01.03.2024;15.03.2024;müller.café;1.200,00 €;12;1.369,50 €
Spring;acme;01.03.2024;15.03.2024;bert;300,- €;3;90,5 €
Summe;;;;;1.500,00 €;15;1.460,00 €
* Umsatz brutto;;;;;;;
"""
GERMAN_VALUES: Values = {
    "müller.café": {"fee": 1200, "conversions": 12, "revenue": 1369.5},
    "bert": {"fee": 300, "conversions": 3, "revenue": 90.5},
}
AMERICAN = """Campaign Name,Client,Start Date,End Date,Creator,Deliverables,Cost,Orders,Sales Value,Discount,Notes
"Cold brew, spring",acme,3/1/2024,3/15/2024,@Anna,2,"$1,299.00",12,$480.50,15%,great
"Cold brew, spring",acme,3/1/2024,3/15/2024,bert,1,$300,"1,012","$2,090.00",20%,
Grand Total,,,,,3,"$1,599.00","1,024","$2,570.50",,
"""
MONTHS = "Campagne;Début;Fin;Influenceur;Coût;Ventes\nprintemps;1er mars 2024;15 mars 2024;zoé;1 234,5;12\nété;2 août 2024;dimanche 15 déc. 2024;bo;100;3\n"

WHOLE: dict[str, tuple[Make, tuple[str, ...], Values]] = {
    # Two that come in whole without options: a German and an American one.
    "german": (csv(GERMAN, encoding="cp1252"), (), GERMAN_VALUES),
    "american": (
        csv(AMERICAN, encoding="utf-8-sig"),
        (),
        {
            "anna": {"exposure": 2, "fee": 1299, "conversions": 12, "revenue": 480.5, "discount": 0.15},
            "bert": {"fee": 300, "conversions": 1012, "revenue": 2090, "discount": 0.2},
        },
    ),
    "mac roman": (csv(GERMAN, encoding="mac_roman"), (), GERMAN_VALUES),
    "UTF-16 with its mark": (csv(GERMAN.replace(";", "\t"), encoding="utf-16"), (), GERMAN_VALUES),
    "UTF-16 without": (
        csv("\n".join(GERMAN.splitlines()[2:]).replace(";", "\t"), encoding="utf-16-le"),
        (),
        GERMAN_VALUES,
    ),
    "pipes": (csv(GERMAN.replace(";", "|"), "past.txt"), (), GERMAN_VALUES),
    "Excel's own line of the separator": (
        csv("sep=;\n" + rows(row(), between=";")),
        (),
        {"anna": {"fee": 100}},
    ),
    "Excel 97": (
        lambda folder: xls(folder / "past.xls"),
        (),
        {"müller.café": {"conversions": 12, "revenue": 480.5}, "bo": {"conversions": 3, "revenue": 90}},
    ),
    "OpenDocument": (
        lambda folder: ods(folder / "past.ods", {"A": [HEADER, row()], "B": [["notes"], ["x"]]}),
        (),
        {"anna": {"conversions": 12, "revenue": 300}},
    ),
    "Switzerland": (
        csv(
            rows(row(fee="Fr. 1'234.50", revenue="CHF 12’000.–"), row("bo", fee="250.-", revenue="1'000")),
            encoding="utf-8",
        ),
        (),
        {"anna": {"fee": 1234.5, "revenue": 12000}, "bo": {"fee": 250, "revenue": 1000}},
    ),
    "spaces that do not break": (
        csv(rows(row(fee="1\u00a0234,5", revenue="1\u202f234\u202f567,25"), row("bo", fee="\u221250"))),
        (),
        {"anna": {"fee": 1234.5, "revenue": 1234567.25}, "bo": {"fee": None, "revenue": 300}},
    ),
    "full-width digits": (
        csv(rows(row(orders="１２", fee="￥１，２００"))),
        (),
        {"anna": {"conversions": 12, "fee": 1200}},
    ),
    "thousands and millions by word": (
        csv(rows(row(fee="1.2k", revenue="1.2 Mio"), row("bo", fee="€ 10k", revenue="TEUR 3"))),
        (),
        {"anna": {"fee": 1200, "revenue": 1200000}, "bo": {"fee": 10000, "revenue": 3000}},
    ),
    "nothing, as people write it": (
        csv(
            rows(
                row(fee="n/a", revenue="–"),
                row("bo", fee="keine", revenue="#N/A"),
                row("cy", fee="null", revenue="-"),
            )
        ),
        (),
        {who: {"fee": None, "revenue": None, "conversions": 12} for who in ("anna", "bo", "cy")},
    ),
    "one column says how the other is written": (
        csv(rows(row(fee="1.200", revenue="480,50"), between=";")),
        (),
        {"anna": {"fee": 1200, "revenue": 480.5}},
    ),
    "a share that begins with nothing": (
        csv(rows([*row(), "0.125"], [*row("bo"), "0.2"], header=[*HEADER, "Discount"])),
        (),
        {"anna": {"discount": 0.125}, "bo": {"discount": 0.2}},
    ),
    "discounts without their sign": (
        csv(
            rows(
                [*row(), "20"],
                [*row("bo"), "20 %"],
                [*row("cy"), "0.2"],
                [*row("di"), "12,5"],
                header=[*HEADER, "Discount"],
            )
        ),
        (),
        {
            "anna": {"discount": 0.2},
            "bo": {"discount": 0.2},
            "cy": {"discount": 0.2},
            "di": {"discount": 0.125},
        },
    ),
    "days of a spreadsheet": (
        csv("Campaign,Start,End,Influencer,Orders\ns,45352,45366.5,anna,12\n"),
        (),
        {"anna": {"conversions": 12}},
    ),
    "months by name": (
        csv(MONTHS, encoding="cp1252"),
        (),
        {"zoé": {"fee": 1234.5, "conversions": 12}, "bo": {"fee": 100, "conversions": 3}},
    ),
    "units in the header": (
        csv(
            text(
                [
                    [
                        "Campaign",
                        "Start",
                        "End",
                        "Influencer",
                        "Fee (EUR)",
                        "Orders",
                        "Revenue (k€)",
                        "Discount %",
                    ],
                    ["s", START, END, "anna", "1200", 12, "3,5", "1"],
                ],
                ";",
            )
        ),
        (),
        {"anna": {"fee": 1200, "revenue": 3500, "discount": 0.01}},
    ),
    "two rows of header": (
        csv(text([["", "", "", "", "Agreed", "", "Result", ""], HEADER, row()])),
        (),
        {"anna": {"exposure": 3, "revenue": 300}},
    ),
    "a table in the middle of a sheet": (
        lambda folder: xlsx(
            folder / "p.xlsx",
            [
                [],
                [None, None, "Our campaigns"],
                [],
                [None, None, *HEADER],
                [None, None, *row()],
                [],
                [None, None, *row("bo")],
            ],
        ),
        (),
        {"anna": {"exposure": 3, "fee": 100}, "bo": {"fee": 100}},
    ),
    "ids with zeros in front": (
        csv(rows(row('="00123"'), row("00124"))),
        (),
        {"00123": {"conversions": 12}, "00124": {"conversions": 12}},
    ),
    "numbers kept as text": (
        csv(rows(row(fee="'1200"), row("bo", fee="'300"))),
        (),
        {"anna": {"fee": 1200}, "bo": {"fee": 300}},
    ),
    "long ids kept as text": (
        csv(rows(row("17841401234567891"), row("17841401234567900"))),
        (),
        {"17841401234567891": {"fee": 100}, "17841401234567900": {"fee": 100}},
    ),
    "one person, however written": (
        csv(
            rows(
                row("https://www.instagram.com/anna.brews/?hl=de"),
                row("\u200b@Bo_Coffee\t"),
                row("instagram:cy"),
                row("IG: @di"),
                row("Eve B. (@eve.b)"),
            )
        ),
        (),
        {f"instagram:{who}": {"fee": 100} for who in ("anna.brews", "bo_coffee", "cy", "di", "eve.b")},
    ),
    "a platform of each row": (
        csv(
            rows(
                [*row("@anna"), "IG"],
                [*row("anna"), "TikTok"],
                [*row("https://youtube.com/@anna"), "YouTube"],
                header=[*HEADER, "Platform"],
            )
        ),
        (),
        {"instagram:anna": {"fee": 100}, "tiktok:anna": {"fee": 100}, "youtube:@anna": {"fee": 100}},
    ),
    "an offer by any name": (
        csv(rows([*row(), 5, "12,5"], header=[*HEADER, "offer_Bonus", "Offer: 50 % Gutschein"])),
        (),
        {"anna": {"offer_bonus": 5, "offer_50_gutschein": 12.5}},
    ),
    "days before months, as told": (
        csv(rows(["s", "01/03/2024", "05/03/2024", "anna", 1, 1, 1, 1])),
        ("--dates", "dmy"),
        {"anna": {"fee": 1}},
    ),
    "seconds since 1970": (
        csv(rows(["s", "1709251200", "1710460800", "anna", 1, 1, 1, 1])),
        (),
        {"anna": {"fee": 1}},
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_sheet_comes_in_whole(name: str, tmp_path: Path) -> None:
    make, options, values = WHOLE[name]
    code, told, out = bring(tmp_path, make, *options)
    assert code == 0, told
    agree(out, values)


@pytest.mark.parametrize(
    ("name", "starts", "ends"),
    [
        ("german", "2024-03-01 00:00:00", "2024-03-15 00:00:00"),
        ("american", "2024-03-01 00:00:00", "2024-03-15 00:00:00"),
        ("days of a spreadsheet", "2024-03-01 00:00:00", "2024-03-15 12:00:00"),
        ("seconds since 1970", "2024-03-01 00:00:00", "2024-03-15 00:00:00"),
        ("days before months, as told", "2024-03-01 00:00:00", "2024-03-05 00:00:00"),
        ("Excel 97", "2024-03-01 00:00:00", "2024-03-15 00:00:00"),
        ("OpenDocument", "2024-03-01 00:00:00", "2024-03-15 00:00:00"),
    ],
)
def test_its_dates_are_what_people_meant(name: str, starts: str, ends: str, tmp_path: Path) -> None:
    make, options, _ = WHOLE[name]
    _, _, out = bring(tmp_path, make, *options)
    (campaign,) = rows_in(out, "campaigns")
    assert (campaign["starts_at"], campaign["ends_at"]) == (starts, ends)


def _change(**shapes: str) -> Callable[[Any], None]:
    def change(sheet: Any) -> None:
        for place, shape in shapes.items():
            sheet[place].number_format = shape

    return change


def _merged(sheet: Any) -> None:
    sheet.merge_cells("A2:A3")
    sheet.merge_cells("B2:B3")
    sheet.merge_cells("C2:C3")
    sheet.merge_cells("F2:F3")


def _hidden(sheet: Any) -> None:
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["F"].hidden = True


DISCOUNTED = [*HEADER, "Discount"]
SAID: dict[str, tuple[Make, Values, list[str]]] = {
    "numbers that would be glued together": (
        csv(rows(row("a", posts="3/5"), row("b", posts="2 x 3"), row("c", fee="45 (3)"), row("d", fee="<10"), row("e", fee="10-20"), row("f", fee="45²"), row("g", revenue="10:30"))),
        {
            **{who: {"exposure": 1, "fee": 100} for who in ("a", "b")},
            **{who: {"fee": None, "revenue": 300} for who in ("c", "d", "e", "f")},
            "g": {"revenue": None},
        },
        ["left empty: 2 cells, Posts: no number that can be understood whole ('3/5', past.csv, row 2)", "left empty: 4 cells, Fee:", "('10:30', past.csv, row 8)"],
    ),
    "a needed number that is none": (csv(rows(row(orders="45 (3)"), row("bo"))), {"bo": {"conversions": 12}}, ["set aside: 1 outcomes, Orders: no number that can be understood whole"]),
    "money given back": (csv(rows(row(revenue="(120)"), row("bo", revenue="120-"))), {"anna": {"revenue": None}, "bo": {"revenue": None}}, ["left empty: 2 cells, Revenue: below 0"]),
    "digits beyond all reason": (csv(rows(row(revenue="1e300"), row("bo", posts="9999999999999"))), {"anna": {"revenue": None, "conversions": 12}, "bo": {"exposure": 1}}, ["Revenue: above 1e+12", "Posts: above 1e+12"]),
    "two currencies in one column": (csv(rows(row(fee="€ 100"), row("bo", fee="100 €"), row("cy", fee="$100"), row("di", fee="100"))), {"anna": {"fee": 100}, "bo": {"fee": 100}, "cy": {"fee": None}, "di": {"fee": None}}, ["EUR (2 amounts), USD (1 amounts)", "never added up", "Fee: USD among EUR"]),
    "a currency of each row": (
        csv(rows([*row(), "EUR"], [*row("bo"), "EUR"], [*row("cy"), "USD"], header=[*HEADER, "Currency"])),
        {"anna": {"fee": 100, "revenue": 300}, "bo": {"fee": 100}, "cy": {"fee": None, "revenue": None, "conversions": 12}},
        ["EUR (4 amounts), USD (2 amounts)"],
    ),
    "currencies by format alone": (
        lambda folder: xlsx(folder / "p.xlsx", [HEADER, row(), row("bo"), row("cy")], _change(F2="#,##0.00 [$€-407]", F3="#,##0.00 [$€-407]", F4='"$"#,##0.00')),
        {"anna": {"fee": 100}, "bo": {"fee": 100}, "cy": {"fee": None}},
        ["EUR (2 amounts), USD (1 amounts)"],
    ),
    "an amount where a count belongs": (csv(rows(row(posts="€ 5"), row("bo"))), {"anna": {"exposure": 1}, "bo": {"exposure": 3}}, ["Posts: an amount of money where a count belongs"]),
    "percent by format": (
        lambda folder: xlsx(folder / "p.xlsx", [DISCOUNTED, [*row(), 0.2], [*row("bo"), 1], [*row("cy"), 15]], _change(I2="0%", I3="0%", E3="0%")),
        {"anna": {"discount": 0.2}, "bo": {"discount": 1, "exposure": 1}, "cy": {"discount": 0.15}},
        ["Posts: a percentage where none belongs"],
    ),
    "1 among percentages": (csv(rows([*row(), "20"], [*row("bo"), "1"], [*row("cy"), "250"], header=DISCOUNTED)), {"anna": {"discount": 0.2}, "bo": {"discount": None}, "cy": {"discount": None}}, ["Discount: 1 among percentages", "Discount: above 1"]),
    "ids that Excel destroyed": (
        csv(rows(row("1.78414E+16"), row("17841401234567800"), row("bo"))),
        {"bo": {"fee": 100}},
        ["set aside: 2 outcomes, Influencer: the spreadsheet destroyed this id", "format the column as text and export it again"],
    ),
    "ids that a workbook destroyed": (lambda folder: xlsx(folder / "p.xlsx", [HEADER, row(1.784140123456789e16), row(17841401234567891), row(123456)]), {"123456": {"fee": 100}}, ["set aside: 2 outcomes, Influencer: the spreadsheet destroyed"]),
    "an id that became a date": (lambda folder: xlsx(folder / "p.xlsx", [HEADER, row(date(2024, 3, 1)), row("bo")]), {"bo": {"fee": 100}}, ["the spreadsheet made a date of it"]),
    "a number that became a date": (lambda folder: xlsx(folder / "p.xlsx", [HEADER, row(posts=datetime(2024, 5, 3))]), {"anna": {"exposure": 1}}, ["Posts: a date where a number belongs"]),
    "addresses that are nobody's": (csv(rows(row("https://instagram.com/p/Cx1/"), row("@anna, @bo"), row("@cy"))), {"cy": {"fee": 100}}, ["an address that names no account", "it names several: give each a row of their own"]),
    "letters that look alike": (csv(rows(row("\u0430nna"), row("анна"))), {"\u0430nna": {"fee": 100}, "анна": {"fee": 100}}, ["ids that mix letters which look alike, such as \u0430 (CYRILLIC)"]),
    "both orders of days in one column": (
        csv(rows(["s", "2024-03-01", "15/03/2024", "a", 1, 1, 1, 1], ["t", "2024-03-01", "03/20/2024", "b", 1, 1, 1, 1], ["u", "2024-03-01", "05/04/2024", "c", 1, 1, 1, 1])),
        {"a": {"fee": 1}, "b": {"fee": 1}},
        ["End: days and months are in both orders in this column: it can be read in two ways ('05/04/2024', past.csv, row 4)", "days and months in both orders"],
    ),
    "dates that a spreadsheet half understood": (
        lambda folder: xlsx(folder / "p.xlsx", [HEADER, ["s", START, "15/03/2024", "a", 1, 1, 1, 1], ["t", START, datetime(2024, 5, 4), "b", 1, 1, 1, 1]]),
        {"a": {"fee": 1}},
        ["the spreadsheet may have taken its day for its month"],
    ),
    "points and commas in one column": (csv(rows(row(fee="1.5"), row("bo", fee="2,5"), row("cy", fee="1.234"))), {"anna": {"fee": 1.5}, "bo": {"fee": 2.5}, "cy": {"fee": None}}, ["decimal points and commas are mixed"]),
    "errors and formulas of a workbook": (
        lambda folder: xlsx(folder / "p.xlsx", [HEADER, row(fee="#REF!"), row("bo", revenue="=F3*2"), row("cy", fee="#N/A")]),
        {"anna": {"fee": None, "revenue": 300}, "bo": {"fee": 100, "revenue": None}, "cy": {"fee": None}},
        ["Fee: an error of the spreadsheet (#REF!)", "Revenue: a formula without its value: open the file in a spreadsheet program and save it"],
    ),
    "merged cells": (
        lambda folder: xlsx(folder / "p.xlsx", [HEADER, row(fee=500), [None, None, None, "bo", 1, None, 3, 90]], _merged),
        {"anna": {"fee": None, "campaign_id": "spring"}, "bo": {"fee": None, "campaign_id": "spring", "conversions": 3}},
        ["left empty: 2 cells, Fee: one number for several rows (merged cells)"],
    ),
    "hidden rows and columns": (lambda folder: xlsx(folder / "p.xlsx", [HEADER, row(), row("bo")], _hidden), {"anna": {"fee": 100}, "bo": {"fee": 100}}, ["1 hidden rows are read like the others (row 3)", "hidden columns are read like the others (F)"]),
    "a sheet a campaign": (
        lambda folder: xlsx(folder / "p.xlsx", [HEADER, row()], Summer=[HEADER, row("bo", campaign="summer")], Empty=[], Lists=[["Category"], ["coffee"]]),
        {"anna": {"campaign_id": "spring"}, "bo": {"campaign_id": "summer"}},
        ["not read: p.xlsx:Empty: empty", "not read: p.xlsx:Lists: no column is"],
    ),
    "totals and notes": (
        csv(rows(row(campaign="Total"), row("Summe", campaign=""), ["Total", "", "", "", 6, 200, 24, 600], ["Source: our shop"], HEADER, row("bo"), header=["Brand", *HEADER[1:]]).replace("Brand", "Campaign", 1)),
        {"bo": {"fee": 100}},
        ["row 2 is one of totals", "row 3 is one of totals", "row 4 is one of totals", "row 5 is a note: Source: our shop", "row 6 repeats the header"],
    ),
    "another table below": (csv(rows(row(), ["", "", "", "", "", "", "", ""], ["Influencer", "Followers", "Platform", "Language", "", "", "", ""], ["anna", "5", "x", "de", "", "", "", ""])), {"anna": {"fee": 100}}, ["another table begins here: put it and what is below on a sheet of its own"]),
    "two columns of one name": (
        csv(rows([*row(), 7], header=[*HEADER, "Posts"])),
        {"anna": {"exposure": 1, "fee": 100}},
        ["Posts (column E)", "Posts (column I)"],
    ),
    "a file of two encodings": (
        lambda folder: (folder / "p.csv").write_bytes(rows(row("zoé")).encode() + text([row("müller")]).encode("cp1252")) and folder / "p.csv",
        {"zoé": {"fee": 100}, "müller": {"fee": 100}},
        ["1 lines are no UTF-8 and are read as Windows-1252 (--encoding says otherwise)"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_what_is_not_understood_costs_itself_and_is_said(name: str, tmp_path: Path) -> None:
    make, values, words = SAID[name]
    code, told, out = bring(tmp_path, make)
    assert code == 0, told
    agree(out, values)
    for word in words:
        assert word in told


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            rows(["s", "01/03/2024", "05/03/2024", "anna", 1, 1, 1, 1]),
            ["The dates of the column 'Start' can be read in two ways: 01/03/2024 is 1 March 2024 (--dates dmy) or 3 January 2024 (--dates mdy)"],
        ),
        (
            rows(["s", "24-03-01", "24-03-05", "anna", 1, 1, 1, 1]),
            ["24-03-01 is 24 March 2001 (--dates dmy) or 1 March 2024 (--dates iso)"],
        ),
        (
            rows(row(fee="1.234"), row("bo", fee="2.500")),
            ["The numbers of the column 'Fee' can be read in two ways: 1.234 is 1.234 or 1234. Say which with --decimal . or --decimal ,"],
        ),
        (rows(row(revenue="1,234")), ["'Revenue' can be read in two ways: 1,234 is 1234 or 1.234"]),
        (rows(), ["past.csv (a header and no row below it)"]),
        ("", ["past.csv (empty)"]),
        (rows([*row(), 1, 2], header=[*HEADER, "offer_Bonus", "offer_bonus"]), ["'offer_Bonus' and 'offer_bonus' would both be offer_bonus"]),
    ],
)  # fmt: skip
def test_what_is_truly_open_is_asked(content: str, words: list[str], tmp_path: Path) -> None:
    code, told, out = bring(tmp_path, csv(content))
    assert code == 1
    assert not out.exists()
    for word in words:
        assert word in told


@pytest.mark.parametrize(("options", "fee"), [(("--decimal", "."), 1.234), (("--decimal", ","), 1234.0)])
def test_and_the_answer_settles_it(options: tuple[str, ...], fee: float, tmp_path: Path) -> None:
    code, told, out = bring(tmp_path, csv(rows(row(fee="1.234"))), *options)
    assert code == 0, told
    assert outcomes(out)["anna"]["fee"] == fee


def written(name: str, data: bytes) -> Make:
    return lambda folder: (folder / name).write_bytes(data) and folder / name


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: numbers(folder / "p.numbers"), "an Apple Numbers document: in Numbers choose File, Export To, Excel or CSV"),
        (written("p.gsheet", b'{"url": "https://docs.example/x"}'), "only a link to a Google sheet: in Google Sheets choose File, Download"),
        (written("p.xls", b"<html><table><tr><td>Campaign"), "a web page or XML and no spreadsheet, whatever its name"),
        (written("p.csv", b"%PDF-1.4 \x00\x01"), "a PDF and no spreadsheet"),
        (written("p.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600), "an Excel 97 workbook (.xls) that is damaged: open it and save it as .xlsx"),
        (written("p.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")), "it is locked with a password"),
        (written("p.wk1", b"\x00\x00\x02\x00\x06\x04 junk"), "no text and no workbook this program reads"),
        (written("p.xlsx", b"PK\x03\x04 cut off"), "the file is damaged or was cut off"),
        (written("p.csv.gz", b"\x1f\x8b\x08 no"), "damaged"),
    ],
)  # fmt: skip
def test_what_is_no_sheet_is_refused_by_its_kind(make: Make, words: str, tmp_path: Path) -> None:
    code, told, _ = bring(tmp_path, make)
    assert code == 1
    assert words in told
    assert not any(ord(letter) < 32 for letter in told)


def test_a_workbook_whose_sectors_lead_in_circles_is_damaged(tmp_path: Path) -> None:
    data = bytearray(xls(tmp_path / "p.xls").read_bytes())
    table = (int.from_bytes(data[76:80], "little") + 1) * 512
    first = int.from_bytes(data[48:52], "little")
    data[table + 4 * first : table + 4 * first + 4] = first.to_bytes(4, "little")
    code, told, _ = bring(tmp_path, written("p.xls", bytes(data)))
    assert code == 1
    assert "that is damaged" in told


def test_a_cell_far_off_costs_no_memory(tmp_path: Path) -> None:
    def far(sheet: Any) -> None:
        sheet["XFD1048576"] = "x"

    code, told, out = bring(tmp_path, lambda folder: xlsx(folder / "p.xlsx", [HEADER, row()], far))
    assert code == 0, told
    agree(out, {"anna": {"fee": 100}})
    assert "row 1048576 is a note: x" in told


def test_each_of_several_files_has_its_own_columns_and_writing(tmp_path: Path) -> None:
    folder = tmp_path / "sheets"
    folder.mkdir()
    csv(GERMAN, "a.csv", "cp1252")(folder)
    csv(AMERICAN, "b.csv")(folder)
    (folder / "~$b.xlsx").write_bytes(b"held open")
    code, told, out = bring(tmp_path, lambda _: folder)
    assert code == 0, told
    assert set(outcomes(out)) == {"müller.café", "anna", "bert"}
    assert sorted(one["conversions"] for one in rows_in(out, "outcomes")) == [3, 12, 12, 1012]
    assert "no UTF-8: read as Windows-1252" in told


def test_a_campaign_is_its_brief_and_followers_are_of_when_the_sheet_was_read(tmp_path: Path) -> None:
    sheet = text(
        [
            ["Campaign", "Start", "End", "Instagram", "Follower", "Orders"],
            ["Cold brew for summer", "2024-03-01", "2024-03-15", "@anna", "12.3k", 5],
            ["Tea", "2024-06-01", "2024-06-15", "anna", "15.1k", 5],
            ["Tea", "2024-06-01", "2024-06-15", "bo", "1.003", 5],
        ],
        ";",
    )
    code, told, out = bring(tmp_path, csv(sheet))
    assert code == 0, told
    assert {one["campaign_id"]: one["brief"] for one in rows_in(out, "campaigns")} == {
        "Cold brew for summer": "Cold brew for summer",
        "Tea": "Tea",
    }
    assert [
        (one["influencer_id"], one["followers"], one["observed_at"]) for one in rows_in(out, "audience")
    ] == [("instagram:anna", 15100, "2024-12-01 00:00:00"), ("instagram:bo", 1003, "2024-12-01 00:00:00")]


def test_a_workbook_of_our_tables_fills_each(tmp_path: Path) -> None:
    book = xlsx(
        tmp_path / "book.xlsx",
        [["Campaign", "Start", "End", "Brief"], ["spring", START, END, "Cold brew"]],
        outcomes=[["campaign", "influencer", "orders"], ["spring", "@anna", 5]],
        posts=[["id", "author", "date", "text"], [1, "anna", START, "tea?"]],
        Moods=[["colour", "mood"], ["red", "good"]],
    )
    code, told = run("import", "csv", str(book), str(tmp_path / "out"), "--yes")
    assert code == 0, told
    assert [one["conversions"] for one in rows_in(tmp_path / "out", "outcomes")] == [5]
    assert [one["post_id"] for one in rows_in(tmp_path / "out", "posts")] == ["1"]
    assert "not read: book.xlsx:Moods: no table fits the columns colour, mood" in " ".join(told.split())


def test_nothing_imported_is_an_error_that_says_what_to_mend(tmp_path: Path) -> None:
    code, told, _ = bring(tmp_path, csv(rows(row(None, campaign=None), row(None, campaign=None))))
    assert code == 1
    assert "Nothing was imported. Mend this first: campaign_id is missing" in told


def test_three_examples_and_the_guess_are_shown_before_anything_is_written(tmp_path: Path) -> None:
    code, told = run("import", "results", str(csv(GERMAN)(tmp_path)), str(tmp_path / "out"), text="n\n")
    assert code == 1
    lines = [" ".join(line.replace("│", " ").split()) for line in told.splitlines()]
    assert "Beginn starts_at day.month.year 01.03.2024" in lines
    assert any(line.startswith("Umsatz revenue decimal comma, EUR 1.369,50 €") for line in lines)
    assert "the table begins in row 3; above it: Kampagnenreport Frühling" in told
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "content", "command"),
    [
        ("past campaigns.csv", GERMAN, "suasion import results '{0}/past campaigns.csv' {0}"),
        ("posts 2024.csv", "id,author,date,text\n1,anna,2024-03-01,tea\n", "suasion import csv '{0}/posts 2024.csv' {0}"),
        ("q.csv", rows(["s", "01/03/2024", "05/03/2024", "anna", 1, 1, 1, 1]), "suasion import results {0}/q.csv {0} --dates dmy    # or --dates mdy"),
        ("outcomes.xlsx", "", "suasion import csv {0}/outcomes.xlsx {0} --table outcomes"),
        ("answers.json", "{}", "answers.json: no source makes a row of it"),
    ],
)  # fmt: skip
def test_a_check_of_what_it_cannot_read_prints_the_command_that_would(
    name: str, content: str, command: str, tmp_path: Path
) -> None:
    data = tmp_path / "d"
    data.mkdir()
    if name.endswith("xlsx"):
        xlsx(data / name, [["campaign", "influencer", "orders"], ["spring", "anna", 5]])
    else:
        csv(content, name)(data)
    code, told = run("check", str(data))
    assert code == 1
    assert command.format(data) in told


def test_a_check_that_succeeds_names_only_what_it_surely_overlooked(tmp_path: Path) -> None:
    (tmp_path / "campaigns.csv").write_text("campaign_id,starts_at,ends_at\nc,2024-03-01,2024-03-15\n")
    (tmp_path / "outcomes.csv").write_text("campaign_id,influencer_id,conversions\nc,anna,5\n")
    (tmp_path / "opt-out.txt").write_text("x:1\n")
    (tmp_path / "rates.csv").write_text("from,to,rate\nUSD,EUR,0.9\n")
    (tmp_path / "scores.csv").write_text("campaign_id,influencer_id,exposure\nc,anna,5\n")
    code, told = run("check", str(tmp_path))
    assert code == 0
    assert "this would read it" not in told
    csv(GERMAN)(tmp_path)
    code, told = run("check", str(tmp_path))
    assert code == 0
    assert f"this would read it: suasion import results {tmp_path}/past.csv {tmp_path}" in told


def test_columns_of_a_table_by_other_names_are_read_by_the_command_that_check_prints(tmp_path: Path) -> None:
    data = tmp_path / "d"
    data.mkdir()
    (data / "campaigns.csv").write_text("Campaign;Start;End\nspring;01.03.2024;15.03.2024\n")
    (data / "outcomes.csv").write_text("Campaign;Influencer;Orders\nspring;anna;5\n")
    code, told = run("check", str(data))
    assert code == 1
    commands = [line.split()[1:] for line in told.splitlines() if line.strip().startswith("suasion import")]
    assert [command[-2:] for command in commands] == [["--table", "campaigns"], ["--table", "outcomes"]]
    for command in commands:
        assert run(*command, "--yes")[0] == 0
    assert run("check", str(tmp_path / "d-tables"))[0] == 0


def test_a_text_too_long_to_be_held_is_read_as_it_comes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from suasion.features.sources.reading import sheets

    monkeypatch.setattr(sheets, "WHOLE", 300)
    many = "".join(text([row(f"a{n}", campaign=f"c{n}")]) for n in range(40))
    data = (rows() + many).encode("utf-8-sig") + text([row("zoé")]).encode("cp1252")
    code, told, out = bring(tmp_path, written("p.csv", data))
    assert code == 0, told
    assert len(outcomes(out)) == 41
    assert "zoé" in outcomes(out)
    assert "what is no UTF-8 is read as Windows-1252" in told


def test_ids_of_tables_by_our_own_names_stay_as_they_are(tmp_path: Path) -> None:
    sheet = csv("influencer_id,platform,created_at\n12,x,2024-01-01\n", "influencers.csv")(tmp_path)
    assert run("import", "csv", str(sheet), str(tmp_path / "out"), "--yes")[0] == 0
    assert [(one["influencer_id"], one["platform"]) for one in rows_in(tmp_path / "out", "influencers")] == [
        ("12", "x")
    ]


def test_a_row_whose_moment_is_unclear_is_not_taken_for_known_earlier(tmp_path: Path) -> None:
    sheet = rows([*row(), "later"], [*row("bo"), "2024-06-01"], header=[*HEADER, "known_at"])
    code, told, out = bring(tmp_path, csv(sheet))
    assert code == 0, told
    agree(out, {"bo": {"fee": 100}})
    assert "set aside: 1 outcomes, known_at: no date that can be understood whole" in told


OFFERS = "campaign_id,influencer_id,conversions,{}\nc,anna,5,7\n"
NAMES = [("offer_Bonus", "offer_bonus"), ("offer_50%_off", "offer_50_off"), ("offer_ünï", "offer_uni"), ("offer_bonus code", "offer_bonus_code"), ("offer_%", "offer_u25"), ("Offer_日", "offer_u65e5")]  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "parquet", "duckdb"])
@pytest.mark.parametrize(("name", "safe"), NAMES)
def test_a_free_name_is_made_safe_on_opening(kind: str, name: str, safe: str, tmp_path: Path) -> None:
    import duckdb

    data = tmp_path / "d"
    data.mkdir()
    (data / "campaigns.csv").write_text("campaign_id,starts_at,ends_at\nc,2024-03-01,2024-03-15\n")
    (data / "outcomes.csv").write_text(OFFERS.format(name))
    address = data
    if kind == "parquet":
        duckdb.sql(f"COPY (FROM '{data / 'outcomes.csv'}') TO '{data / 'outcomes.parquet'}'")
        (data / "outcomes.csv").unlink()
    elif kind == "duckdb":
        address = tmp_path / "d.duckdb"
        with duckdb.connect(address) as made:
            for table in ("campaigns", "outcomes"):
                made.execute(f"CREATE TABLE {table} AS FROM '{data / table}.csv'")
    with open_tables(address) as tables:
        assert tables.extras == (safe,)
        assert tables.sql(f"SELECT {safe} FROM outcomes").fetchall() == [(7.0,)]
    assert re.fullmatch(r"[a-z_0-9]{1,199}", safe), "what a model on disk takes for a name"


def test_two_free_names_that_would_be_one_are_refused(tmp_path: Path) -> None:
    (tmp_path / "campaigns.csv").write_text("campaign_id,starts_at,ends_at\nc,2024-03-01,2024-03-15\n")
    (tmp_path / "outcomes.csv").write_text(
        "campaign_id,influencer_id,conversions,offer_a b,offer_a_b\nc,anna,5,7,8\n"
    )
    code, told = run("check", str(tmp_path))
    assert code == 1
    assert "the columns offer_a b and offer_a_b would both be offer_a_b. Rename one of them" in told


@pytest.mark.parametrize("content", ["1e300", "-5", "1e11"])
def test_no_table_holds_what_cannot_be(content: str, tmp_path: Path) -> None:
    (tmp_path / "campaigns.csv").write_text("campaign_id,starts_at,ends_at\nc,2024-03-01,2024-03-15\n")
    (tmp_path / "outcomes.csv").write_text(
        f"campaign_id,influencer_id,conversions\nc,anna,5\nc,bo,{content}\nc,1.78414E+16,3\n"
    )
    with open_tables(tmp_path) as tables:
        told = next(report for report in tables.reports if report.table == "outcomes")
    assert told.kept == 1
    reasons = " ".join(reason for reason, _ in told.reasons)
    assert "conversions is" in reasons
    assert "influencer_id was destroyed by a spreadsheet" in reasons


def test_a_formula_whose_value_is_nothing_is_an_empty_cell(tmp_path: Path) -> None:
    import zipfile

    made = xlsx(tmp_path / "a.xlsx", [HEADER, row(fee="=1+1"), row("bo", fee="=A1")])
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(tmp_path / "p.xlsx", "w") as new:
        for name in old.namelist():
            data = old.read(name).decode()
            if name == "xl/worksheets/sheet1.xml":
                assert data.count("<v></v>") + data.count("<v />") + data.count("<v/>") == 2
                data = re.sub(r"<f>1\+1</f><v ?/?>(</v>)?", "<f>1+1</f><v>2</v>", data)
            new.writestr(name, data)
    code, told, out = bring(tmp_path, lambda folder: folder / "p.xlsx")
    assert code == 0, told
    agree(out, {"anna": {"fee": 2}, "bo": {"fee": None}})
    assert "left empty" not in told


def test_an_outcome_known_before_its_campaign_starts_is_held_back(tmp_path: Path) -> None:
    data = tmp_path / "d"
    data.mkdir()
    (data / "campaigns.csv").write_text("campaign_id,starts_at,ends_at\nc,2024-03-01,2024-03-15\n")
    (data / "outcomes.csv").write_text(
        "campaign_id,influencer_id,decided_at,conversions,known_at\n"
        "c,early,2024-01-01,5,2024-02-01\nc,fine,2024-01-01,5,2024-04-01\n"
    )
    code, told = run("check", str(data))
    assert code == 0
    assert "1 set aside: known_at is before its campaign starts: nothing had come of it" in told


def test_a_pseudonymised_import_shows_no_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUASION_SECRET", "a secret of sixteen")
    code, told, out = bring(tmp_path, csv(rows(row(fee="call Anna"), row("bo"))), "--pseudonymise")
    assert code == 0, told
    assert "(past.csv, row 2)" in told
    assert "call Anna" not in (out / "quarantine" / "import-results.csv").read_text()
