"""The estimators: scikit-learn's checks, exposure, exact factors, declared directions, repeatability."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import shap
from sklearn import config_context
from sklearn.linear_model import PoissonRegressor
from sklearn.utils.estimator_checks import check_estimator

from suasion import InfluenceModel
from suasion.training.estimators.blend import TreeRegressor
from suasion.training.estimators.fit import FEWEST_TREES, Columns, Data, Settings, fit, poisson_deviance
from suasion.training.estimators.linear import LinearRegressor
from suasion.training.evaluation.split import forward_folds, inner_split

GROUPS = ["a", "a", "b", "b", "c", "c"]


def rows(n: int = 3000, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, 6))
    exposure = random.integers(1, 6, n).astype(float)
    rate = np.exp(0.6 * X[:, 0] - 0.4 * X[:, 2] + 0.3 * X[:, 4] ** 2 - 1)
    X[random.random((n, 6)) < 0.1] = np.nan
    return X, random.poisson(rate * exposure).astype(float), exposure


@pytest.mark.parametrize(
    "estimator",
    [TreeRegressor(), LinearRegressor(), InfluenceModel(kind="linear", alpha=0.1)],
    ids=lambda e: type(e).__name__,
)
def test_scikit_learn_finds_no_fault(estimator) -> None:
    results = check_estimator(estimator, on_fail=None)
    failed = [(r["check_name"], str(r["exception"])) for r in results if r["status"] in ("failed", "xfail")]
    assert failed == []
    # The array API is not for LightGBM, and scikit-learn itself leaves that check out where it is not switched on.
    assert {r["check_name"] for r in results if r["status"] == "skipped"} <= {"check_array_api_input"}


@pytest.mark.parametrize(
    "estimator", [TreeRegressor(), LinearRegressor(alpha=1e-6)], ids=lambda e: type(e).__name__
)
def test_predictions_sum_to_what_came(estimator) -> None:
    X, y, exposure = rows()
    expected = estimator.fit(X, y, exposure=exposure).predict(X, exposure)
    assert expected.sum() == pytest.approx(y.sum(), rel=0.01)


def test_exposure_is_the_poisson_offset() -> None:
    """Rate with exposure as weight is the same likelihood as counts with log exposure as offset."""
    X, y, exposure = rows()
    X = np.nan_to_num(X)
    ours = LinearRegressor(alpha=0).fit(X, y, exposure=exposure)
    z = ours.parts_.standardise(X)[0]
    z = z[:, z.std(axis=0) > 0]
    theirs = PoissonRegressor(alpha=0, solver="newton-cholesky", tol=1e-8).fit(
        z, y / exposure, sample_weight=exposure
    )
    np.testing.assert_allclose(ours.predict(X), theirs.predict(z), rtol=1e-5)


def test_weight_is_repetition_on_thousands_of_rows() -> None:
    X, y, exposure = rows()
    weight = np.random.default_rng(1).integers(1, 4, len(y))
    for estimator in (
        LinearRegressor(),
        TreeRegressor(n_estimators=30, bagging_fraction=1.0, feature_fraction=1.0),
    ):
        once = estimator.fit(X, y, sample_weight=weight, exposure=exposure).predict(X)
        again = estimator.fit(
            np.repeat(X, weight, axis=0), np.repeat(y, weight), exposure=np.repeat(exposure, weight)
        ).predict(X)
        assert np.corrcoef(np.log(once), np.log(again))[0, 1] > 0.98


def test_exposure_is_routed_as_metadata() -> None:
    with config_context(enable_metadata_routing=True):
        model = TreeRegressor().set_fit_request(exposure=True, sample_weight=False)
        assert model.get_metadata_routing().fit.requests["exposure"] is True


@pytest.mark.parametrize("exposure", [[0.0, 1.0], [1.0], [np.nan, 1.0]])
def test_an_impossible_exposure_is_refused(exposure: list[float]) -> None:
    with pytest.raises(ValueError, match="exposure must be 2 positive finite numbers"):
        LinearRegressor().fit(np.zeros((2, 1)), [1.0, 2.0], exposure=exposure)


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="Negative values in y"):
        TreeRegressor().fit(np.zeros((3, 1)), [1.0, -2.0, 0.0])


def test_no_tree_mixes_characteristics_and_group_sums_are_shap_values() -> None:
    X, y, exposure = rows()
    parts = TreeRegressor(groups=GROUPS, n_estimators=120).fit(X, y, exposure=exposure).parts()
    assert all(len({GROUPS[f] for f in used}) <= 1 for used in parts.used)
    fast = parts.grouped(X, GROUPS, ["a", "b", "c"])
    values = shap.TreeExplainer(parts.booster).shap_values(X)
    slow = np.column_stack(
        [values[:, [i for i, g in enumerate(GROUPS) if g == name]].sum(axis=1) for name in "abc"]
    )
    np.testing.assert_allclose(fast, slow, atol=1e-9)
    np.testing.assert_allclose(fast.mean(axis=0), 0, atol=0.2)


def test_trees_that_mix_keep_exact_factors() -> None:
    X, y, exposure = rows()
    model = TreeRegressor(n_estimators=60).fit(X, y, exposure=exposure)
    parts = model.parts()
    assert any(len({GROUPS[f] for f in used}) > 1 for used in parts.used)
    total = parts.base + parts.grouped(X, GROUPS, ["a", "b", "c"]).sum(axis=1)
    np.testing.assert_allclose(np.exp(total), model.predict(X), rtol=1e-9)


def test_the_declared_direction_holds() -> None:
    """Sweep one feature, hold the rest: the prediction never goes the other way."""
    X, y, exposure = rows()
    directions = [1, 1, -1, -1, 0, 0]
    model = TreeRegressor(directions=directions, groups=GROUPS).fit(X, y, exposure=exposure)
    for feature, direction in enumerate(directions):
        sweep = np.repeat(np.nan_to_num(X[:20]), 200, axis=0)
        sweep[:, feature] = np.tile(np.linspace(-4, 4, 200), 20)
        steps = np.diff(model.predict(sweep).reshape(20, 200), axis=1)
        if direction:
            assert np.all(steps * direction >= -1e-12)
    assert np.any(steps < 0), "a feature without a declared direction goes where the data says"
    assert np.any(steps > 0)


def test_the_regression_never_extrapolates() -> None:
    X, y, exposure = rows()
    model = LinearRegressor().fit(X, y, exposure=exposure)
    far = np.full((1, 6), 1e9)
    edge = np.nanmax(X, axis=0, keepdims=True)
    np.testing.assert_allclose(model.predict(far), model.predict(edge))


def data(n: int) -> Data:
    X, y, exposure = rows(n)
    decided = np.datetime64("2020-01-01", "us") + np.arange(n) * np.timedelta64(1, "h")
    return Data(X, y, exposure, decided, decided + np.timedelta64(5, "h"))


def test_the_same_seed_gives_the_same_model_and_another_does_not() -> None:
    names = list("uvwxyz")
    one, again, other = (
        fit(data(1500), Columns.plain(names, GROUPS), Settings(random_state=seed, kind="trees"))[0]
        for seed in (3, 3, 4)
    )
    assert one.trees is not None
    assert again.trees is not None
    assert other.trees is not None
    assert one.trees.forest == again.trees.forest
    assert one.trees.forest != other.trees.forest


@pytest.mark.parametrize("n", [60, 150, 400])
def test_trees_are_tried_on_few_outcomes_too_and_help_where_there_is_a_threshold(n: int) -> None:
    """Conversions double beyond a threshold and grow with another feature: neither trees nor a regression say both."""
    random = np.random.default_rng(n)
    X = random.normal(size=(n + 2000, 2))
    rate = np.exp(0.7 * X[:, 0] + np.where(X[:, 1] > 0, 1.5, 0.0))
    y = random.poisson(rate).astype(float)
    decided = np.datetime64("2020-01-01", "us") + np.arange(n) * np.timedelta64(1, "D")
    known = Data(X[:n], y[:n], np.ones(n), decided, decided + np.timedelta64(1, "h"))
    losses = {}
    for kind in ("blend", "linear", "trees"):
        parts, chosen = fit(known, Columns.plain(["u", "v"], ["a", "b"]), Settings(kind=kind))
        assert chosen.n_trees == (0 if kind == "linear" else FEWEST_TREES) or n >= 400
        losses[kind] = poisson_deviance(y[n:], np.exp(parts.log_rate(X[n:], ["a", "b"]))).mean()
    assert losses["blend"] < losses["linear"]
    assert losses["blend"] < losses["trees"] or n < 100


def test_the_parts_of_a_blend_add_up_to_its_prediction() -> None:
    """By hand: three quarters of (trees from half of the regression, and that half), one quarter of the regression."""
    rows, names = data(1500), list("uvwxyz")
    X = rows.X[:50]
    both, chosen = fit(rows, Columns.plain(names, GROUPS), Settings())
    by_feature = both.log_base + both.contributions(X).sum(axis=1)
    np.testing.assert_allclose(both.log_rate(X, ["a", "b", "c"]), by_feature, atol=1e-9)
    weights, noise = rows.spread(Columns.plain(names, GROUPS), Settings())
    linear = LinearRegressor(alpha=chosen.alpha, directions=[0] * 6).fit(
        rows.X, rows.y, weights, exposure=rows.exposure
    )
    trees = TreeRegressor(
        directions=[0] * 6, groups=GROUPS, n_estimators=chosen.n_trees, reg_lambda=30 * noise
    ).fit(rows.X, rows.y, weights, exposure=rows.exposure * np.sqrt(linear.predict(rows.X)))
    grown = np.log(trees.predict(X)) + 0.5 * np.log(linear.predict(X))
    np.testing.assert_allclose(by_feature, 0.75 * grown + 0.25 * np.log(linear.predict(X)), atol=1e-9)


def test_what_trains_is_known_before_what_is_judged_is_decided() -> None:
    sample = data(500)
    for fold in forward_folds(sample.decided, sample.known, first=0.5, folds=4):
        assert sample.known[fold.train].max() < fold.start <= sample.decided[fold.judged].min()
    train, last = inner_split(sample.decided, sample.known)
    assert sample.known[train].max() < sample.decided[last].min()
    assert len(train) < 500 - len(last), "rows decided in time and known too late do not train"


def test_poisson_deviance_is_scikit_learns() -> None:
    from sklearn.metrics import mean_poisson_deviance

    random = np.random.default_rng(0)
    y, expected = random.poisson(2.0, 100).astype(float), random.random(100) * 3 + 0.1
    assert poisson_deviance(y, expected).mean() == pytest.approx(mean_poisson_deviance(y, expected))


def wide(n: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows with features that resemble each other, which makes slopes fight for the same effect."""
    X, y, exposure = rows(n, seed)
    random = np.random.default_rng(seed + 1)
    twins = np.nan_to_num(X) + random.normal(0, 0.05, X.shape)
    return np.hstack([X, twins, random.normal(size=(n, 8))]), y, exposure


SIGNS = [1, 1, -1, -1, 0, 0] * 2 + [1, -1] * 4


def test_slopes_are_held_to_the_declared_directions_and_no_better_slopes_are() -> None:
    """SciPy's general solver, under the same bounds, finds no lower loss."""
    from scipy.optimize import minimize

    X, y, exposure = wide()
    for alpha in (1e-3, 0.1, 10.0):
        parts = LinearRegressor(alpha=alpha, directions=SIGNS).fit(X, y, exposure=exposure).parts()
        assert np.all(parts.slope * SIGNS >= 0)
        present, absent = parts.standardise(X)
        design = np.hstack([present, absent])
        rate, weight = y / exposure, exposure / exposure.sum()
        rate = rate / (weight @ rate)

        def loss(at, design=design, rate=rate, weight=weight, alpha=alpha) -> float:
            eta = at[0] + design @ at[1:]
            return float(weight @ (np.exp(eta) - rate * eta) + alpha * at[1:] @ at[1:] / 2)

        bounds = [(None, None)] + [
            (0, None) if s > 0 else (None, 0) if s < 0 else (None, None) for s in SIGNS
        ]
        bounds += [(None, None)] * X.shape[1]
        own = np.concatenate(
            [
                [parts.intercept - np.log((exposure / exposure.sum()) @ (y / exposure))],
                parts.slope,
                parts.slope_absent,
            ]
        )
        found = minimize(
            loss,
            np.zeros(len(own)),
            bounds=bounds,
            method="L-BFGS-B",
            options={"maxiter": 20_000, "maxfun": 10**6},
        )
        assert loss(own) <= found.fun + 1e-8
    free = LinearRegressor(alpha=1e-3).fit(X, y, exposure=exposure).parts()
    assert np.any(free.slope * SIGNS < 0), "or the test has no power"


def test_a_sweep_of_a_directed_feature_never_goes_the_other_way() -> None:
    X, y, exposure = wide()
    model = LinearRegressor(alpha=1e-3, directions=SIGNS).fit(X, y, exposure=exposure)
    for feature, sign in enumerate(SIGNS):
        sweep = np.repeat(np.nan_to_num(X[:5]), 50, axis=0)
        sweep[:, feature] = np.tile(np.linspace(-4, 4, 50), 5)
        assert np.all(np.diff(model.predict(sweep).reshape(5, 50), axis=1) * sign >= -1e-12)


@pytest.mark.parametrize("kind", ["linear", "trees"])
@pytest.mark.parametrize("what", ["conversions", "exposure", "column"])
def test_no_unit_matters(kind: str, what: str) -> None:
    X, y, exposure = rows(600)
    other, came, calls, scale = X.copy(), y, exposure, 1.0
    if what == "conversions":
        came, scale = y * 1e6, 1e6
    elif what == "exposure":
        calls, scale = exposure * 1e-3, 1e3
    else:
        other[:, 0] *= 1e-4
        other[:, 3] *= 37.0
    model = LinearRegressor(alpha=0.1) if kind == "linear" else TreeRegressor(n_estimators=60)
    before = model.fit(X, y, exposure=exposure).predict(X)
    after = model.fit(other, came, exposure=calls).predict(other)
    np.testing.assert_allclose(after / scale, before, rtol=1e-6)


def test_twins_share_what_one_would_have() -> None:
    """Two nearly equal columns have slopes of the same sign, whatever the unit of the rate."""
    random = np.random.default_rng(0)
    x = random.normal(size=(500, 1))
    X = np.hstack([x, x + random.normal(0, 1e-3, x.shape)])
    y = random.poisson(np.exp(0.4 * x[:, 0] + 1)).astype(float)
    for scale in (1.0, 1e6, 1e-6):
        slope = LinearRegressor(alpha=1.0).fit(X, y * scale).parts().slope
        np.testing.assert_allclose(slope[0], slope[1], rtol=0.05)
        assert slope[0] > 0.05


@pytest.mark.parametrize("alpha", [1e-5, 0.1, 10.0])
def test_copies_of_a_column_change_no_prediction_of_the_regression(alpha: float) -> None:
    X, y, exposure = rows(300)
    copies = np.hstack([X, X[:, [0]] * 100.0, X[:, [0]], X[:, [2]]])
    before = LinearRegressor(alpha=alpha).fit(X, y, exposure=exposure).predict(X)
    after = LinearRegressor(alpha=alpha).fit(copies, y, exposure=exposure).predict(copies)
    np.testing.assert_allclose(after, before, rtol=1e-6)


def test_copies_of_a_column_change_no_tree() -> None:
    X, y, exposure = rows(600)
    copies = np.hstack([X, X[:, [0]] * 100.0, np.full((600, 1), 7.0)])
    before = TreeRegressor(groups=GROUPS, n_estimators=60).fit(X, y, exposure=exposure)
    after = TreeRegressor(groups=[*GROUPS, "a", "c"], n_estimators=60).fit(copies, y, exposure=exposure)
    np.testing.assert_allclose(after.predict(copies), before.predict(X), rtol=1e-9)
    elsewhere = TreeRegressor(groups=[*GROUPS, "b", "c"], n_estimators=60).fit(copies, y, exposure=exposure)
    used = frozenset().union(*elsewhere.parts().used)
    assert 6 in used, "what says the same in another characteristic may have its say there"


def test_where_nothing_came_the_rate_is_half_a_conversion_on_all_of_the_exposure() -> None:
    X, _, exposure = rows(50)
    told = LinearRegressor(directions=[0] * 6).fit(X, np.zeros(50), exposure=exposure).predict(X)
    np.testing.assert_allclose(told, 0.5 / exposure.sum())
    with pytest.raises(ValueError, match="no conversions in y"):
        TreeRegressor().fit(X, np.zeros(50), exposure=exposure)


def test_a_path_of_penalties_is_each_penalty_alone() -> None:
    X, y, exposure = wide(200)
    alphas = (0.1, 10.0, 1e-4)
    together = LinearRegressor(directions=SIGNS).path(X, y, exposure, alphas)
    for alpha, parts in zip(alphas, together, strict=True):
        alone = LinearRegressor(alpha=alpha, directions=SIGNS).fit(X, y, exposure=exposure).parts()
        np.testing.assert_allclose(parts.slope, alone.slope, atol=1e-6)
        assert parts.intercept == pytest.approx(alone.intercept, abs=1e-6)


def test_the_penalty_is_chosen_forward_in_time_and_cautiously_where_there_is_little() -> None:
    from suasion.training.estimators.fit import ALPHAS, CAUTIOUS, choose_alpha

    few = data(25)
    assert choose_alpha(few, Columns.plain("uvwxyz", GROUPS), Settings()) == CAUTIOUS
    for sample in (data(1500), replace(data(1500), X=np.random.default_rng(0).normal(size=(1500, 6)))):
        folds = forward_folds(sample.decided, sample.known, first=0.4, folds=4)
        deviances = []
        for alpha in ALPHAS:
            total = 0.0
            for fold in folds:
                train, last = sample.take(fold.train), sample.take(fold.judged)
                model = LinearRegressor(alpha=alpha).fit(train.X, train.y, exposure=train.exposure)
                total += poisson_deviance(last.y, model.predict(last.X, last.exposure)).sum()
            deviances.append(total)
        assert (
            choose_alpha(sample, Columns.plain("uvwxyz", GROUPS), Settings())
            == ALPHAS[int(np.argmin(deviances))]
        )
    assert (min(ALPHAS), max(ALPHAS)) == (1e-5, 100.0)


AUDIENCE = np.exp(np.random.default_rng(5).normal(9.0, 1.2, 400))


def by_audience(y: np.ndarray, alpha: float, unit: float = 1.0) -> LinearRegressor:
    model = LinearRegressor(alpha=alpha, directions=[1], elasticities=[0.5])
    return model.fit(AUDIENCE[:, None] / unit, y)


@pytest.mark.parametrize("unit", [1.0, 1000.0])
def test_what_is_declared_of_an_audience_holds_until_outcomes_say_otherwise(unit: float) -> None:
    """Four times as many bring twice as much, within what training saw and beyond it; nothing is taken of who has no number."""
    steps = np.array([1e2, 4e2, 1.6e3, 1e6, 4e6, np.nan])[:, None] / unit
    told = by_audience(np.full(400, 3.0), 1e6, unit).predict(steps)
    np.testing.assert_allclose(told[[1, 2, 4]] / told[[0, 1, 3]], 2.0, rtol=1e-4)
    usual = np.exp(np.log(AUDIENCE).mean()) / unit
    assert told[5] == pytest.approx(
        float(by_audience(np.full(400, 3.0), 1e6, unit).predict([[usual]])[0]), rel=1e-4
    )


@pytest.mark.parametrize(
    ("power", "low", "high"), [(1.0, 0.8, 1.1), (0.5, 0.45, 0.55), (0.0, 0.0, 0.06), (-0.5, 0.0, 0.01)]
)
def test_outcomes_overrule_what_is_declared_but_never_turn_it_round(
    power: float, low: float, high: float
) -> None:
    y = np.random.default_rng(6).poisson(200 * (AUDIENCE / np.exp(9.0)) ** power)
    model = by_audience(y, 1e-5)
    ahead = np.exp(np.linspace(8.0, 11.0, 9))[:, None]
    logs = np.log(model.predict(ahead))
    assert (np.diff(logs) > -1e-9).all()
    assert low <= (logs[-1] - logs[0]) / 3.0 <= high


def test_where_nothing_is_declared_an_infinite_value_is_the_largest_that_training_saw() -> None:
    random = np.random.default_rng(8)
    X = np.column_stack([AUDIENCE, random.gamma(2.0, 3.0, len(AUDIENCE))])
    model = LinearRegressor(elasticities=[0.5, 0.0]).fit(X, random.poisson(X[:, 1]))
    far = np.array([[9e3, np.inf], [9e3, X[:, 1].max()], [np.inf, 1.0], [1e3 * np.median(AUDIENCE), 1.0]])
    told = np.exp(model.parts().log_rate(far))
    np.testing.assert_allclose(told[[0, 2]], told[[1, 3]], rtol=1e-9)


@pytest.mark.parametrize(
    ("power", "alpha", "ends", "gain"), [(0.5, 1e3, (13.0, 15.0), 1.0), (0.0, 1e-5, (8.0, 10.0), 0.0)]
)
def test_a_blend_keeps_the_whole_of_what_is_declared_and_of_what_outcomes_take_back_of_it(
    power: float, alpha: float, ends: tuple[float, float], gain: float
) -> None:
    n = len(AUDIENCE)
    decided = np.datetime64("2020-01-01", "us") + np.arange(n) * np.timedelta64(1, "D")
    y = np.random.default_rng(7).poisson(20 * (AUDIENCE / np.exp(9.0)) ** power).astype(float)
    rows = Data(AUDIENCE[:, None], y, np.ones(n), decided, decided + np.timedelta64(1, "h"))
    columns = replace(Columns.plain(["f"], ["f"]), directions=[1], elasticities=[0.5])
    parts, _ = fit(rows, columns, Settings(alpha=alpha))
    audiences = np.exp(ends)[:, None]
    assert float(np.diff(parts.log_rate(audiences, ["f"]))[0]) == pytest.approx(gain, abs=0.05)


def test_threads_follow_the_size_of_the_work(monkeypatch) -> None:
    import os

    from suasion.training.estimators.threads import threads_for

    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0))
    assert [threads_for(n, 100) for n in (4_000, 60_000, 10**6)] == [1, 3, 8]
    monkeypatch.setattr(os, "getloadavg", lambda: (7.9, 0.0, 0.0))
    assert threads_for(10**6, 100) == 1, "no more than are free"
    monkeypatch.setattr(os, "getloadavg", lambda: (1.0, 0.0, 0.0))
    assert threads_for(10**6, 100) == 8, "its own work keeps nobody waiting"
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0))
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert threads_for(10**6, 100) == 2
    assert os.environ["OMP_WAIT_POLICY"], "threads that wait must sleep"


def test_what_is_declared_fades_as_outcomes_teach() -> None:
    """What they brought is taken for what they bring where there is little to learn from, and learned where there is much."""
    columns = replace(
        Columns.plain(["f", "g"], ["f", "f"]), elasticities=[0.8, 0.25], fades=[200.0, math.inf]
    )
    np.testing.assert_allclose(columns.elasticities_left(0), [0.8, 0.25])
    np.testing.assert_allclose(columns.elasticities_left(200), [0.4, 0.25])
    np.testing.assert_allclose(columns.elasticities_left(600), [0.08, 0.25])

    def power(n: int) -> float:
        decided = np.datetime64("2020-01-01", "us") + np.arange(n) * np.timedelta64(1, "D")
        past = np.exp(np.random.default_rng(3).normal(1.0, 1.0, n))
        rows = Data(past[:, None], np.full(n, 4.0), np.ones(n), decided, decided + np.timedelta64(1, "h"))
        of = replace(Columns.plain(["f"], ["f"]), directions=[1], elasticities=[0.8], fades=[200.0])
        parts, _ = fit(rows, of, Settings(kind="linear", alpha=1e6))
        return float(np.diff(parts.log_rate(np.exp([[1.0], [2.0]]), ["f"]))[0])

    assert power(50) == pytest.approx(0.753, abs=0.01)
    assert power(600) == pytest.approx(0.08, abs=0.01)


def test_what_training_never_knew_lifts_nobody() -> None:
    """Followers known of candidates alone have no usual size that somebody could be above."""
    random = np.random.default_rng(0)
    X = np.column_stack([random.normal(size=200), np.full(200, np.nan)])
    y = random.poisson(3.0, 200).astype(float)
    model = LinearRegressor(alpha=1.0, elasticities=[0.0, 0.25]).fit(X, y)
    unknown, known = np.array([[0.5, np.nan]]), np.array([[0.5, 12_400.0]])
    assert model.predict(known) == pytest.approx(model.predict(unknown))
    X[0, 1] = 50.0  # nor where one of hundreds is known
    model = LinearRegressor(alpha=1.0, elasticities=[0.0, 0.25]).fit(X, y)
    assert model.predict(known) == pytest.approx(model.predict(unknown), rel=0.02)
    X[:, 1] = 50.0  # but where all are
    model = LinearRegressor(alpha=1.0, elasticities=[0.0, 0.25]).fit(X, y)
    assert model.predict(known) > 3 * model.predict(unknown)
