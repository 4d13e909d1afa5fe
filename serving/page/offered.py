"""What is offered to the people of a ranking, and who moves where another offer is tried."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from suasion.features.engine.currencies import priced
from suasion.serving.explaining.charts import count
from suasion.serving.explaining.wording import percent
from suasion.serving.scoring.ranking import Board

DISCOUNT = "offer__discount"
MOST_NAMED = 3
"""Who rises and who falls, named in a sentence."""
LOOKED_AT = 20
"""Places, before or after, whose movements are told: far below, a few places are nothing."""


def agreed(board: Board) -> dict[str, str]:
    """Return in words what is offered: posts, fee and discount, from the least to the most; empty where it is not known.

    >>> from suasion.serving.page.offered import _range
    >>> _range(np.array([2.0, 2.0])), _range(np.array([1.0, np.nan, 3.0])), _range(np.array([np.nan]))
    ('2', '1 to 3', '')
    """
    features = board.scored.features
    discount = features[DISCOUNT].to_numpy(dtype=np.float64) if DISCOUNT in features else np.array([np.nan])
    share = _range(100 * discount)
    return {
        "posts": _range(board.columns["exposure"]),
        "fee": priced(_range(board.fees), board.scored.currency),
        "discount": f"{share} %" if share else "",
    }


def _range(values: NDArray[np.float64]) -> str:
    known = values[np.isfinite(values)]
    if not len(known):
        return ""
    low, high = count(float(known.min())), count(float(known.max()))
    return low if low == high else f"{low} to {high}"


def offer_words(offer: Mapping[str, float], currency: str = "") -> str:
    """Return an offer in words.

    >>> offer_words({"exposure": 1.0, "fee": 1500.0, "discount": 0.2}, "EUR"), offer_words({"exposure": 3.0})
    ('1 post, 1,500 EUR each, 20 % discount', '3 posts')
    """
    said = []
    if "exposure" in offer:
        said.append(f"{count(offer['exposure'])} post{'' if offer['exposure'] == 1 else 's'}")
    if "fee" in offer:
        said.append(f"{priced(count(offer['fee']), currency)} each")
    if "discount" in offer:
        said.append(f"{percent(offer['discount'])} discount")
    return ", ".join(said)


def terms_of(board: Board, rows: NDArray[np.int64]) -> tuple[str, list[str]]:
    """Return in a sentence for what people are asked, and of each in a few words where it is not the same for all.

    >>> from suasion.serving.page.offered import _terms
    >>> _terms(np.array([2.0, 2.0]), np.array([20.0, 20.0])), _terms(np.array([1.0, 3.0]), np.array([0.0, np.nan]))
    ('2 posts each, and 20 % off for whoever follows them', '1 to 3 posts each')
    """
    features = board.scored.features
    posts = board.columns["exposure"][rows]
    discount = (
        features[DISCOUNT].to_numpy(dtype=np.float64)[rows] if DISCOUNT in features else np.zeros(len(rows))
    )
    each = [
        offer_words({"exposure": many} | ({"discount": share} if share > 0 else {}))
        for many, share in zip(posts, discount, strict=True)
    ]
    words = f"Asked for: {_terms(posts, 100 * discount)}." if len(rows) else ""
    return words, each if len(set(each)) > 1 else [""] * len(rows)


def _terms(posts: NDArray[np.float64], percents: NDArray[np.float64]) -> str:
    many, share = _range(posts), _range(percents)
    off = f", and {share} % off for whoever follows them" if (percents > 0).any() else ""
    return f"{many} post{'' if many == '1' else 's'} each{off}"


def places_before(board: Board, before: Board) -> NDArray[np.int64]:
    """Return the place of each candidate under another offer, from 1; 0 for who was no candidate there."""
    place = {who: row + 1 for row, who in enumerate(before.ids)}
    return np.array([place.get(who, 0) for who in board.ids], dtype=np.int64)


def moved(board: Board, before: Board) -> str:
    """Return in a sentence who moves most under another offer, among the first places before and after."""
    was = places_before(board, before)
    now = np.arange(1, len(board) + 1)
    rises = np.where((was > 0) & (np.minimum(was, now) <= LOOKED_AT), was - now, 0)
    if not rises.any():
        return "Nobody moves among the first places."

    def named(rows: NDArray[np.int64]) -> str:
        return ", ".join(
            f"{board.handles.get(board.ids[row], board.ids[row])} from {was[row]:,} to {now[row]:,}"
            for row in rows
        )

    order = np.argsort(-np.abs(rises), kind="stable")
    up = [row for row in order if rises[row] > 0][:MOST_NAMED]
    down = [row for row in order if rises[row] < 0][:MOST_NAMED]
    said = [f"up go {named(np.array(up))}"] if up else []
    said += [f"down go {named(np.array(down))}"] if down else []
    kept = int((was[:LOOKED_AT] == now[:LOOKED_AT]).sum())
    many = min(LOOKED_AT, len(board))
    sentence = "; ".join(said)
    return f"{sentence[0].upper()}{sentence[1:]}. {kept} of the first {many} keep their place."
