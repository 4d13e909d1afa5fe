"""Models that were saved: loaded again, and held against what came since."""

from __future__ import annotations

from pathlib import Path

from suasion.features.text.space import Embedder
from suasion.training.bundle.folder import load as read_bundle
from suasion.training.dataset import Dataset, Time, moment_of
from suasion.training.evaluation.review import Review, review

from .model import InfluenceModel


def load(path: str | Path, *, embedder: Embedder | None = None) -> InfluenceModel:
    """Return a saved model.

    Parameters
    ----------
    path
        A folder, or an MLflow address: ``models:/mine@champion``, ``models:/mine/3``, ``runs:/…/model``.
    embedder
        The embedder, for a model that was fitted with one of your own.

    Raises
    ------
    BundleError
        When what is there is no model, was changed, or holds what no training writes.
    InputError
        When MLflow finds nothing at the address.
    """
    if str(path).startswith(("models:/", "runs:/")):
        from suasion.training.tracking.registry import fetched

        with fetched(str(path)) as folder:
            bundle = read_bundle(folder, space=embedder)
    else:
        bundle = read_bundle(path, space=embedder)
    return InfluenceModel(embedder=embedder or "lsa", coverage=bundle.interval.level)._take(bundle)


def monitor(model: InfluenceModel, data: Dataset, *, until: Time | None = None) -> Review:
    """Compare what a model promised with the outcomes that it did not learn from: calibration, coverage, people misjudged, drift.

    Parameters
    ----------
    until
        Use only outcomes known before; None: all.

    Raises
    ------
    EmptyTableError
        With fewer than 20 such outcomes.
    """
    bundle = model._of_dataset("monitored")
    with data.tables.scratch() as tables:
        return review(tables, bundle, until=None if until is None else moment_of(until, "until"))
