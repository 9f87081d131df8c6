"""The job that settles batches. Running it again, late or twice changes nothing more."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from eakte.database import Database
from eakte.errors import Unavailable
from eakte.journal import Moment
from eakte.journal.model import SERVICE
from eakte.scanning import standing
from eakte.scanning.settling import left_complete, settle, unsettle
from eakte.vault import Vault

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ScanningJobs:
    """Functions of tenant and subject for the queue; for any number of threads at once."""

    database: Database
    vault: Vault
    clock: Callable[[], datetime]
    new_id: Callable[[], UUID]

    def reconcile(self, tenant: UUID, subject: UUID) -> None:
        """Settle the batch that this is, or that this document came with, if nothing of it waits any more."""
        with self.database.look(tenant) as unit:
            batch = standing.batch_of(unit, subject)
            if batch is None or standing.anything_waits(unit, batch):
                return
        with self.database.unit(tenant) as unit:
            settle(unit, Moment(SERVICE, self.clock(), self.new_id), self.vault, batch)

    def give_up(self, task: str, tenant: UUID, subject: UUID) -> None:
        """Settling failed again and again: the batch is left to `catch_up`. Other tasks are left alone."""
        if task != self.reconcile.__name__:
            return
        with self.database.unit(tenant) as unit:
            batch = standing.batch_of(unit, subject)
            if batch is not None:
                unsettle(unit, batch)

    def catch_up(self, tenant: UUID) -> None:
        """Settle what a crash or a job given up left behind; what fails for one batch holds up no other."""
        with self.database.look(tenant) as unit:
            left = left_complete(unit)
        each_alone(self.reconcile, tenant, left)


def each_alone(act: Callable[[UUID, UUID], None], tenant: UUID, batches: Iterable[UUID]) -> None:
    """The act on each of the tenant's batches; the first failure is raised when all were tried."""
    failed: list[Exception] = []
    for batch in batches:
        try:
            act(tenant, batch)
        except Unavailable:
            raise  # and so it would be for all
        except Exception as error:  # noqa: BLE001 (raised below)
            logger.warning("batch %s: %s", batch, type(error).__name__)
            failed.append(error)
    if failed:
        raise failed[0]
