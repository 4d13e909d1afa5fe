"""What a command is asked in options, and how near a name must be: values at the edge."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner

from suasion.features.errors import InputError, NotFoundError
from suasion.features.identity.accounts import People
from suasion.features.privacy import forget as forgetting
from suasion.features.privacy.forget import Forgotten
from suasion.serving.cli import options
from suasion.serving.cli.group import Commands
from suasion.serving.cli.options import MOMENT, ask_of, asking, on_engine, planning
from suasion.serving.cli.privacy import forget_command
from suasion.serving.page.render import environment
from suasion.serving.scoring.plan.limits import Limits
from suasion.serving.scoring.search import Names, key_of, one_of
from suasion.training.bundle import learned_from


@pytest.mark.parametrize(
    ("name", "key"),
    [("@Anna", "anna"), ("  anna ", "anna"), ("@@a", "@a"), ("a@b", "a@b"), ("ＡＢ", "ab"), ("Straße", "strasse"), ("", "")],
)  # fmt: skip
def test_two_writings_of_a_name_share_a_key(name: str, key: str) -> None:
    assert key_of(name) == key


@pytest.mark.parametrize(
    ("asked", "known", "near"),
    [
        # 2 * 7 letters in common of 20 are 0.7: just enough.
        ("abcdefgxyz", "abcdefg123", True),
        ("abcdefwxyz", "abcdef1234", False),
        # No two letters in a row in common.
        ("ab", "ba", False),
        ("ab", "ab!", True),
        # The last two letters, and the first two, count as a pair too.
        ("xab", "yab", False),
        ("xabcd", "abcd", True),
    ],
)
def test_a_near_miss_shares_seven_letters_in_ten(asked: str, known: str, near: bool) -> None:
    assert Names([known]).near(asked) == ([known] if near else [])


def test_three_near_misses_are_named_and_three_of_many_it_may_be() -> None:
    ids = [f"person-{n}" for n in range(5)]
    names = Names(ids)
    assert len(names.near("person-x")) == 3
    with pytest.raises(NotFoundError) as told:
        one_of(names, "zzz", ids)
    assert str(told.value) == "'zzz' is not among the 5 candidates. The first are: person-0, person-1, person-2."  # fmt: skip
    same = Names(ids, handles=[("anna", one) for one in ids])
    with pytest.raises(NotFoundError, match=r"'ANNA' may be any of person-0 \(@anna\), person-1 \(@anna\), person-2 \(@anna\): ask"):  # fmt: skip
        one_of(same, "ANNA", ids)
    assert same.near("annas") == ids[:3]


def test_the_first_handle_stands_beside_an_id() -> None:
    names = Names(["a", "b", "c"], People.of([("x:9", "z"), ("x:1", "a")]), [("@One", "a"), ("two", "a"), ("b", "b"), ("n", "x")])  # fmt: skip
    assert [names.called(who) for who in ("a", "b", "c")] == ["a (@One)", "b", "c"]
    assert [names.find(who) for who in ("TWO", "x:1", "x:9", "n", "X:1")] == [["a"], ["a"], [], [], ["a"]]


# -- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-06-01", datetime(2024, 6, 1)),
        ("2024-06-01T12:30:00", datetime(2024, 6, 1, 12, 30)),
        ("2024-06-01T12:30:00+02:00", datetime(2024, 6, 1, 10, 30)),
        (datetime(2024, 6, 1), datetime(2024, 6, 1)),
    ],
)
def test_a_time_is_utc(text: Any, moment: datetime) -> None:
    assert MOMENT.convert(text, None, None) == moment


def command(*decorators: Any) -> tuple[click.Command, list[dict[str, Any]]]:
    told: list[dict[str, Any]] = []

    def run(**given: Any) -> None:
        told.append(given)

    for decorator in decorators:
        run = decorator(run)
    return click.command()(run), told  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("engine", "spark", "says"),
    [
        ("duckdb", False, None),
        ("duckdb", True, None),
        ("spark", True, None),
        ("sc://host:15002", True, None),
        ("spark", False, "--engine spark needs PySpark"),
        ("sc://host:15002", False, "needs PySpark"),
        ("pandas", True, "--engine pandas is none of duckdb, spark"),
        ("host-sc://", True, "is none of"),
        ("", True, "is none of"),
    ],
)
def test_an_engine_is_one_that_is_there(
    engine: str, spark: bool, says: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "find_spec", lambda name: object() if spark else None)
    run, told = command(on_engine)
    result = CliRunner().invoke(run, ["--engine", engine])
    if says is None:
        assert told == [{"engine": engine, "work": None}]
    else:
        assert isinstance(result.exception, InputError)
        assert says in str(result.exception)
    run, told = command(on_engine)
    assert CliRunner().invoke(run, []).exit_code == 0
    assert told[0]["engine"] == "duckdb"
    assert "[default: duckdb]" in CliRunner().invoke(run, ["--help"]).output


def test_options_of_a_question_become_one() -> None:
    run, told = command(asking, planning)
    line = "d --model m --campaign c --brief b --brand r --category k --as-of 2024-06-01 --ends-at 2024-07-01 --days 3 --exposure 2"
    line += " --fee 0 --discount 0.1 --offer offer_a=1 --offer offer_b=2 --budget 9 --value 4"
    assert CliRunner().invoke(run, line.split()).exit_code == 0
    (given,) = told
    assert (given.pop("data"), given.pop("model")) == ("d", Path("m"))
    asked = ask_of(given)
    assert vars(asked) == {
        "campaign": "c", "brief": "b", "brand": "r", "category": "k", "as_of": datetime(2024, 6, 1),
        "ends_at": datetime(2024, 7, 1), "days": 3.0, "budget": 9.0, "value": 4.0, "target": None, "limits": Limits(),
        "offer": {"exposure": 2.0, "fee": 0.0, "discount": 0.1, "offer_a": 1.0, "offer_b": 2.0}, "influencers": (),
        "explore": 0, "seen": None, "goal": None, "country": None,
    }  # fmt: skip
    assert CliRunner().invoke(run, ["d"]).exit_code == 2, "a model is needed"
    assert CliRunner().invoke(run, ["--model", "m"]).exit_code == 2, "so is data"
    for text in ("offer_a", "offer_a=", "offer_a=much"):
        with pytest.raises(InputError, match="is not NAME=NUMBER"):
            ask_of({**given, "extra": (text,)})


@pytest.mark.parametrize(("times", "says"), [(2, "twice"), (3, "3 times"), (4, "4 times")])
def test_how_often_an_option_was_given_is_said(
    times: int, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.group()
    def inner() -> None: ...

    @inner.command("leaf")
    @click.option("-o", "--one", "--only")
    @click.option("--many", multiple=True)
    @click.option("-v", count=True)
    def leaf(one: str, many: tuple[str, ...], v: int) -> None:
        click.echo(f"{one} {len(many)} {v}")

    monkeypatch.setattr(Commands, "get_command", lambda self, ctx, name: inner if name == "in" else None)
    group = Commands(name="g", modules={}, package="")
    told = CliRunner().invoke(group, ["in", "leaf", *["-o", "1"] * times])
    assert str(told.exception) == f"--only was given {says}: it takes one. Give it once."
    told = CliRunner().invoke(group, ["in", "leaf", "-o", "1", *["--many", "x"] * times, *["-v"] * times])
    assert told.output == f"1 {times} {times}\n"


# -- who is taken out -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "says", "not_"),
    [
        (Forgotten(("a",)), ["a: there was nothing in data.", "a is on data/opt-out.txt"], ["removed", "cleared"]),
        (Forgotten(("a", "b"), {"posts": 1200, "audience": 1}),
         ["removed: 1,200 rows of posts", "removed: 1 rows of audience", "a, b are on data/opt-out.txt"], ["nothing in", "store", "cleared", "set aside"]),
        (Forgotten(("a",), aside=1000), ["removed: 1,000 rows that had been set aside"], ["nothing in"]),
        (Forgotten(("a",), {"posts": 1}, answers=1), ["cleared: 1 times"], []),
        (Forgotten(("a",), {"posts": 1}, texts=1), ["worked out from 1 texts, and 0 kept tables"], []),
        (Forgotten(("a",), {"posts": 1}, kept_tables=2), ["worked out from 0 texts, and 2 kept tables"], []),
    ],
)  # fmt: skip
@pytest.mark.parametrize("models", [[], ["models/x", "models/y"]])
def test_what_was_taken_out_is_said_and_what_is_left_to_do(
    told: Forgotten, says: list[str], not_: list[str], models: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:  # fmt: skip
    asked: list[Any] = []
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(forgetting, "forget", lambda data, ids, logs: told)
    monkeypatch.setattr(learned_from, "models_with", lambda ids, folder: asked.append(ids) or [Path(m) for m in models])  # fmt: skip
    result = CliRunner().invoke(forget_command, ["data", "raw", "--models", str(tmp_path)])
    assert result.exit_code == 0, result.exception
    text = result.output
    for part in says:
        assert part in text
    for part in not_:
        assert part not in text
    assert asked == [(*told.ids, "raw")], "as it was given, too"
    assert ("Trained with them, and to be trained again: models/x, models/y." in text) == bool(models)
    assert (f"No model in {tmp_path} was trained with their outcomes." in text) == (not models)
    assert "What others wrote about them in plain words cannot be found" in text


def test_where_there_is_no_folder_of_models_none_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("looked")

    monkeypatch.setattr(forgetting, "forget", lambda data, ids, logs: Forgotten(tuple(ids)))
    monkeypatch.setattr(learned_from, "models_with", never)
    told = CliRunner().invoke(forget_command, ["data", "a", "--models", "/nowhere"])
    assert told.exit_code == 0
    assert "No model in" not in told.output, "nobody looked"
    assert "There is no folder /nowhere: name the one your models are in with --models" in " ".join(
        told.output.split()
    )
    assert CliRunner().invoke(forget_command, ["data"]).exit_code == 2, "somebody is to be named"
    assert "[default: models]" in CliRunner().invoke(forget_command, ["--help"]).output


# -- templates --------------------------------------------------------------------------------------------------------


def test_templates_escape_and_refuse_what_is_not_there() -> None:
    templates = environment()
    assert templates.from_string("{{ a }}").render(a="<b>") == "&lt;b&gt;"
    assert templates.from_string("{{ a | path }}").render(a="a/b c?") == "a%2Fb%20c%3F"
    assert templates.from_string("{{ a | day }}").render(a=datetime(2024, 6, 1, 12)) == "2024-06-01"
    assert templates.from_string("a\n  {% if true %}\nb{% endif %}").render() == "a\nb"
    with pytest.raises(Exception, match="'a' is undefined"):
        templates.from_string("{{ a }}").render()
    told = SimpleNamespace(**templates.globals)
    for name in ("charts", "characteristics", "groups", "caution", "what_one_is", "shared", "interval_words", "essay", "assumed_words",
                 "null", "feature_words", "floored", "reason_words", "value_words", "column_words"):  # fmt: skip
        assert getattr(told, name), name
    assert {"count", "times", "share"} <= set(templates.filters)
