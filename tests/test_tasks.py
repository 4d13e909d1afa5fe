"""What a marketer comes for, each done in a real Chromium from the start page: one test a task, all it takes checked."""

from __future__ import annotations

import re
from typing import Any

import pytest

from .service import CAMPAIGN
from .test_page import browser, page

__all__ = ["browser", "page"]

pytestmark = pytest.mark.browser


def number(text: str) -> float:
    return float(re.sub(r"[^\d.]", "", text))


def column(page: Any, words: str) -> list[float]:
    """Return the numbers of a ranking's column, by its heading."""
    headings = page.locator("table.ranking thead th").all_inner_texts()
    place = next(n for n, text in enumerate(headings) if words in text)
    return [
        number(row.locator("th, td").nth(place).inner_text())
        for row in page.locator("table.ranking tbody tr").all()
    ]


def test_whom_to_ask_with_a_budget(page, service) -> None:
    page.goto(service.url)
    page.get_by_label("Brief").fill("Iced coffee for summer, cold brew")
    page.get_by_label("Budget").fill("€5k")
    page.get_by_text("Offer, brand and dates").click()
    page.get_by_label("Fee each").fill("1.000")
    page.get_by_role("button", name="Rank influencers").click()
    page.wait_for_url("**/briefs/*budget=*")
    said = page.locator("#answer .first").inner_text()
    many, cost, budget, conversions = map(
        number, re.match(r"Ask (\d+) for ([\d,]+) of ([\d,]+): ([\d.,]+) conv", said).groups()
    )
    asked = page.locator("table.ranking tr.asked")
    assert (many, cost, budget) == (asked.count(), 1000 * asked.count(), 5000)
    assert 1 <= many <= 5
    assert conversions == pytest.approx(sum(column(page, "Expected")[: int(many)]), rel=0.02)
    assert set(column(page, "Fee")) == {1000}
    assert "The most followed within the same budget" in page.locator("#answer").inner_text()


def test_nobody_above_a_fee(page, service) -> None:
    page.goto(f"{service.url}/campaigns/{CAMPAIGN}")
    fees = column(page, "Fee")
    most = sorted(fees)[len(fees) // 2]
    page.get_by_label("At most per person").fill(f"{most:,.0f}")
    page.get_by_role("button", name="Show").click()
    kept = column(page, "Fee")
    assert max(kept) == most
    assert len(kept) == sum(fee <= most for fee in fees)
    assert (
        f"{len(fees) - len(kept)} of {len(fees)} people cost more than"
        in page.locator("#answer").inner_text()
    )
    assert "most_fee=" in page.url


def test_check_a_pasted_list(page, service) -> None:
    page.goto(f"{service.url}/campaigns/{CAMPAIGN}")
    rows = page.locator("table.ranking tbody tr")
    links = [rows.nth(n).get_by_role("link").inner_text() for n in (3, 0, 9, 14, 5, 20, 11, 8, 30, 2)]
    page.get_by_text("Check a list").click()
    page.get_by_label("Handles, addresses or ids").fill(
        "\n".join([*links[:5], "@nobody.at.all", *links[5:], links[0] + "x"])
    )
    page.get_by_role("button", name="Check").click()
    assert rows.count() == 10
    assert column(page, "#") == [1, 3, 4, 6, 9, 10, 12, 15, 21, 31]
    said = page.locator("#pasted").inner_text()
    assert "10 of 12 on your list are candidates here." in said
    assert "@nobody.at.all" in said
    assert re.search(rf"{re.escape(links[0])}x \(did you mean .*{re.escape(links[0])}", said)
