"""Spans of days, weeks, quarters and months in a cell: their first and last day, worked out by hand."""

from __future__ import annotations

import pytest

from suasion.features.sources.reading.moments import is_yearless, readings, with_year

SPANS = {
    "01.06.–30.06.2024": ("2024-06-01", "2024-06-30"),
    "12/02 a 25/02/2024": ("2024-02-12", "2024-02-25"),
    "1–31 Mar 2024": ("2024-03-01", "2024-03-31"),
    "12.–18. März 2025": ("2025-03-12", "2025-03-18"),
    "Mar 3 - 17, 2024": ("2024-03-03", "2024-03-17"),
    "28 Dec - 5 Jan 2025": ("2024-12-28", "2025-01-05"),
    "20240301-20240331": ("2024-03-01", "2024-03-31"),
    "2024-03-01/2024-03-14": ("2024-03-01", "2024-03-14"),
    "01.06.2024 bis 30.06.2024": ("2024-06-01", "2024-06-30"),
    "du 3 au 17 mai 2024": ("2024-05-03", "2024-05-17"),
    "vom 28. Juni bis 12. Juli 2024": ("2024-06-28", "2024-07-12"),
    "Mar-24 - May-24": ("2024-03-01", "2024-05-31"),
    "June – August 2024": ("2024-06-01", "2024-08-31"),
    "KW 12-14 2025": ("2025-03-17", "2025-04-06"),
    "v. 12 2024": ("2024-03-18", "2024-03-24"),
    "Q2 2025": ("2025-04-01", "2025-06-30"),
    "2024年4月": ("2024-04-01", "2024-04-30"),
    "2024年4月1日": ("2024-04-01", "2024-04-01"),
    "Mayıs 2024": ("2024-05-01", "2024-05-31"),
}


@pytest.mark.parametrize("text", SPANS)
def test_a_span_has_its_first_and_its_last_day(text: str) -> None:
    for edge, right in zip(("first", "last"), SPANS[text], strict=True):
        days = {moment.date().isoformat() for moment in readings(text, edge).values()}
        assert days == {right}


@pytest.mark.parametrize("text", ["40-50", "2024-2025", "30.06.–01.06.2024", "3-4", "a to b", "1-31"])
def test_what_is_no_span_is_none(text: str) -> None:
    assert readings(text, "first") == {}


def test_a_span_is_in_as_many_orders_as_its_days_are() -> None:
    days = readings("03/04 - 05/04/2024", "last")
    assert {order: moment.date().isoformat() for order, moment in days.items()} == {
        "dmy": "2024-04-05",
        "mdy": "2024-05-04",
    }
    assert readings("03/04 - 05/04/2024") == {}  # one moment, which a span is not


@pytest.mark.parametrize("text", ["01.06.–30.06.", "3.–17. Mai", "12/02 - 25/02", "Q2", "v. 12", "Mar - Apr"])
def test_a_span_without_its_year_takes_one(text: str) -> None:
    assert is_yearless(text)
    assert readings(text, "first") == {}
    assert readings(with_year(text, "2024"), "first")


@pytest.mark.parametrize(
    "text", ["Lørdag 13.01.2024", "lördag, 13 januari 2024", "Sa 13.01.2024", "Sat 2024-01-13"]
)
def test_a_weekday_may_stand_before_its_date(text: str) -> None:
    assert {moment.date().isoformat() for moment in readings(text).values()} == {"2024-01-13"}
