"""A batch receipt as people read it: a PDF/A drawn from the signed object, which stays the one that counts."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from eakte.recognition.drawing import DrawingBusy, my_turn
from eakte.recognition.plaintext import private_folder
from eakte.scanning.model import DELIVERY
from ocr_pipeline import Pipeline, Stopped, Unreadable

_TITLES = {"delivery": "Übergabequittung", "reconciliation": "Abgleichsquittung"}
_LEDGER = {
    "announced": "angekündigt", "stored": "gespeichert", "blank": "leer", "dropped_blank": "als leer ausgelassen",
    "separator": "Trennblätter", "rejected": "unbrauchbar", "difference": "Differenz",
}  # fmt: skip
_DISPOSITIONS = {"stored": "gespeichert", "blank": "leer", "separator": "Trennblatt"}
_STATES = {"stored": "gelesen", "rejected": "unbrauchbar", "replaced": "ersetzt"}
_COUNTS = "Diese Darstellung gibt die unterschriebene JSON-Fassung der Quittung wieder; geprüft wird jene."


def printed(pipeline: Pipeline, folder: Path, receipt: Mapping[str, Any]) -> bytes:
    """The PDF's bytes; `folder` takes it while it is made. Raises DrawingBusy."""
    with my_turn(), private_folder(folder) as private:
        target = private / "receipt.pdf"
        try:
            pipeline.statement(content(receipt), target)
        except (Stopped, Unreadable) as error:  # nothing foreign is read here: what fails is the machine
            raise DrawingBusy from error
        return target.read_bytes()


def content(receipt: Mapping[str, Any]) -> dict[str, Any]:
    """What is drawn, as `Pipeline.statement` takes it."""
    delivery = receipt["kind"] == DELIVERY
    tables = [] if delivery else [_table("Abrechnung in Seiten", {"Konto": 0.5, "Seiten": 0.5}, _ledger(receipt))]
    if receipt["differences"]:
        tables.append(_table("Abweichungen", {"": 1.0}, [[each] for each in receipt["differences"]]))
    tables.append(_files(receipt))
    if not delivery:
        widths = {"Datei": 0.3, "Seite": 0.07, "Verbleib": 0.13, "Art": 0.1, "Dokument": 0.3, "Seite dort": 0.1}
        tables.append(_table("Seiten", widths, list(_pages(receipt))))
    if receipt["refusals"]:
        widths = {"Datei": 0.3, "Grund": 0.4, "abgewiesen": 0.15, "erledigt": 0.15}
        tables.append(_table("Abgewiesene Dateien", widths, _refusals(receipt)))
    title = f"{_TITLES[receipt['kind']]} zum Stapel {receipt['reference']}"
    foot = f"{_TITLES[receipt['kind']]} {receipt['number']} · Stapel {receipt['batch']}"
    return {"title": title, "facts": _facts(receipt), "tables": tables, "foot": foot}


def _facts(receipt: Mapping[str, Any]) -> list[list[str]]:
    sheets, sides = receipt["expected_sheets"], receipt["sides"]
    return [
        ["Stapel", receipt["batch"]],
        ["Referenz", receipt["reference"]],
        ["Angekündigt", f"{sheets} Blätter zu {sides} Seiten ({sheets * sides} Seiten), {receipt['announced_at']}"],
        ["Scanprofil, Bedienung", f"{receipt['profile']}, {receipt['operator']}"],
        ["Quittung", f"{receipt['number']}, ausgestellt {receipt['made_at']}"],
        *([["Ergebnis", _result(receipt)]] if "state" in receipt else []),
        ["Abgewiesene Dateien", _refused(receipt["refusals_count"])],
        ["Signaturschlüssel", receipt["signature"]["key"]],
        ["Unterschrift", receipt["signature"]["value"]],
        ["Hinweis", _COUNTS],
    ]


def _result(receipt: Mapping[str, Any]) -> str:
    return "stimmt überein" if receipt["state"] == "reconciled" else "weicht ab"


def _refused(count: Mapping[str, int]) -> str:
    """Of more than can be listed the number is stated all the same."""
    if count["all"] == 0:
        return "keine"
    listed = "alle aufgeführt" if count["listed"] == count["all"] else f"nur {count['listed']} davon aufgeführt"
    return f"{count['all']}, davon {count['open']} nicht erledigt; {listed}"


def _table(title: str, widths: Mapping[str, float], rows: Sequence[Sequence[str]]) -> dict[str, Any]:
    return {"title": title, "columns": list(widths), "widths": list(widths.values()), "rows": list(rows)}


def _ledger(receipt: Mapping[str, Any]) -> list[list[str]]:
    return [[name, str(receipt["ledger"][key])] for key, name in _LEDGER.items()]


def _files(receipt: Mapping[str, Any]) -> dict[str, Any]:
    widths = {"Datei": 0.22, "SHA-256": 0.36, "Byte": 0.1, "Seiten": 0.07, "ausgel.": 0.07, "eingegangen": 0.18}
    return _table("Dateien", widths, [_file(file) for file in receipt["files"]])


def _file(file: Mapping[str, Any]) -> list[str]:
    state = "ersetzt" if file["replaced_by"] else _STATES.get(file.get("state", ""), "")
    name = f"{file['name']} ({state})" if state else file["name"]
    return [name, file["sha256"], str(file["bytes"]), str(file["announced_pages"]), str(file["dropped_blank"]),
            file["received_at"]]  # fmt: skip


def _pages(receipt: Mapping[str, Any]) -> Iterator[list[str]]:
    for file in receipt["files"]:
        for page in file["pages"]:
            yield [file["name"], str(page["number"]), _DISPOSITIONS[page["disposition"]], page["type"] or "–",
                   page["document"] or "–", str(page["document_page"] or "–")]  # fmt: skip
        if file["state"] == "rejected":
            yield [file["name"], "–", "unbrauchbar", "–", "–", "–"]


def _refusals(receipt: Mapping[str, Any]) -> list[list[str]]:
    return [[each["name"], each["reason"], each["at"], each["settled_at"] or "–"] for each in receipt["refusals"]]
