"""MLflow: several trainings that meet in one file, a server that is away or hangs, and what is left behind: nothing."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import mlflow
import pytest
from click.testing import CliRunner

from suasion.serving.cli.ending import UNTRACKED
from suasion.serving.cli.main import suasion
from suasion.serving.cli.terminal import trained as terminal
from suasion.training import train as training
from suasion.training.tracking import reach
from suasion.training.tracking.reach import PATIENCE, TrackingError, talking_to

from .command import environment


def ask(uri: str) -> None:
    with talking_to(uri):
        mlflow.MlflowClient(uri, uri).search_experiments(max_results=1)


@pytest.fixture
def hanging():
    """Return the address of a server that takes connections and answers nothing."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(50)
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def away() -> str:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{server.getsockname()[1]}"


def test_a_server_that_hangs_is_given_up_within_a_minute(
    hanging: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 1 + int(PATIENCE["MLFLOW_HTTP_REQUEST_MAX_RETRIES"])
    pause = 2 * float(PATIENCE["MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR"])
    # The request that meets it, and then the one that would say that the run failed.
    assert 2 * (tries * int(PATIENCE["MLFLOW_HTTP_REQUEST_TIMEOUT"]) + pause) < 60
    monkeypatch.setitem(PATIENCE, "MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    start = time.monotonic()
    with pytest.raises(TrackingError, match=f"MLflow at http://{hanging} cannot be used: .*timed out"):
        ask(f"http://{hanging}")
    assert time.monotonic() - start < 20


@pytest.mark.parametrize("scheme", ["http", "postgresql", "mysql+pymysql", "mssql+pyodbc"])
def test_a_server_that_is_away_is_told_of_at_once_and_no_password_with_it(away: str, scheme: str) -> None:
    start = time.monotonic()
    with pytest.raises(TrackingError, match=f"MLflow at {away}") as caught:
        ask(f"{scheme}://user:secret@{away}/db".removesuffix("/db" if scheme == "http" else ""))
    assert "secret" not in str(caught.value)
    assert time.monotonic() - start < 20


def test_a_file_that_cannot_be_made_or_is_none_is_told_of_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "broken.db").write_text("this is no database" * 100)
    start = time.monotonic()
    for name in ("file/mlflow.db", "broken.db"):
        with pytest.raises(TrackingError, match="cannot be used"):
            ask(f"sqlite:///{tmp_path / name}")
    assert time.monotonic() - start < 30


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_is_left_behind(tmp_path: Path, fails: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    import mlflow.store.db.utils as databases

    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "77")
    logging.getLogger("alembic").setLevel(logging.INFO)
    before, times = dict(os.environ), databases.MAX_RETRY_COUNT
    expected = pytest.raises(TrackingError, match="ValueError: x") if fails else nullcontext()
    with expected, talking_to(f"sqlite:///{tmp_path / 'x.db'}"):
        assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "77", "somebody chose it"
        assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "1"
        assert times > databases.MAX_RETRY_COUNT
        if fails:
            raise ValueError("x")
    assert dict(os.environ) == before
    assert times == databases.MAX_RETRY_COUNT
    assert logging.getLogger("alembic").level == logging.INFO
    assert not list(tmp_path.iterdir()), "no lock file"


def test_a_training_leaves_no_address_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from suasion.training.tracking.mlflow_run import _at

    monkeypatch.delenv("MLFLOW_REGISTRY_URI", raising=False)
    for mine in ("sqlite:///mine.db", None):
        if mine is None:
            monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
        else:
            monkeypatch.setenv("MLFLOW_TRACKING_URI", mine)
        before = dict(os.environ)
        with _at(f"sqlite:///{tmp_path / 'x.db'}"):
            assert os.environ["MLFLOW_REGISTRY_URI"].endswith("x.db"), "MLflow writes it for its children"
        assert dict(os.environ) == before


def test_several_that_start_together_make_one_store(tmp_path: Path) -> None:
    code = (
        "import mlflow, sys\n"
        "from suasion.training.tracking.mlflow_run import _experiment\n"
        "from suasion.training.tracking.reach import talking_to\n"
        "with talking_to(sys.argv[1]):\n"
        "    mlflow.set_tracking_uri(sys.argv[1])\n"
        "    print(_experiment(None))\n"
    )
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code, uri],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    said = [run.communicate(timeout=300) for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], said
    assert len({out for out, _ in said}) == 1, "one experiment"


def test_an_experiment_that_somebody_else_makes_meanwhile_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from suasion.training.tracking import mlflow_run

    found = iter([None, SimpleNamespace(experiment_id="4")])
    monkeypatch.setattr(mlflow_run.mlflow, "get_experiment_by_name", lambda _: next(found))

    def there(*_: object, **__: object) -> None:
        raise mlflow.exceptions.MlflowException("it exists")

    monkeypatch.setattr(mlflow_run.mlflow, "create_experiment", there)
    assert mlflow_run._experiment(None) == "4"


def test_training_goes_on_and_ends_with_a_code_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from types import SimpleNamespace

    printed = []
    run = SimpleNamespace(untracked="MLflow is away.")
    monkeypatch.setattr(training, "train", lambda *_, **__: run)
    monkeypatch.setattr(terminal, "print_run", lambda *told: printed.append(told))
    told = CliRunner().invoke(suasion, ["train", str(tmp_path), "--out", str(tmp_path / "m")])
    assert told.exit_code == UNTRACKED == 3
    assert printed
    run.untracked = ""
    assert CliRunner().invoke(suasion, ["train", str(tmp_path), "--out", "m"]).exit_code == 0


@pytest.mark.parametrize("uri", ["sqlite:///{}/new/x.db", "http://x"])
def test_waiting_for_a_file_is_waiting_for_its_folder(
    uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for a server; the folder of a file is made, and held while MLflow is talked to."""
    waited: list[Path] = []

    @contextmanager
    def held(folder: Path) -> Iterator[None]:
        assert folder.is_dir()
        waited.append(folder)
        yield

    monkeypatch.setattr(reach, "held", held)
    monkeypatch.setattr(reach, "_knock", lambda uri: None)
    with reach.talking_to(uri.format(tmp_path)):
        assert waited == ([tmp_path / "new"] if uri.startswith("sqlite") else [])
