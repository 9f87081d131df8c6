"""What a scan for malware says, and the acts and problems around it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from eakte.errors import Problem, Unavailable
from eakte.journal import act

SCANNED = act("gate:received-file:scanned", "The bytes of a version were looked at for malware.")
QUARANTINED = act("gate:original:quarantined", "An original that could act by itself was set apart.")
OPENED = act("gate:original:opened", "Somebody opened an original in quarantine.")

MACROS = "macros"
WHY_MACROS = "Die Datei enthält Makros."


class State(StrEnum):
    """What is known: nothing found, malware found, or nobody could look (no scanner, or beyond its limits)."""

    CLEAN = "clean"
    INFECTED = "infected"
    NOT_SCANNED = "not-scanned"


@dataclass(frozen=True)
class Subject:
    """The original of a version: all of a received file, or the file at the path `entry` in it."""

    document: UUID
    version: int
    received_file: UUID
    entry: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What the scanner says: `signature` where it found one, a German `reason` where it could not look at all of it."""

    state: State
    signature: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Scan:
    """An entered verdict; `number` counts those of one version."""

    number: int
    state: str
    signature: str | None
    reason: str | None
    engine: str
    at: datetime


class ScannerDown(Unavailable):
    """clamd does not answer, or with an error; whoever needs it waits."""

    code, title = "malware-scanner-down", "Der Virenscanner antwortet nicht"
    remedy = "Den Betrieb verständigen: clamd starten oder EAKTE_CLAMD berichtigen; bis dahin wartet das Lesen."


class ScanFailed(ScannerDown):
    """clamd was there and gave no verdict: it died, hung or erred over the file, or for reasons of its own."""

    code, title = "malware-scan-failed", "Der Virenscanner gibt kein Urteil"


class ScanGivenUp(Exception):
    """Scanning one file failed again and again, while clamd scans others."""


class Quarantined(Problem):
    """The original holds malware or macros; its archival copy, where there is one, does not."""

    code, status, title = "quarantined", 403, "Das Original ist in Quarantäne"
    remedy = (
        "Die Form archival abrufen, wo es sie gibt. Wer Dokumente ändern darf, erhält das Original mit "
        "?quarantined=open; nur auf einem dafür vorgesehenen Rechner öffnen."
    )
