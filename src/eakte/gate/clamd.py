"""Asks ClamAV's daemon: the bytes go to it by INSTREAM, so it needs no access to our files."""

import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from eakte.gate.model import ScanFailed, ScannerDown, State, Verdict

CHUNK = 1 << 18
CONNECT_SECONDS = 5.0
CHECK_SECONDS = 10.0
"""Who asks how all is must not wait as long as a large file may take."""
PATIENCE = 300.0
"""Seconds for one file in all; clamd itself gives up on a file after `MaxScanTime`, 120 s unless set."""
LONGEST_REPLY = 4096
TOO_LARGE = "Die Datei ist größer, als der Virenscanner annimmt (StreamMaxLength)."
UNSEEN = {
    "Heuristics.Limits.Exceeded": "Die Datei ist tiefer oder größer gepackt, als der Virenscanner prüft",
    "Heuristics.Encrypted": "Die Datei ist verschlüsselt; der Virenscanner sieht nicht hinein",
}
"""Beginnings of names that clamd gives to what it did not look at wholly."""


class Clamd:
    """clamd at `host:port` or `unix:///path`; a connection for each question, so for any number of threads."""

    def __init__(self, address: str, patience: float = PATIENCE) -> None:
        self._address, self._patience = address, patience

    def check(self, patience: float = CHECK_SECONDS) -> None:
        """ScannerDown unless it scans a few bytes: one that only answers PING is of no use."""
        Clamd(self._address, patience)._scanned(BytesIO(b"eakte"))

    def version(self) -> str:
        """Program, number and date of its signatures: `ClamAV 1.4.3/27800/Tue Nov 24 …`."""
        return self._ask("VERSION")

    def scan(self, plaintext: Path) -> Verdict:
        """What it says about a file. ScannerDown where it is not there, ScanFailed where it gives no verdict."""
        with plaintext.open("rb") as file:
            return self._scanned(file)

    def _scanned(self, file: BinaryIO) -> Verdict:
        with self._line(ScanFailed) as line:
            line.sendall(b"zINSTREAM\0")
            while piece := file.read(CHUNK):
                if not _send(line, piece):
                    return verdict(_reply(line))
            _send(line, b"")
            return verdict(_reply(line))

    def _ask(self, command: str) -> str:
        with self._line() as line:
            line.sendall(f"z{command}\0".encode())
            return _reply(line)

    @contextmanager
    def _line(self, broken: type[ScannerDown] = ScannerDown) -> Iterator["_Line"]:
        """`broken`: raised for what goes wrong once it has answered."""
        try:
            connection = _connected(self._address)
        except OSError as error:
            raise ScannerDown from error
        try:
            with connection:
                yield _Line(connection, time.monotonic() + self._patience)
        except OSError as error:
            raise broken from error


class _Line:
    """A connection whose every step shares one deadline."""

    def __init__(self, connection: socket.socket, end: float) -> None:
        self._connection, self._end = connection, end

    def sendall(self, data: bytes) -> None:
        self._connection.settimeout(self._left())
        self._connection.sendall(data)

    def recv(self) -> bytes:
        self._connection.settimeout(self._left())
        return self._connection.recv(LONGEST_REPLY)

    def has_answer(self) -> bool:
        """Whether it says something already: it does where the stream gets too long, and hangs up."""
        return bool(select.select([self._connection], [], [], 0)[0])

    def _left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def _connected(address: str) -> socket.socket:
    if not address.startswith("unix://"):
        host, _, port = address.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(CONNECT_SECONDS)
    try:
        connection.connect(address.removeprefix("unix://"))
    except BaseException:
        connection.close()
        raise
    return connection


def _send(line: _Line, piece: bytes) -> bool:
    """One chunk, an empty one being the last; False where it does not want more."""
    if piece and line.has_answer():
        return False
    try:
        line.sendall(len(piece).to_bytes(4, "big") + piece)
    except (BrokenPipeError, ConnectionResetError):  # it hung up; what it said before is still to be read
        return False
    return True


def _reply(line: _Line) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < LONGEST_REPLY:
        piece = line.recv()
        if not piece:
            break
        said += piece
    return said.rstrip(b"\0\n").decode(errors="replace")


def verdict(reply: str) -> Verdict:
    """What an answer to INSTREAM means; ScanFailed for an error, which says nothing about the file."""
    said = reply.removeprefix("stream: ")
    if said == "OK":
        return Verdict(State.CLEAN)
    if "size limit exceeded" in said:
        return Verdict(State.NOT_SCANNED, reason=TOO_LARGE)
    if said.endswith(" FOUND"):
        signature = said.removesuffix(" FOUND")
        why = next((why for beginning, why in UNSEEN.items() if signature.startswith(beginning)), None)
        return Verdict(State.NOT_SCANNED, reason=f"{why} ({signature}).") if why else Verdict(State.INFECTED, signature)
    raise ScanFailed(f"Der Virenscanner antwortet mit einem Fehler: {said[:200] or 'nichts'}.")
