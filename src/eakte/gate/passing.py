"""The gate itself: whoever is about to parse foreign bytes comes by here first."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self
from uuid import UUID

from eakte.database import Database
from eakte.gate import acts
from eakte.gate.clamd import Clamd
from eakte.gate.model import ScanFailed, ScanGivenUp, State, Subject, Verdict
from eakte.jobs import count_failure, forget_failures, has_failed
from eakte.journal import Moment
from eakte.journal.model import SERVICE
from eakte.settings import Settings
from eakte.watch.stages import stage

SCAN = "scan"
"""As failures are counted, beside those of jobs."""


@dataclass(frozen=True)
class Gate:
    """Scans by `scanner`, None where none is configured: then everything passes, and nothing is said about it."""

    database: Database
    scanner: Clamd | None
    clock: Callable[[], datetime]
    new_id: Callable[[], UUID]

    @classmethod
    def of(
        cls, settings: Settings, database: Database, clock: Callable[[], datetime], new_id: Callable[[], UUID]
    ) -> Self:  # fmt: skip
        """As the operator has set it."""
        return cls(database, Clamd(settings.clamd) if settings.clamd else None, clock, new_id)

    def scan(self, tenant: UUID, subject: Subject, plaintext: Path) -> Verdict:
        """The verdict on a version's original, entered. What was clean is not scanned again.

        Raises ScannerDown, and ScanGivenUp for a file over which clamd failed five times, though it scans others.
        """
        if self.scanner is None:
            return Verdict(State.NOT_SCANNED)
        with self.database.look(tenant) as unit:
            before = acts.newest_scan(unit, subject.document, subject.version)
            failed = has_failed(unit, SCAN, subject.document)
        if before is not None and before.state == State.CLEAN:
            return Verdict(State.CLEAN)
        if failed:
            self.scanner.check()
        with stage("scan"), self._counted(tenant, subject):
            found, engine = self.scanner.scan(plaintext), self.scanner.version()
        number = 1 if before is None else before.number + 1
        with self.database.unit(tenant) as unit:
            acts.enter(unit, self._moment(), subject, number, found, engine)
            if failed:
                forget_failures(unit, SCAN, subject.document)
        return found

    @contextmanager
    def _counted(self, tenant: UUID, subject: Subject) -> Iterator[None]:
        """Who fails for reasons of its own fails at the probe before the second try, so that no file is blamed."""
        try:
            yield
        except ScanFailed as error:
            with self.database.unit(tenant) as unit:
                given_up = count_failure(unit, SCAN, subject.document)
            if given_up:
                raise ScanGivenUp from error
            raise

    def set_apart(self, tenant: UUID, subject: Subject) -> None:
        """Its original holds macros."""
        with self.database.unit(tenant) as unit:
            acts.set_apart(unit, self._moment(), subject.document, subject.version)

    def _moment(self) -> Moment:
        return Moment(SERVICE, self.clock(), self.new_id)
