"""X (Twitter), API v2: Posts and users as the API's endpoints and twarc write them, and the archive of an account.

An edited Post has an id for every version; the first names the Post, and each version was written when its id says: the first
42 bits of an id are milliseconds since X's epoch ("Snowflake", X developer platform, "X IDs").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeGuard

from suasion.features.sources.x_archive import PART, as_post, as_user, values

from .reading.fills import as_of, audience, influencers, post_metrics, profiles
from .reading.profile import WITH_PROFILES, tell_account, tell_audience, tell_profile
from .reading.rows import Rows, Unreadable, dig, ident, listed, moment, refuse_others, whole
from .reading.source import Source

_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657_000, UTC)
_FIRST_SNOWFLAKE = 29_700_859_247
"""Ids below were given one after the other and tell no time; nothing could be edited then."""
_OLD_CODES = {"in": "id", "iw": "he", "ji": "yi"}
_OWN = ("x.com/", "twitter.com/", "t.co/")


def written(post: object) -> str | None:
    """Return when the Post of an id was written, to the millisecond.

    >>> written("1212092628029698048")
    '2019-12-31T19:26:16.771000+00:00'
    """
    number = int(post) if isinstance(post, str) and post.isascii() and post.isdigit() else 0
    if not _FIRST_SNOWFLAKE < number < 2**63:
        return None
    return (_EPOCH + timedelta(milliseconds=number >> 22)).isoformat()


def take(record: object, rows: Rows) -> None:
    """Make rows of a page of the API, of a line of a stream, or of a Post or user by itself."""
    record = whole(record, "no object: neither a page of the API nor a Post or user")
    if PART in record:
        _archived(record, rows)
        return
    data = record.get("data")
    if data is None and not {"includes", "errors", "meta", "text", "username"} & set(record):
        raise Unreadable(
            "neither a page of the API nor a Post or user: none of data, includes, text, username"
        )
    retrieved = dig(record, "__twarc", "retrieved_at")
    if isinstance(retrieved, str) and moment(retrieved):
        rows.read_at = retrieved
    things = [*data] if isinstance(data, list) else [data] if data is not None else []
    if "text" in record or "username" in record:
        things = [record]
        refuse_others(record)
        if "username" in record and not {"name", "created_at", "public_metrics"} & {*record}:
            raise Unreadable("no user of X: it has neither name, created_at nor public_metrics")
    things += [*listed(record, "includes", "tweets"), *listed(record, "includes", "users")]
    for thing in things:  # which grows, so that what lies within the inner ones is reached, too
        things += _within(thing)
    posts = {
        name: post for post in reversed(things) if _is_post(post) and isinstance(name := post.get("id"), str)
    }
    rows.each(things, lambda thing, rows: _thing(thing, posts, rows))
    for error in listed(record, "errors"):
        rows.ignore(f"not shown by X: {dig(error, 'title') or 'error'}")


def _archived(record: dict[str, object], rows: Rows) -> None:
    part, tweet, account = record[PART], record.get("tweet"), record.get("account")
    if part in ("tweets", "tweet", "community_tweet") and isinstance(tweet, dict):
        if record.get("owner") is None:
            raise Unreadable("a Post of an archive without account.js beside it: nobody can tell whose it is")
        _post(as_post(tweet, record["owner"]), {}, rows)
    elif part == "account" and isinstance(account, dict):
        _user(as_user(account), rows)
    else:
        rows.ignore("parts of an archive that are neither posts nor the account")


def _thing(thing: object, posts: Mapping[str, object], rows: Rows) -> None:
    thing = whole(thing, "neither a Post nor a user: no object")
    if "username" in thing:
        _user(thing, rows)
    elif _is_post(thing):
        _post(thing, posts, rows)
    else:
        raise Unreadable("neither a Post nor a user: it has neither text nor username")


def _within(thing: object) -> list[object]:
    """Return the Posts and users that twarc has put into a Post or a user."""
    posts = [*listed(thing, "referenced_tweets"), dig(thing, "pinned_tweet")]
    people = [one for one in (dig(thing, "author"), dig(thing, "in_reply_to_user")) if isinstance(one, dict)]
    named = [*listed(thing, "entities", "mentions"), *listed(thing, "entities", "description", "mentions")]
    # A mention is a user where it has more than a name and an id.
    return [*filter(_is_post, posts), *(one for one in people if "username" in one), *filter(_is_user, named)]


def _is_post(thing: object) -> TypeGuard[dict[str, object]]:
    return isinstance(thing, dict) and ("text" in thing or "edit_history_tweet_ids" in thing)


def _is_user(thing: object) -> TypeGuard[dict[str, object]]:
    return isinstance(thing, dict) and ("created_at" in thing or "public_metrics" in thing)


def _user(user: dict[str, object], rows: Rows) -> None:
    account = ident("x", user.get("id"))
    tell_account(rows, "x", account, user.get("username"), user.get("created_at"))
    name = user.get("username")
    named = [*listed(user, "entities", "url", "urls"), *listed(user, "entities", "description", "urls")]
    tell_profile(
        rows,
        account,
        own_address=f"x:@{name.lower()}" if isinstance(name, str) else None,
        links=[dig(link, "unwound_url") or dig(link, "expanded_url") for link in named] or [user.get("url")],
    )
    counts = user.get("public_metrics")
    if counts is not None:
        followers, following, posts = (
            dig(counts, f"{what}_count") for what in ("followers", "following", "tweet")
        )
        tell_audience(rows, account, followers, following, posts, user.get("verified"))
    if "created_at" not in user and counts is None:
        rows.ignore("users without created_at and public_metrics")


def _first(post: object) -> object:
    """Return the id that a Post goes by: that of its first version."""
    history = listed(post, "edit_history_tweet_ids")
    return history[0] if history else dig(post, "id")


def _post(post: dict[str, object], posts: Mapping[str, object], rows: Rows) -> None:
    author, this, first = ident("x", post.get("author_id")), post.get("id"), _first(post)
    edited = this != first
    at = (written(first) if edited else None) or post.get("created_at") or written(this)
    known = (written(this) or post.get("created_at")) if edited else None
    for version in listed(post, "edit_history_tweet_ids"):
        rows.alias(ident("x", version), ident("x", first))
    refers = {str(dig(other, "type")): dig(other, "id") for other in listed(post, "referenced_tweets")}
    reshared = "retweeted" in refers
    shared = refers.get("retweeted") or refers.get("quoted")
    language = post.get("lang")
    if isinstance(language, str):
        # "und", "zxx" and codes that start with q stand for no language.
        none = language in ("und", "zxx", "art") or language.startswith("q")
        language = None if none else _OLD_CODES.get(language, language)
    note = post.get("note_tweet")
    entities = dig(note, "entities") or post.get("entities")
    rows.post(
        ident("x", first),
        author,
        at,
        # What a repost says is another's words.
        None if reshared else dig(note, "text") or post.get("text"),
        known_at=known,
        language=None if reshared else language,
        reply_to_id=ident("x", refers.get("replied_to")),
        shares_id=ident("x", shared),
        links=None if reshared else _links(entities),
    )
    counts = post.get("public_metrics")
    if counts is not None and not reshared:  # those of a repost are another's
        shared_as = [dig(counts, name) for name in ("retweet_count", "quote_count")]
        numbers = [n for n in shared_as if isinstance(n, int)]
        rows.count(
            ident("x", first),
            author,
            # Views are counted since December 2022; before, X writes 0.
            views=dig(counts, "impression_count") or None,
            likes=dig(counts, "like_count"),
            comments=dig(counts, "reply_count"),
            shares=sum(numbers) if len(numbers) == len(shared_as) else shared_as[0],
            saves=dig(counts, "bookmark_count"),
        )
    answered = post.get("in_reply_to_user_id")
    whose = dig(posts.get(shared) if isinstance(shared, str) else None, "author_id")
    whose = whose or (_reposted(post) if reshared else None)
    if reshared and not shared and whose is None:
        rows.ignore("reposts that name neither a Post nor whose it is")
    references = [("comment", answered), ("reshare", whose)]
    if not reshared:
        # Whom a reply answers stands before its text.
        named = [dig(mention, "id") for mention in listed(entities, "mentions")]
        references += [("mention", name) for name in named if name is not None and str(name) != str(answered)]
    rows.refer(author, [(kind, ident("x", who)) for kind, who in references], at, ident("x", first), known)


def _reposted(post: dict[str, object]) -> object:
    """Return the id of whom a repost names at its beginning."""
    text = post.get("text")
    name = re.match(r"RT @(\w+):", text) if isinstance(text, str) else None
    named = listed(post, "entities", "mentions")
    return next((dig(one, "id") for one in named if name and dig(one, "username") == name[1]), None)


def _links(entities: object) -> list[str]:
    links = []
    for link in listed(entities, "urls"):
        address = dig(link, "unwound_url") or dig(link, "expanded_url")
        is_x = isinstance(address, str) and address.split("//")[-1].removeprefix("www.").startswith(_OWN)
        if isinstance(address, str) and dig(link, "media_key") is None and not is_x:
            links.append(address)
    return links


X = Source(
    name="x",
    title="X (Twitter), API v2",
    written_from="X API v2 data dictionary (Post, User, referenced and edited Posts) and its types in twitter-api-v2 1.x and tweepy 4.17",
    get=(
        "Save what the API answers, a file a page or a line a page: GET /2/users/:id/tweets, /2/tweets/search/all, /2/users/by, the "
        "filtered stream, or twarc2. Ask for tweet.fields=author_id,created_at,public_metrics,entities,in_reply_to_user_id,lang,note_tweet,"
        "referenced_tweets,edit_history_tweet_ids, user.fields=created_at,public_metrics,entities,url, and "
        "expansions=author_id,referenced_tweets.id,referenced_tweets.id.author_id. Or the archive of an account: the .zip as it is."
    ),
    fills={
        "influencers": influencers("x", "user id, as x:ID", "user username", "user created_at"),
        "posts": {
            "post_id": "id of the first version, as x:ID",
            "author_id": "author_id",
            "created_at": "created_at, or the time in the id; of an edited Post the time in the first id",
            "text": "note_tweet.text or text; of a repost nothing",
            "language": "lang, where it is a language",
            "reply_to_id": "referenced_tweets, replied_to",
            "shares_id": "referenced_tweets, retweeted or quoted",
            "links": "entities.urls, unwound_url or expanded_url; not X's own and not media",
            "known_at": "of an edited Post the time in its last id",
        },
        "audience": audience(
            "user id",
            observed_at="__twarc.retrieved_at, or when the export was read",
            followers="user public_metrics.followers_count",
            following="user public_metrics.following_count",
            verified="user verified",
            posts_count="user public_metrics.tweet_count",
        ),
        "post_metrics": post_metrics(
            "id of the first version, as x:ID",
            observed_at="__twarc.retrieved_at, or when the export was read",
            views="public_metrics.impression_count, where it is not 0",
            likes="public_metrics.like_count",
            comments="public_metrics.reply_count",
            shares="public_metrics.retweet_count and quote_count",
            saves="public_metrics.bookmark_count",
        ),
        "mentions": {
            "referrer_id": "author_id",
            "influencer_id": "in_reply_to_user_id, the author of the Post reposted or quoted (of a repost also whom RT @NAME names), entities.mentions",
            "kind": "comment, reshare, mention",
            **as_of("the Post"),
        },
        "profiles": profiles(
            "user id",
            "user username, as x:@NAME; entities.url and entities.description, or url",
            "own, link",
            "__twarc.retrieved_at, or when the export was read",
        ),
    },
    left=(
        "verified_type",
        "likes, lists, polls, places, spaces",
        "who follows whom",
    ),
    tried="two public archives of 2024 and 2026 with 4,209 Posts: each Post of theirs was loaded; one without account.js was set aside whole",
    take=take,
    reader=values,
    suffixes=(".json", ".jsonl", ".ndjson", ".js"),
    tables=WITH_PROFILES,
)
