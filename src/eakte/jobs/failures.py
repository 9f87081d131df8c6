"""Counting failures of a job across its retries."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from eakte.database import Unit
from eakte.jobs.tables import failures

TRIES = 5


def count_failure(unit: Unit, task: str, subject: UUID) -> bool:
    """Note one failure; True when the job has now failed `TRIES` times, and its count begins anew."""
    noted = insert(failures).values(tenant=unit.tenant, task=task, subject=subject, count=1)
    counted = noted.on_conflict_do_update(
        index_elements=["tenant", "task", "subject"], set_={"count": failures.c.count + 1}
    ).returning(failures.c.count)
    if unit.run(counted).scalar_one() < TRIES:
        return False
    forget_failures(unit, task, subject)
    return True


def has_failed(unit: Unit, task: str, subject: UUID) -> bool:
    """Whether a failure is noted that was not forgotten since."""
    noted = select(failures.c.count).where(failures.c.task == task, failures.c.subject == subject)
    return unit.one(noted) is not None


def forget_failures(unit: Unit, task: str, subject: UUID) -> None:
    """The job went through."""
    unit.run(
        failures.delete().where(
            failures.c.tenant == unit.tenant, failures.c.task == task, failures.c.subject == subject
        )
    )
