"""The service: what it answers, whom it lets in, what it refuses and how, and that a reload drops nothing."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from suasion.features.errors import BundleError, InputError
from suasion.serving.activity import Activity
from suasion.serving.api import create_app
from suasion.serving.candidates import Ask
from suasion.serving.engine import Engine
from suasion.serving.guard import Limits
from suasion.serving.keys import Keys, add_key

from .conftest import Served
from .raw import activity_of

CAMPAIGN = "c0055"
BRIEF = {"brief": "sourdough bread and a good oven"}


@pytest.fixture
def client(service):
    with httpx.Client(base_url=service.url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def best(service) -> str:
    answer = httpx.get(f"{service.url}/v1/campaigns/{CAMPAIGN}/scores?limit=1", timeout=60)
    return answer.json()["scores"][0]["influencer_id"]


def is_problem(answer: httpx.Response, status: int, says: str) -> dict:
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert says in told["detail"]
    assert "Traceback" not in answer.text
    assert told["request_id"] == answer.headers["x-request-id"]
    return told


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
        404,
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


@pytest.fixture(scope="module")
def locked(world: Path, trained, tmp_path_factory):
    """Serve with keys: one to read, one to score, one to reload; a low rate for one more."""
    file = tmp_path_factory.mktemp("keys") / "keys.json"
    keys = {
        "reader": add_key(file, "reader", ["read"]),
        "scorer": add_key(file, "scorer", ["read", "score"]),
        "admin": add_key(file, "admin", ["admin"]),
    }
    limits = Limits(per_minute=400, body=200_000)
    with Served(create_app(lambda: Engine(world, trained[1]), limits=limits, keys=Keys.read(file))) as served:
        yield served, keys, file


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def test_who_has_no_key_is_not_let_in(locked) -> None:
    served, keys, _ = locked
    for headers in (
        {},
        bearer("suasion_wrong"),
        bearer(keys["reader"][:-1]),
        {"authorization": f"Basic {keys['reader']}"},
    ):
        answer = httpx.get(f"{served.url}/v1/campaigns", headers=headers)
        is_problem(answer, 401, "Give a key")
        assert answer.headers["www-authenticate"] == "Bearer"
    for path in ("/health", "/ready", "/version", "/openapi.json", "/static/page.css", "/login"):
        assert httpx.get(served.url + path).status_code == 200
    assert httpx.get(f"{served.url}/metrics").status_code == 401
    assert httpx.get(f"{served.url}/", headers={"accept": "text/html"}).headers["location"] == "/login"


def test_a_key_may_do_what_its_scopes_say(locked) -> None:
    served, keys, _ = locked
    ask = {"ask": BRIEF, "limit": 1}
    assert httpx.get(f"{served.url}/v1/campaigns", headers=bearer(keys["reader"])).status_code == 200
    is_problem(
        httpx.post(f"{served.url}/v1/scores", json=ask, headers=bearer(keys["reader"])),
        403,
        "lacks the scope score",
    )
    assert (
        httpx.post(
            f"{served.url}/v1/scores", json=ask, headers=bearer(keys["scorer"]), timeout=60
        ).status_code
        == 200
    )
    is_problem(
        httpx.post(f"{served.url}/v1/reload", headers=bearer(keys["scorer"])), 403, "lacks the scope admin"
    )
    is_problem(
        httpx.get(f"{served.url}/v1/campaigns", headers=bearer(keys["admin"])), 403, "lacks the scope read"
    )


def test_keys_are_kept_as_hashes_only(locked) -> None:
    _, keys, file = locked
    text = file.read_text()
    assert not any(key in text for key in keys.values())
    assert file.stat().st_mode & 0o077 == 0
    assert Keys.read(file).find(keys["reader"]).name == "reader"
    with pytest.raises(InputError, match="has a key named 'reader' already"):
        add_key(file, "reader", ["read"])
    with pytest.raises(InputError, match="Scopes are read, score, admin; given: all"):
        add_key(file, "more", ["all"])


def test_the_page_takes_a_key_once_and_gives_a_session(locked) -> None:
    served, keys, _ = locked
    with httpx.Client(base_url=served.url, follow_redirects=True, headers={"accept": "text/html"}) as client:
        assert client.post("/login", data={"key": "suasion_wrong"}).status_code == 401
        answer = client.post("/login", data={"key": keys["reader"]})
        assert answer.status_code == 200
        assert "Whom to ask?" in answer.text
        cookie = answer.history[0].headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert keys["reader"].lower() not in cookie
        assert client.post("/briefs", data=BRIEF).status_code == 403, "the session may no more than its key"
        client.cookies.set("suasion_session", client.cookies["suasion_session"][:-1] + "x")
        assert "Sign in" in client.get("/").text


def test_a_page_elsewhere_cannot_post_or_borrow_a_name(service, client: httpx.Client) -> None:
    answer = client.post("/v1/scores", json={"ask": BRIEF}, headers={"origin": "https://evil.example"})
    is_problem(answer, 403, "may not post here")
    assert client.post("/v1/scores", json={"ask": BRIEF}, headers={"origin": service.url}).status_code == 200
    is_problem(client.get("/health", headers={"host": "evil.example"}), 400, "does not answer to that name")


def test_a_body_too_large_is_refused_by_what_it_says_and_by_what_comes(locked) -> None:
    served, keys, _ = locked
    headers = bearer(keys["scorer"]) | {"content-type": "application/json"}
    large = b'{"ask": {"brief": "' + b"x" * 300_000 + b'"}}'
    is_problem(
        httpx.post(f"{served.url}/v1/scores", content=large, headers=headers), 413, "200,000 bytes at most"
    )

    def pieces():
        for start in range(0, len(large), 10_000):
            yield large[start : start + 10_000]

    is_problem(
        httpx.post(f"{served.url}/v1/scores", content=pieces(), headers=headers), 413, "200,000 bytes at most"
    )


def test_too_many_requests_of_one_key_are_put_off_and_others_are_not(locked) -> None:
    served, keys, _ = locked
    with httpx.Client(base_url=served.url, headers=bearer(keys["reader"])) as client:
        for _ in range(1300):
            answer = client.get("/v1/campaigns?limit=1")
            if answer.status_code == 429:
                break
        is_problem(answer, 429, "More than 400 requests in this minute")
        assert 1 <= int(answer.headers["retry-after"]) <= 61
    assert httpx.get(f"{served.url}/v1/campaigns", headers=bearer(keys["scorer"])).status_code == 200


def test_what_takes_too_long_is_told_to_ask_again_and_goes_on(world: Path, trained) -> None:
    class Slow(Engine):
        def board(self, ask, which=0):
            time.sleep(0.6)
            return super().board(ask, which)

    limits = Limits(seconds=0.2, waiting=1)
    with (
        Served(create_app(lambda: Slow(world, trained[1]), limits=limits)) as served,
        httpx.Client(base_url=served.url) as client,
    ):
        answer = client.post("/v1/scores", json={"ask": BRIEF})
        is_problem(answer, 503, "goes on; ask the same again")
        assert answer.headers["retry-after"] == "5"
        is_problem(
            client.post("/v1/scores", json={"ask": {"brief": "another"}}), 503, "Too much is asked at once"
        )
        assert client.get("/health").status_code == 200, "reading goes on beside work"
        time.sleep(2.5)
        assert client.post("/v1/scores", json={"ask": BRIEF}).status_code == 200


def test_an_unforeseen_fault_tells_the_client_nothing_and_the_log_no_text(
    world: Path, trained, caplog
) -> None:
    class Broken(Engine):
        def board(self, ask, which=0):
            raise RuntimeError(f"secret {ask.brief}")

    with (
        Served(create_app(lambda: Broken(world, trained[1]))) as served,
        caplog.at_level(logging.INFO, "suasion.service"),
    ):
        answer = httpx.post(f"{served.url}/v1/scores", json={"ask": {"brief": "private words"}})
    told = is_problem(answer, 500, "Something went wrong here")
    assert "secret" not in answer.text
    assert "private" not in answer.text
    fault = next(json.loads(r.getMessage()) for r in caplog.records if r.levelno == logging.ERROR)
    assert fault["error"] == "RuntimeError"
    assert fault["request_id"] == told["request_id"]
    assert "private" not in caplog.text


def test_the_log_names_routes_and_keys_and_nobody(locked, caplog, best: str) -> None:
    served, keys, _ = locked
    with caplog.at_level(logging.INFO, "suasion.service"):
        httpx.get(
            f"{served.url}/v1/campaigns/{CAMPAIGN}/scores/{best}?search=private",
            headers=bearer(keys["scorer"]),
            timeout=60,
        )
    lines = [json.loads(record.getMessage()) for record in caplog.records if record.name == "suasion.service"]
    told = next(line for line in lines if line["route"].endswith("{influencer_id}"))
    assert told["key"] == "scorer"
    assert told["status"] == 200
    assert set(told) == {"request_id", "method", "route", "status", "ms", "key"}
    assert best not in json.dumps(lines)
    assert "private" not in json.dumps(lines)


def test_a_reload_drops_no_request_and_a_damaged_model_changes_nothing(
    world: Path, trained, earlier: Path, tmp_path: Path
) -> None:
    import shutil

    model = tmp_path / "model"
    shutil.copytree(trained[1], model)
    answers: list[tuple[int, str]] = []
    stop = threading.Event()

    def ask(url: str) -> None:
        with httpx.Client(base_url=url, timeout=60) as client:
            while not stop.is_set():
                told = client.get(f"/v1/campaigns/{CAMPAIGN}/scores", params={"limit": 3})
                answers.append((told.status_code, told.json()["model"]))

    with Served(create_app(lambda: Engine(world, model), limits=Limits(per_minute=0))) as served:
        threads = [threading.Thread(target=ask, args=(served.url,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        old = httpx.get(f"{served.url}/version").json()["model"]
        (model / "trees.txt").write_text("tree\n") if (model / "trees.txt").exists() else (
            model / "space.npz"
        ).write_bytes(b"")
        is_problem(
            httpx.post(f"{served.url}/v1/reload", timeout=120), 422, "is not the file that training wrote"
        )
        assert httpx.get(f"{served.url}/version").json()["model"] == old
        shutil.rmtree(model)
        shutil.copytree(earlier, model)
        new = httpx.post(f"{served.url}/v1/reload", timeout=120).raise_for_status().json()["model"]
        assert new != old
        time.sleep(1.0)
        stop.set()
        for thread in threads:
            thread.join(60)
        text = httpx.get(f"{served.url}/metrics").text
    assert {status for status, _ in answers} == {200}
    models = [model for _, model in answers]
    assert set(models) == {old, new}
    assert models[-1] == new
    assert 'suasion_reloads_total{result="done"} 1.0' in text
    assert 'suasion_reloads_total{result="refused"} 1.0' in text


def test_the_old_engine_closes_when_its_last_request_ends(world: Path, trained) -> None:
    engine = Engine(world, trained[1])
    folder = engine.tables.folder
    with engine:
        engine.close()
        assert folder.exists()
        assert len(engine.board(Ask(campaign=CAMPAIGN))) == 35
    assert not folder.exists()


def test_no_query_is_compiled_after_the_start(world: Path, trained, best: str, monkeypatch) -> None:
    from suasion.features import build

    engine = Engine(world, trained[1])

    def compiled(*_: object, **__: object) -> None:
        raise AssertionError("compiled for a question")

    monkeypatch.setattr(build.ibis, "to_sql", compiled)
    assert len(engine.board(Ask(brief="tea"))) > 0
    assert len(engine.activity(Ask(brief="tea"), Activity([{"influencer_id": best}], posts=[]))[0]) == 1
    engine.close()


def test_a_question_asked_by_many_at_once_is_worked_out_once(world: Path, trained) -> None:
    engine = Engine(world, trained[1])
    asked: list[Ask] = []
    inner = engine.sessions[0].score
    engine.sessions[0].score = lambda ask: asked.append(ask) or inner(ask)
    boards = []
    ask = Ask(brief="tea and biscuits", as_of=datetime(2023, 9, 1))
    threads = [threading.Thread(target=lambda: boards.append(engine.board(ask))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(asked) == 1
    assert len({id(board) for board in boards}) == 1
    engine.close()


def test_the_command_listens_on_loopback_stops_gracefully_and_reloads_on_a_signal(
    world: Path, trained, tmp_path: Path
) -> None:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "log"
    with log.open("w") as stream:
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "suasion.serving.cli",
                "serve",
                "--model",
                trained[1],
                "--data",
                world,
                "--port",
                str(port),
            ],
            stderr=stream,
        )
    url = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 90
    while True:
        try:
            httpx.get(f"{url}/ready").raise_for_status()
            break
        except httpx.HTTPError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.2)
    os.kill(server.pid, signal.SIGHUP)
    answers: list[int] = []

    def ask() -> None:
        answers.append(
            httpx.post(f"{url}/v1/scores", json={"ask": {"brief": "bread"}}, timeout=60).status_code
        )

    while 'result="done"' not in httpx.get(f"{url}/metrics").text:
        assert time.monotonic() < until
        time.sleep(0.2)
    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.15)
    os.kill(server.pid, signal.SIGTERM)
    thread.join(60)
    assert server.wait(60) in (0, -signal.SIGTERM)
    assert answers == [200], "the request in flight is answered before the end"
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert any(line["route"] == "/ready" for line in lines)


def test_the_command_does_not_open_itself_to_others_without_keys() -> None:
    from suasion.serving.cli import suasion

    with pytest.raises(InputError, match=r"--host 0\.0\.0\.0 is open to others: give --keys"):
        suasion(["serve", "--model", "m", "--data", "d", "--host", "0.0.0.0"], standalone_mode=False)
    with pytest.raises(BundleError, match="is not a model"):
        Engine("nowhere", "no model")
