"""What commands answer with ``--json``: plain values under names that stay, listed in docs/cli.md."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from suasion.features.attribution.attribute import Attribution
    from suasion.features.identity.resolve import Who
    from suasion.features.sources.fetch.run import Fetched, Outcome, Plan
    from suasion.features.sources.reading.source import Imported
    from suasion.serving.explaining.score_change import Change
    from suasion.serving.scoring.score import Scored
    from suasion.training.train import Run


def imported(told: Imported, out: Path) -> dict[str, Any]:
    """Return what an import added and set aside."""
    return {
        "folder": out,
        "records": told.records,
        "read_at": told.read_at,
        "tables": [
            {
                "table": landed.table,
                "new": landed.new,
                "known": landed.known,
                "set_aside": landed.aside,
                "reasons": dict(landed.reasons),
            }
            for landed in told.tables
        ],
        "broken": dict(told.broken),
        "not_read": dict(told.ignored),
        "left_empty": [
            {"reason": reason, "cells": count, "first": first} for reason, count, first in told.cells
        ],
        "look_at": dict(told.warned),
        "opted_out": told.opted_out,
        "quarantine": told.quarantine,
    }


def fetching(chosen: Plan, out: Path) -> dict[str, Any]:
    """Return whom a run would ask for, and what that takes of what services allow."""
    return {
        "folder": out,
        "needs": [
            {
                "service": need.service.name,
                "accounts": need.accounts,
                "requests": need.requests,
                "quota": need.service.quota,
                "terms": need.service.terms,
            }
            for need in chosen.needs
        ],
        "accounts": [
            *({"given": one.given, "account": one.account, "state": "to ask"} for one in chosen.asked),
            *map(_outcome, chosen.settled),
        ],
    }


def fetched(done: Fetched, chosen: Plan, out: Path) -> dict[str, Any]:
    """Return what became of each account, and what was imported."""
    return fetching(chosen, out) | {
        "requests": done.requests,
        "accounts": [_outcome(outcome) for outcome in done.outcomes],
        "imported": [{"source": name} | imported(one, out) for name, one in done.imported.items()],
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "given": outcome.asked.given,
        "account": outcome.asked.account or None,
        "state": outcome.state,
        "why": outcome.why,
        "near": outcome.near,
        "answers": outcome.answers,
    }


def attributed(told: Attribution, data: Path) -> dict[str, Any]:
    """Return where orders ended; amounts are in units of the currency, to the cent."""
    from suasion.features.attribution.attribute import ORDERS_FILE
    from suasion.features.attribution.orders import digits

    def amount(minor: int, currency: str) -> Decimal:
        return Decimal(minor).scaleb(-digits(currency))

    unit = told.rules.currency
    return {
        "currency": unit,
        "reports": told.reports,
        "orders": told.orders,
        "ends": [
            {
                "reason": fate.reason or "credited",
                "orders": fate.orders,
                "amount": amount(fate.amount, unit),
                "refunded": amount(fate.refunded, unit),
            }
            for fate in told.fates
        ],
        "without_rate": [
            {"currency": currency, "orders": orders, "amount": amount(minor, currency)}
            for currency, orders, minor in told.unconverted
        ],
        "leaks": told.leaks,
        "tied": told.tied,
        "unclear": [
            {"influencer_id": who, "value": value, "reason": why} for who, value, why in told.unclear
        ],
        "unseen": [{"influencer_id": who, "value": value} for who, value in told.unseen],
        "new_customers": told.new_customers,
        "open_campaigns": told.open_campaigns,
        "elsewhere": told.elsewhere,
        "outcomes": told.outcomes,
        "files": [data / "outcomes", data / ORDERS_FILE],
    }


def persons(found: Who, path: Path) -> dict[str, Any]:
    """Return who is who."""
    return {
        "accounts": len(found.accounts),
        "persons": [
            {"influencer_id": person.name, "accounts": person.accounts, "links": person.links}
            for person in found.persons
        ],
        "proposals": found.proposals,
        "not_counted": [{**vars(link), "reason": why} for link, why in found.left],
        "first_decision": found.first_decision,
        "file": path if path.is_file() else None,
    }


def trained(told: Run, out: Path) -> dict[str, Any]:
    """Return how the model was judged, and where it is."""
    from suasion.training.bundle.folder import load

    saved, facts, parts = load(out), told.bundle.facts, told.bundle.parts
    return {
        "model": saved.identity,
        "folder": out,
        "beats_baselines": told.beats,
        "verdict": told.verdict,
        "kind": parts.kind,
        "outcomes": facts["outcomes"],
        "influencers": facts["influencers"],
        "campaigns": facts["campaigns"],
        "tables": [
            {"table": r.table, "there": r.where is not None, "set_aside": r.aside} for r in told.reports
        ],
        "evaluation": saved.evaluation,
        "mlflow": {"address": told.address, "champion": told.champion} if told.address else None,
        "untracked": told.untracked,
    }


def scored(told: Scored, top: int, out: Path | str | None) -> dict[str, Any]:
    """Return the best candidates, in the words of the service's ``POST /v1/scores``."""
    return {
        "model": told.bundle.identity,
        "total": told.count,
        "banner": told.banner,
        "notes": told.notes,
        "scores": [_score(row) for row in told.scores.head(top).to_dict("records")],
        "file": out,
    }


def _score(row: Mapping[Any, Any]) -> dict[str, Any]:
    from suasion.features import GROUPS
    from suasion.serving.scoring.score import probability_of

    rest = {name: value for name, value in row.items() if name not in (*GROUPS, "outside")}
    return {
        **rest,
        "probability": probability_of(row["expected_conversions"], row["exposure"], row["low"], row["high"]),
        "factors": {group: row[group] for group in GROUPS},
        "outside": row["outside"].split(", ") if row["outside"] else [],
    }


def explained(told: Scored, influencer: str) -> dict[str, Any]:
    """Return one candidate with the features that moved each factor most, in the words of the service's ``POST /v1/explanations``."""
    from suasion.serving.explaining.explain import CAUTION, why

    explanation = why(told, influencer)
    row = told.scores.iloc[told.place(influencer)].to_dict()
    return {
        **_score(row),
        "features": [
            {
                "feature": moved.column,
                "characteristic": moved.characteristic,
                "value": moved.value,
                "unit": moved.unit,
                "factor": moved.factor,
                "percentile": moved.percentile,
                "meaning": moved.meaning,
            }
            for of_one in explanation.moved.values()
            for moved in of_one
        ],
        "caution": CAUTION,
        "banner": told.banner,
        "notes": told.notes,
        "model": told.bundle.identity,
    }


def changed(told: Change, banner: tuple[str, ...]) -> dict[str, Any]:
    """Return what lies between two scorings, in the words of the service's ``POST /v1/changes``."""
    return {
        "influencer_id": told.influencer_id,
        "as_of": told.as_of,
        "models": told.models,
        "expected_conversions": told.expected,
        "assumed_offer": told.assumed,
        "parts": told.parts,
        "features": told.features,
        "banner": banner,
    }
