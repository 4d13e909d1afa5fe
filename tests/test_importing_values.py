"""What the commands that import show, ask and hand on: each option reaches what reads, and nothing is read unasked."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import click
import pytest
from click.testing import CliRunner, Result

from suasion.features.errors import InputError
from suasion.features.sources import csvfile
from suasion.features.sources.all import SOURCES
from suasion.features.sources.reading import source as reading
from suasion.features.sources.reading.fit import Arguments
from suasion.features.text import withheld
from suasion.serving.cli.imports import TITLES, _pairs, csv, import_command
from suasion.serving.cli.terminal import imported
from suasion.training.bundle import folder

SHEET = "Campaign,Start,Creator,Orders,Notes,offer_gift\n" + f"c1,2024-03-01,ann,5,{'n' * 51},7\n"


class Told:
    """What a command handed on."""

    def __init__(self) -> None:
        self.given: list[dict[str, Any]] = []


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    found = Told()
    monkeypatch.setenv("COLUMNS", "200")

    def run(source: Any, paths: Any, out: Any, **given: Any) -> Any:
        found.given.append({"source": source, "paths": paths, "out": out, **given})
        return SimpleNamespace(nothing=False)

    monkeypatch.setattr(reading, "run_import", run)
    monkeypatch.setattr(imported, "print_imported", lambda console, done, out, dated: found.given[-1].update(dated=dated))  # fmt: skip
    return found


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    (tmp_path / "past.csv").write_text(SHEET)
    return tmp_path / "past.csv"


def run(*arguments: object, text: str | None = None) -> Result:
    return CliRunner().invoke(import_command, [str(one) for one in arguments], input=text)


@pytest.mark.parametrize(
    ("text", "pair"),
    [("a=b", ("a", "b")), (" a b = c ", ("a b", "c")), ("a=", ("a", "")), ("x=y=z", ("x=y", "z")), ("=b", ("", "b"))],
)  # fmt: skip
def test_a_pair_is_parted_at_its_last_equals_sign(text: str, pair: tuple[str, str]) -> None:
    assert _pairs("--map", (text, "k=v")) == dict([pair, ("k", "v")])


def test_what_is_no_pair_is_refused() -> None:
    with pytest.raises(InputError, match="--set 'a' is not NAME=VALUE"):
        _pairs("--set", ("a",))


def test_every_source_has_its_command_that_says_what_it_fills() -> None:
    context = click.Context(import_command)
    names = import_command.list_commands(context)
    assert names == [*(source.name for source in SOURCES), "stackexchange"]
    assert {
        source.name: source.title for source in SOURCES if source.name not in ("csv", "results", "creators")
    } == TITLES
    for source in SOURCES:
        made = import_command.get_command(context, source.name)
        assert made is not None
        if source.name not in ("csv", "results", "creators"):
            assert made.short_help == source.title
            assert made.help is not None
            assert all(name in made.help for name in source.fills)
            assert all(line in made.help for line in source.left)


def test_a_sheet_can_be_each_table_that_is_known() -> None:
    (option,) = [one for one in csv.params if one.name == "name"]
    assert list(option.type.choices) == list(csvfile.KNOWN)  # type: ignore[attr-defined]


def test_what_is_kept_private_reaches_what_reads(
    told: Told, sheet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUASION_SECRET", "a secret of sixteen")
    monkeypatch.setattr(folder, "load", lambda path: SimpleNamespace(fitted=SimpleNamespace(space=f"space of {path.name}")))  # fmt: skip
    monkeypatch.setattr(withheld, "Sealer", lambda space: space)
    assert run("bluesky", sheet, "out").exit_code == 0
    plain = told.given[-1]
    assert (plain["source"].name, plain["paths"], plain["out"]) == ("bluesky", (sheet,), Path("out"))
    assert (plain["read_at"], plain["pseudonyms"], plain["texts"], plain["seal"]) == (None, None, True, None)
    assert (plain["dated"], plain["extras"]) == (False, ())
    assert run("bluesky", sheet, sheet, "out", "--read-at", "2024-06-01", "--pseudonymise", "--no-text", "--drop-texts", sheet.parent).exit_code == 0  # fmt: skip
    whole = told.given[-1]
    assert (whole["read_at"], whole["dated"], whole["texts"]) == (datetime(2024, 6, 1), True, False)
    assert whole["pseudonyms"] is not None
    assert whole["seal"] == f"space of {sheet.parent.name}"
    assert whole["paths"] == (sheet, sheet)
    for wrong in (["bluesky", "out"], ["bluesky", "nowhere", "out"], ["bluesky", sheet, sheet], ["bluesky", sheet, "out", "--drop-texts", sheet]):  # fmt: skip
        assert run(*wrong).exit_code == 2


def test_a_sheet_is_shown_asked_about_and_then_read(told: Told, sheet: Path) -> None:
    result = run("results", sheet, "out", text="n\n")
    assert (result.exit_code, told.given) == (1, []), "nothing is read before somebody said yes"
    assert "Import it like this?" in result.output
    text = result.output
    assert "past.csv as campaigns and outcomes" in text
    rows = {
        parts[0]: parts[1:] for line in text.splitlines() if len(parts := re.split("  +", line.strip())) == 3
    }
    assert rows["Campaign"] == ["campaign_id", "c1"]
    assert rows["Orders"] == ["conversions", "5"]
    assert rows["Notes"] == ["not read", "n" * 50], "fifty letters are enough"
    assert run("results", sheet, "out", text="y\n").exit_code == 0
    result = run("results", sheet, "out", "--yes")
    assert "Import it like this?" not in result.output
    assert len(told.given) == 2
    given = told.given[-1]
    assert given["source"].name == "results"
    assert given["extras"] == ("offer_gift",)
    assert (given["read_at"], given["texts"]) == (None, True)


def test_what_was_told_of_a_sheet_reaches_what_reads_it(
    told: Told, sheet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    monkeypatch.setattr(csvfile, "sheet_source", lambda *given: made.append(given))
    assert run("results", sheet, "out", "--yes").exit_code == 0
    plans, asked, name = made[-1]
    assert plans[0].mapping["Creator"] == "influencer_id"
    assert (asked, name) == (Arguments(), "results")
    line = [
        "--map",
        "Notes=brief",
        "--map",
        "offer_gift=",
        "--set",
        "brand=acme",
        "--platform",
        "x",
        "--dates",
        "iso",
        "--encoding",
        "cp1252",
    ]
    line += ["--decimal", ",", "--zone", "Europe/Berlin"]
    assert run("results", sheet, "out", "--yes", *line).exit_code == 0
    plans, asked, _ = made[-1]
    assert (plans[0].mapping["Notes"], "offer_gift" in plans[0].mapping) == ("brief", False)
    constants, maps = {"brand": "acme"}, {"Notes": "brief", "offer_gift": ""}
    assert asked == Arguments(maps, constants, "x", "iso", ",", ZoneInfo("Europe/Berlin"), "cp1252")
    assert told.given[-1]["extras"] == ()
    for zone in ("Nowhere/City", "../x", ""):
        wrong = run("results", sheet, "out", "--yes", "--zone", zone)
        assert isinstance(wrong.exception, InputError)
        assert "is no time zone; write one such as Europe/Berlin" in str(wrong.exception)
    for option, value in (("--dates", "ymd"), ("--decimal", ";")):
        assert run("results", sheet, "out", "--yes", option, value).exit_code == 2


def test_what_is_needed_and_not_there_is_named(told: Told, sheet: Path) -> None:
    sheet.write_text("Campaign,Creator\nc1,ann\n")
    wrong = run("results", sheet, "out", "--yes")
    assert isinstance(wrong.exception, InputError)
    assert "No column is starts_at or conversions, without which campaigns and outcomes cannot be." in str(wrong.exception)  # fmt: skip
    assert "Its columns are Campaign, Creator." in str(wrong.exception)
    assert "--set starts_at=VALUE" in str(wrong.exception)
    assert run("results", sheet, "out", "--yes", "--set", "starts_at=2024-03-01", "--set", "conversions=0").exit_code == 0  # fmt: skip
    assert len(told.given) == 1


def test_the_table_of_a_file_is_the_one_it_fits_or_the_one_that_was_named(told: Told, sheet: Path) -> None:
    sheet.write_text("influencer_id,observed_at,followers\nann,2024-01-01,5\n")
    shown = run("csv", sheet, "out", "--yes")
    assert shown.exit_code == 0
    assert "past.csv as audience" in shown.output
    assert told.given[-1]["source"].name == "csv"
    assert told.given[-1]["extras"] == ()
    wrong = run("csv", sheet, "out", "--yes", "--table", "posts")
    assert "without which posts cannot be" in str(wrong.exception)
    assert run("csv", sheet, "out", "--yes", "--table", "moon").exit_code == 2
    sheet.write_text("x,y\n1,2\n")
    wrong = run("csv", sheet, "out", "--yes")
    assert str(wrong.exception).startswith("past.csv: No table fits the columns x, y. Name one with --table")
    sheet.write_text("influencer_id,observed_at,followers,known\nann,2024-01-01,5,2024-02-01\n")
    assert run("csv", sheet, "out", "--yes", "--map", "known=known_at").exit_code == 0


def test_a_dump_is_read_with_the_name_of_its_site(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    from suasion.features.sources import stackexchange

    asked: list[Any] = []
    monkeypatch.setattr(stackexchange, "read_dump", lambda *given, **more: asked.append((*given, more)))
    monkeypatch.setattr(imported, "print_import", lambda console, done, out: asked.append(out))
    assert run("stackexchange", "a.7z", "out", "--site", "beer").exit_code == 0
    assert asked == [(Path("a.7z"), Path("out"), {"site": "beer"}), Path("out")]


def test_what_no_column_is_is_named_all_of_it_and_how_to_give_the_first(sheet: Path, told: Told) -> None:
    sheet.write_text("Notes,Sum\nx,1\n")
    with pytest.raises(
        InputError,
        match=r"^past\.csv: No column is (\w+) or .*, without which .* Name them with --map COLUMN=\w+",
    ) as error:
        CliRunner().invoke(
            import_command, ["results", str(sheet), str(sheet.parent / "out")], catch_exceptions=False
        )
    text = str(error.value)
    first = text.removeprefix("past.csv: No column is ").partition(" ")[0]
    assert f"--map COLUMN={first}" in text
    assert f"--set {first}=VALUE" in text
