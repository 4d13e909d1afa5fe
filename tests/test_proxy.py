"""Behind a proxy, under a path: links, forms, redirects, cookies and the document; monitors; who is believed."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from suasion.features.errors import InputError
from suasion.serving.http.keys import Keys, add_key
from suasion.serving.http.limits import Guard, Limits
from suasion.serving.http.place import networks, root_path

from .quick import ask, opened, serve, write
from .service import is_problem

PROXY = {
    "x-forwarded-prefix": "/suasion",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "tools.example",
    "x-forwarded-for": "203.0.113.7",
}
BELIEVED = Limits(per_minute=0, proxies=networks(["127.0.0.0/8"]))
UNDER = Limits(per_minute=0, root="/suasion")
HTML = {"accept": "text/html"}
PAGES = (
    "/", "/?search=1", "/model", "/campaigns/c03", "/campaigns/c03/compare?pick=i00&pick=i01",
    "/campaigns/c03/influencers/i00", "/campaigns/nobody", "/login",
)  # fmt: skip


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory):
    with opened(write(tmp_path_factory.mktemp("data"))) as engine:
        yield engine


@pytest.fixture
def keyed(engine, tmp_path: Path) -> Any:
    """Return a service with keys that believes its proxy, and a key."""
    key = add_key(tmp_path / "keys.json", "all", ["read", "score"])
    return serve(engine, BELIEVED, Keys.read(tmp_path / "keys.json"))[0], key


def links(answer: httpx.Response) -> list[str]:
    return re.findall(r'(?:href|src|action)="([^"]*)"', answer.text)


def leaving(answer: httpx.Response, root: str) -> list[str]:
    return [one for one in links(answer) if one.startswith("/") and not one.startswith(f"{root}/")]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("limits", "headers", "before"),
    [(BELIEVED, PROXY, ""), (UNDER, {}, ""), (UNDER, {}, "/suasion"), (BELIEVED, PROXY, "/suasion")],
)
def test_every_link_and_form_stays_under_the_path(
    engine, path: str, limits: Limits, headers: dict[str, str], before: str
) -> None:
    answer = ask(serve(engine, limits)[0], "GET", before + path, headers=headers | HTML)
    assert answer.status_code == (404 if path.endswith("nobody") else 200)
    assert leaving(answer, "/suasion") == []
    assert "/suasion/static/page.css" in links(answer)
    for one in links(answer):
        if one.startswith("/suasion/static/"):
            assert (
                ask(
                    serve(engine, limits)[0], "GET", one.removeprefix("/suasion"), headers=headers
                ).status_code
                == 200
            )


@pytest.mark.parametrize("path", PAGES)
def test_without_a_proxy_links_begin_at_the_root_whatever_is_claimed(engine, path: str) -> None:
    for headers in ({}, PROXY):
        answer = ask(serve(engine)[0], "GET", path, headers=headers | HTML)
        assert "suasion/static" not in answer.text
        assert "/static/page.css" in links(answer)


def test_redirects_go_under_the_path_and_cookies_stay_there(keyed) -> None:
    app, key = keyed
    answer = ask(app, "GET", "/model", headers=PROXY | HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "/suasion/login")
    answer = ask(app, "POST", "/login", headers=PROXY, data={"key": key})
    assert (answer.status_code, answer.headers["location"]) == (303, "/suasion/")
    cookie = answer.headers["set-cookie"].lower()
    assert "path=/suasion;" in cookie + ";"
    assert "secure" in cookie, "the browser speaks TLS to the proxy"
    session = answer.headers["set-cookie"].partition(";")[0]
    told = ask(app, "POST", "/briefs", headers=PROXY | {"cookie": session}, data={"brief": "coffee"})
    assert (told.status_code, told.headers["location"][:16]) == (303, "/suasion/briefs/")
    told = ask(app, "POST", "/logout", headers=PROXY | {"cookie": session})
    assert told.headers["location"] == "/suasion/login"
    assert "path=/suasion;" in told.headers["set-cookie"].lower() + ";"
    plain = ask(app, "POST", "/login", data={"key": key}).headers["set-cookie"].lower()
    assert "path=/;" in plain + ";"
    assert "secure" not in plain


def test_forms_are_taken_from_the_name_in_the_address_bar_and_from_no_other(engine) -> None:
    app, _ = serve(engine, BELIEVED)
    form = {"brief": "coffee"}
    for origin, status in (
        ("https://tools.example", 303), ("https://tools.example.evil.example", 403), ("null", 403), ("https://evil.example", 403),
    ):  # fmt: skip
        assert (
            ask(app, "POST", "/briefs", headers=PROXY | {"origin": origin}, data=form).status_code == status
        ), origin
    # A proxy that is not believed, and keeps no name: the names the service was told are its own.
    named, _ = serve(engine, replace(UNDER, hosts=frozenset({"localhost", "tools.example"})))
    answer = ask(named, "POST", "/briefs", headers={"origin": "https://tools.example"}, data=form)
    assert (answer.status_code, answer.headers["location"][:16]) == (303, "/suasion/briefs/")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"sec-fetch-site": "none"}, 303),
        ({"referer": "http://localhost/campaigns/c03"}, 303),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"referer": "https://evil.example/localhost"}, 403),
        ({"origin": "http://localhost:9999"}, 403),
        ({"origin": "http://localhost"}, 303),
    ],
)
def test_a_page_of_another_site_posts_nothing(engine, headers: dict[str, str], status: int) -> None:
    answer = ask(serve(engine)[0], "POST", "/briefs", headers=headers, data={"brief": "coffee"})
    assert answer.status_code == status
    if status == 403:
        is_problem(answer, 403, "may not post here")


def test_the_document_names_the_path_where_it_is_read_and_nowhere_else(engine) -> None:
    app, _ = serve(engine, BELIEVED)
    assert ask(app, "GET", "/openapi.json", headers=PROXY).json()["servers"] == [{"url": "/suasion"}]
    assert "servers" not in ask(app, "GET", "/openapi.json").json()


@pytest.mark.parametrize("prefix", ["//evil.example", "/a/../b", "/a b", "/ä", '/"><script>'])
def test_a_path_that_is_none_is_refused(engine, prefix: str) -> None:
    headers: Any = {b"x-forwarded-prefix": prefix.encode()}
    answer = ask(serve(engine, BELIEVED)[0], "GET", "/", headers=headers)
    if prefix.startswith("//"):
        assert leaving(answer, "/evil.example") == [], "slashes in front are one: no other site"
    else:
        is_problem(answer, 400, "X-Forwarded-Prefix")


def test_the_last_of_several_proxies_is_believed_and_the_first_stranger_is_the_client(
    engine,
) -> None:
    app, _ = serve(engine, BELIEVED)
    seen = []
    inner = app.app

    async def spy(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope["state"]["client"], scope["scheme"]))
        await inner(scope, receive, send)

    app.app = spy
    chain = {"x-forwarded-for": "6.6.6.6, 203.0.113.7, 127.0.0.9", "x-forwarded-proto": "http, https"}
    ask(app, "GET", "/", headers=chain)
    ask(app, "GET", "/", headers={"x-forwarded-proto": "gopher"})
    assert seen == [("203.0.113.7", "https"), ("127.0.0.1", "http")]


def test_paths_and_networks_are_read_or_refused() -> None:
    for text in ("/a/..", "/.", "/a b", "/?x", "/é"):
        with pytest.raises(InputError, match="is no path"):
            root_path(text)
    with pytest.raises(InputError, match="give the proxy's address"):
        networks(["proxy.example"])


@pytest.mark.parametrize("path", ["/health", "/ready"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("root", ["", "/suasion"])
def test_monitors_are_answered_under_any_name_without_a_key_and_not_counted(
    engine, path: str, method: str, root: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    add_key(tmp_path / "keys.json", "all", ["read"])
    app, service = serve(engine, replace(UNDER, per_minute=1), Keys.read(tmp_path / "keys.json"))
    with caplog.at_level(logging.INFO, "suasion.service"):
        for _ in range(3):
            answer = ask(app, method, root + path, headers={"host": "10.1.2.3:8000"})
            assert answer.status_code == 200
            assert (answer.text == "") == (method == "HEAD")
    assert caplog.records == []
    assert service.metrics._children == {}


def test_a_head_is_the_get_without_its_body(engine, caplog: pytest.LogCaptureFixture) -> None:
    app, _ = serve(engine)
    with caplog.at_level(logging.INFO, "suasion.service"):
        for path in ("/", "/campaigns/c03", "/v1/campaigns", "/static/page.css", "/openapi.json", "/nothing"):
            got, head = ask(app, "GET", path), ask(app, "HEAD", path)
            assert (head.status_code, head.text) == (got.status_code, "")
            assert head.headers["content-length"] == got.headers["content-length"]
    assert [json.loads(record.getMessage())["method"] for record in caplog.records[:2]] == ["GET", "HEAD"]


def test_a_health_check_that_is_no_reading_is_looked_at_like_any_other(engine) -> None:
    app: Guard = serve(engine)[0]
    is_problem(
        ask(app, "POST", "/health", headers={"host": "evil.example"}), 400, "does not answer to that name"
    )
