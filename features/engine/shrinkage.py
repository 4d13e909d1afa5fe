"""Past conversions, shrunk for small samples: Bühlmann–Straub credibility (1970), the linear empirical Bayes.

At each ``as_of``, from outcomes known then and nothing else: with overall rate ``m``, variance within a group ``s2`` and
between groups ``t2`` (all per unit of exposure), a group with conversions C on exposure E is given

    (C + k m) / (E + k),   k = s2 / t2

so that somebody without a past gets the overall rate, and a long past speaks for itself. ``t2`` comes from products of
different outcomes of the same group, which noise within does not inflate; ``s2`` from what remains. All of it follows
from running sums over outcomes in the order they became known, so a million decisions cost one sort.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

NARROW, WIDE = 0.25, 250.0
"""Bounds of k, in units of the mean exposure of an outcome: no estimate of a variance is trusted beyond."""


def experience(outcomes: ir.Table, decisions: ir.Table) -> ir.Table:
    """Return shrunken rates, one row a decision, from ``participations`` and ``decisions``."""
    # A later version of an outcome replaces the earlier: its running sums take the difference. Without exposure there is no rate.
    outcomes = outcomes.mutate(
        net=ibis.ifelse(outcomes.exposure > 0, outcomes.net, 0.0),
        exposure=ibis.ifelse(outcomes.exposure > 0, outcomes.exposure, 0.0),
    )
    key = [outcomes.campaign_id, outcomes.influencer_id]
    versions = ibis.window(group_by=key, order_by=outcomes.known_at)
    earlier = ibis.window(group_by=key, order_by=outcomes.known_at, preceding=(None, 1))
    net_before, exposure_before = outcomes.net.lag().over(versions), outcomes.exposure.lag().over(versions)
    first = (outcomes.exposure > 0) & (outcomes.exposure.max().over(earlier).fill_null(0.0) == 0)
    named = ("influencer_id", "category", "brand")
    known_outcomes = outcomes.select(
        decision_id=ibis.null("int64"),
        kind=ibis.literal(1),
        time=outcomes.known_at,
        tie=outcomes.row_id,
        **{name: outcomes[name] for name in named},
        y=outcomes.net - net_before.fill_null(0.0),
        e=outcomes.exposure - exposure_before.fill_null(0.0),
        first_y=ibis.ifelse(first, outcomes.net, 0.0),
        first_e=ibis.ifelse(first, outcomes.exposure, 0.0),
        square=ibis.ifelse(first, outcomes.net * outcomes.net / outcomes.exposure.nullif(0.0), 0.0),
        n=ibis.ifelse(first, 1.0, 0.0),
    )
    questions = decisions.select(
        decision_id=decisions.decision_id.cast("int64"),
        kind=ibis.literal(0),
        time=decisions.as_of,
        tie=decisions.decision_id.cast("int64"),
        **{name: decisions[name] for name in named},
        **dict.fromkeys(("y", "e", "first_y", "first_e", "square", "n"), ibis.literal(0.0)),
    )
    events = known_outcomes.union(questions)
    levels = {"own": "influencer_id", "category": "category", "brand": "brand"}
    groups = {name: [column] for name, column in levels.items()}
    groups |= {f"own_{name}": ["influencer_id", name] for name in ("category", "brand")}
    # A decision at the very moment something became known does not know it: decisions sort first. Of what became known at one
    # moment, corrections come before first versions, whose products with what was known before are then the same in any order.
    order = [events.time, events.kind, events.n, events.tie]
    for name, keys in groups.items():
        until = ibis.window(group_by=keys, order_by=order, preceding=(None, 0))
        events = events.mutate(
            **{f"{name}_y": events.y.sum().over(until), f"{name}_e": events.e.sum().over(until)}
        )
    for name, level in levels.items():
        before_y, before_e = events[f"{name}_y"] - events.y, events[f"{name}_e"] - events.e
        # Outcomes of which the group is not known are no group.
        has_level = ibis.ifelse(events[level].notnull(), 1.0, 0.0)
        before_y, before_e = before_y * has_level, before_e * has_level
        events = events.mutate(
            **{
                f"{name}_yy": events.first_y * before_y,
                f"{name}_ye": events.first_e * before_y + events.first_y * before_e,
                f"{name}_ee": events.first_e * before_e,
            }
        )
    until = ibis.window(order_by=order, preceding=(None, 0))
    sums = ["y", "e", "first_y", "first_e", "square", "n"]
    sums += [f"{name}_{moment}" for name in levels for moment in ("yy", "ye", "ee")]
    events = events.mutate(**{f"all_{name}": events[name].sum().over(until) for name in sums})
    rows = events.filter(events.kind == 0)
    rows = rows.mutate(rate=rows.all_y / rows.all_e.nullif(0.0))
    # Unweighted sum of (y - m e)^2 / e over the first versions; its expectation is n s2 + E t2.
    scatter = rows.all_square - 2.0 * rows.rate * rows.all_first_y + rows.rate * rows.rate * rows.all_first_e
    rows = rows.mutate(
        mean_exposure=rows.all_first_e / rows.all_n.nullif(0.0), scatter=scatter / rows.all_n.nullif(0.0)
    )
    # Each step is a column of the next: written as one expression, the query is four times as long, and as slow to plan.
    rows = rows.mutate(**{f"{name}_between": _between(rows, name) for name in levels})
    rows = rows.mutate(**{f"{name}_k": _credibility(rows, rows[f"{name}_between"]) for name in levels})
    rows = rows.mutate(
        **{
            f"{name}_rate": ibis.ifelse(
                rows[level].notnull(), _shrunk(rows, name, rows[f"{name}_k"], rows.rate), ibis.null("float64")
            )
            for name, level in levels.items()
        }
    )

    def own_in(group: str) -> ir.FloatingValue:
        lift = rows.own_rate * rows[f"{group}_rate"] / rows.rate.nullif(0.0)
        return _shrunk(rows, f"own_{group}", rows.own_k, lift)

    own_rates = {"own_category_rate": own_in("category"), "own_brand_rate": own_in("brand")}
    return rows.select("decision_id", "own_rate", "own_k", as_of=rows.time, **own_rates)


def _between(rows: ir.Table, name: str) -> ir.FloatingValue:
    """Return t2, the variance between groups; NULL where no group has two outcomes yet."""
    yy, ye, ee = (rows[f"all_{name}_{moment}"] for moment in ("yy", "ye", "ee"))
    return (yy - rows.rate * ye + rows.rate * rows.rate * ee) / ee.nullif(0.0)


def _credibility(rows: ir.Table, between: ir.FloatingValue) -> ir.FloatingValue:
    """Return k = s2 / t2, within bounds; the widest where the variance between groups is not known."""
    inside = rows.scatter - rows.mean_exposure * ibis.greatest(between, 0.0)
    narrow, wide = NARROW * rows.mean_exposure, WIDE * rows.mean_exposure
    ratio = ibis.ifelse(between > 0, inside / between.nullif(0.0), wide).fill_null(wide)
    return ibis.least(ibis.greatest(ratio, narrow), wide)


def _shrunk(rows: ir.Table, name: str, k: ir.Value, prior: ir.Value) -> ir.FloatingValue:
    return (rows[f"{name}_y"] + k * prior) / (rows[f"{name}_e"] + k)
