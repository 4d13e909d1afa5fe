"""Posts without their words: the same features and scores from vectors alone, and no word left anywhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from suasion.features import FEATURES
from suasion.features.engine.matrix import build_features, prepare
from suasion.features.engine.needs import needs_of
from suasion.features.errors import BundleError, InputError
from suasion.features.privacy.drop_texts import drop_texts
from suasion.features.sources.reading.source import run_import
from suasion.features.tables.open import open_tables
from suasion.features.text.language import asking, is_critical
from suasion.features.text.space import LatentSpace, compact
from suasion.features.text.withheld import DROPPED, MARK, Sealer, fingerprint, hears_criticism, vectors_of
from suasion.serving.explaining.evidence import evidence
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.score import open_session, score
from suasion.training.bundle.folder import load

from . import small
from .sources import BY_NAME, READ_AT, bring, everything, run, samples
from .test_privacy import anywhere

SPACE = LatentSpace.fit([" ".join(small.WORDS[k : k + 4]) for k in range(12)] * 2, dimensions=8)
OTHER = LatentSpace.fit(["tea and cake", "cake and bread", "bread and butter"], dimensions=2)
DECISIONS = "SELECT campaign_id, influencer_id, decided_at AS as_of, exposure, fee, discount FROM outcomes WHERE superseded_at > '9999-01-01'"
SAID = [
    "hops and malt",
    "Is it good? I wonder",
    "hops か。",
    "terrible awful bad!",
    "unknown words",
    "sealed: hops",
]


def features(data: Path, space: LatentSpace = SPACE) -> pd.DataFrame:
    with open_tables(data) as tables:
        return build_features(prepare(tables, space), DECISIONS)


def test_a_sealed_text_says_what_features_ask_of_it() -> None:
    sealed = Sealer(SPACE)([*SAID, "", "  ", None])
    told = [text for text in sealed[: len(SAID)] if text is not None]
    assert sealed[len(SAID) :] == ["", "  ", None]
    assert [hears_criticism(text) for text in told] == [is_critical(text) for text in SAID]
    assert [fingerprint(text) for text in told] == [fingerprint(text) for text in SAID]
    assert [text.endswith("?") for text in told] == [False, True, True, False, False, False]
    assert (vectors_of(told, SPACE) == compact(SPACE.embed(SAID))).all()
    mixed = [told[0], SAID[1], told[2]]
    assert (vectors_of(mixed, SPACE) == compact(SPACE.embed(SAID[:3]))).all()
    assert not [word for text in told for word in ("hops", "malt", "good", "bad") if word in text]
    assert Sealer(SPACE)(told) == told, "sealed once is sealed"
    with pytest.raises(InputError, match="train with --space"):
        vectors_of(told, OTHER)
    with pytest.raises(InputError, match="is damaged"):
        vectors_of([told[0][:-8]], SPACE)


OF_TEXTS = [
    feature.column
    for feature in FEATURES
    if ("posts", ("text",)) in needs_of(tuple(FEATURES))[feature.column]
]
"""Features that read what posts say, as their own queries tell."""


def test_no_feature_of_texts_is_emptied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each feature that reads texts says several things before, and the same after: one that is empty at both times shows nothing."""
    monkeypatch.setattr(
        "suasion.features.engine.similarity.SAMPLE", 60
    )  # so that it matters which posts are taken
    monkeypatch.setattr("suasion.features.engine.similarity.LEAST", 5)
    assert {c.partition("__")[0] for c in OF_TEXTS} >= {
        "relevance",
        "frequency",
        "conversation",
        "references",
    }
    told: dict[str, set[float]] = {name: set() for name in OF_TEXTS}
    for seed in range(3):
        data = small.write(small.make(seed), tmp_path / str(seed))
        before = features(data)
        drop_texts(data, Sealer(SPACE))
        texts = pd.read_parquet(data / "posts.parquet")["text"].dropna()
        assert texts.map(lambda text: text.startswith(MARK) or not text.strip()).all()
        after = features(data)
        pd.testing.assert_frame_equal(after, before)
        for name in OF_TEXTS:
            told[name] |= set(after[name].dropna())
    assert [name for name, values in told.items() if len(values) < 2] == []


@pytest.mark.parametrize(
    "text", [*small.HEARD, "sealed: hops?", "؟", "?)", "good; bad.", "x" * 3000 + " terrible awful bad"]
)
def test_what_is_heard_of_a_text_is_heard_of_it_sealed(text: str | None) -> None:
    (sealed,) = Sealer(SPACE)([text])
    if text is None or not text.strip():
        assert sealed == text
        return
    assert sealed != text
    assert asking([sealed]) == asking([text])
    assert hears_criticism(sealed) == hears_criticism(text)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kept", [False, True])
def test_features_without_texts_are_those_with_them(
    kept: bool, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store"
    if kept:
        monkeypatch.setenv("SUASION_STORE", str(store))
    data = small.write(small.make(seed), tmp_path / "data")
    before = features(data)
    told = drop_texts(data, Sealer(SPACE), store if kept else None)
    assert told.texts > 80
    assert told.kept_tables == int(kept)
    pd.testing.assert_frame_equal(features(data), before)
    texts = pd.read_parquet(data / "posts.parquet")["text"].dropna()
    assert texts.map(lambda text: text.startswith(MARK) or not text.strip()).all()
    assert drop_texts(data, Sealer(SPACE)).texts == 0
    with pytest.raises(InputError, match="another model's text space"):
        drop_texts(data, Sealer(OTHER))


def test_before_texts_are_gone_somebody_says_yes(tmp_path: Path) -> None:
    command = ("drop-texts", str(tmp_path), "--model", str(tmp_path))
    code, told = run(*command, text="n\n")
    assert code != 0
    assert f"The texts in {tmp_path} will be gone. Go on?" in told
    with pytest.raises(BundleError, match="is not a model"):  # asked nothing, and went on
        run(*command, "--yes", text="n\n")


def test_scores_are_the_same_and_a_later_model_takes_the_space(world: Path, trained, tmp_path: Path) -> None:
    data, model = tmp_path / "data", trained[1]
    shutil.copytree(world, data)
    (data / "quarantine").mkdir()
    (data / "quarantine" / "posts.csv").write_text("record,line,reason,row\n7,,because,what they said\n")
    ask = Ask(brief="fresh hops", as_of=trained[0].examples.table["as_of"].max())
    before = score(data, model, ask).scores
    code, told = run("drop-texts", str(data), "--model", str(model), text="y\n")
    assert code == 0, told
    assert "texts are vectors now" in told
    assert not anywhere(data, "what they said")
    pd.testing.assert_frame_equal(score(data, model, ask).scores, before)
    with open_session(data, model) as session:
        posts = evidence(session, ask, before["influencer_id"][0], ask.as_of).posts
    assert posts
    assert {post.text for post in posts} == {"(its text was not kept)"}
    later = ["--out", str(tmp_path / "later"), "--quick", "--no-tracking"]
    code, told = run("train", str(data), *later)
    assert code != 0
    assert "train with --space" in told
    code, told = run("train", str(data), *later, "--space", str(model))
    assert code == 0, told
    assert (
        load(tmp_path / "later").fitted.space.embed(["hops"]).tolist()
        == load(model).fitted.space.embed(["hops"]).tolist()
    )


def test_imports_leave_vectors_alone(trained, tmp_path: Path) -> None:
    space, model = trained[0].bundle.fitted.space, str(trained[1])
    files = [str(path) for path in samples("x")]
    code, told = run(
        "import", "x", *files, str(tmp_path / "a"), "--read-at", "2024-06-01", "--drop-texts", model
    )
    assert code == 0, told
    bring("x", tmp_path / "plain")
    plain, sealed = everything(tmp_path / "plain"), everything(tmp_path / "a")
    bare = [[{**row, "text": None} for row in rows["posts"]] for rows in (sealed, plain)]
    assert bare[0] == bare[1]
    assert {name: rows for name, rows in sealed.items() if name != "posts"} == {
        name: rows for name, rows in plain.items() if name != "posts"
    }
    said = [row.get("text") for row in plain["posts"]]
    assert [row.get("text") for row in sealed["posts"]] == Sealer(space)(said)
    broken = tmp_path / "broken.json"
    broken.write_text('{"data": [{"id": "1", "text": "a word of theirs", "author_id": ')
    run_import(BY_NAME["x"], [broken], tmp_path / "a", read_at=READ_AT, seal=Sealer(space))
    assert anywhere(tmp_path / "a", "broken.json")
    assert not anywhere(tmp_path / "a", "a word of theirs", *[text for text in said if text])
    before = sorted(path.name for path in (tmp_path / "a" / "posts").iterdir())
    run_import(BY_NAME["x"], samples("x"), tmp_path / "a", read_at=READ_AT, seal=Sealer(space))
    assert sorted(path.name for path in (tmp_path / "a" / "posts").iterdir()) == before, (
        "twice changes nothing"
    )
    with pytest.raises(InputError, match="keeps no texts"):
        bring("x", tmp_path / "a")
    with pytest.raises(InputError, match="another model's text space"):
        run_import(BY_NAME["x"], samples("x"), tmp_path / "a", seal=Sealer(OTHER))
    with pytest.raises(InputError, match="suasion drop-texts"):
        run_import(BY_NAME["x"], samples("x"), tmp_path / "plain", seal=Sealer(space))
    assert (tmp_path / "a" / DROPPED).read_text().strip() == Sealer(space).name


def test_nobody_can_pass_a_text_for_a_sealed_one(tmp_path: Path) -> None:
    """A post that begins like a sealed text would otherwise stop every run, or say what vector it has."""
    lines = '{"data": [{"id": "1750000990000000001", "author_id": "7", "created_at": "2024-01-24T03:04:00.000Z", "text": "%s"}]}'
    for number, text in enumerate(
        (f"{MARK}{'0' * 32}:{'0' * 8}:n:AAAA", f"{MARK}{Sealer(SPACE).name}:{'0' * 8}:c:AAAAAAAAAAA=")
    ):
        path = tmp_path / f"{number}.json"
        path.write_text(lines % text)
        bring("x", tmp_path / f"out{number}", path)
        (row,) = everything(tmp_path / f"out{number}")["posts"]
        assert row["text"] == text.removeprefix(MARK)
        vectors_of([row["text"]], SPACE)


def test_what_cannot_be_dropped_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no folder with posts"):
        drop_texts(tmp_path, Sealer(SPACE))
    (tmp_path / "posts.csv").write_text("post_id,text\n")
    with pytest.raises(InputError, match="suasion import csv"):
        drop_texts(tmp_path, Sealer(SPACE))
