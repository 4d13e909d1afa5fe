"""What the services with accounts of one shape would answer: ``anna`` is there with so many posts, nobody else is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .fetching import Call, Reply

AT = "2026-05-01T10:00:00Z"
CHANNEL = "UC" + "a" * 22


def mastodon(posts: int) -> Callable[[Call], Reply]:
    """Mastodon's /api/v1/accounts: lookup, and statuses below ``max_id``, the newest first."""
    who = {"id": "7", "acct": "anna", "url": "https://chaos.social/@anna", "created_at": AT}
    who |= {"followers_count": 900, "following_count": 3, "statuses_count": posts, "note": "", "fields": []}

    def status(number: int) -> dict[str, Any]:
        uri = f"https://chaos.social/users/anna/statuses/{number}"
        counts = {"favourites_count": 4, "replies_count": 1, "reblogs_count": 2}
        return {"id": str(number), "uri": uri, "created_at": AT, "account": who, "content": "<p>tea</p>", "visibility": "public", **counts}  # fmt: skip

    def answer(call: Call) -> Reply:
        if call.path == "/api/v1/accounts/lookup":
            known = call.params["acct"] == "anna"
            return Reply(who) if known else Reply({"error": "Record not found"}, 404)
        assert call.path == "/api/v1/accounts/7/statuses"
        first = min(int(call.params.get("max_id", posts + 1)) - 1, posts)
        assert int(call.params["limit"]) <= 40
        return Reply([status(n) for n in range(first, max(0, first - int(call.params["limit"])), -1)])

    return answer


def youtube(posts: int) -> Callable[[Call], Reply]:
    """The Data API: channels by handle, the playlist of uploads, and videos by id, 50 at a time."""

    def answer(call: Call) -> Reply:
        if call.path == "/channels":
            if "@anna" not in (
                call.params.get("forHandle"),
                f"@{call.params.get('id')}".replace(CHANNEL, "anna"),
            ):
                return Reply({"kind": "youtube#channelListResponse", "pageInfo": {"totalResults": 0}})
            channel = {
                "kind": "youtube#channel",
                "id": CHANNEL,
                "snippet": {"title": "Anna", "customUrl": "@anna", "publishedAt": AT, "description": ""},
                "statistics": {"subscriberCount": "900", "videoCount": str(posts)},
                "contentDetails": {"relatedPlaylists": {"uploads": "UUa"}},
            }
            return Reply({"kind": "youtube#channelListResponse", "items": [channel]})
        if call.path == "/playlistItems":
            assert call.params["playlistId"] == "UUa"
            start = int(call.params.get("pageToken", 0))
            end = min(posts, start + min(50, int(call.params["maxResults"])))
            items = [
                {"kind": "youtube#playlistItem", "contentDetails": {"videoId": f"v{n}"}}
                for n in range(start, end)
            ]
            return Reply({"items": items} | ({"nextPageToken": str(end)} if end < posts else {}))
        ids = call.params["id"].split(",")
        assert call.path == "/videos"
        assert len(ids) <= 50
        counts = {"viewCount": "1000", "likeCount": "40", "commentCount": "5"}
        snippet = {"channelId": CHANNEL, "publishedAt": AT, "title": "tea", "description": ""}
        return Reply(
            {
                "items": [
                    {"kind": "youtube#video", "id": one, "snippet": snippet, "statistics": counts}
                    for one in ids
                ]
            }
        )

    return answer


def reddit(posts: int) -> Callable[[Call], Reply]:
    """Reddit's OAuth API: about, and overview as a listing."""

    def answer(call: Call) -> Reply:
        if not call.path.startswith("/user/anna/"):
            return Reply({"message": "Not Found", "error": 404}, 404)
        if call.path.endswith("/about"):
            about = {
                "name": "anna",
                "created_utc": 1.6e9,
                "subreddit": {"subscribers": 900, "public_description": ""},
            }
            return Reply({"kind": "t2", "data": about})
        start = int(call.params.get("after", "t3_0")[3:])
        end = min(posts, start + int(call.params["limit"]))
        things = [
            {"id": f"{n}", "author": "anna", "created_utc": 1.7e9 + n, "title": "tea", "selftext": "", "is_self": True, "score": 4, "num_comments": 1, "num_crossposts": 2}
            for n in range(start, end)
        ]  # fmt: skip
        data = {
            "children": [{"kind": "t3", "data": one} for one in things],
            "after": f"t3_{end}" if end < posts else None,
        }
        return Reply({"kind": "Listing", "data": data})

    return answer


def x(posts: int) -> Callable[[Call], Reply]:
    """X's API v2: a user by name or id, and the user's Posts; whom it does not know it says with 200."""

    def answer(call: Call) -> Reply:
        if call.path in ("/2/users/by/username/anna", "/2/users/12"):
            counts = {"followers_count": 900, "following_count": 3, "tweet_count": posts}
            return Reply(
                {"data": {"id": "12", "username": "anna", "created_at": AT, "public_metrics": counts}}
            )
        if call.path != "/2/users/12/tweets":
            return Reply(
                {"errors": [{"title": "Not Found Error", "detail": "Could not find user", "value": "x"}]}
            )
        assert 5 <= int(call.params["max_results"]) <= 100
        start = int(call.params.get("pagination_token", "t0")[1:])
        end = min(posts, start + int(call.params["max_results"]))
        counts = {
            "like_count": 4,
            "reply_count": 1,
            "retweet_count": 1,
            "quote_count": 1,
            "impression_count": 1000,
        }
        data = [
            {"id": str(10**18 + n), "author_id": "12", "text": "tea", "created_at": AT, "public_metrics": counts, "edit_history_tweet_ids": [str(10**18 + n)]}
            for n in range(start, end)
        ]  # fmt: skip
        meta = {"result_count": len(data)} | ({"next_token": f"t{end}"} if end < posts else {})
        return Reply({"data": data, "meta": meta} if data else {"meta": meta})

    return answer


def instagram(posts: int) -> Callable[[Call], Reply]:
    """Business discovery of the Graph API: field expansion with limit and after."""

    def answer(call: Call) -> Reply:
        assert call.path == "/17841400000000000"
        fields = call.params["fields"]
        if not fields.startswith("business_discovery.username(anna)"):
            return Reply(
                {"error": {"message": "Invalid user id", "code": 110, "error_subcode": 2207013}}, 400
            )
        user = {
            "username": "anna",
            "followers_count": 900,
            "follows_count": 3,
            "media_count": posts,
            "id": "1",
        }
        if wanted := re.search(r"media(?:\.after\((\w+)\))?\.limit\((\d+)\)", fields):
            start = int((wanted[1] or "c0")[1:])
            end = min(posts, start + int(wanted[2]))
            media = [
                {"id": str(n), "caption": "tea", "timestamp": "2026-05-01T10:00:00+0000", "permalink": "https://www.instagram.com/p/x/", "like_count": 4, "comments_count": 1}
                for n in range(start, end)
            ]  # fmt: skip
            cursors = {"before": "b"} | ({"after": f"c{end}"} if end < posts else {})
            user["media"] = {"data": media, "paging": {"cursors": cursors}}  # type: ignore[assignment]
        return Reply({"business_discovery": user, "id": "17841400000000000"})

    return answer


def tiktok(posts: int) -> Callable[[Call], Reply]:
    """TikTok's Display API: the token's own account, and its videos, 20 at a time, asked for with POST."""
    fine = {"code": "ok", "message": "", "log_id": "1"}

    def answer(call: Call) -> Reply:
        if call.path == "/v2/user/info/":
            user = {"username": "anna", "follower_count": 900, "following_count": 3, "video_count": posts}
            return Reply({"data": {"user": user}, "error": fine})
        assert call.path == "/v2/video/list/"
        assert call.body["max_count"] <= 20
        start = call.body.get("cursor", 0)
        end = min(posts, start + call.body["max_count"])
        counts = {"view_count": 1000, "like_count": 4, "comment_count": 1, "share_count": 2}
        videos = [
            {"id": str(7 * 10**18 + n), "create_time": 1_770_000_000 + n, "share_url": f"https://www.tiktok.com/@anna/video/{7 * 10**18 + n}", "title": "tea", **counts}
            for n in range(start, end)
        ]  # fmt: skip
        return Reply({"data": {"videos": videos, "cursor": end, "has_more": end < posts}, "error": fine})

    return answer


RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Anna</title><link>https://anna.example/</link>
<item><guid>https://anna.example/1</guid><title>Tea</title><pubDate>Fri, 01 May 2026 10:00:00 GMT</pubDate></item>
<item><guid>https://anna.example/2</guid><title>Cake</title><pubDate>Sat, 02 May 2026 10:00:00 GMT</pubDate></item></channel></rss>"""
