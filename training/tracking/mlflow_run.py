"""Writes a training run to MLflow: parameters, metrics, plots, the data's fingerprint, and the registered model.

To the server and experiment that ``MLFLOW_TRACKING_URI`` and ``MLFLOW_EXPERIMENT_NAME`` say, by default into an SQLite file and a
folder beside the model; inside a run that is active, as its child. What is registered is the bundle as data, the package beside it,
and :mod:`suasion.training.tracking.pyfunc` as loader: text and numbers, no pickle.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path

import mlflow
from mlflow.exceptions import MlflowException

from suasion.training.bundle.folder import Bundle
from suasion.training.evaluation import plots
from suasion.training.evaluation.evaluate import SUASION

from .reach import talking_to
from .registry import code, logged_as

CHAMPION = "champion"


def track(
    bundle: Bundle, folder: Path, *, name: str, uri: str | None, params: dict[str, object], champion: bool
) -> str:
    """Log the run and register the model; return the model's address, such as ``models:/beer/3``.

    Raises TrackingError when MLflow is away, hangs, or will not take it; within a minute.
    """
    beside = folder.resolve().parent
    chosen = uri or os.environ.get("MLFLOW_TRACKING_URI")
    address = chosen or f"sqlite:///{beside / 'mlflow.db'}"
    with talking_to(address), _at(address):
        identity = _experiment(None if chosen else (beside / "mlartifacts").as_uri())
        with mlflow.start_run(experiment_id=identity, run_name=name, nested=mlflow.active_run() is not None):
            _log(bundle, params)
            with warnings.catch_warnings(), redirect_stderr(io.StringIO()), code() as package:
                # The signature is given; MLflow still asks for an input example, and announces what it registers.
                warnings.simplefilter("ignore")
                logged = mlflow.pyfunc.log_model(
                    name="model", registered_model_name=name, **logged_as(bundle, folder, package)
                )
        number = str(logged.registered_model_version)
        if champion:
            mlflow.MlflowClient().set_registered_model_alias(name, CHAMPION, number)
    return f"models:/{name}/{number}"


@contextmanager
def _at(address: str) -> Iterator[None]:
    """Let MLflow speak to a server, and leave it set as it was, in the environment too, which MLflow writes for its children."""
    environment = {name: os.environ.get(name) for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")}
    before = mlflow.get_tracking_uri() if mlflow.is_tracking_uri_set() else ""
    registry = mlflow.get_registry_uri() if before else ""
    mlflow.set_tracking_uri(address)
    mlflow.set_registry_uri(address)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(before)
        mlflow.set_registry_uri(registry)
        for name, value in environment.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _log(bundle: Bundle, params: dict[str, object]) -> None:
    """Log what the bundle was trained with and how it was judged to the run that is active."""
    mlflow.log_params(params | {"kind": bundle.parts.kind})
    mlflow.set_tag("data.fingerprint", bundle.facts["fingerprint"])
    for who, figures in bundle.evaluation["judged"].items():
        numbers = {k: v for k, v in figures["models"][SUASION].items() if isinstance(v, float)}
        if figures["coverage"] is not None:
            numbers["coverage"] = figures["coverage"]
        mlflow.log_metrics({f"{who}.{key}": value for key, value in numbers.items()})
    for plot, ax in plots.drawn(bundle.evaluation).items():
        mlflow.log_figure(ax.figure, f"plots/{plot}.png")
    mlflow.log_dict(bundle.evaluation, "evaluation.json")


def _experiment(artifacts: str | None) -> str:
    """Return the id of the experiment, made where it is not there; another training may make it meanwhile."""
    name = os.environ.get("MLFLOW_EXPERIMENT_NAME", "suasion")
    experiment = mlflow.get_experiment_by_name(name)
    if experiment is None:
        try:
            return str(mlflow.create_experiment(name, artifact_location=artifacts))
        except MlflowException:
            experiment = mlflow.get_experiment_by_name(name)
            if experiment is None:
                raise
    return str(experiment.experiment_id)
