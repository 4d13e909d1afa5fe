"""What people are told in plain words: the seven, features, what a model is worth, and where it is not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from suasion.features import CHARACTERISTICS
from suasion.training.bundle import Bundle

from .charts import times
from .explain import Moved, place_words

ESSAY: Mapping[str, str] = {
    "offer": "What is agreed: fee, calls, discount, season. Shown apart, so that generosity is not taken for influence.",
    "relevance": "Takes part in conversations that are about the brief.",
    "frequency": "Does so often, and recently.",
    "references": "Others refer to them: mentions, reshares, links, comments.",
    "conversation": "Answers questions, faces criticism, cites others.",
    "reputation": "Has earned titles and credentials, and been there for long.",
    "conversion": "The audience has acted before.",
    "momentum": "Their influence is growing.",
}
"""The eight groups in a sentence each."""


def _number(value: float) -> str:
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value == round(value) else f"{value:.3g}"


def percent(share: float | None) -> str:
    """Return a share in hundredths.

    >>> percent(0.814)
    '81 %'
    """
    return "–" if share is None else f"{share * 100:.0f} %"


def feature_words(moved: Moved, others: int) -> str:
    """Return a feature in words: meaning, value with unit, window, and place among the others.

    >>> one = Moved("received, 90d", "references__received__90d", "references", 12.0, "references", 1.3, 0.84, "References by others.")
    >>> feature_words(one, 124)
    'References by others, in 90 days: 12 references, more than 84 % of the 124 others'
    """
    what = re.sub(r" \([^)]*\)", "", moved.meaning).rstrip(".").partition(";")[0].partition(":")[0]
    said = filter(None, (value_words(moved.value, moved.unit), place_words(moved, others)))
    return f"{what}{_window(moved.column)}: {', '.join(said)}"


def _window(column: str) -> str:
    window = column.rpartition("__")[2]
    return f", in {window[:-1]} days" if window.endswith("d") and window[:-1].isdigit() else ""


def value_words(value: float | None, unit: str) -> str:
    """Return a value with its unit; a share is told in hundredths.

    >>> value_words(0.255, "share"), value_words(3.0, "posts"), value_words(None, "posts")
    ('25.5 %', '3 posts', 'not known')
    """
    if value is None or np.isnan(value):
        return "not known"
    return f"{_number(value * 100)} %" if unit == "share" else f"{_number(value)} {unit}"


def column_words(column: str) -> str:
    """Return a feature's name in words.

    >>> column_words("relevance__relevant_posts__90d")
    'relevance: relevant posts, in 90 days'
    """
    group, _, rest = column.partition("__")
    return f"{group}: {rest.partition('__')[0].replace('_', ' ')}{_window(column)}"


def reason_words(factors: Mapping[str, float]) -> str:
    """Return in a phrase what speaks for somebody and what against.

    >>> reason_words({"relevance": 2.0, "frequency": 1.02, "momentum": 0.8, "conversion": 1.5})
    'for: relevance ×2.00, conversion ×1.50; against: momentum ×0.80'
    """
    order = sorted(
        (name for name in factors if name in CHARACTERISTICS), key=lambda name: -abs(np.log(factors[name]))
    )
    speaks = [f"{name} {times(factors[name])}" for name in order if factors[name] >= 1.05][:3]
    against = [f"{name} {times(factors[name])}" for name in order if factors[name] <= 0.95][:2]
    said = [f"for: {', '.join(speaks)}"] if speaks else []
    said += [f"against: {', '.join(against)}"] if against else []
    return "; ".join(said) or "much like the average"


@dataclass(frozen=True)
class Worth:
    """What the model is worth against picking the most followed, on outcomes it had not seen."""

    rows: int
    captured: float
    followed: float
    at_random: float
    sentence: str


TOP = 0.3


def worth_of(bundle: Bundle) -> Worth | None:
    """Return what picking by the model brought in the judged campaigns; None where too few outcomes could be judged."""
    figures = bundle.evaluation["judged"].get("all")
    if figures is None:
        return None
    captured, followed = figures["models"]["suasion"]["captured"], figures["most_followed_captured"]
    low, high = (figures["models"]["suasion"]["gain_on_most_followed_90"] or [0.0, 0.0])[:2]
    ratio = captured / followed if followed > 0 else float("inf")
    said = (
        f"Asking the {percent(TOP)} that score highest in each past campaign would have kept {percent(captured)} of its conversions; "
        f"asking as many of the most followed, {percent(followed)}."
    )
    if low <= 0 <= high:
        said += " That difference is within chance."
    elif ratio != float("inf"):
        said += f" That is {ratio:.2f} times as many."
    return Worth(figures["rows"], captured, followed, TOP, said)


def limits_of(bundle: Bundle) -> list[str]:
    """Return the model's limits in plain words, from its own evaluation."""
    facts, evaluation = bundle.facts, bundle.evaluation
    said = []
    figures: Any = evaluation["judged"].get("all")
    if figures is None:
        said.append(
            f"It could not be judged: {facts['outcomes']} outcomes are too few. Take its numbers as a guess."
        )
    else:
        ratio = figures["models"]["suasion"]["predicted_by_actual"]
        if not 0.9 <= ratio <= 1.1:
            said.append(
                f"In the judged campaigns it predicted {ratio:.2f} times the conversions that came: read scores as a ranking first."
            )
        if not evaluation["beats_baselines"]:
            said.append(evaluation["verdict"])
        if (figures["models"]["suasion"]["gain_on_most_followed_90"] or [0.0])[0] <= 0:
            said.append(
                "That it picks better than the number of followers is not beyond chance on these outcomes."
            )
        newcomers = evaluation["judged"].get("newcomers")
        if newcomers is None:
            said.append(
                "Too few judged outcomes were of people new to the brand to say how well it knows such people."
            )
        else:
            new, all_ = (part["models"]["suasion"]["explained_deviance"] for part in (newcomers, figures))
            if new < all_ - 0.02:
                said.append(
                    f"Of people new to the brand it knows less: it explains {percent(new)} of what differs between them, {percent(all_)} among all."
                )
    adds = (evaluation.get("ablation") or {}).get("characteristic", {})
    idle = [name for name in CHARACTERISTICS if name in adds and adds[name]["adds_90"][0] <= 0]
    if idle:
        said.append(f"On this data {', '.join(idle)} add nothing beyond chance to what the others tell.")
    absent = sorted({"influencers", "posts", "audience", "mentions", "credentials"} - set(facts["tables"]))
    if absent:
        said.append(f"It was trained without {', '.join(absent)}.")
    said.append(
        "It learned from people that were picked before; others are predicted less surely, and features outside what it saw are flagged."
    )
    said.append(
        "It is not causal: raising a number does not bring the conversions that came with it, and some would have come anyway."
    )
    return said
