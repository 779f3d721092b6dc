"""A real HTTP server on loopback that answers, and misbehaves, as a test asks it to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Request:
    """What the server received."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What the server sends, and how badly.

    `cut_at` closes the connection after that many bytes of the body; `hang_seconds` waits before
    the status line; `drip_seconds` waits before each byte of the body.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_at: int | None = None
    hang_seconds: float = 0
    drip_seconds: float = 0


Answer = Callable[[Request], Reply]


@dataclass
class LoopbackServer:
    """The address of a running server, and every request it has seen, in order."""

    url: str
    requests: list[Request]
    answer: Answer


@contextmanager
def serve(answer: Answer) -> Iterator[LoopbackServer]:  # noqa: C901 - one handler, one server
    """Serve `answer` on a free port until the block ends; `server.answer` may be replaced."""
    stopped = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, headers, self.rfile.read(length))
            server.requests.append(request)
            reply = server.answer(request)
            if reply.hang_seconds:
                stopped.wait(reply.hang_seconds)
            try:
                self._send(reply)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client gave up, as some tests want

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != 304:  # noqa: PLR2004
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if reply.drip_seconds:
                for byte in reply.body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(reply.drip_seconds)
            else:
                self.wfile.write(reply.body[: reply.cut_at])
            if reply.cut_at is not None:
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815 - the names http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep the test's output clean."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = LoopbackServer(f"http://127.0.0.1:{http.server_port}", [], answer)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        stopped.set()
        http.shutdown()
        http.server_close()
        thread.join()
