"""API keys: random, kept only as hashes, several at once, each with scopes.

A key is 32 random bytes, so a plain SHA-256 of it cannot be searched; a slow hash would only slow down those who have one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from suasion.features.errors import InputError
from suasion.features.tables.files import whole_file

SCOPES = {
    "read": "read stored scores, explanations, the model's evaluation, the page and metrics",
    "score": "score briefs and raw activity, which is work",
    "admin": "reload the model",
}
PREFIX = "suasion_"
_HASH = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Key:
    """A key as it is kept: its name, its hash and what it may do."""

    name: str
    sha256: str
    scopes: frozenset[str]


class Keys:
    """The keys of a service."""

    def __init__(self, keys: Sequence[Key], path: Path | None = None) -> None:
        self._keys = tuple(keys)
        self._path = path
        self._secret = secrets.token_bytes(32)

    @classmethod
    def read(cls, path: Path) -> Keys:
        """Read a file that ``suasion keys`` wrote; raises InputError when it is not such a file."""
        return cls(_read(path), path)

    def refresh(self) -> None:
        """Read the file again: a key that was taken out lets nobody in any more, nor does a session made with it.

        Raises InputError when it is no file of keys any more; the old keys stay.
        """
        if self._path is not None:
            self._keys = tuple(_read(self._path))

    def find(self, text: str) -> Key | None:
        """Return the key that was given, compared with every one in constant time."""
        digest = hashlib.sha256(text.encode()).hexdigest()
        match = None
        for key in self._keys:
            if hmac.compare_digest(digest, key.sha256):
                match = key
        return match

    def sign(self, key: Key, until: int) -> str:
        """Return a session of the page for a key, good until a Unix time or the end of this process."""
        content = f"{key.sha256}.{until}"
        return f"{content}.{hmac.new(self._secret, content.encode(), hashlib.sha256).hexdigest()}"

    def signed(self, session: str, now: float) -> Key | None:
        """Return the key of a session that is genuine and not over."""
        content, _, signature = session.rpartition(".")
        expected = hmac.new(self._secret, content.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signature.encode(), expected.encode()):
            return None
        digest, _, until = content.partition(".")
        if now > int(until):
            return None
        return next((key for key in self._keys if key.sha256 == digest), None)


def _read(path: Path) -> list[Key]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["keys"]
        keys = [Key(str(e["name"]), str(e["sha256"]), frozenset(map(str, e["scopes"]))) for e in entries]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} is no file of keys ({type(error).__name__}). Make one with: suasion keys {path} --name NAME"
        ) from error
    unknown = sorted({scope for key in keys for scope in key.scopes} - set(SCOPES))
    if unknown or not keys:
        raise InputError(
            f"{path} has {'the scopes ' + ', '.join(unknown) if unknown else 'no keys'}; scopes are {', '.join(SCOPES)}."
        )
    broken = [key.name for key in keys if not _HASH.fullmatch(key.sha256)]
    if broken:
        raise InputError(
            f"{path} has no SHA-256 for {', '.join(broken)}: 64 lower-case hexadecimal digits. Make the key anew."
        )
    return keys


def add_key(path: Path, name: str, scopes: Sequence[str]) -> str:
    """Make a key, add its hash to the file, and return the key itself, which is kept nowhere; raises InputError when the name is taken or a scope is unknown."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise InputError(f"Scopes are {', '.join(SCOPES)}; given: {', '.join(scopes) or 'none'}.")
    keys = _read(path) if path.exists() else []
    if any(key.name == name for key in keys):
        raise InputError(
            f"{path} has a key named {name!r} already. Choose another name, or remove it from the file."
        )
    made = PREFIX + secrets.token_urlsafe(32)
    keys.append(Key(name, hashlib.sha256(made.encode()).hexdigest(), frozenset(scopes)))
    entries = [{**asdict(key), "scopes": sorted(key.scopes)} for key in keys]
    with whole_file(path) as partial:
        partial.touch(mode=0o600)
        partial.write_text(json.dumps({"keys": entries}, indent=1) + "\n", encoding="utf-8")
    return made
