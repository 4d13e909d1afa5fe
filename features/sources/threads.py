"""Threads API: posts, replies, profiles and insights as the API answers them.

An account is known by its username, the only name that posts and replies carry.
"""

from __future__ import annotations

import re

from .instagram import AT
from .reading.fills import audience, influencers, post_metrics, profiles
from .reading.markup import links_in
from .reading.profile import WITH_PROFILES, by_name, tell_audience, tell_named, tell_profile
from .reading.rows import Rows, Unreadable, dig, ident, listed, refuse_others, whole
from .reading.source import Source

_COUNTS = {
    "views": ("views",),
    "likes": ("likes",),
    "comments": ("replies",),
    "shares": ("reposts", "quotes", "shares"),
}
"""Counts of a post by the names of its insights; several are added up, those of them that are told."""

_LINK = re.compile(r"https://www\.threads\.(?:com|net)/@([\w.]+)/post/")


def take(record: object, rows: Rows) -> None:
    """Make rows of an answer of the API, or of one thing by itself."""
    record = whole(record, "no object: neither an answer of the API nor a part of one")
    data = record.get("data")
    if not isinstance(data, list):
        _thing(record, rows)
        return
    insights = [one for one in data if dig(one, "name") is not None and dig(one, "period") is not None]
    rows.each((one for one in data if one not in insights), _thing)
    if insights:
        _insights(insights, record.get("username"), rows)


def _thing(thing: object, rows: Rows) -> None:
    thing = whole(thing, "no object: neither a post, a reply nor a profile")
    refuse_others(thing)
    if "follower_count" in thing or "threads_biography" in thing or "biography" in thing:
        _profile(thing, rows)
    elif thing.get("media_type") == "REPOST_FACADE":
        _repost(thing, rows)
    elif isinstance(thing.get("timestamp"), str):  # other programs have a number
        _post(thing, rows)
    else:
        raise Unreadable("neither a post, a reply, a profile nor insights")


def _profile(user: dict[str, object], rows: Rows) -> None:
    owner = tell_named(rows, "threads", user.get("username"))
    if owner is None:
        raise Unreadable("a profile without username: ask for it")
    if "follower_count" in user:
        tell_audience(rows, owner, user["follower_count"], verified=user.get("is_verified"))
    tell_profile(rows, owner, links=links_in(user.get("biography", user.get("threads_biography"))))


def _repost(thing: dict[str, object], rows: Rows) -> None:
    original = dig(thing, "reposted_post", "id") or thing.get("reposted_post_id")
    name = thing.get("username") or _named_in(thing.get("permalink"))
    post, by = ident("threads", thing.get("id")), by_name("threads", name)
    rows.post(post, by, thing.get("timestamp"), shares_id=ident("threads", original))


def _named_in(address: object) -> str | None:
    """Return the account that the address of a post names."""
    match = _LINK.match(address) if isinstance(address, str) else None
    return match[1] if match else None


def _post(thing: dict[str, object], rows: Rows) -> None:
    name = thing.get("username") or _named_in(thing.get("permalink"))
    post, by = ident("threads", thing.get("id")), by_name("threads", name)
    at, text, link = thing.get("timestamp"), thing.get("text"), thing.get("link_attachment_url")
    links = links_in(text)
    if isinstance(link, str) and link not in (links or []):
        links = [*(links or []), link]
    answered = ident("threads", dig(thing, "replied_to", "id"))
    quoted = ident("threads", dig(thing, "quoted_post", "id") or thing.get("quoted_post_id"))
    rows.post(post, by, at, text, links=links, reply_to_id=answered, shares_id=quoted)
    named = AT.findall(text) if isinstance(text, str) else []
    rows.refer(by, [("mention", by_name("threads", name)) for name in named], at, post)
    _count(post, by, listed(thing, "insights", "data"), rows)


def _insights(insights: list[object], username: object, rows: Rows) -> None:
    """Add the counts of a post, whose id begins the id of each insight; or the followers of whom the answer was asked for."""
    by_post: dict[str, list[object]] = {}
    for insight in insights:
        by_post.setdefault(str(dig(insight, "id")).partition("/")[0], []).append(insight)
    for thing, counts in by_post.items():
        if any(dig(count, "period") != "lifetime" for count in counts):
            _followers(counts, username, rows)
        elif not thing.isdecimal():
            raise Unreadable("insights without id: they do not say of which post they are")
        else:
            _count(ident("threads", thing), by_name("threads", username), counts, rows)


def _followers(insights: list[object], username: object, rows: Rows) -> None:
    insight = next((one for one in insights if dig(one, "name") == "followers_count"), None)
    if insight is None:
        rows.ignore("insights of an account: sums over days")
    elif (account := by_name("threads", username)) is None:
        raise Unreadable('followers_count does not say whose: add "username" beside "data"')
    else:
        tell_audience(rows, account, _value(insight))


def _count(post: object, by: object, insights: list[object], rows: Rows) -> None:
    values = {name: _value(one) for one in insights if isinstance(name := dig(one, "name"), str)}
    counts: dict[str, object] = {}
    for name, metrics in _COUNTS.items():
        known = [value for metric in metrics if isinstance(value := values.get(metric), int)]
        counts[name] = sum(known) if known else None
    rows.count(post, by, **counts)


def _value(insight: object) -> object:
    values = listed(insight, "values")
    return dig(values[-1], "value") if values else dig(insight, "total_value", "value")


THREADS = Source(
    name="threads",
    title="Threads",
    written_from=(
        "Threads API (media, replies, insights, profile lookup) as documented in 2026 and as public clients of it declare its answers"
    ),
    get=(
        "Save what the API answers, a file an answer or a line an answer: GET /me/threads?fields=id,username,timestamp,text,media_type,"
        "link_attachment_url,is_quote_post,quoted_post,reposted_post; /{post}/conversation?fields=id,username,timestamp,text,replied_to; "
        "/{post}/insights?metric=views,likes,replies,reposts,quotes,shares; /profile_lookup?username=NAME&fields=username,biography,"
        "follower_count. Of an own account's followers, /me/threads_insights?metric=followers_count does not say whose they are: add "
        '"username": "NAME" beside "data".'
    ),
    fills={
        "influencers": influencers("threads", "username of a profile", "username"),
        "posts": {
            "post_id": "id of the post or reply, as threads:ID",
            "author_id": "username, or the name in permalink, as threads:NAME",
            "created_at": "timestamp",
            "text": "text; of a repost nothing",
            "reply_to_id": "replied_to",
            "shares_id": "quoted_post; of a repost reposted_post",
            "links": "addresses in the text, and link_attachment_url",
        },
        "audience": audience(
            "username", followers="follower_count, or the insight followers_count", verified="is_verified"
        ),
        "post_metrics": post_metrics(
            "id of the post, or what the ids of its insights begin with",
            views="insights, views",
            likes="insights, likes",
            comments="insights, replies",
            shares="insights, reposts, quotes and shares together",
        ),
        "mentions": {
            "referrer_id": "username of who writes",
            "influencer_id": "who is named with @; who is answered or reshared, where that post is there",
            "kind": "comment, reshare, mention",
            "created_at": "timestamp",
            "post_id": "id of the post or reply",
        },
        "profiles": profiles("username", "addresses in biography"),
    },
    left=(
        "when an account was made: the API does not tell",
        "when a text was edited: it counts as first written unless an earlier export says otherwise",
        "likes_count, views_count … of a profile: sums over seven days; insights of an account other than followers",
        "polls, pictures, topic_tag",
    ),
    tried=(
        "answers of two accounts in notes of other programs: a profile and three posts were loaded, two of them nobody's until "
        "their address was read, and insights whose id somebody had cut off are set aside"
    ),
    take=take,
    tables=WITH_PROFILES,
)
