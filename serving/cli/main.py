"""The command line: the group of commands, and how an error ends."""

from __future__ import annotations

import sys

import click

from .ending import run_command
from .group import Commands

COMMANDS = {
    "import": "imports",
    "fetch": "accounts",
    "attribute": "attribute",
    "who": "accounts",
    "check": "check",
    "train": "models",
    "score": "questions",
    "plan": "questions",
    "explain": "questions",
    "report": "questions",
    "change": "questions",
    "review": "models",
    "serve": "service",
    "mcp": "service",
    "keys": "service",
    "forget": "privacy",
    "drop-texts": "privacy",
    "features": "check",
    "simulate": "worlds",
    "demo": "worlds",
}
"""Every command in the order in which they are used, and the module beside this one that holds it: as ``score_command``, for one."""


@click.group(
    cls=Commands,
    modules=COMMANDS,
    package=__package__,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="suasion")
def suasion() -> None:
    """Predict which influencers make people act, and say why in seven characteristics."""


def main() -> None:
    """Run the command line and end with its code: see :mod:`suasion.serving.cli.ending`."""
    sys.exit(run_command(suasion, sys.argv[1:]))


if __name__ == "__main__":
    main()
