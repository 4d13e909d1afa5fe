"""A name planted in ids, handles, texts and addresses is in nothing that comes of data with pseudonyms: model, MLflow run, report, plan."""

from __future__ import annotations

from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest

from suasion.serving.loaded import Engine
from suasion.training.datasets.people import World
from suasion.training.datasets.simulated import simulate

from .conftest import track_at
from .quick import ask, serve
from .sources import run

PLANTED = "zqplanted"
COLUMNS = {
    "offer_Bonus": "offer__bonus",
    "offer_free drinks": "offer__free_drinks",
    "offer_50%": "offer__50",
    "offer_größe": "offer__grosse",
}
"""Columns of any name, and what the features of them are called."""
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
        if path.stem in ("outcomes", "candidates"):
            draw = np.random.default_rng(1)
            for column in COLUMNS:
                table[column] = draw.integers(0, 5, len(table)).astype(float)
        table.to_csv(out / f"{path.stem}.csv", index=False)


def _holding(folder: Path) -> list[str]:
    """Return the files in which the name stands."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path.name for path in paths if PLANTED.encode() in path.read_bytes().lower()]


def test_a_planted_name_is_in_nothing_that_comes_of_data_with_pseudonyms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
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
        ("train", data, "--out", model, "--quick", "--force"),
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
    _champion_loads(f"sqlite:///{made / 'models' / 'mlflow.db'}")
    with Engine(Path(data), Path(model)) as engine:
        _nothing_is_served_of_it(engine, caplog)


def _champion_loads(uri: str) -> None:
    """See that what is registered takes every column, whatever it was called, and gives numbers."""
    track_at(uri)
    champion = mlflow.pyfunc.load_model("models:/one@champion")
    track_at("")
    columns = champion.metadata.get_input_schema().input_names()
    assert {*COLUMNS.values()} <= {*columns}
    told = champion.predict(pd.DataFrame({column: [1, 2] for column in columns}))
    assert np.isfinite(told["expected_conversions"]).all()


def _nothing_is_served_of_it(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    """See that the name is on no page, in no answer and in no line of the log."""
    caplog.set_level("INFO", "suasion")
    app, _ = serve(engine)
    at = ask(app, "POST", "/briefs", data={"brief": "Iced coffee", "fee": "400"}).headers["location"].partition("?")[0]  # fmt: skip
    body = {"ask": {"brief": "Iced coffee"}}
    scores = ask(app, "POST", "/v1/scores", json=body)
    first, second = (one["influencer_id"] for one in scores.json()["scores"][:2])
    answers = [scores, ask(app, "POST", "/v1/explanations", json=body | {"influencer_id": first})]
    person, both = f"{at}/influencers/{first}", f"{at}/compare?pick={first}&pick={second}"
    for path in ("/", at, "/model", f"{at}/shortlist.csv", person, both, "/v1/campaigns", "/metrics"):
        answers.append(ask(app, "GET", path))
    assert {answer.status_code for answer in answers} == {200}
    assert [answer.url.path for answer in answers if PLANTED in answer.text.lower()] == []
    assert caplog.records
    assert PLANTED not in caplog.text.lower()
