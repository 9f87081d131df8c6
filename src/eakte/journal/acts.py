"""Entering acts into the journal, in the transaction of what they changed."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import rfc8785
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from eakte.database import Recorded, Unit
from eakte.journal.model import Act, Moment
from eakte.journal.tables import reads

READ_ONCE_IN = timedelta(minutes=10)

_RECORD = text("""
    WITH e AS (INSERT INTO journal_entries (tenant, at, actor, act, subject, details_digest)
               VALUES (:tenant, :at, :actor, :act, :subject, :digest) RETURNING no),
         d AS (INSERT INTO journal_details (tenant, entry, salt, details)
               SELECT :tenant, no, :salt, CAST(:details AS jsonb) FROM e),
         s AS (INSERT INTO journal_subjects (tenant, subject, entry)
               SELECT :tenant, subject, no FROM e, unnest(CAST(:subjects AS uuid[])) AS subject),
         u AS (INSERT INTO journal_unsealed (tenant, entry) SELECT :tenant, no FROM e)
    SELECT no FROM e""")


def record(
    unit: Unit,
    moment: Moment,
    act: Act,
    subject: UUID,
    details: Mapping[str, Any] | None = None,
    *,
    also: Sequence[UUID] = (),
    hand_on: Sequence[UUID] | None = None,
    priority: int = 0,
) -> int:
    """One entry about `subject` (and `also`), in one statement; returns its number in insert order, not `seq`.

    `hand_on`: the ids that the following jobs work on, one job each; by default the subject. Details are plain JSON
    values; names and numbers of people belong there and nowhere else, since disposal erases only details.
    """
    salt, body = secrets.token_bytes(16), rfc8785.dumps(dict(details or {}))
    subjects = list(dict.fromkeys([subject, *also]))
    number: int = unit.connection.execute(
        _RECORD,
        {
            "tenant": unit.tenant, "at": moment.at, "actor": moment.actor, "act": str(act), "subject": subject,
            "salt": salt, "details": body.decode(), "digest": hashlib.sha256(salt + body).digest(),
            "subjects": subjects,
        },
    ).scalar_one()  # fmt: skip
    unit.recorded.append(Recorded(act, tuple([subject] if hand_on is None else hand_on), priority))
    return number


def record_read(
    unit: Unit, moment: Moment, act: Act, subject: UUID, details: Mapping[str, Any], *, also: Sequence[UUID] = ()
) -> None:
    """Enter a reading act once per actor, act, subject and details in ten minutes."""
    what = hashlib.sha256(subject.bytes + rfc8785.dumps(dict(details))).digest()
    seen = insert(reads).values(tenant=unit.tenant, actor=moment.actor, act=str(act), what=what, at=moment.at)
    fresh = seen.on_conflict_do_update(
        index_elements=["tenant", "actor", "act", "what"],
        set_={"at": moment.at},
        where=reads.c.at <= moment.at - READ_ONCE_IN,
    ).returning(reads.c.at)
    if unit.run(fresh).first() is not None:
        record(unit, moment, act, subject, details, also=also)
