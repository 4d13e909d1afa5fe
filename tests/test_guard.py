"""The guard alone, before an application of one line: whose session, until when, how much, how often, from where."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import time
from pathlib import Path
from typing import Any

import pytest

from suasion.features.errors import InputError
from suasion.serving.http import keys as of_keys
from suasion.serving.http import limits as module
from suasion.serving.http.keys import SCOPES, Key, Keys, add_key
from suasion.serving.http.limits import COOKIE, HEADERS, OPEN, Guard, Limits, Metrics, problem
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


def test_a_session_is_its_keys_and_nobody_elses() -> None:
    keys = Keys([READER, SCORER])
    for one in (READER, SCORER):
        assert keys.signed(keys.sign(one, NOW + 10), NOW) == one
    mine = keys.sign(READER, NOW + 10)
    digest, until, signature = mine.split(".")
    assert digest == READER.sha256
    assert until == str(NOW + 10)
    for forged in (
        f"{SCORER.sha256}.{until}.{signature}",  # another's key
        f"{digest}.{NOW + 11}.{signature}",  # for longer
        f"{digest}.{NOW + 10}.{'0' * 64}",
        f"{digest}.{until}.{signature[:-1]}",
        f"{digest}.{until}.{signature}0",
        f"{digest}.{until}.{signature.upper()}",
        f"{digest}.{until}.",
        f"{digest}.{until}",
        f"{digest}{until}.{signature}",
        f".{mine}",
        f"{keys.sign(SCORER, NOW + 10).rpartition('.')[0]}.{signature}",
        "",
        ".",
        "..",
    ):
        assert keys.signed(forged, NOW) is None, forged


def test_a_session_is_signed_by_this_process_and_this_secret_alone() -> None:
    keys, other = Keys([READER]), Keys([READER])
    assert other.signed(keys.sign(READER, NOW + 10), NOW) is None
    content = f"{READER.sha256}.{NOW + 10}"
    for secret in (b"", READER.sha256.encode(), b"\x00" * 32):
        signature = hmac.new(secret, content.encode(), hashlib.sha256).hexdigest()
        assert keys.signed(f"{content}.{signature}", NOW) is None
    assert keys.signed(f"{content}.{hashlib.sha256(content.encode()).hexdigest()}", NOW) is None


@pytest.mark.parametrize(
    ("now", "lets_in"), [(-10, True), (-0.001, True), (0, True), (0.001, False), (1, False), (10**9, False)]
)
def test_a_session_ends_when_it_says(now: float, lets_in: bool) -> None:
    keys = Keys([READER])
    assert (keys.signed(keys.sign(READER, NOW), NOW + now) == READER) == lets_in


def test_a_key_taken_out_ends_its_sessions(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    made = {name: add_key(file, name, ["read"]) for name in ("stays", "goes")}
    keys = Keys.read(file)
    sessions = {name: keys.sign(keys.find(one), NOW + 10) for name, one in made.items()}
    told = json.loads(file.read_text())
    file.write_text(json.dumps({"keys": told["keys"][:1]}))
    assert keys.signed(sessions["goes"], NOW).name == "goes", "until it is read again"
    keys.refresh()
    assert keys.find(made["goes"]) is None
    assert keys.signed(sessions["goes"], NOW) is None
    assert keys.signed(sessions["stays"], NOW).name == "stays"
    file.write_text("{}")
    with pytest.raises(InputError, match="is no file of keys"):
        keys.refresh()
    assert keys.find(made["stays"]).name == "stays"
    Keys([READER]).refresh()  # keys that came from no file stay


def test_every_key_is_compared_with_in_constant_time(monkeypatch) -> None:
    compared: list[tuple[Any, Any]] = []

    def watched(one, other):
        compared.append((one, other))
        return hmac_compare(one, other)

    hmac_compare = hmac.compare_digest
    monkeypatch.setattr(of_keys.hmac, "compare_digest", watched)
    keys = Keys([READER, SCORER, ADMIN])
    for given, found in (("suasion_reader", READER), ("suasion_admin", ADMIN), ("suasion_none", None)):
        compared.clear()
        assert keys.find(given) is found
        assert [other for _, other in compared] == [READER.sha256, SCORER.sha256, ADMIN.sha256]
        assert {one for one, _ in compared} == {hashlib.sha256(given.encode()).hexdigest()}
    compared.clear()
    keys.signed(keys.sign(READER, NOW)[:-1] + "x", NOW)
    assert len(compared) == 1, "a signature is compared in constant time, too"


def test_a_key_is_found_whole_and_only_whole() -> None:
    keys = Keys([READER])
    for wrong in (
        "",
        "suasion_",
        "suasion_reade",
        "suasion_reader ",
        "reader",
        READER.sha256,
        "SUASION_READER",
    ):
        assert keys.find(wrong) is None


def test_keys_are_made_at_random_and_kept_as_hashes(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    made = [add_key(file, name, scopes) for name, scopes in (("a", ["read"]), ("b", ["score", "read"]))]
    assert all(one.startswith("suasion_") and len(one) >= 8 + 43 for one in made)
    assert len(set(made)) == 2
    kept = json.loads(file.read_text())["keys"]
    assert kept == [
        {"name": "a", "sha256": hashlib.sha256(made[0].encode()).hexdigest(), "scopes": ["read"]},
        {"name": "b", "sha256": hashlib.sha256(made[1].encode()).hexdigest(), "scopes": ["read", "score"]},
    ]
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]
    assert Keys.read(file).find(made[1]).scopes == {"read", "score"}
    with pytest.raises(InputError, match="has a key named 'a' already"):
        add_key(file, "a", ["read"])
    for scopes, given in ((["read", "all"], "read, all"), ([], "none")):
        with pytest.raises(InputError, match=f"Scopes are read, score, admin; given: {given}"):
            add_key(file, "c", scopes)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", r"is no file of keys \(JSONDecodeError\)\. Make one with: suasion keys"),
        ("[]", "is no file of keys"),
        ('{"keys": [{"name": "a"}]}', "is no file of keys"),
        ('{"keys": []}', "has no keys; scopes are read, score, admin"),
        ('{"keys": [{"name": "a", "sha256": "%s", "scopes": ["root"]}]}' % ("0" * 64), "has the scopes root; scopes are"),
        ('{"keys": [{"name": "a", "sha256": "%s", "scopes": ["read"]}]}' % ("Ä" * 64), "has no SHA-256 for a"),
        ('{"keys": [{"name": "a", "sha256": "%s", "scopes": ["read"]}]}' % ("0" * 63), "has no SHA-256 for a"),
        ('{"keys": [{"name": "a", "sha256": "%s", "scopes": ["read"]}]}' % ("0" * 64 + "\\n"), "has no SHA-256 for a"),
    ],
)  # fmt: skip
def test_a_file_of_keys_that_is_none_is_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "keys.json").write_text(text)
    with pytest.raises(InputError, match=says):
        Keys.read(tmp_path / "keys.json")
    with pytest.raises(InputError, match="is no file of keys"):
        Keys.read(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("path", "method", "needed"),
    [
        ("/", "GET", "read"),
        ("/metrics", "GET", "read"),
        ("/v1/model", "HEAD", "read"),
        ("/v1/model", "OPTIONS", "read"),
        ("/v1/scores", "POST", "score"),
        ("/briefs", "POST", "score"),
        ("/v1/scores", "PUT", "score"),
        ("/v1/scores", "DELETE", "score"),
        ("/v1/scores", "PATCH", "score"),
        ("/v1/reload", "POST", "admin"),
        ("/v1/reload", "GET", "admin"),
        ("/health/", "GET", "read"),
        ("/login/", "POST", "score"),
        ("/staticky", "GET", "read"),
        ("/static", "GET", "read"),
    ],
)
def test_each_scope_opens_what_it_says_and_nothing_else(path: str, method: str, needed: str) -> None:
    for scope in SCOPES:
        status, _, body = asked(guarded(key("one", scope)), path, method, **bearer("one"))
        assert (status == 200) == (scope == needed), scope
        if scope != needed:
            assert status == 403
            assert method == "HEAD" or f"lacks the scope {needed}." in json.loads(body)["detail"]
        elif method == "HEAD":
            assert body == b""
        else:
            assert json.loads(body)[0] == "one"
    assert asked(guarded(READER), path, method)[0] == 401


def test_what_is_open_asks_for_no_key_and_says_who_nobody_is() -> None:
    assert {*OPEN} == {"/health", "/ready", "/version", "/openapi.json", "/login", "/logout"}
    guard = guarded(READER)
    for path in (*OPEN, "/static/page.css", "/static/"):
        for method in ("GET", "POST"):
            assert json.loads(asked(guard, path, method)[2])[0] == "nobody"
    assert json.loads(asked(guarded(), "/v1/scores", "POST")[2])[0] == "-", "without keys everybody may"


def test_a_cookie_lets_in_as_its_key_until_it_ends(monkeypatch) -> None:
    guard = guarded(READER, SCORER)
    monkeypatch.setattr(module.time, "time", lambda: NOW)
    cookie = f"other=1; {COOKIE}={guard.keys.sign(READER, NOW)}"
    assert json.loads(asked(guard, cookie=cookie)[2])[0] == "reader"
    assert asked(guard, "/v1/scores", "POST", cookie=cookie)[0] == 403
    assert json.loads(asked(guard, cookie=cookie, **bearer("scorer"))[2])[0] == "scorer", (
        "a key that is given counts"
    )
    assert asked(guard, cookie=cookie, **bearer("wrong"))[0] == 401
    for wrong in (
        "",
        "x",
        f"{COOKIE}=",
        f"{COOKIE}=a.b.c",
        f"{COOKIE}={'é' * 9}.1.2",
        f"x{COOKIE}{cookie.partition(COOKIE)[2]}",
        'a="',
    ):
        assert asked(guard, cookie=wrong)[0] == 401, wrong
    monkeypatch.setattr(module.time, "time", lambda: NOW + 1)
    assert asked(guard, cookie=cookie)[0] == 401


def test_who_is_not_let_in_is_told_how_and_a_person_is_led_to_the_door() -> None:
    guard = guarded(READER)
    status, headers, body = asked(guard, authorization="Basic suasion_reader")
    assert (status, headers["www-authenticate"], headers["content-type"]) == (
        401,
        "Bearer",
        "application/problem+json",
    )
    assert json.loads(body)["status"] == 401
    assert headers["content-length"] == str(len(body))
    assert asked(guard, authorization="bearer  suasion_reader ")[0] == 200
    page = asked(guard, "/", accept="text/html,*/*")
    assert (page[0], page[1]["location"], page[2]) == (303, "/login", b"")
    assert asked(guard, "/", "POST", accept="text/html")[0] == 401
    assert asked(guard, "/v1/model", "HEAD")[2] == b""
    assert asked(guarded(key("a", "score")), "/", accept="text/html", **bearer("a"))[0] == 403, (
        "signing in would not help"
    )


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
        except Exception:  # noqa: BLE001 - as a framework does
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
    spent = time.perf_counter() - start
    asked(guard, "/static/page.css")
    for number in range(5):
        asked(guard, "/nowhere", f"BREW{number}")
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
    assert 0 < found["suasion_request_seconds_sum", route] < spent * 10
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
