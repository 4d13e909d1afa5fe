"""suasion beside a reference made by hand, on a real Stack Exchange site, on the same rows and folds.

    SUASION_DATA=FOLDER python -m benchmarks.beer

The folder holds beer.stackexchange.com.7z. The reference is what an analyst writes in an afternoon: fourteen columns in
pandas, votes known the next day, a logistic regression and LightGBM. Then every table is left out in turn.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from suasion.features.sources.stackexchange import read_dump
from suasion.features.tables.open import open_tables
from suasion.training.estimators.fit import Settings, poisson_deviance
from suasion.training.evaluation.evaluate import SUASION, Forward, predict_forward
from suasion.training.evaluation.metrics import bootstrap, range_90, weighted_auc
from suasion.training.evaluation.split import TEST_FROM
from suasion.training.examples import Examples, read_examples, take_features

BEHAVIOUR = [
    "answers",
    "accepted",
    "accept_rate",
    "questions",
    "comments",
    "votes",
    "votes_a_post",
    "badges",
    "days_since_post",
    "account_days",
    "posts_90d",
]
OFFER = ["order", "hours", "bounty"]


def by_hand(folder: Path) -> pd.DataFrame:
    """Return the reference's columns for every outcome, each from what was known before its decision."""
    read = {
        name: pd.read_parquet(folder / f"{name}.parquet")
        for name in ("outcomes", "posts", "audience", "credentials", "influencers")
    }
    outcomes, rows = read["outcomes"], []
    by = {
        name: dict(iter(read[name].groupby(key)))
        for name, key in (
            ("posts", "author_id"),
            ("audience", "influencer_id"),
            ("credentials", "influencer_id"),
        )
    }
    born = read["influencers"].set_index("influencer_id")["created_at"]
    past = dict(iter(outcomes.groupby("influencer_id")))
    row: Any
    for row in outcomes.itertuples():
        posts = by["posts"].get(row.influencer_id)
        posts = posts[posts["created_at"] < row.decided_at] if posts is not None else read["posts"].head(0)
        audience = by["audience"].get(row.influencer_id)
        votes = (
            audience[audience["observed_at"] < row.decided_at]["followers"].max()
            if audience is not None
            else np.nan
        )
        badges = by["credentials"].get(row.influencer_id)
        earlier = past[row.influencer_id]
        known = earlier[earlier["known_at"] < row.decided_at]
        age = (row.decided_at - posts["created_at"]).dt.total_seconds() / 86400
        comments = posts["post_id"].str.startswith("c")
        rows.append(
            {
                "answers": (earlier["decided_at"] < row.decided_at).sum(),
                "accepted": known["conversions"].sum(),
                "accept_rate": (known["conversions"].sum() + 1) / (len(known) + 4),
                "questions": (posts["reply_to_id"].isna() & ~comments).sum(),
                "comments": comments.sum(),
                "votes": np.nan_to_num(votes),
                "votes_a_post": np.nan_to_num(votes) / max(1, (~comments).sum()),
                "badges": (badges["awarded_at"] < row.decided_at).sum() if badges is not None else 0,
                "days_since_post": age.min() if len(age) else np.nan,
                "account_days": (row.decided_at - born[row.influencer_id]).total_seconds() / 86400,
                "posts_90d": (age <= 90).sum(),
                "order": row.offer_answer_order,
                "hours": row.offer_hours_since_question,
                "bounty": row.offer_bounty,
            }
        )
    return pd.concat(
        [outcomes[["campaign_id", "influencer_id"]], pd.DataFrame(rows, index=outcomes.index)], axis=1
    )


def reference(table: pd.DataFrame, examples: Examples, forward: Forward) -> dict[str, np.ndarray]:
    """Return the reference's predictions, trained and judged on the same folds."""
    hand = examples.table[["campaign_id", "influencer_id"]].merge(
        table, on=["campaign_id", "influencer_id"], how="left"
    )
    y = examples.data.y > 0
    scores: dict[str, np.ndarray] = {}
    for name, columns in {
        "earlier answers alone": ["answers"],
        "behaviour": BEHAVIOUR,
        "behaviour and offer": BEHAVIOUR + OFFER,
    }.items():
        raw = hand[columns].to_numpy(dtype=float)
        squeezed = np.sign(raw) * np.log1p(np.abs(raw))
        for kind in ("logistic", "LightGBM"):
            if kind == "LightGBM" and len(columns) == 1:
                continue
            score = np.full(len(y), np.nan)
            for fold in forward.folds:
                if kind == "logistic":
                    model = make_pipeline(
                        SimpleImputer(strategy="median", add_indicator=True),
                        StandardScaler(),
                        LogisticRegression(),
                    )
                    score[fold.judged] = model.fit(squeezed[fold.train], y[fold.train]).predict_proba(
                        squeezed[fold.judged]
                    )[:, 1]
                else:
                    booster = lgb.LGBMClassifier(
                        n_estimators=100, learning_rate=0.05, num_leaves=7, verbose=-1
                    )
                    score[fold.judged] = booster.fit(raw[fold.train], y[fold.train]).predict_proba(
                        raw[fold.judged]
                    )[:, 1]
            scores[f"by hand, {name}, {kind}"] = score
    return scores


def main() -> None:
    folder = Path(os.environ.get("SUASION_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
    dump = folder / "beer.stackexchange.com.7z"
    if not dump.is_file():
        sys.exit(f"{dump} is not there: set SUASION_DATA to the folder that holds it")
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary) / "beer"
        read_dump(dump, data)
        compare(data)
        left_out(data)


def compare(data: Path) -> None:
    """Print how well suasion and the reference tell accepted answers from others, with ranges."""
    with open_tables(data) as tables:
        examples, _ = read_examples(tables, None, first=TEST_FROM)
    forward = predict_forward(examples, Settings(), variants=False)
    scores = {"suasion": forward.expected[SUASION], **reference(by_hand(data), examples, forward)}
    no_offer = take_features(examples, [group != "offer" for group in examples.declared.groups])
    scores["suasion without the offer"] = predict_forward(no_offer, Settings(), variants=False).expected[
        SUASION
    ]
    _print(scores, examples, np.flatnonzero(forward.judged))


def _print(scores: dict[str, np.ndarray], examples: Examples, rows: np.ndarray) -> None:
    y = examples.data.y[rows]
    judged = examples.table.iloc[rows]
    draws = bootstrap(judged, 0)
    suasion_auc = weighted_auc(y, scores["suasion"][rows], draws)
    print(
        f"{len(rows)} judged outcomes, {y.mean():.1%} accepted; 90 % ranges over influencers and campaigns, differences paired\n"
    )
    print("| model | AUC | 90 % | suasion less it | 90 % |\n|---|---|---|---|---|")
    for name, score in sorted(scores.items(), key=lambda item: -roc_auc_score(y, item[1][rows])):
        drawn = weighted_auc(y, score[rows], draws)
        auc, less = (
            roc_auc_score(y, score[rows]),
            roc_auc_score(y, scores["suasion"][rows]) - roc_auc_score(y, score[rows]),
        )
        ranges = [f"{a:.3f} to {b:.3f}" for a, b in (range_90(drawn), range_90(suasion_auc - drawn))]
        print(f"| {name} | {auc:.3f} | {ranges[0]} | {less:+.3f} | {ranges[1]} |")


def left_out(data: Path) -> None:
    """Print what suasion explains without each table."""
    print("\n| left out | explained deviance | AUC |\n|---|---|---|")
    optional = ("influencers", "posts", "audience", "mentions", "credentials")
    for out in [(), *((name,) for name in optional), optional]:
        with open_tables(data, leave_out=frozenset(out)) as tables:
            less, _ = read_examples(tables, None, first=TEST_FROM)
        forward = predict_forward(less, Settings(), variants=False)
        rows, y = np.flatnonzero(forward.judged), less.data.y
        null = poisson_deviance(y[rows], forward.rate[rows]).sum()
        explained = 1 - poisson_deviance(y[rows], forward.expected[SUASION][rows]).sum() / null
        name = "nothing" if not out else "all of them" if len(out) > 1 else out[0]
        print(
            f"| {name} | {explained:.3f} | {roc_auc_score(y[rows], forward.expected[SUASION][rows]):.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
