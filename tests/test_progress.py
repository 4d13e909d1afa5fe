"""What goes on, for who waits: what is logged, and what a command shows of it."""

from __future__ import annotations

import logging

import pytest

from suasion.features.progress import LOG, step
from suasion.serving.cli import output


def test_a_step_is_a_line_with_its_size(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "suasion")
    step("building features")
    step("embedding", 1200)
    step("placing", 30, 90)
    step("asking for accounts", 1, 2, "Reddit 100%s")
    assert caplog.messages == [
        "building features",
        "embedding: 1,200",
        "placing: 30 of 90",
        "asking for accounts: 1 of 2, Reddit 100%s",
    ]
    assert [(one.what, one.done, one.total) for one in caplog.records][2] == ("placing", 30, 90)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("steps", "shown"),
    [
        ([(0, 0, 90), (10, 30, 90)], "placing: 30 of 90, 20 s left"),
        ([(0, 30, 90), (10, 40, 90)], "placing: 40 of 90, 50 s left"),  # what was there before is no speed
        ([(0, 0, 900), (10, 30, 900)], "placing: 30 of 900, 5 min left"),
        ([(0, 0, 90), (0.5, 30, 90)], "placing: 30 of 90"),  # too early to tell
        ([(0, 30, 90)], "placing: 30 of 90"),
        ([(0, 0, None), (10, 30, None)], "placing: 30"),
    ],
)
def test_how_long_it_takes_is_shown_once_it_is_known(
    monkeypatch: pytest.MonkeyPatch, steps: list[tuple[float, int, int | None]], shown: str
) -> None:
    lines: list[str] = []
    handler = output._Steps(lines.append)
    for now, done, total in steps:
        monkeypatch.setattr(output.time, "monotonic", lambda now=now: 100.0 + now)
        record = logging.makeLogRecord({"msg": f"placing: {done}" + (f" of {total}" if total else "")})
        vars(record).update(what="placing", done=done, total=total)
        handler.emit(record)
    assert lines[-1] == shown


def test_a_command_leaves_the_log_as_it_was() -> None:
    before = (LOG.handlers[:], LOG.level)

    def fail() -> None:
        with output.working("starting"):
            assert LOG.isEnabledFor(logging.INFO)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (LOG.handlers, LOG.level) == before
