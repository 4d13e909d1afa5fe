"""X: the API v2, with a bearer token."""

from __future__ import annotations

from math import ceil

from suasion.features.sources.fetch.keys import Key
from suasion.features.sources.fetch.service import Request, Service, Verdict, Visit
from suasion.features.sources.reading.rows import dig
from suasion.features.sources.x import X as SOURCE

_PAGE, _LEAST = 100, 5
_USER = {"user.fields": "created_at,public_metrics,entities,url"}
_POSTS = {
    "tweet.fields": (
        "author_id,created_at,public_metrics,entities,in_reply_to_user_id,lang,note_tweet,referenced_tweets,edit_history_tweet_ids"
    ),
    "expansions": "author_id,referenced_tweets.id,referenced_tweets.id.author_id",
}


def _walk(visit: Visit) -> None:
    path = f"/2/users/{visit.name}" if visit.name.isdigit() else f"/2/users/by/username/{visit.name}"
    user = visit.ask(Request("user", path, _USER), whose=_whose)
    left, token = visit.posts, None
    while left > 0:
        params = {"max_results": str(max(_LEAST, min(left, _PAGE)))} | _POSTS | _USER
        params |= {"pagination_token": token} if token else {}
        page = visit.ask(Request("posts", f"/2/users/{dig(user, 'data', 'id')}/tweets", params))
        count = dig(page, "meta", "result_count")
        before, token = token, dig(page, "meta", "next_token")
        if not isinstance(count, int) or count < 1 or not isinstance(token, str) or token == before:
            return
        left -= count


def _whose(answer: object) -> str | None:
    number = dig(answer, "data", "id")
    return f"x:{number}" if isinstance(number, str) and number.isdigit() else None


def _verdict(status: int, answer: object) -> Verdict | None:
    if status == 402 or (status in (403, 429) and "UsageCapExceeded" in str(dig(answer, "title"))):
        return "spent"
    return "denied" if status == 403 else None


X = Service(
    name="x",
    source=SOURCE,
    base="https://api.x.com",
    walk=_walk,
    requests=lambda posts: 1 + ceil(posts / _PAGE),
    quota="300 users in 15 minutes for each application, or fewer by your plan, which bills each Post that is read",
    terms="https://developer.x.com/en/developer-terms/agreement-and-policy",
    pace=0.5,
    key=Key("SUASION_X_TOKEN", "the bearer token of an application of yours (developer.x.com)"),
    verdict=_verdict,
)
