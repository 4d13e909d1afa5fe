"""The service: whom it lets in, what it holds off, and what its log does not say."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path

import httpx
import pytest

from suasion.features.errors import InputError
from suasion.serving.http.api import create_app
from suasion.serving.http.keys import Keys, add_key
from suasion.serving.http.limits import Limits
from suasion.serving.loaded import Engine

from .conftest import Served
from .service import BRIEF, CAMPAIGN, is_problem


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
        session = client.cookies["suasion_session"]
        assert client.post("/logout").url.path == "/login", "who may only read may go, too"
        assert "suasion_session" not in client.cookies
        client.cookies.set("suasion_session", session)
        client.cookies.set("suasion_session", client.cookies["suasion_session"][:-1] + "x")
        assert "Sign in" in client.get("/").text


def test_a_key_taken_out_lets_nobody_in_after_a_reload(world: Path, trained, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    keys = {
        name: add_key(file, name, scopes)
        for name, scopes in (("admin", ["admin", "read"]), ("goes", ["read"]))
    }
    told = json.loads(file.read_text())
    with (
        Served(create_app(lambda: Engine(world, trained[1]), keys=Keys.read(file))) as served,
        httpx.Client(base_url=served.url, timeout=60, follow_redirects=True) as client,
    ):
        assert client.post("/login", data={"key": keys["goes"]}).status_code == 200
        file.write_text(json.dumps({"keys": [one for one in told["keys"] if one["name"] == "admin"]}))
        assert (
            httpx.post(f"{served.url}/v1/reload", headers=bearer(keys["admin"]), timeout=60).status_code
            == 200
        )
        assert client.get("/v1/campaigns").status_code == 401, "nor does its session"
        assert httpx.get(f"{served.url}/v1/campaigns", headers=bearer(keys["goes"])).status_code == 401
        assert httpx.get(f"{served.url}/v1/campaigns", headers=bearer(keys["admin"])).status_code == 200
        file.write_text("{}")
        is_problem(
            httpx.post(f"{served.url}/v1/reload", headers=bearer(keys["admin"])), 422, "is no file of keys"
        )
        assert httpx.get(f"{served.url}/v1/campaigns", headers=bearer(keys["admin"])).status_code == 200


def test_a_page_elsewhere_cannot_post_or_borrow_a_name(service, client: httpx.Client) -> None:
    answer = client.post("/v1/scores", json={"ask": BRIEF}, headers={"origin": "https://evil.example"})
    is_problem(answer, 403, "may not post here")
    assert client.post("/v1/scores", json={"ask": BRIEF}, headers={"origin": service.url}).status_code == 200
    is_problem(client.get("/version", headers={"host": "evil.example"}), 400, "does not answer to that name")


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
        until = time.monotonic() + 60  # a busy machine takes its time over the work that goes on
        while (again := client.post("/v1/scores", json={"ask": BRIEF})).status_code != 200:
            is_problem(again, 503, "")
            assert time.monotonic() < until, "it did not go on"
            time.sleep(0.5)


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
