"""Persons beside accounts, in SQL: what :mod:`.accounts` says is applied here to rows as they are typed and checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from suasion.features.tables.read import quote
from suasion.features.tables.schema import NEVER, Table

PERSONS = {
    "influencer_id": "influencer_account",
    "author_id": "author_account",
    "referrer_id": "referrer_account",
    "member_id": "member_account",
}
"""Columns that name a person, and the ones that keep the account."""
JOINED = "joined_accounts"
"""The table of accounts that are somebody's, while tables are opened: ``account_id, person_id``."""
_MEANS = ("discount",)


def with_accounts(table: Table) -> Table:
    """Return the declaration of a table that knows persons and accounts: rows are told apart by account, whosever it is.

    >>> from suasion.features.tables.schema import TABLES
    >>> with_accounts(TABLES["audience"]).key
    ('influencer_account', 'observed_at')
    """
    return replace(table, key=tuple(PERSONS.get(name, name) for name in table.key), joined=True)


def account_columns(table: Table) -> list[str]:
    """Return the columns that keep a table's accounts; none where no account is anybody's."""
    return (
        [PERSONS[column.name] for column in table.columns if column.name in PERSONS] if table.joined else []
    )


def columns_joined(table: Table, names: Iterable[str]) -> tuple[str, str]:
    """Return SQL that selects columns of rows ``t``, and the joins it needs: persons in the place of accounts, and accounts beside them."""
    selected, joins = [], list[str]()
    for name in names:
        if table.joined and name in PERSONS:
            alias = f"w{len(joins)}"
            selected.append(f"coalesce({alias}.person_id, t.{quote(name)}) AS {quote(name)}")
            selected.append(f"t.{quote(name)} AS {PERSONS[name]}")
            joins.append(f" LEFT JOIN {JOINED} {alias} ON {alias}.account_id = t.{quote(name)}")
        else:
            selected.append(f"t.{quote(name)}")
    return ", ".join(selected), "".join(joins)


def settled_by_campaign(table: Table) -> bool:
    """Whether a person has one row a campaign in this table, whatever the number of their accounts."""
    return table.joined and table.name in ("candidates", "outcomes")


def together(table: Table, extras: Iterable[str]) -> str:
    """Return SQL for outcomes or candidates in which a person has one row a campaign, in all versions of it.

    Where several accounts of somebody are in one campaign, there is a version from each moment at which a row of one of them became known: the
    sum of those known by then.
    """
    added = [column.name for column in table.columns if column.type == "number" and column.name not in _MEANS]
    means = [*_MEANS, *sorted(extras)]
    # What one of them does not tell is not known of all; only what was given back may be nothing. Two currencies have no sum.
    alike = "count(DISTINCT upper(trim(m.currency))) <= 1"
    known = {
        column.name: f"count(m.{column.name}) = count(*){f' AND {alike}' if column.unit == 'currency' else ''}"
        for column in table.columns
    }
    sums = [
        f"sum(m.{name}) AS {name}"
        if name == "refunds"
        else f"CASE WHEN {known[name]} THEN sum(m.{name}) END AS {name}"
        for name in added
    ]
    sums += ["min(m.currency) AS currency"]
    # Decided at the first moment: by a later one some of what came of it may be known, which no feature may see.
    sums += ["min(m.decided_at) AS decided_at"]
    sums += [f"avg(m.{quote(name)}) AS {quote(name)}" for name in means]
    names = ["campaign_id", "influencer_id", "influencer_account", "decided_at", *added, "currency", *means]
    listed = ", ".join(quote(name) for name in names)
    whole = f"SELECT row_id, {listed}, known_at, superseded_at FROM {table.name}"
    several = f"SELECT campaign_id, influencer_id FROM {table.name} GROUP BY campaign_id, influencer_id HAVING count(DISTINCT influencer_account) > 1"
    return (
        f"WITH several AS ({several}), members AS ({whole} SEMI JOIN several USING (campaign_id, influencer_id)), "
        "moments AS (SELECT DISTINCT campaign_id, influencer_id, known_at FROM members), "
        "summed AS (SELECT max_by(m.row_id, m.known_at) AS row_id, e.campaign_id, e.influencer_id, "
        "min(m.influencer_account) AS influencer_account, "
        f"{', '.join(sums)}, e.known_at FROM moments e JOIN members m ON m.campaign_id = e.campaign_id "
        "AND m.influencer_id = e.influencer_id AND m.known_at <= e.known_at AND m.superseded_at > e.known_at "
        "GROUP BY e.campaign_id, e.influencer_id, e.known_at) "
        f"{whole} ANTI JOIN several USING (campaign_id, influencer_id) UNION ALL "
        f"SELECT row_id, {listed}, known_at, coalesce(lead(known_at) OVER (PARTITION BY campaign_id, influencer_id ORDER BY known_at), "
        f"TIMESTAMP '{NEVER}') AS superseded_at FROM summed"
    )
