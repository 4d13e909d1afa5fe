"""The table of features for people, made from the declarations."""

from __future__ import annotations

from suasion.features import FEATURES, GROUPS

from .matrix import tables_of
from .surprise import SURPRISE

DIRECTIONS = {1: "more", -1: "fewer", 0: "–"}


def markdown() -> str:
    """Return the table of features as Markdown: one row a feature, its windows in one cell."""
    lines = [
        "| characteristic | feature | table | window | unit | expected | meaning |",
        "|---|---|---|---|---|---|---|",
    ]
    features = (*FEATURES, SURPRISE)
    names = dict.fromkeys((feature.characteristic, feature.name) for feature in features)
    order = {group: place for place, group in enumerate((*GROUPS[1:], GROUPS[0]))}
    for characteristic, name in sorted(names, key=lambda pair: order[pair[0]]):
        windows = [
            feature
            for feature in features
            if (feature.characteristic, feature.name) == (characteristic, name)
        ]
        first = windows[0]
        days = ", ".join(f"{feature.days} d" if feature.days else "all" for feature in windows)
        tables = ", ".join(tables_of(first, FEATURES))
        cells = (
            characteristic,
            f"`{name}`",
            tables,
            days,
            first.unit,
            DIRECTIONS[first.monotonic],
            first.meaning,
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
