"""Mastodon: statuses and accounts as the API answers them, and the archive of an account (ActivityPub).

A status goes by its ``uri``, which is the same on every server; the ``id`` is the asked server's own, and only answers refer
to it. Only what is public or unlisted is read: what was said to followers or to somebody alone is not for this.
"""

from __future__ import annotations

from .reading.fills import as_of, audience, influencers, post_metrics, profiles
from .reading.markup import host, read_html
from .reading.profile import WITH_PROFILES, tell_audience, tell_profile
from .reading.rows import Rows, Unreadable, dig, ident, later, listed, whole
from .reading.source import Source

PUBLIC = ("https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public")


def account_of(address: object, name: object = None) -> str | None:
    """Return the account an actor's address names: ``mastodon:name@host``; None where it shows no name.

    >>> account_of("https://mastodon.social/@Gargron"), account_of("https://mastodon.social/users/Gargron")
    ('mastodon:gargron@mastodon.social', 'mastodon:gargron@mastodon.social')
    >>> account_of("https://mastodon.social/ap/users/1", "Gargron"), account_of("https://mastodon.social/ap/users/1")
    ('mastodon:gargron@mastodon.social', None)
    """
    server = host(address)
    if server is None or not isinstance(address, str):
        return None
    parts = address.rstrip("/").split("/")
    if isinstance(name, str) and name:
        user = name
    elif parts[-1].startswith("@"):
        user = parts[-1][1:]
    elif len(parts) > 3 and parts[-2] == "users" and not parts[-1].isdigit():
        user = parts[-1]
    else:
        return None
    return f"mastodon:{user.partition('@')[0].lower()}@{server}"


def take(record: object, rows: Rows) -> None:
    """Make rows of a status, an account, a context, or a part of an archive."""
    record = whole(record, "no object: neither a status, an account nor a part of an archive")
    if record.get("type") in ("OrderedCollection", "OrderedCollectionPage"):
        if "orderedItems" not in record:
            rows.ignore("collections that are pages elsewhere")
        rows.each(listed(record, "orderedItems"), _activity)
    elif record.get("type") in ("Create", "Announce"):
        _activity(record, rows)
    elif record.get("type") in ("Person", "Service", "Application", "Group", "Organization"):
        _actor(record, rows)
    elif "ancestors" in record and "descendants" in record:
        rows.each([*listed(record, "ancestors"), *listed(record, "descendants")], _status)
    elif isinstance(statuses := record.get("statuses"), list):
        rows.each(statuses, _status)
        rows.each(listed(record, "accounts"), _account)
    elif "account" in record and "content" in record:
        _status(record, rows)
    elif "acct" in record:
        _account(record, rows)
    else:
        raise Unreadable("neither a status, an account, a context nor a part of an archive")


def _account(account: object, rows: Rows) -> None:
    name = account_of(dig(account, "url"), dig(account, "acct"))
    rows.add(
        "influencers",
        influencer_id=name,
        platform="mastodon",
        handle=name.removeprefix("mastodon:") if name else dig(account, "acct"),
        created_at=dig(account, "created_at"),
    )
    fields = [
        (read_html(_text(dig(f, "value")))[1], dig(f, "verified_at")) for f in listed(account, "fields")
    ]
    tell_profile(
        rows,
        name,
        links=[*(link for links, _ in fields for link in links), *read_html(_text(dig(account, "note")))[1]],
        verified=[(link, at) for links, at in fields if at for link in links],
    )
    if dig(account, "followers_count") is not None:
        counts = [dig(account, f"{what}_count") for what in ("followers", "following", "statuses")]
        tell_audience(rows, name, *counts)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _said(content: object, warning: object) -> tuple[object, list[str] | None]:
    """Return a text with the warning above it, and the addresses it links to."""
    text, links = read_html(content) if isinstance(content, str) else (content, None)
    if isinstance(warning, str) and isinstance(text, str):
        text = f"{warning}\n{text}".strip()
    return text, links


def _status(thing: object, rows: Rows) -> None:
    status = whole(thing, "no status: no object")
    if status.get("visibility") not in (None, "public", "unlisted"):
        rows.ignore("statuses that are not public")
        return
    by, uri, at = status.get("account"), status.get("uri"), status.get("created_at")
    author = account_of(dig(by, "url"), dig(by, "acct"))
    if by is not None:
        rows.each([by], _account)
    shared = status.get("reblog") or dig(status, "quote", "quoted_status")
    if isinstance(shared, dict):
        rows.each([shared], _status)
    if isinstance(status.get("id"), str):
        rows.alias(ident("mastodon-id", status["id"]), uri)
    known = later(status.get("edited_at"), at)
    content = status.get("content") if not status.get("reblog") else None
    text, links = _said(content, status.get("spoiler_text"))
    rows.post(
        uri,
        author,
        at,
        text,
        language=status.get("language") if content is not None else None,
        reply_to_id=ident("mastodon-id", status.get("in_reply_to_id")),
        shares_id=dig(shared, "uri"),
        links=links,
        known_at=known,
    )
    if not status.get("reblog"):
        rows.count(
            uri,
            author,
            likes=status.get("favourites_count"),
            comments=status.get("replies_count"),
            shares=status.get("reblogs_count"),
        )
    mentions = listed(status, "mentions")
    named = {
        dig(m, "id"): account_of(dig(m, "url"), dig(m, "acct")) for m in mentions if _plain(dig(m, "id"))
    }
    answers = status.get("in_reply_to_account_id")
    answered = named.pop(answers, None) if _plain(answers) else None
    if _plain(answers) and answers == dig(by, "id"):
        answered = author  # whom a status of theirs does not name
    shares = account_of(dig(shared, "account", "url"), dig(shared, "account", "acct"))
    references = [("comment", answered), ("reshare", shares), *(("mention", name) for name in named.values())]
    rows.refer(author, references, at, uri, known)


def _plain(value: object) -> bool:
    return isinstance(value, str | int)


def _actor(actor: dict[str, object], rows: Rows) -> None:
    name = account_of(actor.get("id"), actor.get("preferredUsername"))
    rows.add(
        "influencers",
        influencer_id=name,
        platform="mastodon",
        handle=name.removeprefix("mastodon:") if name else None,
        created_at=actor.get("published"),
    )
    texts = [*(dig(part, "value") for part in listed(actor, "attachment")), actor.get("summary")]
    tell_profile(rows, name, links=[link for text in texts for link in read_html(_text(text))[1]])


def _public(*audiences: object) -> bool:
    return any(
        name in PUBLIC
        for names in audiences
        for name in (names if isinstance(names, list) else [names])
        if _plain(name)
    )


def _whose(status: object) -> str | None:
    """Return the account of a status by its address; None where that shows none."""
    actor, there, _ = _text(status).partition("/statuses/")
    return account_of(actor) if there else None


def _activity(activity: object, rows: Rows) -> None:
    kind, thing = dig(activity, "type"), dig(activity, "object")
    if isinstance(activity, str) and activity.startswith("https://"):
        rows.ignore("addresses alone, as likes.json and bookmarks.json hold them")
        return
    if kind not in ("Create", "Announce"):
        if kind is None:
            raise Unreadable("no activity: it has no type")
        rows.ignore(f"{kind} activities")
        return
    if not _public(dig(activity, "to"), dig(activity, "cc")):
        rows.ignore("statuses that are not public")
        return
    author = account_of(dig(activity, "actor"))
    if kind == "Announce":
        at, post = dig(activity, "published"), dig(activity, "id")
        shared = thing if isinstance(thing, str) else dig(thing, "id")
        rows.post(post, author, at, shares_id=shared)
        rows.refer(author, [("reshare", _whose(shared))], at, post)
        return
    at, post = dig(thing, "published"), dig(thing, "id")
    known = later(dig(thing, "updated"), at)
    text, links = _said(dig(thing, "content"), dig(thing, "summary"))
    languages, answers = dig(thing, "contentMap"), dig(thing, "inReplyTo")
    answered = _whose(answers)
    rows.post(
        post,
        account_of(dig(thing, "attributedTo")) or author,
        at,
        text,
        language=next(iter(languages), None) if isinstance(languages, dict) else None,
        reply_to_id=answers,
        links=links,
        known_at=known,
    )
    named = [account_of(dig(tag, "href")) for tag in listed(thing, "tag") if dig(tag, "type") == "Mention"]
    references = [("comment", answered), *(("mention", name) for name in named if name != answered)]
    rows.refer(author, references, at, post, known)


MASTODON = Source(
    name="mastodon",
    title="Mastodon",
    written_from="Mastodon API entities (Status, Account) of 4.5 as in Mastodon.py 2.3; ActivityStreams 2.0 and the archive of Mastodon 4.x",
    get=(
        "Save what a server answers, a file an answer or a line an answer: GET /api/v1/accounts/:id/statuses, "
        "/api/v1/statuses/:id/context, /api/v1/accounts/lookup. Or the archive from Preferences, Import and export: the .zip or .tar.gz as it is."
    ),
    fills={
        "influencers": influencers(
            "mastodon",
            "account, as mastodon:NAME@HOST",
            "NAME@HOST",
            "created_at; in an archive the actor's published",
        ),
        "posts": {
            "post_id": "uri; in an archive the object's id",
            "author_id": "account.url and acct; in an archive the actor",
            "created_at": "created_at; published",
            "text": "spoiler_text or summary, and content without HTML; of a boost nothing",
            "language": "language; contentMap",
            "reply_to_id": "in_reply_to_id, as the uri where that status is in the export too; inReplyTo",
            "shares_id": "reblog.uri, quote.quoted_status.uri; the object announced",
            "links": "links in content other than mentions and hashtags",
            "known_at": "edited_at; updated",
        },
        "audience": audience(
            "account", followers="followers_count", following="following_count", posts_count="statuses_count"
        ),
        "post_metrics": post_metrics(
            "uri",
            observed_at="when the export was read, of what the asked server has heard",
            likes="favourites_count",
            comments="replies_count",
            shares="reblogs_count",
        ),
        "mentions": {
            "referrer_id": "the account that writes",
            "influencer_id": "who is answered (in_reply_to_account_id, inReplyTo), boosted, or mentioned",
            "kind": "comment, reshare, mention",
            **as_of("the status"),
        },
        "profiles": profiles(
            "account",
            "addresses in fields and note; in an archive in attachment and summary",
            "verified where fields.verified_at, link",
            "fields.verified_at, or when the export was read",
        ),
    },
    left=(
        "statuses to followers only, and direct ones: never read",
        "likes.json and bookmarks.json of an archive, media",
    ),
    tried="three public archives with 3,278 activities: all but the 135 that are not public were loaded",
    take=take,
    tables=WITH_PROFILES,
)
