"""X Analytics' CSV: whose Posts are whose, beside the archive of the account, and what its counts may be."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from suasion.features.sources.reading.source import run_import

from .sources import BY_NAME, rows_in

READ_AT = datetime(2024, 6, 1)
HEADER = "Post id,Date,Post text,Post Link,Impressions,Likes"
ID, AT = "1750000000000000000", "2024-01-24 03:38:08"
LINK = f"https://x.com/Tina_Brews/status/{ID}"


def bring(folder: Path, text: str, account: str | None = None, header: str = HEADER) -> Path:
    (folder / "content.csv").write_text(f"{header}\n{text}\n", encoding="utf-8-sig")
    run_import(
        BY_NAME["x_analytics"], [folder / "content.csv"], folder / "out", read_at=READ_AT, account=account
    )
    return folder / "out"


@pytest.mark.parametrize(
    ("link", "account", "author"),
    [
        (LINK, None, "x:@tina_brews"),
        (LINK.replace("x.com", "twitter.com"), None, "x:@tina_brews"),
        (LINK, "2244994945", "x:2244994945"),
        ("", "@tina_brews", "x:@tina_brews"),
        (f"https://x.com/i/web/status/{ID}", "2244994945", "x:2244994945"),
    ],
)
def test_an_author_goes_by_the_link_or_as_the_user_says(
    link: str, account: str | None, author: str, tmp_path: Path
) -> None:
    out = bring(tmp_path, f"{ID},,Tea,{link},10,1", account)
    (post,) = rows_in(out, "posts")
    assert (post["post_id"], post["author_id"], post["created_at"]) == (f"x:{ID}", author, AT)
    assert [row["influencer_id"] for row in rows_in(out, "influencers")] == [author]


@pytest.mark.parametrize("link", ["", f"https://x.com/i/web/status/{ID}"])
def test_where_nobody_says_whose_posts_are_their_counts_alone_are_read(link: str, tmp_path: Path) -> None:
    out = bring(tmp_path, f"{ID},,Tea,{link},10,1")
    assert rows_in(out, "posts") == []
    assert [(row["post_id"], row["views"], row["likes"]) for row in rows_in(out, "post_metrics")] == [
        (f"x:{ID}", 10, 1)
    ]


def test_beside_the_archive_of_the_account_it_adds_counts_to_the_same_posts(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "account.js").write_text('window.YTD.account.part0 = [{"account": {"accountId": "2244994945", "username": "Tina_Brews"}}]')  # fmt: skip
    (data / "tweets.js").write_text(
        'window.YTD.tweets.part0 = [{"tweet": {"id_str": "' + ID + '", "full_text": "Tea", "created_at": "Wed Jan 24 03:38:08 +0000 2024", '
        '"favorite_count": "1", "entities": {"user_mentions": [], "urls": []}}}]'
    )  # fmt: skip
    run_import(BY_NAME["x"], [data], tmp_path / "out", read_at=READ_AT)
    before = rows_in(tmp_path / "out", "posts")
    out = bring(tmp_path, f"{ID},,Tea,{LINK},10,1", "2244994945")
    assert rows_in(out, "posts") == before
    assert [row["views"] for row in rows_in(out, "post_metrics") if "views" in row] == [10]


@pytest.mark.parametrize(
    ("cell", "likes"), [("0", 0), ('"1,234"', 1234), ("12.0", 12), ("-", None), ("", None), ("many", None)]
)
def test_a_count_is_a_whole_number_and_what_is_not_told_is_not_zero(
    cell: str, likes: float | None, tmp_path: Path
) -> None:
    out = bring(tmp_path, f"{ID},,Tea,{LINK},10,{cell}")
    assert [row.get("likes") for row in rows_in(out, "post_metrics")] == [likes]
