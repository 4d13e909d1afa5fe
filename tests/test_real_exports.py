"""What real exports hold and samples written from documentation do not."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from suasion.features.sources.advice import commands
from suasion.serving.cli.main import suasion


def imported(
    folder: Path, source: str, text: str, *options: str, name: str = "export.csv"
) -> tuple[str, dict[str, pd.DataFrame]]:
    (folder / name).write_text(text, encoding="utf-8")
    line = ["import", source, str(folder / name), str(folder / "data"), *options]
    answer = CliRunner().invoke(suasion, line, env={"COLUMNS": "250"})
    tables = {one.parent.name: pd.read_parquet(one.parent) for one in (folder / "data").glob("*/*.parquet")}
    return answer.output + str(answer.exception or ""), tables


AWIN = (
    '"id","publisher_id","sale_amount","commission","date","commission_status","validation_date","extra","type","referer","clickThroughTime",'
    '"voucher_code","amended","old_sale_amount","click_ref","customer_acquisition"\n'
    '"1","77","39.60","4.75","2025-05-26 10:07:00","1","2025-06-19 13:07:00","#13493","Sale","https://tina.example/","2025-05-26 09:50:00","TINA10","No",,"w7","new"\n'
    '"2","77","42.00","3.78","2025-04-29 23:37:00","2","2025-05-19 13:25:00","#13178","Sale","","","","No",,"","returning"\n'
    '"3","78","10.00","1.00","2025-04-30 23:37:00","0","","#13179","Sale","","","","No",,"",""\n'
    '"4","78","30.00","1.00","2025-04-30 23:40:00","1","2025-05-19 13:25:00","#13180","Sale","","","","Yes","50.00","",""\n'
)


def test_awins_own_report_is_read_with_the_currency_that_is_said(tmp_path: Path) -> None:
    _, tables = imported(tmp_path, "awin", AWIN, "--currency", "usd")
    orders = tables["orders"].set_index("order_id")
    assert orders["amount"].to_dict() == {"awin:1": 3960, "awin:2": 4200, "awin:3": 1000, "awin:4": 5000}
    first = orders.loc["awin:1"]
    assert (first["order_ref"], first["partner_id"], first["click_ref"]) == ("#13493", "awin:77", "w7")
    assert (first["currency"], list(first["codes"]), first["is_new"]) == ("USD", ["TINA10"], True)
    assert str(first["clicked_at"])[:16] == "2025-05-26 09:50"
    refunds = tables["refunds"].set_index("order_id")
    assert set(refunds.index) == {"awin:2", "awin:4"}, "1 is approved, 2 declined, 0 pending"
    assert refunds["amount"]["awin:4"] == 2000, "what it was amended by"


def test_without_its_currency_it_is_asked_for(tmp_path: Path) -> None:
    answer, tables = imported(tmp_path, "awin", AWIN)
    assert "say it with --currency" in answer
    assert not tables
    answer, _ = imported(tmp_path, "awin", AWIN, "--currency", "€")
    assert "--currency € is no code of a currency" in answer


@pytest.mark.parametrize("state", ["0", "1", "2", "true", "no"])
def test_a_state_that_is_a_networks_own_number_is_asked_for(tmp_path: Path, state: str) -> None:
    """1 is approved at Awin and declined elsewhere."""
    text = f"Transaction ID,Publisher ID,Transaction Date,Sale Amount,Currency,Status\n9,77,2024-05-03,84.90,EUR,{state}\n"
    answer, tables = imported(tmp_path, "csv", text, "--table", "orders", "--yes")
    assert (
        f"what '{state}' makes of an order is not known. Write approved, pending or declined for it" in answer
    )
    assert not len(tables.get("orders", ()))


@pytest.mark.parametrize(("state", "given_back"), [("0", 0), ("No", 0), ("1", 1), ("yes", 1), ("voided", 1)])
def test_yes_in_a_column_voided_is_no_order(tmp_path: Path, state: str, given_back: int) -> None:
    text = f"Transaction ID,Publisher ID,Transaction Date,Sale Amount,Currency,Voided\n9,77,2024-05-03,84.90,EUR,{state}\n"
    _, tables = imported(tmp_path, "csv", text, "--table", "orders", "--yes")
    assert len(tables["orders"]) == 1
    assert len(tables.get("refunds", ())) == given_back


@pytest.mark.parametrize(("state", "given_back"), [("A", 0), ("P", 0), ("D", 1), ("disapproved", 1)])
def test_states_by_their_first_letter(tmp_path: Path, state: str, given_back: int) -> None:
    text = f"Transaction ID,Publisher ID,Transaction Date,Sale Amount,Currency,Status\n9,77,2024-05-03,84.90,EUR,{state}\n"
    _, tables = imported(tmp_path, "csv", text, "--table", "orders", "--yes")
    assert len(tables["orders"]) == 1
    assert len(tables.get("refunds", ())) == given_back


SHOPIFY = (
    "Name,Financial Status,Paid at,Currency,Subtotal,Total,Created at,Lineitem quantity,Lineitem name,Id\n"
)


def test_abandoned_checkouts_are_no_orders(tmp_path: Path) -> None:
    text = (
        SHOPIFY
        + "#38539795693818,,,USD,279.20,279.20,2026-03-29 10:26:33 -0700,1,A dress,38539795693818\n"
        + "#38539795693818,,,,,,2026-03-29 10:26:33 -0700,1,Shoes,\n"
        + "#1001,paid,2026-03-29 10:27:00 -0700,USD,20.00,20.00,2026-03-29 10:26:33 -0700,1,Socks,5771234567890\n"
        + "#1001,,,,,,2026-03-29 10:26:33 -0700,1,More socks,\n"
    )
    answer, tables = imported(tmp_path, "shopify", text)
    assert tables["orders"]["order_ref"].tolist() == ["#1001"]
    assert "abandoned checkouts" in answer


def test_orders_whose_total_was_left_out_are_told_so(tmp_path: Path) -> None:
    text = "Name,Financial Status,Currency,Created at,Lineitem name,Id\n#1001,paid,USD,2026-03-29 10:26:33 -0700,Socks,577123\n"
    answer, tables = imported(tmp_path, "shopify", text)
    assert "an order without its Total" in answer
    assert not tables
    graph = '{"data": {"orders": {"nodes": [{"id": "gid://shopify/Order/1", "createdAt": "2026-03-29T10:00:00Z", "currentTotalPriceSet": {}}]}}}'
    answer, _ = imported(tmp_path, "shopify", graph, name="export.json")
    assert "without totalPriceSet: ask for it too" in answer


def test_a_video_whose_id_begins_with_a_dash_is_read(tmp_path: Path) -> None:
    """Studio writes a space before it."""
    text = 'Content,Video title,Video publish time,Views\nTotal,,,30\nabcdefghijk,Cold brew,"Sep 26, 2023",10\n" -bcdefghijk",More,"Sep 27, 2023",20\n'
    _, tables = imported(tmp_path, "youtube_studio", text, "--account", "@tina")
    assert sorted(tables["posts"]["post_id"]) == ["youtube:-bcdefghijk", "youtube:abcdefghijk"]
    assert tables["post_metrics"]["views"].sum() == 30


def test_counts_of_meta_have_signs_between_their_thousands(tmp_path: Path) -> None:
    text = (
        "Post ID,Account ID,Account username,Description,Publish time,Date,Views,Reach,Likes,Shares,Comments,Saves\n"
        '17900000000000001,178,tina.brews,Cold brew,09/26/2023 10:00,Lifetime,"12,400","1,234",99,1,2,3\n'
    )
    _, tables = imported(tmp_path, "meta_suite", text)
    (counts,) = tables["post_metrics"].to_dict("records")
    assert (counts["views"], counts["reach"], counts["likes"]) == (12400, 1234, 99)


def test_an_id_that_a_spreadsheet_rounded_is_taken_from_the_link(tmp_path: Path) -> None:
    text = (
        "Post id,Date,Post text,Post Link,Impressions,Likes\n"
        '1.70669E+18,"Tue, Sep 26, 2023",Cold brew,https://x.com/tina_brews/status/1706690000000000123,100,9\n'
    )
    _, tables = imported(tmp_path, "x_analytics", text)
    assert tables["posts"]["post_id"].tolist() == ["x:1706690000000000123"]


POSTS = (
    "influencer_id,platform,date,URL,caption,reach,likes,comments,shares,retweetCount,saved\n"
    "65,Instagram,2025-02-06,https://posts.example/2824,Cold brew,41048,2106,124,5,2,9\n"
    "53,Instagram,2025-06-14,https://posts.example/2679,Iced tea,60302,360,25,,,\n"
    "53,Instagram,2025-06-15,https://posts.example/2680,Nothing counted,,,,,,\n"
)


def test_posts_with_their_counts_are_posts_and_their_counts_are_of_when_they_were_read(
    tmp_path: Path,
) -> None:
    """Reach is no followers, shares are no post, and what a post brought was not known on its first day."""
    _, tables = imported(tmp_path, "csv", POSTS, "--yes", "--read-at", "2025-09-01")
    assert set(tables) == {"posts", "post_metrics"}
    posts = tables["posts"].set_index("text")
    assert str(posts["created_at"]["Cold brew"]) == "2025-02-06 00:00:00"
    assert posts["author_id"].notna().all()
    assert posts.index.isin(["Cold brew", "Iced tea", "Nothing counted"]).all()
    assert "shares_id" not in posts or posts["shares_id"].isna().all()
    counts = tables["post_metrics"].set_index("likes")
    assert len(counts) == 2, "none of a post that nothing was counted of"
    assert (counts["observed_at"] == pd.Timestamp("2025-09-01")).all()
    assert counts.loc[2106, ["reach", "comments", "shares", "saves"]].tolist() == [41048, 124, 5, 9]


@pytest.mark.parametrize(
    ("rows", "snapshots"),
    [
        ("a,2025-02-06,10,1\nb,2025-03-06,20,2\n", False),  # each post once, each on its day
        ("a,2025-02-06,10,1\nb,2025-02-06,20,2\na,2025-03-06,30,3\n", True),  # a post again later
        ("a,2025-02-06,10,1\nb,2025-02-06,20,2\n", True),  # all read on one day
    ],
)
def test_a_date_beside_counts_is_the_posts_or_the_countings(
    tmp_path: Path, rows: str, snapshots: bool
) -> None:
    _, tables = imported(
        tmp_path, "csv", "post_id,date,views,likes\n" + rows, "--yes", "--read-at", "2025-09-01"
    )
    assert set(tables) == ({"post_metrics"} if snapshots else {"posts", "post_metrics"})
    read = (tables["post_metrics"]["observed_at"] == pd.Timestamp("2025-09-01")).all()
    assert read != snapshots


@pytest.mark.parametrize(
    ("names", "fields"),
    [
        ("Post URL,Posted at,Text,View count,Like count,Comment count,Share count,Bookmarks", ("likes", "views", "comments", "shares", "saves")),
        ("Permalink,Datum,Text,Aufrufe,Gefällt mir,Kommentare,Geteilte Inhalte,Gespeichert", ("likes", "views", "comments", "shares", "saves")),
        ("Permalink,Fecha,Texto,Visualizaciones,Me gusta,Comentarios,Compartidos,Guardados", ("likes", "views", "comments", "shares", "saves")),
        ("Permalink,Date,Texte,Vues,J'aime,Commentaires,Partages,Enregistrements", ("likes", "views", "comments", "shares", "saves")),
    ],
)  # fmt: skip
def test_counts_of_posts_go_by_many_names(tmp_path: Path, names: str, fields: tuple[str, ...]) -> None:
    text = f"{names}\nhttps://p.example/1,2025-02-16,Kaffee,1000,2,3,4,5\nhttps://p.example/2,2025-03-17,Tee,1001,3,4,5,6\n"
    options = ("--yes", "--map", f"{names.split(',')[1]}=created_at", "--map", f"{names.split(',')[2]}=text")
    _, tables = imported(tmp_path, "csv", text, *options)
    counts = tables["post_metrics"].sort_values("views").iloc[0]
    assert counts[list(fields)].tolist() == [2, 1000, 3, 4, 5]


@pytest.mark.parametrize(
    ("command", "source", "header"),
    [
        ("csv", "shopify", SHOPIFY.strip()),
        ("results", "shopify", SHOPIFY.strip()),
        ("csv", "awin", AWIN.partition("\n")[0]),
        ("creators", "meta_suite", "Post ID,Account username,Publish time,Permalink,Likes"),
        ("csv", "youtube_studio", "Content,Video title,Video publish time,Views"),
        ("results", "x_analytics", "Tweet id,Tweet permalink,Tweet text,time,impressions"),
    ],
)
def test_an_export_that_has_a_command_is_sent_there(
    tmp_path: Path, command: str, source: str, header: str
) -> None:
    text = header + "\n" + ",".join("1" for _ in header.split(",")) + "\n"
    answer, tables = imported(tmp_path, command, text, "--yes")
    assert f"export.csv is an export of its own kind: suasion import {source} reads it." in answer
    assert not tables
    (advice,) = commands(tmp_path / "export.csv")
    assert advice.startswith(f"suasion import {source} ")


def test_where_all_is_left_out_it_is_said_what_it_was(tmp_path: Path) -> None:
    text = (
        SHOPIFY + "#38539795693818,,,USD,279.20,279.20,2026-03-29 10:26:33 -0700,1,A dress,38539795693818\n"
    )
    answer, _ = imported(tmp_path, "shopify", text)
    assert "Nothing was imported. The files hold only what is not read: 1 abandoned checkouts." in answer


def test_cells_of_another_table_below_do_not_say_what_a_column_holds(tmp_path: Path) -> None:
    text = (
        "Influencer,Followers,Avg_Likes\nanna,1000,10.5\nbea,2000,20.5\n"
        "Brand,Category,Influencer\nBeanco,Coffee,anna\nBeanco,Tea,bea\n"
    )
    answer, tables = imported(tmp_path, "creators", text, "--platform", "instagram", "--yes")
    assert tables["audience"].sort_values("followers")["average_likes"].tolist() == [10.5, 20.5]
    assert "another table begins here" in " ".join(answer.split())


@pytest.mark.parametrize(
    "header",
    [
        "transactionId,transactionStatus,programName,orderValue,commissionValue,currency,transactionTime",
        "conversion_id,status,program,amount,commission,currency,conversion_date",
        "id,status,site,orderValue,commission,currencyCode,timeOfTransaction",
    ],
)
def test_orders_of_networks_that_nobody_listed(tmp_path: Path, header: str) -> None:
    text = (
        header
        + "\n7,approved,Beanco,84.90,8.49,EUR,2024-05-03T10:00:00Z\n8,declined,Beanco,10.00,1.00,EUR,2024-05-04T10:00:00Z\n"
    )
    _, tables = imported(tmp_path, "csv", text, "--table", "orders", "--yes")
    orders = tables["orders"].set_index("order_id")
    assert orders["amount"].to_dict() == {"7": 8490, "8": 1000}
    assert set(orders["reporter"]) == {"network"}
    assert str(orders["created_at"]["7"])[:16] == "2024-05-03 10:00"
    assert tables["refunds"]["order_id"].tolist() == ["8"]


@pytest.mark.parametrize(
    ("source", "name", "text", "says"),
    [
        ("instagram", "posts_1.json", '[{"media": [{"uri": "media/posts/1.jpg", "creation_timestamp": 1, "title": "a"}]}]', "a download of one's own data"),
        ("ga4", "ga.csv", "# ----\n# Traffic\nSession source,Sessions\nx,1\n", "a CSV file, where JSON is read"),
        ("tiktok", "FollowerHistory.csv", "Date,Followers\nMarch 1,10\n", "only what is not read: 1 days of an account"),
    ],
)  # fmt: skip
def test_what_a_source_does_not_read_is_named(
    tmp_path: Path, source: str, name: str, text: str, says: str
) -> None:
    answer, tables = imported(tmp_path, source, text, name=name)
    assert says in answer
    assert not tables


@pytest.mark.parametrize(
    ("text", "field", "values"),
    [
        ("Name,Instagram,IG Followers,IG ER %,TikTok,TikTok Followers,TikTok ER %\nAnna,anna,1200000,0.8,annat,5000000,0.4\nBen,ben,900000,0.5,bent,4000000,0.9\n",
         "engagement_rate", [0.004, 0.005, 0.008, 0.009]),
        ("Name,Instagram,Instagram Followers,Instagram ER,TikTok,TikTok Followers,TikTok ER\nAnna,anna,12000,0.031,annat,5000,8.1\nBen,ben,9000,0.02,bent,4000,12\n",
         "engagement_rate", [0.02, 0.031, 0.081, 0.12]),
        ("Handle,IG followers (k),TikTok followers (k)\nanna,12,55\nben,8,3\n", "followers", [3000, 8000, 12000, 55000]),
        ("Handle,Instagram followers,TikTok followers,Total followers\nanna,12000,55000,67000\n", "followers", [12000, 55000]),
        ("Handle,Platform,Followers\nanna,Instagram,\"12,000\"\nben,Instagram,\"1,200\"\ncem,Instagram,39.0KK\n", "followers", [1200, 12000, 39_000_000]),
    ],
)  # fmt: skip
def test_each_column_of_a_list_has_its_own_unit(
    tmp_path: Path, text: str, field: str, values: list[float]
) -> None:
    _, tables = imported(tmp_path, "creators", text, "--yes")
    assert sorted(tables["audience"][field]) == pytest.approx(values)


@pytest.mark.parametrize(
    ("text", "posts"),
    [
        ("Post ID,Account,Date,Caption,Likes\np1,anna,2024-03-01,a,10\np2,anna,2024-03-04,b,20\np3,ben,2024-03-05,c,30\np3,ben,2024-03-05,c,30\n", 3),
        ("Post ID,Account,Date,Publish date,Likes\np1,anna,2024-03-10,2024-02-20,10\np2,anna,2024-03-11,2024-02-25,15\n", 2),
        ("Post ID,Account,Datum,Text,Likes\np1,anna,05.03.2024,a,10\np2,anna,14.03.2024,b,20\n", 2),
        ("Date,Post,Text,Account,Likes\n" + "".join(f"2024-03-01,p{n},hello,anna,{n}\n" for n in range(40)), 0),
    ],
)  # fmt: skip
def test_a_post_that_stands_twice_makes_no_snapshots_and_many_of_one_day_do(
    tmp_path: Path, text: str, posts: int
) -> None:
    _, tables = imported(tmp_path, "csv", text, "--yes", "--platform", "instagram")
    assert len(tables.get("posts", ())) == posts
    if posts:
        assert tables["posts"]["created_at"].max() <= pd.Timestamp("2024-03-14")
    if "Publish" in text:
        assert sorted(tables["posts"]["created_at"].dt.day) == [20, 25]


@pytest.mark.parametrize(("name", "says", "given_back"), [("Storniert", ("ja", "nein"), 1), ("Cancelled", ("yes", "no"), 1), ("Refunded", ("12.50", "0"), 0)])  # fmt: skip
def test_orders_that_a_column_of_yes_and_no_cancels_are_given_back(
    tmp_path: Path, name: str, says: tuple[str, str], given_back: int
) -> None:
    text = f"Transaction ID,Publisher ID,Transaction Date,Sale Amount,Currency,{name}\n9,77,2024-05-03,84.90,EUR,{says[0]}\n10,77,2024-05-03,84.90,EUR,{says[1]}\n"
    _, tables = imported(tmp_path, "csv", text, "--table", "orders", "--yes")
    assert len(tables["orders"]) == 2
    assert len(tables.get("refunds", ())) == given_back


def test_engagement_that_is_a_count_is_left_empty_and_one_slip_makes_no_percentages(tmp_path: Path) -> None:
    text = "username,followers,ER\nanna,1000,867000\nbea,2000,567000\n"
    answer, tables = imported(tmp_path, "creators", text, "--platform", "instagram", "--yes")
    assert tables["audience"]["followers"].sum() == 3000
    assert "engagement_rate" not in tables["audience"] or tables["audience"]["engagement_rate"].isna().all()
    assert "a count, where a share of followers belongs" in " ".join(answer.split())
    (tmp_path / "slip").mkdir()
    rows = "".join(f"p{n},1000,0.0{n}\n" for n in range(1, 9))
    _, tables = imported(
        tmp_path / "slip",
        "creators",
        f"username,followers,ER\n{rows}slip,1000,2\n",
        "--platform",
        "instagram",
        "--yes",
    )
    assert tables["audience"]["engagement_rate"].max() == pytest.approx(0.08)
