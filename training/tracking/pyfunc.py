"""What MLflow calls to load a registered model: the bundle is the data, this module the only code."""

from __future__ import annotations

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types.schema import AnyType, ColSpec, Schema

from suasion.features.errors import InputError
from suasion.training.bundle.folder import FACTORS, Bundle, load
from suasion.training.bundle.numbers import as_numbers


class BundleModel:
    """A bundle behind MLflow's ``predict``."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    def predict(self, model_input: pd.DataFrame, params: dict[str, object] | None = None) -> pd.DataFrame:
        """Return expected conversions, interval and factors for rows of features and ``exposure``, with the rows' index.

        Raises MlflowException with the column, the row and the value, for what is no finite number.
        """
        try:
            return self.bundle.predict(as_numbers(model_input, _inputs(self.bundle)))
        except InputError as error:
            raise MlflowException.invalid_parameter_value(str(error)) from error


def signature_of(bundle: Bundle) -> ModelSignature:
    """Return what the model takes and gives.

    Inputs have names and no type: MLflow refuses whole numbers for a declared ``double``. :class:`BundleModel` takes any number
    and refuses the rest.
    """
    outputs = ("expected_conversions", "low", "high", "base", *FACTORS)
    return ModelSignature(
        Schema([ColSpec(AnyType(), name) for name in _inputs(bundle)]),
        Schema([ColSpec("double", name) for name in outputs]),
    )


def _inputs(bundle: Bundle) -> list[str]:
    return [*bundle.parts.features, "exposure"]


def _load_pyfunc(data_path: str) -> BundleModel:
    return BundleModel(load(data_path))
