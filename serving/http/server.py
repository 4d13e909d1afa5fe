"""Runs the service: one process, loopback unless told otherwise, a graceful stop, and JSON lines as its log."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

import uvicorn

from suasion.serving.loaded import Engine

from .api import create_app
from .keys import Keys
from .limits import Limits

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
GRACE = 30
"""Seconds that requests in flight are given at the end."""


def run(build: Callable[[], Engine], host: str, port: int, limits: Limits, keys: Keys | None) -> None:
    """Serve until SIGTERM or SIGINT; SIGHUP reloads data and model."""
    log = logging.getLogger("suasion.service")
    log.setLevel(logging.INFO)
    log.propagate = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    log.addHandler(handler)
    app = create_app(build, limits=limits, keys=keys)
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
        limit_concurrency=1000,
    )
