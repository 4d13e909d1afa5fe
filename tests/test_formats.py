"""Deliverables by format: in one cell, in a column each, and what is left alone."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from suasion.features.sources.reading.formats import by_format, formats_in
from suasion.features.tables.open import open_tables

from .test_cli import suasion


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("2 reels, 3 stories", {"reels": 2, "stories": 3}),
        ("2x Reels + 3x Stories", {"reels": 2, "stories": 3}),
        ("3 Stories und 1 Beitrag", {"stories": 3, "posts": 1}),
        ("Reel x2; Story (3)", {"reels": 2, "stories": 3}),
        ("1 reel\n1 reel", {"reels": 2}),
        ("Reel, Story", {"reels": 1, "stories": 1}),
        ("1 YouTube video", {"videos": 1}),
        ("1 TikTok video", {"tiktoks": 1}),
        ("1 blog post", {"blogs": 1}),
        ("2 in-feed posts", {"posts": 2}),
        ("1 Karussell", {"carousels": 1}),
        ("1 static feed post / 1 story", {"posts": 1, "stories": 1}),
        ("3 historias y 1 publicación", {"stories": 3, "posts": 1}),
        ("3", None),
        ("", None),
        ("stories", None),
        ("2 reels within 3 weeks", None),
        ("2 reels (3 frames)", None),
        ("2-3 stories", None),
        ("1.5 reels", None),
        ("10000 reels", None),
        ("2 reels, whatelse", None),
        ("https://example.com/reel/3", None),
    ],
)
def test_a_cell_is_understood_whole_or_not_at_all(cell: str, found: dict[str, float] | None) -> None:
    assert formats_in(cell) == (found and {f"offer_{name}": count for name, count in found.items()})


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (["Posts", "Reels", "Stories"], {"Posts": "offer_posts", "Reels": "offer_reels", "Stories": "offer_stories"}),
        (["Posts"], {}),
        (["Posts", "TikTok", "Instagram", "Blog", "Post", "Live"], {}),  # accounts there, a link, a date
        (["Stories"], {"Stories": "offer_stories"}),
        (["IG Reels", "Reels"], {"IG Reels": "offer_reels"}),
        (["Posts", "Reels views"], {}),
    ],
)  # fmt: skip
def test_columns_that_count_one_format(header: list[str], found: dict[str, str]) -> None:
    mapping = {"Posts": "exposure"} if "Posts" in header else {}
    assert by_format(mapping, header, ()) == found


def sheet(folder: Path, header: str, *rows: str, more: tuple[str, ...] = ()) -> tuple[pd.DataFrame, str]:
    lines = [f"Campaign,Start,End,Creator,Orders,{header}"]
    lines += [f"Summer,2024-05-01,2024-05-20,@p{i},5,{row}" for i, row in enumerate(rows)]
    (folder / "past.csv").write_text("\n".join(lines), encoding="utf-8")
    came = suasion("import", "results", folder / "past.csv", folder / "data", "--yes", *more)
    with open_tables(folder / "data") as tables:
        return tables.sql("SELECT * FROM outcomes ORDER BY influencer_id").df(), came.stdout + came.stderr


def test_one_cell_becomes_columns_of_the_offer_and_their_sum(tmp_path: Path) -> None:
    table, said = sheet(tmp_path, "Deliverables", '"2 reels, 3 stories"', "4", "soon", "1 TikTok")
    assert table["exposure"].tolist() == [5.0, 4.0, 1.0, 1.0], "where it is not understood, one"
    assert table["offer_reels"].fillna(-1).tolist() == [2.0, -1.0, -1.0, 0.0]
    assert table["offer_stories"].fillna(-1).tolist() == [3.0, -1.0, -1.0, 0.0]
    assert "reels, stories, tiktoks" in said
    assert "'soon'" in said


def test_one_format_alone_says_no_more_than_how_many(tmp_path: Path) -> None:
    table, _ = sheet(tmp_path, "Deliverables", "2 stories", "3 stories", "4")
    assert table["exposure"].tolist() == [2.0, 3.0, 4.0]
    assert not [name for name in table if name.startswith("offer_")]


def test_a_column_each_is_added_up(tmp_path: Path) -> None:
    table, said = sheet(tmp_path, "Posts,Reels,Stories", "1,2,", ",,4", ",,", "1,many,0")
    assert table["exposure"].tolist() == [3.0, 4.0, 1.0, 1.0]
    assert table["offer_reels"].fillna(-1).tolist() == [2.0, 0.0, -1.0, -1.0], (
        "what is not understood is not none"
    )
    assert "posts agreed are Posts, Reels, Stories added up" in said


def test_what_is_told_goes_first(tmp_path: Path) -> None:
    table, said = sheet(
        tmp_path, "Posts,Reels,Stories,Total", "1,2,,9", ",,4,8", more=("--map", "Total=exposure")
    )
    assert table["exposure"].tolist() == [9.0, 8.0]
    assert "added up" not in said
    assert table["offer_posts"].tolist()[0] == 1.0


def test_what_a_post_is_is_read_where_a_sheet_of_posts_tells_it_and_left_empty_where_it_says_something_else(
    tmp_path: Path,
) -> None:
    sheet, data = tmp_path / "posts.csv", tmp_path / "data"
    kinds = ["Reel", "IG Story", "Carousel album", "Foto", "paid", ""]
    lines = [
        f"https://www.instagram.com/p/{k}/,@anna,2024-05-0{k + 1},Hops {k},{kind},{k}9"
        for k, kind in enumerate(kinds)
    ]
    for name in ("Format", "Type", "Content type"):
        sheet.write_text("\n".join([f"Post link,Username,Posted,Caption,{name},Likes", *lines]))
        suasion("import", "csv", sheet, data / name, "--platform", "instagram", "--yes")
        posts = pd.read_parquet(data / name / "posts").sort_values("created_at")
        assert posts["format"].fillna("").tolist() == ["short", "story", "carousel", "picture", "", ""], name
