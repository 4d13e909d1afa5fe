"""Services on this machine, which answer as their specifications say, and fetching from them with a clock of its own."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from suasion.features.sources.fetch import run
from suasion.features.sources.fetch.all import SERVICES
from suasion.features.sources.fetch.run import Fetched, fetch, plan
from suasion.features.sources.fetch.service import Service


@dataclass(frozen=True)
class Call:
    """A request as it arrived."""

    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Reply:
    """What is answered: an object goes out as JSON, bytes as they are."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Server:
    """A service on this machine."""

    answer: Callable[[Call], Reply]
    calls: list[Call] = field(default_factory=list)
    faults: dict[int, Reply] = field(default_factory=dict)
    """By number of the call, from 0, what is answered in the place of data."""
    address: str = ""

    def paths(self) -> list[str]:
        """Return the last part of each path that was asked for."""
        return [call.path.rpartition("/")[2] for call in self.calls]


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that was killed."""


@contextmanager
def serving(answer: Callable[[Call], Reply]) -> Iterator[Server]:
    server = Server(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            size = int(self.headers.get("content-length", 0))
            data = json.loads(self.rfile.read(size)) if size else None
            headers = {name.lower(): value for name, value in self.headers.items()}
            call = Call(parts.path, dict(parse_qsl(parts.query)), headers, data)
            number = len(server.calls)
            server.calls.append(call)
            reply = server.faults.get(number) or server.answer(call)
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *args: Any) -> None:
            pass

    http = _Quiet(("127.0.0.1", 0), Handler)
    server.address = f"http://127.0.0.1:{http.server_port}"
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()


class Clock:
    """Time that passes only while somebody sleeps, so that waits cost nothing."""

    def __init__(self, start: float = 1_790_000_000.0) -> None:
        self.time, self.slept = start, list[float]()

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


def at(name: str, server: Server) -> Service:
    """Return a service whose addresses all stand under a server on this machine."""
    return replace(SERVICES[name], base=server.address)


def fetching(
    out: Path,
    server: Server,
    service: str,
    *handles: str,
    clock: Clock | None = None,
    imports: bool = True,
    **options: Any,
) -> Fetched:
    """Fetch from a server on this machine; without ``imports`` answers are only saved, which is quicker."""
    clock = clock or Clock()
    services = dict(SERVICES) | {service: at(service, server)}
    patience = options.pop("patience", 900.0)
    now = datetime.fromtimestamp(clock.now(), UTC)
    chosen = plan(out, handles, platform=service, services=services, now=now, **options)
    with pytest.MonkeyPatch.context() as patch:
        if not imports:
            patch.setattr(run, "_import", lambda *_: None)
        return fetch(out, chosen, patience=patience, sleep=clock.sleep, now=clock.now)


def bluesky(names: Mapping[str, int]) -> Callable[[Call], Reply]:
    """Answer as the AppView does for these handles, each with so many posts, a page of at most ``limit``."""

    def answer(call: Call) -> Reply:
        if call.path.endswith("searchActorsTypeahead"):
            matches = [name for name in names if name.startswith(call.params["q"][:3])]
            return Reply(
                {"actors": [{"did": f"did:plc:{name.partition('.')[0]}", "handle": name} for name in matches]}
            )
        name = call.params["actor"]
        if name not in names:
            return Reply({"error": "InvalidRequest", "message": "Profile not found"}, 400)
        who = {"did": f"did:plc:{name.partition('.')[0]}", "handle": name}
        if call.path.endswith("getProfile"):
            counts = {"followersCount": 100 * names[name], "followsCount": 7, "postsCount": names[name]}
            return Reply(who | counts | {"createdAt": "2023-05-01T00:00:00.000Z"})
        start = int(call.params.get("cursor", 0))
        end = min(names[name], start + int(call.params["limit"]))
        feed = [{"post": _post(who, number)} for number in range(start, end)]
        return Reply({"feed": feed} | ({"cursor": str(end)} if end < names[name] else {}))

    return answer


def _post(who: Mapping[str, str], number: int) -> dict[str, Any]:
    at = f"2026-05-{1 + number % 28:02}T{number // 28 % 24:02}:00:00.000Z"
    record = {"$type": "app.bsky.feed.post", "text": f"cold brew {number}", "createdAt": at, "langs": ["en"]}
    uri = f"at://{who['did']}/app.bsky.feed.post/p{number}"
    counts = {"likeCount": number, "replyCount": 1, "repostCount": 2, "quoteCount": 3}
    return {"uri": uri, "cid": "c", "author": dict(who), "record": record, "indexedAt": at, **counts}
