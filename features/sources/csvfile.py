"""Any table as a text file or a workbook: what its columns are is guessed and shown, and what the user says goes before."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from suasion.features.attribution.orders import CODES, ORDERS, REFUNDS
from suasion.features.errors import InputError
from suasion.features.tables.schema import TABLES, Table

from .reading.cells import is_filled
from .reading.columns import NAMELESS, bare, column_of
from .reading.fills import profiles
from .reading.fit import COUNTED, Arguments, Fit
from .reading.ids import mixed_letters, place_of
from .reading.names import SYNONYMS
from .reading.pivot import advice_on
from .reading.plan import ACCOUNTS, Plan
from .reading.planning import plans_of, reader_of
from .reading.profile import PROFILES, tell_account, tell_audience
from .reading.recognize import apart
from .reading.records import Broken, files_at
from .reading.rows import Rows, excerpt
from .reading.sheets import ANY
from .reading.source import Source
from .reading.sums import Sums
from .reading.upsert import ids_in, spans_in

KNOWN: dict[str, Table] = {**TABLES, "orders": ORDERS, "codes": CODES}
"""Tables that a file may hold."""
PAST = ("campaigns", "outcomes")
"""What a row of past campaigns is about."""
LISTED = ("audience",)
"""What a row of a list of creators is about."""
_COUNTED = ("conversions", "followers")
"""What is a number of each row and never the same in all."""
_TITLES = frozenset(map(bare, SYNONYMS["campaign_id"]))
"""Names of a campaign column that hold what it is about, as ``campaign_id`` does not."""


class OtherExportError(InputError):
    """A file is an export that another command reads."""

    def __init__(self, file: str, source: str) -> None:
        super().__init__(f"{file} is an export of its own kind: suasion import {source} reads it.")
        self.source = source


def look(
    paths: list[Path], options: Arguments, parts: tuple[str, ...] | None = None, out: Path | None = None
) -> list[Plan]:
    """Return how the sheets of files are read, and why some are not.

    Parameters
    ----------
    parts
        The tables that a row is about; None: for each sheet the one that fits best.
    out
        The folder of tables they are for, whose ids may tell what a column holds.

    Raises
    ------
    InputError
        When no sheet can be read, or one can be read in two ways; :class:`OtherExportError` where another command reads it.
    """
    there, known = (ids_in(out), spans_in(out, options.zone)) if out else ({}, {})
    fit = Fit(KNOWN, parts, past=parts == PAST, undated=parts == LISTED, there=there, spans=known)
    files = files_at(paths, ANY)
    made = plans_of(files, fit, options)
    partial = [plan for plan in made if isinstance(plan, Plan) and plan.missing] if fit.past else []
    undated = [plan for plan in partial if apart(plan.missing) == "outcomes"]
    campaigns = {*fit.there.get("campaign_id", ())}
    by_day = fit.past and any(isinstance(plan, Plan) and isinstance(plan.pivot, Sums) for plan in made)
    if (undated or by_day) and (campaigns or any(apart(plan.missing) == "campaigns" for plan in partial)):
        campaigns.update(*(plan.campaigns for plan in undated))
        fit = replace(fit, apart=True, there={**fit.there, "campaign_id": campaigns})
        made = plans_of(files, fit, options)
        spans = [
            plan.spans
            for plan in made
            if isinstance(plan, Plan) and plan.parts == ("campaigns",) and plan.spans
        ]
        if by_day and spans:
            known = {name: span for one in spans for name, span in one.days(options.zone).items()}
            made = plans_of(files, replace(fit, spans={**fit.spans, **known}), options)
    plans = [
        plan if isinstance(plan, Plan) else Plan(Path(plan.file), plan.file, "", unread=plan.reason)
        for plan in made
    ]
    if read := next((plan for plan in plans if not plan.unread), None):
        for plan in plans:
            if parts == PAST and "influencer_id" in plan.mapping.values() and "conversions" in plan.missing:
                plan.unread += f"; to have it read, put its columns beside the influencers of {read.name}"
        return plans
    if export := next((plan for plan in plans if plan.export), None):
        raise OtherExportError(export.name, export.export)
    if lacking := min((plan for plan in plans if plan.missing), key=_distance, default=None):
        raise InputError(
            f"{lacking.name}: {lacking.unread[:1].upper()}{lacking.unread[1:]}. "
            f"Its columns are {', '.join(lacking.header)}.{_how_to_name(lacking)}"
        )
    if plans and all(plan.unread.startswith("no table fits") for plan in plans):
        raise InputError(
            f"{plans[0].name}: {plans[0].unread[:1].upper()}{plans[0].unread[1:]}. Name one with --table, and its columns with --map COLUMN=FIELD."
        )
    reasons = "; ".join(f"{plan.name} ({plan.unread})" for plan in plans[:5]) or "there is none"
    raise InputError(
        f"No sheet can be read: {reasons}. Give a CSV file or a workbook with a header and rows below it."
    )


def _distance(plan: Plan) -> int:
    """Return how many fields a sheet lacks that nothing in it could give."""
    said, left = _advice(plan)
    return len(left) - bool(said)


def _advice(plan: Plan) -> tuple[str, list[str]]:
    """Return what to do with columns of days, weeks or months, and the fields that are still lacking then."""
    counted = next((field for field in plan.missing if field in _COUNTED), "")
    said = advice_on(plan.header, counted) if counted else ""
    return said, [field for field in plan.missing if not said or field not in (counted, "starts_at")]


def _how_to_name(plan: Plan) -> str:
    said, left = _advice(plan)
    if not left:
        return said
    if isinstance(plan.pivot, Sums):
        said = f" {plan.pivot.note[:1].upper()}{plan.pivot.note[1:]}."
    allowed = {column.name: column.allowed for part in plan.parts for column in KNOWN[part].columns}
    alike = " ".join(
        f"--set {field}={'|'.join(allowed.get(field) or ()) or 'VALUE'}"
        for field in (*left, *(["ends_at"] if "starts_at" in left else []))
        if field not in (*_COUNTED, *ACCOUNTS, *plan.mapping.values())
    )
    it, is_ = ("it", "it is") if len(left) == 1 else ("them", "they are")
    same = f", or give {it} with {alike} where {is_} the same in every row" if alike else ""
    maps = " ".join(f"--map {_column_for(field, plan)}" for field in left)
    others = {name for field in left for name in plan.could.get(field, [])[1:]}
    alternatives = ", ".join(sorted(others, key=plan.header.index)[:4]) if len(left) == 1 else ""
    more = f" (or {alternatives})" if alternatives else ""
    beside = " A sheet that says when campaigns were, beside it or imported before, gives it, too."
    return f"{said} Name {it} with {maps}{more}{same}.{beside * (left == ['starts_at'])}"


def _column_for(field: str, plan: Plan) -> str:
    """Return what ``--map`` takes for a field: the first column whose cells look like it."""
    name = next(iter(plan.could.get(field, [])), "")
    return shlex.quote(f"{name}={field}") if name else f"COLUMN={field}"


_TITLES_AND_HOW = {
    "csv": (
        "CSV, Excel and OpenDocument",
        "Any table of yours. Columns are guessed by their names and shown before anything is written; --map COLUMN=FIELD tells them. "
        "JSON that no source reads is a table, too.",
    ),
    "creators": (
        "A list of creators, as tools and agencies export it",
        "One row a creator, in a text file or a workbook: account or profile address, followers, engagement rate, average views, likes and "
        "comments, share of real followers. Where no column says when that was counted, it counts as of when the file was last changed.",
    ),
    "results": (
        "A spreadsheet of past campaigns",
        "One row an influencer in a campaign, in a text file or a workbook: campaign, brand, brief, start, end, influencer, fee, posts, "
        "orders, revenue. Columns are guessed by their names and shown before anything is written.",
    ),
}


def sheet_source(plans: list[Plan], options: Arguments, name: str = "csv") -> Source:
    """Return the source that reads files as they were planned; what a row says of a needed field and cannot be understood is its fault.

    Parameters
    ----------
    name
        What the rows are: of any table, ``creators``, or ``results`` of past campaigns.
    """
    there = {part for plan in plans if not plan.unread for part in plan.parts}
    if any("posts" in plan.parts and "followers" in plan.mapping.values() for plan in plans):
        there |= {"influencers", *LISTED}
    parts = tuple(part for part in KNOWN if part in there) or tuple(TABLES)
    if name == "results":
        parts = ("influencers", "audience", *PAST)
    if name == "creators" or parts == LISTED:
        parts = ("influencers", *LISTED)

    def take(planned: tuple[Plan, dict[str, object] | str | None], rows: Rows) -> None:
        plan, row = planned
        if isinstance(row, dict):
            _take(plan, row, rows, {**plan.constants, **options.constants})
            return
        rows.records -= 1  # it is none
        if row:
            rows.ignore(f"{plan.name}: {row}")
        else:
            if plan.in_parts and plan.in_parts.closes:
                plan.in_parts.close(rows)
            if plan.orders:
                plan.orders.close(rows)
            for who, (_, followers) in plan.followers.items():
                # Of when they are, a sheet does not say: at the latest of when it was read.
                tell_audience(rows, who, followers)

    fields = {part: (*(column.name for column in KNOWN[part].columns), "known_at") for part in parts}
    if "orders" in parts:
        fields[REFUNDS.name] = ("refund_id", "order_id", "created_at", "amount", "is_total")
    fills = {part: dict.fromkeys(names, "as mapped") for part, names in fields.items()}
    if LISTED[0] in parts and name != "results":
        fills[PROFILES.name] = profiles("account", "accounts on other platforms in the same row", "verified")
    title, get = _TITLES_AND_HOW[name]
    return Source(
        name=name,
        title=title,
        written_from="RFC 4180; Office Open XML as openpyxl 3.1 reads it; Excel 97 and OpenDocument as calamine 0.9 does",
        get=get,
        fills=fills,
        left=("columns that are not mapped",),
        take=take,
        reader=reader_of(plans, options.encoding),
        suffixes=ANY,
        tables={**KNOWN, REFUNDS.name: REFUNDS, PROFILES.name: PROFILES},
        strict=True,
    )


def _take(plan: Plan, row: Mapping[str, object], rows: Rows, constants: Mapping[str, str]) -> None:
    unread = set[str]()

    def note(column: str, why: str, cell: object) -> None:
        unread.add(plan.mapping.get(column, ""))
        rows.reject(Broken(rows.file, rows.line, why, excerpt(str(cell)), column))

    values, faults = plan.read(row, note)
    filled = {target for target in values if values[target] is not None} | set(faults)
    filled |= set(constants) if filled else set()
    values |= constants
    for field in ACCOUNTS:
        if isinstance(name := values.get(field), str) and (letters := mixed_letters(name)):
            rows.warn("ids that mix letters which look alike, such as ", letters)
        if isinstance(name, str) and " " in name and place_of(name):
            rows.warn("names with a space taken for accounts, which no export calls so, such as ", name)
    if "campaigns" in plan.parts and not values.get("brief"):
        values["brief"] = _title(plan, row)
    if "posts" in plan.parts and "author_id" not in {*plan.mapping.values(), *constants}:
        rows.warn(
            "posts of nobody: no column says whose they are (--set author_id=ACCOUNT where all are of one)"
        )
    who, followers = values.get("influencer_id"), values.get("followers")
    if isinstance(who, str) and followers is not None and "outcomes" in plan.parts:
        latest = (str(values.get("starts_at") or ""), float(str(followers)))
        plan.followers[who] = max(plan.followers.get(who, latest), latest)
    if {*plan.parts} & {"outcomes", *LISTED} and isinstance(who, str) and (place := place_of(who)):
        platform, handle = place
        tell_account(rows, platform, who, handle)
        for other in plan.others(row):
            # Who keeps the list has put both into one row.
            rows.add("profiles", account_id=who, address=other, kind="verified", seen_at=rows.read_at)
    if not plan.names_post(row):
        post = {field: values.get(field) for field in (*NAMELESS, "post_id")}
        if "text" not in plan.mapping.values():
            post["platform"] = plan.platform_of(row)
        values["post_id"] = plan.titles.id_of(post, row, snapshots="observed_at" in plan.mapping.values())
    for part in plan.parts:
        table = KNOWN[part]
        takes = {column.name for column in table.columns} | {"known_at"}
        row_values = {f: v for f, v in values.items() if f in takes or table.extras([f])}
        if len(plan.parts) > 1 and not filled & set(row_values):
            continue
        if part == "influencers" and plan.platform:
            row_values.setdefault("platform", plan.platform)
        if part in ("audience", "post_metrics") and "observed_at" not in plan.mapping.values():
            row_values.setdefault("observed_at", rows.read_at)
        known = {field for field, value in row_values.items() if value is not None or field in faults}
        if plan.parts == COUNTED and part == "post_metrics" and known <= {*table.key, "known_at"}:
            continue
        if part == "orders" and plan.orders:
            order_fault = next((why for name, why in faults.items() if name in row_values), None)
            plan.orders.add(row, row_values, values.get("amount_refunded"), order_fault, rows)
            continue
        posted, observed = (str(values.get(field) or "")[:10] for field in ("created_at", "observed_at"))
        if part == "post_metrics" and posted > (observed or rows.read_at[:10]):
            faults["observed_at"] = "counted before it was posted: --read-at says when the file was read"
        if part == "audience" and str(row_values.get("observed_at") or "")[:10] > rows.read_at[:10]:
            faults["observed_at"] = "a day that had not been when the file was read"
        fault = next((why for field, why in faults.items() if field in row_values), None)
        if (
            part == "outcomes"
            and plan.in_parts
            and who
            and row_values.get("campaign_id")
            and plan.in_parts.has(row)
        ):
            undated = (
                ""
                if is_filled(row.get(plan.in_parts.date))
                else f"no {plan.in_parts.date}, beside rows that have one"
            )
            why = fault or faults.get("starts_at") or undated or None
            plan.in_parts.add(row, row_values, rows.line, why, unread)
        else:
            if part == "outcomes" and plan.in_parts and not is_filled(row.get(plan.in_parts.who)):
                plan.in_parts.skip()
            rows.add(part, _problem=fault, **row_values)
    if "posts" in plan.parts and values.get("followers") is not None:
        _tell_followers(plan, values, next(iter(faults.values()), None), rows)


def _tell_followers(plan: Plan, values: Mapping[str, object], fault: str | None, rows: Rows) -> None:
    """Tell how many follow the author of a post, as of its day, or at the latest of when the file was read."""
    who, followers = values.get("author_id"), values["followers"]
    if not isinstance(who, str):
        return
    if place := place_of(who):
        tell_account(rows, place[0], who, place[1])
    day, counted_at = values.get("created_at"), values.get("observed_at")
    if counted_at or plan.dated_followers:
        rows.add(
            "audience", _problem=fault, influencer_id=who, observed_at=counted_at or day, followers=followers
        )
    else:
        latest = (str(day or ""), float(str(followers)))
        plan.followers[who] = max(plan.followers.get(who, latest), latest)


def _title(plan: Plan, row: Mapping[str, object]) -> str | None:
    """Return the campaign's name as its brief, where it is a name and no mere id."""
    column = column_of(plan.mapping, "campaign_id")
    cell = row.get(column) if bare(column) in _TITLES else None
    return str(cell).strip() if cell is not None and any(c.isalpha() for c in str(cell)) else None


CREATORS, CSV, RESULTS = (sheet_source([], Arguments(), name) for name in ("creators", "csv", "results"))
