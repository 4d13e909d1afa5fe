"""The commands that bring data in: one for each source, made from what the source says of itself."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from .bring import ACCOUNT, HOW, OUT, PATHS, bring
from .options import AS_JSON, together
from .output import print_json, stdout, working
from .sheet import creators, csv, results

if TYPE_CHECKING:
    from suasion.features.sources.reading.source import Source

TITLES = {
    "x": "X (Twitter), API v2",
    "x_analytics": "X Analytics",
    "youtube": "YouTube Data API v3",
    "youtube_studio": "YouTube Studio",
    "instagram": "Instagram Graph API",
    "meta_suite": "Meta Business Suite",
    "threads": "Threads",
    "tiktok": "TikTok",
    "twitch": "Twitch",
    "linkedin": "LinkedIn",
    "bluesky": "Bluesky (AT Protocol)",
    "mastodon": "Mastodon",
    "reddit": "Reddit",
    "feed": "Blogs (RSS, Atom)",
    "shopify": "Shopify orders",
    "woocommerce": "WooCommerce orders",
    "ga4": "GA4 export to BigQuery",
    "awin": "Awin transactions",
    "cj": "CJ Affiliate commissions",
    "impact": "Impact.com actions",
}
"""Each source with its title, so that a list of them does not wait for what reads them."""


class Sources(click.Group):
    """The sources, each imported when it is called."""

    @property
    def titles(self) -> dict[str, str]:
        """Each source with its title."""
        return {**TITLES, **{name: one.short_help or "" for name, one in self.commands.items()}}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all sources."""
        return [*self.titles]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a source; None where there is none of that name."""
        return command_of(cmd_name) if cmd_name in TITLES else super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of sources."""
        with formatter.section("Sources"):
            formatter.write_dl([*self.titles.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the sources, and options, that begin like that."""
        matching = [(name, title) for name, title in self.titles.items() if name.startswith(incomplete)]
        items = [CompletionItem(name, help=title) for name, title in matching]
        return [*items, *click.Command.shell_complete(self, ctx, incomplete)]


@click.group(name="import", cls=Sources, short_help="Bring data in from where it is.")
def import_command() -> None:
    """Bring data in from where it is.

    Each command reads the exports of one source and adds what is new to the tables in the folder OUT, which is made where it is
    not there. Reading the same export twice adds nothing, and several sources can share one folder. What
    cannot be read goes to OUT/quarantine, with file, line and reason.

    `suasion import SOURCE --help` says how to get the export.
    """


@cache
def command_of(name: str) -> click.Command:
    """Return the command of a source, made from its declaration."""
    source: Source = getattr(import_module(f"suasion.features.sources.{name}"), name.upper())
    filled = ", ".join(source.fills)
    left = "\n".join(f"- {line}" for line in source.left)

    def run(paths: tuple[Path, ...], out: Path, **how: Any) -> None:  # the other options of bring
        bring(source, paths, out, **how)

    run.__doc__ = (
        f"{source.title}: fills {filled}.\n\n{source.get}\n\nPATHS are such files, or folders of them, plain, .gz, .zst, .zip or .tar.gz.\n\n"
        f"Not read:\n\n\b\n{left}\n\nWhat is mapped to what: docs/sources.md."
    )
    options = together(PATHS, OUT, *((ACCOUNT,) if source.unsigned else ()), HOW)
    return click.command(name, short_help=source.title)(options(run))


import_command.add_command(creators)
import_command.add_command(csv)
import_command.add_command(results)


@import_command.command(short_help="Stack Exchange dump, campaigns and outcomes included")
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--site", help="Name of the site, used as brand; default: the name of the archive or folder.")
@AS_JSON
def stackexchange(source: Path, out: Path, site: str | None, as_json: bool) -> None:
    """Read a Stack Exchange data dump: SOURCE is the .7z as published or a folder of its XML; OUT a folder, replaced whole."""
    with working("reading the dump"):
        from suasion.features.sources.stackexchange import read_dump

        report = read_dump(source, out, site=site)
    if as_json:
        print_json({**vars(report), "folder": out})
        return
    from .terminal.imported import print_import

    print_import(stdout(), report, out)
