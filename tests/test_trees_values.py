"""Trees by hand: what is read and refused, at its edge, where a missing value goes, how they add up, and what they are trained with."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from suasion.features.errors import BundleError
from suasion.training.estimators import paths
from suasion.training.estimators.blend import Parts, TreeParts, TreeRegressor
from suasion.training.estimators.linear import constant_rate
from suasion.training.estimators.paths import _missing_side, in_threads, lay_out
from suasion.training.estimators.tree_text import Forest, Tree, _header, read_forest, write_forest

NAN = float("nan")

STUMP = Tree((0,), (0.5,), (2,), (-1,), (-2,), (0.25, -0.1), (3, 4), (7,), 1.0)


def chain(splits: int) -> Tree:
    """Return a tree in which each split leaves one row behind."""
    ahead = [*range(1, splits), -splits - 1]
    return Tree(
        (0,) * splits, tuple(float(-i) for i in range(splits)), (2,) * splits, tuple(-i - 1 for i in range(splits)),
        tuple(ahead), (0.1,) * (splits + 1), (1,) * (splits + 1), tuple(splits + 1 - i for i in range(splits)), 1.0
    )  # fmt: skip


def heap(leaves: int) -> Tree:
    """Return the flattest tree."""
    splits = leaves - 1
    child = [i if i < splits else -(i - splits) - 1 for i in range(2 * splits + 1)]
    count = [0] * splits + [1] * leaves
    for i in reversed(range(splits)):
        count[i] = count[2 * i + 1] + count[2 * i + 2]
    return Tree(
        (0,) * splits, (0.5,) * splits, (2,) * splits, tuple(child[1::2]), tuple(child[2::2]),
        (0.1,) * leaves, (1,) * leaves, tuple(count[:splits]), 1.0
    )  # fmt: skip


@pytest.mark.parametrize(
    "tree",
    [
        STUMP,
        Tree((), (), (), (), (), (0.7,), (9,), (), 1.0),
        chain(128),
        heap(1024),
        *(replace(STUMP, decision=(told,)) for told in (0, 2, 8, 10)),
        replace(STUMP, threshold=(float("inf"),)),
        replace(STUMP, threshold=(float("-inf"),)),
        replace(STUMP, value=(1e300, -1e300)),
        replace(STUMP, feature=(1,)),
        replace(STUMP, left=(-2,), right=(-1,)),
    ],
)
def test_trees_that_can_be_are_read(tree: Tree) -> None:
    assert read_forest(write_forest(Forest(2, (STUMP, tree)))) == Forest(2, (STUMP, tree))


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        (chain(129), "tree 1: deeper than 128"),
        (heap(1025), "tree 1: 1025 leaves; 1 to 1024 can be"),
        (replace(STUMP, value=()), "0 leaves; 1 to 1024"),
        *((replace(STUMP, decision=(told,)), "decides in a way") for told in (1, 3, 4, 6, 9, 12)),
        (replace(STUMP, threshold=(NAN,)), "'nan' is not a number that can be here"),
        (replace(STUMP, value=(float("inf"), 0.0)), "'inf' is not a number"),
        (replace(STUMP, value=(1.01e300, 0.0)), "a number that is not finite"),
        (replace(STUMP, shrinkage=2e300), "a number that is not finite"),
        (replace(STUMP, feature=(2,)), "outside 0 to 1"),
        (replace(STUMP, feature=(-1,)), "outside 0 to 1"),
        (replace(STUMP, count=(0, 7)), "a leaf without a training row"),
        (replace(STUMP, count=(3, 5)), "split 0 has 7 rows and its children 8"),
        (replace(STUMP, left=(-2,)), "child -2 of split 0 is reached twice"),
        (replace(STUMP, left=(-3,)), "child -3 of split 0 is out of range"),
        (replace(STUMP, left=(0,)), "child 0 of split 0 is reached twice"),
        (replace(STUMP, left=(1,)), "child 1 of split 0 is out of range"),
        (replace(chain(2), right=(1, -1)), "child -1 of split 1 is reached twice"),
        (replace(chain(2), right=(-3, -3)), "never reached"),
        (Tree((0, 0), (0.5, 0.5), (2, 2), (-1, -2), (-2, -3), (0.1,) * 3, (1,) * 3, (2, 2), 1.0), "never reached"),
        (replace(STUMP, inner_count=(7, 7)), "2 numbers where 1 should be"),
    ],
)  # fmt: skip
def test_trees_that_cannot_be_are_refused(tree: Tree, reason: str) -> None:
    with pytest.raises(BundleError, match=reason):
        read_forest(write_forest(Forest(2, (STUMP, tree))))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("version=v4", "version=v3", "version is 'v3', not 'v4'"),
        ("num_class=1\n", "", "num_class is missing"),
        ("label_index=0", "label_index=0\nlabel_index=0", "'label_index' is there twice"),
        ("label_index=0", "label_index=0\nmore=1", "names 'more', which no model"),
        ("label_index=0", "label_index=0\nalone", "a line without a value: 'alone'"),
        ("tree\n", "tree\ntree\n", "a line without a value: 'tree'"),
        ("Column_0 Column_1", "Column_1 Column_0", "feature_names are not"),
        ("none none", "none", "feature_infos are not"),
        ("none none", "none some", "feature_infos are not"),
        ("num_cat=0", "num_cat=1", "categorical splits"),
        ("is_linear=0", "is_linear=1", "categorical splits"),
        ("Tree=0", "Tree=1", "calls itself '1'"),
        ("num_cat=0", "num_dog=0", "names 'num_dog', which no tree"),
        ("is_linear=0\n", "split_gain=0\n", "is_linear is missing"),
        ("end of trees", "end", "has no 'end of trees'"),
        ("none none", "none nöne", "not ASCII"),
        ("shrinkage=1.0", "shrinkage=1.00", "its length is not the one"),
    ],
)  # fmt: skip
def test_a_text_that_says_something_else_is_refused(old: str, new: str, reason: str) -> None:
    text = write_forest(Forest(2, (STUMP,)))
    assert old in text
    changed = text.replace(old, new, 1)
    if "length" not in reason:  # otherwise the header tells the length it now has
        block = changed.partition("\n\nTree=")[2].partition("end")[0]
        size = text.partition("tree_sizes=")[2].partition("\n")[0]
        changed = changed.replace(f"tree_sizes={size}", f"tree_sizes={len('Tree=' + block)}")
    with pytest.raises(BundleError, match=reason):
        read_forest(changed)


def test_as_many_trees_and_features_as_there_can_be() -> None:
    def header(features: int) -> dict[str, str]:
        text = write_forest(Forest(features, ())).partition("\n\n")[0]
        return {"tree": ""} | dict(line.split("=", 1) for line in text.split("\n")[1:])

    assert _header(header(1), 20_000) == 1
    assert _header(header(100_000), 1) == 100_000
    for features, trees in ((1, 20_001), (100_001, 1), (0, 1)):
        with pytest.raises(BundleError, match=r"20001 trees|100001 features|header: 0 features"):
            _header(header(features), trees)


def test_where_a_missing_value_goes() -> None:
    """Told by the tree where missing is NaN (8), left if 2; else NaN is 0, and 0 goes where the threshold sends it."""
    cases = {(10, 5.0): 0, (10, -5.0): 0, (8, 5.0): 1, (8, -5.0): 1}
    cases |= {(kind, threshold): int(threshold < 0) for kind in (0, 2) for threshold in (-1.0, 0.0, 1.0)}
    for (decision, threshold), side in cases.items():
        tree = replace(STUMP, decision=(decision,), threshold=(threshold,))
        assert _missing_side(tree, 0) == side
        parts = TreeParts.of(Forest(1, (tree,)))
        asked = np.array([[NAN], [threshold], [threshold + 1e-9]])
        told = parts.base + parts.contributions(asked)[:, 0]
        np.testing.assert_allclose(told, [tree.value[side], 0.25, -0.1])
        np.testing.assert_allclose(told, parts.booster.predict(asked, raw_score=True))


def test_rows_are_parted_among_threads_from_513_on(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[int] = []

    def job(part: np.ndarray, out: np.ndarray) -> None:
        found.append(len(part))
        out += part

    for cpus, rows, parts in (
        (8, 512, [512]), (8, 513, [256, 257]), (8, 1024, [512, 512]), (1, 2000, [2000]), (None, 2000, [2000]), (2, 5000, [2500] * 2), (8, 0, [0])
    ):  # fmt: skip
        monkeypatch.setattr(paths.os, "cpu_count", lambda cpus=cpus: cpus)
        found.clear()
        X = np.arange(rows, dtype=float)[:, None]
        np.testing.assert_array_equal(in_threads(job, X, np.zeros((rows, 1))), X)
        assert sorted(found) == parts


def test_trees_are_weighed_by_their_rows_and_parts_add_up() -> None:
    stump = Tree((), (), (), (), (), (0.7,), (9,), (), 1.0)
    trees = TreeParts.of(Forest(1, (stump, STUMP)))
    mean = (0.25 * 3 - 0.1 * 4) / 7
    assert trees.base == pytest.approx(0.7 + mean)
    assert lay_out(trees.forest).trees == (1,)
    linear = constant_rate(2.0, 1)
    X = np.array([[0.0], [1.0]])
    for kind, first, second in (("linear", None, linear), ("blend", trees, linear), ("trees", trees, None)):
        blend = Parts(("f",), ("a",), first, second)
        assert blend.kind == kind
        assert blend.log_base == pytest.approx((0.7 + mean) * (first is trees) + 2.0 * (second is linear))
        own = np.array([0.25 - mean, -0.1 - mean]) * (first is trees)
        np.testing.assert_allclose(blend.contributions(X)[:, 0], own)
        np.testing.assert_allclose(
            blend.log_factors(X, ["b", "a"]), np.column_stack([0 * own, own]), atol=1e-15
        )
        np.testing.assert_allclose(blend.log_rate(X, ["a"]), blend.log_base + own)
    told = blend.matrix(pd.DataFrame({"other": [9], "f": [4]}))
    assert (told.tolist(), told.dtype) == ([[4.0]], np.float64)


def test_what_trees_are_trained_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """As LightGBM is asked: rates and weights in units of their means, constraints, seed, and bagging only where it is a share."""
    from suasion.training.estimators import blend as model

    asked: list[Any] = []

    def train(parameters: dict[str, Any], data: Any, num_boost_round: int, **options: Any) -> Any:
        asked.append((parameters, data, num_boost_round, options))
        raise InterruptedError

    monkeypatch.setattr(model.lgb, "train", train)
    monkeypatch.setattr(model, "threads_for", lambda rows, features: 10 * rows + features)
    X, y, exposure = np.arange(4.0)[:, None] * [1, -1], np.array([0.0, 2, 4, 6]), np.array([1.0, 1, 2, 4])
    with pytest.raises(InterruptedError):
        TreeRegressor(directions=[1, 0], groups=["a", "b"], n_estimators=5, bagging_fraction=1.0, random_state=None).fit(
            X, y, exposure=exposure, eval_set=(X[:2], [3.0, 6.0], [2.0, 4.0])
        )  # fmt: skip
    with pytest.raises(InterruptedError):
        TreeRegressor(random_state=9).fit(X, y, eval_set=(X[:2], [3.0, 6.0], None))
    (told, data, rounds, options), (plain, _, _, others) = asked
    assert rounds == 5
    np.testing.assert_allclose(data.label, y / exposure / 1.5)  # 12 conversions for 8 exposures
    np.testing.assert_allclose(data.weight, exposure / 2)
    np.testing.assert_allclose(options["valid_sets"][0].label, [1.0, 1.0])
    np.testing.assert_allclose(options["valid_sets"][0].weight, [1.0, 2.0])
    grown = SimpleNamespace(best_iteration=3, current_iteration=lambda: 5)
    monkeypatch.setattr(model.lgb, "train", lambda *_, **__: grown)
    assert TreeRegressor().fit(X, y).n_trees_ == 5
    assert TreeRegressor().fit(X, y, eval_set=(X[:2], [3.0, 6.0], None)).n_trees_ == 3, (
        "those that others agree with"
    )
    np.testing.assert_allclose(others["valid_sets"][0].label, [1.0, 2.0])
    assert told["monotone_constraints"] == [1, 0]
    assert told["monotone_constraints_method"] == "intermediate"
    assert told["interaction_constraints"] == [[0], [1]]
    assert (told["bagging_freq"], told["seed"], told["objective"], told["deterministic"]) == (
        0,
        0,
        "poisson",
        True,
    )
    assert (plain["bagging_freq"], plain["seed"], plain["bagging_fraction"]) == (1, 9, 0.8)
    assert not {"monotone_constraints", "interaction_constraints"} & set(plain)
    names = ("learning_rate", "num_leaves", "min_data_in_leaf", "lambda_l2", "feature_fraction")
    assert [plain[name] for name in names] == [0.04, 7, 20, 1.0, 0.5]
    assert plain["num_threads"] == 42, "as many as so much work takes, and not all there are"
