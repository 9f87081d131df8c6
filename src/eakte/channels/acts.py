"""Noting how sources do, and which mails were received or refused."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from eakte.access.acts import tenant_named
from eakte.channels.model import ChannelTenantUnknown, ChannelUnwatched, Source
from eakte.channels.tables import channel_sources
from eakte.database import Database, Unit
from eakte.errors import NotFound

UNKNOWN = "unknown"
UNWATCHED_AFTER = timedelta(hours=1)
"""A look into a source that fails comes ten minutes after the one before at the latest."""
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
    """Of each source the code of the problem it has, or None; `unknown` before the first look."""
    found: dict[str, str | None] = {source.name: UNKNOWN for source in sources}
    for tenant_name in {source.tenant for source in sources}:
        mine = [source.name for source in sources if source.tenant == tenant_name]
        try:
            tenant = tenant_named(database, tenant_name)
        except NotFound:
            found |= dict.fromkeys(mine, ChannelTenantUnknown.code)
            continue
        with database.look(tenant) as unit:
            found |= _noted(unit, mine)
    return found


def _noted(unit: Unit, names: Sequence[str]) -> dict[str, str | None]:
    is_old = channel_sources.c.looked_at < func.now() - UNWATCHED_AFTER
    query = select(channel_sources.c.name, channel_sources.c.code, is_old.label("is_old"))
    rows = unit.all(query.where(channel_sources.c.name.in_(names)))
    return {row.name: ChannelUnwatched.code if row.is_old else row.code for row in rows}
