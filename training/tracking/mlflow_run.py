"""Writes a training run to MLflow: parameters, metrics, plots, the data's fingerprint, and the registered model.

By default into an SQLite file and a folder beside the model. What is registered is the bundle as data with
:mod:`suasion.training.tracking.pyfunc` as loader: text and numbers, no pickle.
"""

from __future__ import annotations

import io
import logging
import warnings
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.models import infer_signature

from suasion.training.bundle.folder import Bundle
from suasion.training.evaluation import plots
from suasion.training.evaluation.evaluate import SUASION

CHAMPION = "champion"


def track(
    bundle: Bundle,
    folder: Path,
    example: pd.DataFrame,
    *,
    name: str,
    uri: str | None,
    params: dict[str, Any],
    champion: bool,
) -> str:
    """Log the run and register the model; return the model's address, such as ``models:/beer/3``.

    Parameters
    ----------
    example
        A few rows of features with ``exposure``, all float64: nullable types would cost the signature.
    champion
        Whether the new version becomes the one that ``models:/NAME@champion`` means.
    """
    for logger in (
        "alembic",
        "mlflow.store.db.utils",
        "mlflow.tracking.fluent",
        "mlflow.store.model_registry",
    ):
        logging.getLogger(logger).setLevel(logging.WARNING)
    beside = folder.resolve().parent
    mlflow.set_tracking_uri(uri or f"sqlite:///{beside / 'mlflow.db'}")
    mlflow.set_registry_uri(uri or f"sqlite:///{beside / 'mlflow.db'}")
    experiment = mlflow.get_experiment_by_name("suasion")
    artifacts = None if uri else (beside / "mlartifacts").as_uri()
    identity = (
        experiment.experiment_id
        if experiment
        else mlflow.create_experiment("suasion", artifact_location=artifacts)
    )
    with mlflow.start_run(experiment_id=identity, run_name=name):
        mlflow.log_params(params | {"kind": bundle.parts.kind, "weight_of_trees": bundle.parts.weight})
        mlflow.set_tag("data.fingerprint", bundle.facts["fingerprint"])
        told = bundle.evaluation.get("judged", {})
        for who, figures in told.items():
            numbers = {k: v for k, v in figures["models"][SUASION].items() if isinstance(v, float)}
            if figures["coverage"] is not None:
                numbers["coverage"] = figures["coverage"]
            mlflow.log_metrics({f"{who}.{key}": value for key, value in numbers.items()})
        if "all" in told:
            mlflow.log_figure(plots.models(told["all"]).figure, "plots/models.png")
            mlflow.log_figure(plots.calibration(told["all"]).figure, "plots/calibration.png")
        if bundle.evaluation.get("ablation"):
            mlflow.log_figure(plots.ablation(bundle.evaluation["ablation"]).figure, "plots/ablation.png")
        if bundle.evaluation.get("learning_curve"):
            mlflow.log_figure(
                plots.learning_curve(bundle.evaluation["learning_curve"]).figure, "plots/learning_curve.png"
            )
        mlflow.log_dict(bundle.evaluation, "evaluation.json")
        with warnings.catch_warnings(), redirect_stderr(io.StringIO()):
            # The signature is given; MLflow still asks for an input example, and announces what it registers.
            warnings.simplefilter("ignore")
            logged = mlflow.pyfunc.log_model(
                name="model",
                loader_module="suasion.training.tracking.pyfunc",
                data_path=str(folder),
                signature=infer_signature(example, bundle.predict(example)),
                registered_model_name=name,
                pip_requirements=["suasion"],
            )
    number = str(logged.registered_model_version)
    if champion:
        mlflow.MlflowClient().set_registered_model_alias(name, CHAMPION, number)
    return f"models:/{name}/{number}"
