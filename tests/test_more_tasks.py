"""What a marketer does after the first look, in a real Chromium: bargain, leave out, hand on, come back next week."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from suasion.serving.http.api import create_app
from suasion.serving.http.limits import Limits
from suasion.serving.http.remembered import Kept
from suasion.serving.loaded import Engine

from .conftest import Served
from .service import CAMPAIGN
from .test_page import browser, page
from .test_tasks import SMALL, column, number

__all__ = ["browser", "page"]

pytestmark = pytest.mark.browser
BRIEF = "Iced coffee for summer, cold brew"
COUNTED = re.compile(r"Ask (?:this one|these (\d+)) for ([\d,]+)(?: of ([\d,]+))?: about ([\d.,]+) conversions(?:, 9 times in 10 between ([\d.,]+) and ([\d.,]+))?\.")  # fmt: skip


@pytest.fixture(scope="module")
def start(world: Path, trained, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return what starts a service that keeps what is typed in the same file each time."""
    file = tmp_path_factory.mktemp("kept") / "page.sqlite"

    @contextmanager
    def started() -> Iterator[Served]:
        app = create_app(lambda: Engine(world, trained[1]), limits=Limits(per_minute=0), kept=Kept(file))
        with Served(app) as served:
            yield served

    return started


@pytest.fixture(scope="module")
def shop(start: Any) -> Iterator[Served]:
    with start() as served:
        yield served


@pytest.fixture
def tab(browser) -> Iterator[Any]:
    """Give a tab in which a page may say that something typed is wrong, which Chromium writes to its console."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def brief(page: Any, shop: Served, text: str = BRIEF, **fields: str) -> str:
    """Type a brief on the start page and return the path of its address."""
    page.goto(shop.url)
    page.get_by_label("Brief").fill(text)
    page.get_by_text("Offer, brand and dates").click()
    for label, value in fields.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(value)
    page.get_by_role("button", name="Rank influencers").click()
    page.wait_for_url("**/briefs/**")
    return page.url.removeprefix(shop.url)


def answered(page: Any) -> tuple[float, ...]:
    """Return what the answer says: how many, their cost, the budget, their conversions, and the range; 0 for what it does not say."""
    said = COUNTED.match(page.locator("#answer .first").inner_text())
    assert said, page.locator("#answer .first").inner_text()
    many, *amounts = said.groups()
    return (float(many or 1), *(number(one) if one else 0.0 for one in amounts))


def asked(page: Any) -> list[str]:
    return [box.get_attribute("value") for box in page.locator("tr.asked input[name=pick]").all()]


def test_the_cheapest_plan_for_so_many_conversions(tab, shop) -> None:
    page = tab
    brief(page, shop, Conversions_wanted="30", Fee_each="500")
    many, cost, _, conversions, low, high = answered(page)
    assert conversions >= 30
    assert low < conversions < high
    assert cost == 500 * many == 500 * len(asked(page))
    assert conversions == pytest.approx(sum(column(page, "Expected")[: int(many)]), abs=1)
    # Where all ask the same, the fewest are the cheapest: the best, and without the last of them it is less.
    assert sum(column(page, "Expected")[: int(many) - 1]) < 30
    assert "The chance that 30 or more come is" in page.locator("#answer").inner_text()
    page.goto(f"{page.url}&budget={500 * int(many) - 1}")
    wrong = page.locator("#wrong-target").inner_text()
    assert f"30 conversions cost {500 * int(many):,} at least, more than the budget" in wrong


def test_two_we_must_have_and_one_never(tab, shop) -> None:
    page = tab
    brief(page, shop, Budget="4k", Fee_each="500")
    before = asked(page)
    last = page.locator("table.ranking tbody tr").nth(20)
    late = last.locator("input[name=pick]").get_attribute("value")
    handle = last.locator("[data-row]").inner_text()
    last.get_by_role("link", name="must have").click()
    page.wait_for_url("**must=**")
    page.get_by_text("Must have and never ask").click()
    also = page.locator("table.ranking tbody tr").nth(15)
    page.locator("[name=must]:visible").fill(f"{also.locator('[data-row]').inner_text()}, @nobody.at.all")
    also = also.locator("input[name=pick]").get_attribute("value")
    page.get_by_role("button", name="Plan").click()
    page.wait_for_url("**nobody.at.all**")
    assert "No candidate here: @nobody.at.all" in page.locator("#wrong-must").inner_text()
    page.get_by_role("link", name="leave out").first.click()
    page.wait_for_url("**never=**")
    assert {late, also} <= set(asked(page))
    assert before[0] not in asked(page)
    assert page.locator("#must").inner_text().startswith(f"Must have: {handle} undo, ")
    shared = page.url
    page.go_back()
    assert before[0] in asked(page)
    page.goto(shared)
    assert {late, also} <= set(asked(page)), "the address says it all"
    page.get_by_role("link", name="undo: never ask").click()
    page.wait_for_url(lambda url: "never=" not in url)
    for _ in range(2):
        page.get_by_role("link", name="undo: must have").first.click()
        page.wait_for_load_state()
    assert asked(page) == before


def test_money_as_people_type_it(tab, shop) -> None:
    page = tab
    for typed, budget in (("20.000 €", 20_000), ("20k", 20_000), ("EUR 20,000", 20_000), ("20'000 CHF", 20_000), ("1,5k", 1_500)):  # fmt: skip
        page.goto(f"{shop.url}/campaigns/{CAMPAIGN}")
        page.get_by_role("textbox", name="Budget").fill(typed)
        page.get_by_role("textbox", name="Budget").press("Enter")
        page.wait_for_url("**budget=**")
        assert answered(page)[2] == budget, typed
    page.goto(shop.url)
    page.get_by_label("Brief").fill(BRIEF)
    page.get_by_label("Budget").fill("1.500")
    page.get_by_role("button", name="Rank influencers").click()
    assert page.locator("#wrong-budget").inner_text() == "1.500 can be read in two ways: write 1500 or 1.5."
    assert page.get_by_label("Budget").input_value() == "1.500"
    assert page.get_by_label("Brief").input_value() == BRIEF


def test_a_brief_in_words_that_the_model_does_not_know(page, shop) -> None:
    brief(page, shop, "xqzt flurbo", Budget="5k", Fee_each="1.000")
    assert "the model knows none of its words" in page.locator(".banner").inner_text()
    assert "“xqzt flurbo”" in page.locator("main").inner_text()
    assert answered(page)[2] == 5000
    page.get_by_role("link", name="Change this brief").click()
    assert page.get_by_label("Brief").input_value() == "xqzt flurbo"
    page.get_by_label("Brief").fill("xqzt flurbo coffee")
    page.get_by_text("Offer, brand and dates").click()
    assert page.get_by_label("Fee each").input_value() == "1.000"
    page.get_by_role("button", name="Rank influencers").click()
    page.wait_for_url("**/briefs/**")
    assert "coffee”" in page.locator("main").inner_text()


def test_a_page_for_the_boss(page, shop) -> None:
    brief(page, shop, Budget="5k", Fee_each="1.000")
    first, who = page.locator("#answer .first").inner_text().split(" Tick")[0], asked(page)
    page.get_by_role("link", name="Report").click()
    page.wait_for_url("**/report**")
    page.emulate_media(media="print")
    said = page.locator("#answer").inner_text()
    assert said.startswith(first)
    assert "9 times in 10 between" in first
    assert "The most followed within the same budget: about" in said
    assert "What could go wrong, and what stays: " in page.locator("#risk").inner_text()
    rows = page.locator("table.ranking tbody tr")
    assert rows.count() == len(who)
    headings = page.locator("table.ranking thead").inner_text()
    assert all(words in headings for words in ("Conversions", "90 %", "Fee", "A conversion costs"))
    assert rows.first.evaluate("(row) => getComputedStyle(row).breakInside") == "avoid"
    assert page.locator("form, nav, button").count() == 0
    # On A4 with its margins the table begins on the first page, and nothing is cut at the side.
    page.set_viewport_size({"width": 680, "height": 1010})
    assert rows.first.bounding_box()["y"] < 900
    assert page.evaluate("document.documentElement.scrollWidth") <= 680
    page.go_back()
    assert not page.locator("header").is_visible(), "what can be clicked is nothing on paper"
    assert page.locator("#answer").is_visible()
    page.emulate_media(media="screen")


def test_a_note_is_still_there_next_week(browser, shop, start) -> None:
    context = browser.new_context(java_script_enabled=False, accept_downloads=True)
    page = context.new_page()
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}")
    page.locator("[data-row]").nth(2).click()
    handle = page.locator("h1").inner_text().split()[0]
    page.get_by_label(f"Note on {handle}").fill("agent says busy in May")
    page.get_by_role("button", name="Keep note").click()
    with start() as later:
        page.goto(f"{later.url}/campaigns/{CAMPAIGN}")
        row = page.locator("table.ranking tbody tr").nth(2)
        assert row.locator(".noted").inner_text() == "agent says busy in May"
        with page.expect_download() as download:
            page.get_by_role("button", name="Excel").click()
        sheet = load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))["Shortlist"]
        assert "agent says busy in May" in [cell.value for cell in sheet[4]]
        row.locator("[data-row]").click()
        page.get_by_label(f"Note on {handle}").fill("")
        page.get_by_role("button", name="Keep note").click()
        page.goto(f"{later.url}/campaigns/{CAMPAIGN}")
        assert page.locator(".noted").count() == 0
    context.close()


def test_she_asks_more_is_she_still_in(page, shop) -> None:
    brief(page, shop, Budget="4k", Fee_each="500")
    plan, who = page.url, asked(page)[0]
    page.locator("tr.asked [data-row]").first.click()
    page.wait_for_url("**/influencers/**")
    beside = page.locator("#beside")
    assert beside.inner_text().count("Asked: ") == 1
    page.get_by_label("What if the fee were").fill("600")
    page.get_by_role("button", name="Try").click()
    page.wait_for_url("**asks=**")
    assert "Asked: " in beside.inner_text()
    assert "600 is tried instead of 500." in beside.inner_text()
    page.get_by_label("What if the fee were").fill("3.900 €")
    page.get_by_role("button", name="Try").click()
    page.wait_for_url("**3900**")
    assert "Not asked: " in beside.inner_text()
    limit = re.search(r"The plan would ask them for ([\d,]+) or less", beside.inner_text())
    assert limit
    for fee, asks in ((number(limit[1]) - 1, True), (number(limit[1]) + 20, False)):
        page.goto(f"{plan}&asks={who}%3D{fee:.0f}")
        assert (who in asked(page)) == asks, fee
    assert "instead of 500" in page.locator("#own-fees").inner_text()
    page.get_by_role("link", name="undo: the fee tried").click()
    page.wait_for_url(lambda url: "asks=" not in url)
    assert who in asked(page)


def test_a_colleague_opens_the_link_of_a_typed_brief_after_a_restart(browser, page, shop, start) -> None:
    path = brief(page, shop, Budget="5k", Fee_each="1.000")
    first = page.locator("#answer .first").inner_text()
    who = [box.get_attribute("value") for box in page.locator("input[name=pick]").all()[:2]]
    context = browser.new_context(java_script_enabled=False)
    colleague = context.new_page()
    with start() as later:
        assert colleague.goto(f"{later.url}{path}").status == 200
        assert colleague.locator("#answer .first").inner_text() == first
        assert f"“{BRIEF}”" in colleague.locator("main").inner_text()
        base = f"{later.url}{path.partition('?')[0]}"
        for rest in (f"/influencers/{who[0]}", f"/compare?pick={who[0]}&pick={who[1]}", "/report?budget=5k"):
            assert colleague.goto(f"{base}{rest}").status == 200, rest
        colleague.goto(later.url)
        colleague.get_by_role("link", name=BRIEF).first.click()
        assert colleague.url == base
    context.close()


def test_a_sheet_of_the_plan_for_finance(page, shop) -> None:
    brief(page, shop, Budget="5k", Fee_each="1.000")
    many, cost, *_ = answered(page)
    who = asked(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Excel of").click()
    book = load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))
    heading, *rows, together = book["Shortlist"].iter_rows(values_only=True)
    assert [row[heading.index("influencer_id")] for row in rows] == who
    fee = heading.index("fee")
    assert sum(row[fee] for row in rows) == cost == 1000 * many
    assert together[fee] == f"=SUM(G2:G{len(rows) + 1})"
    said = " ".join(str(cell.value) for cell in book["How to read"]["B"])
    assert f"{cost:,.0f} in fees" in said
    assert re.search(rf"{BRIEF}; budget 5,000; as of \d{{4}}-\d\d-\d\d; model \w{{12}}", said)


def test_by_keyboard_alone(page, shop) -> None:
    page.goto(shop.url)

    def tab_to(name: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            here = page.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).innerText")
            if here.strip().startswith(name):
                assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
                return
        pytest.fail(f"{name} is not reached")

    tab_to("Brief")
    page.keyboard.type(BRIEF)
    tab_to("Budget")
    page.keyboard.type("20k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/briefs/**")
    before = asked(page)
    page.keyboard.press("j")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText").startswith("leave out")
    page.keyboard.press("Enter")
    page.wait_for_url("**never=**")
    assert before[0] not in asked(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/influencers/**")
    tab_to("Note on")
    page.go_back()
    page.go_back()
    assert asked(page) == before
    assert page.get_by_role("textbox", name="Budget").input_value() == "20k"


def test_nobody_fits_the_budget_or_one_does(page, shop) -> None:
    brief(page, shop, Budget="5", Fee_each="500")
    said = page.locator("#answer").inner_text()
    assert said.startswith("Ask nobody for 0 of 5")
    assert "Nobody can be asked for so little: the lowest fee is 500." in said
    page.get_by_role("textbox", name="Budget").fill("500")
    page.get_by_role("textbox", name="Budget").press("Enter")
    page.wait_for_url("**budget=500**")
    assert page.locator("#answer .first").inner_text().startswith("Ask this one for 500 of 500: about ")
    page.get_by_role("link", name="Tick this one").click()
    assert page.locator("[data-totals]").inner_text().startswith("1 person · 500 in fees · about ")


def test_a_list_from_a_chat(page, shop) -> None:
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}")
    one, other = (page.locator("[data-row]").nth(n).inner_text() for n in (4, 1))
    page.get_by_text("Check a list").click()
    page.get_by_label("Handles, addresses or ids").fill(
        f"[12:03] Lena: hey, what about {one} (so nice!!) 😍\nor {other}? and Tom from last year"
    )
    page.get_by_role("button", name="Check").click()
    page.wait_for_url("**paste=**")
    assert column(page, "#") == [2, 5]
    said = page.locator("#pasted").inner_text()
    assert "2 of 2 on your list are candidates here." in said
    assert "Taken for words and no names, for want of an @: 12:03 Lena hey" in said.replace(
        "Not known: hey.", "hey"
    )


def test_a_plan_bargained_for_on_a_phone(browser, shop) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, color_scheme="dark"
    )
    page = context.new_page()
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}?budget=20k&must=i0000001")
    page.get_by_role("link", name="leave out").first.tap()
    page.wait_for_url("**never=**")
    assert page.locator("#never").is_visible()
    page.locator("[data-row]").first.tap()
    page.wait_for_url("**/influencers/**")
    page.get_by_label("Note on").fill("a long note that needs more than one line on a phone " * 3)
    page.get_by_role("button", name="Keep note").tap()
    page.get_by_label("What if the fee were").fill("99")
    page.get_by_role("button", name="Try").tap()
    page.wait_for_url("**asks=**")
    for _ in range(2):
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate(SMALL, 24) == []
        page.goto(f"{shop.url}/campaigns/{CAMPAIGN}{page.url.partition('?')[1]}{page.url.partition('?')[2]}")
    page.locator("[name=pick]").first.tap()
    assert page.locator("[data-tray]").bounding_box()["height"] <= 130
    context.close()
