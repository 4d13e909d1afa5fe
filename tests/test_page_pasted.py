"""A pasted list on the page: who is found however they are written, who is not, and who was perhaps meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest

from suasion.features.identity.accounts import People
from suasion.serving.http.limits import Guard
from suasion.serving.page.pasted import check_list, names_in
from suasion.serving.scoring.campaigns import Account
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.ranking import Board
from suasion.serving.scoring.search import Names

from . import made
from .quick import POSTS, ask, opened, serve, write
from .test_views_values import ranked

HANDLES = (
    ("@anna.brew", "a1"),
    ("@bob", "b2"),
    ("Cem Roast", "c3"),
    ("@dan", "d4"),
    ("@anna.bean", "z9"),
    ("@dan", "e5"),
    ("@dan.doe", "d4"),
    ("@tri", "a1"),
    ("@tri", "b2"),
    ("@tri", "c3"),
)
ACCOUNTS = {
    "a1": (Account("a1", "instagram", "@anna.brew"),),
    "b2": (Account("tiktok:77", "tiktok", "@bob"), Account("x:@bobby", "x", None)),
    "c3": (), "d4": (Account("9", "mastodon", "dan.doe"),), "e5": (), "z9": (),
}  # fmt: skip


def check(text: str) -> tuple[list[str], str]:
    """Return whom a list finds among a1 to e5, best first, and what is said; z9 is known and no candidate."""
    people = People.of([("tiktok:77", "b2"), ("x:@bobby", "b2")])
    told = made.scored(
        made.bundle({POSTS: 1.0}),
        {POSTS.column: [5.0, 4.0, 3.0, 2.0, 1.0]},
        ids=["a1", "b2", "c3", "d4", "e5"],
    )
    object.__setattr__(told, "people", people)
    object.__setattr__(told, "handles", HANDLES)
    board = Board(Ask(campaign="c1"), told, "x", {})
    engine: Any = SimpleNamespace(everybody=Names(ACCOUNTS, people, HANDLES), accounts=ACCOUNTS)
    pasted = check_list(engine, board, text)
    return [str(board.ids[row]) for row in pasted.rows], " ".join(pasted.sentences)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("@bob\n@anna.brew", ["a1", "b2"]), ("BOB, a1", ["a1", "b2"]), ("@bob @anna.brew;c3", ["a1", "b2", "c3"]),
        ("Cem Roast, bob", ["b2", "c3"]), ("1. @bob\n2) Cem Roast\n• a1", ["a1", "b2", "c3"]), ("bob\t@BOB\nb2", ["b2"]),
        ("https://www.instagram.com/anna.brew/?hl=de", ["a1"]), ("instagram.com/Anna.Brew", ["a1"]),
        ("https://www.tiktok.com/@bob", ["b2"]), ("https://x.com/Bobby", ["b2"]), ("tiktok:77", ["b2"]),
        ("https://chaos.social/@dan.doe", ["d4"]), ("https://chaos.social/@bob", []),
        ("https://www.instagram.com/bob", []), ("https://linktr.ee/bob", ["b2"]), ("", []), (" ,;\n ", []),
    ],
)  # fmt: skip
def test_people_are_found_however_they_are_written(text: str, who: list[str]) -> None:
    assert check(text)[0] == who


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("@bob, a1", "2 of 2 on your list are candidates here."),
        ("@bob, @bobx, @nobody.here", "1 of 3 on your list is a candidate here. Not known: @bobx (did you mean b2 (@bob)?), @nobody.here."),
        ("@anna.bean", "0 of 1 on your list are candidates here. Known, but no candidates here: @anna.bean."),
        (
            "[12:03] Lena: look 😍 @bob (so nice!!), Zoe\n@nobody.here: or Tom",
            "1 of 3 on your list is a candidate here. Not known: Zoe, @nobody.here. "
            "Taken for words and no names, for want of an @: 12:03 Lena look so nice or Tom.",
        ),
        ("bob or Tom", "1 of 3 on your list is a candidate here. Not known: or, Tom."),
        ("@dan", "More than one goes by that name, so paste the id: @dan (d4 or e5)."),
        ("@tri", "so paste the id: @tri (a1 or b2 or c3)."),
        ("@dan, @bob", "1 of 2 on your list is a candidate here."),
        ("https://instagram.com/anna.brew2", "Not known: https://instagram.com/anna.brew2 (did you mean a1 (@anna.brew)?)."),
    ],
)  # fmt: skip
def test_who_is_not_found_is_named_with_who_was_perhaps_meant(text: str, says: str) -> None:
    assert says in check(text)[1]


def test_a_long_list_of_strangers_is_quick_and_guessed_at_only_at_its_beginning() -> None:
    said = check("\n".join(f"annabrew{n}" for n in range(500)))[1]
    assert said.count("did you mean") == 50


def test_the_order_of_a_list_does_not_matter() -> None:
    names = ["@bob", "a1", "Cem Roast", "@nobody"]
    assert check("\n".join(names)) == check(", ".join(names))
    assert check("\n".join(names))[0] == check("\n".join(reversed(names)))[0]
    assert list(names_in("a b", Names(["a b"]))) == ["a b"]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guard]:
    with opened(write(tmp_path_factory.mktemp("pasted"))) as engine:
        yield serve(engine)[0]


def test_the_page_shows_the_list_with_each_place_among_all(app: Guard) -> None:
    answer = ask(app, "GET", "/campaigns/c03", params={"paste": "i40\n@anna, i07x", "search": ""})
    html = unescape(answer.text)
    assert answer.status_code == 200
    assert ranked(html) == ["i01", "i40"]
    assert re.findall(r'"rank">(\d+)<', html) == ["2", "41"]
    assert "2 of 3 on your list are candidates here." in html
    assert "Not known: i07x" in html
    assert ask(app, "GET", "/campaigns/c03", params={"paste": "x" * 12_001}).status_code == 422
    assert ask(app, "GET", "/campaigns/c03", params={"paste": ("x" * 59 + "\r\n") * 190}).status_code == 200
