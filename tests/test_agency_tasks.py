"""What an agency, finance and a boss do with the page, in a real Chromium: the client's name, the client's list, the sum."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from suasion.serving.http.api import create_app
from suasion.serving.http.limits import Limits

from .conftest import Served
from .quick import opened, write
from .service import CAMPAIGN
from .test_currency_shown import EuroSession
from .test_further_tasks import sheet
from .test_more_tasks import asked, brief, shop, start, tab
from .test_page import browser, page

__all__ = ["browser", "page", "shop", "start", "tab"]

pytestmark = pytest.mark.browser


def test_the_client_s_name_is_chosen_from_those_of_the_past_or_told_to_be_none(page, shop: Served) -> None:
    page.goto(shop.url)
    choices = page.locator("datalist#known-brand option")
    assert "Kranich" in [one.get_attribute("value") for one in choices.all()]
    brief(page, shop, Brand="kranich")
    assert "has no past campaign" not in page.locator("main").inner_text()
    brief(page, shop, Brand="Kranic")
    assert "The brand Kranic has no past campaign (did you mean Kranich?)" in page.locator(".banner").inner_text()  # fmt: skip


def test_a_client_sends_a_list_and_wants_the_plan_from_it_alone(page, shop: Served) -> None:
    page.goto(f"{shop.url}/campaigns/{CAMPAIGN}?budget=40k")
    best = asked(page)
    others = [box.get_attribute("value") for box in page.locator("tr:not(.asked) input[name=pick]").all()]
    page.get_by_text("Check a list").click()
    page.get_by_label("Handles, addresses or ids").fill("\n".join([best[0], *others[-12:], "@who.is.this"]))
    page.get_by_role("button", name="Check").click()
    page.get_by_role("link", name="Plan from these only").click()
    page.wait_for_url("**among=list**")
    assert set(asked(page)) <= {best[0], *others[-12:]}
    assert "Kept to: only the 13 on your list." in page.locator("#answer").inner_text()
    who, said = sheet(page, page.get_by_role("link", name="Excel of"))
    assert who == asked(page)
    assert "; only the 13 on your list; " in said
    # Typing another budget keeps to the list; who is opened is judged by it too.
    page.get_by_role("textbox", name="Budget").fill("10k")
    page.get_by_role("textbox", name="Budget").press("Enter")
    page.wait_for_url("**budget=10k**")
    assert "it chooses from them alone" in page.locator("#pasted").inner_text()
    page.locator("tr:not(.asked) [data-row]").first.click()
    page.wait_for_url("**/influencers/**")
    assert "Kept to" not in page.locator("#beside").inner_text()
    assert "Not asked" in page.locator("#beside").inner_text()


@pytest.fixture(scope="module")
def euros(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = write(tmp_path_factory.mktemp("euros"))
    with (
        opened(folder, session=EuroSession) as engine,
        Served(create_app(lambda: engine, limits=Limits(per_minute=0))) as served,
    ):
        yield served


@pytest.mark.parametrize(
    ("width", "part", "most"), [(1280, ".filters", 130), (1280, ".folds", 40), (390, ".people thead", 40)]
)
def test_the_currency_takes_no_line_of_its_own(
    browser, euros: Served, width: int, part: str, most: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    page.goto(f"{euros.url}/campaigns/c03?budget=500")
    assert page.locator(part).first.bounding_box()["height"] < most
    shown = page.locator(".people .fee").first
    assert "EUR" in (
        shown.evaluate("(one) => getComputedStyle(one, '::after').content")
        if width < 400
        else page.locator(".people thead").inner_text()
    )
    context.close()
