"""What the commands print."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from suasion.features import CHARACTERISTICS, GROUPS
from suasion.features.attribution.orders import COMMERCE
from suasion.features.engine.matrix import available, features_of
from suasion.features.identity.persons import with_accounts
from suasion.features.sources.reading.source import Imported
from suasion.features.sources.stackexchange import ImportReport
from suasion.features.tables.files import RISKY, whole_file
from suasion.features.tables.open import Tables
from suasion.features.tables.quarantine import TableReport
from suasion.features.tables.schema import TABLES
from suasion.serving.explaining.explain import CAUTION
from suasion.serving.explaining.wording import NULL, percent, points, ranking_words
from suasion.serving.scoring.score import Scored, probability_of
from suasion.training.evaluation.evaluate import SUASION
from suasion.training.evaluation.review import Review
from suasion.training.train import Run


def _table(*columns: str, title: str | None = None) -> Table:
    table = Table(
        box=None, padding=(0, 1), header_style="dim", title=title, title_justify="left", title_style="bold"
    )
    for number, column in enumerate(columns):
        table.add_column(
            column, justify="left" if number == 0 else "right", overflow="fold", no_wrap=number == 0
        )
    return table


def print_import(console: Console, told: ImportReport, out: Path) -> None:
    """Print what an import wrote and set aside."""
    table = _table("table", "rows")
    for name, count in told.written.items():
        table.add_row(name, f"{count:,}")
    console.print(table)
    console.print(
        f"{told.censored} answers are too young: their 30 days had not passed when the dump was made."
    )
    for name in told.absent:
        cost = (
            "texts count as known at their last edit only"
            if name == "PostHistory.xml"
            else "what follows from it is missing"
        )
        console.print(f"{name} is not in the dump: {cost}.", style="yellow")
    for reason, count in told.aside.items():
        console.print(
            f"set aside: {count:,} rows, {reason}; see {out / 'quarantine' / 'import.csv'}", style="yellow"
        )
    console.print(f"Next: suasion check {out}")


def print_imported(console: Console, told: Imported, out: Path, dated: bool) -> None:
    """Print what an import added, what was there, and what was set aside and why."""
    table = _table("table", "new", "there before", "set aside")
    for landed in told.tables:
        aside = Text(f"{landed.aside:,}", style="yellow" if landed.aside else "")
        table.add_row(landed.table, f"{landed.new:,}", f"{landed.known:,}", aside)
    console.print(table)
    first, last = (moment.strftime("%Y-%m-%d %H:%M") for moment in told.read_at)
    when = f"at {last} UTC" if first == last else f"from {first} to {last} UTC"
    how = "" if dated else ", when the files were last changed (--read-at says otherwise)"
    console.print(f"{told.records:,} records, which count as read {when}{how}.")
    if told.opted_out:
        console.print(f"left out: {told.opted_out:,} rows that name somebody who opted out.")
    for what, count in told.ignored:
        many = f"{count:,} " if count > 1 or ": row " not in what else ""
        console.print(f"not read: {many}{what}", style="dim", markup=False)
    for reason, count, first in told.cells:
        console.print(f"left empty: {count:,} cells, {reason} ({first})", style="yellow", markup=False)
    for what, count in told.warned:
        console.print(f"look at: {count:,} {what}", style="yellow", markup=False)
    for reason, count in told.broken:
        console.print(f"set aside: {count:,} records, {reason}", style="yellow")
    for landed in told.tables:
        for reason, count in landed.reasons:
            console.print(f"set aside: {count:,} {landed.table}, {reason}", style="yellow")
    if told.quarantine:
        console.print(f"What was set aside is in {told.quarantine}.")
    sold = any(landed.table in COMMERCE for landed in told.tables)
    console.print(f"Next: suasion {'attribute' if sold else 'check'} {out}")


def print_check(console: Console, tables: Tables, quarantine: Path) -> None:
    """Print the tables, what is missing with its cost, and what was set aside with its reasons."""
    table = _table("table", "rows", "set aside", "repeats", "columns not there")
    for report in tables.reports:
        if report.where is None:
            table.add_row(Text(report.table, style="yellow"), "not there", "", "", "")
        else:
            aside = Text(f"{report.aside:,}", style="yellow" if report.aside else "")
            table.add_row(
                report.table,
                f"{report.kept:,}",
                aside,
                f"{report.repeats:,}",
                ", ".join(report.absent_columns) or "–",
            )
    table.columns[4].justify = "left"
    console.print(table)
    for report in tables.reports:
        for reason, count in report.reasons:
            console.print(f"  {report.table}: {count:,} set aside: {reason}", style="yellow")
    if any(report.aside and not report.unwritten for report in tables.reports):
        console.print(f"  They are in {quarantine}, one file a table, each with its reason.\n")
    print_unwritten(console, tables.reports, quarantine)
    _print_people(console, tables)
    features = features_of(tables)
    costs = _table(
        "characteristic", "features", "usable", "lost because these are not there", title="\nWhat that gives"
    )
    for group in (*CHARACTERISTICS, "offer"):
        own = [feature for feature in features if feature.characteristic == group]
        usable = [feature for feature in own if available(feature, tables.present, features)]
        lost = sorted(
            name
            for name in TABLES
            if name not in tables.present
            and any(available(f, tables.present | {name}, features) and f not in usable for f in own)
        )
        style = "red" if not usable else "yellow" if lost else ""
        costs.add_row(Text(group, style=style), str(len(own)), str(len(usable)), ", ".join(lost) or "–")
    costs.columns[3].justify = "left"
    console.print(costs)
    _print_late(console, tables)
    row = tables.sql(
        "SELECT count(DISTINCT influencer_id), count(DISTINCT campaign_id), sum(conversions), min(decided_at), max(decided_at) FROM outcomes"
    ).fetchone()
    assert row is not None
    console.print(
        f"\n{row[2]:,.0f} conversions of {row[0]:,} influencers in {row[1]:,} campaigns, decided {row[3]:%Y-%m-%d} to {row[4]:%Y-%m-%d}."
    )
    if "candidates" not in tables.present:
        console.print("No candidates: score takes every influencer seen in the last 365 days.", style="dim")


def print_unwritten(console: Console, reports: Sequence[TableReport], quarantine: Path) -> None:
    """Say where rows set aside would have been written, and why they are only counted."""
    refused = [report for report in reports if report.unwritten]
    if refused:
        console.print(
            f"  {' and '.join(report.table for report in refused)}: what was set aside is only counted, for {quarantine} cannot be written "
            f"({refused[0].unwritten}). Name another folder with --quarantine.",
            style="yellow",
        )


def people_s(count: int) -> str:
    """Return whose something is, as a phrase."""
    return "one person's" if count == 1 else f"{count:,} people's"


def _print_people(console: Console, tables: Tables) -> None:
    people = tables.people
    if people:
        console.print(
            f"\n{len(people.persons) + len(people.names):,} ids are {people_s(len(people.names))}: their rows count together."
        )
    if people.undecided:
        some = ", ".join(people.undecided[:3])
        console.print(
            f"  people: {some} {'is' if len(people.undecided) == 1 else 'are'} said to be several people's, and left as they are.",
            style="yellow",
        )


def _print_late(console: Console, tables: Tables) -> None:
    """Say which rows were known only after they happened, since features in between cannot see them."""

    def key_of(name: str) -> tuple[str, ...]:
        return (with_accounts(TABLES[name]) if tables.joined else TABLES[name]).key

    for name, time in (
        ("posts", "created_at"),
        ("mentions", "created_at"),
        ("campaigns", "starts_at"),
        ("audience", "observed_at"),
    ):
        row = tables.sql(
            f"SELECT count(*), count(*) FILTER (first > happened), median(date_diff('hour', happened, first) / 24.0) FILTER (first > happened) "
            f"FROM (SELECT min(known_at) AS first, min({time}) AS happened FROM {name} GROUP BY {', '.join(key_of(name))})"
        ).fetchone()
        if row and row[1]:
            console.print(
                f"  {name}: {row[1]:,} of {row[0]:,} were known only after they happened (median {row[2]:,.0f} days later): "
                "features as of the time between do not see them.",
                style="yellow",
            )


def _number(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _between(low_high: list[float]) -> str:
    return f" ({low_high[0]:.2f} to {low_high[1]:.2f})" if low_high else ""


def print_run(console: Console, told: Run, out: Path, quarantine: Path) -> None:
    """Print how the model was judged, and whether it is worth using."""
    facts, evaluation = told.bundle.facts, told.bundle.evaluation
    for report in told.reports:
        if report.aside:
            console.print(
                f"{report.table}: {report.aside:,} rows set aside; suasion check tells why.", style="yellow"
            )
        if report.where is None and report.table != "candidates":
            console.print(f"no {report.table}: its features are missing.", style="yellow")
    print_unwritten(console, told.reports, quarantine)
    for who, figures in evaluation["judged"].items():
        print_figures(console, who, figures)
    if evaluation.get("ablation"):
        print_ablation(console, evaluation["ablation"])
    if evaluation.get("learning_curve"):
        curve = _table(
            "outcomes trained on",
            "explained deviance",
            "past average",
            "weight of trees",
            title="\nLearning curve",
        )
        for point in evaluation["learning_curve"]:
            curve.add_row(
                f"{point['outcomes']:,}",
                _number(point["explained_deviance"]),
                _number(point["past_average"]),
                f"{point['weight_of_trees']:.0%}",
            )
        console.print(curve)
    kinds = {
        "trees": "trees alone",
        "linear": "the Poisson regression",
        "blend": "trees and regression, weighed",
    }
    console.print(f"\n{told.verdict}", style="bold green" if told.beats else "bold red")
    console.print(
        f"Shipped: {kinds[told.bundle.parts.kind]} (trees {told.bundle.parts.weight:.0%}), trained on {facts['outcomes']:,} outcomes "
        f"of {facts['influencers']:,} influencers in {facts['campaigns']:,} campaigns. It is in {out}."
    )
    if told.address:
        alias = ", now champion" if told.champion else ", not champion (use --force to make it so)"
        console.print(f"Registered in MLflow as {told.address}{alias}.")
    if told.untracked:
        console.print(told.untracked, style="bold red")


def print_figures(console: Console, who: str, figures: dict[str, Any]) -> None:
    """Print the table of models for all judged outcomes or for newcomers, and the scale of what their rankings captured."""
    models, ranking = figures["models"], figures["ranking"]
    binary = "auc" in models[SUASION]
    followed = ranking["most_followed"] is not None
    title = (
        f"\nJudged forward in time: {'all' if who == 'all' else 'influencers with no earlier outcome'}, {figures['rows']:,} outcomes of "
        f"{figures['influencers']:,} influencers (90 % ranges over influencers and campaigns)"
    )
    columns = ["model", "explained deviance", "suasion less it", "Spearman", "NDCG", "captured by top 30 %"]
    columns += [*(["over most followed"] if followed else []), "predicted / actual"]
    table = _table(*columns, *(["AUC"] if binary else []), title=title)
    for name, told in sorted(models.items(), key=lambda item: -item[1]["explained_deviance"]):
        less = figures["suasion_less"].get(name)
        difference = (
            ""
            if less is None
            else f"{less['explained_deviance']:+.3f}{_between(less['explained_deviance_90'])}"
        )
        table.add_row(
            Text(name, style="bold" if name == SUASION else ""),
            f"{told['explained_deviance']:.3f}{_between(told['explained_deviance_90'])}",
            difference,
            _number(told["spearman"], 2),
            _number(told["ndcg"], 2),
            percent(told["captured"]),
            *([points(told["gain_on_most_followed"])] if followed else []),
            f"{told['predicted_by_actual']:.2f}",
            *([f"{told['auc']:.3f}{_between(told['auc_90'])}"] if binary else []),
        )
    console.print(table)
    console.print(f" Explained deviance: 0 is no better than {NULL}, 1 would be perfect.", style="dim")
    if figures["absent"]:
        console.print(f" Not tried, since what they go by is not known: {', '.join(figures['absent'])}.")
    console.print(f" {ranking_words(ranking)}")
    if figures["coverage"] is not None:
        console.print(
            f" The 90 % interval held {figures['coverage']:.0%} of them, and {figures['coverage_picked']:.0%} of those it would pick, the first 30 % of each campaign."
        )


def print_ablation(console: Console, told: dict[str, Any]) -> None:
    """Print what each characteristic and each table adds."""
    table = _table(
        "left out",
        "features",
        "adds to explained deviance",
        "90 % range",
        "verdict",
        title="\nWhat each adds: explained deviance lost when it is left out",
    )
    for kind, part in told.items():
        for name, value in part.items():
            low, high = value["adds_90"]
            verdict = "adds" if low > 0 else "costs" if high < 0 else "not beyond chance"
            table.add_row(
                name if kind == "characteristic" else f"table {name}",
                str(value["features"]),
                f"{value['adds']:+.4f}",
                f"{low:+.4f} to {high:+.4f}",
                verdict,
            )
    table.columns[4].justify = "left"
    console.print(table)


SHORT = dict(zip(GROUPS, ("off", "rel", "frq", "ref", "cnv", "rep", "con", "mom"), strict=True))


def print_banner(console: Console, banner: Sequence[str]) -> None:
    """Print what changes how an answer may be read: above one that fills the screen, and below a table, where the eye rests."""
    for sentence in banner:
        console.print(f"! {sentence}", style="bold yellow")


def _scores_table(scores: pd.DataFrame, chances: Sequence[float | None], *, narrow: bool) -> Table:
    """Return scores as a table; where it is too wide all the same, ids go on in a second line and numbers stay whole."""
    binary = any(chance is not None for chance in chances)
    money = [name for name in ("fee", "cost_per_conversion") if name in scores and not narrow]
    table = _table(
        "influencer",
        "expected",
        "probability" if binary else "90 %",
        *(SHORT[group] if narrow else group for group in GROUPS),
        *(name.replace("_", " ") for name in money),
        *(["ask"] if "ask" in scores else []),
    )
    table.columns[0].min_width = 8
    for number, column in enumerate(table.columns):
        column.no_wrap = number > 0
    if narrow:
        table.padding = (0, 0, 0, 1)
    for row, chance in zip(scores.to_dict("records"), chances, strict=True):
        factors = [
            Text(f"{row[g]:.2f}", style="green" if row[g] > 1.1 else "red" if row[g] < 0.9 else "")
            for g in GROUPS
        ]
        ask = [Text("yes" if row["ask"] else "", style="bold")] if "ask" in scores else []
        flag = " *" if row["outside"] else ""
        table.add_row(
            f"{row['influencer_id']}{flag}",
            f"{row['expected_conversions']:.2f}",
            f"{row['low']:.3g}–{row['high']:.3g}" if chance is None else f"{chance:.2f}",
            *factors,
            *(f"{row[name]:,.0f}" if name == "fee" else f"{row[name]:,.2f}" for name in money),
            *ask,
        )
    return table


def print_scores(console: Console, told: Scored, top: int, out: Path | str | None) -> None:
    """Print the best candidates with their factors."""
    scores = told.scores
    chances = [
        probability_of(*row)
        for row in scores[["expected_conversions", "exposure", "low", "high"]]
        .head(top)
        .itertuples(index=False)
    ]
    table, narrow = _scores_table(scores.head(top), chances, narrow=False), False
    if console.measure(table, options=console.options.update(max_width=10_000)).maximum > console.width:
        # A usual terminal: short names, and money only in the file. A number that is cut off reads as another one.
        table, narrow = _scores_table(scores.head(top), chances, narrow=True), True
    console.print(table)
    first = scores.iloc[0]
    console.print(
        f" × base {first['base']:.3g} × exposure; {told.count:,} candidates of campaign {first['campaign_id']}, as of {first['as_of']:%Y-%m-%d %H:%M} UTC."
    )
    if narrow:
        console.print(" " + ", ".join(f"{SHORT[group]} {group}" for group in GROUPS) + ".", style="dim")
    print_banner(console, told.banner)
    for note in told.notes:
        console.print(f" {note}", style="dim")
    console.print(f" {CAUTION}", style="italic")
    if out is not None:
        console.print(f" All of them are in {out}.")
        if str(out).endswith(".csv") and (some := formulas(scores)):
            console.print(
                f" {some} ids in it begin with one of = + - @ and stand as they are: bring the file into a spreadsheet as text, or write .parquet.",
                style="yellow",
            )


def print_review(console: Console, told: Review) -> None:
    """Print what was promised and what came."""
    verdict = (
        f"Train again: {'; '.join(told.reasons)}."
        if told.retrain
        else "It keeps what it promised: no reason to train again."
    )
    console.print(verdict, style="bold red" if told.retrain else "bold green")
    console.print(
        f"{told.outcomes:,} outcomes of {told.influencers:,} influencers in {told.campaigns:,} campaigns became known since {told.since[:10]}."
    )
    if told.late:
        console.print(f"{told.late:,} of them were known before, but not there when it was trained.")
    if told.revised:
        console.print(
            f"{told.revised:,} outcomes were revised since; it learned from them, so they are not compared."
        )
    table = _table("", "figure", "90 % range", title="\nPromise and outcome")
    ranking = told.ranking
    for name, figure, form in (
        ("actual / expected", told.actual_by_expected, ".2f"),
        ("explained deviance", told.explained_deviance, ".2f"),
        ("held by the 90 % interval", told.coverage, ".0%"),
        ("captured by top 30 %", told.captured, ".0%"),
    ):
        between = " to ".join(format(value, form) for value in figure.range_90)
        table.add_row(name, _figure(figure.value, form), between)
    for name, share in (
        ("  by 30 % at random", ranking.random),
        ("  by the best 30 %", ranking.perfect),
        ("  by the most followed", ranking.most_followed),
    ):
        table.add_row(name, _figure(share, ".0%"), "")
    table.add_row("Spearman within campaigns", _figure(told.spearman, ".2f"), "")
    table.add_row("campaigns with a choice", f"{ranking.campaigns:,}", "")
    console.print(table)
    if 0 < ranking.followers_known < 1:
        console.print(
            f" Followers are known of {ranking.followers_known:.0%}; the others are ranked last, in random order."
        )
    table = _table("factor", "slope", "90 % range", "actual / expected, lowest third", "highest third",
                   title="\nDid each factor mean what it said? 1: yes; below 1 overstated; –: no data")  # fmt: skip
    for part in told.by_factor:
        between = " to ".join(f"{value:.2f}" for value in part.slope.range_90)
        table.add_row(
            part.factor,
            _figure(part.slope.value, ".2f"),
            between,
            _number(part.low, 2),
            _number(part.high, 2),
        )
    console.print(table)
    if told.misjudged:
        table = _table("misjudged", "expected", "came", "off by", "led astray by",
                       title="\nWhom it misjudged most (one in ten is off by 1.6 σ or more by chance)")  # fmt: skip
        for one in told.misjudged[:10]:
            astray = f"{one.factor} ×{one.mean_factor:.2f}" if one.factor else "–"
            table.add_row(
                one.influencer_id, f"{one.expected:.1f}", f"{one.actual:g}", f"{one.surprise:+.1f} σ", astray
            )
        console.print(table)
    console.print(
        f"\n{len(told.drift)} of {told.features_compared} features have other values than in training."
    )
    for drift in told.drift[:8]:
        console.print(
            f"  {drift.feature}: median {_number(drift.before)} → {_number(drift.after)} (distance {drift.distance:.2f})"
        )


def formulas(scores: pd.DataFrame) -> int:
    """Return how many ids a spreadsheet would take for a formula."""
    ids = pd.concat([scores["campaign_id"], scores["influencer_id"]]).drop_duplicates()
    return int(ids.astype(str).str.startswith(RISKY).sum())


def _figure(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def write_scores(scores: pd.DataFrame, out: Path) -> None:
    """Write the scores to a Parquet or CSV file, whole or not at all.

    Ids stand as they are, for other tables are joined by them: an id that a spreadsheet would take for a formula stays one.
    """
    with whole_file(out) as partial:
        if out.suffix == ".csv":
            scores.to_csv(partial, index=False, encoding="utf-8")
        else:
            scores.to_parquet(partial, index=False)
