"""What MLflow calls to load a registered model: the bundle is the data, this module the only code."""

from __future__ import annotations

from typing import Any

import pandas as pd

from suasion.training.bundle.folder import Bundle, load


class BundleModel:
    """A bundle behind MLflow's ``predict``."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Return expected conversions, interval and factors for rows of features and ``exposure``."""
        return self.bundle.predict(model_input)


def _load_pyfunc(data_path: str) -> BundleModel:
    return BundleModel(load(data_path))
