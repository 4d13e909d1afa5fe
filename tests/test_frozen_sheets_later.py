"""Six more files, written down with their right values after the first sixteen were read and before any of these was run."""

from __future__ import annotations

from pathlib import Path

import pytest

from .frozen import Frozen, cells, differences, plain, run, workbook
from .workbooks import ods

IG = ("--platform", "instagram")

POSTS = plain(
    "vendemmia_influencer.csv",
    "Campagna,Data pubblicazione,Influencer,Formato,Compenso,Codice sconto,Ordini,Fatturato\r\n"
    'Vendemmia,12/09/2024,@sommelier.sara,Reel,"€ 400,00",SARA10,14,"€ 980,00"\r\n'
    'Vendemmia,15/09/2024,@sommelier.sara,Story,"€ 150,00",SARA10,5,"€ 310,00"\r\n'
    'Vendemmia,18/09/2024,@vino.vero,Reel,"€ 350,00",VERO10,9,"€ 621,50"\r\n'
    'Natale,02/12/2024,@vino.vero,Reel,"€ 500,00",VERO15,27,"€ 2.214,00"\r\n',
)
FRENCH = """Partenariats – Office de tourisme
Opération | Période | Influenceur | Compte IG | Contenus livrés | Cachet | Nuitées | Réservations | dont annulées | CA généré
Printemps en Drôme | du 3 au 17 mai 2024 | Léa Martin | https://www.instagram.com/lea.voyage/ | 4 | 1 200 € HT | 96 | 31 | 3 | 8 450 €
Printemps en Drôme | du 3 au 17 mai 2024 | Tom Petit | https://www.instagram.com/tom_rando/?hl=fr | 2 | 600 € HT | 22 | 8 | 0 | 1 930 €
Été au lac | du 28 juin au 12 juillet 2024 | Léa Martin | https://www.instagram.com/lea.voyage/ | 3 | 1 000 € HT | 70 | 24 | 2 | 6 120 €"""
ACROSS = workbook(
    "Launch recap.xlsx",
    """Serum launch – 4 to 18 March 2024
    | @glow.gia | @skin.sven | @derma.dee
    Posts | 3 | 2 | 2
    Fee | $900 | $450 | $500
    Orders | 44 | 12 | 20
    Revenue | $2,640.00 | $708.50 | $1,180.00""",
)
CJ = plain(
    "commission-detail-2024-06.csv",
    '"Posting Date","Event Date","Action ID","Action Name","Action Type","Action Status","Original Action ID","Order ID",'
    '"Publisher ID","Publisher Name","Sale Amount (USD)","Commission (USD)","Coupon","Correction Reason"\n'
    '"2024-06-02T10:00:00Z","2024-06-01T18:22:10Z","880001","Purchase","sale","locked","880001","A-1001","5551","Anna Brews","54.00","5.40","ANNA10",""\n'
    '"2024-06-09T10:00:00Z","2024-06-01T18:22:10Z","880002","Purchase","sale","locked","880001","A-1001","5551","Anna Brews","-20.00","-2.00","ANNA10","RETURN"\n'
    '"2024-06-03T10:00:00Z","2024-06-02T09:10:00Z","880003","Purchase","sale","new","880003","A-1002","5552","Gym Gus","130.00","13.00","",""\n',
)
GRIN = plain(
    "creator_campaign_report.csv",
    "Creator,Instagram Handle,Campaign,Status,Go Live Date,Content Pieces,Offer Amount,Promo Code,Promo Code Uses,Affiliate Revenue,Impressions,EMV\n"
    'Anna Bee,anna.brews,Cold Brew Drop,Completed,3/14/2024,3,$600.00,ANNA10,38,"$1,710.00",81200,"$4,060.00"\n'
    "Gus Gym,gym_gus,Cold Brew Drop,Completed,3/19/2024,1,$250.00,GUS10,7,$315.00,20950,$890.00\n"
    "Ria Run,runwithria,Cold Brew Drop,Declined,,0,$0.00,,,,,\n"
    'Anna Bee,anna.brews,Iced Week,Completed,7/8/2024,2,$500.00,ANNA15,29,"$1,305.00",60100,"$3,000.00"\n',
)
TAB = """Campaign: | {0} |||
Dates: | {1} |||
Owner: | Marketing DACH |||

Creator | Deliverables | Fee | Orders | Revenue
"""
TABS = {
    "Spring Drop": TAB.format("Spring Drop", "03.03.2024 – 17.03.2024")
    + "@tess.moves | 2 reels | 450 | 31 | 1240,50\n@gym.gus | 1 reel | 300 | 12 | 480,00",
    "Summer Drop": TAB.format("Summer Drop", "10.06.2024 – 24.06.2024")
    + "@tess.moves | 1 reel, 2 stories | 500 | 40 | 1600,00\n@runwithria | 1 reel | 250 | 0 | 0,00",
}

CASES = [
    Frozen(
        "a row for each post, Italian: what one person brought in a campaign is added up",
        POSTS,
        "results",
        IG,
        outcomes="""
        Vendemmia | instagram:sommelier.sara | 2? | 550 | 19 | 1290
        Vendemmia | instagram:vino.vero | 1? | 350 | 9 | 621.5
        Natale | instagram:vino.vero | 1? | 500 | 27 | 2214
        """,
        campaigns="Vendemmia | 2024-09-12 | 2024-09-18\nNatale | 2024-12-02 | 2024-12-02",
    ),
    Frozen(
        "names beside addresses, cancelled bookings, from-to in French",
        lambda folder: ods(folder / "partenariats.ods", {"2024": cells(FRENCH)}),
        "results",
        IG,
        outcomes="""
        Printemps en Drôme | instagram:lea.voyage | - | 1200 | 31 | 8450 | 3?
        Printemps en Drôme | instagram:tom_rando | - | 600 | 8 | 1930 | 0?
        Été au lac | instagram:lea.voyage | - | 1000 | 24 | 6120 | 2?
        """,
        campaigns="Printemps en Drôme | 2024-05-03 | 2024-05-17\nÉté au lac | 2024-06-28 | 2024-07-12",
    ),
    Frozen(
        "people across, numbers down",
        ACROSS,
        "results",
        (*IG, "--set", "campaign_id=serum"),
        outcomes="""
        serum | instagram:glow.gia | 3 | 900 | 44 | 2640
        serum | instagram:skin.sven | 2 | 450 | 12 | 708.5
        serum | instagram:derma.dee | 2 | 500 | 20 | 1180
        """,
        campaigns="serum | 2024-03-04 | 2024-03-18",
    ),
    Frozen(
        "CJ, Commission Detail with a correction",
        CJ,
        "csv",
        orders="""
        A-1001 | 5400 | USD | ANNA10 | 5551 | 2000
        A-1002 | 13000 | USD | - | 5552 | -
        """,
    ),
    Frozen(
        "a creator platform's report: names beside handles, people who declined",
        GRIN,
        "results",
        IG,
        outcomes="""
        Cold Brew Drop | instagram:anna.brews | 3 | 600 | 38 | 1710
        Cold Brew Drop | instagram:gym_gus | 1 | 250 | 7 | 315
        Iced Week | instagram:anna.brews | 2 | 500 | 29 | 1305
        """,
        campaigns="Cold Brew Drop | 2024-03-14 | 2024-03-19\nIced Week | 2024-07-08 | 2024-07-08",
    ),
    Frozen(
        "a tab for each campaign, what it is and when above its table",
        lambda folder: ods(folder / "drops.ods", {name: cells(block) for name, block in TABS.items()}),
        "results",
        IG,
        outcomes="""
        Spring Drop | instagram:tess.moves | 2 | 450 | 31 | 1240.5
        Spring Drop | instagram:gym.gus | 1 | 300 | 12 | 480
        Summer Drop | instagram:tess.moves | 3 | 500 | 40 | 1600
        Summer Drop | instagram:runwithria | 1 | 250 | 0 | 0
        """,
        campaigns="Spring Drop | 2024-03-03 | 2024-03-17\nSummer Drop | 2024-06-10 | 2024-06-24",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_file_comes_in_whole(case: Frozen, tmp_path: Path) -> None:
    assert differences(case, *run(case, tmp_path)) == []
