"""Fetching bears what services may answer, and names that may be given."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from suasion.features.sources.fetch.all import SERVICES
from suasion.features.sources.fetch.handles import understood
from suasion.features.sources.fetch.service import HaltError, MissingError, Request, Verdict

from . import answering
from .fetching import Call, Reply, bluesky

ANSWERS: dict[str, tuple[str, Callable[[Call], Reply]]] = {
    "bluesky": ("anna.bsky.social", bluesky({"anna.bsky.social": 105})),
    "mastodon": ("anna@chaos.social", answering.mastodon(45)),
    "youtube": ("anna", answering.youtube(60)),
    "reddit": ("anna", answering.reddit(105)),
    "x": ("anna", answering.x(105)),
    "instagram": ("anna", answering.instagram(60)),
    "tiktok": ("anna", answering.tiktok(25)),
}
JUNK = (None, [], {}, "", "x", 0, -1, True, [None], {"a": None}, "../..", "a" * 10_000)


@dataclass
class Stub:
    """A visit without a network, whose answers can be spoilt."""

    name: str
    own: Callable[[Call], Reply]
    spoil: Callable[[Any], Any] = lambda answer: answer
    posts: int = 200
    setting: str = "17841400000000000"
    asked: list[Request] = field(default_factory=list)

    def ask(
        self,
        request: Request,
        *,
        whose: Callable[[Any], str | None] | None = None,
        save: Callable[[Any], bool] = lambda answer: True,
    ) -> Any:
        self.asked.append(request)
        assert len(self.asked) < 50, "it asks without an end"
        assert ".." not in request.path
        try:
            reply = self.own(Call(request.path, request.params, {}, json.loads(json.dumps(request.body))))
        except (AssertionError, ValueError, TypeError, KeyError):
            raise HaltError("a question that no service knows") from None
        answer = self.spoil(copy.deepcopy(reply.body))
        if whose is not None and whose(answer) is None:
            raise MissingError
        save(answer)
        return answer


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield every place in an answer, of lists only the first and the last item."""
    yield path
    if isinstance(value, dict):
        for name, below in value.items():
            yield from places(below, (*path, name))
    elif isinstance(value, list) and value:
        for number in {0, len(value) - 1}:
            yield from places(value[number], (*path, number))


def put(value: Any, path: tuple[Any, ...], junk: Any) -> Any:
    """Return an answer with something else at a place, where it has that place."""
    if not path:
        return junk
    inner = value
    for step in path[:-1]:
        try:
            inner = inner[step]
        except (KeyError, IndexError, TypeError):
            return value
    if isinstance(inner, dict) or (isinstance(inner, list) and inner):
        inner[path[-1] if isinstance(inner, dict) else -1] = junk
    return value


@pytest.mark.parametrize("service", ANSWERS)
def test_no_answer_breaks_a_walk_or_makes_it_endless(service: str) -> None:
    name, own = ANSWERS[service]
    whole = Stub(name, own)
    SERVICES[service].walk(whole)
    found = set[tuple[Any, ...]]()
    for request in whole.asked:
        found |= set(places(own(Call(request.path, request.params, {}, request.body)).body))
    for path in found:
        for junk in JUNK:
            visit = Stub(name, own, lambda answer, path=path, junk=junk: put(answer, path, junk))
            try:
                SERVICES[service].walk(visit)
            except HaltError:
                continue


@pytest.mark.parametrize("service", SERVICES)
def test_a_verdict_is_one_whatever_is_said(service: str) -> None:
    verdicts = {None, *Verdict.__args__}
    for status in (200, 302, 400, 401, 403, 404, 422, 429, 500):
        for junk in (*JUNK, *({"error": one, "errors": one, "message": one, "title": one} for one in JUNK)):
            assert SERVICES[service].verdict(status, junk) in verdicts


@pytest.mark.parametrize(
    ("given", "platform", "account"),
    [
        ("@anna.brews", "instagram", "instagram:anna.brews"),
        ("https://www.instagram.com/Anna.Brews/?hl=de", "", "instagram:anna.brews"),
        ("IG: @anna.brews", "", "instagram:anna.brews"),
        ("youtube:@BeanCo", "", "youtube:@beanco"),
        ("https://www.youtube.com/@beanco/videos", "", "youtube:@beanco"),
        ("https://www.youtube.com/channel/UCaaaaaaaaaaaaaaaaaaaaaa", "", "youtube:UCaaaaaaaaaaaaaaaaaaaaaa"),
        ("@anna.bsky.social", "", "bluesky:@anna.bsky.social"),
        ("anna", "bluesky", "bluesky:@anna.bsky.social"),
        ("bluesky:did:plc:abc", "", "bluesky:did:plc:abc"),
        ("https://bsky.app/profile/anna.example", "instagram", "bluesky:@anna.example"),
        ("@Anna@Chaos.Social", "", "mastodon:anna@chaos.social"),
        ("https://chaos.social/@anna", "", "mastodon:anna@chaos.social"),
        ("u/anna", "", "reddit:anna"),
        ("x:12", "", "x:12"),
        ("https://twitter.com/Anna", "", "x:@anna"),
        ("https://www.tiktok.com/@anna?lang=en", "", "tiktok:anna"),
        ("https://blog.example/", "", "blog:blog.example"),
        ("feed:https://www.blog.example/atom.xml", "", "blog:blog.example"),
    ],
)
def test_a_name_is_understood(given: str, platform: str, account: str) -> None:
    asked = understood(given, platform, SERVICES)
    assert (asked.account, asked.why) == (account, "")
    assert asked.service in SERVICES


@pytest.mark.parametrize(
    "given",
    [
        *("", "@", "anna", "@anna", "instagram:", "instagram:..", "facebook:anna", "mastodon:anna", "reddit:a/b", "x:a b"),
        *("https://x.com/intent/post", "https://user:pass@blog.example/", "https://127.0.0.1/", "http://localhost/feed"),
        *("feed:https://[::1]/", "feed:file:///etc/passwd", "@anna@localhost", "instagram:a(b){c}", "https://t.me/a,b c"),
    ],
)  # fmt: skip
def test_a_name_that_nobody_can_be_asked_for(given: str) -> None:
    asked = understood(given, "", SERVICES)
    assert asked.why, asked
    assert not asked.service
