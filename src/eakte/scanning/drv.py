"""A transfer note in the XML of the Deutsche Rentenversicherung ("Transfervermerk für Scanprodukte", V1.0). Pure.

That form knows neither the person nor the statement of identity that TR-03138 demands since: they are `Attribut`.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import rfc8785

MEDIA_TYPE = "application/xml"

_UNPRINTABLE = re.compile("[^\\t\\n\\r\\u0020-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
Attribute = tuple[str, str, bool]
"""Name, value, and whether it is an anomaly (auffaelligkeit)."""


def drv_xml(note: Mapping[str, Any]) -> bytes:
    """The signed note as XML; its attribute `Vermerk SHA-256` is of the JCS of the whole note, signature and all."""
    root = Element("Transfervermerk", erstellt=note["made_at"])
    procedure = note["procedure"]
    _organisation(SubElement(root, "Auftragnehmer"), procedure["contractor"])
    if procedure["client"]:
        _organisation(SubElement(root, "Auftraggeber"), procedure["client"])
    document = SubElement(root, "Dokument")
    _text(document, "Seiten", note["pages"] or 0)
    _attributes(document, _of_the_document(note))
    batch = note["batch"]
    _batch(SubElement(root, "Stapel", name=_printable(batch["reference"]), erstellt=batch["announced_at"]), note)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _batch(batch: Element, note: Mapping[str, Any]) -> None:
    procedure, profile = note["procedure"], note["environment"]["profile"]
    used = SubElement(batch, "Verfahren")
    _text(used, "Bezeichnung", procedure["title"])
    _text(used, "Auspraegung", f"Scanprofil {profile['name']} Version {profile['version']}")
    _text(used, "Version", procedure["version"])
    _text(used, "Stand", procedure["since"])
    _organisation(SubElement(used, "Pfleger"), procedure["client"] or procedure["contractor"])
    _text(batch, "PositionDesDokuments", _position(note))
    steps = SubElement(batch, "Prozessschritte")
    _scanning(steps, note)
    _receiving(steps, note)
    if note["quality"]["check"]:
        _checking(steps, note["quality"])


def _position(note: Mapping[str, Any]) -> str:
    """Where in the batch the document lies: its item, and the pages of that file."""
    places = (
        f"Abbild {source['first_page']} bis {source['last_page']}" if source["first_page"] else "alle Abbilder"
        for source in note["sources"]
    )  # fmt: skip
    return f"{note['batch']['item']}: {', '.join(places)}"


def _scanning(steps: Element, note: Mapping[str, Any]) -> None:
    scanner, profile = note["environment"]["scanner"] or {}, note["environment"]["profile"]
    system = ", ".join(scanner.values()) or "Scanner vom Scandienstleister nicht genannt"
    at = note["captured"]["to"] or note["captured"]["from"]
    values = [(name, str(profile[name]), False) for name in ("sides", "resolution", "colour", "format")]
    rework = [("Manuelle Nachbearbeitung", _yes(note["environment"]["reworked"]), False)]
    _step(steps, "Scannen", at, note["person"]["operator"]["name"], system, [*values, *rework])


def _receiving(steps: Element, note: Mapping[str, Any]) -> None:
    source = note["sources"][0]
    values = [("SHA-256", source["sha256"], False), ("Bytes", str(source["bytes"]), False)]
    _step(steps, "Eingang", source["received_at"], note["person"]["handed_in_by"]["name"], "eakte", values)


def _checking(steps: Element, quality: Mapping[str, Any]) -> None:
    check = quality["check"]
    failed = check["result"] != "passed"
    values = [("Ergebnis", "nicht bestanden" if failed else "bestanden", failed)]
    values += [("Bemerkung", check["remark"], failed)] if check["remark"] else []
    _step(steps, "Qualitätsprüfung", check["at"], check["by"]["name"], "eakte", values)


def _step(steps: Element, name: str, at: str, by: str, system: str, values: Iterable[Attribute]) -> None:
    step = SubElement(steps, "Prozessschritt", name=name, zeitpunkt=at)
    _text(step, "Durchfuehrung", by)
    _text(step, "ITSystem", system)
    _attributes(step, values)


def _of_the_document(note: Mapping[str, Any]) -> Iterator[Attribute]:
    operator, quality, stated = note["person"]["operator"], note["quality"], note["identity"]["stated"]
    yield "Kennung", note["document"], False
    yield "Version", str(note["document_version"]), False
    yield "Vermerk Nummer", str(note["number"]), False
    yield "Vermerk SHA-256", hashlib.sha256(rfc8785.dumps(dict(note))).hexdigest(), False
    yield "Erfasst von", operator["name"], False
    if operator["principal"]:
        yield "Erfasst von (Kennung)", operator["principal"], False
    yield "Übereinstimmung", note["identity"]["statement"], not stated
    for kind, made in note["renditions"].items():
        if made:
            yield f"SHA-256 {kind}", made["sha256"], False
    yield "Qualität des Stapels", quality["state"], quality["state"] == "failed"
    yield "Vollständigkeit", _completeness(quality["completeness"]), _incomplete(quality["completeness"])
    for anomaly in note["anomalies"]:
        place = f"Seite {anomaly['page']}: " if anomaly["page"] else ""
        yield anomaly["code"], f"{place}{anomaly['text']}", True


def _completeness(complete: Mapping[str, Any]) -> str:
    difference, state = complete["difference"], str(complete["batch"])
    return state if difference is None else f"{state}, Differenz {difference} Seiten"


def _incomplete(complete: Mapping[str, Any]) -> bool:
    return bool(complete["batch"] == "differs")


def _attributes(above: Element, values: Iterable[Attribute]) -> None:
    listed = SubElement(above, "Attribute")
    for name, value, odd in values:
        each = SubElement(listed, "Attribut", name=name, auffaelligkeit="true" if odd else "false")
        each.text = _printable(value)


def _organisation(element: Element, said: Mapping[str, Any]) -> None:
    named = {"Name": "name", "Strasse": "street", "PLZ": "postcode", "Ort": "city", "Organisationseinheit": "unit"}
    for name, key in named.items():
        if said[key] is not None:
            _text(element, name, said[key])


def _text(above: Element, name: str, value: object) -> None:
    SubElement(above, name).text = _printable(str(value))


def _yes(value: bool) -> str:
    return "ja" if value else "nein"


def _printable(text: str) -> str:
    """Without the control characters that XML 1.0 cannot hold."""
    return _UNPRINTABLE.sub("", text)
