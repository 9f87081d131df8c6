"""The headers of tus 1.0 (https://tus.io/protocols/resumable-upload): read, checked, written. No input or output."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from uuid import UUID

from eakte.errors import Invalid, Problem

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,checksum,termination"
ALGORITHMS = ("sha1", "sha256")
"""`sha1` because the protocol demands it; it is only to find faults of the line."""
BODY_TYPE = "application/offset+octet-stream"
_LONGEST_METADATA = 8192
_NUMBER = re.compile(r"\d{1,15}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class OtherVersion(Problem):
    """The request does not name version 1.0.0 of the protocol."""

    code, status, title = "tus-version-unknown", 412, "Andere Version des Übertragungsprotokolls"
    remedy = "Tus-Resumable: 1.0.0 senden."


class BadHeader(Problem):
    """A header of the protocol is missing or cannot be read."""

    code, status, title = "tus-header-invalid", 400, "Kopfzeile der Übertragung nicht lesbar"
    remedy = "Die genannte Kopfzeile nach dem Protokoll tus 1.0 senden."


class OtherBody(Problem):
    """The bytes of a file are sent under one media type only."""

    code, status, title = "tus-body-type", 415, "Anderer Inhaltstyp erwartet"
    remedy = f"Die Bytes mit Content-Type: {BODY_TYPE} senden."


class ChecksumDiffers(Problem):
    """The bytes of this request are not those that were sent; none of them is kept."""

    code, status, title = "tus-checksum-differs", 460, "Die Prüfsumme des Abschnitts stimmt nicht"
    remedy = "Denselben Abschnitt erneut senden."


class LongerThanSaid(Problem):
    """More bytes come than the file was announced with; none of this request is kept beyond its length."""

    code, status, title = "upload-longer-than-said", 413, "Mehr Bytes als angekündigt"
    remedy = "Upload-Length prüfen und die Übertragung neu beginnen."


@dataclass(frozen=True)
class Wanted:
    """What the metadata say about the file; `fields` as a form beside a file would have them."""

    name: str = ""
    batch: UUID | None = None
    sha256: str | None = None
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Checksum:
    """What the bytes of one request must hash to."""

    algorithm: str
    digest: bytes

    def fresh(self) -> Any:
        """A hash to feed the bytes to."""
        return hashlib.new(self.algorithm, usedforsecurity=False)


def require_version(sent: str | None) -> None:
    """OtherVersion unless it is ours."""
    if sent != VERSION:
        raise OtherVersion


def number(name: str, sent: str | None) -> int:
    """A length or offset in bytes."""
    if sent is None or not _NUMBER.fullmatch(sent):
        raise BadHeader(f"{name}: eine Zahl in Bytes fehlt.")
    return int(sent)


def checksum(sent: str | None) -> Checksum | None:
    """Of `Upload-Checksum: sha256 <base64>`."""
    if sent is None:
        return None
    algorithm, _, encoded = sent.partition(" ")
    if algorithm not in ALGORITHMS:
        raise BadHeader(f"Upload-Checksum: bekannt sind {', '.join(ALGORITHMS)}.")
    return Checksum(algorithm, _decoded("Upload-Checksum", encoded))


def wanted(metadata: str) -> Wanted:
    """Of `Upload-Metadata`: pairs of a key and a base64 value."""
    said = _pairs(metadata)
    if "password" in said:
        raise Invalid("Ein Kennwort gehört nicht in Upload-Metadata; POST /v1/documents/{id}/retry nimmt es an.")
    name = said.setdefault("name", said.pop("filename", ""))
    return Wanted(name, _batch(said.pop("batch", None)), _sha256(said.get("sha256")), said)


def expires(at: datetime) -> str:
    """For `Upload-Expires` (RFC 9110 § 5.6.7)."""
    return format_datetime(at, usegmt=True)


def _pairs(metadata: str) -> dict[str, str]:
    if len(metadata) > _LONGEST_METADATA:
        raise BadHeader(f"Upload-Metadata ist länger als {_LONGEST_METADATA} Zeichen.")
    said: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in metadata.split(","))):
        key, _, encoded = pair.partition(" ")
        if key in said:
            raise BadHeader(f"Upload-Metadata nennt {key!r} zweimal.")
        said[key] = _text(_decoded("Upload-Metadata", encoded))
    return said


def _decoded(name: str, encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except binascii.Error:
        raise BadHeader(f"{name}: kein Base64.") from None


def _text(raw: bytes) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise BadHeader("Upload-Metadata: Texte in UTF-8.") from None
    if "\0" in text:
        raise BadHeader("Upload-Metadata: Texte ohne NUL.")
    return text


def _batch(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("batch ist keine Kennung eines Stapels.") from None


def _sha256(text: str | None) -> str | None:
    if text and not _SHA256.fullmatch(text.lower()):
        raise Invalid("sha256 sind 64 Zeichen 0–9, a–f.")
    return text.lower() if text else None
