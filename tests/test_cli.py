"""The command line, as a user types it: what works, and twenty and more ways to get it wrong."""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from suasion.features.engine.info import markdown
from suasion.serving.cli import main as cli


@dataclass(frozen=True)
class Told:
    returncode: int
    stdout: str
    stderr: str


def suasion(*arguments: object) -> Told:
    """Run the command line in this process, as the installed script does."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["suasion", *map(str, arguments)])
        patch.setenv("COLUMNS", "160")
        try:
            cli.main()
            code = 0
        except SystemExit as stopped:
            code = int(stopped.code or 0)
    return Told(code, out.getvalue(), err.getvalue())


def test_the_installed_script_runs() -> None:
    script = Path(sys.executable).with_name("suasion")
    told = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert "0.1.0" in told.stdout
    told = subprocess.run([script, "check", "/nowhere"], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (2, "")


def test_from_tables_to_explained_scores(world: Path, tmp_path: Path) -> None:
    told = suasion("check", world)
    assert told.returncode == 0, told.stderr
    assert "What that gives" in told.stdout
    told = suasion("train", world, "--out", tmp_path / "m", "--quick", "--force")
    assert told.returncode == 0, told.stderr
    assert "Registered in MLflow as models:/m/1, now champion" in told.stdout
    assert "explained deviance" in told.stdout
    told = suasion(
        "score",
        world,
        "--model",
        tmp_path / "m",
        "--campaign",
        "c0055",
        "--out",
        tmp_path / "s.parquet",
        "--budget",
        9000,
    )
    assert told.returncode == 0, told.stderr
    assert (tmp_path / "s.parquet").is_file()
    influencer = told.stdout.splitlines()[1].split()[0]
    told = suasion(
        "explain", world, "--model", tmp_path / "m", "--campaign", "c0055", "--influencer", influencer
    )
    assert told.returncode == 0, told.stderr
    assert "momentum" in told.stdout


def test_features_are_printed_as_a_table_and_nothing_else() -> None:
    assert suasion("features").stdout == markdown()


def bad_folder(tmp_path: Path, **files: str) -> Path:
    good = {
        "campaigns": "campaign_id,starts_at,ends_at\nc1,2020-01-01,2020-02-01\n",
        "outcomes": "campaign_id,influencer_id,conversions\nc1,a,1\n",
    }
    tmp_path.mkdir(exist_ok=True)
    for name, content in (good | files).items():
        (tmp_path / f"{name}.csv").write_text(content)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "{nowhere}"], "There is nothing at"),
        (["check", "{world}/posts.parquet"], "is a single file"),
        (["check", "{empty}"], "lacks campaigns and outcomes"),
        (["check", "{zero}"], "is empty (0 bytes)"),
        (["check", "{column}"], "lacks the column conversions"),
        (["check", "{rowless}"], "has no usable row"),
        (["check", "postgresql://x:y@127.0.0.1:9/z"], "No connection to"),
        (["train", "{few}", "--out", "{new}"], "training takes at least 50 outcomes"),
        (["train", "{world}", "--out", "{world}"], "which suasion did not write"),
        (["train", "{world}"], "Missing option '--out'"),
        (["train", "{world}", "--out", "{new}", "--until", "someday"], "is no time; write 2019-06-01"),
        (["train", "{world}", "--out", "{new}", "--until", "2000-01-01"], "or choose a later --until"),
        (["train", "{world}", "--out", "{new}", "--without", "outcomes"], "tables that can be left out are"),
        (["score", "{world}", "--model", "{nowhere}", "--campaign", "c0055"], "it has no manifest.json"),
        (["score", "{world}", "--model", "{model}"], "Give either a campaign's id or the text of a brief"),
        (["score", "{world}", "--model", "{model}", "--campaign", "x", "--brief", "y"], "one of the two"),
        (["score", "{world}", "--model", "{model}", "--campaign", "nope"], "There is no campaign 'nope'"),
        (["score", "{world}", "--model", "{model}", "--brief", "  "], "The brief is empty"),
        (
            ["score", "{world}", "--model", "{model}", "--campaign", "c0055", "--exposure", "0"],
            "exposure is 0; it can be a number above 0, up to 1e+12",
        ),
        (
            ["score", "{world}", "--model", "{model}", "--campaign", "c0055", "--fee", "-3"],
            "fee is -3; it can be a number from 0 to 1e+12",
        ),
        (
            ["score", "{world}", "--model", "{model}", "--campaign", "c0055", "--offer", "offer_moon=1"],
            "this data knows exposure, fee",
        ),
        (
            ["score", "{world}", "--model", "{model}", "--campaign", "c0055", "--offer", "moon"],
            "is not NAME=NUMBER",
        ),
        (
            ["score", "{world}", "--model", "{model}", "--campaign", "c0055", "--out", "x.pdf"],
            "must end in .parquet, .csv or .xlsx",
        ),
        (
            ["score", "{world}", "--model", "{model}", "--campaign", "c0055", "--budget", "-1"],
            "it must be above 0",
        ),
        (
            ["score", "{world}", "--model", "{model}", "--brief", "coffee", "--as-of", "1999-01-01"],
            "No influencer was seen",
        ),
        (
            ["explain", "{world}", "--model", "{model}", "--campaign", "c0055", "--influencer", "nobody"],
            "is not among the",
        ),
        (["import", "stackexchange", "{world}", "{new}"], "is not a Stack Exchange dump"),
        (["simulate", "{new}", "--influencers", "3"], "a world takes at least 100"),
        (["dance"], "No such command 'dance'."),
        (["scroe"], "No such command 'scroe'. Did you mean score?"),
        (["import", "instagrm"], "No such command 'instagrm'. Did you mean instagram?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_wrong_is_said_and_exits_with_2(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str, world: Path, trained, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    places = {
        "nowhere": tmp_path / "nowhere",
        "new": tmp_path / "new",
        "world": world,
        "model": trained[1],
        "empty": tmp_path / "empty",
    }
    places["empty"].mkdir()
    places["zero"] = bad_folder(tmp_path / "zero", outcomes="")
    places["column"] = bad_folder(tmp_path / "column", outcomes="campaign_id,influencer_id\nc1,a\n")
    places["rowless"] = bad_folder(tmp_path / "rowless", outcomes="campaign_id,influencer_id,conversions\n")
    places["few"] = bad_folder(tmp_path / "few")
    told = suasion(*(part.format(**places) for part in arguments))
    assert told.returncode == 2, told.stdout + told.stderr
    assert message in " ".join(told.stderr.split())
    assert "Traceback" not in told.stderr
    assert not places["new"].exists()
