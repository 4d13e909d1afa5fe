"""Whom a model learned from, told so that only who asks for a person by id can know it.

A model's manifest holds, for every influencer among its training rows, the beginning of a hash of the id together with the data's
fingerprint. That finds the models to train again when a person is forgotten, and names nobody. It holds the same of every
outcome, so that a review knows those the model learned from, whenever they were imported and however often revised.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from pathlib import Path


def digest_of(influencer: str, fingerprint: str) -> str:
    """Return what stands for an influencer in the manifest of a model trained on the data with a fingerprint.

    >>> digest_of("x:12", "00")
    'bb409e483231fa6a'
    """
    return hashlib.sha256(f"{fingerprint}|{influencer}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def digests(influencers: Iterable[str], fingerprint: str) -> list[str]:
    """Return what stands for all of them, in an order that tells nothing."""
    return sorted({digest_of(one, fingerprint) for one in influencers})


def outcome_digest(campaign: str, influencer: str, fingerprint: str) -> str:
    """Return what stands for an outcome, whichever its version."""
    return digest_of(json.dumps([campaign, influencer]), fingerprint)


def models_with(ids: Collection[str], folder: Path) -> list[Path]:
    """Return the models in a folder, at any depth, that learned from outcomes of one of these influencers."""
    matches = []
    for path in sorted(folder.rglob("manifest.json")):
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))["facts"]
            people, fingerprint = set(facts["people"]), str(facts["fingerprint"])
        except (OSError, ValueError, LookupError, TypeError):
            continue  # not a model's
        if any(digest_of(one, fingerprint) in people for one in ids):
            matches.append(path.parent)
    return matches
