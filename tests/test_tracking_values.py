"""What MLflow is given of a training run, call by call."""

from __future__ import annotations

import logging
import sys
import warnings
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from suasion.training.tracking import mlflow_run as tracking
from suasion.training.tracking.registry import requirements

from . import made


class Recorder:
    """What MLflow is asked to do."""

    def __init__(self, experiment: str | None = None) -> None:
        self.did: list[tuple[Any, ...]] = []
        self.experiment = SimpleNamespace(experiment_id=experiment) if experiment else None
        self.pyfunc = SimpleNamespace(log_model=self._log_model)

    def is_tracking_uri_set(self) -> bool:
        return False

    def active_run(self) -> None:
        return None

    def get_experiment_by_name(self, name: str) -> Any:
        assert name == "suasion"
        return self.experiment

    def create_experiment(self, name: str, artifact_location: str | None) -> str:
        self.did.append(("create_experiment", name, artifact_location))
        return "new"

    def start_run(self, **told: Any) -> Any:
        self.did.append(("start_run", told))
        return nullcontext()

    def _log_model(self, **told: Any) -> Any:
        warnings.warn("an input example", stacklevel=1)
        sys.stderr.write("Created version")
        self.did.append(("log_model", told))
        return SimpleNamespace(registered_model_version=3)

    def MlflowClient(self) -> Any:  # noqa: N802
        return self

    def __getattr__(self, name: str) -> Any:
        return lambda *told: self.did.append((name, *told))

    def told(self, name: str) -> list[Any]:
        return [one[1:] if len(one) > 2 else one[1] for one in self.did if one[0] == name]


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    found = Recorder()
    monkeypatch.setattr(tracking, "mlflow", found)
    return found


def model(**evaluation: Any) -> Any:
    return made.bundle(
        {made.record("momentum__f"): 0.5}, evaluation=made.evaluated(**evaluation), fingerprint="ff"
    )


@pytest.mark.parametrize("champion", [True, False])
def test_a_run_is_told_whole(
    recorder: Recorder, champion: bool, tmp_path: Path, recwarn: Any, capsys: Any
) -> None:
    adds = {"characteristic": {"offer": {"adds": 0.1, "adds_90": [0.0, 0.2], "features": 1}}, "table": {}}
    curve = [{"outcomes": 50, "explained_deviance": 0.1, "past_average": 0.0}]
    judged = {"all": made.figures(), "newcomers": made.figures(coverage=None)}
    own = model(judged=judged, ablation=adds, learning_curve=curve)
    loud = ("alembic", "mlflow.store.db.utils", "mlflow.tracking.fluent", "mlflow.store.model_registry")
    for name in loud:
        logging.getLogger(name).setLevel(logging.INFO)
    told = tracking.track(
        own, tmp_path / "beer", name="beer", uri=None, params={"seed": 4, "kind": "?"}, champion=champion
    )
    assert told == "models:/beer/3"
    database = f"sqlite:///{tmp_path / 'mlflow.db'}"
    assert recorder.told("set_tracking_uri") == recorder.told("set_registry_uri") == [database, ""], (
        "unset again"
    )
    assert recorder.told("create_experiment") == [("suasion", (tmp_path / "mlartifacts").as_uri())]
    assert recorder.told("start_run") == [{"experiment_id": "new", "run_name": "beer", "nested": False}]
    assert recorder.told("log_params") == [{"seed": 4, "kind": "linear"}]
    assert recorder.told("set_tag") == [("data.fingerprint", "ff")]
    everybody, newcomers = recorder.told("log_metrics")
    assert (everybody["all.explained_deviance"], everybody["all.coverage"]) == (0.4, 0.91)
    assert "newcomers.coverage" not in newcomers
    assert newcomers["newcomers.captured"] == 0.5
    assert all(isinstance(value, float) for value in everybody.values())
    assert [place for _, place in recorder.told("log_figure")] == [
        f"plots/{name}.png" for name in ("models", "calibration", "ablation", "learning_curve")
    ]
    assert recorder.told("log_dict") == [(own.evaluation, "evaluation.json")]
    (logged,) = recorder.told("log_model")
    example = pd.DataFrame({"momentum__f": [1.0], "exposure": [1.0]})
    assert logged["signature"].inputs.input_names() == ["momentum__f", "exposure"]
    assert logged["signature"].outputs.input_names() == own.predict(example).columns.tolist()
    assert {name: logged[name] for name in logged if name != "signature"} == {
        "name": "model", "loader_module": "suasion.training.tracking.pyfunc", "data_path": str(tmp_path / "beer"),
        "registered_model_name": "beer", "pip_requirements": requirements(), "code_paths": logged["code_paths"],
    }  # fmt: skip
    assert [Path(path).name for path in logged["code_paths"]] == ["suasion"]
    assert recorder.told("set_registered_model_alias") == ([("beer", "champion", "3")] if champion else [])
    assert {logging.getLogger(name).level for name in loud} == {logging.INFO}, "as they were"
    assert not [one for one in recwarn if "input example" in str(one.message)]
    assert capsys.readouterr().err == ""


def test_a_run_that_judged_nothing_goes_where_it_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    recorder = Recorder("7")
    monkeypatch.setattr(tracking, "mlflow", recorder)
    tracking.track(model(judged={}), tmp_path / "m", name="m", uri="http://x", params={}, champion=False)
    assert recorder.told("set_tracking_uri") == recorder.told("set_registry_uri") == ["http://x", ""]
    assert recorder.told("create_experiment") == []
    assert recorder.told("start_run")[0]["experiment_id"] == "7"
    assert recorder.told("log_figure") == recorder.told("log_metrics") == []
    other = Recorder()
    monkeypatch.setattr(tracking, "mlflow", other)
    tracking.track(model(judged={}), tmp_path / "m", name="m", uri="http://x", params={}, champion=False)
    assert other.told("create_experiment") == [("suasion", None)], "the server knows where its artifacts are"
