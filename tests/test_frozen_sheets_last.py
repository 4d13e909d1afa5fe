"""Six files written down after the two rounds before were read, and before any of these was run."""

from __future__ import annotations

from pathlib import Path

import pytest

from .frozen import Frozen, differences, plain, run, workbook

IG = ("--platform", "instagram")

RUSSIAN = plain(
    "Блогеры весна.csv",
    "Кампания;Дата начала;Дата окончания;Блогер;Подписчики;Кол-во публикаций;Гонорар, руб.;Промокод;Заказы;Выручка\r\n"
    "Весенний уход;04.03.2024;17.03.2024;@dasha.glow;48,2 тыс.;2;45 000;DASHA;61;183 400,50\r\n"
    "Весенний уход;04.03.2024;17.03.2024;@mila_skin;12 900;1;15 000;MILA;14;38 920\r\n"
    "Лето;03.06.2024;16.06.2024;@dasha.glow;51 тыс.;3;60 000;DASHA;бартер;210 000\r\n",
    "cp1251",
)
QUARTERS = workbook(
    "Ambassador program.xlsx",
    """Ambassador program FY24
    Ambassador | Handle | Tier | Quarter | Content | Retainer | Referral sign-ups | Clicks | Conv. rate | Notes
    Maja Lind | @majalind | Gold | Q1 2024 | 6 | kr 12 000 | 84 | 2100 | 4.0% | great
    Oskar Berg | @oskar.b | Silver | Q1 2024 | 3 | kr 5 000 | 19 | 640 | 3.0% | late
    Maja Lind | @majalind | Gold | Q2 2024 | 6 | kr 12 000 | 91 | 2400 | 3.8% |
    Oskar Berg | @oskar.b | Silver | Q2 2024 | 3 | kr 5 000 | TBC | 590 | - | waiting for app data""",
)
RAKUTEN = plain(
    "signature-orders-report.csv",
    "MID,Advertiser Name,Member ID (U1),Publisher ID,Publisher Name,Order ID,Transaction Date,Transaction Time,SKU,# of Items,Sales,Total Commission,Currency,Process Date\n"
    "4411,Cold Brew Co,anna,7781,Anna Brews,R-501,5/3/24,10:12,CB-1,2,$48.00,$4.80,USD,5/4/24\n"
    "4411,Cold Brew Co,gus,7782,Gym Gus,R-502,5/13/24,18:01,CB-9,1,$31.50,$3.15,USD,5/14/24\n"
    "4411,Cold Brew Co,anna,7781,Anna Brews,R-501,5/3/24,10:12,CB-1,-1,($24.00),($2.40),USD,5/20/24\n",
)
KOREAN = workbook(
    "인플루언서_캠페인.xlsx",
    """캠페인명 | 시작일 | 종료일 | 인플루언서 | 팔로워 수 | 게시물 수 | 원고료(원) | 주문수 | 매출
    봄 신상 | 2024.04.01 | 2024.04.14 | @minji.daily | 5.2만 | 2 | 500,000원 | 48 | 1,920,000원
    봄 신상 | 2024.04.01 | 2024.04.14 | @jun_cafe | 8,300 | 1 | 150,000원 | 9 | 351,000원
    여름 세일 | 2024. 7. 1. | 2024. 7. 14. | @minji.daily | 5.5만 | 2 | 500,000원 | 66 | 2,640,000원""",
)
SHORTLIST = plain(
    "modash-export.csv",
    "Username,Profile URL,Platform,Followers,Engagement rate,Average likes,Average Reels plays,Fake followers,Top audience country,Audience in Germany,Email,Price per post\n"
    'anna.brews,https://www.instagram.com/anna.brews,Instagram,48210,0.0341,"1,520",22100,12.4%,Germany,61%,hi@example.org,€400\n'
    'tess.moves,https://www.tiktok.com/@tess.moves,TikTok,"103,500",0.0612,"6,100",,8%,United Kingdom,4%,,€650\n',
)
WEEKS = workbook(
    "Produktlaunch Tracking.xlsx",
    """Kampagne | Creator:in | Kosten netto | KW 10 | KW 11 | KW 12 | Summe Bestellungen | Anmerkung
    Serum-Launch | @derma.dee | 500 € | 8 | 7 | 5 | 20 | KW 10–12/2024
    Serum-Launch | @skin.sven | 450 € | 4 | 8 | 0 | 12 |
    Summe | | 950 € | 12 | 15 | 5 | 32 |""",
)

CASES = [
    Frozen(
        "Russian, Windows-1251",
        RUSSIAN,
        "results",
        IG,
        outcomes="""
        Весенний уход | instagram:dasha.glow | 2 | 45000 | 61 | 183400.5
        Весенний уход | instagram:mila_skin | 1 | 15000 | 14 | 38920
        """,
        campaigns="Весенний уход | 2024-03-04 | 2024-03-17\nЛето | 2024-06-03 | 2024-06-16",
        audience="instagram:dasha.glow | 51000\ninstagram:mila_skin | 12900",
    ),
    Frozen(
        "a programme by quarters without a campaign, each quarter one with --map",
        QUARTERS,
        "results",
        (*IG, "--map", "Quarter=campaign_id"),
        outcomes="""
        Q1 2024 | instagram:majalind | 6 | 12000 | 84
        Q1 2024 | instagram:oskar.b | 3 | 5000 | 19
        Q2 2024 | instagram:majalind | 6 | 12000 | 91
        """,
        campaigns="Q1 2024 | 2024-01-01 | 2024-03-31\nQ2 2024 | 2024-04-01 | 2024-06-30",
    ),
    Frozen(
        "Rakuten, orders with a return in brackets",
        RAKUTEN,
        "csv",
        orders="""
        R-501 | 4800 | USD | - | 7781 | 2400
        R-502 | 3150 | USD | - | 7782 | -
        """,
    ),
    Frozen(
        "Korean",
        KOREAN,
        "results",
        IG,
        outcomes="""
        봄 신상 | instagram:minji.daily | 2 | 500000 | 48 | 1920000
        봄 신상 | instagram:jun_cafe | 1 | 150000 | 9 | 351000
        여름 세일 | instagram:minji.daily | 2 | 500000 | 66 | 2640000
        """,
        campaigns="봄 신상 | 2024-04-01 | 2024-04-14\n여름 세일 | 2024-07-01 | 2024-07-14",
        audience="instagram:minji.daily | 55000\ninstagram:jun_cafe | 8300",
    ),
    Frozen(
        "Modash, a shortlist of two platforms",
        SHORTLIST,
        "creators",
        audience="""
        instagram:anna.brews | 48210 | 0.0341 | 0.876
        tiktok:tess.moves | 103500 | 0.0612 | 0.92
        """,
    ),
    Frozen(
        "conversions by week beside their sum, German",
        WEEKS,
        "results",
        (*IG, "--set", "starts_at=2024-03-04", "--set", "ends_at=2024-03-24"),
        outcomes="""
        Serum-Launch | instagram:derma.dee | - | 500 | 20
        Serum-Launch | instagram:skin.sven | - | 450 | 12
        """,
        campaigns="Serum-Launch | 2024-03-04 | 2024-03-24",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_file_comes_in_whole(case: Frozen, tmp_path: Path) -> None:
    assert differences(case, *run(case, tmp_path)) == []
