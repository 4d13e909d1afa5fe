"""X's archive of an account ("Download an archive of your data"): ``data/*.js``, each a list that is given to a variable.

Its posts are as the API v1.1 wrote them, and do not say whose they are: ``account.js`` beside them does.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import PurePosixPath

from .reading.records import ALWAYS, Broken, Document, Forward, Record, json_values
from .reading.rows import dig, listed

PART = "window.YTD"
"""In a record of an archive: what its file holds, such as ``tweets``."""
_HEAD = re.compile(rb"\s*window\.YTD\.(\w+)\.part\d+\s*=")


def values(document: Document) -> Iterator[Record | Broken]:
    """Yield the values of a JSON file, and of an archive's file its items, each with what it is part of and whose it is."""
    if PurePosixPath(document.name).suffix.lower() != ".js":
        yield from json_values(document)
        return
    stream, head = io.BufferedReader(Forward(document.stream)), b""
    while len(head) < 200 and not head.endswith(b"=") and (byte := stream.read(1)):
        head += byte
    part = _HEAD.fullmatch(head)
    if part is None:
        yield Broken(document.name, 1, "no file of an archive: it does not begin with window.YTD")
        return
    owner = _owner(document)
    for record in json_values(replace(document, stream=stream)):
        if isinstance(record, Record) and isinstance(record.value, dict):
            part_value = {PART: part[1].decode(), "owner": owner, **record.value}
            yield Record(record.file, record.line, part_value)
        else:
            yield record


def _owner(document: Document) -> object:
    """Return the id of the account whose archive it is; None where no ``account.js`` tells it."""
    inside = document.name.removeprefix(f"{document.path.name}:")
    try:
        if inside == document.name:
            text = document.path.with_name("account.js").read_text(encoding="utf-8")
        else:
            name = str(PurePosixPath(inside).with_name("account.js"))
            with zipfile.ZipFile(document.path) as archive, archive.open(name) as stream:
                text = stream.read(ALWAYS).decode()
        # Behind the value may stand the sign that ends a statement.
        accounts, _ = json.JSONDecoder().raw_decode(text.partition("=")[2].lstrip())
        return dig(accounts[0], "account", "accountId")
    except (OSError, ValueError, LookupError, zipfile.BadZipFile):
        return None


def as_user(account: dict[str, object]) -> dict[str, object]:
    """Return the account of an archive as the API v2 writes a user."""
    return {
        "id": account.get("accountId"),
        "username": account.get("username"),
        "created_at": account.get("createdAt"),
    }


def as_post(tweet: dict[str, object], owner: object) -> dict[str, object]:
    """Return a post of an archive as the API v2 writes it.

    >>> as_post({"id_str": "9", "full_text": "RT @anna: tea", "created_at": "Fri Oct 01 12:00:00 +0000 2010"}, "31")["created_at"]
    '2010-10-01T12:00:00+00:00'
    """
    text, answers = tweet.get("full_text"), tweet.get("in_reply_to_status_id_str")
    kinds = {"replied_to": answers} if answers else {}
    if isinstance(text, str) and text.startswith("RT @"):
        kinds["retweeted"] = None  # an archive does not tell which post it was
    edits = listed(tweet, "edit_info", "initial", "editTweetIds")
    return {
        "id": tweet.get("id_str"),
        "author_id": owner,
        "created_at": _time(tweet.get("created_at")),
        "text": text,
        "lang": tweet.get("lang"),
        "in_reply_to_user_id": tweet.get("in_reply_to_user_id_str"),
        "edit_history_tweet_ids": edits or _earlier(tweet),
        "public_metrics": {
            "like_count": tweet.get("favorite_count"),
            "retweet_count": tweet.get("retweet_count"),
        },
        "referenced_tweets": [{"type": kind, "id": other} for kind, other in kinds.items()],
        "entities": {
            "mentions": [
                {"id": dig(one, "id_str"), "username": dig(one, "screen_name")}
                for one in listed(tweet, "entities", "user_mentions")
            ],
            "urls": listed(tweet, "entities", "urls"),
        },
    }


def _earlier(tweet: dict[str, object]) -> list[object]:
    first = dig(tweet, "edit_info", "edit", "initialTweetId")
    return [first, tweet.get("id_str")] if first else []


def _time(value: object) -> object:
    try:
        return datetime.strptime(str(value), "%a %b %d %H:%M:%S %z %Y").isoformat()
    except ValueError:
        return value
