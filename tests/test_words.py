"""What people are told in plain words: each sentence, with evaluations and values made up by hand."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from suasion.features import FEATURES
from suasion.serving.cli.terminal import trained as terminal
from suasion.serving.explaining.explain import Moved, value_words
from suasion.serving.explaining.wording import (
    _window,
    column_words,
    feature_words,
    limits_of,
    percent,
    points,
    ranking_words,
    reason_words,
    worth_of,
)
from suasion.serving.page.render import environment
from suasion.serving.scoring.notes import floored
from suasion.training.evaluation import plots

from .made import UNRANKED, added, bundle, evaluated, figures, record

POSTS = record("relevance__relevant_posts__90d", +1)
NOTHING = "How many follow them is not known for anybody: nothing to compare with."
UNFOLLOWED = {
    "ranking": {"most_followed": None, "followers_known": 0.0},
    "suasion": {"gain_on_most_followed": None, "gain_on_most_followed_90": []},
}


def model(all_=None, *, newcomers=None, ablation=None, tables=None, **other):
    judged = {} if all_ == {} else {"all": all_ or figures()}
    judged |= {"newcomers": newcomers} if newcomers else {}
    told = evaluated(judged=judged, ablation=ablation, **other)
    return bundle({POSTS: 1.0}, evaluation=told, **({"tables": tables} if tables else {}))


def printed(tell, *arguments) -> str:
    console = Console(width=220, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    tell(console, *arguments)
    return console.export_text()


@pytest.mark.parametrize(
    ("ranking", "says"),
    [
        (
            {},
            "Of the conversions in the 30 campaigns with a choice, 30 % of the candidates taken at random bring 20 %, "
            "the best there are 60 %, the most followed 25 %.",
        ),
        (
            {"followers_known": 0.559},
            "the most followed 25 %. How many follow is known in 55 % of the outcomes; the others come last there, in any order.",
        ),
        ({"followers_known": 0.004}, "How many follow is known in less than 1 % of the outcomes;"),
        ({"most_followed": None, "followers_known": 0.0}, f"the best there are 60 %. {NOTHING}"),
        (
            UNRANKED["ranking"],
            "How well it ranks within a campaign is not shown: 9 judged campaigns have a choice (two candidates or more, "
            "and a conversion), and it takes ten.",
        ),
        (UNRANKED["ranking"] | {"campaigns": 1}, "not shown: 1 judged campaign has a choice"),
        (UNRANKED["ranking"] | {"campaigns": 0}, "not shown: 0 judged campaigns have a choice"),
    ],
)
def test_a_ranking_is_told_with_its_scale(ranking, says: str) -> None:
    told = figures(ranking=ranking)["ranking"]
    said = ranking_words(told)
    assert says in said
    assert said.endswith(".")
    assert said.count("..") == 0
    assert ("most followed" in said) == (told["most_followed"] is not None)


@pytest.mark.parametrize(
    ("gain", "between", "says"),
    [
        (0.25, [0.15, 0.35], "that is +25 points (+15 to +35 with 90 %), more than chance."),
        (0.02, [-0.05, 0.09], "that is +2 points (-5 to +9 with 90 %), may be chance."),
        (-0.1, [-0.2, -0.01], "that is -10 points (-20 to -1 with 90 %), more than chance."),
        (0.1, [0.0, 0.2], "that is +10 points (+0 to +20 with 90 %), may be chance."),
        (0.1, [], "that is +10 points, without a range: may be chance."),
    ],
)
def test_the_worth_is_told_in_points_and_with_chance(gain, between, says: str) -> None:
    own = {"gain_on_most_followed": gain, "gain_on_most_followed_90": between}
    worth = worth_of(model(figures(suasion=own)))
    assert worth.sentence.startswith(
        "Asking the 30 % that score highest would have kept 50 % of the conversions. Of the"
    )
    assert worth.sentence.endswith(f"Beside the most followed {says}")
    assert (worth.rows, worth.captured, worth.at_random, worth.perfect, worth.followed) == (
        200,
        0.5,
        0.2,
        0.6,
        0.25,
    )


def test_what_is_not_known_is_not_compared() -> None:
    worth = worth_of(model(figures(**UNFOLLOWED)))
    assert worth.followed is None
    assert worth.sentence.endswith(NOTHING)
    assert "most followed" not in worth.sentence
    assert worth_of(model(figures(**UNRANKED))) is None
    assert worth_of(model({})) is None


LAST = [
    "It learned from people that were picked before; others are predicted less surely, and features outside what it saw are flagged.",
    "It is not causal: raising a number does not bring the conversions that came with it, and some would have come anyway.",
]
UNJUDGED = "This model cannot be judged: 0 of the last 300 outcomes brought a conversion, and it takes 10."
FEW_NEW = "Too few judged outcomes were of people new to the brand to say how well it knows such people."


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (model(newcomers=figures()), []),
        (model(), [FEW_NEW]),
        (model({}, beats_baselines=False, verdict=UNJUDGED), [f"{UNJUDGED} Take its numbers as a guess."]),
        (
            model(figures(suasion={"predicted_by_actual": 1.11}), newcomers=figures()),
            ["In the judged campaigns it predicted 1.11 times the conversions that came: read scores as a ranking first."],
        ),
        (model(figures(suasion={"predicted_by_actual": 1.1}), newcomers=figures()), []),
        (model(figures(suasion={"predicted_by_actual": 0.9}), newcomers=figures()), []),
        (
            model(figures(suasion={"predicted_by_actual": 0.89}), newcomers=figures()),
            ["In the judged campaigns it predicted 0.89 times the conversions that came: read scores as a ranking first."],
        ),
        (model(newcomers=figures(), beats_baselines=False, verdict="Do not."), ["Do not."]),
        (
            model(figures(suasion={"gain_on_most_followed_90": [-0.01, 0.2]}), newcomers=figures()),
            ["That it picks better than the number of followers may be chance on these outcomes."],
        ),
        (
            model(figures(suasion={"gain_on_most_followed_90": []}), newcomers=figures()),
            ["That it picks better than the number of followers may be chance on these outcomes."],
        ),
        (
            model(figures(suasion={"captured_90": [0.2, 0.5]}), newcomers=figures()),
            ["That it picks better than at random may be chance on these outcomes."],
        ),
        (
            model(figures(suasion={"captured_90": []}), newcomers=figures()),
            ["That it picks better than at random may be chance on these outcomes."],
        ),
        (
            model(figures(**UNFOLLOWED), newcomers=figures()),
            [f"Whether it picks better than the number of followers cannot be said. {NOTHING}"],
        ),
        (
            model(figures(**UNRANKED), newcomers=figures()),
            [
                "How well it ranks within a campaign is not shown: 9 judged campaigns have a choice (two candidates or more, "
                "and a conversion), and it takes ten."
            ],
        ),
        (
            model(newcomers=figures(suasion={"explained_deviance": 0.37})),
            ["Of people new to the brand it knows less: it explains 37 % of what differs between them, 40 % among all."],
        ),
        (model(newcomers=figures(suasion={"explained_deviance": 0.39})), []),
        (model(newcomers=figures(suasion={"explained_deviance": 0.5})), []),
        (
            model(newcomers=figures(), ablation=added(momentum=(0.01, 0.0, 0.02), relevance=(0.1, 0.05, 0.2))),
            ["On this data momentum adds nothing measurable to what the others tell."],
        ),
        (
            model(newcomers=figures(), ablation=added(momentum=(0.1, -0.1, 0.2), relevance=(0.1, -0.05, 0.2), offer=(0, -1, 1))),
            ["On this data relevance, momentum add nothing measurable to what the others tell."],
        ),
        (model(newcomers=figures(), tables=["outcomes", "campaigns", "posts", "influencers", "credentials"]),
         ["It was trained without audience, mentions."]),
    ],
)  # fmt: skip
def test_each_limit_is_told_where_it_holds_and_only_there(told, says: list[str]) -> None:
    assert [*limits_of(told)] == [*says, *LAST]


@pytest.mark.parametrize(("value", "says"), [(1.0, "yes"), (0.0, "no"), (None, "not known")])
def test_where_somebody_is_asked_is_said_in_words(value: float | None, says: str) -> None:
    (tiktok,) = [feature for feature in FEATURES if feature.name == "on_tiktok"]
    moved = Moved("on tiktok", tiktok.column, "offer", value, tiktok.unit, 1.2, 0.8, tiktok.meaning)
    assert feature_words(moved, 124) == f"Asked on TikTok: {says}"


def test_numbers_in_words() -> None:
    assert [percent(x) for x in (0.814, 0.0, 1.0, -0.05, None)] == ["81 %", "0 %", "100 %", "-5 %", "–"]
    assert [points(x) for x in (0.224, -0.224, 0.0, None)] == ["+22 points", "-22 points", "+0 points", "–"]
    for value, unit, says in (
        (0.5, "share", "50 %"),
        (0.1234, "share", "12.3 %"),
        (12345.6, "posts", "12,346 posts"),
        (-2000.0, "posts", "-2,000 posts"),
        (3.0, "days", "3 days"),
        (0.12345, "days", "0.123 days"),
        (None, "days", "not known"),
        (float("nan"), "share", "not known"),
        (1.0, "yes or no", "yes"),
        (0.0, "yes or no", "no"),
    ):
        assert value_words(value, unit) == says
    assert column_words("momentum__follower_growth__30d") == "momentum: follower growth, in 30 days"
    assert column_words("reputation__titles") == "reputation: titles"


@pytest.mark.parametrize(
    ("factors", "says"),
    [
        ({"relevance": 1.05, "momentum": 0.95}, "for: relevance ×1.05; against: momentum ×0.95"),
        ({"relevance": 1.049, "momentum": 0.951}, "much like the average"),
        ({"offer": 9.0}, "much like the average"),
        ({"momentum": 0.5}, "against: momentum ×0.50"),
        (
            {"relevance": 1.1, "frequency": 1.4, "references": 1.3, "conversation": 1.2, "reputation": 0.9, "conversion": 0.5, "momentum": 0.7},
            "for: frequency ×1.40, references ×1.30, conversation ×1.20; against: conversion ×0.50, momentum ×0.70",
        ),
    ],
)  # fmt: skip
def test_reasons_are_the_strongest_on_each_side(factors, says: str) -> None:
    assert reason_words(factors) == says


def row_of(text: str, name: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.strip().startswith(name))
    return re.split(r"  +", line.strip())


def test_the_table_of_models_has_its_scale_and_no_figure_without_ground() -> None:
    text = printed(terminal.print_figures, "all", figures(), 0.9)
    assert "all, 200 outcomes of 38 influencers\n" in text
    assert "Ranges: 90 %, over influencers and campaigns." in " ".join(text.split())
    assert row_of(text, "suasion")[1:] == [
        "0.400",
        "0.35 to 0.45",
        "0.31",
        "0.82",
        "50 %",
        "+25 points",
        "1.02",
    ]
    assert row_of(text, "past average")[1:] == [
        *("0.300", "0.25 to 0.35", "+0.100", "+0.050 to +0.150", "0.31", "0.82", "40 %", "+15 points", "1.02")
    ]
    assert text.index("suasion  ") < text.index("past average"), "the best first"
    assert "0 is no better than the training period's mean rate × exposure" in text
    assert "at random bring 20 %, the best there are 60 %, the most followed 25 %" in text
    assert (
        "The 90 % interval held 91% of them, and 90% of those it would pick, the first 30 % of each campaign."
        in text
    )
    assert "AUC" not in text
    assert "Not tried" not in text
    told = printed(terminal.print_figures, "newcomers", figures(**UNFOLLOWED, absent=["audience size"]), 0.8)
    assert "The 80 % interval held 91% of them" in told
    assert "Not tried, since what they go by is not known: audience size." in told
    assert "influencers with no earlier outcome" in told
    assert "most followed" not in told
    assert NOTHING in told
    assert row_of(told, "suasion")[1:] == ["0.400", "0.35 to 0.45", "0.31", "0.82", "50 %", "1.02"]
    unranked = printed(
        terminal.print_figures, "all", figures(**UNRANKED, coverage=None, coverage_picked=None), 0.9
    )
    assert row_of(unranked, "suasion")[1:] == ["0.400", "0.35 to 0.45", "–", "–", "–", "1.02"]
    assert "9 judged campaigns have a choice" in unranked
    assert "most followed" not in unranked
    assert "interval held" not in unranked
    own = {"auc": 0.75, "auc_90": [0.7, 0.8]}
    binary = printed(terminal.print_figures, "all", figures(suasion=own), 0.9)
    assert row_of(binary, "suasion")[-3:] == ["1.02", "0.750", "0.70 to 0.80"]


def test_the_table_of_what_each_adds() -> None:
    told = added(momentum=(0.01, 0.001, 0.02), relevance=(-0.01, -0.02, -0.001), frequency=(0.0, -0.1, 0.1))
    told["table"] = {"posts": {"adds": 0.2, "adds_90": [0.0, 0.3], "features": 7}}
    text = printed(terminal.print_ablation, told, {})
    assert row_of(text, "momentum") == ["momentum", "3", "+0.0100", "+0.0010 to +0.0200", "–", "adds"]
    assert row_of(text, "relevance")[-1] == "costs"
    assert row_of(text, "frequency")[-1] == "may be chance"
    assert row_of(text, "table posts")[1:] == ["7", "+0.2000", "+0.0000 to +0.3000", "–", "may be chance"]


def test_what_training_says_at_its_end() -> None:
    curve = [{"outcomes": 1000, "explained_deviance": 0.3, "past_average": 0.2}]
    told = SimpleNamespace(
        bundle=model(figures(), newcomers=figures(rows=21), ablation=added(momentum=(0.1, 0.05, 0.2)), learning_curve=curve),
        reports=[
            SimpleNamespace(table="posts", aside=1200, where="x", unwritten=""),
            SimpleNamespace(table="mentions", aside=0, where=None, unwritten=""),
            SimpleNamespace(table="candidates", aside=0, where=None, unwritten=""),
        ],
        verdict="It is good.",
        beats=True,
        address="models:/x/1",
        champion=False,
        untracked="",
    )  # fmt: skip
    text = printed(terminal.print_run, told, Path("models/x"), Path("q"))
    assert "posts: 1,200 rows set aside; suasion check tells why." in text
    assert "no mentions: its features are missing." in text
    assert "no candidates" not in text
    assert row_of(text, "1,000") == ["1,000", "0.300", "0.200"]
    assert "21 outcomes of 38 influencers" in text
    assert row_of(text, "momentum")[-1] == "adds"
    assert "It is good." in text
    assert (
        "Shipped: the Poisson regression, trained on 400 outcomes of 40 influencers in 25 campaigns." in text
    )
    assert "Registered in MLflow as models:/x/1, not champion (use --force to make it so)." in text
    told.champion, told.bundle.evaluation["ablation"], told.bundle.evaluation["learning_curve"] = True, {}, []
    short = printed(terminal.print_run, told, Path("models/x"), Path("q"))
    assert "models:/x/1, now champion." in short
    assert "What each adds" not in short
    assert "Learning curve" not in short


def test_the_chart_of_what_it_is_worth_names_its_scale() -> None:
    chart = environment().get_template("judged.html").module.worth_chart
    said = chart(worth_of(model()))
    assert "suasion 50 %, the most followed 25 %, at random 20 %, the best there are 60 %" in said
    assert "most followed" not in chart(worth_of(model(figures(**UNFOLLOWED))))


def test_pictures_of_the_evaluation() -> None:
    told = figures(
        models={
            "broken": figures()["models"]["suasion"]
            | {"explained_deviance": -0.1, "explained_deviance_90": []}
        }
    )
    axes = plots.models(told)
    assert axes.get_xlabel() == "0 is the mean rate × exposure of the training period"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["broken", "past average", "suasion"]
    points_of = {tuple(line.get_xdata()) for line in axes.lines}
    assert {(0.4,), (0.35, 0.45), (-0.1,)} <= points_of
    bins = plots.calibration(told).lines
    assert [line.get_xydata().ravel().tolist() for line in bins] == [
        pytest.approx([0, 0, 3.15, 3.15]),
        [1.0, 1.1, 3.0, 2.9],
    ]
    adds = plots.ablation(added(momentum=(0.1, 0.05, 0.2), relevance=(-0.1, -0.2, 0.0)))
    assert [label.get_text() for label in adds.get_yticklabels()] == [
        "characteristic relevance",
        "characteristic momentum",
    ]
    assert [list(line.get_xdata()) for line in adds.lines[:4]] == [[-0.2, 0.0], [-0.1], [0.05, 0.2], [0.1]]
    curve = [{"outcomes": n, "explained_deviance": n / 1000, "past_average": n / 2000} for n in (50, 200)]
    lines = plots.learning_curve(curve).lines
    assert [list(line.get_xydata().ravel()) for line in lines] == [
        [50, 0.05, 200, 0.2],
        [50, 0.025, 200, 0.1],
    ]
    assert [line.get_label() for line in lines] == ["suasion", "past average"]


@pytest.mark.parametrize(
    ("share", "says"),
    [(0.0, "less than 1 %"), (0.0099, "less than 1 %"), (0.01, "1 %"), (0.29, "29 %"), (0.5, "50 %"), (0.999, "99 %"), (0.57, "57 %")],
)  # fmt: skip
def test_a_share_is_floored_but_not_for_what_a_double_cannot_tell(share: float, says: str) -> None:
    assert floored(share) == says


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("references__received__90d", ", in 90 days"),
        ("momentum__followers", ""),
        ("relevance__top_of_2024", ""),
        ("relevance__2024", ""),  # a column of the user's own
        ("relevance__d", ""),
        ("relevance__end", ""),
    ],
)
def test_a_window_is_days(column: str, words: str) -> None:
    assert _window(column) == words


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_json_has_no_word_for_is_null_in_an_answer(value: float) -> None:
    moved = Moved("fee", "offer__fee", "offer", value, "currency", 1.2, None, "What they are paid.")
    assert moved.as_dict()["value"] is None
    assert replace(moved, value=3.0).as_dict()["value"] == 3.0
