"""How rates and trees are worked out at their edges: where the solver stops, what is no spread, what threads pass on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, poisson

from suasion.features.engine.matrix import all_features
from suasion.training.estimators import linear, paths
from suasion.training.estimators.expectation import LEAST, fit_expectation
from suasion.training.estimators.linear import LinearRegressor, _scaling, _solve
from suasion.training.estimators.paths import in_threads, widest
from suasion.training.evaluation.review import _one_a_campaign, _sigmas, _slopes


def problem(n: int = 200) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return standardised columns, rates of mean 1, and weights that sum to 1; the first column hurts, the second helps."""
    random = np.random.default_rng(3)
    design = random.normal(size=(n, 3))
    rate = random.poisson(np.exp(design @ [-0.5, 0.8, 0.0])).astype(float)
    return design, rate / rate.mean(), np.full(n, 1 / n)


def solved(signs: list[float], penalty: float = 0.01) -> tuple[np.ndarray, float, int]:
    design, rate, weight = problem()
    return _solve(design, rate, weight, np.full(3, penalty), np.array(signs), np.zeros(3), np.zeros(3), 0.0)


@pytest.mark.parametrize("signs", [[0, 0, 0], [1, 1, 0], [-1, -1, 0], [1, -1, 1]])
def test_the_solution_is_where_no_step_that_is_allowed_goes_down(signs: list[float]) -> None:
    """The gradient is 0 where a slope is free; at its bound it points out. The intercept is that of the first column of ones."""
    design, rate, weight = problem()
    slopes, intercept, steps = solved(signs)
    mu = weight * np.exp(intercept + design @ slopes)
    assert mu.sum() == pytest.approx(1.0), "what is expected is what came"
    gradient = design.T @ (mu - weight * rate) + 0.01 * slopes
    for slope, sign, slant in zip(slopes, signs, gradient, strict=True):
        if sign and slope == 0:
            assert slant * sign > 0
        else:
            assert slant == pytest.approx(0, abs=1e-7)
            assert slope * sign >= 0
    assert (2 if slopes.any() else -1) < steps < 30
    again = _solve(design, rate, weight, np.full(3, 0.01), np.array(signs), np.zeros(3), slopes, intercept)
    assert again[2] <= 1, "who starts at the end has arrived"
    np.testing.assert_allclose(again[0], slopes, atol=1e-7)


def test_a_solver_that_is_stopped_returns_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = solved([0, 0, 0])
    monkeypatch.setattr(linear, "STEPS", 1)
    slopes, intercept, steps = solved([0, 0, 0])
    assert steps == 1
    assert slopes.shape == (3,)
    design, rate, weight = problem()
    # One step of Newton's from 0: the least squares of rate - 1, since everything expected is 1.
    ones = np.hstack([np.ones((200, 1)), design])
    hessian = ones.T @ (ones * weight[:, None]) + np.diag([0, 0.01, 0.01, 0.01])
    np.testing.assert_allclose([intercept, *slopes], np.linalg.solve(hessian, ones.T @ (weight * (rate - 1))), rtol=1e-6)  # fmt: skip
    assert np.abs(slopes - whole[0]).max() > 1e-3


def test_where_no_step_goes_down_it_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A direction along which every step, however small, is worse: as where doubles end."""
    monkeypatch.setattr(linear, "cho_solve", lambda factor, gradient: -gradient)
    slopes, intercept, steps = solved([0, 0, 0])
    assert (slopes.tolist(), intercept, steps) == ([0, 0, 0], 0.0, 0)


def test_steps_of_all_penalties_are_counted() -> None:
    design, rate, _ = problem()
    one = LinearRegressor(alpha=0.1).fit(design, rate)
    assert one.n_iter_ > 1
    _, steps, _ = one._fit_path(design, rate, None, None, [0.1])
    assert steps == one.n_iter_
    assert one._fit_path(design, rate, None, None, [0.1, 0.1])[1] in (steps, steps + 1)
    assert one._fit_path(design, np.zeros(200), None, None, [0.1, 1.0])[1] == 0


@pytest.mark.parametrize(
    ("mean", "spread", "varies"),
    [(0.1, 1.8e-10, False), (0.1, 2.2e-10, True), (50.0, 9e-8, False), (50.0, 1.1e-7, True)],
)
def test_what_varies_by_less_than_a_double_tells_does_not_vary(
    mean: float, spread: float, varies: bool
) -> None:
    """A billionth of the size, and of 1 where that is smaller: squeezed, sign(x) log(1 + |x| / unit), with the unit the median."""
    x = np.array([mean - spread, mean + spread])[:, None]
    told = _scaling(x, np.ones(2), None)
    squeezed = np.log1p(np.abs(x) / told.unit)
    size = (squeezed[1] - squeezed[0])[0] / 2
    assert bool(told.scale[0]) is bool(size >= 1e-9 * max(1.0, squeezed.mean()))
    assert bool(told.scale[0]) is varies


# -- expectation ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("came", "learns"), [(0.0, False), (0.5, True), (1.0, True), (2.0, True)])
def test_the_expectation_learns_as_soon_as_anything_came(came: float, learns: bool) -> None:
    column = "frequency__posts_per_week__365d"
    one = next(f for f in all_features() if f.column == column)
    day = pd.Timestamp("2024-01-01")
    known = pd.DataFrame({"influencer_id": [f"p{n}" for n in range(LEAST)], "as_of": day, "known_at": day, "net": 0.0, "exposure": 1.0, column: np.arange(LEAST) % 5.0})  # fmt: skip
    known.loc[4, "net"] = came
    assert bool(fit_expectation(known, (one,)).linear.slope.any()) is learns


# -- trees ------------------------------------------------------------------------------------------------------------


def test_what_goes_wrong_in_a_thread_goes_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths.os, "cpu_count", lambda: 2)

    def job(rows: np.ndarray, out: np.ndarray) -> None:
        out[:] = rows[:, 0]
        if rows[-1, 0] == 1999:
            raise ValueError("in a thread")

    X = np.arange(2000.0)[:, None]
    with pytest.raises(ValueError, match="in a thread"):
        in_threads(job, X, np.zeros(2000))
    out = np.zeros(1500)
    assert in_threads(job, X[:1500], out) is out
    assert out.tolist() == X[:1500, 0].tolist()


@pytest.mark.parametrize(
    ("starts", "most"),
    [([0, 3, 5], 3), ([0, 1, 5, 6], 4), ([0, 0, 0], 1), ([0], 1), ([2, 4], 2), ([0, 2, 3, 9], 6)],
)
def test_the_widest_that_a_tree_has(starts: list[int], most: int) -> None:
    assert widest(np.array(starts, dtype=np.int64)) == most


# -- review -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("y", "mu"), [(3.0, 3.0), (0.0, 5.0), (12.0, 5.0), (5.0, 5.5)])
def test_sigmas_have_the_tail_of_the_count(y: float, mu: float) -> None:
    tail = poisson(mu).sf(y) + 0.5 * poisson(mu).pmf(y)
    assert _sigmas(y, mu, 0.0) == pytest.approx(norm.isf(tail))


def test_however_far_off_the_sigmas_are_a_number() -> None:
    assert 37 < _sigmas(10_000.0, 1.0, 0.0) < 38, (
        "the tail is less than a double can tell: 1e-300 of it is left"
    )
    assert -8.3 < _sigmas(0.0, 10_000.0, 0.0) < -8.1, "all but 1e-16"


def test_what_is_said_once_a_campaign() -> None:
    part = pd.DataFrame({"campaign_id": [*"aabb"], "value": [1.0, 1.0, 2.0, 2.0]})
    assert _one_a_campaign(part) is True
    assert _one_a_campaign(part.assign(value=[1.0, 1.0, 2.0, 3.0])) is False
    assert _one_a_campaign(part.assign(value=[1.0, np.nan, 2.0, 2.0])) is False, (
        "unknown of one is a difference"
    )
    assert _one_a_campaign(part.assign(value=[np.nan, np.nan, 2.0, 2.0])) is True


def test_slopes_of_draws_are_found_to_the_last_digit() -> None:
    """1 + b where the weighted residuals and those times x, less the ridge, are 0; for each row of weights."""
    random = np.random.default_rng(5)
    x = random.normal(size=60)
    x -= x.mean()
    expected = random.uniform(0.5, 5, 60)
    y = random.poisson(expected * np.exp(0.7 * x)).astype(float)
    weights = np.vstack([np.ones(60), random.poisson(1.0, (3, 60))])
    for slope, weight in zip(_slopes(x, y, expected, weights), weights, strict=True):
        b = slope - 1
        a = np.log((weight @ y) / (weight @ (expected * np.exp(b * x))))
        residual = weight * (y - expected * np.exp(a + b * x))
        assert residual @ x - 0.01 * b == pytest.approx(0, abs=1e-6)
    steep = _slopes(x, np.where(x > 0, 1e4, 0.0), np.ones(60), np.ones((1, 60)))
    assert np.isfinite(steep).all()
