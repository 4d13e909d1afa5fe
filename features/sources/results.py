"""A spreadsheet of past campaigns, one row an influencer in a campaign: what was agreed, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from suasion.features.sources.reading.columns import Writing
from suasion.features.sources.reading.source import Source

from .csvfile import csv_source

PARTS = ("campaigns", "outcomes")


def results_source(
    mapping: Mapping[str, str],
    writing: Writing,
    platform: str | None = None,
    constants: Mapping[str, str] | None = None,
) -> Source:
    """Return the source that reads sheets with these columns; parameters as of :func:`suasion.features.sources.csvfile.csv_source`."""
    made = csv_source(PARTS, mapping, writing, platform, constants, name="results")
    return replace(
        made,
        title="A spreadsheet of past campaigns",
        get=(
            "One row an influencer in a campaign, CSV or Excel: campaign, brand, brief, start, end, influencer, fee, posts, orders, revenue. "
            "Columns are guessed by their names and shown before anything is written."
        ),
    )


RESULTS = results_source({}, Writing())
