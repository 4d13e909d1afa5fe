"""The command that `check` prints for what is no table: of every source's own export, however it is packed and wherever it lies."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest

from suasion.features.sources.advice import commands, overlooked

from .sources import NAMES, SAMPLES, bring, run, samples

NO_ROWS = ("x_analytics_days.csv", "youtube_studio_chart.csv")
"""Counts of single days, which an importer knows and makes no row of."""
FILES = [(name, path) for name in NAMES for path in samples(name) if path.name not in NO_ROWS]


@pytest.mark.parametrize(("name", "path"), FILES, ids=lambda value: getattr(value, "name", value))
def test_an_export_of_every_source_is_known_by_what_is_in_it(name: str, path: Path, tmp_path: Path) -> None:
    export = tmp_path / f"export{path.suffix}"
    shutil.copy(path, export)
    (line,) = commands(export)
    assert line.startswith(f"suasion import {name} {export} {tmp_path / 'export-tables'}")
    words = [
        "31" if word == "NAME" else word
        for word in line.replace("--currency EUR", "--currency USD").split()[1:]
    ]
    code, said = run(*words)
    assert code == 0, said


@pytest.mark.parametrize("packing", [".zip", ".gz", "folder"])
def test_packed_or_in_a_folder_it_is_known_too(packing: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    feed = (SAMPLES / "feed.xml").read_bytes()
    if packing == ".zip":
        with zipfile.ZipFile(data / "all.zip", "w") as archive:
            archive.writestr("a/feed.rss", feed)
        where = data / "all.zip"
    elif packing == ".gz":
        import gzip

        where = data / "feed.xml.gz"
        where.write_bytes(gzip.compress(feed))
    else:
        where = data / "blogs"
        where.mkdir()
        for name in ("a.xml", "b.rss"):
            (where / name).write_bytes(feed)
    assert commands(data) == [f"suasion import feed {where} {data}"]


def test_an_archive_of_x_is_known_by_its_scripts(tmp_path: Path) -> None:
    tweet = {
        "id_str": "1750000000000000000",
        "full_text": "tea",
        "created_at": "Wed Jan 24 02:59:00 +0000 2024",
    }
    (tmp_path / "account.js").write_text('window.YTD.account.part0 = [{"account": {"accountId": "31"}}]')
    (tmp_path / "tweets.js").write_text(f"window.YTD.tweets.part0 = {json.dumps([{'tweet': tweet}])}")
    lines = commands(tmp_path)
    assert f"suasion import x {tmp_path / 'tweets.js'} {tmp_path}" in lines


def test_a_repository_and_a_dump_are_known_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "site.7z").write_bytes(b"7z")
    assert commands(tmp_path) == [f"suasion import stackexchange {tmp_path / 'site.7z'} {tmp_path}"]


def test_what_no_source_knows_is_said(tmp_path: Path) -> None:
    (tmp_path / "bill.json").write_text('{"total": 3}')
    (line,) = commands(tmp_path)
    assert line.startswith("bill.json: no source makes a row of it")


def test_what_was_imported_is_overlooked_no_more(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "x.json", tmp_path / "x.json")
    assert overlooked(tmp_path) == [f"suasion import x {tmp_path / 'x.json'} {tmp_path}"]
    bring("x", tmp_path, tmp_path / "x.json")
    assert overlooked(tmp_path) == []


def test_the_folder_one_is_in_may_be_asked_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "campaigns.csv").write_text("campaign_id,starts_at,ends_at\nc,soon,2024\n")
    (data / "outcomes.csv").write_text("campaign_id,influencer_id,conversions\nc,anna,1\n")
    monkeypatch.chdir(data)
    code, said = run("check", os.curdir)
    assert code == 1, said
    assert f"suasion import csv campaigns.csv {tmp_path / 'data-tables'} --table campaigns" in said
