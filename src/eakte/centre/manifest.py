"""The manifest of a delivery: JSON, CSV or XML that names each file with its SHA-256 and pages."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from eakte.errors import Invalid

NAMES = ("manifest.json", "manifest.csv", "manifest.xml")
"""What a manifest is called that is found without being named, in this order."""
_LARGEST = 64 << 20
_ENTITIES = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


class BadManifest(Invalid):
    """A manifest that cannot be read, or does not say name, SHA-256 and pages of every file."""

    code, title = "manifest-invalid", "Das Verzeichnis der Lieferung ist nicht lesbar"
    remedy = "Je Datei name, sha256 und pages angeben, wahlweise dropped_blank; als JSON, CSV oder XML in UTF-8."


@dataclass(frozen=True)
class Announced:
    """What a manifest says of one file; `name` as in the delivery, with `/` between folders."""

    name: str
    sha256: str
    pages: int
    dropped_blank: int = 0

    def to_json(self) -> dict[str, Any]:
        """As the service takes it."""
        return {"name": self.name, "sha256": self.sha256, "pages": self.pages, "dropped_blank": self.dropped_blank}


def read_manifest(path: Path, name: str) -> list[Announced]:
    """All files it names, each once; BadManifest says which entry is wrong. `name` tells the form."""
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= _LARGEST else b""
    except OSError as error:
        raise BadManifest(f"{path}: {error.strerror}.") from error
    return parse_manifest(name, raw)


def parse_manifest(name: str, raw: bytes) -> list[Announced]:
    """The same for bytes; the form is told by the end of the name."""
    reader = _READERS.get(Path(name).suffix.lower())
    if reader is None:
        raise BadManifest(f"{name}: bekannt sind .json, .csv und .xml.")
    try:
        entries = list(reader(raw))
    except (ValueError, TypeError, KeyError, csv.Error, ET.ParseError, RecursionError) as error:
        raise BadManifest(f"{name}: {error}.") from error
    found = [_announced(number, entry) for number, entry in enumerate(entries, 1)]
    if twice := sorted(_doubled(each.name for each in found)):
        raise BadManifest(f"{name}: „{twice[0]}“ steht mehrmals darin.")
    return found


def _doubled(names: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    return {name for name in names if name in seen or seen.add(name)}  # type: ignore[func-returns-value]


def _announced(number: int, entry: Mapping[str, Any]) -> Announced:
    said = {key: str(entry.get(key) or "").strip() for key in ("name", "sha256", "pages", "dropped_blank")}
    counts = said["pages"], said["dropped_blank"] or "0"
    if not said["name"] or not re.fullmatch(r"[0-9a-fA-F]{64}", said["sha256"]):
        raise BadManifest(f"Eintrag {number}: name oder sha256 fehlt.")
    if not all(re.fullmatch(r"\d{1,6}", count) for count in counts) or int(counts[0]) < 1:
        raise BadManifest(f"Eintrag {number} („{said['name']}“): pages ist eine Zahl ab 1, dropped_blank ab 0.")
    return Announced(said["name"].replace("\\", "/"), said["sha256"].lower(), int(counts[0]), int(counts[1]))


def _of_json(raw: bytes) -> Iterable[Mapping[str, Any]]:
    found = json.loads(raw.decode("utf-8-sig"))
    files = found["files"] if isinstance(found, dict) else found
    if not isinstance(files, list) or not all(isinstance(each, dict) for each in files):
        raise ValueError("eine Liste files von Objekten fehlt")
    return files


def _of_csv(raw: bytes) -> Iterable[Mapping[str, Any]]:
    text = raw.decode("utf-8-sig")
    head = text.partition("\n")[0]
    delimiter = max(";,\t", key=head.count)
    return csv.DictReader(io.StringIO(text), delimiter=delimiter, restval="")


def _of_xml(raw: bytes) -> Iterable[Mapping[str, Any]]:
    if _ENTITIES.search(raw):
        raise ValueError("DOCTYPE und ENTITY sind nicht erlaubt")
    for element in ET.fromstring(raw).iter():  # noqa: S314 (without entities)
        if element.tag.rpartition("}")[2] == "file":
            children = {child.tag.rpartition("}")[2]: child.text or "" for child in element}
            yield {**children, **element.attrib}


_READERS: dict[str, Callable[[bytes], Iterable[Mapping[str, Any]]]] = {
    ".json": _of_json,
    ".csv": _of_csv,
    ".xml": _of_xml,
}
