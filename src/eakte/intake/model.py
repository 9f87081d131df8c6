"""Receiving: acts, and what the first bytes of a file say it is."""

from eakte.journal import act

RECEIVED = act("intake:received-file:received", "A file was received, sealed and hashed.")
TAKEN_APART = act("intake:received-file:taken-apart", "A received file was taken apart into documents.")

_BEGINNINGS = {
    b"%PDF-": "application/pdf",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
    b"II+\x00": "image/tiff",
    b"MM\x00+": "image/tiff",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"PK\x03\x04": "application/zip",
}
PDF_HEADER_WITHIN = 1024
"""Readers accept a PDF header somewhere in the first 1,024 bytes (ISO 32000-1, implementation note 13)."""


def media_type(beginning: bytes) -> str:
    """By content, never by name; `application/octet-stream` for what we do not know."""
    for start, kind in _BEGINNINGS.items():
        if beginning.startswith(start):
            return kind
    if b"%PDF-" in beginning[:PDF_HEADER_WITHIN]:
        return "application/pdf"
    return "application/octet-stream"
