"""Manifests of a delivery, as JSON, CSV or XML (docs/reference/formats/delivery-manifest.md), against what came."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from eakte.errors import Invalid
from eakte.scanning.model import REPLACED_ITEM, Announcement, Item, ItemSaid

MOST_NAMED = 100
MOST_BYTES = 4 << 20
MOST_FILES = 20_000
NAMES = ("manifest.json", "manifest.csv", "manifest.xml")
_HEAD = {"reference", "profile", "operator", "expected_sheets"}
_FILE = {"name", "sha256", "pages", "dropped_blank"}
_LONGEST = {"name": 500}
_HEAD_LONGEST = 200
_LARGEST = {"expected_sheets": 1_000_000}
_MOST = 100_000
_CSV_HEAD = len(_HEAD) + 1
"""Lines before those of files: the head, and the names of the columns."""
_LINE = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]+")
"""No control characters, and no halves of a character, which JSON can say and nothing can keep."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


class ManifestInvalid(Invalid):
    """A manifest cannot be read, or says what no delivery can be; the detail names the place."""

    code, title = "manifest-invalid", "Das Verzeichnis der Lieferung ist nicht lesbar"
    remedy = "Das Verzeichnis an der genannten Stelle berichtigen; Aufbau: docs/reference/formats/delivery-manifest.md."


@dataclass(frozen=True)
class Manifest:
    """The announcement of a delivery, and its files in the order of the manifest, each name once."""

    announcement: Announcement
    files: tuple[ItemSaid, ...]


def read_manifest(name: str, data: bytes) -> Manifest:
    """The manifest of this name, one of `NAMES`. Raises ManifestInvalid with line or entry, in German."""
    if len(data) > MOST_BYTES:
        raise ManifestInvalid(f"Das Verzeichnis hat mehr als {MOST_BYTES >> 20} MiB.")
    readers = {"json": _from_json, "csv": _from_csv, "xml": _from_xml}
    head, entries = readers[name.rpartition(".")[2].lower()](data)
    files = [_file(place, said) for place, said in entries]
    _once((place, file.name) for (place, _), file in zip(entries, files, strict=True))
    return Manifest(_announcement(*head), tuple(files))


def _not_too_many(files: int) -> None:
    """Asked before anything is made of them, since each takes many times its bytes."""
    if files > MOST_FILES:
        raise ManifestInvalid(f"Das Verzeichnis nennt mehr als {MOST_FILES} Dateien.")


Said = Mapping[str, Any]
Placed = tuple[str, Said]
"""Where something is said, and what."""


def _announcement(place: str, said: Said) -> Announcement:
    _known(place, said, _HEAD, _HEAD)
    return Announcement(
        _line(place, said, "reference"), _line(place, said, "profile"), _line(place, said, "operator"),
        _number(place, said, "expected_sheets", 1),
    )  # fmt: skip


def _file(place: str, said: Said) -> ItemSaid:
    _known(place, said, _FILE, _FILE - {"dropped_blank"})
    sha256 = str(said["sha256"]).strip().lower()
    if _SHA256.fullmatch(sha256) is None:
        raise ManifestInvalid(f"{place}: sha256 ist keine Prüfsumme aus 64 hexadezimalen Zeichen.")
    dropped = _number(place, said, "dropped_blank", 0) if said.get("dropped_blank") not in {None, ""} else 0
    return ItemSaid(_line(place, said, "name"), sha256, _number(place, said, "pages", 1), dropped)


def _known(place: str, said: Said, known: set[str], needed: set[str]) -> None:
    for name in said:
        if name not in known:
            raise ManifestInvalid(f"{place}: unbekannte Angabe „{str(name)[:50]}“.")
    if missing := sorted(needed - set(said)):
        raise ManifestInvalid(f"{place}: es fehlt {', '.join(missing)}.")


def _line(place: str, said: Said, name: str) -> str:
    text = said[name].strip() if isinstance(said[name], str) else ""
    if _LINE.fullmatch(text) is None or len(text) > _LONGEST.get(name, _HEAD_LONGEST):
        raise ManifestInvalid(f"{place}: {name} ist leer, zu lang oder keine Textzeile.")
    return text


def _number(place: str, said: Said, name: str, least: int) -> int:
    value, largest = said[name], _LARGEST.get(name, _MOST)
    digits = re.fullmatch(r"[0-9]{1,9}", value.strip()) if isinstance(value, str) else None
    number = int(digits[0]) if digits else value
    if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= largest:
        raise ManifestInvalid(f"{place}: {name} ist keine Zahl von {least} bis {largest}.")
    return number


def _once(names: Iterable[tuple[str, str]]) -> None:
    seen: set[str] = set()
    for place, name in names:
        if name in seen:
            raise ManifestInvalid(f"{place}: „{name}“ ist schon genannt.")
        seen.add(name)


# --- JSON


def _from_json(data: bytes) -> tuple[Placed, list[Placed]]:
    try:
        found = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_pairs, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise ManifestInvalid(f"Zeile {error.lineno}: kein JSON.") from error
    except (ValueError, RecursionError) as error:
        raise ManifestInvalid("Das Verzeichnis ist kein JSON in UTF-8.") from error
    files = found.pop("files", None) if isinstance(found, dict) else None
    if not isinstance(files, list) or not all(isinstance(each, dict) for each in files):
        raise ManifestInvalid("Erwartet wird ein Objekt, dessen files eine Liste von Objekten ist.")
    _not_too_many(len(files))
    return ("Kopf", found), [(f"Datei {number}", said) for number, said in enumerate(files, 1)]


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    said = dict(pairs)
    if len(said) != len(pairs):
        raise ManifestInvalid("Eine Angabe steht in einem Objekt mehrmals.")
    return said


def _no_number(name: str) -> None:
    raise ManifestInvalid(f"{name} ist keine Zahl.")


# --- CSV


def _from_csv(data: bytes) -> tuple[Placed, list[Placed]]:
    """Lines `key;value` for the head, then the names of the columns, then a line a file."""
    lines = list(_csv_lines(data))
    columns = next((number for number, (_, cells) in enumerate(lines) if cells[0] == "name"), None)
    if columns is None:
        raise ManifestInvalid("Es fehlt die Zeile mit den Spaltennamen, die mit name beginnt.")
    head: dict[str, str] = {}
    for place, cells in lines[:columns]:
        if len(cells) != 2 or cells[0] in head:
            raise ManifestInvalid(f"{place}: erwartet wird eine Angabe und ihr Wert, jede nur einmal.")
        head[cells[0]] = cells[1]
    names = lines[columns][1]
    if len(set(names)) != len(names):
        raise ManifestInvalid(f"{lines[columns][0]}: eine Spalte kommt mehrmals vor.")
    return (f"Zeilen vor {lines[columns][0]}", head), [_csv_file(names, *line) for line in lines[columns + 1 :]]


def _csv_lines(data: bytes) -> Iterator[tuple[str, list[str]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ManifestInvalid("Das Verzeichnis ist nicht in UTF-8 geschrieben.") from error
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    found = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found += 1
                _not_too_many(found - _CSV_HEAD)
                yield f"Zeile {reader.line_num}", [cell.strip() for cell in cells]
    except csv.Error as error:
        raise ManifestInvalid(f"Zeile {reader.line_num}: kein CSV.") from error


def _csv_file(names: Sequence[str], place: str, cells: Sequence[str]) -> Placed:
    if len(cells) != len(names):
        raise ManifestInvalid(f"{place}: {len(cells)} Werte für {len(names)} Spalten.")
    return place, dict(zip(names, cells, strict=True))


# --- XML


def _from_xml(data: bytes) -> tuple[Placed, list[Placed]]:
    """`<delivery …><file …/>…</delivery>`; a document type, and with it every entity, is refused."""
    elements = _Elements()
    try:
        elements.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ManifestInvalid(f"Zeile {error.lineno}: kein XML.") from error
    head, *files = elements.found
    return head, files


class _Elements:
    """The outer element and the files in it, as they begin, each with its line; anything else is refused."""

    def __init__(self) -> None:
        self.found: list[Placed] = []
        self._open = 0
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._no_doctype
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    @property
    def _place(self) -> str:
        return f"Zeile {self.parser.CurrentLineNumber}"

    def _begin(self, tag: str, said: dict[str, str]) -> None:
        if self._open > 1 or tag != ("delivery", "file")[self._open]:
            raise ManifestInvalid(f"{self._place}: erwartet wird delivery und darin nur file.")
        self.found.append((self._place, said))
        _not_too_many(len(self.found) - 1)
        self._open += 1

    def _end(self, _tag: str) -> None:
        self._open -= 1

    def _text(self, text: str) -> None:
        if text.strip():
            raise ManifestInvalid(f"{self._place}: Text ist hier nicht erlaubt.")

    def _no_doctype(self, *_said: object) -> None:
        raise ManifestInvalid(f"{self._place}: eine Dokumenttyp-Deklaration ist nicht erlaubt.")


# --- against what came


def compared(manifest: Sequence[ItemSaid], items: Iterable[Item]) -> list[str]:
    """Where the items of a batch are not what its manifest says, a German sentence each."""
    there = {item.name: item for item in items if item.state != REPLACED_ITEM}
    said = {file.name: file for file in manifest}
    found = [sentence for name, file in said.items() for sentence in _of_one(file, there.get(name))]
    found += [f"„{name}“ liegt im Stapel, steht aber nicht im Verzeichnis." for name in there if name not in said]
    more = len(found) - MOST_NAMED
    return found if more <= 0 else [*found[:MOST_NAMED], f"Das Verzeichnis weicht an {more} weiteren Stellen ab."]


def _of_one(file: ItemSaid, item: Item | None) -> list[str]:
    if item is None:
        return [f"„{file.name}“ steht im Verzeichnis, liegt aber nicht im Stapel."]
    found = []
    if file.sha256 != item.sha256:
        found.append(f"„{file.name}“ hat im Verzeichnis eine andere Prüfsumme als die empfangene Datei.")
    if file.pages != item.pages:
        found.append(f"„{file.name}“: laut Verzeichnis {file.pages} Seiten, bei der Übertragung {item.pages}.")
    if file.dropped_blank != item.dropped_blank:
        found.append(
            f"„{file.name}“: laut Verzeichnis {file.dropped_blank} ausgelassene Leerseiten, "
            f"bei der Übertragung {item.dropped_blank}."
        )
    return found
