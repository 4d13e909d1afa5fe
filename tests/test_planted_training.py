"""A name planted in ids, handles, texts and addresses is in nothing that comes of data with pseudonyms: model, MLflow run, report, plan."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from suasion.training.datasets.people import World
from suasion.training.datasets.simulated import simulate

from .sources import run

PLANTED = "zqplanted"
_IDS = ("influencer_id", "author_id", "referrer_id", "post_id", "reply_to_id", "shares_id")


def _plant(world: Path, out: Path) -> None:
    """Write the tables of a world as CSV, with the name in every id, handle, text and address."""
    out.mkdir()
    for path in world.glob("*.parquet"):
        table = pd.read_parquet(path)
        if len(table) > 5000:
            table = table.iloc[::8]
        for name in table.columns.intersection([*_IDS, "handle"]):
            table[name] = table[name].where(table[name].isna(), table[name].astype(str) + PLANTED)
        if "text" in table:
            table["text"] = table["text"].where(
                table["text"].isna(), table["text"].astype(str) + f" @{PLANTED}"
            )
            table["links"] = f"https://x.com/{PLANTED}"
        table.to_csv(out / f"{path.stem}.csv", index=False)


def _holding(folder: Path) -> list[str]:
    """Return the files in which the name stands."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path.name for path in paths if PLANTED.encode() in path.read_bytes().lower()]


def test_a_planted_name_is_in_nothing_that_comes_of_data_with_pseudonyms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUASION_SECRET", "a secret that nobody will guess")
    simulate(World(influencers=100, campaigns=40, picks=8, weeks=60, unpicked=5), tmp_path / "world")
    _plant(tmp_path / "world", tmp_path / "planted")
    assert _holding(tmp_path / "planted")
    made = tmp_path / "made"
    made.mkdir()
    monkeypatch.chdir(made)  # where MLflow puts artifacts when nobody says where
    data, model = str(made / "data"), str(made / "models" / "one")
    ask = (data, "--model", model, "--brief", "Iced coffee", "--fee", "400", "--budget", "3000")
    for command in (
        ("import", "csv", str(tmp_path / "planted"), data, "--yes", "--pseudonymise"),
        ("check", data),
        ("train", data, "--out", model, "--quick"),
        ("plan", *ask, "--log", str(made / "decided.jsonl"), "--out", str(made / "plan.json")),
        ("score", *ask[:-2], "--out", str(made / "scores.csv")),
        ("report", *ask, "--out", str(made / "report.html")),
    ):
        code, said = run(*command)
        assert code == 0, said
        # Before rows are read, their first cells are shown to whoever brings them, and written nowhere.
        assert command[0] == "import" or PLANTED not in said
    assert {path.name for path in made.iterdir()} >= {
        "decided.jsonl",
        "plan.json",
        "report.html",
        "scores.csv",
    }
    assert (made / "models" / "mlflow.db").is_file()
    assert list(made.rglob("artifacts/evaluation.json")), "the run was logged elsewhere"
    assert _holding(made) == []
