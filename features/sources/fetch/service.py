"""What a service is: where it answers, what it asks for, how an account is walked through, and what its refusals mean."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from suasion.features.attribution.touchpoints import visible
from suasion.features.sources.reading.rows import dig, listed
from suasion.features.sources.reading.source import Source

from .keys import Key, Secret, hide

if TYPE_CHECKING:
    from .client import Answer, Client
    from .known import Known
    from .saved import Saved

_UNREADABLE = object()
"""In the place of an answer that is no JSON."""
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


@dataclass
class Visit:
    """An account being fetched."""

    service: Service
    name: str
    """What the service calls the account: a handle, an id or an address."""
    posts: int
    """How many posts are wanted, the newest first."""
    known: Known
    secret: Secret | None
    client: Client
    saved: Saved
    setting: str = field(init=False, default="")
    """What the service's ``setting`` holds."""

    def __post_init__(self) -> None:
        setting = self.service.setting.read() if self.service.setting else None
        self.setting = setting.value if setting else ""

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
        kept = self.saved.kept(request)
        body = self._request(request) if kept is None else kept
        answer = self._read(body)
        if whose is not None:
            account = whose(answer)
            if account is None:
                raise MissingError
            if self.known.is_shut(account):
                raise OptedOutError
        if kept is None and save(answer):
            self.saved.keep(request, body, self.service.suffix)
        return answer

    def _request(self, request: Request) -> bytes:
        def verdict(answer: Answer) -> str:
            read = self._read(answer.body)
            if read is _UNREADABLE and answer.status == 200:
                return "broken"
            return judge(self.service, answer.status, read)

        secret, service = self.secret, self.service
        answer = self.client.ask(
            request,
            base=service.base_of(self.name),
            title=service.title,
            headers=service.headers(secret) if secret else {},
            pace=service.pace,
            is_limited=lambda one: verdict(one) == "limited",
            is_broken=lambda one: verdict(one) == "broken",
        )
        body = hide(answer.body, [secret] if secret else [])
        what = verdict(answer)
        if what == "fine":
            return body
        if what == "missing":
            raise MissingError
        words = _words(self._read(body))
        if what == "spent":
            raise StoppedError(f"{service.title}'s quota is used up{words}; it allows {service.quota}")
        if what == "denied" and service.key:
            raise StoppedError(f"{service.title} does not take the key in {service.key.variable}{words}")
        raise RefusedError(f"{service.title} answers {answer.status}{words}")

    def _read(self, body: bytes) -> object:
        if self.service.suffix != ".json":
            return body.decode("utf-8", "replace")
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            return _UNREADABLE


def _words(answer: object) -> str:
    """Return what a refusal says of itself, in brackets and short."""
    said = [dig(answer, "error", "message"), dig(answer, "message"), dig(answer, "detail")]
    said += [dig(one, "message") for one in listed(answer, "errors")]
    said += [dig(answer, "error_description"), dig(answer, "error")]
    text = next((one for one in said if isinstance(one, str) and one.strip()), "")
    return f" ({visible(text)[:200]})" if text else ""
