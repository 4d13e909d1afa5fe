"""The one way out: asks a service, and nobody else, waits as it is told to, and keeps keys to itself.

A request goes to the origin (scheme, host and port) of the service and to no other; a redirect is followed only within it. Keys are sent in
headers, never in addresses, so that nothing that names an address can name a key.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from urllib.parse import urljoin, urlsplit

import httpx

from suasion.features.progress import step

from .service import RefusedError, Request, StoppedError

LARGEST = 32 * 2**20
"""Bytes of one answer."""
SLOWEST = 120.0
"""Seconds that one answer may take."""
TRIES = 5
HOPS = 5
_REMAINING = ("ratelimit-remaining", "x-ratelimit-remaining", "x-rate-limit-remaining")
_RESET = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def origin(address: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of an address.

    >>> origin("https://API.x.com/2/users") == origin("https://api.x.com:443"), origin("http://api.x.com") == origin("https://api.x.com")
    (True, False)
    """
    parts = urlsplit(address)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), port


def seconds_until(text: str, now: float) -> float | None:
    """Return how long a server asks to wait: in seconds, as the moment in seconds since 1970, in ISO 8601, or as HTTP writes dates.

    >>> now = 1_700_000_000.0
    >>> seconds_until("30", now), seconds_until("1700000090", now), seconds_until("2023-11-14T22:14:00Z", now)
    (30.0, 90.0, 40.0)
    >>> seconds_until("Tue, 14 Nov 2023 22:13:50 GMT", now), seconds_until("soon", now)
    (30.0, None)
    """
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if number >= 0:
        return max(0.0, number - now) if number > 1e9 else number
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
        except ValueError:
            continue
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, moment.timestamp() - now)
    return None


def _retry_after(headers: Mapping[str, str], now: float, *, limited: bool) -> float | None:
    """Return how many seconds an answer asks to wait before the next request; None where it does not."""
    if limited and "retry-after" in headers:
        return seconds_until(headers["retry-after"], now)
    left = next((headers[name] for name in _REMAINING if name in headers), None)
    reset = next((headers[name] for name in _RESET if name in headers), None)
    try:
        used_up = limited or (left is not None and float(left) < 1)
    except ValueError:
        used_up = limited
    return seconds_until(reset, now) if used_up and reset else None


@dataclass
class Client:
    """Asks services, one request after the other.

    Parameters
    ----------
    patience
        The longest wait, in seconds, that is waited when a service asks for it; a longer one stops the service for this run.
    """

    patience: float = 900.0
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    requests: int = 0
    """Requests sent."""
    _free: dict[object, float] = field(default_factory=dict)
    """For each origin the moment before which it is not asked."""
    _gone: dict[object, str] = field(default_factory=dict)
    """Origins that could not be reached, and why."""

    def __post_init__(self) -> None:
        self._http = httpx.Client(
            follow_redirects=False,
            timeout=httpx.Timeout(30.0, connect=10.0),
            headers={"User-Agent": f"python:suasion:{version('suasion')}", "Accept-Language": "en"},
        )

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def ask(
        self,
        request: Request,
        *,
        base: str,
        title: str,
        headers: Mapping[str, str],
        pace: float,
        is_limited: Callable[[Answer], bool],
        is_broken: Callable[[Answer], bool],
    ) -> Answer:
        """Return the answer to a request, asked again after a while where the server is busy or broken.

        Raises
        ------
        RefusedError
            When it leads elsewhere, answers too much, or stays broken.
        StoppedError
            When the service cannot be reached, or asks to wait longer than ``patience``.
        """
        place = origin(base)
        if place in self._gone:
            raise StoppedError(self._gone[place])
        limited, why = False, ""
        for attempt in range(TRIES):
            self._wait(self._free.get(place, 0.0) - self.now(), title)
            self._free[place] = self.now() + pace
            pause = 2.0**attempt * random.uniform(0.75, 1.25)
            try:
                answer = self._send(request, base, headers)
            except httpx.InvalidURL:
                raise RefusedError(f"{place[1]} is no host") from None
            except httpx.RequestError as error:
                # What httpx says may quote the request; its kind is enough.
                limited, why = False, f"{place[1]} could not be reached ({type(error).__name__})"
                self._free[place] = self.now() + pause
                continue
            limited = is_limited(answer)
            wait = _retry_after(answer.headers, self.now(), limited=limited)
            if wait is not None:
                self._free[place] = max(self._free[place], self.now() + wait)
            if not limited and not is_broken(answer):
                return answer
            why = ""
            if wait is None:
                self._free[place] = self.now() + pause * (4 if limited else 1)
        if why:
            self._gone[place] = why
            raise StoppedError(why)
        if limited:
            raise StoppedError(f"{title} asks to wait again and again")
        raise RefusedError(f"{title} went on answering {answer.status} or nothing that can be read")

    def _wait(self, seconds: float, title: str) -> None:
        if seconds <= 0:
            return
        if seconds > self.patience:
            again = datetime.fromtimestamp(self.now() + seconds, UTC)
            raise StoppedError(f"{title} asks to wait until {again:%Y-%m-%d %H:%M} UTC")
        if seconds >= 5:
            step(f"{title}: its limit of requests is reached, going on in {seconds:,.0f} s")
        self.sleep(seconds)

    def _send(self, request: Request, base: str, headers: Mapping[str, str]) -> Answer:
        address, params = base.rstrip("/") + request.path, dict(request.params)
        for _ in range(HOPS):
            answer = self._once(request, address, params, headers)
            if answer.status not in (301, 302, 303, 307, 308):
                return answer
            target = urljoin(address, answer.headers.get("location", ""))
            if origin(target) != origin(base) or request.body is not None:
                raise RefusedError(
                    f"{origin(base)[1]} leads to {origin(target)[1] or 'another place'}, which is not the address that was named: not followed"
                )
            address, params = target, {}
        raise RefusedError(f"{origin(base)[1]} leads in a circle")

    def _once(
        self, request: Request, address: str, params: Mapping[str, str], headers: Mapping[str, str]
    ) -> Answer:
        self.requests += 1
        self._http.cookies.clear()
        started, parts, size = time.monotonic(), [], 0
        with self._http.stream(
            "GET" if request.body is None else "POST",
            address,
            params=params or None,
            json=request.body,
            headers=headers,
        ) as response:
            for part in response.iter_bytes():
                parts.append(part)
                size += len(part)
                if size > LARGEST:
                    raise RefusedError(f"an answer of over {LARGEST >> 20} MiB")
                if time.monotonic() - started > SLOWEST:
                    raise httpx.ReadTimeout("slow")
            return Answer(response.status_code, b"".join(parts), response.headers)
