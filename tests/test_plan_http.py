"""A plan over HTTP and on the page, without a trained model: the same as that of the scores, and every wrong question told."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from suasion.serving.http.limits import Guard
from suasion.serving.loaded import Engine
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.plain import plain
from suasion.serving.scoring.plan.document import planned

from .quick import PricedSession, ask, opened, serve, write


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = write(tmp_path_factory.mktemp("planned"))
    members = [f"i0{who},m{number},2022-01-01" for who in (0, 1) for number in range(20)]
    (folder / "audience_members.csv").write_text(
        "\n".join(["influencer_id,member_id,observed_at", *members]) + "\n"
    )
    with opened(folder, session=PricedSession) as engine:
        yield engine


@pytest.fixture(scope="module")
def app(engine: Engine) -> Guard:
    return serve(engine)[0]


def test_a_plan_over_http_is_that_of_the_scores(app: Guard, engine: Engine) -> None:
    body = {
        "ask": {"campaign_id": "c03"},
        "budget": 1000,
        "must": ["@anna"],
        "never": ["i04"],
        "most_fee": 900,
    }
    told = ask(app, "POST", "/v1/plans", json=body)
    assert told.status_code == 200, told.text
    found = engine.plan(engine_ask(budget=1000.0, must=("@anna",), never=("i04",), most_fee=900.0))
    assert told.json() == plain(planned(found))
    assert "i01" in [row["influencer_id"] for row in told.json()["asked"]]
    assert "i04" not in [row["influencer_id"] for row in told.json()["asked"]]
    again = ask(app, "POST", "/v1/plans", json=body)
    assert again.json() == told.json()
    few = ask(app, "POST", "/v1/plans", json=body | {"among": ["@anna", "i07", "i04"]}).json()
    assert [row["influencer_id"] for row in (*few["asked"], *few["near"])] == ["i01", "i07"]
    assert "Kept to: only the 3 on your list; " in few["sentences"][0]


def test_other_money_and_other_limits_score_nobody_again(
    app: Guard, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"ask": {"campaign_id": "c03"}, "budget": 1000}
    ask(app, "POST", "/v1/plans", json=body)
    monkeypatch.setattr(engine.sessions[0], "score", lambda _: pytest.fail("people were scored again"))
    for more in (
        {"budget": 700},
        {"most_fee": 300},
        {"value": 9},
        {"never": ["i04"]},
        {"explore": 1},
        {"seen": 0.5},
    ):
        told = ask(app, "POST", "/v1/plans", json=body | more)
        assert told.status_code == 200, told.text
    shown = engine.board(Ask(campaign="c03")).scored
    assert shown.plan is None
    assert "ask" not in shown.scores


def engine_ask(**given: Any) -> Ask:
    from suasion.serving.scoring.plan.limits import Limits

    budget = given.pop("budget")
    return Ask(campaign="c03", budget=budget, limits=Limits(**given))


def test_the_page_asks_the_same_people_and_counts_shared_audiences_once(app: Guard) -> None:
    told = ask(app, "POST", "/v1/plans", json={"ask": {"campaign_id": "c03"}, "budget": 1000}).json()
    page = unescape(ask(app, "GET", "/campaigns/c03", params={"budget": "1000"}).text)
    assert told["sentences"][0].partition(". ")[0] in page
    # i00 and i01 have the very same audience: the second brings nothing more.
    assert "i01" not in [row["influencer_id"] for row in told["asked"]]
    assert told["expected_conversions"] == told["once"]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({}, 422, "A plan needs a budget, or a target of conversions."),
        ({"budget": 0}, 422, "budget"),
        ({"budget": "1000"}, 422, "budget"),
        ({"budget": 1000, "at_most": 0}, 422, "at_most"),
        ({"budget": 1000, "seen": 30}, 422, "seen"),
        ({"budget": 1000, "mutst": ["i00"]}, 422, "Extra inputs are not permitted"),
        ({"budget": 1000, "never": [f"x{n}" for n in range(1_001)]}, 422, "never"),
        ({"budget": 1000, "must": ["nobody"]}, 404, "'nobody' is not among the 60 candidates"),
        ({"target": 1e9}, 409, "beyond reach"),
    ],
)
def test_what_is_no_plan_is_a_problem_that_says_why(
    body: dict[str, Any], status: int, says: str, app: Guard
) -> None:
    told = ask(app, "POST", "/v1/plans", json={"ask": {"campaign_id": "c03"}, **body})
    assert told.status_code == status, told.text
    assert told.headers["content-type"] == "application/problem+json"
    assert says in told.text
