"""What an error repeats of a hostile model: forty characters of it, no more, so that no message fills a log."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from suasion.features import GROUPS
from suasion.features.errors import BundleError
from suasion.training.bundle.folder import load, save
from suasion.training.bundle.manifest import FeatureRecord, check
from suasion.training.bundle.strict import read_arrays, read_json
from suasion.training.estimators.tree_text import Forest, read_forest, write_forest

from .test_bundle_values import STUMP, made
from .test_limits_values import ENTRY

LONG = "".join(chr(97 + n % 26) for n in range(300))


def told(read: Callable[..., Any], *given: Any) -> str:
    with pytest.raises(BundleError) as error:
        read(*given)
    return str(error.value)


def forest(old: str, new: str) -> str:
    """Return the text of a forest with something else in it, its length told rightly."""
    changed = write_forest(Forest(2, (STUMP,))).replace(old, new, 1)
    block = changed.partition("\n\nTree=")[2].partition("end of trees")[0]
    size = changed.partition("tree_sizes=")[2].partition("\n")[0]
    return changed.replace(f"tree_sizes={size}", f"tree_sizes={len('Tree=' + block)}")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("label_index=0", f"label_index=0\n{LONG}", "a line without a value: {}"),
        ("label_index=0", f"label_index=0\n{LONG}=1\n{LONG}=1", "{} is there twice"),
        ("label_index=0", f"label_index=0\n{LONG}=1", "it names {}, which no model"),
        ("version=v4", f"version={LONG}", "version is {}, not 'v4'"),
        ("num_cat=0", f"num_cat=0\n{LONG}=0", "it names {}, which no tree"),
        ("Tree=0", f"Tree={LONG}", "it calls itself {}"),
        ("leaf_count=3", f"leaf_count={LONG}", "{} is not a number that can be here"),
    ],
)
def test_of_a_forest(old: str, new: str, says: str) -> None:
    assert says.format(repr(LONG[:40])) in told(read_forest, forest(old, new))


def test_of_json() -> None:
    assert f"x has the key {LONG[:40]!r} twice." in told(
        read_json, f'{{"{LONG}": 1, "{LONG}": 2}}'.encode(), "x"
    )
    assert f"x holds {'9' * 40}, which is not a finite" in told(
        read_json, f"[{'9' * 300}9e300]".encode(), "x"
    )


def test_of_a_manifest() -> None:
    says = told(check, FeatureRecord, {**ENTRY, "characteristic": LONG}, "m")
    assert f"characteristic {LONG[:40]!r} is none of offer, " in says
    key = told(check, FeatureRecord, {**ENTRY, LONG: 1}, "m")
    assert f"m is not what training writes: {LONG[:40]}: Extra inputs are not permitted" in key
    values: dict[str, Any] = {**ENTRY, "characteristic": "x" * 40, "column": "relevance__a"}
    cut = (
        told(check, FeatureRecord, values, "m")
        .partition("the whole: ")[2]
        .partition(". Train the model again.")[0]
    )
    assert cut.startswith("Value error, characteristic 'xxx")
    assert len(cut) <= 200
    whole = "Value error, characteristic " + repr("x" * 40) + " is none of "
    assert cut == (whole + ", ".join(GROUPS))[:200]


def test_of_a_folder(tmp_path: Path) -> None:
    save(made(), tmp_path / "m")
    manifest = json.loads((tmp_path / "m" / "manifest.json").read_text())
    manifest["files"][LONG] = {"size": 1, "sha256": "0" * 64}
    (tmp_path / "m" / "manifest.json").write_text(json.dumps(manifest))
    says = told(load, tmp_path / "m")
    assert f"lacks its file {LONG[:40]}, or" in says

    class Own:
        name = LONG

    own = replace(made(), fitted=replace(made().fitted, space=Own()))
    save(own, tmp_path / "own")
    assert f"was trained with the embedder {LONG[:40]!r}. Give it" in told(load, tmp_path / "own")


def test_the_header_of_an_array_is_no_longer_than_numpy_allows() -> None:
    """A header is a Python literal: NumPy reads ten thousand characters of it, and no more."""
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.ones(3), version=(1, 0))
    data = stream.getvalue()
    header = data[10:].partition(b"\n")[0].rstrip()
    for size, reads in ((9_999, True), (10_100, False)):
        padded = header + b" " * (size - len(header) - 1) + b"\n"
        changed = data[:8] + len(padded).to_bytes(2, "little") + padded + data[-24:]
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("a.npy", changed)
        if reads:
            assert read_arrays(out.getvalue(), "x", {"a": ("<f8", 1)})["a"].tolist() == [1, 1, 1]
        else:
            assert "it cannot be read: ValueError" in told(
                read_arrays, out.getvalue(), "x", {"a": ("<f8", 1)}
            )
