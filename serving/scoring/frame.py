"""Scores as one DataFrame that knows the features behind its rows."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, cast

import numpy as np
import pandas as pd

from suasion.features.errors import InputError
from suasion.training.bundle.folder import Bundle

from .plan.draws import draws
from .score import Scored

EXPOSURE = "offer__exposure"
"""The feature that says how much is asked of a candidate; rows that have it bring their exposure with them."""
KEYS = ["campaign_id", "influencer_id", "as_of"]


class FeatureRows(pd.DataFrame):
    """The features behind scores, as ``scores.attrs["X"]``: equal to itself alone and not copied, so that pandas can pass it on."""

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame

    def __deepcopy__(self, memo: object = None) -> FeatureRows:
        return self

    def __eq__(self, other: object) -> Any:  # pandas compares cell by cell
        return self is other if isinstance(other, FeatureRows) else super().__eq__(other)

    __hash__ = None


def framed(answers: Sequence[Scored], *, briefs: bool) -> pd.DataFrame:
    """Return the scores of several questions as one DataFrame, with ``attrs["X"]`` and ``attrs["notes"]``.

    Several ``briefs`` are told apart as ``brief 1``, ``brief 2`` …, for a campaign that is not stored has no id of its own.
    """
    tables, rows = [], []
    for number, answer in enumerate(answers, 1):
        names = {"campaign_id": f"brief {number}"} if briefs and len(answers) > 1 else {}
        tables.append(answer.scores.assign(**names))
        features = answer.features.drop(columns="exposure").assign(**{EXPOSURE: answer.features["exposure"]})
        rows.append(features.set_axis(pd.MultiIndex.from_frame(tables[-1][KEYS])))
    scores = pd.concat(tables, ignore_index=True)
    notes = list(dict.fromkeys(note for answer in answers for note in (*answer.banner, *answer.notes)))
    scores.attrs = {"X": FeatureRows(pd.concat(rows)), "notes": notes}
    return scores


def features_behind(X: pd.DataFrame) -> pd.DataFrame:
    """Return the features behind scores, row by row; rows of features are returned as they are."""
    if not isinstance(X, pd.DataFrame):
        raise InputError(
            f"X is a {type(X).__name__}; it can be scores, as predict gives them, or a DataFrame of features."
        )
    if "expected_conversions" not in X:
        return X
    rows = X.attrs.get("X")
    if rows is None:
        raise InputError(
            "These scores have lost their features (attrs['X']): give scores as predict returned them, or some of their rows."
        )
    return cast(pd.DataFrame, rows.loc[pd.MultiIndex.from_frame(X[KEYS])])


def possible_outcomes(scores: pd.DataFrame, bundle: Bundle, count: int, seed: int) -> pd.DataFrame:
    """Return draws of the outcomes of scores, shape (n, count): campaign by campaign, for what one shares another does not."""
    behind = features_behind(scores)
    if "expected_conversions" not in scores:
        raise InputError("X is rows of features; draws are of scores, as predict gives them for a Dataset.")
    for name, number, least in (("n_draws", count, 1), ("random_state", seed, 0)):
        if not isinstance(number, Integral) or number < least:
            raise InputError(f"{name} is {number!r:.60}; it can be a whole number from {least}.")
    variance = bundle.facts["campaign_variance"]
    if variance is None:
        raise InputError(
            "There are no draws: what the outcomes of one campaign share is not known, for too few were judged."
        )
    expected, exposure = (
        column.to_numpy(np.float64) for column in (scores["expected_conversions"], behind[EXPOSURE])
    )
    made = np.empty((len(scores), count))
    for number, rows in enumerate(scores.groupby("campaign_id", sort=True).indices.values()):
        made[rows] = draws(
            expected[rows], exposure[rows], bundle.interval, variance, count=count, seed=[seed, number]
        )
    return pd.DataFrame(made, index=scores.index)
