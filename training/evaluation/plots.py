"""Pictures of how a model was judged."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

INK, MUTED, ACCENT, SECOND = "#1f2933", "#9aa5b1", "#0f6fb4", "#d9822b"


def _figure(title: str, width: float = 7.0, height: float = 4.2) -> tuple[Figure, Any]:
    figure = Figure(figsize=(width, height), layout="constrained", dpi=120)
    axes = figure.subplots()
    axes.set_title(title, loc="left", color=INK, fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def compare(figures: dict[str, Any]) -> Figure:
    """Explained deviance of every model with its 90 % range."""
    models = sorted(figures["models"].items(), key=lambda item: item[1]["explained_deviance"])
    figure, axes = _figure(
        "Explained deviance against the training period's mean rate × exposure, forward in time, 90 % range",
        height=0.5 + 0.42 * len(models),
    )
    for place, (name, told) in enumerate(models):
        colour = ACCENT if name == "suasion" else MUTED
        if told["explained_deviance_90"]:  # empty where no draw could be judged
            axes.plot(told["explained_deviance_90"], [place, place], color=colour, linewidth=2)
        axes.plot(told["explained_deviance"], place, "o", color=colour)
    axes.set_yticks(range(len(models)), [name for name, _ in models])
    axes.axvline(0, color=MUTED, linewidth=0.8)
    return figure


def calibration(figures: dict[str, Any]) -> Figure:
    """Expected against actual conversions in ten bins."""
    bins = figures["calibration"]
    figure, axes = _figure("Calibration: mean conversions in tenths of the judged outcomes", 4.8, 4.6)
    expected, actual = [b["expected"] for b in bins], [b["actual"] for b in bins]
    top = max([*expected, *actual]) * 1.05
    axes.plot([0, top], [0, top], color=MUTED, linewidth=0.8)
    axes.plot(expected, actual, "o-", color=ACCENT)
    axes.set_xlabel("expected")
    axes.set_ylabel("actual")
    return figure


def ablation(told: dict[str, Any]) -> Figure:
    """What each characteristic and each table adds to the explained deviance."""
    rows = [(f"{kind} {name}", value) for kind, part in told.items() for name, value in part.items()][::-1]
    figure, axes = _figure(
        "What each adds: explained deviance lost when it is left out, 90 % range",
        height=0.5 + 0.34 * max(1, len(rows)),
    )
    for place, (name, value) in enumerate(rows):
        colour = ACCENT if name.startswith("characteristic") else SECOND
        axes.plot(value["adds_90"], [place, place], color=colour, linewidth=2)
        axes.plot(value["adds"], place, "o", color=colour)
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.axvline(0, color=MUTED, linewidth=0.8)
    return figure


def curve(told: list[dict[str, Any]]) -> Figure:
    """Explained deviance against the number of outcomes trained on."""
    figure, axes = _figure("Learning curve: explained deviance by outcomes trained on", 5.5, 3.8)
    sizes = [point["outcomes"] for point in told]
    for name, label, colour in (
        ("explained_deviance", "suasion", ACCENT),
        ("past_average", "past average", MUTED),
    ):
        axes.plot(sizes, [point[name] for point in told], "o-", label=label, color=colour)
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.set_xlabel("outcomes")
    axes.legend(frameon=False)
    return figure
