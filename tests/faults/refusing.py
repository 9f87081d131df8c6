"""An HTTP proxy in front of a store that answers a share of the requests itself: with 500 or 503, as overload does."""

import http.client
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ALL_METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")


class Refusing(ThreadingHTTPServer):
    """Requests are handed on unchanged to `upstream` (`host:port`), but `share` (0 to 1) of them are refused.

    Of the next `to_lose` PUTs the answers get lost.
    """

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream, self.share, self.refused, self.to_lose = upstream, 0.0, 0, 0
        self.chance = random.Random(upstream)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @contextmanager
    def listening(self) -> Iterator["Refusing"]:
        """Serve in a thread of its own."""
        thread = threading.Thread(target=self.serve_forever, daemon=True)
        thread.start()
        yield self
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Refusing
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.server.chance.random() < self.server.share:
            self.server.refused += 1
            self._send(self.server.chance.choice((500, 503)), {}, b"")
        else:
            self._hand_on(body)

    def _hand_on(self, body: bytes) -> None:
        connection = http.client.HTTPConnection(self.server.upstream, timeout=60)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            body = answer.read()
            if self.command == "PUT" and self.server.to_lose:
                self.server.to_lose -= 1
                self.close_connection = True
            else:
                self._send(answer.status, dict(answer.getheaders()), body)
        except (OSError, http.client.HTTPException):
            self.close_connection = True  # as if the store itself had hung up
        finally:
            connection.close()

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in {"connection", "content-length", "transfer-encoding"}:
                self.send_header(name, value)
        length = headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(body))
        self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


for _method in ALL_METHODS:
    setattr(_Handler, f"do_{_method}", _Handler._answer)
