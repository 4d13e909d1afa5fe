"""Sheets with a row a post that has neither an id nor a text, as agencies keep them."""

from __future__ import annotations

from pathlib import Path

import pytest

from .sources import rows_in, run

POSTS = """Influencer,Date,Platform,Followers,Cost,Likes,Comments,Shares,Clicks
anna,2024-03-04,Instagram,67154,523,506,46,27,23
anna,2024-03-11,Instagram,67207,651,563,80,40,22
ben,2024-03-04,TikTok,61050,714,38,30,41,12
"""


def bring(folder: Path, content: str, *options: str, read_at: str = "2024-12-01") -> tuple[str, Path]:
    (folder / "sheet.csv").write_text(content)
    code, said = run(
        "import",
        "csv",
        str(folder / "sheet.csv"),
        str(folder / "out"),
        "--yes",
        "--read-at",
        read_at,
        *options,
    )
    assert code == 0, said
    return " ".join(said.split()), folder / "out"


def without(content: str, *columns: str) -> str:
    rows = [line.split(",") for line in content.splitlines()]
    kept = [place for place, name in enumerate(rows[0]) if name not in columns]
    return "\n".join(",".join(row[place] for place in kept) for row in rows)


@pytest.mark.parametrize("left_out", [(), ("Followers",), ("Followers", "Cost", "Platform", "Clicks")])
@pytest.mark.parametrize("options", [(), ("--table", "posts")])
def test_posts_without_ids_and_texts_are_posts_with_their_counts(
    left_out: tuple[str, ...], options: tuple[str, ...], tmp_path: Path
) -> None:
    said, out = bring(tmp_path, without(POSTS, *left_out), *options)
    assert "as posts and post_metrics" in said
    assert "its platform, its time and its place among those alike" in said
    posts = {row["post_id"]: row for row in rows_in(out, "posts")}
    where = ("instagram:", "tiktok:") if "Platform" not in left_out else ("", "")
    assert sorted((row["author_id"], row["created_at"][:10]) for row in posts.values()) == [
        (f"{where[0]}anna", "2024-03-04"),
        (f"{where[0]}anna", "2024-03-11"),
        (f"{where[1]}ben", "2024-03-04"),
    ]
    counts = [row for row in rows_in(out, "post_metrics") if row["likes"] == 563]
    assert [(row["comments"], row["shares"]) for row in counts] == [(80, 40)]
    assert counts[0]["observed_at"][:10] == "2024-12-01", "a sheet of today says what counts are today"
    assert posts[counts[0]["post_id"]]["created_at"][:10] == "2024-03-11"


def test_the_same_sheet_again_with_later_counts_adds_no_post(tmp_path: Path) -> None:
    content = POSTS + "ben,2024-03-04,TikTok,61050,714,7,1,0,0\n"
    _, out = bring(tmp_path, content)
    ids = {row["post_id"] for row in rows_in(out, "posts")}
    assert len(ids) == 4, "two posts of one day are two"
    said, _ = bring(tmp_path, content.replace(",38,30,", ",39,31,"), read_at="2024-12-02")
    assert {row["post_id"] for row in rows_in(out, "posts")} == ids
    assert len(rows_in(out, "post_metrics")) == 8, said


def test_one_name_on_two_platforms_on_one_day_has_two_posts(tmp_path: Path) -> None:
    content = "Influencer,Date,Platform,Likes,Comments\nAnna Bee,2024-03-04,Instagram,5,1\nAnna Bee,2024-03-04,TikTok,5,1\nBo,2024-03-05,TikTok,4,0\n"
    _, out = bring(tmp_path, content)
    assert len({row["post_id"] for row in rows_in(out, "posts")}) == 3


def test_followers_that_differ_from_post_to_post_are_of_the_day_of_each(tmp_path: Path) -> None:
    said, out = bring(tmp_path, POSTS)
    assert "Followers are kept in audience, of the day of each post" in said
    assert sorted(
        (row["influencer_id"], row["observed_at"][:10], row["followers"]) for row in rows_in(out, "audience")
    ) == [
        ("instagram:anna", "2024-03-04", 67_154),
        ("instagram:anna", "2024-03-11", 67_207),
        ("tiktok:ben", "2024-03-04", 61_050),
    ]
    assert {row["influencer_id"] for row in rows_in(out, "influencers")} == {"instagram:anna", "tiktok:ben"}
    assert "3 records, which count as read at 2024-12-01" in said, "their counts do"


def test_followers_that_are_the_same_beside_all_posts_are_as_of_reading(tmp_path: Path) -> None:
    said, out = bring(tmp_path, POSTS.replace("67207", "67154"))
    assert "Followers are kept in audience, as of when the file was read" in said
    assert {(row["influencer_id"], row["observed_at"][:10]) for row in rows_in(out, "audience")} == {
        ("instagram:anna", "2024-12-01"),
        ("tiktok:ben", "2024-12-01"),
    }


DAYS = "\n".join(f"anna,2024-03-{day:02},{day * 100},{day},1000{day}" for day in range(1, 15))


@pytest.mark.parametrize(
    "content",
    [
        f"Influencer,Date,Likes,Comments,Followers\n{DAYS}\n",
        "Influencer,Date,Followers,Likes,Comments\nanna,2024-03-04,100,5,1\nbo,2024-03-04,90,6,2\n",
        "Influencer,Date,Followers,Avg Views,Likes,Comments\nanna,2024-03-04,100,7,5,1\nbo,2024-03-05,90,7,6,2\n",
    ],
    ids=["a row a day", "all on one day", "beside averages"],
)
def test_what_was_read_of_accounts_is_no_post(content: str, tmp_path: Path) -> None:
    said, out = bring(tmp_path, content)
    assert "as audience" in said
    assert not (out / "posts").exists()


def test_past_campaigns_with_counts_beside_them_are_no_posts(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("Campaign,Influencer,Date,Likes,Comments,Orders\nspring,anna,2024-03-04,5,1,3\n")
    _, said = run("import", "csv", str(sheet), str(tmp_path / "out"), "--yes")
    assert "sheet.csv as outcomes" in said


def test_a_post_from_after_the_reading_is_set_aside_with_its_followers(tmp_path: Path) -> None:
    said, out = bring(tmp_path, POSTS + "ben,2025-03-04,TikTok,61051,714,7,1,0,0\n")
    assert {row["followers"] for row in rows_in(out, "audience")} == {67_154, 67_207, 61_050}
    assert "counted before it was posted" in said


def test_a_check_prints_what_reads_posts_with_followers_beside_them(tmp_path: Path) -> None:
    (tmp_path / "sheet.csv").write_text(POSTS)
    (tmp_path / "list.csv").write_text("Creator,Followers,Likes per post\nanna,100,5\n")
    _, said = run("check", str(tmp_path))
    assert f"suasion import csv {tmp_path / 'sheet.csv'} {tmp_path}" in " ".join(said.split())
    assert f"suasion import creators {tmp_path / 'list.csv'} {tmp_path}" in " ".join(said.split())
