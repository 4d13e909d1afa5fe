"""What fitting works out, by hand: scales, slopes, copies, penalties, and how many trees."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from suasion.features.errors import InputError
from suasion.training.estimators import fit as fitting
from suasion.training.estimators.base import RateRegressor
from suasion.training.estimators.fit import (
    CAUTIOUS,
    Chosen,
    Columns,
    Data,
    Settings,
    _enough,
    choose,
    fit,
    poisson_deviance,
)
from suasion.training.estimators.linear import (
    LinearRegressor,
    _held,
    _median_size,
    _scaling,
    constant_rate,
    first_copies,
)

from .test_learning_values import NAN, days

# -- regression -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "counted", "size"),
    [
        ([NAN, 0, -4, 2, 8], [1, 1, 1, 1, 1], 4.0),
        ([NAN, 0, -4, 2, 8], [9, 9, 1, 1, 3], 8.0),
        ([2, 8], [1, 1], 2.0),
        ([5, 2], [0, 1], 2.0),
        ([0, NAN], [1, 1], 1.0),
        ([-3], [1], 3.0),
    ],
)
def test_the_unit_is_the_median_size_of_what_is_not_zero(
    column: list[float], counted: list[float], size: float
) -> None:
    assert _median_size(np.array(column), np.array(counted, dtype=float)) == size


def test_values_are_put_on_one_scale_and_clipped() -> None:
    """Sizes 1 and 3, unit 1: log 2 and log 4, mean 1.5 log 2, spread 0.5 log 2. The second is always 7, the third never told."""
    two = np.log(2)
    X = np.array([[1.0, 7, NAN], [3, 7, NAN], [NAN, 7, NAN], [NAN, 7, NAN]])
    told = _scaling(X, np.ones(4), None)
    np.testing.assert_allclose(told.unit, [1, 7, 1])
    np.testing.assert_allclose(told.mean, [1.5 * two, two, 0])
    np.testing.assert_allclose(told.scale, [0.5 * two, 0, 0])
    np.testing.assert_allclose(told.low, [two, two, 0])
    np.testing.assert_allclose(told.high, [2 * two, two, 0])
    np.testing.assert_allclose(told.absent, [0.5, 0, 1])
    assert told.intercept == 0.0
    asked = np.array([[1.0, 9, 1], [3, 7, NAN], [100, 7, 1], [0, 7, 1], [-3, 7, 1], [NAN, NAN, NAN]])
    present, absent = told.standardise(asked)
    np.testing.assert_allclose(present, [[-1, 0, 0], [1, 0, 0], [1, 0, 0], [-1, 0, 0], [-1, 0, 0], [0, 0, 0]])
    np.testing.assert_allclose(absent[[0, 5]], [[-0.5, 0, -1], [0.5, 1, 0]])
    given = replace(told, slope=np.array([2.0, 5, 5]), slope_absent=np.array([4.0, 0, 0]))
    np.testing.assert_allclose(given.contributions(asked)[[0, 5], 0], [-2 - 2, 2])
    np.testing.assert_allclose(given.grouped(asked, "aba", "ba")[:, 1], given.contributions(asked)[:, 0])
    both_signs = _scaling(np.array([[-3.0], [3.0]]), np.ones(2), None)
    np.testing.assert_allclose([both_signs.low[0], both_signs.high[0]], [-two, two])


def test_a_row_counts_as_often_as_it_weighs_and_one_of_weight_zero_not_at_all() -> None:
    two = np.log(2)
    told = _scaling(np.array([[1.0], [3.0], [NAN], [900.0]]), np.array([2.0, 1, 1, 0]), None)
    np.testing.assert_allclose(told.unit, 1.0)
    np.testing.assert_allclose(told.mean, two * 4 / 3)
    np.testing.assert_allclose(told.scale, two * np.sqrt((2 * (1 / 3) ** 2 + (2 / 3) ** 2) / 3))
    np.testing.assert_allclose([told.low[0], told.high[0]], [two, 2 * two])
    np.testing.assert_allclose(told.absent, 0.25)


@pytest.mark.parametrize(("missing", "told"), [(1, False), (4, True), (396, True), (399, False)])
def test_what_is_missing_seldom_tells_nothing(missing: int, told: bool) -> None:
    X = np.where(np.arange(400) < missing, NAN, 5.0)[:, None]
    parts = LinearRegressor(alpha=0.01).fit(X, 1.0 + 4.0 * np.isnan(X[:, 0])).parts()
    assert bool(parts.slope_absent[0] > 0) is told
    assert parts.slope.tolist() == [0.0]


def test_where_nothing_came_every_row_is_an_exposure_of_one() -> None:
    X = np.arange(8.0)[:, None]
    np.testing.assert_allclose(LinearRegressor().fit(X, np.zeros(8)).predict(X), 0.5 / 8)
    with pytest.raises(ValueError, match=r"(?i)weights .*zero"):
        LinearRegressor().fit(X, np.ones(8), sample_weight=np.zeros(8))
    np.testing.assert_allclose(constant_rate(np.log(0.3), 2).contributions(np.array([[NAN, 4.0]])), 0.0)
    assert constant_rate(np.log(0.3), 2).base == np.log(0.3)


def test_slopes_are_held_and_copies_are_found() -> None:
    slopes, signs = np.array([1.0, -1, 2, -2]), np.array([1.0, 1, -1, 0])
    assert _held(slopes, signs, np.zeros(4)).tolist() == [1, 0, 0, -2]
    assert _held(slopes, signs, np.array([0.0, -3, 1, 9])).tolist() == [1, -1, 1, -2]
    X = np.array([[1.0, 2, 1, 1, 0, 0], [2, 4, 2, 2, 0, 0], [NAN, NAN, 0, 3, 0, NAN]])
    assert first_copies(X).tolist() == [0, 0, 2, 3, 4, 5], "what is missing is not 0"
    assert first_copies(np.zeros((2, 3))).tolist() == [0, 0, 0]
    assert first_copies(np.array([[1.0, -1], [2, -2]])).tolist() == [0, 1], "the other way round is another"


class Flat(RateRegressor):
    """A regressor that expects 2 of everybody."""

    def fit(self, X: Any, y: Any) -> Flat:
        self.fitted_ = True
        return self

    def _log_rate(self, X: Any) -> np.ndarray:
        return np.full(len(X), np.log(2.0))


def test_rates_times_exposure_and_the_explained_deviance() -> None:
    X = np.zeros((3, 1))
    flat = Flat().fit(X, X)
    np.testing.assert_allclose(flat.predict(X), [2, 2, 2])
    np.testing.assert_allclose(flat.predict(X, [1, 2, 0.5]), [2, 4, 1])
    y = np.array([0.0, 1.0, 8.0])

    def deviance(mu: float) -> float:
        return 2 * sum((k * np.log(k / mu) if k else 0) - k + mu for k in y)

    assert flat.score(X, y) == pytest.approx(1 - deviance(2.0) / deviance(3.0))
    _, rate, weight, counted = flat._rates([[1.0], [2.0]], [4.0, 0.0], [1.0, 3.0], [2.0, 5.0])
    assert (rate.tolist(), weight.tolist(), counted.tolist()) == ([2, 0], [2, 15], [1, 3])


# -- what is shipped --------------------------------------------------------------------------------------------------


def test_the_deviance_of_what_was_expected_of_nobody() -> None:
    told = poisson_deviance(np.array([0.0, 1.0, 0.0, 2.0]), np.array([0.0, 0.0, 3.0, 2.0]))
    np.testing.assert_allclose(told, [2e-12, 2 * (np.log(1e12) - 1 + 1e-12), 6.0, 0.0], atol=1e-15)


def test_what_is_enough_to_choose_by() -> None:
    n = 60
    data = Data(
        np.zeros((n, 1)), np.r_[np.zeros(30), np.ones(30)], np.ones(n), days(*range(n)), days(*range(n))
    )
    rows = np.arange(n)
    assert _enough(data, rows[1:31], rows[50:])
    assert not _enough(data, rows[2:31], rows[50:])
    assert not _enough(data, rows[1:31], rows[51:])
    assert not _enough(data, rows[:30], rows[50:]), "nothing came"


class Sure:
    """A tree that expects what it is told to."""

    def __init__(self, rate: float, trees: int = 700) -> None:
        self.rate, self.n_trees_ = rate, trees
        self.fits: list[dict[str, Any]] = []

    def fit(self, X: Any, y: Any, sample_weight: Any, **told: Any) -> Sure:
        self.fits.append(told | {"weight": sample_weight})
        return self

    def predict(self, X: Any, exposure: Any) -> np.ndarray:
        return self.rate * np.asarray(exposure)


def seen(n: int) -> Data:
    """Return outcomes of which none says more than another: 3 for each exposure of 2, and twice as many in the last fifth."""
    y = np.where(np.arange(n) >= 0.8 * (n - 1), 6.0, 3.0)
    return Data(np.zeros((n, 1)), y, np.full(n, 2.0), days(*range(n)), days(*range(n)))


@pytest.mark.parametrize(
    ("n", "kind", "grown", "trees"),
    [
        (501, "blend", 700, 700),  # 101 to stop by
        (501, "blend", 7, 400),
        (501, "trees", 700, 700),
        (501, "linear", 700, 0),
        (490, "blend", 700, 400),  # 98
        (30, "trees", 700, 400),
    ],
)
def test_there_are_as_many_trees_as_the_last_fifth_says_and_400_at_least(
    n: int, kind: str, grown: int, trees: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The regression says 1.5 for each exposure: trees that start from half of it see exposures times its root."""
    sure = Sure(1.0, grown)
    monkeypatch.setattr(fitting, "_tree", lambda *_: sure)
    monkeypatch.setattr(fitting, "choose_alpha", lambda *_: 0.3)
    monkeypatch.setattr(fitting, "follow_pays", lambda *_: False)
    assert choose(seen(n), Columns.plain(["a"], ["a"]), Settings(kind=kind)) == Chosen(trees, 0.3)
    assert len(sure.fits) == (n == 501 and kind != "linear")
    for fit_ in sure.fits:
        X, y, exposure = fit_["eval_set"]
        start = 2.0 * (1.5**0.5 if kind == "blend" else 1.0)
        assert (y.tolist(), len(X)) == ([6.0] * len(y), len(y))
        np.testing.assert_allclose(exposure, start)
        np.testing.assert_allclose(fit_["exposure"], np.full(n - len(y), start))
        assert len(fit_["weight"]) == n - len(y)


def test_fewer_trees_where_fewer_are_asked_for_and_none_where_nothing_came() -> None:
    told = choose(seen(40), Columns.plain(["a"], ["a"]), Settings(alpha=0.3, lightgbm={"n_estimators": 90}))
    assert told == Chosen(90, 0.3)
    nothing = replace(seen(40), y=np.zeros(40))
    for kind in ("blend", "trees"):
        parts, chosen = fit(nothing, Columns.plain(["f"], ["f"]), Settings(kind=kind, alpha=0.3))
        assert (chosen, parts.kind) == (Chosen(0, 0.3), "linear")


def test_what_is_expected_to_be_large_counts_less() -> None:
    """Exposures of 1.2 on average, of each as much expected: a row counts 1 / (1 + 0.3 · its share of the mean)."""
    exposure = np.array([2.0, 2.0, 1.0, 0.5, 0.5, 1.0, 2.0, 1.5, 0.5, 1.0])
    y = 2.0 * exposure / 1.2
    data = Data(np.zeros((10, 1)), y, exposure, days(*range(10)), days(*range(10)))
    expected = [1 / (1 + 0.3 * e / 1.2) for e in exposure]
    np.testing.assert_allclose(data.spread(Columns.plain(["a"], ["a"]), Settings())[0], expected)
    # In another unit the same.
    more = Data(data.X, 1000 * y, exposure / 7, data.decided, data.known)
    np.testing.assert_allclose(more.spread(Columns.plain(["a"], ["a"]), Settings())[0], expected)


def test_how_much_outcomes_vary_is_told_in_no_unit() -> None:
    """Poisson counts of mean 4 vary by a quarter of it; 0 or 1, one time in ten, by nine times as much as they expect."""
    random = np.random.default_rng(0)
    n = 40_000
    for y, noise in ((random.poisson(4.0, n), 0.25), (random.random(n) < 0.1, 9.0)):
        data = Data(np.zeros((n, 1)), y.astype(float), np.ones(n), days(*[0] * n), days(*[0] * n))
        assert data.spread(Columns.plain(["a"], ["a"]), Settings())[1] == pytest.approx(noise, rel=0.05)
        other = replace(data, y=data.y * 1000, exposure=data.exposure / 7)
        assert other.spread(Columns.plain(["a"], ["a"]), Settings())[1] == pytest.approx(
            data.spread(Columns.plain(["a"], ["a"]), Settings())[1], rel=1e-6
        )


AB = replace(Columns.plain(["a", "b"], ["a", "b"]), directions=[1, 0])


def test_settings_reach_the_trees_and_the_regression() -> None:
    settings = Settings(random_state=5, lightgbm={"num_leaves": 4})
    tree = fitting._tree(AB, settings, 0.5, n_estimators=9)
    told = (
        tree.groups,
        tree.directions,
        tree.random_state,
        tree.num_leaves,
        tree.n_estimators,
        tree.reg_lambda,
    )
    assert told == (["a", "b"], [1, 0], 5, 4, 9, 15.0)
    asked = fitting._tree(Columns.plain(["a"], ["a"]), Settings(lightgbm={"reg_lambda": 2.0}), 0.5)
    assert asked.reg_lambda == 2.0
    free = fitting._tree(AB, Settings(interactions=True, monotonic=False), 0.5)
    assert (free.groups, free.directions) == (None, None)
    fading = replace(AB, elasticities=[0.5, 0.5], fades=[30.0, math.inf])
    linear = fitting._linear(0.7, fading, settings, 30)
    assert (linear.alpha, linear.directions, linear.elasticities) == (0.7, [1, 0], [0.25, 0.5])
    assert fitting._linear(0.7, AB, Settings(monotonic=False), 30).directions is None
    with pytest.raises(InputError, match="kind is 'tree'; it can be blend, trees, linear"):
        Settings(kind="tree")
    with pytest.raises(InputError, match="lightgbm names directions, leaves; it can name bagging_fraction, "):
        Settings(lightgbm={"leaves": 3, "directions": [1], "patience": 4})
    for alpha in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(InputError, match=r"alpha is .*; it can be a number above 0"):
            Settings(alpha=alpha)
    for coverage in (0.0, 1.0, 90):
        with pytest.raises(InputError, match=r"coverage is .*; it can be a share between 0 and 1"):
            Settings(coverage=coverage)


def test_a_penalty_that_is_given_is_taken() -> None:
    assert choose(seen(251), Columns.plain(["a"], ["a"]), Settings(kind="linear", alpha=7.0)).alpha == 7.0


def test_with_too_few_to_judge_by_the_penalty_is_cautious_and_is_what_is_fitted() -> None:
    parts, chosen = fit(seen(25), Columns.plain(["f"], ["a"]), Settings())
    assert chosen == Chosen(400, CAUTIOUS)
    assert (parts.kind, parts.features, parts.groups) == ("blend", ("f",), ("a",))
    np.testing.assert_allclose(np.exp(parts.log_base), seen(25).y.sum() / 50)
