"""The page without a browser: forms, limits at their edges, cookies, what is shown and what is exported."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from suasion.features.errors import NotFoundError
from suasion.serving.http.keys import Keys, add_key
from suasion.serving.http.limits import COOKIE, Guard, Limits
from suasion.serving.http.state import Service
from suasion.serving.loaded import Engine
from suasion.serving.page.views import Pages, _date, _typed
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.ranking import Board

from .quick import ask, name, opened, serve, write


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with opened(write(tmp_path_factory.mktemp("quick"))) as engine:
        yield engine


@pytest.fixture(scope="module")
def app(engine: Engine) -> Guard:
    return serve(engine)[0]


def get(app: Guard, path: str, status: int = 200, **params: Any) -> str:
    answer = ask(app, "GET", path, params=params or None)
    assert answer.status_code == status, answer.text[:400]
    return answer.text


def linked(html: str) -> list[str]:
    """Return the campaigns that a list of them links to."""
    return re.findall(r'<li><a href="/campaigns/([^"]*)"', html)


def ranked(html: str) -> list[str]:
    """Return the ids that a ranking shows, by their boxes."""
    return re.findall(r'name="pick" value="([^"]*)"', html)


def test_campaigns_come_fifty_to_a_page(app: Guard) -> None:
    first, second = get(app, "/"), get(app, "/", page=2)
    assert (len(linked(first)), len(linked(second))) == (50, 5)
    assert linked(first)[:3] == ["c03", "c01", "c54"]
    assert not set(linked(first)) & set(linked(second))
    assert "55 campaigns" in first
    assert 'rel="next" href="?page=2"' in first
    assert 'rel="prev"' not in first
    assert 'rel="prev" href="?page=1"' in second
    assert linked(get(app, "/", page=3)) == []
    found = get(app, "/", search="BRAND 54")
    assert (linked(found), "1 campaign with “BRAND 54”" in found) == (["c54"], True)
    assert 'role="alert"' not in first


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/?page=0", 422), ("/?page=100000", 200), ("/?page=100001", 422),
        (f"/?search={'x' * 200}", 200), (f"/?search={'x' * 201}", 422),
        ("/campaigns/c03?page=0", 422), ("/campaigns/c03?page=1000000", 200), ("/campaigns/c03?page=1000001", 422),
        (f"/campaigns/c03?search={'x' * 200}", 200), (f"/campaigns/c03?search={'x' * 201}", 422),
        ("/campaigns/c03?order=up", 200), ("/campaigns/c03?order=upper", 422), ("/campaigns/c03?order=xdown", 422),
        ("/campaigns/c03?sort=momentum", 200), ("/campaigns/c03?sort=charm", 422), (f"/campaigns/c03?sort={'x' * 41}", 422),
        ("/campaigns/c03?above=momentum", 200), (f"/campaigns/c03?above={'x' * 21}", 422),
        (f"/campaigns/c03?least={'0' * 20}", 200), (f"/campaigns/c03?least={'0' * 21}", 422), ("/campaigns/c03?least=many", 422),
        ("/campaigns/none", 404), ("/campaigns/none/compare?pick=a&pick=b", 404), ("/campaigns/none/shortlist.csv", 404),
        ("/campaigns/c03/influencers/none", 404), ("/campaigns/c03/influencers/i00", 200),
        (f"/campaigns/c03/influencers/i00?before={'x' * 40}", 200), (f"/campaigns/c03/influencers/i00?before={'x' * 41}", 422),
        ("/briefs/none", 404), ("/static/page.css", 200), ("/static/page.js", 200),
    ],
)  # fmt: skip
def test_an_address_has_limits_at_these_edges(path: str, status: int, app: Guard) -> None:
    assert ask(app, "GET", path).status_code == status


def test_a_ranking_comes_fifty_to_a_page_and_its_places_are_those_among_all(app: Guard) -> None:
    first, second = get(app, "/campaigns/c03"), get(app, "/campaigns/c03", page=2)
    assert ranked(first) == [name(number) for number in range(50)]
    assert ranked(second) == [name(number) for number in range(50, 60)]
    assert re.findall(r'"rank">(\d+)<', second) == [str(number) for number in range(51, 61)]
    up = get(app, "/campaigns/c03", order="up")
    assert ranked(up)[:2] == ["i59", "i58"]
    assert re.findall(r'"rank">(\d+)<', up)[0] == "60"
    assert ranked(get(app, "/campaigns/c03", sort="influencer_id"))[0] == "i59"
    assert ranked(get(app, "/campaigns/c03", search="ANNA")) == ["i01"]
    # 61, 60 … 2 posts: the root of 1 + posts is expected.
    assert ranked(get(app, "/campaigns/c03", least="7.65")) == ["i00", "i01", "i02"]
    assert len(ranked(get(app, "/campaigns/c03", above="momentum"))) == 0
    assert len(ranked(get(app, "/campaigns/c03", above="frequency"))) == 50
    assert "Read this as a ranking only." in first
    assert "A note." in first
    assert "brand 3 · beer" in first


def test_what_was_asked_for_stays_in_the_links_of_a_ranking(app: Guard) -> None:
    html = get(app, "/campaigns/c03", sort="influencer_id", order="up", least="1")
    links = re.findall(r'href="(\?[^"]*)"', html)
    assert "?sort=influencer_id&amp;least=1" in links
    assert "?least=1" in links, "what needs no saying is left out"
    assert "?sort=influencer_id&amp;order=up&amp;least=1&amp;page=2" in links
    assert 'aria-sort="ascending"' in html


@pytest.mark.parametrize(
    ("factor", "widest"),
    [(1.0, 1.5), (1.4, 1.5), (1.6, 1.6), (7.9, 7.9), (8.1, 8.0), (1 / 1.6, 1.6), (1 / 9, 8.0)],
)
def test_bars_are_drawn_to_the_widest_but_no_wider_than_eight_times(
    factor: float, widest: float, app: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[float] = []
    pages: Pages = app.app.state.pages  # type: ignore[attr-defined]
    inner = Board.row
    flat = dict.fromkeys(("momentum", "offer"), 1.0)
    monkeypatch.setattr(Board, "row", lambda self, i: {**inner(self, i), "factors": {**flat, "momentum": factor}})  # fmt: skip
    monkeypatch.setattr(pages, "html", lambda template, **told: drawn.append(told["widest"]) or Pages.html(pages, "login.html", wrong=False))  # fmt: skip
    get(app, "/campaigns/c03")
    assert drawn == [pytest.approx(widest)]


def chosen(*who: str) -> str:
    return "/campaigns/c03/compare?" + "&".join(f"pick={one}" for one in who)


@pytest.mark.parametrize(
    ("who", "status", "says"),
    [
        ([], 422, "Choose two to 6 influencers to compare; 0 were chosen."),
        (["i00"], 422, "1 were chosen"),
        (["i00", "i00"], 422, "1 were chosen"),
        (["i01", "@anna"], 422, "1 were chosen"),
        (["i00", "i01"], 200, "i00"),
        ([name(number) for number in range(6)], 200, "i05"),
        ([name(number) for number in range(7)], 422, "7 were chosen"),
        (["i00", "i01", "i02", "i03", "i03", "i03"], 200, "i03"),
        (["i00", "none"], 404, "&#39;none&#39;"),
        (["i00"] * 200, 422, "1 were chosen"),
        (["i00"] * 201, 422, "The request is not valid"),
    ],
)
def test_two_to_six_can_be_compared(who: list[str], status: int, says: str, app: Guard) -> None:
    answer = ask(app, "GET", chosen(*who), headers={"accept": "text/html"})
    assert answer.status_code == status
    assert says in answer.text


def test_a_comparison_shows_each_persons_own_score(
    app: Guard, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[dict[str, Any]] = []
    pages: Pages = app.app.state.pages  # type: ignore[attr-defined]
    monkeypatch.setattr(pages, "html", lambda template, **told: shown.append(told) or Pages.html(pages, "login.html", wrong=False))  # fmt: skip
    get(app, chosen("@anna", "i00"))
    (told,) = shown
    assert [why.influencer_id for why in told["whys"]] == ["i01", "i00"], (
        "in the order in which they were chosen"
    )
    assert [row["influencer_id"] for row in told["rows"]] == ["i01", "i00"]
    assert (told["kind"], told["name"], told["about"].title) == ("campaigns", "c03", "c03")


def test_one_is_compared_with_an_earlier_moment_or_model_or_told_why_not(
    app: Guard, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = "/campaigns/c03/influencers/@anna"
    plain = get(app, path)
    assert "i01</span></h1>" in plain
    assert "Anna" in plain
    assert 'role="alert"' not in plain
    assert "and with the earlier model" not in plain
    assert "In brackets" not in plain
    assert "In brackets" in get(app, path, before="2023-05-01")
    assert "is no time" in get(app, path, before="soon")
    assert "the same" in get(app, path, before="2023-06-01"), "its own moment"
    assert "There is no earlier model" in get(app, path, models=True)
    with opened(write(tmp_path_factory.mktemp("two")), previous=True) as engine:
        two = serve(engine)[0]
        assert "and with the earlier model" in get(two, path)
        both = get(two, path, models=True)
        assert "In brackets" in both
        assert 'role="alert"' not in both
        assert "In brackets" in get(two, path, before="2023-05-01", models=True)


# -- a brief ----------------------------------------------------------------------------------------------------------


def test_a_brief_is_ranked_under_an_address_of_its_own(app: Guard) -> None:
    answer = ask(app, "POST", "/briefs", data={"brief": "cold brew", "fee": "9", "brand": " b "})
    assert answer.status_code == 303
    html = get(app, answer.headers["location"])
    assert ranked(html)[0] == "i00"
    assert "<blockquote>cold brew</blockquote>" in html
    assert "A new brief" in html
    assert get(app, f"{answer.headers['location']}/shortlist.csv").startswith("\ufeffplace,")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({}, "The brief is empty"),
        ({"brief": " "}, "The brief is empty"),
        ({"brief": "x", "fee": "much"}, "“much” is no number"),
        ({"brief": "x", "budget": "1.500"}, "1.500 can be read in two ways: write 1500 or 1.5."),
        ({"brief": "x", "most_fee": "20 %"}, "20 % is a percentage"),
        ({"brief": "x", "exposure": "0"}, "Nobody posts 0 times"),
        ({"brief": "x", "discount": "120 %"}, "more than all of it"),
        ({"brief": "x", "as_of": "soon"}, "The date is &#39;soon&#39;; write it as 2024-06-01."),
    ],
)
def test_what_was_typed_wrong_is_said_above_what_was_typed(
    typed: dict[str, str], says: str, app: Guard
) -> None:
    answer = ask(app, "POST", "/briefs", data=typed)
    assert answer.status_code == 422
    assert says in answer.text
    assert len(linked(answer.text)) == 50
    assert linked(answer.text)[0] == "c03"
    assert "55 campaigns" in answer.text
    for value in typed.values():
        assert value in answer.text


@pytest.mark.parametrize(
    ("field", "most"),
    [("brief", 20_000), ("brand", 512), ("category", 512), ("as_of", 40), ("ends_at", 40), ("exposure", 20), ("fee", 20), ("discount", 20), ("budget", 30), ("most_fee", 30)],
)  # fmt: skip
def test_a_form_takes_so_much_and_no_more(field: str, most: int, app: Guard) -> None:
    pad = (
        "0"
        if field in ("exposure", "fee", "discount", "budget", "most_fee")
        else " "
        if field.endswith(("of", "at"))
        else "x"
    )
    for length, refused in ((most, False), (most + 1, True)):
        answer = ask(app, "POST", "/briefs", data={"brief": "x", field: pad * length})
        assert (answer.headers.get("content-type") == "application/problem+json") == refused, length


EMPTY = dict.fromkeys(
    ("brief", "brand", "category", "goal", "country", "as_of", "ends_at", "exposure", "fee", "discount"), ""
)


def test_a_form_becomes_a_question() -> None:
    typed = {
        "brief": " a\x00b ",
        "brand": " b ",
        "category": "",
        "goal": " Purchase ",
        "country": "DE",
        "as_of": "2024-06-01",
        "ends_at": " 2024-07-01 ",
    }
    typed |= {"exposure": " 2 ", "fee": "0", "discount": ""}
    asked = Ask(
        brief="ab", brand="b", category=None, goal="Purchase", country="DE", as_of=datetime(2024, 6, 1), ends_at=datetime(2024, 7, 1),
        offer={"exposure": 2.0, "fee": 0.0},
    )  # fmt: skip
    assert _typed(typed) == (asked, {})
    assert _typed({**EMPTY, "brief": "x", "category": "k"}) == (Ask(brief="x", category="k"), {})
    assert _typed({**EMPTY, "brief": "x", "discount": "20"})[0].offer == {"discount": 0.2}
    assert (_date(""), _date(" "), _date("2024-06-01")) == (None, None, datetime(2024, 6, 1))
    assert set(_typed({**EMPTY, "discount": "x", "fee": "-1", "as_of": "soon"})[1]) == {
        "brief",
        "discount",
        "fee",
        "as_of",
    }


# -- who signs in -----------------------------------------------------------------------------------------------------


def test_a_session_lasts_twelve_hours_and_is_of_this_site_alone(engine: Engine, tmp_path: Path) -> None:
    key = add_key(tmp_path / "keys.json", "reader", ["read"])
    keys = Keys.read(tmp_path / "keys.json")
    app, _ = serve(engine, Limits(per_minute=0), keys)
    assert "not known here" not in get(app, "/login")
    wrong = ask(app, "POST", "/login", data={"key": "suasion_wrong"})
    assert (wrong.status_code, "That key is not known here." in wrong.text) == (401, True)
    assert "set-cookie" not in wrong.headers
    for base, secure in (("http://localhost", False), ("https://localhost", True)):
        answer = ask(app, "POST", "/login", data={"key": f" {key} "}, base=base)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        told = answer.headers["set-cookie"].split("; ")
        assert {"HttpOnly", "SameSite=strict", "Max-Age=43200", "Path=/"} <= set(told)
        assert ("Secure" in told) == secure
        session = told[0].partition("=")[2].strip('"')
        now = time.time()
        assert keys.signed(session, now + 12 * 3600 - 60) is not None
        assert keys.signed(session, now + 12 * 3600 + 60) is None
    page = ask(app, "GET", "/", headers={"cookie": f"{COOKIE}={session}"})
    assert (page.status_code, "Sign out" in page.text) == (200, True)
    out = ask(app, "POST", "/logout")
    assert (out.status_code, out.headers["location"]) == (303, "/login")
    assert out.headers["set-cookie"].startswith(f'{COOKIE}=""; ')
    assert "Max-Age=0" in out.headers["set-cookie"]
    long = ask(app, "POST", "/login", data={"key": "x" * 201})
    assert long.status_code == 422
    assert ask(app, "POST", "/login", data={"key": "x" * 200}).status_code == 401


def test_without_keys_nobody_signs_in(app: Guard) -> None:
    assert ask(app, "POST", "/login", data={"key": "x"}).status_code == 401
    assert "Sign out" not in get(app, "/")


# -- how good it is ---------------------------------------------------------------------------------------------------


def test_the_page_of_the_model_and_of_the_review(app: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "This model beats every baseline" in get(app, "/model")

    def none(self: Engine) -> None:
        raise NotFoundError("Too few <outcomes> came.")

    monkeypatch.setattr(Engine, "review", none)
    assert "Too few &lt;outcomes&gt; came." in get(app, "/review")


def test_the_page_is_no_part_of_the_document(app: Guard) -> None:
    paths = ask(app, "GET", "/openapi.json").json()["paths"]
    assert not set(paths) & {"/", "/login", "/logout", "/briefs", "/model", "/review"}
    assert not [path for path in paths if path.startswith(("/campaigns", "/briefs", "/static"))]


def test_a_board_is_found_by_kind(engine: Engine) -> None:
    import asyncio

    service = Service(lambda: engine, Limits(), None)
    service.start()
    pages = Pages(service)
    service.kept.write_brief("b", {"brief": "remembered"})
    service.kept.write_brief("c03", {"brief": "another"})
    assert asyncio.run(pages.board("briefs", "b"))[1].ask.brief == "remembered"
    assert asyncio.run(pages.board("campaigns", "c03"))[1].ask.campaign == "c03"
    with pytest.raises(NotFoundError, match="not kept here any more"):
        asyncio.run(pages.board("briefs", "c01"))
