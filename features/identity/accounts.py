"""One person on several platforms: which accounts are whose, as the user's table ``people`` says it.

Rows come in with accounts, and where ``people`` names a person for an account, the tables know both: ``influencer_id``,
``author_id``, ``referrer_id`` and ``member_id`` are the person, ``influencer_account`` and its like what stood there.
Files keep the accounts, so that a line taken out of ``people`` undoes what it did.

Who somebody is has no date. That two ids are one person is the user's word, like the ids themselves: it holds for all of their rows, before and
after anybody wrote it down, and in training as in scoring. So join by a rule that does not look at what came of it: whoever joins only the
accounts of those who turned out well lets the future in by the back door. :mod:`.links` tells since when each link could be read.

What a person's accounts have together:

- posts, references and credentials: all of them; references among one's own accounts are nobody's praise.
- audience: the sum over accounts, each by its last snapshot. Who follows two accounts is counted twice, so it is an upper bound.
- outcomes and candidates of one campaign: one row, with exposures, fees, conversions, revenue, refunds and clicks added up, the mean of
  discounts, and the first moment of decision.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import duckdb
import pyarrow as pa

from suasion.features.tables.quarantine import TableReport, sift
from suasion.features.tables.read import find
from suasion.features.tables.schema import NEVER, PEOPLE

from .persons import JOINED


@dataclass(frozen=True)
class People:
    """Which accounts are whose.

    >>> people = People.of([("x:1", "anna"), ("youtube:2", "anna")])
    >>> people.person_of("youtube:2"), people.person_of("x:9"), sorted(people.accounts_of("x:1"))
    ('anna', 'x:9', ['anna', 'x:1', 'youtube:2'])
    """

    persons: Mapping[str, str] = field(default_factory=dict)
    """For each account that is somebody's, the person."""
    apart: frozenset[tuple[str, str]] = frozenset()
    """Pairs of ids that are not one person."""
    report: TableReport | None = None
    """What was found in the table; None where there is none."""
    undecided: tuple[str, ...] = ()
    """Accounts that are said to be several people's, and so are left as they are."""

    @classmethod
    def of(
        cls,
        same: Iterable[tuple[str, str]],
        apart: Iterable[tuple[str, str]] = (),
        report: TableReport | None = None,
    ) -> People:
        """Return people by pairs of account and person; a person who is another's account is that other."""
        pairs = [(account, person) for account, person in dict.fromkeys(same) if account != person]
        said = Counter(account for account, _ in pairs)
        undecided = tuple(sorted(account for account, count in said.items() if count > 1))
        person_of_account = {account: person for account, person in pairs if said[account] == 1}
        persons = {}
        for account in person_of_account:
            chain = [account]
            while (owner := person_of_account.get(chain[-1])) is not None and owner not in chain:
                chain.append(owner)
            # Two that are each other's: the first by name stands for both.
            person = chain[-1] if owner is None else min(chain[chain.index(owner) :])
            if person != account:
                persons[account] = person
        return cls(persons, frozenset(apart), report, undecided)

    def __bool__(self) -> bool:
        """Whether any account is somebody's."""
        return bool(self.persons)

    def person_of(self, one: str) -> str:
        """Return whose an account is; an id that nobody joined is its own."""
        return self.persons.get(one, one)

    @cached_property
    def _accounts(self) -> Mapping[str, tuple[str, ...]]:
        accounts: dict[str, list[str]] = {}
        for account, person in self.persons.items():
            accounts.setdefault(person, [person]).append(account)
        return {person: tuple(ids) for person, ids in accounts.items()}

    def accounts_of(self, one: str) -> tuple[str, ...]:
        """Return all ids of the person behind an id, the person's own first."""
        person = self.person_of(one)
        return self._accounts.get(person, (person,))

    def everyone(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Return the ids with all others of the same people, sorted."""
        return tuple(sorted({other for one in ids for other in self.accounts_of(one)}))

    @property
    def names(self) -> frozenset[str]:
        """The people who have several ids."""
        return frozenset(self.persons.values())

    @property
    def digest(self) -> str:
        """A hash of who is who."""
        content = json.dumps(sorted(self.persons.items()))
        return hashlib.md5(content.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


FOUND = ("own handle", "verified link", "mutual links", "profile link")
"""What ``how`` begins with in rows that were found by links (:mod:`.links`), the surest first."""


def read_people(address: str | Path, quarantine: Path | None = None, *, stated_only: bool = False) -> People:
    """Return the table ``people`` at an address, checked like any other, or only the user's own rows of it; nobody where there is none.

    Raises InputError when it cannot be read, or lacks a column it needs.
    """
    with duckdb.connect() as connection:
        raw = find(str(address), connection, (PEOPLE.name,)).get(PEOPLE.name)
        report, _ = sift(PEOPLE, raw, connection, quarantine)
        rows = connection.execute(
            f"SELECT account_id, influencer_id, is_same, coalesce(how, '') FROM people WHERE superseded_at = TIMESTAMP '{NEVER}' ORDER BY row_id"
        ).fetchall()
    pairs = [row for *row, how in rows if not (stated_only and how.startswith(FOUND))]
    return people_of(pairs, report if raw else None)


def people_of(rows: Iterable[tuple[str, str, bool]], report: TableReport | None = None) -> People:
    """Return people by rows of ``account_id, influencer_id, is_same``."""
    triples = list(rows)
    return People.of(
        [(account, person) for account, person, same in triples if same],
        [(account, person) for account, person, same in triples if not same],
        report,
    )


def make_joined(people: People, connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table of accounts that are somebody's."""
    joined = pa.table(
        {"account_id": list(people.persons), "person_id": list(people.persons.values())},
        pa.schema([("account_id", pa.string()), ("person_id", pa.string())]),
    )
    connection.register("incoming", joined)
    connection.execute(f"CREATE OR REPLACE TABLE {JOINED} AS SELECT * FROM incoming")
    connection.unregister("incoming")
