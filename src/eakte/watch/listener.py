"""A small listener beside a worker: `/metrics`, and `/health/live` for whoever restarts it."""

import json
import logging
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from eakte.watch import measures

logger = logging.getLogger(__name__)

Parts = Mapping[str, str]


class Listener:
    """Answers on `host:port` from threads of its own until it is closed; `parts` says how each part stands.

    Alive is who answers `ok` for every part it names in `vital`.
    """

    def __init__(self, host: str, port: int, parts: Callable[[], Parts], vital: frozenset[str]) -> None:
        self._server = _server(host, port, parts, vital)
        self._thread = threading.Thread(target=self._server.serve_forever, name="listener", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens, also when any port would do (0)."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()


def _server(host: str, port: int, parts: Callable[[], Parts], vital: frozenset[str]) -> ThreadingHTTPServer:
    class Answering(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._answer(200, measures.CONTENT_TYPE, measures.page())
            elif self.path == "/health/live":
                self._live(parts())
            else:
                self._answer(404, "text/plain", b"")

        def _live(self, found: Parts) -> None:
            alive = all(found[name] == "ok" for name in vital)
            told = {"status": "ok" if alive else "stuck", "parts": found}
            self._answer(200 if alive else 503, "application/json", json.dumps(told).encode())

        def _answer(self, status: int, media_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the library calls it so
            """Who asks how we are need not stand in the log."""

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 nobody's address is told
            """A caller that hangs up, or an answer that cannot be made."""
            logger.warning("a question was left without an answer: %s", type(sys.exception()).__name__)

    return Server((host, port), Answering)
