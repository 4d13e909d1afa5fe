"""Who is shown: on a platform, new to the brand or not, and whoever was half remembered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import numpy as np
import pytest

from suasion.serving.http.limits import Guard
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.score import Scored

from .quick import PricedSession, ask, opened, serve, write
from .test_views_values import ranked


class PastSession(PricedSession):
    """The same people, of whom all but i02 and i04 took part in a campaign before."""

    def score(self, ask: Ask) -> Scored:
        told = super().score(ask)
        past = np.ones(60)
        past[[2, 4]] = 0
        return replace(told, features=told.features.assign(conversion__campaigns=past))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guard]:
    folder = write(tmp_path_factory.mktemp("people"))
    (folder / "influencers.csv").write_text(
        "influencer_id,handle,platform,created_at\ni01,Anna,instagram,2020-01-01\ni02,bob.brew,tiktok,2020-01-01\n"
        "i03,cem,tiktok,2020-01-01\n"
    )
    with opened(folder, session=PastSession) as engine:
        yield serve(engine)[0]


def get(app: Guard, **params: Any) -> str:
    answer = ask(app, "GET", "/campaigns/c03", params=params)
    assert answer.status_code == 200, answer.text[:300]
    return unescape(answer.text)


@pytest.mark.parametrize(
    ("asked", "who"),
    [
        ({"platform": "tiktok"}, ["i02", "i03"]), ({"platform": "TikTok"}, ["i02", "i03"]), ({"past": "new"}, ["i02", "i04"]),
        ({"platform": "tiktok", "past": "new"}, ["i02"]), ({"platform": "tiktok", "past": "known"}, ["i03"]),
        ({"platform": "youtube"}, []), ({"search": "tiktok"}, ["i02", "i03"]), ({"search": " TIK"}, ["i02", "i03"]),
        ({"search": "brew"}, ["i02"]), ({"paste": "i01,i02", "past": "new"}, ["i02"]), ({"pick": ["i02", "i05"], "only": "picked", "past": "known"}, ["i05"]),
    ],
)  # fmt: skip
def test_who_is_shown_is_on_the_platform_and_new_or_not(
    asked: dict[str, Any], who: list[str], app: Guard
) -> None:
    assert ranked(get(app, **asked))[-len(who) :] == who if who else "None of the 60" in get(app, **asked)


def test_a_platform_limits_whom_the_plan_asks_too(app: Guard) -> None:
    html = get(app, budget="1.000", platform="tiktok")
    # i02 and i03 ask 300 and 400; nobody else may be asked.
    assert "Ask these 2 for 700 of 1,000: about 15 conversions" in html
    assert re.findall(r'<tr class="asked"><td class="box"><input type="checkbox" name="pick" value="(i\d\d)"', html) == ["i02", "i03"]  # fmt: skip
    answer = ask(app, "GET", "/campaigns/c03/shortlist.csv", params={"platform": "tiktok", "past": "new"})
    assert [line.split(",")[2] for line in answer.text.splitlines()[1:]] == ["i02"]
    assert "2 of 60 candidates: on tiktok" in html, "on paper the filters are not there"
    person = unescape(ask(app, "GET", "/campaigns/c03/influencers/i00?budget=1000&platform=tiktok").text)
    assert "Not asked: " in person


def test_new_to_us_is_said_beside_those_who_are(app: Guard) -> None:
    rows = get(app).split("<tr")[2:]
    assert [number for number, row in enumerate(rows[:10]) if "new to us" in row] == [2, 4]


def test_what_cannot_be_told_apart_is_not_asked_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    with opened(write(tmp_path_factory.mktemp("nobody")), session=PricedSession) as engine:
        html = get(serve(engine)[0])
    assert 'name="platform"' not in html
    assert 'name="past"' not in html
    assert "new to us" not in html


def test_a_name_half_remembered_is_proposed(app: Guard) -> None:
    html = get(app, search="Annna", least="2")
    assert "None of the 60 candidates fits the search “Annna”, at least 2 conversions. Did you mean" in html
    link = re.search(r'<a href="([^"]*)" data-keep>Anna</a>\?', html)
    assert link
    assert ranked(unescape(ask(app, "GET", f"/campaigns/c03{link[1]}").text)) == ["i01"]
    assert "Did you mean" not in get(app, search="zzzzzz")


def test_a_person_who_is_searched_for_among_campaigns_is_looked_for_among_candidates(app: Guard) -> None:
    html = unescape(ask(app, "GET", "/?search=anna b").text)
    assert "0 campaigns with “anna b”" in html
    assert '<a href="/campaigns/c03?search=anna%20b">c03</a> or ' in html
    assert "A person?" not in ask(app, "GET", "/?search=brand 5").text


def test_a_search_looks_into_notes(app: Guard) -> None:
    ask(app, "POST", "/campaigns/c03/influencers/i07", data={"note": "Agent says BUSY in May"})
    assert ranked(get(app, search="busy in may")) == ["i07"]
    answer = ask(app, "GET", "/campaigns/c03/shortlist.csv", params={"search": "busy"})
    assert [line.split(",")[2] for line in answer.text.splitlines()[1:]] == ["i07"]
    ask(app, "POST", "/campaigns/c03/influencers/i07", data={"note": ""})
