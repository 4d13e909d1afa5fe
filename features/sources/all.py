"""Every importer, in the order in which people are shown them."""

from __future__ import annotations

from .bluesky import BLUESKY
from .csvfile import CSV
from .feed import FEED
from .instagram import INSTAGRAM
from .mastodon import MASTODON
from .reddit import REDDIT
from .results import RESULTS
from .source import Source
from .x import X
from .youtube import YOUTUBE

SOURCES: tuple[Source, ...] = (X, YOUTUBE, INSTAGRAM, BLUESKY, MASTODON, REDDIT, FEED, CSV, RESULTS)
