"""Bluesky (AT Protocol): repositories as CAR files, Jetstream, and what the API answers.

A record's ``createdAt`` is what its author claims, and may lie anywhere. When a record could be known comes from elsewhere where there is
such a thing: Jetstream's ``time_us``, a view's ``indexedAt``, and otherwise the record key, which is made of the time of writing
(TID, "AT Protocol specification, Timestamp Identifiers"). A claim after that moment is not believed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import libipld

from .reading.fills import as_of, audience, influencers, post_metrics, profiles
from .reading.markup import addresses, links_in
from .reading.profile import WITH_PROFILES, tell_account, tell_audience, tell_profile
from .reading.records import LONGEST, Broken, Document, Forward, Record, json_values
from .reading.rows import Rows, Unreadable, dig, epoch, excerpt, ident, listed, moment, whole
from .reading.source import Source

POST, REPOST, PROFILE = "app.bsky.feed.post", "app.bsky.feed.repost", "app.bsky.actor.profile"
_FACET = "app.bsky.richtext.facet"
_SORTED = "234567abcdefghijklmnopqrstuvwxyz"
"""base32-sortable, in which record keys are written."""


def key_time(key: object) -> str | None:
    """Return when a record key was made, to the microsecond; None where it is no TID.

    >>> key_time("3jzfcijpj2z2a"), key_time("self")
    ('2023-06-30T15:03:01.887007+00:00', None)
    """
    if not isinstance(key, str) or len(key) != 13 or key[0] not in _SORTED[:16] or set(key) - set(_SORTED):
        return None
    number = 0
    for letter in key:
        number = number * 32 + _SORTED.index(letter)
    return str(epoch(number >> 10, 1e-6)) if number >> 10 < 2**53 else None


def did_of(uri: object) -> str | None:
    """Return whose record an address names.

    >>> did_of("at://did:plc:abc/app.bsky.feed.post/3k"), did_of("https://a.org")
    ('did:plc:abc', None)
    """
    if not isinstance(uri, str) or not uri.startswith("at://did:"):
        return None
    return uri[5:].partition("/")[0]


def records(document: Document) -> Iterator[Record | Broken]:
    """Yield the records of a repository's CAR file, or the values of JSON."""
    stream = io.BufferedReader(Forward(document.stream))
    named_so = document.name.lower().removesuffix(".gz").removesuffix(".zst").endswith(".car")
    if not named_so and b"eroots" not in stream.peek(16)[:16]:
        yield from json_values(replace(document, stream=stream))
        return
    data = stream.read(LONGEST + 1)
    if len(data) > LONGEST:
        yield Broken(document.name, 0, f"a repository of over {LONGEST >> 20} MiB")
        return
    try:
        header, blocks = libipld.decode_car(data)
        commit = blocks[header["roots"][0]]
        did, tree = commit["did"], commit["data"]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        why = str(error)[:200] or type(error).__name__
        yield Broken(document.name, 0, f"no repository of the AT Protocol: {why}")
        return
    named: set[bytes] = set(header["roots"][:1])
    for number, (path, value) in enumerate(_walk(blocks, tree, named), start=1):
        if value is None:
            yield Broken(document.name, number, "the repository lacks a block it names", path)
        else:
            yield Record(document.name, number, {"uri": f"at://{did}/{path}", "value": value})
    for block in (value for cid, value in blocks.items() if cid not in named and not _is_structure(value)):
        # What was deleted or replaced; without its path nobody can tell which record it was.
        why = "of an earlier state of the repository: no path leads to it"
        yield Broken(document.name, 0, why, excerpt(block))


def _is_structure(block: object) -> bool:
    """Return whether a block is a commit or a node of a tree: earlier ones may still be in the file."""
    return isinstance(block, dict) and ({"e", "l"} <= set(block) or {"did", "sig", "data"} <= set(block))


def _walk(blocks: dict[bytes, object], node: object, seen: set[bytes]) -> Iterator[tuple[str, object]]:
    """Yield paths and records of a Merkle search tree; keys are told by how much of the one before they share.

    ``seen`` becomes all that it names.
    """
    # A stack of its own instead of recursion: a made-up tree may be deeper than Python's.
    stack: list[tuple[Iterator[tuple[str, object, object]], list[object]]] = [(iter(()), [node])]
    while stack:
        entries, below = stack[-1]
        if below:
            down = below.pop()
            if down is None:
                continue
            tree = blocks.get(down) if isinstance(down, bytes) and down not in seen else None
            if isinstance(down, bytes):
                seen.add(down)
            if isinstance(tree, dict) and isinstance(tree.get("e"), list):
                stack.append((_entries(tree), [tree.get("l")]))
            else:
                yield "", None
            continue
        entry = next(entries, None)
        if entry is None:
            stack.pop()
            continue
        path, cid, right = entry
        if isinstance(cid, bytes):
            seen.add(cid)
        yield path, blocks.get(cid) if isinstance(cid, bytes) else None
        below.append(right)


def _entries(tree: dict[str, object]) -> Iterator[tuple[str, object, object]]:
    before = b""
    for entry in listed(tree, "e"):
        shared, rest = dig(entry, "p"), dig(entry, "k")
        if not isinstance(shared, int) or not isinstance(rest, bytes):
            yield "", None, None
            continue
        before = before[:shared] + rest
        yield before.decode("utf-8", "replace"), dig(entry, "v"), dig(entry, "t")


def take(record: object, rows: Rows) -> None:
    """Make rows of a record of a repository, an event of Jetstream, or an answer of the API."""
    record = whole(record, "no object: neither a record, an event nor an answer of the API")
    if isinstance(commit := record.get("commit"), dict) and "did" in record:
        _event(record, commit, rows)
    elif "did" in record and record.get("kind") in ("identity", "account"):
        rows.ignore(f"{record['kind']} events")
    elif isinstance(page := record.get("records"), list):
        rows.each(page, take)
    elif isinstance(page := record.get("feed"), list):
        rows.each(page, _view)
    elif isinstance(page := record.get("posts"), list):
        rows.each(page, lambda item, rows: _view({"post": item}, rows))
    elif isinstance(page := record.get("profiles"), list):
        rows.each(page, _profile)
    elif isinstance(record.get("thread"), dict):
        rows.each(_posts_in(record["thread"]), _view)
    elif isinstance(person := record.get("subject"), dict) and "did" in person:
        _profile(person, rows)  # whose followers, or whom they follow, the page lists
    elif isinstance(record.get("likes"), list) and "uri" in record:
        rows.ignore("pages of likes")
    elif "uri" in record and isinstance(record.get("record"), dict):
        _view({"post": record}, rows)
    elif "uri" in record and "value" in record:
        _record(record["uri"], record["value"], None, rows)
    elif "post" in record:
        _view(record, rows)
    elif "did" in record and "handle" in record:
        _profile(record, rows)
    else:
        raise Unreadable("neither a record, an event of Jetstream nor an answer of the API that is known")


def _event(event: dict[str, object], commit: dict[str, object], rows: Rows) -> None:
    if commit.get("operation") == "delete":
        rows.ignore("deletions")
        return
    uri = f"at://{event['did']}/{commit.get('collection')}/{commit.get('rkey')}"
    seen, changed = epoch(event.get("time_us"), 1e-6), commit.get("operation") == "update"
    _record(uri, commit.get("record"), seen, rows, changed)


def _posts_in(thread: object) -> Iterator[object]:
    """Yield the posts of a thread: that which was asked for, those above it and those below; what is blocked or gone is none."""
    nodes = [thread]
    while nodes:
        node = nodes.pop()
        if isinstance(dig(node, "post"), dict):
            yield node
        nodes += [above for above in [dig(node, "parent")] if above is not None]
        nodes += listed(node, "replies")


def _view(view: object, rows: Rows) -> None:
    post = dig(view, "post")
    _record(dig(post, "uri"), dig(post, "record"), dig(post, "indexedAt"), rows)
    shared_as = [dig(post, name) for name in ("repostCount", "quoteCount")]
    numbers = [n for n in shared_as if isinstance(n, int)]
    rows.count(
        dig(post, "uri"),
        ident("bluesky", did_of(dig(post, "uri"))),
        likes=dig(post, "likeCount"),
        comments=dig(post, "replyCount"),
        shares=sum(numbers) if len(numbers) == len(shared_as) else shared_as[0],
        saves=dig(post, "bookmarkCount"),
    )
    if isinstance(author := dig(post, "author"), dict):
        _profile(author, rows)
    reason = dig(view, "reason")
    if dig(reason, "$type") == "app.bsky.feed.defs#reasonRepost" and isinstance(dig(reason, "uri"), str):
        repost = {
            "$type": REPOST,
            "subject": {"uri": dig(post, "uri")},
            "createdAt": dig(reason, "indexedAt"),
        }
        _record(dig(reason, "uri"), repost, dig(reason, "indexedAt"), rows)


def _profile(thing: object, rows: Rows) -> None:
    profile = whole(thing, "no profile: no object")
    account = ident("bluesky", profile.get("did"))
    tell_account(rows, "bluesky", account, profile.get("handle"), profile.get("createdAt"))
    handle = profile.get("handle")
    name = handle.lower() if isinstance(handle, str) and handle != "handle.invalid" else None
    # Whoever goes by a domain has shown that it is theirs ("AT Protocol specification, Handle").
    domain = name is not None and not name.endswith(".bsky.social")
    tell_profile(
        rows,
        account,
        own_address=f"bluesky:@{name}" if name else None,
        links=links_in(profile.get("description")),
        verified=[(f"https://{name}", rows.read_at)] if domain else (),
    )
    if "followersCount" in profile:
        following, posts = profile.get("followsCount"), profile.get("postsCount")
        tell_audience(rows, account, profile["followersCount"], following, posts)
    for verification in listed(profile, "verification", "verifications"):
        rows.add(
            "credentials",
            influencer_id=account,
            kind="verification",
            awarded_at=dig(verification, "createdAt"),
            verified=dig(verification, "isValid"),
        )


def _record(uri: object, value: object, seen: object, rows: Rows, changed: bool = False) -> None:
    """Add a post or repost; ``seen`` is when somebody else saw it, ``changed`` whether it replaces what was there."""
    if not isinstance(uri, str) or did_of(uri) is None or not isinstance(value, dict):
        raise Unreadable("no record: it lacks an address that starts with at://did: or a value")
    kind = dig(value, "$type") or (uri.split("/")[-2] if uri.count("/") >= 4 else None)
    if kind == PROFILE:
        tell_profile(rows, ident("bluesky", did_of(uri)), links=links_in(value.get("description")))
        return
    if kind not in (POST, REPOST):
        rows.ignore(f"{kind} records")
        return
    author, at = ident("bluesky", did_of(uri)), value.get("createdAt")
    seen = seen or key_time(uri.rpartition("/")[2])
    claimed, real = moment(at), moment(seen)
    if claimed and real and claimed > real:
        at = seen
    known = None
    if changed or (claimed and real and real > claimed + _SLACK):
        known = seen
    shared = dig(value, "subject", "uri") if kind == REPOST else _quoted(value.get("embed"))
    features = [part for facet in listed(value, "facets") for part in listed(facet, "features")]
    out = [dig(part, "uri") for part in features if dig(part, "$type") == f"{_FACET}#link"]
    out += [dig(value, "embed", "external", "uri"), dig(value, "embed", "media", "external", "uri")]
    answered = dig(value, "reply", "parent", "uri")
    rows.post(
        uri,
        author,
        at,
        value.get("text"),
        language=next(iter(listed(value, "langs")), None),
        reply_to_id=answered,
        shares_id=shared,
        links=addresses([link for link in out if isinstance(link, str)]) if kind == POST else None,
        known_at=known,
    )
    named = [dig(part, "did") for part in features if dig(part, "$type") == f"{_FACET}#mention"]
    refers = [
        ("comment", did_of(answered)),
        ("reshare", did_of(shared)),
        *(("mention", one) for one in named),
    ]
    rows.refer(author, [(kind, ident("bluesky", who)) for kind, who in refers], at, uri, known)


_SLACK = timedelta(minutes=5)
"""Clocks differ, and a record is seen a moment after it was written; what lies further back is a claim about the past."""


def _quoted(embed: object) -> object:
    """Return the address of the post that an embed shows, alone or beside a picture."""
    kind = dig(embed, "$type")
    if kind == "app.bsky.embed.record":
        return dig(embed, "record", "uri")
    if kind == "app.bsky.embed.recordWithMedia":
        return dig(embed, "record", "record", "uri")
    return None


BLUESKY = Source(
    name="bluesky",
    title="Bluesky (AT Protocol)",
    written_from="Lexicons app.bsky.* of atproto 0.0.73; AT Protocol specifications of repositories (v3), record keys and Jetstream",
    get=(
        "A repository: GET com.atproto.sync.getRepo?did=… saved as NAME.car. The stream: Jetstream's lines, one event a line, .zst as "
        "well. The API, a file an answer or a line an answer: app.bsky.actor.getProfiles for followers and when accounts were made, "
        "app.bsky.feed.getAuthorFeed, app.bsky.feed.getPosts, app.bsky.feed.getPostThread, com.atproto.repo.listRecords."
    ),
    fills={
        "influencers": influencers("bluesky", "did, as bluesky:DID", "handle", "profile createdAt"),
        "posts": {
            "post_id": "the record's address, at://DID/COLLECTION/KEY",
            "author_id": "the DID in the address",
            "created_at": "createdAt, but not after it was seen",
            "text": "text",
            "language": "langs, the first",
            "reply_to_id": "reply.parent.uri",
            "shares_id": "subject.uri of a repost; embed.record.uri of a quote",
            "links": "facets, link; embed.external.uri",
            "known_at": "time_us, indexedAt or the record key, where that is over five minutes after createdAt; of an update always",
        },
        "audience": audience(
            "did", followers="followersCount", following="followsCount", posts_count="postsCount"
        ),
        "post_metrics": post_metrics(
            "the record's address",
            likes="likeCount of a view",
            comments="replyCount",
            shares="repostCount and quoteCount",
            saves="bookmarkCount",
        ),
        "mentions": {
            "referrer_id": "the DID in the address",
            "influencer_id": "the DID answered, shared, or named in facets",
            "kind": "comment, reshare, mention",
            **as_of("the post"),
        },
        "credentials": {
            "influencer_id": "did",
            "kind": "verification, one for each of verification.verifications",
            "awarded_at": "createdAt",
            "verified": "isValid",
        },
        "profiles": profiles(
            "did",
            "handle, as bluesky:@NAME; a handle that is a domain; addresses in the description",
            "own, verified, link",
        ),
    },
    left=(
        "likes and follows: events of which there are too many for what they say",
        "deletions: what was imported before stays until `suasion forget`",
        "pictures, labels, lists, starter packs",
    ),
    tried="five public repositories of developers: every record was loaded or counted, and what earlier states left in the file is set aside",
    take=take,
    reader=records,
    suffixes=(".car", ".json", ".jsonl", ".ndjson"),
    tables=WITH_PROFILES,
)
