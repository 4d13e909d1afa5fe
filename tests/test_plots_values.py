"""Plots of how a model was judged, from made-up figures: what is drawn where, in which order, colour and scale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from suasion.training.evaluation import plots

BLUE, GREY, ORANGE = plots.ACCENT, plots.MUTED, plots.SECOND


def drawn(axes: Axes) -> list[tuple[list[float], list[float], str]]:
    return [
        (
            np.asarray(line.get_xdata(), float).tolist(),
            np.asarray(line.get_ydata(), float).tolist(),
            to_hex(line.get_color()),
        )
        for line in axes.lines
    ]


def named(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def test_models_are_drawn_from_the_worst_up_with_their_ranges() -> None:
    models = {
        "suasion": {"explained_deviance": 0.5, "explained_deviance_90": [0.4, 0.6]},
        "activity": {"explained_deviance": 0.1, "explained_deviance_90": []},
        "audience size": {"explained_deviance": 0.2, "explained_deviance_90": [0.0, 0.3]},
    }
    axes = plots.models({"models": models})
    assert named(axes) == ["activity", "audience size", "suasion"]
    grey, blue = plots.MUTED, plots.ACCENT
    assert drawn(axes) == [
        ([0.1], [0], grey), ([0.0, 0.3], [1, 1], grey), ([0.2], [1], grey), ([0.4, 0.6], [2, 2], blue), ([0.5], [2], blue),
        ([0, 0], [0, 1], grey),
    ]  # fmt: skip
    assert axes.figure.get_size_inches()[1] == pytest.approx(0.5 + 3 * 0.42)


def test_calibration_is_drawn_against_the_diagonal() -> None:
    axes = plots.calibration(
        {"calibration": [{"expected": 1.0, "actual": 2.0}, {"expected": 4.0, "actual": 3.0}]}
    )
    assert drawn(axes) == [([0, 4.2], [0, 4.2], plots.MUTED), ([1, 4], [2, 3], plots.ACCENT)]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("expected", "actual")


def test_what_each_adds_is_drawn_in_order_from_the_top() -> None:
    def one(adds: float) -> dict[str, Any]:
        return {"adds": adds, "adds_90": [adds - 1, adds + 1]}

    axes = plots.ablation(
        {"characteristic": {"offer": one(3), "momentum": one(2)}, "table": {"posts": one(1)}}
    )
    assert named(axes) == ["table posts", "characteristic momentum", "characteristic offer"]
    assert drawn(axes)[:2] == [([0, 2], [0, 0], plots.SECOND), ([1], [0], plots.SECOND)]
    assert drawn(axes)[4:] == [
        ([2, 4], [2, 2], plots.ACCENT),
        ([3], [2], plots.ACCENT),
        ([0, 0], [0, 1], plots.MUTED),
    ]
    assert axes.figure.get_size_inches()[1] == pytest.approx(0.5 + 3 * 0.34)
    assert plots.ablation({}).figure.get_size_inches()[1] == pytest.approx(0.84)


def test_the_learning_curve_is_drawn_beside_the_past_average() -> None:
    points = [{"outcomes": n, "explained_deviance": n / 1e4, "past_average": n / 2e4} for n in (50, 1000)]
    axes = plots.learning_curve(points)
    assert drawn(axes) == [
        ([50, 1000], [0.005, 0.1], plots.ACCENT),
        ([50, 1000], [0.0025, 0.05], plots.MUTED),
    ]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["suasion", "past average"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["50", "1,000"]
    assert axes.get_xscale() == "log"
    assert [side for side, spine in axes.spines.items() if not spine.get_visible()] == ["right", "top"]


IMPORTANCE = pd.DataFrame(
    {"mean": [3.0, 2.0, 1.0], "lowest": [2.5, 1.5, 0.5], "highest": [4.0, 2.5, 1.25]}, index=["a", "b", "c"]
)


def test_the_most_important_stands_at_the_top() -> None:
    axes = plots.importance(IMPORTANCE, top=2)
    assert named(axes) == ["b", "a"]
    assert drawn(axes) == [
        ([1.5, 2.5], [0, 0], GREY), ([2], [0], BLUE), ([2.5, 4], [1, 1], GREY), ([3], [1], BLUE),
    ]  # fmt: skip
    assert axes.get_xlim()[0] == 0
    assert axes.get_yticks().tolist() == [0, 1]
    assert axes.figure.get_size_inches()[1] == pytest.approx(0.6 + 2 * 0.3)
    many = pd.DataFrame(
        {"mean": range(20, 0, -1), "lowest": 1, "highest": 20}, index=[f"f{n}" for n in range(20)]
    )
    assert named(plots.importance(many)) == [f"f{n}" for n in range(14, -1, -1)]


def test_ranks_are_drawn_by_fold_the_best_at_the_top() -> None:
    """In the first fold a leads, in the second b does; c is last in both, and d, last by its mean, is left out."""
    by_fold = pd.DataFrame({1: [9.0, 2, 1.5, 1.0], 2: [3.0, 4, 2, 0.0]}, index=[*"abcd"])
    axes = plots.stability(by_fold, top=3)
    assert drawn(axes) == [([1, 2], [1, 2], BLUE), ([1, 2], [2, 1], BLUE), ([1, 2], [3, 3], BLUE)]
    assert (named(axes), axes.get_yticks().tolist()) == ([*"abc"], [1, 2, 3])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["fold 1", "fold 2"]
    assert axes.get_ylim() == (4.5, 0.5), "no place below the last there is"
    ten = pd.DataFrame({1: np.arange(10.0)}, index=[*"abcdefghij"])
    assert plots.stability(ten, top=3).get_ylim() == (8.5, 0.5)
    seven = pd.DataFrame({1: np.arange(7.0, 0, -1), 2: np.arange(7.0, 0, -1)}, index=[*"abcdefg"])
    assert [colour for *_, colour in drawn(plots.stability(seven))] == [BLUE] * 5 + [GREY] * 2
    twins = pd.DataFrame({1: [1.0, 1.0]}, index=[*"ab"])
    assert [y for _, y, _ in drawn(plots.stability(twins))] == [[1], [2]], "equals stand one below the other"


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([1, 2, 101], "log"), ([1, 2, 100], "linear"), ([0, 2, 500], "linear"), ([-1, 2, 500], "linear"), ([np.nan, 1, 101], "log"),
        ([np.nan] * 3, "linear"),
    ],
)  # fmt: skip
def test_an_effect_is_drawn_against_its_value_on_the_scale_that_shows_it(
    values: list[float], scale: str
) -> None:
    x, effects = np.array(values, dtype=float), np.array([0.5, 0.25, -1.0])
    axes = plots.dependence(x, effects, "posts")
    known = ~np.isnan(x)
    lines = drawn(axes)
    assert lines[0] == (x[known].tolist(), effects[known].tolist(), BLUE)
    missing = [] if known.all() else [float(effects[~known].mean())] * 2
    assert [(y, colour) for _, y, colour in lines[1:]] == [*([] if known.all() else [(missing, ORANGE)]), ([0, 0], GREY)]  # fmt: skip
    assert axes.get_xscale() == scale
    legend = axes.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["missing (mean)"] if legend else known.all()
    assert not (legend and legend.get_frame_on())
    assert (axes.get_title(loc="left"), axes.get_xlabel(), axes.get_ylabel()) == ("Dependence: posts", "value", "SHAP value (log scale)")  # fmt: skip


def test_residuals_are_those_of_pearson() -> None:
    axes = plots.residuals(pd.DataFrame({"expected": [4, 1], "actual": [2, 3]}))
    assert drawn(axes) == [([4, 1], [-1, 2], BLUE), ([0, 1], [0, 0], GREY)]
    assert (axes.get_xscale(), axes.get_xlabel()) == ("log", "expected")


ONE = {"explained_deviance": 0.5, "explained_deviance_90": [0.4, 0.6]}
ADDS = {"characteristic": {"offer": {"adds": 0.1, "adds_90": [0.0, 0.2]}}}
POINT = {"outcomes": 50, "explained_deviance": 0.1, "past_average": 0.0}
EVERY: list[tuple[Callable[..., Axes], tuple[Any, ...]]] = [
    (plots.models, ({"models": {"suasion": ONE}},)),
    (plots.calibration, ({"calibration": [{"expected": 1.0, "actual": 2.0}]},)),
    (plots.ablation, (ADDS,)),
    (plots.learning_curve, ([POINT, {**POINT, "outcomes": 100}],)),
    (plots.importance, (IMPORTANCE,)),
    (plots.stability, (pd.DataFrame({1: [2.0, 1.0]}, index=[*"ab"]),)),
    (plots.dependence, (np.array([1.0, 2.0]), np.array([0.5, 1.0]), "posts")),
    (plots.residuals, (pd.DataFrame({"expected": [4, 1], "actual": [2, 3]}),)),
]


@pytest.mark.parametrize(("plot", "data"), EVERY, ids=lambda one: getattr(one, "__name__", ""))
def test_each_plot_draws_where_it_is_asked_to(plot: Callable[..., Axes], data: tuple[Any, ...]) -> None:
    """On the axes that are given, or on those of a new figure; with a title at the left, no frame at the top and right."""
    own = Figure().subplots()
    made: list[Figure] = []

    def new(**options: Any) -> Figure:
        made.append(Figure(**options))
        return made[-1]

    assert plot(*data, ax=own, new=new) is own
    assert made == []
    axes = plot(*data, new=new)
    assert [axes.figure] == made
    for one in (own, axes):
        assert one.get_title(loc="left")
        assert not one.get_title()
        assert all(line.get_linewidth() > 0 for line in one.lines)
        assert [side for side, spine in one.spines.items() if not spine.get_visible()] == ["right", "top"]
        canvas = FigureCanvasAgg(one.figure)
        canvas.draw()
        renderer = canvas.get_renderer()
        labels = [label.get_window_extent(renderer) for label in one.get_yticklabels() if label.get_text()]
        assert not any(a.overlaps(b) for n, a in enumerate(labels) for b in labels[:n]), (
            "labels do not overlap"
        )
    width, height = axes.figure.get_size_inches()
    assert 4 <= width <= 8
    assert 0.8 <= height <= 6


def test_the_axis_says_what_zero_is() -> None:
    assert plots.models({"models": {"suasion": ONE}}).get_xlabel() == "0 is the mean rate × exposure of the training period"  # fmt: skip
    curve = plots.learning_curve([POINT, {**POINT, "outcomes": 100}])
    assert curve.get_xlabel() == "outcomes"
    assert curve.xaxis.get_minorticklocs().tolist() == []
    assert not curve.get_legend().get_frame_on()
