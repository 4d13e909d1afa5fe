"""What people are told in plain words: the seven, features, what a model is worth, and where it is not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from suasion.features import CHARACTERISTICS
from suasion.features.engine.feature import YES_OR_NO
from suasion.serving.scoring.notes import floored
from suasion.training.bundle.folder import Bundle
from suasion.training.bundle.manifest import ModelFigures, Ranking

from .charts import times
from .explain import Moved, place_words, value_words

AGREE = 0.5
"""Concordance of a factor in two models, each of half of the campaigns, below which it is called a hint."""
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
    if moved.unit == YES_OR_NO:
        return f"{moved.meaning.partition(':')[0]}: {value_words(moved.value, moved.unit)}"
    what = re.sub(r" \([^)]*\)", "", moved.meaning).rstrip(".").partition(";")[0].partition(":")[0]
    said = filter(None, (value_words(moved.value, moved.unit), place_words(moved, others)))
    return f"{what}{_window(moved.column)}: {', '.join(said)}"


def _window(column: str) -> str:
    window = column.rpartition("__")[2]
    return f", in {window[:-1]} days" if window.endswith("d") and window[:-1].isdigit() else ""


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


def why_words(factors: Mapping[str, float]) -> str:
    """Return in at most seven words what speaks most for somebody, and what against.

    >>> why_words({"relevance": 2.0, "frequency": 1.02, "momentum": 0.8, "conversion": 1.5})
    'relevance ×2.00, conversion ×1.50, but momentum ×0.80'
    """
    order = sorted((name for name in factors if name in CHARACTERISTICS), key=lambda name: factors[name])
    speaks = [f"{name} {times(factors[name])}" for name in reversed(order[-2:]) if factors[name] >= 1.05]
    least = order[0]
    if factors[least] > 0.95:
        return ", ".join(speaks) or "much like the average"
    against = f"{least} {times(factors[least])}"
    return f"{', '.join(speaks)}, but {against}" if speaks else f"held back by {against}"


NULL = "the training period's mean rate × exposure"
"""What explained deviance is measured against: 0 is no better than this."""
TOP = 0.3
"""Share of a campaign's candidates that count as picked where a ranking is judged."""


def points(gain: float | None) -> str:
    """Return a difference between two shares, which is in points and not in hundredths of either.

    >>> points(0.22), points(-0.051), points(None)
    ('+22 points', '-5 points', '–')
    """
    return "–" if gain is None else f"{gain * 100:+.0f} points"


def ranking_words(ranking: Ranking) -> str:
    """Return the scale of what a ranking captured: chance, perfection and, where followers are known, the most followed."""
    many = ranking["campaigns"]
    if ranking["random"] is None:
        return (
            f"How well it ranks within a campaign is not shown: {many} judged campaign{' has' if many == 1 else 's have'} a choice "
            "(two candidates or more, and a conversion), and it takes ten."
        )
    said = (
        f"Of the conversions in the {many:,} campaigns with a choice, {percent(TOP)} of the candidates taken at random bring "
        f"{percent(ranking['random'])}, the best there are {percent(ranking['perfect'])}"
    )
    if ranking["most_followed"] is None:
        return f"{said}. {FOLLOWERS_UNKNOWN}"
    return f"{said}, the most followed {percent(ranking['most_followed'])}.{_partly(ranking)}"


FOLLOWERS_UNKNOWN = "How many follow them is not known for anybody: nothing to compare with."


def _partly(ranking: Ranking) -> str:
    share = ranking["followers_known"]
    if share >= 1:
        return ""
    return f" How many follow is known in {floored(share)} of the outcomes; the others come last there, in any order."


@dataclass(frozen=True)
class Worth:
    """What picking by the model brought beside other ways to pick, on outcomes it had not seen: shares of the conversions."""

    rows: int
    captured: float
    at_random: float
    perfect: float
    followed: float | None
    """None where followers are not known."""
    sentence: str


def worth_of(bundle: Bundle) -> Worth | None:
    """Return what picking by the model brought in the judged campaigns; None where too few could be judged."""
    figures = bundle.evaluation["judged"].get("all")
    if figures is None:
        return None
    model, ranking = figures["models"]["suasion"], figures["ranking"]
    captured, at_random, perfect = model["captured"], ranking["random"], ranking["perfect"]
    if captured is None or at_random is None or perfect is None:
        return None
    followed = ranking["most_followed"]
    said = (
        f"Asking the {percent(TOP)} that score highest would have kept {percent(captured)} of the conversions. "
        f"{ranking_words(ranking)}"
    )
    if followed is not None:
        said += f" Beside the most followed that is {_gain(model)}."
    return Worth(figures["rows"], captured, at_random, perfect, followed, said)


def _gain(model: ModelFigures) -> str:
    """Return what suasion gains on the most followed, and whether that is more than chance."""
    between = model["gain_on_most_followed_90"]
    said = points(model["gain_on_most_followed"])
    if not between:
        return f"{said}, without a range: may be chance"
    low, high = between
    chance = "may be chance" if low <= 0 <= high else "more than chance"
    return f"{said} ({low * 100:+.0f} to {high * 100:+.0f} with 90 %), {chance}"


def _ranks(model: ModelFigures, ranking: Ranking) -> Iterator[str]:
    if not model["captured_90"] or model["captured_90"][0] <= (ranking["random"] or 0.0):
        yield "That it picks better than at random may be chance on these outcomes."
    if ranking["most_followed"] is None:
        yield f"Whether it picks better than the number of followers cannot be said. {FOLLOWERS_UNKNOWN}"
    elif not model["gain_on_most_followed_90"] or model["gain_on_most_followed_90"][0] <= 0:
        yield "That it picks better than the number of followers may be chance on these outcomes."


def limits_of(bundle: Bundle) -> Iterator[str]:
    """Yield the model's limits in plain words, from its own evaluation."""
    facts, evaluation = bundle.facts, bundle.evaluation
    figures = evaluation["judged"].get("all")
    if figures is None:
        yield f"{evaluation['verdict']} Take its numbers as a guess."
    else:
        model, ranking = figures["models"]["suasion"], figures["ranking"]
        ratio = model["predicted_by_actual"]
        if not 0.9 <= ratio <= 1.1:
            yield f"In the judged campaigns it predicted {ratio:.2f} times the conversions that came: read scores as a ranking first."
        if not evaluation["beats_baselines"]:
            yield evaluation["verdict"]
        if model["captured"] is None:
            yield ranking_words(ranking)
        else:
            yield from _ranks(model, ranking)
        newcomers = evaluation["judged"].get("newcomers")
        if newcomers is None:
            yield "Too few judged outcomes were of people new to the brand to say how well it knows such people."
        else:
            new, all_ = (part["models"]["suasion"]["explained_deviance"] for part in (newcomers, figures))
            if new < all_ - 0.02:
                yield f"Of people new to the brand it knows less: it explains {percent(new)} of what differs between them, {percent(all_)} among all."
    adds = (evaluation.get("ablation") or {}).get("characteristic", {})
    idle = [name for name in CHARACTERISTICS if name in adds and adds[name]["adds_90"][0] <= 0]
    if idle:
        verb = "adds" if len(idle) == 1 else "add"
        yield f"On this data {', '.join(idle)} {verb} nothing measurable to what the others tell."
    vague = [name for name, alike in (evaluation.get("agreement") or {}).items() if alike < AGREE]
    if vague:
        these = "this factor" if len(vague) == 1 else "these factors"
        yield f"Two models, each of half of the campaigns, do not agree on who is helped by {', '.join(vague)}: take {these} as a hint."
    absent = sorted({"influencers", "posts", "audience", "mentions", "credentials"} - set(facts["tables"]))
    if absent:
        yield f"It was trained without {', '.join(absent)}."
    yield "It learned from people that were picked before; others are predicted less surely, and features outside what it saw are flagged."
    yield "It is not causal: raising a number does not bring the conversions that came with it, and some would have come anyway."
