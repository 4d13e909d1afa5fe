"""X as people export it besides the API's pages: flattened by twarc, and the archive that X sends."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from .sources import bring, everything

ANNA = {"id": "31", "username": "anna", "created_at": "2015-01-01T00:00:00Z", "public_metrics": {"followers_count": 500, "following_count": 9}}  # fmt: skip
BOB = {"id": "32", "username": "bob", "created_at": "2016-01-01T00:00:00Z"}
CARL = {"id": "33", "username": "carl", "created_at": "2017-01-01T00:00:00Z"}
POST = {"id": "1750000000000000000", "author_id": "31", "created_at": "2024-01-24T02:59:00Z", "text": "Tea", "author": ANNA}  # fmt: skip


def flattened(tmp_path: Path, *posts: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    (tmp_path / "flat.jsonl").write_text("\n".join(map(json.dumps, posts)))
    bring("x", tmp_path / "out", tmp_path / "flat.jsonl")
    return everything(tmp_path / "out")


def test_what_twarc_flattens_into_a_post_is_read_like_what_stands_beside_it(tmp_path: Path) -> None:
    tables = flattened(
        tmp_path,
        {
            "id": "1750100000000000000",
            "author_id": "32",
            "author": BOB,
            "text": "RT @anna: Tea",
            "referenced_tweets": [{"type": "retweeted", **POST}],
            "entities": {"mentions": [{"start": 3, **ANNA}]},
        },
        {
            "id": "1750200000000000000",
            "author_id": "32",
            "author": BOB,
            "text": "@carl why?",
            "in_reply_to_user_id": "33",
            "in_reply_to_user": CARL,
            "referenced_tweets": [{"type": "replied_to", "id": "1750150000000000000"}],
        },
    )
    assert [row["post_id"] for row in tables["posts"]] == ["x:1750000000000000000", "x:1750100000000000000", "x:1750200000000000000"]  # fmt: skip
    assert [row["handle"] for row in tables["influencers"]] == ["anna", "bob", "carl"]
    assert [row["followers"] for row in tables["audience"]] == [500]
    told = {(row["referrer_id"], row["kind"], row["influencer_id"]) for row in tables["mentions"]}
    assert told == {("x:32", "reshare", "x:31"), ("x:32", "comment", "x:33")}


def test_what_lies_deeper_in_a_post_is_read_too(tmp_path: Path) -> None:
    """Bob reposts Carl's quote of Anna's post, whose author has pinned another, which names Dora and reposts hers."""
    dora = {"id": "34", "username": "dora", "created_at": "2018-01-01T00:00:00Z"}
    hers = {
        "id": "1750000000000000001",
        "author_id": "34",
        "text": "Oats",
        "author": dora | {"entities": {"description": {"mentions": [ANNA]}}},
    }
    pinned = {
        "id": "1750000000000000002",
        "author_id": "31",
        "text": "RT @dora: Oats",
        "entities": {"mentions": [dora]},
        "referenced_tweets": [{"type": "retweeted", **hers}],
    }
    first = POST | {"author": {**BOB, "id": "31", "username": "anna", "pinned_tweet": pinned}}
    quote = {
        "id": "1750050000000000000",
        "author_id": "33",
        "author": CARL,
        "text": "This",
        "referenced_tweets": [{"type": "quoted", **first}],
    }
    repost = {
        "id": "1750100000000000000",
        "author_id": "32",
        "author": BOB,
        "text": "RT @carl: This",
        "referenced_tweets": [{"type": "retweeted", **quote}],
    }
    (tmp_path / "flat.jsonl").write_text(json.dumps(repost))
    told = bring("x", tmp_path / "out", tmp_path / "flat.jsonl")
    tables = everything(tmp_path / "out")
    assert {row["post_id"] for row in tables["posts"]} == {
        f"x:{one['id']}" for one in (hers, pinned, POST, quote, repost)
    }
    assert {row["handle"] for row in tables["influencers"]} == {"anna", "bob", "carl", "dora"}
    edges = {(row["referrer_id"], row["influencer_id"]) for row in tables["mentions"]}
    assert edges == {("x:32", "x:33"), ("x:33", "x:31"), ("x:31", "x:34")}
    assert (told.ignored, told.broken, sum(landed.aside for landed in told.tables)) == ((), (), 0)


@pytest.mark.parametrize(
    ("kind", "text", "mentions", "whose"),
    [
        ("retweeted", "RT @anna: Tea", [{"id": "31", "username": "anna"}], ["x:31"]),
        ("retweeted", "RT @anna: with @carl", [{"id": "33", "username": "carl"}], []),
        ("retweeted", "Tea", [], []),
        # Who quotes says in words of their own whom they please.
        ("quoted", "RT @anna: Tea", [], []),
    ],
)
def test_whose_a_post_was_that_is_not_in_the_export_its_repost_says_or_it_is_counted(
    kind: str, text: str, mentions: list[Any], whose: list[str], tmp_path: Path
) -> None:
    post = {"id": "1750100000000000000", "author_id": "32", "text": text, "entities": {"mentions": mentions}}
    (tmp_path / "a.json").write_text(json.dumps(post | {"referenced_tweets": [{"type": kind, "id": "5"}]}))
    told = bring("x", tmp_path / "out", tmp_path / "a.json")
    rows = everything(tmp_path / "out").get("mentions", [])
    assert [row["influencer_id"] for row in rows if row["kind"] == "reshare"] == whose
    lost = [
        count for what, count in told.ignored if what.startswith("reposts and quotes of a post that is not")
    ]
    assert lost == ([] if whose else [1])


TWEETS = [
    {"tweet": {"id_str": "1750000000000000000", "created_at": "Wed Jan 24 02:59:00 +0000 2024", "full_text": "Tea with @bob", "lang": "en",
               "edit_info": {"initial": {"editTweetIds": ["1750000000000000000"]}},
               "entities": {"user_mentions": [{"screen_name": "bob", "id_str": "32"}], "urls": [{"expanded_url": "https://tea.example/a"}]}}},
    {"tweet": {"id_str": "1750100000000000000", "created_at": "Wed Jan 24 09:37:00 +0000 2024", "full_text": "RT @bob: Milk",
               "entities": {"user_mentions": [{"screen_name": "bob", "id_str": "32"}]}}},
    {"tweet": {"id_str": "1750200000000000000", "created_at": "Wed Jan 24 16:14:00 +0000 2024", "full_text": "@carl no",
               "in_reply_to_status_id_str": "1750150000000000000", "in_reply_to_user_id_str": "33"}},
]  # fmt: skip
ARCHIVE = {
    "tweets": TWEETS,
    "community_tweet": [
        {"tweet": {"id_str": "1750250000000000000", "full_text": "among friends", "created_at": "Wed Jan 24 20:00:00 +0000 2024", "lang": "en",
                   "favorite_count": "7", "retweet_count": "2"}},
    ],
    "account": [{"account": {"accountId": "31", "username": "anna", "createdAt": "2015-01-01T00:00:00.000Z", "email": "a@b.example"}}],
    "deleted_tweets": [{"tweet": {"id_str": "7", "full_text": "taken back"}}],
    "like": [{"like": {"tweetId": "5"}}, {"like": {"tweetId": "6"}}],
}  # fmt: skip


def archive(folder: Path, packed: bool, without: str = "", end: str = "") -> Path:
    """Write an archive as X does, or as a script that ends its statements, and return its path."""
    files = {
        f"{name.replace('_', '-')}.js": f"window.YTD.{name}.part0 = {json.dumps(told, indent=2)}{end}"
        for name, told in ARCHIVE.items()
        if name != without
    }
    if packed:
        with zipfile.ZipFile(folder / "archive.zip", "w") as target:
            for name, text in files.items():
                target.writestr(f"data/{name}", text)
        return folder / "archive.zip"
    (folder / "data").mkdir()
    for name, text in files.items():
        (folder / "data" / name).write_text(text)
    return folder / "data"


@pytest.mark.parametrize("end", ["", ";", " ;\n"])
@pytest.mark.parametrize("packed", [False, True])
def test_the_archive_of_an_account_is_read(packed: bool, end: str, tmp_path: Path) -> None:
    told = bring("x", tmp_path / "out", archive(tmp_path, packed, end=end))
    tables = everything(tmp_path / "out")
    assert tables["influencers"] == [
        {"influencer_id": "x:31", "platform": "x", "handle": "anna", "created_at": "2015-01-01 00:00:00"}
    ]
    tea, milk, no, friends = tables["posts"]
    assert friends["text"] == "among friends"
    [counts] = tables["post_metrics"]
    assert (counts["post_id"], counts["likes"], counts["shares"]) == ("x:1750250000000000000", 7, 2)
    assert tea == {
        "post_id": "x:1750000000000000000",
        "author_id": "x:31",
        "created_at": "2024-01-24 02:59:00",
        "text": "Tea with @bob",
        "language": "en",
        "links": ["https://tea.example/a"],
    }
    assert "text" not in milk, "what a repost says is another's words"
    assert (no["reply_to_id"], no["author_id"]) == ("x:1750150000000000000", "x:31")
    assert [(row["kind"], row["influencer_id"]) for row in tables["mentions"]] == [("mention", "x:32"), ("reshare", "x:32"), ("comment", "x:33")]  # fmt: skip
    assert told.ignored == (("parts of an archive that are neither posts nor the account", 3),)
    assert told.broken == ()


@pytest.mark.parametrize("packed", [False, True])
def test_posts_of_an_archive_that_does_not_say_whose_it_is_are_set_aside(
    packed: bool, tmp_path: Path
) -> None:
    told = bring("x", tmp_path / "out", archive(tmp_path, packed, without="account"))
    assert told.broken == (
        ("a Post of an archive without account.js beside it: nobody can tell whose it is", 4),
    )


def test_a_script_that_is_no_part_of_an_archive_is_named(tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text("window.app = 5; " + "x" * 300)
    told = bring("x", tmp_path / "out", tmp_path / "app.js")
    assert told.broken == (("no file of an archive: it does not begin with window.YTD", 1),)


def test_an_edited_post_of_an_archive_goes_by_its_first_version(tmp_path: Path) -> None:
    (tmp_path / "account.js").write_text('window.YTD.account.part0 = [{"account": {"accountId": "31"}}]')
    edit = {"edit": {"initialTweetId": "1750000000000000000"}}
    tweet = {"id_str": "1750000990000000001", "full_text": "Tea!", "edit_info": edit}
    (tmp_path / "tweets.js").write_text(f"window.YTD.tweets.part0 = {json.dumps([{'tweet': tweet}])}")
    bring("x", tmp_path / "out", tmp_path / "tweets.js")
    [post] = everything(tmp_path / "out")["posts"]
    # The first 42 bits of an id are milliseconds since 2010-11-04 01:42:54.657.
    assert (post["post_id"], post["created_at"], post["known_at"]) == ("x:1750000000000000000", "2024-01-24 03:38:08.084000", "2024-01-24 03:42:04.119000")  # fmt: skip
