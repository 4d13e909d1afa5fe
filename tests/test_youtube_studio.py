"""YouTube Studio's CSV: in five languages, with and without the days and the channel, whole as its zip comes."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from suasion.features.errors import InputError
from suasion.features.sources.reading.source import run_import

from .sources import BY_NAME, rows_in, run

SOURCE = BY_NAME["youtube_studio"]
READ_AT = datetime(2024, 6, 1)
ENGLISH = "Content,Video title,Video publish time,Views"


def studio(folder: Path, text: str, name: str = "Table data.csv", account: str | None = "@Tina") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    run_import(SOURCE, [folder / name], folder / "out", read_at=READ_AT, account=account)
    return folder / "out"


@pytest.mark.parametrize(
    ("header", "total", "published"),
    [
        (ENGLISH, "Total", '"Sep 26, 2023"'),
        ("Videos,Videotitel,Veröffentlichungs\xadzeitpunkt des Videos,Aufrufe", "Gesamt", "26.09.2023"),
        ("Contenu,Titre de la vidéo,Heure de publication de la vidéo,Vues", "Total", "26 sept. 2023"),
        ("Contenido,Título del vídeo,Hora de publicación del vídeo,Visualizaciones", "Total", "26 sept 2023"),
        ("Conteúdo,Título do vídeo,Horário de publicação do vídeo,Visualizações", "Total", '"Sep 26, 2023"'),
        (ENGLISH, "Total", "2023-09-26"),
    ],
)
def test_each_language_says_the_same(tmp_path: Path, header: str, total: str, published: str) -> None:
    out = studio(tmp_path, f"{header}\n{total},,,99\nabcdefghijk,Cold brew,{published},99\n")
    assert rows_in(out, "posts") == [
        {
            "post_id": "youtube:abcdefghijk",
            "author_id": "youtube:@tina",
            "created_at": "2023-09-26 00:00:00",
            "text": "Cold brew",
            # Somewhere on earth that day lasts until noon of the next, as UTC counts.
            "known_at": "2023-09-27 12:00:00",
        }
    ]
    assert [row["views"] for row in rows_in(out, "post_metrics")] == [99]


@pytest.mark.parametrize(
    ("cell", "views"),
    [
        ("0", 0), ("7940", 7940), ('"12,500"', 12_500), ("1.234", 1234), ("44\u202f531", 44_531), ("44\xa0531", 44_531), ('"1,234,567"', 1_234_567),
        ("12.5", None), ("<15", None), ("3 %", None), ("many", None),
    ],
)  # fmt: skip
def test_a_count_is_a_whole_number_however_its_thousands_are_parted(
    tmp_path: Path, cell: str, views: float | None
) -> None:
    out = studio(tmp_path, f'{ENGLISH},Likes\nabcdefghijk,Cold brew,"Sep 26, 2023",{cell},3\n')
    (row,) = rows_in(out, "post_metrics")
    assert (row.get("views"), row["likes"]) == (views, 3)
    aside = out / "quarantine" / "import-youtube_studio.csv"
    assert aside.exists() == (views is None)
    assert views is not None or "views: no whole number" in aside.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "published", "told"),
    [
        # Until the last day of the name, of which nothing is counted any more; nobody could read it before the export was made.
        (
            "Content 2023-01-01_2024-01-01 Tina.csv",
            "Sep 26, 2023",
            ("2024-01-01 00:00:00", "2024-06-01 00:00:00"),
        ),
        ("Content 2023-09-26_2024-01-01.csv", "Sep 26, 2023", ("2024-01-01 00:00:00", "2024-06-01 00:00:00")),
        ("Content 2023-01-01_2024-06-02 Tina.csv", "Sep 26, 2023", ("2024-06-01 00:00:00", None)),
        ("Content 2023-09-27_2024-01-01 Tina.csv", "Sep 26, 2023", None),
        ("Content 2023-01-01_2024-01-01 Tina.csv", "", None),
        ("Table data.csv", "Sep 26, 2023", ("2024-06-01 00:00:00", None)),
    ],
)
def test_counts_are_of_the_days_that_the_name_tells(
    tmp_path: Path, name: str, published: str, told: tuple[str, str | None] | None
) -> None:
    out = studio(tmp_path, f'{ENGLISH}\nabcdefghijk,Cold brew,"{published}",99\n', name)
    found = [(row["observed_at"], row.get("known_at")) for row in rows_in(out, "post_metrics")]
    assert found == ([told] if told else [])


def test_the_zip_is_read_as_it_comes_and_every_line_is_accounted_for(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "Content 2023-01-01_2024-06-01 Tina.zip", "w") as archive:
        archive.writestr(
            "Table data.csv", f'{ENGLISH}\nTotal,,,107\nabcdefghijk,Cold brew,"Sep 26, 2023",99\n'
        )
        archive.writestr(
            "Chart data.csv", f'Date,{ENGLISH}\n2024-05-01,abcdefghijk,Cold brew,"Sep 26, 2023",7\n'
        )
        archive.writestr("Totals.csv", "Date,Views\n2024-05-01,8\n2024-05-02,9\n")
    told = run_import(SOURCE, tmp_path.glob("*.zip"), tmp_path / "out", read_at=READ_AT, account="@tina")
    assert told.records == 5
    assert sum(count for _, count in told.ignored) == 4
    assert [landed.new for landed in told.tables] == [1, 1, 1]
    assert told.broken == told.warned == ()


def test_without_its_channel_a_file_adds_counts_to_what_the_data_api_told(tmp_path: Path) -> None:
    out = studio(tmp_path, f'{ENGLISH}\nabcdefghijk,Cold brew,"Sep 26, 2023",99\n', account=None)
    assert rows_in(out, "posts") == []
    assert [row["post_id"] for row in rows_in(out, "post_metrics")] == ["youtube:abcdefghijk"]
    (tmp_path / "Table data.csv").touch()
    code, said = run("import", "youtube_studio", str(tmp_path / "Table data.csv"), str(tmp_path / "cli"))
    assert code == 0
    assert "--account" in said


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        ("https://www.youtube.com/@Tina", "youtube:@tina"),
        ("UCaaaaaaaaaaaaaaaaaaaaaa", "youtube:UCaaaaaaaaaaaaaaaaaaaaaa"),
    ],
)
def test_a_channel_goes_by_handle_address_or_id(tmp_path: Path, account: str, expected: str) -> None:
    out = studio(tmp_path, f'{ENGLISH}\nabcdefghijk,a,"Sep 26, 2023",9\n', account=account)
    assert [row["author_id"] for row in rows_in(out, "posts")] == [expected]


@pytest.mark.parametrize(
    ("name", "account", "message"),
    [
        ("youtube_studio", "https://www.tiktok.com/@tina", "is tiktok:tina, which is not on youtube"),
        ("youtube_studio", "https://www.youtube.com/shorts/abcdefghijk", "names no account"),
        ("x", "@tina", "say whose they are: leave out --account"),
    ],
)
def test_an_account_of_another_place_is_refused(
    tmp_path: Path, name: str, account: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        run_import(BY_NAME[name], [], tmp_path / "out", account=account)
