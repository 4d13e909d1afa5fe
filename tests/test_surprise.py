"""Past outcomes against expectation: an oracle in plain Python, the edge in time, and that it finds the person."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from suasion.features.engine.surprise import SURPRISE, surprise
from suasion.training.estimators.expectation import fit_expectation

from .small import MICRO, T0


def sample(seed: int, n: int = 400) -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(seed)
    at = [T0 - timedelta(hours=int(h)) for h in random.integers(0, 5000, n)]
    known = [a + random.choice([MICRO, timedelta(hours=30), T0 - a if a < T0 else MICRO]) for a in at]
    table = pd.DataFrame(
        {
            "influencer_id": random.choice(list("abcdef"), n),
            "as_of": at,
            "known_at": known,
            "net": random.poisson(3, n).astype(float),
        }
    )
    return table, random.random(n) * 5


@pytest.mark.parametrize("seed", range(3))
def test_it_equals_the_oracle_to_the_microsecond(seed: int) -> None:
    table, expected = sample(seed)
    asked = pd.concat(
        [
            table[["influencer_id", "as_of"]],
            pd.DataFrame(
                {"influencer_id": ["a", "a", "a", "new"], "as_of": [T0 - MICRO, T0, T0 + MICRO, T0]}
            ),
        ]
    )
    told = surprise(asked, table, expected, strength=2.5)
    for row, value in zip(asked.itertuples(), told, strict=True):
        past = [
            (r.net, mu)
            for r, mu in zip(table.itertuples(), expected, strict=True)
            if r.influencer_id == row.influencer_id and r.known_at < row.as_of
        ]
        more = (sum(y for y, _ in past) + 2.5) / (sum(mu for _, mu in past) + 2.5)
        assert value == pytest.approx(np.log(more), abs=1e-9)
    assert told[-1] == SURPRISE.fill == 0.0
    assert not surprise(asked, table, expected, strength=None).any(), "a past that says nothing"


def test_what_is_known_at_or_after_the_decision_changes_nothing() -> None:
    table, expected = sample(5)
    asked = pd.DataFrame({"influencer_id": list("abcdef"), "as_of": [T0] * 6})
    later = table.assign(known_at=T0 + timedelta(microseconds=0), net=99.0)
    both = pd.concat([table, later])
    before = surprise(asked, table, expected, 1.0)
    np.testing.assert_array_equal(before, surprise(asked, both, np.concatenate([expected, expected]), 1.0))
    seen = pd.concat([table, later.assign(known_at=T0 - MICRO)])
    assert np.all(surprise(asked, seen, np.concatenate([expected, expected]), 1.0) > before)


def test_it_finds_the_person_behind_the_circumstances(world, trained) -> None:
    run, _ = trained
    truth = pd.read_parquet(world / "truth" / "truth.parquet")
    table = run.examples.table.merge(
        truth[["campaign_id", "influencer_id", "effect_conversion"]], on=["campaign_id", "influencer_id"]
    )
    seasoned = table[table["conversion__campaigns"] >= 4]
    by_surprise = seasoned[SURPRISE.column].corr(seasoned["effect_conversion"], method="spearman")
    assert by_surprise > 0.3
    assert (table.loc[table["conversion__campaigns"] == 0, SURPRISE.column] == 0.0).all()


def test_without_enough_to_fit_the_expectation_is_the_mean_rate() -> None:
    known = pd.DataFrame(
        {"influencer_id": ["a", "b"], "as_of": T0, "known_at": T0, "net": [3.0, 0.0], "exposure": [1.0, 2.0]}
    )
    expectation = fit_expectation(known, ())
    np.testing.assert_allclose(expectation.expect(known), [1.0, 2.0])
    nothing = fit_expectation(known.assign(net=0.0), ())
    np.testing.assert_allclose(nothing.expect(known), np.array([1.0, 2.0]) * 0.5 / 3.0)
