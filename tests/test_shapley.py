"""SHAP values and factors by our own walk are LightGBM's and shap's, whatever the trees."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest
import shap
from hypothesis import given, settings
from hypothesis import strategies as st

from suasion.training.estimators import tree_shap as shapley
from suasion.training.estimators.blend import TreeParts
from suasion.training.estimators.paths import BLOCK, lay_out
from suasion.training.estimators.tree_text import Forest, Tree, read_forest


def rows(seed: int, n: int, features: int = 6) -> np.ndarray:
    random = np.random.default_rng(seed)
    X = np.round(random.normal(size=(n, features)), 1)  # ties, and values on the thresholds
    X[random.random(X.shape) < 0.15] = np.nan
    X[:, -1] = np.abs(np.nan_to_num(X[:, -1]))  # a feature that is never missing
    return X


def grown(seed: int, **options: object) -> tuple[lgb.Booster, TreeParts]:
    X = rows(seed, 400)
    filled = np.nan_to_num(X)
    y = np.random.default_rng(seed).poisson(np.exp(filled[:, 0] * filled[:, 1] / 2 + (filled[:, -1] > 0.5)))
    parameters = {"objective": "poisson", "verbosity": -1, "seed": seed, "min_data_in_leaf": 5, **options}
    booster = lgb.train(parameters, lgb.Dataset(X, y), 25)
    return booster, TreeParts.of(read_forest(booster.model_to_string()))


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    leaves=st.sampled_from([2, 3, 7, 15, 31]),
    use_missing=st.booleans(),
    n=st.sampled_from([1, 2, BLOCK - 1, BLOCK, BLOCK + 1, 700]),
)
def test_shap_values_are_lightgbms(seed: int, leaves: int, use_missing: bool, n: int) -> None:
    booster, parts = grown(seed, num_leaves=leaves, use_missing=use_missing)
    X = rows(seed + 1, n)
    expected = booster.predict(X, pred_contrib=True)
    np.testing.assert_allclose(parts.contributions(X), expected[:, :-1], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(parts.base, expected[0, -1], rtol=1e-9)
    total = parts.base + parts.contributions(X).sum(axis=1)
    np.testing.assert_allclose(total, booster.predict(X, raw_score=True), rtol=1e-9, atol=1e-12)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.sampled_from([1, BLOCK + 1, 1100]))
def test_factors_of_trees_that_do_not_mix_are_grouped_shap(seed: int, n: int) -> None:
    groups = ["a", "a", "b", "b", "c", "c"]
    booster, parts = grown(seed, num_leaves=9, interaction_constraints=[[0, 1], [2, 3], [4, 5]])
    X = rows(seed + 1, n)
    told = shap.TreeExplainer(booster).shap_values(X)
    members = np.array([[group == name for name in "abc"] for group in groups], dtype=float)
    np.testing.assert_allclose(parts.grouped(X, groups, "abc"), told @ members, rtol=1e-9, atol=1e-9)


def test_factors_of_trees_that_mix_are_sums_of_shap_values() -> None:
    booster, parts = grown(3, num_leaves=15)
    X = rows(4, 100)
    told = booster.predict(X, pred_contrib=True)[:, :-1]
    grouped = parts.grouped(X, ["a", "b", "a", "b", "a", "b"], "ab")
    np.testing.assert_allclose(grouped[:, 0], told[:, ::2].sum(axis=1), atol=1e-9)


def test_a_path_with_too_many_features_is_left_to_lightgbm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapley, "MOST", 2)
    booster, parts = grown(5, num_leaves=15)
    assert parts._shapley is None
    X = rows(6, 50)
    np.testing.assert_array_equal(parts.contributions(X), booster.predict(X, pred_contrib=True)[:, :-1])


def test_a_split_between_the_missing_and_all_others() -> None:
    tree = Tree((0,), (np.inf,), (8,), (-1,), (-2,), (1.0, 3.0), (3, 1), (4,), 1.0)
    parts = TreeParts.of(Forest(1, (tree,)))
    X = np.array([[0.0], [np.nan], [1e300], [-np.inf], [np.inf]])
    assert parts.contributions(X)[:, 0].tolist() == [-0.5, 1.5, -0.5, -0.5, -0.5]
    assert parts.grouped(X, ["a"], ["a"])[:, 0].tolist() == [-0.5, 1.5, -0.5, -0.5, -0.5]
    assert parts.owned == {(("a",), ("a",)): [0]}, "one group's tree: no SHAP value is worked out"


def test_a_tree_without_a_split_says_nothing() -> None:
    stump = Tree((), (), (), (), (), (0.7,), (9,), (), 1.0)
    parts = TreeParts.of(Forest(2, (stump,)))
    assert lay_out(parts.forest).trees == ()
    assert parts.contributions(np.zeros((3, 2))).tolist() == [[0.0, 0.0]] * 3
    assert parts.base == pytest.approx(0.7)
