"""Cells as agencies in several countries write them: numbers, months, weeks and accounts."""

from __future__ import annotations

import pytest

from suasion.features.errors import InputError
from suasion.features.sources.reading.cells import Linked, Unclear
from suasion.features.sources.reading.dates import DateColumn
from suasion.features.sources.reading.ids import IdColumn
from suasion.features.sources.reading.numbers import NumberColumn, parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("310 mil", 310_000),
        ("78,4 mil", 78_400),
        ("1.2 mil", None),  # a million in English
        ("5 mil", None),
        ("1,2 mi", 1_200_000),
        ("1,1 millones", 1_100_000),
        ("2 milhões", 2_000_000),
        ("12,4 tys.", 12_400),
        ("1,5 mln", 1_500_000),
        ("15 mila", 15_000),
        ("1,2 Mio", 1_200_000),
        ("12.5 lakh", 1_250_000),
        ("2 crore", 20_000_000),
        ("310 miles", None),
        ("$1,200", 1200),
        ("1.250 €", 1250),
        ("R$ 3.500", 3500),
        ("-$1,200", -1200),
        ("$1,234,567", 1_234_567),
        ("$1.25", 1.25),
    ],
)
def test_a_number_is_what_people_of_that_language_mean(text: str, value: float | None) -> None:
    number = parse(text)
    values = [] if number is None else [v for v in (number.point, number.comma) if v is not None]
    assert [float(v) for v in dict.fromkeys(values)] == ([] if value is None else [value])


@pytest.mark.parametrize("text", ["1,200", "1.250", "$1.234k"])
def test_what_may_be_a_thousand_or_one_and_a_bit_stays_open(text: str) -> None:
    number = parse(text)
    assert number is not None
    assert number.sign == "?"


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("Mar-24", "2024-03-01", "2024-03-31"),
        ("févr-24", "2024-02-01", "2024-02-29"),
        ("mai/24", "2024-05-01", "2024-05-31"),
        ("Dez '23", "2023-12-01", "2023-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("KW 12/2024", "2024-03-18", "2024-03-24"),
        ("2024-W01", "2024-01-01", "2024-01-07"),
        ("CW1 2025", "2024-12-30", "2025-01-05"),
        ("week 53 2020", "2020-12-28", "2021-01-03"),
        ("week 53 2021", None, None),
        ("Mar-68", None, None),
    ],
)
def test_a_month_or_a_week_is_its_first_day_as_a_start_and_its_last_as_an_end(
    text: str, first: str | None, last: str | None
) -> None:
    for edge, day in (("first", first), ("last", last)):
        column = DateColumn("Month", edge=edge)
        column.see(text)
        column.settle(())
        if day is None:
            with pytest.raises(Unclear):
                column.read(text)
        else:
            assert str(column.read(text))[:10] == day


@pytest.mark.parametrize("text", ["12.03.", "3/4", "KW 12", "5. März", "March 5th", "12 mars"])
def test_a_date_without_its_year_is_named_as_one(text: str) -> None:
    with pytest.raises(Unclear, match="without its year"):
        DateColumn("Datum", edge="first").read(text)


def test_of_many_two_digit_years_days_are_meant() -> None:
    column = DateColumn("Date", edge="first")
    for text in ("Mar-05", "Mar-12", "Mar-19", "Mar-24"):
        column.see(text)
    with pytest.raises(Unclear, match="a month and its year, or a day"):
        column.read("Mar-12")


@pytest.mark.parametrize(
    ("cell", "account"),
    [
        ("@anna (IG)", "instagram:anna"),
        ("TikTok @anna", "tiktok:anna"),
        ("@ anna", "anna"),
        ("@anna,", "anna"),
        ("@anna (Anna Bee)", "anna"),
        ("@anna.bee – Anna Bee", "anna.bee"),
        ("Anna Bee @anna", "anna"),
        ("@anna bee", None),
        ("@anna brews (IG)", None),
    ],
)
def test_words_beside_a_handle_are_none_of_it(cell: str, account: str | None) -> None:
    if account is None:
        with pytest.raises(Unclear, match="no space"):
            IdColumn("Creator", account=True).read(cell)
    else:
        assert IdColumn("Creator", account=True).read(cell) == account


def test_an_amount_of_money_is_no_share() -> None:
    column = NumberColumn("Discount", share=True)
    for cell in ("15 %", "50 €"):
        column.see(cell)
    column.settle([])
    assert column.read("15 %") == "0.15"
    with pytest.raises(Unclear, match="a share belongs"):
        column.read("50 €")


@pytest.mark.parametrize(
    ("cell", "platform", "account"),
    [
        ("@anna ✈️", "instagram", "instagram:anna"),
        ("✨ @anna ✨", "tiktok", "tiktok:anna"),
        ("anna🏃‍♀️", "instagram", "instagram:anna"),
        ("🦄", "instagram", "instagram:🦄"),
        (Linked("Profile", "https://www.instagram.com/anna/"), "", "instagram:anna"),
        (Linked("@anna", "https://www.tiktok.com/@anna?lang=en"), "", "tiktok:anna"),
        (Linked("@anna", "https://www.tiktok.com/@anna"), "instagram", "instagram:anna"),
        (Linked("anna", "mailto:anna@example.org"), "x", "x:@anna"),
        (Linked("anna", "https://shop.example.org/anna"), "x", "x:@anna"),
        (Linked("@anna", "https://www.instagram.com/bert/"), "", None),
    ],
)
def test_a_cell_names_the_account_that_people_see_or_that_lies_under_it(
    cell: str, platform: str, account: str | None
) -> None:
    if account is None:
        with pytest.raises(Unclear, match="the address under it another"):
            IdColumn("Creator", account=True).read(cell, platform)
    else:
        assert IdColumn("Creator", account=True).read(cell, platform) == account


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12.03.", "2024-03-12"),
        ("12.3", "2024-03-12"),
        ("12/03", "2024-03-12"),
        ("5. März", "2024-03-05"),
        ("5-Mar", "2024-03-05"),
        ("March 5th", "2024-03-05"),
        ("KW 12", "2024-03-18"),
        ("März", "2024-03-01"),
        ("01.04.2023", "2023-04-01"),
    ],
)
def test_the_year_that_the_user_says_is_that_of_dates_without_one(text: str, day: str) -> None:
    column = DateColumn("Datum", order="dmy", edge="first", year="2024")
    column.see(text)
    assert str(column.read(text))[:10] == day


def test_a_date_without_a_year_may_still_have_two_readings() -> None:
    column = DateColumn("Date", year="2024")
    column.see("3/4")
    with pytest.raises(InputError, match=r"4 March 2024|3 April 2024"):
        column.settle(())


@pytest.mark.parametrize(
    "text",
    [
        *("9999-12-31", "31.12.9999", "December 9999", "12/9999", "Q4 9999", "KW 52 9999"),
        *("9999-12-31T23:00:00-10:00", "0001-01-01", "0001-01-01T00:00:00+10:00", "1899-12-30"),
    ],
)
@pytest.mark.parametrize("edge", ["", "first", "last"])
def test_what_programs_write_where_there_is_no_date_is_none(text: str, edge: str) -> None:
    with pytest.raises(Unclear):
        DateColumn("Date", edge=edge).read(text)
