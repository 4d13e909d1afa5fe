"""A bundle by hand: what is written is read again, what does not belong is refused, and what lies outside is told."""

from __future__ import annotations

import copy
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException

from suasion.features import GROUPS
from suasion.features.engine.matrix import all_features
from suasion.features.errors import BundleError
from suasion.features.text.space import LatentSpace
from suasion.training.bundle import folder as bundles
from suasion.training.bundle.folder import Bundle, _rounded, describe, load, save
from suasion.training.estimators.blend import Parts, TreeParts
from suasion.training.estimators.expectation import Expectation
from suasion.training.estimators.interval import Cut, Interval
from suasion.training.estimators.linear import constant_rate
from suasion.training.estimators.tree_text import Forest, Tree
from suasion.training.examples import Fitted
from suasion.training.tracking.pyfunc import _load_pyfunc

from .made import FACTS, record

NAN = float("nan")
STUMP = Tree((0,), (0.5,), (2,), (-1,), (-2,), (0.25, -0.1), (3, 4), (7,), 1.0)
SPACE = LatentSpace(("hops", "malt"), np.array([1.0, 2.0]), np.eye(2, dtype=np.float32))
KNOWN = FACTS | {
    "fingerprint": "ff",
    "people": ["0" * 16],
    "seen": ["1" * 16],
    "chosen": {"n_trees": 3, "alpha": 0.1, "level_followed": False},
}

FIGURES: dict[str, Any] = {
    "explained_deviance": 0.5,
    "explained_deviance_90": [0.4, 0.6],
    "spearman": None,
    "ndcg": None,
    "captured": None,
    "captured_90": [],
    "gain_on_most_followed": None,
    "gain_on_most_followed_90": [],
    "predicted_by_actual": 1.0,
}
ALL: dict[str, Any] = {
    "rows": 20,
    "influencers": 5,
    "conversions": 12.0,
    "ranking": {
        "campaigns": 3,
        "random": None,
        "perfect": None,
        "most_followed": None,
        "followers_known": 0.0,
    },
    "models": {"suasion": FIGURES},
    "absent": [],
    "suasion_less": {},
    "coverage": None,
    "coverage_picked": None,
    "calibration": [{"expected": 1.0, "actual": 2.0, "rows": 20}],
}
EVALUATION: dict[str, Any] = {
    "judged": {"all": ALL},
    "ablation": {"table": {"posts": {"adds": 0.1, "adds_90": [0.0, 0.2], "features": 3}}},
    "learning_curve": [{"outcomes": 50, "explained_deviance": 0.1, "past_average": 0.0}],
    "beats_baselines": True,
    "verdict": "It does.",
}


def made(kind: str = "blend", *, space: Any = SPACE, **interval: Any) -> Bundle:
    """Return a blend of a stump and a regression on two features."""
    features = (record("relevance__a"), record("momentum__b"))
    linear = replace(
        constant_rate(np.log(2.0), 2), scale=np.ones(2), low=np.full(2, -9.0), high=np.full(2, 9.0),
        slope=np.array([0.5, -1.0]), absent=np.array([0.5, 0.0]), slope_absent=np.array([0.2, 0.0]),
    )  # fmt: skip
    return Bundle(
        Parts(
            tuple(f.column for f in features), ("relevance", "momentum"),
            None if kind == "linear" else TreeParts.of(Forest(2, (STUMP,))), None if kind == "trees" else linear,
        ),
        Fitted(space, Expectation(("relevance__a",), constant_rate(0.5, 1), 3.5)),
        replace(Interval(0.05, 0.95, 0.125, bands=(Cut(3.5, 0.0, 1.0, 0.25),)), **interval),
        features,
        copy.deepcopy(KNOWN),
        copy.deepcopy(EVALUATION),
    )  # fmt: skip


TABLE = pd.DataFrame(
    {"momentum__b": [0.0, 1.0, NAN], "else": 7.0, "relevance__a": [0.0, 3.0, NAN], "exposure": [1.0, 2.0, 4.0]},
    index=[5, 3, 9],
)  # fmt: skip


def test_factors_by_hand_multiply_to_what_is_expected() -> None:
    """The stump gives 0.25 up to 0.5 and -0.1 above, mean 0.05; the regression 0.5 log(1 + a) and -log(1 + b), 0.2 where a is missing."""
    told = made().predict(TABLE)
    assert told.columns.tolist() == ["expected_conversions", "low", "high", "base", "exposure", *GROUPS]
    assert told.index.tolist() == [5, 3, 9]
    mean, two = (0.25 * 3 - 0.1 * 4) / 7, np.log(2)
    a = [0.25 - mean - 0.1, -0.1 - mean + two - 0.1, 0.25 - mean + 0.1]
    np.testing.assert_allclose(told["base"], np.exp(mean + two))
    np.testing.assert_allclose(told["relevance"], np.exp(a))
    np.testing.assert_allclose(told["momentum"], np.exp([0, -two, 0]))
    assert (told[[g for g in GROUPS if g not in ("relevance", "momentum")]] == 1.0).all(axis=None)
    np.testing.assert_allclose(
        told["expected_conversions"], told["base"] * told["exposure"] * told["relevance"] * told["momentum"]
    )
    low, high = made().interval.bounds(told["expected_conversions"].to_numpy())
    assert (told["low"].tolist(), told["high"].tolist()) == (low.tolist(), high.tolist())


@pytest.mark.parametrize("kind", ["linear", "blend", "trees"])
def test_what_is_written_is_read_again(kind: str, tmp_path: Path) -> None:
    own, folder = made(kind, whole=False, level=0.8), tmp_path / "model"
    save(own, folder)
    names = {path.name for path in folder.iterdir()}
    assert ("trees.txt" in names, "regression.npz" in names) == (kind != "linear", kind != "trees")
    told = load(folder)
    assert len(told.identity) == 64
    assert (told.interval, told.features, told.facts, told.evaluation) == (
        own.interval, own.features, own.facts, own.evaluation
    )  # fmt: skip
    assert told.fitted.expectation.features == ("relevance__a",)
    assert told.fitted.expectation.strength == 3.5
    assert told.fitted.expectation.linear.base == 0.5
    assert told.fitted.space.vocabulary == SPACE.vocabulary
    np.testing.assert_array_equal(told.fitted.space.embed(["malt"]), SPACE.embed(["malt"]))
    pd.testing.assert_frame_equal(told.predict(TABLE), own.predict(TABLE), rtol=1e-12)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["format"], manifest["kind"], told.parts.kind) == (7, kind, kind)
    assert set(manifest["files"]) == names - {"manifest.json"}
    assert set(manifest["libraries"]) == {"lightgbm", "scikit-learn", "numpy", "shap"}
    registered = _load_pyfunc(str(folder))
    for given in (TABLE, TABLE[TABLE.columns[::-1]], TABLE.drop(columns="else")):
        pd.testing.assert_frame_equal(registered.predict(given), told.predict(TABLE))
    pd.testing.assert_frame_equal(registered.predict(TABLE, params={"x": 1}), told.predict(TABLE))
    with pytest.raises(MlflowException, match="lacks the columns momentum__b; the model takes 3"):
        registered.predict(TABLE.drop(columns="momentum__b"))


class Own:
    """A text space of one's own."""

    def __init__(self, name: str) -> None:
        self.name = name


def test_a_space_of_ones_own_is_asked_for_by_name(tmp_path: Path) -> None:
    save(made(0.0, space=Own("mine")), tmp_path / "model")
    assert not (tmp_path / "model" / "space.npz").exists()
    mine = Own("mine")
    assert load(tmp_path / "model", space=mine).fitted.space is mine
    for other in (None, Own("other")):
        with pytest.raises(BundleError, match="was trained with the embedder 'mine'"):
            load(tmp_path / "model", space=other)


def test_figures_are_rounded_to_nine_digits_wherever_they_stand() -> None:
    told = _rounded(
        {"a": [1.23456789123, {"b": 2e-20 / 3}], "c": 12345678912, "d": "x", "e": None, "f": True}
    )
    assert told == {
        "a": [1.23456789, {"b": 6.66666667e-21}],
        "c": 12345678912,
        "d": "x",
        "e": None,
        "f": True,
    }


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(made(0.0), tmp_path / "model")
    assert bundles.LARGEST == 2**30
    largest = max(path.stat().st_size for path in (tmp_path / "model").iterdir())
    monkeypatch.setattr(bundles, "LARGEST", largest)
    load(tmp_path / "model")
    monkeypatch.setattr(bundles, "LARGEST", largest - 1)
    with pytest.raises(BundleError, match="is larger than any"):
        load(tmp_path / "model")
    with pytest.raises(BundleError, match=r"is not a model: it has no manifest\.json"):
        load(tmp_path)


def refused(folder: Path, name: str, data: bytes) -> str:
    """Return why a bundle is refused whose file holds something else, with the hash that fits."""
    import hashlib

    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / name).write_bytes(data)
    manifest["files"][name] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BundleError) as error:
        load(folder)
    return str(error.value)


def packed(compressed: bool = False, **arrays: Any) -> bytes:
    data = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(data, **arrays)
    return data.getvalue()


def test_files_that_do_not_belong_together(tmp_path: Path) -> None:
    numbers = {
        name: np.ones(2)
        for name in ("unit", "mean", "scale", "low", "high", "absent", "slope", "slope_absent", "elasticity")
    }
    numbers["intercept"] = np.array(0.0)
    apart = "do not belong together"
    eye = np.eye(2, dtype=np.float32)
    for number, (name, data, reason) in enumerate(
        (
            ("regression.npz", packed(**numbers | {"slope": np.ones(3)}), "not one number a feature"),
            ("regression.npz", packed(**numbers | {"scale": np.array([1.0, -1e-9])}), "scale below 0"),
            ("regression.npz", packed(**numbers | {"unit": np.array([1.0, 0.0])}), "a unit of 0"),
            ("regression.npz", packed(**{k: v for k, v in numbers.items() if k != "low"}), "its arrays are not absent, elasticity, high"),
            ("vocabulary.json", b'["hops", "hops"]', apart),
            ("vocabulary.json", b'["hops"]', apart),
            ("vocabulary.json", b'["hops", 3]', apart),
            ("vocabulary.json", b'{"hops": 1, "malt": 2}', apart),
            ("space.npz", packed(idf=np.ones(3), components=eye), apart),
            ("space.npz", packed(idf=np.ones(2), components=np.ones((2, 3), np.float32)), apart),
            ("space.npz", packed(idf=np.ones(2), components=np.ones((0, 2), np.float32)), apart),
            ("space.npz", packed(idf=np.ones(2), components=np.eye(2)), "it is float64 in 2 dimensions, not <f4 in 2"),
            ("trees.txt", "trée".encode(), "is not ASCII text"),
        )
    ):  # fmt: skip
        folder = tmp_path / str(number)
        save(made(), folder)
        assert reason in refused(folder, name, data), (name, number)
    save(made(), tmp_path / "fits")
    assert "has 3 features, manifest.json 2" in refused(
        tmp_path / "fits", "trees.txt", bundles.write_forest(Forest(3, (STUMP,))).encode()
    )
    save(made(0.0), tmp_path / "zero")  # a unit above 0 and a scale of 0 can be
    zero = numbers | {"scale": np.zeros(2), "unit": np.full(2, 1e-300)}
    manifest = json.loads((tmp_path / "zero" / "manifest.json").read_text())
    assert bundles._linear(packed(**zero), "regression.npz", 2).scale.tolist() == [0.0, 0.0]
    del manifest["files"]["regression.npz"]
    (tmp_path / "zero" / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match=r"holds regression\.npz, which training did not write"):
        load(tmp_path / "zero")
    (tmp_path / "zero" / "regression.npz").unlink()
    with pytest.raises(BundleError, match=r"does not name regression\.npz"):
        load(tmp_path / "zero")


@pytest.mark.parametrize("extra", ["notes.txt", "code.py", "trees.pkl", ".hidden", "folder"])
def test_a_file_that_training_did_not_write_is_refused(extra: str, tmp_path: Path) -> None:
    save(made(), tmp_path / "model")
    place = tmp_path / "model" / extra
    if extra == "folder":
        place.mkdir()
    else:
        place.write_text("x")
    with pytest.raises(BundleError, match=f"holds {extra}, which training did not write"):
        load(tmp_path / "model")
    for name in "xyz":
        (tmp_path / "model" / name).write_text("x")
    with pytest.raises(BundleError, match=f"holds {extra}, x, y, which"):
        load(tmp_path / "model")


@pytest.mark.parametrize("more", ["import os\n", "\n", "parameters:\n[x: 1]\n", "end of trees\n\n"])
def test_text_behind_the_trees_is_refused(more: str, tmp_path: Path) -> None:
    save(made(), tmp_path / "model")
    text = (tmp_path / "model" / "trees.txt").read_text()
    assert "trees.txt holds more than the trees" in refused(
        tmp_path / "model", "trees.txt", (text + more).encode()
    )


def test_the_range_and_the_share_that_is_missing_are_those_of_training() -> None:
    features = tuple(f for f in all_features() if f.cumulative or f.per_campaign)[:2]
    X = np.array([[1.0, NAN], [-3, NAN], [NAN, NAN], [2, NAN]])
    one, none = describe(features, X)
    assert (one.low, one.high, one.missing) == (-3.0, 2.0, 0.25)
    assert (none.low, none.high, none.missing) == (None, None, 1.0)
    for told, feature in zip((one, none), features, strict=True):
        names = ("column", "characteristic", "unit", "monotonic", "meaning", "cumulative", "per_campaign")
        assert [getattr(told, name) for name in names] == [getattr(feature, name) for name in names]


@pytest.mark.parametrize(
    ("change", "values", "outside"),
    [
        ({}, [-2.0, 4.0, 0.0, NAN], [False] * 4),
        ({}, [-2.0001, 4.0001], [True, True]),
        ({}, [-2 - 3e-9, 4 + 3e-9], [False, False]),  # what rounding does: 1e-9 of the largest
        ({}, [-2 - 5e-9, 4 + 5e-9], [True, True]),
        ({"low": 0.0, "high": 0.5}, [-0.9e-9, -1.1e-9], [False, True]),
        ({"low": -8.0, "high": -4.0}, [-8 - 3e-9, -8 - 5e-9], [False, True]),
        ({"missing": 0.0}, [NAN, 0.0], [True, False]),
        ({"missing": 0.01}, [NAN], [False]),
        ({"low": 4.0}, [3.0, 5.0], [False, False]),  # one value throughout has no say
        ({"low": None, "high": None, "missing": 1.0}, [3.0, NAN], [False, False]),
        ({"cumulative": True}, [9.0, -9.0], [False, False]),
        ({"per_campaign": True}, [9.0, -9.0], [False, False]),
    ],
)  # fmt: skip
def test_what_sets_somebody_apart(change: dict[str, Any], values: list[float], outside: list[bool]) -> None:
    own = made(0.0)
    feature = own.features[1].model_copy(update={"low": -2.0, "high": 4.0, "missing": 0.5} | change)
    told = replace(own, features=(own.features[0], feature))
    table = pd.DataFrame({"relevance__a": 1.0, "momentum__b": values})
    assert told.outside(table) == [["momentum__b"] if one else [] for one in outside]
    both = replace(told, features=tuple(f.model_copy(update={"low": 0.0, "high": 1.0}) for f in own.features))
    assert both.outside(pd.DataFrame({"relevance__a": [5.0, 1.0], "momentum__b": [5.0, 5.0]})) == [
        ["relevance__a", "momentum__b"],
        ["momentum__b"],
    ]
