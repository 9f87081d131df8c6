"""Running jobs: three lanes in one process, a reaper, and retries that never end while something outside is down."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import procrastinate
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import DeleteJobCondition, Job

from eakte.errors import Unavailable
from eakte.jobs.queue import INDEXING, QUICK, READING
from eakte.watch import logs, measures, spans

logger = logging.getLogger(__name__)

HEARTBEAT = 5.0
STALLED_AFTER = 15.0
GRACE = 5.0
"""Seconds a stopped worker gives its running jobs before they are handed back."""
LONGEST_WAIT = 8
"""Seconds between two tries at most: with the restart and the reaper's 20 s well within a minute."""
AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)
"""Due by every clock: the database compares with its own, and a host that is ahead must delay no job."""
Task = Callable[[UUID, UUID], None]
Failed = Callable[[str, UUID, UUID], bool]


class HandedBack(Exception):
    """The worker is stopping; the job goes back to the queue as if it had not begun."""


class _Patience(BaseRetryStrategy):
    """At once after a hand-back, after 1 s to `LONGEST_WAIT` otherwise; never ends by itself."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, HandedBack):
            return RetryDecision(retry_at=AT_ONCE)
        return RetryDecision(retry_in={"seconds": min(LONGEST_WAIT, 2 ** min(job.attempts, 5))})


@dataclass
class Runner:
    """Runs `tasks` (name → function of tenant and subject) from the queue of `url` until it is stopped.

    `failed(task, tenant, subject)` is told of every failure that is no outage; True gives the job up: by then its
    subject must lie where a person sees it. `hand_back` ends what runs when the worker is stopped.
    """

    url: str
    tasks: Mapping[str, Task]
    failed: Failed
    hand_back: Callable[[], None]
    reading_lanes: int
    quick_lanes: int = 2
    _stopping: bool = False
    _running: set[int | None] = field(default_factory=set)
    _lane_ids: set[int | None] = field(default_factory=set)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then hand back what runs; raises when the database is lost."""
        app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(
                conninfo=self.url, kwargs={"options": "-c search_path=procrastinate"}, min_size=1, max_size=6
            )
        )
        for name, function in self.tasks.items():
            app.task(name=name, retry=_Patience(), pass_context=True)(self._job(name, function))
        async with app.open_async():
            await self._work(app, stop)

    async def _work(self, app: procrastinate.App, stop: asyncio.Event) -> None:
        works = [
            asyncio.create_task(work)
            for work in (
                self._lane(app, QUICK, self.quick_lanes),
                self._lane(app, INDEXING, 1),
                self._lane(app, READING, self.reading_lanes),
                self._reap(app),
            )
        ]
        stopped = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait([*works, stopped], return_when=asyncio.FIRST_COMPLETED)
        self._stopping = True
        self.hand_back()
        for work in [*works, stopped]:
            work.cancel()
        await asyncio.wait([*works, stopped])
        for ended in done - {stopped}:
            ended.result()

    def _job(self, name: str, function: Task) -> Callable[..., Any]:
        def run(context: procrastinate.JobContext, tenant: str, subject: str, traceparent: str | None = None) -> None:
            self._lane_ids.add(context.job.worker_id)
            self._running.add(context.job.id)
            try:
                with _watched(name, context.job, subject, traceparent):
                    self._run(function, UUID(tenant), UUID(subject))
            except (HandedBack, Unavailable):
                raise
            except Exception:
                if not self.failed(name, UUID(tenant), UUID(subject)):
                    raise
            finally:
                self._running.discard(context.job.id)

        run.__name__ = name
        return run

    def _run(self, function: Task, tenant: UUID, subject: UUID) -> None:
        try:
            function(tenant, subject)
        except (HandedBack, Unavailable):
            raise
        except Exception as error:
            if self._stopping:
                raise HandedBack from error
            logger.exception("job failed")
            raise

    async def _lane(self, app: procrastinate.App, queue: str, width: int) -> None:
        await app.run_worker_async(
            queues=[queue],
            name=queue,
            concurrency=width,
            fetch_job_polling_interval=2.0,
            shutdown_graceful_timeout=GRACE,
            delete_jobs=DeleteJobCondition.SUCCESSFUL,
            install_signal_handlers=False,
            update_heartbeat_interval=HEARTBEAT,
            stalled_worker_timeout=STALLED_AFTER,
        )

    async def _reap(self, app: procrastinate.App) -> None:
        """Take back the jobs of workers that died, and ours whose end could not be entered while the database was."""
        ended: set[int | None] = set()
        while True:
            with contextlib.suppress(procrastinate.exceptions.ConnectorException):
                lost = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER))
                ours = [job for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=0)
                        if job.worker_id in self._lane_ids and job.id not in self._running]  # fmt: skip
                for job in [*lost, *(job for job in ours if job.id in ended)]:
                    logger.warning("job %s of a lost worker is taken up again", job.task_name)
                    await app.job_manager.retry_job(job, retry_at=AT_ONCE)
                ended = {job.id for job in ours}
            await asyncio.sleep(HEARTBEAT)


@contextlib.contextmanager
def _watched(task: str, job: Job, subject: str, traceparent: str | None) -> Iterator[None]:
    """One run of a job: its span within the trace of who enqueued it, its ids in every line, its time."""
    begun, outcome = time.perf_counter(), "done"
    try:
        with (
            logs.about(task=task, job=job.id, subject=subject, attempt=job.attempts + 1),
            spans.span(f"job {task}", {"eakte.subject": subject}, kind="consumer", parent=traceparent),
        ):
            yield
    except BaseException as error:
        outcome = "handed-back" if isinstance(error, HandedBack) else "failed"
        if isinstance(error, Unavailable):
            outcome = "paused"
        raise
    finally:
        measures.JOBS.labels(task, outcome).observe(time.perf_counter() - begun)
