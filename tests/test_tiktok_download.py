"""TikTok's download of a person's data: as its parts are called today and were called before, packed as it comes."""

from __future__ import annotations

import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from suasion.features.sources.reading.source import Imported, run_import

from .sources import BY_NAME, rows_in

POST = {"Date": "2024-03-05 17:20:11", "Link": "https://www.tiktokv.com/share/video/7342912345678901234/", "Likes": "13"}  # fmt: skip
NAMED, UNNAMED = "tiktok:7342912345678901234", "tiktok:oat.lee/2024-03-05T17:20:11"
FANS = [{"Date": "2024-01-01 00:00:00", "UserName": f"fan{number}"} for number in range(3)]


def bring(folder: Path, download: dict[str, Any]) -> tuple[Path, Imported]:
    with zipfile.ZipFile(folder / "TikTok_Data.zip", "w") as archive:
        archive.writestr("user_data_tiktok.json", json.dumps(download))
    told = run_import(
        BY_NAME["tiktok"], [folder / "TikTok_Data.zip"], folder / "out", read_at=datetime(2024, 6, 1)
    )
    return folder / "out", told


def today(post: dict[str, Any], **profile: object) -> dict[str, Any]:
    about = {"userName": "Oat.Lee", **profile}
    return {
        "Post": {"Posts": {"VideoList": [post]}},
        "Profile And Settings": {"Profile Info": {"ProfileMap": about}, "Follower": {"FansList": FANS}},
    }


@pytest.mark.parametrize(
    ("change", "post_id", "created_at"),
    [
        ({}, NAMED, "2024-03-05 16:10:07"),
        ({"Link": "https://www.tiktok.com/@oat.lee/photo/7342912345678901234?lang=en"}, NAMED, "2024-03-05 16:10:07"),
        ({"Link": "https://v77.tiktokv.eu/storage/v1/tos/7342912345678901234/abc"}, UNNAMED, "2024-03-05 17:20:11"),
        ({"Link": ""}, UNNAMED, "2024-03-05 17:20:11"),
    ],
)  # fmt: skip
def test_a_post_goes_by_its_link_or_by_account_and_second(
    change: dict[str, str], post_id: str, created_at: str, tmp_path: Path
) -> None:
    out, told = bring(tmp_path, today(POST | change))
    (post,) = rows_in(out, "posts")
    assert (post["post_id"], post["author_id"], post["created_at"]) == (post_id, "tiktok:oat.lee", created_at)
    assert [row["post_id"] for row in rows_in(out, "post_metrics")] == [post_id]
    assert bool(told.warned) == (post_id == UNNAMED)


@pytest.mark.parametrize(("cell", "likes"), [("13", [13]), ("1,234", [1234]), ("0", [0]), ("", []), ("None", []), (None, [])])  # fmt: skip
def test_likes_that_are_not_told_are_not_zero(cell: str | None, likes: list[float], tmp_path: Path) -> None:
    out, _ = bring(tmp_path, today(POST | {"Likes": cell}))
    assert [row["likes"] for row in rows_in(out, "post_metrics")] == likes


@pytest.mark.parametrize(("profile", "followers"), [({"followerCount": 2300}, 2300), ({}, 3)])
def test_followers_are_told_by_the_profile_or_counted(
    profile: dict[str, int], followers: int, tmp_path: Path
) -> None:
    out, _ = bring(tmp_path, today(POST, **profile))
    assert [row["followers"] for row in rows_in(out, "audience")] == [followers]
    assert [row["influencer_id"] for row in rows_in(out, "influencers")] == ["tiktok:oat.lee"], "no fan"


def test_an_older_download_says_the_same(tmp_path: Path) -> None:
    older = {
        "Activity": {"Follower List": {"FansList": FANS}, "Video Browsing History": {"VideoList": [POST]}},
        "Profile": {"Profile Information": {"ProfileMap": {"userName": "oat.lee"}}},
        "Video": {"Videos": {"VideoList": [POST]}},
    }
    out, _ = bring(tmp_path, older)
    assert [row["post_id"] for row in rows_in(out, "posts")] == [NAMED]
    assert [row["followers"] for row in rows_in(out, "audience")] == [3]


def test_a_download_that_does_not_say_whose_it_is_is_set_aside(tmp_path: Path) -> None:
    out, told = bring(tmp_path, {"Post": {"Posts": {"VideoList": [POST]}}})
    ((reason, count),) = told.broken
    assert "a download without the profile" in reason
    assert count == 1
    assert rows_in(out, "posts") == []


@pytest.mark.parametrize(("title", "text"), [("Oat latte", "Oat latte"), ("", None), ("N/A", None)])
def test_a_title_that_is_none_is_no_text(title: str, text: str | None, tmp_path: Path) -> None:
    out, _ = bring(tmp_path, today(POST | {"Title": title}))
    assert [row.get("text") for row in rows_in(out, "posts")] == [text]
