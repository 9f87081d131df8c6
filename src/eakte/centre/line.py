"""The line to the service: connections that are kept, requests that are tried again while the line is bad."""

import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from eakte.errors import Invalid, Problem, Unavailable

CHUNK = 1 << 20
_LATER = {408, 423, 429, 502, 503, 504, 507}
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 15.0


class NoLine(Unavailable):
    """The service could not be reached for as long as patience lasted."""

    code, title = "line-down", "Der Dienst ist nicht erreichbar"
    remedy = "Netz und Adresse prüfen und denselben Befehl noch einmal starten; gesendet wird nur, was fehlt."


class BadUrl(Invalid):
    """Not an http(s) address."""

    code, title = "url-invalid", "Die Adresse des Dienstes ist keine"
    remedy = "Eine Adresse wie https://eakte.example angeben."


class Unreadable(Invalid):
    """A file of the delivery could not be read while it was sent."""

    code, title = "file-unreadable", "Die Datei lässt sich nicht lesen"
    remedy = "Datenträger und Rechte prüfen und denselben Befehl noch einmal starten; gesendet wird nur, was fehlt."


class Answered(Problem):
    """The service refused, in its own words."""

    code, title = "answered", "Der Dienst hat abgelehnt"

    def __init__(self, status: int, said: dict[str, Any]) -> None:
        super().__init__(str(said.get("detail") or f"Antwort {status}"), remedy=str(said.get("remedy") or self.remedy))
        self.answer_status, self.answer_code = status, str(said.get("code") or "")


class Broken(Exception):
    """The line broke, or the service asks to come later; after so many seconds."""

    def __init__(self, after: float = 0.0) -> None:
        super().__init__()
        self.after = after


@dataclass(frozen=True)
class Answer:
    """Status, headers (lower case), and the body as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, which is JSON."""
        return json.loads(self.body)


@dataclass
class Line:
    """`patience`: seconds without any success after which NoLine is raised; for any number of threads, to be closed."""

    url: str
    key: str = field(repr=False)
    patience: float = 600.0
    timeout: float = 60.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadUrl(f"{self.url!r} ist keine Adresse.")
        self._parts, self._idle = parts, list[http.client.HTTPConnection]()
        self._good_at = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close_idle()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One JSON request, again until it is answered; Answered for a problem, NoLine."""
        sent = None if body is None else json.dumps(body).encode()
        more = headers if sent is None else {"Content-Type": "application/json", **headers}
        return self.persist(lambda: self.once(method, path, sent, **more))

    def persist(self, attempt: Callable[[], Answer]) -> Answer:
        """The attempt's answer; as long as the line is bad, again after a growing pause."""
        pause, begun = _FIRST_PAUSE, time.monotonic()
        while True:
            try:
                answer = attempt()
            except Broken as broken:
                if time.monotonic() - max(self._good_at, begun) > self.patience:
                    raise NoLine from broken.__cause__
                time.sleep(max(pause, min(broken.after, _LONGEST_PAUSE)))
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                self._good_at = time.monotonic()
                return answer

    def good(self) -> None:
        """Something got through: patience begins anew."""
        self._good_at = time.monotonic()

    def once(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One try over a connection of its own; `body` bytes or an iterator. Broken, Answered."""
        own = {"Authorization": f"Bearer {self.key}", "Accept": "application/json"}
        said = {**own, **{name.replace("_", "-"): value for name, value in headers.items()}}
        connection, keep = self._connection(), False
        try:
            _open(connection)
            connection.request(method, self._parts.path.rstrip("/") + path, body, said)
            raw = connection.getresponse()
            answer = Answer(raw.status, {name.lower(): value for name, value in raw.getheaders()}, raw.read())
            keep = answer.headers.get("connection") != "close" and answer.status not in _LATER
        except (OSError, http.client.HTTPException) as error:
            self._close_idle()  # what broke this one, or the server's patience with it, has most likely ended them too
            raise Broken from error
        finally:
            if keep:
                self._idle.append(connection)
            else:
                connection.close()
        return _heard(answer)

    def _close_idle(self) -> None:
        with suppress(IndexError):  # another thread may take the last one
            while True:
                self._idle.pop().close()

    def _connection(self) -> http.client.HTTPConnection:
        try:
            return self._idle.pop()
        except IndexError:
            host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=self.timeout, blocksize=CHUNK, context=context)
        return http.client.HTTPConnection(host, port, timeout=self.timeout, blocksize=CHUNK)


def _open(connection: http.client.HTTPConnection) -> None:
    was: socket.socket | None = connection.sock
    if was is None:
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _heard(answer: Answer) -> Answer:
    if answer.status in _LATER:
        raise Broken(float(answer.headers.get("retry-after", "0") or 0))
    if answer.status >= 400:
        raise Answered(answer.status, _problem(answer))
    return answer


def pieces_of(path: Path, start: int, told: Callable[[int], None]) -> Iterator[bytes]:
    """The file from there on; `told` hears of every piece that was handed to the line. Unreadable."""
    try:
        with path.open("rb") as file:
            file.seek(start)
            while piece := file.read(CHUNK):
                yield piece
                told(len(piece))
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from error


def _problem(answer: Answer) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
