"""The page in a real Chromium: search, sort, open, compare, export, keys, phone, dark, and posts that try to be code."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import pytest

from suasion.features import GROUPS
from suasion.serving.http.api import create_app
from suasion.serving.http.limits import Limits
from suasion.serving.loaded import Engine
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.ranking import Board
from suasion.serving.scoring.score import COLUMNS, Scored

from .conftest import Served

CAMPAIGN = "c0055"
HOSTILE = [
    "<script>document.title='pwned'</script>",
    '"><img src=x onerror="document.title=\'pwned\'">',
    "{{ 7 * 7 }} {% raw %} ${7*7} #{7*7}",
    "<svg onload=document.title='pwned'> </title></textarea></script><b>bold",
    "javascript:document.title='pwned' \u202e\u0000\ufeff 'OR 1=1; DROP TABLE posts; --",
]
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def hostile(world: Path, trained, tmp_path_factory):
    """Serve a world in which the best candidate's handle, posts, brief and id of a friend are hostile."""
    folder = tmp_path_factory.mktemp("hostile") / "world"
    shutil.copytree(world, folder, ignore=shutil.ignore_patterns("truth"))
    candidates = pd.read_parquet(folder / "candidates.parquet")
    who = candidates.loc[candidates["campaign_id"] == CAMPAIGN, "influencer_id"].iloc[0]
    people = pd.read_parquet(folder / "influencers.parquet")
    people.loc[people["influencer_id"] == who, "handle"] = HOSTILE[0]
    people.to_parquet(folder / "influencers.parquet")
    campaigns = pd.read_parquet(folder / "campaigns.parquet")
    row = campaigns["campaign_id"] == CAMPAIGN
    brief = campaigns.loc[row, "brief"].iloc[0]
    campaigns.loc[row, "brief"] = f"{brief} {HOSTILE[1]} {HOSTILE[2]}"
    campaigns.loc[row, "brand"] = HOSTILE[3]
    campaigns.to_parquet(folder / "campaigns.parquet")
    posts = pd.read_parquet(folder / "posts.parquet")
    own = posts.index[posts["author_id"] == who]
    for number, index in enumerate(own):
        posts.loc[index, "text"] = f"{brief} {HOSTILE[number % len(HOSTILE)]}"
    posts.to_parquet(folder / "posts.parquet")
    strange = '=cmd|"/C calc"!A0/../<b>'
    for name in ("candidates", "influencers"):
        table = pd.read_parquet(folder / f"{name}.parquet")
        other = candidates.loc[candidates["campaign_id"] == CAMPAIGN, "influencer_id"].iloc[1]
        table.loc[table["influencer_id"] == other, "influencer_id"] = strange
        table.to_parquet(folder / f"{name}.parquet")
    with Served(create_app(lambda: Engine(folder, trained[1]), limits=Limits(per_minute=0))) as served:
        yield served, who, strange


@pytest.fixture(scope="module")
def browser():
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    """Give a tab that fails the test at any error in the console and any address outside."""
    context = browser.new_context(accept_downloads=True)
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message) or dialog.dismiss())
    page.on(
        "request",
        lambda asked: wrong.append(asked.url) if not asked.url.startswith("http://127.0.0.1:") else None,
    )
    yield page
    context.close()
    assert wrong == []


def test_search_open_and_read_why(page, service) -> None:
    page.goto(service.url)
    page.get_by_role("searchbox").fill("c0055")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=CAMPAIGN, exact=True).click()
    assert page.get_by_role("heading", level=1).inner_text().endswith(CAMPAIGN), (
        "the brand, and the campaign of it"
    )
    rows = page.locator("table.ranking tbody tr")
    assert rows.count() == 35
    expected = [
        float(text.replace(",", "")) for text in page.locator("table.ranking td .strong").all_inner_texts()
    ]
    assert expected == sorted(expected, reverse=True)
    handle = rows.nth(4).get_by_role("link").inner_text()
    page.get_by_role("searchbox").fill(handle.upper())
    page.get_by_role("button", name="Show").click()
    assert rows.count() == 1
    rows.nth(0).get_by_role("link").click()
    assert handle in page.get_by_role("heading", level=1).inner_text()
    label = page.locator("svg.waterfall").get_attribute("aria-label")
    assert label
    for group in GROUPS:
        assert f"× {group} " in label
    assert page.locator("article.factor").count() == 8
    assert page.get_by_role("heading", name="Momentum", exact=True).is_visible()
    assert page.locator("svg.over-time").is_visible()


def test_what_the_page_shows_is_what_the_service_says(page, service) -> None:
    told = httpx.get(f"{service.url}/v1/campaigns/{CAMPAIGN}/scores", params={"limit": 3}, timeout=60).json()[
        "scores"
    ]
    page.goto(f"{service.url}/campaigns/{CAMPAIGN}")
    for number, row in enumerate(told):
        shown = page.locator("table.ranking tbody tr").nth(number)
        assert row["influencer_id"] in shown.inner_text()
        strip = shown.locator("svg.strip").get_attribute("aria-label")
        assert f"momentum ×{row['factors']['momentum']:.2f}" in strip


def test_sort_filter_and_strong_in(page, service) -> None:
    page.goto(f"{service.url}/campaigns/{CAMPAIGN}")
    page.get_by_role("link", name="Influencer", exact=True).click()
    names = page.locator("table.ranking tbody th .id").all_inner_texts()
    assert names == sorted(names, reverse=True)
    assert page.locator("th[aria-sort=descending]").count() == 1
    page.get_by_label("At least").fill("2")
    page.get_by_label("Strong in").select_option("relevance")
    page.get_by_role("button", name="Show").click()
    for label in [svg.get_attribute("aria-label") for svg in page.locator("table.ranking svg.strip").all()]:
        assert float(label.partition("×")[2].partition(",")[0]) >= 1
    page.get_by_label("At least").fill("100000")
    page.get_by_role("button", name="Show").click()
    assert page.get_by_text("candidates fits at least 100000 conversions").is_visible()


def test_type_a_brief(page, service) -> None:
    page.goto(service.url)
    page.get_by_label("Brief").fill("bread, sourdough, a crust & <crumb>")
    page.get_by_text("Offer, brand and dates").click()
    page.get_by_label("Posts each").fill("2")
    page.get_by_role("button", name="Rank influencers").click()
    page.wait_for_url("**/briefs/*")
    assert "a crust & <crumb>" in page.locator("blockquote").inner_text()
    page.locator("table.ranking tbody tr").first.get_by_role("link").click()
    assert page.locator("svg.waterfall").is_visible()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"brief": "bread", "fee": "a lot"}, "“a lot” is no number"),
        ({"brief": "  "}, "The brief is empty"),
        ({"brief": "bread", "as_of": "soon"}, "The date is &#39;soon&#39;"),
        ({"brief": "bread", "exposure": "-1"}, "from 0 up"),
    ],
)
def test_a_brief_typed_wrong_is_given_back_with_what_is_wrong(
    service, typed: dict[str, str], says: str
) -> None:
    answer = httpx.post(f"{service.url}/briefs", data=typed, timeout=60)
    assert answer.status_code == 422
    assert says in answer.text
    assert typed["brief"] in answer.text


def test_compare_side_by_side(page, service) -> None:
    page.goto(f"{service.url}/campaigns/{CAMPAIGN}")
    button = page.locator("[data-compare]")
    assert button.is_disabled()
    boxes = page.locator("input[name=pick]")
    for number in range(7):
        boxes.nth(number).check()
    assert button.is_disabled(), "no more than six"
    for number in (1, 3, 4, 6):
        boxes.nth(number).uncheck()
    button.click()
    assert page.get_by_role("heading", name="Side by side").is_visible()
    assert page.locator("table.compare thead th").count() == 4
    assert page.locator("table.compare svg.strip").count() == 3


def test_everything_can_be_reached_by_keyboard(page, service) -> None:
    page.goto(f"{service.url}/campaigns/{CAMPAIGN}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "search"
    page.keyboard.press("Tab")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator("[data-row]").nth(1)
    assert page.evaluate("document.activeElement.getAttribute('href')") == second.get_attribute("href")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**/influencers/*")
    page.go_back()
    box = page.locator("input[name=pick]").first
    box.focus()
    page.keyboard.press("Space")
    assert box.is_checked()


@pytest.mark.parametrize("path", ["/", f"/campaigns/{CAMPAIGN}", "/campaigns/c0049", "/model", "/review"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_in_light_and_dark(browser, service, path: str, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    page.goto(service.url + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    ink, paper = page.evaluate(
        "(() => { const s = getComputedStyle(document.body); return [s.color, s.backgroundColor]; })()"
    )
    assert contrast(ink, paper) >= 7
    context.close()


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two CSS colours (WCAG 2)."""

    def light(colour: str) -> float:
        parts = [int(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
        parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_it_works_without_scripts(browser, service) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{service.url}/campaigns/{CAMPAIGN}")
    for number in (0, 1):
        page.locator("input[name=pick]").nth(number).check()
    page.locator("[data-compare]").click()
    assert page.get_by_role("heading", name="Side by side").is_visible()
    context.close()


def test_text_that_tries_to_be_code_is_shown_as_text(page, hostile) -> None:
    served, who, strange = hostile
    page.goto(f"{served.url}/campaigns/{CAMPAIGN}")
    assert page.title() != "pwned"
    assert HOSTILE[1] in page.locator("blockquote").inner_text()
    assert "{{ 7 * 7 }}" in page.locator("blockquote").inner_text()
    assert page.get_by_text(HOSTILE[3]).first.is_visible()
    page.goto(f"{served.url}/campaigns/{CAMPAIGN}/influencers/{who}")
    assert HOSTILE[0] in page.get_by_role("heading", level=1).inner_text()
    posts = page.locator("article.post")
    assert posts.count() == 5
    assert any(text in " ".join(posts.all_inner_texts()) for text in HOSTILE)
    assert page.title() != "pwned"
    assert page.locator("main script, main img, main iframe, main b").count() == 0
    page.goto(f"{served.url}/campaigns/{CAMPAIGN}")
    page.locator("table.ranking tbody tr").filter(has_text=strange).get_by_role("link").click()
    assert strange in page.get_by_role("heading", level=1).inner_text()


def test_csv_gives_a_spreadsheet_nothing_to_run(hostile) -> None:
    served, _, strange = hostile
    answer = httpx.get(f"{served.url}/campaigns/{CAMPAIGN}/shortlist.csv", timeout=60)
    names = [row["influencer_id"] for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))]
    assert f"'{strange}" in names
    assert not any(name.startswith(("=", "+", "-", "@")) for name in names)


def test_two_tables_are_enough_for_every_page_and_the_report(tmp_path: Path) -> None:
    """Most brands have little: campaigns and outcomes, no fees, no posts, no followers."""
    from suasion.serving.report import write_report
    from suasion.training.train import Options, train

    random = np.random.default_rng(0)
    starts = pd.date_range("2023-01-01", periods=30, freq="14D")
    data, model = tmp_path / "mydata", tmp_path / "model"
    data.mkdir()
    campaigns = pd.DataFrame(
        {"campaign_id": [f"k{n}" for n in range(30)], "brief": "bread and tea", "starts_at": starts}
    )
    campaigns.assign(ends_at=starts + pd.Timedelta(days=7)).to_csv(data / "campaigns.csv", index=False)
    talent = random.gamma(1, 3, 40)
    rows = [
        (f"k{n}", f"p{who}", random.poisson(talent[who]))
        for n in range(30)
        for who in random.choice(40, 8, replace=False)
    ]
    pd.DataFrame(rows, columns=["campaign_id", "influencer_id", "conversions"]).to_csv(
        data / "outcomes.csv", index=False
    )
    train(data, model, Options(quick=True, track=False))
    write_report(data, model, Ask(brief="tea"), [tmp_path / "report.html"])
    with (
        Served(create_app(lambda: Engine(data, model))) as served,
        httpx.Client(base_url=served.url, timeout=60) as client,
    ):
        who = client.get("/v1/campaigns/k29/scores").json()["scores"][0]["influencer_id"]
        one = f"/campaigns/k29/influencers/{who}"
        for path in (
            "/",
            "/model",
            "/review",
            "/campaigns/k29",
            one,
            f"{one}?before=2023-12-01",
            "/campaigns/k29/shortlist.csv",
            "/campaigns/k29/shortlist.xlsx",
        ):
            assert client.get(path).status_code == 200, path
        assert (
            client.post(
                "/v1/activity-scores", json={"ask": {"brief": "tea"}, "people": [{"influencer_id": who}]}
            ).status_code
            == 200
        )


def test_a_person_is_told_in_a_page_what_is_wrong(service) -> None:
    answer = httpx.get(f"{service.url}/campaigns/none", headers={"accept": "text/html"}, timeout=60)
    assert answer.status_code == 404
    assert "<h1>Not found</h1>" in answer.text
    assert "There is no campaign &#39;none&#39;" in answer.text
    machine = httpx.get(f"{service.url}/campaigns/none", timeout=60)
    assert machine.headers["content-type"] == "application/problem+json"
    assert httpx.get(f"{service.url}/campaigns/{CAMPAIGN}?sort=charm").status_code == 422
    assert httpx.get(f"{service.url}/campaigns/{CAMPAIGN}/compare?pick=a").status_code == 422


def test_why_a_score_changed_is_on_the_page(page, service) -> None:
    page.goto(f"{service.url}/campaigns/{CAMPAIGN}")
    page.locator("table.ranking tbody tr").first.get_by_role("link").click()
    page.get_by_label("Compare with").fill("2023-08-01")
    page.get_by_label("and with the earlier model").check()
    page.get_by_role("button", name="Compare").click()
    assert page.locator("svg.change").is_visible()


def test_a_hundred_thousand_candidates_stay_quick(trained) -> None:
    scored = large(trained[0].bundle, 100_000)
    board = Board(Ask(brief="x"), scored, "x", {})
    board.page(search="i0")  # what is worked out once
    for asked in (
        {"offset": 99_950},
        {"sort": "momentum", "descending": False},
        {"search": "i00999", "at_least": 1.0, "above": "relevance"},
        {"sort": "influencer_id"},
    ):
        start = time.perf_counter()
        page = board.page(**asked)
        rows = [board.row(int(row)) for row in page.rows]
        # Not a benchmark: a whole second would mean that something walks over all rows in Python.
        assert time.perf_counter() - start < 1.0
        assert len(rows) <= 50
    assert board.explanation("i000007")["features"]


def large(bundle, many: int) -> Scored:
    """Return scores of many made-up candidates."""
    random = np.random.default_rng(0)
    table = pd.DataFrame({feature.column: random.normal(size=many) for feature in bundle.features})
    table["exposure"] = 1.0
    scores = bundle.predict(table).assign(
        campaign_id="x",
        influencer_id=[f"i{n:06d}" for n in range(many)],
        as_of=pd.Timestamp(datetime(2024, 1, 1)),
        outside="",
    )
    order = scores["expected_conversions"].argsort(kind="stable").to_numpy()[::-1]
    scores = scores[[*COLUMNS, "outside"]]
    return Scored(
        scores.iloc[order].reset_index(drop=True), table.iloc[order].reset_index(drop=True), bundle, ()
    )


def test_the_command_makes_the_screenshots(world: Path, trained, tmp_path: Path) -> None:
    if shutil.which("chromium") is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    subprocess.run(
        [sys.executable, "-m", "benchmarks.screenshots", world, trained[1], CAMPAIGN, tmp_path],
        check=True, capture_output=True, timeout=180, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    for name in ("ranking", "influencer", "report"):
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
