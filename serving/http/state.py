"""What all routes share: the engine of the moment, the threads that work, and how one engine takes another's place."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from suasion.features.errors import SuasionError
from suasion.serving.loaded import Engine, EngineClosedError
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.ranking import Board

from .keys import Keys
from .limits import WRONG_KEYS, Limits, Metrics, PerMinute, Refused
from .remembered import Kept

T = TypeVar("T")
WORKERS = 2


class Service:
    """What the routes share: the engine of the moment, the threads that work, the counters."""

    def __init__(
        self, build: Callable[[], Engine], limits: Limits, keys: Keys | None, kept: Kept | None = None
    ) -> None:
        self._build = build
        self.kept = kept or Kept()
        self.limits, self.keys, self.metrics = limits, keys, Metrics()
        self.wrong_keys = PerMinute(WRONG_KEYS, "wrong keys")
        self.engine: Engine | None = None
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="suasion")
        self._waiting = 0
        self._reloading = threading.Lock()

    def start(self) -> None:
        """Open data and model."""
        self.engine = self._build()

    def stop(self) -> None:
        """Close data and model after the work at hand."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        if self.engine is not None:
            self.engine.close()
            self.engine = None
        self.kept.close()

    def ready(self) -> Engine:
        """Return the engine; raises Refused while it is not open, or still shows who opted out meanwhile: it is then opened anew."""
        if self.engine is None:
            raise Refused(503, "Data and model are not open yet.", again=5)
        if self.engine.outdated:
            if not self._reloading.locked():
                threading.Thread(target=self._renew, daemon=True).start()
            raise Refused(503, "The opt-out list has changed; the data is opened anew.", again=5)
        return self.engine

    def _renew(self) -> None:
        with suppress(SuasionError):  # told by the next who asks, and tried again
            self.reload()

    def lease(self) -> Engine:
        """Return the engine, leased: it stays open until :meth:`Engine.__exit__`, whatever a reload puts in its place meanwhile.

        Raises Refused while none is open.
        """
        while True:
            engine = self.ready()
            try:
                return engine.__enter__()
            except EngineClosedError:
                if engine is self.engine:  # closed, and none in its place: the service ends
                    raise Refused(503, "The service is stopping.") from None

    def reload(self) -> str:
        """Open data and model anew, put them in place of the old, and read the keys again; return the model's identity.

        Raises SuasionError when they cannot be opened; the old ones stay.
        """
        with self._reloading:
            try:
                if self.keys is not None:
                    self.keys.refresh()
                engine = self._build()
            except SuasionError:
                self.metrics.reloads.labels("refused").inc()
                raise
            old, self.engine = self.engine, engine
            if old is not None:
                old.close()
            self.metrics.reloads.labels("done").inc()
            return engine.bundle.identity

    async def work(self, job: Callable[[Engine], T]) -> T:
        """Do a job in a thread, with an engine that stays open meanwhile.

        Raises Refused when too many wait, or it takes too long: it then goes on, and who asks again finds it done.
        """
        self.ready()
        if self._waiting >= self.limits.waiting:
            raise Refused(503, "Too much is asked at once; ask again soon.", again=2)

        engine = self.lease()  # from now on, not only when a thread is free

        def run() -> T:
            with engine:  # whatever becomes of who waits for it
                return job(engine)

        self._waiting += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, run)

        def done(_: object) -> None:
            self._waiting -= 1
            engine.__exit__()

        future.add_done_callback(done)
        try:
            return await asyncio.wait_for(asyncio.shield(future), self.limits.seconds)
        except TimeoutError:
            future.add_done_callback(lambda future_done: future_done.cancelled() or future_done.exception())
            said = f"This takes longer than {self.limits.seconds:g} s and goes on; ask the same again."
            raise Refused(503, said, again=5) from None

    async def board(self, ask: Ask) -> tuple[Engine, Board]:
        """Return the answer to a question, at once where it is known."""
        engine = self.ready()
        board = engine.cached(ask)
        if board is None:
            board = await self.work(lambda engine: engine.board(ask))
            self.metrics.scored.labels("stored").inc(len(board))
        return engine, board
