"""Shared by all tests: where real data is, a small world, and a model trained on it once."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

# One thread a worker: tests run side by side, and OpenMP's threads would wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parents[1]


class _NoSecondCopy:
    """From the repository's root `import features` would load a second copy of the package: refuse it."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name in ("features", "training", "serving"):
            raise ImportError(f"import suasion.{name}, not {name}: the second would be another copy of it")


sys.meta_path.insert(0, _NoSecondCopy())


@pytest.fixture(scope="session")
def real_dump() -> Path:
    """Return the beer site's dump, from SUASION_DATA or the folder shared/data beside the checkout."""
    folder = Path(os.environ.get("SUASION_DATA", ROOT.parent / "shared" / "data"))
    dump = folder / "beer.stackexchange.com.7z"
    if not dump.is_file():
        pytest.skip(f"the Stack Exchange dump is not at {dump}: set SUASION_DATA to the folder that holds it")
    return dump


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small simulated world."""
    from suasion.training.world import World, simulate

    folder = tmp_path_factory.mktemp("world") / "world"
    simulate(World(influencers=120, campaigns=70, picks=15, weeks=80, unpicked=20), folder)
    return folder


@pytest.fixture(scope="session")
def trained(world: Path, tmp_path_factory: pytest.TempPathFactory):
    """Return a quick training run on the small world, tracked by MLflow, and the model's folder."""
    from suasion.training.train import Options, train

    folder = tmp_path_factory.mktemp("models") / "small"
    return train(world, folder, Options(quick=True, force=True)), folder
