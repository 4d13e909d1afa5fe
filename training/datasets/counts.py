"""What people in the simulated world can read of their posts: views that saturate with age, and what comes with them.

See :mod:`suasion.training.datasets.simulated`. Posts are seen by the genuine audience, whoever was bought; each kind of count goes with
the latent cause that moves readers to it.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .names import PLATFORMS, platform_of
from .people import Floats, Ints, People, World

HALF_LIFE = {"instagram": 0.8, "tiktok": 1.5, "youtube": 9.0}
"""Days until a post has half of the views it will ever have."""
READ_AT = (1, 7, 60)
"""Days after which a post's counts are read."""


def count_posts(
    world: World,
    people: People,
    person: Ints,
    week: Ints,
    post: NDArray[np.str_],
    written: NDArray[np.datetime64],
) -> dict[str, object]:
    """Return snapshots of posts' counts, by who wrote each, in which week, its id and its moment."""
    # A generator of its own: a world with counts is otherwise the world without.
    random = np.random.default_rng([world.seed, 4, int(person.min(initial=0))])
    n = len(person)
    genuine, growth = np.zeros(n), np.zeros(n)
    for one in np.unique(week):
        now = week == one
        genuine[now] = np.exp(people.log_audience(int(one)))[person[now]]
        growth[now] = people.weekly_growth(int(one))[person[now]]
    viral = np.where(random.random(n) < 0.02, 20.0, 1.0)
    seen = 0.4 * genuine**0.95 * np.exp(0.3 * people.virality[person] + random.normal(0, 0.6, n)) * viral
    shares: dict[str, Floats] = {
        "likes": 0.05 * np.exp(0.2 * people.virality[person]),
        "comments": 0.004 * np.exp(1.5 * people.responsiveness[person]),
        "shares": 0.004 * np.exp(0.5 * people.virality[person]),
        "saves": 0.006 * np.exp(0.4 * people.virality[person]),
        "clicks": 0.008 * np.exp(0.6 * people.persuasion[person]),
        "follows": 0.002 * np.exp(20.0 * growth),
    }
    half = np.array([HALF_LIFE[name] for name in PLATFORMS])
    where = np.array([PLATFORMS.index(platform_of(int(who))) for who in person], dtype=int)
    snapshots: dict[str, list[NDArray[np.generic]]] = {
        name: [] for name in ("post_id", "observed_at", "views", *shares)
    }
    views, counts = np.zeros(n), {name: np.zeros(n) for name in shares}
    reached = np.zeros(n)
    for day in READ_AT:
        now = 1 - 0.5 ** (day / half[where])
        fresh = random.poisson(seen * (now - reached)).astype(float)
        views, reached = views + fresh, now
        snapshots["post_id"].append(post)
        snapshots["observed_at"].append(written + np.timedelta64(day, "D"))
        snapshots["views"].append(views)
        for name, share in shares.items():
            counts[name] = counts[name] + random.poisson(fresh * share)
            snapshots[name].append(counts[name])
    columns = {name: np.concatenate(parts) for name, parts in snapshots.items()}
    return columns | {"post_id": pa.array(columns["post_id"], pa.string())}
