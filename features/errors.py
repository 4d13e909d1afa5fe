"""The errors suasion raises on purpose, drawn as a tree.

SuasionError
├── InputError        what the user gave cannot be used: a path, an address, an option
│   ├── MissingTableError
│   ├── MissingColumnError
│   ├── EmptyTableError
│   ├── NotFoundError     a campaign or an influencer that the data does not know
│   └── ConflictError     each value can be, and together, or with what the data holds, they cannot
├── BundleError       a model on disk that must not be loaded
└── DiskFullError     a disk without space for what is to be written
"""

from __future__ import annotations


class SuasionError(Exception):
    """Every error that suasion raises on purpose; its text says what was given, what is allowed, what to do.

    Where one value is wrong, ``field`` is its name, ``given`` that value, and ``allowed`` what it can be, in words.

    >>> InputError("days is 0; it can be above 0.", field="days", given=0, allowed="above 0").field
    'days'
    """

    def __init__(self, text: str = "", *, field: str = "", given: object = None, allowed: str = "") -> None:
        super().__init__(text)
        self.field, self.given, self.allowed = field, given, allowed


class InputError(SuasionError):
    """Something the user gave cannot be used."""


class MissingTableError(InputError):
    """A table that cannot be done without is not there."""


class MissingColumnError(InputError):
    """A table lacks a column that cannot be done without."""


class EmptyTableError(InputError):
    """A table that cannot be done without has no usable row."""


class NotFoundError(InputError):
    """A campaign or an influencer that the data does not know."""


class ConflictError(InputError):
    """Values that can be, each alone, and cannot be together, or with what the data holds."""


class BundleError(SuasionError):
    """A model on disk that is damaged, of another format, or not a model at all."""


class DiskFullError(SuasionError):
    """A disk has no space for what is to be written; nothing half-written stays."""
