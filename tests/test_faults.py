"""What is wrong with a request is said by field, with what came and what can be; each door has a status of its own for it."""

from __future__ import annotations

from typing import Any

import pytest

from suasion.features.errors import ConflictError, InputError, NotFoundError
from suasion.serving.http.faults import named
from suasion.serving.loaded import Engine

from .quick import ask, opened, serve, write
from .service import is_problem

BRIEF = {"brief": "coffee"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory):
    with opened(write(tmp_path_factory.mktemp("data"))) as engine:
        yield engine


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "error"),
    [
        ("GET", "/v1/campaigns?limit=0", None, 422, ("limit", '"0"', "1 or more")),
        ("GET", "/v1/campaigns?limit=9999", None, 422, ("limit", '"9999"', "1000 or less")),
        ("POST", "/v1/scores", {"ask": BRIEF, "limit": -1}, 422, ("limit", "-1", "1 or more")),
        ("POST", "/v1/scores", {"ask": BRIEF, "more": [1]}, 422, ("more", "[1]", None)),
        ("POST", "/v1/scores", {}, 422, ("ask", None, None)),
        ("POST", "/v1/scores", {"ask": {**BRIEF, "brand": "x" * 999}}, 422, ("ask.BriefAsk.brand", '"' + "x" * 99 + "…", "512 or less long")),
        ("POST", "/v1/scores", {"ask": {"campaign_id": "a\x00b"}}, 422, ("ask.CampaignAsk.campaign_id", '"a\\u0000b"', "what fits ^[^\\x00]+$")),
        ("POST", "/v1/explanations", {"ask": BRIEF, "influencer_id": "\x00"}, 422, ("influencer_id", '"\\u0000"', "what fits ^[^\\x00]+$")),
        ("POST", "/v1/scores", {"ask": {**BRIEF, "as_of": "1066-10-14T00:00:00Z"}}, 404, ("as_of", '"1066-10-14T00:00:00"', "2021-12-31 to 2024-05-01")),
        ("POST", "/v1/explanations", {"ask": BRIEF, "influencer_id": "nobody"}, 404, ("influencer_id", '"nobody"', "an id, account or handle of a candidate")),
        ("POST", "/v1/changes", {"ask": BRIEF, "influencer_id": "i00"}, 409, ("to_as_of", None, "another moment than as_of, or another model")),
        ("POST", "/v1/changes", {"ask": BRIEF, "influencer_id": "i00", "models": True}, 404, ("models", "true", "false, without an earlier model")),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_with_what_came_and_what_can_be(
    engine, method: str, path: str, body: Any, status: int, error: tuple[str, str | None, str | None]
) -> None:
    told = is_problem(ask(serve(engine)[0], method, path, json=body), status, "")
    found = {one["field"]: one for one in told["errors"]}
    field, given, allowed = error
    assert (found[field]["given"], found[field]["allowed"]) == (given, allowed)
    assert found[field]["message"]


@pytest.mark.parametrize(("kind", "status"), [(InputError, 422), (NotFoundError, 404), (ConflictError, 409)])
def test_each_kind_of_error_has_its_status_wherever_it_comes_from(
    engine, kind: type[InputError], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise kind("No.", field="x", given="\udcff", allowed="y")

    for name in ("board", "change", "activity"):
        monkeypatch.setattr(Engine, name, refuse)
    app, _ = serve(engine)
    ways = [
        ("/v1/scores", {"ask": {"brief": "other"}}),
        (
            "/v1/changes",
            {"ask": {"brief": "other"}, "influencer_id": "i00", "to_as_of": "2024-01-01T00:00:00Z"},
        ),
        ("/v1/activity-scores", {"ask": {"brief": "other"}, "people": [{"influencer_id": "i00"}]}),
    ]
    for path, body in ways:
        told = is_problem(ask(app, "POST", path, json=body), status, "No.")
        assert told["errors"] == [{"field": "x", "message": "No.", "given": '"?"', "allowed": "y"}]


def test_an_error_of_no_one_field_names_none() -> None:
    assert named(InputError("No.")) == []
    assert str(InputError("No.", field="x")) == "No."


def test_a_name_that_is_no_text_is_refused_as_any_other(engine) -> None:
    body = rb'{"ask": {"brief": "x"}, "\ud800": 1, "\ud800": 2}'
    answer = ask(serve(engine)[0], "POST", "/v1/scores", content=body, headers={"content-type": "application/json"})  # fmt: skip
    told = is_problem(answer, 422, "? stands 2 times in one object of the body")
    assert told["errors"][0]["field"] == "?"
