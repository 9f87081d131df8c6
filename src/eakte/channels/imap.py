"""An IMAP account over TLS that is checked; every call has an end in time. What the server says goes into no log."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from eakte.channels.model import CollectedTooLarge, Mailbox, MailboxUnusable

SECONDS = 30.0
MOST = 10_000
"""Mails that are asked for at once; an answer is one line, and a line has a longest."""
BROKEN_LINE = (OSError, imaplib.IMAP4.error)
_PIECE = 1 << 20


class MessageRefused(Exception):
    """The server does not hand out or move this one mail."""


class HungUp(MessageRefused):
    """The server took leave over this mail, as Dovecot does over one that it cannot read; the connection is no more."""


class Account:
    """A signed-in connection with one folder selected; `there`: how many mails are in it."""

    def __init__(self, line: imaplib.IMAP4, uidvalidity: int, there: int) -> None:
        self._line, self.uidvalidity, self._there = line, uidvalidity, there
        self._can = _abilities(line)

    def uids(self) -> list[int]:
        """Of the mails that have been in the folder longest, oldest first."""
        return self._search(f"1:{min(self._there, MOST)}") if self._there else []

    def _search(self, what: str) -> list[int]:
        status, found = self._line.uid("SEARCH", what)
        if status != "OK":
            raise MailboxUnusable
        return sorted(int(uid) for uid in (found[0] or b"").split())

    def size(self, uid: int) -> int:
        """In bytes."""
        for part in self._fetch(uid, "(RFC822.SIZE)"):
            said = part[0] if isinstance(part, tuple) else part
            if isinstance(said, bytes) and (found := re.search(rb"RFC822\.SIZE (\d+)", said)):
                return int(found[1])
        raise MessageRefused

    def message(self, uid: int, limit: int) -> "Message":
        """Its bytes as they lie there, read piece by piece; it stays unread."""
        return Message(self, uid, self.size(uid), limit)

    def piece(self, uid: int, begin: int, size: int) -> bytes | None:
        """So many bytes from `begin`, fewer at the end; None where the server says nothing of it: it may be gone."""
        for part in self._fetch(uid, f"(BODY.PEEK[]<{begin}.{size}>)"):
            if isinstance(part, tuple):
                found: bytes = part[1]
                return found
            if isinstance(part, bytes) and part.rstrip(b")").endswith(b'> ""'):
                return b""
        return None

    def move(self, uid: int, folder: str) -> None:
        """Into a folder of the account, made on first use; without MOVE a cut in between leaves a second copy there."""
        with suppress(imaplib.IMAP4.error):
            self._line.create(f'"{folder}"')
        if "MOVE" in self._can:
            _require(self._uid("MOVE", str(uid), f'"{folder}"')[0])
            return
        _require(self._uid("COPY", str(uid), f'"{folder}"')[0])
        _require(self._uid("STORE", str(uid), "+FLAGS", r"(\Deleted)")[0])
        self._expunge(uid)

    def _expunge(self, uid: int) -> None:
        """This mail alone: others that somebody marked as deleted have yet to be collected."""
        if "UIDPLUS" in self._can:
            _require(self._uid("EXPUNGE", str(uid))[0])
            return
        if others := ",".join(str(other) for other in self._search("DELETED") if other != uid):
            _require(self._uid("STORE", others, "-FLAGS", r"(\Deleted)")[0])
        _require(self._line.expunge()[0])

    def _fetch(self, uid: int, what: str) -> list[object]:
        status, found = self._uid("FETCH", str(uid), what)
        _require(status)
        return found

    def _uid(self, command: str, *said: str) -> tuple[str, list[object]]:
        try:
            return self._line.uid(command, *said)
        except imaplib.IMAP4.abort as error:
            if self._line.response("BYE")[1] == [None]:
                raise  # the line is to blame
            raise HungUp from error
        except imaplib.IMAP4.error as error:
            raise MessageRefused from error


class Message:
    """A mail as a source of bytes: of `size` as the server says, which some only guess, and never more than `limit`."""

    def __init__(self, account: Account, uid: int, size: int, limit: int) -> None:
        self._account, self._uid, self._at, self._ended = account, uid, 0, False
        self._size, self._limit = size, limit
        if size > limit:
            raise CollectedTooLarge

    def read(self, size: int) -> bytes:
        """At most `size` bytes; empty at the end. Raises MessageRefused for what goes away meanwhile."""
        if self._ended:
            return b""
        piece = self._account.piece(self._uid, self._at, min(size, _PIECE))
        if piece is None and self._at < self._size:
            raise MessageRefused
        self._at += len(piece or b"")
        if self._at > self._limit:
            raise CollectedTooLarge
        self._ended = not piece
        return piece or b""


@contextmanager
def signed_in(source: Mailbox, patience: float = SECONDS) -> Iterator[Account]:
    """Raises MailboxUnusable for whatever is wrong with the connection, the account or the folder, meanwhile too.

    `patience`: seconds for each answer.
    """
    try:
        password = source.password_file.read_text().strip()
        line = _connected(source, patience)
        try:
            line.login(source.user, password)
            status, there = line.select(f'"{source.folder}"')
            if status != "OK":
                raise MailboxUnusable(f"Den Ordner {source.folder} gibt es dort nicht.")
            said = line.response("UIDVALIDITY")[1]
            yield Account(line, int(said[0] or b"0"), int(there[0] or b"0"))
        finally:
            with suppress(*BROKEN_LINE):
                line.logout()
            with suppress(*BROKEN_LINE):
                line.shutdown()  # which logout leaves undone where nobody answers
    except (*BROKEN_LINE, UnicodeError) as error:
        raise MailboxUnusable from error


def _connected(source: Mailbox, patience: float) -> imaplib.IMAP4:
    context = ssl.create_default_context(cafile=source.ca_file)
    if source.tls == "ssl":
        return imaplib.IMAP4_SSL(source.host, source.port, ssl_context=context, timeout=patience)
    line = imaplib.IMAP4(source.host, source.port, timeout=patience)
    try:
        line.starttls(context)
    except BaseException:
        line.shutdown()
        raise
    return line


def _abilities(line: imaplib.IMAP4) -> set[str]:
    """Asked after the sign-in: before it servers name few of them."""
    said = line.capability()[1][0] or b""
    return set(said.decode("ascii", "replace").upper().split())


def _require(status: str) -> None:
    if status != "OK":
        raise MessageRefused
