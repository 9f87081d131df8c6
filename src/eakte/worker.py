"""Jobs in: task name → function; beside them the numbering of the journal and the sweep. One worker process."""

import asyncio
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from uuid import UUID

from eakte import flow, wiring
from eakte.access.acts import all_tenants
from eakte.casefiles.jobs import CaseFileJobs
from eakte.channels.counting import Counting
from eakte.channels.desk import Desk
from eakte.channels.jobs import Poll, polls
from eakte.channels.sources import read_sources
from eakte.errors import Problem
from eakte.finding.jobs import FindingJobs
from eakte.gate.clamd import Clamd
from eakte.intake.jobs import IntakeJobs
from eakte.jobs import HandedBack, Runner, Task, count_failure
from eakte.journal import number, tenants_waiting
from eakte.readiness import require_room, state
from eakte.recognition.compare_jobs import CompareJobs
from eakte.recognition.jobs import RecognitionJobs
from eakte.scanning.jobs import ScanningJobs
from eakte.scanning.transfer_jobs import TransferJobs
from eakte.settings import address
from eakte.sweep import beat, sweep
from eakte.watch import logs
from eakte.watch.listener import Listener
from eakte.wiring import House
from ocr_pipeline import Pipeline

logger = logging.getLogger(__name__)

NUMBER_EVERY = 0.2
BEAT_EVERY = 60.0
SWEEP_EVERY = 600.0
LOOK_EVERY = 5.0
COLLECT_EVERY = 5.0
TICK = 1.0
STUCK_AFTER = 30.0
"""Seconds without a tick after which a worker no longer counts as alive."""


def work(house: House, jobs: int) -> None:
    """Run until SIGINT or SIGTERM; `jobs` reading processes. What runs then is handed back."""
    try:
        with wiring.pipeline(house.settings, jobs) as pipeline:
            worker = Worker(house, pipeline, jobs)
            with _listening(house.settings.worker_bind, worker):
                asyncio.run(worker.run())
    finally:
        house.close()


class Worker:
    """One process that takes jobs from the queue."""

    def __init__(self, house: House, pipeline: Pipeline, jobs: int) -> None:
        self._house, self._pipeline, self._lanes = house, pipeline, jobs
        self._reading = RecognitionJobs(
            house.database, house.vault, pipeline, house.settings, house.clock, house.new_id
        )
        self._intake = IntakeJobs(house.database, house.vault, pipeline, house.settings, house.clock, house.new_id)
        self._comparing = CompareJobs(house.database, house.vault, house.clock, house.new_id)
        self._filing = CaseFileJobs(house.database, house.clock, house.new_id)
        self._scanning = ScanningJobs(house.database, house.vault, house.clock, house.new_id)
        self._transfers = TransferJobs(
            house.database, house.vault, house.seal, house.settings.quality_share, house.clock, house.new_id
        )
        self._stopping = threading.Event()
        self._finding = FindingJobs(house.database, house.vault, house.indexes, self._stopping.is_set)
        self._ticked = time.monotonic()
        self._database = "ok"

    def parts(self) -> dict[str, str]:
        """How the loop stands, and how the database did seconds ago; that is no reason to kill a worker."""
        loop = "ok" if time.monotonic() - self._ticked < STUCK_AFTER else "stuck"
        return {"loop": loop, "database": self._database}

    def tasks(self) -> dict[str, Task]:
        """Every task that `flow` names."""
        return {
            flow.FILE_AS_ASKED.task: self._filing.file_as_asked,
            flow.TAKE_APART.task: self._intake.take_apart,
            flow.READ.task: self._reading.read,
            flow.READ_RANGE.task: self._reading.read_range,
            flow.JOIN.task: self._reading.join,
            flow.DECIDE.task: self._filing.decide,
            flow.INDEX.task: self._finding.index,
            flow.RECONCILE.task: self._scanning.reconcile,
            flow.NOTE.task: self._transfers.note_transfer,
            flow.NOTE_BATCH.task: self._transfers.note_batch,
            flow.DRAW.task: self._transfers.draw_sample,
            flow.DRAW_AGAIN.task: self._transfers.draw_again,
            flow.COMPARE.task: self._comparing.compare,
        }

    async def run(self) -> None:
        """Until told to stop; raises when the database is lost, since the supervisor starts a fresh process."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, self._end, stop)
        beside = [
            asyncio.create_task(_every(NUMBER_EVERY, self._number)),
            asyncio.create_task(_every(BEAT_EVERY, self._beat)),
            asyncio.create_task(_every(SWEEP_EVERY, self.sweep)),
            asyncio.create_task(self._tick()),
            asyncio.create_task(_every(LOOK_EVERY, self._look)),
        ]
        sources = self._sources()
        threads = ThreadPoolExecutor(max(1, len(sources)), "collect")
        beside += [
            asyncio.create_task(_every(COLLECT_EVERY, partial(self._collect, each), threads)) for each in sources
        ]
        hand_back = partial(self._pipeline.close, kill=True)
        url = wiring.libpq_url(self._house.database_url)
        try:
            await Runner(url, self.tasks(), self._failed, hand_back, self._lanes).run(stop)
        finally:
            self._end(stop)
            for task in beside:
                task.cancel()

    def _sources(self) -> list[Poll]:
        """Every watched folder and mailbox; without the file's sources a worker still reads and files."""
        settings = self._house.settings
        scanner = Clamd(settings.clamd) if settings.clamd else None
        desk = Desk(
            self._house.database, self._house.vault, settings.upload_limit, settings.work_folder / "channels",
            Counting(scanner, lambda path: wiring.pages_in(self._pipeline, path, path.parent)), self._house.clock,
            self._house.new_id, self._stopping.is_set,
        )  # fmt: skip
        try:
            return polls(read_sources(settings.channels_file), desk)
        except Problem as problem:
            logger.warning("%s: no folder or mailbox is looked into", problem.code)
            return []

    def _collect(self, poll: Poll) -> None:
        """Nothing is taken while uploads are refused for want of room."""
        require_room(self._house)
        poll()

    def _end(self, stop: asyncio.Event) -> None:
        """Threads are waited for at the end, so what sweeps must hear of it too."""
        self._stopping.set()
        stop.set()

    async def _tick(self) -> None:
        while True:
            self._ticked = time.monotonic()
            await asyncio.sleep(TICK)

    def _look(self) -> None:
        """Beside the listener: who asks for liveness must not wait for a database."""
        self._database = state(self._house.database.check)

    def _failed(self, task: str, tenant: UUID, subject: UUID) -> bool:
        """Give a job up after some tries, its document laid where people see it; indexing is never given up."""
        if task == flow.INDEX.task:
            return False
        with self._house.database.unit(tenant) as unit:
            given_up = count_failure(unit, task, subject)
        if given_up:
            self._intake.give_up(task, tenant, subject)
            self._reading.give_up(task, tenant, subject)
            self._filing.give_up(task, tenant, subject)
            self._scanning.give_up(task, tenant, subject)
        return given_up

    def _number(self) -> None:
        with self._house.database.installation() as connection:
            waiting = tenants_waiting(connection)
        for tenant in waiting:
            with self._house.database.unit(tenant) as unit:
                number(unit)

    def _beat(self) -> None:
        beat(self._house, self._house.clock())

    def sweep(self) -> None:
        """Of every tenant, then its index; what fails for one of them holds up nothing else. Ends soon at a stop."""
        for tenant, _name in all_tenants(self._house.database):
            with logs.about(tenant=tenant):
                _guarded("sweep", partial(sweep, self._house, tenant, self._house.clock(), self._stopping.is_set))
                _guarded("catch up", partial(self._finding.catch_up, tenant))
                _guarded("reconcile", partial(self._scanning.catch_up, tenant))
                _guarded("draw samples", partial(self._transfers.catch_up, tenant))
            if self._stopping.is_set():
                return


@contextmanager
def _listening(bind: str, worker: Worker) -> Iterator[None]:
    if not bind:
        yield
        return
    listener = Listener(*address(bind), worker.parts, frozenset({"loop"}))
    try:
        yield
    finally:
        listener.close()


async def _every(seconds: float, work: Callable[[], None], threads: ThreadPoolExecutor | None = None) -> None:
    """Again and again, whatever happens: what fails now is tried again the next time."""
    name = getattr(work, "__name__", "collect")
    while True:
        await asyncio.get_running_loop().run_in_executor(threads, _guarded, name, work)
        await asyncio.sleep(seconds)


def _guarded(name: str, work: Callable[[], object]) -> None:
    """What goes wrong stands in the log, and is tried again the next time."""
    try:
        work()
    except HandedBack:
        logger.info("%s: left for the next time", name)
    except Problem as problem:
        logger.warning("%s: %s", name, problem.code)
    except Exception:
        logger.exception("%s failed", name)
