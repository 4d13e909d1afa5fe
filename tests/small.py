"""Small random tables full of edges: ties, versions, late knowledge, missing values, events at the very moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from suasion.features.tables.schema import POSTED

Row = dict[str, Any]
Tables = dict[str, list[Row]]

T0 = datetime(2023, 3, 5, 12, 30, 15, 250_001)
"""A moment of decision with microseconds, not at a month's start."""
MICRO = timedelta(microseconds=1)
PLATFORMS = ("Instagram ", "tiktok", "YOUTUBE", None, "facebook", "twitter", "Twitch", "linkedin", "  ", "threads", "bluesky", "mastodon", "Reddit", "X", "clubhouse", "Pinterest", "snapchat", "Telegram", "SUBSTACK", "Podcast ", "blog")  # fmt: skip
"""Platforms as people write them; of some nobody knows which."""
PEOPLE = ["ann", "bob", "cem", "dai", "eva"]
CROWD = [*PEOPLE, "fan1", "fan2", "fan3"]
WORDS = [
    "hops",
    "malt",
    "yeast",
    "lager",
    "stout",
    "grape",
    "wine",
    "cork",
    "cellar",
    "sugar",
    "coffee",
    "bean",
    "roast",
    "milk",
    "cup",
]


HEARD = [
    "Is the stout good?",
    "这款酒好喝吗",
    "おいしいですか。",
    "هل هو جيد؟",
    "Αξίζει\u037e",
    "Լա՞վ է՞",
    "terrible awful bad!",
    "This is horrible, you ruined it 😡",
    "I hate this lager, is it always so bad?",
    "great love it",
    "thank you",
    None,
    "",
]
"""What others answer: questions and criticism in several scripts, praise, and nothing."""


MOST = {"views": 900, "reach": 800, "impressions": 990, "likes": 90, "comments": 20, "shares": 9, "saves": 9}
MOST |= {"clicks": 30, "follows": 5}
SOLD_IN = (None, "DE", "de, AT", "AT;CH", "FR/US", "GB")
COUNTRIES = (None, None, "{}", '{"DE": 0.4}', '{"DE":0.25,"at":0.5, "FR": 0.125}', '{"US": 0.875, "CA": 0.0625}', '{"GB": 1, "DE": 1e-3}', '{"FR": 0.5, "US": 0.625}')  # fmt: skip
TOLD = {"engagement_rate": 9, "average_views": 900, "average_likes": 90, "average_comments": 20}


def edges() -> list[datetime]:
    """Return moments at and one microsecond to each side of every window's start and of the decision."""
    moments = [T0 - MICRO, T0, T0 + MICRO]
    for days in (30, 90, 365):
        start = T0 - timedelta(days=days)
        moments += [start - MICRO, start, start + MICRO, T0 - timedelta(days=days / 2)]
    return moments


def make(seed: int) -> Tables:
    """Return small random tables."""
    random = np.random.default_rng(seed)
    pool = edges()

    def moment() -> datetime:
        if random.random() < 0.35:
            return pool[random.integers(len(pool))]
        return T0 - timedelta(microseconds=int(random.integers(-5 * 86400e6, 420 * 86400e6)))

    def later(at: datetime) -> datetime:
        chance = random.random()
        return at if chance < 0.7 else at + timedelta(hours=int(random.integers(1, 2000)))

    def text() -> str | None:
        if random.random() < 0.15:
            return [None, "", " ", "👍 42", "zzz qqq?"][random.integers(5)]
        said = " ".join(random.choice(WORDS, random.integers(2, 8)))
        tail = ["", "", "?", " terrible awful bad!", " great love it", "か。"][random.integers(6)]
        return said + tail

    tables: Tables = {
        name: []
        for name in (
            "influencers",
            "posts",
            "audience",
            "mentions",
            "credentials",
            "campaigns",
            "candidates",
            "outcomes",
        )
    }
    for place, person in enumerate(PEOPLE[:4]):
        at = T0 - timedelta(days=int(random.integers(-2, 900)))
        account = {"influencer_id": person, "platform": PLATFORMS[(4 * seed + place) % len(PLATFORMS)]}
        # One of them tells nobody when it was made, as on Instagram.
        made = None if place == seed % 4 else at
        tables["influencers"].append(account | {"created_at": made, "known_at": later(at)})
    for number in range(20):
        # Conversations: somebody says something, others ask or criticise, in several languages, and some are answered.
        person, at = PEOPLE[random.integers(4)], T0 - timedelta(hours=int(random.integers(48, 8000)))
        if number % 3 == 0:
            at = T0 - timedelta(hours=int(random.integers(48, 700)))
        said = {"created_at": at, "known_at": at, "text": text(), "links": [], "reply_to_id": None}
        tables["posts"].append(said | {"post_id": f"s{number}", "author_id": person})
        for reply in range(3):
            at += timedelta(minutes=int(random.integers(1, 300)))
            fan = said | {"post_id": f"s{number}-{reply}", "author_id": CROWD[random.integers(5, 8)]}
            fan |= {"text": HEARD[random.integers(len(HEARD))], "reply_to_id": f"s{number}"}
            tables["posts"].append(fan | {"created_at": at, "known_at": at})
            if random.random() < 0.6:
                at += timedelta(minutes=int(random.integers(1, 900)))
                back = said | {"post_id": f"s{number}-{reply}-back", "author_id": person, "text": text()}
                back |= {"reply_to_id": f"s{number}-{reply}", "created_at": at, "known_at": at}
                tables["posts"].append(back)
    for number in range(90):
        at = moment()
        reply = f"p{random.integers(number)}" if number and random.random() < 0.6 else None
        row = {
            "post_id": f"p{number}",
            "author_id": CROWD[random.integers(len(CROWD))] if random.random() < 0.95 else None,
        }
        row |= {
            "created_at": at,
            "text": text(),
            "reply_to_id": reply,
            "links": ["https://x.org"] * int(random.integers(0, 3)) if random.random() < 0.8 else None,
            "format": (*POSTED, None)[number % (len(POSTED) + 1)],
        }
        tables["posts"].append(row | {"known_at": later(at)})
        if random.random() < 0.15:
            tables["posts"].append(
                row | {"text": text(), "known_at": at + timedelta(days=int(random.integers(100, 200)))}
            )
    for _ in range(140):
        at = moment()
        row = {
            "influencer_id": PEOPLE[random.integers(5)],
            "observed_at": at,
            "followers": float(random.integers(0, 5000)) * float(random.random() < 0.9),
        }
        following = float(random.integers(0, 90)) if random.random() < 0.8 else None
        tables["audience"].append(row | {"following": following, "known_at": later(at)})
    for _ in range(90):
        at = moment()
        row = {
            "referrer_id": CROWD[random.integers(8)],
            "influencer_id": PEOPLE[random.integers(5)],
            "created_at": at,
        }
        row |= {"kind": ["mention", "reshare", "backlink", "comment"][random.integers(4)]}
        row |= {
            "post_id": f"p{random.integers(100)}" if random.random() < 0.8 else None,
            "known_at": later(at),
        }
        tables["mentions"].append(row)
    for _ in range(25):
        at = moment()
        row = {
            "influencer_id": PEOPLE[random.integers(5)],
            "kind": ["degree", "book"][random.integers(2)],
            "awarded_at": at,
        }
        row |= {"subject": WORDS[random.integers(len(WORDS))] if random.random() < 0.9 else None}
        tables["credentials"].append(
            row | {"verified": [True, False, None][random.integers(3)], "known_at": later(at)}
        )
    for number in range(8):
        at = moment() - timedelta(days=30)
        row = {
            "campaign_id": f"k{number}",
            "brand": ["b1", "b2", "b2", None][random.integers(4)],
            "category": ["food", "drink", None][random.integers(3)],
        }
        row |= {
            "brief": text() or "hops wine",
            "starts_at": at,
            "ends_at": at + timedelta(days=int(random.integers(5, 30))),
        }
        tables["campaigns"].append(row | {"known_at": at})
        if random.random() < 0.4:
            tables["campaigns"].append(
                row
                | {
                    "brief": text(),
                    "category": "edited",
                    "starts_at": at + timedelta(days=int(random.integers(0, 9))),
                    "ends_at": None if random.random() < 0.3 else at + timedelta(days=40),
                    "known_at": at + timedelta(days=int(random.integers(-20, 60)), hours=1),
                }
            )
    starts = {row["campaign_id"]: row["starts_at"] for row in reversed(tables["campaigns"])}
    for campaign, at in starts.items():
        for person in random.choice(PEOPLE, 4, replace=False):
            decided = T0 if random.random() < 0.2 else at - timedelta(days=int(random.integers(0, 20)))
            row = {"campaign_id": campaign, "influencer_id": str(person), "decided_at": decided}
            row |= {"exposure": float(random.integers(1, 5)), "conversions": float(random.integers(0, 9))}
            row |= {
                "fee": float(random.integers(10, 90)) if random.random() < 0.8 else None,
                "discount": [0.0, 0.1, 0.25, None][random.integers(4)],
                "revenue": 3.0,
            }
            row |= {"refunds": float(random.integers(0, 3)) if random.random() < 0.5 else None}
            # Of what is drawn already: one more draw would make another world.
            row |= {"clicks": None if row["refunds"] == 1.0 else 7.0 * row["conversions"] + row["exposure"]}
            known = (
                [T0 - MICRO, T0, T0 + MICRO][random.integers(3)]
                if random.random() < 0.3
                else decided + timedelta(days=30)
            )
            row["known_at"] = max(known, decided + MICRO)
            tables["outcomes"].append(row)
            if random.random() < 0.15:
                tables["outcomes"].append(
                    row
                    | {"conversions": 11.0, "known_at": row["known_at"] + timedelta(days=20)}
                    | {"exposure": float(random.integers(0, 3))}
                )
    for campaign in starts:
        decided = edges()[random.integers(12)] if random.random() < 0.7 else starts[campaign]
        for person in random.choice(PEOPLE, 2, replace=False):
            row = {"campaign_id": campaign, "influencer_id": str(person), "decided_at": decided}
            row |= {"exposure": 1.0, "fee": None, "discount": None, "known_at": later(decided)}
            tables["candidates"].append(row)
    tables["post_metrics"] = _counts(random, tables["posts"], later)
    for row in tables["audience"]:
        for name, most in (*TOLD.items(), ("posts_count", 900)):
            row[name] = float(random.integers(1, most)) if random.random() < 0.6 else None
        row["real_share"] = random.random() if random.random() < 0.6 else None
        row["verified"] = None if row["real_share"] is None else row["real_share"] > 0.4
    for row in tables["campaigns"]:
        row["country"] = SOLD_IN[random.integers(len(SOLD_IN))]
    for row in tables["audience"]:
        row["country_share"] = COUNTRIES[random.integers(len(COUNTRIES))]
    return {name: _without_contradictions(name, rows) for name, rows in tables.items()}


def _counts(
    random: np.random.Generator, posts: list[Row], later: Callable[[datetime], datetime]
) -> list[Row]:
    """Return what was read of posts, by several readers who see different things, at edges and in several versions."""
    rows = []
    for place, post in enumerate(posts):
        hidden = ("views", "reach", "impressions") if place % 4 == 0 else ()  # as of photos
        for _ in range(random.integers(0, 4)):
            at = post["created_at"] + timedelta(hours=int(random.integers(0, 2000)))
            at = [at, *edges()[:3]][random.integers(4)]
            row: Row = {"post_id": post["post_id"], "observed_at": at}
            for name, most in MOST.items():
                row[name] = float(random.integers(0, most)) if random.random() < 0.7 else None
            row |= dict.fromkeys(hidden)
            rows.append(row | {"known_at": later(at)})
            if random.random() < 0.2:
                rows.append(row | {"likes": 9.0, "known_at": later(at) + timedelta(hours=1)})
    return rows


def _without_contradictions(name: str, rows: list[Row]) -> list[Row]:
    """Keep one row of each key and ``known_at``: contradicting ones are set aside, and tested elsewhere."""
    from suasion.features.tables.schema import TABLES

    return list(
        {(*(row.get(key) for key in TABLES[name].key), row["known_at"]): row for row in rows}.values()
    )


def write(tables: Tables, folder: Path) -> Path:
    """Write the tables as Parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        if rows:
            frame = pd.DataFrame(rows)
            table = pa.Table.from_pandas(frame, preserve_index=False)
            times = {f.name: pa.timestamp("us") for f in table.schema if pa.types.is_timestamp(f.type)}
            schema = pa.schema([pa.field(f.name, times.get(f.name, f.type)) for f in table.schema])
            pq.write_table(table.cast(schema), folder / f"{name}.parquet")
    return folder
