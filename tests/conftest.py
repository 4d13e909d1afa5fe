"""Shared by all tests: where real data is, a small world, and a model trained on it once."""

from __future__ import annotations

import os
import shlex
import socket
import sys
import threading
import time
from pathlib import Path

import pytest

# One thread a worker: tests run side by side, and OpenMP's threads would wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")

SPARK = [
    *("--conf", "spark.sql.shuffle.partitions=3"),
    *("--conf", "spark.ui.enabled=false"),
    *("--conf", "spark.log.level=ERROR"),
    *("--driver-memory", "1g"),
    # Tables are tiny and queries many: what would make long queries faster costs more than it saves.
    *("--conf", "spark.sql.adaptive.enabled=false"),
    # Nor need any query be remembered, or be given 16 MB for each sort: without, memory is full of both, and emptied all the time.
    *("--conf", "spark.buffer.pageSize=1m"),
    *("--conf", "spark.ui.retainedJobs=1"),
    *("--conf", "spark.ui.retainedStages=1"),
    *("--conf", "spark.sql.ui.retainedExecutions=1"),
    *("--conf", "spark.sql.ui.explainMode=simple"),
    *("--conf", "spark.sql.maxPlanStringLength=1000"),
    # A file needs no second one with its checksums, each made with a process of its own (chmod).
    *("--conf", "spark.hadoop.fs.file.impl=org.apache.hadoop.fs.RawLocalFileSystem"),
    # Java's own room for compiled code and classes is too small for Spark: it would throw away what it needs again.
    *(
        "--driver-java-options",
        "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=240m -XX:MetaspaceSize=400m -Xmn400m",
    ),
]
os.environ["PYSPARK_SUBMIT_ARGS"] = shlex.join(["--master", "local[2]", *SPARK, "pyspark-shell"])

ROOT = Path(__file__).resolve().parents[1]


class _NoSecondCopy:
    """From the repository's root `import features` would load a second copy of the package: refuse it."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name in ("features", "training", "serving"):
            raise ImportError(f"import suasion.{name}, not {name}: the second would be another copy of it")


sys.meta_path.insert(0, _NoSecondCopy())


LONGEST = tuple(
    f"test_{name}"
    for name in "spark fuzz sources kept invariance run meaning notebooks plan_doors benchmarks privacy no_look_ahead documents front_door".split()  # noqa: SIM905
)
"""Files that take half a minute or more of CPU: begun last, one would keep a worker busy while the others have nothing left to do."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the order within a file stays."""
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(LONGEST)))


@pytest.fixture(scope="session")
def real_dump() -> Path:
    """Return the beer site's dump, from SUASION_DATA or the folder shared/data beside the checkout."""
    folder = Path(os.environ.get("SUASION_DATA", ROOT.parent / "shared" / "data"))
    dump = folder / "beer.stackexchange.com.7z"
    if not dump.is_file():
        pytest.skip(f"the Stack Exchange dump is not at {dump}: set SUASION_DATA to the folder that holds it")
    return dump


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let what is worked out be kept, in a folder of its own."""
    monkeypatch.setenv("SUASION_STORE", str(tmp_path / "store"))
    return tmp_path / "store"


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small simulated world."""
    from suasion.training.datasets.people import World
    from suasion.training.datasets.simulated import simulate

    folder = tmp_path_factory.mktemp("world") / "world"
    simulate(World(influencers=120, campaigns=70, picks=15, weeks=80, unpicked=20), folder)
    return folder


def track_at(address: str) -> None:
    """Point MLflow at a database, its registry with it; empty: nowhere, as it is for who never said."""
    import mlflow

    # MLflow writes an address that is set into the environment too, and an empty registry does not take it out again:
    # the next training and every process that is started would find it there.
    mlflow.set_registry_uri("")
    os.environ.pop("MLFLOW_REGISTRY_URI", None)
    mlflow.set_tracking_uri(address)


@pytest.fixture(autouse=True)
def _tracked(request: pytest.FixtureRequest):
    """Point MLflow at the shared model's database for the tests that use that model, and nowhere for all others."""
    shared = (
        request.getfixturevalue("trained")[1].parent / "mlflow.db"
        if "trained" in request.fixturenames
        else None
    )
    track_at(f"sqlite:///{shared}" if shared else "")
    yield
    track_at("")


@pytest.fixture(scope="session")
def trained(world: Path, tmp_path_factory: pytest.TempPathFactory):
    """Return a quick training run on the small world, tracked by MLflow, and the model's folder."""
    from suasion.training.train import Options, train

    folder = tmp_path_factory.mktemp("models") / "small"
    track_at("")  # wherever an earlier test pointed: this one is tracked beside the model's folder
    run = train(world, folder, Options(quick=True, force=True))
    return run, folder


class Served:
    """A service on a real socket, in a thread of this process."""

    def __init__(self, app: object) -> None:
        import uvicorn

        from suasion.serving.http.server import SETTINGS

        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(app, **SETTINGS | {"timeout_graceful_shutdown": 10})
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    def __enter__(self) -> Served:
        self._thread.start()
        until = time.monotonic() + 120
        while not self._server.started:
            assert time.monotonic() < until, "the service did not start"
            assert self._thread.is_alive(), "the service ended while it started"
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(30)
        assert not self._thread.is_alive(), "the service did not stop"


@pytest.fixture(scope="session")
def earlier(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a model trained on the small world until shortly before its end."""
    import pandas as pd

    from suasion.training.train import Options, train

    starts = pd.read_parquet(world / "campaigns.parquet").sort_values("starts_at")["starts_at"]
    folder = tmp_path_factory.mktemp("models") / "earlier"
    train(world, folder, Options(quick=True, track=False, until=starts.iloc[40].to_pydatetime()))
    return folder


@pytest.fixture(scope="session")
def service(world: Path, trained, earlier: Path):
    """Serve the small world without keys, with an earlier model to compare with."""
    from suasion.serving.http.api import create_app
    from suasion.serving.http.limits import Limits
    from suasion.serving.loaded import Engine

    app = create_app(lambda: Engine(world, trained[1], earlier), limits=Limits(per_minute=0))
    with Served(app) as served:
        yield served


@pytest.fixture
def client(service):
    """Return a client of the service."""
    import httpx

    with httpx.Client(base_url=service.url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def best(service) -> str:
    """Return the id of whom the service ranks first."""
    import httpx

    from .service import CAMPAIGN

    answer = httpx.get(f"{service.url}/v1/campaigns/{CAMPAIGN}/scores?limit=1", timeout=60)
    return answer.json()["scores"][0]["influencer_id"]
