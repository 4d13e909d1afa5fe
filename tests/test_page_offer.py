"""Another offer, tried on the ranking: it is shown, read as people write it, and who moves is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from suasion.serving.http.limits import Guard
from suasion.serving.page.offered import agreed, moved, offer_words, places_before
from suasion.serving.page.view import View
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.ranking import Board
from suasion.serving.scoring.score import Scored

from . import made
from .quick import POSTS, PricedSession, ask, opened, serve, write
from .test_views_values import ranked


class OfferedSession(PricedSession):
    """The same people; a fee is everybody's, and with three posts i05 is the best."""

    def score(self, ask: Ask) -> Scored:
        told = super().score(ask)
        if "fee" in ask.offer:
            told = replace(told, scores=told.scores.assign(fee=ask.offer["fee"]))
        if ask.offer.get("exposure") == 3:
            order = [5, *(n for n in range(60) if n != 5)]
            best = told.scores["expected_conversions"].to_numpy()
            scores = (
                told.scores.iloc[order].assign(exposure=3.0, expected_conversions=best).reset_index(drop=True)
            )
            told = replace(told, scores=scores, features=told.features.iloc[order].reset_index(drop=True))
        return told


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guard]:
    with opened(write(tmp_path_factory.mktemp("offered")), session=OfferedSession) as engine:
        yield serve(engine)[0]


def get(app: Guard, path: str = "/campaigns/c03", **params: Any) -> tuple[int, str]:
    answer = ask(app, "GET", path, params=params)
    return answer.status_code, unescape(answer.text)


def board(*ids: str, **money: Any) -> Board:
    """Return people in this order of their forecasts."""
    values = {POSTS.column: [float(len(ids) - n) for n in range(len(ids))]}
    return Board(
        Ask(campaign="c1"),
        made.scored(made.bundle({POSTS: 1.0}), values, ids=list(ids), **money),
        "x",
        {"a": "@anna"},
    )


@pytest.mark.parametrize(
    ("view", "offer"),
    [
        (View(), {}), (View(posts="3", fee="1.500,00", discount="20"), {"exposure": 3.0, "fee": 1500.0, "discount": 0.2}),
        (View(discount="0"), {"discount": 0.0}), (View(fee="€1.5k"), {"fee": 1500.0}), (View(posts="0", fee="much"), {}),
    ],
)  # fmt: skip
def test_an_offer_is_read_from_the_address(view: View, offer: dict[str, float]) -> None:
    assert view.offer == pytest.approx(offer)


@pytest.mark.parametrize(
    "name", [name for name, field in View.model_fields.items() if field.annotation is str]
)
def test_no_field_of_the_address_takes_a_text_of_any_length(name: str) -> None:
    most = {"sort": 40, "search": 200, "budget": 30, "most_fee": 30, "paste": 12_000}.get(name, 20)
    assert getattr(View.model_validate({name: "9" * most}), name) == "9" * most
    with pytest.raises(ValidationError, match=f"at most {most} characters"):
        View.model_validate({name: "9" * (most + 1)})


def test_what_is_agreed_is_told_from_the_least_to_the_most() -> None:
    one = board("a", "b", fee=[100.0, np.nan])
    one.scored.features["offer__discount"] = [0.0, 0.3]
    assert agreed(Board(one.ask, one.scored, "x", {})) == {
        "posts": "1",
        "fee": "100",
        "discount": "0 to 30 %",
    }
    assert agreed(board("a", "b")) == {"posts": "1", "fee": "", "discount": ""}
    assert (
        offer_words({"exposure": 2.0, "fee": 1500.0, "discount": 0.125})
        == "2 posts, 1,500 each, 12 % discount"
    )


@pytest.mark.parametrize(
    ("now", "was", "says"),
    [
        ("abcd", "abcd", "Nobody moves among the first places."),
        (
            "bacd",
            "abcd",
            "Up go b from 2 to 1; down go @anna from 1 to 2. 2 of the first 4 keep their place.",
        ),
        (
            "dabc",
            "abcd",
            "Up go d from 4 to 1; down go @anna from 1 to 2, b from 2 to 3, c from 3 to 4. 0 of the first 4",
        ),
        ("xab", "ab", "Down go @anna from 1 to 2, b from 2 to 3."),
    ],
)
def test_who_moves_is_told(now: str, was: str, says: str) -> None:
    assert moved(board(*now), board(*was)).startswith(says)


def test_places_far_below_are_nothing() -> None:
    ids = [f"p{n:02d}" for n in range(60)]
    other = [*ids[:40], *reversed(ids[40:])]
    assert moved(board(*other), board(*ids)) == "Nobody moves among the first places."
    assert places_before(board("x", "b"), board("b", "a")).tolist() == [0, 1]


def test_another_offer_ranks_anew_and_says_who_moved(app: Guard) -> None:
    _, plain = get(app)
    assert "The offer: 1 post, fee 100 to 6,000</summary>" in plain
    assert 'id="moved"' not in plain
    status, html = get(app, posts="3", fee="1.500,00")
    assert status == 200
    assert ranked(html)[:3] == ["i05", "i00", "i01"]
    assert (
        "With 3 posts, 1,500 each instead of what is agreed: Up go i05 from 6 to 1; down go i00 from 1 to 2"
        in html
    )
    assert re.findall(r'"rank">(\d+)<span class="small">was (\d+)<', html)[:2] == [("1", "6"), ("2", "1")]
    assert set(re.findall(r'<td class="num fee">([\d,]+)</td>', html)) == {"1,500"}
    assert "posts=3&fee=1.500%2C00" in html, "the links keep the offer"
    rows = ask(app, "GET", "/campaigns/c03/shortlist.csv", params={"fee": "1500"}).text.splitlines()
    assert all(",1500.0," in row for row in rows[1:])
    assert get(app, "/campaigns/c03/influencers/i05", posts="3")[0] == 200
    assert "<td>3</td>" in get(app, "/campaigns/c03/compare", pick=["i05", "i00"], posts="3")[1]


def test_an_offer_that_cannot_be_read_is_told_at_its_field(app: Guard) -> None:
    status, html = get(app, posts="0", discount="300")
    assert status == 422
    assert 'id="wrong-posts" role="alert">Nobody posts 0 times' in html
    assert 'id="wrong-discount" role="alert">300 is more than all of it' in html
    assert ranked(html)[0] == "i00"


def test_a_typed_brief_can_be_offered_otherwise_too(app: Guard) -> None:
    answer = ask(app, "POST", "/briefs", data={"brief": "tea", "fee": "70"})
    path = answer.headers["location"]
    assert set(re.findall(r'<td class="num fee">([\d,]+)</td>', get(app, path)[1])) == {"70"}
    html = get(app, path, posts="3")[1]
    assert ranked(html)[0] == "i05"
    assert set(re.findall(r'<td class="num fee">([\d,]+)</td>', html)) == {"70"}, "what was typed still holds"
