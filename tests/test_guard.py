"""The guard alone, before an application of one line: to which names it answers, how much, how often, and what it says and counts."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from pathlib import Path
from typing import Any

import pytest

from suasion.serving.http import limits as module
from suasion.serving.http.keys import Key, Keys
from suasion.serving.http.limits import COOKIE, HEADERS, Guard, Limits, Metrics, problem
from suasion.serving.http.place import ROOT
from suasion.serving.http.responses import FieldError

NOW = 1_700_000_000


def key(name: str, *scopes: str) -> Key:
    return Key(name, hashlib.sha256(f"suasion_{name}".encode()).hexdigest(), frozenset(scopes))


READER, SCORER, ADMIN = key("reader", "read"), key("scorer", "read", "score"), key("admin", "admin")


def asked(
    guard: Guard,
    path: str = "/v1/campaigns",
    method: str = "GET",
    body: list[bytes] = [b""],  # noqa: B006 - not changed
    **headers: str,
) -> tuple[int, dict[str, str], bytes]:
    """Ask once; return status, headers and body."""
    sent: list[dict[str, Any]] = []
    parts = list(body)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    told = {"host": "localhost:8000"} | {name.replace("_", "-"): value for name, value in headers.items()}
    scope = {"type": "http", "method": method, "path": path}
    scope["headers"] = [(name.encode(), value.encode("latin-1")) for name, value in told.items()]
    asyncio.run(guard(scope, receive, send))
    start = sent[0]
    found = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], found, b"".join(message.get("body", b"") for message in sent[1:])


async def app(scope, receive, send) -> None:
    """Read the body and say who asked and how much came."""
    came = 0
    while True:
        message = await receive()
        came += len(message["body"])
        if not message["more_body"]:
            break
    who = scope["state"]["key"].name if "key" in scope["state"] else "nobody"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps([who, came]).encode()})


def guarded(*known: Key, **limits: Any) -> Guard:
    return Guard(app, Limits(**limits), Keys(known) if known else None, Metrics())


def bearer(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer suasion_{name}"}


@pytest.mark.parametrize(
    ("host", "answers"),
    [
        ("localhost", True),
        ("localhost:8000", True),
        ("LOCALHOST:1", True),
        ("127.0.0.1:8000", True),
        ("[::1]", True),
        ("[::1]:8000", True),
        ("Suasion.example.com:443", True),
        ("evil.example", False),
        ("localhost.evil.example:8000", False),
        ("evil.example:localhost", False),
        ("localhost:80:80", False),
        ("localhost:8000\n", False),
        ("", False),
    ],
)
def test_it_answers_to_its_own_names_only(host: str, answers: bool) -> None:
    names = frozenset({"localhost", "127.0.0.1", "[::1]", "Suasion.Example.com"})
    status, _, body = asked(guarded(hosts=names), "/version", host=host)
    assert status == (200 if answers else 400)
    assert answers or "start it with --allow-host NAME" in json.loads(body)["detail"]
    assert asked(guarded(hosts=frozenset()), "/health", host=host)[0] == 200


@pytest.mark.parametrize(
    ("origin", "method", "status"),
    [
        ("http://localhost:8000", "POST", 200),
        ("https://localhost:8000", "POST", 200),
        ("http://localhost", "POST", 403),
        ("http://localhost:8000.evil.example", "POST", 403),
        ("https://evil.example", "POST", 403),
        ("https://evil.example", "DELETE", 403),
        ("https://evil.example", "GET", 200),
        ("https://evil.example", "HEAD", 200),
        ("https://evil.example", "OPTIONS", 200),
        ("null", "POST", 403),
        ("", "POST", 200),
    ],
)
def test_a_page_of_another_site_may_not_post(origin: str, method: str, status: int) -> None:
    assert asked(guarded(), "/v1/scores", method, origin=origin)[0] == status
    assert asked(guarded(READER), "/login", method, origin=origin)[0] == status, "nor sign anybody in"


@pytest.mark.parametrize(("size", "status"), [(0, 200), (99, 200), (100, 200), (101, 413), (1000, 413)])
def test_a_body_may_be_as_large_as_allowed_and_no_larger(size: int, status: int) -> None:
    guard = guarded(body=100)
    for told in ({"content_length": str(size)}, {}):
        halves = [b"x" * (size // 2), b"x" * (size - size // 2)]
        found, headers, body = asked(guard, "/v1/scores", "POST", halves, **told)
        assert found == status
        if status == 200:
            assert json.loads(body)[1] == size
        else:
            assert (
                json.loads(body)["detail"]
                == "The body may have 100 bytes at most; send fewer rows at a time."
            )
            assert headers["content-type"] == "application/problem+json"
    lied = asked(guard, "/v1/scores", "POST", [b"x" * size], content_length="1")
    assert lied[0] == status, "what comes counts, not what was said"


def test_a_body_too_large_is_told_even_where_the_application_takes_it_for_a_fault() -> None:
    async def mistaken(scope, receive, send) -> None:
        try:
            await receive()
        except Exception:  # noqa: BLE001 - as a framework does, which takes any fault for a bad body
            await send({"type": "http.response.start", "status": 400, "headers": []})
            await send({"type": "http.response.body", "body": b"bad body"})

    guard = Guard(mistaken, Limits(body=3), None, Metrics())
    status, _, body = asked(guard, "/v1/scores", "POST", [b"xxxx"])
    assert (status, json.loads(body)["status"]) == (413, 413)


def test_each_key_has_its_own_rate_and_a_new_minute_a_new_one(monkeypatch) -> None:
    guard = guarded(READER, SCORER, per_minute=3)
    monkeypatch.setattr(module.time, "time", lambda: float(clock[0]))
    clock = [NOW - NOW % 60 + 15]
    assert [asked(guard, **bearer("reader"))[0] for _ in range(5)] == [200, 200, 200, 429, 429]
    _, headers, body = asked(guard, **bearer("reader"))
    assert json.loads(body)["detail"].startswith("More than 3 requests in this minute; ask again in ")
    assert 1 <= int(headers["retry-after"]) <= 61
    assert f"ask again in {headers['retry-after']} s." in json.loads(body)["detail"]
    session = f"{COOKIE}={guard.keys.sign(READER, NOW + 9999)}"
    assert asked(guard, cookie=session)[0] == 429, "a session is its key's"
    assert [asked(guard, **bearer("scorer"))[0] for _ in range(4)] == [200, 200, 200, 429]
    assert asked(guard, "/health")[0] == 200
    clock[0] += int(headers["retry-after"])
    assert asked(guard, **bearer("reader"))[0] == 200, "after the time that was told"
    assert [asked(guarded(per_minute=2))[0] for _ in range(9)] == [200] * 9, "each service counts its own"
    open_to_all = guarded(per_minute=2)
    assert [asked(open_to_all)[0] for _ in range(3)] == [200, 200, 429]
    endless = guarded(READER, per_minute=0)
    assert {asked(endless, **bearer("reader"))[0] for _ in range(50)} == {200}


@pytest.mark.parametrize(("passed", "wait"), [(0, 61), (0.5, 60), (30.5, 30), (59.5, 1)])
def test_who_asks_too_often_is_told_the_seconds_left(passed: float, wait: int, monkeypatch) -> None:
    guard = guarded(READER, per_minute=1)
    clock = [float(NOW)]
    monkeypatch.setattr(module.time, "time", lambda: clock[0])
    assert asked(guard, **bearer("reader"))[0] == 200
    clock[0] += passed
    status, headers, body = asked(guard, **bearer("reader"))
    assert (status, headers["retry-after"]) == (429, str(wait))
    assert json.loads(body)["detail"].endswith(f"ask again in {wait} s.")


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (400, "Bad request"), (401, "No valid key"), (403, "Not allowed"), (404, "Not found"), (405, "Method not allowed"),
        (408, "Too slow"), (409, "In conflict"), (413, "Too large"), (422, "Not valid"), (429, "Too many requests"),
        (431, "Headers too large"), (500, "Internal error"), (503, "Not now"), (418, "Error"),
    ],
)  # fmt: skip
def test_a_problem_has_the_title_of_its_status(status: int, title: str) -> None:
    told = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": "d",
        "request_id": None,
        "errors": [],
    }
    assert json.loads(module.problem(status, "d")) == told


def test_a_fault_is_a_fault_and_the_client_is_told_nothing_of_it(caplog) -> None:
    async def broken(scope, receive, send) -> None:
        raise RuntimeError("secret")

    guard = Guard(broken, Limits(), None, Metrics())
    with caplog.at_level(logging.INFO, "suasion.service"):
        status, headers, body = asked(guard, "/v1/people", x_request_id="mine")
    assert status == 500
    assert json.loads(body) == {
        "type": "about:blank",
        "title": "Internal error",
        "status": 500,
        "detail": "Something went wrong here; the log knows more.",
        "request_id": "mine",
        "errors": [],
    }
    assert headers["x-request-id"] == "mine"
    fault, line = (json.loads(record.getMessage()) for record in caplog.records)
    assert (fault["error"], fault["request_id"]) == ("RuntimeError", "mine")
    assert any("broken" in frame for frame in fault["at"])
    assert {name: line[name] for name in ("request_id", "method", "route", "status", "key")} == {
        "request_id": "mine",
        "method": "GET",
        "route": "unmatched",
        "status": 500,
        "key": "-",
    }
    assert 0 <= line["ms"] < 10_000
    assert "secret" not in caplog.text

    async def late(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("secret")

    assert asked(Guard(late, Limits(), None, Metrics()))[0] == 200, (
        "an answer that has begun is not begun again"
    )


def test_every_request_is_counted_once_and_by_its_route() -> None:
    async def routed(scope, receive, send) -> None:
        scope["route"] = type("Route", (), {"path_format": "/v1/campaigns/{campaign_id}"})()
        await app(scope, receive, send)

    metrics = Metrics()
    guard = Guard(routed, Limits(), None, metrics)
    start = time.perf_counter()
    for _ in range(3):
        asked(guard, "/v1/campaigns/anna")
    asked(guard, "/static/page.css")
    for number in range(5):
        asked(guard, "/nowhere", f"BREW{number}")
    spent = time.perf_counter() - start
    asked(Guard(app, Limits(), Keys([READER]), metrics), "/static/x")
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for metric in metrics.registry.collect()
        for sample in metric.samples
    }
    route = "/v1/campaigns/{campaign_id}"
    assert found["suasion_requests_total", route, "GET", "200"] == 4
    assert found["suasion_requests_total", route, "other", "200"] == 5
    assert found["suasion_requests_total", "/static", "GET", "200"] == 1
    assert found["suasion_request_seconds_count", route] == 9
    assert 0 < found["suasion_request_seconds_sum", route] < spent
    assert found["suasion_requests_active",] == 0
    assert "anna" not in str(found)


@pytest.mark.parametrize(
    ("path", "status"), [("/v1/campaigns", 200), ("/v1/campaigns/\0", 400)], ids=["answered", "refused"]
)
def test_the_path_of_one_request_is_not_that_of_what_comes_after(path: str, status: int) -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def once() -> str:
        scope = {"type": "http", "method": "GET", "path": path, "headers": [(b"host", b"localhost")]}
        await guarded(root="/suasion")(scope, receive, send)
        return ROOT.get()

    assert asyncio.run(once()) == ""
    assert sent[0]["status"] == status


def test_every_answer_protects_and_an_own_header_stays() -> None:
    async def own(scope, receive, send) -> None:
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"referrer-policy", b"no-referrer")]}
        )
        await send({"type": "http.response.body", "body": b""})

    for answer in (asked(guarded()), asked(guarded(READER)), asked(guarded(), host="evil.example")):
        assert {name.decode(): value.decode() for name, value in HEADERS}.items() <= answer[1].items()
    assert asked(Guard(own, Limits(), None, Metrics()))[1]["referrer-policy"] == "no-referrer"
    policy = asked(guarded())[1]["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a", True),
        ("A-z_0.9", True),
        ("x" * 64, True),
        ("x" * 65, False),
        ("", False),
        ("a b", False),
        ("a\n", False),
        ("ä", False),
    ],
)
def test_a_request_keeps_its_id_where_that_is_harmless(given: str, kept: bool) -> None:
    told = asked(guarded(), x_request_id=given)[1]["x-request-id"]
    assert (told == given) == kept
    assert kept or (len(told) == 32 and told != asked(guarded(), x_request_id=given)[1]["x-request-id"])


def test_what_is_no_request_passes() -> None:
    seen: list[str] = []

    async def life(scope, receive, send) -> None:
        seen.append(scope["type"])

    asyncio.run(Guard(life, Limits(), Keys([READER]), Metrics())({"type": "lifespan"}, None, None))
    assert seen == ["lifespan"]
    wrong = {"field": "a", "message": "b", "given": None, "allowed": "c"}
    told = json.loads(problem(404, "Nothing.", None, [FieldError(**wrong)]))
    assert (told["title"], told["errors"]) == ("Not found", [wrong])
    assert json.loads(problem(418, "Tea."))["title"] == "Error"


def test_without_a_word_the_limits_are_those_of_the_documents() -> None:
    limits = Limits()
    assert (limits.body, limits.per_minute, limits.seconds, limits.waiting) == (8_388_608, 6_000, 30.0, 64)
    assert limits.hosts == {"localhost", "127.0.0.1", "[::1]"}
    text = (Path(__file__).parents[1] / "docs" / "service.md").read_text()
    for said in (
        "| body | 8 MiB |",
        "| requests of a key in a minute | 6,000 |",
        "| time to an answer | 30 s;",
    ):
        assert said in text
