"""Ten sheets of other industries, languages and programs, written down with their right values before anybody ran them."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from .sources import rows_in, run
from .workbooks import ods, xlsx

Make = Callable[[Path], Path]
Values = dict[str, dict[str, Any]]


def plain(content: str, name: str, encoding: str = "utf-8") -> Make:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content.encode(encoding))
        return folder / name

    return make


SUPPLEMENTS = """Q2 2024 Influencer Tracker - FitFuel,,,,,,,,,
Last updated 7/1/2024 by Marketing,,,,,,,,,
,,,,,,,,,
Creator,,,Timing,,Deal,,Performance,,
Campaign,Creator Name,IG Handle,Start,End,Flat Fee,Promo Code,Redemptions,Revenue,ROAS
Creatine Launch,Jake Miller,@jake lifts,4/1/2024,4/30/2024,"$1,250.00",JAKE15,38,"$2,431.62",1.9x
Creatine Launch,Mia Torres,@miatrains ,4/1/2024,4/30/2024,$900.00,MIA15,21,"$1,140.00",1.3x
April Total,,,,,"$2,150.00",,59,"$3,571.62",
Protein Bars,Lou Tanaka,@lou.lifts,5/13/2024,6/9/2024,$900.00,LOUBAR,55,"$1,804.50",2.0x
Protein Bars,Theo Park,@theo.park,5/13/2024,6/9/2024,$400.00,THEOBAR,0,$0.00,0.0x
May Total,,,,,"$1,300.00",,55,"$1,804.50",
GRAND TOTAL,,,,,"$3,450.00",,114,"$5,376.12",
,,,,,,,,,
Notes:,,,,,,,,,
Jake posted two days late; see email thread from 4/3,,,,,,,,,
"""
FASHION = """Report collaborazioni P/E 2024;;;;;;;;
Campagna;Data inizio;Data fine;Influencer;Compenso;Codice sconto;Sconto;Ordini;Fatturato
Capsule Città;04/03/2024;24/03/2024;@giulia_moda;€ 1.250,00;GIULIA10;10%;31;€ 2.790,40
Capsule Città;04/03/2024;24/03/2024;@perché.no;€ 600,00;PERCHE10;10%;4;€ 318,00
Totale marzo;;;;€ 1.850,00;;;35;€ 3.108,40
Saldi;01/04/2024;14/04/2024;@luca.veste;€ 900,00;LUCA15;15%;12;€ 1.001,5
Totale aprile;;;;€ 900,00;;;12;€ 1.001,50
(*) importi IVA esclusa;;;;;;;;
"""
FOOD = (
    "\t".join(
        ["Campaña", "Fecha inicio", "Fecha fin", "Plataforma", "Influencer", "Tarifa", "Pedidos", "Ventas"]
    )
    + """
Gazpacho\t15/05/2024\t02/06/2024\tTikTok\t@cocinaconlola\t1.200,00 €\t64\t1.536,90 €
Gazpacho\t15/05/2024\t02/06/2024\tInstagram\t@lacucharadepau\t450 €\t9\t215,1 €
Turrón\t01/12/2023\t24/12/2023\tTikTok\t@cocinaconlola\t1.500,00 €\t112\t3.024,00 €
"""
)
TOOL = """Profile ID,Username,Full name,Followers,Avg. likes,Avg. comments,ER,Country,Contact
1.78414E+16,petra_runs,Petra R.,"48,210",1.2K,35,2.61%,DE,mail
1.78414E+16,omar.trail,Omar,"9,870",310,12,3.3%,MA,mail
1.78414E+16,1-Mar,Marta,"22,000",800,20,3.7%,PT,mail
"""
BEAUTY = """Relatório de criadores - Beleza BR;;;;;
;;;;;
@ do Instagram;Nome;Seguidores;Taxa de engajamento;Média de curtidas;Cidade
@ana.makes;Ana;12,5 mil;3,4%;410;São Paulo
@bia_glow;Bia;1,2 mi;1,1%;12.300;Recife
carol skin;Carol;98.400;2,05%;1.870;Natal
Total: 3 criadores;;;;;
"""
OUTDOOR = """Kampanj;Startdatum;Slutdatum;Influencer;Arvode;Beställningar;Intäkter
Vårens tält;2024-04-08;2024-04-28;@fjällfia;12 500 kr;18;32 410,50 kr
Vårens tält;2024-04-08;2024-04-28;@skogsmulle;4 000 kr;2;3 598,00 kr
Summa;;;;16 500 kr;20;36 008,50 kr
"""


def travel(folder: Path) -> Path:
    first, last = date(2024, 1, 15), date(2024, 2, 29)
    rows = [
        ["Partenariats hiver 2024 – Agence Horizon"],
        [],
        ["Campagne", "Début", "Fin", "Créateur", "Cachet", "Devise", "Réservations", "Chiffre d'affaires"],
        ["Ski en famille", first, last, "@lesvoyagesdenoe", 1800, "EUR", 14, 15820.5],
        ["Ski en famille", first, last, "@alpineannie", 1500, "GBP", 6, 7200],
        ["Îles", first, last, "@cap_sud", 950, "EUR", 3, 4110],
        ["Îles", first, last, "@bleu.marine", 700, "EUR", 1, 990],
        [],
        ["Total", None, None, None, None, None, 24, None],
        ["NB : hors frais de déplacement"],
    ]
    return ods(
        folder / "partenariats.ods", {"Hiver": rows, "Contacts": [["Nom", "Téléphone"], ["Agence", "–"]]}
    )


def games(folder: Path) -> Path:
    first, last = date(2024, 9, 2), date(2024, 9, 22)
    pivot = [
        ["Row Labels", "Sum of Installs", "Sum of Cost (USD)"],
        ["Night Owl", 412, 3000],
        ["Pixel Paula", 95, 1200],
        ["Grand Total", 507, 4200],
    ]
    data = [
        [
            "Campaign",
            "Start",
            "End",
            "Manager",
            "Streamer",
            "Channel",
            "Cost (USD)",
            "Installs",
            "Net revenue (USD)",
        ],
        ["Keepers 1.0", first, last, "ops", "Night Owl", "https://www.twitch.tv/nightowl", 3000, 412, 1876.4],
        [
            "Keepers 1.0",
            first,
            last,
            "ops",
            "Pixel Paula",
            "https://www.twitch.tv/pixel_paula?sr=a",
            1200,
            95,
            301,
        ],
    ]

    def hide(sheet: Any) -> None:
        book = sheet.parent
        made = book.create_sheet("Data")
        for one in data:
            made.append(one)
        made.column_dimensions["D"].hidden = True
        made.auto_filter.ref = "A1:I3"

    return xlsx(folder / "keepers.xlsm", pivot, hide, Lists=[["Managers"], ["ops"]])


def home(folder: Path) -> Path:
    first, last = date(2024, 3, 11), date(2024, 3, 31)
    rows = [
        ["Samenwerkingen voorjaar 2024"],
        [],
        ["Campagne", "Periode", None, "Influencer", "Afspraken", None, "Resultaat", None],
        [None, "Van", "Tot", None, "Vergoeding", "Aantal posts", "Bestellingen", "Omzet"],
        ["Plantenweek", first, last, "@groenbinnen", 650, 3, 27, 1431.75],
        ["Plantenweek", first, last, "@huisje.anouk", 400, 2, 5, 262.5],
        ["Subtotaal maart", None, None, None, 1050, 5, 32, 1694.25],
        [],
        ["Opgesteld door marketing, bedragen excl. btw"],
    ]

    def merge(sheet: Any) -> None:
        for place in ("A1:H1", "A3:A4", "B3:C3", "D3:D4", "E3:F3", "G3:H3"):
            sheet.merge_cells(place)

    return xlsx(folder / "samenwerkingen.xlsx", rows, merge)


COSMETICS = base64.b85decode(
    """c-rk)Uuaup6#sq6y=l^>ZTe4LC*7sPPG<=<?m-4ywmKbBTkEE)4q@J=cQq!t32916K%JX?6ox)2z6_=?AF6`*2mj!|i4Vd=9|S>Y6`y>PDfqB8{=So&tf>)Jn1zj;aL@hD`ObHK=YHpW-*<1myU?|K=AHf(tfRf~W3?PYV2w`k3RQ&&*k3N|X7wKARc_LCMWG-Q88Got`?oDRhdSRY@ZoLab8_GpUQZy0iLC2bn@FP)gROK7dz8W2^WimK9oQmqbqh}j?-Bl%*nTX0pJ-kbzK6EU>L@P6CwAWB)$wD#LFwxtS9o8>{3M#Y(1&ky9Y1$kRcuY{&nNBl4c{?fgmD%uf`g9h<h9(1*U<_bI1n8lk3LQsFt*_hv_oyjFt+nIf+(*M48lSQqiPV#=w%I^#b0F$__MlMd}cNEo2ysM2>!0uxBQ1b$UHaFhnVa}`d0R=*T3vDfD<S`sq~6kL>N&yIt)DE9?vdvjlL`UOB<$=**Vv?Vk5C#mvBz?QQ6DuR;V##F^3Es6i`G8Nn%XErZkT{?`gQ~v(RH%BIjtIXKxsID3`Yr*#+B8I=drKGpxoWEk>0^e>SaB;x$PRv-Gw@gW2rLk-JnoQoxoN94F8`H7>UoM}}(4qzAmfmJZXU)<TTMAHyylmUu81<pDTmXL5|f4nj@RE<vxRD$q|#Z>?il2AE*HoRsvu<0hPZ%5DdyimpAI&(4$__H)S{wKEqNl8*SnWWH2PJauu#1P<BLc7emk@=nH@Dbd0$c5}N+*>g!dnoBxqXV$e7Pivq1*qzS0_OY~`vN`s!lb_FM<LULr;<)5wwgQhX*t7O-E47d<6fM^&6tctCv{SN<?0=+HpZ;=MMCwk9cG*M2<TL1$c9-m=5!ThEbANn4K0O&fCYlrShERErxJ}m!%6MLn;NTAF@e9|sJB8mV{G@o@D(!yZz1*~TADZm*8uy<Pn-`>ah&Xo({Se==rhPlxi@!ho!NB6L@jKXFI=E8mUHUP8hWl5D(JT3#!mt`vufC$`!+7<syc6eV;amQ7`UHIu@7c=U%TgyU>)n&oC0twh<mu`yd}5*Jq#{-4Z?CT#@973lvnzBhv!K>x;TgS>NH4W@N<7u9glhbH%}TIgR&=#}Dw~g<t+l_FTDC$Bvt`s}%dAO0N`ac>7f)5mpcJf0CZ$kK3Q%gTNiCGxYEqC=*n1ZLx`>|jwTkWvs$U}F^2aBf8$ZW)W9ci+`_Jo$DmFTn4zU@aWOBChH)}6%%FKNk8{(|QW!^NZ(E!yD)N0H|9jeg~)ezK957iLVlVR;;Ku{+ls6#aypqhf(;h~y>8u3s~K|OL_^Dk<srl59tsHUKfZiBZvdc3+lTtf{ssFr~E=oTNhP|`kP_i7(si;ua}!(PP%8?5i3MA<{dZ<Lg`j$1108;#a?lbY0|CT#{O?|sWJ@9K~pHX!>`<$s;ayjGikliaX$h#x6gei>P~kDoLJe(n@ER6jTI^QP)cUFDeS|Am^S<Qp!9X^A7X;riwKpIZAoS3NLt?Uv9+@mDtz=l_iV4;jg*um"""
)
"""Excel 97, from another writer: a sheet Info of prose, then Polish columns with a hidden first one, formats of zł and %, a sum and a note."""


def cosmetics(folder: Path) -> Path:
    (folder / "kampanie.xls").write_bytes(zlib.decompress(COSMETICS))
    return folder / "kampanie.xls"


PAST: dict[str, tuple[Make, Values]] = {
    "supplements, a tracker of Google Sheets with group headings and totals a month": (
        plain(SUPPLEMENTS, "tracker.csv"),
        {
            "instagram:miatrains": {
                "fee": 900,
                "conversions": 21,
                "revenue": 1140,
                "campaign_id": "Creatine Launch",
            },
            "instagram:lou.lifts": {"fee": 900, "conversions": 55, "revenue": 1804.5},
            "instagram:theo.park": {
                "fee": 400,
                "conversions": 0,
                "revenue": 0,
                "campaign_id": "Protein Bars",
            },
        },
    ),
    "fashion, an Italian list in cp1252": (
        plain(FASHION, "collaborazioni.csv", "cp1252"),
        {
            "giulia_moda": {"fee": 1250, "conversions": 31, "revenue": 2790.4, "discount": 0.1},
            "perché.no": {"fee": 600, "conversions": 4, "revenue": 318, "campaign_id": "Capsule Città"},
            "luca.veste": {"fee": 900, "conversions": 12, "revenue": 1001.5, "discount": 0.15},
        },
    ),
    "cosmetics, a Polish .xls whose first sheet is prose": (
        cosmetics,
        {
            "kasia.pielegnacja": {"fee": 1500, "conversions": 42, "revenue": 6258.4, "discount": 0.15},
            "zielona_laka": {"fee": 800, "conversions": 7, "revenue": 1043, "discount": 0.15},
            "basia.pielegnacja": {"fee": 2000, "conversions": 0, "revenue": 0, "discount": 0.2},
        },
    ),
    "travel, a French .ods with two currencies": (
        travel,
        {
            "lesvoyagesdenoe": {"fee": 1800, "conversions": 14, "revenue": 15820.5},
            "alpineannie": {"fee": None, "conversions": 6, "revenue": None},
            "cap_sud": {"fee": 950, "conversions": 3, "revenue": 4110},
            "bleu.marine": {"fee": 700, "conversions": 1, "revenue": 990, "campaign_id": "Îles"},
        },
    ),
    "games, an .xlsm with a pivot in front and a hidden column": (
        games,
        {
            "twitch:nightowl": {"fee": 3000, "conversions": 412, "revenue": 1876.4},
            "twitch:pixel_paula": {"fee": 1200, "conversions": 95, "revenue": 301},
        },
    ),
    "food, a phone's export in UTF-16, of two platforms": (
        lambda folder: plain(FOOD, "export.txt", "utf-16")(folder),
        {
            "tiktok:cocinaconlola": {
                "fee": 1500,
                "conversions": 112,
                "revenue": 3024,
                "campaign_id": "Turrón",
            },
            "instagram:lacucharadepau": {"fee": 450, "conversions": 9, "revenue": 215.1},
        },
    ),
    "home, a Dutch header over two rows with merged cells": (
        home,
        {
            "groenbinnen": {"exposure": 3, "fee": 650, "conversions": 27, "revenue": 1431.75},
            "huisje.anouk": {
                "exposure": 2,
                "fee": 400,
                "conversions": 5,
                "revenue": 262.5,
                "campaign_id": "Plantenweek",
            },
        },
    ),
    "outdoor, a Swedish list": (
        plain(OUTDOOR, "kampanjer.csv", "cp1252"),
        {
            "fjällfia": {"fee": 12500, "conversions": 18, "revenue": 32410.5},
            "skogsmulle": {"fee": 4000, "conversions": 2, "revenue": 3598, "campaign_id": "Vårens tält"},
        },
    ),
}
LISTS: dict[str, tuple[Make, tuple[str, ...], Values]] = {
    "sports, a tool's list whose ids Excel destroyed": (
        plain(TOOL, "export.csv"),
        ("--platform", "instagram"),
        {
            "instagram:petra_runs": {
                "followers": 48210,
                "average_likes": 1200,
                "average_comments": 35,
                "engagement_rate": 0.0261,
            },
            "instagram:omar.trail": {"followers": 9870, "average_likes": 310, "engagement_rate": 0.033},
        },
    ),
    "beauty, a Brazilian list": (
        plain(BEAUTY, "criadores.csv", "utf-8-sig"),
        (),
        {
            "instagram:ana.makes": {"followers": 12500, "engagement_rate": 0.034, "average_likes": 410},
            "instagram:bia_glow": {"followers": 1200000, "engagement_rate": 0.011, "average_likes": 12300},
        },
    ),
}


def agree(lines: list[dict[str, Any]], values: Values) -> None:
    found = {one["influencer_id"]: one for one in lines}
    assert set(found) == set(values)
    for who, right in values.items():
        assert {name: found[who].get(name) for name in right} == right, who


def bring(command: str, path: Path, *options: str) -> tuple[str, Path]:
    out = path.parent / "out"
    code, said = run("import", command, str(path), str(out), "--yes", "--read-at", "2024-12-01", *options)
    assert code == 0, said
    return " ".join(said.split()), out


@pytest.mark.parametrize("name", PAST)
def test_a_fresh_sheet_of_past_campaigns_comes_in_whole(name: str, tmp_path: Path) -> None:
    make, values = PAST[name]
    _, out = bring("results", make(tmp_path))
    agree(rows_in(out, "outcomes"), values)


@pytest.mark.parametrize("name", LISTS)
def test_a_fresh_list_of_creators_comes_in_whole(name: str, tmp_path: Path) -> None:
    make, options, values = LISTS[name]
    _, out = bring("creators", make(tmp_path), *options)
    agree(rows_in(out, "audience"), values)


KINDS: dict[str, tuple[str, Values]] = {
    "a header over two rows, its merged cells lost in the CSV": (
        "Kampagne,Zeitraum,,Influencer,Vereinbart,Ergebnis,\n,von,bis,,Honorar,Bestellungen,Umsatz\n"
        "s,01.03.2024,15.03.2024,anna,100,12,300\n",
        {"anna": {"fee": 100, "conversions": 12, "revenue": 300}},
    ),
    "units below the header": (
        "Campaign,Start,End,Influencer,Fee,Results,\n,,,,(EUR),Orders,Revenue\ns,2024-03-01,2024-03-15,anna,100,12,300\n",
        {"anna": {"fee": 100, "conversions": 12, "revenue": 300}},
    ),
    "no second header: a row of words": (
        "Campaign,Start,End,Influencer,Platform,Orders,Notes\ns,,,anna,Instagram,,Orders\ns,2024-03-01,2024-03-15,bo,Instagram,3,\n",
        {"instagram:bo": {"conversions": 3}},
    ),
    "sales that are money beside orders": (
        "Campaign,Start,End,Influencer,Orders,Sales\ns,2024-03-01,2024-03-15,anna,12,$300.50\n",
        {"anna": {"conversions": 12, "revenue": 300.5}},
    ),
    "sales that are counted": (
        "Campaign,Start,End,Influencer,Sales,Revenue\ns,2024-03-01,2024-03-15,anna,12,300.5\n",
        {"anna": {"conversions": 12, "revenue": 300.5}},
    ),
    "a name whose link says the account": (
        "Campaign,Start,End,Creator,Profile link,Orders\ns,2024-03-01,2024-03-15,Anna Bee,https://www.tiktok.com/@anna.bee,12\n"
        "s,2024-03-01,2024-03-15,@bo,https://www.tiktok.com/@bo,3\ns,2024-03-01,2024-03-15,@cy,https://www.tiktok.com/@di,4\n",
        {"tiktok:anna.bee": {"conversions": 12}, "tiktok:bo": {"conversions": 3}},
    ),
    "names, and no handle among them": (
        "Campaign,Start,End,Influencer,Orders\ns,2024-03-01,2024-03-15,Anna Bee,12\ns,2024-03-01,2024-03-15,Bo Cy,3\n",
        {"Anna Bee": {"conversions": 12}, "Bo Cy": {"conversions": 3}},
    ),
    "a name among handles, and a space behind the sign": (
        "Campaign,Start,End,IG,Orders\ns,2024-03-01,2024-03-15,@ anna,12\ns,2024-03-01,2024-03-15,@bo,3\ns,2024-03-01,2024-03-15,Cy Dee,4\n",
        {"instagram:anna": {"conversions": 12}, "instagram:bo": {"conversions": 3}},
    ),
    "handles that became dates": (
        "Campaign,Start,End,Handle,Orders\ns,2024-03-01,2024-03-15,2-May,12\ns,2024-03-01,2024-03-15,Mar-15,3\ns,2024-03-01,2024-03-15,bo,4\n",
        {"bo": {"conversions": 4}},
    ),
    "totals of a time": (
        "Campaign,Start,End,Influencer,Orders\ns,2024-03-01,2024-03-15,anna,12\nTotal March 2024,,,,12\nTotal Care,2024-03-01,2024-03-15,bo,4\n",
        {"anna": {"conversions": 12}, "bo": {"conversions": 4, "campaign_id": "Total Care"}},
    ),
    **{
        header: (f"{header}\ns;2024-03-01;2024-03-15;anna;12\n", {"anna": {"conversions": 12}})
        for header in (
            "Kampagnenavn;Startdato;Slutdato;Influencer;Bestillinger",
            "Nombre de la campaña;Fecha de inicio;Fecha de fin;Creador;Reservas",
            "Campagne;Date début;Date fin;Influenceuse;Inscriptions",
            "Kampagne;von;bis;Streamer;Buchungen",
            "Campaign;Flight start;Flight end;KOL;App installs",
            "Nome da campanha;Data do início;Data do fim;Afiliado;Instalações",
        )
    },
}


@pytest.mark.parametrize("name", KINDS)
def test_others_of_the_same_kinds(name: str, tmp_path: Path) -> None:
    content, values = KINDS[name]
    said, out = bring("results", plain(content, "past.csv")(tmp_path))
    agree(rows_in(out, "outcomes"), values)
    assert len(rows_in(out, "outcomes")) + said.count("set aside: ") >= len(values)


@pytest.mark.parametrize("name", ["Kampanj", "Nombre de la campaña", "Kampania", "Project"])
def test_a_campaign_by_any_name_is_its_brief(name: str, tmp_path: Path) -> None:
    content = f"{name};Start;End;Influencer;Orders\nSpring tea;2024-03-01;2024-03-15;anna;12\n"
    _, out = bring("results", plain(content, "past.csv")(tmp_path))
    assert [one["brief"] for one in rows_in(out, "campaigns")] == ["Spring tea"]
