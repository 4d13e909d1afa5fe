"""A model from end to end: trained, written, loaded, tracked, scored, explained, with the same numbers everywhere."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import shap

from suasion.features import CHARACTERISTICS, GROUPS
from suasion.features.errors import BundleError, EmptyTableError, InputError
from suasion.serving.explaining.explain import explanation, render, why
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.plan.choose import within_budget
from suasion.serving.scoring.plan.limits import Case
from suasion.serving.scoring.score import COLUMNS, score
from suasion.serving.scoring.write import write_scores
from suasion.training.bundle.folder import load
from suasion.training.train import Options, train

from .command import environment, suasion

FACTORS = ["base", "exposure", "offer", *CHARACTERISTICS]


@pytest.fixture(scope="module")
def scored(world: Path, trained):
    return score(world, trained[1], Ask(campaign="c0055"))


def test_the_columns_are_those_promised_and_the_last_ten_multiply(scored) -> None:
    assert tuple(scored.scores.columns[: len(COLUMNS)]) == COLUMNS
    assert list(COLUMNS[-10:]) == FACTORS
    product = scored.scores[FACTORS].prod(axis=1)
    np.testing.assert_allclose(product, scored.scores["expected_conversions"], rtol=1e-9)
    assert (scored.scores["low"] <= scored.scores["high"]).all()
    assert scored.scores["expected_conversions"].is_monotonic_decreasing
    assert len(scored.scores) == 15 + 20


def test_bundle_and_mlflow_give_the_same_numbers(trained, scored) -> None:
    import mlflow

    run, folder = trained
    features = run.examples.table[[*run.examples.columns, "exposure"]].astype("float64")
    told = run.bundle.predict(features)
    pd.testing.assert_frame_equal(load(folder).predict(features), told, rtol=1e-12)
    registered = mlflow.pyfunc.load_model(run.address)
    assert registered.metadata.signature is not None
    pd.testing.assert_frame_equal(registered.predict(features), told, rtol=1e-12)
    champion = mlflow.pyfunc.load_model("models:/small@champion")
    np.testing.assert_allclose(
        champion.predict(scored.features)["expected_conversions"],
        scored.scores["expected_conversions"],
        rtol=1e-12,
    )
    place = Path(mlflow.artifacts.download_artifacts(run.address))
    code = place / "code"  # the package itself, for who has it not installed
    assert (code / "suasion" / "__init__.py").is_file()
    stored = [path for path in place.rglob("*") if path.is_file() and code not in path.parents]
    assert {path.suffix for path in stored} <= {".txt", ".json", ".npz", ".yaml", ""}, (
        "text and numbers, no pickle and no code"
    )
    logged = mlflow.MlflowClient().search_runs(["1"], max_results=1)[0]
    assert logged.data.tags["data.fingerprint"] == run.bundle.facts["fingerprint"]
    assert "all.explained_deviance" in logged.data.metrics


def test_a_model_that_loses_is_registered_with_its_plots_and_without_the_alias(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    import mlflow

    chance = tmp_path / "chance"
    shutil.copytree(world, chance, ignore=shutil.ignore_patterns("truth"))
    outcomes = pd.read_parquet(chance / "outcomes.parquet")
    # With exposures left in, there would be something to learn: that conversions no longer go with them.
    outcomes["exposure"] = 1.0
    came = ["conversions", "refunds", "revenue"]
    outcomes[came] = outcomes[came].sample(frac=1.0, random_state=0).to_numpy()
    outcomes.to_parquet(chance / "outcomes.parquet")
    folder = tmp_path / "models" / "chance"
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    run = train(chance, folder, Options(quick=True, leave_out=frozenset({"posts", "mentions"})))
    assert not run.beats
    assert not run.champion
    beside = f"sqlite:///{folder.parent / 'mlflow.db'}"
    client = mlflow.MlflowClient(tracking_uri=beside, registry_uri=beside)
    assert client.get_registered_model("chance").aliases == {}
    logged = client.search_runs(["1"])[0]
    assert {path.path for path in client.list_artifacts(logged.info.run_id, "plots")} >= {
        "plots/models.png",
        "plots/calibration.png",
    }


def test_the_evaluation_says_all_it_should(trained) -> None:
    told = json.loads((trained[1] / "evaluation.json").read_text())
    figures = told["judged"]["all"]
    assert {"suasion", "Poisson regression", "audience size", "activity", "past average"} <= set(
        figures["models"]
    )
    for model in figures["models"].values():
        assert {
            "explained_deviance",
            "spearman",
            "ndcg",
            "captured",
            "gain_on_most_followed",
            "predicted_by_actual",
        } <= set(model)
    assert 0.8 <= figures["coverage"] <= 1.0
    assert (
        figures["models"]["suasion"]["explained_deviance"]
        > figures["models"]["audience size"]["explained_deviance"]
    )


def test_shap_figures_work_on_the_explanations(scored) -> None:
    mpl.use("Agg")
    for by, width in (("feature", len(scored.bundle.features)), ("characteristic", len(GROUPS))):
        told = explanation(scored.bundle, scored.features, by=by)
        assert told.values.shape == (len(scored.scores), width)
        total = np.exp(told.base_values + told.values.sum(axis=1)) * scored.scores["exposure"]
        np.testing.assert_allclose(total, scored.scores["expected_conversions"], rtol=1e-9)
        shap.plots.waterfall(told[0], show=False)
        shap.plots.bar(told, show=False)
        shap.plots.beeswarm(told, show=False)
        shap.plots.scatter(told[:, 0], show=False)
        shap.plots.heatmap(told, show=False)
        mpl.pyplot.close("all")
    by_feature = explanation(scored.bundle, scored.features)
    for group in GROUPS:
        own = [i for i, f in enumerate(scored.bundle.features) if f.characteristic == group]
        np.testing.assert_allclose(
            np.exp(by_feature.values[:, own].sum(axis=1)), scored.scores[group], rtol=1e-9
        )
    with pytest.raises(InputError, match="it can be 'feature' or 'characteristic'"):
        explanation(scored.bundle, scored.features, by="colour")


def test_one_candidate_is_explained_in_words(scored) -> None:
    from rich.console import Console

    first = scored.scores.iloc[0]
    told = why(scored, first["influencer_id"])
    assert told.factors["relevance"] == pytest.approx(first["relevance"])
    assert all(
        0 <= m.percentile <= 1 for found in told.moved.values() for m in found if m.percentile is not None
    )
    console = Console(width=120, record=True, file=open(os.devnull, "w"))  # noqa: SIM115
    console.print(render(told))
    text = console.export_text()
    assert all(name in text for name in CHARACTERISTICS)
    assert "not what would happen if it changed" in text
    with pytest.raises(InputError, match="is not among the 35 candidates"):
        why(scored, "nobody")


def test_a_brief_scores_everybody_seen_in_the_last_year(world: Path, trained) -> None:
    told = score(
        world, trained[1], Ask(brief="coffee espresso roast beans", offer={"exposure": 2.0, "fee": 100.0})
    )
    assert len(told.scores) == 120
    assert (told.scores["exposure"] == 2.0).all()
    assert any("median of past outcomes" in note for note in told.notes)
    assert (told.scores["cost_per_conversion"] == 100.0 / told.scores["expected_conversions"]).all()


def test_a_budget_is_kept_and_buys_more_for_its_money_than_asking_from_the_top(world: Path, trained) -> None:
    scored = score(world, trained[1], Ask(campaign="c0055", budget=20_000.0))
    told = scored.scores
    asked = told[told["ask"]]
    assert 0 < asked["fee"].sum() <= 20_000
    greedy, left = 0.0, 20_000.0
    for row in told.to_dict("records"):
        if row["fee"] <= left:
            greedy, left = greedy + row["expected_conversions"], left - row["fee"]
    cost = asked["fee"].sum() / asked["expected_conversions"].sum()
    assert cost <= (20_000.0 - left) / greedy
    assert scored.banner[-1].startswith("Nobody is expected to earn their fee: a conversion is worth ")
    assert any(
        note.startswith(f"Ask these {len(asked)} for {asked['fee'].sum():,.0f} of 20,000")
        for note in scored.notes
    )


def test_within_budget_is_the_best_of_all_choices() -> None:
    random = np.random.default_rng(0)
    value, fee = random.random(10), random.random(10)
    choices = np.array([[(k >> i) & 1 for i in range(10)] for k in range(1024)], dtype=bool)
    allowed = choices[choices @ fee <= 2.0]
    assert within_budget(Case.of(value, fee), 2.0, 1e9).conversions == pytest.approx((allowed @ value).max())


def test_what_training_never_saw_is_flagged(scored) -> None:
    strange = scored.features.copy()
    strange.loc[0, "momentum__followers"] = 1e12
    assert "momentum__followers" in scored.bundle.outside(strange)[0]
    own = [
        [name for name in names if not name.startswith("offer__")]
        for names in scored.bundle.outside(scored.features)
    ]
    assert sum(map(bool, own)) < len(own) / 2, "the season may be new to all, their own features are not"


@pytest.mark.parametrize("name", ["regression.npz", "space.npz", "vocabulary.json", "evaluation.json"])
def test_a_changed_or_missing_file_is_never_loaded(name: str, trained, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "model"
    shutil.copytree(trained[1], copy)
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(BundleError, match="is not the file that training wrote"):
        load(copy)
    (copy / name).unlink()
    with pytest.raises(BundleError, match=f"lacks its file {name}"):
        load(copy)


def test_another_format_or_no_model_says_so(trained, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"has no manifest\.json"):
        load(tmp_path)
    manifest = json.loads((trained[1] / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps(manifest | {"format": 99}))
    with pytest.raises(BundleError, match="has format 99, this version of suasion reads 7"):
        load(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(BundleError, match="is not JSON"):
        load(tmp_path)


def test_training_twice_gives_the_same_model(world: Path, trained, tmp_path: Path) -> None:
    run, folder = trained
    train(world, tmp_path / "again", Options(quick=True, track=False))
    manifests = [json.loads((path / "manifest.json").read_text()) for path in (folder, tmp_path / "again")]
    assert manifests[0]["facts"] == manifests[1]["facts"]
    features = run.examples.table[[*run.examples.columns, "exposure"]].astype("float64")
    # To 1e-9 and not to the byte: whether sums of floats agree in the last digit hangs on threads and memory.
    told, again = load(folder).predict(features), load(tmp_path / "again").predict(features)
    pd.testing.assert_frame_equal(again, told, rtol=1e-9)


@pytest.mark.parametrize("table", ["influencers", "posts", "audience", "mentions", "credentials", None])
def test_every_optional_table_can_be_left_out(table: str | None, world: Path, tmp_path: Path) -> None:
    out = frozenset(
        [table] if table else ["influencers", "posts", "audience", "mentions", "credentials", "candidates"]
    )
    run = train(world, tmp_path / "model", Options(quick=True, track=False, leave_out=out))
    assert run.bundle.facts["tables"] == sorted(
        {"campaigns", "outcomes", "candidates", "influencers", "posts", "audience", "mentions", "credentials"}
        - out
    )
    assert all(not (set(out) & {r.table}) or r.where is None for r in run.reports)
    assert run.bundle.evaluation["judged"]["all"]["models"]["suasion"]["explained_deviance"] > 0


def test_too_little_to_train_on_says_what_is_needed(world: Path, tmp_path: Path) -> None:
    from datetime import datetime

    with pytest.raises(EmptyTableError, match="training takes at least 50 outcomes"):
        train(world, tmp_path / "m", Options(until=datetime(2022, 1, 1), track=False))
    assert not (tmp_path / "m").exists()


def test_until_uses_nothing_known_later(trained, earlier: Path) -> None:
    facts, of_all = load(earlier).facts, trained[0].bundle.facts
    assert pd.Timestamp(facts["last_known"]) < pd.Timestamp(facts["until"])
    assert pd.Timestamp(facts["until"]) < pd.Timestamp(of_all["last_known"])
    assert facts["outcomes"] < of_all["outcomes"]


def test_killing_a_run_never_leaves_half_a_model(world: Path, tmp_path: Path, trained) -> None:
    import shutil

    target = tmp_path / "model"
    shutil.copytree(trained[1], target)
    before = {path.name: path.read_bytes() for path in target.iterdir()}
    code = (
        "import sys, time; from suasion.training.bundle import folder as bundle; dump = bundle._dump\n"
        "def slow(value):\n    print('writing', flush=True); time.sleep(60); return dump(value)\n"
        "bundle._dump = slow\n"
        "from suasion.training.bundle.folder import load, save\n"
        f"save(load({str(trained[1])!r}), {str(target)!r})\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "writing"
        time.sleep(0.2)
        child.send_signal(signal.SIGKILL)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == before
    load(target)


def test_scores_are_written_whole(scored, tmp_path: Path) -> None:
    for name in ("scores.parquet", "scores.csv"):
        write_scores(scored.scores, tmp_path / name)
    back = pd.read_parquet(tmp_path / "scores.parquet")
    pd.testing.assert_frame_equal(back, scored.scores)
    assert len(pd.read_csv(tmp_path / "scores.csv")) == len(back)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scores.csv", "scores.parquet"]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="nothing says here which processors to use")
def test_one_processor_will_do(world: Path, trained, tmp_path: Path) -> None:
    one = min(os.sched_getaffinity(0))
    line = ["score", world, "--model", trained[1], "--brief", "coffee", "--out", tmp_path / "s.csv"]
    told = suasion(
        *line,
        env=environment(OMP_NUM_THREADS=None),
        preexec_fn=lambda: os.sched_setaffinity(0, {one}),
        timeout=120,
    )
    assert told.returncode == 0, told.stderr
    assert suasion(*line[:-1], tmp_path / "all.csv").returncode == 0
    here, there = (pd.read_csv(tmp_path / name) for name in ("s.csv", "all.csv"))
    pd.testing.assert_frame_equal(here, there, rtol=1e-9)


LEARNED = """
import sys
from suasion.serving.cli.main import main
from suasion.training import train
from suasion.training.bundle.folder import load

learned = load(sys.argv.pop(1))
train.learn = lambda *_, **__: (learned, None)
main()
"""
"""The command, with a model that another run learned."""


def test_trainings_that_end_together_are_all_registered(world: Path, trained, tmp_path: Path) -> None:
    import mlflow

    lines = [
        [sys.executable, "-c", LEARNED, trained[1], "train", world, "--out", tmp_path / f"m{n}", "--quick"]
        for n in range(3)
    ]
    env = environment(MLFLOW_TRACKING_URI=None, MLFLOW_REGISTRY_URI=None)
    runs = [
        subprocess.Popen(line, env=env, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for line in lines
    ]
    said = [run.communicate(timeout=300)[0].decode() for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], said
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    models = mlflow.MlflowClient(uri, uri).search_registered_models()
    assert sorted(model.name for model in models) == ["m0", "m1", "m2"]
