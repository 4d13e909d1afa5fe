"""A reload between two steps of a request: what is about to be used is never closed."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest

from suasion.features.privacy.forget import forget
from suasion.serving.http.limits import Limits, Refused
from suasion.serving.http.state import Service
from suasion.serving.loaded import Engine, EngineClosedError

from .quick import opened, write


def test_what_a_reload_closes_between_asking_for_it_and_leasing_it_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(write(tmp_path)) as first, opened(tmp_path) as second:
        engines = iter([first, second])
        service = Service(lambda: next(engines), Limits(), None)
        service.start()
        ready, asked = service.ready, []

        def overtaken() -> Engine:
            engine = ready()
            asked.append(engine)
            if len(asked) == 2:  # the first is to see that there is one, the second to lease it
                service.reload()
            return engine

        monkeypatch.setattr(service, "ready", overtaken)
        used = asyncio.run(service.work(lambda engine: (engine, engine.tables.sql("SELECT 1").fetchall())))
        assert used == (second, [(1,)])
        assert asked == [first, first, second]
        with pytest.raises(EngineClosedError):
            first.__enter__()
        assert not first.tables.folder.exists()
        service.stop()


def test_what_is_leased_before_a_reload_stays_open_until_it_ends(tmp_path: Path) -> None:
    with opened(write(tmp_path)) as first, opened(tmp_path) as second:
        engines = iter([first, second])
        service = Service(lambda: next(engines), Limits(), None)
        service.start()

        def job(engine: Engine) -> list[tuple[int]]:
            service.reload()
            with engine:  # a second lease of what is about to close
                return engine.tables.sql("SELECT 1").fetchall()

        assert asyncio.run(service.work(job)) == [(1,)]
        assert not first.tables.folder.exists()
        assert second.tables.folder.exists()
        service.stop()


def test_an_engine_closes_once(tmp_path: Path) -> None:
    with opened(write(tmp_path)) as engine:
        closed = []
        engine._stack = SimpleNamespace(close=lambda: closed.append(1))  # type: ignore[assignment]
        with engine, engine:
            engine.close()
            engine.close()
            assert closed == []
        engine.close()
        assert closed == [1]


def test_a_service_that_stops_says_so(tmp_path: Path) -> None:
    with opened(write(tmp_path)) as engine:
        service = Service(lambda: engine, Limits(), None)
        service.start()
        engine.close()
        with pytest.raises(Refused, match="stopping"):
            service.lease()


def test_who_is_forgotten_is_not_shown_by_a_service_that_runs(tmp_path: Path) -> None:
    with ExitStack() as stack:
        write(tmp_path)
        service = Service(lambda: stack.enter_context(opened(tmp_path)), Limits(), None)
        service.start()
        first = service.ready()
        assert first.handles == {"i01": "Anna"}
        forget(tmp_path, ["i01"])
        with pytest.raises(Refused, match="opt-out list has changed") as refused:
            service.lease()
        assert (refused.value.status, refused.value.headers) == (503, {"retry-after": "5"})
        until = time.monotonic() + 60
        while first.tables.folder.exists() and time.monotonic() < until:
            time.sleep(0.01)  # the new one takes its place, and it closes
        assert service.ready().handles == {}
        service.stop()
