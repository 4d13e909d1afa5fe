"""The service on a socket: it waits for half-sent requests so long and no longer, and says why it refuses."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from suasion.features.errors import InputError
from suasion.serving.http import patience
from suasion.serving.http.keys import Keys, add_key
from suasion.serving.http.limits import HEAD_BYTES, WRONG_KEYS, Guard, Limits
from suasion.serving.http.server import listen
from suasion.serving.http.state import Service

from .conftest import Served
from .quick import ask, opened, serve, write
from .service import is_problem

QUICK = Limits(per_minute=0, upload=0.3, body=100_000)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory):
    with opened(write(tmp_path_factory.mktemp("data"))) as engine:
        yield engine


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with (
        opened(write(tmp_path_factory.mktemp("data"))) as own,
        pytest.MonkeyPatch.context() as patch,
        Served(serve(own, QUICK)[0]) as served,
    ):
        patch.setattr(patience, "HEAD_SECONDS", 0.3)
        yield served


def said(url: str, *parts: bytes, pause: float = 0.0) -> bytes:
    """Send parts of a request and return all that comes until the service hangs up."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), 10) as line:
        for part in parts:
            line.sendall(part)
            time.sleep(pause)
        line.settimeout(10)
        found = b""
        while part := line.recv(65536):
            found += part
        return found


def is_refused(answer: bytes, status: int, words: str) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode()), answer[:200]
    assert b"connection: close" in head.lower()
    told = json.loads(body)
    assert told["status"] == status
    assert words in told["detail"]


GET = b"GET /version HTTP/1.1\r\nhost: localhost\r\n"
POST = b"POST /v1/scores HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n"


@pytest.mark.parametrize("parts", [(), (b"GET / HT",), (GET,), (GET + b"\r\n", GET)])
def test_headers_that_do_not_come_are_not_waited_for(served: Served, parts: tuple[bytes, ...]) -> None:
    start = time.monotonic()
    answer = said(served.url, *parts, pause=0.05)
    if len(parts) == 2:
        assert answer.startswith(b"HTTP/1.1 200")
        answer = answer[answer.rindex(b"HTTP/1.1") :]
    is_refused(answer, 408, "The headers were not there after")
    assert time.monotonic() - start < 5


def test_headers_that_come_drop_by_drop_are_not_waited_for(served: Served) -> None:
    host, _, port = served.url.removeprefix("http://").partition(":")
    start = time.monotonic()

    def drip(line: socket.socket) -> None:
        while time.monotonic() - start < 5:
            line.sendall(b"G")
            time.sleep(0.1)

    with socket.create_connection((host, int(port)), 10) as line, pytest.raises(ConnectionError):
        drip(line)
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("body", [b"", b'{"ask": '])
def test_a_body_that_does_not_come_is_not_waited_for(served: Served, body: bytes) -> None:
    start = time.monotonic()
    is_refused(said(served.url, POST, body), 408, "The body was not there after 0.3 s.")
    assert 0.3 <= time.monotonic() - start < 4


def test_a_body_that_comes_drop_by_drop_is_not_waited_for(served: Served) -> None:
    host, _, port = served.url.removeprefix("http://").partition(":")
    start = time.monotonic()

    def drip(line: socket.socket) -> None:
        line.sendall(POST)
        while time.monotonic() - start < 5:
            line.sendall(b" ")
            time.sleep(0.05)

    with socket.create_connection((host, int(port)), 10) as line, pytest.raises(ConnectionError):
        drip(line)
    assert time.monotonic() - start < 4
    assert httpx.get(f"{served.url}/health").status_code == 200


def test_many_that_are_half_sent_keep_nobody_out(served: Served) -> None:
    host, _, port = served.url.removeprefix("http://").partition(":")
    lines = [socket.create_connection((host, int(port)), 10) for _ in range(100)]
    for number, line in enumerate(lines):
        line.sendall((POST, GET, POST + b"{")[number % 3])
    assert httpx.get(f"{served.url}/health").status_code == 200
    time.sleep(1.0)
    for line in lines:
        line.settimeout(5)
        while line.recv(65536):
            pass
        line.close()


def test_a_request_that_is_whole_is_answered_however_long_that_takes(served: Served) -> None:
    with httpx.Client(base_url=served.url) as client:
        for _ in range(3):
            assert client.get("/v1/campaigns").status_code == 200
            time.sleep(0.1)
    answer = said(served.url, GET + b"connection: close\r\n", b"\r\n", pause=0.1)
    assert answer.startswith(b"HTTP/1.1 200")


def test_headers_too_large_are_refused_with_the_reason(served: Served) -> None:
    for size in (HEAD_BYTES, 200_000):
        answer = httpx.get(f"{served.url}/version", headers={"x-much": "x" * size})
        is_problem(answer, 431, "and may have 32,768")
        assert answer.headers["connection"] == "close"
    many = httpx.get(f"{served.url}/version", headers=[(f"x-{number}", "y" * 100) for number in range(2000)])
    is_problem(many, 431, "The headers have")
    assert httpx.get(f"{served.url}/version", headers={"x-much": "x" * 20_000}).status_code == 200


@pytest.mark.parametrize(
    "double",
    [
        b"host: localhost",
        b"authorization: Bearer a",
        b"content-type: text/plain",
        b"origin: http://localhost",
    ],
)
def test_headers_that_may_be_there_once_are_refused_twice(engine, double: bytes) -> None:
    name, _, value = double.partition(b": ")
    app, _ = serve(engine)
    pairs = [(name, value), (name, value)]
    answer = ask(app, "POST", "/v1/scores", headers=pairs, content=b"{}")  # type: ignore[arg-type]
    is_problem(answer, 400, f"The header {name.decode()} is there twice")


def test_two_hosts_are_refused_on_the_wire(served: Served) -> None:
    answer = said(served.url, GET + b"host: localhost\r\nconnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "path",
    [
        "/campaigns/c%0003",
        "/campaigns/c03?pick=i%0000",
        "/v1/campaigns/c%00/scores",
        "/v1/campaigns/c03/scores/%00",
    ],
)
def test_a_nul_in_an_address_is_refused(engine, path: str) -> None:
    is_problem(ask(serve(engine)[0], "GET", path), 400, "NUL")


def test_a_nul_in_the_ids_of_rows_is_refused(engine) -> None:
    body = {"ask": {"brief": "x"}, "people": [{"influencer_id": "a\x00b"}]}
    is_problem(ask(serve(engine)[0], "POST", "/v1/activity-scores", json=body), 422, "influencer_id")


def test_wrong_keys_by_the_dozen_are_slowed_down_and_a_right_one_is_not(engine, tmp_path: Path) -> None:
    key = add_key(tmp_path / "keys.json", "all", ["read"])
    app, _ = serve(engine, replace(QUICK, upload=10), Keys.read(tmp_path / "keys.json"))
    wrong = {"authorization": "Bearer suasion_wrong"}
    for number in range(WRONG_KEYS):
        if number % 2:
            is_problem(ask(app, "GET", "/v1/campaigns", headers=wrong), 401, "Give a key")
        else:
            assert ask(app, "POST", "/login", data={"key": "wrong"}).status_code == 401
    for answer in (
        ask(app, "GET", "/v1/campaigns", headers=wrong),
        ask(app, "POST", "/login", data={"key": "wrong"}),
    ):
        is_problem(answer, 429, f"More than {WRONG_KEYS} wrong keys in this minute")
        assert 1 <= int(answer.headers["retry-after"]) <= 61
    is_problem(ask(app, "GET", "/v1/campaigns"), 401, "Give a key")
    assert ask(app, "GET", "/v1/campaigns", headers={"authorization": f"Bearer {key}"}).status_code == 200
    assert ask(app, "POST", "/login", data={"key": key}).status_code == 303


def test_what_is_in_flight_ends_before_the_service_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(write(tmp_path)) as engine:
        in_flight(*serve(engine, replace(QUICK, upload=10)), monkeypatch)


def in_flight(app: Guard, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = service.work

    async def work(job):
        await asyncio.sleep(1.0)
        return await slow(job)

    monkeypatch.setattr(service, "work", work)
    answers = []
    with Served(app) as served:
        url = f"{served.url}/v1/scores"
        thread = threading.Thread(
            target=lambda: answers.append(httpx.post(url, json={"ask": {"brief": "slow"}}, timeout=20))
        )
        thread.start()
        time.sleep(0.4)
    thread.join(20)
    assert [answer.status_code for answer in answers] == [200]


def test_an_address_that_is_taken_is_told_of_before_anything_is_opened() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(
            InputError, match=f"listen on 127.0.0.1, port {port}: .*in use. Choose another with --port"
        ):
            listen("127.0.0.1", port)
    with pytest.raises(InputError, match=r"listen on no\.such\.host\.invalid"):
        listen("no.such.host.invalid", port)
    with listen("127.0.0.1", 0) as line:
        assert line.getsockname()[1] > 0
