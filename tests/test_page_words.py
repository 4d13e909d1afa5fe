"""What the pages say, served from made-up scores: no training, no data, no browser."""

from __future__ import annotations

import re
from collections import OrderedDict
from datetime import datetime
from html import unescape
from types import SimpleNamespace

import httpx
import numpy as np
import pytest

from suasion.serving.explaining.evidence import Evidence, Month, Post
from suasion.serving.explaining.score_change import change
from suasion.serving.http.api import create_app
from suasion.serving.loaded import Engine
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.ranking import Board
from suasion.training.estimators.interval import Interval

from .conftest import Served
from .made import BINARY, EIGHTY, UNRANKED, added, bundle, evaluated, figures, record, scored

POSTS = record("relevance__relevant_posts__90d", +1, meaning="Posts that are about the brief (by closeness).")
SEASON = record("offer__season_sine", 0, "sine of the year", "Season.")
TITLES = record("reputation__titles", +1, "titles", "Titles; of any kind.")
AT = datetime(2023, 6, 1)


class MadeUp(Engine):
    """An engine that holds one board, and asks no data."""

    outdated = False

    def __init__(self, told) -> None:
        self.bundle, self.only = told.bundle, Board(Ask(campaign="c1"), told, "x", {"ann": "BreadAnn"})
        self.campaigns, self.told, self.accounts, self.handles = {}, {}, {}, {"ann": "BreadAnn"}
        self.simulated = False
        self.tables = SimpleNamespace(extras=[])
        self.sessions = [SimpleNamespace(bundle=told.bundle)]
        self._boards = OrderedDict()
        self._closing = True

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def close(self) -> None:
        return None

    def found(self, ask: Ask, which: int = 0) -> Board | None:
        return self.only

    board = found

    def mark(self, board: Board) -> None:
        board.followings = {}

    def finished(self, campaign: str) -> None:
        return None

    def evidence(self, board: Board, influencer: str) -> Evidence:
        return Evidence("hops", (Post("p", AT, "hops and malt", 0.91),), (Month(AT, 120.0, 3, 4),))

    def change(self, before: Ask, after: Ask, influencer: str, *, models: bool):
        return change(((self.only, self.only),) * 2, influencer, assumed={"fee": 300.0})


def made_up(evaluation=None, interval=None, **other):
    slopes = {POSTS: 0.5, SEASON: 0.25, TITLES: 0.5}
    model = bundle(slopes, mean=1.0, interval=interval, evaluation=evaluation)
    values = {POSTS.column: [3.0, 2.0, 1.0], SEASON.column: [0.5] * 3, TITLES.column: [0.0, 0.5, 1.0]}
    return scored(model, values, ids=["ann", "bob", "cem"], **other)


def says(path: str, told=None) -> str:
    """Return the text of a page, without pictures."""
    with Served(create_app(lambda: MadeUp(told or made_up()))) as served:
        answer = httpx.get(served.url + path, timeout=60)
    assert answer.status_code == 200, answer.text
    text = re.sub(r"<svg.*?</svg>", "", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_the_ranking_shows_an_interval_or_a_probability() -> None:
    told = made_up()
    first = told.scores.set_index("influencer_id").loc["ann"]
    text = says("/campaigns/c1", told)
    assert re.search(
        rf"BreadAnn ann {first['expected_conversions']:.3g} {first['low']:.0f} to {first['high']:.0f} ", text
    )
    text = says("/campaigns/c1", made_up(interval=BINARY, exposure=2.0))
    assert f"probability {first['expected_conversions']:.2f}, no interval" in text
    assert "nan" not in text.lower().replace("finance", "")
    assert " or more " in says("/campaigns/c1", made_up(interval=Interval(0.05, 1.0, 0.0)))


def test_the_page_of_one_says_what_moved_each_factor_and_what_is_shared() -> None:
    told = made_up()
    text = says("/campaigns/c1/influencers/ann", told)
    expected, low, high = told.scores.set_index("influencer_id").loc[
        "ann", ["expected_conversions", "low", "high"]
    ]
    assert (
        f"{expected:.3g} conversions expected , 90 % interval {low:.0f} to {high:.0f}, as of 2023-06-01"
        in text
    )
    shared = np.exp(0.25 * (np.log1p(0.5) - 1))
    assert f"×{shared:.2f} what is the same for all candidates" in text
    assert "Season" not in text
    posts = np.exp(0.5 * (np.log1p(3) - 1))
    assert (
        f"×{posts:.2f} Posts that are about the brief, in 90 days: 3 posts, more than all of the 2 others"
        in text
    )
    titles = np.exp(0.5 * (0 - 1))
    assert f"×{titles:.2f} Titles: 0 titles, more than none of the 2 others" in text
    assert text.count("nothing moved it") == 5
    assert "closeness 0.91" in text
    best = says("/campaigns/c1/influencers/cem", told)
    assert "Titles: 1 titles ×" not in best
    assert re.search(r"Titles: 1 titles (?!, more)", best), (
        "most of them here, and fewer than on average: no place is told"
    )


def test_a_probability_stands_where_the_interval_would() -> None:
    text = says("/campaigns/c1/influencers/bob", made_up(interval=BINARY, exposure=2.0))
    assert re.search(r"conversions expected , probability 0\.\d\d, no interval, as of", text)
    compared = says("/campaigns/c1/compare?pick=ann&pick=bob", made_up(interval=BINARY))
    assert compared.count("no interval") == 2


@pytest.mark.parametrize("path", ["influencers/ann", "compare?pick=ann&pick=bob"])
def test_an_interval_is_called_by_the_share_it_is_to_hold(path: str) -> None:
    text = says(f"/campaigns/c1/{path}", made_up(interval=EIGHTY))
    assert "80 % interval" in text
    assert "90 % interval" not in text


def test_side_by_side_each_feature_has_its_factor() -> None:
    text = says("/campaigns/c1/compare?pick=ann&pick=bob")
    assert re.search(
        r"×1\.2\d Posts that are about the brief, in 90 days: 3 posts, more than all of the 2 others", text
    )
    assert re.search(
        r"×1\.0\d Posts that are about the brief, in 90 days: 2 posts, more than 50 % of the 2 others", text
    )


def test_a_comparison_says_what_was_assumed() -> None:
    text = says("/campaigns/c1/influencers/ann?before=2023-01-01")
    assert "Not given, so both are offered the median of past outcomes at the later date: fee 300." in text


def test_the_page_of_the_model_has_the_scale_of_its_ranking() -> None:
    ablation = added(relevance=(0.1, 0.05, 0.2), momentum=(0.0, -0.1, 0.1))
    agreement = {"offer": 0.5, "relevance": 0.9, "references": 0.49, "momentum": -0.2}
    text = says("/model", made_up(evaluated(ablation=ablation, agreement=agreement)))
    assert (
        "Two models, each of half of the campaigns, do not agree on who is helped by references, momentum: take these factors as a hint."
        in text
    )
    assert (
        "Beside other ways to pick Asking the 30 % that score highest would have kept 50 % of the conversions."
        in text
    )
    assert "at random bring 20 %, the best there are 60 %, the most followed 25 %." in text
    assert (
        "Explained deviance: 0 is no better than the training period's mean rate × exposure, 1 would be perfect."
        in text
    )
    assert "The 90 % interval held 91 % of them." in text
    assert "momentum adds nothing measurable" in text
    few = says("/model", made_up(evaluated(figures(**UNRANKED, coverage=None, coverage_picked=None))))
    assert "Beside other ways to pick" not in few
    assert "9 judged campaigns have a choice" in few
    assert "interval held" not in few
    assert "most followed" not in few
    quiet = "This model cannot be judged: 0 of the last 300 outcomes brought a conversion."
    none = says("/model", made_up(evaluated(judged={}, beats_baselines=False, verdict=quiet)))
    assert f"Where it is not good {quiet} Take its numbers as a guess." in none
    assert "too few" not in none, "that nothing came is another reason"
