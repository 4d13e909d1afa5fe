"""What the command that joins accounts shows and asks, of people made up by hand."""

from __future__ import annotations

import io
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from suasion.features.errors import InputError
from suasion.features.identity import resolve
from suasion.features.identity.links import Link
from suasion.features.identity.resolve import Person, Who
from suasion.features.identity.similarity import Proposal
from suasion.serving.cli import accounts as module
from suasion.serving.cli.accounts import _ask, _pairs
from suasion.serving.cli.terminal import persons as printing

DAY = datetime(2024, 1, 1)
LINK = Link("x:1", "yt:1", "mutual", DAY)


def people(
    persons: int = 0, proposals: int = 0, first: datetime | None = None, own: Person | None = None
) -> Who:
    found = tuple(Person(f"p{n}", (f"x:{n}", f"yt:{n}"), (Link(f"x:{n}", f"yt:{n}", "mutual", DAY),)) for n in range(persons))  # fmt: skip
    pairs = tuple(Proposal(f"a{n}", f"b{n}", (f"alike {n}", "near"), 1.0) for n in range(proposals))
    return Who((own,) if own else found, (), pairs, frozenset({"x:1", "yt:1"}), first)


@pytest.fixture
def printed() -> Console:
    return Console(file=io.StringIO(), width=200, highlight=False)


def text_of(console: Console) -> str:
    return console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("a=b", ("a", "b")), (" a = b ", ("a", "b")), ("a=b=c", ("a", "b=c")),
        ("a", None), ("=b", None), ("a=", None), (" =b", None), ("a= ", None), ("a=a", None), ("a = a", None), ("", None),
    ],
)  # fmt: skip
def test_a_pair_is_two_ids_with_an_equals_sign(text: str, pair: tuple[str, str] | None) -> None:
    if pair:
        assert _pairs("--same", (text, "c=d")) == [pair, ("c", "d")]
    else:
        with pytest.raises(InputError, match=r"--same .* is not ACCOUNT=ACCOUNT"):
            _pairs("--same", (text,))


@pytest.mark.parametrize(("since", "late"), [("2023-12-31", 0), ("2024-01-01", 1), ("2024-01-02", 1)])
def test_a_link_read_at_the_first_decision_is_late(since: str, late: int, printed: Console) -> None:
    person = Person("p", ("x:1", "yt:1", "b:1"), (Link("x:1", "yt:1", "mutual", datetime.fromisoformat(since)), Link("x:1", "b:1", "mutual", datetime(2020, 1, 1))))  # fmt: skip
    printing.print_late(printed, people(persons=0, first=DAY))
    printing.print_late(printed, people(first=None, persons=1))
    assert text_of(printed) == ""
    printing.print_late(printed, people(first=DAY, own=person))
    assert ("1 of 2 links were read only after your first decision (2024-01-01)" in text_of(printed)) == bool(late)  # fmt: skip
    assert bool(text_of(printed)) == bool(late)


@pytest.mark.parametrize(("persons", "more"), [(1, None), (2, None), (3, 1), (5, 3)])
def test_so_many_people_are_shown_and_the_others_counted(
    persons: int, more: int | None, printed: Console
) -> None:
    printing.print_persons(printed, people(persons), show=2)
    told = text_of(printed)
    whose = "one person's" if persons == 1 else f"{persons} people's"
    links = "1 link (mutual)" if persons == 1 else f"{persons} links (mutual)"
    assert told.startswith(f"2 accounts; {2 * persons} ids are {whose}: {links}.\n")
    for number in range(persons):
        assert (f"p{number} " in told) == (number < 2)
    assert ("more, in people.csv" in told) == (more is not None)
    if more:
        assert f"… and {more} more, in people.csv." in told


def test_each_account_is_shown_with_what_joins_it_and_the_person_once(printed: Console) -> None:
    person = Person("p", ("x:1", "yt:1", "z:1"), (LINK,))
    printing.print_persons(printed, people(own=person), show=2)
    rows = [re.split("  +", line.rstrip()) for line in text_of(printed).splitlines()[2:]]
    assert rows == [
        ["p", "x:1", "mutual, yt:1", "2024-01-01"],
        ["", "yt:1", "mutual, x:1", "2024-01-01"],
        ["", "z:1", "your own rows"],
    ]


def test_nobody_joined_is_said_in_a_line(printed: Console) -> None:
    printing.print_persons(printed, people(), show=2)
    assert text_of(printed) == "2 accounts; 0 ids are 0 people's.\n"
    own = Person("p", ("x:1", "yt:1"), ())
    printing.print_persons(printed, people(own=own), show=2)
    assert "2 ids are one person's.\n" in text_of(printed)


@pytest.mark.parametrize(("proposals", "more"), [(0, None), (1, None), (2, None), (3, 1)])
def test_so_many_proposals_are_shown(proposals: int, more: int | None, printed: Console) -> None:
    printing.print_proposals(printed, people(0, proposals), Path("mydata"), show=2)
    told = text_of(printed)
    assert bool(told) == (proposals > 0)
    for number in range(proposals):
        assert (f"alike {number}" in told) == (number < 2)
    if proposals:
        assert told.count("Perhaps one person") == 1
        assert "suasion who mydata --same a0=b0, or --apart, or --ask." in told
    assert ("--show 3" in told) == (more is not None)
    if more:
        assert "… and 1 more: --show 3." in told


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ("ynq", [("a0", "b0", True), ("a1", "b1", False)]),
        ("ssy", [("a2", "b2", True)]),
        ("q", []),
        ("sss", []),
        ("nnn", [("a0", "b0", False), ("a1", "b1", False), ("a2", "b2", False)]),
    ],
)
def test_each_proposal_is_asked_about_once(
    answers: str, said: list[Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    left = iter(answers)
    monkeypatch.setattr(module.click, "prompt", lambda *_, **__: next(left))
    monkeypatch.setattr(resolve, "say", lambda data, one, other, found, *, same: told.append((one, other, same)))  # fmt: skip
    again: list[Any] = []
    monkeypatch.setattr(resolve, "find_out", lambda data, until: again.append((data, until)) or people(1, 3))
    found = _ask(Path("d"), people(0, 3), DAY)
    assert told == said
    assert again == [(Path("d"), DAY)] * len(said)
    assert len(found.persons) == bool(said), "as it is after what was said"
    assert next(left, None) is None
    assert capsys.readouterr().out.count("alike 0") == 1


def test_evidence_is_shown_as_it_stands(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.click, "prompt", lambda *_, **__: "s")
    _ask(
        Path("d"),
        Who((), (), (Proposal("a", "b", ("both say [bold]x[/bold]",), 1.0),), frozenset(), None),
        None,
    )
    assert "\na and b\n  both say [bold]x[/bold]\n" in re.sub(r"\x1b\[\d+m", "", capsys.readouterr().out)


@pytest.mark.parametrize("ask", [False, True])
@pytest.mark.parametrize("written", [False, True])
def test_the_command_does_what_is_said_and_tells_where_it_is(
    ask: bool, written: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    did: list[Any] = []
    path = tmp_path / "people.csv"
    if written:
        path.write_text("")
    found = people(25, 25, first=DAY)
    monkeypatch.setattr(resolve, "find_out", lambda data, until: did.append((data, until)) or found)
    monkeypatch.setattr(resolve, "say", lambda data, one, other, of, *, same: did.append((one, other, same)))
    monkeypatch.setattr(resolve, "write_people", lambda data, of: did.append(("write", data)) or path)
    monkeypatch.setattr(module, "_ask", lambda data, of, until: did.append(("ask", until)) or of)
    monkeypatch.setenv("COLUMNS", "200")
    options = ["--same", "a=b", "--apart", "c=d", "--until", "2024-05-01", *(["--ask"] if ask else [])]
    told = CliRunner().invoke(module.who_command, [str(tmp_path), *options], catch_exceptions=False)
    assert told.exit_code == 0
    until = datetime(2024, 5, 1)
    assert did == [
        (tmp_path, until), ("a", "b", True), ("c", "d", False), (tmp_path, until), *([("ask", until)] if ask else []), ("write", tmp_path)
    ]  # fmt: skip
    text = told.output
    assert (f"Who is who is in {path}." in text) is written
    assert ("Perhaps one person" in text) is not ask
    assert "… and 5 more, in people.csv." in text, "twenty are shown"
    assert ("… and 5 more: --show 25." in text) is not ask
    assert "25 of 25 links were read only after your first decision" in text
    del did[:]
    told = CliRunner().invoke(module.who_command, [str(tmp_path), "--show", "3"], catch_exceptions=False)
    assert did[:2] == [(tmp_path, None), ("write", tmp_path)]
    assert "… and 22 more, in people.csv." in told.output
    for given in (["--same", "a=b"], ["--apart", "a=b"]):
        del did[:]
        CliRunner().invoke(module.who_command, [str(tmp_path), *given], catch_exceptions=False)
        assert sum(one == (tmp_path, None) for one in did) == 2, "found anew after what was said"
