"""The queue: enqueued with the act, run by priority, taken up again after a death, handed back on a stop."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from procrastinate import jobs as queued
from uuid_utils.compat import uuid7

from eakte import wiring
from eakte.errors import Unavailable
from eakte.jobs import INDEXING, READING, HandedBack, Job, Queue, Runner, count_failure, forget_failures
from eakte.jobs.failures import TRIES
from eakte.jobs.runner import AT_ONCE, _Patience
from eakte.supervise.cluster import Urls
from tests.conftest import plain
from tests.rooms import Tenant, found, open_database


@pytest.fixture
def tenant(database: Urls) -> Iterator[Tenant]:
    opened = open_database(database, lambda _unit: None)
    yield found(opened, database)
    opened.close()


def put(tenant: Tenant, *jobs: Job) -> None:
    with tenant.database.unit(tenant.id) as unit:
        Queue().enqueue(unit, jobs)


def job(priority: int = 0, lock: str | None = None) -> Job:
    return Job("task", READING, lock, priority, uuid7())


def statuses(tenant: Tenant) -> dict[str, int]:
    with psycopg.connect(plain(tenant.urls.superuser)) as connection:
        query = "SELECT status::text, count(*) FROM procrastinate.procrastinate_jobs GROUP BY status"
        return dict(connection.execute(query).fetchall())


def run_until(tenant: Tenant, task: Callable[[UUID, UUID], None], done: Callable[[], bool], lanes: int = 1,
              failed: Callable[[str, UUID, UUID], bool] = lambda *_: False) -> None:  # fmt: skip
    async def main() -> None:
        stop = asyncio.Event()
        runner = Runner(wiring.libpq_url(tenant.urls.app), {"task": task}, failed, lambda: None, lanes)
        running = asyncio.create_task(runner.run(stop))
        end = time.monotonic() + 30
        while not done() and time.monotonic() < end and not running.done():
            await asyncio.sleep(0.02)
        stop.set()
        await running

    asyncio.run(main())
    assert done()


def test_a_job_exists_only_if_its_act_was_committed(tenant: Tenant) -> None:
    with pytest.raises(ZeroDivisionError), tenant.database.unit(tenant.id) as unit:
        Queue().enqueue(unit, [job()])
        1 / 0  # noqa: B018
    assert statuses(tenant) == {}
    put(tenant, job(), job())
    assert statuses(tenant) == {"todo": 2}


def test_an_urgent_job_overtakes_those_that_wait(tenant: Tenant) -> None:
    ordinary, urgent, order = [job() for _ in range(5)], job(priority=10), []
    put(tenant, *ordinary)
    put(tenant, urgent)
    run_until(tenant, lambda _tenant, subject: order.append(subject), lambda: len(order) == 6)
    assert order[0] == urgent.subject


def test_finished_jobs_leave_the_queue(tenant: Tenant) -> None:
    put(tenant, job())
    seen: list[UUID] = []
    run_until(tenant, lambda _tenant, subject: seen.append(subject), lambda: bool(seen) and statuses(tenant) == {})


def test_jobs_with_one_lock_never_run_at_the_same_time(tenant: Tenant) -> None:
    running, most, done = 0, 0, 0
    guard = threading.Lock()

    def task(_tenant: UUID, _subject: UUID) -> None:
        nonlocal running, most, done
        with guard:
            running += 1
            most = max(most, running)
        time.sleep(0.05)
        with guard:
            running -= 1
            done += 1

    put(tenant, *[job(lock="index") for _ in range(3)])  # the second and the third are looked for every two seconds
    run_until(tenant, task, lambda: done == 3, lanes=4)
    assert most == 1


def test_jobs_with_one_lock_follow_each_other_without_a_pause_in_the_indexing_lane(tenant: Tenant) -> None:
    ends: list[float] = []
    put(tenant, *[replace(job(lock="index"), queue=INDEXING) for _ in range(6)])
    run_until(tenant, lambda *_: ends.append(time.monotonic()), lambda: len(ends) == 6)
    assert ends[-1] - ends[0] < 2


def test_an_outage_is_waited_out_and_counts_as_no_failure(tenant: Tenant) -> None:
    tries: list[int] = []
    failures: list[str] = []

    def task(_tenant: UUID, _subject: UUID) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise Unavailable

    def failed(name: str, _tenant: UUID, _subject: UUID) -> bool:
        failures.append(name)
        return False

    put(tenant, job())
    run_until(tenant, task, lambda: len(tries) == 3, failed=failed)
    assert failures == []


def test_a_job_given_up_leaves_the_queue(tenant: Tenant) -> None:
    def task(_tenant: UUID, _subject: UUID) -> None:
        raise RuntimeError("always")

    put(tenant, job())
    run_until(tenant, task, lambda: statuses(tenant) == {}, failed=lambda *_: True)


def test_a_stopped_worker_hands_its_job_back(tenant: Tenant) -> None:
    began, stopped = threading.Event(), threading.Event()

    def task(_tenant: UUID, _subject: UUID) -> None:
        began.set()
        stopped.wait(10)
        raise RuntimeError("the child was killed under it")

    async def main() -> None:
        stop = asyncio.Event()
        runner = Runner(wiring.libpq_url(tenant.urls.app), {"task": task}, lambda *_: False, stopped.set, 1)
        running = asyncio.create_task(runner.run(stop))
        await asyncio.to_thread(began.wait, 10)
        stop.set()
        await running

    put(tenant, job())
    asyncio.run(main())
    assert statuses(tenant) == {"todo": 1}


def test_a_job_of_a_dead_worker_is_taken_up_again(tenant: Tenant) -> None:
    put(tenant, job())
    with psycopg.connect(plain(tenant.urls.superuser)) as connection:
        connection.execute("SET search_path = procrastinate")
        connection.execute(
            "WITH dead AS (INSERT INTO procrastinate.procrastinate_workers (last_heartbeat)"
            " VALUES (now() - interval '1 minute') RETURNING id)"
            " UPDATE procrastinate.procrastinate_jobs SET status = 'doing', worker_id = dead.id FROM dead"
        )
    seen: list[UUID] = []
    run_until(tenant, lambda _tenant, subject: seen.append(subject), lambda: bool(seen))


def test_a_job_handed_back_or_retaken_is_due_by_every_clock() -> None:
    """The database's clock decides, and this host may be ahead of it."""
    taken = queued.Job(id=1, queue=READING, lock=None, queueing_lock=None, task_name="task")
    decision = _Patience().get_retry_decision(exception=HandedBack(), job=taken)
    assert decision is not None
    assert decision.retry_at == AT_ONCE < datetime.now(UTC) - timedelta(days=365)


@pytest.mark.slow
def test_a_job_whose_end_cannot_be_entered_is_taken_up_again(tenant: Tenant) -> None:
    with psycopg.connect(plain(tenant.urls.superuser)) as connection:
        connection.execute("""CREATE SEQUENCE ends; GRANT USAGE ON ends TO PUBLIC;
            CREATE FUNCTION lose_first_end() RETURNS trigger LANGUAGE plpgsql AS
              $$ BEGIN IF nextval('public.ends') = 1 THEN RAISE 'connection lost'; END IF; RETURN OLD; END $$;
            CREATE TRIGGER lose_first_end BEFORE DELETE ON procrastinate.procrastinate_jobs
              FOR EACH ROW EXECUTE FUNCTION lose_first_end()""")
    seen: list[UUID] = []
    put(tenant, job())
    run_until(tenant, lambda _tenant, subject: seen.append(subject), lambda: bool(seen) and statuses(tenant) == {})
    assert len(seen) == 2


def test_failures_are_counted_to_the_last_try_and_forgotten_after_success(tenant: Tenant) -> None:
    subject = uuid7()
    with tenant.database.unit(tenant.id) as unit:
        counted = [count_failure(unit, "task", subject) for _ in range(TRIES - 1)]
        forget_failures(unit, "task", subject)
        counted += [count_failure(unit, "task", subject) for _ in range(TRIES)]
    assert counted == [False] * (2 * TRIES - 2) + [True]


def test_a_job_runs_whether_or_not_it_carries_a_trace(tenant: Tenant) -> None:
    """So processes that trace and that do not, of older versions too, share a queue."""
    done: list[UUID] = []
    put(tenant, job(), job())
    with psycopg.connect(plain(tenant.urls.superuser)) as connection:
        connection.execute("SET search_path = procrastinate")
        carried = '{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}'
        connection.execute(
            "UPDATE procrastinate_jobs SET args = args || %s::jsonb"
            " WHERE id = (SELECT min(id) FROM procrastinate_jobs)",
            [carried],
        )
    run_until(tenant, lambda _tenant, subject: done.append(subject), lambda: len(done) == 2)
    assert statuses(tenant) == {}
