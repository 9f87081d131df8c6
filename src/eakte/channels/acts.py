"""Noting how sources do, and which mails were received or refused."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from eakte.access.acts import tenant_named
from eakte.channels.model import Source
from eakte.channels.tables import channel_sources
from eakte.database import Database, Unit
from eakte.errors import NotFound

UNKNOWN = "unknown"
_NOTED_EVERY = timedelta(minutes=1)


def note_look(unit: Unit, at: datetime, source: str, code: str | None) -> None:
    """How a look into a source went; the same again is written once a minute."""
    noted = insert(channel_sources).values(
        tenant=unit.tenant, name=source, code=code, since=at, looked_at=at
    )  # fmt: skip
    other = channel_sources.c.code.is_distinct_from(code)
    unit.run(
        noted.on_conflict_do_update(
            index_elements=["tenant", "name"],
            set_={"code": code, "since": at, "looked_at": at},
            where=other,
        )
    )
    old = channel_sources.c.looked_at < at - _NOTED_EVERY
    unit.run(channel_sources.update().where(channel_sources.c.name == source, old).values(looked_at=at))


def states(database: Database, sources: Sequence[Source]) -> dict[str, str | None]:
    """Of each source the code of the problem it had the last time, or None; `unknown` before the first look."""
    found: dict[str, str | None] = {source.name: UNKNOWN for source in sources}
    for tenant_name in {source.tenant for source in sources}:
        mine = [source.name for source in sources if source.tenant == tenant_name]
        with suppress(NotFound), database.look(tenant_named(database, tenant_name)) as unit:
            query = select(channel_sources).where(channel_sources.c.name.in_(mine))
            found |= {row.name: row.code for row in unit.all(query)}
    return found
