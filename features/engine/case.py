"""Rows as they were known at the moment of decision.

Everything a feature sees passes through :func:`known` here: the cut on ``known_at`` and on the event's time, both
strictly before ``as_of``, and of several versions of a row the latest that was known. Who takes part in a campaign has its own
time, the decision's (:mod:`.participation`), with the same strict cut. Windows are decided in
:func:`within`, half-open: ``[as_of - days, as_of)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from suasion.features.identity.persons import account_columns, with_accounts
from suasion.features.tables.read import quote
from suasion.features.tables.schema import TABLES, offered

from .made import IBIS_TYPES, MADE
from .pagerank import FLOOR
from .protocol import Database

HORIZON = 365
"""Longest window, in days; texts are compared with briefs no further back."""


def within(at: ir.TimestampValue, as_of: ir.TimestampValue, days: int | None) -> ir.BooleanValue:
    """Whether an event that is already known lies in the window ``[as_of - days, as_of)``."""
    if days is None:
        return at.notnull()
    return at >= as_of - ibis.interval(days=days)


def known(table: ir.Table, time: str, as_of: ir.TimestampValue) -> list[ir.BooleanValue]:
    """Return the predicates of the cut: happened and known before ``as_of``, and not yet replaced by a later version."""
    return [table.known_at < as_of, table[time] < as_of, table.superseded_at >= as_of]


def create_decisions(tables: Database, candidates: str) -> None:
    """Create the tables ``decisions`` and ``briefs`` of candidates, as :func:`.matrix.build_features` takes them.

    The decision's own campaign is an input and exempt from the cut, but for its words: of several versions of a
    brief the latest known before ``as_of`` counts, else the first if it was known by the campaign's start, else none.
    When it runs is told by the latest version known before ``as_of``, else by the first.
    """
    extras = "".join(f", c.{quote(extra)}" for extra in offered(tables.extras))
    tables.sql(
        "CREATE OR REPLACE TEMP TABLE versions AS SELECT c.campaign_id, c.influencer_id, c.as_of, "
        "coalesce(max_by(k.row_id, k.known_at) FILTER (k.known_at < c.as_of), "
        "min_by(k.row_id, k.known_at) FILTER (k.known_at <= k.starts_at)) AS brief_id, "
        "coalesce(max_by(k.row_id, k.known_at) FILTER (k.known_at < c.as_of), min_by(k.row_id, k.known_at)) AS plan_id "
        f"FROM ({candidates}) c JOIN campaigns k USING (campaign_id) GROUP BY ALL"
    )
    tables.sql(
        "CREATE OR REPLACE TABLE decisions AS SELECT (row_number() OVER (ORDER BY c.as_of, c.campaign_id, c.influencer_id) - 1)::BIGINT AS decision_id, "
        f"c.campaign_id, c.influencer_id, c.as_of, c.exposure, c.fee, c.discount{extras}, "
        "v.brief_id, k.brand, k.category, k.country, p.starts_at, p.ends_at "
        f"FROM ({candidates}) c JOIN versions v USING (campaign_id, influencer_id, as_of) JOIN campaigns p ON p.row_id = v.plan_id "
        "LEFT JOIN campaigns k ON k.row_id = v.brief_id "
        "ORDER BY decision_id"
    )
    tables.sql(
        "CREATE OR REPLACE TABLE briefs AS SELECT row_id AS brief_id, brief FROM campaigns "
        "WHERE row_id IN (SELECT brief_id FROM decisions)"
    )


@dataclass(frozen=True)
class Case:
    """The tables and the decisions they are looked at for, as expressions bound to no database."""

    extras: tuple[str, ...]
    joined: bool = False
    """Whether the tables know persons and accounts (:mod:`suasion.features.identity.persons`)."""
    settled: bool = False
    """Whether counts of old posts are taken as settled (:mod:`.settled`)."""

    def table(self, name: str) -> ir.Table:
        """Return a table by its declared columns."""
        if name in TABLES:
            return ibis.table(self._declared(name), name=name)
        extras = self._extras("candidates") if name == "decisions" else {}
        return ibis.table(MADE[name] | extras, name=name)

    def _declared(self, name: str) -> dict[str, str]:
        columns = {"row_id": "int64"} | {c.name: IBIS_TYPES[c.type] for c in TABLES[name].columns}
        columns |= {"known_at": "timestamp", "superseded_at": "timestamp"}
        if self.joined:
            columns |= dict.fromkeys(account_columns(with_accounts(TABLES[name])), "string")
        return columns | self._extras(name)

    def _extras(self, name: str) -> dict[str, str]:
        return dict.fromkeys(TABLES[name].extras(self.extras), "float64")

    @property
    def decisions(self) -> ir.Table:
        """One row a decision: its id, influencer (``account``) and moment."""
        decisions = self.table("decisions")
        return decisions.select("decision_id", "as_of", "brand", "category", account=decisions.influencer_id)

    def cut(self, name: str, who: str, time: str | None = None) -> ir.Table:
        """Return the rows of a table about each decision's influencer, as known at ``as_of``."""
        table, decisions = self.table(name), self.decisions
        time = time or TABLES[name].time
        columns = [column for column in table.columns if column not in ("brand", "category")]
        cut = [decisions.account == table[who], *known(table, time, decisions.as_of)]
        joined = decisions.join(table.select(columns), cut)
        return joined.mutate(at=joined[time])

    def join_post(self, rows: ir.Table, which: str, **columns: str) -> ir.Table:
        """Left-join the version of the post that a column names, as it was known at each row's ``as_of``."""
        versions = {"known_at": "known_at", "superseded_at": "superseded_at"}
        names = {"_post_id": "post_id", "_time": TABLES["posts"].time, **versions}
        wanted = self.table("posts").select(**names, **columns)
        rows = rows.drop(*(column for column in versions if column in rows.columns))
        same = rows[which] == wanted["_post_id"]
        return rows.left_join(wanted, [same, *known(wanted, "_time", rows.as_of)]).drop(*names)

    def standing(self, rows: ir.Table, account: str, column: str) -> ir.Table:
        """Left-join an account's standing at the last grid point; the floor where it had none yet."""
        rows = rows.mutate(_month=rows.as_of.truncate("M"))
        ours = {"_account": "account_id", "_grid": "month", "_standing": "standing"}
        joined = rows.left_join(
            self.table("standing").rename(ours), [("_month", "_grid"), (account, "_account")]
        )
        return joined.mutate(**{column: joined._standing.fill_null(FLOOR)}).drop("_month", *ours)
