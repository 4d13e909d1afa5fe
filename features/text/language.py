"""Finds questions and criticism in text.

Questions: a question mark of any script (Latin, Greek, Arabic, full width, Armenian, Ethiopic) that ends a word, or the
Japanese and Chinese final particles. A question asked without either is missed.

Criticism: VADER (Hutto & Gilbert 2014, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media
Text"), compound score at or below -0.3. Its lexicon is English with emoticons and emoji: criticism in other languages
is seen only by those, irony is not seen at all, and a sad topic can pass for criticism.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

if TYPE_CHECKING:
    import ibis.expr.types as ir

QUESTION = r"[?？؟\x{037E}՞፧⁇⁈](\s|$|[\"'”’»)\]*_])|[?？]$|[か吗嗎呢][。.!！\s]*$"
"""A regular expression in RE2's syntax, which DuckDB uses, and Java's, which Spark uses."""

CRITICAL = -0.3
HEARD_BY = f"vader-{version('vaderSentiment')}{CRITICAL}"
"""Who judges criticism: what a stored judgement is good for."""


def is_question(text: ir.StringValue) -> ir.BooleanValue:
    """Whether the text asks something; NULL for NULL."""
    return text.re_search(QUESTION)


def asking(texts: Sequence[str]) -> list[bool]:
    """Return for each text whether it asks something, by the same rule.

    >>> asking(["Is it good?", "It is."])
    [True, False]
    """
    with duckdb.connect() as connection:
        connection.register("said", pa.table({"text": list(texts)}))
        rows = connection.execute(
            f"SELECT regexp_matches(text, '{QUESTION.replace(chr(39), chr(39) * 2)}') FROM said"
        )
        return [bool(flag) for (flag,) in rows.fetchall()]


@cache
def _analyzer() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()


def is_critical(text: str) -> bool:
    """Whether the text criticises, as VADER hears it.

    >>> is_critical("This is terrible advice and it ruined my beer.")
    True
    >>> is_critical("Thank you, that was a great help.")
    False
    """
    return bool(_analyzer().polarity_scores(text[:2000])["compound"] <= CRITICAL)
