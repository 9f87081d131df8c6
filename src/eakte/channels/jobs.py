"""Looking into every source again and again: one at a time, each by one process, none held up by another."""

import logging
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from eakte.access.acts import tenant_named
from eakte.channels.acts import note_look
from eakte.channels.desk import Desk
from eakte.channels.folders import WatchedFolder
from eakte.channels.mails import WatchedMailbox
from eakte.channels.model import Folder
from eakte.channels.sources import AnySource
from eakte.database import DatabaseDown
from eakte.errors import Problem
from eakte.jobs import HandedBack
from eakte.watch import logs

logger = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=10)
BROKEN = "broken"


class Watched(Protocol):
    """A source that can be looked into."""

    def look(self) -> None:
        """Take what is there; raises a problem of its own, and goes on with the rest the next time."""


class Poll:
    """Looks into one source, at longer and longer distances while that fails, and notes how it did."""

    def __init__(self, source: AnySource, watched: Watched, desk: Desk) -> None:
        self.source, self._watched, self._desk = source, watched, desk
        self._failures, self._not_before = 0, desk.clock()

    def __call__(self) -> None:
        """One look, if it is time and no other process looks there."""
        if self._desk.clock() < self._not_before or self._desk.stopping():
            return
        with self._desk.database.alone(f"channel {self.source.tenant} {self.source.name}") as mine:
            if mine is not None:
                self._look()

    def _look(self) -> None:
        try:
            tenant = tenant_named(self._desk.database, self.source.tenant)
            with logs.about(tenant=tenant):
                self._noted(tenant)
        except HandedBack:
            raise
        except Exception:
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self._failures, 10))
            self._failures, self._not_before = self._failures + 1, self._desk.clock() + pause
            raise
        self._failures = 0

    def _noted(self, tenant: UUID) -> None:
        try:
            self._watched.look()
        except (DatabaseDown, HandedBack):
            raise
        except Exception as error:
            code = error.code if isinstance(error, Problem) else BROKEN
            logger.warning("source %s: %s", self.source.name, code)
            self._note(tenant, code)
            raise
        self._note(tenant, None)

    def _note(self, tenant: UUID, code: str | None) -> None:
        with self._desk.database.unit(tenant) as unit:
            note_look(unit, self._desk.clock(), self.source.name, code)


def polls(sources: list[AnySource], desk: Desk) -> list[Poll]:
    """One for each source."""
    return [Poll(source, _watched(source, desk), desk) for source in sources]


def _watched(source: AnySource, desk: Desk) -> Watched:
    return WatchedFolder(source, desk) if isinstance(source, Folder) else WatchedMailbox(source, desk)
