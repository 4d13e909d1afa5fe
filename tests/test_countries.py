"""Which share of an audience can act at all: the campaign's countries among those that a list names, by whatever code of a country."""

from __future__ import annotations

import numpy as np
import pytest

from suasion.features.engine.views import UNNAMED

from . import small
from .test_no_look_ahead import DECISIONS, base, build

SHARE = "relevance__country_share"


@pytest.mark.parametrize(
    ("sold_in", "told", "share"),
    [
        ("DE", '{"DE": 0.45, "AT": 0.1}', 0.45),
        ("de, at", '{"DE": 0.45, "AT": 0.1}', 0.55),
        ("DE/AT", '{"at": 0.1, "DE": 0.45}', 0.55),
        ("UK", '{"GB": 0.7}', 0.7),  # what people call it is no code of ISO 3166
        ("GB", '{"UK": 0.7}', 0.7),
        ("UK", '{"GB": 0.95}', 0.95),
        ("FR", '{"DE": 0.45, "AT": 0.1}', 0.1),  # no more than the least that is named
        ("FR", '{"DE": 0.85, "AT": 0.1}', 0.05),  # no more than what they leave
        ("FR", f'{{"DE": {1 - UNNAMED - 0.25}, "AT": {UNNAMED + 0.05}}}', None),
        ("FR", "{}", None),
        (None, '{"DE": 0.45}', None),
        ("DE", None, None),
    ],
)
def test_the_share_of_those_who_can_act(sold_in: str | None, told: str | None, share: float | None) -> None:
    rows = base()
    for campaign in rows["campaigns"]:
        campaign["country"] = sold_in
    at = small.T0 - small.MICRO
    rows["audience"] = [
        {"influencer_id": "ann", "observed_at": at, "known_at": at, "followers": 9.0, "country_share": told}
    ]
    found = build(rows, DECISIONS).set_index("influencer_id")[SHARE]["ann"]
    assert np.isnan(found) if share is None else found == pytest.approx(share)
