"""What a marketer comes for, each done in a real Chromium from the start page: one test a task, all it takes checked."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook

from .service import CAMPAIGN
from .test_page import browser, page

__all__ = ["browser", "page"]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def bought(world: Path) -> str:
    """Return a candidate of the campaign whose audience grew by half or more within a week, and was known to have."""
    candidates = pd.read_parquet(world / "candidates.parquet")
    mine = candidates[candidates["campaign_id"] == CAMPAIGN]
    audience = pd.read_parquet(world / "audience.parquet")
    audience = audience[audience["observed_at"] < mine["decided_at"].min()].sort_values("observed_at")
    growth = audience.groupby("influencer_id")["followers"].pct_change()
    jumped = set(audience.loc[growth > 0.6, "influencer_id"])
    return next(who for who in mine["influencer_id"] if who in jumped)


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
    whom, *amounts = re.match(
        r"Ask (this one|these \d+) for ([\d,]+) of ([\d,]+): about ([\d.,]+) conv", said
    ).groups()
    many = 1 if whom == "this one" else number(whom.removeprefix("these "))
    cost, budget, conversions = map(number, amounts)
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


def test_hand_on_a_shortlist_of_five(page, service) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{service.url}/campaigns/{CAMPAIGN}")
    boxes = page.locator("table.ranking input[name=pick]")
    for n in (0, 2, 3, 7, 9):
        boxes.nth(n).check()
    who = [boxes.nth(n).get_attribute("value") for n in (0, 2, 3, 7, 9)]
    assert "5 people" in page.locator("[data-totals]").inner_text()
    page.get_by_role("link", name="Fee", exact=True).click()
    page.wait_for_url("**sort=fee**")
    assert sorted(box.get_attribute("value") for box in boxes.all() if box.is_checked()) == sorted(who)
    page.locator("[data-row]").first.click()
    page.wait_for_url("**/influencers/**")
    page.go_back()
    assert sum(box.is_checked() for box in boxes.all()) == 5
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    with page.expect_download() as download:
        page.get_by_role("button", name="Excel").click()
    sheet = load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))["Shortlist"]
    rows = [
        dict(zip([c.value for c in sheet[1]], [c.value for c in row], strict=True))
        for row in sheet.iter_rows(min_row=2, max_row=sheet.max_row - 1)  # the last has the sums
    ]
    assert sorted(row["influencer_id"] for row in rows) == sorted(who)
    assert all(row["handle"] and row["fee"] and row["why"] for row in rows)
    page.goto(link)
    assert sorted(box.get_attribute("value") for box in boxes.all()) == sorted(who)


def test_whether_the_following_looks_bought(page, service, bought) -> None:
    page.goto(f"{service.url}/campaigns/{CAMPAIGN}")
    row = page.locator("table.ranking tbody tr").filter(has=page.locator(f"input[value={bought}]"))
    assert re.search("following: (looks bought|one jump, look at it)", row.inner_text())
    row.get_by_role("link").click()
    page.wait_for_url("**/influencers/**")
    card = page.locator("#following")
    assert re.match(
        r"(Looks bought|One jump, look at it)\. The largest growth in a week was \+\d+%",
        card.locator("p").inner_text(),
    )
    assert "with a jump until" in card.locator("svg.growth").get_attribute("aria-label")
    # Nobody of a simulated world has a profile, and the same name elsewhere is somebody else's.
    assert page.locator("a[rel=noopener]").count() == 0
    assert page.get_by_role("link", name="Open on").count() == 0


def test_what_the_last_forecast_was_worth(page, service) -> None:
    page.goto(f"{service.url}/campaigns/c0049")
    said = page.locator("#came .lead").inner_text()
    assert re.match(
        r"The ranking was (right|better than chance|wrong): the \d+ placed first of \d+ brought \d+ %", said
    )
    assert re.search(r"Forecast [\d,]+, came [\d,]+", said)
    rows = page.locator("#came tbody tr")
    assert rows.count() == 15
    assert all(number(row.locator("td").nth(0).inner_text()) >= 0 for row in rows.all())


def test_compare_two_and_say_why(page, service) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{service.url}/campaigns/{CAMPAIGN}")
    links = [page.locator("[data-row]").nth(n).inner_text() for n in (0, 4)]
    for n in (0, 4):
        page.locator("input[name=pick]").nth(n).check()
    page.get_by_role("button", name="Compare").click()
    said = page.locator("#why p").inner_text()
    assert len(said.split()) <= 45
    assert said.startswith(f"{links[0]} is expected to bring ")
    assert f", {links[1]} " in said
    assert re.search(r"because .* \(×[\d.,]+\)", said)
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == said


def test_what_would_change_the_ranking(page, service) -> None:
    page.goto(f"{service.url}/campaigns/{CAMPAIGN}")
    summary = page.locator("summary", has_text="The offer:")
    assert re.search(r"\d to \d posts, fee [\d,]+ to [\d,]+", summary.inner_text())
    summary.click()
    page.get_by_label("Posts each").fill("3")
    page.get_by_label("Fee each").fill("1,500")
    page.get_by_role("button", name="Try").click()
    page.wait_for_url("**posts=3**")
    assert re.match(
        r"With 3 posts, 1,500 each instead of what is agreed: .* from \d+ to \d+",
        page.locator("#moved").inner_text(),
    )
    assert set(column(page, "Fee")) == {1500}
    assert page.get_by_label("Posts each").input_value() == "3"
    assert page.locator("td.rank", has_text="was").count() > 5
    page.get_by_role("link", name="Back to what is agreed").click()
    assert page.locator("#moved").count() == 0


SMALL = """(least) => [...document.querySelectorAll("a, button, input, select, textarea, summary")].filter((one) => {
  const box = one.getBoundingClientRect();
  // A link in a sentence is as high as its line (WCAG 2.5.8); what is hidden is not touched.
  return one.checkVisibility() && !one.closest("p") && !one.matches(".skip") && (box.height < least || box.width < least);
}).map((one) => one.outerHTML.slice(0, 80))"""


def test_whom_to_ask_and_why_on_a_phone(browser, service) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(service.url)
    assert page.evaluate(SMALL, 24) == []
    page.goto(f"{service.url}/campaigns/{CAMPAIGN}?budget=20000")
    assert page.locator("#answer .first").is_visible()
    card = page.locator("table.ranking tbody tr").first
    assert card.bounding_box()["y"] <= 400
    assert card.bounding_box()["height"] <= 160
    said = card.inner_text()
    assert re.search(
        r"fee.*[\d,]{3,}",
        card.locator(".fee").evaluate("(one) => getComputedStyle(one, '::before').content + one.textContent"),
    )
    assert re.search(r"\d+ to \d+", said)
    assert "×" in card.locator(".why").inner_text()
    assert page.evaluate(SMALL, 24) == []
    page.get_by_text("Budget and filters").tap()
    assert page.get_by_label("Budget").is_visible()
    for name in ("button:visible", "select:visible", "summary:visible", "input[type=search]:visible"):
        assert all(one.bounding_box()["height"] >= 44 for one in page.locator(name).all()), name
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    card.locator("input").tap()
    assert page.locator("[data-tray]").is_visible()
    assert page.locator("[data-tray]").bounding_box()["height"] <= 130
    card.locator("[data-row]").tap()
    page.wait_for_url("**/influencers/**")
    why = page.get_by_text(re.compile("^For: |^Against: |^Much like")).first
    box = why.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert page.evaluate(SMALL, 24) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
