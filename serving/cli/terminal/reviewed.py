"""What a review says: what was promised, and what came."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from suasion.serving.explaining.charts import count as figure
from suasion.serving.explaining.explain import interval_name
from suasion.training.evaluation.review import ByFactor, Misjudged, Review

from .table import Column, Grid, between, dashed

NULL = "the mean rate of what it learned from × exposure"
"""What explained deviance is measured against in a review."""
SHOWN, DRIFTS = 10, 8
"""People misjudged and features that drifted that are named."""


def print_review(console: Console, review: Review) -> None:
    """Print what was promised and what came."""
    verdict = (
        f"Train again: {'; '.join(review.reasons)}."
        if review.retrain
        else "It keeps what it promised: no reason to train again."
    )
    console.print(verdict, style="bold red" if review.retrain else "bold green")
    console.print(
        f"{review.outcomes:,} outcomes of {review.influencers:,} influencers in {review.campaigns:,} campaigns became known since {review.since[:10]}."
    )
    if review.late:
        console.print(f"{review.late:,} of them were known before, but not there when it was trained.")
    if review.revised:
        console.print(
            f"{review.revised:,} outcomes were revised since; it learned from them, so they are not compared."
        )
    console.print()
    names, figures, ranges = zip(*_figures(review), strict=True)
    Grid(
        [
            Column("", names, kind="words"),
            Column("figure", figures),
            Column("90\N{NO-BREAK SPACE}% range", ranges),
        ],
        title="Promise and outcome",
        legend=f"Explained deviance: 0 is no better than {NULL}. –: cannot be said.",
    ).print(console)
    if 0 < review.ranking["followers_known"] < 1:
        console.print(
            f" Followers are known of {review.ranking['followers_known']:.0%}; the others are ranked last, in random order."
        )
    console.print()
    _by_factor(review.by_factor).print(console)
    if review.misjudged:
        console.print()
        _misjudged(review.misjudged[:SHOWN]).print(console, instead="--json has them.")
    console.print(
        f"\n{len(review.drift)} of {review.features_compared} features have other values than in training."
    )
    for drift in review.drift[:DRIFTS]:
        console.print(
            f"  {drift.feature}: median {figure(drift.before)} → {figure(drift.after)} (distance {drift.distance:.2f})"
        )


def _figures(review: Review) -> Iterator[tuple[str, str, str]]:
    """Return the lines of the table: what it is, the figure, its range."""
    for name, one, form in (
        ("actual / expected", review.actual_by_expected, ",.2f"),
        ("explained deviance", review.explained_deviance, ".2f"),
        (f"held by the {interval_name(review.level)}", review.coverage, ".0%"),
        ("captured by top 30 %", review.captured, ".0%"),
    ):
        yield name, dashed(one.value, form), between(one.range_90, form) if one.range_90 else ""
    ranking = review.ranking
    for name, share in (
        ("captured by 30 % at random", ranking["random"]),
        ("captured by the best 30 %", ranking["perfect"]),
        ("captured by the most followed", ranking["most_followed"]),
    ):
        yield name, dashed(share, ".0%"), ""
    yield "Spearman within campaigns", dashed(review.spearman, ".2f"), ""
    yield "campaigns with a choice", f"{ranking['campaigns']:,}", ""


def _by_factor(parts: list[ByFactor]) -> Grid:
    return Grid(
        [
            Column("factor", [part.factor for part in parts], kind="words"),
            Column("slope", [dashed(part.slope.value, ",.2f") for part in parts]),
            Column(
                "90\N{NO-BREAK SPACE}% range",
                [between(part.slope.range_90, ",.2f") if part.slope.range_90 else "" for part in parts],
                rank=1,
            ),
            Column("actual / expected, lowest third", [dashed(part.low, ",.2f") for part in parts], rank=2),
            Column("highest third", [dashed(part.high, ",.2f") for part in parts], rank=2),
        ],
        title="Did each factor mean what it said?",
        legend="Slope 1: yes; below 1 overstated; below 0 the wrong way; –: no data.",
    )


def _misjudged(people: list[Misjudged]) -> Grid:
    return Grid(
        [
            Column("misjudged", [one.influencer_id for one in people], kind="name"),
            Column("expected", [f"{one.expected:,.1f}" for one in people]),
            Column("came", [figure(one.actual) for one in people]),
            Column("off by", [f"{one.surprise:+,.1f} σ" for one in people]),
            Column(
                "led astray by",
                [f"{one.factor} ×{one.mean_factor:,.2f}" if one.factor else "–" for one in people],
                rank=1,
            ),
        ],
        title="Whom it misjudged most",
        legend="σ: standard deviations; one in ten is off by 1.6 or more by chance. –: no factor.",
    )
