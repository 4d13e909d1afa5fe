"""Keys of services: read from the environment or the system's keyring, and taken out of whatever is written or said."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from suasion.features.errors import InputError

KEYRING = "suasion"
"""The service under which the system's keyring keeps keys."""
HIDDEN = "[key]"
"""What stands where a key was."""


class Secret:
    """A key that does not show itself: only :attr:`value` is the key.

    >>> Secret("s3cret-s3cret"), f"{Secret('s3cret-s3cret')}"
    ([key], '[key]')
    """

    def __init__(self, value: str) -> None:
        self.value = value

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__


@dataclass(frozen=True)
class Key:
    """A key that a service asks for."""

    variable: str
    """The environment variable that holds it, and its name in the keyring."""
    get: str
    """How to get one."""

    def read(self) -> Secret | None:
        """Return the key, the environment's before the keyring's; None where neither has one.

        Raises
        ------
        InputError
            When it holds signs that no key has, such as a line break.
        """
        value = os.environ.get(self.variable, "").strip() or _in_keyring(self.variable)
        if not value:
            return None
        if not value.isascii() or not value.isprintable() or " " in value or len(value) < 8:
            raise InputError(
                f"The key in {self.variable} is none: it has fewer than 8 characters, or a space, a line break or a sign that no key has. "
                "Copy it again."
            )
        return Secret(value)


def _in_keyring(name: str) -> str:
    if find_spec("keyring") is None:
        return ""
    keyring = import_module("keyring")
    try:
        return (keyring.get_password(KEYRING, name) or "").strip()
    except keyring.errors.KeyringError:  # locked, or a machine without one
        return ""


def hide(data: bytes, secrets: Iterable[Secret]) -> bytes:
    r"""Return bytes without the keys in them, as they are, in an address, or in JSON however deep.

    >>> hide(b'{"next": "https://a.org/?token=ab%2Fcd%2Fef", "t": "ab\\/cd\\u002fef"}', [Secret("ab/cd/ef")])
    b'{"next": "https://a.org/?token=[key]", "t": "[key]"}'
    """
    for secret in secrets:
        signs = (rf"(?:\\*{re.escape(sign)}|%{ord(sign):02x}|\\+u00{ord(sign):02x})" for sign in secret.value)
        data = re.sub("".join(signs).encode(), HIDDEN.encode(), data, flags=re.IGNORECASE)
    return data
