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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from tests.raw import activity_of

from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.score import score

SECONDS = 10.0


@contextmanager
def server(command: list[str], ready: str, environment: dict[str, str]) -> Iterator[int]:
    """Run a server on a free port and yield the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [*command, "--port", str(port)], env=os.environ | environment, start_new_session=True,
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
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def ask(port: int, requests: list[dict[str, Any]], connections: int, folder: Path) -> dict[str, Any]:
    """Return what the client measured, after a short run to warm up."""
    file = folder / "requests.jsonl"
    file.write_text("\n".join(json.dumps(request) for request in requests))
    for seconds in (3.0, SECONDS):
        command = [
            sys.executable,
            "-m",
            "benchmarks.asking",
            "127.0.0.1",
            str(port),
            str(seconds),
            str(connections),
            str(file),
        ]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert set(told["statuses"]) == {"200"}, told
    return told


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
    found: list[tuple[str, int, dict[str, Any]]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        suasion = [
            sys.executable,
            "-m",
            "suasion.serving.cli.main",
            "serve",
            "--model",
            str(model),
            "--data",
            str(data),
            "--per-minute",
            "0",
        ]
        with server(suasion, "/ready", environment) as port:
            for connections in (1, 16):
                found.append(
                    ("suasion, stored, with explanation", connections, ask(port, stored, connections, folder))
                )
            for connections in (1, 4):
                found.append(
                    (
                        "suasion, raw activity, with explanation",
                        connections,
                        ask(port, raw, connections, folder),
                    )
                )
        mlflow = [
            sys.executable,
            "-m",
            "mlflow",
            "models",
            "serve",
            "--env-manager",
            "local",
            "-m",
            f"models:/{model.name}/1",
        ]
        tracking = {"MLFLOW_TRACKING_URI": f"sqlite:///{model.resolve().parent / 'mlflow.db'}"}
        tracking["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        with server(mlflow, "/ping", environment | tracking) as port:
            for connections in (1, 16):
                found.append(
                    (
                        "mlflow models serve, features given",
                        connections,
                        ask(port, one_row, connections, folder),
                    )
                )
    base = {connections: told["per_second"] for name, connections, told in found if name.startswith("mlflow")}
    sizes = [len(json.dumps(request["body"])) for request in raw]
    print(f"{len(people)} candidates; a raw one is {np.median(sizes) / 1000:.0f} kB of JSON (median)\n")
    print("| server | connections | requests a second | p50 | p99 | times mlflow |")
    print("|---|---|---|---|---|---|")
    for name, connections, told in found:
        times = told["per_second"] / base.get(connections, base[16])
        print(
            f"| {name} | {connections} | {told['per_second']:,.0f} | {told['p50']:.1f} ms | {told['p99']:.1f} ms | {times:.2g} |"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
