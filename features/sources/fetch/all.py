"""Every service, in the order in which people are shown them."""

from __future__ import annotations

from collections.abc import Mapping

from .service import Service
from .services.bluesky import BLUESKY
from .services.feed import FEED
from .services.instagram import INSTAGRAM
from .services.mastodon import MASTODON
from .services.reddit import REDDIT
from .services.tiktok import TIKTOK
from .services.x import X
from .services.youtube import YOUTUBE

SERVICES: Mapping[str, Service] = {
    service.name: service for service in (BLUESKY, MASTODON, FEED, YOUTUBE, INSTAGRAM, TIKTOK, X, REDDIT)
}
