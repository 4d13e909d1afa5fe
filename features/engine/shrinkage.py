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
    known_outcomes = outcomes.select(
        decision_id=ibis.null("int64"),
        kind=ibis.literal(1),
        time=outcomes.known_at,
        tie=outcomes.row_id,
        influencer_id=outcomes.influencer_id,
        category=outcomes.category,
        brand=outcomes.brand,
        y=outcomes.net - net_before.fill_null(0.0),
        e=outcomes.exposure - exposure_before.fill_null(0.0),
        first_y=ibis.ifelse(first, outcomes.net, 0.0),
        first_e=ibis.ifelse(first, outcomes.exposure, 0.0),
        square=ibis.ifelse(first, outcomes.net * outcomes.net / outcomes.exposure.nullif(0.0), 0.0),
        n=ibis.ifelse(first, 1.0, 0.0),
    )
    zero = ibis.literal(0.0)
    questions = decisions.select(
        decision_id=decisions.decision_id.cast("int64"),
        kind=ibis.literal(0),
        time=decisions.as_of,
        tie=decisions.decision_id.cast("int64"),
        influencer_id=decisions.influencer_id,
        category=decisions.category,
        brand=decisions.brand,
        **dict.fromkeys(("y", "e", "first_y", "first_e", "square", "n"), zero),
    )
    events = known_outcomes.union(questions)
    groups = {
        "own": ["influencer_id"],
        "category": ["category"],
        "brand": ["brand"],
        "own_category": ["influencer_id", "category"],
        "own_brand": ["influencer_id", "brand"],
    }
    # A decision at the very moment something became known does not know it: decisions sort first. Of what became known at one
    # moment, corrections come before first versions, whose products with what was known before are then the same in any order.
    order = [events.time, events.kind, events.n, events.tie]
    for name, keys in groups.items():
        until = ibis.window(group_by=keys, order_by=order, preceding=(None, 0))
        events = events.mutate(
            **{f"{name}_y": events.y.sum().over(until), f"{name}_e": events.e.sum().over(until)}
        )
    for name in ("own", "category", "brand"):
        before_y, before_e = events[f"{name}_y"] - events.y, events[f"{name}_e"] - events.e
        # Outcomes of which the group is not known are no group.
        has_level = ibis.ifelse(events[groups[name][0]].notnull(), 1.0, 0.0)
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
    sums += [f"{name}_{moment}" for name in ("own", "category", "brand") for moment in ("yy", "ye", "ee")]
    events = events.mutate(**{f"all_{name}": events[name].sum().over(until) for name in sums})
    rows = events.filter(events.kind == 0)
    rate = rows.all_y / rows.all_e.nullif(0.0)
    rows = rows.mutate(rate=rate)
    # Unweighted sum of (y - m e)^2 / e over the first versions; its expectation is n s2 + E t2.
    scatter = rows.all_square - 2.0 * rows.rate * rows.all_first_y + rows.rate * rows.rate * rows.all_first_e
    rows = rows.mutate(
        mean_exposure=rows.all_first_e / rows.all_n.nullif(0.0), scatter=scatter / rows.all_n.nullif(0.0)
    )
    for name in ("own", "category", "brand"):
        rows = rows.mutate(**{f"{name}_k": _credibility(rows, name)})
    prior = _shrunk(rows.own_y, rows.own_e, rows.own_k, rows.rate)
    category = _shrunk(rows.category_y, rows.category_e, rows.category_k, rows.rate)
    category = ibis.ifelse(rows.category.notnull(), category, ibis.null("float64"))
    brand = _shrunk(rows.brand_y, rows.brand_e, rows.brand_k, rows.rate)
    brand = ibis.ifelse(rows.brand.notnull(), brand, ibis.null("float64"))
    rows = rows.mutate(own_rate=prior, category_rate=category, brand_rate=brand)
    lift_category = rows.own_rate * rows.category_rate / rows.rate.nullif(0.0)
    lift_brand = rows.own_rate * rows.brand_rate / rows.rate.nullif(0.0)
    return rows.select(
        "decision_id",
        "own_rate",
        "own_k",
        as_of=rows.time,
        own_category_rate=_shrunk(rows.own_category_y, rows.own_category_e, rows.own_k, lift_category),
        own_brand_rate=_shrunk(rows.own_brand_y, rows.own_brand_e, rows.own_k, lift_brand),
    )


def _credibility(rows: ir.Table, name: str) -> ir.FloatingValue:
    """Return k = s2 / t2, within bounds; the widest where no group has two outcomes yet."""
    products = (
        rows[f"all_{name}_yy"]
        - rows.rate * rows[f"all_{name}_ye"]
        + rows.rate * rows.rate * rows[f"all_{name}_ee"]
    )
    between = products / rows[f"all_{name}_ee"].nullif(0.0)
    inside = rows.scatter - rows.mean_exposure * ibis.greatest(between, 0.0)
    ratio = ibis.ifelse(between > 0, inside / between.nullif(0.0), WIDE * rows.mean_exposure)
    return ratio.fill_null(WIDE * rows.mean_exposure).clip(
        NARROW * rows.mean_exposure, WIDE * rows.mean_exposure
    )


def _shrunk(y: ir.Value, e: ir.Value, k: ir.Value, prior: ir.Value) -> ir.FloatingValue:
    return (y + k * prior) / (e + k)
