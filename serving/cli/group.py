"""A group of commands, each imported when it is called, whose options are given once."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from suasion.features.errors import InputError


class Suggesting(click.Group):
    """A group that names the nearest command where there is none of a name, as Click does of options."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command, or fail."""
        names = self.list_commands(ctx)
        near = (
            [] if args[0] in names or ctx.resilient_parsing else difflib.get_close_matches(args[0], names, 1)
        )
        if near:
            ctx.fail(f"No such command '{args[0]}'. Did you mean {near[0]}?")
        return super().resolve_command(ctx, args)


class Commands(Suggesting):
    """A group whose commands stand in modules, which are imported when somebody calls a command or asks what there is.

    Such a module imports what does the work inside the command, so that help, a wrong option and completion answer at once.

    ``modules`` says for each command the module of the package that holds it, under its name and ``_command``.
    """

    def __init__(self, *, modules: Mapping[str, str], package: str, **other: Any) -> None:  # click's own
        super().__init__(**other)
        self.modules, self.package = modules, package

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order in which they are declared."""
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, imported now; None where there is none of that name."""
        if cmd_name not in self.modules:
            return None
        module = import_module(f"{self.package}.{self.modules[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command, after a look at how often each of its options is given.

        Click takes the last of several without a word, and what was given first is not done.
        """
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None:
            refuse_repeats(command, ctx, rest)
        return name, command, rest


def refuse_repeats(command: click.Command, parent: click.Context, args: list[str]) -> None:
    """Refuse an option that is given twice and has one value, in a command or in those below it."""
    context = click.Context(command, parent=parent, resilient_parsing=True)
    _, left, order = command.make_parser(context).parse_args(args=list(args))
    once = [one for one in order if isinstance(one, click.Option) and not one.multiple and not one.count]
    for option in once:
        if (times := once.count(option)) > 1:
            said = "twice" if times == 2 else f"{times} times"
            raise InputError(f"{max(option.opts, key=len)} was given {said}: it takes one. Give it once.")
    below = command.get_command(context, left[0]) if isinstance(command, click.Group) and left else None
    if below is not None:
        refuse_repeats(below, context, left[1:])
