"""What answers in the tests and notes of other programs taught: our own small samples of the same shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .sources import bring, rows_in


def told(folder: Path, source: str, record: object, table: str) -> list[dict[str, Any]]:
    (folder / "answer.json").write_text(json.dumps(record), encoding="utf-8")
    bring(source, folder / "data", folder / "answer.json")
    return rows_in(folder / "data", table)


def comment(name: str, parent: str) -> dict[str, Any]:
    data = {"id": name, "author": "leaf_reader", "parent_id": parent, "body": "Green, please."}
    return {"kind": "t1", "data": {**data, "created_utc": 1709631600.0, "edited": False, "replies": ""}}


def test_comments_that_reddit_hands_over_afterwards_are_read(tmp_path: Path) -> None:
    things = [comment("aa1", "t3_p1"), comment("aa2", "t1_aa1"), {"kind": "more", "data": {"count": 4}}]
    posts = told(tmp_path, "reddit", {"json": {"errors": [], "data": {"things": things}}}, "posts")
    assert [(row["post_id"], row["reply_to_id"]) for row in posts] == [
        ("reddit:t1_aa1", "reddit:t3_p1"),
        ("reddit:t1_aa2", "reddit:t1_aa1"),
    ]
