"""Enqueuing, on the connection of a unit of work."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

import procrastinate
from procrastinate.types import JSONValue
from sqlalchemy import Connection, text

from eakte.database import Unit
from eakte.watch import spans

QUICK = "quick"
"""Jobs of milliseconds that people wait for: filing."""
INDEXING = "indexing"
"""Jobs of which only one may run for a tenant: in a lane of width one the next begins when the last ends; beside others
it would wait for the next look at the queue, 2 s for each job."""
READING = "reading"
"""Jobs that keep a core busy."""

_STATES = {"todo": "waiting", "doing": "running", "failed": "failed"}
_DEPTHS = text("""
    SELECT queue_name, task_name, status::text, count(*) AS number, extract(epoch FROM now() - (
        SELECT min(at) FROM procrastinate_events e WHERE e.job_id = min(j.id) AND e.type = 'deferred')) AS age
    FROM procrastinate_jobs j WHERE status IN ('todo', 'doing', 'failed') GROUP BY queue_name, task_name, status""")
_IDLE = text("""
    SELECT count(*) > 0 AND NOT EXISTS (
        SELECT 1 FROM procrastinate_workers WHERE last_heartbeat > now() - interval '30 seconds')
    FROM procrastinate_jobs WHERE status = 'todo'""")


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
            arguments = [_arguments(unit, job) for job in same]
            deferrer.batch_defer(*arguments)


def _arguments(unit: Unit, job: Job) -> dict[str, JSONValue]:
    """Ids only; the trace's are random and say nothing of anybody."""
    arguments: dict[str, JSONValue] = {"tenant": str(unit.tenant), "subject": str(job.subject)}
    if (trace := spans.traceparent()) is not None:
        arguments["traceparent"] = trace
    return arguments


@dataclass(frozen=True)
class Depth:
    """Jobs of one task in one state (waiting, running, failed); `age`: seconds since the oldest was enqueued."""

    lane: str
    task: str
    state: str
    number: int
    age: float


def depths(connection: Connection) -> list[Depth]:
    """What the queue holds, over all tenants."""
    return [
        Depth(row.queue_name, row.task_name, _STATES[row.status], row.number, float(row.age or 0))
        for row in connection.execute(_DEPTHS)
    ]


def is_idle(connection: Connection) -> bool:
    """Whether jobs wait though no worker has been alive for half a minute."""
    found: bool = connection.execute(_IDLE).scalar_one()
    return found
