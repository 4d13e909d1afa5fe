"""How a command ends: with one line and a code that tell, and never with a traceback for what the place where it runs lacks."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from suasion.features.errors import SuasionError

from .streams import drop_output, prepare_streams

REFUSED = 2
"""What was given cannot be used, or the place cannot be written."""
UNTRACKED = 3
"""The model is trained and whole on disk, and MLflow did not take it."""
ABORTED = 130
"""Nobody answered a question, or somebody stopped it."""


def run_command(command: click.Group, args: list[str]) -> int:
    """Run a command line and return its exit code; what goes wrong on purpose is said in one line on standard error."""
    prepare_streams()
    code = _run(command, [readable(arg) for arg in args])
    try:
        sys.stdout.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            code = _say(_words(error))
        drop_output(sys.stdout)
    return code


def readable(arg: str) -> str:
    r"""Return an argument as text: one that came in bytes the locale does not know is read as UTF-8, unless a file is called so.

    >>> readable("caf\udcc3\udca9"), readable("tea")
    ('café', 'tea')
    """
    if arg.isprintable() or not any("\udc80" <= sign <= "\udcff" for sign in arg) or os.path.lexists(arg):
        return arg
    return arg.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _run(command: click.Group, args: list[str]) -> int:
    try:
        return command.main(args, standalone_mode=False) or 0
    except SuasionError as error:
        return _say(str(error))
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        if not sys.stdin.isatty():
            _say("nobody answered. Give --yes where nobody can.")
        return ABORTED
    except UnicodeEncodeError as error:
        return _say(
            f"the encoding of this locale ({error.encoding}) cannot write {error.object!r}. Set PYTHONUTF8=1, and use UTF-8."
        )
    except Exception as error:
        from suasion.features.tables.disk import is_full

        # DuckDB, which commands import when they need it, says of a full disk what the system would.
        if not isinstance(error, OSError) and not is_full(error):
            raise
        return _say(_words(error))


def _say(words: str) -> int:
    click.secho(f"suasion: {words}", fg="red", err=True)
    return REFUSED


def _words(error: Exception) -> str:
    from suasion.features.tables.disk import disk_full, is_full

    filename = error.filename if isinstance(error, OSError) else None
    if is_full(error):
        if filename is None:
            return f"a disk is full, or what output goes to: {str(error).splitlines()[0]}. Free some space."
        return str(disk_full(Path(filename), "more is needed", "name another place"))
    if filename is None:
        return f"the system refused: {error}"
    return f"{filename} cannot be used: {getattr(error, 'strerror', error)}. Name another place, or make this one fit."
