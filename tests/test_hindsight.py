"""What is called agreed and was filled in afterwards earns no verdict; what was agreed beforehand is never suspected."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import somersd

import suasion as su
from suasion.training.evaluation.hindsight import concordance, filled_in_later, is_made_of

from .brands import brand


def agreed(**columns: Any) -> su.Dataset:
    tables = brand(people=20, campaigns=14)
    outcomes = tables["outcomes"]
    made = {name: make(outcomes, np.random.default_rng(3)) for name, make in columns.items()}
    return su.Dataset(campaigns=tables["campaigns"], outcomes=outcomes.assign(**made))


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ({"fee": lambda o, _: 4.5 * o["conversions"]}, "fee"),
        ({"fee": lambda o, _: 50 + 4.5 * o["conversions"]}, "fee"),
        (
            {
                "fee": lambda o, draw: (
                    5 + np.array([draw.lognormal(3, 0.3, n).sum() for n in o["conversions"]])
                )
            },
            "fee",
        ),
        ({"exposure": lambda o, draw: 8 * o["conversions"] + draw.integers(1, 9, len(o))}, "exposure"),
        (
            {"offer_clicks": lambda o, draw: 1 + 20 * o["conversions"] + draw.integers(0, 9, len(o))},
            "offer_clicks",
        ),
        (
            {
                "conversions": lambda o, _: (o["conversions"] > 5).astype(int),
                "fee": lambda o, _: 30.0 * (o["conversions"] > 5),
            },
            "fee",
        ),
        ({}, None),
        ({"fee": lambda o, draw: draw.integers(1, 9, len(o)) * o["exposure"]}, None),
        ({"fee": lambda o, _: o["influencer_id"].str[1:].astype(int) ** 2}, None),
        ({"conversions": lambda o, _: o["exposure"], "exposure": lambda o, _: o["exposure"] + 1}, "exposure"),
        (
            {"conversions": lambda o, draw: draw.poisson(o["exposure"]), "fee": lambda o, _: o["exposure"]},
            None,
        ),
    ],
)
def test_only_what_was_made_of_the_outcomes_is_suspected(columns: dict[str, Any], name: str | None) -> None:
    assert filled_in_later(agreed(**columns).examples()[0]) == name


@pytest.mark.parametrize("level", [0.3, 3.0, 300.0, 30_000.0])
def test_the_true_rate_itself_is_not_suspected(level: float) -> None:
    draw = np.random.default_rng(0)
    for _ in range(20):
        rate = level * draw.lognormal(0, 1.2, 400)
        y = draw.poisson(rate).astype(float)
        assert not is_made_of(rate, y, draw)


def test_concordance_is_somers_d() -> None:
    draw = np.random.default_rng(1)
    y, value = draw.poisson(2.0, 60).astype(float), draw.integers(0, 9, 60).astype(float)
    assert concordance(value, y) == pytest.approx(somersd(y, value).statistic)


def test_a_commission_in_the_place_of_a_fee_takes_the_verdict_back() -> None:
    data = agreed(fee=lambda o, _: 4.5 * o["conversions"])
    evaluation = su.evaluate(su.InfluenceModel(kind="linear", alpha=1.0), data, ablate=False)
    assert not evaluation.beats
    assert evaluation.verdict.startswith(
        "What this model explains is not earned: fee goes with the conversions"
    )
