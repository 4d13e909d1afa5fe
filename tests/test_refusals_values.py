"""Each refusal of a question: which field is wrong, what it was given, and what it can be, for whoever asks over HTTP to put right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from suasion.features import GROUPS
from suasion.features.errors import ConflictError, InputError, NotFoundError
from suasion.serving.explaining.score_change import check_two
from suasion.serving.loaded import Engine
from suasion.serving.scoring.candidates import Ask, check_ask, check_offer, name_campaign
from suasion.serving.scoring.notes import Notes
from suasion.serving.scoring.search import Names, one_of

from .quick import opened, write
from .test_board import board

DAY = datetime(2023, 5, 2)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with opened(write(tmp_path_factory.mktemp("data"))) as found:
        yield found


REFUSED: list[tuple[Callable[[Engine], Any], type[Exception], tuple[str, Any, str]]] = [
    (lambda _: check_ask(Ask()), InputError, ("campaign", None, "a campaign or a brief")),
    (lambda _: check_ask(Ask(campaign="c", brief="x")), InputError, ("campaign", "c", "a campaign or a brief")),
    (lambda _: check_ask(Ask(campaign="c", category="tea", days=3.0)), InputError, ("category", "tea", "none, with a stored campaign")),
    (lambda _: check_ask(Ask(brief="x", ends_at=DAY, days=3.0)), InputError, ("days", 3.0, "none, with ends_at")),
    (lambda _: check_ask(Ask(brief="x", days=0.0)), InputError, ("days", 0.0, "above 0 and up to 3660")),
    (lambda e: check_offer(e.tables, Ask(brief="x", offer={"fee": 1.0, "gift": 2.0})), NotFoundError, ("offer.gift", 2.0, "exposure, fee, discount")),
    (lambda e: check_offer(e.tables, Ask(brief="x", offer={"fee": -1.0})), InputError, ("offer.fee", -1.0, "a number from 0 to 1e+12")),
    (lambda e: check_offer(e.tables, Ask(brief="x", offer={"exposure": 0.0})), InputError, ("offer.exposure", 0.0, "a number above 0, up to 1e+12")),
    (lambda e: check_offer(e.tables, Ask(brief="x", offer={"exposure": 1e13})), InputError, ("offer.exposure", 1e13, "a number above 0, up to 1e+12")),
    (lambda e: check_offer(e.tables, Ask(brief="x", offer={"discount": 20.0})), InputError, ("offer.discount", 20.0, "a number from 0 to 1")),
    (lambda e: name_campaign(e.tables, Ask(campaign="zzz")), NotFoundError, ("campaign_id", "zzz", "a campaign in the data")),
    (lambda e: name_campaign(e.tables, Ask(brief="x", as_of=DAY, ends_at=datetime(2023, 5, 1)), Notes()), ConflictError, ("ends_at", datetime(2023, 5, 1), "2023-05-02 00:00 or later")),
    (lambda e: e.check_moment(Ask(brief="x", as_of=datetime(2019, 1, 2))), NotFoundError, ("as_of", datetime(2019, 1, 2), "2021-12-31 to 2024-05-01")),
    (lambda e: e.change(Ask(campaign="c03"), Ask(campaign="c03"), "i00", models=True), NotFoundError, ("models", True, "false, without an earlier model")),
    (lambda _: check_two(DAY, DAY), ConflictError, ("to_as_of", None, "another moment than as_of, or another model")),
    (lambda _: one_of(Names(["a", "b"], None, [("Ann", "a"), ("ann", "b")]), "ANN", ["b", "a"]), NotFoundError, ("influencer_id", "ANN", "the id of one")),
    (lambda _: one_of(Names(["a", "b"]), "zzz", ["b", "a"]), NotFoundError, ("influencer_id", "zzz", "an id, account or handle of a candidate")),
    (lambda _: board().page(above="fame"), InputError, ("above", "fame", ", ".join(GROUPS))),
    (lambda _: board().page(sort="fame"), InputError, ("sort", "fame", ", ".join(("expected_conversions", "influencer_id", *GROUPS, "fee", "cost_per_conversion")))),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "kind", "told"), REFUSED)
def test_what_is_wrong_what_it_was_and_what_it_can_be(
    asked: Callable[[Engine], Any], kind: type[Exception], told: tuple[str, Any, str], engine: Engine
) -> None:
    with pytest.raises(InputError) as refused:
        asked(engine)
    assert type(refused.value) is kind
    assert (refused.value.field, refused.value.given, refused.value.allowed) == told


def test_a_campaign_that_is_not_there_is_answered_with_the_latest_that_are(engine: Engine) -> None:
    with pytest.raises(NotFoundError, match=r"There is no campaign 'zzz'[.] Some that are there: c54, c53, c52[.] For a new one"):  # fmt: skip
        name_campaign(engine.tables, Ask(campaign="zzz"))
