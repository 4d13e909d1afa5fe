"""Keys before an application of one line: how they are kept, what each opens, whose session it is and until when."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from suasion.features.errors import InputError
from suasion.serving.http import keys as of_keys
from suasion.serving.http import limits as module
from suasion.serving.http.keys import SCOPES, Keys, add_key
from suasion.serving.http.limits import COOKIE, OPEN

from .test_guard import ADMIN, NOW, READER, SCORER, asked, bearer, guarded, key


def test_a_session_is_its_keys_and_nobody_elses() -> None:
    keys = Keys([READER, SCORER])
    for one in (READER, SCORER):
        assert keys.signed(keys.sign(one, NOW + 10), NOW) == one
    mine = keys.sign(READER, NOW + 10)
    digest, until, signature = mine.split(".")
    assert digest == READER.sha256
    assert until == str(NOW + 10)
    for forged in (
        f"{SCORER.sha256}.{until}.{signature}",  # another's key
        f"{digest}.{NOW + 11}.{signature}",  # for longer
        f"{digest}.{NOW + 10}.{'0' * 64}",
        f"{digest}.{until}.{signature[:-1]}",
        f"{digest}.{until}.{signature}0",
        f"{digest}.{until}.{signature.upper()}",
        f"{digest}.{until}.",
        f"{digest}.{until}",
        f"{digest}{until}.{signature}",
        f".{mine}",
        f"{keys.sign(SCORER, NOW + 10).rpartition('.')[0]}.{signature}",
        "",
        ".",
        "..",
    ):
        assert keys.signed(forged, NOW) is None, forged


def test_a_session_is_signed_by_this_process_and_this_secret_alone() -> None:
    keys, other = Keys([READER]), Keys([READER])
    assert other.signed(keys.sign(READER, NOW + 10), NOW) is None
    content = f"{READER.sha256}.{NOW + 10}"
    for secret in (b"", READER.sha256.encode(), b"\x00" * 32):
        signature = hmac.new(secret, content.encode(), hashlib.sha256).hexdigest()
        assert keys.signed(f"{content}.{signature}", NOW) is None
    assert keys.signed(f"{content}.{hashlib.sha256(content.encode()).hexdigest()}", NOW) is None


@pytest.mark.parametrize(
    ("now", "lets_in"), [(-10, True), (-0.001, True), (0, True), (0.001, False), (1, False), (10**9, False)]
)
def test_a_session_ends_when_it_says(now: float, lets_in: bool) -> None:
    keys = Keys([READER])
    assert (keys.signed(keys.sign(READER, NOW), NOW + now) == READER) == lets_in


def test_a_key_taken_out_ends_its_sessions(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    made = {name: add_key(file, name, ["read"]) for name in ("stays", "goes")}
    keys = Keys.read(file)
    sessions = {name: keys.sign(keys.find(one), NOW + 10) for name, one in made.items()}
    told = json.loads(file.read_text())
    file.write_text(json.dumps({"keys": told["keys"][:1]}))
    assert keys.signed(sessions["goes"], NOW).name == "goes", "until it is read again"
    keys.refresh()
    assert keys.find(made["goes"]) is None
    assert keys.signed(sessions["goes"], NOW) is None
    assert keys.signed(sessions["stays"], NOW).name == "stays"
    file.write_text("{}")
    with pytest.raises(InputError, match="is no file of keys"):
        keys.refresh()
    assert keys.find(made["stays"]).name == "stays"
    Keys([READER]).refresh()  # keys that came from no file stay


def test_every_key_is_compared_with_in_constant_time(monkeypatch) -> None:
    compared: list[tuple[Any, Any]] = []

    def watched(one, other):
        compared.append((one, other))
        return hmac_compare(one, other)

    hmac_compare = hmac.compare_digest
    monkeypatch.setattr(of_keys.hmac, "compare_digest", watched)
    keys = Keys([READER, SCORER, ADMIN])
    for given, found in (("suasion_reader", READER), ("suasion_admin", ADMIN), ("suasion_none", None)):
        compared.clear()
        assert keys.find(given) is found
        assert [other for _, other in compared] == [READER.sha256, SCORER.sha256, ADMIN.sha256]
        assert {one for one, _ in compared} == {hashlib.sha256(given.encode()).hexdigest()}
    compared.clear()
    keys.signed(keys.sign(READER, NOW)[:-1] + "x", NOW)
    assert len(compared) == 1, "a signature is compared in constant time, too"


def test_a_key_is_found_whole_and_only_whole() -> None:
    keys = Keys([READER])
    for wrong in (
        "",
        "suasion_",
        "suasion_reade",
        "suasion_reader ",
        "reader",
        READER.sha256,
        "SUASION_READER",
    ):
        assert keys.find(wrong) is None


def test_keys_are_made_at_random_and_kept_as_hashes(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    made = [add_key(file, name, scopes) for name, scopes in (("a", ["read"]), ("b", ["score", "read"]))]
    assert all(one.startswith("suasion_") and len(one) >= 8 + 43 for one in made)
    assert len(set(made)) == 2
    kept = json.loads(file.read_text())["keys"]
    assert kept == [
        {"name": "a", "sha256": hashlib.sha256(made[0].encode()).hexdigest(), "scopes": ["read"]},
        {"name": "b", "sha256": hashlib.sha256(made[1].encode()).hexdigest(), "scopes": ["read", "score"]},
    ]
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]
    assert Keys.read(file).find(made[1]).scopes == {"read", "score"}
    with pytest.raises(InputError, match="has a key named 'a' already"):
        add_key(file, "a", ["read"])
    for scopes, given in ((["read", "all"], "read, all"), ([], "none")):
        with pytest.raises(InputError, match=f"Scopes are read, score, admin; given: {given}"):
            add_key(file, "c", scopes)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", r"is no file of keys \(JSONDecodeError\)\. Make one with: suasion keys"),
        ("[]", "is no file of keys"),
        ('{"keys": [{"name": "a"}]}', "is no file of keys"),
        ('{"keys": []}', "has no keys; scopes are read, score, admin"),
        ('{"keys": [{"name": "a", "sha256": "%s", "scopes": ["root"]}]}' % ("0" * 64), "has the scopes root; scopes are"),
        ('{"keys": [{"name": "a", "sha256": "%s", "scopes": ["read"]}]}' % ("Ä" * 64), "has no SHA-256 for a"),
        ('{"keys": [{"name": "a", "sha256": "%s", "scopes": ["read"]}]}' % ("0" * 63), "has no SHA-256 for a"),
        ('{"keys": [{"name": "a", "sha256": "%s", "scopes": ["read"]}]}' % ("0" * 64 + "\\n"), "has no SHA-256 for a"),
    ],
)  # fmt: skip
def test_a_file_of_keys_that_is_none_is_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "keys.json").write_text(text)
    with pytest.raises(InputError, match=says):
        Keys.read(tmp_path / "keys.json")
    with pytest.raises(InputError, match="is no file of keys"):
        Keys.read(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("path", "method", "needed"),
    [
        ("/", "GET", "read"),
        ("/metrics", "GET", "read"),
        ("/v1/model", "HEAD", "read"),
        ("/v1/model", "OPTIONS", "read"),
        ("/v1/scores", "POST", "score"),
        ("/briefs", "POST", "score"),
        ("/v1/scores", "PUT", "score"),
        ("/v1/scores", "DELETE", "score"),
        ("/v1/scores", "PATCH", "score"),
        ("/v1/reload", "POST", "admin"),
        ("/v1/reload", "GET", "admin"),
        ("/health/", "GET", "read"),
        ("/login/", "POST", "score"),
        ("/staticky", "GET", "read"),
        ("/static", "GET", "read"),
    ],
)
def test_each_scope_opens_what_it_says_and_nothing_else(path: str, method: str, needed: str) -> None:
    for scope in SCOPES:
        status, _, body = asked(guarded(key("one", scope)), path, method, **bearer("one"))
        assert (status == 200) == (scope == needed), scope
        if scope != needed:
            assert status == 403
            assert method == "HEAD" or f"lacks the scope {needed}." in json.loads(body)["detail"]
        elif method == "HEAD":
            assert body == b""
        else:
            assert json.loads(body)[0] == "one"
    assert asked(guarded(READER), path, method)[0] == 401


def test_what_is_open_asks_for_no_key_and_says_who_nobody_is() -> None:
    assert {*OPEN} == {"/health", "/ready", "/version", "/openapi.json", "/login", "/logout"}
    guard = guarded(READER)
    for path in (*OPEN, "/static/page.css", "/static/"):
        for method in ("GET", "POST"):
            assert json.loads(asked(guard, path, method)[2])[0] == "nobody"
    assert json.loads(asked(guarded(), "/v1/scores", "POST")[2])[0] == "-", "without keys everybody may"


def test_a_cookie_lets_in_as_its_key_until_it_ends(monkeypatch) -> None:
    guard = guarded(READER, SCORER)
    monkeypatch.setattr(module.time, "time", lambda: NOW)
    cookie = f"other=1; {COOKIE}={guard.keys.sign(READER, NOW)}"
    assert json.loads(asked(guard, cookie=cookie)[2])[0] == "reader"
    assert asked(guard, "/v1/scores", "POST", cookie=cookie)[0] == 403
    assert json.loads(asked(guard, cookie=cookie, **bearer("scorer"))[2])[0] == "scorer", (
        "a key that is given counts"
    )
    assert asked(guard, cookie=cookie, **bearer("wrong"))[0] == 401
    for wrong in (
        "",
        "x",
        f"{COOKIE}=",
        f"{COOKIE}=a.b.c",
        f"{COOKIE}={'é' * 9}.1.2",
        f"x{COOKIE}{cookie.partition(COOKIE)[2]}",
        'a="',
    ):
        assert asked(guard, cookie=wrong)[0] == 401, wrong
    monkeypatch.setattr(module.time, "time", lambda: NOW + 1)
    assert asked(guard, cookie=cookie)[0] == 401


def test_who_is_not_let_in_is_told_how_and_a_person_is_led_to_the_door() -> None:
    guard = guarded(READER)
    status, headers, body = asked(guard, authorization="Basic suasion_reader")
    assert (status, headers["www-authenticate"], headers["content-type"]) == (
        401,
        "Bearer",
        "application/problem+json",
    )
    assert json.loads(body)["status"] == 401
    assert headers["content-length"] == str(len(body))
    assert asked(guard, authorization="bearer  suasion_reader ")[0] == 200
    page = asked(guard, "/", accept="text/html,*/*")
    assert (page[0], page[1]["location"], page[2]) == (303, "/login", b"")
    assert asked(guard, "/", "POST", accept="text/html")[0] == 401
    assert asked(guard, "/v1/model", "HEAD")[2] == b""
    assert asked(guarded(key("a", "score")), "/", accept="text/html", **bearer("a"))[0] == 403, (
        "signing in would not help"
    )
