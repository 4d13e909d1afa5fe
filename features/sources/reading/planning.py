"""Plans how every sheet of some files is read, having seen all of their rows, and reads them so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from suasion.features.errors import InputError

from .blocks import fill_down
from .fit import Arguments, Fit
from .layout import NOTE, lay_out
from .numbers import NumberColumn, keep_one_currency
from .parts import together
from .plan import Plan
from .recognize import make_plan
from .records import UNREADABLE, Broken, Document, Record, documents_in, short
from .sheets import ANY, sheets_of
from .spans import share
from .sums import Sums


def plans_of(files: Iterable[Path], fit: Fit, options: Arguments) -> list[Plan | Broken]:
    """Return how each sheet of the files is read, having seen all of their rows.

    Raises
    ------
    InputError
        When a column can be read in two ways, or is named that no sheet has.
    """
    made: list[Plan | Broken] = []
    for path in files:
        try:
            for document in documents_in(path, ANY):
                made += _plans_in(document, fit, options)
        except UNREADABLE as error:
            made.append(Broken(path.name, 0, f"the file ends early or is damaged: {short(error)}"))
    plans = [plan for plan in made if isinstance(plan, Plan)]
    headers = dict.fromkeys(name for plan in plans for name in plan.header)
    for name, target in options.maps.items():
        if name not in headers and headers:
            raise InputError(
                f"--map {name}={target}: there is no column {name!r}. There are: {', '.join(headers)}."
            )
    money, paid = list[NumberColumn](), list[Plan]()
    for plan in plans:
        if plan.unread:
            continue
        try:
            plan.settle()
        except InputError as error:
            raise InputError(f"{plan.name}: {error}") from None
        for name, column in plan.columns.items():
            if (
                isinstance(column, NumberColumn)
                and plan.kinds[plan.mapping.get(name, "conversions")].unit == "currency"
            ):
                money.append(column)
                paid.append(plan)
    share(plan.spans for plan in plans if plan.spans and not plan.unread)
    _add_up([plan for plan in plans if plan.in_parts and not plan.unread])
    if said := keep_one_currency(money):
        next(plan for plan in plans if not plan.unread).notes.append(said)
    for plan, column in zip(paid, money, strict=True):
        plan.currency = column.kept if re.fullmatch("[A-Z]{3}", column.kept) else ""
    return made


def _add_up(plans: list[Plan]) -> None:
    """Decide whose rows are parts of outcomes, and say so."""
    kept = together([plan.in_parts for plan in plans if plan.in_parts])
    for plan in plans:
        if plan.in_parts is None or not any(plan.in_parts is parts for parts in kept):
            plan.in_parts = None
            continue
        has_fee = "fee" in plan.mapping.values()
        alike = ", and a fee that is the same in all rows of each counts once"
        each = ", and fees too, but once where each row names the same several posts"
        fees = each if plan.in_parts.posts else alike
        sheets = "" if plan.in_parts.closes else ", over all sheets that have some of it"
        plan.notes.append(
            f"a row a {plan.in_parts.date}: what one influencer brought in one campaign is added up{fees * has_fee}{sheets}"
        )


def _plans_in(document: Document, fit: Fit, options: Arguments) -> Iterator[Plan | Broken]:
    plans = []
    for sheet in sheets_of(document, options.encoding):
        if isinstance(sheet, Broken):
            yield sheet
            continue
        plan, layout = make_plan(document.path, document.name, sheet, fit, options)
        left_out, broken = "", ""
        for item in fill_down(layout.rows, plan.once) if layout else ():
            if isinstance(item, Broken):
                broken = broken or item.reason
                continue
            if NOTE in item.value or plan.is_total(item.value):
                continue
            if why := plan.left_out(item.value):
                left_out = why
            else:
                plan.see(item.value)
        if layout and not plan.rows and not plan.unread:
            none = f"all rows are of {left_out}" if left_out else ""
            unreadable = f"no row can be read: {broken}" if broken else ""
            plan.unread = none or unreadable or "a header and no row below it"
        plans.append(plan)
    if sum(plan.of_tab for plan in plans) == 1:
        next(plan for plan in plans if plan.of_tab).lacks(("campaign_id",))  # one sheet is called anything
    sites = {plan.platform_beside for plan in plans} - {""}
    for plan in plans:
        if (
            isinstance(plan.pivot, Sums)
            and len(sites) == 1
            and not (plan.platform or plan.platform_from or plan.link_from)
        ):
            plan.platform_beside = next(iter(sites))
            plan.notes.append(f"the platform is that of the posts in another sheet: {plan.platform_beside}")
    yield from plans


def reader_of(plans: Iterable[Plan], encoding: str | None) -> Callable[[Document], Iterator[Record | Broken]]:
    """Return what reads documents as they were planned: a record's value is its plan and its row, or what is said of one
    that is left out, or nothing after the last where followers are to be told.
    """
    by_place = {(plan.path, plan.file, plan.sheet): plan for plan in plans if not plan.unread}

    def read(document: Document) -> Iterator[Record | Broken]:
        for sheet in sheets_of(document, encoding):
            if isinstance(sheet, Broken):
                yield sheet
                continue
            plan = by_place.get((document.path, document.name, sheet.name))
            if plan is None:
                continue
            layout = lay_out(sheet, plan.name, plan.known)
            if layout and plan.pivot:
                layout = plan.pivot.unfolded(layout)
            for item in fill_down(layout.rows, plan.once) if layout else ():
                if isinstance(item, Broken):
                    yield item
                elif NOTE in item.value:
                    said = f"row {item.line} is a note: {item.value[NOTE][:60]}"
                    yield Record(plan.name, item.line, (plan, said))
                elif plan.is_total(item.value):
                    yield Record(plan.name, item.line, (plan, f"row {item.line} is one of totals"))
                elif why := plan.left_out(item.value):
                    yield Record(plan.name, item.line, (plan, f"rows of {why}"))
                else:
                    yield Record(item.file, item.line, (plan, item.value))
            for line in layout.left if layout else ():
                yield Record(plan.name, 0, (plan, line))
            if plan.followers or plan.in_parts or plan.orders:
                yield Record(plan.name, 0, (plan, None))

    return read
