"""What an agency, finance and a boss do with the page, in a real Chromium: the client's name, the client's list, the sum."""

from __future__ import annotations

import pytest

from .conftest import Served
from .test_more_tasks import brief, shop, start, tab
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
