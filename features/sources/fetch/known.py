"""Who is in a folder of tables already: whom its opt-out lists shut out, and handles to propose for those nobody answers to."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from suasion.features.errors import InputError
from suasion.features.identity.accounts import read_people
from suasion.features.privacy.optout import opted_out
from suasion.features.sources.reading.cells import Unclear
from suasion.features.sources.reading.ids import account_of
from suasion.features.tables.read import find

ALIKE, PROPOSED = 0.7, 3
"""How alike two handles are that are proposed for each other, and how many are."""


@dataclass(frozen=True)
class Known:
    """Accounts of a folder, and those that are not to be asked for."""

    shut: frozenset[str] = frozenset()
    owners: Mapping[str, str] = field(default_factory=dict)
    """For each address that is an account's own, such as ``x:@name``, the account."""
    handles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By platform."""

    def is_shut(self, account: str) -> bool:
        """Return whether an account is on an opt-out list, by its id, its handle or another account of the person.

        >>> Known(frozenset({"x:12"}), {"x:@anna": "x:12"}).is_shut("x:@anna")
        True
        """
        forms = {account, account.replace(":@", ":", 1), account.replace(":", ":@", 1)}
        forms |= {self.owners[one] for one in set(forms) if one in self.owners}
        return not self.shut.isdisjoint(forms)

    def near(self, platform: str, name: str, more: Iterable[str] = ()) -> tuple[str, ...]:
        """Return handles like one that nobody answers to, the likeliest first."""
        others = dict.fromkeys([*more, *self.handles.get(platform, ())])
        others.pop(name, None)
        return tuple(difflib.get_close_matches(name, list(others), PROPOSED, ALIKE))


def read_known(out: Path) -> Known:
    """Return what the folder ``out`` knows; where there is none yet, what the list of ``SUASION_OPT_OUT`` says."""
    listed = opted_out(out)
    if not out.is_dir():
        return Known(_forms(listed))
    owners: dict[str, str] = {}
    handles: dict[str, list[str]] = {}
    with duckdb.connect() as connection:
        for name, columns in (("profiles", "account_id, address"), ("influencers", "influencer_id, handle")):
            raw = find(str(out), connection, (name,)).get(name)
            if raw is None:
                continue
            own = " WHERE kind = 'own'" if name == "profiles" else ""
            try:
                rows = connection.execute(f"SELECT DISTINCT {columns} FROM ({raw.sql}){own}").fetchall()
            except duckdb.BinderException:  # a table of somebody's own, which lacks a column
                continue
            for account, other in rows:
                if not isinstance(account, str) or not isinstance(other, str):
                    continue
                if own:
                    owners[other] = account
                platform, _, name_there = (
                    other.partition(":") if own else (account.partition(":")[0], "", other)
                )
                handles.setdefault(platform, []).append(name_there.removeprefix("@").lower())
    people = read_people(out)
    return Known(
        _forms(people.everyone(listed)),
        owners,
        {one: tuple(sorted(set(names))) for one, names in handles.items()},
    )


def _forms(ids: Iterable[str]) -> frozenset[str]:
    """Return ids as they stand on a list, and as the account that they name where they are handles or addresses."""
    forms = set[str]()
    for one in ids:
        forms.add(one)
        try:
            forms.add(account_of(one))
        except (Unclear, InputError):
            continue
    return frozenset(forms)
