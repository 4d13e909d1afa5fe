"""The tools for assistants: over memory, stdio and HTTP, with the same numbers as the service's routes."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import mcp
import pytest

from suasion.features.errors import InputError
from suasion.serving.http import assistants, requests
from suasion.serving.http.api import create_app
from suasion.serving.http.assistants import PAGE, QUOTED, create_server
from suasion.serving.http.keys import Keys, add_key
from suasion.serving.http.limits import Limits
from suasion.serving.http.state import Service
from suasion.serving.loaded import Engine
from suasion.serving.scoring.candidates import Ask

from .command import to_nine_digits
from .conftest import Served
from .quick import opened, serve, write
from .test_cli import suasion

CAMPAIGN = {"campaign_id": "c0055"}
TOOLS = {
    "campaigns",
    "score",
    "explain",
    "evidence",
    "compare",
    "plan",
    "why_changed",
    "model_quality",
    "check",
}


@pytest.fixture(scope="module")
def state(world: Path, trained, earlier: Path) -> Iterator[Service]:
    made = Service(lambda: Engine(world, trained[1], earlier), Limits(), None)
    made.start()
    yield made
    made.stop()


def asked(service: Service, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
    async def run() -> list[Any]:
        async with mcp.Client(create_server(service)) as client:
            return [await client.call_tool(name, arguments) for name, arguments in calls]

    return asyncio.run(run())


def test_all_tools_only_read_and_say_what_they_give() -> None:
    def never() -> Engine:
        raise AssertionError("what there is can be read before data and model are open")

    async def run() -> Any:
        async with mcp.Client(create_server(Service(never, Limits(), None))) as client:
            return (await client.list_tools()).tools, client.instructions

    tools, instructions = asyncio.run(run())
    assert {tool.name for tool in tools} == TOOLS
    assert len({tool.annotations.title for tool in tools} - {None, ""}) == len(TOOLS), "a title each"
    assert len({tool.description for tool in tools}) == len(TOOLS)
    for tool in tools:
        hints = tool.annotations
        assert (hints.read_only_hint, hints.destructive_hint, hints.open_world_hint) == (True, False, False)
        assert tool.output_schema, tool.name
        assert len(tool.description) > 60
    assert "interval" in instructions
    assert QUOTED in instructions


def test_scores_are_those_of_the_service_with_interval_and_banner(state: Service, service: Served) -> None:
    (first, second) = asked(
        state,
        ("score", {"ask": CAMPAIGN, "limit": 3, "offset": 0}),
        ("score", {"ask": CAMPAIGN, "limit": 3, "offset": 3}),
    )
    told = httpx.get(f"{service.url}/v1/campaigns/c0055/scores", params={"limit": 6}, timeout=60).json()
    assert not first.is_error, first.content
    rows = [*first.structured_content["scores"], *second.structured_content["scores"]]
    assert [row["influencer_id"] for row in rows] == [row["influencer_id"] for row in told["scores"]]
    for row, other in zip(rows, told["scores"], strict=True):
        assert row["expected_conversions"] == other["expected_conversions"]
        assert row["low"] <= row["expected_conversions"] <= row["high"]
    assert first.structured_content["banner"] == told["banner"]
    assert first.structured_content["total"] == told["total"]
    assert json.loads(first.content[0].text) == first.structured_content, "for those who read no structure"


def test_one_is_explained_compared_and_stands_on_what_was_known(state: Service) -> None:
    (ranking,) = asked(state, ("score", {"ask": CAMPAIGN, "limit": 2}))
    ann, bob = (row["influencer_id"] for row in ranking.structured_content["scores"])
    explained, compared, behind = asked(
        state,
        ("explain", {"ask": CAMPAIGN, "influencer_id": ann}),
        ("compare", {"ask": CAMPAIGN, "influencer_ids": [ann, bob]}),
        ("evidence", {"ask": CAMPAIGN, "influencer_id": ann}),
    )
    one = explained.structured_content
    product = one["base"] * one["exposure"]
    for factor in one["factors"].values():
        product *= factor
    assert product == pytest.approx(one["expected_conversions"], rel=1e-6)
    assert one["features"]
    assert one["caution"]
    (against,) = compared.structured_content["first_against"]
    quotient = against["exposure"]
    for factor in against["factors"].values():
        quotient *= factor
    assert against["influencer_id"] == bob
    assert quotient == pytest.approx(against["times"], rel=1e-6)
    assert behind.structured_content["caution"] == QUOTED
    assert all(post["created_at"] < one["as_of"] for post in behind.structured_content["posts"])


def test_a_plan_is_that_of_the_command(state: Service, world: Path, trained) -> None:
    (answer, nothing, nobody) = asked(
        state,
        ("plan", {"ask": CAMPAIGN, "budget": 20000, "most_fee": 9000}),
        ("plan", {"ask": CAMPAIGN}),
        ("plan", {"ask": CAMPAIGN, "budget": 20000, "must": ["@nobody.at.all"]}),
    )
    one = answer.structured_content
    assert one["cost"] <= 20000
    assert one["cost"] == pytest.approx(sum(row["fee"] for row in one["asked"]))
    assert all(row["fee"] <= 9000 for row in one["asked"])
    assert "the most followed" in [rival["name"] for rival in one["rivals"]]
    came = suasion(
        "plan", world, "--model", trained[1], "--campaign", "c0055", "--budget", 20000, "--most-fee", 9000, "--json"
    )  # fmt: skip
    told = json.loads(came.stdout)
    assert to_nine_digits(one) == to_nine_digits({k: v for k, v in told.items() if k != "file"})
    assert nothing.is_error
    assert "needs a budget" in nothing.content[0].text
    assert nobody.is_error
    assert "@nobody.at.all" in nobody.content[0].text


def test_a_plan_is_asked_for_with_all_that_was_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: dict[str, Any] = {
        "ask": {"campaign_id": "c03"}, "budget": 1000.0, "target": 9.0, "value": 8.0, "most_fee": 700.0, "at_most": 6, "must": ["i05"], "among": ["i05", "i01", "i04", "i02", "i03", "i06"],
        "never": ["i04"], "min_new": 3, "platforms": ["x"], "seen": 0.2, "explore": 1,
    }  # fmt: skip
    questions: list[Ask] = []

    def plan_of(_: Engine, question: Ask) -> None:
        questions.append(question)
        raise InputError("Enough is known.")

    monkeypatch.setattr(assistants, "plan_of", plan_of)
    with opened(write(tmp_path)) as engine:
        (answer,) = asked(serve(engine)[1], ("plan", said))
    assert answer.content[0].text.endswith("Enough is known.")
    assert questions == [requests.PlanRequest.model_validate(said).question()]


def test_a_brief_the_models_and_the_data_can_be_asked_about(state: Service) -> None:
    brief = {"brief": "cold brew coffee for summer", "days": 14}
    ranking, quality, data, listed = asked(
        state,
        ("score", {"ask": brief, "limit": 1}),
        ("model_quality", {}),
        ("check", {}),
        ("campaigns", {"search": "c0055"}),
    )
    (best,) = ranking.structured_content["scores"]
    assert quality.structured_content["evaluation"]["judged"]
    assert {table["table"] for table in data.structured_content["found"]["tables"]} >= {"outcomes", "posts"}
    assert listed.structured_content["total"] == 1
    (why,) = asked(state, ("why_changed", {"ask": CAMPAIGN, "influencer_id": _first(state), "models": True}))
    before, after = why.structured_content["expected_conversions"]
    product = 1.0
    for part in why.structured_content["parts"]:
        product *= part["after"] / part["before"]
    assert product == pytest.approx(after / before, rel=1e-6)
    assert best["influencer_id"]


def _first(state: Service) -> str:
    (ranking,) = asked(state, ("score", {"ask": CAMPAIGN, "limit": 1}))
    return str(ranking.structured_content["scores"][0]["influencer_id"])


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("score", {"ask": {"campaign_id": "c9999"}}, "c9999"),
        ("explain", {"ask": CAMPAIGN, "influencer_id": "@nobody.at.all"}, "@nobody.at.all"),
        ("score", {"ask": CAMPAIGN, "limit": PAGE + 1}, "limit"),
        ("score", {"ask": {}}, "brief"),
        ("compare", {"ask": CAMPAIGN, "influencer_ids": ["i0000001"]}, "influencer_ids"),
        ("why_changed", {"ask": CAMPAIGN, "influencer_id": "i0000001"}, "give two dates"),
    ],
)
def test_what_cannot_be_answered_says_why(
    state: Service, tool: str, arguments: dict[str, Any], says: str
) -> None:
    (answer,) = asked(state, (tool, arguments))
    assert answer.is_error
    assert says in answer.content[0].text
    assert "Traceback" not in answer.content[0].text


def test_over_stdin_and_stdout(world: Path, trained) -> None:
    command = ["-m", "suasion.serving.cli.main", "mcp", str(world), "--model", str(trained[1])]
    told = mcp.StdioServerParameters(command=sys.executable, args=command)

    async def run() -> Any:
        async with mcp.Client(told) as client:
            return await client.call_tool("score", {"ask": CAMPAIGN, "limit": 1})

    answer = asyncio.run(asyncio.wait_for(run(), 120))
    assert answer.structured_content["scores"][0]["campaign_id"] == "c0055"


def test_over_http_it_stands_behind_the_services_keys(world: Path, trained, tmp_path: Path) -> None:
    reading, scoring = (
        add_key(tmp_path / "keys.json", name, scopes) for name, scopes in (("r", ["read"]), ("s", ["read", "score"]))
    )  # fmt: skip
    app = create_app(
        lambda: Engine(world, trained[1]),
        limits=Limits(per_minute=0),
        keys=Keys.read(tmp_path / "keys.json"),
    )
    with Served(app) as served:
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
        head = {"accept": "application/json, text/event-stream", "content-type": "application/json"}

        def post(**more: str) -> httpx.Response:
            return httpx.post(f"{served.url}/mcp", json=call, headers=head | more, timeout=60)

        assert post().status_code == 401
        assert post(authorization=f"Bearer {reading}").status_code == 403
        assert post(authorization=f"Bearer {scoring}", host="elsewhere.example").status_code == 400
        assert post(authorization=f"Bearer {scoring}", origin="https://elsewhere.example").status_code == 403
        let_in = post(authorization=f"Bearer {scoring}")
        assert let_in.status_code == 200, let_in.text
        assert {tool["name"] for tool in let_in.json()["result"]["tools"]} == TOOLS
