"""What each source fills, for people: the tables of docs/sources.md, made from the declarations.

Which features a source can fill is asked of the features themselves (:mod:`suasion.features.engine.needs`): what they need has to be
among the columns the source fills. Campaigns, past outcomes and the offer are the brand's own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from suasion.features import CHARACTERISTICS
from suasion.features.engine.matrix import all_features
from suasion.features.engine.needs import met, needs_of
from suasion.features.tables.schema import TABLES

from .all import SAID, SOURCES
from .csvfile import CREATORS, RESULTS


def fillable(fills: Mapping[str, Mapping[str, str]]) -> dict[str, tuple[int, int]]:
    """Return for each characteristic how many features these columns fill, and of how many."""
    filled = {(table, column) for table, columns in fills.items() for column in columns}
    filled |= {("campaigns", column.name) for column in TABLES["campaigns"].columns}
    counts: dict[str, tuple[int, int]] = {}
    features = tuple(all_features())
    for feature in features:
        if feature.characteristic in CHARACTERISTICS:
            can, of = counts.get(feature.characteristic, (0, 0))
            needs = needs_of(features)[feature.column]
            counts[feature.characteristic] = (can + met(needs, filled), of + 1)
    return counts


def who_fills(table: str, columns: Collection[str]) -> tuple[str, ...]:
    """Return the titles of the sources that fill most of some columns of a table; none where none fills any.

    >>> who_fills("post_metrics", ["saves", "clicks"])
    ('X Analytics', 'Meta Business Suite')
    """
    counts = {one.title: len(one.fills.get(table, {}).keys() & columns) for one in (*SAID, CREATORS, RESULTS)}
    most = max(counts.values())
    return tuple(title for title, count in counts.items() if count == most > 0)


def markdown() -> str:
    """Return docs/sources.md from the marker on: what each source fills, and source by source what comes from where."""
    lines = [
        "| source | tables | " + " | ".join(CHARACTERISTICS) + " |",
        "|---|---|" + "---|" * len(CHARACTERISTICS),
    ]
    for source in SAID:
        counts = fillable(source.fills)
        cells = [f"{can} of {of}" if can else "–" for can, of in (counts[name] for name in CHARACTERISTICS)]
        title = f"[{source.title}](#{_anchor(source.title)})"
        lines.append(f"| {title} | {', '.join(source.fills)} | {' | '.join(cells)} |")
    for source in SOURCES:
        command = f"`suasion import {source.name} FILES… FOLDER`."
        lines += ["", f"## {source.title}", "", f"{command} {source.get}", ""]
        lines += [f"Written from: {source.written_from}.", ""]
        lines += [f"Tried on: {source.tried}.", ""] if source.tried else []
        if source.name not in ("csv", "results"):
            lines += ["| table | column | comes from |", "|---|---|---|"]
            for table, columns in source.fills.items():
                lines += [f"| {table} | {column} | {meaning} |" for column, meaning in columns.items()]
            lines.append("")
        lines += ["Not read:", "", *(f"- {part}" for part in source.left)]
    return "\n".join(lines) + "\n"


def _anchor(title: str) -> str:
    kept = "".join(letter for letter in title.lower() if letter.isalnum() or letter in " -")
    return kept.replace(" ", "-")
