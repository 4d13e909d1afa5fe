"""Sixteen files of people and tools, written down with their right values before any of them was run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet

from .frozen import Frozen, cells, differences, plain, run, workbook
from .workbooks import ods

IG = ("--platform", "instagram")


def two_headers(sheet: Worksheet) -> None:
    sheet.merge_cells("A1:A2")
    sheet.merge_cells("B1:D1")
    sheet.merge_cells("E1:G1")


def named(title: str) -> Callable[[Worksheet], None]:
    return lambda sheet: setattr(sheet, "title", title)


def helper_and_comment(sheet: Worksheet) -> None:
    sheet.column_dimensions["K"].hidden = True
    sheet["F3"].comment = Comment("incl. usage rights until June", "PM")


BLOCKS = workbook(
    "Kooperationen.xlsx",
    """Übersicht Kooperationen – Kaffeerösterei

    Creator | Honorar (€) | Reels | Bestellungen | Umsatz
    Sommerkampagne 01.06.–30.06.2024
    @anna.brews | '1.200 | 2 | 34 | 1.530,00 €
    @kaffee_kai | '800 | 1 | n.v. | n.v.
    Zwischensumme | '2.000 | 3 | 34 | 1.530,00 €
    Herbstkampagne 01.10.–31.10.2024
    @anna.brews | '1.300 | 2 | 41 | 1.802,50 €
    ida.roestet 🌿 | '450 | 1 | 9 | 371,20 €
    Zwischensumme | '1.750 | 3 | 50 | 2.173,70 €
    Gesamt | '3.750 | 6 | 84 | 3.703,70 €""",
)
SPANISH = plain(
    "campañas_influencers.csv",
    "Campaña;Mes;Influencer;Nº publicaciones;Inversión (€);Ventas (uds.);Facturación;CTR;ROAS\r\n"
    "Día de la Madre;abr-24;@lucia.glow;3;1.250,00;57;2.451,00;1,8 %;1,96\r\n"
    "Día de la Madre;abr-24;@martaskin;3 + 2;400,00;12;516,00;0,9 %;1,29\r\n"
    "Black Friday;nov-24;@lucia.glow;4;1.500,00;113;4.859,00;2,4 %;3,24\r\n"
    "Black Friday;nov-24;@clara_mua;2;ca. 350;21;903,50;1,1 %;2,58\r\n",
    "cp1252",
)


POLISH_HEAD = "Kampania | Od | Do | Twórca | Wynagrodzenie netto (PLN) | Publikacje | Zamówienia | Przychód\n"
POLISH = workbook(
    "wspolprace_agencja.xlsx",
    POLISH_HEAD
    + """Wiosna | '3.04 | '17.04 | @ola.testuje | 2 500,00 | 3 | 44 | 6 160,00
    Wiosna | '3.04 | '17.04 | @kasia_domowa | 1 200,00 | 2 | 18 | 2 430,50
    Razem ||||3 700,00 | 5 | 62 | 8 590,50""",
    named("2023"),
    **{
        "2024": POLISH_HEAD
        + """Dzień Matki | '13.05 | '26.05 | @ola.testuje | 3 000,00 | 3 | 71 | 10 650,00
        Dzień Matki | '13.05 | '26.05 | @pan_od_kawy | brak danych | 1 | 0 | 0,00"""
    },
)
TURKISH = plain(
    "Kampanyalar.txt",
    """Kampanya|Başlangıç|Bitiş|Influencer|Takipçi|Gönderi|Ücret (₺)|Tıklama|Sipariş|Ciro|Dönüşüm Oranı
Bahar|01.04.2024|14.04.2024|@elif.stil|12,5 B|2|4.500|1310|29|₺18.850,00|%2,2
Bahar|01.04.2024|14.04.2024|@moda_deniz|8.700|3|3.250|720|11|₺7.205,50|%1,5
Yaz|10.06.2024|24.06.2024|@elif.stil|13.900|2|5.000|1650|38|₺24.700,00|%2,3
""".replace("|", "\t"),
    "utf-16",
)
JAPANESE = plain(
    "インフルエンサー施策.csv",
    "キャンペーン名,開始日,終了日,インフルエンサー,フォロワー数,投稿数,報酬(円),注文数,売上\r\n"
    '春コスメ,2024年4月1日,2024年4月14日,@yuki_beauty,5.2万,2,"￥50,000",63,"￥252,000"\r\n'
    '春コスメ,2024年4月1日,2024年4月14日,@hana.cosme,"18,300",1,"￥20,000",17,"￥68,000"\r\n'
    '夏コスメ,2024年7月1日,2024年7月15日,@yuki_beauty,5.6万,3,"￥60,000",未定,未定\r\n',
    "cp932",
)


SWEDISH = """Insamlingar 2024
Kampanj | Vecka | Ambassadör | Inlägg | Arvode (kr) | Nya månadsgivare | Gåvor (kr)
Rent vatten | v. 12 2024 | @sara.springer | 2 | 5 000 | 26 | 13 400
Rent vatten | v. 12 2024 | @erik_ute | 1 | ideellt | 8 | 3 150
Skolstart | v. 33 2024 | @sara.springer | 2 | 5 000 | 31 | 16 020"""
WIDE = workbook(
    "Creator tracker.xlsx",
    """Influencer | Spring Launch (1–31 Mar 2024) ||| Black Friday (22–29 Nov 2024) ||
    | Posts | Fee | Orders | Posts | Fee | Orders
    @tess.moves | 2 | £450 | 31 | 3 | £600 | 58
    @gym.gus | 1 | £300 | 12 |||
    @runwithria | 2 | £380 | 19 | 2 | £400 | 0
    TOTAL | 5 | £1,130 | 62 | 5 | £1,000 | 58""",
    two_headers,
)
BRAZIL = workbook(
    "ações_influenciadores.xlsx",
    """Ação | Período | Criador(a) | Entregas | Cachê | Cupom | Vendas c/ cupom | Faturamento | EMV
    Volta às aulas | 12/02 a 25/02/2024 | @bia.fit | 2 reels + 3 stories | R$ 1.500,00 | BIA10 | 42 | R$ 5.880,00 | R$ 9.000,00
    Volta às aulas | 12/02 a 25/02/2024 | @leo.treina e @duda.run | 1 reel | R$ 900,00 | DUPLA | 15 | R$ 2.100,00 | R$ 3.200,00
    Dia das Mães | 29/04 a 12/05/2024 | @bia.fit | 1 reel | R$ 1.000,00 | BIA10 | 37 | R$ 4.995,50 | R$ 4.100,00
    Dia das Mães | 29/04 a 12/05/2024 | @nat_suplementos | permuta | permuta | NAT10 | 6 | R$ 719,40 | -""",
)
ARABIC = workbook(
    "حملات المؤثرين.xlsx",
    """الحملة | تاريخ البدء | تاريخ الانتهاء | المؤثر | عدد المنشورات | التكلفة (ر.س) | الطلبات | المبيعات
    رمضان | ٢٠٢٤/٠٣/١١ | ٢٠٢٤/٠٤/٠٩ | @noura.scent | '٣ | ٢٬٥٠٠ | '٨٤ | ٢١٬٠٠٠٫٥٠
    رمضان | ٢٠٢٤/٠٣/١١ | ٢٠٢٤/٠٤/٠٩ | @faisal_oud | '٢ | ١٬٢٥٠ | '٣٠ | ٧٬٢٠٠٫٠٠
    اليوم الوطني | ٢٠٢٤/٠٩/٢٢ | ٢٠٢٤/٠٩/٢٤ | @noura.scent | '١ | ١٬٠٠٠ | '١٩ | ٤٬٧٥٠٫٠٠""",
)
SAAS = workbook(
    "Partner results.xlsx",
    """Campaign | KPI | Dates | Partner | Deliverables | Cost | Clicks | CVR | Result | Notes | helper
    Payroll guide | Sign-ups | KW 12/2025 | @hr.hanna | 2 posts | €1,000 | 640 | 4.2% | 27 || 37.04
    Payroll guide | Sign-ups | KW 12/2025 | @ops_olli | 1 post | €600 | 310 | 2.6% | 8 | late post | 75.0
    Year-end | Purchases | 12.–18. März 2025 | @hr.hanna | 1 post | €700 | 455 | ~9% | 40-50 ||
    Year-end | Purchases | 12.–18. März 2025 | @taxtom | 3 posts | €1,450 | 520 | 3.1% | 16 || 90.63""",
    helper_and_comment,
)
IMPACT = plain(
    "Action_Listing_2024-05.csv",
    "Action Date,Action Id,Partner,Partner Id,Status,Oid,Sale Amount,Action Cost,Currency,Promo Code,Customer Status,Event Type\n"
    '"May 03, 2024 10:12:09",7012.4411.100001,Anna Brews,2281001,Approved,1001,$84.90,$8.49,USD,ANNA10,New,Online Sale\n'
    '"May 04, 2024 18:01:44",7012.4411.100002,Gym Gus,2281002,Pending,1002,"$1,120.00",$112.00,USD,,Existing,Online Sale\n'
    '"May 06, 2024 07:30:00",7012.4411.100003,Anna Brews,2281001,Reversed,1003,$39.00,$0.00,USD,ANNA10,New,Online Sale\n',
)
SHAREASALE = plain(
    "transactiondetail.csv",
    "Trans ID|User ID|Trans Date|Trans Amount|Commission|SSAMT|Comment|Voided|Locked|Pending|Banner Page|Date of Trans|Coupon\n"
    "190000001|880011|03/14/2024 09:41:10 AM|64.50|6.45|1.29|Sale - 5001|0|1|0|https://annabrews.example/gear|03/14/2024|ANNA10\n"
    "190000002|880012|03/15/2024 06:02:51 PM|120.00|12.00|2.40|Sale - 5002|0|1|0||03/15/2024|\n"
    "190000003|880011|03/16/2024 11:15:00 AM|35.25|3.53|0.71|Sale - 5003|1|0|0|https://annabrews.example/gear|03/16/2024|ANNA10\n",
)
GA4 = plain(
    "Free_form_1.csv",
    "# ----------------------------------------\n# Creators 2024\n# Free form 1\n# 20240301-20240331\n"
    "# ----------------------------------------\n\n"
    "Session campaign,Session manual ad content,Sessions,Ecommerce purchases,Purchase revenue\n"
    ",,2110,75,3380.5,Grand total\nspring_launch,anna.brews,1200,51,2301\nspring_launch,gym_gus,610,24,1079.5\n"
    "(not set),(not set),300,0,0\n",
)
META = plain(
    "Ads-Creators-Mar-1-2024-Mar-31-2024.csv",
    '"Campaign name","Ad name","Ad delivery","Results","Result indicator",Reach,Impressions,"Amount spent (EUR)",'
    '"Link clicks",Purchases,"Purchases conversion value","Purchase ROAS (return on ad spend)","Reporting starts","Reporting ends"\n'
    '"Spring partnership","anna.brews",active,940,actions:link_click,51200,80310,410.22,940,22,1012.4,2.47,2024-03-01,2024-03-31\n'
    '"Spring partnership","gym_gus",active,315,actions:link_click,20450,29901,150,315,6,251.94,1.68,2024-03-01,2024-03-31\n'
    '"Spring partnership","tess.moves",inactive,,,1020,1350,9.8,12,,,,2024-03-01,2024-03-31\n',
)
HYPEAUDITOR = plain(
    "hypeauditor_list_instagram.csv",
    "#,Username,Full Name,Link,Country,Followers,Followers Growth 30d,ER,Quality Audience,AQS,Est. Reach,Authentic Engagement,Category\n"
    "1,anna.brews,Anna Bee,https://www.instagram.com/anna.brews/,Germany,48.2K,+1.3%,3.41%,39.1K,84,9.2K - 14.1K,1.5K,Coffee\n"
    "2,gym_gus,Gus 💪,https://www.instagram.com/gym_gus/,Austria,1.1M,-0.2%,0.87%,620K,61,80K - 120K,8.4K,Fitness\n"
    "3,tess.moves,Tess,https://www.instagram.com/tess.moves/,UK,9 870,+4.0%,6.02%,8.7K,92,2K - 3K,580,Sports\n",
    "utf-8-sig",
)
REFERSION = plain(
    "refersion_conversions_export.csv",
    "Conversion ID,Order ID,Affiliate ID,Affiliate Name,Date,Status,Payment Status,Type,Coupon Code,Order Total,Commission,Currency\n"
    "c9001,1001,55,Anna Bee,2024-05-03 10:12:09,APPROVED,PAID,COUPON,ANNA10,84.90,8.49,USD\n"
    "c9002,1002,56,Gus Gym,2024-05-04 18:01:44,PENDING,UNPAID,LINK,,1120.00,112.00,USD\n"
    "c9003,1003,55,Anna Bee,2024-05-06 07:30:00,DENIED,UNPAID,COUPON,ANNA10,39.00,0.00,USD\n",
)

CASES = [
    Frozen(
        "a title row above each campaign's people, German",
        BLOCKS,
        "results",
        IG,
        outcomes="""
        Sommerkampagne | instagram:anna.brews | 2 | 1200 | 34 | 1530
        Herbstkampagne | instagram:anna.brews | 2 | 1300 | 41 | 1802.5
        Herbstkampagne | instagram:ida.roestet | 1 | 450 | 9 | 371.2
        """,
        campaigns="Sommerkampagne | 2024-06-01 | 2024-06-30\nHerbstkampagne | 2024-10-01 | 2024-10-31",
    ),
    Frozen(
        "months, sums and about in Spanish",
        SPANISH,
        "results",
        IG,
        outcomes="""
        Día de la Madre | instagram:lucia.glow | 3 | 1250 | 57 | 2451
        Día de la Madre | instagram:martaskin | 5? | 400 | 12 | 516
        Black Friday | instagram:lucia.glow | 4 | 1500 | 113 | 4859
        Black Friday | instagram:clara_mua | 2 | - | 21 | 903.5
        """,
        campaigns="Día de la Madre | 2024-04-01 | 2024-04-30\nBlack Friday | 2024-11-01 | 2024-11-30",
    ),
    Frozen(
        "a tab for each year, whose name is the only year, Polish",
        POLISH,
        "results",
        IG,
        outcomes="""
        Wiosna | instagram:ola.testuje | 3 | 2500 | 44 | 6160
        Wiosna | instagram:kasia_domowa | 2 | 1200 | 18 | 2430.5
        Dzień Matki | instagram:ola.testuje | 3 | 3000 | 71 | 10650
        Dzień Matki | instagram:pan_od_kawy | 1 | - | 0 | 0
        """,
        campaigns="Wiosna | 2023-04-03 | 2023-04-17\nDzień Matki | 2024-05-13 | 2024-05-26",
    ),
    Frozen(
        "Unicode text of Excel, B for a thousand, Turkish",
        TURKISH,
        "results",
        IG,
        outcomes="""
        Bahar | instagram:elif.stil | 2 | 4500 | 29 | 18850
        Bahar | instagram:moda_deniz | 3 | 3250 | 11 | 7205.5
        Yaz | instagram:elif.stil | 2 | 5000 | 38 | 24700
        """,
        campaigns="Bahar | 2024-04-01 | 2024-04-14\nYaz | 2024-06-10 | 2024-06-24",
        audience="instagram:elif.stil | 13900\ninstagram:moda_deniz | 8700",
    ),
    Frozen(
        "Shift-JIS, days and ten thousands in Japanese",
        JAPANESE,
        "results",
        IG,
        outcomes="""
        春コスメ | instagram:yuki_beauty | 2 | 50000 | 63 | 252000
        春コスメ | instagram:hana.cosme | 1 | 20000 | 17 | 68000
        """,
        campaigns="春コスメ | 2024-04-01 | 2024-04-14\n夏コスメ | 2024-07-01 | 2024-07-15",
        audience="instagram:yuki_beauty | 56000\ninstagram:hana.cosme | 18300",
    ),
    Frozen(
        "weeks and monthly donors of an NGO, Swedish",
        lambda folder: ods(folder / "insamlingar.ods", {"Kampanjer": cells(SWEDISH)}),
        "results",
        IG,
        outcomes="""
        Rent vatten | instagram:sara.springer | 2 | 5000 | 26 | 13400
        Rent vatten | instagram:erik_ute | 1 | 0? | 8 | 3150
        Skolstart | instagram:sara.springer | 2 | 5000 | 31 | 16020
        """,
        campaigns="Rent vatten | 2024-03-18 | 2024-03-24\nSkolstart | 2024-08-12 | 2024-08-18",
    ),
    Frozen(
        "a group of columns for each campaign",
        WIDE,
        "results",
        IG,
        outcomes="""
        Spring Launch | instagram:tess.moves | 2 | 450 | 31
        Spring Launch | instagram:gym.gus | 1 | 300 | 12
        Spring Launch | instagram:runwithria | 2 | 380 | 19
        Black Friday | instagram:tess.moves | 3 | 600 | 58
        Black Friday | instagram:runwithria | 2 | 400 | 0
        """,
        campaigns="Spring Launch | 2024-03-01 | 2024-03-31\nBlack Friday | 2024-11-22 | 2024-11-29",
    ),
    Frozen(
        "a period in a cell, two people in a cell, sales by coupon, Brazilian",
        BRAZIL,
        "results",
        IG,
        outcomes="""
        Volta às aulas | instagram:bia.fit | 5 | 1500 | 42 | 5880
        Dia das Mães | instagram:bia.fit | 1 | 1000 | 37 | 4995.5
        Dia das Mães | instagram:nat_suplementos | - | 0? | 6 | 719.4
        """,
        campaigns="Volta às aulas | 2024-02-12 | 2024-02-25\nDia das Mães | 2024-04-29 | 2024-05-12",
    ),
    Frozen(
        "Arabic words and digits",
        ARABIC,
        "results",
        IG,
        outcomes="""
        رمضان | instagram:noura.scent | 3 | 2500 | 84 | 21000.5
        رمضان | instagram:faisal_oud | 2 | 1250 | 30 | 7200
        اليوم الوطني | instagram:noura.scent | 1 | 1000 | 19 | 4750
        """,
        campaigns="رمضان | 2024-03-11 | 2024-04-09\nاليوم الوطني | 2024-09-22 | 2024-09-24",
    ),
    Frozen(
        "a goal beside Result, weeks and days in German, a hidden helper",
        SAAS,
        "results",
        IG,
        outcomes="""
        Payroll guide | instagram:hr.hanna | 2 | 1000 | 27
        Payroll guide | instagram:ops_olli | 1 | 600 | 8
        Year-end | instagram:taxtom | 3 | 1450 | 16
        """,
        campaigns="Payroll guide | 2025-03-17 | 2025-03-23 | sign-up\nYear-end | 2025-03-12 | 2025-03-18 | purchase",
    ),
    Frozen(
        "impact.com, Action Listing as CSV",
        IMPACT,
        "csv",
        orders="""
        1001 | 8490 | USD | ANNA10 | 2281001 | -
        1002 | 112000 | USD | - | 2281002 | -
        1003 | 3900 | USD | ANNA10 | 2281001 | 3900
        """,
    ),
    Frozen(
        "ShareASale, Transaction Detail",
        SHAREASALE,
        "csv",
        ("--set", "currency=USD"),
        orders="""
        190000001 | 6450 | USD | ANNA10 | 880011 | -
        190000002 | 12000 | USD | - | 880012 | -
        190000003 | 3525 | USD | ANNA10 | 880011 | 3525
        """,
    ),
    Frozen(
        "GA4, a free-form exploration",
        GA4,
        "results",
        IG,
        outcomes="""
        spring_launch | instagram:anna.brews | - | - | 51 | 2301
        spring_launch | instagram:gym_gus | - | - | 24 | 1079.5
        """,
        campaigns="spring_launch | 2024-03-01 | 2024-03-31",
    ),
    Frozen(
        "Meta Ads Manager, one ad a creator",
        META,
        "results",
        IG,
        outcomes="""
        Spring partnership | instagram:anna.brews | 80310? | 410.22? | 22 | 1012.4
        Spring partnership | instagram:gym_gus | 29901? | 150? | 6 | 251.94
        """,
        campaigns="Spring partnership | 2024-03-01 | 2024-03-31",
    ),
    Frozen(
        "HypeAuditor, a list",
        HYPEAUDITOR,
        "creators",
        IG,
        audience="""
        instagram:anna.brews | 48200 | 0.0341 | -
        instagram:gym_gus | 1100000 | 0.0087 | -
        instagram:tess.moves | 9870 | 0.0602 | -
        """,
    ),
    Frozen(
        "Refersion, conversions",
        REFERSION,
        "csv",
        orders="""
        1001 | 8490 | USD | ANNA10 | 55 | -
        1002 | 112000 | USD | - | 56 | -
        1003 | 3900 | USD | ANNA10 | 55 | 3900
        """,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_file_comes_in_whole(case: Frozen, tmp_path: Path) -> None:
    assert differences(case, *run(case, tmp_path)) == []
