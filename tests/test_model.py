"""The estimators: scikit-learn's checks, exposure, exact factors, declared directions, repeatability."""

from __future__ import annotations

import numpy as np
import pytest
import shap
from sklearn import config_context
from sklearn.linear_model import PoissonRegressor
from sklearn.utils.estimator_checks import check_estimator

from suasion.training.fit import LEAST_TREES, Data, Settings, fit, poisson_deviance
from suasion.training.model import LinearRegressor, TreeRegressor
from suasion.training.split import forward_folds, inner_split

GROUPS = ["a", "a", "b", "b", "c", "c"]


def rows(n: int = 3000, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, 6))
    exposure = random.integers(1, 6, n).astype(float)
    rate = np.exp(0.6 * X[:, 0] - 0.4 * X[:, 2] + 0.3 * X[:, 4] ** 2 - 1)
    X[random.random((n, 6)) < 0.1] = np.nan
    return X, random.poisson(rate * exposure).astype(float), exposure


@pytest.mark.parametrize("estimator", [TreeRegressor(), LinearRegressor()], ids=lambda e: type(e).__name__)
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
        fit(data(1500), names, GROUPS, [0] * 6, Settings(seed=seed, kind="trees"))[0] for seed in (3, 3, 4)
    )
    assert one.trees is not None
    assert again.trees is not None
    assert other.trees is not None
    assert one.trees.forest == again.trees.forest
    assert one.trees.forest != other.trees.forest


def test_small_data_gets_the_regression() -> None:
    parts, chosen = fit(data(LEAST_TREES // 2), list("uvwxyz"), GROUPS, [0] * 6, Settings())
    assert chosen.weight == 0.0
    assert parts.kind == "regression"


def test_a_blend_multiplies_to_its_prediction() -> None:
    parts, _ = fit(data(1500), list("uvwxyz"), GROUPS, [0] * 6, Settings())
    for weight in (0.0, 0.25, 1.0):
        one, _ = fit(data(1500), list("uvwxyz"), GROUPS, [0] * 6, Settings(), chosen=type(_)(50, 0.1, weight))
        X = data(1500).X[:50]
        by_feature = one.log_base + one.contributions(X).sum(axis=1)
        np.testing.assert_allclose(one.log_rate(X, ["a", "b", "c"]), by_feature, atol=1e-9)
    assert 0.0 <= parts.weight <= 1.0


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
