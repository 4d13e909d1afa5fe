"""What a service is: where it answers, what it asks for, how an account is walked through, and what its refusals mean."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from suasion.features.sources.reading.source import Source

from .keys import Key, Secret

Verdict = Literal["fine", "missing", "refused", "denied", "limited", "spent", "broken"]
"""What an answer says: ``missing``, there is no such account; ``refused``, this account is not shown; ``denied``, the key does not do;
``limited``, ask again later; ``spent``, the quota of the day is used up; ``broken``, a fault of the server's."""


class HaltError(Exception):
    """What ends the fetching of an account."""


class MissingError(HaltError):
    """There is no such account."""


class RefusedError(HaltError):
    """The service does not show this account, or answered what cannot be used."""


class StoppedError(HaltError):
    """The service is asked no more in this run."""


class OptedOutError(HaltError):
    """The account turned out to be somebody's who opted out."""


@dataclass(frozen=True)
class Request:
    """One question to a service; it holds no key."""

    kind: str
    """What is asked for, in a word: part of the name of the saved file."""
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | None = None
    """What is sent as JSON with POST; None asks with GET."""

    @property
    def fingerprint(self) -> str:
        """Eight characters that tell this question from others."""
        request = json.dumps([self.path, dict(self.params), self.body], sort_keys=True)
        return hashlib.sha256(request.encode()).hexdigest()[:8]


class Visit(Protocol):
    """An account being fetched."""

    @property
    def name(self) -> str:
        """What the service calls the account: a handle, an id or an address."""

    @property
    def posts(self) -> int:
        """How many posts are wanted, the newest first."""

    @property
    def setting(self) -> str:
        """What the service's ``setting`` holds."""

    def ask(
        self,
        request: Request,
        *,
        whose: Callable[[object], str | None] | None = None,
        save: Callable[[object], bool] = lambda answer: True,
    ) -> object:
        """Return what the service answers: JSON, or text where its files are none; saved before, and not asked for again in a run that goes on.

        Parameters
        ----------
        whose
            Returns the id of the account that an answer is about, None where the answer says that there is no such account.
        save
            Returns whether an answer is data, and not only on the way to it.
        """


@dataclass(frozen=True)
class Service:
    """Where accounts are asked for, and how."""

    name: str
    """As its importer is named."""
    source: Source
    base: str
    """The address that all its paths stand under; ``{host}`` is the server of an account."""
    walk: Callable[[Visit], None]
    """Asks for all that is wanted of an account."""
    requests: Callable[[int], int]
    """How many requests an account takes at most, by how many posts are wanted."""
    quota: str
    """What the service allows, in words, as it publishes it."""
    terms: str
    """The address of its terms."""
    pace: float = 0.5
    """Seconds from one request to the next."""
    key: Key | None = None
    optional: bool = False
    """Whether it answers without the key, too."""
    headers: Callable[[Secret], Mapping[str, str]] = lambda key: {"Authorization": f"Bearer {key.value}"}
    setting: Key | None = None
    """A variable of the environment that has to hold something that is no secret."""
    verdict: Callable[[int, object], Verdict | None] = lambda status, answer: None
    """What an answer says, where the service has its own way to say it."""
    near: Callable[[Visit], list[str]] | None = None
    """Asks the service for handles like one that it does not know."""
    suffix: str = ".json"

    @property
    def title(self) -> str:
        """What the service is called."""
        return self.source.title.partition(" (")[0].partition(",")[0]

    def base_of(self, name: str) -> str:
        """Return the address under which an account is asked for."""
        return self.base.format(host=host_of(name))


def host_of(name: str) -> str:
    """Return the server in the name of an account.

    >>> host_of("anna@chaos.social"), host_of("https://anna.example/feed.xml"), host_of("anna")
    ('chaos.social', 'anna.example', '')
    """
    if "://" in name:
        return name.partition("://")[2].partition("/")[0].lower()
    return name.rpartition("@")[2].lower() if "@" in name else ""


def judge(service: Service, status: int, answer: object) -> Verdict:
    """Return what an answer says, in the service's own way or as HTTP has it."""
    if verdict := service.verdict(status, answer):
        return verdict
    match status:
        case 200:
            return "fine"
        case 404 | 410:
            return "missing"
        case 401:
            return "denied" if service.key else "refused"
        case 429:
            return "limited"
        case _:
            return "broken" if status >= 500 else "refused"
