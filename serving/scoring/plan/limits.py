"""What a plan must keep to, in the words of whoever asks for it, and as numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from suasion.features.engine.currencies import priced
from suasion.features.errors import ConflictError, InputError
from suasion.features.tables.open import Tables
from suasion.features.tables.read import known_by
from suasion.training.estimators.base import Floats

from .program import Flags, Rule
from .together import Together

Platforms = Mapping[str, frozenset[str]]
"""Of each influencer, where their accounts are, in small letters."""

MOST_EACH = 20
"""The most posts of one person that a plan looks at: each number of them is forecast."""
LEAST = 1e-6
"""The smallest budget or target that is an amount; what is divided by less can be beyond numbers."""


@dataclass(frozen=True)
class Limits:
    """Whom a plan must and may ask."""

    must: tuple[str, ...] = ()
    """Ids, accounts or handles of those who are asked in any case."""
    never: tuple[str, ...] = ()
    """Of those who are not asked."""
    most_fee: float | None = None
    """The most that one person may cost."""
    at_most: int | None = None
    """How many may be of one platform."""
    min_new: int = 0
    """How many must have no past outcome."""
    platforms: tuple[str, ...] = ()
    """Where to ask people; empty for everywhere."""
    among: tuple[str, ...] = ()
    """Ids, accounts or handles of those to choose from, such as a client's list; empty for everybody."""
    most_posts: int | None = None
    """The most posts that one person may be asked for: the plan chooses how many, from one up. None: as many as are agreed."""

    def words(self, currency: str = "") -> list[str]:
        """Return what is to be kept to, each in some words.

        >>> Limits(must=("a",), never=("b", "c"), most_fee=900.0, at_most=2, platforms=("tiktok", "youtube")).words()
        ['on tiktok or youtube', 'at most 900 each', 'at most 2 of one platform', '1 must have', '2 left out']
        """
        return [
            *([f"only the {len(self.among):,} on your list"] if self.among else []),
            *([f"on {' or '.join(self.platforms)}"] if self.platforms else []),
            *(
                [f"at most {priced(f'{self.most_fee:,.10g}', currency)} each"]
                if self.most_fee is not None
                else []
            ),
            *(
                [f"up to {self.most_posts} post{'s' if self.most_posts > 1 else ''} each"]
                if self.most_posts is not None
                else []
            ),
            *([f"at most {self.at_most:,} of one platform"] if self.at_most is not None else []),
            *([f"at least {self.min_new:,} new"] if self.min_new else []),
            *([f"{len(self.must):,} must have"] if self.must else []),
            *([f"{len(self.never):,} left out"] if self.never else []),
        ]

    def __post_init__(self) -> None:
        """Refuse numbers that no plan can keep to."""
        if self.most_fee is not None and not self.most_fee >= 0:
            raise InputError(f"The most fee is {self.most_fee:g}; it must be 0 or more.")
        if self.at_most is not None and self.at_most < 1:
            raise InputError(f"At most {self.at_most} of one platform is nobody; it must be 1 or more.")
        if self.min_new < 0:
            raise InputError(f"{self.min_new} new people cannot be asked; it must be 0 or more.")
        if self.most_posts is not None and not 1 <= self.most_posts <= MOST_EACH:
            raise InputError(
                f"Up to {self.most_posts} posts each cannot be planned; it must be 1 to {MOST_EACH}.",
                field="most_posts",
            )


@dataclass(frozen=True)
class Case:
    """The candidates a plan chooses from, and what a choice must keep."""

    expected: Floats
    fee: Floats
    """0 where it is not known: who has none is not asked."""
    may: Flags
    must: Flags
    rules: tuple[tuple[str, Rule], ...] = ()
    """Each with what it is called."""
    together: Together | None = None
    """What a set of them brings; None: the sum."""
    currency: str = ""
    """Of fees; empty where it is not known."""
    person: NDArray[np.int64] | None = None
    """Whose each row is, where a person has several, of which at most one is chosen; rows of one stand together. None: each is a person."""

    def conversions(self, chosen: Flags) -> float:
        """Return what people are expected to bring together."""
        return (
            float(self.expected[chosen].sum()) if self.together is None else self.together.conversions(chosen)
        )

    def added(self, chosen: Flags, row: int) -> float:
        """Return what somebody brings beyond the others who are chosen, whether or not they are chosen too."""
        return float(self.expected[row]) if self.together is None else self.together.added(chosen, row)

    def instead(self, chosen: Flags) -> tuple[NDArray[np.int64], Flags]:
        """Return for each row the row of the same person that is chosen, and whether there is one."""
        if self.person is None:
            return np.zeros(len(chosen), dtype=np.int64), np.zeros(len(chosen), dtype=bool)
        here = np.full(self.person[-1] + 1, -1)
        here[self.person[chosen]] = np.flatnonzero(chosen)
        return here[self.person], here[self.person] >= 0

    @classmethod
    def of(cls, expected: Floats, fee: Floats) -> Case:
        """Return a case without limits: everybody who has a fee can be asked."""
        known = np.isfinite(fee)
        return cls(expected, np.where(known, fee, 0.0), known, np.zeros(len(fee), dtype=bool))


def case_of(
    limits: Limits,
    ids: Sequence[str],
    expected: Floats,
    fee: Floats,
    new: Floats,
    platforms: Platforms,
    place: Callable[[str], int],
) -> Case:
    """Return the case that limits make of candidates.

    Parameters
    ----------
    ids, expected, fee
        Of the candidates, shape (n,); a fee that is not known is NaN.
    new
        1 for whoever has no past outcome, else 0; NaN where that is not known.
    platforms
        Where the accounts of each are.
    place
        The row of whoever goes by a name.

    Raises
    ------
    InputError
        When a limit names nobody, contradicts another, or goes by what the data does not have.
    """
    plain = Case.of(expected, fee)
    may, must = plain.may.copy(), plain.must.copy()
    homes = [platforms.get(who, frozenset()) for who in ids]
    known = sorted(frozenset().union(*homes))
    if (limits.platforms or limits.at_most is not None) and not known:
        raise ConflictError(
            "The platform of no candidate is known: fill the column platform of influencers.",
            field="platforms" if limits.platforms else "at_most",
        )
    if limits.platforms:
        wanted = frozenset(name.casefold() for name in limits.platforms)
        if unknown := sorted(wanted - set(known)):
            raise ConflictError(f"No candidate is on {', '.join(unknown)}; they are on {', '.join(known)}.")
        may &= np.array([bool(home & wanted) for home in homes])
    if limits.most_fee is not None:
        may &= plain.fee <= limits.most_fee * (1 + 1e-9)
    if limits.among:
        on_list = np.zeros(len(ids), dtype=bool)
        on_list[[place(name) for name in limits.among]] = True
        may &= on_list
    banned = {place(name) for name in limits.never}
    may[list(banned)] = False
    for name in limits.must:
        row = place(name)
        if row in banned:
            raise ConflictError(f"{name} is to be asked and not to be asked. Name them once.")
        if not plain.may[row]:
            raise ConflictError(f"{name} is to be asked and has no fee: fill the column fee of candidates.")
        if not may[row]:
            raise ConflictError(
                f"{name} is to be asked, which the list, the most fee or the platforms rule out."
            )
        must[row] = True
    rules: list[tuple[str, Rule]] = []
    if limits.at_most is not None:
        for name in known:
            on = np.array([name in home for home in homes], dtype=np.float64)
            rules.append((f"at most {limits.at_most} on {name}", Rule(on, high=limits.at_most)))
    if limits.min_new:
        if np.isnan(new).all():
            raise ConflictError(
                "Who is new cannot be told: the model does not look at past campaigns.", field="min_new"
            )
        rules.append((f"at least {limits.min_new} new", Rule(np.nan_to_num(new), low=limits.min_new)))
    return Case(expected, plain.fee, may, must, tuple(rules))


def read_platforms(tables: Tables, as_of: datetime) -> Platforms:
    """Return where the accounts of everybody are, as it was known before a moment."""
    rows = tables.sql(
        f"SELECT influencer_id, lower(platform) FROM influencers WHERE platform IS NOT NULL AND {known_by(as_of)}"
    ).fetchall()
    platforms: dict[str, frozenset[str]] = {}
    for who, platform in rows:
        platforms[who] = platforms.get(who, frozenset()) | {platform}
    return platforms
