"""The job that settles batches. Running it again, late or twice changes nothing more."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from eakte.database import Database
from eakte.journal import Moment
from eakte.journal.model import SERVICE
from eakte.scanning import standing
from eakte.scanning.settling import left_complete, settle
from eakte.vault import Vault


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

    def catch_up(self, tenant: UUID) -> None:
        """Settle what a crash or a job given up left behind."""
        with self.database.look(tenant) as unit:
            left = left_complete(unit)
        for batch in left:
            self.reconcile(tenant, batch)
