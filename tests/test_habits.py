"""Habits of people who keep sheets: engagement as percentages, addresses of posts, names and accounts, states of orders."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from suasion.features.identity.alike import alike_names
from suasion.serving.cli.main import suasion

from .test_real_exports import imported


def engagement(folder: Path, cells: str, header: str = "ER") -> tuple[str, list[float]]:
    rows = "".join(f'person{n},"{cell}"\n' for n, cell in enumerate(cells.split()))
    answer, tables = imported(
        folder, "creators", f"Handle,{header}\n{rows}", "--set", "followers=1000", "--yes"
    )
    read = tables["audience"].sort_values("influencer_id")["engagement_rate"]
    return answer, [-1 if pd.isna(value) else round(float(value), 6) for value in read]


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        ("0.4 0.9 0.15 0.3", [0.004, 0.009, 0.0015, 0.003]),  # nobody has 90 % of their followers
        ("0,45 0,62 0,31", [0.0045, 0.0062, 0.0031]),
        ("0.03 0.05 0.21", [0.03, 0.05, 0.21]),
        ("0 0 0.03 0.0", [0, 0, 0.03, 0]),
        ("3.1% 0.02 4", [0.031, -1, 0.04]),  # 2 % or 0.02 %: nobody can tell
        ("0.03 0.05 3 5", [-1, -1, 0.03, 0.05]),
        ("2.5 0.12 0.8", [0.025, 0.0012, 0.008]),
        ("120 900 45 300", [-1, -1, -1, -1]),  # reactions
        ("3.5% 0.8% 4.2% 0.05 0.6", [0.035, 0.008, 0.042, 0.05, -1]),
    ],
)
def test_engagement_as_shares_or_percentages(tmp_path: Path, cells: str, read: list[float]) -> None:
    assert engagement(tmp_path, cells)[1] == read


def test_a_header_that_says_percent_is_believed(tmp_path: Path) -> None:
    assert engagement(tmp_path, "0.05 0.9 3", header="ER %")[1] == [0.0005, 0.009, 0.03]


@pytest.mark.parametrize(
    ("one", "other", "post"),
    [
        (
            "https://www.instagram.com/p/AbC/?utm_source=ig_web&igsh=1",
            "instagram.com/anna/p/AbC",
            "instagram:AbC",
        ),
        (
            "https://youtu.be/abc?si=123",
            "https://www.youtube.com/watch?app=desktop&v=abc&t=3s",
            "youtube:abc",
        ),
        ("https://m.youtube.com/shorts/a-c", "https://youtube.com/shorts/a-c?feature=share", "youtube:a-c"),
        (
            "https://www.tiktok.com/@anna/video/71?is_from_webapp=1",
            "https://tiktok.com/@anna/video/71",
            "tiktok:71",
        ),
        ("https://twitter.com/anna/status/9?s=20", "https://x.com/i/web/status/9", "x:9"),
        (
            "https://www.facebook.com/anna/posts/pfbid0x?mibextid=a&rdid=b",
            "https://facebook.com/anna/posts/pfbid0x/?__cft__[0]=c",
            "https://facebook.com/anna/posts/pfbid0x",
        ),
        ("https://anna.example/tea/?utm_source=x", "http://www.anna.example/tea", "https://anna.example/tea"),
        ("https://anna.example/?p=7&fbclid=x", "https://anna.example?p=7", "https://anna.example?p=7"),
    ],
)
def test_one_post_is_one_however_its_address_was_copied(
    tmp_path: Path, one: str, other: str, post: str
) -> None:
    text = (
        f"Post URL,Account,Date,Caption,Likes\n{one},anna,2024-03-01,hi,10\n{other},anna,2024-03-01,hi,10\n"
    )
    _, tables = imported(tmp_path, "csv", text, "--yes")
    assert tables["posts"]["post_id"].tolist() == [post]
    assert tables["post_metrics"]["post_id"].tolist() == [post]


def test_an_id_under_our_own_name_stays_as_it_is(tmp_path: Path) -> None:
    text = "post_id,author_id,created_at,text\nhttps://youtu.be/abc?si=1,anna,2024-03-01,hi\n"
    _, tables = imported(tmp_path, "csv", text, "--yes")
    assert tables["posts"]["post_id"].tolist() == ["https://youtu.be/abc?si=1"]


@pytest.mark.parametrize(
    ("header", "rows", "table", "column", "values"),
    [
        (
            "Account,Date,Caption",
            ("anna,2024-03-01,hi", "anna,2024-03-02,ho"),
            "posts",
            "post_id",
            ["instagram:A1"],
        ),
        # Among counted posts it is looked at before their rows are read.
        ("Date,Likes,Comments", ("2024-03-01,1,2", "2024-03-02,3,4"), "post_metrics", "likes", [3]),
    ],
)
def test_the_address_of_an_account_is_no_post(
    header: str, rows: tuple[str, str], table: str, column: str, values: list[object], tmp_path: Path
) -> None:
    addresses = ("https://www.instagram.com/anna/", "https://www.instagram.com/p/A1/")
    lines = [f"{address},{row}\n" for address, row in zip(addresses, rows, strict=True)]
    answer, tables = imported(tmp_path, "csv", f"Post URL,{header}\n{''.join(lines)}", "--yes")
    assert tables[table][column].tolist() == values
    assert "of no post" in " ".join(answer.split())


def test_a_word_that_posts_of_several_people_go_by_is_no_id(tmp_path: Path) -> None:
    text = (
        "Creator,Post,Date,Views,Likes\n@anna,Reel 1,2024-03-01,100,5\n@anna,Reel 2,2024-03-04,140,9\n"
        "@bo,Reel 1,2024-03-08,70,3\n@bo,Story,2024-03-09,70,3\n@bo,Story,2024-03-10,71,4\n"
    )
    answer, tables = imported(tmp_path, "csv", text, "--yes")
    assert sorted(tables["post_metrics"]["views"]) == [70, 70, 71, 100, 140]
    assert tables["posts"]["post_id"].nunique() == 5
    assert tables["posts"]["author_id"].value_counts().to_dict() == {"bo": 3, "anna": 2}
    assert "posts of several people go by one name" in " ".join(answer.split())


def test_posts_of_one_day_that_say_the_same_are_told_apart_by_their_counts(tmp_path: Path) -> None:
    text = "Creator,Date,Caption,Views\n@anna,2024-03-01,,100\n@anna,2024-03-01,,140\n@anna,2024-03-01,,140\n@bo,2024-03-01,hi,7\n"
    for _ in range(2):  # the second time they are the same ones
        _, tables = imported(tmp_path, "csv", text, "--yes")
        assert sorted(tables["post_metrics"]["views"]) == [7, 100, 140]
        assert tables["posts"]["post_id"].nunique() == 3


def test_what_replies_to_a_post_of_our_own_naming_finds_it(tmp_path: Path) -> None:
    text = (
        "post_id,author_id,created_at,text,Reply to\nhttps://x.com/a/status/111,anna,2024-03-01,hi,\n"
        "https://x.com/b/status/112,bo,2024-03-02,ho,https://x.com/a/status/111\n"
    )
    _, tables = imported(tmp_path, "csv", text, "--yes")
    assert set(tables["posts"]["reply_to_id"].dropna()) <= set(tables["posts"]["post_id"])


def test_one_number_of_two_platforms_is_two_posts(tmp_path: Path) -> None:
    text = "Platform,Post ID,Account,Date,Likes\ninstagram,1001,anna,2024-03-01,10\ntiktok,1001,anna.tok,2024-03-02,20\n"
    _, tables = imported(tmp_path, "csv", text, "--yes")
    assert sorted(tables["posts"]["post_id"]) == ["instagram:1001", "tiktok:1001"]


def test_posts_without_ids_are_told_apart_by_what_they_are(tmp_path: Path) -> None:
    text = "Account,Date,Caption,Likes\nanna,2024-03-01,hi,10\nanna,2024-03-01,ho,20\nben,2024-03-01,hi,5\n"
    answer, tables = imported(tmp_path, "csv", text, "--yes")
    assert tables["posts"]["post_id"].nunique() == 3
    assert set(tables["post_metrics"]["post_id"]) == set(tables["posts"]["post_id"])
    assert "posts have no id" in " ".join(answer.split())


def test_counts_beside_a_date_and_no_text_are_a_post_and_one_count_alone_is_nothing(tmp_path: Path) -> None:
    answer, tables = imported(tmp_path, "csv", "Account,Date,Likes\nanna,2024-03-01,10\n", "--yes")
    assert "No table fits" in " ".join(answer.split())
    assert not tables
    answer, tables = imported(tmp_path, "csv", "Account,Date,Likes,Views\nanna,2024-03-01,10,100\n", "--yes")
    assert "its platform, its time and its place among those alike" in " ".join(answer.split())
    assert tables["posts"]["author_id"].tolist() == ["anna"]
    assert tables["post_metrics"][["likes", "views"]].values.tolist() == [[10.0, 100.0]]


def test_counts_are_not_read_before_their_post_was_made(tmp_path: Path) -> None:
    text = "Post ID,Account,Date,Caption,Likes\n1,anna,2024-03-01,a,10\n2,anna,2024-03-04,b,20\n"
    answer, tables = imported(tmp_path, "csv", text, "--yes", "--read-at", "2024-03-02")
    assert tables["post_metrics"]["post_id"].tolist() == ["1"]
    assert len(tables["posts"]) == 2
    assert "counted before it was posted" in " ".join(answer.split())


def test_a_name_that_may_be_a_slip_is_told(tmp_path: Path) -> None:
    text = (
        "Campaign,Creator,Start,Orders\nSumer tea,anna,2024-03-01,4\nSummer tea,Bo,2024-03-02,5\nSummer tea,bo,2024-03-02,5\n"
        "Drop A,cy,2024-03-03,2\nDrop B,cy,2024-04-01,3\nDrop 2023,cy,2023-04-01,3\nDrop 2024,cy,2024-04-01,3\n"
    )
    imported(tmp_path, "results", text, "--yes")
    (tmp_path / "list.csv").write_text("Handle,Followers\n@anna,1200\n")
    run = CliRunner()
    data = str(tmp_path / "data")
    run.invoke(
        suasion, ["import", "creators", str(tmp_path / "list.csv"), data, "--platform", "instagram", "--yes"]
    )
    answer = run.invoke(suasion, ["check", data], env={"COLUMNS": "300"}).output
    assert "Sumer tea and Summer tea, Bo and bo, anna and instagram:anna." in answer


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Summer tea", "Sumer tea", True),
        ("Christmas", "Chrismtas", False),  # two letters
        ("Christmas", "Chriztmas", True),
        ("Black friday", "Black-Friday", True),
        ("Juni 2024", "Juli 2024", False),
        ("LaunchUK", "LaunchUS", False),
        ("SUMMER24A", "SUMMER24B", False),
        ("Launch Berlin", "Launch Merlin", False),
        ("Card launch", "Cart launch", False),
        ("C++ course", "C course", False),
        ("Vegan+", "Vegan-", False),
        ("Phase III", "Phase II", False),
        ("Spring EU", "Spring US", False),
    ],
)
def test_names_that_may_be_one(one: str, other: str, alike: bool) -> None:
    assert bool([*alike_names([one, other])]) == alike


def test_a_total_beside_platforms_is_no_platforms(tmp_path: Path) -> None:
    text = "Name,Instagram,IG Followers,YouTube,YT subs,Followers\nAnna,anna,12000,https://youtube.com/@annak,1000,13000\nBen,ben,9000,,,9000\n"
    answer, tables = imported(tmp_path, "creators", text, "--yes")
    read = tables["audience"].set_index("influencer_id")["followers"].to_dict()
    assert read == {"instagram:anna": 12000, "instagram:ben": 9000, "youtube:@annak": 1000}
    assert "Followers does not say of which platform" in " ".join(answer.split())


def test_a_name_is_no_account_where_accounts_stand_beside_it(tmp_path: Path) -> None:
    text = "Name,IG handle,IG followers,TikTok followers\nAnna,annas.kitchen,12000,55000\nBen,ben.real,8000,3000\n"
    _, tables = imported(tmp_path, "creators", text, "--yes")
    assert sorted(tables["audience"]["influencer_id"]) == ["instagram:annas.kitchen", "instagram:ben.real"]


def test_of_several_years_the_latest_counts(tmp_path: Path) -> None:
    text = "Handle,IG followers 2023,IG followers 2024,TikTok followers 2024\nanna,10000,12000,5000\n"
    _, tables = imported(tmp_path, "creators", text, "--yes")
    assert tables["audience"].set_index("influencer_id")["followers"].to_dict() == {
        "instagram:anna": 12000,
        "tiktok:anna": 5000,
    }


@pytest.mark.parametrize(
    ("state", "reporter", "paid", "returned"),
    [
        ("pending", "shop", False, 0),
        ("pending", "network", None, 0),
        ("partially refunded", "shop", None, 0),
        ("bestätigt", "network", None, 0),
        ("storniert", "network", None, 1),
        ("Remboursé", "network", None, 1),
        ("pagado", "shop", None, 0),
        ("offen", "shop", False, 0),
    ],
)
def test_states_of_orders_in_words_of_shops_and_of_languages(
    tmp_path: Path, state: str, reporter: str, paid: bool | None, returned: int
) -> None:
    text = f"Bestellnummer;Bestelldatum;Code;Umsatz;Status;Währung\n1001;01.03.2024;ANNA10;1.250,50;{state};EUR\n"
    _, tables = imported(tmp_path, "csv", text, "--table", "orders", "--set", f"reporter={reporter}", "--yes")
    (order,) = tables["orders"].to_dict("records")
    assert (order["amount"], list(order["codes"]), order["is_paid"]) == (125050, ["ANNA10"], paid)
    assert len(tables.get("refunds", ())) == returned
