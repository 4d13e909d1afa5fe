"""LinkedIn's workbooks: of a page, with a row of words above the headers, and of a person, with two tables beside each other."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from suasion.features.sources.reading.ids import account_of
from suasion.features.sources.reading.source import Imported, run_import

from .sources import BY_NAME, rows_in

READ_AT = datetime(2024, 6, 1)
PAGE = "https://www.linkedin.com/company/bean-co/"
PUBLISHED = "7470652994011758593"  # 1,781,142,471,793 milliseconds since 1970, its upper part
HEADER = ["Post title", "Post link", "Post type", "Impressions", "Clicks", "Likes", "Comments", "Reposts", "Follows"]  # fmt: skip
OLDER = ["Update title", "Update link", "Update type", "Impressions", "Clicks", "Likes", "Comments", "Shares", "Follows"]  # fmt: skip


def bring(folder: Path, sheets: dict[str, list[list[Any]]], read_at: datetime = READ_AT) -> Imported:
    book = Workbook()
    book.remove(book["Sheet"])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(folder / "export.xlsx")
    return run_import(
        BY_NAME["linkedin"], [folder / "export.xlsx"], folder / "out", read_at=read_at, account=PAGE
    )


@pytest.mark.parametrize("header", [HEADER, OLDER])
def test_a_page_s_posts_stand_below_a_row_of_words(tmp_path: Path, header: list[str]) -> None:
    link = f"https://www.linkedin.com/feed/update/urn:li:activity:{PUBLISHED}"
    told = bring(
        tmp_path,
        {
            "Metrics": [
                ["Summed metrics of a page."],
                ["Date", "Impressions (organic)"],
                ["05/01/2024", 12],
                ["05/02/2024", 9],
            ],
            "All posts": [
                ["Engagement of posts made in these days."],
                header,
                ["New beans", link, "Organic", 4100, 93, 410, 18, 22, 9],
                ["Bought", link, "Sponsored", 9, 9, 9, 9, 9, 9],
            ],
        },
        datetime(2026, 7, 1),
    )
    out = tmp_path / "out"
    (post,) = rows_in(out, "posts")
    assert post["author_id"] == "linkedin:company/bean-co"
    assert post["created_at"] == "2026-06-11 01:47:51.793000"
    (counts,) = rows_in(out, "post_metrics")
    assert {name: counts[name] for name in ("impressions", "clicks", "likes", "comments", "shares", "follows")} == {
        "impressions": 4100, "clicks": 93, "likes": 410, "comments": 18, "shares": 22, "follows": 9,
    }  # fmt: skip
    assert told.records == 7
    assert dict(told.ignored) == {"titles, sums and days of an account": 5, "posts that were paid for": 1}
    assert len(told.warned) == 1


def test_a_person_s_counts_are_of_the_days_that_the_workbook_tells(tmp_path: Path) -> None:
    def link(at: datetime) -> str:
        number = int((at - datetime(1970, 1, 1)).total_seconds() * 1000) << 22
        return f"https://www.linkedin.com/posts/tina-brews_beans-share-{number}-aB1c"

    first, before, both = (
        link(datetime(2023, 5, 1)),
        link(datetime(2023, 4, 30, 23, 59, 59)),
        link(datetime(2024, 3, 1)),
    )
    told = bring(
        tmp_path,
        {
            "DISCOVERY": [["Overall Performance", "5/1/2023 - 4/30/2024"], ["Impressions", "5,441"]],
            "ENGAGEMENT": [["Date", "Impressions", "Engagements"], ["5/1/2023", "12", "3"]],
            "TOP POSTS": [
                ["Maximum of 50 posts available to include in this list"],
                [],
                [
                    "Post URL",
                    "Post publish date",
                    "Engagements",
                    None,
                    "Post URL",
                    "Post publish date",
                    "Impressions",
                ],
                [both, "3/1/2024", "120", None, first, "5/1/2023", "5,300"],
                [None, None, None, None, before, "4/30/2023", "71"],
                [None, None, None, None, both, "3/1/2024", "70"],
            ],
            "FOLLOWERS": [
                ["Total followers on 4/30/2024:", "12,345"],
                [],
                ["Date", "New followers"],
                ["4/30/2024", "7"],
            ],
            "DEMOGRAPHICS": [["Top Demographics", "Value", "Percentage"], ["Job titles", "Roaster", "< 1%"]],
        },
    )
    out = tmp_path / "out"
    assert sorted((row["impressions"], row["observed_at"], row["known_at"]) for row in rows_in(out, "post_metrics")) == [
        (70, "2024-05-01 00:00:00", "2024-06-01 00:00:00"),
        (5300, "2024-05-01 00:00:00", "2024-06-01 00:00:00"),
    ]  # fmt: skip
    assert [row["created_at"] for row in rows_in(out, "posts")] == [
        "2023-04-30 23:59:59",
        "2023-05-01 00:00:00",
        "2024-03-01 00:00:00",
    ]
    # On a day is at its end: whoever came that day is among them.
    assert [(row["followers"], row["observed_at"]) for row in rows_in(out, "audience")] == [
        (12_345, "2024-05-01 00:00:00")
    ]
    landed = {one.table: one.staged for one in told.tables}
    assert landed == {"influencers": 4, "posts": 4, "audience": 1, "post_metrics": 2}
    assert told.records == 4 + 1 + sum(count for reason, count in told.ignored if "titles" in reason)


@pytest.mark.parametrize(
    ("address", "account"),
    [
        ("https://www.linkedin.com/in/Tina-Brews/", "linkedin:tina-brews"),
        ("https://de.linkedin.com/company/Bean-Co/posts/", "linkedin:company/bean-co"),
        ("linkedin.com/showcase/beans", "linkedin:showcase/beans"),
        # A person and a page of one name are two.
        ("https://www.linkedin.com/company/tina-brews", "linkedin:company/tina-brews"),
    ],
)
def test_an_address_names_a_person_or_a_page(address: str, account: str) -> None:
    assert account_of(address) == account
