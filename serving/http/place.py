"""Where a request came from and where the service stands: behind a proxy, under a path, as the proxy says if it is believed."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass

from starlette.types import Scope

from suasion.features.errors import InputError

ROOT: ContextVar[str] = ContextVar("root", default="")
"""The path under which the request at hand reached the service, without a slash at its end: what every link begins with."""
Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_ONCE = frozenset(
    (b"host", b"authorization", b"content-length", b"content-type", b"origin", b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-prefix")
)  # fmt: skip
"""Headers of which two would let two readers see two different requests."""


@dataclass(frozen=True)
class Place:
    """What is believed of a request."""

    root: str
    """Path before all of ours: empty, or like ``/suasion``."""
    host: str
    """Name and port in the address bar."""
    scheme: str
    client: str
    """Address of who asks; of the proxy, where it is not believed."""


def root_path(text: str) -> str:
    """Return a path to stand under, with a slash before and none behind.

    >>> root_path("suasion/"), root_path("/a/b"), root_path("/")
    ('/suasion', '/a/b', '')

    Raises InputError for what is no plain path.
    """
    root = "/" + text.strip("/") if text.strip("/") else ""
    if not _PATH.fullmatch(root) or ".." in root.split("/") or "." in root.split("/"):
        raise InputError(
            f"{text!r} is no path to stand under; write one such as /suasion, of letters, digits and . _ ~ -."
        )
    return root


def networks(texts: Iterable[str]) -> Networks:
    """Return addresses and networks of proxies that are believed.

    >>> networks(["127.0.0.1", "10.0.0.0/8"])
    (IPv4Network('127.0.0.1/32'), IPv4Network('10.0.0.0/8'))

    Raises InputError for what is neither.
    """
    try:
        return tuple(ipaddress.ip_network(text, strict=False) for text in texts)
    except ValueError as error:
        raise InputError(f"{error}: give the proxy's address, such as 127.0.0.1 or 10.0.0.0/8.") from error


def repeated(pairs: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return a header that is there twice and may be there once; None where there is none."""
    counts = Counter(name for name, _ in pairs if name in _ONCE)
    return next((name.decode("ascii") for name, count in counts.items() if count > 1), None)


def place_of(scope: Scope, headers: Mapping[bytes, bytes], root: str, proxies: Networks) -> Place:
    """Return what is believed of a request: its own headers, and a proxy's only where it comes from one of ``proxies``.

    Raises InputError when a proxy that is believed names no plain path.
    """

    def last(name: bytes) -> str:
        # A proxy adds to what came: its own word is the last.
        return headers.get(name, b"").decode("latin-1").rpartition(",")[2].strip()

    client = (scope.get("client") or ("",))[0]
    host, scheme = last(b"host"), scope.get("scheme", "http")
    if not _within(client, proxies):
        return Place(root, host, scheme, client)
    for hop in reversed(headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")):
        if hop.strip():
            client = hop.strip()
            if not _within(client, proxies):
                break
    said = last(b"x-forwarded-proto")
    return Place(
        root_path(last(b"x-forwarded-prefix")) or root,
        last(b"x-forwarded-host") or host,
        said if said in ("http", "https") else scheme,
        client,
    )


def _within(address: str, proxies: Networks) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(ip in network for network in proxies)


def stand_under(scope: Scope, place: Place) -> Scope:
    """Return a request as the framework reads it: with the path it stands under in front, whether the proxy took that off or not."""
    root, path, raw = place.root, scope["path"], scope.get("raw_path") or scope["path"].encode()
    if root and (path == root or path.startswith(f"{root}/")):
        path, raw = path[len(root) :] or "/", raw[len(root) :] or b"/"
    parts = {"path": root + path, "raw_path": root.encode() + raw, "root_path": root, "scheme": place.scheme}
    return {**scope, **parts}
