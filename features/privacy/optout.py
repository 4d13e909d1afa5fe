"""People who are not to be in the data, and ids that say nobody's name.

A list of ids that opted out (one a line, ``#`` begins a comment) is the file ``opt-out.txt`` in the folder of tables, or any file that
``SUASION_OPT_OUT`` names. It is honoured wherever rows come in: by every importer, and whenever tables are opened, on every
engine: a row that names such a person is as if it were not there; it is neither counted nor quarantined.

A pseudonym is the HMAC (RFC 2104) of an id with a secret, SHA-256: who has the secret can find a person's rows again, nobody else.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from suasion.features.errors import InputError
from suasion.features.identity.addresses import address_of
from suasion.features.tables.read import literal

from .spoken import SPOKEN, without_names

if TYPE_CHECKING:
    from suasion.features.text.withheld import Sealer

OPT_OUT = "opt-out.txt"
MARK = "pseudonyms.txt"
"""In a folder whose ids are pseudonyms: what tells one secret from another."""
PERSONAL = ("influencer_id", "author_id", "referrer_id", "member_id", "account_id", "address")
"""Columns that name a person."""
TRACEABLE = ("post_id", "reply_to_id", "shares_id")
"""Columns from which a platform would find one."""
NAMES = ("handle", "landing", "referrer", "click_ref")
"""Columns that say who somebody is in words; with pseudonyms they stay empty."""
SHORTEST = 16
"""Characters a secret has at least."""


def read_list(path: Path) -> list[str]:
    """Return the ids of a list."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"The opt-out list {path} cannot be read ({error}). It is a text file with an id a line."
        ) from error
    return [bare for line in lines if (bare := line.partition("#")[0].strip())]


def opted_out(address: str | Path) -> tuple[str, ...]:
    """Return the ids that are on the lists for the data at an address.

    Raises InputError when ``SUASION_OPT_OUT`` names no file that can be read: a list that is not there must not pass for an empty one.
    """
    return tuple(sorted({one for path in _lists(address) for one in read_list(path)}))


def state_of_lists(address: str | Path) -> tuple[tuple[str, int, int], ...]:
    """Return what changes whenever the lists for the data at an address do: each with when it was written, and its size."""
    states = [(path, path.stat()) for path in _lists(address) if path.is_file()]
    return tuple((str(path), state.st_mtime_ns, state.st_size) for path, state in states)


def _lists(address: str | Path) -> list[Path]:
    from_environment = os.environ.get("SUASION_OPT_OUT")
    paths = [Path(from_environment)] if from_environment else []
    if "://" not in str(address) and (beside := Path(address) / OPT_OUT).is_file():
        paths.append(beside)
    return paths


def rows_of_others(columns: Collection[str], ids: Collection[str]) -> str | None:
    """Return SQL that holds for rows that name none of these people; None where it would hold for all.

    >>> rows_of_others(["post_id", "author_id"], ["x:1"])
    "(author_id IS NULL OR regexp_replace(trim(CAST(author_id AS VARCHAR)), '[.]0$', '') NOT IN ('x:1'))"
    """
    if not ids:
        return None
    listed = ", ".join(literal(one) for one in sorted(ids))
    # An integer id with a gap beside it was read as a float by whoever wrote it: 12.0 is 12.
    bare = "regexp_replace(trim(CAST({0} AS VARCHAR)), '[.]0$', '')"
    named = [name for name in PERSONAL if name in columns]
    return (
        " AND ".join(f"({name} IS NULL OR {bare.format(name)} NOT IN ({listed}))" for name in named) or None
    )


def without(query: str, columns: Collection[str], ids: Collection[str]) -> str:
    """Return a query without the rows that name one of these people."""
    condition = rows_of_others(columns, ids)
    return f"SELECT * FROM ({query}) WHERE {condition}" if condition else query


@dataclass(frozen=True)
class Pseudonyms:
    """What makes pseudonyms of ids."""

    secret: bytes

    @classmethod
    def from_environment(cls) -> Pseudonyms:
        """Return those of ``SUASION_SECRET``; raises InputError when there is no secret, or one that can be guessed."""
        secret = os.environ.get("SUASION_SECRET", "")
        if len(secret) < SHORTEST:
            raise InputError(
                f"Pseudonyms need a secret of at least {SHORTEST} characters in SUASION_SECRET. Make one with "
                "`python3 -c 'import secrets; print(secrets.token_hex(32))'`, and keep it where the data is not: without it "
                "nobody can add to the data, with it anybody can find a person in it."
            )
        return cls(secret.encode())

    def of(self, one: str) -> str:
        """Return the pseudonym of an id.

        >>> Pseudonyms(b"a secret of sixteen").of("x:12")
        'p:d54e1a4c02a56a6e96a0e2811f84e803'
        """
        return f"p:{hmac.new(self.secret, one.encode('utf-8', 'surrogatepass'), hashlib.sha256).hexdigest()[:32]}"

    def of_file(self, name: str) -> str:
        """Return the name of a file, and of what is in it where it is an archive (``a.zip:b.csv``), as pseudonyms.

        >>> Pseudonyms(b"a secret of sixteen").of_file("anna.csv")
        'p:35fadbf12571cf953d87c23268ee166f'
        """
        return ":".join(map(self.of, name.split(":")))

    def hide(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return a row in which ids and addresses are pseudonyms, and names are gone, in texts those that are marked as one."""
        hidden = {name: value for name, value in values.items() if name not in NAMES}
        for name in (*PERSONAL, *TRACEABLE):
            if isinstance(person := hidden.get(name), str):
                hidden[name] = self.of(person)
        for name in SPOKEN:
            if isinstance(text := hidden.get(name), str):
                hidden[name] = without_names(text)
        if isinstance(links := hidden.get("links"), list | tuple):
            # By its pseudonym an account is found again that a post links to.
            hidden["links"] = [self.of(address_of(link) or link) for link in links if isinstance(link, str)]
        return hidden


def settle_mark(out: Path, pseudonyms: Pseudonyms | None, holds_tables: bool) -> None:
    """See to it that a folder holds plain ids or pseudonyms of one secret, and write down which."""
    path = out / MARK
    mark = pseudonyms.of("suasion") if pseudonyms else None
    before = path.read_text(encoding="utf-8").strip() if path.is_file() else None
    if before is None and mark is not None and holds_tables:
        raise InputError(
            f"{out} holds plain ids already; pseudonyms beside them would make two of everybody. Name a new folder."
        )
    if before is not None and mark is None:
        raise InputError(
            f"{out} holds pseudonyms. Add --pseudonymise, with the secret they were made with in SUASION_SECRET."
        )
    if before is not None and before != mark:
        raise InputError(
            f"{out} holds pseudonyms made with another secret. Give the one it was made with in SUASION_SECRET."
        )
    if before is None and mark is not None:
        path.write_text(f"{mark}\n", encoding="utf-8")


class Door:
    """Lets rows in, or not, and takes off who they are about."""

    def __init__(
        self,
        ids: Iterable[str],
        pseudonyms: Pseudonyms | None = None,
        *,
        texts: bool = True,
        seal: Sealer | None = None,
    ) -> None:
        self.ids, self.pseudonyms, self.texts, self.seal = frozenset(ids), pseudonyms, texts, seal
        self.turned_away = 0
        """Rows that named somebody who opted out."""

    def admit(self, values: dict[str, object]) -> dict[str, object] | None:
        """Return a row as it may come in; None where it names somebody who opted out."""
        named = [person for name in PERSONAL if isinstance(person := values.get(name), str)]
        hidden = self.pseudonyms.hide(values) if self.pseudonyms else values
        # A list may hold ids as they are, or, in a folder of pseudonyms, those.
        named += [person for name in PERSONAL if isinstance(person := hidden.get(name), str)]
        if self.ids and not self.ids.isdisjoint(one.strip() for one in named):
            self.turned_away += 1
            return None
        if not self.texts:
            hidden = {name: value for name, value in hidden.items() if name not in ("text", "links")}
        return hidden
