"""What a sheet's columns are: by their whole names, else by single words and cells; and how their values are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from suasion.features.tables.schema import Column, extra

from .blocks import is_written_once
from .by_country import by_country
from .cells import Sheet, Unclear, is_filled, shown_cell
from .columns import (
    bare,
    best_table,
    column_of,
    guess,
    is_of_orders,
    is_of_posts,
    known_names,
    settle,
)
from .dates import DateColumn
from .fit import COUNTED, Arguments, Fit
from .formats import AgreedColumn, by_format
from .headings import CAMPAIGN, PERIOD, Groups, Headed, groups_of, headed_of
from .ids import PLATFORMS, IdColumn, is_platform, is_profile, platform_named
from .layout import Layout, lay_out
from .likely import completed, could_hold, holding, looks_of, name_beside, other_ways, rank_of, says_link
from .names import (
    CURRENCY,
    EXPORTS,
    FAKE,
    FOLLOWERS,
    LINK,
    PLATFORM,
    RESULT,
    RESULT_KIND,
    SYNONYMS,
)
from .numbers import NumberColumn
from .numerals import is_currency
from .orders import orders_of
from .parts import Parts
from .pivot import pivot_of
from .plan import ACCOUNTS, Plan
from .post_ids import post_of
from .records import Record
from .spans import LASTS, POSTED, Spans, posted_in
from .states import state_columns
from .sums import Sums, are_conversions, sums_of
from .untitled import UNTITLED, are_untitled
from .wide import wide_of

_DAY = re.compile(
    r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}\.? [^\W\d]+\.? \d{4}|[^\W\d]+\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}"
)
"""A day in a title, such as that of the export: its year is not that of the rows."""
_GENERIC = re.compile(
    r"(?:sheet|tabelle|blatt|feuil|feuille|hoja|foglio|planilha|folha|blad|arkusz|ark|list|sayfa|лист|シート|table|page|book|data|daten|results?|"
    r"export|report|overview|master|tracker|influencers?|creators?|campaigns?|kampagnen|payouts?)?[\s_-]*\d*",
    re.IGNORECASE,
)
"""Names of sheets that are no campaign's."""
_DAYS = frozenset(("date", "day", "timestamp", "datum"))
"""Names of a column that may hold when counts were read, or when a post was made."""
_EACH_POST = re.compile(
    r"^(?:fee|price|cost|rate|spend|honorar|preis|kosten|cout|tarif|prix|costo|coste|precio|prezzo|preco|custo|compenso)\b.* "
    r"(?:per|pro|je|par|por) (?:post|posting|beitrag|publication|publicacion|publicacao|content piece|deliverable)\b"
)
"""What the cost of a single post is called."""
_VAGUE = (None, "influencers", "mentions", "credentials", "posts", "candidates")
"""Tables of which a sheet of orders may have the columns, too: whom it credits, whence, when and what."""
_WHOLE = frozenset(
    "followers following views reach impressions likes comments shares saves clicks follows".split()  # noqa: SIM905
)
"""Fields that count what comes in whole numbers."""
MANY = 30
"""Posts of one day, from which that is the day of counting: nobody posts so many."""
_NAMING = frozenset(("id", "uid", "key", "code", "name", "handle", "username"))
"""Words of which one stands in the name of a column that may say who, or which campaign, is meant."""
_EDGES = {"starts_at": "first", "ends_at": "last", "observed_at": "last"}


def make_plan(
    path: Path, file: str, sheet: Sheet, fit: Fit, options: Arguments
) -> tuple[Plan, Layout | None]:
    """Return what a sheet's columns are, by their names alone, and its rows; no rows where it is not read."""
    plan = Plan(path, file, sheet.name, unread=sheet.unread)
    layout = None if sheet.unread else _laid_out(plan, sheet, fit, options)
    if layout is None:
        return plan, None
    year = options.year or _year_of(sheet.name or sheet.tab) or _year_of(_DAY.sub(" ", layout.title))
    options = replace(options, year=year)
    mapped = {name: target for name, target in options.maps.items() if name in plan.header}
    plan.fixed = frozenset(mapped)
    tab = "" if _GENERIC.fullmatch(sheet.name.strip()) or isinstance(plan.pivot, Sums) else sheet.name
    notes = [*plan.notes]
    posted = _find_fields(plan, layout, fit, options)
    _find_missing(plan, options, tab, fit)
    if fit.past and "conversions" in plan.missing and are_untitled(plan.header, fit.tables, layout):
        plan.missing, plan.notes = (), notes
        plan.unread = "a row a post, with its counts: `suasion import csv` reads it"
        where = next((name for name in plan.header if bare(name) in PLATFORM), "")
        rows = [row.value.get(where) for row in layout.rows if isinstance(row, Record) and where]
        sites = {platform_named(shown_cell(cell)) for cell in rows if is_filled(cell)}
        plan.platform_beside = sites.pop() if len(sites) == 1 else ""
        return plan, None
    if fit.apart and (part := apart(plan.missing)):
        plan.parts, plan.notes = (part,), notes
        posted = _find_fields(plan, layout, fit, options)
        _find_missing(plan, options, "", fit)
    columns = fit.columns(plan.parts)
    if plan.missing:
        campaign = column_of(plan.mapping, "campaign_id")
        plan.campaigns = {shown_cell(row[campaign]).strip() for row in layout.looked if campaign in row}
        left = [name for name in plan.header if plan.mapping.get(name, "decided_at") == "decided_at"]
        plan.could = {field: could_hold(field, left, layout.looked) for field in plan.missing}
        plan.lacks(plan.missing)
        return plan, None
    plan.kinds = columns | {name: extra(name) for name in plan.mapping.values() if name not in columns}
    plan.platform = options.platform
    if not plan.platform and is_platform(sheet.name):
        plan.platform = platform_named(sheet.name)
        plan.notes.append(f"the platform is the sheet's name: {sheet.name.strip()}")
    _find_beside(plan, layout.looked if fit.past or fit.undated else [])
    if "posts" in plan.parts and not (plan.platform or plan.platform_from or plan.link_from):
        _find_platform(plan, layout.looked)
    if fit.past:
        _find_of_campaigns(plan, layout.looked)
    for name, target in (*dict.fromkeys(plan.also, "conversions").items(), *plan.mapping.items()):
        plan.columns |= _reader(name, plan.kinds[target], options)
    if plan.ours:
        plan.columns[plan.ours] = IdColumn(plan.ours)
    if isinstance(fake := plan.columns.get(plan.fake), NumberColumn):
        fake.rate = True  # a share of fake followers may well be below 1 %
    if fit.past:
        _find_times(plan, posted, ends="ends_at" in options.constants)
    return plan, layout


def _laid_out(plan: Plan, sheet: Sheet, fit: Fit, options: Arguments) -> Layout | None:
    """Return the rows of a sheet, and decide which tables they are about; None, with the reason, where that is not known."""
    plan.known = known_names(fit.tables.values()) | {*(POSTED if fit.past else ())}
    layout = lay_out(sheet, plan.name, plan.known)
    if layout is None:
        plan.unread = "empty"
        return None
    if not options.maps and (fit.past or fit.parts in (None, ("audience",))):
        plan.export = next((source for source, names in EXPORTS if names <= set(layout.header)), "")
        if plan.export:
            plan.unread = f"an export that `suasion import {plan.export}` reads"
            return None
    plan.notes = layout.notes
    if fit.parts in (None, ("audience",)):
        named = (sheet.name, layout.title, Path(plan.file).stem)
        counts = fit.tables["audience"].columns
        plan.pivot = pivot_of(layout, named, counts) or wide_of(layout, counts)
    elif fit.past:
        named = (sheet.name, layout.title, Path(plan.file).stem)
        plan.pivot = sums_of(layout, named, fit, options) or _headings(layout, fit, options)
    if plan.pivot:
        plan.notes.append(plan.pivot.note)
        layout = plan.pivot.unfolded(layout)
    plan.header = layout.header
    same = {name: table for name, table in fit.tables.items() if name == sheet.name.casefold()}
    said = [options.maps.get(name, name) for name in plan.header]
    best = None if fit.parts else best_table(said, same) or best_table(said, fit.tables)
    if not fit.parts and best in (None, "influencers", "audience") and are_untitled(said, fit.tables, layout):
        best = "posts"
    if (
        not fit.parts
        and best in _VAGUE
        and "orders" in fit.tables
        and is_of_orders(said, fit.tables["orders"])
    ):
        best = "orders"
    elif not fit.parts and not best and "posts" in fit.tables and is_of_posts(said, fit.tables["posts"]):
        best = "posts"
    plan.parts = fit.parts or ((best,) if best else ())
    if not plan.parts:
        plan.unread = f"no table fits the columns {', '.join(plan.header)}"
        if are_conversions(layout, (sheet.name, layout.title, Path(plan.file).stem), fit):
            plan.unread = "a column of conversions for each day: `suasion import results` adds them up"
        return None
    if plan.parts == ("posts",) and set(COUNTED) <= fit.tables.keys():
        brought = [column for column in fit.tables["post_metrics"].columns if not column.required]
        beside = {*guess(layout.header, brought).values(), *options.maps.values()}
        if beside & {column.name for column in brought}:
            snapshots = not fit.parts and _are_snapshots(layout, fit, options)
            plan.parts = ("post_metrics",) if snapshots else COUNTED
    return layout


def _find_fields(plan: Plan, layout: Layout, fit: Fit, options: Arguments) -> str:
    """Find the column of each field; return that of the posts' days, where it stands for the start of a campaign."""
    columns, prefixes = fit.columns(plan.parts), fit.prefixes(plan.parts)
    mapped = {name: target for name, target in options.maps.items() if name in plan.fixed}
    free = [column for column in columns.values() if column.name not in options.constants]
    mapping = settle(plan.header, mapped, free, " and ".join(plan.parts), prefixes)

    def lacks(field: str) -> bool:
        return field not in {*mapping.values(), *options.constants}

    def left() -> list[str]:
        return [name for name in plan.header if name not in {*mapping, *mapped}]

    if "audience" not in plan.parts:
        # Reach or an audience are not followers where it is not said.
        mapping = {
            n: f
            for n, f in mapping.items()
            if f != "followers" or n in mapped or {*FOLLOWERS} & set(bare(n).split())
        }
    if fit.past or fit.undated:
        fields = [*(column.name for column in free), "posted_at" if fit.past else "fake_share"]
        by_name, mapping = mapping, completed(mapping, plan.header, layout.looked, fields, mapped)
        plan.otherwise = name_beside(mapping, plan.header, layout.looked)
        if guessed := [name for name, target in mapping.items() if by_name.get(name) != target]:
            plan.notes.append(f"guessed by a word of their names and by their cells: {', '.join(guessed)}")
    if fit.past and lacks("fee"):
        plan.fee_each = next((name for name in left() if _EACH_POST.search(bare(name))), "")
        if plan.fee_each:
            mapping[plan.fee_each] = "fee"
            plan.notes.append(f"the fee is {plan.fee_each} times the posts agreed")
    words = {f: n for n, f in mapping.items() if f in ("posted_at", "fake_share")}
    mapping = {n: f for n, f in mapping.items() if f not in words}
    if "real_share" in columns and lacks("real_share"):
        plan.fake = next((name for name in left() if bare(name) in FAKE), words.get("fake_share", ""))
        mapping |= {plan.fake: "real_share"} if plan.fake else {}
    if "country_share" in columns and lacks("country_share"):
        plan.by_country = by_country(plan.header, {*mapping, *mapped})
    if "offer_" in prefixes and (formats := by_format(mapping, plan.header, mapped)):
        mapping |= formats
        if lacks("exposure"):
            plan.added_up = tuple(formats.values())
            plan.notes.append(f"posts agreed are {', '.join(formats)} added up")
    read = column_of(mapping, "observed_at")
    looks = looks_of(row[read] for row in layout.looked if read in row) if read else ""
    if looks == "text" and read not in mapped and not columns["observed_at"].required:
        del mapping[read]  # "Lifetime", where others have a day
    posted = ""
    for field in [field for field in fit.there if field in columns and field not in options.constants]:
        _prefer_known(field, mapping, left(), layout.looked, fit, plan)
    if fit.past and "starts_at" in columns and lacks("starts_at"):
        # What a heading says of the time is for rows that say nothing themselves.
        posted = posted_in(plan.header, {*mapping, *mapped, PERIOD}) or words.get("posted_at", "")
        posted = posted or posted_in(plan.header, {*mapping, *mapped})
        mapping |= {posted: "starts_at"} if posted else {}
    counted, kind = column_of(mapping, "conversions"), column_of(mapping, "goal")
    if kind and kind not in mapped and bare(kind) in RESULT_KIND and bare(counted) not in RESULT:
        del mapping[kind]
    long = any(shown_cell(row.get(kind, "")).count(" ") > 5 for row in layout.looked)
    if long and kind not in mapped and "brief" not in mapping.values():
        mapping[kind] = "brief"  # what is to be reached, in a sentence
    plan.mapping = mapping
    if "orders" in plan.parts:
        plan.orders, plan.constants, notes = orders_of(
            plan.mapping, plan.header, layout.looked, mapped, options.constants
        )
        plan.notes += notes
    return posted


def _prefer_known(
    field: str,
    mapping: dict[str, str],
    left: list[str],
    looked: list[dict[str, object]],
    fit: Fit,
    plan: Plan,
) -> None:
    """Put in the place of a column another by which other tables name most of its people or campaigns, such as ``ID`` beside ``Name``."""
    now = column_of(mapping, field)
    known = {
        name: sum(shown_cell(row.get(name, "")).strip() in fit.there[field] for row in looked)
        for name in (now, *(name for name in left if _NAMING & {*bare(name).split()}))
    }
    best = max(known, key=lambda name: known[name])
    if now not in plan.fixed and known[best] > known[now] and 2 * known[best] > len(looked):
        mapping.pop(now, None)
        mapping[best] = field
        plan.ours = best if field in ACCOUNTS else plan.ours
        plan.notes.append(f"{best} is {field}, for other tables name them so")


def apart(missing: Collection[str]) -> str:
    """Return which of both tables of past campaigns a sheet may be that lacks some fields: what came, or when that was; nothing else.

    >>> apart(["starts_at"]), apart(["influencer_id", "conversions"]), apart(["starts_at", "conversions"])
    ('outcomes', 'campaigns', '')
    """
    if [*missing] == ["starts_at"]:
        return "outcomes"
    return "campaigns" if "conversions" in missing and "starts_at" not in missing else ""


def _find_missing(plan: Plan, options: Arguments, tab: str, fit: Fit) -> None:
    """Find the needed fields that no column holds, nor the sheet's name."""
    columns = fit.columns(plan.parts).values()
    if isinstance(plan.pivot, Sums):
        plan.constants |= plan.pivot.constants
    have = {*plan.mapping.values(), *options.constants, *plan.constants}
    plan.missing = tuple(column.name for column in columns if column.required and column.name not in have)
    if plan.missing == ("post_id",) and have >= UNTITLED:
        plan.missing, plan.nameless = (), True
        what = "time and its text" if "text" in have else "platform, its time and its place among those alike"
        plan.notes.append(f"posts have no id: one is told from another by its account, its {what}")
    if plan.missing == ("campaign_id",) and fit.past and tab:
        plan.constants["campaign_id"], plan.of_tab, plan.missing = tab.strip(), True, ()
        plan.notes.append(f"the campaign is the sheet's name: {tab.strip()}")


def _find_of_campaigns(plan: Plan, looked: list[dict[str, object]]) -> None:
    """Find the columns of conversions that came another way, those written once for several rows, and those that say what has not been."""
    plan.also = tuple(other_ways(plan.mapping, plan.header, looked, plan.fixed))
    if plan.also:
        counted = column_of(plan.mapping, "conversions")
        plan.notes.append(f"conversions are {', '.join((counted, *plan.also))} added up")
    campaign = column_of(plan.mapping, "campaign_id")
    if is_written_once(campaign, looked):
        plan.once = campaign
        plan.notes.append(f"{plan.once} is written once for the rows below it")
    plan.states = state_columns(plan.header, looked, {*plan.mapping, *plan.fixed})


def _find_times(plan: Plan, posted: str, *, ends: bool) -> None:
    """Find when campaigns begin and end, and whether rows with days of their own are parts of outcomes.

    Parameters
    ----------
    posted
        The column of the posts' days, where it stands for the start.
    ends
        Whether the user says when all campaigns end.
    """
    edges = {field: name for name, field in plan.mapping.items() if field in ("starts_at", "ends_at")}
    start = edges.get("starts_at", "")
    lasts = 0
    if start and not ends and "ends_at" not in edges:
        edges["ends_at"] = start
        # "Date" alone may be of anything.
        sure = start == posted and rank_of(start, "posted_at", "date") == 0
        if not sure and bare(start) not in POSTED:
            lasts = LASTS
            plan.notes.append(
                f"no column says when a campaign ended: {LASTS} days after its last start are assumed"
            )
    campaign, who = column_of(plan.mapping, "campaign_id"), column_of(plan.mapping, "influencer_id")
    plan.spans = Spans(edges, campaign, plan.constants.get("campaign_id", ""), lasts) if edges else None
    restated = any({"version", "revision"} & {*bare(name).split()} for name in plan.header)
    if start and edges.get("ends_at") == start and "conversions" in plan.mapping.values() and not restated:
        summed = tuple(n for n, f in plan.mapping.items() if f in ("conversions", "revenue"))
        plan.in_parts = Parts(campaign, who, start, (*summed, *plan.also), {*plan.added_up})


def _are_snapshots(layout: Layout, fit: Fit, options: Arguments) -> bool:
    """Return whether a plain date beside posts and counts is when the counts were read: posts stand several times, or all on one day."""
    by_field = {
        field: name for name, field in guess(layout.header, fit.columns(COUNTED).values()).items()
    } | {field: name for name, field in options.maps.items()}
    name = by_field.get("created_at", "")
    if bare(name) not in _DAYS or name in options.maps or "observed_at" in by_field:
        return False
    if not {"post_id", "text"} & by_field.keys():
        return False
    where = next((column for column in layout.header if bare(column) in PLATFORM), "")
    days: dict[tuple[str, ...], set[str]] = {}
    for row in layout.looked:
        if name not in row:
            continue
        beside = (shown_cell(row.get(c, "")) for c in (by_field.get("author_id", ""), where))
        cell = shown_cell(row.get(by_field.get("post_id", by_field.get("text", "")), ""))
        with suppress(Unclear):  # a cell that names no post tells nothing
            days.setdefault((post_of(cell) or "", *beside), set()).add(shown_cell(row[name]).strip())
    if len(set().union(*days.values())) > 1:
        return 2 * sum(len(of_post) > 1 for of_post in days.values()) >= len(days)
    return len(days) >= MANY or not {"text", "author_id"} & by_field.keys()


def _year_of(name: str) -> str:
    """Return the one year that the name of a sheet holds; nothing where there is none, or several.

    >>> _year_of("2023"), _year_of("Kampagnen 2024"), _year_of("2023-2024"), _year_of("Sheet1")
    ('2023', '2024', '', '')
    """
    years = set(re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", name))
    return years.pop() if len(years) == 1 else ""


def _find_beside(plan: Plan, looked: list[dict[str, object]]) -> None:
    """Find the columns that say in which currency, on which platform and at which address: by their names, else by their cells."""
    free = [name for name in plan.header if name not in plan.fixed]
    others = [name for name in free if name not in plan.mapping]

    def beside(called: Collection[str], holds: Callable[[str], bool]) -> str:
        return next((name for name in free if bare(name) in called), "") or holding(others, looked, holds)

    if "orders" not in plan.parts:
        plan.currency_from = beside(CURRENCY, is_currency)
    # Whose ids go by a name of ours keeps them as they are in all of their tables, that of posts (`influencer_id`) too.
    if any(
        field in ACCOUNTS and (name.strip().lower() in ACCOUNTS or name == plan.ours)
        for name, field in plan.mapping.items()
    ):
        return
    plan.platform_from = beside(PLATFORM, is_platform)
    accounts = [name for name, field in plan.mapping.items() if field in ACCOUNTS]
    people = [shown_cell(row[name]).strip() for name in accounts for row in looked if name in row]
    linked = others if all(" " in person for person in people) else filter(says_link, others)
    plan.link_from = next((name for name in others if bare(name) in LINK), "")
    plan.link_from = plan.link_from or holding(linked, looked, is_profile)


def _find_platform(plan: Plan, looked: list[dict[str, object]]) -> None:
    """Find the one platform that the addresses of all posts are on."""
    for name in [name for name in plan.header if plan.mapping.get(name, "post_id") == "post_id"]:
        sites = set[str]()
        with suppress(Unclear):  # the address of no post tells nothing
            sites = {
                (post_of(shown_cell(row[name])) or "").partition(":")[0] for row in looked if name in row
            }
        if len(sites) == 1 and sites <= {*PLATFORMS.values()}:
            plan.platform = sites.pop()
            plan.notes.append(f"the platform is that of {name}: {plan.platform}")
            return


def _headings(layout: Layout, fit: Fit, options: Arguments) -> Groups | Headed | None:
    """Return how a sheet of past campaigns whose columns do not say the campaign, or when it was, takes it from its headings."""
    columns = fit.columns(("campaigns",))
    known = {*POSTED, *(bare(name) for field in columns for name in (field, *SYNONYMS.get(field, ())))}
    by_name = guess(layout.header, columns.values())
    likely = completed(by_name, layout.header, layout.looked, [*columns, "posted_at"])
    said = {field: name for name, field in likely.items()} | {field: field for field in options.constants}
    said |= {field: name for name, field in options.maps.items()}
    campaign = said.get("campaign_id", "")
    dated = not {"starts_at", "posted_at"}.isdisjoint(said) or bool(posted_in(layout.header, options.maps))
    groups = groups_of(layout)
    if groups and not (campaign and groups.named == CAMPAIGN):
        return groups
    return headed_of(layout, known, campaign=campaign, dated=dated)


def _reader(name: str, kind: Column, options: Arguments) -> dict[str, NumberColumn | DateColumn | IdColumn]:
    match kind.type:
        case "number":
            people = kind.name in _WHOLE
            counted = kind.unit in ("people", "posts")
            reader = AgreedColumn if kind.name == "exposure" else NumberColumn
            engaged = kind.unit == "ratio"
            share = engaged or kind.unit == "share"
            made = reader(name, options.decimal, whole=people, share=share, counted=counted, engaged=engaged)
            return {name: made}
        case "time":
            edge = _EDGES.get(kind.name, "")
            return {name: DateColumn(name, options.dates, options.zone, edge, options.year)}
        case "id":
            return {name: IdColumn(name, account=kind.name in ACCOUNTS)}
    return {}
