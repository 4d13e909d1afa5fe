"""How a command ends: what the place lacks is said in one line, what is a fault of ours is not hidden."""

from __future__ import annotations

import errno
from typing import Any

import click
import duckdb
import pytest

from suasion.serving.cli.ending import REFUSED, run_command


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "out/x.csv"), "more is needed"),
        (OSError(errno.ENOSPC, "No space left on device"), "a disk is full, or what output goes to"),
        (duckdb.IOException("IO Error: Could not write file: No space left on device"), "a disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", "out/x.csv"), "out/x.csv cannot be used: Permission denied"),
        (OSError("odd"), "the system refused: odd"),
        (duckdb.IOException("IO Error: something else"), None),
        (ValueError("a fault"), None),
    ],
)  # fmt: skip
def test_an_error_is_a_line_or_a_fault(
    error: Exception, says: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.group()
    def group() -> None:
        pass

    @group.command()
    def fail() -> Any:
        raise error

    if says is None:
        with pytest.raises(type(error), match=str(error)):
            run_command(group, ["fail"])
        return
    assert run_command(group, ["fail"]) == REFUSED
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert says in said
