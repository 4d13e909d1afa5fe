"""What a marketer does when the plan is questioned, in a real Chromium: less money, other people, the past, and half a name."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook

from .conftest import Served
from .service import CAMPAIGN
from .test_more_tasks import answered, asked, shop, start, tab
from .test_page import browser, page
from .test_tasks import SMALL, column

__all__ = ["browser", "page", "shop", "start", "tab"]

pytestmark = pytest.mark.browser


def planned(page: Any, shop: Served, budget: str = "20k") -> list[str]:
    """Type a budget on a campaign and return who is asked."""
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}")
    again(page, budget)
    return asked(page)


def again(page: Any, budget: str) -> None:
    page.get_by_role("textbox", name="Budget").fill(budget)
    page.get_by_role("textbox", name="Budget").press("Enter")
    page.wait_for_url(f"**budget={budget}**")


def follow(page: Any, link: Any) -> None:
    """Click, and wait for the page that it leads to: a slow one would be clicked twice."""
    before = page.url
    link.click()
    page.wait_for_function("before => location.href !== before", arg=before)
    page.wait_for_load_state()


def handle(page: Any, who: str) -> str:
    row = page.locator("table.ranking tr", has=page.locator(f"input[value={who}]"))
    return row.locator("[data-row]").inner_text()


def sheet(page: Any, button: Any) -> tuple[list[str], str]:
    """Return the ids of a workbook that a button gives, and what is said of it."""
    with page.expect_download() as download:
        button.click()
    book = load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))
    heading, *rows, _ = book["Shortlist"].iter_rows(values_only=True)
    said = " ".join(str(cell.value) for cell in book["How to read"]["B"])
    return [row[heading.index("influencer_id")] for row in rows], said


def test_the_list_for_finance_without_two_whom_the_boss_dislikes(page, shop) -> None:
    before = planned(page, shop)
    assert len(before) > 2
    for _ in range(2):
        follow(page, page.get_by_role("link", name="leave out").first)
    who, said = sheet(page, page.get_by_role("link", name="Excel of"))
    assert not set(before[:2]) & set(who)
    assert who == asked(page)
    assert "; budget 20,000; 2 left out; " in said


@pytest.fixture(scope="module")
def known(world: Path) -> pd.DataFrame:
    """Return the outcomes that were known when the campaign's people were chosen: two weeks after a campaign's end."""
    outcomes = pd.read_parquet(world / "outcomes.parquet")
    ends = pd.read_parquet(world / "campaigns.parquet").set_index("campaign_id")["ends_at"]
    candidates = pd.read_parquet(world / "candidates.parquet")
    decided = candidates.loc[candidates["campaign_id"] == CAMPAIGN, "decided_at"].min()
    return outcomes[outcomes["campaign_id"].map(ends) + pd.Timedelta(days=14) < decided]


def test_who_is_new_to_us_and_cheap(page, shop, world: Path, known: pd.DataFrame) -> None:
    candidates = pd.read_parquet(world / "candidates.parquet")
    mine = candidates[candidates["campaign_id"] == CAMPAIGN]
    new = set(mine["influencer_id"]) - set(known["influencer_id"])
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}")
    page.get_by_label("Worked with us").select_option("not yet: new")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**past=new**")
    for _ in range(2):
        follow(page, page.get_by_role("link", name="Fee", exact=True))
    boxes = page.locator("table.ranking input[name=pick]").all()
    assert {box.get_attribute("value") for box in boxes} == new
    assert column(page, "Fee") == sorted(column(page, "Fee"))
    assert all("new to us" in row.inner_text() for row in page.locator("table.ranking tbody tr").all())


def test_the_budget_is_cut_by_half(page, shop) -> None:
    before = planned(page, shop)
    _, _, _, conversions, *_ = answered(page)
    page.get_by_role("link", name="Tick them").click()
    page.wait_for_url("**pick=**")
    assert page.locator("#ticked").count() == 0
    again(page, "10k")
    _, cost, budget, fewer, *_ = answered(page)
    assert (budget, cost <= budget, fewer < conversions) == (10_000, True, True)
    said = page.locator("#ticked").inner_text()
    out = [who for who in before if who not in asked(page)]
    assert out
    assert said.startswith(f"Of the {len(before)} ticked, not asked: ")
    not_asked, _, others = said.partition(". Asked, but not ticked: ")
    assert all(handle(page, who) in not_asked for who in out)
    assert all(handle(page, who) in others for who in asked(page) if who not in before)


def test_she_says_no_who_steps_in(page, shop) -> None:
    before = planned(page, shop)
    page.get_by_role("link", name="Tick them").click()
    page.wait_for_url("**pick=**")
    who = handle(page, before[0])
    page.get_by_role("link", name=f"leave out {who}").click()
    page.wait_for_url("**never=**")
    assert f"not asked: {who}" in page.locator("#ticked").inner_text()
    for one in set(asked(page)) - set(before):
        assert handle(page, one) in page.locator("#ticked").inner_text().partition("but not ticked: ")[2]


def test_who_of_the_last_campaign_disappointed(page, shop) -> None:
    page.goto(f"{shop.url}/campaigns/c0049")
    rows = page.locator("#came tbody tr").all()
    strayed: dict[str, set[str]] = {"below": set(), "above": set()}
    for row in rows:
        low, high = map(float, re.findall(r"[\d,.]+", row.locator("td").nth(1).inner_text().replace(",", "")))
        came = float(re.match(r"[\d,.]+", row.locator("td").nth(2).inner_text())[0].replace(",", ""))
        flag = row.locator(".flag")
        if flag.count():
            strayed[flag.inner_text()].add(row.locator("th").inner_text())
        assert flag.count() == (not low - 0.5 <= came <= high + 0.5)
    less, more = page.locator("#strayed").inner_text().split("Brought more than their range: ")
    for words, names in ((less, strayed["below"]), (more, strayed["above"])):
        assert all(name in words for name in names)
        assert ("nobody" in words) == (not names)
    rows[0].get_by_role("link").click()
    page.wait_for_url("**/campaigns/c0049/influencers/**")
    assert page.locator("#past").is_visible()


def test_what_did_they_bring_us_before(page, shop, known: pd.DataFrame) -> None:
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}")
    who = page.locator("table.ranking input[name=pick]").first.get_attribute("value")
    page.locator("[data-row]").first.click()
    page.wait_for_url("**/influencers/**")
    mine = known[known["influencer_id"] == who]
    net = (mine["conversions"] - mine["refunds"]).clip(lower=0)
    rows = page.locator("#past tbody tr").all()
    assert len(rows) == min(len(mine), 12)
    lead = page.locator("#past .lead").inner_text()
    assert lead.startswith(f"{len(mine)} campaigns, {net.sum():,.0f} conversions for ")
    shown = {row.locator("th").inner_text(): row.locator("td").nth(3).inner_text() for row in rows}
    assert shown == {name: f"{net[at]:,.0f}" for at, name in mine["campaign_id"].items() if name in shown}
    rows[0].get_by_role("link").click()
    page.wait_for_url("**/campaigns/c0*")
    assert page.locator("#came").is_visible()


def test_find_whose_name_i_half_remember(page, shop) -> None:
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}")
    name = page.locator("[data-row]").nth(6).inner_text()
    page.goto(shop.url)
    page.get_by_role("searchbox").fill(name.removeprefix("@")[:-1] + "zz")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("main").get_by_role("link", name="c0").first.click()
    page.wait_for_url("**search=**")
    said = page.locator("form[data-ranking]").inner_text()
    assert name in said, "near, or known and no candidate there"
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}?{page.url.partition('?')[2]}")
    follow(page, page.get_by_role("link", name=name, exact=True))
    assert name in page.locator("[data-row]").all_inner_texts()


def test_only_one_platform(page, shop) -> None:
    before = planned(page, shop)
    page.get_by_text("More limits").click()
    page.get_by_label("youtube").check()
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**platform=youtube**")
    rows = page.locator("table.ranking tbody tr")
    assert all("youtube" in row.inner_text() for row in rows.all())
    assert f"{rows.count()} of 35 candidates: on youtube" in page.locator(".count").inner_text()
    assert set(asked(page)) != set(before)
    assert sheet(page, page.get_by_role("link", name="Excel of"))[1].count("; on youtube; ") == 1
    page.get_by_role("searchbox").fill("youtube")
    page.get_by_role("button", name="Show").click()
    assert rows.count() == page.locator("table.ranking .who").count() > 0


def test_whom_did_i_write_that_about(page, shop) -> None:
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}")
    who = page.locator("[data-row]").nth(4).inner_text()
    page.locator("[data-row]").nth(4).click()
    page.get_by_label(f"Note on {who}").fill("vegan, no dairy brands")
    page.get_by_role("button", name="Keep note").click()
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}")
    page.get_by_role("searchbox").fill("Dairy")
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url("**search=Dairy**")
    assert page.locator("[data-row]").all_inner_texts() == [who]
    page.locator("[data-row]").click()
    page.get_by_label(f"Note on {who}").fill("")
    page.get_by_role("button", name="Keep note").click()


LINES = """(one) => {
  const range = document.createRange();
  range.selectNodeContents(one);
  return range.getClientRects().length;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_of_it_fits_a_phone_and_paper(browser, shop, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, color_scheme=scheme
    )
    page = context.new_page()
    who = planned_ids(page, shop)
    for path in (
        f"?budget=9k&platform=youtube&past=known&pick={who[0]}&pick={who[1]}&never={who[0]}",
        f"/influencers/{who[0]}",
        "?search=zzz",
    ):
        page.goto(f"{shop.url}/campaigns/{CAMPAIGN}{path}")
        for one in page.locator("details").all():
            one.evaluate("(one) => { one.open = true; }")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert page.evaluate(SMALL, 24) == [], path
        for name in ("button:visible", "select:visible"):
            assert all(one.bounding_box()["height"] >= 44 for one in page.locator(name).all()), name
        day = page.locator("#past .day")
        assert day.count() == 0 or day.first.evaluate(LINES) == 1, "a date stands in one line"
    page.goto(f"{shop.url}/campaigns/c0049")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 1010})
    assert page.evaluate("document.documentElement.scrollWidth") <= 680
    assert page.locator("#strayed").is_visible()
    context.close()


def planned_ids(page: Any, shop: Served) -> list[str]:
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}")
    return [box.get_attribute("value") for box in page.locator("input[name=pick]").all()[:2]]
