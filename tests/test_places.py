"""Places that cannot be written and disks that are full: good rows are read, errors name the place, nothing half-written stays."""

from __future__ import annotations

import errno
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import duckdb
import pytest

from suasion.features.attribution.attribute import attribute
from suasion.features.attribution.rules import Rules
from suasion.features.errors import DiskFullError, InputError
from suasion.features.identity.accounts import People
from suasion.features.sources.reading.source import run_import
from suasion.features.sources.reddit import REDDIT
from suasion.features.tables.disk import disk_of, is_full
from suasion.features.tables.files import held, whole_file, whole_folder
from suasion.features.tables.open import open_tables

from .command import environment, small_data, suasion
from .conftest import ROOT

FULL = OSError(errno.ENOSPC, "No space left on device")


def with_bad_row(folder: Path) -> Path:
    small_data(folder)
    with (folder / "outcomes.csv").open("a") as file:
        file.write("c1,p9,1,many\n")
    return folder


def is_a_file(quarantine: Path, patch: pytest.MonkeyPatch) -> str:
    quarantine.write_text("no folder")
    return "File exists"


def is_read_only(quarantine: Path, patch: pytest.MonkeyPatch) -> str:
    def refuse(self: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(self))

    patch.setattr(Path, "mkdir", refuse)
    return "Read-only file system"


def holds_a_folder_in_the_file_s_place(quarantine: Path, patch: pytest.MonkeyPatch) -> str:
    (quarantine / ".outcomes.csv.partial").mkdir(parents=True)
    return "Is a directory"


def is_full_when_renamed(quarantine: Path, patch: pytest.MonkeyPatch) -> str:
    def refuse(self: Path, target: Path) -> None:
        raise FULL

    patch.setattr(Path, "replace", refuse)
    return "No space left on device"


@pytest.mark.parametrize(
    "broken", [is_a_file, is_read_only, holds_a_folder_in_the_file_s_place, is_full_when_renamed]
)
def test_good_rows_are_read_where_bad_ones_cannot_be_written(
    broken: Callable[[Path, pytest.MonkeyPatch], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = with_bad_row(tmp_path / "d")
    reason = broken(data / "quarantine", monkeypatch)
    with open_tables(data, quarantine=data / "quarantine") as tables:
        report = next(one for one in tables.reports if one.table == "outcomes")
        assert (report.read, report.kept, report.aside) == (5, 4, 1)
        assert report.unwritten == reason
        assert all(not one.unwritten for one in tables.reports if one.table != "outcomes")
    monkeypatch.undo()
    if (data / "quarantine").is_dir():
        assert not [path for path in (data / "quarantine").iterdir() if path.is_file()]


def test_kept_tables_say_it_too_and_forget_it_when_it_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pandas as pd

    data = with_bad_row(tmp_path / "d")
    for name in ("campaigns", "outcomes"):
        pd.read_csv(data / f"{name}.csv", dtype=str).to_parquet(data / f"{name}.parquet")
        (data / f"{name}.csv").unlink()
    monkeypatch.setenv("SUASION_STORE", str(tmp_path / "store"))
    (data / "quarantine").write_text("no folder")
    for _ in range(2):
        with open_tables(data, quarantine=data / "quarantine") as tables:
            assert {one.table: one.unwritten for one in tables.reports}["outcomes"] == "File exists"
    (data / "quarantine").unlink()
    with open_tables(data, quarantine=data / "quarantine") as tables:
        assert not any(one.unwritten for one in tables.reports)
    assert (data / "quarantine" / "outcomes.csv").is_file()


def test_check_says_where_they_would_have_gone_and_goes_on(tmp_path: Path) -> None:
    data = with_bad_row(tmp_path / "d")
    (data / "quarantine").write_text("no folder")
    told = suasion("check", data)
    assert told.returncode == 0, told.stderr
    said = " ".join(told.stdout.decode().split())
    assert "outcomes: what was set aside is only counted" in said
    assert (
        f"{data / 'quarantine'} cannot be written (File exists). Name another folder with --quarantine."
        in said
    )
    assert "They are in" not in said


@pytest.mark.parametrize("writer", [whole_file, whole_folder])
def test_a_full_disk_is_named_and_leaves_what_was_there(
    writer: Callable[..., AbstractContextManager[Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out"
    options = {"ours": frozenset({"a"})} if writer is whole_folder else {}
    with writer(target, **options) as partial:
        (partial / "a" if writer is whole_folder else partial).write_text("old")
    usage = shutil._ntuple_diskusage(100 * 2**20, 100 * 2**20 - 4096, 4096)  # type: ignore[attr-defined]
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)

    def fill(partial: Path) -> None:
        (partial / "a" if writer is whole_folder else partial).write_bytes(b"x" * 20_480)
        raise FULL

    with pytest.raises(DiskFullError) as caught, writer(target, **options) as partial:
        fill(partial)
    said = str(caught.value)
    assert f"The disk {disk_of(tmp_path)} is full, so {tmp_path} cannot be written" in said
    assert "4.0 KiB of 100.0 MiB are free, and out needs more than 20.0 KiB" in said
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (target / "a" if writer is whole_folder else target).read_text() == "old"


def test_what_a_killed_run_left_is_removed_by_the_next_and_what_another_writes_is_not(tmp_path: Path) -> None:
    killed = (
        "import os, sys; from pathlib import Path; from suasion.features.tables.files import whole_folder\n"
        "with whole_folder(Path(sys.argv[1]), ours=frozenset()): os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", killed, str(tmp_path / "one")], check=False)
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".one.partial-")
    other = tmp_path / ".one.partial-0"
    other.mkdir()
    with held(other), whole_folder(tmp_path / "one", ours=frozenset()):
        assert other.is_dir()
        assert not left.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [other.name, "one"]


def test_a_full_disk_under_the_working_database_is_named_with_what_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = small_data(tmp_path / "d")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def full(*_: object) -> None:
        raise duckdb.IOException('IO Error: Could not write file "x": No space left on device')

    monkeypatch.setattr("suasion.features.tables.open.read_people", lambda *_: People())
    for where in ("duckdb.connect", "suasion.features.tables.open.find"):
        with monkeypatch.context() as patch:
            patch.setattr(where, full)
            with (
                pytest.raises(DiskFullError, match=r"takes about as much as the data, \d+ bytes") as caught,
                open_tables(data),
            ):
                pass
        assert str(tmp_path / "suasion-") in str(caught.value)
        assert "TMPDIR" in str(caught.value)
        assert not list(tmp_path.glob("suasion-*"))


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ("suasion.features.sources.reading.rows._File.write", "suasion-"),
        ("suasion.features.sources.reading.source.Landing", "suasion-"),
        ("suasion.features.sources.reading.upsert.room", "out"),
        ("suasion.features.sources.reading.source._quarantine", "out"),
        ("suasion.features.attribution.attribute.open_reports", "suasion-"),
    ],
)
def test_a_full_disk_under_an_import_is_named_with_what_it_takes(
    where: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = tmp_path / "in.json"
    export.write_text('{"id": "a", "author": "anna", "created_utc": 1700000000, "body": "hi"}')
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "Error writing bytes to file. Detail: [errno 28] No space left on device")

    monkeypatch.setattr(where, full)
    out = tmp_path / "out"
    command = (lambda: attribute(tmp_path, Rules())) if "attribute" in where else lambda: run_import(REDDIT, [export], out)  # fmt: skip
    with pytest.raises(DiskFullError, match=rf"^The disk .* is full, so {tmp_path}/{place}.* are free, and "):
        command()
    assert out.exists() == ("_quarantine" in where), "which is after rows were written"
    assert not list(tmp_path.glob("suasion-*"))


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (FULL, True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (OSError(errno.EACCES, "Permission denied"), False),
        (duckdb.IOException("IO Error: No space left on device"), True),
        (duckdb.OutOfMemoryException("failed to offload: This limit was set by the 'max_temp_directory_size' setting"), True),
        (duckdb.IOException("IO Error: Read-only file system"), False),
        (ValueError("No space left on device"), False),
    ],
)  # fmt: skip
def test_which_faults_are_a_full_disk(error: Exception, full: bool) -> None:
    assert is_full(error) is full


def test_faults_of_other_kinds_pass(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), whole_file(tmp_path / "out"):
        raise PermissionError(errno.EACCES, "Permission denied", "elsewhere")
    assert not list(tmp_path.iterdir())


def test_no_temporary_folder_is_an_error_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(**_: object) -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "mkdtemp", none)
    with pytest.raises(InputError, match="TMPDIR"), open_tables(small_data(tmp_path / "d")):
        pass


@pytest.mark.parametrize("home", [None, "/nonexistent/home"])
def test_a_command_needs_no_home(home: str | None, tmp_path: Path) -> None:
    """As a scheduler or a container starts it: no HOME, or one that is not there and cannot be made."""
    bare = environment(HOME=home, XDG_CACHE_HOME=None, XDG_CONFIG_HOME=None, XDG_DATA_HOME=None)
    small_data(tmp_path / "data")
    (tmp_path / "past.csv").write_text("Campaign,Influencer,Start,Orders\nTea,@anna,2024-03-01,5\n")
    lines = [
        ("check", tmp_path / "data"),
        ("import", "results", tmp_path / "past.csv", tmp_path / "new", "--yes"),
    ]
    for line in lines:
        answer = suasion(*line, env=bare)
        assert answer.returncode == 0, answer.stderr
        assert b"Traceback" not in answer.stderr


NOBODY = """
import pwd, sys
from suasion.serving.cli.main import main
from suasion.training import train
from tests import made

def nobody(user):
    raise KeyError(user)

pwd.getpwuid = nobody
train.learn = lambda *_, **__: (made.bundle({made.record("frequency__posts__30d"): 0.5}), None)
train.save = lambda _, out: out.mkdir()
main()
"""
"""The command, whose user the system does not know, as in a container, with a model that nobody has to learn."""


def test_a_model_is_kept_where_mlflow_finds_no_home(tmp_path: Path) -> None:
    data, model = small_data(tmp_path / "data"), tmp_path / "m"
    command = [sys.executable, "-c", NOBODY, "train", str(data), "--out", str(model)]
    told = subprocess.run(command, env=environment(HOME=None), cwd=ROOT, capture_output=True, check=False)
    assert told.returncode == 3, told.stderr
    said = " ".join(told.stdout.decode().split())
    assert (
        "MLflow cannot be loaded: RuntimeError: Could not determine home directory. Set HOME to a folder."
        in said
    )
    assert "The model is whole, but not registered" in said
    assert b"Traceback" not in told.stderr
    assert model.is_dir()


def test_a_registered_model_that_cannot_be_found_without_a_home_says_so() -> None:
    lines = NOBODY.replace("main()", """
import suasion
from suasion.features.errors import SuasionError
try:
    suasion.load("models:/m@champion")
except SuasionError as error:
    print(error)
""")  # fmt: skip
    told = subprocess.run(
        [sys.executable, "-c", lines], env=environment(HOME=None), cwd=ROOT, capture_output=True, check=True
    )
    assert b"MLflow cannot be loaded: RuntimeError: Could not determine home directory." in told.stdout


def test_a_place_that_cannot_be_written_ends_a_command_with_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told = suasion("keys", tmp_path / "file" / "keys.json", "--name", "x")
    assert told.returncode == 2
    assert b"Traceback" not in told.stderr
    assert str(tmp_path / "file").encode() in told.stderr
