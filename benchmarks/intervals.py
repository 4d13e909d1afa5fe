"""Whether the 90 % interval holds for those one would pick: ``python -m benchmarks.intervals``.

Five kinds of counts by mechanisms that the model does not know (sparse counts and saturation, heavy tails, a person's hidden talent,
attention that was bought), predicted forward in time by a plain regression. Beside it the same calibration with one band for all.
The number of bands and of people in each was chosen looking at seeds 0 and 1; seeds 2 and 3 were looked at once, at the end.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from suasion.training.estimators import interval
from suasion.training.estimators.base import Floats
from suasion.training.estimators.fit import Data
from suasion.training.estimators.linear import LinearRegressor
from suasion.training.evaluation.metrics import pick_probability
from suasion.training.evaluation.split import forward_folds

RATES = {
    "very sparse": -3.2,
    "sparse": -2.0,
    "bought attention": 0.5,
    "heavy tails": 1.0,
    "counts of ten": 2.0,
}
PEOPLE, CAMPAIGNS, ROWS = 300, 150, 3000


def draw(kind: str, seed: int) -> tuple[Data, np.ndarray, np.ndarray]:
    """Return outcomes with their features, the influencers and the campaigns."""
    random = np.random.default_rng(seed)
    who, campaign = random.integers(0, PEOPLE, ROWS), np.sort(random.integers(0, CAMPAIGNS, ROWS))
    talent, luck = random.normal(0, 1, PEOPLE), random.normal(0, 0.4, CAMPAIGNS)
    fit, hidden = random.normal(0, 1, (ROWS, 4)), random.normal(0, 0.7, PEOPLE)
    mean = np.exp(RATES[kind] + 0.8 * talent[who] + luck[campaign] + 0.4 * fit[:, 0] + hidden[who])
    seen = talent[who].copy()
    if kind == "bought attention":  # looks strong, and is not
        seen = seen + (random.random(PEOPLE) < 0.15)[who] * 2.5
    if kind == "heavy tails":
        mean = mean * random.gamma(0.5, 2, ROWS)
    y = random.poisson(mean * random.gamma(2, 0.5, ROWS))
    if "sparse" in kind:  # the strongest saturate
        y = random.binomial(y, np.where(seen > 1.2, 0.45, 1.0))
    X = np.column_stack([seen + 0.2 * random.normal(size=ROWS), fit])
    decided = (np.datetime64("2023-01-01") + campaign * np.timedelta64(5, "D")).astype("datetime64[us]")
    known = (decided + np.timedelta64(14, "D")).astype("datetime64[us]")
    data = Data(X, y.astype(float), np.ones(ROWS), decided, known)
    return data, who.astype(object), campaign.astype(object)


def held(kind: str, seed: int, bands: int) -> list[float]:
    """Return the share that lies inside: of all, of the picked, and of the strongest tenth; and how wide that is."""
    data, who, campaign = draw(kind, seed)
    expected, low, high = (np.full(ROWS, np.nan) for _ in range(3))
    judged = np.zeros(ROWS, dtype=bool)
    before, interval.BANDS = interval.BANDS, bands
    try:
        for number, fold in enumerate(forward_folds(data.decided, data.known, first=0.5, folds=5)):
            train, test = data.take(fold.train), fold.judged
            expected[test] = LinearRegressor(alpha=0.01).fit(train.X, train.y).predict(data.X[test])
            if number >= 2:
                past = np.flatnonzero(~np.isnan(expected) & (data.known < fold.start))
                calibrated = interval.calibrate(data.y[past], expected[past], who[past], binary=False)
                low[test], high[test] = calibrated.bounds(expected[test])
                judged[test] = True
    finally:
        interval.BANDS = before
    inside: Floats = ((data.y >= low) & (data.y <= high))[judged].astype(float)
    picked = pick_probability(campaign[judged], expected[judged])
    top = expected[judged] >= np.quantile(expected[judged], 0.9)
    width = np.median((high[judged][top] + 1) / (low[judged][top] + 1))
    return [
        float(inside.mean()),
        float(inside @ picked / picked.sum()),
        float(inside[top].mean()),
        float(width),
    ]


def main(kinds: Sequence[str] = tuple(RATES)) -> None:
    columns = ["all", "picked", "strongest tenth", "(high + 1) / (low + 1) there"]
    rows = {}
    for seeds, words in (((0, 1), "seeds 0, 1"), ((2, 3), "seeds 2, 3")):
        for kind in kinds:
            for bands, name in ((1, "one band"), (interval.BANDS, "bands")):
                figures = np.mean([held(kind, seed, bands) for seed in seeds], axis=0)
                rows[words, kind, name] = dict(zip(columns, figures, strict=True))
    table = pd.DataFrame(rows).T
    print("| | | | " + " | ".join(columns) + " |\n|---|---|---|" + "---|" * len(columns))
    for (words, kind, name), row in table.iterrows():  # type: ignore[misc]
        print(
            f"| {words} | {kind} | {name} | "
            + " | ".join(f"{v:.0%}" for v in row[:3])
            + f" | {row.iloc[3]:.1f} |"
        )


if __name__ == "__main__":
    main()
