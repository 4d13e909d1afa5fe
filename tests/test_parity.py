"""For the same candidate the same number and factors, however one asks: five ways and MLflow's own server, to 1e-9."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import mlflow
import numpy as np
import pandas as pd
import pytest

from suasion.features import CHARACTERISTICS, GROUPS
from suasion.serving.explaining.explain import explanation
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.score import score

from .conftest import track_at
from .raw import activity_of

CAMPAIGN = "c0055"
NUMBERS = ("expected_conversions", "base", "exposure", *GROUPS)


@pytest.fixture(scope="module")
def notebook(world: Path, trained):
    """What a notebook has in hand: scores and features of the campaign."""
    return score(world, trained[1], Ask(campaign=CAMPAIGN))


@pytest.fixture(scope="module")
def ways(notebook, world: Path, trained, service, tmp_path_factory) -> dict[str, dict[str, dict[str, float]]]:
    """Return, for each way to ask, the numbers of each of three candidates."""
    run, model = trained
    people = [notebook.scores["influencer_id"].iloc[place] for place in (0, 11, -1)]
    found: dict[str, dict[str, dict[str, float]]] = {}

    shown = explanation(notebook.bundle, notebook.features, by="characteristic")
    rows = {who: place for place, who in enumerate(notebook.scores["influencer_id"])}
    found["notebook"] = {}
    for who in people:
        factors = np.exp(shown.values[rows[who]])
        base = float(np.exp(shown.base_values[rows[who]]))
        exposure = float(notebook.features["exposure"].iloc[rows[who]])
        told = {
            "expected_conversions": base * exposure * float(factors.prod()),
            "base": base,
            "exposure": exposure,
        }
        found["notebook"][who] = told | dict(zip(GROUPS, factors.tolist(), strict=True))

    out = tmp_path_factory.mktemp("scores") / "scores.parquet"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "suasion.serving.cli.main",
            "score",
            world,
            "--model",
            model,
            "--campaign",
            CAMPAIGN,
            "--out",
            out,
        ],
        check=True,
        capture_output=True,
    )
    table = pd.read_parquet(out).set_index("influencer_id")
    found["score"] = {who: {name: float(table.loc[who, name]) for name in NUMBERS} for who in people}

    def flat(told: dict) -> dict[str, float]:
        return {name: told[name] if name in told else told["factors"][name] for name in NUMBERS}

    found["service, stored"], found["service, raw"] = {}, {}
    for who in people:
        answer = httpx.get(f"{service.url}/v1/campaigns/{CAMPAIGN}/scores/{who}", timeout=60)
        found["service, stored"][who] = flat(answer.raise_for_status().json())
        body = activity_of(world, CAMPAIGN, who)
        answer = httpx.post(f"{service.url}/v1/activity-scores", json=body, timeout=60)
        told = answer.raise_for_status().json()
        assert told["set_aside"] == []
        assert told["unfilled"] == []
        found["service, raw"][who] = flat(told["scores"][0])

    track_at(f"sqlite:///{model.parent / 'mlflow.db'}")
    predicted = mlflow.pyfunc.load_model(run.address).predict(notebook.features.astype("float64"))
    found["mlflow.pyfunc"] = {
        who: {name: float(predicted[name].iloc[rows[who]]) for name in NUMBERS} for who in people
    }
    return found


@pytest.mark.parametrize("way", ["score", "service, stored", "service, raw", "mlflow.pyfunc"])
def test_every_way_gives_the_notebooks_numbers(ways, way: str) -> None:
    assert set(ways[way]) == set(ways["notebook"])
    for who, numbers in ways["notebook"].items():
        for name in NUMBERS:
            assert ways[way][who][name] == pytest.approx(numbers[name], rel=1e-9), (way, who, name)


def test_the_factors_multiply_to_the_score_in_every_way(ways) -> None:
    for told in ways.values():
        for numbers in told.values():
            product = numbers["base"] * numbers["exposure"] * numbers["offer"]
            product *= float(np.prod([numbers[name] for name in CHARACTERISTICS]))
            assert product == pytest.approx(numbers["expected_conversions"], rel=1e-9)


def test_mlflows_own_server_gives_the_same_numbers(notebook, trained, tmp_path: Path) -> None:
    run, _ = trained
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri(),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "models", "serve", "-m", run.address, "--env-manager", "local", "--port", str(port)],
            env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        until = time.monotonic() + 120
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/ping", timeout=5).raise_for_status()
                break
            except httpx.HTTPError:
                assert server.poll() is None, (tmp_path / "log").read_text()[-2000:]
                assert time.monotonic() < until, (tmp_path / "log").read_text()[-2000:]
                time.sleep(0.5)
        features = notebook.features.astype("float64").head(5)
        split = {
            "columns": list(features.columns),
            "data": [[None if np.isnan(v) else v for v in row] for row in features.to_numpy().tolist()],
        }
        answer = httpx.post(
            f"http://127.0.0.1:{port}/invocations", json={"dataframe_split": split}, timeout=60
        )
        told = pd.DataFrame(answer.raise_for_status().json()["predictions"])
    finally:
        if server.poll() is None:
            os.killpg(server.pid, 15)
        server.wait(30)
    np.testing.assert_allclose(
        told["expected_conversions"], notebook.scores["expected_conversions"].head(5), rtol=1e-9
    )
    np.testing.assert_allclose(told[list(GROUPS)], notebook.scores[list(GROUPS)].head(5), rtol=1e-9)
