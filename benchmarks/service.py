"""The service beside ``mlflow models serve`` of the same model in one run: requests a second, p50 and p99.

``python -m benchmarks.service DATA MODEL CAMPAIGN``. DATA is a folder of Parquet with candidates, MODEL a folder that train wrote and
registered in the mlflow.db beside it. Every server has one process, its address on loopback, and the same client on
the other core. mlflow is sent the features, built beforehand, and gives back score and factors; suasion is sent an id, or the
raw rows, and gives back score, factors, and the features behind each with their percentiles.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from tests.raw import activity_of

from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.score import score

from .shared import heading, line

SECONDS = 10.0


@contextmanager
def server(
    command: Sequence[object], ready: str, environment: Mapping[str, str]
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Run a server on a free port; yield the port, and the process, which has ended afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [*map(str, command), "--port", str(port)], env=os.environ | environment, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 180
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{ready}", timeout=2)
                break
            except OSError:
                assert process.poll() is None, "the server ended"
                assert time.monotonic() < until, "the server did not start"
                time.sleep(0.5)
        yield port, process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def suasion(data: Path, model: Path, *more: object) -> list[object]:
    """Return the command line of the service, without its port."""
    start = [sys.executable, "-m", "suasion.serving.cli.main", "serve", data, "--model", model]
    return [*start, "--per-minute", 0, *more]


def ask(port: int, requests: list[dict[str, Any]], connections: int, folder: Path) -> dict[str, Any]:
    """Return what the client measured, after a short run to warm up."""
    file = folder / "requests.jsonl"
    file.write_text("\n".join(json.dumps(request) for request in requests))
    for seconds in (3.0, SECONDS):
        options = map(str, ("127.0.0.1", port, seconds, connections, file))
        command = [sys.executable, "-m", "benchmarks.asking", *options]
        summary = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert set(summary["statuses"]) == {"200"}, summary
    return summary


def main(data: Path, model: Path, campaign: str) -> None:
    scored = score(data, model, Ask(campaign=campaign))
    people = scored.scores["influencer_id"].tolist()
    features = scored.features.astype("float64")
    rows = [[None if np.isnan(value) else value for value in row] for row in features.to_numpy().tolist()]
    columns = list(features.columns)
    one_row = [
        {
            "method": "POST",
            "path": "/invocations",
            "body": {"dataframe_split": {"columns": columns, "data": [row]}},
        }
        for row in rows
    ]
    stored = [{"method": "GET", "path": f"/v1/campaigns/{campaign}/scores/{who}"} for who in people]
    raw = [
        {"method": "POST", "path": "/v1/activity-scores", "body": activity_of(data, campaign, who)}
        for who in people[::10]
    ]
    environment = {"OMP_NUM_THREADS": "1"}
    results: list[tuple[str, int, dict[str, Any]]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def measure(name: str, port: int, requests: list[dict[str, Any]], *many: int) -> None:
            results.extend((name, number, ask(port, requests, number, folder)) for number in many)

        with server(suasion(data, model), "/ready", environment) as (port, _):
            measure("suasion, stored, with explanation", port, stored, 1, 16)
            measure("suasion, raw activity, with explanation", port, raw, 1, 4)
        local = ("--env-manager", "local")
        mlflow = [sys.executable, "-m", "mlflow", "models", "serve", *local, "-m", f"models:/{model.name}/1"]
        tracking = {"MLFLOW_TRACKING_URI": f"sqlite:///{model.resolve().parent / 'mlflow.db'}"}
        tracking["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        with server(mlflow, "/ping", environment | tracking) as (port, _):
            measure("mlflow models serve, features given", port, one_row, 1, 16)
    base = {
        connections: summary["per_second"]
        for name, connections, summary in results
        if name.startswith("mlflow")
    }
    sizes = [len(json.dumps(request["body"])) for request in raw]
    print(f"{len(people)} candidates; a raw one is {np.median(sizes) / 1000:.0f} kB of JSON (median)\n")
    heading("server", "connections", "requests a second", "p50", "p99", "times mlflow")
    for name, connections, summary in results:
        times = summary["per_second"] / base.get(connections, base[16])
        times_ms = (f"{summary[name]:.1f} ms" for name in ("p50", "p99"))
        line(name, connections, f"{summary['per_second']:,.0f}", *times_ms, f"{times:.2g}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
