"""A model on disk: text and numbers, no pickle and no code.

======================  ==================================================================================
``manifest.json``       format, features as declared, what training saw, interval, hashes of all files
``trees.txt``           LightGBM's text (where there are trees)
``regression.npz``      arrays of the regression (where there is one)
``expectation.npz``     arrays of the regression that past outcomes are compared with
``space.npz``           arrays of the text space
``vocabulary.json``     its words
``evaluation.json``     how the model was judged
``forecasts.npz``       what it forecast of the outcomes it was judged by
======================  ==================================================================================

It is written whole or not at all, and read only if every file is the one that was written and holds what training writes:
hashes tell an accident, :mod:`suasion.training.estimators.tree_text`, ``manifest`` and ``strict`` an intention.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from suasion.features import GROUPS, Feature
from suasion.features.errors import BundleError
from suasion.features.tables.files import whole_folder
from suasion.features.text.space import Embedder, LatentSpace
from suasion.training.estimators.base import Floats
from suasion.training.estimators.blend import Parts, TreeParts
from suasion.training.estimators.expectation import Expectation
from suasion.training.estimators.interval import Cut, Interval
from suasion.training.estimators.linear import LinearParts, split_fields
from suasion.training.estimators.tree_text import read_forest, write_forest
from suasion.training.examples import Fitted

from .forecasts import FILE as FORECASTS
from .forecasts import Forecasts
from .manifest import Facts, FeatureRecord, Figures, Manifest, check
from .strict import read_arrays, read_json, write_arrays

FORMAT = 7
FILES = (
    "manifest.json",
    "trees.txt",
    "regression.npz",
    "expectation.npz",
    "space.npz",
    "vocabulary.json",
    "evaluation.json",
    FORECASTS,
)
OUTPUT = frozenset(FILES)
LARGEST = 2**30
FACTORS = ("exposure", *GROUPS)
"""The columns whose product, with ``base``, is ``expected_conversions``."""


@dataclass(frozen=True)
class Bundle:
    """A trained model with everything that scoring needs."""

    parts: Parts
    fitted: Fitted
    interval: Interval
    features: tuple[FeatureRecord, ...]
    facts: Facts
    """What training saw: rows, period, tables, fingerprint, extra offer columns, library versions."""
    evaluation: Figures
    forecasts: Forecasts = Forecasts()  # noqa: RUF009 - frozen
    """What was forecast of judged outcomes before they were known."""
    identity: str = ""
    """SHA-256 of the manifest, which holds the hashes of all other files; empty until it is on disk."""

    def whole(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return rows with all features that the model takes: missing where these rows have none."""
        return table.reindex(columns=list(dict.fromkeys([*table.columns, *self.parts.features])))

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return expected conversions, their interval and the factors of rows: one column a feature, float64, NaN where missing, and ``exposure``.

        The columns are ``expected_conversions, low, high, base, exposure, offer, relevance, frequency, references, conversation,
        reputation, conversion, momentum``: what is expected is the product of base, exposure, the offer and the seven.
        """
        X = self.parts.matrix(table)
        factors = np.exp(self.parts.log_factors(X, GROUPS))
        exposure = table["exposure"].to_numpy(dtype=np.float64)
        base = np.full(len(X), np.exp(self.parts.log_base))
        expected = base * exposure * factors.prod(axis=1)
        low, high = self.interval.bounds(expected)
        columns = {
            "expected_conversions": expected,
            "low": low,
            "high": high,
            "base": base,
            "exposure": exposure,
        }
        columns |= {group: factors[:, index] for index, group in enumerate(GROUPS)}
        return pd.DataFrame(columns, index=table.index)

    def outside(self, table: pd.DataFrame) -> list[list[str]]:
        """Return, for each row, the features whose value lies outside what training saw, or is missing where it never was.

        Told is what sets somebody apart: not what had one value throughout training and has no say in the model, what can
        only grow as time goes by, and what is the same for everybody in a campaign.
        """
        X = self.parts.matrix(table)
        low = np.array([np.nan if feature.low is None else feature.low for feature in self.features])
        high = np.array([np.nan if feature.high is None else feature.high for feature in self.features])
        always = np.array([feature.missing == 0.0 for feature in self.features])
        slack = 1e-9 * np.maximum(1.0, np.abs(high))
        comparable = np.array([not (feature.cumulative or feature.per_campaign) for feature in self.features])
        strange = (
            comparable & (low < high) & np.where(np.isnan(X), always, (low - slack > X) | (high + slack < X))
        )
        names = [feature.column for feature in self.features]
        outside: list[list[str]] = [[] for _ in range(len(strange))]
        for row, column in zip(*(at.tolist() for at in np.nonzero(strange)), strict=True):
            outside[row].append(names[column])
        return outside


def describe(features: tuple[Feature, ...], X: Floats) -> tuple[FeatureRecord, ...]:
    """Return the declared features with the range of their values in training."""
    declared = ("column", "characteristic", "unit", "monotonic", "meaning", "cumulative", "per_campaign")
    records = []
    for feature, values in zip(features, X.T, strict=True):
        known = values[~np.isnan(values)]
        records.append(
            FeatureRecord(
                **{name: getattr(feature, name) for name in declared},
                low=float(known.min()) if len(known) else None,
                high=float(known.max()) if len(known) else None,
                missing=1.0 - len(known) / len(X),
            )
        )
    return tuple(records)


def save(bundle: Bundle, out: str | Path) -> None:
    """Write the bundle to the folder ``out``, whole or not at all."""
    with whole_folder(Path(out), ours=OUTPUT) as folder:
        parts = bundle.parts
        if parts.trees is not None:
            (folder / "trees.txt").write_text(write_forest(parts.trees.forest), encoding="ascii")
        if parts.linear is not None:
            (folder / "regression.npz").write_bytes(write_arrays(split_fields(parts.linear)))
        space, expectation = bundle.fitted.space, bundle.fitted.expectation
        (folder / "expectation.npz").write_bytes(write_arrays(split_fields(expectation.linear)))
        if isinstance(space, LatentSpace):
            (folder / "space.npz").write_bytes(
                write_arrays({"idf": space.idf, "components": space.components})
            )
            (folder / "vocabulary.json").write_text(
                json.dumps(space.vocabulary, ensure_ascii=False), encoding="utf-8"
            )
        (folder / "evaluation.json").write_text(_dump(_rounded(bundle.evaluation)), encoding="utf-8")
        (folder / FORECASTS).write_bytes(bundle.forecasts.dump())
        manifest = {
            "format": FORMAT,
            "suasion": version("suasion"),
            "libraries": {name: version(name) for name in ("lightgbm", "scikit-learn", "numpy", "shap")},
            "kind": parts.kind,
            "space": space.name,
            "expectation": {"features": expectation.features, "strength": expectation.strength},
            "interval": _rounded(asdict(bundle.interval)),
            "features": [feature.model_dump() for feature in bundle.features],
            "facts": bundle.facts,
            "files": {
                path.name: {
                    "size": path.stat().st_size,
                    "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                }
                for path in sorted(folder.iterdir())
            },
        }
        (folder / "manifest.json").write_text(_dump(manifest), encoding="utf-8")


def _rounded(value: object) -> object:
    """Round figures to nine digits: the rest hangs on where a matrix lies in memory, and a seed must give one model."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    return [_rounded(part) for part in value] if isinstance(value, (list, tuple)) else value


def _dump(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def load(path: str | Path, *, space: Embedder | None = None) -> Bundle:
    """Read a bundle; every file is read once, and what was hashed is what is parsed.

    ``space`` is the embedder, for a model that was trained with one of its own. Raises BundleError when a file is missing or changed, the
    format is another, what a file holds is not what training writes (however well its hash fits), or the embedder is not that one.
    """
    return unpack(read_files(path), str(path), space=space)


def read_files(path: str | Path) -> dict[str, bytes]:
    """Return what the files of a bundle hold, by name, read once and not yet believed: :func:`unpack` looks at them.

    Raises BundleError when a file is missing, or there is one that training did not write.
    """
    folder = Path(path)
    if not (folder / "manifest.json").is_file():
        raise BundleError(
            f"{folder} is not a model: it has no manifest.json. Give the folder that `suasion train --out` wrote."
        )
    data = _content(folder, "manifest.json")
    names = _manifest(data, str(folder)).files
    extra = sorted({path.name for path in folder.iterdir()} - {"manifest.json", *names})
    if extra:
        raise BundleError(
            f"{folder} holds {', '.join(extra[:3])}, which training did not write. Take it out, or train again."
        )
    return {"manifest.json": data} | {name: _content(folder, name) for name in names}


def unpack(files: dict[str, bytes], where: str, *, space: Embedder | None = None) -> Bundle:
    """Return the bundle that files hold, as :func:`load` does; ``where`` names them in messages."""
    data = _needed(files, "manifest.json")
    manifest = _manifest(data, where)
    for name, entry in manifest.files.items():
        content = _needed(files, name)
        if len(content) != entry.size or hashlib.sha256(content).hexdigest() != entry.sha256:
            raise BundleError(
                f"{Path(where) / name} is not the file that training wrote: its size or SHA-256 differs. Train it again."
            )
    evaluation = check(
        Figures, read_json(_needed(files, "evaluation.json"), "evaluation.json"), "evaluation.json"
    )
    entries = manifest.interval.model_dump()
    interval = Interval(**entries | {"bands": tuple(Cut(**band) for band in entries["bands"])})
    return Bundle(
        _parts(manifest, files),
        Fitted(_space(where, manifest, files, space), _expectation(manifest, files)),
        interval,
        tuple(manifest.features),
        manifest.facts,
        evaluation,
        Forecasts.load(_needed(files, FORECASTS)),
        identity=hashlib.sha256(data).hexdigest(),
    )


def _manifest(data: bytes, where: str) -> Manifest:
    content = read_json(data, "manifest.json")
    written_format = content.get("format") if isinstance(content, dict) else None
    if written_format != FORMAT or isinstance(written_format, bool):
        raise BundleError(
            f"{where} has format {written_format!r:.40}, this version of suasion reads {FORMAT}. Train it again, or use the version "
            "of suasion that wrote it."
        )
    return check(Manifest, content, "manifest.json")


def _content(folder: Path, name: str) -> bytes:
    path = folder / name
    if name not in FILES or path.is_symlink() or not path.is_file():
        raise BundleError(f"{folder} lacks its file {name[:40]}, or it is not a plain file. Train it again.")
    try:
        if path.stat().st_size > LARGEST:
            raise BundleError(f"{path} is larger than any that training writes. Train it again.")
        return path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path} cannot be read ({error.strerror}). Train it again.") from error


def _needed(files: dict[str, bytes], name: str) -> bytes:
    if name not in files:
        raise BundleError(
            f"manifest.json does not name {name}, without which there is no model. Train it again."
        )
    return files[name]


def _parts(manifest: Manifest, files: dict[str, bytes]) -> Parts:
    names = tuple(entry.column for entry in manifest.features)
    trees = linear = None
    if manifest.kind != "linear":
        data = _needed(files, "trees.txt")
        if not data.isascii():
            raise BundleError("trees.txt is not ASCII text. Train the model again.")
        text = data.decode("ascii")
        forest = read_forest(text)
        if write_forest(forest) != text:
            raise BundleError(
                "trees.txt holds more than the trees, or writes them otherwise than training. Train the model again."
            )
        if forest.features != len(names):
            raise BundleError(
                f"trees.txt has {forest.features} features, manifest.json {len(names)}. Train the model again."
            )
        trees = TreeParts.of(forest)
    if manifest.kind != "trees":
        linear = _linear(_needed(files, "regression.npz"), "regression.npz", len(names))
    return Parts(names, tuple(entry.characteristic for entry in manifest.features), trees, linear)


def _expectation(manifest: Manifest, files: dict[str, bytes]) -> Expectation:
    entry = manifest.expectation
    linear = _linear(_needed(files, "expectation.npz"), "expectation.npz", len(entry.features))
    return Expectation(tuple(entry.features), linear, entry.strength)


def _linear(data: bytes, name: str, features: int) -> LinearParts:
    dimensions = {key: 0 if key == "intercept" else 1 for key in LinearParts.__dataclass_fields__}
    arrays = read_arrays(data, name, {key: ("<f8", count) for key, count in dimensions.items()})
    if any(array.ndim and len(array) != features for array in arrays.values()) or np.any(
        (arrays["scale"] < 0) | (arrays["unit"] <= 0)
    ):
        raise BundleError(
            f"{name} is not one number a feature, or has a scale below 0 or a unit of 0. Train the model again."
        )
    intercept = float(arrays.pop("intercept"))
    return LinearParts(intercept=intercept, **arrays)


def _space(where: str, manifest: Manifest, files: dict[str, bytes], space: Embedder | None) -> Embedder:
    if manifest.space != "lsa":
        if space is not None and space.name == manifest.space:
            return space
        raise BundleError(
            f"{where} was trained with the embedder {manifest.space[:40]!r}. Give it: load(path, space=…)."
        )
    arrays = read_arrays(
        _needed(files, "space.npz"), "space.npz", {"idf": ("<f8", 1), "components": ("<f4", 2)}
    )
    words = read_json(_needed(files, "vocabulary.json"), "vocabulary.json")
    idf, components = arrays["idf"], arrays["components"]
    if (
        not isinstance(words, list)
        or not all(isinstance(word, str) for word in words)
        or not 0 < len(words) == len(set(words)) == len(idf) == components.shape[1]
        or not components.shape[0]
    ):
        raise BundleError(
            "vocabulary.json and space.npz do not belong together, or a word is there twice. Train the model again."
        )
    return LatentSpace(tuple(words), idf, components)
