"""Kinds of files that others keep in public: small samples of ours, each of a shape that was first read wrongly or refused with the wrong words."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from .sources import rows_in, run


def imported(folder: Path, source: str, content: str | bytes, *options: str, name: str = "file.csv") -> str:
    """Import a file into the folder ``data`` and return what the import says, on one line."""
    data = content if isinstance(content, bytes) else content.encode()
    (folder / name).write_bytes(data)
    return " ".join(run("import", source, str(folder / name), str(folder / "data"), *options)[1].split())


def test_posts_of_people_by_our_own_name_are_of_the_people_with_outcomes(tmp_path: Path) -> None:
    """In the tables of a database posts name a platform beside `influencer_id`, and outcomes do not."""
    imported(
        tmp_path,
        "results",
        "campaign,influencer_id,date,orders\nspring,90,2025-05-19,8\nspring,91,2025-05-19,3\n",
        "--yes",
    )
    imported(
        tmp_path,
        "csv",
        "influencer_id,platform,date,url,caption,likes\n90,TikTok,2025-05-19,p1,Fresh,539\n",
        "--yes",
    )
    assert {row["author_id"] for row in rows_in(tmp_path / "data", "posts")} == {"90"}
    assert {row["influencer_id"] for row in rows_in(tmp_path / "data", "outcomes")} == {"90", "91"}


@pytest.mark.parametrize(
    ("encoding", "name", "word"), [("cp1251", "весна", "Ні"), ("cp1250", "zażółć", "STÓŁ")]
)
def test_a_word_that_is_utf8_by_chance_is_read_like_the_others_of_its_file(
    tmp_path: Path, encoding: str, name: str, word: str
) -> None:
    sheet = f"campaign,influencer,date,orders,offer_code\n{name},anna,2024-05-19,8,{word}\n{word},anna,2024-06-19,8,{name}\n"
    told = imported(tmp_path, "results", sheet.encode(encoding), "--yes")
    assert [row["campaign_id"] for row in rows_in(tmp_path / "data", "campaigns")] == sorted((word, name)), (
        told
    )
    answer = f'{{"data": [{{"id": "1", "author_id": "2", "created_at": "2024-05-19T10:00:00Z", "text": "{name} {word}"}}]}}'
    imported(tmp_path, "x", answer.encode(encoding), name="answer.json")
    assert [row["text"] for row in rows_in(tmp_path / "data", "posts")] == [f"{name} {word}"]


EXPORTED = {
    "tiktok": "Video title,Video link,Post time,Total likes,Total views\nTea,https://www.tiktok.com/@anna.brews/video/7400000000000000001,2024-07-01,30,500\n",
    "linkedin": "Post URL,Post publish date,Engagements,,Post URL,Post publish date,Impressions\n"
    "https://www.linkedin.com/feed/update/urn:li:activity:7400000000000000001,12/16/2025,3,,"
    "https://www.linkedin.com/feed/update/urn:li:activity:7400000000000000002,12/14/2025,1358\n",
}


@pytest.mark.parametrize("source", EXPORTED)
def test_an_export_that_is_given_as_any_table_is_sent_to_its_command(tmp_path: Path, source: str) -> None:
    assert f"suasion import {source} reads it" in imported(tmp_path, "csv", EXPORTED[source], "--yes")


def test_counts_of_tiktok_studio_may_part_their_thousands(tmp_path: Path) -> None:
    imported(tmp_path, "tiktok", EXPORTED["tiktok"].replace(",30,500", ',"1,030","18,400"'))
    ((likes, views),) = [(row["likes"], row["views"]) for row in rows_in(tmp_path / "data", "post_metrics")]
    assert (likes, views) == (1030, 18400)


def test_a_nick_goes_before_the_name_that_is_shown(tmp_path: Path) -> None:
    sheet = "Rank,Nick,Name,Followers\n1,anna.brews,Anna Brews,12.5K\n2,bo,Bo Pours,9K\n"
    imported(tmp_path, "creators", sheet, "--platform", "instagram", "--yes")
    people = {row["influencer_id"] for row in rows_in(tmp_path / "data", "audience")}
    assert people == {"instagram:anna.brews", "instagram:bo"}


def test_names_that_are_taken_for_accounts_are_said(tmp_path: Path) -> None:
    sheet = "Name,Followers\nAnna Brews,12500\nBo,9000\n"
    told = imported(tmp_path, "creators", sheet, "--platform", "instagram", "--yes")
    assert (
        "look at: 1 names with a space taken for accounts, which no export calls so, such as instagram:anna brews"
        in told
    )


def test_a_count_below_nothing_tells_that_youtube_studios_file_is_of_some_days(tmp_path: Path) -> None:
    sheet = (
        "Content,Video title,Video publish time,Likes,Views\nTotal,,,3,640\n"
        'aaaaaaaaaaa,Tea,"Feb 16, 2025",-27,140\nbbbbbbbbbbb,Iced tea,"Mar 1, 2025",30,500\n'
    )
    told = imported(tmp_path, "youtube_studio", sheet, "--account", "@anna")
    assert "look at: 1 videos with a count below nothing, so the file is of some days only" in told
    assert [row["post_id"] for row in rows_in(tmp_path / "data", "post_metrics")] == ["youtube:bbbbbbbbbbb"]
    assert len(rows_in(tmp_path / "data", "posts")) == 2


def test_a_crawl_of_another_platform_is_no_answer_of_tiktok(tmp_path: Path) -> None:
    """Whoever has a username and followers need not be on TikTok; `check` names the command for any list."""
    sheet = "username,pk,full_name,follower_count,media_count,biography\nanna,4125,Anna,663,90,Tea\n"
    told = imported(tmp_path, "tiktok", sheet)
    assert "Nothing was imported" in told
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "crawl.csv").write_text(sheet)
    assert "suasion import creators" in run("check", str(tmp_path / "lists"))[1]


def test_likes_and_bookmarks_of_an_archive_of_mastodon_are_counted(tmp_path: Path) -> None:
    outbox = '{"type": "OrderedCollection", "orderedItems": ["https://a.example/users/b/statuses/1"]}'
    told = imported(tmp_path, "mastodon", outbox, name="likes.json")
    assert "not read: 1 addresses alone" in told
    assert "set aside:" not in told


COMMENTS = (
    "id,permalink,date,ip,subreddit,gildings,link,parent,body,media\n"
    "abc1,https://www.reddit.com/r/tea/comments/p1/x/abc1/,2023-01-15 12:34:56 UTC,,tea,0,https://www.reddit.com/r/tea/comments/p1/x/,,"
    '"Green, I say u/bea",\n'
    "abc2,https://www.reddit.com/r/tea/comments/p1/x/abc2/,2023-01-15 12:34:56 UTC,,tea,0,https://www.reddit.com/r/tea/comments/p1/x/,abc1,Yes,\n"
)
POSTS = "id,permalink,date,ip,subreddit,gildings,title,url,body\np1,https://www.reddit.com/r/tea/comments/p1/x,2023-01-01 00:00:00 UTC,,tea,0,Tea,https://tea.example/,Hot\n"


def test_a_persons_own_data_from_reddit_is_theirs(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as file:
        for name, text in (("comments.csv", COMMENTS), ("posts.csv", POSTS)):
            file.writestr(name, text)
        file.writestr("post_votes.csv", "id,permalink,direction\nz,https://www.reddit.com/r/x,up\n")
    content = (tmp_path / "export.zip").read_bytes()
    assert "--account NAME does" in imported(tmp_path, "reddit", content, name="export.zip")
    told = imported(tmp_path, "reddit", content, "--account", "u/Anna_B", name="export.zip")
    assert "not read: 1 lines of a person's own data" in told
    posts = {row["post_id"]: row for row in rows_in(tmp_path / "data", "posts")}
    assert {row["author_id"] for row in posts.values()} == {"reddit:anna_b"}
    answers = {name: row.get("reply_to_id") for name, row in posts.items()}
    assert answers == {
        "reddit:t3_p1": None,
        "reddit:t1_abc1": "reddit:t3_p1",
        "reddit:t1_abc2": "reddit:t1_abc1",
    }
    assert posts["reddit:t3_p1"]["text"] == "Tea\n\nHot"
    assert [row["influencer_id"] for row in rows_in(tmp_path / "data", "mentions")] == ["reddit:bea"]


def test_posts_that_no_column_says_whose_they_are_are_said(tmp_path: Path) -> None:
    told = imported(tmp_path, "csv", POSTS, "--yes")
    assert "look at: 1 posts of nobody: no column says whose they are (--set author_id=ACCOUNT" in told


ORDERS = (
    "Order ID,Product Name,Price,Payment Amount,Currency,Order Status,Creator Username,Time Created\n"
    "5791,Serum,89.00,89.00,EUR,Completed,anna,07/09/2026 12:00:00\n"
    "5792,Serum,89.00,178.00,EUR,Ineligible,bea,13/09/2026 12:00:00\n"
    "5793,Serum,89.00,89.00,EUR,To ship,anna,30/09/2026 12:00:00\n"
)


def test_orders_of_tiktok_shop_are_known_for_orders(tmp_path: Path) -> None:
    told = imported(tmp_path, "csv", ORDERS, "--yes")
    assert "as orders" in told
    orders = {row["order_id"]: row for row in rows_in(tmp_path / "data", "orders")}
    assert {row["partner_id"] for row in orders.values()} == {"anna", "bea"}
    assert [orders[number]["amount"] for number in sorted(orders)] == [8900, 17800, 8900]
    assert str(orders["5792"]["created_at"])[:10] == "2026-09-13"
    assert [row["order_id"] for row in rows_in(tmp_path / "data", "refunds")] == ["5792"]


@pytest.mark.parametrize(
    ("sheet", "lacks"),
    [
        (ORDERS.replace("Currency", "Shop"), "No column is currency, without which orders cannot be"),
        (
            "Video ID,Caption,Likes\na1,Tea,3\n",
            "No column is created_at, without which posts and post_metrics",
        ),
    ],
)
def test_what_orders_and_posts_lack_is_said_by_csv_and_check(tmp_path: Path, sheet: str, lacks: str) -> None:
    assert lacks in imported(tmp_path, "csv", sheet, "--yes")
    (tmp_path / "sheets").mkdir()
    (tmp_path / "sheets" / "some.csv").write_text(sheet)
    assert lacks in " ".join(run("check", str(tmp_path / "sheets"))[1].split())


def test_views_have_no_parts_and_crawled_posts_their_names(tmp_path: Path) -> None:
    sheet = (
        "id,username,edge_media_to_caption,edge_liked_by,edge_media_to_comment,video_view_count,taken_at_timestamp\n"
        'a1,anna,Tea,43,2,"2,000",1667123815\na2,anna,Ice,44,2,1000,1667123915\n'
    )
    imported(tmp_path, "csv", sheet, "--platform", "instagram", "--yes")
    counts = [(row["views"], row["likes"]) for row in rows_in(tmp_path / "data", "post_metrics")]
    assert sorted(counts) == [(1000, 44), (2000, 43)]


def test_of_two_columns_of_names_the_one_without_spaces_is_of_accounts(tmp_path: Path) -> None:
    sheet = "Tiktoker name,Tiktok name,Subscribers count\nanna.brews,Anna Brews,221.7K\nbo,Bo Pours,22.2M\n"
    imported(tmp_path, "creators", sheet, "--platform", "tiktok", "--yes")
    people = {row["influencer_id"] for row in rows_in(tmp_path / "data", "audience")}
    assert people == {"tiktok:anna.brews", "tiktok:bo"}


def test_rows_of_totals_are_no_records_that_say_when_they_were_read(tmp_path: Path) -> None:
    sheet = "Username,Followers\nanna,12500\nbo,9000\nTotal,21500\n"
    told = imported(tmp_path, "creators", sheet, "--platform", "instagram", "--yes")
    assert "2 records, which count as read at" in told


NETWORKS = {
    "GoAffPro": "id,number,affiliate_id,affiliate_name,total,commission,status,coupon,created_at,currency\n"
    "551,#1001,1601,Anna,113.25,10.00,approved,ANNA10,2026-03-01T10:15:02.000Z,USD\n",
    "ShareASale": "Trans ID,User ID,Merchant ID,Trans Date,Trans Amount,Commission,Voided\n"
    "551,1601,45,03/21/2026 10:15:02 AM,$113.25,$11.33,\n",
    "Refersion": "Conversion ID,Order ID,Affiliate ID,Affiliate Name,Date,Total,Currency,Commission,Status,Type,Source\n"
    "9001,551,1601,Alpha,2026-03-01 10:00,113.25,USD,50.00,APPROVED,COUPON,anna10\n",
    "PartnerStack": "Partner Key,Partner Name,Transaction Key,Transaction Amount (USD),Transaction Created,Reward Status\n"
    "1601,Anna,551,113.25,2026-03-01 10:15:02,paid\n",
    "Stripe": "id,Description,Created date (UTC),Amount,Currency,Status,promo_code (metadata)\n"
    "551,Order 1001,2026-03-01 10:15:02,113.25,usd,Paid,ANNA10\n",
    "WooCommerce": "Order Number,Order Status,Order Date,Order Total,Coupon Code,Order Total Amount,Currency\n"
    "551,completed,2026-01-15 12:00:00,113.25,anna10,113.25,USD\n",
}


@pytest.mark.parametrize("program", NETWORKS)
def test_orders_of_networks_and_shops_are_no_list_of_people(tmp_path: Path, program: str) -> None:
    """Whom an order credits and what was bought stand in columns that influencers, references and posts have, too."""
    shop = program in ("Stripe", "WooCommerce")
    options = ("--set", "reporter=shop") if shop else ()
    imported(tmp_path, "csv", NETWORKS[program], "--yes", *options)
    (order,) = rows_in(tmp_path / "data", "orders")
    who = None if shop else "1601"
    assert (order["order_id"], order["amount"], order["currency"]) == ("551", 11325, "USD")
    assert order.get("partner_id") == who
    assert not rows_in(tmp_path / "data", "influencers")


def test_channels_are_nobody_and_a_count_is_no_revenue(tmp_path: Path) -> None:
    sheet = (
        "Date,Campaign,Ad Group,Channel,Purchases (14d),Product sales (14d),Total purchases (14d)\n"
        '2026-03-01,Spring,anna.brews,Social,12,"$1,280.50",14\n'
    )
    assert "No column is influencer_id" in imported(tmp_path, "results", sheet, "--yes")
    imported(tmp_path, "results", sheet, "--yes", "--map", "Ad Group=influencer_id")
    (outcome,) = rows_in(tmp_path / "data", "outcomes")
    assert (outcome["conversions"], outcome["revenue"]) == (12, 1280.5)


def test_a_report_of_tracking_ids_is_read_as_its_error_says(tmp_path: Path) -> None:
    sheet = "Tracking Id,Clicks,Items Ordered,Ordered Revenue,Total Earnings\nanna-20,537,15,371.95,11.62\n"
    told = imported(tmp_path, "results", sheet, "--yes")
    assert "--set campaign_id=VALUE --set starts_at=VALUE --set ends_at=VALUE" in told
    given = ("campaign_id=spring", "starts_at=2026-03-01", "ends_at=2026-03-31")
    imported(tmp_path, "results", sheet, "--yes", *(part for it in given for part in ("--set", it)))
    (outcome,) = rows_in(tmp_path / "data", "outcomes")
    assert (outcome["influencer_id"], outcome["conversions"], outcome["revenue"]) == ("anna-20", 15, 371.95)


def test_a_file_of_shopify_that_a_spreadsheet_saved_says_so(tmp_path: Path) -> None:
    sheet = "Name;Financial Status;Currency;Total;Created at;Lineitem name\n#1001;paid;EUR;113,25;01.03.2026 10:15;Mug\n"
    told = imported(tmp_path, "shopify", sheet)
    assert "a spreadsheet saved the file: export it again and give the file as it came" in told


def test_an_id_counts_nothing(tmp_path: Path) -> None:
    sheet = "Conversion ID,Order Number,Affiliate Name,Date,Total\n9001,1001,anna,2026-04-21,250.00\n"
    told = imported(tmp_path, "results", sheet, "--yes", "--set", "campaign_id=spring")
    assert "No column is conversions" in told


def test_a_refund_with_a_number_of_its_own_is_of_the_order_it_names(tmp_path: Path) -> None:
    sheet = (
        "Date,Name,Type,Currency,Gross,Transaction ID,Reference Txn ID\n"
        "03/21/2026,Bo Buyer,Express Checkout Payment,USD,50.00,8AB902E,\n"
        "03/22/2026,Bo Buyer,Payment Refund,USD,-50.00,8AB903E,8AB902E\n"
    )
    imported(tmp_path, "csv", sheet, "--yes", "--set", "reporter=shop")
    assert [row["order_id"] for row in rows_in(tmp_path / "data", "refunds")] == ["8AB902E"]
    assert not rows_in(tmp_path / "data", "credentials")
