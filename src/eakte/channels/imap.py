"""An IMAP account over TLS that is checked; every call has an end in time. What the server says goes into no log."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from eakte.channels.model import Mailbox, MailboxUnusable

SECONDS = 30.0
_PIECE = 1 << 20


class MessageRefused(Exception):
    """The server does not hand out or move this one mail."""


class Account:
    """A signed-in connection with one folder selected."""

    def __init__(self, line: imaplib.IMAP4, uidvalidity: int) -> None:
        self._line, self.uidvalidity = line, uidvalidity

    def uids(self) -> list[int]:
        """Of all mails in the folder, oldest first."""
        status, found = self._line.uid("SEARCH", "ALL")
        _require(status)
        return sorted(int(uid) for uid in (found[0] or b"").split())

    def size(self, uid: int) -> int:
        """In bytes."""
        for part in self._fetch(uid, "(RFC822.SIZE)"):
            said = part[0] if isinstance(part, tuple) else part
            if isinstance(said, bytes) and (found := re.search(rb"RFC822\.SIZE (\d+)", said)):
                return int(found[1])
        raise MessageRefused

    def message(self, uid: int) -> "Message":
        """Its bytes as they lie there, read piece by piece; it stays unread."""
        return Message(self, uid)

    def piece(self, uid: int, begin: int, size: int) -> bytes:
        """So many bytes from `begin`, fewer at the end."""
        for part in self._fetch(uid, f"(BODY.PEEK[]<{begin}.{size}>)"):
            if isinstance(part, tuple):
                found: bytes = part[1]
                return found
        return b""

    def move(self, uid: int, folder: str) -> None:
        """Into a folder of the account, made on first use."""
        with suppress(imaplib.IMAP4.error):
            self._line.create(f'"{folder}"')
        if "MOVE" in self._line.capabilities:
            _require(self._uid("MOVE", str(uid), f'"{folder}"')[0])
            return
        _require(self._uid("COPY", str(uid), f'"{folder}"')[0])
        _require(self._uid("STORE", str(uid), "+FLAGS", r"(\Deleted)")[0])
        _require(self._line.expunge()[0])

    def _fetch(self, uid: int, what: str) -> list[object]:
        status, found = self._uid("FETCH", str(uid), what)
        _require(status)
        return found

    def _uid(self, command: str, *said: str) -> tuple[str, list[object]]:
        try:
            return self._line.uid(command, *said)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise MessageRefused from error


class Message:
    """A mail as a source of bytes."""

    def __init__(self, account: Account, uid: int) -> None:
        self._account, self._uid, self._at, self._ended = account, uid, 0, False

    def read(self, size: int) -> bytes:
        """At most `size` bytes; empty at the end."""
        if self._ended:
            return b""
        piece = self._account.piece(self._uid, self._at, min(size, _PIECE))
        self._at += len(piece)
        self._ended = not piece
        return piece


@contextmanager
def signed_in(source: Mailbox) -> Iterator[Account]:
    """Raises MailboxUnusable for whatever is wrong with the connection, the account or the folder, meanwhile too."""
    try:
        password = source.password_file.read_text().strip()
        line = _connected(source)
        try:
            line.login(source.user, password)
            _require(line.select(f'"{source.folder}"')[0])
            said = line.response("UIDVALIDITY")[1]
            yield Account(line, int(said[0] or b"0"))
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                line.logout()
    except (OSError, imaplib.IMAP4.error, UnicodeError) as error:
        raise MailboxUnusable from error


def _connected(source: Mailbox) -> imaplib.IMAP4:
    context = ssl.create_default_context(cafile=source.ca_file)
    if source.tls == "ssl":
        return imaplib.IMAP4_SSL(source.host, source.port, ssl_context=context, timeout=SECONDS)
    line = imaplib.IMAP4(source.host, source.port, timeout=SECONDS)
    try:
        line.starttls(context)
    except BaseException:
        line.shutdown()
        raise
    return line


def _require(status: str) -> None:
    if status != "OK":
        raise MessageRefused
