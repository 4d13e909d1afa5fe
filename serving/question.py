"""Questions as people in Python ask them: text, numbers, moments and lists, each refused by name where it is something else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from numbers import Integral, Real

import numpy as np

from suasion.features.errors import InputError
from suasion.training.dataset import Time, moment_of

from .scoring.candidates import Ask

_TEXTS = frozenset(("campaign", "brief", "brand", "category", "goal", "country"))
_LISTS = frozenset(("must", "never", "platforms"))
_COUNTS = frozenset(("most_posts", "at_most", "min_new", "explore"))


def question_of(
    *, as_of: Time | None, ends_at: Time | None, offer: Mapping[str, float] | None, **about: object
) -> Ask:
    """Return a question with each value of its type; where a list is wanted, a text is a list of one.

    Raises
    ------
    InputError
        When a value is of another type.

    Examples
    --------
    >>> question_of(as_of=None, ends_at=None, offer={"fee": 300}, must="anna", budget=1500).limits.must
    ('anna',)
    """
    if offer is not None and not isinstance(offer, Mapping):
        raise InputError(f"offer is {offer!r:.60}; it can be a dict such as {{'exposure': 2, 'fee': 300}}.")
    moments = {
        name: None if moment is None else moment_of(moment, name)
        for name, moment in (("as_of", as_of), ("ends_at", ends_at))
    }
    numbers = {name: _number(f"offer[{name!r}]", value) for name, value in (offer or {}).items()}
    checked = {name: value if value is None else _checked(name, value) for name, value in about.items()}
    return Ask.of({**checked, **moments, "offer": numbers})


def texts(name: str, value: object) -> tuple[str, ...]:
    """Return a text, or several, as a tuple of them."""
    several: list[object] = [value] if isinstance(value, str) or not isinstance(value, Iterable) else [*value]
    if others := [one for one in several if not isinstance(one, str)]:
        raise InputError(f"{name} is {others[0]!r:.60}; it can be a text, or a list of texts.")
    return tuple(one for one in several if isinstance(one, str))


def _checked(name: str, value: object) -> object:
    if name in _LISTS:
        return texts(name, value)
    if name not in _TEXTS:
        return _number(name, value)
    if not isinstance(value, str):
        raise InputError(f"{name} is {value!r:.60}; it can be a text.")
    return value


def _number(name: str, value: object) -> float:
    whole = name in _COUNTS
    if isinstance(value, bool | np.bool_) or not isinstance(value, Integral if whole else Real):
        raise InputError(f"{name} is {value!r:.60}; it can be a {'whole ' * whole}number.")
    number = float(value)
    if not math.isfinite(number):
        raise InputError(f"{name} is {number}; it can be a finite number.")
    return int(number) if whole else number
