"""Every importer, in the order in which people are shown them."""

from __future__ import annotations

from .awin import AWIN
from .bluesky import BLUESKY
from .cj import CJ
from .csvfile import CREATORS, CSV, RESULTS
from .feed import FEED
from .ga4 import GA4
from .impact import IMPACT
from .instagram import INSTAGRAM
from .linkedin import LINKEDIN
from .mastodon import MASTODON
from .meta_suite import META_SUITE
from .reading.source import Source
from .reddit import REDDIT
from .shopify import SHOPIFY
from .threads import THREADS
from .tiktok import TIKTOK
from .twitch import TWITCH
from .woocommerce import WOOCOMMERCE
from .x import X
from .x_analytics import X_ANALYTICS
from .youtube import YOUTUBE
from .youtube_studio import YOUTUBE_STUDIO

SAID: tuple[Source, ...] = (
    X,
    X_ANALYTICS,
    YOUTUBE,
    YOUTUBE_STUDIO,
    INSTAGRAM,
    META_SUITE,
    THREADS,
    TIKTOK,
    TWITCH,
    LINKEDIN,
    BLUESKY,
    MASTODON,
    REDDIT,
    FEED,
)
"""What people said and did."""
SOLD: tuple[Source, ...] = (SHOPIFY, WOOCOMMERCE, GA4, AWIN, CJ, IMPACT)
"""What came of it."""
SOURCES: tuple[Source, ...] = (*SAID, *SOLD, CREATORS, CSV, RESULTS)
