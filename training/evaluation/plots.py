"""Plots of how a model was judged. Each draws on ``ax``, or on a figure that ``new`` makes, and returns the Axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from suasion.training.bundle.manifest import Ablation, Figures, Judged, Point

INK, MUTED, ACCENT, SECOND = "#1f2933", "#9aa5b1", "#0f6fb4", "#d9822b"
New = Callable[..., Figure]
"""Makes a figure: ``Figure``, which no window shows, or ``matplotlib.pyplot.figure``."""


def _axes(title: str, ax: Axes | None, new: New, width: float = 7.0, height: float = 4.2) -> Axes:
    if ax is None:
        ax = new(figsize=(width, height), layout="constrained", dpi=120).subplots()
    ax.set_title(title, loc="left", color=INK, fontsize=11)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def drawn(figures: Figures) -> dict[str, Axes]:
    """Return by name the plots that figures are enough for."""
    axes: dict[str, Axes] = {}
    if judged := figures["judged"].get("all"):
        axes = {"models": models(judged), "calibration": calibration(judged)}
    if added := figures.get("ablation"):
        axes["ablation"] = ablation(added)
    if curve := figures.get("learning_curve"):
        axes["learning_curve"] = learning_curve(curve)
    return axes


def models(figures: Judged, ax: Axes | None = None, new: New = Figure) -> Axes:
    """Explained deviance of every model with its 90 % confidence interval."""
    ordered = sorted(figures["models"].items(), key=lambda item: item[1]["explained_deviance"])
    ax = _axes(
        "Explained deviance (D²), forward in time, 90 % interval", ax, new, height=0.5 + 0.42 * len(ordered)
    )
    for place, (name, one) in enumerate(ordered):
        colour = ACCENT if name == "suasion" else MUTED
        if one["explained_deviance_90"]:  # empty where no draw could be judged
            ax.plot(one["explained_deviance_90"], [place, place], color=colour, linewidth=2)
        ax.plot(one["explained_deviance"], place, "o", color=colour)
    ax.set_yticks(range(len(ordered)), [name for name, _ in ordered])
    ax.axvline(0, color=MUTED, linewidth=0.8)
    ax.set_xlabel("0 is the mean rate × exposure of the training period")
    return ax


def calibration(figures: Judged, ax: Axes | None = None, new: New = Figure) -> Axes:
    """Expected against actual conversions in ten bins."""
    bins = figures["calibration"]
    ax = _axes("Calibration: mean conversions in ten bins", ax, new, 4.8, 4.6)
    expected, actual = [b["expected"] for b in bins], [b["actual"] for b in bins]
    top = max([*expected, *actual]) * 1.05
    ax.plot([0, top], [0, top], color=MUTED, linewidth=0.8)
    ax.plot(expected, actual, "o-", color=ACCENT)
    ax.set_xlabel("expected")
    ax.set_ylabel("actual")
    return ax


def ablation(added: Ablation, ax: Axes | None = None, new: New = Figure) -> Axes:
    """What each characteristic and each table adds to the explained deviance."""
    rows = [(f"{kind} {name}", value) for kind, part in added.items() for name, value in part.items()][::-1]
    title = "Ablation: explained deviance lost without each, 90 % interval"
    ax = _axes(title, ax, new, height=0.5 + 0.34 * max(1, len(rows)))
    for place, (name, value) in enumerate(rows):
        colour = ACCENT if name.startswith("characteristic") else SECOND
        ax.plot(value["adds_90"], [place, place], color=colour, linewidth=2)
        ax.plot(value["adds"], place, "o", color=colour)
    ax.set_yticks(range(len(rows)), [name for name, _ in rows])
    ax.axvline(0, color=MUTED, linewidth=0.8)
    return ax


def learning_curve(points: Sequence[Point], ax: Axes | None = None, new: New = Figure) -> Axes:
    """Explained deviance against the number of outcomes trained on."""
    ax = _axes("Learning curve: explained deviance by outcomes trained on", ax, new, 5.5, 3.8)
    sizes = [point["outcomes"] for point in points]
    ax.plot(sizes, [point["explained_deviance"] for point in points], "o-", label="suasion", color=ACCENT)
    ax.plot(sizes, [point["past_average"] for point in points], "o-", label="past average", color=MUTED)
    ax.set_xscale("log")
    ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
    ax.minorticks_off()
    ax.set_xlabel("outcomes")
    ax.legend(frameon=False)
    return ax


def importance(table: pd.DataFrame, ax: Axes | None = None, new: New = Figure, *, top: int = 15) -> Axes:
    """Mean absolute SHAP value of the ``top`` features, with its range over the folds."""
    rows = table.head(top)[::-1]
    ax = _axes(
        "Importance: mean |SHAP value| on the log scale, range over folds",
        ax,
        new,
        height=0.6 + 0.3 * len(rows),
    )
    for place, (_, row) in enumerate(rows.iterrows()):
        ax.plot([row["lowest"], row["highest"]], [place, place], color=MUTED, linewidth=2)
        ax.plot(row["mean"], place, "o", color=ACCENT)
    ax.set_yticks(range(len(rows)), list(rows.index))
    ax.set_xlim(left=0)
    return ax


def stability(by_fold: pd.DataFrame, ax: Axes | None = None, new: New = Figure, *, top: int = 15) -> Axes:
    """Rank of each of the ``top`` features in each fold: lines that cross are features that trade places."""
    ranks = by_fold.rank(ascending=False, method="first").loc[by_fold.mean(axis=1).nlargest(top).index]
    ax = _axes("Stability: rank of importance by fold", ax, new, height=0.8 + 0.3 * len(ranks))
    folds = np.arange(1, ranks.shape[1] + 1)
    for place, (_, row) in enumerate(ranks.iterrows()):
        ax.plot(folds, row, "o-", color=ACCENT if place < 5 else MUTED, linewidth=1.2)
    ax.set_yticks(list(ranks.iloc[:, 0]), list(ranks.index))
    ax.set_ylim(min(len(ranks) + 5, len(by_fold)) + 0.5, 0.5)  # a line that leaves the top is seen to
    ax.set_xticks(folds, [f"fold {fold}" for fold in folds])
    return ax


def dependence(
    values: NDArray[np.float64],
    effects: NDArray[np.float64],
    name: str,
    ax: Axes | None = None,
    new: New = Figure,
) -> Axes:
    """SHAP value of a feature against its value."""
    ax = _axes(f"Dependence: {name}", ax, new, 5.5, 3.8)
    known = ~np.isnan(values)
    ax.plot(values[known], effects[known], "o", color=ACCENT, markersize=3, alpha=0.4)
    if not known.all():
        ax.axhline(float(np.mean(effects[~known])), color=SECOND, linewidth=1, label="missing (mean)")
        ax.legend(frameon=False)
    spread = values[known & (values > 0)]
    if known.any() and spread.size == known.sum() and spread.max() > 100 * spread.min():
        ax.set_xscale("log")
    ax.axhline(0, color=MUTED, linewidth=0.8)
    ax.set_xlabel("value")
    ax.set_ylabel("SHAP value (log scale)")
    return ax


def residuals(predictions: pd.DataFrame, ax: Axes | None = None, new: New = Figure) -> Axes:
    """Pearson residuals against expected conversions: a funnel that opens says the spread grows faster than Poisson's."""
    ax = _axes("Residuals: (actual - expected) / √expected", ax, new, 5.5, 3.8)
    expected = predictions["expected"].to_numpy(dtype=float)
    residual = (predictions["actual"].to_numpy(dtype=float) - expected) / np.sqrt(expected)
    ax.plot(expected, residual, "o", color=ACCENT, markersize=3, alpha=0.4)
    ax.axhline(0, color=MUTED, linewidth=0.8)
    ax.set_xscale("log")
    ax.set_xlabel("expected")
    return ax
