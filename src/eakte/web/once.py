"""`Idempotency-Key`: the same request twice is one act and one answer, kept seven days in the act's transaction."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Header
from fastapi.responses import JSONResponse
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from eakte.database import Unit
from eakte.errors import Problem
from eakte.web.tables import idempotency

KEPT = timedelta(days=7)
IdempotencyKey = Annotated[
    str | None, Header(min_length=1, max_length=255, description="Wiederholung desselben Auftrags")
]

_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:what, 11))")


class KeyReused(Problem):
    """The key stands for another request."""

    code, status, title = "idempotency-key-reused", 422, "Idempotency-Key schon verwendet"
    remedy = "Für einen anderen Auftrag einen neuen Schlüssel senden."


class StillRunning(Problem):
    """The first request with this key has not ended."""

    code, status, title = "still-running", 409, "Derselbe Auftrag läuft noch"
    remedy = "Nach der in Retry-After genannten Zeit erneut senden."
    retry_after = 2


@dataclass(frozen=True)
class Answer:
    """What a POST answers."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> JSONResponse:
        """As JSON; content is never cached."""
        return JSONResponse(self.body, self.status, {"Cache-Control": "private, no-cache", **self.headers})


@dataclass(frozen=True)
class Repeatable:
    """One request that may come again: whose, to which route, under which key (None: not repeatable)."""

    principal: UUID
    route: str
    key: str | None

    def answer(self, unit: Unit, at: datetime, said: bytes, act: Callable[[], Answer]) -> Answer:
        """The kept answer, or that of `act`, which is then kept. `said` identifies the request's content."""
        if self.key is None:
            return act()
        digest = hashlib.sha256(said).digest()
        self._take(unit)
        if (kept := self._kept(unit, at, digest)) is not None:
            return kept
        answer = act()
        self._keep(unit, at, digest, answer)
        return answer

    def _take(self, unit: Unit) -> None:
        what = f"{unit.tenant} {self.principal} {self.route} {self.key}"
        if not unit.run(_LOCK, {"what": what}).scalar_one():
            raise StillRunning

    def _kept(self, unit: Unit, at: datetime, digest: bytes) -> Answer | None:
        row = unit.one(select(idempotency).where(*self._mine(unit), idempotency.c.at > at - KEPT))
        if row is None:
            return None
        if row.said != digest:
            raise KeyReused
        return Answer(row.status, row.answer, row.headers)

    def _keep(self, unit: Unit, at: datetime, digest: bytes, answer: Answer) -> None:
        kept = {
            "said": digest, "status": answer.status, "answer": answer.body, "headers": dict(answer.headers), "at": at,
        }  # fmt: skip
        mine = {"tenant": unit.tenant, "principal": self.principal, "route": self.route, "key": self.key}
        unit.run(insert(idempotency).values(**mine, **kept).on_conflict_do_update(index_elements=list(mine), set_=kept))

    def _mine(self, unit: Unit) -> tuple[Any, ...]:
        columns = idempotency.c
        return (columns.tenant == unit.tenant, columns.principal == self.principal, columns.route == self.route,
                columns.key == self.key)  # fmt: skip


def forget_old_answers(unit: Unit, now: datetime) -> None:
    """Drop what is older than seven days."""
    unit.run(idempotency.delete().where(idempotency.c.at <= now - KEPT))
