"""Kinds of files: what the first bytes say a file is, by content and never by name. The one table of them.

Some kinds share their beginning (a ZIP may be an archive or a letter): `ocr_pipeline.kind_inside` tells those apart.
"""

from __future__ import annotations

import re
import struct

PDF, TIFF, JPEG, PNG = "application/pdf", "image/tiff", "image/jpeg", "image/png"
HEIC, AVIF, WEBP, BMP, GIF = "image/heic", "image/avif", "image/webp", "image/bmp", "image/gif"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT, ODS = "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet"
DOC, XLS, RTF = "application/msword", "application/vnd.ms-excel", "application/rtf"
MSG, EML, ZIP, OLE = "application/vnd.ms-outlook", "message/rfc822", "application/zip", "application/x-ole-storage"
TEXT, HTML, XML = "text/plain", "text/html", "application/xml"
UNKNOWN = "application/octet-stream"

PICTURES = frozenset({TIFF, JPEG, PNG, HEIC, AVIF, WEBP, BMP, GIF})
OFFICE = {DOCX: "docx", XLSX: "xlsx", ODT: "odt", ODS: "ods", DOC: "doc", XLS: "xls", RTF: "rtf"}
"""What LibreOffice is asked to print, with the ending by which it tells them apart."""
TEXTS = frozenset({TEXT, HTML, XML})
MAILS = frozenset({EML, MSG})
SHARED = frozenset({ZIP, OLE})
"""Beginnings that several kinds have in common."""
TOLD_INSIDE = SHARED | {DOCX, XLSX, ODT, ODS}
"""Of these the beginning is a hint; what they are stands in their table of contents."""

BEGINNING = 8192
"""Bytes that `by_beginning` likes to see."""
PDF_HEADER_WITHIN = 1024
"""Readers accept a PDF header somewhere in the first 1,024 bytes (ISO 32000-1, implementation note 13)."""

_BEGINNINGS = {
    b"%PDF-": PDF,
    b"II*\0": TIFF,
    b"MM\0*": TIFF,
    b"II+\0": TIFF,
    b"MM\0+": TIFF,
    b"\xff\xd8\xff": JPEG,
    b"\x89PNG\r\n\x1a\n": PNG,
    b"GIF87a": GIF,
    b"GIF89a": GIF,
    b"{\\rtf": RTF,
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": OLE,
    b"PK\x05\x06": ZIP,  # without entries
}
_LOCAL = b"PK\x03\x04"
_BRANDS = dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc", b"hevx"), HEIC)
_BRANDS |= {b"avif": AVIF, b"avis": AVIF}
_BITMAP_HEADS = {12, 40, 52, 56, 64, 108, 124}
_WORDS = {b"word/": DOCX, b"xl/": XLSX}
_OPEN_DOCUMENT = {b"mimetype" + ODT.encode(): ODT, b"mimetype" + ODS.encode(): ODS}
_FIRST_OF_OOXML = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"word/", b"xl/")
_BOMS = (b"\xff\xfe", b"\xfe\xff")
_FIELD = re.compile(rb"^([A-Za-z][A-Za-z0-9-]{1,75}):", re.MULTILINE)
_MAIL_FIELDS = {
    b"from", b"to", b"cc", b"subject", b"date", b"received", b"message-id", b"mime-version", b"return-path", b"sender",
    b"reply-to", b"delivered-to", b"content-type", b"content-transfer-encoding", b"dkim-signature", b"x-mailer",
}  # fmt: skip
_ADDRESSED = {b"from", b"to", b"subject", b"received", b"return-path", b"message-id"}
# Atomic: many comments before something else would be tried in all ways, for hours.
_MARKUP = re.compile(rb"(?>\s*(?:<!--.*?-->\s*)*)<(?:!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f-\x9f]")


def by_beginning(head: bytes) -> str:
    """Media type by the first bytes (`BEGINNING` of them); `application/octet-stream` for what we do not know."""
    for start, kind in _BEGINNINGS.items():
        if head.startswith(start):
            return kind
    if b"%PDF-" in head[:PDF_HEADER_WITHIN]:
        return PDF
    if head.startswith(_LOCAL):
        return _packed(head)
    return _picture(head) or _written(head)


def _packed(head: bytes) -> str:
    """By the first entry; one that lies further inside may belong to a file in the archive."""
    name = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    if name == b"mimetype":
        return next((kind for start, kind in _OPEN_DOCUMENT.items() if start in head[:200]), ZIP)
    if name.startswith(_FIRST_OF_OOXML):
        return next((kind for folder, kind in _WORDS.items() if folder in head), ZIP)
    return ZIP


def _picture(head: bytes) -> str | None:
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12])
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[:2] == b"BM" and len(head) > 18 and struct.unpack_from("<I", head, 14)[0] in _BITMAP_HEADS:
        return BMP
    return None


def _written(head: bytes) -> str:
    """Kinds that are text: XML, HTML, mail, or just text; else unknown."""
    bare = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if bare.startswith(b"<?xml"):
        return HTML if b"<html" in bare[:1000].lower() else XML
    if _MARKUP.match(bare):
        return HTML
    if is_mail(bare):
        return EML
    return TEXT if _is_text(head) else UNKNOWN


def is_mail(head: bytes) -> bool:
    """Whether header fields of a mail stand at the beginning (RFC 5322), whatever their encoding."""
    block = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    if block.startswith(b"From "):
        block = block.partition(b"\n")[2]
    first = _FIELD.match(block)
    names = [name.lower() for name in _FIELD.findall(block)]
    return first is not None and len(_MAIL_FIELDS & set(names)) > 1 and bool(_ADDRESSED & set(names))


def _is_text(head: bytes) -> bool:
    if head.startswith(_BOMS):
        return True
    text = decoded(head)
    return bool(text.strip()) and _CONTROLS.search(text) is None


def decoded(data: bytes) -> str:
    """UTF-8, else Windows-1252, the two that German texts come in; UTF-16 by its mark. A cut last character is lost."""
    if data.startswith(_BOMS):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start > len(data) - 4 and error.reason == "unexpected end of data":
            return data[: error.start].decode("utf-8-sig")
        return data.decode("cp1252", errors="replace").replace("\ufffd", "\x81")
