"""Multipart bodies as a stream: the file's bytes go on uncopied and are never held, small fields are kept."""

import unicodedata
from collections.abc import AsyncIterator
from email.message import Message
from email.utils import collapse_rfc2231_value

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from eakte.errors import Invalid, Problem
from eakte.vault.store import Stored
from eakte.vault.upload import Segments

FILE_PART = "file"
_MOST_FIELDS = 32
_LONGEST_FIELD = 64 << 10
_BESIDE_THE_FILE = 1 << 20  # bytes of all fields, headers, boundaries and whatever stands around them
_LONGEST_NAME, _LONGEST_SUFFIX = 200, 16
_INVISIBLE = {
    "Cc",
    "Cf",
    "Cs",
    "Co",
    "Cn",
    "Zl",
    "Zp",
}  # controls, marks that turn the direction of text, no characters
_NAMELESS = "unbenannt"


class BadForm(Invalid):
    """The body is no whole multipart form with exactly one file in its part `file`."""

    code, title = "form-invalid", "Formular nicht lesbar"
    remedy = "multipart/form-data mit genau einer Datei im Teil file senden; Texte in UTF-8."


class FormTooLarge(Problem):
    """Too much beside the file: a field over 64 KiB, more than 32 fields, over 1 MiB in all."""

    code, status, title = "form-too-large", 413, "Formular zu groß"
    remedy = "Felder kürzen: höchstens 32 Felder zu je 64 KiB und zusammen 1 MiB neben der Datei."


def display_name(sent: str) -> str:
    """A file name fit to be shown, never a path to open: last component, visible characters, at most 200 of them."""
    last = unicodedata.normalize("NFC", sent).replace("\\", "/").rpartition("/")[2]
    shown = "".join(sign for sign in last if unicodedata.category(sign) not in _INVISIBLE).strip()
    if not shown.strip("."):
        return _NAMELESS
    stem, dot, suffix = shown.rpartition(".")
    if len(shown) > _LONGEST_NAME and stem and len(suffix) <= _LONGEST_SUFFIX:
        return stem[: _LONGEST_NAME - 1 - len(suffix)] + dot + suffix
    return shown[:_LONGEST_NAME]


def _boundary(content_type: str) -> bytes:
    try:
        kind, options = parse_options_header(content_type)
    except ValueError as error:
        raise BadForm from error
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise BadForm("Erwartet wird multipart/form-data mit einer Grenze (boundary).")
    return options[b"boundary"]


def _names(disposition: bytes) -> tuple[str | None, str | None]:
    """Name and file name of a part; `filename*` (RFC 5987) goes before `filename`, whichever comes first."""
    header = Message()  # the multipart library reads no filename*
    header["content-disposition"] = disposition.decode(errors="replace")
    try:
        given = header.get_params([], "content-disposition")
        given.sort(key=lambda pair: isinstance(pair[1], tuple))
        found = {key.lower(): collapse_rfc2231_value(value) for key, value in given}
    except (TypeError, ValueError) as error:  # what the parser makes of numbers and encodings that are none
        raise BadForm from error
    return found.get("name"), found.get("filename")


class Form:
    """One multipart body, fed in chunks of any size.

    `fields` and `filename` (None until its part has begun) fill as the parts go by, before or after the file.
    """

    def __init__(self, content_type: str) -> None:
        self.fields: dict[str, str] = {}
        self.filename: str | None = None
        self._whole = False
        self._beside = 0
        self._pieces: list[memoryview] = []
        self._key, self._text, self._headers = bytearray(), bytearray(), dict[bytes, bytes]()
        self._in_file, self._name, self._value = False, "", bytearray()
        self._parser = self._parser_of(_boundary(content_type))

    def feed(self, chunk: bytes) -> list[memoryview]:
        """The pieces of the file in this chunk, as views into it. Raises BadForm, FormTooLarge."""
        self._pieces = []
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise BadForm from error
        self._beside += len(chunk) - sum(map(len, self._pieces))
        if self._beside > _BESIDE_THE_FILE:
            raise FormTooLarge
        return self._pieces

    def end(self) -> None:
        """Raises BadForm unless the closing boundary was seen and there was a file."""
        if not self._whole:
            raise BadForm("Die Übertragung ist unvollständig: Die schließende Grenze fehlt.")
        if self.filename is None:
            raise BadForm("Es fehlt die Datei im Teil file.")

    def _parser_of(self, boundary: bytes) -> MultipartParser:
        try:
            return MultipartParser(
                boundary,
                {
                    "on_header_field": lambda data, start, end: self._key.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._text.extend(data[start:end]),
                    "on_header_end": self._header_end,
                    "on_headers_finished": self._part_begin,
                    "on_part_data": self._part_data,
                    "on_part_end": self._part_end,
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise BadForm from error

    def _header_end(self) -> None:
        self._headers[bytes(self._key).lower()] = bytes(self._text)
        self._key.clear()
        self._text.clear()

    def _part_begin(self) -> None:
        name, filename = _names(self._headers.get(b"content-disposition", b""))
        self._headers, self._value = {}, bytearray()
        if not name:
            raise BadForm("Ein Teil des Formulars hat keinen Namen.")
        self._name, self._in_file = name, filename is not None
        if (name == FILE_PART) != self._in_file:
            raise BadForm("Die Datei gehört mit Dateinamen in den Teil file, alles andere ohne in seinen eigenen.")
        if filename is not None:
            self._file_begin(filename)
        elif name in self.fields:
            raise BadForm("Ein Feld kommt zweimal vor.")
        elif len(self.fields) >= _MOST_FIELDS:
            raise FormTooLarge

    def _file_begin(self, filename: str) -> None:
        if self.filename is not None:
            raise BadForm("Erlaubt ist genau eine Datei.")
        self.filename = display_name(filename)

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._pieces.append(memoryview(data)[start:end])
        elif len(self._value) + end - start > _LONGEST_FIELD:
            raise FormTooLarge
        else:
            self._value += memoryview(data)[start:end]

    def _part_end(self) -> None:
        if not self._in_file:
            self.fields[self._name] = _text(self._value)

    def _end(self) -> None:
        self._whole = True


def _text(value: bytearray) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise BadForm("Ein Feld ist nicht in UTF-8 geschrieben.") from error
    if any(unicodedata.category(sign) == "Cc" and sign not in "\t\r\n" for sign in text):
        raise BadForm("Ein Feld enthält Steuerzeichen.")
    return text


async def receive(chunks: AsyncIterator[bytes], form: Form, segments: Segments) -> Stored:
    """The whole body from the request into the vault; durable when it returns, and nothing stays when it raises.

    Raises BadForm, FormTooLarge, UploadTooLarge, StoreFull, StoreFailed, and whatever the iterator raises.
    """
    try:
        async for chunk in chunks:
            for piece in form.feed(chunk):
                await segments.add(piece)
        form.end()
        return await segments.finish()
    except BaseException:
        await segments.abort()
        raise
