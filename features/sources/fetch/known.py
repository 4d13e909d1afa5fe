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

_READ = {
    "profiles": "SELECT DISTINCT account_id, address FROM {} WHERE kind = 'own'",
    "influencers": "SELECT DISTINCT influencer_id, split_part(influencer_id, ':', 1) || ':' || handle FROM {}",
    **dict.fromkeys(
        ("outcomes", "candidates", "audience"), "SELECT DISTINCT influencer_id, influencer_id FROM {}"
    ),
}
"""For each table that names accounts, SQL for accounts and what names them, as PLATFORM:HANDLE."""


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

    def called(self, handle: str) -> tuple[str, ...]:
        """Return the accounts, of any platform, that bear a handle.

        >>> Known(handles={"instagram": ("anna",), "tiktok": ("anna", "bob")}).called("@Anna")
        ('instagram:@anna', 'tiktok:@anna')
        """
        bare = handle.strip().removeprefix("@").lower()
        return tuple(f"{platform}:@{bare}" for platform, names in self.handles.items() if bare in names)

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
    handles: dict[str, set[str]] = {}
    with duckdb.connect() as connection:
        for name, query in _READ.items():
            raw = find(str(out), connection, (name,)).get(name)
            try:
                rows = connection.execute(query.format(f"({raw.sql})")).fetchall() if raw else []
            except duckdb.BinderException:  # a table of somebody's own, which lacks a column
                continue
            for account, other in rows:
                if isinstance(account, str) and isinstance(other, str):
                    platform, colon, handle = other.partition(":")
                    if name == "profiles":
                        owners[other] = account
                    if colon:
                        handles.setdefault(platform, set()).add(handle.removeprefix("@").lower())
    people = read_people(out)
    return Known(
        _forms(people.everyone(listed)),
        owners,
        {one: tuple(sorted(names)) for one, names in handles.items()},
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
