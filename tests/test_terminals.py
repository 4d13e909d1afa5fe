"""Terminals, pipes and logs of every kind: what cannot be printed is printed otherwise, and no command dies of it."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from suasion.serving.cli import streams as module
from suasion.serving.cli.console import Terminal
from suasion.serving.cli.ending import readable
from suasion.serving.cli.streams import plain, prepare_streams
from suasion.serving.explaining.explain import CAUTION

from .command import SUASION, environment, small_data, suasion

SAID = "0.3–4 × base → “ref”, 1.6 σ … Zoë 漢 ■"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_data(tmp_path_factory.mktemp("data") / "d")


@pytest.mark.parametrize(
    ("encoding", "printed"),
    [
        ("ascii", '0.3-4 x base > "ref", 1.6 s . Zo? ? ?'),
        ("latin-1", '0.3-4 × base > "ref", 1.6 s . Zoë ? ?'),
        ("cp1252", "0.3–4 × base > “ref”, 1.6 s … Zoë ? ?"),
        ("cp437", '0.3-4 x base > "ref", 1.6 σ . Zoë ? ■'),
        ("utf-8", SAID),
        ("utf-16", SAID),
    ],
)
def test_signs_an_encoding_lacks_are_the_nearest_it_has(
    encoding: str, printed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    prepare_streams()
    Terminal(width=160).print(SAID)
    sys.stdout.flush()
    assert raw.getvalue().decode(encoding).rstrip("\n") == printed
    assert len(printed) == len(SAID), "columns stay where they are"


def test_text_that_is_no_text_is_printed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="utf-8"))
    prepare_streams()
    Terminal(width=80).print("a file called \udcff")
    sys.stdout.flush()
    assert raw.getvalue() == b"a file called ?\n"


def test_what_somebody_chose_for_signs_it_lacks_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii", errors="backslashreplace"))
    prepare_streams()
    Terminal(width=80).print("×")
    sys.stdout.flush()
    assert raw.getvalue() == b"\\xd7\n"


def test_ids_are_printed_as_they_are() -> None:
    out = io.StringIO()
    told = Terminal(file=out, width=80)
    told.print("[deleted] and [bold]x[/bold] :heart: [/]")
    assert out.getvalue() == "[deleted] and [bold]x[/bold] :heart: [/]\n"


def test_the_spinner_is_one_that_the_encoding_has(monkeypatch: pytest.MonkeyPatch) -> None:
    for encoding, name in (("utf-8", "dots"), ("latin-1", "line")):
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        assert Terminal(file=stream).spinner == name


def test_signs_of_all_that_is_printed_are_known() -> None:
    assert "?" not in plain(CAUTION)
    assert len(module._PLAIN) == len({*map(chr, module._PLAIN)})


@pytest.mark.parametrize(
    "changes",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"TERM": None, "LANG": None, "LC_ALL": None, "COLUMNS": None},
    ],
)
def test_a_command_prints_on_every_terminal(data: Path, changes: dict[str, str | None]) -> None:
    told = suasion("check", data, env=environment(**changes))
    assert told.returncode == 0, told.stderr.decode(errors="replace")
    assert b"6 conversions of 4 influencers in 2 campaigns" in told.stdout
    assert b"\x1b" not in told.stdout, "no colours where nobody looks"


def test_arguments_of_another_encoding_are_read(data: Path) -> None:
    env = environment(LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    told = suasion("check", data / "nöwhere", env=env)
    assert told.returncode == 2
    assert b"There is nothing at" in told.stderr
    assert readable("\udce9t\udce9") == "\ufffdt\ufffd"


@pytest.mark.parametrize("command", ["check", "features"])
def test_a_pipe_that_nobody_reads_ends_nothing(data: Path, command: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    args = [command, data] if command == "check" else [command]
    told = suasion(*args, stdout=writing)
    os.close(writing)
    assert b"Traceback" not in told.stderr
    assert b"BrokenPipe" not in told.stderr
    assert command == "features" or told.returncode == 0


def test_a_command_needs_no_terminal_and_no_streams(data: Path) -> None:
    line = f"exec {' '.join(SUASION)} check '{data}' --quarantine '{data.parent / 'q'}' <&- >&- 2>&-"
    told = subprocess.run(["bash", "-c", line], env=environment(), capture_output=True, check=False)
    assert told.returncode == 0, told.stderr
    assert b"Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("closed", "stdout", "stderr"), [(">&-", False, False), ("2>&-", True, False), ("<&-", True, False)]
)
def test_what_goes_to_a_closed_stream_is_in_no_other(closed: str, stdout: bool, stderr: bool) -> None:
    line = f"exec {' '.join(SUASION)} features {closed}"
    told = subprocess.run(["bash", "-c", line], env=environment(), capture_output=True, check=False)
    assert (told.returncode, bool(told.stdout), bool(told.stderr)) == (0, stdout, stderr)


def test_what_is_wrong_is_not_said_on_stdout_where_stderr_is_closed() -> None:
    line = f"exec {' '.join(SUASION)} check /nowhere 2>&-"
    told = subprocess.run(["bash", "-c", line], env=environment(), capture_output=True, check=False)
    assert (told.returncode, told.stdout, told.stderr) == (2, b"", b"")


def test_output_to_a_full_disk_is_said_in_a_line(data: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with open("/dev/full", "wb") as full:
        told = suasion("check", data, stdout=full)
    assert told.returncode == 2
    assert b"Traceback" not in told.stderr
    assert b"full" in told.stderr


def test_where_nobody_can_answer_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("post_id,author_id,created_at,text\n1,a,2024-01-01,x\n")
    told = suasion("import", "csv", tmp_path / "p.csv", tmp_path / "out", "--table", "posts")
    assert told.returncode == 130
    assert b"Give --yes where nobody can" in told.stderr


@pytest.mark.parametrize("term", ["dumb", "xterm-256color"])
def test_on_a_terminal_colours_are_its_own_matter(data: Path, term: str) -> None:
    code, said = on_a_terminal("check", data, TERM=term, NO_COLOR=None, PYTHONIOENCODING="latin-1")
    assert code == 0, said
    assert b"6 conversions of 4 influencers" in said
    assert (b"\x1b[" in said) == (term != "dumb")


def on_a_terminal(*args: str | Path, **changes: str | None) -> tuple[int | None, bytes]:
    """Run a command on a terminal of 80 columns; return its code and all that it showed."""
    ours, theirs = pty.openpty()
    env = environment(**{"TERM": "xterm-256color", "COLUMNS": "80", **changes})
    with subprocess.Popen([*SUASION, *map(str, args)], env=env, stdin=theirs, stdout=theirs, stderr=theirs) as child:  # fmt: skip
        os.close(theirs)
        said = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            if not part:
                break
            said += part
    os.close(ours)
    return child.returncode, said


@pytest.mark.parametrize(("no_color", "coloured"), [("1", False), ("", True), (None, True)])
def test_who_wants_no_colours_gets_none(no_color: str | None, coloured: bool, data: Path) -> None:
    code, said = on_a_terminal("check", data, NO_COLOR=no_color)
    assert code == 0, said
    assert b"6 conversions of 4 influencers" in said
    assert bool(re.search(rb"\x1b\[(3[0-7]|9[0-7]|38;)", said)) == coloured
