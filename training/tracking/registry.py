"""Models in MLflow, in the run and at the tracking URI that the user has set: logged, and loaded by address."""

from __future__ import annotations

import re
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import requires, version
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

import suasion
from suasion.features.errors import InputError
from suasion.training.bundle.folder import Bundle, save

from .pyfunc import signature_of

if TYPE_CHECKING:
    from mlflow.models.model import ModelInfo


def requirements() -> list[str]:
    """Return what a model needs to run beside the code that is logged with it, pinned to what is installed here."""
    needed = [line for line in requires("suasion") or [] if "extra ==" not in line]
    names = [re.split(r"[^A-Za-z0-9._-]", line)[0] for line in needed]
    return [f"{name}=={version(name)}" for name in names]


@contextmanager
def code() -> Iterator[str]:
    """Give a folder that holds what of the package a model runs by, to log beside it: no importers, no service, no worlds."""
    with tempfile.TemporaryDirectory(prefix="suasion-code-") as folder:
        source, target = Path(str(suasion.__file__)).resolve().parent, Path(folder) / "suasion"
        others = shutil.ignore_patterns("__pycache__", "sources", "spark", "datasets")
        for package in ("features", "training"):
            shutil.copytree(source / package, target / package, ignore=others)
        shutil.copyfile(source / "__init__.py", target / "__init__.py")
        yield str(target)


def logged_as(bundle: Bundle, data: Path, package: str) -> dict[str, object]:
    """Return how MLflow is to log a bundle that lies in a folder: as data, the package beside it, and our loader; no pickle."""
    return {
        "loader_module": "suasion.training.tracking.pyfunc",
        "data_path": str(data),
        "code_paths": [package],
        "signature": signature_of(bundle),
        "pip_requirements": requirements(),
    }


def log_model(
    bundle: Bundle, example: pd.DataFrame, name: str, registered_model_name: str | None
) -> ModelInfo:
    """Log a model to the active run at the user's tracking URI and return MLflow's ``ModelInfo``; nothing global is set."""
    import mlflow

    with (
        tempfile.TemporaryDirectory(prefix="suasion-model-") as folder,
        code() as package,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # MLflow asks for type hints though the signature is given
        data = Path(folder) / "bundle"
        save(bundle, data)
        return mlflow.pyfunc.log_model(
            name=name,
            input_example=example,
            registered_model_name=registered_model_name,
            **logged_as(bundle, data, package),
        )


@contextmanager
def fetched(address: str) -> Iterator[Path]:
    """Give the folder of a model at an MLflow address, such as ``models:/mine@champion``, while it is read."""
    import mlflow

    with tempfile.TemporaryDirectory(prefix="suasion-model-") as folder:
        try:
            place = Path(mlflow.artifacts.download_artifacts(artifact_uri=address, dst_path=folder))
        except Exception as error:  # of MLflow, of its store, or of whatever holds its artifacts
            raise InputError(
                f"MLflow finds no model at {address} (tracking URI {mlflow.get_tracking_uri()}): {error}"
            ) from error
        manifests = sorted(place.rglob("manifest.json"))
        if not manifests:
            raise InputError(f"What is at {address} is no model of suasion's: it has no manifest.json.")
        yield manifests[0].parent
