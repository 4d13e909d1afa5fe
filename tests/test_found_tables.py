"""Files that others keep in public, each of a shape that was first read wrongly: what databases, analytics and payment services export."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from suasion.features.sources.advice import commands

from .sources import rows_in, run
from .test_found_files import POSTS, imported

OBJECTIVES = "Campaign,{},Influencer,Start,End,{}\nSpring tea,Sales,anna,2024-03-01,2024-03-10,8\nSummer,Awareness,anna,2024-06-01,2024-06-10,5\n"


@pytest.mark.parametrize("name", ["Objective", "Campaign objective"])
def test_the_objective_of_a_campaign_is_its_goal(tmp_path: Path, name: str) -> None:
    imported(tmp_path, "results", OBJECTIVES.format(name, "Conversions"), "--yes")
    campaigns = rows_in(tmp_path / "data", "campaigns")
    assert [(row["brief"], row["goal"]) for row in campaigns] == [
        ("Spring tea", "Sales"),
        ("Summer", "Awareness"),
    ]


def test_an_objective_in_a_sentence_is_a_brief(tmp_path: Path) -> None:
    sheet = OBJECTIVES.format("Objective", "Orders").replace("Sales", "Get students to try the new iced tea")
    assert "Objective brief" in imported(tmp_path, "results", sheet, "--yes")


VISITS = (
    "# Start date: 20240301\n# End date: 20240315\n"
    "Session source / medium,Session campaign,Session manual ad content,Key events\n"
    "(direct) / (none),(direct),(not set),80\ngoogle / organic,(organic),(not set),60\n"
    "instagram / influencer,spring,anna,12\ninstagram / influencer,spring,bo,3\ngoogle / cpc,spring,(not set),2\n"
)


def test_visits_that_no_influencer_brought_are_no_campaigns_and_nobody(tmp_path: Path) -> None:
    told = imported(tmp_path, "results", VISITS, "--yes")
    assert [row["campaign_id"] for row in rows_in(tmp_path / "data", "campaigns")] == ["spring"]
    assert [row["influencer_id"] for row in rows_in(tmp_path / "data", "outcomes")] == ["anna", "bo"]
    assert told.count("rows of visits that no influencer brought: Session campaign is") == 2
    assert "Session manual ad content is (not set)" in told
    assert "2 records" in told
    mapped = ("--map", "Session source / medium=influencer_id")
    told = imported(tmp_path, "results", VISITS.replace("(organic)", "spring"), "--yes", *mapped)
    assert "Session source / medium is google / organic" in told


def test_of_visitors_and_transactions_the_transactions_are_what_came(tmp_path: Path) -> None:
    sheet = "Campaign,Ad Content,Users,Transactions,Revenue\nspring,anna,120,12,€600.50\n"
    imported(
        tmp_path, "results", sheet, "--yes", "--set", "starts_at=2024-03-01", "--set", "ends_at=2024-03-31"
    )
    (outcome,) = rows_in(tmp_path / "data", "outcomes")
    assert (outcome["influencer_id"], outcome["conversions"]) == ("anna", 12)


def test_a_report_of_google_analytics_is_a_table(tmp_path: Path) -> None:
    rows = [("20240301", "spring", "anna", "12"), ("20240315", "(direct)", "(not set)", "3")]
    report = {
        "dimensionHeaders": [{"name": n} for n in ("date", "sessionCampaignName", "sessionManualAdContent")],
        "metricHeaders": [{"name": "keyEvents", "type": "TYPE_INTEGER"}],
        "rows": [
            {"dimensionValues": [{"value": cell} for cell in row[:3]], "metricValues": [{"value": row[3]}]}
            for row in rows
        ],
        "rowCount": 2,
    }
    imported(tmp_path, "results", json.dumps(report), "--yes", name="report.json")
    outcomes = [(row["influencer_id"], row["conversions"]) for row in rows_in(tmp_path / "data", "outcomes")]
    assert outcomes == [("anna", 12)]


CHARGES = (
    "id,Created date (UTC),Amount,Amount Refunded,Currency,Status,promo_code (metadata)\n"
    "ch_1,2024-03-02 10:00:00,100.00,20.00,usd,Paid,ANNA10\nch_2,2024-03-03 10:00:00,50.00,50.00,usd,Refunded,ANNA10\n"
    "ch_3,2024-03-04 10:00:00,50.00,0.00,usd,Paid,ANNA10\nch_4,2024-03-04 11:00:00,50.00,10.00,usd,Refunded,ANNA10\n"
)


def test_a_part_of_an_order_that_came_back_is_not_all_of_it(tmp_path: Path) -> None:
    imported(tmp_path, "csv", CHARGES, "--yes", "--set", "reporter=shop")
    back = {
        row["order_id"]: (row["amount"], row["is_total"]) for row in rows_in(tmp_path / "data", "refunds")
    }
    assert back == {"ch_1": (2000, True), "ch_2": (5000, True), "ch_4": (1000, True)}
    imported(tmp_path, "csv", "campaign_id,starts_at,ends_at\nspring,2024-03-01,2024-03-10\n", "--yes")
    codes = "campaign_id,influencer_id,kind,value\nspring,anna,code,ANNA10\n"
    imported(tmp_path, "csv", codes, "--table", "codes", "--yes")
    assert run("attribute", str(tmp_path / "data"), "--currency", "USD")[0] == 0
    files = tmp_path / "data" / "outcomes" / "*.parquet"
    last = duckdb.sql(f"SELECT conversions, refunds, revenue FROM '{files}' ORDER BY known_at").fetchall()[-1]
    assert last == (4, 1, 170)


@pytest.mark.parametrize(("reporter", "paid"), [("shop", False), ("network", None)])
def test_a_payment_status_is_the_orders_at_a_shop_and_the_partners_at_a_network(
    tmp_path: Path, reporter: str, paid: bool | None
) -> None:
    sheet = "Order number,Date created,Affiliate Username,Total,Currency,Payment status\n1001,Mar 2 2024,anna,50,USD,Unpaid\n"
    if reporter == "shop":
        sheet = sheet.replace("Affiliate Username", "Customer")
    imported(tmp_path, "csv", sheet, "--yes", "--set", f"reporter={reporter}")
    (order,) = rows_in(tmp_path / "data", "orders")
    assert (order.get("is_paid"), order.get("partner_id")) == (paid, None if reporter == "shop" else "anna")


def test_what_came_back_of_items_is_added_up(tmp_path: Path) -> None:
    sheet = (
        "Order ID,SKU,Price,Refund amount,Currency,Order date,Coupon\n"
        "1,a,30.00,0.00,EUR,2024-03-02,ANNA10\n1,b,20.00,5.00,EUR,2024-03-02,ANNA10\n1,c,10.00,10.00,EUR,2024-03-02,ANNA10\n"
    )
    imported(tmp_path, "csv", sheet, "--yes", "--map", "Price=amount", "--set", "reporter=shop")
    assert [row["amount"] for row in rows_in(tmp_path / "data", "orders")] == [6000]
    assert [row["amount"] for row in rows_in(tmp_path / "data", "refunds")] == [1500]


def test_commissions_of_cj_have_several_names(tmp_path: Path) -> None:
    records = [
        {
            "commissionId": f"C-{number}",
            "publisherId": "77",
            "eventDate": "2024-04-30T10:00:00Z",
            "postingDate": "2024-05-01T10:00:00Z",
            "actionStatus": state,
            "saleAmountUsd": "100.00",
        }
        for number, state in enumerate(("LOCKED", "REVERSED"))
    ]
    answer = json.dumps({"data": {"commissionDetails": {"count": 2, "records": records}}})
    imported(tmp_path, "cj", answer, name="answer.json")
    orders = rows_in(tmp_path / "data", "orders")
    assert [(row["order_id"], row["amount"]) for row in orders] == [("cj:C-0", 10000), ("cj:C-1", 10000)]
    assert [row["order_id"] for row in rows_in(tmp_path / "data", "refunds")] == ["cj:C-1"]


def test_a_file_of_an_export_may_be_named_like_a_table(tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text(POSTS)
    (line,) = commands(tmp_path)
    assert line == f"suasion import reddit {tmp_path / 'posts.csv'} {tmp_path}-tables --account NAME"
    (tmp_path / "posts.csv").write_text("post_id;created_at;text\np1;2024-03-01;Tea\n")
    assert commands(tmp_path) == []


def video(number: int, **statistics: str) -> dict[str, object]:
    snippet = {"publishedAt": "2024-01-01T10:00:00Z", "channelId": "UCx", "title": "Tea"}
    return {"kind": "youtube#video", "id": f"v{number}", "snippet": snippet, "statistics": statistics}


def test_a_count_that_is_not_told_costs_none_of_the_others(tmp_path: Path) -> None:
    answer = {"items": [video(1, viewCount="150", likeCount="", commentCount="off"), video(2, viewCount="9")]}
    told = imported(tmp_path, "youtube", json.dumps(answer), name="answer.json")
    counts = [
        (row["post_id"], row["views"], row.get("likes")) for row in rows_in(tmp_path / "data", "post_metrics")
    ]
    assert counts == [("youtube:v1", 150, None), ("youtube:v2", 9, None)]
    assert "left empty: 1 cells, comments: no number" in told


CAMPAIGNS = "id,name,brand,start_date,end_date\n7,Spring tea,Beanco,2024-03-01,2024-03-15\n8,Summer,Beanco,2024-06-01,2024-06-15\n"
RESULTS = "id,campaign_id,influencer_id,posts,conversions\n1,7,101,2,8\n2,7,102,1,3\n3,8,101,1,5\n"
PEOPLE = "ID,Name,Platform,Followers\n101,Anna Brews,Instagram,1200\n102,Bo Pours,TikTok,300\n"


def test_outcomes_take_their_dates_from_the_campaigns_beside_them(tmp_path: Path) -> None:
    told = imported(tmp_path, "results", RESULTS, "--yes")
    assert "A sheet that says when campaigns were, beside it or imported before, gives it, too." in told
    (tmp_path / "both").mkdir()
    (tmp_path / "both" / "campaigns.csv").write_text(CAMPAIGNS)
    (tmp_path / "both" / "results.csv").write_text(RESULTS)
    told = " ".join(
        run("import", "results", str(tmp_path / "both"), str(tmp_path / "data"), "--yes")[1].split()
    )
    assert "campaigns.csv: id is campaign_id, for other tables name them so" in told
    outcomes = rows_in(tmp_path / "data", "outcomes")
    assert [(row["campaign_id"], row["influencer_id"], row["decided_at"][:10]) for row in outcomes] == [
        ("7", "101", "2024-03-01"),
        ("7", "102", "2024-03-01"),
        ("8", "101", "2024-06-01"),
    ]


def test_outcomes_take_their_dates_from_the_campaigns_that_are_there(tmp_path: Path) -> None:
    imported(tmp_path, "csv", CAMPAIGNS.replace("id,", "campaign_id,"), "--table", "campaigns", "--yes")
    imported(tmp_path, "results", RESULTS + "4,9,101,1,2\n", "--yes", name="results.csv")
    assert len(rows_in(tmp_path / "data", "outcomes")) == 3
    assert (
        "campaign_id is not in campaigns"
        in (tmp_path / "data" / "quarantine" / "import-results.csv").read_text()
    )


def test_an_id_beside_a_name_is_who_somebody_is_where_other_tables_say_so(tmp_path: Path) -> None:
    imported(tmp_path, "creators", PEOPLE, "--yes")
    assert rows_in(tmp_path / "data", "audience")[0]["influencer_id"] == "Anna Brews"
    posts = "post_id,influencer_id,date,caption\np1,101,2024-03-02,Tea\np2,102,2024-03-03,Ice\n"
    imported(tmp_path, "csv", posts, "--yes", name="posts.csv")
    imported(tmp_path, "creators", PEOPLE, "--yes", "--read-at", "2024-03-01")
    people = [row["influencer_id"] for row in rows_in(tmp_path / "data", "audience")]
    assert people == ["101", "102", "Anna Brews", "Bo Pours"]


def test_a_list_of_people_is_read_after_what_names_them(tmp_path: Path) -> None:
    (tmp_path / "people.csv.txt").write_text(PEOPLE)
    (tmp_path / "sales.csv").write_text("campaign,influencer_id,date,orders\nspring,101,2024-03-01,2\n")
    assert [line.split()[2] for line in commands(tmp_path)] == ["results", "creators"]


def test_who_stands_in_each_row_of_theirs_needs_no_row_that_names_nobody(tmp_path: Path) -> None:
    sheet = (
        "source,campaign,influencer_id,date,orders\nads,spring,,2024-03-01,9\ninfluencer,spring,1,2024-03-01,2\n"
        "organic,spring,,2024-03-02,7\ninfluencer,spring,2,2024-03-02,1\ninfluencer,spring,1,2024-03-03,3\nads,spring,,2024-03-04,8\n"
    )
    told = imported(tmp_path, "results", sheet, "--yes")
    outcomes = [(row["influencer_id"], row["conversions"]) for row in rows_in(tmp_path / "data", "outcomes")]
    assert outcomes == [("1", 5), ("2", 1)]
    assert "set aside: 3 outcomes, influencer_id is missing" in told


ANSWERS: dict[str, object] = {
    "a page of a network": {
        "count": 2,
        "data": {
            "conversions": [
                {
                    "id": f"c{number}",
                    "created": "2024-03-02T10:00:00Z",
                    "sale": {"amount": amount, "currency": "EUR"},
                    "affiliate": {"id": 76 + number, "name": "Anna"},
                    "state": state,
                    "approved": state == "approved",
                }
                for number, amount, state in ((1, "50.00", "approved"), (2, "40.00", "refused"))
            ]
        },
    },
    "a list": [
        {
            "sale_id": number,
            "sale_amount": amount,
            "amount": 5,
            "currency": "EUR",
            "sales_date": "2024-03-02",
            "affiliate_id": 76 + number,
        }
        for number, amount in ((1, 50), (2, 40))
    ],
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_json_that_no_source_reads_is_read_as_a_table(tmp_path: Path, answer: str) -> None:
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "sales.json").write_text(json.dumps(ANSWERS[answer]))
    assert commands(tmp_path / "answers")[0].startswith("suasion import csv ")
    imported(tmp_path, "csv", json.dumps(ANSWERS[answer]), "--yes", name="sales.json")
    orders = rows_in(tmp_path / "data", "orders")
    assert [(row["amount"], row["currency"], row["partner_id"]) for row in orders] == [
        (5000, "EUR", "77"),
        (4000, "EUR", "78"),
    ]
    assert len(rows_in(tmp_path / "data", "refunds")) == (answer != "a list")


def test_json_lines_are_rows_and_a_broken_one_costs_itself(tmp_path: Path) -> None:
    first, second = (json.dumps({"username": name, "follower_count": 10}) for name in ("anna", "bo"))
    content = "\n".join([first, '{"username": "cut', second])
    told = imported(tmp_path, "creators", content, "--yes", "--platform", "tiktok", name="list.jsonl")
    people = [row["influencer_id"] for row in rows_in(tmp_path / "data", "audience")]
    assert people == ["tiktok:anna", "tiktok:bo"]
    assert "set aside: 1 records, no JSON" in told
    posts = [{"caption": "Tea"}, {"caption": "Ice"}]
    lists = [{"username": "dee", "follower_count": 5, "posts": posts}]
    imported(tmp_path, "creators", json.dumps(lists), "--yes", "--platform", "tiktok", name="lists.json")
    assert "tiktok:dee" in {row["influencer_id"] for row in rows_in(tmp_path / "data", "audience")}
    odd = [{"user": {"username": "cee"}, "counts": {"follower_count": 4}}, 5, {"tags": [1]}]
    told = imported(tmp_path, "creators", json.dumps(odd), "--yes", "--platform", "tiktok", name="odd.json")
    assert "set aside: 1 records, no object" in told
    assert "set aside: 1 audience" in told
    assert "JSON without a list of objects" in imported(
        tmp_path, "csv", '{"data": [1, 2]}', "--yes", name="none.json"
    )


CRAWLED = [
    {
        "id": "7400000000000000001",
        "text": "Cold brew",
        "createTime": 1705338000,
        "createTimeISO": "2024-01-15T17:00:00.000Z",
        "authorMeta": {"name": "anna.brews", "fans": 1200},
        "diggCount": 30,
        "playCount": 500,
        "hashtags": [{"name": "tea"}, {"name": "ice"}],
    }
]


def test_what_crawlers_make_of_posts_is_no_answer_of_a_platform(tmp_path: Path) -> None:
    """A text and an id made a Post of X of it, and whose it is and its counts were lost."""
    for source in ("x", "instagram", "threads"):
        told = imported(tmp_path, source, json.dumps(CRAWLED), name="crawl.json")
        assert "made by another program (createTime): suasion import csv reads its posts" in told
    imported(tmp_path, "csv", json.dumps(CRAWLED), "--yes", "--platform", "tiktok", name="crawl.json")
    (post,) = rows_in(tmp_path / "data", "posts")
    assert (post["author_id"], post["text"]) == ("tiktok:anna.brews", "Cold brew")
    (counts,) = rows_in(tmp_path / "data", "post_metrics")
    assert (counts["views"], counts["likes"]) == (500, 30)
    video = '{"id": "aaaaaaaaaaa", "timestamp": 1709373600, "title": "Tea"}'
    assert "neither a post, a reply" in imported(tmp_path, "threads", video, name="video.json")
    people = '[{"pk": 4, "username": "anna", "full_name": "A", "biography": "Tea", "follower_count": 3}]'
    assert "made by another program (pk)" in imported(tmp_path, "threads", people, name="people.json")


def test_an_answer_of_stripe_is_in_cents(tmp_path: Path) -> None:
    charge = {
        "object": "charge",
        "currency": "usd",
        "created": 1709373600,
        "metadata": {"promo_code": "ANNA10"},
        "refunded": False,
    }
    charges = [
        charge | {"id": "ch_1", "amount": 10000, "amount_refunded": 2000, "status": "succeeded"},
        charge | {"id": "ch_2", "amount": 5000, "amount_refunded": 0, "status": "failed"},
    ]
    answer = json.dumps({"object": "list", "data": charges})
    told = imported(tmp_path, "csv", answer, "--yes", "--set", "reporter=shop", name="charges.json")
    assert "amounts are in minor units" in told
    orders = [
        (row["amount"], row.get("is_paid"), row["codes"]) for row in rows_in(tmp_path / "data", "orders")
    ]
    assert orders == [(10000, None, ["ANNA10"]), (5000, False, ["ANNA10"])]
    assert [row["amount"] for row in rows_in(tmp_path / "data", "refunds")] == [2000]


def test_an_export_given_as_json_is_sent_to_its_command(tmp_path: Path) -> None:
    answer = {"items": [video(1, viewCount="150")]}
    told = imported(tmp_path, "csv", json.dumps(answer), "--yes", name="answer.json")
    assert "answer.json is an export of its own kind: suasion import youtube reads it" in told


CONTENT = (
    "Beitrags-ID,Konto-Benutzername,Kontoname,Beschreibung,Veröffentlichungszeitpunkt,Permalink,Beitragstyp,Datum,"
    "Aufrufe,Reichweite,„Gefällt mir“-Angaben,Geteilte Inhalte,Follows,Kommentare,Gespeicherte Beiträge\n"
    "17900000000000001,anna.brews,Anna,Eistee,15.09.2026 18:00,https://www.instagram.com/p/DEMO01/,IG Reel,Gesamte Laufzeit,7100,5200,210,31,6,9,96\n"
)


def test_posts_of_another_language_say_whose_when_and_on_which_platform_they_are(tmp_path: Path) -> None:
    """Meta Business Suite has ``Lifetime`` in the place of a day, and the platform in addresses alone."""
    told = imported(tmp_path, "csv", CONTENT, "--yes")
    assert "the platform is that of Permalink: instagram" in told
    (post,) = rows_in(tmp_path / "data", "posts")
    assert (post["post_id"], post["author_id"]) == ("instagram:17900000000000001", "instagram:anna.brews")
    assert post["created_at"] == "2026-09-15 18:00:00"
    (counts,) = rows_in(tmp_path / "data", "post_metrics")
    assert [counts[name] for name in ("views", "likes", "shares", "saves")] == [7100, 210, 31, 96]


def test_actions_of_a_network_are_no_candidates_and_returned_money_counts_nobody(tmp_path: Path) -> None:
    actions = (
        "Action Id,Status,Campaign,Partner,Partner Id,Oid,Action Date,Sale Amount,Payout,Currency\n"
        "1.2.3,APPROVED,Shop,Anna,77,1001,2024-03-02 10:00:00,50.00,5.00,EUR\n"
    )
    imported(tmp_path, "csv", actions, "--yes")
    (order,) = rows_in(tmp_path / "data", "orders")
    assert (order["order_ref"], order["amount"], order["partner_id"]) == ("1001", 5000, "77")
    sheet = "Campaign,Creator,Date,Orders,Gross sales,Returns\nspring,anna,2024-03-01,12,600.50,20.00\n"
    imported(tmp_path, "results", sheet, "--yes")
    (outcome,) = rows_in(tmp_path / "data", "outcomes")
    assert (outcome["revenue"], outcome.get("refunds")) == (600.5, None)


def test_a_campaign_that_goes_on_for_months_is_one_and_one_a_year_later_another(tmp_path: Path) -> None:
    """Three of five public tables of sales lost every outcome, for their campaigns went on for half a year."""
    days = [f"2024-{month:02}-{day:02}" for month in range(1, 8) for day in (1, 9, 17, 25)]
    rows = [f"spring,{who},{day},1" for day in days for who in ("anna", "bo")]
    imported(tmp_path, "results", "\n".join(["campaign,influencer_id,date,orders", *rows]), "--yes")
    outcomes = [(row["influencer_id"], row["conversions"]) for row in rows_in(tmp_path / "data", "outcomes")]
    assert outcomes == [("anna", 28), ("bo", 28)]
    again = [*rows[:6], *(row.replace("2024", "2025")[:-1] + "2" for row in rows[:6])]
    told = imported(tmp_path, "results", "\n".join(["campaign,influencer_id,date,orders", *again]), "--yes")
    assert "contradicts another row" in told


LISTS_OF_POSTS = {
    "a crawl of LinkedIn": "urn,text,postedAtISO,numLikes,authorProfileUrl\n"
    "urn:li:activity:7400000000000000001,Tea,2024-03-02T10:00:00Z,30,https://www.linkedin.com/in/annabrews\n",
    "Google Takeout": "Video ID,Video Title (Original),Privacy,Video Publish Timestamp\naaaaaaaaaaa,Tea,Public,2024-03-02T10:00:00+00:00\n",
    "Pinterest": "Pin URL,Title,Published,Impressions,Saves\nhttps://www.pinterest.com/pin/123/,Tea,2024-03-02T10:00:00Z,900,30\n",
}


@pytest.mark.parametrize("program", LISTS_OF_POSTS)
def test_lists_of_posts_name_their_columns_in_many_ways(tmp_path: Path, program: str) -> None:
    imported(tmp_path, "csv", LISTS_OF_POSTS[program], "--yes")
    (post,) = rows_in(tmp_path / "data", "posts")
    assert (post["text"], post["created_at"]) == ("Tea", "2024-03-02 10:00:00")
    assert (post.get("author_id") == "linkedin:annabrews") == (program == "a crawl of LinkedIn")
