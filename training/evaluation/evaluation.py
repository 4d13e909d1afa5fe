"""How a model was judged, as tables: what :func:`evaluate` returns."""

from __future__ import annotations

import base64
import difflib
import html
import inspect
import io
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from sklearn.base import BaseEstimator, clone

from suasion.features.engine.matrix import settle
from suasion.features.errors import InputError
from suasion.features.text.space import Embedder
from suasion.training.bundle.manifest import Figures
from suasion.training.bundle.manifest import Judged as JudgedFigures
from suasion.training.dataset import Dataset, frame_of
from suasion.training.estimators.base import Floats
from suasion.training.estimators.fit import Settings, poisson_deviance
from suasion.training.examples import Examples
from suasion.training.train import evaluation_of

from . import plots
from .evaluate import SUASION, Forward, predict_forward
from .split import ForwardSplit
from .unsettled import compare_settled, credit

T = TypeVar("T")


class Judged(Protocol):
    """What is asked of suasion's model: its parameters, and the embedder that was given to it."""

    @property
    def space(self) -> Embedder | None:
        """The embedder; None where one is fitted."""

    def settings(self) -> Settings:
        """Return the parameters."""


def evaluate(
    model: Judged | Mapping[str, BaseEstimator],
    data: Dataset,
    *,
    cv: ForwardSplit | None = None,
    ablate: bool = True,
) -> Evaluation:
    """Judge a model forward in time, beside the baselines people use.

    Each period is predicted from what was known before it. Where there are more than two periods, the first two only calibrate
    the prediction interval, and the rest is judged.

    Parameters
    ----------
    model
        suasion's, which is left as it is; or estimators of your own by name, each fitted on the same folds beside suasion's, with
        ``exposure`` where their ``fit`` takes it.
    data
        The data to learn from.
    cv
        Test periods; None: the last half of the decisions in five.
    ablate
        Leave out each characteristic and each table in turn, and train on fewer outcomes: a few minutes more.

    Raises
    ------
    EmptyTableError
        With fewer than 50 usable outcomes, or none with a conversion.
    """
    cv = ForwardSplit() if cv is None else cv
    if not isinstance(cv, ForwardSplit) or cv.decided is not None or cv.known is not None:
        raise InputError(
            f"cv is {cv!r:.60}; it can be ForwardSplit(n_splits, test_from=…): the data knows the moments."
        )
    if not isinstance(data, Dataset):
        raise InputError(
            f"data is a {type(data).__name__}; it can be a Dataset: evaluate(model, suasion.Dataset(…))."
        )
    if not isinstance(model, Mapping) and not hasattr(model, "settings"):
        raise InputError(
            f"The model is {model!r:.60}, which is not suasion's. Give estimators of your own by name: evaluate({{'mine': …}}, data)."
        )
    others: dict[str, BaseEstimator] = {}
    if isinstance(model, Mapping):
        others = {name: one for name, one in model.items() if not hasattr(one, "settings")}
        ours = [one for one in model.values() if hasattr(one, "settings")]
        if len(ours) > 1:
            raise InputError("Several of suasion's models were given: evaluate each by itself.")
        first: Judged | None = ours[0] if ours else None
    else:
        first = model
    settings, space = (Settings(), None) if first is None else (first.settings(), first.space)
    examples, fitted = data.examples(test_from=cv.test_from, embedder=space)
    forward = predict_forward(
        examples, settings, variants=ablate, test_from=cv.test_from, n_splits=cv.n_splits
    )
    for name, estimator in others.items():
        if name in forward.expected:
            raise InputError(f"{name!r} is the name of a baseline; call your estimator otherwise.")
        forward.expected[name] = _predictions(estimator, examples, forward)
    figures = evaluation_of(examples, forward, settings, quick=not ablate)
    if data.settled and forward.judged.any():
        unsettled, _ = data.examples(test_from=cv.test_from, embedder=fitted.space, settled=False)
        credit(figures, compare_settled(examples, unsettled, forward, settings))
    return Evaluation(figures, examples, forward)


def _predictions(estimator: BaseEstimator, examples: Examples, forward: Forward) -> Floats:
    X, y, meta = frame_of(examples)
    exposure = meta["exposure"].to_numpy()
    expected = np.full(len(y), np.nan)
    weighed = "exposure" in inspect.signature(estimator.fit).parameters
    for fold in forward.folds:
        one = clone(estimator)
        train, test = fold.train, fold.judged
        if weighed:
            one.fit(X.iloc[train], y.iloc[train], exposure=exposure[train])
            predicted = one.predict(X.iloc[test], exposure=exposure[test])
        else:
            one.fit(X.iloc[train], y.iloc[train])
            predicted = one.predict(X.iloc[test])
        expected[test] = settle(np.maximum(np.asarray(predicted, dtype=np.float64), 1e-9))
    return expected


def _figures_shown() -> plots.New:
    """Return what makes figures that a notebook, or a window, shows."""
    import matplotlib.pyplot as plt

    return plt.figure


class Plots:
    """Plots of an evaluation; each takes ``ax`` and returns it."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._of = evaluation

    def models(self, ax: Axes | None = None) -> Axes:
        """Explained deviance of every model with its 90 % confidence interval."""
        return plots.models(self._of.figures_all, ax=ax, new=_figures_shown())

    def calibration(self, ax: Axes | None = None) -> Axes:
        """Expected against actual conversions in ten bins."""
        return plots.calibration(self._of.figures_all, ax=ax, new=_figures_shown())

    def ablation(self, ax: Axes | None = None) -> Axes:
        """What each characteristic and each table adds."""
        added = self._of.part("ablation", self._of.figures.get("ablation"))
        return plots.ablation(added, ax=ax, new=_figures_shown())

    def learning_curve(self, ax: Axes | None = None) -> Axes:
        """Explained deviance against the number of outcomes trained on."""
        points = self._of.part("learning_curve", self._of.figures.get("learning_curve"))
        return plots.learning_curve(points, ax=ax, new=_figures_shown())

    def importance(self, ax: Axes | None = None, *, top: int = 15) -> Axes:
        """Mean absolute SHAP value of the strongest features, with its range over the folds."""
        return plots.importance(self._of.importance, ax=ax, new=_figures_shown(), top=top)

    def stability(self, ax: Axes | None = None, *, top: int = 15) -> Axes:
        """Rank of the strongest features in each fold."""
        return plots.stability(self._of.importance_by_fold, ax=ax, new=_figures_shown(), top=top)

    def dependence(self, feature: str, ax: Axes | None = None) -> Axes:
        """SHAP value of a feature against its value, in the last judged fold."""
        examples, forward = self._of.examples, self._of.forward
        columns = examples.columns
        if feature not in columns:
            raise InputError(f"There is no feature {feature!r}.{_hint(feature, columns)}")
        place = columns.index(feature)
        if not forward.folds:
            raise InputError(self._of.verdict)
        X = examples.data.X[forward.folds[-1].judged]
        effects = forward.fitted[-1].contributions(X)[:, place]
        return plots.dependence(X[:, place], effects, feature, ax=ax, new=_figures_shown())

    def residuals(self, ax: Axes | None = None) -> Axes:
        """Pearson residuals of suasion against expected conversions."""
        rows = self._of.predictions
        return plots.residuals(rows[rows["model"] == SUASION], ax=ax, new=_figures_shown())


class Evaluation:
    """How a model was judged forward in time. Everything is a DataFrame; ``plot`` draws it.

    Attributes
    ----------
    figures : dict
        The same as plain numbers, as they are kept beside a saved model.
    """

    def __init__(self, figures: Figures, examples: Examples, forward: Forward) -> None:
        self.figures = figures
        self.examples = examples
        self.forward = forward
        self.plot = Plots(self)

    @property
    def verdict(self) -> str:
        """In a sentence, whether to use the model."""
        return str(self.figures["verdict"])

    @property
    def beats(self) -> bool:
        """Whether it explains more than every baseline, and ranks no worse."""
        return bool(self.figures["beats_baselines"])

    def part(self, name: str, figures: T | None) -> T:
        """Return a part of the figures that is there; raise InputError where it was left out."""
        if not figures:
            raise InputError(
                f"There is no {name}: evaluate(…, ablate=True) works it out, where there are outcomes enough."
            )
        return figures

    @property
    def figures_all(self) -> JudgedFigures:
        """The figures of all judged outcomes."""
        judged = self.figures["judged"].get("all")
        if judged is None:
            raise InputError(self.verdict)
        return judged

    @cached_property
    def metrics(self) -> pd.DataFrame:
        """One row a model, and ``random`` and ``perfect`` where ranking could be judged; best first.

        ``explained_deviance`` (D² against the training period's mean rate), ``captured`` (share of conversions that the first 30 % of
        each campaign's candidates brought), both with the bounds ``_low, _high`` of their 90 % confidence interval over influencers and
        campaigns, ``spearman``, ``ndcg``, ``calibration_ratio`` (expected by actual), ``n_rows``, ``n_campaigns``.
        """
        judged = self.figures_all
        rows = {}
        for name, one in judged["models"].items():
            low, high = one["explained_deviance_90"] or (np.nan, np.nan)
            captured_low, captured_high = one["captured_90"] or (np.nan, np.nan)
            rows[name] = {
                "explained_deviance": one["explained_deviance"],
                "explained_deviance_low": low,
                "explained_deviance_high": high,
                "captured": one["captured"],
                "captured_low": captured_low,
                "captured_high": captured_high,
                "spearman": one["spearman"],
                "ndcg": one["ndcg"],
                "calibration_ratio": one["predicted_by_actual"],
            }
        table = pd.DataFrame(rows).T.astype("float64").sort_values("explained_deviance", ascending=False)
        table.loc["random", "captured"] = judged["ranking"]["random"]
        table.loc["perfect", "captured"] = judged["ranking"]["perfect"]
        table["n_rows"], table["n_campaigns"] = judged["rows"], judged["ranking"]["campaigns"]
        return table.rename_axis("model")

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """One row a test outcome and model.

        ``campaign_id, influencer_id, decided_at, known_at, fold, judged, model, exposure, expected, low, high, actual``; the interval is
        suasion's, and missing for the first folds, which calibrate it.
        """
        table, forward = self.examples.table, self.forward
        fold = np.zeros(len(table), dtype=int)
        for number, one in enumerate(forward.folds, 1):
            fold[one.judged] = number
        shared = pd.DataFrame(
            {
                "campaign_id": table["campaign_id"],
                "influencer_id": table["influencer_id"],
                "decided_at": table["as_of"],
                "known_at": table["known_at"],
                "fold": fold,
                "judged": forward.judged,
                "exposure": table["exposure"],
                "actual": table["net"],
            }
        )
        parts = []
        for name, expected in forward.expected.items():
            bounds = (forward.low, forward.high) if name == SUASION else (np.nan, np.nan)
            part = shared.assign(model=name, expected=expected, low=bounds[0], high=bounds[1])
            parts.append(part[~np.isnan(expected)])
        columns = [*shared.columns[:6], "model", "exposure", "expected", "low", "high", "actual"]
        return pd.concat(parts, ignore_index=True)[columns]

    def by_group(self, column: str, *, model: str = SUASION, bins: int = 4) -> pd.DataFrame:
        """Return how well a model does for each group of judged outcomes.

        Parameters
        ----------
        column
            ``campaign_id``, ``influencer_id``, ``fold``, ``brand``, or a feature: of many numbers, quantiles are made.
        bins
            How many quantiles.

        Returns
        -------
        DataFrame
            Indexed by group: ``rows, campaigns, expected, actual, ratio`` (actual by expected), ``explained_deviance`` and ``coverage`` of
            the prediction interval. ``missing`` is a group of its own.
        """
        rows = self.predictions[(self.predictions["model"] == model)]
        if rows.empty:
            raise InputError(f"There is no model {model!r}; models are {', '.join(self.forward.expected)}.")
        table, predicted = self.examples.table, np.flatnonzero(~np.isnan(self.forward.expected[model]))
        if column in rows:
            values = rows[column]
        elif column in table:
            values = table[column].iloc[predicted].set_axis(rows.index)
        else:
            ids = "campaign_id, influencer_id, fold, brand or the column of a feature"
            raise InputError(f"There is no column {column!r}; it can be {ids}.{_hint(column, table.columns)}")
        rows = rows.assign(group=values, null=self.forward.rate[predicted])[rows["judged"]]
        if pd.api.types.is_float_dtype(rows["group"]) and rows["group"].nunique() > bins:
            rows["group"] = pd.qcut(rows["group"], bins, duplicates="drop")
        rows["group"] = rows["group"].astype(object).where(rows["group"].notna(), "missing")
        groups = sorted(
            rows.groupby("group", sort=False),
            key=lambda pair: (isinstance(pair[0], str), getattr(pair[0], "left", pair[0])),
        )
        figures = pd.DataFrame([_of_group(part) for _, part in groups])
        return figures.set_axis(pd.Index([group for group, _ in groups], name=column))

    @cached_property
    def ablation(self) -> pd.DataFrame:
        """What each characteristic and each table adds to the explained deviance: ``kind, name``, ``adds, adds_low, adds_high, features, agreement``.

        ``agreement`` is how alike two models, each trained on every other campaign, tell the characteristic's factor (a concordance; NaN
        for tables, and where there are too few outcomes to say).
        """
        agree = self.figures.get("agreement", {})
        rows = [
            {
                "kind": kind,
                "name": name,
                "adds": one["adds"],
                "adds_low": one["adds_90"][0],
                "adds_high": one["adds_90"][1],
                "features": one["features"],
                "agreement": agree.get(name, np.nan) if kind == "characteristic" else np.nan,
            }
            for kind, part in self.part("ablation", self.figures.get("ablation")).items()
            for name, one in part.items()
        ]
        return pd.DataFrame(rows).set_index(["kind", "name"])

    @cached_property
    def learning_curve(self) -> pd.DataFrame:
        """Explained deviance by the number of outcomes trained on, beside the past average."""
        points = self.part("learning_curve", self.figures.get("learning_curve"))
        return pd.DataFrame(points).set_index("outcomes")

    @cached_property
    def importance_by_fold(self) -> pd.DataFrame:
        """Mean absolute SHAP value of each feature (rows) in the test rows of each fold (columns), on the log scale."""
        if not self.forward.folds:
            raise InputError(self.verdict)
        X = self.examples.data.X
        folds = zip(self.forward.folds, self.forward.fitted, strict=True)
        columns = {
            number: np.abs(parts.contributions(X[fold.judged])).mean(axis=0)
            for number, (fold, parts) in enumerate(folds, 1)
        }
        return pd.DataFrame(columns, index=self.examples.columns).rename_axis("feature")

    @cached_property
    def importance(self) -> pd.DataFrame:
        """Mean absolute SHAP value of each feature over the folds, largest first: ``characteristic, mean, lowest, highest``."""
        folds = self.importance_by_fold
        table = pd.DataFrame(
            {
                "characteristic": self.examples.declared.groups,
                "mean": folds.mean(axis=1),
                "lowest": folds.min(axis=1),
                "highest": folds.max(axis=1),
            }
        )
        return table.sort_values("mean", ascending=False, kind="stable")

    def __repr__(self) -> str:
        if "all" not in self.figures["judged"]:
            return f"Evaluation: {self.verdict}"
        best = self.metrics.drop(index=["random", "perfect"])["explained_deviance"].head(4)
        listed = ", ".join(f"{name} {value:.3f}" for name, value in best.items())
        return f"Evaluation: explained deviance {listed}\n{self.verdict}"

    def _repr_html_(self) -> str:
        table = ""
        if "all" in self.figures["judged"]:
            table = self.metrics.to_html(float_format="{:.3f}".format, na_rep="")
        return f"<p>{html.escape(self.verdict)}</p>{table}"

    def to_html(self, path: str | Path) -> Path:
        """Write everything as one HTML file that needs nothing else."""
        parts = [f"<h1>Evaluation</h1>{self._repr_html_()}"]
        drawn = plots.drawn(self.figures)
        if self.forward.folds:
            drawn["importance"] = plots.importance(self.importance)
            drawn["stability"] = plots.stability(self.importance_by_fold)
        for name, ax in drawn.items():
            buffer = io.BytesIO()
            if figure := ax.get_figure(root=True):
                figure.savefig(buffer, format="png")
            parts.append(
                f'<p><img alt="{name}" src="data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"></p>'
            )
        style = (
            "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
            "td,th{padding:.2rem .6rem;text-align:right}table{border-collapse:collapse}"
        )
        target = Path(path)
        target.write_text(
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Evaluation</title><style>{style}</style>{"".join(parts)}</html>',
            encoding="utf-8",
        )
        return target


def _hint(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(names), 2)
    return f" Did you mean {' or '.join(near)}?" if near else ""


def _of_group(rows: pd.DataFrame) -> dict[str, float]:
    actual, expected, null = (
        rows[name].to_numpy(dtype=np.float64) for name in ("actual", "expected", "null")
    )
    inside = (actual >= rows["low"]) & (actual <= rows["high"])
    deviance, of_null = (poisson_deviance(actual, one).sum() for one in (expected, null))
    return {
        "rows": len(rows),
        "campaigns": rows["campaign_id"].nunique(),
        "expected": expected.sum(),
        "actual": actual.sum(),
        "ratio": actual.sum() / expected.sum(),
        "explained_deviance": 1 - deviance / of_null if of_null > 0 else np.nan,
        "coverage": float(inside.mean()) if rows["low"].notna().any() else np.nan,
    }
