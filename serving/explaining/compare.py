"""Opens what a comparison of two scorings needs: data once, and each model once."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from suasion.serving.loaded import Engine
from suasion.serving.scoring.candidates import Ask

from .score_change import Change, check_two


def compare(data: str | Path, models: tuple[Path, Path], asks: tuple[Ask, Ask], influencer: str) -> Change:
    """Return why a score changed from the first question and model to the second."""
    check_two((asks[0], models[0]), (asks[1], models[1]))
    two = models[0] != models[1]
    with closing(Engine(data, models[1], models[0] if two else None)) as engine:
        return engine.change(*asks, influencer, models=two)
