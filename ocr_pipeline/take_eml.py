"""Reads a mail as it is sent (RFC 5322, MIME), however broken, and writes one so.

What cannot be decoded as it says is decoded otherwise.

The oldest policy of Python's `email` is used: it keeps what it does not understand, while the newer ones raise.
"""

from __future__ import annotations

import email
import email.policy
from datetime import datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime
from mimetypes import guess_extension

from ocr_pipeline import kinds
from ocr_pipeline.mail import Attachment, Mail
from ocr_pipeline.parts import MOST

FIELDS = {"from": "Von", "to": "An", "cc": "Kopie", "date": "Datum", "subject": "Betreff"}
BODIES = {"text/plain", "text/html"}


def read(data: bytes) -> Mail:
    """The mail with all that hangs on it; a nested mail is one attachment and stays whole."""
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    said = {name: _field(message, name) for name in FIELDS}
    head = [(FIELDS[name], _day(value) if name == "date" else value) for name, value in said.items() if value]
    mail = Mail(head, said["subject"])
    _collect(mail, message)
    return mail


def write(mail: Mail) -> bytes:
    """A mail out of its parts, for one that came in a form of which no file can be cut out."""
    message = EmailMessage()
    names = {label: name for name, label in FIELDS.items()}
    for label, value in mail.head:
        if label in names:
            message[names[label]] = " ".join(value.split())
    message.set_content(mail.text)
    for each in mail.attachments:
        if each.media_type == kinds.EML:
            message.add_attachment(email.message_from_bytes(each.data, policy=email.policy.default))
        else:
            message.add_attachment(each.data, "application", "octet-stream", filename=each.name)
    return message.as_bytes()


def _collect(mail: Mail, message: Message) -> None:
    waiting = [message]
    while waiting and len(mail.attachments) <= MOST:
        part = waiting.pop()
        kind = part.get_content_type()
        below = part.get_payload()
        if kind == "message/rfc822" and isinstance(below, list) and below and isinstance(below[0], Message):
            mail.attachments.append(_nested(part, below[0]))
        elif kind.startswith("multipart/") and isinstance(below, list):
            waiting += [each for each in reversed(below) if isinstance(each, Message)]
        else:
            _leaf(mail, part, kind)


def _leaf(mail: Mail, part: Message, kind: str) -> None:
    name, data = _file_name(part), _bytes(part)
    hangs = bool(name) or part.get_content_disposition() == "attachment"
    if kind == "text/html" and not hangs:
        mail.html += _text(part, data)
    elif kind in BODIES and not hangs:
        mail.plain += ("\n\n" if mail.plain else "") + _text(part, data)
    elif data:
        shown = _field(part, "content-id").strip("<> ")
        name = name or f"Anlage {len(mail.attachments) + 1}{guess_extension(kind) or ''}"
        mail.attachments.append(Attachment(name, kind, data, shown))


def _nested(part: Message, inner: Message) -> Attachment:
    name = _file_name(part) or _field(inner, "subject") or "Weitergeleitete Nachricht"
    name = name.replace("/", "_")
    return Attachment(name if name.endswith(".eml") else f"{name}.eml", kinds.EML, _as_sent(inner))


def _as_sent(message: Message) -> bytes:
    try:
        return message.as_bytes(policy=email.policy.compat32)
    except (LookupError, UnicodeError, ValueError):  # a charset nobody knows
        return message.as_string().encode("utf-8", "surrogateescape")


def _bytes(part: Message) -> bytes:
    """Decoded by its transfer encoding; as it stands there if that does not hold."""
    try:
        data = part.get_payload(decode=True)
    except (LookupError, UnicodeError, ValueError):
        data = None
    if isinstance(data, bytes):
        return data
    payload = part.get_payload()
    return payload.encode("utf-8", "surrogateescape") if isinstance(payload, str) else b""


def _text(part: Message, data: bytes) -> str:
    """In the charset it names; in the one it must be in, if that does not fit."""
    try:
        return data.decode(part.get_content_charset("utf-8"))
    except (LookupError, UnicodeDecodeError):
        return kinds.decoded(data)


def _file_name(part: Message) -> str:
    try:
        return _words(str(part.get_filename("") or ""))
    except (LookupError, TypeError, UnicodeError, ValueError):
        return ""


def _field(message: Message, name: str) -> str:
    """The first of this name, unfolded and decoded; bytes beyond ASCII as the text they must be."""
    raw = next((value for key, value in message.raw_items() if key.lower() == name), "")
    return " ".join(_words(str(raw)).split())


def _words(text: str) -> str:
    """Encoded words (RFC 2047) and bare bytes to text."""
    whole = kinds.decoded(text.encode("utf-8", "surrogateescape"))
    if "=?" not in whole:
        return whole
    try:
        return "".join(_word(piece, charset) for piece, charset in decode_header(whole))
    except (HeaderParseError, ValueError):
        return whole


def _word(piece: bytes | str, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece
    if charset is None:
        return piece.decode("raw-unicode-escape")
    try:
        return piece.decode(charset)
    except (LookupError, UnicodeDecodeError):
        return kinds.decoded(piece)


def _day(text: str) -> str:
    """As people write it, in the sender's own time; what is no date stays as it is."""
    try:
        sent: datetime = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return text
    return f"{sent:%d.%m.%Y, %H:%M} Uhr" + (f" (UTC{sent:%z})" if sent.tzinfo else "")
