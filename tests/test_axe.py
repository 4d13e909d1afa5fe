"""Every screen of the page, and every state of it that somebody can reach, by axe-core: WCAG 2.2 A and AA, light and dark, desktop and phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from suasion.serving.http.api import create_app
from suasion.serving.http.limits import Limits
from suasion.serving.loaded import Engine

from .conftest import Served
from .service import BRIEF, CAMPAIGN
from .test_page import browser

__all__ = ["browser"]

pytestmark = pytest.mark.browser

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
DRAWN = ["color-contrast", "target-size", "scrollable-region-focusable"]
"""Rules that look at what is drawn: another colour scheme or width changes these alone."""
PERSON = f"/campaigns/{CAMPAIGN}/influencers/{{0}}"
WRONG = "budget=1.500&target=0&most_fee=cheap&least=x&posts=0&fee=much&discount=300&at_most=0&min_new=x&value=0&explore=1,5&seen=300&must=@nobody.at.all&never=@nobody.either"
SCREENS = {
    "start": "/",
    "start, next page": "/?page=2",
    "start, nothing like it": "/?search=zzz",
    "sign in": "/login",
    "a brief, budget": "{brief}?budget=5k",
    "a brief to change": "/?brief={name}",
    "ranking": f"/campaigns/{CAMPAIGN}",
    "ranking, budget": f"/campaigns/{CAMPAIGN}?budget=20k&most_fee=9k",
    "ranking, more limits": f"/campaigns/{CAMPAIGN}?budget=20k&at_most=2&min_new=1&value=900&explore=1&seen=30&platform=youtube&platform=tiktok&search={{0}}",
    "ranking, conversions wanted": f"/campaigns/{CAMPAIGN}?target=20&search={{0}}",
    "ranking, must and never and a fee tried": f"/campaigns/{CAMPAIGN}?budget=20k&must={{1}}&never={{0}}&asks={{2}}%3D900",
    "ranking, must without a budget": f"/campaigns/{CAMPAIGN}?must={{1}}&search={{0}}",
    "ranking, another offer": f"/campaigns/{CAMPAIGN}?posts=3&fee=1500&discount=20&paste={{0}},{{3}}",
    "ranking, a pasted list": f"/campaigns/{CAMPAIGN}?paste={{0}},{{3}},@nobody.at.all",
    "ranking, ticks": f"/campaigns/{CAMPAIGN}?pick={{0}}&pick={{3}}&search={{3}}",
    "ranking, only those ticked": f"/campaigns/{CAMPAIGN}?pick={{0}}&pick={{3}}&only=picked",
    "ranking, who is new on a platform": f"/campaigns/{CAMPAIGN}?budget=20k&platform=youtube&past=new&pick={{0}}",
    "ranking, nobody fits": f"/campaigns/{CAMPAIGN}?search=zzz&least=9",
    "ranking, all of it wrong": f"/campaigns/{CAMPAIGN}?{WRONG}&search={{0}}",
    "a campaign that is over": "/campaigns/c0049",
    "person": PERSON,
    "person, budget and a fee tried": f"{PERSON}?budget=20k&asks={{0}}%3D900",
    "person, then and now": f"{PERSON}?before=2023-08-01&models=true",
    "person, all of it wrong": f"{PERSON}?asks_now=much&before=soon",
    "compare": f"/campaigns/{CAMPAIGN}/compare?pick={{0}}&pick={{1}}&pick={{2}}",
    "compare, too few": f"/campaigns/{CAMPAIGN}/compare?pick={{0}}",
    "report": f"/campaigns/{CAMPAIGN}/report",
    "report, plan": f"/campaigns/{CAMPAIGN}/report?budget=20k",
    "model": "/model",
    "review": "/review",
    "not there": "/campaigns/none",
}  # fmt: skip


@pytest.fixture(scope="module")
def axe() -> str:
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()


@pytest.fixture(scope="module")
def address(service: Served) -> Iterator[Any]:
    """Return what makes a path of a screen's: with the ids of the best in place of {0}, {1} …, a typed brief, and a note on the best."""
    with httpx.Client(base_url=service.url, timeout=120) as client:
        rows = client.get(f"/v1/campaigns/{CAMPAIGN}/scores?limit=9").json()["scores"]
        ids = [row["influencer_id"] for row in rows]
        path = client.post("/briefs", data={**BRIEF, "fee": "500"}).headers["location"]
        client.post(PERSON.format(ids[0]), data={"note": "busy in May"})
        yield lambda screen: service.url + screen.format(*ids, brief=path, name=path.rpartition("/")[2])
        client.post(PERSON.format(ids[0]), data={"note": ""})


@pytest.fixture(scope="module")
def tab(browser: Any) -> Iterator[Any]:
    context = browser.new_context(reduced_motion="reduce")  # a colour on its way to another is neither
    yield context.new_page()
    context.close()


def violations(page: Any, options: dict[str, object]) -> list[str]:
    """Return what axe says is wrong, each with where it is."""
    told = page.evaluate("(o) => axe.run({resultTypes: ['violations'], ...o})", options)
    return [
        f"{one['id']}: {node['html'][:120]} {node['failureSummary']}"
        for one in told["violations"]
        for node in one["nodes"]
    ]


def check(page: Any, axe: str, address: str) -> None:
    """Hold a screen against the rules, everything on it unfolded."""
    page.goto(address)
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.evaluate(axe)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            rules = TAGS if (width, scheme) == (1280, "light") else DRAWN
            assert violations(page, {"runOnly": rules}) == [], (width, scheme)


@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_on_a_screen_keeps_anybody_out(screen: str, axe: str, tab: Any, address: Any) -> None:
    check(tab, axe, address(SCREENS[screen]))


def test_a_review_of_outcomes_keeps_nobody_out(axe: str, tab: Any, world: Path, earlier: Path) -> None:
    with Served(create_app(lambda: Engine(world, earlier), limits=Limits(per_minute=0))) as served:
        check(tab, axe, f"{served.url}/review")
    assert tab.locator("table").count() == 2, "misjudged and drift"


COVERED = """() => {
  const here = document.activeElement, box = here.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return here.closest("tr") && !(top && (here.contains(top) || top.contains(here))) ? here.outerHTML.slice(0, 80) : "";
}"""


@pytest.mark.parametrize("width", [1280, 390])
def test_what_the_keyboard_comes_to_is_not_behind_the_bar(width: int, browser: Any, address: Any) -> None:
    context = browser.new_context(viewport={"width": width, "height": 700})
    page = context.new_page()
    page.goto(address(f"/campaigns/{CAMPAIGN}?pick={{0}}&pick={{1}}&budget=20k"))
    page.locator("input[name=pick]").first.focus()
    for _ in range(60):
        page.keyboard.press("Tab")
        assert page.evaluate(COVERED) == ""
    context.close()
