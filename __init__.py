"""suasion: learn from past campaigns who brings conversions, predict it for new candidates, and say why.

    import suasion as su

    data = su.Dataset(campaigns=campaigns, outcomes=outcomes, posts=posts)  # DataFrames, or su.Dataset("folder")
    evaluation = su.evaluate(su.InfluenceModel(), data)                     # forward in time, beside the baselines
    model = su.InfluenceModel().fit(data)
    scores = model.predict(data, brief="A cold-brew coffee for summer")     # a DataFrame, best first
    shap.plots.waterfall(model.explain(scores, by="characteristic")[0])
    model.save("models/mine"); su.load("models/mine")

What is here:

Dataset         checked tables, features as of each decision, rows to train on
InfluenceModel  the model, a scikit-learn estimator
load            read a saved model: a folder, ``models:/mine@champion``, ``runs:/…``
evaluate        judge forward in time, beside the baselines
Evaluation      what that gives: tables, groups, plots
monitor         what a model promised, and what came since
ForwardSplit    a splitter for ``cv=`` that trains only on what was known
feature         declare a feature of your own
FEATURES        the features that suasion has
feature_info    what each feature is: characteristic, window, unit, direction
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from suasion.features import FEATURES
    from suasion.features.engine.feature import feature
    from suasion.features.engine.info import feature_info
    from suasion.serving.model import InfluenceModel, load, monitor
    from suasion.training.dataset import Dataset
    from suasion.training.evaluation.evaluation import Evaluation, evaluate
    from suasion.training.evaluation.split import ForwardSplit

_HOMES = {
    "Dataset": "training.dataset",
    "Evaluation": "training.evaluation.evaluation",
    "FEATURES": "features",
    "ForwardSplit": "training.evaluation.split",
    "InfluenceModel": "serving.model",
    "evaluate": "training.evaluation.evaluation",
    "feature": "features.engine.feature",
    "feature_info": "features.engine.info",
    "load": "serving.model",
    "monitor": "serving.model",
}
"""Where each name lives: a module is imported when its name is first used, so that ``import suasion`` costs nothing."""

__all__ = [
    "FEATURES",
    "Dataset",
    "Evaluation",
    "ForwardSplit",
    "InfluenceModel",
    "evaluate",
    "feature",
    "feature_info",
    "load",
    "monitor",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("suasion")
    if name not in _HOMES:
        raise AttributeError(f"module 'suasion' has no attribute {name!r}; it has {', '.join(__all__)}")
    value = getattr(import_module(f"suasion.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
