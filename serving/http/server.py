"""Runs the service: one process, loopback unless told otherwise, a graceful stop, and JSON lines as its log."""

from __future__ import annotations

import logging
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

import uvicorn

from suasion.features.errors import InputError
from suasion.serving.loaded import Engine

from .api import create_app
from .keys import Keys
from .limits import Limits
from .patience import HEAD_MOST, PatientProtocol
from .remembered import Kept

GRACE = 30
"""Seconds that requests in flight are given at the end."""
SETTINGS: dict[str, Any] = {  # settings of uvicorn, each of a type of its own
    "http": PatientProtocol,
    "ws": "none",
    "h11_max_incomplete_event_size": HEAD_MOST,
    "proxy_headers": False,  # whom to believe is the guard's to say
    "log_level": "warning",
    "access_log": False,
    "server_header": False,
    "timeout_graceful_shutdown": GRACE,
    "limit_concurrency": 1000,
}
"""How uvicorn serves."""


class _Server(uvicorn.Server):
    """A server that says when it answers, and where."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[str], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            self._ready(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")


def run(
    build: Callable[[], Engine],
    host: str,
    port: int,
    limits: Limits,
    keys: Keys | None,
    ready: Callable[[str], None] = lambda _: None,
    kept: Kept | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; SIGHUP reloads data and model.

    ``ready`` is called with the address once it answers; port 0 takes a free one. Raises SuasionError when data or model cannot be opened, or
    the address cannot be listened on.
    """
    log = logging.getLogger("suasion.service")
    log.setLevel(logging.INFO)
    log.propagate = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    log.addHandler(handler)
    # While it opens, and when the last request has ended, an end that was asked for is no fault.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with listen(host, port) as line:
        opened = [build()]
        app = create_app(lambda: opened.pop() if opened else build(), limits=limits, keys=keys, kept=kept)
        server = _Server(uvicorn.Config(app, **SETTINGS), ready)
        server.run(sockets=[line])
    if not server.started:
        sys.exit(1)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket of its own at an address, before anything is opened that takes time.

    Raises InputError when somebody listens there already, or the address is not this machine's.
    """
    line = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        line.bind((host.strip("[]"), port))
    except OSError as error:
        line.close()
        raise InputError(
            f"Nothing can listen on {host}, port {port}: {error.strerror or error}. Choose another with --port or --host."
        ) from error
    return line
