"""The service's limits at their edges, its document and its errors, over small files and a made-up model."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter, ValidationError

from suasion.features.errors import InputError
from suasion.serving.http import requests
from suasion.serving.http.api import _try
from suasion.serving.http.limits import Guard
from suasion.serving.http.state import Service
from suasion.serving.loaded import Engine

from .quick import CANDIDATES, MODEL, ask, name, opened, serve, write

ASK = {"campaign_id": "c03"}


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Guard, Service, Engine]]:
    with opened(write(tmp_path_factory.mktemp("quick"))) as engine:
        yield *serve(engine), engine


@pytest.fixture(scope="module")
def app(quick: tuple[Guard, Service, Engine]) -> Guard:
    return quick[0]


@pytest.fixture(scope="module")
def document(app: Guard) -> dict[str, Any]:
    found: dict[str, Any] = ask(app, "GET", "/openapi.json").json()
    return found


ANYWHERE = {"200", "400", "401", "403", "429"}
OPEN = {"200"}
READ = ANYWHERE | {"404", "422", "503"}
POST = READ | {"408", "409", "413"}


@pytest.mark.parametrize(
    ("path", "statuses"),
    [
        ("/health", OPEN),
        ("/ready", ANYWHERE | {"503"}),
        ("/version", ANYWHERE | {"503"}),
        ("/metrics", ANYWHERE),
        ("/v1/model", ANYWHERE | {"503"}),
        ("/v1/review", ANYWHERE | {"404", "503"}),
        ("/v1/reload", ANYWHERE | {"422", "503"}),
        ("/v1/campaigns", READ),
        ("/v1/campaigns/{campaign_id}/scores", READ),
        ("/v1/campaigns/{campaign_id}/scores/{influencer_id}", READ),
        ("/v1/scores", POST),
        ("/v1/explanations", POST),
        ("/v1/plans", POST),
        ("/v1/activity-scores", POST),
        ("/v1/changes", POST),
    ],
)
def test_the_document_names_every_status_of_an_answer_and_where_a_key_is_needed(
    path: str, statuses: set[str], document: dict[str, Any]
) -> None:
    (operation,) = document["paths"][path].values()
    assert set(operation["responses"]) == statuses
    for status in statuses - {"200"}:
        answer = operation["responses"][status]
        schema = {"$ref": "#/components/schemas/Problem"}
        assert answer["content"] == {"application/problem+json": {"schema": schema}}
    keyed = path.startswith("/v1/") or path == "/metrics"
    assert operation.get("security") == ([{"key": []}, {}] if keyed else None)


def test_the_document_says_what_it_is_and_keeps_no_schema_that_is_not_used(document: dict[str, Any]) -> None:
    assert (document["info"]["title"], document["info"]["version"]) == ("suasion", "0.1.0")
    assert document["info"]["summary"].startswith("Predicts which influencers")
    assert document["components"]["securitySchemes"] == {"key": {"type": "http", "scheme": "bearer"}}
    assert not {"HTTPValidationError", "ValidationError"} & set(document["components"]["schemas"])
    assert not [path for path in document["paths"] if not path.startswith(("/v1/", "/health", "/ready", "/version", "/metrics"))]  # fmt: skip
    tags = {path: op["tags"] for path, ops in document["paths"].items() for op in ops.values()}
    assert tags["/health"] == ["about"]
    assert tags["/v1/campaigns"] == ["stored"]
    assert tags["/v1/scores"] == ["asked"]
    answers = {path: op["responses"]["200"] for path, ops in document["paths"].items() for op in ops.values()}
    schemas = {path: told["content"].get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2] for path, told in answers.items()}  # fmt: skip
    assert schemas == {
        "/health": "Health", "/ready": "Health", "/version": "Version", "/metrics": "", "/v1/model": "ModelInfo",
        "/v1/review": "ReviewResult", "/v1/reload": "Version", "/v1/campaigns": "Campaigns", "/v1/scores": "Scores",
        "/v1/campaigns/{campaign_id}/scores": "Scores", "/v1/campaigns/{campaign_id}/scores/{influencer_id}": "Explanation",
        "/v1/explanations": "Explanation", "/v1/activity-scores": "ActivityScores", "/v1/changes": "ChangeResult", "/v1/plans": "Planned",
    }  # fmt: skip
    assert list(answers["/metrics"]["content"]) == ["text/plain"]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (requests.Money, (0, 0.5, 1e12), (-1e-300, 1e12 + 0.001, math.inf, math.nan, "1")),
        (requests.Exposure, (1e-300, 1, 1e12), (0, -1, 1e12 + 0.001, math.inf, math.nan)),
        (requests.Discount, (0, 0.2, 1e3), (-0.1, 1e3 + 1e-9, math.inf, math.nan)),
        (requests.Named, ("a", "x" * 512), ("", "x" * 513, "a\x00", 1)),
        (requests.Label, ("", "x" * 512), ("x" * 513, None)),
        (requests.Text, ("", "x" * requests.WIDEST), ("x" * (requests.WIDEST + 1),)),
        (requests.Moment, ("2024-06-01", "2024-06-01T12:00:00+02:00"), ("2024-06-01T12:00:00" + "0" * 30, "soon")),
    ],
)  # fmt: skip
def test_a_field_takes_what_lies_within_its_bounds(
    kind: Any, good: tuple[Any, ...], bad: tuple[Any, ...]
) -> None:
    def taken(value: Any) -> bool:
        try:
            TypeAdapter(kind).validate_python(value, strict=True)
        except ValidationError:
            return False
        return True

    assert [value for value in good if not taken(value)] == []
    assert [value for value in bad if taken(value)] == []


SCORES = "/v1/campaigns/c03/scores"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        *((f"{path}?{query}", status) for path in ("/v1/campaigns", SCORES) for query, status in (
            ("limit=1", 200), ("limit=0", 422), ("limit=1000", 200), ("limit=1001", 422),
            ("offset=0", 200), ("offset=-1", 422), ("offset=10000000", 200), ("offset=10000001", 422),
            (f"search={'x' * 200}", 200), (f"search={'x' * 201}", 422),
        )),
        (f"{SCORES}?sort=momentum", 200),
        (f"{SCORES}?sort=influencer_id", 200),
        (f"{SCORES}?sort=xmomentum", 422),
        (f"{SCORES}?sort=momentumx", 422),
        (f"/v1/campaigns/{'x' * 512}/scores", 404),
        (f"/v1/campaigns/{'x' * 513}/scores", 422),
        (f"{SCORES}/{'x' * 512}", 404),
        (f"{SCORES}/{'x' * 513}", 422),
        ("/v1/campaigns/a/b/scores", 200),
        ("/v1/campaigns/", 404),
        ("/docs", 404),
        ("/redoc", 404),
    ],
)  # fmt: skip
def test_what_is_asked_for_has_limits_at_these_edges(path: str, status: int, app: Guard) -> None:
    assert ask(app, "GET", path).status_code == status


@pytest.mark.parametrize(
    ("told", "places"),
    [
        ({}, range(50)),
        ({"limit": 3}, range(3)),
        ({"offset": 2, "limit": 3}, range(2, 5)),
        ({"offset": 55}, range(55, 60)),
        ({"offset": 60}, range(0)),
        ({"limit": 1000}, range(60)),
    ],
)
def test_both_ways_to_ask_for_scores_page_alike(told: dict[str, int], places: range, app: Guard) -> None:
    expected = [name(place) for place in places]
    for answer in (
        ask(app, "GET", SCORES, params=told),
        ask(app, "POST", "/v1/scores", json={"ask": ASK, **told}),
    ):
        body = answer.json()
        assert [row["influencer_id"] for row in body["scores"]] == expected
        assert (body["total"], body["model"]) == (CANDIDATES, MODEL.identity)
        assert (body["banner"], body["notes"]) == (["Read this as a ranking only."], ["A note."])


def test_a_ranking_is_sorted_and_searched(app: Guard) -> None:
    up = ask(app, "GET", SCORES, params={"sort": "influencer_id", "descending": False, "limit": 2}).json()
    assert [row["influencer_id"] for row in up["scores"]] == ["i00", "i01"]
    down = ask(app, "GET", SCORES, params={"sort": "influencer_id", "limit": 2}).json()
    assert [row["influencer_id"] for row in down["scores"]] == ["i59", "i58"]
    found = ask(app, "GET", SCORES, params={"search": "@anna"}).json()
    assert ([row["influencer_id"] for row in found["scores"]], found["total"]) == (["i01"], 1)


def test_campaigns_are_paged_and_searched(app: Guard) -> None:
    told = ask(app, "GET", "/v1/campaigns").json()
    assert (told["total"], len(told["campaigns"])) == (55, 50)
    ids = [row["campaign_id"] for row in told["campaigns"]]
    assert ids[:4] == ["c03", "c01", "c54", "c53"], "with candidates first, then the latest first"
    part = ask(app, "GET", "/v1/campaigns", params={"offset": 1, "limit": 2}).json()
    assert [row["campaign_id"] for row in part["campaigns"]] == ids[1:3]
    (one,) = ask(app, "GET", "/v1/campaigns", params={"search": "BRAND 54"}).json()["campaigns"]
    assert one == {"campaign_id": "c54", "brand": "brand 54", "category": "beer", "brief": "brief 54",
                   "starts_at": "2023-02-27T00:00:00Z", "candidates": 0}  # fmt: skip


def test_one_is_explained_however_they_are_asked_for(app: Guard) -> None:
    stored = ask(app, "GET", f"{SCORES}/@ANNA").json()
    asked = ask(app, "POST", "/v1/explanations", json={"ask": ASK, "influencer_id": "anna"}).json()
    assert stored == asked
    assert stored["influencer_id"] == "i01"
    assert stored["banner"] == ["Read this as a ranking only."]


def test_rows_that_came_along_are_scored_and_counted(quick: tuple[Guard, Service, Engine]) -> None:
    app, service, _ = quick
    scored = service.metrics.scored.labels("activity")
    before = scored._value.get()
    people = [{"influencer_id": who} for who in ("low", "high", "low")]
    told = ask(app, "POST", "/v1/activity-scores", json={"ask": ASK, "people": people}).json()
    assert [row["influencer_id"] for row in told["scores"]] == ["high", "low"]
    assert told["unfilled"] == [{"feature": "momentum__x", "reason": "needs audience"}]
    assert told["set_aside"] == [{"table": "posts", "row": 3, "reason": "no"}]
    assert told["model"] == MODEL.identity
    assert scored._value.get() - before == 3


def test_a_board_is_counted_when_it_is_made_and_not_when_it_is_read(
    quick: tuple[Guard, Service, Engine],
) -> None:
    app, service, _ = quick
    scored, body = service.metrics.scored.labels("stored"), {"ask": {"brief": "counted once"}}
    before = scored._value.get()
    for _ in range(2):
        assert ask(app, "POST", "/v1/scores", json=body).status_code == 200
    assert scored._value.get() - before == CANDIDATES


def test_what_is_running_is_said_without_whom_it_learned_from(app: Guard) -> None:
    assert ask(app, "GET", "/health").json() == {"status": "ok"}
    assert ask(app, "GET", "/ready").json() == {"status": "ready"}
    version = {"suasion": "0.1.0", "model": MODEL.identity, "trained_until": "2023-03-01T00:00:00", "outcomes": 400}  # fmt: skip
    assert ask(app, "GET", "/version").json() == version
    told = ask(app, "GET", "/v1/model").json()
    assert set(MODEL.facts) - set(told["facts"]) == {"people", "seen"}
    assert told["facts"]["influencers"] == 40
    assert (told["model"], told["evaluation"]["beats_baselines"]) == (MODEL.identity, True)
    assert [feature["column"] for feature in told["features"]] == ["frequency__posts__30d"]
    metrics = ask(app, "GET", "/metrics")
    assert metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "suasion_requests_total" in metrics.text


def test_a_review_is_told_or_why_there_is_none(app: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "review", lambda self: SimpleNamespace(as_dict=lambda: {"outcomes": 21}))
    assert ask(app, "GET", "/v1/review").json() == {"outcomes": 21}


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["detail"]


def test_a_change_is_between_two_moments_or_two_models(app: Guard) -> None:
    at, to = "2023-06-01T00:00:00Z", "2023-07-01T00:00:00Z"
    body = {"ask": {**ASK, "as_of": at}, "influencer_id": "Anna"}
    assert problem(ask(app, "POST", "/v1/changes", json=body))[0] == 409, "there is nothing to compare"
    assert "the same" in problem(ask(app, "POST", "/v1/changes", json=body))[1]
    told = ask(app, "POST", "/v1/changes", json={**body, "to_as_of": to}).json()
    assert told["influencer_id"] == "i01"
    assert told["as_of"] == [at, to]
    assert told["models"] == [MODEL.identity] * 2
    assert told["assumed_offer"] == {}, "each row of candidates tells an exposure"
    one = problem(ask(app, "POST", "/v1/changes", json={**body, "models": True}))
    assert one == (404, "There is no earlier model: start the service with --previous.")
    nobody = problem(
        ask(app, "POST", "/v1/changes", json={**body, "to_as_of": to, "influencer_id": "nobody"})
    )
    assert nobody[0] == 404


def test_models_are_compared_where_there_are_two(tmp_path_factory: pytest.TempPathFactory) -> None:
    with opened(write(tmp_path_factory.mktemp("two")), previous=True) as engine:
        app, _ = serve(engine)
        told = ask(
            app, "POST", "/v1/changes", json={"ask": ASK, "influencer_id": "i00", "models": True}
        ).json()
    assert told["models"] == ["a" * 64, "b" * 64], "the earlier one first"
    before, after = told["expected_conversions"]
    assert before == pytest.approx(61.0**0.25)
    assert after == pytest.approx(61.0**0.5)
    frequency = next(part for part in told["parts"] if part["name"] == "frequency")
    assert frequency["model"] == pytest.approx(61.0**0.25)
    assert frequency["data"] == pytest.approx(1.0)


def test_a_value_that_is_no_number_is_null_in_a_change(quick: tuple[Guard, Service, Engine]) -> None:
    from datetime import datetime

    from suasion.serving.explaining.score_change import Change, Shift

    nan = float("nan")
    shift = Shift("frequency__posts__30d", "frequency", "posts", nan, 2.0, 1.5)
    at = (datetime(2023, 6, 1), datetime(2023, 7, 1, 12))
    told = Change("i00", at, ("a", "b"), (1.0, 2.0), (), (shift, replace(shift, after=nan)), {}).as_dict()
    assert [(one["before"], one["after"], one["factor"]) for one in told["features"]] == [
        (None, 2.0, 1.5),
        (None, None, 1.5),
    ]
    assert told["as_of"] == ["2023-06-01T00:00:00Z", "2023-07-01T12:00:00Z"]


def test_errors_are_named_by_field_twenty_at_most_and_three_in_the_sentence(app: Guard) -> None:
    body = {"ask": ASK, **{f"x{number:02d}": 1 for number in range(21)}}
    told = ask(app, "POST", "/v1/scores", json=body).json()
    assert [error["field"] for error in told["errors"]] == [f"x{number:02d}" for number in range(20)]
    assert told["detail"].count("Extra inputs") == 3
    assert told["detail"].startswith("The request is not valid: x00: Extra inputs")
    assert told["detail"].endswith("not permitted.")
    query = ask(app, "GET", f"{SCORES}?limit=0&offset=-1").json()
    assert sorted(error["field"] for error in query["errors"]) == ["limit", "offset"]
    broken = ask(app, "POST", "/v1/scores", content=b"{", headers={"content-type": "application/json"}).json()
    assert [error["field"] for error in broken["errors"]] == ["body"]
    assert broken["detail"].startswith("The request is not valid: body: is not JSON: ")
    nothing = ask(app, "POST", "/v1/scores").json()
    assert nothing["detail"].startswith("The request is not valid: body: Field required")


@pytest.mark.parametrize(
    ("method", "path", "status", "says"),
    [
        ("GET", "/v1/nothing", 404, "There is nothing at GET on this path; see /openapi.json."),
        ("DELETE", "/v1/campaigns", 405, "There is nothing at DELETE on this path; see /openapi.json."),
        ("GET", "/v1/campaigns/none/scores", 404, "There is no campaign 'none'."),
        ("POST", "/v1/explanations", 422, "The request is not valid: body: Field required."),
    ],
)
def test_machines_are_told_in_json_and_people_outside_of_v1_in_a_page(
    method: str, path: str, status: int, says: str, app: Guard
) -> None:
    for headers in ({}, {"accept": "text/html"}):
        answer = ask(app, method, path, headers=headers)
        assert problem(answer) == (status, says)
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
    if status == 405:
        assert answer.headers["allow"] == "GET"
    page = ask(app, "GET", "/nowhere", headers={"accept": "text/html"})
    assert page.status_code == 404
    assert "<h1>Not found</h1>" in page.text
    assert page.headers["x-request-id"] in page.text
    assert problem(ask(app, "GET", "/nowhere"))[0] == 404


def test_what_nobody_foresaw_is_500_and_says_nothing_of_it(
    quick: tuple[Guard, Service, Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(Engine, "cached", broken)
    answer = ask(quick[0], "GET", SCORES)
    assert problem(answer) == (500, "Something went wrong here; the log knows more.")
    page = ask(quick[0], "GET", "/campaigns/c03", headers={"accept": "text/html"})
    assert (page.status_code, "a secret" in page.text) == (500, False)


def test_until_data_and_model_are_open_one_is_told_when_to_ask_again(
    quick: tuple[Guard, Service, Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, service, _ = quick
    monkeypatch.setattr(service, "engine", None)
    for path in ("/ready", "/version", SCORES):
        answer = ask(app, "GET", path)
        assert problem(answer) == (503, "Data and model are not open yet.")
        assert answer.headers["retry-after"] == "5"
    assert ask(app, "GET", "/health").status_code == 200


def test_a_reload_says_what_is_then_running_or_why_not(
    quick: tuple[Guard, Service, Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, service, _ = quick
    other = SimpleNamespace(bundle=replace(MODEL, identity="c" * 64), outdated=False)
    monkeypatch.setattr(service, "engine", None)  # the shared one is not to be closed
    monkeypatch.setattr(service, "_build", lambda: other)
    assert ask(app, "POST", "/v1/reload").json()["model"] == "c" * 64

    def refuse() -> None:
        raise InputError("The data is broken.")

    monkeypatch.setattr(service, "_build", refuse)
    assert problem(ask(app, "POST", "/v1/reload")) == (422, "The data is broken.")
    assert service.engine is other


def test_a_signal_that_cannot_be_followed_is_logged_without_what_it_was(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse() -> None:
        raise InputError("a secret")

    done: list[int] = []
    with caplog.at_level(logging.ERROR, "suasion.service"):
        _try(lambda: done.append(1))
        _try(refuse)
    assert done == [1]
    assert [record.getMessage() for record in caplog.records] == [
        '{"reload": "refused", "error": "InputError"}'
    ]


@pytest.mark.parametrize(
    ("method", "path", "body", "kind"),
    [
        *(("GET", path, None, "application/json") for path in ("/health", "/ready", "/version", "/v1/model", "/v1/campaigns", "/openapi.json")),
        ("GET", "/v1/campaigns/c03/scores", None, "application/json"), ("GET", "/v1/campaigns/c03/scores/i00", None, "application/json"),
        ("GET", "/metrics", None, "text/plain; version=0.0.4; charset=utf-8"), ("GET", "/v1/campaigns/none/scores", None, "application/problem+json"),
        ("GET", "/nothing", None, "application/problem+json"), ("GET", "/v1/campaigns?limit=0", None, "application/problem+json"),
        ("POST", "/v1/scores", {"ask": ASK}, "application/json"), ("POST", "/v1/scores", {}, "application/problem+json"),
        ("POST", "/v1/explanations", {"ask": ASK, "influencer_id": "i00"}, "application/json"),
        ("POST", "/v1/changes", {"ask": ASK, "influencer_id": "i00", "to_as_of": "2023-07-01T00:00:00Z"}, "application/json"),
        ("POST", "/v1/activity-scores", {"ask": ASK, "people": [{"influencer_id": "high"}]}, "application/json"),
    ],
)  # fmt: skip
def test_every_answer_says_what_it_is(method: str, path: str, body: Any, kind: str, app: Guard) -> None:
    answer = ask(app, method, path, json=body) if body is not None else ask(app, method, path)
    assert answer.headers["content-type"] == kind, answer.text[:300]
    assert answer.text
