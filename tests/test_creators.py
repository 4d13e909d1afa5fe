"""Lists of creators as tools and agencies hand them on."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from suasion.features.tables.open import open_tables

from .test_cli import suasion

PAST = "Campaign,Start,End,Creator,Orders\nSummer,2024-05-01,2024-05-20,@anna.brews,5\n"
ROWS = ("influencer_id", "followers", "engagement_rate", "average_views", "average_likes", "real_share")


def listed(folder: Path, text: str, *more: str) -> tuple[pd.DataFrame, str]:
    """Return the audience that is read beside one past campaign, and what was said."""
    (folder / "past.csv").write_text(PAST, encoding="utf-8")
    (folder / "list.csv").write_text(text, encoding="utf-8")
    option = ("--yes", "--platform", "instagram")
    suasion("import", "results", folder / "past.csv", folder / "data", *option)
    came = suasion(
        "import", "creators", folder / "list.csv", folder / "data", *option, "--read-at", "2024-03-01", *more
    )
    assert came.returncode == 0, came.stderr
    with open_tables(folder / "data") as tables:
        return tables.sql("SELECT * FROM audience ORDER BY influencer_id").df(), came.stdout


@pytest.mark.parametrize(
    ("text", "day"),
    [
        (
            "Username,Full name,Followers,Engagement rate,Avg likes,Avg reels plays,Fake followers\n"
            "anna.brews,Anna,12.4K,3.4%,410,9.8K,12%\n"
            "beanco,Bean,1.2M,0.8%,9600,110K,30%\n",
            "2024-03-01",
        ),
        (
            "Konto;Abonnenten;Interaktionsrate;Durchschnittliche Likes;Durchschnittliche Views;Echte Follower;Datum\n"
            "@anna.brews;12,4 Tsd.;3,4 %;410;9.800;88 %;01.02.2024\n"
            "@beanco;1,2 Mio;0,8 %;9.600;110.000;70 %;31.01.2024\n",
            "2024-02-01",
        ),
        (
            "Profile URL,Subscribers,ER,Average likes,Average views,Audience credibility\n"
            "https://www.instagram.com/anna.brews/,12400,3.4,410,9800,88\n"
            "https://instagram.com/beanco?igsh=x,1200000,0.8,9600,110000,70\n",
            "2024-03-01",
        ),
        (
            "Utilisateur;Abonnés;Taux d'engagement (%);Likes moyens;Vues moyennes;Abonnés réels (%)\n"
            "@beanco;1 200 000;0,8;9600;110 000;70\n"
            "@anna.brews;12 400;3,4;410;9 800;88\n",
            "2024-03-01",
        ),
    ],
    ids=["english", "german", "addresses", "french"],
)
def test_the_same_two_people_whoever_exports_them(tmp_path: Path, text: str, day: str) -> None:
    table, _ = listed(tmp_path, text)
    anna, bean = table[list(ROWS)].to_numpy().tolist()
    assert anna == ["instagram:anna.brews", 12400.0, pytest.approx(0.034), 9800.0, 410.0, pytest.approx(0.88)]
    assert bean == ["instagram:beanco", 1.2e6, pytest.approx(0.008), 110000.0, 9600.0, pytest.approx(0.7)]
    assert str(table["observed_at"].max())[:10] == day


def test_a_list_without_a_date_is_of_when_it_was_read_and_no_earlier_decision_knows_it(
    tmp_path: Path,
) -> None:
    table, said = listed(tmp_path, "Creator,Followers\n@anna.brews,100\n")
    assert table["observed_at"].tolist() == table["known_at"].tolist() == [pd.Timestamp("2024-03-01")]
    assert "count as read at 2024-03-01" in said


def test_where_a_column_tells_the_date_a_row_without_one_is_set_aside(tmp_path: Path) -> None:
    table, said = listed(
        tmp_path, "Creator,Followers,Date\n@anna.brews,100,2024-01-05\n@beanco,200,\n@c,300,2024-01-06\n"
    )
    assert len(table) == 2
    assert "set aside" in said


def test_what_is_real_goes_before_what_is_fake(tmp_path: Path) -> None:
    table, said = listed(
        tmp_path, "Creator,Followers,Fake followers,Credibility\n@a,100,12%,80%\n@b,90,1%,\n"
    )
    assert table["real_share"].fillna(-1).tolist() == [0.8, -1.0]
    assert "1 less it" not in said


def test_a_day_that_had_not_been_is_no_count(tmp_path: Path) -> None:
    table, said = listed(tmp_path, "Creator,Followers,Date\n@a,100,2024-02-05\n@b,200,2024-12-31\n")
    assert table["influencer_id"].tolist() == ["instagram:a"]
    assert "a day that had not been when the file was read" in said


def test_few_fake_followers_are_few(tmp_path: Path) -> None:
    table, _ = listed(tmp_path, "Creator,Followers,Fake followers %\n@a,100,12\n@b,90,0.5\n")
    assert table["real_share"].tolist() == pytest.approx([0.88, 0.995])


@pytest.mark.parametrize(
    ("column", "cells", "expected"),
    [
        ("Audience countries", ('"Germany 45%, Austria 12%, Others 43%"', '"US: 80 %; Deutschland (5 %)"'), ({"DE": 0.45, "AT": 0.12}, {"US": 0.8, "DE": 0.05})),
        ("Top countries", ('"DE 0,45 | AT 0,12"', "-"), ({"DE": 0.45, "AT": 0.12}, None)),
        ("country_share", ('"{""DE"": 0.45}"', "Germany"), ({"DE": 0.45}, None)),
        ("Zielgruppe nach Ländern", ('"Vereinigte Staaten 70 %, Atlantis 30 %"', '"DE 70 %, AT 60 %"'), ({"US": 0.7}, None)),
    ],
)  # fmt: skip
def test_countries_of_an_audience_are_read_as_tools_list_them(
    column: str, cells: tuple[str, str], expected: tuple[dict[str, float] | None, ...], tmp_path: Path
) -> None:
    text = f"Username,Followers,{column}\nanna.brews,100,{cells[0]}\nbeanco,200,{cells[1]}\n"
    table, _ = listed(tmp_path, text)
    told = [json.loads(one) if isinstance(one, str) else None for one in table["country_share"]]
    assert told == list(expected)


def test_a_list_and_a_sheet_of_past_campaigns_tell_where_the_accounts_are(tmp_path: Path) -> None:
    listed(
        tmp_path,
        "Creator,Followers\nhttps://www.tiktok.com/@tina,100\nAnna Bee,200\nyoutube.com/channel/UCaaaaaaaaaaaaaaaaaaaaaa,300\n",
    )
    with open_tables(tmp_path / "data") as tables:
        found = tables.sql(
            "SELECT influencer_id, platform, handle, created_at FROM influencers ORDER BY 1"
        ).fetchall()
    assert found == [  # "Anna Bee" is a name among handles, and no account
        ("instagram:anna.brews", "instagram", "anna.brews", None),
        ("tiktok:tina", "tiktok", "tina", None),
        ("youtube:UCaaaaaaaaaaaaaaaaaaaaaa", "youtube", None, None),
    ]


def test_a_campaign_is_sold_in_the_countries_that_a_sheet_names(tmp_path: Path) -> None:
    text = "Campaign,Start,End,Creator,Orders,Target market\nSummer,2024-05-01,2024-05-20,@anna,5,Germany / Austria\nWinter,2024-11-01,2024-11-20,@anna,5,everywhere\n"
    (tmp_path / "past.csv").write_text(text)
    came = suasion("import", "results", tmp_path / "past.csv", tmp_path / "data", "--yes")
    assert came.returncode == 0, came.stderr
    with open_tables(tmp_path / "data") as tables:
        found = tables.sql("SELECT campaign_id, country FROM campaigns ORDER BY 1").fetchall()
    assert found == [("Summer", "DE, AT"), ("Winter", None)]


def test_platforms_in_a_line_above_tell_accounts_and_followers_apart(tmp_path: Path) -> None:
    sheet = ",Instagram,,TikTok,,YouTube,\nNamn,Konto,Följare,Konto,Följare,Kanal,Prenumeranter\nAnna,@anna,\"12,5k\",@annatok,8000,,\nLars,@lars,900,–,,youtube.com/@lars,1500\n"  # fmt: skip
    audience, _ = listed(tmp_path, sheet)
    assert {(one.influencer_id, one.followers) for one in audience.itertuples()} == {
        ("instagram:anna", 12500), ("tiktok:annatok", 8000), ("instagram:lars", 900), ("youtube:@lars", 1500),
    }  # fmt: skip
