"""What a text space counts as a word, whatever the script."""

from __future__ import annotations

import numpy as np
import pytest

from suasion.features.text.space import LatentSpace, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hops and malt", ["hops", "and", "malt"]),
        ("a b cd", ["cd"]),  # single letters say nothing
        ("", []),
        ("麦芽啤酒", ["麦芽", "芽啤", "啤酒"]),
        ("麦芽", ["麦芽"]),
        ("日本のビール, oishii", ["日本", "本の", "のビ", "ビー", "ール", "oishii"]),
        ("beer麦芽wine", ["麦芽", "beer", "wine"]),
        ("กาแฟ", ["กา", "าแ", "แฟ"]),
        ("맥주 양조", ["맥주", "양조"]),  # Korean has spaces
        ("x" * 20, ["x" * 20]),
        ("abcde" * 4 + "f", ["abcd", "bcde", "cdea", "deab", "eabc"] * 3 + ["abcd", "bcde", "cdef"]),
    ],
)
def test_what_is_a_word(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("beer", "wine", "brief"),
    [
        (
            ["ビールを醸造する工房です", "ホップとビールの話をします"],
            ["ワインを熟成する蔵です", "葡萄とワインの話をします"],
            "クラフトビール",
        ),
        (["我们酿造啤酒", "啤酒和麦芽"], ["我们收获葡萄", "葡萄酒窖藏"], "精酿啤酒"),
        (
            ["hopfenundmalzsinddieseelejedenbieres", "einbierohnehopfenistkeines"],
            ["traubenreifenamhangimherbst", "derweinruhtlangeimfass"],
            "werbungfüreinneuesbieraushopfen",
        ),
    ],
    ids=["Japanese", "Chinese", "German without spaces"],
)
def test_a_brief_in_a_script_without_spaces_is_near_to_what_it_is_about(
    beer: list[str], wine: list[str], brief: str
) -> None:
    space = LatentSpace.fit(beer + wine)
    near = space.embed(beer) @ space.embed([brief])[0]
    far = space.embed(wine) @ space.embed([brief])[0]
    assert np.min(near) > np.max(far)
