"""What holds while suasion talks to MLflow, and is gone afterwards: short waits, quiet loggers, one program at a time in a file.

MLflow itself asks a server that does not answer for many minutes, and opens a file that others are making without waiting for them.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

from suasion.features.errors import SuasionError
from suasion.features.tables.files import held

WAIT = 10
"""Seconds that one request to a server may take; it is tried twice."""
PATIENCE = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": str(WAIT),
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0",
    "MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER": "false",
}
"""MLflow's settings while we call it, where nobody chose others: a server that is away is told of within a minute."""
_PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}
_QUIET = {
    "alembic": logging.WARNING,
    "mlflow.store.db.utils": logging.ERROR,
    "mlflow.tracking.fluent": logging.WARNING,
    "mlflow.store.model_registry": logging.WARNING,
    "urllib3.connectionpool": logging.ERROR,
}


class TrackingError(SuasionError):
    """MLflow could not be reached, or would not take the run; the model is on disk all the same."""


def load_mlflow() -> None:
    """Load MLflow, which ends there where whoever runs it has no home; raises TrackingError when it cannot be loaded."""
    try:
        import_module("mlflow")
    except Exception as error:  # it reads and makes files as it is loaded: whatever that comes upon
        home = "" if os.environ.get("HOME") else " Set HOME to a folder."
        raise TrackingError(f"MLflow cannot be loaded: {_reason(error)}.{home}") from error


@contextmanager
def talking_to(uri: str) -> Iterator[None]:
    """Hold what a conversation with MLflow at an address needs, and leave nothing of it behind.

    Raises TrackingError for whatever goes wrong meanwhile: a run that cannot be written must not cost the model.
    """
    with ExitStack() as stack:
        stack.enter_context(_quiet())
        for name in PATIENCE.keys() - os.environ.keys():
            os.environ[name] = PATIENCE[name]
            stack.callback(os.environ.pop, name, None)
        try:
            if uri.startswith("sqlite:///"):
                file = Path(uri.removeprefix("sqlite:///"))
                file.parent.mkdir(parents=True, exist_ok=True)
                # Several that make one file at once run into one another's migrations.
                stack.enter_context(held(file.parent))
            _knock(uri)
            if not uri.startswith(("http://", "https://", "databricks", "file:")):
                import mlflow.store.db.utils as databases

                stack.callback(setattr, databases, "MAX_RETRY_COUNT", databases.MAX_RETRY_COUNT)
                databases.MAX_RETRY_COUNT = 3
            yield
        except Exception as error:
            raise TrackingError(
                f"MLflow at {uri.rpartition('@')[2]} cannot be used: {_reason(error)}."
            ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    before = {name: logging.getLogger(name).level for name in _QUIET}
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def _knock(uri: str) -> None:
    """Reach for the machine of a database: drivers wait for minutes, and MLflow asks them again and again."""
    place = urlsplit(uri)
    port = _PORTS.get(place.scheme.partition("+")[0])
    if port is not None and place.hostname:
        socket.create_connection((place.hostname, place.port or port), WAIT).close()


def _reason(error: BaseException) -> str:
    """Return the innermost cause in a line."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    text = f"{type(error).__name__}: {' '.join(str(error).split()).rstrip('.')}"
    return text if len(text) <= 200 else f"{text[:200]}…"
