"""Sheets as agencies and tools keep them: no campaign column, dates of posts, a column for each month, links under names."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from .sources import rows_in, run
from .workbooks import xlsx


def bring(command: str, path: Path, *options: str) -> tuple[int, str, Path]:
    out = path.parent / "out"
    code, said = run(
        "import",
        command,
        str(path),
        str(out),
        "--yes",
        "--read-at",
        "2024-12-01",
        "--platform",
        "instagram",
        *options,
    )
    return code, " ".join(said.split()), out


def written(folder: Path, content: str, encoding: str = "utf-8") -> Path:
    (folder / "sheet.csv").write_bytes(content.encode(encoding))
    return folder / "sheet.csv"


def test_a_link_under_a_name_is_read_from_a_workbook(tmp_path: Path) -> None:
    def link(sheet: Any) -> None:
        sheet["A2"].hyperlink = "https://www.tiktok.com/@anna"

    path = xlsx(tmp_path / "list.xlsx", [["Creator", "Followers"], ["Anna Bee", 100], ["@bo", 90]], link)
    _, _, out = bring("creators", path)
    # What the platform of all is said to be stands before the link of one.
    assert {row["influencer_id"] for row in rows_in(out, "audience")} == {
        "instagram:anna bee",
        "instagram:bo",
    }
    code, said = run("import", "creators", str(path), str(tmp_path / "b"), "--yes", "--read-at", "2024-12-01")
    assert code == 0, said
    assert "tiktok:anna" in {row["influencer_id"] for row in rows_in(tmp_path / "b", "audience")}


REPORT = """Auswertung Frühjahr;;;;;
;;;;;
Influencer;Kanal;{date};Follower;Honorar netto;Bestellungen
@anna ✨;Instagram;12.03.24;1,2 Mio;1.500,00 €;31
@anna ✨;TikTok;19.03.24;87,5 Tsd.;900,00 €;4
@bo;Instagram;02.04.24;43.100;450,00 €;9
Summe;;;;2.850,00 €;44
"""


@pytest.mark.parametrize(
    "name", ["Posting-Datum", "Datum", "Veröffentlicht am", "Post date", "Data publikacji", "Fecha"]
)
def test_a_campaign_whose_rows_have_dates_lasts_from_the_first_to_the_last(name: str, tmp_path: Path) -> None:
    path = written(tmp_path, REPORT.format(date=name))
    code, said, _ = bring("results", path)
    assert code != 0
    assert "or give it with --set campaign_id=VALUE where it is the same in every row" in said
    code, said, out = bring("results", path, "--set", "campaign_id=spring")
    assert code == 0, said
    (campaign,) = rows_in(out, "campaigns")
    assert (campaign["starts_at"][:10], campaign["ends_at"][:10]) == ("2024-03-12", "2024-04-02")
    assert f"begins with the first {name}" in said
    found = {row["influencer_id"]: row for row in rows_in(out, "outcomes")}
    assert {who: (row["fee"], row["conversions"]) for who, row in found.items()} == {
        "instagram:anna": (1500, 31),
        "tiktok:anna": (900, 4),
        "instagram:bo": (450, 9),
    }
    assert {row["decided_at"][:10] for row in found.values()} == {"2024-03-12"}
    assert {row["followers"] for row in rows_in(out, "audience")} == {1_200_000, 87_500, 43_100}


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 1, 0, 2), (2, 3, 1, 0)])
def test_each_campaign_has_its_first_start_and_last_end_in_whatever_row(
    order: tuple[int, ...], tmp_path: Path
) -> None:
    lines = [
        "spring,2024-03-05,2024-03-20,a,1",
        "spring,2024-03-01,2024-03-15,b,2",
        "fall,2024-09-01,2024-09-10,a,3",
        "fall,2024-09-02,2024-09-30,b,4",
    ]
    path = written(tmp_path, "\n".join(["Campaign,Start,End,Creator,Orders", *(lines[n] for n in order)]))
    code, said, out = bring("results", path)
    assert code == 0, said
    spans = {
        row["campaign_id"]: (row["starts_at"][:10], row["ends_at"][:10]) for row in rows_in(out, "campaigns")
    }
    assert spans == {"spring": ("2024-03-01", "2024-03-20"), "fall": ("2024-09-01", "2024-09-30")}
    assert "begins with the first Start" in said


MONTHS = (
    "Suivi des abonnés\n\nCréateur;Plateforme;janv-24;févr-24;mars-24;Total\n"
    "lea;Instagram;12 450;12 980;13 400;9\npaul;Instagram;88 100;;90 250;9\nzoe;TikTok;1,2 M;1,25 M;n/d;9\n"
)


@pytest.mark.parametrize("command", ["creators", "csv"])
def test_a_column_for_each_month_is_a_row_for_each_as_of_its_last_day(command: str, tmp_path: Path) -> None:
    code, said, out = bring(command, written(tmp_path, MONTHS, "cp1252"))
    assert code == 0, said
    assert {
        (row["influencer_id"], row["observed_at"][:10]): row["followers"] for row in rows_in(out, "audience")
    } == {
        ("instagram:lea", "2024-01-31"): 12_450,
        ("instagram:lea", "2024-02-29"): 12_980,
        ("instagram:lea", "2024-03-31"): 13_400,
        ("instagram:paul", "2024-01-31"): 88_100,
        ("instagram:paul", "2024-03-31"): 90_250,
        ("tiktok:zoe", "2024-01-31"): 1_200_000,
        ("tiktok:zoe", "2024-02-29"): 1_250_000,
    }
    assert "the columns janv-24 to mars-24 are read as followers" in said


def test_a_cell_of_a_month_that_is_no_number_is_named_with_its_column(tmp_path: Path) -> None:
    content = "Followers\n\nCreator,Jan 2024,Feb 2024\na,100,110\nb,ask,90\n"
    code, said, out = bring("creators", written(tmp_path, content))
    assert code == 0, said
    assert len(rows_in(out, "audience")) == 3
    assert "Jan 2024: no number" in said


@pytest.mark.parametrize(
    ("heads", "words"),
    [
        ("2024-01-31,2024-02-29", "give the sheet a title that says what it is, such as Followers."),
        ("Jan,Feb", "and each column's heading a year"),
        ("KW 3,KW 4", "and each column's heading a year"),
    ],
)
def test_columns_of_months_that_say_not_what_they_count_are_asked(
    heads: str, words: str, tmp_path: Path
) -> None:
    code, said, _ = bring("creators", written(tmp_path, f"Creator,{heads}\na,1,2\nb,3,4\n"))
    assert code != 0
    assert words in said


def test_a_column_for_each_day_says_the_line_that_takes_their_sum(tmp_path: Path) -> None:
    days = [date(2024, 3, day) for day in (11, 12, 13)]
    path = xlsx(
        tmp_path / "book.xlsx",
        [["Export 2024-04-02"], ["Contact: team"]],
        March=[
            ["Influencer", *days, "Total"],
            ["@bea", 4, 7, 0, 11],
            ["@gus", 0, None, 2, 2],
            ["Total", 4, 7, 2, 13],
        ],
        Posts=[["Influencer", "Post date", "Followers", "Cost (EUR)"], ["@bea", days[0], 52_300, 600]],
    )
    code, said, out = bring("results", path)
    assert code != 0
    line = "--map Total=conversions --set starts_at=2024-03-11 --set ends_at=2024-03-13"
    assert line in said
    code, said, out = bring("results", path, *line.split(), "--set", "campaign_id=spring")
    assert code == 0, said
    assert "to have it read, put its columns beside the influencers of book.xlsx:March" in said
    assert {row["influencer_id"]: row["conversions"] for row in rows_in(out, "outcomes")} == {
        "instagram:bea": 11,
        "instagram:gus": 2,
    }
    (campaign,) = rows_in(out, "campaigns")
    assert (campaign["starts_at"][:10], campaign["ends_at"][:10]) == ("2024-03-11", "2024-03-13")


def test_without_a_column_of_sums_the_columns_of_weeks_are_named(tmp_path: Path) -> None:
    path = written(tmp_path, "Influencer,KW 10,KW 11\na,1,2\nb,3,4\n")
    code, said, _ = bring("results", path)
    assert code != 0
    assert "add a column Conversions with the sum of those that belong to its campaign" in said
    assert "call the sheet Conversions where it counts these and say --year" in said
    code, said, out = bring(
        "results", path.rename(tmp_path / "orders.csv"), "--year", "2024", "--set", "campaign_id=spring"
    )
    assert code == 0, said
    assert [row["conversions"] for row in rows_in(out, "outcomes")] == [3, 7]


def test_dates_without_a_year_are_asked_for_it_and_read_with_it(tmp_path: Path) -> None:
    path = written(
        tmp_path, "Influencer;Datum;Honorar;Bestellungen;Follower\na;12.03.;100;3;900\nb;02.04.;90;4;800\n"
    )
    code, said, out = bring("results", path, "--set", "campaign_id=spring")
    assert code != 0
    assert (
        "No outcome was imported. Mend this first: Datum: a date without its year: say it with --year" in said
    )
    assert len(rows_in(out, "audience")) == 2, "followers are good without"
    code, said, out = bring("results", path, "--set", "campaign_id=spring", "--year", "2024")
    assert code == 0, said
    (campaign,) = rows_in(out, "campaigns")
    assert (campaign["starts_at"][:10], campaign["ends_at"][:10]) == ("2024-03-12", "2024-04-02")


@pytest.mark.parametrize("name", ["Link", "Profile URL", "Account link", "Lien", "Enlace"])
def test_an_address_beside_a_handle_says_its_platform(name: str, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        f"Username,{name},Followers\n@anna,https://www.tiktok.com/@anna,100\n@bo,https://www.instagram.com/bo/,90\nc,-,80\n",
    )
    code, said = run(
        "import", "creators", str(path), str(tmp_path / "out"), "--yes", "--read-at", "2024-12-01"
    )
    assert code == 0, said
    assert {row["influencer_id"] for row in rows_in(tmp_path / "out", "audience")} == {
        "tiktok:anna",
        "instagram:bo",
        "c",
    }


@pytest.mark.parametrize(
    "header",
    [
        "Kampania;Start;Koniec;Twórca;Koszt brutto;Zamówienia;Przychód;Obserwujący",
        "Campanha;Início;Data fim;Influenciador;Valor pago;Vendas;Receita;Seguidores",
        "Campaña;Inicio;Fin;Creador;Honorarios;Ventas;Ingresos;Seguidores",
        "Campagna;Inizio;Fine;Creatore;Compenso;Vendite;Ricavi;Follower",
        "Campagne;Start;Einddatum;Influencer;Vergoeding;Bestellingen;Omzet;Volgers",
        "Campagne;Début;Fin;Influenceuse;Rémunération;Ventes;CA;Abonnés",
    ],
)
def test_the_columns_of_six_languages(header: str, tmp_path: Path) -> None:
    path = written(tmp_path, f"{header}\nspring;2024-03-01;2024-03-10;anna;100;7;350;4000\n")
    code, said, out = bring("results", path)
    assert code == 0, said
    (outcome,) = rows_in(out, "outcomes")
    assert (outcome["fee"], outcome["conversions"], outcome["revenue"]) == (100, 7, 350)
    assert rows_in(out, "audience")[0]["followers"] == 4000
    assert rows_in(out, "campaigns")[0]["ends_at"][:10] == "2024-03-10"


@pytest.mark.parametrize(
    "header",
    [
        "Name,IG username,IG followers,TikTok,TikTok fans,YouTube channel,YT subscribers",
        "Full Name,Instagram URL,Followers (Instagram),TikTok handle,Followers (TikTok),Youtube link,Youtube Subscribers",
        "Creator;Insta-Profil;Insta Follower;TikTok-Profil;TikTok Follower;YouTube-Profil;YouTube Abonnenten",
    ],
)
def test_a_row_of_several_platforms_is_a_row_for_each_account(header: str, tmp_path: Path) -> None:
    between = ";" if ";" in header else ","
    lines = [
        "Anna Bee,@anna,12.4K,@anna.bee,1.1M,https://www.youtube.com/@annab,900",
        "Bo Cee,bo.cee,830,-,n/a,,",
        "Di Eff,,,di,ask,,",
    ]
    content = "\n".join([header, *(line.replace(",", between) for line in lines)])
    path = written(tmp_path, content)
    code, said = run(
        "import", "creators", str(path), str(tmp_path / "out"), "--yes", "--read-at", "2024-12-01"
    )
    assert code == 0, said
    assert {row["influencer_id"]: row["followers"] for row in rows_in(tmp_path / "out", "audience")} == {
        "instagram:anna": 12_400,
        "tiktok:anna.bee": 1_100_000,
        "youtube:@annab": 900,
        "instagram:bo.cee": 830,
    }
    column = header.split(between)[4]
    assert f"{column}: no number that can be understood whole" in " ".join(said.split())


def test_a_list_of_one_platform_named_in_each_column(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "Creator,Instagram Username,Instagram Followers,Instagram ER\nAnna,anna,100,2.5%\nTotal,,100,\n",
    )
    code, said = run(
        "import", "creators", str(path), str(tmp_path / "out"), "--yes", "--read-at", "2024-12-01"
    )
    assert code == 0, said
    (one,) = rows_in(tmp_path / "out", "audience")
    assert (one["influencer_id"], one["followers"], one["engagement_rate"]) == ("instagram:anna", 100, 0.025)


def test_a_check_prints_what_reads_a_list_of_creators_and_a_sheet_without_campaigns(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("Username,Followers,ER\nanna,12.4K,3%\n")
    (tmp_path / "past.csv").write_text("Creator,Post date,Fee,Orders\nanna,2024-03-01,100,4\n")
    _, said = run("check", str(tmp_path))
    text = " ".join(said.split())
    assert f"suasion import creators {tmp_path / 'list.csv'} {tmp_path}" in text
    assert f"suasion import results {tmp_path / 'past.csv'} {tmp_path} --set campaign_id=NAME" in text


@pytest.mark.parametrize("first", ["March", "April"])
def test_a_campaign_with_a_sheet_for_each_month_begins_with_the_first_of_all(
    first: str, tmp_path: Path
) -> None:
    header = ["Influencer", "Post date", "Fee", "Orders"]
    sheets = {
        "March": [header, ["@a", date(2024, 3, 12), 100, 3]],
        "April": [header, ["@b", date(2024, 4, 9), 90, 4]],
    }
    second = "April" if first == "March" else "March"
    path = xlsx(tmp_path / "book.xlsx", sheets[first], **{second: sheets[second]})
    code, said, out = bring("results", path, "--set", "campaign_id=spring")
    assert code == 0, said
    (campaign,) = rows_in(out, "campaigns")
    assert (campaign["starts_at"][:10], campaign["ends_at"][:10]) == ("2024-03-12", "2024-04-09")
    assert {row["decided_at"][:10] for row in rows_in(out, "outcomes")} == {"2024-03-12"}


def test_one_influencer_at_several_times_is_of_several_campaigns(tmp_path: Path) -> None:
    lines = ["@a,Mar-24,3", "@b,Mar-24,4", "@a,Apr-24,5"]
    path = written(tmp_path, "\n".join(["Creator,Month,Sold", *lines]))
    _, said, out = bring("results", path, "--set", "campaign_id=spring")
    assert "each is a campaign: name them apart in a column Campaign" in said
    assert [row["influencer_id"] for row in rows_in(out, "outcomes")] == ["instagram:b"]
    named = [f"{line},{line.split(',')[1]} drop" for line in lines]
    path.write_text("\n".join(["Creator,Month,Sold,Campaign", *named]))
    code, said = run("import", "results", str(path), str(tmp_path / "two"), "--yes")
    assert code == 0, said
    assert {(row["campaign_id"], row["conversions"]) for row in rows_in(tmp_path / "two", "outcomes")} == {
        ("Mar-24 drop", 3),
        ("Mar-24 drop", 4),
        ("Apr-24 drop", 5),
    }


def test_the_handle_of_one_platform_is_none_of_another(tmp_path: Path) -> None:
    path = written(tmp_path, "TikTok username,Instagram followers\n@anna,100\n")
    code, said = run("import", "creators", str(path), str(tmp_path / "out"), "--yes")
    assert code != 0
    assert "influencer_id is missing" in said
