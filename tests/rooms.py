"""A tenant in a fresh database, for tests of single rooms."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from eakte import flow
from eakte.access import acts as access
from eakte.database import Database, Unit
from eakte.jobs import Queue
from eakte.journal import Moment
from eakte.journal.model import SERVICE
from eakte.supervise.cluster import Urls


@dataclass
class Clock:
    """A clock that tests move."""

    at: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 8, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **time: float) -> None:
        self.at += timedelta(**time)


@dataclass
class Tenant:
    """A tenant with its root org unit."""

    database: Database
    urls: Urls
    clock: Clock
    id: UUID
    name: str

    def moment(self, actor: UUID = SERVICE) -> Moment:
        return Moment(actor, self.clock(), uuid7)


def open_database(urls: Urls, before_commit: Callable[[Unit], None] | None = None, pool: int = 8) -> Database:
    """The database as the service's role sees it; by default with the real flow."""
    queue = Queue()
    return Database(urls.app, before_commit or (lambda unit: flow.enqueue(queue, unit)), pool)


def found(database: Database, urls: Urls, name: str = "musterkreis", clock: Clock | None = None) -> Tenant:
    """A new tenant."""
    tenant = Tenant(database, urls, clock or Clock(), uuid7(), name)
    with database.unit(tenant.id) as unit:
        access.create_tenant(unit, tenant.moment(), name, f"Jobcenter {name}")
    return tenant
