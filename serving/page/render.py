"""Jinja's templates for the page and the report, with escaping on and the words and pictures they may call."""

from __future__ import annotations

from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from suasion.features import CHARACTERISTICS, GROUPS
from suasion.features.engine.currencies import priced
from suasion.serving.explaining import charts
from suasion.serving.explaining.explain import (
    CAUTION,
    SHARED,
    WHAT_ONE_IS,
    interval_name,
    interval_words,
    value_words,
)
from suasion.serving.explaining.score_change import assumed_words
from suasion.serving.explaining.wording import (
    ESSAY,
    NULL,
    column_words,
    feature_words,
    percent,
    reason_words,
    why_words,
)
from suasion.serving.scoring.notes import floored


def wide(picture: Markup) -> Markup:
    """Return a picture in a frame that scrolls where the screen is narrower, by finger and by keyboard."""
    return Markup(
        '<div class="scroll" tabindex="0" role="group" aria-label="Picture; scrolls sideways">{}</div>'
    ).format(picture)


def environment() -> Environment:
    """Return the templates with what they may call."""
    jinja = Environment(
        loader=PackageLoader("suasion.serving.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.globals.update(
        root="",
        charts=charts,
        characteristics=CHARACTERISTICS,
        groups=GROUPS,
        caution=CAUTION,
        what_one_is=WHAT_ONE_IS,
        shared=SHARED,
        essay=ESSAY,
        null=NULL,
    )
    said = (interval_name, interval_words, assumed_words, feature_words, floored, reason_words, why_words, value_words, column_words)  # fmt: skip
    jinja.globals.update({words.__name__: words for words in said})
    jinja.filters.update(
        count=charts.count,
        times=charts.times,
        day=lambda moment: f"{moment:%Y-%m-%d}",
        path=lambda text: quote(str(text), safe=""),
        share=percent,
        priced=priced,
        wide=wide,
    )
    return jinja
