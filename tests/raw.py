"""One stored influencer's rows as a client would send them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb


def activity_of(data: Path, campaign: str, who: str) -> dict[str, Any]:
    """Return the body of a request that tells all that is stored about one candidate."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")

        def rows(table: str, where: str) -> list[dict[str, Any]]:
            stored = connection.execute(
                f"SELECT * FROM '{data / table}.parquet' WHERE {where} ORDER BY ALL"
            ).to_arrow_table()
            return [
                {
                    key: value.isoformat() if hasattr(value, "isoformat") else value
                    for key, value in row.items()
                }
                for row in stored.to_pylist()
            ]

        posts, mentions = f"'{data / 'posts'}.parquet'", f"'{data / 'mentions'}.parquet'"
        own_posts = f"SELECT post_id FROM {posts} WHERE author_id = '{who}'"
        around = (
            f"author_id = '{who}' OR reply_to_id IN ({own_posts}) "
            f"OR post_id IN (SELECT reply_to_id FROM {posts} WHERE author_id = '{who}') "
            f"OR post_id IN (SELECT post_id FROM {mentions} WHERE influencer_id = '{who}')"
        )
        candidate = rows("candidates", f"influencer_id = '{who}' AND campaign_id = '{campaign}'")[0]
        person = rows("influencers", f"influencer_id = '{who}'")[0]
        person |= {name: candidate[name] for name in ("exposure", "fee", "discount")}
        return {
            "ask": {"campaign_id": campaign, "as_of": candidate["decided_at"] + "Z"},
            "people": [person],
            "posts": rows("posts", around),
            "mentions": rows("mentions", f"influencer_id = '{who}' OR referrer_id = '{who}'"),
            "audience": rows("audience", f"influencer_id = '{who}'"),
            "credentials": rows("credentials", f"influencer_id = '{who}'"),
        }
