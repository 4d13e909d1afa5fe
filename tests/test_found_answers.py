"""What answers in the tests and notes of other programs taught: our own small samples of the same shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .sources import bring, rows_in


def told(folder: Path, source: str, record: object, table: str) -> list[dict[str, Any]]:
    (folder / "answer.json").write_text(json.dumps(record), encoding="utf-8")
    bring(source, folder / "data", folder / "answer.json")
    return rows_in(folder / "data", table)


def comment(name: str, parent: str) -> dict[str, Any]:
    data = {"id": name, "author": "leaf_reader", "parent_id": parent, "body": "Green, please."}
    return {"kind": "t1", "data": {**data, "created_utc": 1709631600.0, "edited": False, "replies": ""}}


def test_comments_that_reddit_hands_over_afterwards_are_read(tmp_path: Path) -> None:
    things = [comment("aa1", "t3_p1"), comment("aa2", "t1_aa1"), {"kind": "more", "data": {"count": 4}}]
    posts = told(tmp_path, "reddit", {"json": {"errors": [], "data": {"things": things}}}, "posts")
    assert [(row["post_id"], row["reply_to_id"]) for row in posts] == [
        ("reddit:t1_aa1", "reddit:t3_p1"),
        ("reddit:t1_aa2", "reddit:t1_aa1"),
    ]


def test_several_things_of_instagram_that_were_asked_for_at_once_are_read(tmp_path: Path) -> None:
    media = {
        number: {
            "id": number,
            "username": "tina.brews",
            "caption": "Tea",
            "timestamp": f"2024-03-0{day}T10:00:00+0000",
        }
        for day, number in enumerate(("9001", "9002"), 1)
    }
    assert [row["post_id"] for row in told(tmp_path, "instagram", media, "posts")] == [
        "instagram:9001",
        "instagram:9002",
    ]


@pytest.mark.parametrize("kind", ["media", "comment"])
def test_where_somebody_mentions_the_account_is_read(tmp_path: Path, kind: str) -> None:
    text = {"media": "caption", "comment": "text"}[kind]
    post = {
        "id": "9003",
        "username": "bo.pours",
        "timestamp": "2024-03-01T10:00:00+0000",
        text: "Ask @tina.brews",
    }
    answer = {f"mentioned_{kind}": post, "id": "17"}
    (row,) = told(tmp_path, "instagram", answer, "mentions")
    assert (row["referrer_id"], row["influencer_id"]) == ("instagram:bo.pours", "instagram:tina.brews")


def test_an_account_of_instagram_without_its_followers_is_one(tmp_path: Path) -> None:
    user = {"id": "17", "username": "tina.brews", "account_type": "BUSINESS", "media_count": 10}
    (row,) = told(tmp_path, "instagram", user, "influencers")
    assert row["influencer_id"] == "instagram:tina.brews"


def test_counts_of_a_video_alone_are_counts_and_no_post(tmp_path: Path) -> None:
    video = {
        "kind": "youtube#video",
        "id": "vid00000001",
        "statistics": {"viewCount": "794", "likeCount": "77"},
    }
    answer = {"kind": "youtube#videoListResponse", "items": [video]}
    (tmp_path / "answer.json").write_text(json.dumps(answer), encoding="utf-8")
    brought = bring("youtube", tmp_path / "data", tmp_path / "answer.json")
    assert not any(landed.reasons for landed in brought.tables), "no post is set aside for lack of a time"
    (row,) = rows_in(tmp_path / "data", "post_metrics")
    assert (row["post_id"], row["views"], row["likes"]) == ("youtube:vid00000001", 794, 77)


def test_a_refund_of_woocommerce_by_itself_is_no_order(tmp_path: Path) -> None:
    refund = {
        "id": 9,
        "date_created_gmt": "2024-03-05T10:00:00",
        "amount": "4.00",
        "refunded_by": 1,
        "line_items": [],
    }
    (tmp_path / "answer.json").write_text(json.dumps([refund]), encoding="utf-8")
    brought = bring("woocommerce", tmp_path / "data", tmp_path / "answer.json")
    assert [reason.split(":")[0] for reason, _ in brought.broken] == [
        "a refund by itself does not name its order"
    ]


def purchase(name: str, **told: object) -> dict[str, Any]:
    event = {"event_name": name, "event_timestamp": "1709631600000000"}
    return {**event, "event_params": [], **told}


def test_a_purchase_whose_tag_names_no_currency_has_its_dollars(tmp_path: Path) -> None:
    shop = {"transaction_id": "T-1", "purchase_revenue": None, "purchase_revenue_in_usd": "16.0"}
    (row,) = told(tmp_path, "ga4", purchase("purchase", ecommerce=shop), "orders")
    assert (row["amount"], row["currency"]) == (1600, "USD")
    shop = {"transaction_id": "T-1", "refund_value": "900.0", "refund_value_in_usd": "6.0"}
    (row,) = told(tmp_path, "ga4", purchase("refund", ecommerce=shop), "refunds")
    assert row["amount"] == 600, "900 are yen, perhaps, and no dollars"


def test_an_order_number_that_stands_among_the_parameters_alone_is_read(tmp_path: Path) -> None:
    params = [{"key": "transaction_id", "value": {"string_value": "T-2", "int_value": None}}]
    params += [{"key": "currency", "value": {"string_value": "EUR"}}]
    shop = {"transaction_id": "(not set)", "purchase_revenue": 16.0}
    (row,) = told(tmp_path, "ga4", purchase("purchase", ecommerce=shop, event_params=params), "orders")
    assert row["order_ref"] == "T-2"


@pytest.mark.parametrize(
    "own", [{"siteName": "https://tina.example"}, {"publisherUrl": "https://tina.example/tea"}]
)
def test_the_publishers_own_page_is_not_where_somebody_landed(tmp_path: Path, own: dict[str, str]) -> None:
    sale = {
        "id": 1,
        "publisherId": 77,
        "commissionStatus": "pending",
        "transactionDate": "2024-03-05T10:00:05",
    }
    sale |= {"saleAmount": {"amount": 40.0, "currency": "EUR"}, "url": "https://tina.example"}
    (row,) = told(tmp_path, "awin", [sale | own], "orders")
    assert "landing" not in row or row["landing"] is None
    assert row["referrer"] == own.get("publisherUrl", "https://tina.example")


def test_an_address_of_threads_names_who_wrote_a_post(tmp_path: Path) -> None:
    post = {
        "id": "9101",
        "text": "Oolong",
        "timestamp": "2024-03-05T10:00:00+0000",
        "media_type": "TEXT_POST",
    }
    post |= {"permalink": "https://www.threads.com/@tina.brews/post/AbC-1"}
    (row,) = told(tmp_path, "threads", {"data": [post]}, "posts")
    assert row["author_id"] == "threads:tina.brews"


def test_tiktoks_first_version_says_with_0_that_all_is_well(tmp_path: Path) -> None:
    video = {"id": "7000000000000000001", "create_time": 1709631600, "title": "Matcha", "like_count": 3}
    video |= {"share_url": "https://www.tiktok.com/@tina.brews/video/7000000000000000001"}
    answer = {"data": {"videos": [video]}, "error": {"code": 0, "message": ""}}
    (row,) = told(tmp_path, "tiktok", answer, "posts")
    assert (row["post_id"], row["author_id"]) == ("tiktok:7000000000000000001", "tiktok:tina.brews")


def test_what_a_publisher_asked_cj_for_in_its_own_currency_is_read(tmp_path: Path) -> None:
    record = {"commissionId": "900", "orderId": "O-1", "eventDate": "2024-03-05T10:00:00Z"}
    record |= {"saleAmountPubCurrency": "500.00", "pubCurrency": "SEK"}
    answer = {"data": {"publisherCommissions": {"count": 1, "records": [record]}}}
    (row,) = told(tmp_path, "cj", answer, "orders")
    assert (row["amount"], row["currency"]) == (50000, "SEK")
