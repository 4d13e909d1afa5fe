"""The page's budget and limit on each fee: read as people write them, answered in a sentence, told at the field where wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import nullcontext
from html import unescape
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from suasion.features.errors import InputError
from suasion.serving.http.limits import Guard
from suasion.serving.page.answer import PLANS, answer, beside_ticks, left_out
from suasion.serving.page.fields import amount, share
from suasion.serving.page.ranking import pays_up_to
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.plan.limits import Limits
from suasion.serving.scoring.plan.plan import Wanted
from suasion.serving.scoring.plan.rivals import MOST_FOLLOWED
from suasion.serving.scoring.ranking import Board

from . import made
from .quick import POSTS, PricedSession, ask, opened, serve, write
from .test_views_values import ranked


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guard]:
    with opened(write(tmp_path_factory.mktemp("priced")), session=PricedSession) as engine:
        yield serve(engine)[0]


def get(app: Guard, **params: Any) -> tuple[int, str]:
    answer = ask(app, "GET", "/campaigns/c03", params=params)
    return answer.status_code, unescape(answer.text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("  ", None), ("3000", 3000), ("3.000", 3000), ("3,000", 3000), ("3 000", 3000), ("3'000", 3000),
        ("€3k", 3000), ("3k €", 3000), ("3.000 EUR", 3000), ("20.000", 20_000), ("1.234.567", 1_234_567), ("4,019", 4019), ("1,5k", 1500),
        ("1.234,50", 1234.5), ("1,234.50", 1234.5), ("12,5", 12.5), ("0.5", 0.5), ("0", 0),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_people_write_it(text: str, value: float | None) -> None:
    assert amount(text) == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1.500", "two ways: write 1500 or 1.5"), ("12.345", "two ways: write 12345 or 12.345"),
        ("1.000k", "two ways: write 1000000 or 1000"), ("much", "“much” is no number"), ("nan", "no number"), ("inf", "no number"),
        ("3 or 4", "no number"), ("20 %", "is a percentage"), ("-5", "from 0 up"), ("1e400", "from 0 up"),
    ],
)  # fmt: skip
def test_an_amount_that_is_none_or_two_is_told(text: str, says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)):
        amount(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("", None), ("20", 0.2), ("20 %", 0.2), ("0.2", 0.2), ("0,2", 0.2), ("1", 1), ("1 %", 0.01), ("100", 1), ("0.5 %", 0.005)],
)  # fmt: skip
def test_a_share_is_read_with_its_sign_or_without(text: str, value: float | None) -> None:
    assert share(text) == pytest.approx(value)


def test_a_share_above_all_of_it_is_told() -> None:
    with pytest.raises(InputError, match="more than all of it"):
        share("101")


NOTHING: Any = SimpleNamespace(
    present=frozenset(),
    joined=False,
    goal=None,
    sql=lambda _: SimpleNamespace(fetchall=list),
    scratch=lambda: nullcontext(NOTHING),
)
"""Tables that say nothing of anybody's audience."""


def board(**other: Any) -> Board:
    """Return ann, bob, cem and dan with 9, 8, 4 and 1 conversions expected, who ask 900, 400, 300 and nobody knows what."""
    told = made.scored(
        made.bundle({POSTS: 1.0}, **other), {POSTS.column: [8.0, 7.0, 3.0, 0.0]}, ids=["ann", "bob", "cem", "dan"],
        fee=[900.0, 400.0, 300.0, np.nan], cost_per_conversion=[100.0, 50.0, 75.0, np.nan],
    )  # fmt: skip
    told.features["momentum__followers"] = [10.0, 20.0, 900.0, 5000.0]
    return Board(Ask(campaign="c1"), told, "x", {})


@pytest.mark.parametrize(
    ("budget", "most_fee", "who", "rival"),
    [
        (
            900.0,
            None,
            ["bob", "cem"],
            12.0,
        ),  # ann alone would bring 9; the most followed who have a fee are cem and bob
        (1600.0, None, ["ann", "bob", "cem"], 21.0),
        (1600.0, 500.0, ["bob", "cem"], 12.0),
        (1600.0, 300.0, ["cem"], 4.0),
        (299.0, None, [], 0.0),
    ],
)
def test_the_plan_keeps_to_the_budget_and_to_the_limit_on_each(
    budget: float, most_fee: float | None, who: list[str], rival: float
) -> None:
    one = board()
    wanted = Wanted(budget, limits=Limits(most_fee=most_fee))
    told = answer(one, NOTHING, wanted)
    assert list(one.ids[told.ask]) == who
    assert told.plan.rivals[MOST_FOLLOWED].conversions == pytest.approx(rival)
    whom = {0: "nobody", 1: "this one"}.get(len(who), f"these {len(who)}")
    assert told.first.startswith(f"Ask {whom} for ")
    assert answer(one, NOTHING, wanted).plan is told.plan, "worked out once"


def test_the_answer_says_everything_a_plan_says_and_nothing_twice() -> None:
    for wanted in (Wanted(900.0), Wanted(1600.0, worth=80.0), Wanted(299.0)):
        told = answer(board(), NOTHING, wanted)
        assert told.first.count(". ") == 0
        assert told.rest == " ".join(told.plan.sentences[1:])
        assert "1 of the candidates has no fee and cannot be asked." in told.rest
        assert told.beside.startswith("The most followed within the same budget: about ")
        assert f"{told.first} {told.beside} {told.rest}" == " ".join(told.plan.sentences)


def test_how_many_follow_is_said_where_it_is_not_known_of_all() -> None:
    one = board()
    one.scored.features["momentum__followers"] = [10.0, np.nan, 900.0, 5000.0]
    assert answer(one, NOTHING, Wanted(900.0)).beside.endswith(
        " How many follow is known of 66 % of those who can be asked."
    )
    one = board()
    one.scored.features["momentum__followers"] = np.nan
    assert (
        answer(one, NOTHING, Wanted(900.0)).beside == "How many follow those who can be asked is not known."
    )


def test_plans_of_the_last_twenty_amounts_are_kept() -> None:
    one = board()
    for budget in range(301, 301 + PLANS + 1):
        answer(one, NOTHING, Wanted(float(budget)))
    assert [wanted.budget for wanted, _ in one.plans] == [float(budget) for budget in range(302, 302 + PLANS)]


@pytest.mark.parametrize(
    ("view", "asked_first"), [({}, True), ({"sort": "fee"}, False), ({"order": "up"}, False)]
)
def test_who_to_ask_stands_first_where_the_best_do(
    view: dict[str, Any], asked_first: bool, app: Guard
) -> None:
    """Of 60 people who ask 100, 200, 300 …, the plan leaves out the best: a limit makes room for others."""
    html = get(app, budget="1.000", **view)[1]
    marked = [">ask<" in row for row in html[html.index("<tbody>") :].split("<tr")[1:]]
    assert (marked[:4] == [True] * 4) == asked_first


def test_who_is_worth_less_than_they_cost_is_not_asked_unless_nobody_is_worth_it() -> None:
    assert list(board().ids[answer(board(), NOTHING, Wanted(1600.0, worth=80.0)).ask]) == ["bob", "cem"]
    # Nobody earns 40: whoever asks all the same is told whom by the slope, as in the report.
    assert list(board().ids[answer(board(), NOTHING, Wanted(1600.0, worth=40.0)).ask]) == [
        "ann",
        "bob",
        "cem",
    ]


@pytest.mark.parametrize(
    ("ticked", "says"),
    [
        ([], ""),
        ([1, 2], ""),
        ([1], "The one ticked is asked. Asked, but not ticked: cem."),
        ([3], "Ticked and not asked: dan."),
        ([0, 1], "Of the 2 ticked, not asked: ann. Asked, but not ticked: cem."),
        ([0, 1, 2], "Of the 3 ticked, not asked: ann."),
        ([0, 3], "Of the 2 ticked, not asked: ann and dan."),
    ],
)
def test_who_is_ticked_stands_beside_who_is_asked(ticked: list[int], says: str) -> None:
    one = board()
    ask = answer(one, NOTHING, Wanted(900.0)).ask  # bob and cem
    assert beside_ticks(one, ask, np.array(ticked, dtype=np.int64)) == says
    many = Board(
        one.ask, made.scored(made.bundle({POSTS: 1.0}), {POSTS.column: list(range(20, 0, -1))}), "x", {}
    )
    told = beside_ticks(many, np.arange(20) < 9, np.array([0, 19]))
    assert told.count(",") == 7, "six are named, and how many more there are"
    assert " and 2 more." in told


def test_another_budget_says_who_of_those_ticked_falls_out(app: Guard) -> None:
    html = get(app, budget="300", pick=["i00", "i01", "i02", "i03"])[1]
    assert 'id="ticked">Of the 4 ticked, not asked: i02 and i03.</p>' in html
    assert 'id="ticked"' not in get(app, budget="300", pick=["i00", "i01"])[1]
    assert 'id="ticked"' not in get(app, pick=["i00", "i01"])[1]


def test_how_many_a_limit_leaves_out_is_said() -> None:
    assert left_out(board(), 400.0) == (
        "1 of 4 people cost more than 400 and are left out, as is 1 whose fee is not known."
    )


def test_the_answer_stands_first_and_who_to_ask_is_marked_and_first(app: Guard) -> None:
    status, html = get(app, budget="1.000")
    assert status == 200
    # 100 + 200 + 300 + 400 = 1,000; the root of 61, 60, 59 and 58 posts is expected.
    assert "Ask these 4 for 1,000 of 1,000: about 31 conversions" in html
    assert html.index("Ask these 4 for") < html.index("<blockquote>")
    # The most followed who fits asks 1,000 alone: i09, of 52 posts.
    assert f"The most followed within the same budget: about {52**0.5:.1f}." in html
    assert html.count('<tr class="asked">') == 4
    assert html.count('<span class="mark">ask</span>') == 4
    _, late = get(app, budget="300", most_fee="150", sort="fee")
    assert 'value="150"' in late
    assert re.findall(r'"rank">(\d+)<', late) == ["1"]


def test_a_limit_drops_who_costs_more_and_keeps_the_place_among_all(app: Guard) -> None:
    _, html = get(app, most_fee="3,000", search="i2")
    assert ranked(html) == [f"i{number}" for number in range(20, 30)]
    assert re.findall(r'"rank">(\d+)<', html) == [str(place) for place in range(21, 31)]
    assert "30 of 60 people cost more than 3,000 and are left out." in html
    fees = re.findall(r'<td class="num fee">([\d,]+)</td>', get(app, most_fee="3k")[1])
    assert max(float(fee.replace(",", "")) for fee in fees) == 3000
    assert len(fees) == 30


def test_fee_cost_followers_and_place_stand_in_each_row(app: Guard) -> None:
    html = get(app)[1]
    row = html[html.index("<tbody>") : html.index("</tr>", html.index("<tbody>"))]
    assert ">1<" in row
    assert '<td class="num fee">100</td>' in row
    assert f'<td class="num cost">{100 / 61**0.5:.3g}</td>' in row
    assert "1,000 followers" in row


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("budget", "1.500", "1.500 can be read in two ways: write 1500 or 1.5."),
        ("budget", "0", "A budget must be above 0."),
        ("most_fee", "cheap", "“cheap” is no number"),
        ("least", "many", "“many” is no number"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_the_ranking_below(
    field: str, typed: str, says: str, app: Guard
) -> None:
    status, html = get(app, **{field: typed})
    assert status == 422
    assert f'name="{field}" value="{typed}"' in html
    assert re.search(rf'id="wrong-{field}" role="alert">{re.escape(says)}', html)
    assert len(ranked(html)) == 50


def test_without_fees_a_budget_is_told_so_at_its_field(tmp_path_factory: pytest.TempPathFactory) -> None:
    with opened(write(tmp_path_factory.mktemp("free"))) as engine:
        status, html = get(serve(engine)[0], budget="1000")
    assert status == 422
    assert 'id="wrong-budget" role="alert">Nobody\'s fee is known here' in html


def test_a_typed_brief_keeps_its_budget_in_the_address(app: Guard) -> None:
    typed = {"brief": "tea", "budget": "1.000", "most_fee": "3k"}
    answer = ask(app, "POST", "/briefs", data=typed)
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("?budget=1.000&most_fee=3k")
    assert "Ask these 4 for 1,000" in ask(app, "GET", answer.headers["location"]).text


def test_nobody_cheap_enough_is_an_answer_and_no_fault(app: Guard) -> None:
    assert not answer(board(), NOTHING, Wanted(1600.0, limits=Limits(most_fee=10.0))).ask.any()
    status, html = get(app, budget="1000", most_fee="1")
    assert status == 200
    assert "Ask nobody for 0 of 1,000" in html
    assert "The limits leave nobody who can be asked." in html
    assert "Nobody can be asked for so little: the lowest fee is 100." in get(app, budget="99")[1]
    assert "the lowest fee" not in get(app, budget="100")[1]


def test_a_number_of_conversions_wanted_is_reached_for_the_least_money(app: Guard) -> None:
    """Whoever asks 100 to 400 brings the root of 61 to 58: four of them bring 30.8, and no three do 24."""
    _, html = get(app, target="24")
    assert "Ask these 4 for 1,000: about 31 conversions" in html
    assert html.count('<tr class="asked">') == 4
    status, html = get(app, target="24", budget="900")
    assert status == 422
    assert (
        'id="wrong-target" role="alert">24 conversions cost 1,000 at least, more than the budget of 900.'
        in html
    )
    assert "are beyond reach: the most that can be expected" in get(app, target="9999")[1]
    assert 'id="wrong-target" role="alert">A number of conversions wanted' in get(app, target="0")[1]


def test_who_must_be_asked_is_and_who_never_is_not_with_a_way_back(app: Guard) -> None:
    status, html = get(app, budget="1.000", must="@anna, i05", never=["i00"])
    assert status == 200
    assert re.findall(r'<tr class="asked">.*?value="(i\d\d)"', html) == ["i01", "i05"], (
        "200 + 600: nobody else fits but i00"
    )
    assert "Must have: Anna undo, i05 undo." in re.sub("<[^>]*>", "", html)
    assert "Never ask: i00 undo." in re.sub("<[^>]*>", "", html)
    assert 'href="?budget=1.000&must=i05&never=i00"' in html, "Anna undone"


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"must": "@ann"}, "must", "No candidate here: @ann (did you mean i01 (@Anna)?)."),
        ({"never": "x y"}, "never", "No candidate here: x, y."),
        ({"must": "i03", "never": "i03"}, "never", "i03 must be asked, too; until one of the two is undone, they are not asked."),
        ({"must": "i50"}, "budget", "Without a budget of 1,000 there is one. They cost 5,100 together."),
        ({"must": "i05", "most_fee": "300"}, "budget", "i05 is to be asked, which the list, the most fee or the platforms rule out."),
    ],
)  # fmt: skip
def test_a_wish_that_cannot_be_is_told_at_its_field(
    typed: dict[str, str], field: str, says: str, app: Guard
) -> None:
    status, html = get(app, budget="1000", **typed)
    assert status == 422
    assert says in html[html.index(f'id="wrong-{field}"') :][:400]


def test_names_without_money_are_kept_until_there_is_some(app: Guard) -> None:
    status, html = get(app, must="i05")
    assert status == 200
    assert "They count once there is a budget, or a number of conversions wanted." in html


def test_another_fee_of_one_person_is_planned_with_and_undone(app: Guard) -> None:
    path = "/campaigns/c03/influencers/i00"
    answer = ask(app, "GET", path, params={"budget": "1.000", "asks_now": "€600"})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{path}?budget=1.000&asks=i00%3D600"
    html = unescape(ask(app, "GET", answer.headers["location"]).text)
    # Without i00 the other three of the four cost 900, and i00 leaves no room for three.
    assert "Not asked: " in html
    assert "The plan would ask them for " in html
    assert "600 is tried instead of 100." in html
    assert 'href="?budget=1.000"' in html
    _, ranking = get(app, budget="1.000", asks="i00=600")
    assert "Fees tried: i00 600 instead of 100 undo." in re.sub("<[^>]*>", "", ranking)
    row = next(row for row in ranking.split("<tr") if 'value="i00"' in row)
    assert '<td class="num fee">600<span class="small dim">was 100' in row
    wrong = ask(app, "GET", path, params={"asks_now": "much"})
    assert "“much” is no number" in wrong.text
    # What names nobody, or no amount, counts for nothing.
    assert "Fees tried" not in get(app, budget="1.000", asks=["nobody=5", "i00=much", "x"])[1]


def test_a_file_is_not_written_by_a_limit_that_cannot_be_read(app: Guard) -> None:
    assert ask(app, "GET", "/campaigns/c03/shortlist.csv", params={"most_fee": "1.500"}).status_code == 422
    assert ask(app, "GET", "/campaigns/c03/shortlist.csv", params={"most_fee": "1500"}).status_code == 200


def test_that_nobody_earns_their_fee_is_said_above_a_plan_for_what_was_typed(app: Guard) -> None:
    said = "Nobody is expected to earn their fee: a conversion is worth 0.01 and costs "
    _, html = get(app, budget="1000")
    assert "Nobody is expected to earn" not in html
    for path in ("/campaigns/c03", "/campaigns/c03/report"):
        html = unescape(ask(app, "GET", path, params={"budget": "1000", "value": "0.01"}).text)
        assert html.count(said) == 1


def test_beside_a_fee_stands_what_somebody_is_worth(app: Guard) -> None:
    """What they are expected to bring, or add to the plan, times what a conversion is worth; nothing where that is not known."""
    pays = r'class="num pays wide-only">([\d,.]+)</td>'
    _, html = get(app, budget="1000")
    assert not re.findall(pays, html)
    _, html = get(app, value="100", search="i00")
    forecast = float(re.findall(r'class="strong">([\d.]+)</span>', html)[0])
    assert [float(one) for one in re.findall(pays, html)] == pytest.approx([100 * forecast], rel=0.01)
    _, html = get(app, value="much", search="i00")
    assert not re.findall(pays, html)


def test_what_somebody_is_worth_beside_others_is_what_they_add() -> None:
    rows: Any = [{"influencer_id": who, "expected_conversions": 10.0} for who in "abc"]
    plan: Any = SimpleNamespace(
        table=pd.DataFrame({"influencer_id": ["a", "b"], "pays_up_to": [60.0, np.nan]})
    )
    assert pays_up_to(rows, plan, 7.0) == {"a": 60.0, "b": 70.0, "c": 70.0}
    assert pays_up_to(rows, None, 7.0) == {"a": 70.0, "b": 70.0, "c": 70.0}
    assert pays_up_to(rows, plan, None) == {}
