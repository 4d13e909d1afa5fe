"""Instagram Graph API: media, comments, users and business discovery as the API answers them.

An account is known by its username, the only name it has everywhere: comments and mentions carry no id. Usernames can
change; an account that was renamed is two until somebody says they are one.
"""

from __future__ import annotations

import re

from .reading.fills import audience, influencers, post_metrics, profiles
from .reading.formats import format_named
from .reading.markup import links_in
from .reading.profile import WITH_PROFILES, by_name, tell_audience, tell_named, tell_profile
from .reading.rows import Rows, Unreadable, dig, ident, listed, refuse_others, whole
from .reading.source import Source

AT = re.compile(r"(?<![\w@.])@([A-Za-z0-9_](?:[A-Za-z0-9_.]{0,28}[A-Za-z0-9_])?)")
"""Instagram's usernames: up to 30 letters, digits, underscores and dots, no dot at the end."""

_INSIGHTS = {name: name for name in ("views", "reach", "impressions", "shares", "follows")} | {
    "saves": "saved"
}
"""Counts of a medium by the names of its insights, which only whoever owns it sees."""


def take(record: object, rows: Rows) -> None:
    """Make rows of an answer of the API: a user, a medium, a comment, or a page of them."""
    _thing(record, None, None, rows)


def _thing(thing: object, owner: object, medium: object, rows: Rows) -> None:
    thing = whole(thing, "no object: neither a user, a medium, a comment nor a page of them")
    refuse_others(thing)
    if isinstance(user := thing.get("business_discovery"), dict):
        _user(user, rows)
    elif isinstance(mentioned := thing.get("mentioned_media") or thing.get("mentioned_comment"), dict):
        _thing(mentioned, None, None, rows)
    elif _several(thing):
        rows.each(list(thing.values()), lambda item, rows: _thing(item, owner, medium, rows))
    elif isinstance(page := thing.get("data"), list):
        rows.each(page, lambda item, rows: _thing(item, owner, medium, rows))
    elif "name" in thing and "period" in thing:
        rows.ignore("insights: totals and daily changes, from which no size of an audience follows")
    elif "followers_count" in thing or (
        "username" in thing
        and {"media", "media_count", "account_type"} & set(thing)
        and "timestamp" not in thing
    ):
        _user(thing, rows)
    elif "caption" in thing or "media_type" in thing or "permalink" in thing:
        _medium(thing, owner, rows)
    elif "text" in thing:
        _comment(thing, medium, owner, rows)
    elif any(dig(medium, "uri") for medium in listed(thing, "media")):
        raise Unreadable(
            "a post of a download of one's own data, which names neither its account nor its address: see --help for what the API answers"
        )
    else:
        raise Unreadable("neither a user, a medium, a comment nor a page of them")


def _several(thing: dict[str, object]) -> bool:
    """Whether an answer holds several things, each below its id: asked for by ``ids=``."""
    return bool(thing) and all(dig(item, "id") == number for number, item in thing.items())


def _user(user: dict[str, object], rows: Rows) -> None:
    name = user.get("username")
    owner = tell_named(rows, "instagram", name)
    if "followers_count" in user:
        tell_audience(
            rows, owner, user["followers_count"], user.get("follows_count"), user.get("media_count")
        )
    tell_profile(rows, owner, links=[user.get("website"), *(links_in(user.get("biography")) or ())])
    rows.each(listed(user, "media", "data"), lambda medium, rows: _medium(medium, name, rows))


def _medium(thing: object, owner: object, rows: Rows) -> None:
    medium = whole(thing, "no medium: no object")
    owner = medium.get("username") or owner
    account = tell_named(rows, "instagram", owner)
    kind = " ".join(str(medium.get(name) or "") for name in ("media_product_type", "media_type"))
    _say(medium, medium.get("caption"), owner, None, None, rows, format=format_named(kind))
    insights = {str(dig(one, "name")): _latest(one) for one in listed(medium, "insights", "data")}
    rows.count(
        ident("instagram", medium.get("id")),
        account,
        likes=medium.get("like_count"),
        comments=medium.get("comments_count"),
        **{name: insights.get(metric) for name, metric in _INSIGHTS.items()}
        | (
            {"views": medium["view_count"]}
            if "view_count" in medium and insights.get("views") is None
            else {}
        ),
    )
    comments = listed(medium, "comments", "data")
    rows.each(comments, lambda comment, rows: _comment(comment, medium.get("id"), owner, rows))


def _latest(insight: object) -> object:
    values = listed(insight, "values")
    return dig(values[-1], "value") if values else None


def _comment(thing: object, answers: object, answered: object, rows: Rows) -> None:
    comment = whole(thing, "no comment: no object")
    author = dig(comment, "from", "username") or comment.get("username")
    on, whose = answers or dig(comment, "media", "id"), answered or dig(comment, "media", "owner", "username")
    if comment.get("parent_id") not in (None, on):
        on, whose = comment["parent_id"], None  # another comment, which does not stand here
    _say(comment, comment.get("text"), author, on, whose, rows)
    replies = listed(comment, "replies", "data")
    rows.each(replies, lambda reply, rows: _comment(reply, comment.get("id"), author, rows))


def _say(
    thing: dict[str, object], text: object, by: object, answers: object, answered: object, rows: Rows, **more: object,
) -> None:  # fmt: skip
    author, post = by_name("instagram", by), ident("instagram", thing.get("id"))
    at = thing.get("timestamp")
    rows.post(post, author, at, text, reply_to_id=ident("instagram", answers), **more)
    called = AT.findall(text) if isinstance(text, str) else []
    refers = [("comment", answered), *(("mention", name) for name in called)]
    rows.refer(author, [(kind, by_name("instagram", who)) for kind, who in refers], at, post)


INSTAGRAM = Source(
    name="instagram",
    title="Instagram Graph API",
    written_from="Instagram Platform reference (IG User, IG Media, IG Comment, Business Discovery), Graph API v26.0 (facebook-business 26.0)",
    get=(
        "Save what the API answers, a file an answer or a line an answer. Own account: GET /{user}?fields=username,website,biography,followers_count,"
        "follows_count,media_count,media{id,caption,timestamp,username,permalink,like_count,comments_count,"
        "insights.metric(views,reach,saved,shares,follows),comments{id,text,timestamp,username,from,replies{…}}}. Others: "
        "GET /{you}?fields=business_discovery.username(NAME){username,website,biography,followers_count,follows_count,media_count,"
        "media{id,caption,timestamp,permalink,like_count,comments_count,view_count}}."
    ),
    fills={
        "influencers": influencers("instagram", "username of a user, or of who has a medium", "username"),
        "posts": {
            "post_id": "id of the medium or comment, as instagram:ID",
            "author_id": "username, as instagram:NAME; of a comment from.username or username",
            "created_at": "timestamp",
            "text": "caption; of a comment text",
            "reply_to_id": "the medium commented on; of a reply parent_id or the comment above it",
            "links": "addresses in the text",
            "format": "media_product_type and media_type",
        },
        "audience": audience(
            "username", followers="followers_count", following="follows_count", posts_count="media_count"
        ),
        "post_metrics": post_metrics(
            "id of the medium",
            likes="like_count",
            comments="comments_count",
            views="insights, views; of others view_count, which reels have",
            reach="insights, reach",
            impressions="insights, impressions, which only older media have",
            shares="insights, shares",
            saves="insights, saved",
            follows="insights, follows",
        ),
        "mentions": {
            "referrer_id": "username of who writes",
            "influencer_id": "username of who is answered, or named with @",
            "kind": "comment, mention",
            "created_at": "timestamp",
            "post_id": "id of the medium or comment",
        },
        "profiles": profiles("username", "website; addresses in biography"),
    },
    left=(
        "when an account was made: the API does not tell",
        "when a caption was edited: the API does not tell; it counts as first written unless an earlier export says otherwise",
        "insights of an account: totals and daily changes; likes of comments",
        "stories, which are gone after a day; tags in pictures",
    ),
    tried=(
        "41 answers with accounts, media, stories or comments in python-facebook's tests: 25 came in whole at first, 8 after "
        "answers of several ids, of mentions and of an account alone were mended, and the media of 8 name no time and are set "
        "aside"
    ),
    take=take,
    tables=WITH_PROFILES,
)
