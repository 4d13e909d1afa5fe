"""What is worked out from a text is worked out once, ever, and comes out of the store as it went in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from suasion.features.engine.matrix import build_features, prepare
from suasion.features.errors import InputError
from suasion.features.tables.open import open_tables
from suasion.features.text import withheld as sealed
from suasion.features.text.language import is_critical
from suasion.features.text.space import LatentSpace, Vectors, identity
from suasion.training.train import fingerprint

from . import small
from .test_features_oracle import DECISIONS

FITTED = LatentSpace.fit([" ".join(small.WORDS[k : k + 4]) for k in range(12)] * 2, dimensions=8)


class Counting:
    """A space that remembers what it was asked."""

    name = "counting"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return FITTED.embed(texts)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return small.write(small.make(1), tmp_path / "data")


def build(data: Path, space: Counting) -> tuple[pd.DataFrame, set[str], set[str]]:
    """Return the features, the posts' texts, and those of them that were embedded."""
    with open_tables(data) as tables:
        prepared = prepare(tables, space)
        posts = {text for (text,) in tables.sql("SELECT coalesce(text, '') FROM posts").fetchall()}
        worked = posts & set(space.asked)
        return build_features(prepared, DECISIONS), posts, worked


def test_the_second_run_embeds_and_judges_no_post_and_says_the_same(
    data: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, posts, worked = build(data, Counting())
    assert worked == posts

    def never(text: str) -> bool:
        raise AssertionError(f"judged again: {text}")

    monkeypatch.setattr(sealed, "is_critical", never)
    again, _, worked = build(data, Counting())
    assert not worked
    pd.testing.assert_frame_equal(again, first)
    monkeypatch.setattr(sealed, "is_critical", is_critical)
    monkeypatch.delenv("SUASION_STORE")
    without, _, _ = build(data, Counting())
    pd.testing.assert_frame_equal(without, first)


def test_only_what_is_new_is_worked_on_and_each_text_once(tmp_path: Path, store: Path) -> None:
    rows = small.make(1)
    build(small.write(rows, tmp_path / "before"), Counting())
    fresh = [
        row | {"post_id": f"new {row['post_id']}", "text": "quite a new lager"} for row in rows["posts"][:3]
    ]
    space = Counting()
    _, _, worked = build(small.write(rows | {"posts": rows["posts"] + fresh}, tmp_path / "after"), space)
    assert worked == {"quite a new lager"}
    assert space.asked.count("quite a new lager") == 1


def test_another_space_and_a_file_that_was_not_finished_are_not_read(data: Path, store: Path) -> None:
    build(data, Counting())
    (kind,) = store.glob("vectors-*")
    (kind / ".part-half.partial").write_bytes(b"PAR1")
    other = Counting()
    other.name = "other"
    _, posts, worked = build(data, other)
    assert worked == posts
    assert len(list(store.glob("vectors-*"))) == 2
    assert not build(data, Counting())[2]


def test_counts_in_other_columns_are_other_data(tmp_path: Path) -> None:
    marks = set()
    for number, counts in enumerate(({"likes": 3.0}, {"saves": 3.0}, {"likes": 3.0, "saves": 3.0})):
        folder = tmp_path / str(number)
        tables = small.make(1)
        tables["post_metrics"] = [
            {"post_id": "p1", "observed_at": "2023-05-01", "likes": None, "saves": None, **counts}
        ]
        small.write(tables, folder)
        with open_tables(folder) as opened:
            marks.add(fingerprint(opened))
    assert len(marks) == 3


def test_a_memory_limit_that_is_none_is_refused(data: Path) -> None:
    with (
        pytest.raises(
            InputError, match="The memory limit is 'plenty'; write an amount with its unit, such as 4GB"
        ),
        open_tables(data, memory_limit="plenty"),
    ):
        pass


def test_two_fitted_spaces_are_told_apart_by_their_numbers() -> None:
    same = LatentSpace(FITTED.vocabulary, FITTED.idf.copy(), FITTED.components.copy())
    moved = LatentSpace(FITTED.vocabulary, FITTED.idf * 1.01, FITTED.components)
    assert identity(same) == identity(FITTED) != identity(moved)


def test_the_store_holds_no_text_and_no_id(tmp_path: Path, store: Path) -> None:
    rows = small.make(1)
    rows["posts"] = [row | {"text": f"{row['text']} strawberrylager"} for row in rows["posts"]]
    build(small.write(rows, tmp_path / "data"), Counting())
    columns = {name for path in store.rglob("*.parquet") for name in pd.read_parquet(path).columns}
    assert columns == {"key", "value"}
    assert not any(b"strawberry" in path.read_bytes() for path in store.rglob("*.parquet"))


def test_a_store_that_cannot_be_written_says_so(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SUASION_STORE", str(tmp_path / "file"))
    with pytest.raises(InputError, match="SUASION_STORE"):
        build(data, Counting())
