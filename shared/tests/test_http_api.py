"""The contract of `http_api`, against a real server on loopback that misbehaves on demand."""

import gzip
import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from shared_resources.errors import (
    HttpError,
    HttpTimeoutError,
    MissingSecretError,
    PartialFetchError,
    SettingError,
)
from shared_resources.http_api import HttpApi
from shared_resources.testing.http_server import Answer, LoopbackServer, Reply, Request

Serve = Callable[[Answer], AbstractContextManager[LoopbackServer]]


def api(url: str, **settings: object) -> HttpApi:
    quick: dict[str, object] = {"backoff_seconds": 0.01}
    return HttpApi(base_url=url, **{**quick, **settings})  # type: ignore[arg-type]


def in_turn(*replies: Reply) -> Answer:
    """Answer each request with the next reply, the last one for ever."""
    rest = list(replies)
    return lambda _request: rest.pop(0) if len(rest) > 1 else rest[0]


OK = Reply(body=b'{"ok": true}')


def test_get_returns_status_headers_and_body(http_server: Serve) -> None:
    with http_server(lambda _: Reply(body="é".encode(), headers={"X-One": "1"})) as server:
        response = api(server.url).get("/items", {"page": 1, "q": "a b&c"})
    assert (response.status, response.body, response.headers["x-one"]) == (200, "é".encode(), "1")
    assert [request.path for request in server.requests] == ["/items?page=1&q=a+b%26c"]


def test_path_goes_below_the_base_address(http_server: Serve) -> None:
    with http_server(lambda _: OK) as server:
        api(f"{server.url}/v1").get("items")
        api(f"{server.url}/v1/").get("/items")
        api(f"{server.url}/v1").get("")
    assert [request.path for request in server.requests] == ["/v1/items", "/v1/items", "/v1"]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_passing_error_is_retried(http_server: Serve, status: int) -> None:
    with http_server(in_turn(Reply(status), Reply(status), OK)) as server:
        assert api(server.url).get("x").json() == {"ok": True}
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 501])
def test_error_that_stays_is_not_retried(http_server: Serve, status: int) -> None:
    with http_server(lambda _: Reply(status)) as server:
        with pytest.raises(HttpError, match=f"GET .*/x: HTTP {status}"):
            api(server.url).get("x")
        assert len(server.requests) == 1


def test_retries_are_bounded_and_the_last_error_is_told(http_server: Serve) -> None:
    with http_server(lambda _: Reply(503)) as server:
        with pytest.raises(HttpError, match="given up after 3 attempts: .*503"):
            api(server.url, max_attempts=3).get("x")
        assert len(server.requests) == 3


def test_retry_after_is_obeyed(http_server: Serve) -> None:
    with http_server(in_turn(Reply(429, headers={"Retry-After": "1"}), OK)) as server:
        started = time.monotonic()
        api(server.url).get("x")
        assert time.monotonic() - started >= 1
    assert len(server.requests) == 2


def test_retry_after_beyond_the_limit_is_not_slept(http_server: Serve) -> None:
    with http_server(lambda _: Reply(429, headers={"Retry-After": "86400"})) as server:
        with pytest.raises(
            HttpTimeoutError, match=r"no time left to try again in \d{4,}.* HTTP 429"
        ):
            api(server.url).get("x")
        assert len(server.requests) == 1


def test_retry_after_that_is_no_number_falls_back_to_backoff(http_server: Serve) -> None:
    with http_server(in_turn(Reply(503, headers={"Retry-After": "soon"}), OK)) as server:
        assert api(server.url).get("x").status == 200


@pytest.mark.parametrize(
    "broken",
    [
        Reply(body=b'{"ok": true}', cut_at=5),
        Reply(body=b"", cut_at=0, headers={"Content-Encoding": "gzip"}),
        Reply(body=b"no gzip", headers={"Content-Encoding": "gzip"}),
        Reply(body=OK.body, hang_seconds=9),
    ],
    ids=["truncated", "dropped", "garbled", "hangs"],
)
def test_broken_answer_is_retried(http_server: Serve, broken: Reply) -> None:
    with http_server(in_turn(broken, OK)) as server:
        response = api(server.url, timeout_seconds=3).get("x")
        assert response.body == OK.body or broken.headers
    assert len(server.requests) == (1 if broken.body == b"" else 2)


def test_server_that_hangs_for_ever_ends_within_the_limits(http_server: Serve) -> None:
    with http_server(lambda _: Reply(hang_seconds=60)) as server:
        with pytest.raises(HttpError, match=r"timed out|no time left"):
            api(server.url, timeout_seconds=0.2, total_seconds=1).get("x")


def test_server_that_drips_ends_within_the_limits(http_server: Serve) -> None:
    with http_server(lambda _: Reply(body=b"x" * 1000, drip_seconds=0.1)) as server:
        with pytest.raises(HttpTimeoutError, match="still sending after 1 s"):
            api(server.url, total_seconds=1).get("x")
        server.answer = lambda _: OK


def test_nobody_listens() -> None:
    with pytest.raises(HttpError, match="given up after 2 attempts"):
        api("http://127.0.0.1:9", max_attempts=2).get("x")


def test_answer_over_the_limit_is_refused_also_when_compressed(http_server: Serve) -> None:
    bomb = Reply(body=gzip.compress(b"0" * 50_000_000), headers={"Content-Encoding": "gzip"})
    with http_server(lambda _: bomb) as server:
        with pytest.raises(HttpError, match="larger than 1000000 bytes"):
            api(server.url, max_bytes=1_000_000).get("x")


def test_known_etag_is_not_modified(http_server: Serve) -> None:
    def answer(request: Request) -> Reply:
        known = request.headers.get("if-none-match") == '"v1"'
        return Reply(304) if known else Reply(body=b"{}", headers={"ETag": '"v1"'})

    with http_server(answer) as server:
        first = api(server.url).get("x")
        second = api(server.url).get("x", etag=first.etag)
    assert (first.etag, first.not_modified, second.not_modified) == ('"v1"', False, True)


def page(number: int, last: int, style: str) -> Reply:
    following = f"/items?page={number + 1}" if number < last else None
    body = {"items": [number], **({"next": following} if style == "body" else {})}
    link = {"Link": f'</items?page=1>; rel="first", <{following}>; rel="next"'}
    headers = link if style == "link" and following else {}
    return Reply(body=json.dumps(body).encode(), headers=headers)


def number_of(request: Request) -> int:
    return int(request.path.rpartition("page=")[2] or 1) if "page=" in request.path else 1


@pytest.mark.parametrize("style", ["body", "link"])
def test_pages_are_followed_to_the_last(http_server: Serve, style: str) -> None:
    with http_server(lambda request: page(number_of(request), 4, style)) as server:
        pages = [answer.json()["items"] for answer in api(server.url).pages("items")]
    assert pages == [[1], [2], [3], [4]]


def test_page_that_fails_makes_the_fetch_partial(http_server: Serve) -> None:
    def answer(request: Request) -> Reply:
        return Reply(500) if number_of(request) == 3 else page(number_of(request), 4, "body")

    with http_server(answer) as server, pytest.raises(PartialFetchError, match="page 3 could not"):
        list(api(server.url, max_attempts=2).pages("items"))


@pytest.mark.parametrize("following", ["/items", "/items?page=1"])
def test_pages_that_go_round_in_a_circle_end(http_server: Serve, following: str) -> None:
    body = json.dumps({"items": [], "next": following}).encode()
    with http_server(lambda _: Reply(body=body)) as server:
        with pytest.raises(PartialFetchError, match="comes round again"):
            list(api(server.url).pages("items"))


def test_pages_without_end_are_bounded(http_server: Serve) -> None:
    with http_server(lambda request: page(number_of(request), 10**9, "body")) as server:
        with pytest.raises(PartialFetchError, match="never ends"):
            list(api(server.url).pages("items", max_pages=5))
        assert len(server.requests) == 5


def test_link_to_another_host_is_not_followed_and_gets_no_token(
    http_server: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_TOKEN", "canary-token")
    with http_server(lambda _: OK) as other:
        body = json.dumps({"next": f"{other.url}/steal"}).encode()
        with http_server(lambda _: Reply(body=body)) as server:
            with pytest.raises(PartialFetchError, match="links to another host are not followed"):
                list(api(server.url, token_variable="A_TOKEN").pages("items"))
        assert server.requests[0].headers["authorization"] == "Bearer canary-token"
    assert other.requests == []


def test_redirect_is_told_and_not_followed(http_server: Serve) -> None:
    reply = Reply(302, headers={"Location": "https://elsewhere.example/x"})
    with http_server(lambda _: reply) as server:
        with pytest.raises(HttpError, match="redirects to https://elsewhere.example/x"):
            api(server.url).get("x")


def test_token_is_in_no_text(http_server: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_TOKEN", "canary-token")
    with http_server(lambda _: Reply(401)) as server:
        client = api(server.url, token_variable="A_TOKEN")
        with pytest.raises(HttpError, match="the token is missing, wrong or expired") as caught:
            client.get("x")
    assert "canary" not in f"{caught.value}{caught.value.__context__!r}{client!r}"


def test_missing_token_is_told_at_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("A_TOKEN", raising=False)
    client = api("http://127.0.0.1:9", token_variable="A_TOKEN")
    with pytest.raises(MissingSecretError, match="the environment variable A_TOKEN is not set"):
        client.get("x")


def test_token_that_is_not_required_is_sent_where_it_is_set(
    http_server: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("A_TOKEN", raising=False)
    with http_server(lambda _: OK) as server:
        client = api(server.url, token_variable="A_TOKEN", token_required=False)
        client.get("x")
        monkeypatch.setenv("A_TOKEN", "canary-token")
        client.get("x")
    sent = [request.headers.get("authorization") for request in server.requests]
    assert sent == [None, "Bearer canary-token"]


def test_secret_in_place_of_a_variable_is_refused_and_not_repeated() -> None:
    client = api("http://127.0.0.1:9", token_variable="s3cr3t-canary")
    with pytest.raises(SettingError, match="name of an environment variable") as caught:
        client.get("x")
    assert "canary" not in str(caught.value)


# pragma: allowlist nextline secret
@pytest.mark.parametrize("url", ["", "ftp://host", "host/path", "http://", "http://u:canary@host"])
def test_address_that_cannot_be_used_is_a_setting_error(url: str) -> None:
    with pytest.raises(SettingError, match="hint: ") as caught:
        api(url).get("x")
    assert "canary" not in str(caught.value)


def test_post_is_retried_with_its_idempotency_key(http_server: Serve) -> None:
    with http_server(in_turn(Reply(503), Reply(202))) as server:
        client = api(server.url)
        client.post("hook", b"{}", content_type="application/json", idempotency_key="k1")
    assert [(r.method, r.body, r.headers["idempotency-key"]) for r in server.requests] == [
        ("POST", b"{}", "k1"),
        ("POST", b"{}", "k1"),
    ]


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b"\xff\xfe", b"[" * 100_000])
def test_answer_that_is_not_json_is_an_error_of_its_own(http_server: Serve, body: bytes) -> None:
    with http_server(lambda _: Reply(body=body)) as server:
        with pytest.raises(HttpError, match="the answer is not JSON"):
            api(server.url).get("x").json()
