"""What a service holds in memory: the data and a model, opened once, and the boards that were asked for."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from suasion.features.errors import EmptyTableError, NotFoundError
from suasion.features.privacy.optout import state_of_lists
from suasion.features.tables.open import open_tables
from suasion.serving.explaining.evidence import Evidence, evidence, followings
from suasion.serving.explaining.score_change import Change, check_two, compare_scores
from suasion.serving.scoring.activity import Activity, Unfilled
from suasion.serving.scoring.campaigns import read_accounts, read_campaigns, read_handles, read_told
from suasion.serving.scoring.candidates import Ask, last_moment
from suasion.serving.scoring.finished import Finished, finished
from suasion.serving.scoring.plan.limits import Limits
from suasion.serving.scoring.ranking import Board
from suasion.serving.scoring.score import Scored, Session, with_plan
from suasion.serving.scoring.search import Names, read_names
from suasion.training.bundle.folder import load
from suasion.training.evaluation.review import Review, review

MOST_BOARDS, MOST_ROWS = 32, 400_000
MOST_MARKED = 2_000
"""Candidates of a board whose followings are judged for its list."""
AHEAD = timedelta(days=366)
"""How far past the data's end a moment of decision may lie."""


class EngineClosedError(Exception):
    """An engine that is closed was asked for."""


class Engine:
    """Data and a model behind a service, and perhaps a ``previous`` model, to say why scores changed; questions may come from several threads."""

    def __init__(
        self,
        data: str | Path,
        model: str | Path,
        previous: str | Path | None = None,
        *,
        memory_limit: str | None = None,
    ) -> None:
        self.data, self._lists = data, state_of_lists(data)
        with ExitStack() as stack:  # closes what was opened if what follows fails
            bundle = load(model)
            before = load(previous) if previous else None
            tables = stack.enter_context(open_tables(data, memory_limit=memory_limit))
            self.sessions = [Session(tables, bundle)]
            if before is not None:
                self.sessions.append(Session(tables, before))
            self.tables = self.sessions[0].tables  # outcomes of other goals are none
            for session in self.sessions:
                _ = session.history  # worked out at start, not by whoever asks first
            self.campaigns = read_campaigns(self.tables)
            self.told = read_told(self.tables)
            self.span = self._read_span()
            self.handles = read_handles(self.tables)
            self.accounts = read_accounts(self.tables)
            self.simulated = (Path(data) / "truth").is_dir()
            """Whether nobody in the data is real: only ``suasion simulate`` knows the truth."""
            self._stack = stack.pop_all()
        self.bundle = bundle
        self._boards: OrderedDict[tuple[str, int], Board] = OrderedDict()
        self._making: dict[tuple[str, int], threading.Lock] = {}
        self._lock = threading.Lock()
        self._leases = 0
        self._closing = self._closed = False
        self._review: Review | str | None = None
        self._reviewing = threading.Lock()
        self._finished: dict[str, Finished | None] = {}

    @cached_property
    def everybody(self) -> Names:
        """Everybody who is registered, by whatever they are called."""
        with self.tables.lock:
            return Names(self.accounts, self.tables.people, read_names(self.tables))

    @property
    def outdated(self) -> bool:
        """Whether somebody opted out, or was forgotten, since the data was opened."""
        return state_of_lists(self.data) != self._lists

    def __enter__(self) -> Engine:
        """Lease the engine: it stays open until the lease ends, even if another takes its place.

        Raises EngineClosedError when it was closed before: ask for the one in its place.
        """
        with self._lock:
            if self._closed:
                raise EngineClosedError
            self._leases += 1
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._leases -= 1
            self._close_if_idle()

    def close(self) -> None:
        """Close data and model when the last lease has ended."""
        with self._lock:
            self._closing = True
            self._close_if_idle()

    def _close_if_idle(self) -> None:
        if self._closing and self._leases == 0 and not self._closed:
            self._closed = True
            self._stack.close()

    def _read_span(self) -> tuple[datetime, datetime]:
        row = self.tables.sql(
            f"SELECT (SELECT min(decided_at) FROM outcomes), ({last_moment(self.tables)}), (SELECT max(starts_at) FROM campaigns)"
        ).fetchone()
        assert row is not None
        return row[0] - AHEAD, max(row[1], row[2]) + AHEAD

    def cached(self, ask: Ask, which: int = 0) -> Board | None:
        """Return the board if it is there already."""
        return self._boards.get((name_of(ask), which))

    def board(self, ask: Ask, which: int = 0) -> Board:
        """Return the answer to a question, worked out once; ``which`` 1 asks the earlier model."""
        name = name_of(ask)
        key = (name, which)
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        try:
            with making:  # who asks the same meanwhile waits for the one answer
                board = self._boards.get(key)
                if board is None:
                    self.check_moment(ask)
                    board = Board(ask, self.sessions[which].score(ask), name, self.handles)
                    board.explainer.prepare()  # here, in a thread, and not where requests are answered
                    with self._lock:
                        self._boards[key] = board
                        while len(self._boards) > 1 and (
                            len(self._boards) > MOST_BOARDS
                            or sum(map(len, self._boards.values())) > MOST_ROWS
                        ):
                            self._boards.popitem(last=False)
        finally:
            with self._lock:
                self._making.pop(key, None)
        with self._lock:
            if key in self._boards:
                self._boards.move_to_end(key)
        return board

    def plan(self, ask: Ask) -> Scored:
        """Return the scores with the plan that a question asks for; they are worked out once, whatever is planned with them."""
        scores = replace(ask, budget=None, target=None, value=None, limits=Limits(), seen=None, explore=0)
        board = self.board(scores)
        with self.tables.scratch() as tables:
            return with_plan(board.scored, ask, tables)

    def check_moment(self, ask: Ask) -> None:
        """Refuse a moment of decision about which the data knows nothing."""
        first, last = self.span
        if ask.as_of is not None and not first <= ask.as_of <= last:
            raise NotFoundError(
                f"Nothing is known at {ask.as_of:%Y-%m-%d}; a moment of decision can lie from {first:%Y-%m-%d} to {last:%Y-%m-%d}.",
                field="as_of",
                given=ask.as_of,
                allowed=f"{first:%Y-%m-%d} to {last:%Y-%m-%d}",
            )

    def activity(self, ask: Ask, rows: Activity) -> tuple[Board, Unfilled]:
        """Score people by rows that came with the question."""
        self.check_moment(ask)
        scored, unfilled = self.sessions[0].score_activity(ask, rows)
        return Board(ask, scored, "activity", {}), unfilled

    def evidence(self, board: Board, influencer: str) -> Evidence:
        """Return what stands behind one candidate of a board."""
        row = board.scored.place(influencer)
        return evidence(self.sessions[0], board.ask, str(board.ids[row]), board.moments[row].item())

    def mark(self, board: Board) -> None:
        """Judge the following of all candidates of a board, once; of very many it would take too long."""
        if board.followings is None:
            moments = {str(who): at.item() for who, at in zip(board.ids, board.moments, strict=True)}
            with self.tables.scratch() as tables:
                board.followings = followings(tables, moments if len(board) <= MOST_MARKED else {})

    def change(self, before: Ask, after: Ask, influencer: str, *, models: bool) -> Change:
        """Compare two scorings of an influencer: two moments, and with ``models`` the earlier model with this one."""
        if not models:
            check_two(before, after)
        if models and len(self.sessions) < 2:
            raise NotFoundError(
                "There is no earlier model: start the service with --previous.",
                field="models",
                given=True,
                allowed="false, without an earlier model",
            )
        return compare_scores(
            self.tables,
            lambda later, ask: self.board(ask, 1 - later),
            (before, after),
            influencer,
            models=models,
        )

    def finished(self, campaign: str) -> Finished | None:
        """Return what was forecast of a campaign and what came, worked out once; None where nothing is known to have come."""
        with self.tables.lock:
            if campaign not in self._finished:
                self._finished[campaign] = finished(self.sessions[0], campaign)
            return self._finished[campaign]

    def review(self) -> Review:
        """Compare what the model promised with the outcomes known since, worked out once."""
        session = self.sessions[0]
        with self._reviewing:  # a lock of its own: it takes long, and others are answered meanwhile
            if self._review is None:
                try:
                    with session.tables.scratch() as tables:
                        prepared = replace(session.prepared, tables=tables)
                        self._review = review(tables, self.bundle, prepared=prepared, history=session.history)
                except EmptyTableError as error:
                    self._review = str(error)
            if isinstance(self._review, str):
                raise NotFoundError(self._review)
            return self._review


def name_of(ask: Ask) -> str:
    """Return a short name of a question that is the same for the same question."""
    fields: dict[str, object] = {**vars(ask), "offer": dict(ask.offer)}
    return hashlib.sha256(json.dumps(fields, sort_keys=True, default=str).encode()).hexdigest()[:20]
