"""Brings the database to head, as the owner of its tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from eakte.database import Database
from eakte.errors import Unavailable
from eakte.tables import metadata

_ONE_AT_A_TIME = text("SELECT pg_advisory_lock(7263541)")


class NotMigrated(Unavailable):
    """The tables are not there, or older than this program."""

    code, title = "not-migrated", "Die Datenbank ist nicht auf dem Stand des Programms"
    remedy = "Den Betrieb verständigen: eakte migrate bringt sie auf den Stand."


def migrate(owner_url: str, app_role: str) -> None:
    """Upgrade to head; `app_role` gets the rights that the service needs. Two at once wait for each other."""
    with _connected(owner_url) as connection:
        connection.execute(_ONE_AT_A_TIME)
        connection.commit()
        command.upgrade(_config(connection, app_role), "head")
        connection.commit()


def require_head(database: Database) -> None:
    """NotMigrated where the tables are older than this program; newer ones are those of an upgrade under way."""
    if (found := database.revision()) is None or found in _outdated():
        raise NotMigrated


@cache
def _outdated() -> frozenset[str]:
    known = ScriptDirectory(str(scripts()))
    return frozenset(script.revision for script in known.walk_revisions()) - set(known.get_heads())


def drift(owner_url: str) -> list[object]:
    """What the models say and the database does not, or the other way round; empty at head."""
    with _connected(owner_url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


def scripts() -> Path:
    """The folder of the migration scripts: inside the installed package, or beside `src` in a checkout."""
    spec = find_spec("eakte")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    inside = package / "migrations"
    return inside if inside.is_dir() else package.parents[1] / "migrations"


def _config(connection: Connection, app_role: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts()))
    config.attributes.update(connection=connection, app_role=app_role)
    return config


@contextmanager
def _connected(owner_url: str) -> Iterator[Connection]:
    engine = create_engine(owner_url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
