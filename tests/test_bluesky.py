"""Repositories of Bluesky: CAR files, built block by block."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import libipld
import pytest

from .sources import bring, rows_in


def _varint(number: int) -> bytes:
    out = b""
    while True:
        number, low = number >> 7, number & 127
        out += bytes([low | (128 if number else 0)])
        if not number:
            return out


def _car(records: dict[str, dict[str, Any]], did: str = "did:plc:anna", *, beside: Any = None) -> bytes:
    """Write a repository as CAR v1, as com.atproto.sync.getRepo answers it: a tree of two levels, keys sharing their beginnings."""
    blocks: dict[bytes, bytes] = {}

    def put(value: Any) -> bytes:
        data = libipld.encode_dag_cbor(value)
        cid = b"\x01\x71\x12\x20" + hashlib.sha256(data).digest()
        blocks[cid] = data
        return cid

    def entries(paths: list[str], right: bytes | None) -> list[dict[str, Any]]:
        found, before = [], b""
        for path in paths:
            key = path.encode()
            shared = next(
                (n for n, (a, b) in enumerate(zip(before, key, strict=False)) if a != b),
                min(len(before), len(key)),
            )
            found.append({"p": shared, "k": key[shared:], "v": put(records[path]), "t": None})
            before = key
        found[-1]["t"] = right
        return found

    paths = sorted(records)
    third = max(1, len(paths) // 3)
    left = put({"l": None, "e": entries(paths[:third], None)})
    right = put({"l": None, "e": entries(paths[2 * third :], None)}) if paths[2 * third :] else None
    tree = put({"l": left, "e": entries(paths[third : 2 * third], right)})
    commit = put({"did": did, "version": 3, "data": tree, "rev": "3l3qo2vutsw2b", "prev": None, "sig": b"s"})
    if beside is not None:
        put(beside)
    header = b"\xa2\x65roots\x81\xd8\x2a\x58\x25\x00" + commit + b"\x67version\x01"
    out = _varint(len(header)) + header
    for cid, data in blocks.items():
        out += _varint(len(cid) + len(data)) + cid + data
    return out


def test_a_repository_of_bluesky(tmp_path: Path) -> None:
    records = {
        f"app.bsky.feed.post/3l3qo2vuowo2{letter}": {
            "$type": "app.bsky.feed.post",
            "text": f"post {letter}",
            "createdAt": "2024-09-09T19:46:02Z",
        }
        for letter in "234567abc"
    }
    records["app.bsky.feed.repost/3l3qo2vuowo2b"] = {
        "$type": "app.bsky.feed.repost",
        "subject": {"uri": "at://did:plc:bob/app.bsky.feed.post/3l3qo2vuowo2b", "cid": "c"},
        "createdAt": "2019-01-01T00:00:00Z",
    }
    path = tmp_path / "anna.car"
    path.write_bytes(_car(records))
    told = bring("bluesky", tmp_path / "out", path)
    posts = {row["post_id"]: row for row in rows_in(tmp_path / "out", "posts")}
    assert set(posts) == {f"at://did:plc:anna/{key}" for key in records}
    assert told.broken == ()
    # The repost claims to be of 2019; its key was made in 2024, and so it was known.
    repost = posts["at://did:plc:anna/app.bsky.feed.repost/3l3qo2vuowo2b"]
    assert repost["created_at"] == "2019-01-01 00:00:00"
    assert repost["known_at"].startswith("2024-09-09 19:46:02")
    for number, data in enumerate((b"", b"no car", path.read_bytes()[:200], path.read_bytes()[:-30])):
        path.write_bytes(data)
        assert bring("bluesky", tmp_path / f"bad{number}", path).broken


def test_every_block_of_a_repository_is_loaded_set_aside_or_counted(tmp_path: Path) -> None:
    post = {"$type": "app.bsky.feed.post", "text": "tea", "createdAt": "2024-09-09T19:46:02Z"}
    records = {
        "app.bsky.actor.profile/self": {"$type": "app.bsky.actor.profile", "description": "no address"},
        "app.bsky.feed.like/3l3qo2vuowo2b": {
            "$type": "app.bsky.feed.like",
            "createdAt": "2024-09-09T19:46:02Z",
        },
        "app.bsky.feed.post/3l3qo2vuowo2c": post,
        "chat.example.note/1": {"text": "of another program"},
    }
    path = tmp_path / "anna.car"
    path.write_bytes(_car(records, beside={**post, "text": "of no path"}))
    told = bring("bluesky", tmp_path / "out", path)
    assert told.records == len(records)
    assert dict(told.ignored) == {
        "records with nothing in them": 1,
        "app.bsky.feed.like records": 1,
        "chat.example.note records": 1,
    }
    assert told.broken == (("of an earlier state of the repository: no path leads to it", 1),)
    assert told.quarantine is not None
    assert "of no path" in told.quarantine.read_text()
    assert len(rows_in(tmp_path / "out", "posts")) == 1


def _view(key: str, by: str, answers: str = "") -> dict[str, Any]:
    reply = {"reply": {"parent": {"uri": answers}, "root": {"uri": answers}}} if answers else {}
    post = {"$type": "app.bsky.feed.post", "createdAt": "2024-03-02T10:00:00.000Z", "text": "Tea", **reply}
    return {
        "uri": f"at://did:plc:{by}/app.bsky.feed.post/{key}",
        "author": {"did": f"did:plc:{by}", "handle": f"{by}.example"},
        "record": post,
        "likeCount": 3,
        "indexedAt": "2024-03-02T10:00:01.000Z",
    }


@pytest.mark.parametrize("shape", ["a thread", "posts by themselves"])
def test_posts_are_read_from_threads_and_by_themselves(tmp_path: Path, shape: str) -> None:
    above = _view("3kaaaaaaaaa2a", "anna")
    below = _view("3kbbbbbbbbb2a", "bo", above["uri"])
    gone = {"uri": "at://did:plc:cee/app.bsky.feed.post/x", "blocked": True}
    thread = {"thread": {"post": below, "parent": {"post": above}, "replies": [gone]}}
    (tmp_path / "answer.json").write_text(json.dumps(thread if shape == "a thread" else [above, below]))
    bring("bluesky", tmp_path / "data", tmp_path / "answer.json")
    posts = {row["author_id"]: row.get("reply_to_id") for row in rows_in(tmp_path / "data", "posts")}
    assert posts == {"bluesky:did:plc:anna": None, "bluesky:did:plc:bo": above["uri"]}
    assert [row["likes"] for row in rows_in(tmp_path / "data", "post_metrics")] == [3, 3]


def test_a_page_of_followers_says_how_many_they_are(tmp_path: Path) -> None:
    person = {"did": "did:plc:anna", "handle": "anna.example", "followersCount": 12}
    (tmp_path / "answer.json").write_text(
        json.dumps({"subject": person, "followers": [{"did": "did:plc:bo"}]})
    )
    bring("bluesky", tmp_path / "data", tmp_path / "answer.json")
    assert [row["followers"] for row in rows_in(tmp_path / "data", "audience")] == [12]
