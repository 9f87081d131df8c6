"""Where jobs work on foreign files: a private folder, enough room, patience with children, and who is to blame."""

import errno
import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from eakte.documents import acts as documents
from eakte.errors import Gone, Problem, Unavailable
from eakte.gate.model import ScanGivenUp, State, Subject
from eakte.gate.passing import Gate
from eakte.jobs import HandedBack
from eakte.recognition.plaintext import private_folder
from eakte.settings import Settings
from eakte.vault import Vault
from ocr_pipeline import Pipeline, Stopped, Unreadable

logger = logging.getLogger(__name__)

TRIES = 3
"""How often one page may end its child before the document is parked."""
_CHILD_ENDED = {"hung", "crashed", "out-of-memory", "killed"}
_FULL = {errno.ENOSPC, errno.EDQUOT}
_OUTAGES = {503, 507}

T = TypeVar("T")


class ReadingPaused(Unavailable):
    """Room, keys or store are missing for now; nothing is wrong with the document."""

    code, title = "reading-paused", "Die Texterkennung wartet"


class Infected(Unreadable):
    """The scanner found this signature in the file."""

    def __init__(self, signature: str) -> None:
        super().__init__("infected", signature)

    def __str__(self) -> str:
        return f"In der Datei wurde Schadsoftware gefunden ({self.detail}); nichts davon wurde verarbeitet."


class Unscannable(Unreadable):
    """The scanner fails over this file; nobody knows what is in it."""

    def __init__(self) -> None:
        super().__init__("unscannable")

    def __str__(self) -> str:
        return "Der Virenscanner ist an dieser Datei wiederholt gescheitert; nichts davon wurde verarbeitet."


@contextmanager
def at_work(settings: Settings, vault: Vault) -> Iterator[Path]:
    """A private folder for plaintext; outages pause the job, a closing pipeline hands it back."""
    try:
        with private_folder(settings.work_folder / "worker") as folder:
            _need_room(settings, vault, folder)
            yield folder
    except Stopped:
        raise HandedBack from None
    except Gone:
        logger.info("disposed of while it was being worked on")
    except Problem as problem:
        if isinstance(problem, Unavailable) or problem.status not in _OUTAGES:
            raise
        raise ReadingPaused from problem
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise ReadingPaused from error


def _need_room(settings: Settings, vault: Vault, folder: Path) -> None:
    """Where plaintext lies, and where results go, which may be another disk."""
    stored = vault.free_bytes()
    if stored is not None and stored < settings.free_space_min:
        raise ReadingPaused("Es ist weniger Platz frei als EAKTE_FREE_SPACE_MIN.")
    if shutil.disk_usage(folder).free < settings.home_space_min:
        raise ReadingPaused("Unter EAKTE_HOME ist weniger als ein Achtel von EAKTE_FREE_SPACE_MIN frei.")


def patiently(act: Callable[[], T]) -> T:
    """Try again when a child died of it, thrice in all."""
    for _ in range(TRIES - 1):
        try:
            return act()
        except Unreadable as error:
            if error.code not in _CHILD_ENDED:
                raise
            logger.warning("a child ended: %s", error.code)
    return act()


def blame(error: Unreadable) -> None:
    """Returns where the file is to blame; a child killed from outside again and again counts as a failed job."""
    if error.code == "no-space":
        raise ReadingPaused from error
    if error.passing:
        raise error


def let_in(gate: Gate, pipeline: Pipeline, tenant: UUID, version: tuple[UUID, int], plaintext: Path) -> None:
    """Before anything parses the original of a document's version. Macros are only noted.

    Raises Infected, Unscannable.
    """
    with gate.database.look(tenant) as unit:
        source = documents.first_source(unit, *version)
    subject = Subject(*version, source.received_file, source.entry)
    try:
        found = gate.scan(tenant, subject, plaintext)
    except ScanGivenUp as error:
        raise Unscannable from error
    if found.state == State.INFECTED:
        raise Infected(found.signature or "")
    if patiently(lambda: pipeline.has_macros(plaintext)):
        gate.set_apart(tenant, subject)
