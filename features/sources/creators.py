"""A list of creators as a tool or an agency hands it on: who they are, and what was counted of their audience."""

from __future__ import annotations

from dataclasses import replace

from suasion.features.sources.reading.fit import Asked
from suasion.features.sources.reading.plan import Plan
from suasion.features.sources.reading.source import Source

from .csvfile import sheet_source


def creators_source(plans: list[Plan], options: Asked) -> Source:
    """Return the source that reads lists of creators as they were planned."""
    return replace(
        sheet_source(plans, options, name="creators"),
        title="A list of creators, as tools and agencies export it",
        get=(
            "One row a creator, in a text file or a workbook: account or profile address, followers, engagement rate, average views, likes and "
            "comments, share of real followers. Where no column says when that was counted, it counts as of when the file was last changed."
        ),
    )


CREATORS = creators_source([], Asked())
