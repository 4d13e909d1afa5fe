"""What holds for every import: no row is lost unseen, no quarantine of all, nobody refers to themselves."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from suasion.features.sources.reading import source as importing

from .sources import bring, everything

HERE = "https://mastodon.example/users/anna"
EVERYBODY = "https://www.w3.org/ns/activitystreams#Public"


@pytest.mark.parametrize("kind", ["archive", "answers"])
def test_a_boost_of_ones_own_toot_is_a_post_and_no_edge(kind: str, tmp_path: Path) -> None:
    at, later = "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"
    if kind == "archive":
        note = {"id": f"{HERE}/statuses/1", "type": "Note", "content": "<p>tea</p>", "published": at}
        items: list[dict[str, Any]] = [
            {"type": "Create", "id": f"{HERE}/statuses/1/activity", "published": at, "object": note},
            {"type": "Announce", "id": f"{HERE}/statuses/2/activity", "published": later, "object": f"{HERE}/statuses/1"},
        ]  # fmt: skip
        said: Any = {"type": "OrderedCollection", "orderedItems": [{"actor": HERE, "to": [EVERYBODY], **one} for one in items]}  # fmt: skip
    else:
        by = {"acct": "anna", "url": "https://mastodon.example/@anna", "created_at": "2020-01-01T00:00:00Z"}
        toot = {"id": "1", "uri": f"{HERE}/statuses/1", "account": by, "content": "tea", "created_at": at}
        said = [toot, {"id": "2", "uri": f"{HERE}/statuses/2/activity", "account": by, "content": "", "created_at": later, "reblog": toot}]  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps(said))
    told = bring("mastodon", tmp_path / "out", tmp_path / "a.json")
    tables = everything(tmp_path / "out")
    assert [one.get("shares_id") for one in tables["posts"]] == [None, f"{HERE}/statuses/1"]
    assert "mentions" not in tables
    assert told.broken == ()


def test_a_row_that_is_lost_ends_the_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    land = importing._land
    monkeypatch.setattr(importing, "_land", lambda *told: land(*told)[1:])
    with pytest.raises(AssertionError, match=r"rows of \w+ are lost"):
        bring("x", tmp_path / "out")


def test_a_date_that_all_posts_lack_writes_no_quarantine_of_all(tmp_path: Path) -> None:
    posts = [
        {"id": f"{n}", "author_id": "7", "text": "hops " * 20, "created_at": "soon"} for n in range(11_000)
    ]
    (tmp_path / "posts.ndjson").write_text("\n".join(map(json.dumps, posts)))
    told = bring("x", tmp_path / "out", tmp_path / "posts.ndjson")
    assert sum(one.aside for one in told.tables) == 11_000
    assert told.quarantine is not None
    with told.quarantine.open(encoding="utf-8", newline="") as stream:
        reasons = [line["reason"] for line in csv.DictReader(stream)]
    assert len(reasons) == 10_001
    assert [one for one in reasons if one.startswith("and ")] == [
        "and 1000 more rows: posts: created_at is not a time"
    ]
