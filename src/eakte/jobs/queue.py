"""Enqueuing, on the connection of a unit of work."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

import procrastinate
from procrastinate.types import JSONValue
from sqlalchemy import Connection, text

from eakte.database import Unit

QUICK = "quick"
"""Jobs of milliseconds that people wait for: filing."""
INDEXING = "indexing"
"""Jobs of which only one may run for a tenant: in a lane of width one the next begins when the last ends; beside others
it would wait for the next look at the queue, 2 s for each job."""
READING = "reading"
"""Jobs that keep a core busy."""

_COUNTS = text("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status")


@dataclass(frozen=True, order=True)
class Job:
    """One job; its only arguments are the tenant of the unit and this id."""

    task: str
    queue: str
    lock: str | None
    priority: int
    subject: UUID


class Queue:
    """Enqueues by task name on an app whose own connector is never opened."""

    def __init__(self) -> None:
        self._app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())

    def enqueue(self, unit: Unit, jobs: Iterable[Job]) -> None:
        """Put jobs in line within the unit's transaction; jobs with the same `lock` never run at the same time."""
        raw = unit.connection.connection.driver_connection
        ordered = sorted(jobs, key=lambda job: (job.task, job.queue, job.lock or "", job.priority))
        for (task, queue, lock, priority), same in groupby(
            ordered, key=lambda job: (job.task, job.queue, job.lock, job.priority)
        ):
            deferrer = self._app.configure_task(task, queue=queue, lock=lock, priority=priority, connection=raw)
            arguments: list[dict[str, JSONValue]] = [
                {"tenant": str(unit.tenant), "subject": str(job.subject)} for job in same
            ]
            deferrer.batch_defer(*arguments)


def counts(connection: Connection) -> dict[str, int]:
    """Jobs by state: waiting, running, failed."""
    found: dict[str, int] = {row[0]: row[1] for row in connection.execute(_COUNTS)}
    return {"waiting": found.get("todo", 0), "running": found.get("doing", 0), "failed": found.get("failed", 0)}
