"""The service: a reload drops nothing, what is worked out once, and how the command starts and stops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from suasion.features.errors import BundleError, InputError
from suasion.serving.http.api import create_app
from suasion.serving.http.limits import Limits
from suasion.serving.loaded import Engine
from suasion.serving.scoring.activity import Activity
from suasion.serving.scoring.candidates import Ask

from .conftest import Served
from .service import CAMPAIGN, is_problem


def test_a_reload_drops_no_request_and_a_damaged_model_changes_nothing(
    world: Path, trained, earlier: Path, tmp_path: Path
) -> None:
    import shutil

    model = tmp_path / "model"
    shutil.copytree(trained[1], model)
    answers: list[tuple[int, str]] = []
    stop = threading.Event()

    def ask(url: str) -> None:
        with httpx.Client(base_url=url, timeout=60) as client:
            while not stop.is_set():
                told = client.get(f"/v1/campaigns/{CAMPAIGN}/scores", params={"limit": 3})
                answers.append((told.status_code, told.json()["model"]))

    with Served(create_app(lambda: Engine(world, model), limits=Limits(per_minute=0))) as served:
        threads = [threading.Thread(target=ask, args=(served.url,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        old = httpx.get(f"{served.url}/version").json()["model"]
        (model / "trees.txt").write_text("tree\n") if (model / "trees.txt").exists() else (
            model / "space.npz"
        ).write_bytes(b"")
        is_problem(
            httpx.post(f"{served.url}/v1/reload", timeout=120), 422, "is not the file that training wrote"
        )
        assert httpx.get(f"{served.url}/version").json()["model"] == old
        shutil.rmtree(model)
        shutil.copytree(earlier, model)
        new = httpx.post(f"{served.url}/v1/reload", timeout=120).raise_for_status().json()["model"]
        assert new != old
        time.sleep(1.0)
        stop.set()
        for thread in threads:
            thread.join(60)
        text = httpx.get(f"{served.url}/metrics").text
    assert {status for status, _ in answers} == {200}
    models = [model for _, model in answers]
    assert set(models) == {old, new}
    assert models[-1] == new
    assert 'suasion_reloads_total{result="done"} 1.0' in text
    assert 'suasion_reloads_total{result="refused"} 1.0' in text


def test_the_old_engine_closes_when_its_last_request_ends(world: Path, trained) -> None:
    engine = Engine(world, trained[1])
    folder = engine.tables.folder
    with engine:
        engine.close()
        assert folder.exists()
        assert len(engine.board(Ask(campaign=CAMPAIGN))) == 35
    assert not folder.exists()


def test_no_query_is_compiled_after_the_start(world: Path, trained, best: str, monkeypatch) -> None:
    from suasion.features.engine import matrix as build

    engine = Engine(world, trained[1])

    def compiled(*_: object, **__: object) -> None:
        raise AssertionError("compiled for a question")

    monkeypatch.setattr(build.ibis, "to_sql", compiled)
    assert len(engine.board(Ask(brief="tea"))) > 0
    assert len(engine.activity(Ask(brief="tea"), Activity([{"influencer_id": best}], posts=[]))[0]) == 1
    engine.close()


def test_a_question_asked_by_many_at_once_is_worked_out_once(world: Path, trained) -> None:
    engine = Engine(world, trained[1])
    asked: list[Ask] = []
    inner = engine.sessions[0].score
    engine.sessions[0].score = lambda ask: asked.append(ask) or inner(ask)
    boards = []
    ask = Ask(brief="tea and biscuits", as_of=datetime(2023, 9, 1))
    threads = [threading.Thread(target=lambda: boards.append(engine.board(ask))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(asked) == 1
    assert len({id(board) for board in boards}) == 1
    engine.close()


def test_the_command_listens_on_loopback_stops_gracefully_and_reloads_on_a_signal(
    world: Path, trained, tmp_path: Path
) -> None:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "log"
    with log.open("w") as stream:
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "suasion.serving.cli.main",
                "serve",
                world,
                "--model",
                trained[1],
                "--port",
                str(port),
            ],
            stderr=stream,
            stdout=subprocess.PIPE,
            text=True,
        )
    url = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 90
    while True:
        try:
            httpx.get(f"{url}/ready").raise_for_status()
            break
        except httpx.HTTPError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.2)
    os.kill(server.pid, signal.SIGHUP)
    answers: list[int] = []

    def ask() -> None:
        answers.append(
            httpx.post(f"{url}/v1/scores", json={"ask": {"brief": "bread"}}, timeout=60).status_code
        )

    while 'result="done"' not in httpx.get(f"{url}/metrics").text:
        assert time.monotonic() < until
        time.sleep(0.2)
    thread = threading.Thread(target=ask)
    thread.start()
    # One that is being answered, beside the one that asks how many are.
    while "suasion_requests_active 2.0" not in httpx.get(f"{url}/metrics").text and not answers:
        assert time.monotonic() < until
    os.kill(server.pid, signal.SIGTERM)
    thread.join(60)
    assert server.wait(60) == 0, "an end that was asked for is no fault"
    assert answers == [200], "the request in flight is answered before the end"
    assert server.stdout is not None
    assert server.stdout.read() == f"opening {world} and {trained[1]} …\nready at {url}\n"
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert any(line["route"] == "/v1/scores" for line in lines)


def test_the_command_does_not_open_itself_to_others_without_keys() -> None:
    from suasion.serving.cli.main import suasion

    with pytest.raises(InputError, match=r"--host 0\.0\.0\.0 is open to others: give --keys"):
        suasion(["serve", "d", "--model", "m", "--host", "0.0.0.0"], standalone_mode=False)
    with pytest.raises(BundleError, match="is not a model"):
        suasion(["serve", "nowhere", "--model", "no model"], standalone_mode=False)
