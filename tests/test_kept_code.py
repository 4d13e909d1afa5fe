"""What other code made and kept is not taken, and all that features are built with is behind what is kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from suasion.features import GROUPS
from suasion.features.tables import code_hash as code
from suasion.features.tables import store as kept

from .conftest import ROOT
from .test_kept import add, afresh, plain, refuse, work


def changed_code(folder: Path, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the package's code be as it is, but for one module."""
    shutil.copytree(code.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / module.replace(".", "/")).with_suffix(".py").open("a") as file:
        file.write("# another\n")
    monkeypatch.setattr(code, "FOLDER", folder)
    code.digest_of.cache_clear()


@pytest.fixture(autouse=True)
def _digests_anew():
    yield
    code.digest_of.cache_clear()


@pytest.mark.parametrize(
    "what",
    [
        "HEARD_BY",
        "tables.schema",
        "text.language",
        "text.withheld",
        "text.space",
        "text.compiled",
        "tables.read",
    ],
)
def test_what_other_code_made_is_not_taken(what: str, store: Path, tmp_path: Path, monkeypatch) -> None:
    data = tmp_path / "data"
    add(plain(), data, 0)
    work(data)
    if what == "HEARD_BY":
        monkeypatch.setattr(kept, what, "another judge")
    else:
        changed_code(tmp_path / "code", what, monkeypatch)
    monkeypatch.setattr(kept, "sift", refuse)
    with pytest.raises(AssertionError, match="is read again"):
        work(data)


def test_what_other_code_heard_is_heard_anew(store: Path, tmp_path: Path, monkeypatch) -> None:
    """Neither the kept tables nor the store of texts say what another judge of criticism said."""
    data = tmp_path / "data"
    add(plain(), data, 0)
    before = work(data)[1]
    changed_code(tmp_path / "code", "text.language", monkeypatch)
    monkeypatch.setattr("suasion.features.text.withheld.is_critical", lambda text: True)
    column = "conversation__criticism_share__365d"
    told = work(data)[1]
    assert (told[column].dropna() == 1.0).all()
    assert not (before[column].dropna() == 1.0).all()
    pd.testing.assert_frame_equal(told, afresh(data, monkeypatch)[1])


def test_all_that_features_are_built_with_is_behind_what_is_kept(tmp_path: Path, monkeypatch) -> None:
    """Every module that is loaded by building features counts, but declarations, which are worked out each time; attribution does not."""
    names = "import sys, suasion.features.engine.matrix; print(*(n for n in sys.modules if n.startswith('suasion.features.')))"
    told = subprocess.run([sys.executable, "-c", names], cwd=ROOT, capture_output=True, check=True, text=True)
    loaded = {name.removeprefix("suasion.features.") for name in told.stdout.split()} - {*GROUPS}
    loaded -= {
        path.parent.name for path in code.FOLDER.glob("*/__init__.py")
    }  # rooms, which hold no code of their own
    assert {
        "text.language",
        "text.space",
        "text.withheld",
        "engine.similarity",
        "tables.store",
        "tables.validate",
    } <= loaded
    before = code.digest_of("engine.matrix")
    for module in loaded:
        with monkeypatch.context() as patch:
            changed_code(tmp_path / module, module, patch)
            assert code.digest_of("engine.matrix") != before, module
    with monkeypatch.context() as patch:
        changed_code(tmp_path / "attribution", "attribution.attribute", patch)
        assert code.digest_of("engine.matrix") == before
