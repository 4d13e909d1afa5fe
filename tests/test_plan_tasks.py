"""What a marketer does with the limits of a plan, in a real Chromium: by keyboard, without scripts, on a phone, on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from .conftest import Served
from .service import CAMPAIGN
from .test_further_tasks import sheet
from .test_more_tasks import asked, shop, start, tab
from .test_page import browser, page
from .test_tasks import SMALL

__all__ = ["browser", "page", "shop", "start", "tab"]

pytestmark = pytest.mark.browser
LIMITS = "budget=20k&at_most=2&min_new=1&value=1200&explore=1&seen=30&platform=youtube&platform=tiktok"


def tab_to(page: Any, label: str) -> None:
    """Go by keyboard to what has a label, or says so itself."""
    for _ in range(60):
        page.keyboard.press("Tab")
        here = page.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).innerText")
        if here.strip().startswith(label):
            return
    pytest.fail(f"{label} is not reached")


def test_at_most_one_of_a_platform_and_two_new_by_keyboard(page, shop: Served) -> None:
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}?budget=20k")
    before = asked(page)
    tab_to(page, "More limits")
    page.keyboard.press("Enter")
    tab_to(page, "At most of one platform")
    page.keyboard.type("1")
    tab_to(page, "New people needed")
    page.keyboard.type("2")
    tab_to(page, "instagram")
    page.keyboard.press("Space")
    tab_to(page, "youtube")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**platform=youtube**")
    assert "&at_most=1&min_new=2&" in page.url
    assert "Kept to: on instagram or youtube; at most 1 of one platform; at least 2 new." in page.locator("#answer").inner_text()  # fmt: skip
    rows = page.locator("tr.asked").all_inner_texts()
    assert sorted(home for row in rows for home in ("instagram", "tiktok", "youtube") if home in row) == ["instagram", "youtube"]  # fmt: skip
    assert all("new to us" in row for row in rows)
    assert asked(page) != before
    who, said = sheet(page, page.get_by_role("link", name="Excel of"))
    assert who == asked(page)
    assert "; budget 20,000; on instagram or youtube; at most 1 of one platform; at least 2 new; " in said


def test_what_a_conversion_is_worth_without_scripts(browser, shop: Served) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}?budget=20k")
    page.get_by_text("More limits").click()
    page.get_by_label("A conversion is worth").fill("€1.2k")
    page.get_by_label("Places held to learn").fill("1")
    page.get_by_role("button", name="Plan").first.click()
    assert page.get_by_label("A conversion is worth").input_value() == "€1.2k"
    assert page.locator("tr.asked .mark", has_text="ask to learn").count() == 1
    page.get_by_role("link", name="Report").click()
    assert "At 1,200.00 a conversion that is worth about" in page.locator("#answer").inner_text()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_limits_fit_a_phone(browser, shop: Served, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, color_scheme=scheme
    )
    page = context.new_page()
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}?{LIMITS}")
    page.get_by_text("Budget and filters").tap()
    page.get_by_text("More limits: 6").tap()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(SMALL, 24) == []
    for name in ("button:visible", "summary:visible", "input[name=seen]:visible"):
        assert all(one.bounding_box()["height"] >= 44 for one in page.locator(name).all()), name
    assert [box.is_checked() for box in page.locator("[name=platform]").all()] == [False, True, True]
    context.close()


END = """(one) => {
  const range = document.createRange();
  range.selectNodeContents(one);
  return range.getBoundingClientRect().bottom;
}"""
"""Where what somebody reads of a cell ends: the cell itself may go on."""


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
@pytest.mark.parametrize("limits", ["budget=20k", "target=40", f"{LIMITS}&never={{0}}&must={{1}}&pick={{0}}"])
def test_who_is_asked_first_stands_on_the_first_screen(
    browser, shop: Served, width: int, height: int, limits: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": height}, is_mobile=width < 400)
    page = context.new_page()
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}?platform=youtube")
    who = [box.get_attribute("value") for box in page.locator("input[name=pick]").all()]
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}?{limits.format(*who)}")
    tray = page.locator("[data-tray]")
    seen = tray.bounding_box()["y"] if tray.is_visible() else height
    first = page.locator("tr.asked").first
    for part in (".who a", ".range .strong", ".range .small", ".fee"):
        assert first.locator(part).first.evaluate(END) <= seen, part
    rest = page.locator("#answer details p")
    assert not rest.is_visible()
    page.get_by_text("More on this plan").click()
    assert "Half the time between" in rest.inner_text()
    context.close()


def test_all_of_a_plan_stands_on_paper(page, shop: Served) -> None:
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}?budget=20k")
    page.emulate_media(media="print")
    assert "Half the time between" in page.locator("#answer").inner_text()
    assert page.locator("#answer details p").bounding_box()["height"] > 20
    assert not page.get_by_text("More on this plan").is_visible()
    page.emulate_media(media="screen")


def test_people_on_paper_say_of_which_campaign_they_are(page, shop: Served, world: Path) -> None:
    campaign = pd.read_parquet(world / "campaigns.parquet").set_index("campaign_id").loc[CAMPAIGN]
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}")
    who = [box.get_attribute("value") for box in page.locator("input[name=pick]").all()[:2]]
    person = f"{shop.url}/campaigns/{CAMPAIGN}/influencers/{who[0]}"
    page.goto(person)
    page.get_by_label("Note on").fill("busy in May")
    page.get_by_role("button", name="Keep note").click()
    for address in (person, f"{shop.url}/campaigns/{CAMPAIGN}/compare?pick={who[0]}&pick={who[1]}"):
        page.goto(address)
        assert page.locator(".paper:visible").count() == 0
        page.emulate_media(media="print")
        said = page.locator("main").inner_text()
        assert said.startswith(f"{CAMPAIGN}\n"), "what leads there on the screen is not on paper"
        assert (
            said.count(campaign["brief"]) == said.count(f"{campaign['brand']} · {campaign['category']}") == 1
        )
        assert ("busy in May" in said) == (address == person)
        assert "Why did the score change?" not in said, "a card with nothing but a form"
        assert page.locator("button:visible, input:visible").count() == 0
        assert page.locator("svg text.tick").evaluate_all(
            "(all) => all.every((one) => one.checkVisibility())"
        )
        page.emulate_media(media="screen")
    page.goto(person)
    page.get_by_label("Note on").fill("")
    page.get_by_role("button", name="Keep note").click()


def test_a_list_beside_a_budget_says_whom_of_it_the_plan_asks(page, shop: Served) -> None:
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}?budget=20k")
    who = asked(page)
    others = [box.get_attribute("value") for box in page.locator("tr:not(.asked) input[name=pick]").all()[:2]]
    for names, many in ((others + who[:1], "1"), (others, "nobody")):
        page.goto(f"{shop.url}/campaigns/{CAMPAIGN}?budget=20k&paste={','.join(names)}")
        assert f"Of these the plan asks {many}: it chooses from all 35 candidates." in page.locator("#pasted").inner_text()  # fmt: skip
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}?paste={who[0]}")
    assert "the plan asks" not in page.locator("#pasted").inner_text()


def test_those_ticked_on_paper_have_nothing_to_be_clicked(page, shop: Served) -> None:
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}?budget=20k")
    who = asked(page)
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}?budget=20k&only=picked&pick={who[0]}&must={who[0]}&posts=2")
    page.emulate_media(media="print")
    said = page.locator("main").inner_text()
    assert "Must have: " in said
    for words in ("undo", "Back to", "Show all", "Tick", "leave out"):
        assert words not in said, words
    page.emulate_media(media="screen")
