"""A spreadsheet of past campaigns, one row an influencer in a campaign: what was agreed, and what came of it."""

from __future__ import annotations

from dataclasses import replace

from suasion.features.sources.reading.fit import Asked
from suasion.features.sources.reading.plan import Plan
from suasion.features.sources.reading.source import Source

from .csvfile import sheet_source


def results_source(plans: list[Plan], options: Asked) -> Source:
    """Return the source that reads sheets of past campaigns as they were planned."""
    return replace(
        sheet_source(plans, options, name="results"),
        title="A spreadsheet of past campaigns",
        get=(
            "One row an influencer in a campaign, in a text file or a workbook: campaign, brand, brief, start, end, influencer, fee, posts, "
            "orders, revenue. Columns are guessed by their names and shown before anything is written."
        ),
    )


RESULTS = results_source([], Asked())
