"""A whole service over small files and a made-up model, for tests of what it answers that need no training."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from suasion.features.engine.matrix import Prepared
from suasion.features.errors import NotFoundError
from suasion.serving import loaded as module
from suasion.serving.explaining.evidence import Evidence
from suasion.serving.http.api import create_app
from suasion.serving.http.keys import Keys
from suasion.serving.http.limits import Guard, Limits
from suasion.serving.http.state import Service
from suasion.serving.loaded import Engine
from suasion.serving.scoring.activity import Activity, SetAside, Unfilled
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.score import Scored

from . import made

POSTS = made.record("frequency__posts__30d")
MODEL = replace(made.bundle({POSTS: 0.5}, people=["secret"], seen=["secret"]), identity="b" * 64)
EARLIER = replace(made.bundle({POSTS: 0.25}), identity="a" * 64)
CANDIDATES = 60
"""More than a page."""
CAMPAIGNS = 55
"""More than a page."""
AT = datetime(2023, 6, 1)


def name(number: int) -> str:
    """Return the id of the candidate ranked at a place, from 0."""
    return f"i{number:02d}"


def write(folder: Path) -> Path:
    """Write 55 campaigns, c00 to c54, a day apart, of which c03 has two candidates and c01 one."""
    lines = [f"c{n:02d},brand {n},beer,brief {n},2023-{1 + n // 28:02d}-{1 + n % 28:02d},2023-04-01," for n in range(CAMPAIGNS)]  # fmt: skip
    tables = {
        "campaigns": "campaign_id,brand,category,brief,starts_at,ends_at,known_at\n" + "\n".join(lines),
        "outcomes": "campaign_id,influencer_id,decided_at,exposure,conversions,known_at\nc00,i00,2023-01-01,1,3,2023-05-01\n",
        "candidates": "campaign_id,influencer_id\nc03,i00\nc03,i01\nc01,i00\n",
        "influencers": "influencer_id,handle,created_at\ni01,Anna,2020-01-01\n",
    }
    for table, text in tables.items():
        (folder / f"{table}.csv").write_text(text)
    return folder


class QuickSession:
    """Scores 60 people by a number that nobody has to build: i00 is the best."""

    history = None
    currency = ""

    def __init__(self, tables: Any, bundle: Any) -> None:
        self.tables, self.bundle = tables, bundle
        self.prepared = Prepared(tables, texts=None, queries={})
        self.asked: list[Ask] = []

    def score(self, ask: Ask) -> Scored:
        self.asked.append(ask)
        if ask.campaign not in (None, "c01", "c03", "a/b"):
            raise NotFoundError(f"There is no campaign {ask.campaign!r}.")
        ids = [name(number) for number in range(CANDIDATES)]
        values = {POSTS.column: [float(CANDIDATES - number) for number in range(CANDIDATES)]}
        scored = made.scored(self.bundle, values, ids=ids, as_of=ask.as_of or AT, notes=["A note."])
        scored.scores["campaign_id"] = ask.campaign or "brief"
        scored = replace(scored, currency=self.currency)
        return replace(scored, banner=("Read this as a ranking only.",), handles=(("Anna", "i01"),))

    def score_activity(self, ask: Ask, activity: Activity) -> tuple[Scored, Unfilled]:
        scored = made.scored(self.bundle, {POSTS.column: [1.0, 2.0]}, ids=["low", "high"])
        return scored, Unfilled({"momentum__x": "needs audience"}, (SetAside("posts", 3, "no"),))


class PricedSession(QuickSession):
    """The same people, with fees and followers: i00 to i59 ask 100, 200 … 6,000, and who asks more is followed more."""

    def score(self, ask: Ask) -> Scored:
        scored = super().score(ask)
        fee = 100.0 * np.arange(1, CANDIDATES + 1)
        expected = scored.scores["expected_conversions"].to_numpy()
        return replace(
            scored,
            scores=scored.scores.assign(fee=fee, cost_per_conversion=fee / expected),
            features=scored.features.assign(momentum__followers=10.0 * fee),
        )


@contextlib.contextmanager
def opened(
    folder: Path, previous: bool = False, session: type[QuickSession] = QuickSession
) -> Iterator[Engine]:
    """Open an engine over the files of a folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "load", lambda path, space=None: EARLIER if path == "earlier" else MODEL)
        patch.setattr(module, "Session", session)
        patch.setattr(module, "evidence", lambda *_: Evidence("", (), ()))
        engine = Engine(folder, "model", "earlier" if previous else None)
        yield engine
        engine.close()


def serve(engine: Engine, limits: Limits | None = None, keys: Keys | None = None) -> tuple[Guard, Service]:
    """Return the service as an application, started, and what its routes share."""
    limits = limits or Limits(per_minute=0)
    app = create_app(lambda: engine, limits=limits, keys=keys)
    service: Service = app.app.state.service  # type: ignore[attr-defined]
    service.start()
    return app, service


def ask(
    app: Guard,
    method: str,
    path: str,
    *,
    base: str = "http://localhost",
    headers: Mapping[str, str] | None = None,
    **options: Any,
) -> httpx.Response:
    """Ask an application for one answer, without a socket."""

    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return await client.request(method, path, headers=headers, **options)

    return asyncio.run(answer())
