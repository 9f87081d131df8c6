"""Reads a mail as Outlook saves it (MSG, [MS-OXMSG]): properties as streams of an OLE file.

Of a nested message no file can be cut out byte for byte: it is written anew as a mail (EML) with all it holds.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import compressed_rtf
import olefile

from ocr_pipeline import kinds, take_eml
from ocr_pipeline.mail import Attachment, Mail
from ocr_pipeline.parts import MOST

SUBJECT, SENDER, SENDER_SMTP, SENDER_MAIL, TO, COPY = "0037", "0C1A", "5D01", "0C1F", "0E04", "0E03"
BODY, HTML, RTF = "1000", "1013", "1009"
LONG_NAME, SHORT_NAME, SHOWN_NAME, DATA, MEDIA_TYPE, CONTENT_ID = "3707", "3704", "3001", "3701", "370E", "3712"
CODE_PAGE, SENT, DELIVERED = 0x3FFD, 0x0039, 0x0E06  # PidTagMessageCodepage and the times, of fixed length
UNICODE, BYTES, BINARY = "001F", "001E", "0102"
EMBEDDED = "__substg1.0_3701000D"
HEADERS = {0: 32, 1: 24}
"""Bytes before the properties of the message itself, and of one inside another ([MS-OXMSG] § 2.4.1)."""
DEEPEST = 8
BERLIN = ZoneInfo("Europe/Berlin")

Place = tuple[str, ...]
"""Names of the storages that lead to a message or attachment."""


def read(source: str) -> Mail:
    """The mail with all that hangs on it."""
    with olefile.OleFileIO(source) as ole:
        return _Message(ole, ()).mail()


class _Message:
    """One message in an OLE file; its properties are read as they are asked for."""

    def __init__(self, ole: olefile.OleFileIO, place: Place) -> None:
        self._ole, self._place = ole, place
        self._fixed = self._properties()
        page = struct.unpack("<i", self._fixed[CODE_PAGE][:4])[0] if CODE_PAGE in self._fixed else 1252
        self._charset = "utf-8" if page == 65001 else f"cp{page}"

    def mail(self) -> Mail:
        sender = " ".join(filter(None, [self._text(SENDER), f"<{address}>" if (address := self._address()) else ""]))
        subject = self._text(SUBJECT)
        said = [("Von", sender), ("An", self._text(TO)), ("Kopie", self._text(COPY)), ("Datum", self._day()),
                ("Betreff", subject)]  # fmt: skip
        mail = Mail([(label, value) for label, value in said if value], subject, self._text(BODY, lines=True),
                    kinds.decoded(self._binary(HTML)))  # fmt: skip
        if not mail.text.strip() and (packed := self._binary(RTF)):
            mail.attachments.append(Attachment("Nachrichtentext.rtf", kinds.RTF, compressed_rtf.decompress(packed)))
        mail.attachments += self._attachments()
        return mail

    def _attachments(self) -> Iterator[Attachment]:
        depth = len(self._place)
        names = {tuple(path[: depth + 1]) for path in self._ole.listdir() if tuple(path[:depth]) == self._place}
        storages = sorted(each for each in names if each[depth].startswith("__attach_version1.0_"))
        for number, storage in enumerate(storages[:MOST], 1):
            yield self._attachment(_Message(self._ole, storage), storage, number)

    def _attachment(self, part: _Message, storage: Place, number: int) -> Attachment:
        name = part._text(LONG_NAME) or part._text(SHORT_NAME) or part._text(SHOWN_NAME) or f"Anlage {number}"
        if self._ole.exists([*storage, EMBEDDED]):
            if len(storage) > 2 * DEEPEST:
                return Attachment(name, kinds.TEXT, b"")
            inner = _Message(self._ole, (*storage, EMBEDDED)).mail()
            name = (inner.subject or name).replace("/", "_")
            return Attachment(f"{name.removesuffix('.msg')}.eml", kinds.EML, take_eml.write(inner))
        kind = part._text(MEDIA_TYPE) or kinds.UNKNOWN
        return Attachment(name, kind.lower(), part._binary(DATA), part._text(CONTENT_ID).strip("<> "))

    def _address(self) -> str:
        found = self._text(SENDER_SMTP) or self._text(SENDER_MAIL)
        return found if "@" in found else ""

    def _day(self) -> str:
        """A FILETIME: tenths of microseconds since 1601, UTC."""
        found = next((self._fixed[tag] for tag in (SENT, DELIVERED) if tag in self._fixed), b"")
        ticks = int.from_bytes(found, "little")
        if not 0 < ticks < 1 << 60:
            return ""
        at = datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10)
        return f"{at.astimezone(BERLIN):%d.%m.%Y, %H:%M} Uhr"

    def _properties(self) -> dict[int, bytes]:
        """Values of fixed length by tag."""
        data = self._stream("__properties_version1.0")[HEADERS.get(min(1, len(self._place)), 24) :]
        entries = (data[start : start + 16] for start in range(0, len(data) - 15, 16))
        return {int.from_bytes(entry[2:4], "little"): entry[8:16] for entry in entries}

    def _text(self, tag: str, *, lines: bool = False) -> str:
        if data := self._stream(f"__substg1.0_{tag}{UNICODE}"):
            text = data.decode("utf-16-le", errors="replace")
        else:
            text = self._decoded(self._stream(f"__substg1.0_{tag}{BYTES}"))
        return text.rstrip("\0") if lines else " ".join(text.replace("\0", " ").split())

    def _decoded(self, data: bytes) -> str:
        try:
            return data.decode(self._charset)
        except (LookupError, UnicodeDecodeError):
            return kinds.decoded(data)

    def _binary(self, tag: str) -> bytes:
        return self._stream(f"__substg1.0_{tag}{BINARY}")

    def _stream(self, name: str) -> bytes:
        path = [*self._place, name]
        if not self._ole.exists(path):
            return b""
        with self._ole.openstream(path) as stream:
            data: bytes = stream.read()
        return data
