"""Repositories of Bluesky: CAR files, built block by block."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import libipld

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
