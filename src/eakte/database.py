"""PostgreSQL: tenants apart by row-level security, and the only place that commits."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from psycopg import errors as postgres_errors
from sqlalchemy import Connection, CursorResult, Engine, Executable, MetaData, Row, Table, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from eakte.errors import Unavailable
from eakte.watch import spans

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)

_SESSION = (
    "SET idle_in_transaction_session_timeout = '30s'; SET statement_timeout = '60s'; SET lock_timeout = '20s';"
    "SET timezone = 'UTC'; SET search_path = public, procrastinate"
)
CONNECT_SECONDS = 10
_AS_TENANT = text("SELECT set_config('eakte.tenant', :tenant, true)")
_NAMING = text("SELECT set_config('eakte.tenant_name', :name, true)")
_INSTALLATION = text("SELECT set_config('eakte.installation', 'on', true)")
_UNMIGRATED = text("SELECT to_regclass('public.alembic_version') IS NULL")
_READABLE = text("SELECT has_table_privilege('public.alembic_version', 'SELECT')")
_TAKE = text("SELECT pg_try_advisory_lock(hashtextextended(:what, 13))")
_STILL = text("SELECT")
_HOLD = text("SELECT pg_try_advisory_lock(hashtextextended(:what, 19))")
_LET_GO = text("SELECT pg_advisory_unlock(hashtextextended(:what, 19))")
_STANDING = text("""
    SELECT rolname AS role, rolsuper OR rolbypassrls AS sees_past, current_setting('server_version_num')::int AS server,
        clock_timestamp() AS at, EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'public'
            AND pg_has_role(current_user, tableowner, 'MEMBER')) AS owns_tables
    FROM pg_roles WHERE rolname = current_user""")


class DatabaseDown(Unavailable):
    """PostgreSQL does not answer, or ended the connection; nothing was committed as far as we know."""

    code, title = "database-down", "Die Datenbank antwortet nicht"


class NotGranted(Unavailable):
    """The service's role may not read the tables: they were migrated for another one."""

    code, title = "database-role-without-rights", "Die Rolle des Dienstes darf die Tabellen nicht lesen"
    remedy = (
        "Den Betrieb verständigen: EAKTE_DATABASE_URL auf die Rolle stellen, für die eakte migrate lief, oder der "
        "neuen deren Rechte geben (GRANT bisherige TO neue)."
    )


@dataclass(frozen=True)
class Recorded:
    """An act of this unit of work, for `flow`: the jobs that follow are per id in `hand_on`."""

    act: str
    hand_on: tuple[UUID, ...]
    priority: int


@dataclass(frozen=True)
class Standing:
    """What the doctor wants to know: may the role see past row-level security, or switch it off; the server's number
    (150004), and its clock.
    """

    role: str
    sees_past: bool
    owns_tables: bool
    server: int
    at: datetime


@dataclass
class Unit:
    """One transaction of one tenant."""

    connection: Connection
    tenant: UUID
    recorded: list[Recorded] = field(default_factory=list)

    def run(
        self, statement: Executable, values: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Execute one statement; many rows at once when `values` is a sequence."""
        return self.connection.execute(statement, values)

    def insert(self, table: Table, **values: Any) -> None:
        """Insert one row of plain values, with a statement that is compiled only once."""
        self.connection.execute(table.insert(), values)

    def one(self, statement: Executable) -> Row[Any] | None:
        """The only row, or None."""
        return self.run(statement).one_or_none()

    def all(self, statement: Executable) -> Sequence[Row[Any]]:
        """All rows; bound the statement."""
        return self.run(statement).all()


class Database:
    """Hands out units of work. `before_commit` enqueues what follows from the recorded acts (see `flow`)."""

    def __init__(self, url: str, before_commit: Callable[[Unit], None], pool: int = 8) -> None:
        self._engine = _engine(url, pool)
        self._before_commit = before_commit

    @contextmanager
    def unit(self, tenant: UUID) -> Iterator[Unit]:
        """A writing transaction; commits at the end, with the jobs that follow, or rolls all back."""
        with _named_errors(), spans.span("act") as span, self._engine.begin() as connection:
            connection.execute(_AS_TENANT, {"tenant": str(tenant)})
            unit = Unit(connection, tenant)
            yield unit
            self._before_commit(unit)
            span.note({"eakte.acts": " ".join(done.act for done in unit.recorded)})

    @contextmanager
    def look(self, tenant: UUID) -> Iterator[Unit]:
        """A read-only transaction on one snapshot."""
        with _named_errors(), self._engine.connect() as connection:
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                connection.execute(_AS_TENANT, {"tenant": str(tenant)})
                yield Unit(connection, tenant)

    @contextmanager
    def named(self, tenant_name: str) -> Iterator[Connection]:
        """A look at the one row of `tenants` that bears this name, and at nothing else."""
        with _named_errors(), self._engine.begin() as connection:
            connection.execute(_NAMING, {"name": tenant_name})
            yield connection

    @contextmanager
    def installation(self) -> Iterator[Connection]:
        """A transaction that sees the list of tenants and the queue, and no tenant's content."""
        with _named_errors(), self._engine.begin() as connection:
            connection.execute(_INSTALLATION)
            yield connection

    @contextmanager
    def alone(self, what: str) -> Iterator[Callable[[], object] | None]:
        """The lock of this name, for as long as need be, on a connection of its own; None if somebody else holds it.

        The call makes sure that we still do: DatabaseDown once the connection is gone, and the lock with it.
        """
        with _named_errors(), self._engine.connect() as connection:
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.detach()
            taken = connection.execute(_TAKE, {"what": what}).scalar_one()
            yield partial(connection.execute, _STILL) if taken else None

    def locks(self) -> "Locks":
        """Locks of this process that outlast transactions."""
        return Locks(self._engine)

    def check(self) -> None:
        """DatabaseDown unless it answers."""
        with self.installation():
            pass

    def revision(self) -> str | None:
        """The migration it stands at; None before the first. Raises NotGranted."""
        with self.installation() as connection:
            if connection.execute(_UNMIGRATED).scalar_one():
                return None
            if not connection.execute(_READABLE).scalar_one():
                raise NotGranted
            found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            return found

    def standing(self) -> Standing:
        """Whom and what the service is connected to."""
        with self.installation() as connection:
            return Standing(**connection.execute(_STANDING).one()._mapping)

    def close(self) -> None:
        """Close all pooled connections."""
        self._engine.dispose()


class Locks:
    """Named locks over all processes, held without a transaction, all on one connection; safe for threads.

    With the process or the connection they are gone: what they protect must also notice by itself that it came second.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine, self._guard = engine, threading.Lock()
        self._held: set[str] = set()
        self._connection: Connection | None = None

    def take(self, what: str) -> bool:
        """False when somebody holds it, in this process or another."""
        with self._guard, _named_errors():
            taken = what not in self._held and bool(self._ask(_HOLD, what))
            if taken:
                self._held.add(what)
            return taken

    def give_back(self, what: str) -> None:
        """Of a lock that was taken; never raises, since a lost connection gave it back already."""
        with self._guard, contextlib.suppress(DatabaseDown), _named_errors():
            self._held.discard(what)
            self._ask(_LET_GO, what)

    def close(self) -> None:
        """Gives all back."""
        with self._guard:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _ask(self, statement: Executable, what: str) -> Any:
        try:
            if self._connection is None:
                self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                self._connection.detach()
            return self._connection.execute(statement, {"what": what}).scalar_one()
        except DBAPIError:
            self._connection = None  # the next one asks on a fresh connection
            raise


def role_of(url: str) -> str | None:
    """The role that an address signs in as."""
    return make_url(url).username


def _engine(url: str, pool: int) -> Engine:
    engine = create_engine(
        url, pool_size=pool, max_overflow=pool, pool_timeout=20, pool_pre_ping=True,
        hide_parameters=True,  # errors are logged, values are not
        connect_args={"connect_timeout": CONNECT_SECONDS},
    )  # fmt: skip

    @event.listens_for(engine, "connect")
    def _settings(raw: Any, _record: ConnectionPoolEntry) -> None:
        raw.execute(_SESSION)
        raw.commit()

    return engine


_LOST = (
    postgres_errors.AdminShutdown,
    postgres_errors.CrashShutdown,
    postgres_errors.CannotConnectNow,
    postgres_errors.DiskFull,
)


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise DatabaseDown from error
    except DBAPIError as error:
        if error.connection_invalidated or isinstance(error.orig, _LOST):
            raise DatabaseDown from error
        raise
