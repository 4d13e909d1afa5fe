"""What stands before every request: who asks, how much and how often, what is logged and counted.

Pure ASGI, outside of the framework, so that nothing reaches a handler that was not let in, and nothing leaves that was not
counted. Logs name the route and the key, never ids, texts, queries or addresses of people.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
import traceback
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from suasion.features.errors import InputError

from .keys import Key, Keys
from .place import ROOT, Networks, Place, place_of, repeated, stand_under
from .responses import FieldError, Problem

LOG = logging.getLogger("suasion.service")
MONITORS = frozenset({"/health", "/ready"})
"""Paths for monitors and load balancers, which ask by an address, often, and are nobody: any name will do, and nothing is counted."""
OPEN = MONITORS | {"/version", "/openapi.json", "/login", "/logout"}
"""Paths that ask for no key; so are those under ``/static/``."""
LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
HEAD_BYTES = 32 * 2**10
"""Most that the headers of a request may hold, in bytes."""
WRONG_KEYS = 20
"""Wrong keys of one client in a minute, after which it is told to wait."""
COOKIE = "suasion_session"
READING = ("GET", "HEAD", "OPTIONS")
METHODS = frozenset({*READING, "POST", "PUT", "PATCH", "DELETE"})
TITLES = {
    400: "Bad request",
    401: "No valid key",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "In conflict",
    413: "Too large",
    422: "Not valid",
    429: "Too many requests",
    431: "Headers too large",
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
    hosts: frozenset[str] = LOCAL
    """Names under which the service answers: a page elsewhere cannot point its own name here. Empty for any."""
    upload: float = 60.0
    """Seconds until a body must be there."""
    root: str = ""
    """Path the service stands under behind a proxy: empty, or like ``/suasion``."""
    proxies: Networks = ()
    """Addresses of proxies whose ``X-Forwarded-…`` headers are believed."""


class PerMinute:
    """Counts by client or key what may be done so often in a minute; ``what`` that is, in words."""

    def __init__(self, most: int, what: str) -> None:
        self._rate, self._what = RateLimitItemPerMinute(most), what
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def count(self, who: str) -> None:
        """Count once; raises Refused after too often in a minute, with the seconds to wait."""
        if not self._limiter.hit(self._rate, who):
            wait = max(1, int(self._limiter.get_window_stats(self._rate, who).reset_time - time.time()) + 1)
            said = f"More than {self._rate.amount} {self._what} in this minute; ask again in {wait} s."
            raise Refused(429, said, again=wait)


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
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request."""
        known = self._children.get((route, method, status))
        if known is None:
            known = (self.requests.labels(route, method, str(status)), self.seconds.labels(route))
            self._children[route, method, status] = known
        known[0].inc()
        known[1].observe(seconds)


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """A request that is answered with a problem (RFC 9457), and after how many seconds it may be sent ``again``."""

    def __init__(
        self, status: int, detail: str, *, again: int = 0, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail
        self.headers = {"retry-after": str(again)} if again else headers or {}


CLOSE = {"connection": "close"}


def _name(host: str) -> str:
    """Return the name in a header ``Host``, without the port."""
    return (host.rpartition(":")[0] if re.search(r":[0-9]+\Z", host) else host).lower()


def own_path(scope: Scope) -> str:
    """Return a request's path without the one the service stands under."""
    path: str = scope["path"]
    return path[len(scope.get("root_path", "")) :]


def problem(
    status: int, detail: str, request_id: str | None = None, errors: Sequence[FieldError] = ()
) -> bytes:
    """Return the body of a problem."""
    title = TITLES.get(status, "Error")
    body = Problem(title=title, status=status, detail=detail, request_id=request_id, errors=list(errors))
    # The name of a field may hold what is no text, as "\ud800" in JSON.
    return json.dumps(body.model_dump(), ensure_ascii=False).encode("utf-8", "replace")


class Guard:
    """Lets requests in to an application."""

    def __init__(
        self,
        app: ASGIApp,
        limits: Limits,
        keys: Keys | None,
        metrics: Metrics,
        wrong_keys: PerMinute | None = None,
    ) -> None:
        self.app, self.limits, self.keys, self.metrics = app, limits, keys, metrics
        # A right key is let in all the same: others may ask from the same address.
        self.wrong_keys = wrong_keys or PerMinute(WRONG_KEYS, "wrong keys")
        self._hosts = frozenset(map(str.lower, limits.hosts))
        self._requests = PerMinute(limits.per_minute, "requests") if limits.per_minute else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()
        headers = dict(scope["headers"])
        sent_id = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = sent_id if _REQUEST_ID.match(sent_id) else uuid.uuid4().hex
        status, key, begun, excess = 500, "-", False, list[Refused]()
        added = [*HEADERS, (b"x-request-id", request_id.encode())]
        # A HEAD is answered as the GET would be, without what follows the headers.
        head, method = scope["method"] == "HEAD", scope["method"]
        inner: Scope = {**scope, "method": "GET" if head else method}

        async def refuse(refused: Refused) -> None:
            await self._refuse(refused, inner, headers, answer, request_id)

        async def answer(message: Message) -> None:
            nonlocal status, begun
            if excess:
                # The framework took the refusal of the body for a fault in it and tells so: tell the truth instead.
                if not begun:
                    refused = excess.pop()
                    await refuse(refused)
                    excess.append(refused)
                return
            if message["type"] == "http.response.start":
                status, begun = message["status"], True
                names = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in added if pair[0] not in names)]
            elif head:
                message = {**message, "body": b""}
            await send(message)

        self.metrics.active.inc()
        mark = None
        try:
            inner.setdefault("state", {})["request_id"] = request_id
            place = self._place(scope, headers)
            mark = ROOT.set(place.root)
            inner = {**stand_under(inner, place)}
            inner["state"]["client"] = place.client
            key = self._let_in(inner, headers, place)
            await self.app(inner, self._limited(headers, receive, excess), answer)
        except Refused as refused:
            await refuse(refused)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told nothing of it
            frames = [f"{f.name}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)[-6:]]
            LOG.error(json.dumps({"request_id": request_id, "error": type(error).__name__, "at": frames}))
            if not begun:
                await refuse(Refused(500, "Something went wrong here; the log knows more."))
        finally:
            if mark is not None:
                ROOT.reset(mark)
            self.metrics.active.dec()
            self._record(inner, method, status, time.perf_counter() - start, key, request_id)

    def _record(
        self, scope: Scope, method: str, status: int, seconds: float, key: str, request_id: str
    ) -> None:
        """Count a request and write it to the log; those of monitors are no people's."""
        route = scope.get("route")
        path = getattr(route, "path_format", None) or (
            "/static" if own_path(scope).startswith("/static/") else "unmatched"
        )
        if path in MONITORS:
            return
        # A method is whatever the client writes: what is none would be a counter each, for ever.
        method = method if method in METHODS else "other"
        self.metrics.count(path, method, status, seconds)
        if LOG.isEnabledFor(logging.INFO):
            line = {"request_id": request_id, "method": method, "route": path, "status": status}
            LOG.info(json.dumps(line | {"ms": round(seconds * 1000, 2), "key": key}))

    def _place(self, scope: Scope, headers: dict[bytes, bytes]) -> Place:
        """Return where the request came from, or refuse what two readers could read in two ways."""
        size = sum(len(name) + len(value) for name, value in scope["headers"])
        if size > HEAD_BYTES:
            raise Refused(431, f"The headers have {size:,} bytes and may have {HEAD_BYTES:,}.", headers=CLOSE)
        if (twice := repeated(scope["headers"])) is not None:
            raise Refused(400, f"The header {twice} is there twice; send it once.")
        if "\x00" in scope["path"] or b"%00" in scope.get("query_string", b""):
            raise Refused(400, "The address holds a NUL (%00), which no id has.")
        try:
            return place_of(scope, headers, self.limits.root, self.limits.proxies)
        except InputError as error:
            raise Refused(400, f"X-Forwarded-Prefix: {error}") from error

    def _let_in(self, scope: Scope, headers: dict[bytes, bytes], place: Place) -> str:
        """Return the name of the key, or refuse."""
        path, method = own_path(scope), scope["method"]
        if path in MONITORS and method in READING:
            return "-"
        host = headers.get(b"host", b"").decode("latin-1")
        if self._hosts and _name(host) not in self._hosts:
            raise Refused(400, "This service does not answer to that name; start it with --allow-host NAME.")
        if method not in READING:
            self._same_site(headers, host, place)
        if path in OPEN or path.startswith("/static/"):
            return "-"
        key = Key("-", "", frozenset())
        if self.keys is not None:
            match = self._key(headers, place)
            if match is None:
                raise Refused(
                    401,
                    "Give a key: the header Authorization: Bearer suasion_…; whoever runs the service makes one with `suasion keys`.",
                    headers={"www-authenticate": "Bearer"},
                )
            key = match
            needed = "admin" if path == "/v1/reload" else "read" if method in READING else "score"
            if needed not in key.scopes:
                raise Refused(403, f"This key may not do that: it lacks the scope {needed}.")
        scope["state"]["key"] = key
        if self._requests is not None:
            self._requests.count(key.sha256)
        return key.name

    def _same_site(self, headers: dict[bytes, bytes], host: str, place: Place) -> None:
        """Refuse what a page of another site sends: by the origin that browsers tell, else by where they say it comes from."""
        origin = headers.get(b"origin", headers.get(b"referer", b"")).decode("latin-1")
        if origin:
            ours = {host.lower(), place.host.lower(), *(self._hosts - LOCAL)}
            foreign = origin.partition("://")[2].partition("/")[0].lower() not in ours
        else:
            foreign = headers.get(b"sec-fetch-site", b"none") not in (b"same-origin", b"none")
        if foreign:
            raise Refused(403, "A page of another site may not post here.")

    def _key(self, headers: dict[bytes, bytes], place: Place) -> Key | None:
        assert self.keys is not None
        kind, _, secret = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        if kind.lower() == "bearer" and secret:
            match = self.keys.find(secret.strip())
            if match is None:
                self.wrong_keys.count(place.client)
            return match
        try:
            cookies = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
            return self.keys.signed(cookies[COOKIE].value, time.time()) if COOKIE in cookies else None
        except (CookieError, ValueError):
            return None

    def _limited(self, headers: dict[bytes, bytes], receive: Receive, excess: list[Refused]) -> Receive:
        """Refuse a body that is too large, by what it says and by what comes, or too slow; the refusal is put into ``excess`` too."""
        most = self.limits.body
        too_large = Refused(
            413, f"The body may have {most:,} bytes at most; send fewer rows at a time.", headers=CLOSE
        )
        said = headers.get(b"content-length", b"0")
        if said.isdigit() and int(said) > most:
            raise too_large
        size, whole = 0, False
        until = time.monotonic() + self.limits.upload

        async def counted() -> Message:
            nonlocal size, whole
            if whole:  # what follows is word of the client's going, whenever that is
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), max(0.0, until - time.monotonic()))
            except TimeoutError:
                refused = Refused(
                    408, f"The body was not there after {self.limits.upload:g} s.", headers=CLOSE
                )
                excess.append(refused)
                raise refused from None
            size += len(message.get("body", b""))
            whole = message["type"] != "http.request" or not message.get("more_body", False)
            if size > most:
                excess.append(too_large)
                raise too_large
            return message

        return counted

    async def _refuse(
        self, refused: Refused, scope: Scope, headers: dict[bytes, bytes], answer: Send, request_id: str
    ) -> None:
        if refused.status == 401 and b"text/html" in headers.get(b"accept", b"") and scope["method"] == "GET":
            pairs = [(b"location", f"{ROOT.get()}/login".encode()), (b"content-length", b"0")]
            await answer({"type": "http.response.start", "status": 303, "headers": pairs})
            await answer({"type": "http.response.body", "body": b""})
            return
        body = problem(refused.status, refused.detail, request_id)
        pairs = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
        pairs += [(name.encode(), value.encode()) for name, value in refused.headers.items()]
        await answer({"type": "http.response.start", "status": refused.status, "headers": pairs})
        await answer({"type": "http.response.body", "body": body})
