"""What may be read of a bundle: every limit of a manifest and of an evaluation, at its edge, and numbers that nobody wrote."""

from __future__ import annotations

import copy
import io
import zipfile
from typing import Any

import numpy as np
import pytest

from suasion.features import GROUPS
from suasion.features.errors import BundleError
from suasion.features.tables.schema import TABLES
from suasion.training.bundle.manifest import Figures, Manifest, check
from suasion.training.bundle.strict import read_arrays, read_json

from .test_bundle_values import ALL, EVALUATION, FIGURES, KNOWN, packed

NAN = float("nan")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "x has the key 'c' twice"),
        (b'{"a": NaN}', "x holds NaN, which is not a finite number"),
        (b"[-Infinity]", "x holds -Infinity"),
        (b"[1e999]", "x holds 1e999"),
        (b"\xff", r"x is not JSON \(UnicodeDecodeError\)"),
        (b"[1", r"x is not JSON \(JSONDecodeError\)"),
        (b"[" * 100_000, r"x is not JSON \(RecursionError\)"),
    ],
)
def test_json_that_nobody_wrote(text: bytes, reason: str) -> None:
    with pytest.raises(BundleError, match=reason):
        read_json(text, "x")


def test_json_that_is_written() -> None:
    assert read_json('{"é": [1, 2.5, -1e300, null, true, {"é": "é"}]}'.encode(), "x") == {
        "é": [1, 2.5, -1e300, None, True, {"é": "é"}]
    }


def npy(array: np.ndarray, version: tuple[int, int] = (1, 0), more: bytes = b"") -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version=version)
    return stream.getvalue() + more


def zipped(**members: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "dimensions", "reason"),
    [
        (packed(a=np.ones(3)), 1, None),
        (packed(a=np.zeros(0)), 1, None),
        (packed(a=np.array(2.0)), 0, None),
        (packed(a=np.ones((2, 3))), 2, None),
        (packed(a=np.ones((1, 3))), 2, None),
        (packed(a=np.ones(3), b=np.ones(3)), 1, "its arrays are not a"),
        (packed(b=np.ones(3)), 1, "its arrays are not a"),
        (packed(True, a=np.ones(900)), 1, "it is compressed"),
        (packed(a=np.ones(3)), 2, "it is float64 in 1 dimensions, not <f8 in 2"),
        (packed(a=np.ones(3, np.float32)), 1, "it is float32 in 1"),
        (packed(a=np.ones(3, ">f8")), 1, "it is >f8 in 1"),
        (packed(a=np.ones((2, 3), order="F")), 2, "in 2 dimensions"),
        (packed(a=np.array([1.0, NAN])), 1, "not finite"),
        (packed(a=np.array([1.0, np.inf])), 1, "not finite"),
        (zipped(a=npy(np.ones(3), (2, 0))), 1, "another version"),
        (zipped(a=npy(np.ones(3), more=b"\0")), 1, "its shape is not as large as its data"),
        (zipped(a=npy(np.ones(3))[:-8]), 1, "its shape is not as large as its data"),
        (zipped(a=npy(np.ones(3)).replace(b"(3,)", b"(-3)")), 1, "x"),
        (b"no archive", 1, "it cannot be read: BadZipFile"),
        (zipped(a=b"nothing"), 1, "it cannot be read: ValueError"),
    ],
)
def test_arrays_that_are_written_and_no_others(data: bytes, dimensions: int, reason: str | None) -> None:
    if reason is None:
        (told,) = read_arrays(data, "x", {"a": ("<f8", dimensions)}).values()
        with np.load(io.BytesIO(data)) as archive:
            np.testing.assert_array_equal(told, archive["a"])
    else:
        with pytest.raises(BundleError, match=reason):
            read_arrays(data, "x", {"a": ("<f8", dimensions)})


ENTRY = {
    "column": "relevance__a",
    "characteristic": "relevance",
    "unit": "u",
    "monotonic": 0,
    "meaning": "m",
    "low": 0.0,
    "high": 1.0,
    "missing": 0.0,
    "cumulative": False,
    "per_campaign": False,
}
MANIFEST: dict[str, Any] = {
    "format": 7,
    "suasion": "1",
    "libraries": {"numpy": "2"},
    "kind": "blend",
    "space": "lsa",
    "expectation": {"features": ["relevance__a"], "strength": 1.0},
    "interval": {
        "lower": 0.1,
        "upper": 0.9,
        "dispersion": 0.0,
        "whole": True,
        "level": 0.9,
        "binary": False,
        "bands": [],
    },
    "features": [ENTRY],
    "facts": KNOWN,
    "files": {"space.npz": {"size": 0, "sha256": "a" * 64}},
}
SHARES = (("missing", "features", 0), ("lower", "interval"), ("upper", "interval"), ("level", "interval"))


def changed(whole: dict[str, Any], value: Any, *path: Any) -> dict[str, Any]:
    """Return a copy with one value changed, or taken out if it is ``...``."""
    whole = copy.deepcopy(whole)
    *way, last = path
    place: Any = whole
    for step in way:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return whole


def accepted(kind: Any, whole: dict[str, Any]) -> bool:
    try:
        check(kind, whole, "x")
    except BundleError:
        return False
    return True


def edge(last: str, *way: Any, good: tuple[Any, ...] = (), bad: tuple[Any, ...] = ()) -> list[Any]:
    return [((*way, last), value, fits) for values, fits in ((good, True), (bad, False)) for value in values]


CUT = {"above": 1.0, "lower": 0.1, "upper": 0.9, "dispersion": 0.5}


@pytest.mark.parametrize(
    ("path", "value", "fits"),
    [
        *(row for last, *way in SHARES for row in edge(last, *way, good=(0.0, 1.0), bad=(-1e-9, 1 + 1e-9, "1"))),
        *edge("kind", good=("trees", "linear", "blend"), bad=("forest",)),
        *edge("format", good=(3,), bad=(3.0, True, "3")),
        *edge("suasion", good=("x" * 2000,), bad=("x" * 2001, 1, ...)),
        *edge("strength", "expectation", good=(1e-300, None), bad=(0.0, -1.0)),
        *edge("dispersion", "interval", good=(0.0,), bad=(-1e-9,)),
        *edge("whole", "interval", bad=(1, "true")),
        *edge(
            "bands", "interval",
            good=([], [CUT], [CUT, CUT | {"above": 2.0}], [CUT | {"above": float(k)} for k in range(20)]),
            bad=([CUT, CUT], [CUT | {"above": 2.0}, CUT], [CUT | {"above": -1.0}], [CUT | {"upper": 1.1}], [CUT | {"dispersion": -0.1}],
                 [{"above": 1.0}], [CUT | {"above": float(k)} for k in range(21)], ...),
        ),
        *edge("n_trees", "facts", "chosen", good=(0,), bad=(-1, 1.0)),
        *edge("alpha", "facts", "chosen", good=(0.0,), bad=(-1e-9,)),
        *edge("level_followed", "facts", "chosen", good=(True, False), bad=(0, "true", None, ...)),
        *edge("size", "files", "space.npz", good=(0, 2**30), bad=(-1, 2**30 + 1)),
        *edge("sha256", "files", "space.npz", good=("0" * 64,), bad=("a" * 63, "a" * 65, "A" * 64, "a" * 64 + "\n", "g" * 64)),
        *edge("column", "features", 0, good=("a", "a_9" + "z" * 197), bad=("", "A", "a-b", "z" * 201, "a\n")),
        *edge("characteristic", "features", 0, good=GROUPS, bad=("luck", "")),
        *edge("monotonic", "features", 0, good=(-1, 0, 1), bad=(2, -2)),
        *edge("low", "features", 0, good=(None, -1e300), bad=("0", ...)),
        *edge("cumulative", "features", 0, good=(True,), bad=(0,)),
        *edge("features", good=([ENTRY, ENTRY | {"column": "b"}],), bad=([], [ENTRY, ENTRY])),
        *(row for name in ("outcomes", "influencers", "campaigns") for row in edge(name, "facts", good=(0,), bad=(-1, 0.5))),
        *edge("conversions", "facts", good=(0.0,), bad=(-1.0,)),
        *(row for name in ("first_decision", "last_decision", "last_known") for row in edge(name, "facts", good=("2024-01-01 00:00:00.5",), bad=("yesterday",))),
        *edge("until", "facts", good=(None, "2024-01-01 00:00:00"), bad=("soon",)),
        *edge("revenue_per_conversion", "facts", good=(None, 1.5), bad=("1",)),
        *edge("campaign_variance", "facts", good=(None, 0.0, 1.5), bad=("1", -0.1)),
        *edge("tables", "facts", good=([], list(TABLES)), bad=(["outcomes", "secrets"],)),
        *edge("extras", "facts", good=(["offer_a", "offer_" + "x" * 194],), bad=(["a"], ["an offer_"], ["offer_" + "x" * 195])),
        *(row for name in ("people", "seen") for row in edge(name, "facts", good=([], ["0123456789abcdef"]), bad=(["0" * 15], ["0" * 17], ["0" * 15 + "g"], ["0" * 16 + "\n"]))),
        *edge("fingerprint", "facts", good=("",), bad=(None,)),
        *edge("more", bad=(1,)),
        *edge("more", "facts", bad=(1,)),
        *edge("more", "interval", bad=(1,)),
    ],
)  # fmt: skip
def test_every_limit_of_a_manifest(path: tuple[Any, ...], value: Any, fits: bool) -> None:
    assert accepted(Manifest, changed(MANIFEST, value, *path)) is fits


def test_numbers_that_are_none_are_refused_in_a_manifest_and_the_place_is_told() -> None:
    for value in (NAN, float("inf")):
        assert not accepted(Manifest, changed(MANIFEST, value, "features", 0, "low"))
    with pytest.raises(
        BundleError, match=r"^m is not what training writes: features\.0\.monotonic: Input should be"
    ):
        check(Manifest, changed(MANIFEST, 7, "features", 0, "monotonic"), "m")
    with pytest.raises(
        BundleError, match=r"^m is not what training writes: the whole: Value error, a feature is there twice"
    ):
        check(Manifest, changed(MANIFEST, [ENTRY, ENTRY], "features"), "m")


IN_ALL, OF_SUASION = ("judged", "all"), ("judged", "all", "models", "suasion")


@pytest.mark.parametrize(
    ("path", "value", "fits"),
    [
        *edge("judged", good=({}, {"all": ALL, "newcomers": ALL}), bad=({"some": ALL}, ...)),
        *edge("ablation", good=({}, ...), bad=({"people": {}},)),
        *edge("learning_curve", good=([], ...), bad=([{}],)),
        *edge("verdict", good=("x" * 2000,), bad=("x" * 2001, ...)),
        *edge("beats_baselines", good=(False,), bad=(0, ...)),
        *edge("models", *IN_ALL, bad=({}, {"other": FIGURES})),
        *edge("rows", *IN_ALL, good=(0,), bad=(-1,)),
        *edge("influencers", *IN_ALL, good=(0,), bad=(-1,)),
        *edge("coverage", *IN_ALL, good=(0.0, 1.0), bad=(-0.1, 1.1)),
        *edge("coverage_picked", *IN_ALL, good=(0.0, 1.0), bad=(-0.1, 1.1)),
        *(row for name in ("random", "perfect", "most_followed") for row in edge(name, *IN_ALL, "ranking", good=(0.0, 1.0), bad=(-0.1, 1.1))),
        *edge("followers_known", *IN_ALL, "ranking", good=(1.0,), bad=(-0.1, 1.1, None)),
        *edge("campaigns", *IN_ALL, "ranking", good=(0,), bad=(-1,)),
        *edge("captured", *OF_SUASION, good=(0.0, 1.0), bad=(-0.1, 1.1)),
        *edge("explained_deviance_90", *OF_SUASION, good=([], [1.0]), bad=([1.0, 2.0, 3.0], None)),
        *edge("explained_deviance", *OF_SUASION, good=(-3.0,), bad=(None, NAN)),
        *edge("auc", *OF_SUASION, good=(None, 0.5), bad=("x",)),
        *edge("auc_90", *OF_SUASION, good=([0.4, 0.6],), bad=([0.4, 0.5, 0.6],)),
        *edge("rows", *IN_ALL, "calibration", 0, good=(0,), bad=(-1,)),
        *edge("adds_90", "ablation", "table", "posts", bad=([], [1.0], [1.0, 2.0, 3.0])),
        *edge("features", "ablation", "table", "posts", good=(0,), bad=(-1,)),
        *edge("outcomes", "learning_curve", 0, good=(0,), bad=(-1,)),
    ],
)  # fmt: skip
def test_every_limit_of_an_evaluation(path: tuple[Any, ...], value: Any, fits: bool) -> None:
    assert accepted(Figures, changed(EVALUATION, value, *path)) is fits
