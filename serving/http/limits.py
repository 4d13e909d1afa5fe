"""What stands before every request: who asks, how much and how often, what is logged and counted.

Pure ASGI, outside of the framework, so that nothing reaches a handler that was not let in, and nothing leaves that was not
counted. Logs name the route and the key, never ids, texts, queries or addresses of people.
"""

from __future__ import annotations

import json
import logging
import re
import time
import traceback
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from .keys import Key, Keys

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOG = logging.getLogger("suasion.service")
OPEN = frozenset({"/health", "/ready", "/version", "/openapi.json", "/login", "/logout"})
"""Paths that ask for no key; so are those under ``/static/``."""
COOKIE = "suasion_session"
READING = ("GET", "HEAD", "OPTIONS")
METHODS = frozenset({*READING, "POST", "PUT", "PATCH", "DELETE"})
TITLES = {
    400: "Bad request",
    401: "No valid key",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    413: "Too large",
    415: "Unsupported media type",
    422: "Not valid",
    429: "Too many requests",
    500: "Internal error",
    503: "Not now",
}
HEADERS = [
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
     b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    # Not no-referrer: a form would then be posted with the origin "null", and nobody could tell whose page it is.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]  # fmt: skip
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z", re.ASCII)


@dataclass(frozen=True)
class Limits:
    """What one request, one key and the service may cost."""

    body: int = 8 * 2**20
    """Bytes."""
    per_minute: int = 6_000
    """Requests of one key; 0 for no limit."""
    seconds: float = 30.0
    """Until a request is told to ask again."""
    waiting: int = 64
    """Requests that may wait for work at once."""
    hosts: frozenset[str] = frozenset({"localhost", "127.0.0.1", "[::1]"})
    """Names under which the service answers: a page elsewhere cannot point its own name here. Empty for any."""


@dataclass
class Metrics:
    """Counters of a service."""

    registry: CollectorRegistry = field(default_factory=lambda: CollectorRegistry(auto_describe=True))

    def __post_init__(self) -> None:
        """Register the counters."""
        self.requests = Counter(
            "suasion_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "suasion_request_seconds",
            "Time to answer.",
            ("route",),
            registry=self.registry,
            buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
        )
        self.active = Gauge("suasion_requests_active", "Requests being answered.", registry=self.registry)
        self.scored = Counter(
            "suasion_scored", "Candidates scored anew.", ("source",), registry=self.registry
        )
        self.reloads = Counter(
            "suasion_reloads", "Reloads of the model.", ("result",), registry=self.registry
        )
        self._children: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request."""
        known = self._children.get((route, method, status))
        if known is None:
            known = (self.requests.labels(route, method, str(status)), self.seconds.labels(route))
            self._children[route, method, status] = known
        known[0].inc()
        known[1].observe(seconds)


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """A request that is answered with a problem (RFC 9457)."""

    def __init__(self, status: int, detail: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers or {}


def problem(
    status: int, detail: str, request_id: str | None = None, errors: list[dict[str, str]] | None = None
) -> bytes:
    """Return the body of a problem."""
    told = {"type": "about:blank", "title": TITLES.get(status, "Error"), "status": status, "detail": detail}
    told |= {"request_id": request_id, "errors": errors or []}
    return json.dumps(told, ensure_ascii=False).encode()


class Guard:
    """Lets requests in to an application."""

    def __init__(self, app: App, limits: Limits, keys: Keys | None, metrics: Metrics) -> None:
        self.app, self.limits, self.keys, self.metrics = app, limits, keys, metrics
        self._hosts = frozenset(map(str.lower, limits.hosts))
        self._rate = RateLimitItemPerMinute(limits.per_minute) if limits.per_minute else None
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _REQUEST_ID.match(given) else uuid.uuid4().hex
        status, key, begun, excess = 500, "-", False, list[Refused]()
        added = [*HEADERS, (b"x-request-id", request_id.encode())]

        async def answer(message: Message) -> None:
            nonlocal status, begun
            if excess:
                # The framework took the refusal of the body for a fault in it and tells so: tell the truth instead.
                if not begun:
                    refused = excess.pop()
                    await self._refuse(refused, scope, headers, answer, request_id)
                    excess.append(refused)
                return
            if message["type"] == "http.response.start":
                status, begun = message["status"], True
                own = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in added if pair[0] not in own)]
            await send(message)

        self.metrics.active.inc()
        try:
            scope.setdefault("state", {})["request_id"] = request_id
            key = self._let_in(scope, headers)
            await self.app(scope, self._limited(headers, receive, excess), answer)
        except Refused as refused:
            await self._refuse(refused, scope, headers, answer, request_id)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told nothing of it
            frames = [f"{f.name}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)[-6:]]
            LOG.error(json.dumps({"request_id": request_id, "error": type(error).__name__, "at": frames}))
            if not begun:
                await self._refuse(
                    Refused(500, "Something went wrong here; the log knows more."),
                    scope,
                    headers,
                    answer,
                    request_id,
                )
        finally:
            self.metrics.active.dec()
            route = scope.get("route")
            path = getattr(route, "path_format", None) or (
                "/static" if scope["path"].startswith("/static/") else "unmatched"
            )
            seconds = time.perf_counter() - start
            # A method is whatever the client writes: what is none would be a counter each, for ever.
            method = scope["method"] if scope["method"] in METHODS else "other"
            self.metrics.count(path, method, status, seconds)
            if LOG.isEnabledFor(logging.INFO):
                told = {"request_id": request_id, "method": method, "route": path, "status": status}
                LOG.info(json.dumps(told | {"ms": round(seconds * 1000, 2), "key": key}))

    def _let_in(self, scope: Scope, headers: dict[bytes, bytes]) -> str:
        """Return the name of the key, or refuse."""
        path, method = scope["path"], scope["method"]
        host = headers.get(b"host", b"").decode("latin-1")
        name = host.rpartition(":")[0] if re.search(r":[0-9]+\Z", host) else host
        if self._hosts and name.lower() not in self._hosts:
            raise Refused(400, "This service does not answer to that name; start it with --allow-host NAME.")
        origin = headers.get(b"origin", b"").decode("latin-1")
        if method not in READING and origin and origin.partition("://")[2] != host:
            raise Refused(403, "A page of another site may not post here.")
        if path in OPEN or path.startswith("/static/"):
            return "-"
        key = Key("-", "", frozenset())
        if self.keys is not None:
            found = self._key(headers)
            if found is None:
                raise Refused(
                    401,
                    "Give a key: the header Authorization: Bearer suasion_…; whoever runs the service makes one with `suasion keys`.",
                    headers={"www-authenticate": "Bearer"},
                )
            key = found
            needed = "admin" if path == "/v1/reload" else "read" if method in READING else "score"
            if needed not in key.scopes:
                raise Refused(403, f"This key may not do that: it lacks the scope {needed}.")
        scope["state"]["key"] = key
        if self._rate is not None and not self._limiter.hit(self._rate, key.sha256):
            wait = max(
                1, int(self._limiter.get_window_stats(self._rate, key.sha256).reset_time - time.time()) + 1
            )
            raise Refused(
                429,
                f"More than {self.limits.per_minute} requests in this minute; ask again in {wait} s.",
                headers={"retry-after": str(wait)},
            )
        return key.name

    def _key(self, headers: dict[bytes, bytes]) -> Key | None:
        assert self.keys is not None
        kind, _, given = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        if kind.lower() == "bearer" and given:
            return self.keys.find(given.strip())
        try:
            cookies = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
            return self.keys.signed(cookies[COOKIE].value, time.time()) if COOKIE in cookies else None
        except (CookieError, ValueError):
            return None

    def _limited(self, headers: dict[bytes, bytes], receive: Receive, excess: list[Refused]) -> Receive:
        """Refuse a body that is too large, by what it says and by what comes; the refusal is put into ``excess`` too."""
        most = self.limits.body
        refused = Refused(413, f"The body may have {most:,} bytes at most; send fewer rows at a time.")
        said = headers.get(b"content-length", b"0")
        if said.isdigit() and int(said) > most:
            raise refused
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > most:
                excess.append(refused)
                raise refused
            return message

        return counted

    async def _refuse(
        self, refused: Refused, scope: Scope, headers: dict[bytes, bytes], answer: Send, request_id: str
    ) -> None:
        if refused.status == 401 and b"text/html" in headers.get(b"accept", b"") and scope["method"] == "GET":
            pairs = [(b"location", b"/login"), (b"content-length", b"0")]
            await answer({"type": "http.response.start", "status": 303, "headers": pairs})
            await answer({"type": "http.response.body", "body": b""})
            return
        body = problem(refused.status, refused.detail, request_id)
        pairs = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
        pairs += [(name.encode(), value.encode()) for name, value in refused.headers.items()]
        await answer({"type": "http.response.start", "status": refused.status, "headers": pairs})
        await answer({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
