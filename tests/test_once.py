"""What is given twice, or is none of what can be chosen, is refused by name, wherever it is given."""

from __future__ import annotations

from typing import Any

import click
import pytest

from suasion.features.errors import InputError
from suasion.serving.cli.main import suasion as commands
from suasion.serving.cli.options import ask_of
from suasion.training.estimators.fit import KINDS, Settings

from .command import commands_of
from .test_cli import suasion

EVERY = [
    (path, option)
    for path, command in commands_of(commands)
    if not isinstance(command, click.Group)
    for option in command.params
    if isinstance(option, click.Option) and not option.multiple and not option.is_eager
]


def test_there_are_options_to_try() -> None:
    assert len(EVERY) > 60
    assert (("score",), "campaign") in [(path, option.name) for path, option in EVERY]
    assert any(len(path) == 2 for path, _ in EVERY), "commands below commands, such as import"


@pytest.mark.parametrize(("path", "option"), EVERY, ids=[" ".join([*p, str(o.name)]) for p, o in EVERY])
def test_an_option_that_takes_one_value_is_given_once(path: tuple[str, ...], option: click.Option) -> None:
    long = max(option.opts, key=len)
    once = [long] if option.is_flag else [long, "1"]
    told = suasion(*path, *once, *once, "a", "b")
    assert told.returncode == 2
    assert f"{long} was given twice: it takes one. Give it once." in " ".join(told.stderr.split())


def test_however_it_is_written_and_wherever_it_stands() -> None:
    told = suasion("score", "data", "--campaign=a", "--model", "m", "--campaign", "b", "--campaign", "c")
    assert "--campaign was given 3 times" in told.stderr
    told = suasion("import", "bluesky", "file", "out", "--read-at", "2020-01-01", "--read-at=2021-01-01")
    assert "--read-at was given twice" in told.stderr
    # What is a value is no option: here the text of the brief.
    told = suasion("score", "data", "--model", "/nowhere", "--brief", "--campaign")
    assert "given twice" not in told.stderr


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["score", "d", "--modle", "m"], " score [OPTIONS] DATA"),
        (["import", "x", "f", "--day", "3"], " import x [OPTIONS] PATHS"),
        (["keys", "f", "--nane", "n"], " keys [OPTIONS] FILE"),
        # What was given twice is said first: it is certain, whatever the other word should have been.
        (["score", "d", "--fee", "1", "--fee", "2", "--modle", "m"], "--fee was given twice"),
    ],
)  # fmt: skip
def test_an_option_there_is_not_is_refused_by_the_command_it_was_given_to(args: list[str], says: str) -> None:
    told = suasion(*args)
    assert told.returncode == 2
    assert says in " ".join(told.stderr.split())


def test_what_can_be_given_several_times_still_can() -> None:
    told = suasion("train", "/nowhere", "--out", "/tmp/never", "--without", "posts", "--without", "mentions")
    assert "There is nothing at /nowhere" in told.stderr


def given(**told: Any) -> dict[str, Any]:
    names = (
        "campaign",
        "brief",
        "brand",
        "category",
        "goal",
        "country",
        "as_of",
        "exposure",
        "fee",
        "discount",
        "ends_at",
        "days",
    )
    return {**dict.fromkeys(names), "extra": (), **told}


def test_an_offer_is_made_once() -> None:
    told = ask_of(
        given(
            brief="x", fee=9.0, extra=("offer_bounty=50", "offer_gift=1e2"), days=3.0, budget=5.0, value=2.0
        )
    )
    assert told.offer == {"fee": 9.0, "offer_bounty": 50.0, "offer_gift": 100.0}
    assert (told.brief, told.campaign, told.budget, told.value, told.days) == ("x", None, 5.0, 2.0, 3.0)
    for extra in (("offer_bounty=50", "offer_bounty=60"), ("fee=3",)):
        with pytest.raises(InputError, match="was offered twice"):
            ask_of(given(brief="x", fee=9.0, extra=extra))
    with pytest.raises(InputError, match="is not NAME=NUMBER"):
        ask_of(given(brief="x", extra=("offer_bounty=much",)))


def test_a_kind_of_model_that_is_none_is_refused() -> None:
    for kind in ("tree", "Trees", "", "regression"):
        with pytest.raises(InputError, match=f"kind is '{kind}'; it can be blend, trees, linear"):
            Settings(kind=kind)
    assert [Settings(kind=kind).kind for kind in KINDS] == list(KINDS)
    with pytest.raises(InputError, match="lightgbm names leaves; it can name bagging_fraction"):
        Settings(lightgbm={"leaves": 3})
    with pytest.raises(InputError, match="lightgbm names random_state"):
        Settings(lightgbm={"random_state": 3})
    assert Settings(lightgbm={"num_leaves": 3}).lightgbm == {"num_leaves": 3}
