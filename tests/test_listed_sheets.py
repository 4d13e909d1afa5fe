"""Lists of creators by the names of columns that their tools give them."""

from __future__ import annotations

from pathlib import Path

import pytest

from suasion.features.sources.csvfile import LISTED, look
from suasion.features.sources.reading.columns import bare
from suasion.features.sources.reading.fit import Arguments

from .sources import rows_in, run

Told = dict[str, dict[str, object]]


def listed(folder: Path, content: str) -> tuple[Told, str]:
    path = folder / "list.csv"
    path.write_text(content, encoding="utf-8")
    code, said = run("import", "creators", str(path), str(folder / "out"), "--yes", "--read-at", "2024-12-01")
    assert code == 0, said
    rows = rows_in(folder / "out", "audience")
    return {row["influencer_id"]: row for row in rows}, " ".join(said.split())


REAL = (
    "Vrais abonnés|Abonnés authentiques|Abonnés réels|Followers authentiques|Seguidores auténticos|Seguidores autênticos|"
    "Seguidores verdaderos|Seguidores verdadeiros|Integrity Score|Audience Integrity|Authentic Followers|Authentische Follower|"
    "Anteil echter Follower|Follower autentici|Veri follower|Follower reali|Echte volgers|Authentieke volgers|Prawdziwi obserwujący|"
    "Autentyczni obserwujący"
)
LIKES = (
    "Likes / Post|Likes/Post|Likes per Post|Likes pro Beitrag|Likes je Post|Ø Likes|Likes par post|Likes por post|Curtidas / post|"
    "Mi piace per post|Like medi|Gemiddelde likes|Likes / bericht|Średnia liczba polubień|Polubienia na post"
)
COMMENTS = (
    "Comments / Post|Comments/Post|Kommentare / Beitrag|Ø Kommentare|Commentaires / post|Comentarios por post|Comentários / post|"
    "Commenti per post|Reacties per post|Komentarze na post|Średnia liczba komentarzy"
)
VIEWS = "Views / Post|Views / Video|Aufrufe pro Video|Vues / post|Visualizzazioni / post|Weergaven per video|Wyświetlenia na film"


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("real_share", REAL),
        ("average_likes", LIKES),
        ("average_comments", COMMENTS),
        ("average_views", VIEWS),
    ],
)
def test_shares_of_real_followers_and_counts_a_post_by_many_names(
    field: str, names: str, tmp_path: Path
) -> None:
    cells = ("82%", "71%") if field == "real_share" else ("410", "4100")
    for name in names.split("|"):
        path = tmp_path / "list.csv"
        path.write_text(
            f"Creator;Followers;{name}\n@anna;12000;{cells[0]}\n@ben;33000;{cells[1]}\n", encoding="utf-8"
        )
        (plan,) = look([path], Arguments(), LISTED)
        assert plan.mapping == {"Creator": "influencer_id", "Followers": "followers", name: field}, name
        assert not plan.fake


@pytest.mark.parametrize(
    ("name", "cell"), [("Abonnés authentiques", "9000"), ("Audience Quality Score", "82")]
)
def test_how_many_are_real_and_a_score_of_quality_are_neither_a_share_nor_followers(
    name: str, cell: str, tmp_path: Path
) -> None:
    told, _ = listed(tmp_path, f"Creator;Followers;{name}\n@anna;12000;{cell}\n")
    assert told["anna"]["followers"] == 12_000
    assert "real_share" not in told["anna"]


def test_formats_with_a_stroke_between_them_are_none_for_each_other() -> None:
    assert [bare(name) for name in ("Story / Reel", "Reels/Post", "Fee / Post", "Date/Time")] == [
        "story reel",
        "reels post",
        "fee per post",
        "date time",
    ]


# Headers as the tools' help pages and users describe them, written from memory: these are no real exports.
FROM_MEMORY: dict[str, tuple[str, Told]] = {
    "CreatorIQ": (
        "Publisher Name,Network,Network Handle,Followers,Engagement Rate,Average Views Per Post,Average Likes,Avg. Engagements,"
        "Audience Country 1,Audience Country 1 %,Integrity Score,IG Profile Link\n"
        "Anna Brews,Instagram,anna.brews,12400,3.40%,9800,410,430,United States,61%,88,https://www.instagram.com/anna.brews\n"
        "Ben Bean,TikTok,ben.bean,120400,1.40%,98000,4100,4300,Germany,51%,70,https://www.tiktok.com/@ben.bean\n",
        {
            "instagram:anna.brews": {
                "followers": 12_400,
                "engagement_rate": 0.034,
                "average_views": 9_800,
                "average_likes": 410,
                "real_share": 0.88,
                "country_share": '{"US": 0.61}',
            },
            "tiktok:ben.bean": {"followers": 120_400, "real_share": 0.7, "country_share": '{"DE": 0.51}'},
        },
    ),
    "Traackr": (
        "Influencer,Instagram URL,Instagram followers,Instagram engagement rate,TikTok URL,TikTok followers,TikTok video view rate,Tier,"
        "Location,VIT\n"
        "Anna Brews,https://www.instagram.com/anna.brews,12400,3.40%,https://www.tiktok.com/@anna,300,12%,Micro,Germany,103\n"
        "Ben Bean,https://www.instagram.com/ben.bean,120400,1.40%,,,,Macro,France,903\n",
        {
            "instagram:anna.brews": {"followers": 12_400, "engagement_rate": 0.034},
            "tiktok:anna": {"followers": 300},
            "instagram:ben.bean": {"followers": 120_400},
        },
    ),
    "Aspire": (
        "Name,Email,Username,Profile Link,Platform,Followers,Engagement %,Likes / Post,Comments / Post,Status,Groups\n"
        "Anna Brews,a@x.example,anna.brews,https://instagram.com/anna.brews,Instagram,12.4K,3.4,410,20,Contacted,VIP\n"
        "Ben Bean,b@x.example,ben.bean,https://instagram.com/ben.bean,Instagram,1.2M,1.4,4100,200,New,\n",
        {
            "instagram:anna.brews": {
                "followers": 12_400,
                "engagement_rate": 0.034,
                "average_likes": 410,
                "average_comments": 20,
            },
            "instagram:ben.bean": {"followers": 1_200_000, "average_comments": 200},
        },
    ),
    "Upfluence": (
        "first_name,last_name,email,instagram_username,instagram_followers,instagram_engagement_rate,instagram_average_likes,"
        "instagram_avg_comments,youtube_url,youtube_subscribers,youtube_average_views,country,tags\n"
        "Anna,Brews,a@x.example,anna.brews,12400,3.4,410,20,https://www.youtube.com/@annab,3000,1200,DE,coffee\n"
        "Ben,Bean,b@x.example,ben.bean,120400,1.4,4100,200,,,,FR,\n",
        {
            "instagram:anna.brews": {
                "followers": 12_400,
                "engagement_rate": 0.034,
                "average_likes": 410,
                "average_comments": 20,
            },
            "youtube:@annab": {"followers": 3_000, "average_views": 1_200},
            "instagram:ben.bean": {"followers": 120_400},
        },
    ),
}


def test_the_preview_says_what_an_address_and_the_name_of_a_country_are_for(tmp_path: Path) -> None:
    _, said = listed(tmp_path, FROM_MEMORY["CreatorIQ"][0])
    assert "Audience Country 1 country of Audience Country 1 %" in said
    assert "Audience Country 1 % country_share" in said
    assert "IG Profile Link address of each account" in said
    assert "Network platform of each row" in said
    _, said = listed(tmp_path, "Creator,Followers,DE,AT\n@anna,100,40%,20%\n")
    assert "country of" not in said


@pytest.mark.parametrize("tool", FROM_MEMORY)
def test_headers_of_tools_as_remembered(tool: str, tmp_path: Path) -> None:
    content, expected = FROM_MEMORY[tool]
    told, _ = listed(tmp_path, content)
    assert told.keys() == expected.keys()
    for who, fields in expected.items():
        assert {field: told[who].get(field) for field in fields} == fields


def test_a_column_that_says_who_is_verified_is_kept_and_one_of_vetting_is_not(tmp_path: Path) -> None:
    content = "Handle,Platform,Followers,Verified,Checked\n@anna,Instagram,12.4K,Yes,yes\n@ben,Instagram,800,no,yes\n@cleo,Instagram,900,,yes\n"
    rows, said = listed(tmp_path, content)
    marks = {who.partition(":")[2]: row.get("verified") for who, row in rows.items()}
    assert marks == {"anna": True, "ben": False, "cleo": None}
    assert "Checked not read" in said
