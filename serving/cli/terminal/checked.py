"""What a check says: tables, features, and what was set aside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from suasion.features.engine.currencies import several_currencies
from suasion.features.engine.settled import Age, Assumption
from suasion.features.tables.quarantine import TableReport
from suasion.serving.check import Checked, Covered, Goal, Lag, Next, Usable
from suasion.serving.explaining.charts import count as figure

from .table import Column, Grid


def print_check(console: Console, checked: Checked) -> None:
    """Print the tables, what is missing with its cost, and what was set aside with its reasons."""
    _tables(checked.tables).print(console)
    for report in checked.tables:
        for reason, count in report.reasons:
            console.print(f"  {report.table}: {count:,} set aside: {reason}", style="yellow")
    if any(report.aside and not report.unwritten for report in checked.tables):
        console.print(f"  They are in {checked.quarantine}, one file a table, each with its reason.\n")
    print_unwritten(console, checked.tables, checked.quarantine)
    print_people(console, checked)
    console.print()
    _usable(checked.usable).print(console)
    for number, bring in enumerate(checked.next[:3]):
        console.print(f"  {next_words(bring, first=not number)}")
    for late in checked.late:
        console.print(
            f"  {late.table}: {late.late:,} of {late.rows:,} were known only after they happened (median {figure(late.median_days)} "
            "days later): features as of the time between do not see them.",
            style="yellow",
        )
    if 2 * checked.lag.unknown > checked.lag.again:
        console.print(f"  {lag_words(checked.lag)}", style="yellow")
    console.print(
        f"\n{_conversions(checked)} of {checked.influencers:,} influencers in {checked.campaigns:,} campaigns, "
        f"decided {checked.first_decision:%Y-%m-%d} to {checked.last_decision:%Y-%m-%d}."
    )
    if checked.settled and (checked.settled.values or checked.settled.longer):
        console.print(f"  {settled_words(checked.settled)}", style="yellow")
    if checked.alike:
        more = f", and {len(checked.alike) - 3:,} more" if checked.alike[3:] else ""
        pairs = ", ".join(f"{one} and {other}" for one, other in checked.alike[:3])
        console.print(
            f"  Perhaps one, written in two ways: {pairs}{more}. Where they are, write them alike (a handle without its platform takes "
            "--platform) and import into a new folder: an import adds, and takes nothing away.",
            style="yellow",
        )
    for covered in checked.covered:
        if covered.people < checked.influencers / 2:
            console.print(f"  {covered_words(covered, checked.influencers)}", style="yellow")
    if checked.shrunk:
        console.print(
            f"  outcomes: {checked.shrunk:,} were replaced by smaller numbers that were read later. Where a file holds only what came since, import it in "
            "one go with those before it (a folder that holds all): then they are added up.",
            style="yellow",
        )
    _print_goals(console, checked.goals)
    if len(checked.currencies) > 1:
        console.print(f"  {several_currencies(checked.currencies)}", style="yellow")
    if not checked.candidates:
        console.print("No candidates: score takes every influencer seen in the last 365 days.", style="dim")


_GIVES = {
    (
        "posts",
        "post_metrics",
    ): "Posts and their counts (an export of Instagram, TikTok, YouTube …, or suasion fetch)",
    ("posts",): "Posts (an export of a platform, or suasion fetch)",
    ("post_metrics",): "Counts of posts (an export of Instagram, TikTok, YouTube …, or suasion fetch)",
    ("audience",): "Followers (a list of creators, suasion import creators, or suasion fetch)",
    ("influencers",): "Accounts, with platform and age (any export, or a list of creators)",
    ("mentions",): "Who refers to whom (X, Bluesky, Mastodon, Reddit and Stack Exchange tell it)",
    ("credentials",): "Titles and certificates (a table of yours)",
}
"""What tables hold, and who gives it."""


def next_words(bring: Next, *, first: bool) -> str:
    """Return what tables or columns would fill, and where they come from.

    >>> from suasion.serving.check import Fill
    >>> next_words(Next(("mentions",), (Fill("references", 14), Fill("conversation", 1))), first=True)
    'Who refers to whom (X, Bluesky, Mastodon, Reddit and Stack Exchange tell it) would fill most next: references (14 features), conversation (1).'
    >>> next_words(Next(("post_metrics",), (Fill("references", 2),), ("saves", "shares"), ("X Analytics",)), first=False)
    'saves, shares of post_metrics (empty here; X Analytics gives them) would fill then: references (2 features).'
    """
    first_fill, *more = bring.fills
    fills = [f"{first_fill.characteristic} ({first_fill.features} features)"]
    fills += [f"{fill.characteristic} ({fill.features})" for fill in more]
    if bring.columns:
        givers = " or ".join(one.partition(",")[0].replace("A ", "a ", 1) for one in bring.sources[:3])
        where = f"; {givers} gives them" if givers else ""
        what = f"{', '.join(bring.columns)} of {bring.tables[0]} (empty here{where})"
    else:
        what = _GIVES[bring.tables]
    return f"{what} would fill {'most next' if first else 'then'}: {', '.join(fills)}."


def lag_words(lag: Lag) -> str:
    """Return how often people were asked again too soon for what they brought last to be known.

    >>> lag_words(Lag(40, 38, 35.0))[:96]
    '38 of the 40 times that somebody was asked again, nothing was known of their last campaign yet: '
    """
    return (
        f"{lag.unknown:,} of the {lag.again:,} times that somebody was asked again, nothing was known of their last campaign yet: outcomes are known "
        f"{figure(lag.median_days)} days after the decision (median). Where you knew earlier, say so in known_at of outcomes, for past rates tell most."
    )


def settled_words(assumption: Assumption) -> str:
    """Return what rests on taking counts as settled, and what speaks for it.

    >>> settled_words(Assumption(40, 120, 0, None, None))[:108]
    '120 counts of 40 posts were read only once the posts were old: decisions from before the reading do not see '
    """
    said = (
        f"{assumption.values:,} counts of {assumption.posts:,} posts were read only once the posts were old: decisions from before the reading do not see "
        "them, unless --settled takes them as known when a post was old enough."
    )
    said += "".join(f" {_age_words(age)}" for age in assumption.longer)
    if assumption.growth is None:
        return f"{said} How much counts still grow after that age nothing here tells: no such post was read twice."
    which, apart = "the published" if assumption.longer else "that", ""
    if assumption.growth_in_campaigns is not None and assumption.growth_else is not None:
        apart = (
            f" Those of authors who were in a campaign meanwhile grew by {figure(assumption.growth_in_campaigns * 100)} %, "
            f"all others by {figure(assumption.growth_else * 100)} %."
        )
    return (
        f"{said} {assumption.followed:,} counts were read twice after {which} age, {figure(assumption.days or 0)} days apart (median), and grew by "
        f"{figure(assumption.growth * 100)} % (median): what grows because of a campaign would give its outcome away.{apart}"
    )


def _conversions(checked: Checked) -> str:
    if checked.conversions is not None:
        return f"{checked.conversions:,.0f} conversions"
    each = [
        f"{one.conversions:,.0f} of {f'the goal {one.goal}' if one.goal else 'no told goal'}"
        for one in checked.goals
    ]
    return f"Conversions ({', '.join(each)})"


def _age_words(age: Age) -> str:
    """Return which age is used of a platform whose counts grow for longer than is published, and why."""
    used = (
        "never taken as settled"
        if age.days is None
        else f"taken as settled after {age.days} days instead of the published {age.published}"
    )
    return (
        f"With it, counts of {age.platform or 'posts whose platform is not known'} are {used}: those of {age.posts:,} posts that were read twice "
        f"after {age.published} days still grew by {figure(age.growth * 100)} % (median)."
    )


def _print_goals(console: Console, goals: tuple[Goal, ...]) -> None:
    named = [one for one in goals if one.goal]
    if len(named) > 1:
        listed = ", ".join(f"{one.goal} {one.outcomes:,}" for one in named)
        console.print(
            f"  Outcomes have several goals ({listed}), which are not to be added up: train with --goal {named[0].goal}.",
            style="yellow",
        )
    for one in goals:
        if named and not one.goal:
            console.print(
                f"  Of {one.outcomes:,} outcomes the campaign has no goal: they count only where no goal is chosen.",
                style="yellow",
            )


def print_unwritten(console: Console, reports: Sequence[TableReport], quarantine: Path) -> None:
    """Say where rows set aside would have been written, and why they are only counted."""
    refused = [report for report in reports if report.unwritten]
    if refused:
        console.print(
            f"  {' and '.join(report.table for report in refused)}: what was set aside is only counted, for {quarantine} cannot be written "
            f"({refused[0].unwritten}). Name another folder with --quarantine.",
            style="yellow",
        )


def _tables(reports: tuple[TableReport, ...]) -> Grid:
    def cell(report: TableReport, text: str, style: str = "") -> str | Text:
        return "" if report.where is None else Text(text, style=style)

    return Grid(
        [
            Column(
                "table",
                [Text(report.table, style="" if report.where else "yellow") for report in reports],
                kind="words",
            ),
            Column("rows", [f"{report.kept:,}" if report.where else "not there" for report in reports]),
            Column(
                "set aside",
                [cell(report, f"{report.aside:,}", "yellow" if report.aside else "") for report in reports],
            ),
            Column("repeats", [cell(report, f"{report.repeats:,}") for report in reports]),
            Column(
                "columns not there",
                [cell(report, ", ".join(report.absent_columns) or "–") for report in reports],
                kind="words",
            ),
        ],
        legend="–: none.",
    )


def _usable(groups: tuple[Usable, ...]) -> Grid:
    styles = ["red" if not group.usable else "yellow" if group.lost else "" for group in groups]
    return Grid(
        [
            Column(
                "characteristic",
                [Text(group.name, style=style) for group, style in zip(groups, styles, strict=True)],
                kind="words",
            ),
            Column("features", [f"{group.features:,}" for group in groups]),
            Column("usable", [f"{group.usable:,}" for group in groups]),
            Column("filled by", [", ".join(group.filled_by) or "–" for group in groups], kind="words"),
            Column(
                "lost because these are not there or empty",
                [lost_words(group.lost) for group in groups],
                kind="words",
            ),
        ],
        title="What that gives",
    )


def lost_words(lost: Sequence[str]) -> str:
    """Return what is not there, the columns of a table together.

    >>> lost_words(("mentions", "audience.following", "audience.real_share"))
    'mentions, audience (following, real_share)'
    """
    columns: dict[str, list[str]] = {}
    for table, _, column in (name.partition(".") for name in lost):
        columns.setdefault(table, []).extend([column] if column else [])
    return ", ".join(f"{t} ({', '.join(c)})" if c else t for t, c in columns.items()) or "–"


def people_s(count: int) -> str:
    """Return whose something is, as a phrase.

    >>> people_s(1), people_s(1200)
    ("one person's", "1,200 people's")
    """
    return "one person's" if count == 1 else f"{count:,} people's"


def covered_words(covered: Covered, influencers: int) -> str:
    """Return that a table has rows of few people with outcomes, with an id of each side.

    >>> covered_words(Covered("audience", 0, "7", "0007"), 40)
    'audience has rows of 0 of the 40 people with outcomes: it lacks 7, and has 0007, who has no outcome. Where these are one, write them alike.'
    """
    said = f"{covered.table} has rows of {covered.people:,} of the {influencers:,} people with outcomes: it lacks {covered.without}"
    if covered.instead is None:
        return f"{said}."
    return f"{said}, and has {covered.instead}, who has no outcome. Where these are one, write them alike."


def print_people(console: Console, checked: Checked) -> None:
    """Print how many ids are the same people's, and of which it is not said whose they are."""
    if checked.persons:
        console.print(f"\n{checked.ids:,} ids are {people_s(checked.persons)}: their rows count together.")
    if checked.undecided:
        some = ", ".join(checked.undecided[:3])
        console.print(
            f"  people: {some} {'is' if len(checked.undecided) == 1 else 'are'} said to be several people's, and left as they are.",
            style="yellow",
        )
