"""What people bring together: an account that follows several of them counts once, and the best choice among people who share some.

In a segment, the accounts that follow exactly the same people, somebody moves their expected conversions for each account of their
audience. An account sees what each of those who are asked posts with the chance ``seen``, whether or not it sees the others, and
counts for whoever moves most of those it sees. So a segment in which all move equally many brings ``1 − (1 − seen)^asked`` of what it
would bring if all of it saw: with each further person less. Alone, everybody brings what is expected of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from suasion.features.errors import ConflictError
from suasion.training.estimators.base import Floats

from .audience import Audience
from .program import CLOSE, REPEATS, TOO_FINE, Flags, Rule, most, search

MOST_SEGMENTS = 1_000
"""Segments that are told apart; of more a sample of the accounts in them stands for all."""
CONSIDERED, NODES = 1_000, 500
"""Candidates among whom a choice is proved to be the best, and branches of the proof: beyond, how far it may fall short is told."""

FINE = 1e-3
"""The solver takes for equal what differs by a millionth: the most that one column gains is made a thousand."""


@dataclass(frozen=True)
class Together:
    """What a set of people brings: the sum of ``unshared``, and of each group what those of them who are asked bring once."""

    unshared: Floats
    """What each brings of their own, shape (n,)."""
    groups: sparse.csr_array = field(repr=False)
    """Who is in which group, shape (groups, n), of 0 and 1."""
    weight: Floats
    """What each group brings where one of it is asked, shape (groups,)."""
    seen: float = 1.0

    @classmethod
    def apart(cls, expected: Floats) -> Together:
        """Return people who share nothing: what they bring together is the sum."""
        return cls(expected, sparse.csr_array((0, len(expected))), np.zeros(0))

    @classmethod
    def of(
        cls, expected: Floats, rows: Mapping[str, int], audience: Audience | None, seen: float = 1.0
    ) -> Together:
        """Return what candidates bring together.

        Parameters
        ----------
        expected
            Conversions of each alone, shape (n,); or (n, numbers) for each number of posts, of which at most one is chosen.
        rows
            The row of each person.
        audience
            Of some of them; the others share nothing.
        seen
            Share of an audience that sees what is posted, above 0 and up to 1.

        Examples
        --------
        >>> audience = Audience({"ann": 40, "bob": 20}, ((("ann", "bob"), 10),))
        >>> together = Together.of(np.array([8.0, 6.0]), {"ann": 0, "bob": 1}, audience)
        >>> float(together.conversions(np.array([True, True])))  # 10 accounts bring 0.3 each by bob, and no 0.2 by ann
        12.0
        """
        alone, groups = expected.astype(np.float64).ravel(), dict[tuple[int, ...], float]()
        if audience is None or not audience.segments:
            return cls.apart(alone)
        segments, sizes = _sampled(audience, rows)
        of_person = np.arange(len(alone)).reshape(len(expected), -1)
        density = {
            int(row): alone[row] / size
            for who, size in sizes.items()
            if size > 0
            for row in of_person[rows[who]]
        }
        alone = alone.copy()
        for people, count in segments:
            best = sorted(of_person[list(people)].ravel().tolist(), key=lambda row: (-density[row], row))
            for upto in range(2, len(best) + 1):
                step = density[best[upto - 1]] - (density[best[upto]] if upto < len(best) else 0.0)
                if step > 0:
                    group = tuple(sorted(best[:upto]))
                    groups[group] = groups.get(group, 0.0) + step * count
                    alone[list(group)] -= step * count
        many = [len(group) for group in groups]
        members = np.array([row for group in groups for row in group], dtype=np.int64)
        of_group = np.repeat(np.arange(len(groups)), many)
        matrix = sparse.csr_array((np.ones(len(members)), (of_group, members)), (len(groups), len(alone)))
        return cls(alone.clip(0.0), matrix, np.array(list(groups.values())), seen)

    @property
    def shared(self) -> bool:
        """Whether any two of them share anybody."""
        return len(self.weight) > 0

    def once(self, many: Floats) -> Floats:
        """Return how many times what one alone brings comes of accounts that so many reach."""
        return many.clip(0.0, 1.0) if self.seen == 1 else (1.0 - (1.0 - self.seen) ** many) / self.seen

    def conversions(self, chosen: Flags) -> float:
        """Return what people bring together."""
        return float(
            self.unshared[chosen].sum() + self.weight @ self.once(self.groups @ chosen.astype(np.float64))
        )

    def added(self, chosen: Flags, row: int) -> float:
        """Return what somebody brings beyond the others who are chosen, whether or not they are chosen too."""
        others, with_them = chosen.copy(), chosen.copy()
        others[row], with_them[row] = False, True
        here = self.groups[:, [row]].nonzero()[0]
        part = self.groups[here]
        more = self.once(part @ with_them.astype(np.float64)) - self.once(part @ others.astype(np.float64))
        return float(self.unshared[row] + self.weight[here] @ more)

    @cached_property
    def tangents(self) -> tuple[sparse.csr_array, sparse.csr_array, Floats]:
        """Rows that hold each group's share below what its members bring: ``people @ x + groups @ z <= bound``, exact at whole numbers."""
        size = self.groups.sum(axis=1).astype(np.int64)
        steps = np.ones_like(size) if self.seen == 1 else size  # above one who is chosen nothing is added
        of_group = np.repeat(np.arange(len(size)), steps)
        many = np.concatenate([np.arange(count) for count in steps]) if len(steps) else np.zeros(0)
        slope = self.once(many + 1.0) - self.once(many)
        people = sparse.diags_array(-slope) @ self.groups[of_group]
        ones = sparse.csr_array(
            (np.ones(len(of_group)), (np.arange(len(of_group)), of_group)), (len(of_group), len(size))
        )
        return sparse.csr_array(people), ones, self.once(many) - slope * many

    @cached_property
    def top(self) -> Floats:
        """The most times that each group can count, shape (groups,)."""
        return self.once(self.groups.sum(axis=1).astype(np.float64))


def _sampled(
    audience: Audience, rows: Mapping[str, int]
) -> tuple[list[tuple[tuple[int, ...], float]], dict[str, float]]:
    """Return segments by rows with their accounts, and the size of each audience that fits them.

    Of too many segments every so many accounts are taken, in an order in which like segments stand beside one another.
    """
    known = {who: float(size) for who, size in audience.sizes.items() if who in rows}
    merged = dict[tuple[int, ...], float]()
    for people, count in audience.segments:
        here = tuple(sorted(rows[who] for who in people if who in known))
        if len(here) > 1:
            merged[here] = merged.get(here, 0.0) + count
    segments = sorted(merged.items())
    if len(segments) > MOST_SEGMENTS:
        upto = np.cumsum([count for _, count in segments])
        each = upto[-1] / MOST_SEGMENTS
        taken = np.searchsorted(upto, (np.arange(MOST_SEGMENTS) + 0.5) * each)
        sample = [(segments[place][0], times * each) for place, times in zip(*np.unique(taken, return_counts=True), strict=True)]  # fmt: skip
        off = np.zeros(max(rows.values()) + 1)
        for sign, part in ((-1.0, segments), (1.0, sample)):
            for here, times in part:
                off[list(here)] += sign * times
        known = {who: size + off[rows[who]] for who, size in known.items()}
        segments = sample
    return segments, known


@dataclass(frozen=True)
class Aim:
    """What a choice makes most of: so much for each conversion, less so much for each unit of money."""

    conversions: float = 1.0
    money: float = 0.0


def best_together(
    together: Together,
    aim: Aim,
    fee: Floats,
    rules: list[Rule],
    may: Flags,
    must: Flags,
    least: float | None = None,
) -> tuple[Flags | None, float]:
    """Choose the people who together serve an aim best, and say by what share of it a better choice can at most be better.

    Parameters
    ----------
    rules, may, must
        As for :func:`.program.most`.
    least
        Conversions that must be reached; None for none.

    Returns
    -------
    chosen : ndarray of bool, shape (n,), or None
        None where no choice keeps the rules.
    gap : float
        0 where it is proved that none is better.
    """
    alone = together.unshared + together.groups.T @ together.weight
    summed = [*rules, Rule(alone, low=least)] if least is not None else rules
    plain = most(aim.conversions * alone - aim.money * fee, summed, may, must)
    if plain is None or not together.shared:
        return plain, 0.0

    def worth(chosen: Flags) -> float:
        return aim.conversions * together.conversions(chosen) - aim.money * float(fee[chosen].sum())

    gain = aim.conversions * alone - aim.money * fee
    useful = np.zeros(len(fee), dtype=bool)
    for rule in summed:
        if np.isfinite(rule.low):
            useful |= rule.weight > 0
    free = np.flatnonzero(may & ~must & ((gain > 0) | useful))
    bound = float(gain[plain].sum())  # nobody brings more together than the sum
    few = len(free) <= CONSIDERED
    if not few:
        weight = sum((rule.weight / rule.size for rule in rules), np.zeros(len(fee)))
        first = np.lexsort((free, -gain[free] / (weight[free] + CLOSE), ~plain[free]))
        free = np.sort(free[first[:CONSIDERED]])
    chosen, reached = solved(together, aim, fee, rules, free, must, least)
    bound = min(bound, reached) if few and reached is not None else bound
    choices = [
        one
        for one in (chosen, plain)
        if one is not None and (least is None or together.conversions(one) >= least * (1 - CLOSE))
    ]
    if not choices:
        return None, 0.0
    best = max(choices, key=worth)
    short = (bound - worth(best)) / max(abs(bound), 1e-300)
    return best, short if short > 1e-6 else 0.0


def solved(
    together: Together,
    aim: Aim,
    fee: Floats,
    rules: list[Rule],
    free: NDArray[np.int64],
    must: Flags,
    least: float | None,
    person: NDArray[np.int64] | None = None,
) -> tuple[Flags | None, float | None]:
    """Return the best choice among some, and a value that none of them exceeds.

    Parameters
    ----------
    person
        Whose each row is, where at most one of each person is chosen.
    """
    problem = Columns.of(together, free, must, person)
    gain = np.append(
        aim.conversions * together.unshared[free] - aim.money * fee[free], aim.conversions * problem.weight
    )
    fixed = aim.conversions * together.unshared[must].sum() - aim.money * fee[must].sum()
    rows = [np.append(rule.weight[free], np.zeros(problem.groups)) / rule.size for rule in rules]
    low = [(rule.low - rule.weight[must].sum()) / rule.size - CLOSE for rule in rules]
    high = [(rule.high - rule.weight[must].sum()) / rule.size + CLOSE for rule in rules]
    if least is not None:
        rows.append(np.append(together.unshared[free], problem.weight) / least)
        low.append(1.0 - together.unshared[must].sum() / least - CLOSE)
        high.append(np.inf)
    if not len(gain):  # everybody is in or out
        return (must.copy() if all(rule.holds(must) for rule in rules) else None), float(fixed)
    scale = (np.abs(gain).max(initial=0.0) or 1.0) * FINE
    for _ in range(REPEATS):
        limits = sparse.csr_array(np.array(rows).reshape(len(rows), len(gain)))
        solution = search(
            gain / scale,
            sparse.csr_array(sparse.vstack([problem.rows, limits])),
            np.append(np.full(problem.rows.shape[0], -np.inf), low),
            np.append(problem.high, high),
            whole=np.append(np.ones(len(free), dtype=bool), np.zeros(problem.groups, dtype=bool)),
            top=np.append(np.ones(len(free)), problem.top),
            nodes=NODES,
        )
        if solution is None:
            return None, None
        value = float(solution.bound * scale + fixed)
        if solution.values is None:
            return None, value
        chosen = must.copy()
        chosen[free[solution.values[: len(free)] > 0.5]] = True
        enough = least is None or together.conversions(chosen) >= least * (1 - CLOSE)
        if enough and all(rule.holds(chosen) for rule in rules):
            return chosen, value
        rows.append(np.append(np.where(chosen[free], 1.0, -1.0), np.zeros(problem.groups)))
        low.append(-np.inf)
        high.append(chosen[free].sum() - 1.0)
    raise ConflictError(TOO_FINE)


@dataclass(frozen=True)
class Columns:
    """The groups as columns beside some people, and the rows that bind them."""

    rows: sparse.csr_array
    """Shape (rows, people + groups)."""
    high: Floats
    top: Floats
    weight: Floats

    @property
    def groups(self) -> int:
        """How many there are."""
        return len(self.weight)

    @classmethod
    def of(
        cls,
        together: Together,
        people: NDArray[np.int64],
        fixed: Flags,
        person: NDArray[np.int64] | None = None,
    ) -> Columns:
        """Return those of which somebody is free or fixed; at most one of the rows of each person."""
        people_rows, group_rows, high = together.tangents
        high = high - people_rows @ fixed.astype(np.float64)
        here = np.flatnonzero(together.groups[:, people].sum(axis=1) + together.groups @ fixed > 0)
        of_here = np.flatnonzero(group_rows[:, here].sum(axis=1) > 0)
        matrix = sparse.hstack([people_rows[of_here][:, people], group_rows[of_here][:, here]])
        bound = high[of_here]
        if person is not None and len(people):
            _, of_person = np.unique(person[people], return_inverse=True)
            ones = (np.ones(len(people)), (of_person, np.arange(len(people))))
            once = sparse.csr_array(ones, (of_person.max() + 1, matrix.shape[1]))
            matrix, bound = sparse.vstack([matrix, once]), np.append(bound, np.ones(once.shape[0]))
        return cls(sparse.csr_array(matrix), bound, together.top[here], together.weight[here])
