"""Past outcomes against what everything else led one to expect: who keeps bringing more than they should.

A past rate alone mixes the person with the campaigns they were given: a good fit and a generous discount look like
talent. Here each past outcome is compared with what a regression on all other features expected of it, so that what is
left is the person. It is the credibility of residuals (Bühlmann & Straub 1970; for counts Jewell 1975), as a logarithm, because
what a person adds multiplies. With conversions y and expectations mu over the outcomes known at ``as_of``:

    surprise = log((sum y + k) / (sum mu + k))

0 for somebody without a past. The regression is fitted state, like the text space: once, on outcomes known before the first
decision that is judged, by :mod:`suasion.training.estimators.expectation`; this module knows no model.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .feature import Feature, Rows, Value

Floats = NDArray[np.float64]


def _built_elsewhere(past: Rows) -> Value:
    raise NotImplementedError(
        "surprise needs a fitted expectation: suasion.features.engine.surprise.surprise works it out"
    )


SURPRISE = Feature(
    characteristic="conversion",
    name="surprise",
    days=None,
    sources=("past",),
    unit="log ratio",
    monotonic=+1,
    fill=0.0,
    meaning="Past conversions against what all other features led one to expect, drawn to equal; for a newcomer, 0.",
    build=_built_elsewhere,
)
"""The declaration, for the column's name, the constraint, the SHAP group and the documentation."""


def surprise(
    decisions: pd.DataFrame, history: pd.DataFrame, expected: Floats, strength: float | None
) -> Floats:
    """Return the surprise of each decision, shape (decisions,).

    ``strength`` is k, in conversions; None where a person's past says nothing beyond the other features: 0 for all.

    >>> day = pd.Timestamp("2024-01-02")
    >>> past = pd.DataFrame({"influencer_id": ["ann"], "known_at": [day], "net": [9.0]})
    >>> decisions = pd.DataFrame({"influencer_id": ["ann", "ann"], "as_of": [day, day + pd.Timedelta(microseconds=1)]})
    >>> surprise(decisions, past, np.array([4.0]), strength=1.0).round(3).tolist()
    [0.0, 0.693]
    """
    if strength is None:
        return np.zeros(len(decisions))
    net, mu = past_sums(decisions, history, expected)
    return np.log((net + strength) / (mu + strength))


def past_sums(decisions: pd.DataFrame, history: pd.DataFrame, expected: Floats) -> tuple[Floats, Floats]:
    """Return what came of a person's past outcomes, and what was expected of them, each of shape (decisions,).

    ``decisions`` has the columns ``influencer_id, as_of``, and ``history`` versions of outcomes: ``influencer_id, known_at, net``, the
    conversions that each adds to what was known before. Those known before a decision's ``as_of`` count. ``expected`` is what was
    expected for each row of ``history``, in conversions; of a later version, what it adds to that.
    """
    actual, hoped = np.zeros(len(decisions)), np.zeros(len(decisions))
    frame = pd.DataFrame(
        {
            "who": history["influencer_id"].to_numpy(dtype=object),
            "known": history["known_at"].to_numpy().astype("datetime64[us]"),
            "net": history["net"].to_numpy(dtype=np.float64),
            "expected": expected,
        }
    ).sort_values("known", kind="stable")
    past: dict[object, pd.DataFrame] = dict(iter(frame.groupby("who", sort=False)))
    moments = decisions["as_of"].to_numpy().astype("datetime64[us]")
    people = decisions["influencer_id"].to_numpy(dtype=object)
    # Most of many candidates have no past: a group for each of them would take seconds.
    known = np.flatnonzero([who in past for who in people])
    for who, rows in pd.Series(known).groupby(people[known]):
        past_of_one = past[who]
        count = np.searchsorted(past_of_one["known"].to_numpy(), moments[rows.to_numpy()], side="left")
        actual[rows.to_numpy()] = np.concatenate([[0.0], np.cumsum(past_of_one["net"].to_numpy())])[count]
        hoped[rows.to_numpy()] = np.concatenate([[0.0], np.cumsum(past_of_one["expected"].to_numpy())])[count]
    return actual, hoped
