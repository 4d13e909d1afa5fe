"""Reddit: listings as the API answers them, the dumps of submissions and comments that people use (NDJSON, often .zst), and a person's own data in CSV.

An account goes by its name: many dumps have no other id. ``created_utc`` is a number, or text that holds one; ``edited``
is false, the time of the last edit, or, in old dumps, true.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from .reading.fills import audience, influencers, post_metrics, profiles
from .reading.markup import addresses, links_in
from .reading.profile import WITH_PROFILES, by_name, tell_account, tell_audience, tell_profile
from .reading.records import Broken, Document, Record, records
from .reading.rows import Rows, Unreadable, dig, epoch, ident, joined, listed, moment, whole
from .reading.source import Source

_GONE = ("[deleted]", "[removed]", "[ Removed by Reddit ]")
_ON = re.compile(r"/comments/(\w+)")
"""The submission in the address of one, or of a comment on it."""
_LINE = "a line of a person's own data"
_NAMED = re.compile(r"(?<![\w/])/?u/([A-Za-z0-9_-]{3,20})(?![\w-])")


def _account(name: object) -> object:
    return None if name in _GONE else by_name("reddit", name)


def _records(document: Document) -> Iterator[Record | Broken]:
    """Yield the values of JSON, or the rows of a CSV file by themselves."""
    for item in records(document):
        if isinstance(item, Record) and document.name.lower().endswith((".csv", ".csv.gz", ".csv.zst")):
            item = Record(item.file, item.line, {_LINE: item.value})
        yield item


def take(record: object, rows: Rows) -> None:
    """Make rows of a listing, of a page of comments (two listings), of a thing by itself or in a dump, or of a line of a person's own data."""
    if isinstance(record, list):
        rows.each(record, take)
        return
    if not isinstance(record, dict):
        raise Unreadable("no object: neither a listing, a submission, a comment nor an account")
    if isinstance(line := record.get(_LINE), dict):
        _line(line, rows)
        return
    retrieved = epoch(record.get("retrieved_on"))
    if isinstance(retrieved, str) and moment(retrieved):
        rows.read_at = retrieved
    if isinstance(dig(record, "json", "data", "things"), list):
        rows.each(listed(record, "json", "data", "things"), take)  # what /api/morechildren answers
    elif record.get("kind") == "Listing":
        rows.each(listed(record, "data", "children"), take)
    elif record.get("kind") == "more":
        rows.ignore("comments that a listing only counts (more)")
    elif record.get("kind") in ("t1", "t2", "t3"):
        _thing(record["kind"], record.get("data"), rows)
    elif isinstance(record.get("kind"), str) and "data" in record:
        rows.ignore(f"things of kind {record['kind']}")
    elif "body" in record:
        _thing("t1", record, rows)
    elif "title" in record or "selftext" in record:
        _thing("t3", record, rows)
    else:
        raise Unreadable("neither a listing, a submission, a comment nor an account")


def _line(line: dict[str, str], rows: Rows) -> None:
    """Add a submission or comment of who asked Reddit for their own data; the file does not say who that is."""
    if not {"id", "permalink", "date", "subreddit"} <= line.keys():
        rows.ignore("lines of a person's own data that are neither posts nor comments")
        return
    if rows.account is None:
        raise Unreadable("whose posts and comments these are the file does not say: --account NAME does")
    tell_account(rows, "reddit", rows.account, rows.account.removeprefix("reddit:"))
    submission, at = line.get("title"), line["date"].replace(" UTC", "+00:00")
    text, url = _words(submission, line.get("body")), line.get("url", "")
    post = ident("reddit", f"{'t3' if submission else 't1'}_{line['id']}")
    if submission:
        outside = [url] if url.startswith("http") and "/comments/" not in url else []
        rows.post(post, rows.account, at, text, links=addresses([*outside, *(links_in(text) or ())]))
    else:
        parent, on = line.get("parent", "").removeprefix("t1_"), _ON.search(line.get("link", ""))
        answers = parent if parent.startswith("t3_") else f"t1_{parent}" if parent else on and f"t3_{on[1]}"
        rows.post(post, rows.account, at, text, reply_to_id=ident("reddit", answers))
    rows.refer(rows.account, _named(text), at, post)


def _thing(kind: str, thing: object, rows: Rows) -> None:
    thing = whole(thing, f"a thing of kind {kind} without data")
    if kind == "t2":
        _redditor(thing, rows)
    elif kind == "t1":
        _comment(thing, rows)
    else:
        _submission(thing, rows)


def _redditor(person: dict[str, object], rows: Rows) -> None:
    account = _account(person.get("name"))
    rows.add(
        "influencers",
        influencer_id=account,
        platform="reddit",
        handle=person.get("name"),
        created_at=epoch(person.get("created_utc")),
    )
    about = dig(person, "subreddit", "public_description")
    tell_profile(rows, account, links=links_in(html.unescape(about) if isinstance(about, str) else None))
    followers = dig(person, "subreddit", "subscribers")
    if followers is not None:
        tell_audience(rows, account, followers)


def _words(*parts: object) -> str | None:
    """Return what was said: escaped by the API, and not what stands in its place where it was taken down."""
    return joined(*(html.unescape(part) for part in parts if isinstance(part, str) and part not in _GONE))


def _post(kind: str, thing: dict[str, object]) -> tuple[object, object, object]:
    """Return the id of a post, who wrote it, and when."""
    number = thing.get("id")
    post = ident("reddit", f"{kind}_{number}" if isinstance(number, str) else number)
    return post, _account(thing.get("author")), epoch(thing.get("created_utc"))


def _edited(thing: dict[str, object], rows: Rows) -> object:
    edited = thing.get("edited")
    if edited is True:  # old dumps tell that, not when: the text is known since they were made
        return rows.read_at
    return epoch(edited) if edited not in (None, False, "false", 0) else None


def _submission(thing: dict[str, object], rows: Rows) -> None:
    post, author, at = _post("t3", thing)
    known, text = _edited(thing, rows), _words(thing.get("title"), thing.get("selftext"))
    url = thing.get("url")
    out = [url] if thing.get("is_self") is False and isinstance(url, str) else []
    parents = listed(thing, "crosspost_parent_list")
    shared = thing.get("crosspost_parent")
    if shared is not None:
        out = []  # the address is that of the post it shares
    rows.each(parents, lambda parent, rows: _thing("t3", parent, rows))
    links = addresses([*out, *(links_in(text) or ())])
    rows.post(post, author, at, text, links=links, shares_id=ident("reddit", shared), known_at=known)
    score = thing.get("score")
    rows.count(
        post,
        author,
        likes=max(score, 0) if isinstance(score, int) else score,
        comments=thing.get("num_comments"),
        shares=thing.get("num_crossposts"),
    )
    whose = _account(dig(parents[0], "author")) if parents else None
    rows.refer(author, [("reshare", whose), *_named(text)], at, post, known)


def _comment(thing: dict[str, object], rows: Rows) -> None:
    post, author, at = _post("t1", thing)
    known, text, answers = _edited(thing, rows), _words(thing.get("body")), thing.get("parent_id")
    rows.post(post, author, at, text, reply_to_id=ident("reddit", answers), known_at=known)
    # A listing of somebody's comments tells who wrote the submission; otherwise the answered post has to be there.
    on_it = answers is not None and answers == thing.get("link_id")
    answered = _account(thing.get("link_author")) if on_it else None
    rows.refer(author, [("comment", answered), *_named(text)], at, post, known)
    if isinstance(thing.get("replies"), dict):
        rows.each([thing["replies"]], take)


def _named(text: str | None) -> list[tuple[str, object]]:
    return [("mention", _account(name)) for name in _NAMED.findall(text or "")]


REDDIT = Source(
    name="reddit",
    title="Reddit",
    written_from="Reddit API (things t1, t2, t3 and listings) as in PRAW 8.0; the monthly dumps' fields (RS_, RC_)",
    get=(
        "Save what the API answers, a file an answer or a line an answer: /user/NAME/about, /user/NAME/overview, /r/NAME/new, "
        "/comments/ID and, for the comments that it only counts, /api/morechildren. Or dumps of a subreddit or a month, RS_….zst and RC_….zst, as they are. "
        "Or what Reddit gives whoever asks for their own data, the .zip as it is or its posts.csv and comments.csv: these do not say whose they are, --account NAME does."
    ),
    fills={
        "influencers": influencers("reddit", "name, as reddit:NAME", "name", "created_utc of the account"),
        "posts": {
            "post_id": "id, as reddit:t3_ID or reddit:t1_ID",
            "author_id": "author; empty where deleted; of one's own data --account",
            "created_at": "created_utc; date",
            "text": "title and selftext; body; nothing where it was deleted or removed",
            "reply_to_id": "parent_id; parent, or the submission in link",
            "shares_id": "crosspost_parent",
            "links": "url where is_self is false; addresses in the text",
            "known_at": "edited; where that only says true, retrieved_on or when the export was read",
        },
        "audience": audience("name", followers="subreddit.subscribers of the account"),
        "post_metrics": post_metrics(
            "id of the submission",
            observed_at="retrieved_on, or when the export was read",
            likes="score: votes for less votes against, and no less than 0",
            comments="num_comments",
            shares="num_crossposts",
        ),
        "mentions": {
            "referrer_id": "author",
            "influencer_id": "who is answered (link_author, or the author of parent_id where it is there), crossposted, or named u/NAME",
            "kind": "comment, reshare, mention",
            "created_at": "created_utc",
            "post_id": "id of the submission or comment",
            "known_at": "as of the post",
        },
        "profiles": profiles("name", "addresses in subreddit.public_description of the account"),
    },
    left=(
        "scores of comments, karma, awards",
        "language: Reddit does not tell",
        "of one's own data all but posts and comments: no score is in it, and votes, messages and what was saved are no concern of anybody",
        "comments a listing only counts (more): fetch them, or use a dump",
    ),
    tried=(
        "ten recorded tests of PRAW with real answers: 4,799 submissions and comments; six of eight with posts came in whole at "
        "first, two lacked what /api/morechildren hands over until that was mended, and communities are counted; the posts.csv and "
        "comments.csv in the tests of a reader of a person's own data, refused until they were read; on no whole export, since none was found"
    ),
    take=take,
    reader=_records,
    suffixes=(".csv", ".json", ".jsonl", ".ndjson"),
    tables=WITH_PROFILES,
    unsigned="reddit",
)
