"""What can go wrong with a foreign file, as stable codes with a sentence for the people who must mend it."""

from __future__ import annotations

SENTENCES = {
    "empty": "Die Datei ist leer.",
    "unsupported": "Dateien dieser Art werden nicht verarbeitet: Es ist weder PDF, Bild, Text, Office-Datei, Mail noch "
    "ZIP; die Endung des Namens zählt dabei nicht.",
    "damaged": "Die Datei ist beschädigt oder unvollständig und lässt sich nicht vollständig lesen.",
    "encrypted": "Die Datei ist mit einem Kennwort geschützt, das hier nicht bekannt ist.",
    "wrong-password": "Das angegebene Kennwort öffnet die Datei nicht.",
    "office-locked": "Die Office-Datei ist mit einem Kennwort geschützt; bitte ohne Kennwort oder als PDF anfordern.",
    "no-office": "Für Office-Dateien fehlt auf diesem Rechner das Programm LibreOffice.",
    "container": "Die Datei ist ein ZIP-Archiv; was darin liegt, sind eigene Dokumente.",
    "no-parts": "Das Archiv enthält keine brauchbare Datei.",
    "too-many-parts": "Die Datei enthält mehr Einzeldateien, als verarbeitet werden (5.000).",
    "too-deep": "Die Datei ist zu oft ineinander verpackt und wird nicht weiter zerlegt.",
    "bomb": "Die Datei würde beim Entpacken unverhältnismäßig groß und wird nicht zerlegt.",
    "zip-aes": "Das Archiv ist mit AES verschlüsselt und hier nicht zu öffnen; bitte unverschlüsselt anfordern.",
    "zip-method": "Das Archiv ist mit einem hier unbekannten Verfahren gepackt; bitte als übliches ZIP anfordern.",
    "no-pages": "Das Dokument hat keine Seiten.",
    "no-page": "Diese Seite gibt es im Dokument nicht.",
    "too-many-pages": "Das Dokument hat mehr Seiten, als verarbeitet werden.",
    "too-many-pixels": "Ein Bild im Dokument hat mehr Bildpunkte, als verarbeitet werden.",
    "dynamic-form": "Das Formular zeigt seinen Inhalt nur in Adobe-Programmen (XFA) und lässt sich nicht lesen.",
    "hung": "Die Verarbeitung hat zu lange gedauert und wurde abgebrochen.",
    "crashed": "Die Verarbeitung ist an dieser Datei abgestürzt.",
    "garbage": "Die Verarbeitung hat unbrauchbare Ergebnisse geliefert.",
    "killed": "Die Verarbeitung wurde von außen beendet.",
    "out-of-memory": "Die Verarbeitung bräuchte mehr Arbeitsspeicher, als ihr zusteht.",
    "too-large": "Bei der Verarbeitung entstünde eine zu große Datei.",
    "no-space": "Der Speicherplatz reicht zurzeit nicht aus.",
    "failed": "Die Datei konnte aus einem unerwarteten Grund nicht verarbeitet werden.",
}
"""German sentence for each code of `Unreadable`; the codes are stable."""

PASSING = frozenset({"killed", "no-space"})
"""Codes that say nothing about the file: trying again later may help."""


class Unreadable(Exception):  # the word of the field: the document is unreadable
    """A file or one of its pages (`page`, from 1) cannot be processed; `detail` is for the log, not for people."""

    def __init__(self, code: str, detail: str = "", page: int | None = None) -> None:
        self.code, self.detail, self.page = code, detail, page
        super().__init__(code, detail, page)

    def __str__(self) -> str:
        where = f"Seite {self.page}: " if self.page else ""
        return where + self.sentence

    @property
    def sentence(self) -> str:
        """German sentence for a clerk, without the page."""
        return SENTENCES.get(self.code, SENTENCES["failed"])

    @property
    def passing(self) -> bool:
        """True where the machine is to blame, not the file: never a reason to park a document."""
        return self.code in PASSING


class Stopped(Exception):  # no error: somebody wanted it
    """The children were closed while, or before, this was asked; nothing is known about the file."""
