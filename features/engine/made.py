"""Columns of the tables that are worked out on the way from those that a user brings, and the types of all."""

from __future__ import annotations

from suasion.features.tables.schema import TABLES

IBIS_TYPES = {"id": "string", "text": "string", "time": "timestamp", "number": "float64", "flag": "boolean"}
IBIS_TYPES |= {"texts": "array<string>"}
_ROW = {"decision_id": "int64", "row_id": "int64"}
MADE: dict[str, dict[str, str]] = {
    "decisions": {
        "decision_id": "int64",
        **dict.fromkeys(("campaign_id", "influencer_id"), "string"),
        "as_of": "timestamp",
        **dict.fromkeys(("exposure", "fee", "discount"), "float64"),
        "brief_id": "int64",
        **dict.fromkeys(("brand", "category", "country"), "string"),
        **dict.fromkeys(("starts_at", "ends_at"), "timestamp"),
    },
    "own": _ROW
    | dict.fromkeys(("account", "post_id", "reply_to_id"), "string")
    | {"as_of": "timestamp", "at": "timestamp", "parent_row": "int64"},
    "pairs": _ROW | {"cosine": "float64", "is_relevant": "boolean"},
    "thresholds": {"decision_id": "int64", "threshold": "float64"},
    "subjects": {"subject": "string", "brief_id": "int64", "closeness": "float64"},
    "marks": {"row_id": "int64", "critical": "boolean"},
    "standing": {"account_id": "string", "month": "timestamp", "standing": "float64"},
    "participations": {
        "row_id": "int64",
        **dict.fromkeys(("campaign_id", "influencer_id", "brand", "category"), "string"),
        **dict.fromkeys(("decided_at", "known_at", "superseded_at"), "timestamp"),
        **dict.fromkeys(("exposure", "conversions", "refunds", "clicks", "net"), "float64"),
    },
    "participants": {
        **dict.fromkeys(("influencer_id", "category", "campaign_id"), "string"),
        **dict.fromkeys(("since", "since_another"), "timestamp"),
    },
    "settled": {column.name: IBIS_TYPES[column.type] for column in TABLES["post_metrics"].columns}
    | dict.fromkeys(("known_at", "superseded_at"), "timestamp"),
    "experience": {
        "decision_id": "int64",
        "as_of": "timestamp",
        **dict.fromkeys(("own_rate", "own_k"), "float64"),
        **dict.fromkeys(("own_category_rate", "own_brand_rate"), "float64"),
    },
}
"""Columns of the tables that are made on the way, by the module that makes each."""
