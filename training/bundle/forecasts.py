"""Forecasts made before their outcomes were known, kept with the model that judging them gave, by what stands for each outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from suasion.features.errors import BundleError

from .learned_from import outcome_digest
from .strict import read_arrays, write_arrays

FILE = "forecasts.npz"
NONE = -1.0
"""Written where an interval has no bound."""
ARRAYS = {"digests": ("|u1", 2), "expected": ("<f8", 1), "low": ("<f8", 1), "high": ("<f8", 1)}


@dataclass(frozen=True)
class Forecast:
    """What was expected of one outcome before it was known."""

    expected: float
    low: float | None
    high: float | None

    @classmethod
    def of(cls, expected: float, low: float, high: float) -> Forecast:
        """Return a forecast; a bound that is not finite is none."""
        return cls(float(expected), *(float(bound) if np.isfinite(bound) else None for bound in (low, high)))


@dataclass(frozen=True)
class Forecasts:
    """Forecasts by the digest of their outcome (:func:`suasion.training.bundle.learned_from.outcome_digest`).

    >>> kept = Forecasts.of([("c1", "anna")], [4.0], [1.0], [np.inf], "f")
    >>> kept.find("c1", ["x:1", "anna"], "f"), kept.find("c2", ["anna"], "f")
    (Forecast(expected=4.0, low=1.0, high=None), None)
    """

    by_digest: Mapping[str, Forecast] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        outcomes: Iterable[tuple[str, str]],
        expected: Iterable[float],
        low: Iterable[float],
        high: Iterable[float],
        fingerprint: str,
    ) -> Forecasts:
        """Return the forecasts of outcomes, each a campaign and an influencer."""
        by_digest = {
            outcome_digest(campaign, influencer, fingerprint): Forecast.of(*map(_figures, values))
            for (campaign, influencer), *values in zip(outcomes, expected, low, high, strict=True)
        }
        return cls(dict(sorted(by_digest.items())))

    def find(self, campaign: str, accounts: Iterable[str], fingerprint: str) -> Forecast | None:
        """Return the forecast of an outcome under whichever of a person's ids; None where none was made in time."""
        for one in accounts:
            if forecast := self.by_digest.get(outcome_digest(campaign, one, fingerprint)):
                return forecast
        return None

    def dump(self) -> bytes:
        """Return the content of the file."""
        digests = [list(bytes.fromhex(digest)) for digest in self.by_digest]
        forecasts = self.by_digest.values()
        arrays: dict[str, NDArray[np.uint8] | NDArray[np.float64]] = {
            "digests": np.array(digests, dtype=np.uint8).reshape(-1, 8),
        }
        for name in ("expected", "low", "high"):
            values = [getattr(one, name) for one in forecasts]
            arrays[name] = np.array([NONE if value is None else value for value in values], dtype=np.float64)
        return write_arrays(arrays)

    @classmethod
    def load(cls, data: bytes) -> Forecasts:
        """Return what the file holds."""
        arrays = read_arrays(data, FILE, ARRAYS)
        digests, expected = arrays["digests"], arrays["expected"]
        names = [bytes(row.tolist()).hex() for row in digests]
        same = all(len(array) == len(digests) for array in arrays.values()) and digests.shape[1] == 8
        bounds = np.concatenate([arrays["low"], arrays["high"]])
        wrong = np.any(expected < 0) or np.any((bounds < 0) & (bounds != NONE))
        if not same or wrong or names != sorted(set(names)):
            raise BundleError(f"{FILE} is not one forecast an outcome. Train the model again.")
        rows = zip(names, expected, arrays["low"], arrays["high"], strict=True)
        return cls(
            {
                name: Forecast(float(e), *(None if b == NONE else float(b) for b in (a, c)))
                for name, e, a, c in rows
            }
        )


def _figures(value: float) -> float:
    """Return nine digits: the rest hangs on where a matrix lies in memory, and a seed must give one model."""
    return float(f"{value:.9g}")
