"""A level that wanders: followed where that pays, and left alone where a few campaigns had luck."""

from __future__ import annotations

import numpy as np
import pytest

from suasion.training.estimators.fit import Chosen, Columns, Data, Settings, choose, fit
from suasion.training.estimators.linear import LinearRegressor

DAY = np.timedelta64(1, "D")
PLAIN = Columns.plain(["a"], ["a"])


def data(level: np.ndarray, *, each: int = 30, luck: float = 0.0, seed: int = 0) -> Data:
    """Return ``each`` outcomes a month of 30 days, of campaigns of ten that share their luck, at these levels of a mean of 20."""
    random = np.random.default_rng(seed)
    n = len(level) * each
    months, a = np.repeat(np.arange(len(level)), each), random.normal(size=n)
    shared = np.repeat(random.normal(0.0, luck, n // 10), 10)
    y = random.poisson(20.0 * np.exp(level[months] + 0.5 * a + shared)).astype(float)
    decided = (np.datetime64("2022-01-01", "us") + (months * 30 + np.arange(n) % each) * DAY).astype(
        "datetime64[us]"
    )
    return Data(a[:, None], y, np.ones(n), decided, decided + 20 * DAY)


FALLS = np.r_[np.zeros(12), np.linspace(0.0, -1.5, 12)]


def test_the_age_of_a_decision_is_counted_back_from_the_latest() -> None:
    days = np.array([0, 29, 30, 31, 60, 61, 89], dtype="timedelta64[D]")
    decided = np.datetime64("2024-01-01", "us") + days
    seen = Data(np.zeros((7, 1)), np.ones(7), np.ones(7), decided, decided)
    assert seen.age.tolist() == [2, 2, 1, 1, 0, 0, 0]
    once = Data(np.zeros((2, 1)), np.ones(2), np.ones(2), decided[[0, 0]], decided[[0, 0]])
    assert once.age.tolist() == [0, 0]
    long = np.datetime64("1980-01-01", "us") + np.array([0, 365 * 30], dtype="timedelta64[D]")
    assert Data(np.zeros((2, 1)), np.ones(2), np.ones(2), long, long).age.max() == 60


def test_what_is_predicted_has_the_latest_level() -> None:
    """Twice as much came in each of two earlier periods, 3 for one: the level says so, and the slope is not touched by it."""
    age = np.repeat([0, 1, 2], 200)
    a = np.tile([-1.0, 1.0], 300)
    y = 3.0 * np.exp(0.25 * a) * np.array([1.0, 2.0, 2.0])[age]
    model = LinearRegressor(alpha=1e-5).fit(a[:, None], y, age=age)
    np.testing.assert_allclose(np.exp(model.level_), [1.0, 2.0, 2.0], rtol=0.15)
    np.testing.assert_allclose(model.predict([[0.0]]), 3.0 * np.cosh(0.25), rtol=0.15)
    still = LinearRegressor(alpha=1e-5).fit(a[:, None], y)
    assert still.level_.tolist() == [0.0]
    np.testing.assert_allclose(still.predict(a[:, None]).mean(), y.mean())


def test_a_level_that_falls_is_followed() -> None:
    seen = data(FALLS)
    parts, chosen = fit(seen, PLAIN, Settings(lightgbm={"n_estimators": 40}))
    assert chosen.follows
    last = seen.age == 0
    followed = np.exp(parts.log_rate(seen.X[last], ["a"])).mean() / seen.y[last].mean()
    still, _ = fit(seen, PLAIN, Settings(), Chosen(40, chosen.alpha))
    assert 0.85 < followed < 1.3
    assert np.exp(still.log_rate(seen.X[last], ["a"])).mean() / seen.y[last].mean() > 2.0


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("luck", [0.0, 0.6])
def test_luck_of_campaigns_is_no_level(luck: float, seed: int) -> None:
    assert not choose(data(np.zeros(24), luck=luck, seed=seed), PLAIN, Settings(kind="linear")).follows


def test_units_and_the_order_of_rows_do_not_matter() -> None:
    seen = data(FALLS)
    model = fit(seen, PLAIN, Settings(kind="linear"))[0]
    rows = np.random.default_rng(1).permutation(len(seen.y))
    order = rows[np.argsort(seen.decided[rows], kind="stable")]
    other = Data(seen.X, seen.y * 1e6, seen.exposure / 1e3, seen.decided, seen.known).take(order)
    again, chosen = fit(other, PLAIN, Settings(kind="linear"))
    assert chosen.follows
    at = np.array([[-1.0], [0.0], [2.0]])
    np.testing.assert_allclose(again.log_rate(at, ["a"]), model.log_rate(at, ["a"]) + np.log(1e9), rtol=1e-9)


def test_trees_alone_follow_nothing_and_where_nothing_came_nothing_is_followed() -> None:
    seen = data(FALLS)
    assert not choose(seen, PLAIN, Settings(kind="trees", alpha=1.0, lightgbm={"n_estimators": 5})).follows
    nothing = Data(seen.X, np.zeros(len(seen.y)), seen.exposure, seen.decided, seen.known)
    assert choose(nothing, PLAIN, Settings(alpha=1.0)) == Chosen(0, 1.0)
