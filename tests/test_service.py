"""The service: what it answers, and that every way of asking it is told what is wrong."""

from __future__ import annotations

import json
import random
from datetime import datetime
from pathlib import Path

import httpx
import pandas as pd
import pytest

from suasion.serving.http.api import create_app
from suasion.serving.http.limits import Limits
from suasion.serving.loaded import Engine
from suasion.serving.scoring.activity import Activity
from suasion.serving.scoring.candidates import Ask

from .conftest import Served
from .quick import ask, serve
from .raw import activity_of
from .service import BRIEF, CAMPAIGN, is_problem


def test_health_readiness_and_version(client: httpx.Client, trained) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/ready").json() == {"status": "ready"}
    told = client.get("/version").json()
    assert (
        told["model"] == __import__("hashlib").sha256((trained[1] / "manifest.json").read_bytes()).hexdigest()
    )
    assert told["outcomes"] == trained[0].bundle.facts["outcomes"]


def test_the_ranking_pages_sorts_and_searches(client: httpx.Client) -> None:
    path = f"/v1/campaigns/{CAMPAIGN}/scores"
    whole = client.get(path, params={"limit": 1000}).json()
    assert whole["total"] == len(whole["scores"]) == 35
    scores = [row["expected_conversions"] for row in whole["scores"]]
    assert scores == sorted(scores, reverse=True)
    part = client.get(path, params={"limit": 10, "offset": 5}).json()
    assert part["scores"] == whole["scores"][5:15]
    up = client.get(path, params={"sort": "momentum", "descending": False, "limit": 1000}).json()
    momenta = [row["factors"]["momentum"] for row in up["scores"]]
    assert momenta == sorted(momenta)
    who = whole["scores"][3]["influencer_id"]
    assert [
        row["influencer_id"] for row in client.get(path, params={"search": who.upper()}).json()["scores"]
    ] == [who]
    assert client.get(path, params={"search": "nobody has this"}).json()["total"] == 0


def test_campaigns_are_listed_and_searched(client: httpx.Client) -> None:
    told = client.get("/v1/campaigns", params={"limit": 1000}).json()
    assert told["total"] == len(told["campaigns"]) == 70
    counts = [row["candidates"] for row in told["campaigns"]]
    assert counts[0] > 0
    assert counts == sorted(counts, key=lambda n: n == 0), "those with candidates come first"
    assert [row["campaign_id"] for row in client.get("/v1/campaigns?search=C0055").json()["campaigns"]] == [
        CAMPAIGN
    ]


def test_a_brief_is_scored_and_explained(client: httpx.Client) -> None:
    told = client.post("/v1/scores", json={"ask": BRIEF, "limit": 5}).json()
    assert len(told["scores"]) == 5
    who = told["scores"][2]["influencer_id"]
    one = client.post("/v1/explanations", json={"ask": BRIEF, "influencer_id": who}).json()
    assert one["expected_conversions"] == told["scores"][2]["expected_conversions"]
    assert one["features"]
    assert one["caution"].startswith("A factor tells what the model learned")
    offered = client.post("/v1/scores", json={"ask": {**BRIEF, "offer": {"exposure": 2}}, "limit": 5}).json()
    assert offered["scores"][0]["exposure"] == 2


def test_raw_activity_names_what_it_cannot_tell_and_sets_bad_rows_aside(
    client: httpx.Client, world: Path, best: str
) -> None:
    body = activity_of(world, CAMPAIGN, best)
    del body["mentions"]
    body["people"] = [{"influencer_id": "a stranger"}, {"influencer_id": best}]
    good = len(body["posts"])
    body["posts"] += [
        {**body["posts"][0], "post_id": "late", "created_at": "soon"},
        {**body["posts"][0], "post_id": " "},
    ]
    told = client.post("/v1/activity-scores", json=body).raise_for_status().json()
    assert {row["influencer_id"] for row in told["scores"]} == {"a stranger", best}
    reasons = {row["feature"]: row["reason"] for row in told["unfilled"]}
    assert "needs mentions" in reasons["references__received__90d"]
    assert "needs influencers" in reasons["reputation__account_age"]
    assert "relevance__mean_closeness__90d" not in reasons
    assert [(row["table"], row["row"]) for row in told["set_aside"]] == [("posts", good), ("posts", good + 1)]
    assert "created_at is not a time" in told["set_aside"][0]["reason"]
    assert "post_id is missing" in told["set_aside"][1]["reason"]


def test_a_stranger_has_no_place_in_the_graph_and_no_past(
    client: httpx.Client, world: Path, best: str
) -> None:
    body = activity_of(world, CAMPAIGN, best)
    text = json.dumps(body).replace(f'"{best}"', '"a stranger"')
    told = client.post("/v1/activity-scores", json=json.loads(text)).raise_for_status().json()
    reasons = {row["feature"]: row["reason"] for row in told["unfilled"]}
    assert "graph of all references" in reasons["references__own_standing"]
    known = client.get(f"/v1/campaigns/{CAMPAIGN}/scores/{best}").json()
    assert told["scores"][0]["factors"]["relevance"] == pytest.approx(known["factors"]["relevance"], rel=1e-9)
    assert told["scores"][0]["factors"]["conversion"] != pytest.approx(
        known["factors"]["conversion"], rel=1e-3
    )


def test_raw_activity_sees_nothing_known_at_or_after_the_decision(
    client: httpx.Client, world: Path, best: str
) -> None:
    body = activity_of(world, CAMPAIGN, best)
    before = client.post("/v1/activity-scores", json=body).json()["scores"]
    moment = body["ask"]["as_of"]
    template = next(row for row in body["posts"] if row["author_id"] == best)
    for number in range(50):
        body["posts"].append(
            {**template, "post_id": f"later {number}", "created_at": moment, "known_at": None}
        )
        body["audience"].append({"influencer_id": best, "observed_at": moment, "followers": 10**9})
        break
    body["credentials"].append(
        {"influencer_id": best, "kind": "degree", "awarded_at": "2020-01-01", "known_at": moment}
    )
    assert client.post("/v1/activity-scores", json=body).json()["scores"] == before


def test_what_came_with_a_request_counts_and_is_gone_with_it(
    client: httpx.Client, world: Path, best: str
) -> None:
    before = client.get(f"/v1/campaigns/{CAMPAIGN}/scores/{best}").json()
    whole = activity_of(world, CAMPAIGN, best)
    for table, factor in {"audience": "momentum", "posts": "frequency", "mentions": "references"}.items():
        told = client.post("/v1/activity-scores", json={**whole, table: []}).json()["scores"][0]
        assert told["factors"][factor] != pytest.approx(before["factors"][factor], rel=1e-6), table
    ask = {"ask": {"campaign_id": CAMPAIGN, "as_of": whole["ask"]["as_of"]}}
    fresh = client.post("/v1/scores", json=ask).json()
    assert (
        next(row for row in fresh["scores"] if row["influencer_id"] == best)["factors"] == before["factors"]
    )


def test_a_table_left_out_is_missing_and_an_empty_one_is_none(world: Path, trained, best: str) -> None:
    body = activity_of(world, CAMPAIGN, best)
    ask = Ask(campaign=CAMPAIGN, as_of=datetime.fromisoformat(body["ask"]["as_of"][:-1]))
    engine = Engine(world, trained[1])
    person = body["people"][:1]
    none = engine.activity(ask, Activity(person, posts=[], audience=[], mentions=[], credentials=[]))[0]
    unknown = engine.activity(ask, Activity(person))[0]
    for column in (
        "references__received__90d",
        "frequency__posts_per_week__30d",
        "reputation__all_credentials",
    ):
        assert none.scored.features[column].tolist() == [0.0]
        assert unknown.scored.features[column].isna().all()
    assert unknown.scored.features["reputation__account_age"].notna().all(), "the person's row tells it"
    engine.close()


def test_a_change_is_split_over_factors_and_over_model_and_data(client: httpx.Client, best: str) -> None:
    ask = {"campaign_id": CAMPAIGN, "as_of": "2023-06-01T00:00:00Z"}
    told = (
        client.post(
            "/v1/changes",
            json={"ask": ask, "influencer_id": best, "to_as_of": "2023-12-01T00:00:00Z", "models": True},
        )
        .raise_for_status()
        .json()
    )
    product = 1.0
    for part in told["parts"]:
        assert part["data"] * part["model"] == pytest.approx(part["after"] / part["before"], rel=1e-9)
        product *= part["data"] * part["model"]
    before, after = told["expected_conversions"]
    assert product == pytest.approx(after / before, rel=1e-9)
    assert len(told["parts"]) == 10
    is_problem(
        client.post("/v1/changes", json={"ask": ask, "influencer_id": best}),
        409,
        "Both scorings are the same",
    )


def test_the_review_is_there_where_outcomes_came_since(
    world: Path, trained, earlier: Path, client: httpx.Client
) -> None:
    is_problem(client.get("/v1/review"), 404, "0 outcomes became known since the model was trained")
    with Served(create_app(lambda: Engine(world, earlier))) as served:
        told = httpx.get(f"{served.url}/v1/review", timeout=60).raise_for_status().json()
    assert told["outcomes"] >= 20
    assert told["actual_by_expected"]["value"] == pytest.approx(told["actual"] / told["expected"])


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says", "field"),
    [
        ("GET", "/v1/campaigns/none/scores", None, 404, "There is no campaign 'none'", None),
        (
            "GET",
            f"/v1/campaigns/{CAMPAIGN}/scores/none",
            None,
            404,
            "'none' is not among the 35 candidates",
            None,
        ),
        ("GET", f"/v1/campaigns/{CAMPAIGN}/scores?limit=0", None, 422, "limit", "limit"),
        ("GET", "/v1/campaigns?limit=1&limit=2", None, 422, "limit was given 2 times: it takes one", "limit"),
        (
            "POST",
            "/v1/scores",
            '{"ask": {"campaign_id": "c0080", "campaign_id": "c0081"}}',
            422,
            "campaign_id stands 2 times in one object",
            "campaign_id",
        ),
        ("GET", f"/v1/campaigns/{CAMPAIGN}/scores?sort=charm", None, 422, "sort", "sort"),
        ("GET", "/v1/nothing", None, 404, "There is nothing at GET", None),
        ("DELETE", "/v1/campaigns", None, 405, "There is nothing at DELETE", None),
        ("POST", "/v1/scores", {}, 422, "ask: Field required", "ask"),
        ("POST", "/v1/scores", {"ask": {"brief": " "}}, 422, "ask", "ask.BriefAsk.brief"),
        ("POST", "/v1/scores", {"ask": BRIEF, "more": 1}, 422, "Extra inputs are not permitted", "more"),
        ("POST", "/v1/scores", {"ask": {**BRIEF, "as_of": "soon"}}, 422, "is no time", "ask.BriefAsk.as_of"),
        (
            "POST",
            "/v1/scores",
            {"ask": {**BRIEF, "as_of": "1980-01-01T00:00:00Z"}},
            404,
            "Nothing is known at 1980-01-01",
            None,
        ),
        (
            "POST",
            "/v1/scores",
            {"ask": {**BRIEF, "offer": {"exposure": 0}}},
            422,
            "greater than 0",
            "ask.BriefAsk.offer.exposure",
        ),
        (
            "POST",
            "/v1/scores",
            {"ask": {**BRIEF, "offer": {"extra": {"offer_x": 1}}}},
            404,
            "The offer names offer_x",
            None,
        ),
        ("POST", "/v1/activity-scores", {"ask": BRIEF, "people": []}, 422, "people", "people"),
        (
            "POST",
            "/v1/activity-scores",
            {"ask": BRIEF, "people": [{"influencer_id": "a"}], "posts": [{"post_id": "p"}]},
            422,
            "posts.0.created_at: Field required",
            "posts.0.created_at",
        ),
        (
            "POST",
            "/v1/activity-scores",
            {"ask": BRIEF, "people": [{"influencer_id": f"p{number}"} for number in range(101)]},
            422,
            "at most 100 items",
            "people",
        ),
        ("POST", "/v1/scores", "{", 422, "is not JSON", "body"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(
    client: httpx.Client, method, path, body, status, says, field
) -> None:
    content = body if isinstance(body, str) else json.dumps(body) if body is not None else None
    headers = {"content-type": "application/json"} if content else {}
    told = is_problem(client.request(method, path, content=content, headers=headers), status, says)
    if field:
        assert field in [error["field"] for error in told["errors"]]


def test_every_answer_carries_the_headers_that_protect(client: httpx.Client) -> None:
    for path in ("/health", "/", "/v1/campaigns", "/nothing", "/static/page.css"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert client.get("/health", headers={"x-request-id": "mine-1"}).headers["x-request-id"] == "mine-1"
    assert client.get("/health", headers={"x-request-id": "a b\tc"}).headers["x-request-id"] != "a b\tc"


def test_the_document_has_examples_and_every_problem(client: httpx.Client) -> None:
    told = client.get("/openapi.json").json()
    assert told["openapi"].startswith("3.")
    assert told["components"]["schemas"]["ActivityRequest"]["examples"]
    for path, methods in told["paths"].items():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"], path
    example = told["components"]["schemas"]["ActivityRequest"]["examples"][0]
    assert client.post("/v1/activity-scores", json=example).status_code == 200


def test_metrics_count_by_route_and_never_by_person(client: httpx.Client, best: str) -> None:
    client.get(f"/v1/campaigns/{CAMPAIGN}/scores/{best}")
    text = client.get("/metrics").text
    assert (
        'suasion_requests_total{method="GET",route="/v1/campaigns/{campaign_id}/scores/{influencer_id}",status="200"}'
        in text
    )
    assert "suasion_request_seconds_bucket" in text
    assert best not in text


TIMES = (
    "0001-01-01T00:00:00Z",
    "1970-01-01T00:00:00Z",
    "2022-06-30T23:59:60Z",
    "2023-01-01T00:00:00.000001+14:00",
    "9999-12-31T23:59:59Z",
)
TEXTS = (
    " ",
    "=1+1",
    "\u202e",
    "\x00",
    "\ufffd",
    "' OR 1=1 --",
    "🫘" * 50,
    "x" * 500,
    "https://[bad",
    "@anna @anna",
)


def test_rows_that_pass_the_schema_are_scored_or_set_aside_with_a_reason(world: Path, trained) -> None:
    candidates = pd.read_parquet(world / "candidates.parquet")
    campaign, who = candidates[["campaign_id", "influencer_id"]].iloc[0]
    body, draw = activity_of(world, campaign, who), random.Random(1)
    statuses: list[int] = []
    with Engine(world, trained[1]) as engine:
        app, _ = serve(engine, Limits(per_minute=0))
        for _ in range(25):
            told = {name: [dict(row) for row in rows[:40]] if isinstance(rows, list) else dict(rows) for name, rows in body.items()}  # fmt: skip
            for name in ("posts", "mentions", "audience", "credentials"):
                for row in draw.sample(told[name], min(5, len(told[name]))):
                    field = draw.choice(
                        sorted(
                            key
                            for key, value in row.items()
                            if value not in (None, []) and not isinstance(value, bool) and key != "kind"
                        )
                    )
                    value = row[field]
                    row[field] = draw.choice(TIMES if field.endswith("_at") else TEXTS) if isinstance(value, str) else draw.choice((0, 1, 1e12)) if isinstance(value, int | float) else value  # fmt: skip
                told[name] += [dict(row) for row in told[name][:2]]
            answer = ask(app, "POST", "/v1/activity-scores", json=told)
            statuses.append(answer.status_code)
            assert answer.status_code in (200, 422), answer.text[:300]
            if answer.status_code == 422:
                assert answer.json()["errors"]
    assert statuses.count(200) > 8, "many reach what is behind the schema"
