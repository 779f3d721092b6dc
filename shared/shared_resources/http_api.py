"""A JSON API over HTTP: retries, Retry-After, ETag, pagination, limits on everything (urllib3)."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin, urlsplit

from dagster import ConfigurableResource
from pydantic import Field, PrivateAttr

from shared_resources.errors import (
    HttpError,
    HttpTimeoutError,
    MissingSecretError,
    PartialFetchError,
    SettingError,
)
from shared_resources.settings import secret, setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from urllib3 import BaseHTTPResponse, PoolManager, Retry

_RETRIED_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
_CHUNK_BYTES = 1 << 16
_NOT_MODIFIED = 304


@dataclass(frozen=True)
class HttpResponse:
    """One answer: `body` is whole and decoded from its transfer and content encoding."""

    url: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def etag(self) -> str:
        """The entity tag to send back in the next conditional request; empty where none."""
        return self.headers.get("etag", "")

    @property
    def not_modified(self) -> bool:
        """Whether the server says that what the caller has is still what it serves."""
        return self.status == _NOT_MODIFIED

    def json(self) -> Any:  # noqa: ANN401 - JSON is whatever the server sent; callers parse it
        """Return the parsed body. Raises HttpError naming the place where it stops being JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            message = f"{self.url}: the answer is not JSON: {error}"
            raise HttpError(message, hint="was the answer cut off, or an error page?") from None


class HttpApi(ConfigurableResource[None]):
    """One HTTP API under one base address.

    Every call ends: connecting and each read are bounded by `timeout_seconds`, a call with all its
    retries and waits by `total_seconds`, an answer by `max_bytes`. Only this origin is ever called,
    so that a link in an answer cannot take the token elsewhere; redirects are an error.
    """

    base_url: str = Field(
        default="", description="Empty: the environment variable base_url_variable."
    )
    base_url_variable: str = Field(default="", description="Environment variable of the address.")
    token_variable: str = Field(
        default="", description="Environment variable of a bearer token. Empty: no token is sent."
    )
    token_required: bool = Field(
        default=True, description="Whether a call is an error where that variable is not set."
    )
    timeout_seconds: float = Field(default=10.0, gt=0, description="Limit of a connect or a read.")
    total_seconds: float = Field(
        default=60.0, gt=0, description="Limit of a call with its retries."
    )
    max_attempts: int = Field(default=5, ge=1, le=20)
    backoff_seconds: float = Field(
        default=0.5, ge=0, description="First wait; doubles with each attempt, with jitter."
    )
    max_bytes: int = Field(default=64 * 1024 * 1024, gt=0, description="Limit of one answer.")

    _pool_manager: Any = PrivateAttr(default=None)

    def get(
        self, path: str, params: Mapping[str, str | int] | None = None, *, etag: str = ""
    ) -> HttpResponse:
        """GET `path` below the base address; with `etag`, the answer may be `not_modified`.

        Raises HttpTimeoutError when the time is up, HttpError when the answer is an error that
        retrying does not mend, is too large, or stays one after the retries.
        """
        headers = {"If-None-Match": etag} if etag else {}
        return self._call("GET", self.address(path, params), headers=headers)

    def post(
        self, path: str, body: bytes, *, content_type: str, idempotency_key: str
    ) -> HttpResponse:
        """POST `body`. It is retried, so the receiver must honour the Idempotency-Key header."""
        headers = {"Content-Type": content_type, "Idempotency-Key": idempotency_key}
        return self._call("POST", self.address(path), body=body, headers=headers)

    def pages(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        max_pages: int = 10_000,
    ) -> Iterator[HttpResponse]:
        """Yield the pages of a collection, first to last.

        The next page is the `Link` header's `rel="next"` (RFC 8288), else the body's `next`.
        Raises PartialFetchError when a page fails or repeats: what came before is not the whole.
        """
        url, seen = self.address(path, params), set[str]()
        while url:
            if url in seen or len(seen) >= max_pages:
                message = f"{url}: page {len(seen) + 1} comes round again or never ends"
                raise PartialFetchError(
                    message, hint="the server's links to the next page are wrong"
                )
            seen.add(url)
            try:
                page = self._call("GET", url)
                following = _next_link(page)
                url = self.address(urljoin(url, following)) if following else ""
            except PartialFetchError:
                raise
            except HttpError as error:
                message = f"page {len(seen)} could not be read: {error}"
                raise PartialFetchError(message) from error
            yield page

    @property
    def is_configured(self) -> bool:
        """Whether somebody said where the API is."""
        return bool(self._base())

    def address(self, path: str, params: Mapping[str, str | int] | None = None) -> str:
        """Return the absolute address of `path`. Raises HttpError if it leaves this origin."""
        base = self._base()
        if urlsplit(base).scheme not in ("http", "https") or not urlsplit(base).hostname:
            message = f"the address of the API is missing or not http(s): {_without_user(base)!r}"
            hint = f"set {self.base_url_variable}" if self.base_url_variable else "set base_url"
            raise SettingError(message, hint=hint)
        if urlsplit(base).username or urlsplit(base).password:
            message = f"the address {_without_user(base)!r} carries credentials"
            raise SettingError(message, hint="name the token's variable in token_variable")
        below = path if "://" in path else path.lstrip("/")
        url = urljoin(base.rstrip("/") + "/", below) if below else base
        if _origin(url) != _origin(base):
            message = f"{_without_user(url)} is not below {base}"
            raise HttpError(message, hint="links to another host are not followed")
        return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(params)}" if params else url

    def _base(self) -> str:
        if not self.base_url_variable:
            return self.base_url
        return setting(self.base_url, self.base_url_variable)

    def _call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> HttpResponse:
        from urllib3.exceptions import HTTPError, MaxRetryError

        deadline = time.monotonic() + self.total_seconds
        sent = {**self._authorization(), **(headers or {})}
        policy = self._policy()
        while True:
            response: BaseHTTPResponse | None = None
            failure: HTTPError | None = None
            try:
                response, data = self._attempt(method, url, sent, body, deadline)
            except HTTPError as error:
                failure = error
            if response is not None and response.status not in _RETRIED_STATUS:
                return _accepted(method, url, response, data)
            try:
                policy = policy.increment(method, url, response=response, error=failure)
            except MaxRetryError as error:
                message = (
                    f"{method} {url}: given up after {self.max_attempts} attempts: {error.reason}"
                )
                raise HttpError(message) from None
            _wait(policy, response, deadline, f"{method} {url}")

    def _attempt(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: float,
    ) -> tuple[BaseHTTPResponse, bytes]:
        """Send once and read the whole body; the socket is closed whatever happens."""
        from urllib3 import Timeout

        allowed = max(0.001, min(self.timeout_seconds, deadline - time.monotonic()))
        response = self._pool().request(
            method,
            url,
            body=body,
            headers=headers,
            timeout=Timeout(connect=allowed, read=allowed),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            data = self._body(response, url, deadline)
        except BaseException:
            response.close()
            raise
        response.release_conn()
        return response, data

    def _body(self, response: BaseHTTPResponse, url: str, deadline: float) -> bytes:
        """Read piece by piece: a server that drips bytes must not outlast the deadline."""
        pieces, size = [], 0
        while piece := response.read1(_CHUNK_BYTES):
            pieces.append(piece)
            size += len(piece)
            if size > self.max_bytes:
                message = f"{url}: the answer is larger than {self.max_bytes} bytes"
                raise HttpError(message, hint="raise max_bytes if it is meant to be")
            if time.monotonic() > deadline:
                message = f"{url}: still sending after {self.total_seconds:g} s"
                raise HttpTimeoutError(message)
        return b"".join(pieces)

    def _authorization(self) -> dict[str, str]:
        if not self.token_variable:
            return {}
        try:
            return {"Authorization": f"Bearer {secret(self.token_variable, 'bearer token')}"}
        except MissingSecretError:
            if self.token_required:
                raise
            return {}

    def _policy(self) -> Retry:
        from urllib3 import Retry

        return Retry(
            total=self.max_attempts - 1,
            allowed_methods=None,
            backoff_factor=self.backoff_seconds,
            backoff_jitter=self.backoff_seconds,
        )

    def _pool(self) -> PoolManager:
        import urllib3

        if self._pool_manager is None:
            self._pool_manager = urllib3.PoolManager(
                headers={"Accept": "application/json", "Accept-Encoding": "gzip"}
            )
        pool: PoolManager = self._pool_manager
        return pool


def _accepted(method: str, url: str, response: BaseHTTPResponse, body: bytes) -> HttpResponse:
    """Return the answer, or raise HttpError for a status that retrying would not change."""
    if response.status in range(200, 300) or response.status == _NOT_MODIFIED:
        return HttpResponse(url, response.status, response.headers, body)
    hint = {
        401: "the token is missing, wrong or expired",
        403: "the token does not allow this",
        404: "check the address and the path",
    }.get(response.status, "")
    if target := response.headers.get("location"):
        hint = f"the server redirects to {target}: configure that address"
    message = f"{method} {url}: HTTP {response.status}"
    raise HttpError(message, hint=hint)


def _wait(policy: Retry, response: BaseHTTPResponse | None, deadline: float, call: str) -> None:
    """Sleep as the server asks, else by backoff. Raises HttpTimeoutError if that is too long."""
    from urllib3.exceptions import InvalidHeader

    asked: float | None = None
    if response is not None:
        try:
            asked = policy.get_retry_after(response)
        except InvalidHeader:
            asked = None
    seconds = policy.get_backoff_time() if asked is None else asked
    if time.monotonic() + seconds > deadline:
        last = policy.history[-1]
        reason = f"HTTP {last.status}" if last.status else str(last.error)
        message = f"{call}: no time left to try again in {seconds:.1f} s, last: {reason}"
        raise HttpTimeoutError(message, hint="raise total_seconds if the server is worth the wait")
    time.sleep(seconds)


def _next_link(page: HttpResponse) -> str:
    """Return the address of the next page, empty on the last one."""
    for link in page.headers.get("link", "").split(","):
        target, *parameters = (part.strip() for part in link.split(";"))
        if 'rel="next"' in parameters or "rel=next" in parameters:
            return target.strip("<>")
    body = page.json()
    following = body.get("next") if isinstance(body, dict) else None
    return following if isinstance(following, str) else ""


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _without_user(url: str) -> str:
    """Return the address without user and password, for a message."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
