"""What a service keeps in memory and for how long, and how its threads and its reload go: without a model trained."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from suasion.features.errors import EmptyTableError, InputError, NotFoundError
from suasion.serving import loaded as module
from suasion.serving.http.limits import Limits, Refused
from suasion.serving.http.state import Service
from suasion.serving.loaded import Engine, name_of
from suasion.serving.scoring.activity import Activity
from suasion.serving.scoring.candidates import Ask

from .quick import MODEL, opened, write

MICRO = timedelta(microseconds=1)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with opened(write(tmp_path)) as found:
        yield found


def moments(engine: Engine, *found: datetime) -> list[bool]:
    told = []
    for moment in found:
        try:
            engine.check_moment(Ask(brief="x", as_of=moment))
            told.append(True)
        except NotFoundError:
            told.append(False)
    return told


def test_a_moment_lies_within_a_year_of_what_is_known(engine: Engine) -> None:
    # The first decision is of 2023-01-01, the last row was known on 2023-05-01.
    first, last = datetime(2021, 12, 31), datetime(2024, 5, 1) + MICRO
    assert moments(engine, first - MICRO, first, last, last + MICRO) == [False, True, True, False]
    engine.check_moment(Ask(brief="x"))
    with pytest.raises(NotFoundError, match="Nothing is known at 2019-01-02; a moment of decision can lie from 2021-12-31 to 2024-05-01"):  # fmt: skip
        engine.board(Ask(brief="x", as_of=datetime(2019, 1, 2)))
    with pytest.raises(NotFoundError, match="Nothing is known"):
        engine.activity(Ask(brief="x", as_of=datetime(2019, 1, 2)), Activity([{"influencer_id": "a"}]))


def test_a_campaign_that_is_planned_later_makes_its_own_moment_one(tmp_path: Path) -> None:
    write(tmp_path)
    with (tmp_path / "campaigns.csv").open("a") as file:
        file.write("\nc99,b,k,x,2025-01-01,2025-02-01,2023-04-01\n")
    with opened(tmp_path) as engine:
        last = datetime(2026, 1, 2)
        assert moments(engine, last, last + MICRO) == [True, False]


def test_evidence_and_rows_that_came_along_are_read_by_the_model_in_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The earlier model stands beside it only to compare scores with."""
    now, earlier = (
        SimpleNamespace(score_activity=lambda *_, name=name: (name, None)) for name in ("now", "earlier")
    )
    engine = object.__new__(Engine)
    engine.sessions = (now, earlier)  # type: ignore[assignment]
    monkeypatch.setattr(module, "evidence", lambda session, *_: session)
    monkeypatch.setattr(module, "Board", lambda ask, scored, *_: scored)
    monkeypatch.setattr(Engine, "check_moment", lambda *_: None)
    board = SimpleNamespace(scored=SimpleNamespace(place=lambda who: 0), ids=["a"], moments=np.array(["2024-01-01"], "datetime64[us]"), ask=None)  # fmt: skip
    assert engine.evidence(board, "a") is now  # type: ignore[arg-type, comparison-overlap]
    assert engine.activity(Ask(brief="x"), Activity([])) == ("now", None)


class Counted:
    """A board with as many rows as it is told."""

    rows = 1

    def __init__(self, ask: Ask, *_: object) -> None:
        self.ask, self.many = ask, self.rows
        self.prepared = 0
        self.explainer = SimpleNamespace(prepare=self.prepare)

    def prepare(self) -> None:
        self.prepared += 1

    def __len__(self) -> int:
        return self.many


def asks(many: int) -> list[Ask]:
    return [Ask(brief=f"brief {number}") for number in range(many)]


def test_thirty_two_boards_are_kept_and_the_one_longest_unread_goes(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "Board", Counted)
    told = asks(33)
    for one in told[:32]:
        engine.board(one)
    assert all(engine.cached(one) is not None for one in told[:32])
    first = engine.board(told[0])
    assert first.prepared == 1, "worked out once"  # type: ignore[attr-defined]
    engine.board(told[32])
    assert engine.cached(told[0]) is first, "it was read again"
    assert engine.cached(told[1]) is None
    assert sum(engine.cached(one) is not None for one in told) == 32
    assert len(engine.sessions[0].asked) == 33  # type: ignore[attr-defined]
    assert engine._making == {}


@pytest.mark.parametrize(
    ("rows", "kept"), [(200_000, 2), (200_001, 1), (100_000, 4), (400_000, 1), (500_000, 1)]
)
def test_four_hundred_thousand_rows_are_kept_but_always_the_last_board(
    rows: int, kept: int, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "Board", Counted)
    monkeypatch.setattr(Counted, "rows", rows)
    told = asks(5)
    for one in told:
        engine.board(one)
    assert [engine.cached(one) is not None for one in told] == [False] * (5 - kept) + [True] * kept


def test_who_cannot_be_answered_leaves_nothing_behind(engine: Engine) -> None:
    with pytest.raises(NotFoundError):
        engine.board(Ask(campaign="none"))
    assert engine._making == {}
    assert engine.cached(Ask(campaign="none")) is None
    assert engine.cached(Ask(campaign="c03")) is None
    assert engine.board(Ask(campaign="c03")) is engine.cached(Ask(campaign="c03"))
    assert engine.cached(Ask(campaign="c03"), 1) is None, "of the earlier model"


def test_the_same_question_has_the_same_name() -> None:
    offer = {"fee": 1.0, "exposure": 2.0}
    one = name_of(Ask(campaign="c", offer=offer))
    assert one == name_of(Ask(campaign="c", offer=dict(reversed(offer.items()))))
    assert len(one) == 20
    other = [Ask(campaign="d", offer=offer), Ask(campaign="c"), Ask(brief="c", offer=offer), Ask(campaign="c", offer=offer, as_of=datetime(2024, 1, 1))]  # fmt: skip
    assert len({one, *map(name_of, other)}) == 5


def test_rows_that_came_along_make_a_board_that_is_not_kept(engine: Engine) -> None:
    board, unfilled = engine.activity(Ask(brief="x"), Activity([{"influencer_id": "a"}]))
    assert (board.name, board.ids.tolist(), unfilled.set_aside[0].row) == ("activity", ["high", "low"], 3)
    assert engine.cached(Ask(brief="x")) is None


def test_it_closes_with_the_last_lease_and_not_before(tmp_path: Path) -> None:
    with opened(write(tmp_path)) as engine:
        folder = engine.tables.folder
        with engine:
            with engine:
                engine.close()
            assert folder.exists()
        assert not folder.exists()
    with opened(tmp_path) as engine:
        with engine:
            pass
        assert engine.tables.folder.exists(), "nobody closed it"


def test_what_was_opened_is_closed_where_the_rest_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[bool] = []

    @contextmanager
    def tables(*_: object, **__: object) -> Iterator[None]:
        try:
            yield None
        finally:
            closed.append(True)

    monkeypatch.setattr(module, "load", lambda *_, **__: MODEL)
    monkeypatch.setattr(module, "open_tables", tables)

    def broken(*_: object) -> None:
        raise InputError("broken")

    monkeypatch.setattr(module, "Session", broken)
    with pytest.raises(InputError, match="broken"):
        Engine(tmp_path, "model")
    assert closed == [True]


def test_a_review_is_worked_out_once_and_so_is_that_there_is_none(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    models: list[object] = []

    def few(tables: object, bundle: object, **_: object) -> None:
        models.append(bundle)
        raise EmptyTableError("Too few came.")

    monkeypatch.setattr(module, "review", few)
    for _ in range(2):
        with pytest.raises(NotFoundError, match="Too few came"):
            engine.review()
    assert models == [MODEL]
    engine._review = None
    monkeypatch.setattr(module, "review", lambda *_, **__: models.append(1) or SimpleNamespace(outcomes=21))
    assert engine.review().outcomes == 21
    assert engine.review() is engine.review()
    assert models == [MODEL, 1]


# -- threads ----------------------------------------------------------------------------------------------------------


class Leased:
    """An engine that counts its leases."""

    outdated = False

    def __init__(self, identity: str = "x") -> None:
        self.leases = self.most = self.closed = 0
        self.bundle = SimpleNamespace(identity=identity)
        self.lock = threading.Lock()

    def __enter__(self) -> Leased:
        with self.lock:
            self.leases += 1
            self.most = max(self.most, self.leases)
        return self

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.leases -= 1

    def close(self) -> None:
        self.closed += 1


def service(engine: Any, keys: Any = None, **limits: Any) -> Service:
    found = Service(lambda: engine, Limits(**limits), keys)
    found.start()
    return found


def test_work_is_done_with_an_engine_that_is_leased_meanwhile() -> None:
    engine = Leased()
    told = service(engine)

    async def ask() -> int:
        found = await told.work(lambda one: one.leases)  # type: ignore[attr-defined]
        await asyncio.sleep(0.01)
        assert told._waiting == 0
        return found

    assert asyncio.run(ask()) == 2, "from the moment of the question, and in the thread"
    assert engine.leases == 0


def test_two_work_at_once_and_more_wait() -> None:
    told, lock = service(Leased()), threading.Lock()
    now, most = [0], [0]
    both = threading.Barrier(2)

    def job(_: object) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        both.wait(5)
        with lock:
            now[0] -= 1

    async def ask() -> None:
        await asyncio.gather(*(told.work(job) for _ in range(4)))

    asyncio.run(ask())
    assert most[0] == 2


@pytest.mark.parametrize(("asked", "refused"), [(3, 0), (4, 1)])
def test_so_many_may_wait_and_no_more(asked: int, refused: int) -> None:
    told, go = service(Leased(), waiting=3), threading.Event()

    async def ask() -> list[Any]:
        jobs = [asyncio.ensure_future(told.work(lambda _: go.wait(5))) for _ in range(asked)]
        await asyncio.sleep(0.02)
        go.set()
        return await asyncio.gather(*jobs, return_exceptions=True)

    found = [one for one in asyncio.run(ask()) if isinstance(one, Refused)]
    assert len(found) == refused
    for one in found:
        assert (one.status, one.headers) == (503, {"retry-after": "2"})
        assert "Too much is asked at once" in one.detail


def test_what_takes_too_long_goes_on_and_is_then_there() -> None:
    engine, go = Leased(), threading.Event()
    told, done = service(engine, seconds=0.05), threading.Event()

    def job(_: object) -> None:
        go.wait(5)
        done.set()
        raise InputError("nobody listens any more")

    async def ask() -> Refused:
        try:
            await told.work(job)
        except Refused as error:
            assert (engine.leases, told._waiting) == (2, 1), "it goes on"
            go.set()
            assert await asyncio.get_running_loop().run_in_executor(None, done.wait, 5)
            await asyncio.sleep(0.02)
            return error
        raise AssertionError

    error = asyncio.run(ask())
    assert (error.status, error.headers) == (503, {"retry-after": "5"})
    assert error.detail == "This takes longer than 0.05 s and goes on; ask the same again."
    assert (engine.leases, told._waiting) == (0, 0)


def test_what_still_waits_when_the_service_stops_is_left_without_a_word() -> None:
    engine, go = Leased(), threading.Event()
    told, troubles = service(engine, seconds=0.05), list[Any]()

    async def ask() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, trouble: troubles.append(trouble))
        jobs = (told.work(lambda _: go.wait(5)) for _ in range(3))
        assert all(isinstance(one, Refused) for one in await asyncio.gather(*jobs, return_exceptions=True))
        stopped = loop.run_in_executor(None, told.stop)
        await asyncio.sleep(0.05)
        go.set()
        await stopped
        await asyncio.sleep(0.02)

    asyncio.run(ask())
    assert troubles == []
    assert (engine.leases, told._waiting) == (0, 0)


def test_what_goes_wrong_in_a_thread_goes_wrong_for_who_asked() -> None:
    engine = Leased()

    def broken(_: object) -> None:
        raise InputError("broken")

    async def ask() -> None:
        await service(engine).work(broken)

    with pytest.raises(InputError, match="broken"):
        asyncio.run(ask())


def test_before_it_is_open_and_after_it_stopped_nothing_is_answered() -> None:
    engine = Leased()
    told = Service(lambda: engine, Limits(), None)  # type: ignore[arg-type, return-value]
    with pytest.raises(Refused) as error:
        told.ready()
    assert (error.value.status, error.value.headers) == (503, {"retry-after": "5"})
    told.start()
    assert told.ready() is engine
    told.stop()
    assert (engine.closed, told.engine) == (1, None)
    with pytest.raises(RuntimeError):
        told._pool.submit(print)
    Service(lambda: engine, Limits(), None).stop()  # type: ignore[arg-type, return-value]


def test_it_stops_after_the_work_at_hand_and_drops_what_only_waits() -> None:
    told, go, begun = service(Leased()), threading.Event(), threading.Event()
    done: list[int] = []

    def job() -> None:
        begun.set()
        go.wait(5)
        done.append(1)

    for _ in range(2):
        told._pool.submit(job)
    waiting = told._pool.submit(done.append, 2)
    assert begun.wait(5)
    timer = threading.Timer(0.05, go.set)
    timer.start()
    told.stop()
    assert done == [1, 1]
    assert waiting.cancelled()


def counted(told: Service, result: str) -> float:
    found: float = told.metrics.reloads.labels(result)._value.get()
    return found


def test_a_reload_takes_the_place_of_the_old_only_where_it_can() -> None:
    old, new = Leased("old"), Leased("new")
    refreshed: list[int] = []
    told = service(old, SimpleNamespace(refresh=lambda: refreshed.append(1)))
    told._build = lambda: new  # type: ignore[assignment, return-value]
    assert told.reload() == "new"
    assert (told.engine, old.closed, new.closed, refreshed) == (new, 1, 0, [1])
    assert (counted(told, "done"), counted(told, "refused")) == (1, 0)

    def broken() -> None:
        raise InputError("broken")

    told._build = broken  # type: ignore[assignment]
    with pytest.raises(InputError, match="broken"):
        told.reload()
    assert (told.engine, new.closed) == (new, 0)
    told._build, told.keys = (lambda: old), SimpleNamespace(refresh=broken)  # type: ignore[assignment, return-value]
    with pytest.raises(InputError, match="broken"):
        told.reload()
    assert (told.engine, new.closed) == (new, 0)
    assert (counted(told, "done"), counted(told, "refused")) == (1, 2)
    first = Service(lambda: old, Limits(), None)  # type: ignore[arg-type, return-value]
    assert first.reload() == "old", "where nothing was open before"
