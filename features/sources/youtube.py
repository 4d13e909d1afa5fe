"""YouTube Data API v3: channels, videos and comment threads as the API answers them.

A comment's ``updatedAt`` later than its ``publishedAt`` is an edit: the text is known since then. Of titles and descriptions
the API does not tell when they changed.
"""

from __future__ import annotations

from .reading.fills import audience, influencers, post_metrics, profiles
from .reading.markup import links_in, read_html
from .reading.profile import WITH_PROFILES, tell_audience, tell_profile
from .reading.rows import Rows, Unreadable, dig, ident, joined, later, listed, whole
from .reading.source import Source


def take(record: object, rows: Rows) -> None:
    """Make rows of an answer of the API, or of one resource by itself."""
    record = whole(record, "no object: neither an answer of the API nor a resource")
    if isinstance(items := record.get("items"), list):
        rows.each(items, _resource)
    else:
        _resource(record, rows)


def _resource(thing: object, rows: Rows) -> None:
    kind = dig(thing, "kind")
    if not isinstance(thing, dict) or not isinstance(kind, str) or not kind.startswith("youtube#"):
        raise Unreadable(
            "no resource of YouTube: kind is none of youtube#channel, youtube#video, youtube#commentThread, …"
        )
    match kind:
        case "youtube#channel":
            _channel(thing, rows)
        case "youtube#video":
            _video(thing, rows)
        case "youtube#commentThread":
            _thread(thing, rows)
        case "youtube#comment":
            _comment(thing, dig(thing, "snippet", "parentId") or dig(thing, "snippet", "videoId"), None, rows)
        case _:
            rows.ignore(kind)


def _channel(channel: dict[str, object], rows: Rows) -> None:
    account, snippet = ident("youtube", channel.get("id")), channel.get("snippet")
    counts = channel.get("statistics")
    if snippet is not None:
        rows.add(
            "influencers",
            influencer_id=account,
            platform="youtube",
            handle=dig(snippet, "customUrl") or dig(snippet, "title"),
            created_at=dig(snippet, "publishedAt"),
        )
        name = dig(snippet, "customUrl")
        address = f"youtube:{name.lower()}" if isinstance(name, str) and name.startswith("@") else None
        tell_profile(rows, account, own_address=address, links=links_in(dig(snippet, "description")))
    if dig(counts, "hiddenSubscriberCount") is True:
        rows.ignore("channels that hide how many subscribe")
    elif counts is not None:
        tell_audience(rows, account, dig(counts, "subscriberCount"), posts=dig(counts, "videoCount"))


def _video(video: dict[str, object], rows: Rows) -> None:
    snippet = video.get("snippet")
    post, channel = ident("youtube", video.get("id")), ident("youtube", dig(snippet, "channelId"))
    if snippet is not None:  # part=statistics alone asks for counts of videos that are known
        text = joined(dig(snippet, "title"), dig(snippet, "description"))
        language = dig(snippet, "defaultLanguage") or dig(snippet, "defaultAudioLanguage")
        rows.post(
            post,
            channel,
            dig(snippet, "publishedAt"),
            text,
            language=language,
            links=links_in(text or ""),
            format="video",
        )
    rows.count(
        post,
        channel,
        views=dig(video, "statistics", "viewCount"),
        likes=dig(video, "statistics", "likeCount"),
        comments=dig(video, "statistics", "commentCount"),
    )


def _thread(thread: dict[str, object], rows: Rows) -> None:
    snippet, top = thread.get("snippet"), dig(thread, "snippet", "topLevelComment")
    _comment(top, dig(snippet, "videoId") or dig(top, "snippet", "videoId"), dig(snippet, "channelId"), rows)
    asker = dig(top, "snippet", "authorChannelId", "value")
    rows.each(
        listed(thread, "replies", "comments"),
        lambda reply, rows: _comment(reply, dig(reply, "snippet", "parentId") or dig(top, "id"), asker, rows),
    )


def _comment(comment: object, answers: object, answered: object, rows: Rows) -> None:
    """Add a comment on a video or in answer to another; ``answered`` is whose that is, where the thread tells."""
    snippet = dig(comment, "snippet")
    author = ident("youtube", dig(snippet, "authorChannelId", "value"))
    at, post = dig(snippet, "publishedAt"), ident("youtube", dig(comment, "id"))
    known = later(dig(snippet, "updatedAt"), at)
    text, html = dig(snippet, "textOriginal"), dig(snippet, "textDisplay")
    if text is None and isinstance(html, str):
        text = read_html(html)[0]  # HTML, unless textFormat=plainText was asked for
    rows.post(post, author, at, text, reply_to_id=ident("youtube", answers), known_at=known)
    rows.refer(author, [("comment", ident("youtube", answered))], at, post, known)


YOUTUBE = Source(
    name="youtube",
    title="YouTube Data API v3",
    written_from="Google's discovery document youtube v3, revision 20261104 (google-api-python-client 2.202)",
    get=(
        "Save what the API answers, a file an answer or a line an answer: channels.list?part=snippet,statistics, "
        "videos.list?part=snippet,statistics, commentThreads.list?part=snippet,replies&textFormat=plainText, and comments.list for threads "
        "with more replies than the answer holds."
    ),
    fills={
        "influencers": influencers(
            "youtube", "channel id, as youtube:ID", "snippet.customUrl, or title", "snippet.publishedAt"
        ),
        "posts": {
            "post_id": "id of the video or comment, as youtube:ID",
            "author_id": "snippet.channelId; of a comment authorChannelId.value",
            "created_at": "snippet.publishedAt",
            "text": "title and description; of a comment textOriginal or textDisplay",
            "language": "defaultLanguage or defaultAudioLanguage",
            "reply_to_id": "videoId; of a reply parentId",
            "links": "addresses in the text",
            "format": "video, of a short too, for the API does not tell them apart; of a comment nothing",
            "known_at": "of a comment updatedAt, where it is later than publishedAt",
        },
        "audience": audience(
            "channel id",
            followers="statistics.subscriberCount, which YouTube rounds to three digits; not where it is hidden",
            posts_count="statistics.videoCount",
        ),
        "post_metrics": post_metrics(
            "id of the video",
            views="statistics.viewCount",
            likes="statistics.likeCount",
            comments="statistics.commentCount",
        ),
        "mentions": {
            "referrer_id": "authorChannelId.value",
            "influencer_id": "the channel commented on; of a reply the author of the comment above it",
            "kind": "comment",
            "created_at": "snippet.publishedAt",
            "post_id": "id of the comment",
            "known_at": "as of the comment",
        },
        "profiles": profiles(
            "channel id", "snippet.customUrl, as youtube:@NAME; addresses in snippet.description", "own, link"
        ),
    },
    left=(
        "likes of comments",
        "edits of titles and descriptions: the API does not tell when; they count as first written unless an earlier export says otherwise",
        "@handles in texts: the API does not tell whose they are",
        "captions, playlists, memberships",
    ),
    tried=(
        "36 answers in python-youtube's tests and two in notes of other programs: 22 of the 23 with channels, videos or comments "
        "came in whole at first, the last after counts that were asked for alone were mended, and what search and playlists "
        "answer is counted"
    ),
    take=take,
    tables=WITH_PROFILES,
)
