"""What commands answer with ``--json``: plain values under names that stay, listed in docs/cli.md."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from suasion.features.attribution.attribute import Attribution
    from suasion.features.identity.resolve import Who
    from suasion.features.sources.fetch.run import Fetched, Outcome, Plan
    from suasion.features.sources.reading.source import Imported
    from suasion.serving.scoring.score import Scored
    from suasion.training.train import Run


def imported(result: Imported, out: Path) -> dict[str, object]:
    """Return what an import added and set aside."""
    return {
        "folder": out,
        "records": result.records,
        "read_at": result.read_at,
        "tables": [
            {
                "table": landed.table,
                "new": landed.new,
                "known": landed.known,
                "set_aside": landed.aside,
                "reasons": dict(landed.reasons),
            }
            for landed in result.tables
        ],
        "broken": dict(result.broken),
        "not_read": dict(result.ignored),
        "left_empty": [
            {"reason": reason, "cells": count, "first": first} for reason, count, first in result.cells
        ],
        "look_at": dict(result.warned),
        "opted_out": result.opted_out,
        "quarantine": result.quarantine,
    }


def fetching(chosen: Plan, out: Path) -> dict[str, object]:
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
            *({"given": one.text, "account": one.account, "state": "to ask"} for one in chosen.handles),
            *map(_outcome, chosen.settled),
        ],
    }


def fetched(done: Fetched, chosen: Plan, out: Path) -> dict[str, object]:
    """Return what became of each account, and what was imported."""
    return fetching(chosen, out) | {
        "requests": done.requests,
        "accounts": [_outcome(outcome) for outcome in done.outcomes],
        "imported": [{"source": name} | imported(one, out) for name, one in done.imported.items()],
    }


def _outcome(outcome: Outcome) -> dict[str, object]:
    return {
        "given": outcome.handle.text,
        "account": outcome.handle.account or None,
        "state": outcome.state,
        "why": outcome.why,
        "near": outcome.near,
        "answers": outcome.answers,
    }


def attributed(attribution: Attribution, data: Path) -> dict[str, object]:
    """Return where orders ended; amounts are in units of the currency, to the cent."""
    from suasion.features.attribution.attribute import ORDERS_FILE
    from suasion.features.attribution.orders import digits

    def amount(minor: int, currency: str) -> Decimal:
        return Decimal(minor).scaleb(-digits(currency))

    unit = attribution.rules.currency
    return {
        "currency": unit,
        "reports": attribution.reports,
        "orders": attribution.orders,
        "ends": [
            {
                "reason": fate.reason or "credited",
                "orders": fate.orders,
                "amount": amount(fate.amount, unit),
                "refunded": amount(fate.refunded, unit),
            }
            for fate in attribution.fates
        ],
        "without_rate": [
            {"currency": currency, "orders": orders, "amount": amount(minor, currency)}
            for currency, orders, minor in attribution.unconverted
        ],
        "leaks": attribution.leaks,
        "tied": attribution.tied,
        "unclear": [
            {"influencer_id": who, "value": value, "reason": why} for who, value, why in attribution.unclear
        ],
        "unseen": [{"influencer_id": who, "value": value} for who, value in attribution.unseen],
        "new_customers": attribution.new_customers,
        "open_campaigns": attribution.open_campaigns,
        "elsewhere": attribution.elsewhere,
        "outcomes": attribution.outcomes,
        "files": [data / "outcomes", data / ORDERS_FILE],
    }


def persons(people: Who, path: Path) -> dict[str, object]:
    """Return who is who."""
    return {
        "accounts": len(people.accounts),
        "persons": [
            {"influencer_id": person.name, "accounts": person.accounts, "links": person.links}
            for person in people.persons
        ],
        "proposals": people.proposals,
        "not_counted": [{**vars(link), "reason": why} for link, why in people.left],
        "first_decision": people.first_decision,
        "file": path if path.is_file() else None,
    }


def trained(run: Run, out: Path) -> dict[str, object]:
    """Return how the model was judged, and where it is."""
    from suasion.training.bundle.folder import load

    saved, facts, parts = load(out), run.bundle.facts, run.bundle.parts
    return {
        "model": saved.identity,
        "folder": out,
        "beats_baselines": run.beats,
        "verdict": run.verdict,
        "kind": parts.kind,
        "outcomes": facts["outcomes"],
        "influencers": facts["influencers"],
        "campaigns": facts["campaigns"],
        "tables": [
            {"table": r.table, "there": r.where is not None, "set_aside": r.aside} for r in run.reports
        ],
        "evaluation": saved.evaluation,
        "mlflow": {"address": run.address, "champion": run.champion} if run.address else None,
        "untracked": run.untracked,
    }


def scored(answer: Scored, top: int, out: Path | str | None) -> dict[str, object]:
    """Return the best candidates, in the words of the service's ``POST /v1/scores``."""
    return {
        "model": answer.bundle.identity,
        "currency": answer.currency or None,
        "total": answer.count,
        "banner": answer.banner,
        "notes": answer.notes,
        "scores": [_score(row) for row in answer.scores.head(top).to_dict("records")],
        "file": out,
    }


def _score(row: Mapping[Hashable, Any]) -> dict[str, object]:  # cells of a table of several types
    from suasion.features import GROUPS
    from suasion.serving.scoring.score import probability_of

    rest = {str(name): value for name, value in row.items() if name not in (*GROUPS, "outside")}
    return {
        **rest,
        "probability": probability_of(row["expected_conversions"], row["exposure"], row["low"], row["high"]),
        "factors": {group: row[group] for group in GROUPS},
        "outside": row["outside"].split(", ") if row["outside"] else [],
    }


def explained(answer: Scored, influencer: str) -> dict[str, object]:
    """Return one candidate with the features that moved each factor most, in the words of the service's ``POST /v1/explanations``."""
    from suasion.serving.explaining.explain import CAUTION, why

    explanation = why(answer, influencer)
    row = answer.scores.iloc[answer.place(influencer)].to_dict()
    return {
        **_score(row),
        "features": [moved.as_dict() for of_one in explanation.moved.values() for moved in of_one],
        "caution": CAUTION,
        "banner": answer.banner,
        "notes": answer.notes,
        "model": answer.bundle.identity,
    }
