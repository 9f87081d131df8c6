"""A private PostgreSQL cluster for one home: made, started, taken over, stopped.

No password and no network: it listens on a socket only and knows its callers by their account (`peer`). Three roles:
`postgres` (superuser: backups), `eakte_owner` (tables), `eakte_app` (the service, under row-level security).
"""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg import sql

from eakte.supervise import takeover
from eakte.supervise.children import mortal, open_log
from eakte.supervise.places import (
    Account,
    ClusterError,
    Places,
    as_account,
    binaries,
    give,
    server_account,
    settle,
    write_private,
)

OWNER, APP, SUPERUSER = "eakte_owner", "eakte_app", "postgres"
DATABASE = "eakte"
CONFIGURATION = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "wal_compression": "on",
    "jit": "off",
    # The log names no content: neither statements nor the values that a constraint complains about.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_line_prefix": "%m ",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
RECOVERY = 600.0  # seconds a server may replay its log before it is given up


class Urls(NamedTuple):
    """SQLAlchemy addresses of the database, by role."""

    app: str
    owner: str
    superuser: str


class Cluster:
    """The database server of one home.

    `start` and `stop` belong to the main thread of one process: the server dies with the *thread* that began it.
    With `durable=False` a power cut may destroy the data (tests only).
    """

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self._home = home.absolute()
        self._durable = durable
        self._lock: TextIOWrapper | None = None
        self._places: Places | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._account = server_account()

    def start(self, give_up: Callable[[], bool] = lambda: False) -> None:
        """Bring the server up, whatever an earlier one left behind; returns when it answers.

        Raises ClusterError, also when another process has this home's database or when `give_up` turns true.
        """
        try:
            self._start(give_up)
        except (psycopg.Error, OSError) as error:
            self.stop()
            raise ClusterError(f"PostgreSQL cannot be started: {error}") from error
        except BaseException:
            self.stop()
            raise

    def _start(self, give_up: Callable[[], bool]) -> None:
        self._home.mkdir(mode=0o711, parents=True, exist_ok=True)  # the server's account passes through, sees nothing
        self._take_lock()
        places = self._places = settle(self._home, self._account)
        if not places.data.exists():
            self._make(places)
        takeover.clear(places, self._account)
        if self._server is not None:
            self._server.wait()
        self._server = self._launch(places)
        self._await(places, give_up)
        _prepare(places.socket)
        urls = self.urls()
        write_private(self._home / "database.url", urls.app + "\n")
        write_private(self._home / "database-owner.url", urls.owner + "\n")

    def alive(self) -> bool:
        """Whether the server this object started still runs."""
        return self._server is not None and self._server.poll() is None

    def stop(self) -> None:
        """End the server, open connections or not, and let go of the home; nothing to do if it does not run."""
        if self._server is not None and self._places is not None:
            self._end(self._server)
            takeover.clear(self._places, self._account)
        self._server = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def urls(self) -> Urls:
        """Addresses for SQLAlchemy with psycopg; the same until the machine restarts."""
        if self._places is None:
            raise ClusterError("the database was not started")
        tail = f"@/{DATABASE}?host={self._places.socket}"
        return Urls(*(f"postgresql+psycopg://{role}{tail}" for role in (APP, OWNER, SUPERUSER)))

    @property
    def pid(self) -> int | None:
        """Process id of the server that this object started."""
        return None if self._server is None else self._server.pid

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        lock = (self._home / "postgres.lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise ClusterError(f"the database in {self._home} is in the hands of another process; stop that") from None
        self._lock = lock

    def _make(self, places: Places) -> None:
        """Make the data beside their place and rename them: a half-made cluster is never taken for one."""
        part = places.data.with_name("postgres.part")
        takeover.clear(Places(part, places.socket), self._account)
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        give(part, self._account)
        self._initdb(part, "--no-sync", "--no-instructions", "--data-checksums", "--auth=peer", "--encoding=UTF8",
                     "--locale=C.UTF-8", f"--username={SUPERUSER}")  # fmt: skip
        _admit(part, self._account)
        if self._durable:
            self._initdb(part, "--sync-only")
        part.rename(places.data)
        _sync_folder(places.data.parent)

    def _initdb(self, data: Path, *options: str) -> None:
        command = mortal([str(binaries(data) / "initdb"), "-D", str(data), *options])
        done = subprocess.run(
            command, cwd="/", check=False, capture_output=True, text=True, env=_environment(),
            **as_account(self._account),
        )  # fmt: skip
        if done.returncode:
            raise ClusterError(f"initdb in {data} failed: {(done.stdout + done.stderr)[-2000:]}")

    def _launch(self, places: Places) -> subprocess.Popen[bytes]:
        settings = CONFIGURATION | ({} if self._durable else NOT_DURABLE)
        settings["unix_socket_directories"] = str(places.socket)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        program = [str(binaries(places.data) / "postgres"), "-D", str(places.data), *options]
        # The death signal asks for a fast shutdown. An own session keeps the terminal's Ctrl-C away from it.
        with open_log(self._log) as log:
            return subprocess.Popen(
                mortal(program, signal.SIGINT),
                cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=_environment(),
                **as_account(self._account),
            )  # fmt: skip

    @property
    def _log(self) -> Path:
        return self._home / "log" / "postgres.log"

    def _await(self, places: Places, give_up: Callable[[], bool]) -> None:
        end = time.monotonic() + RECOVERY
        while not takeover.answers(places.socket):
            if not self.alive():
                raise ClusterError(f"PostgreSQL ended at once; {self._log} ends:\n{self._log.read_text()[-2000:]}")
            if give_up() or time.monotonic() > end:
                raise ClusterError(f"PostgreSQL does not answer yet; see {self._log}")
            time.sleep(0.02)

    @staticmethod
    def _end(server: subprocess.Popen[bytes]) -> None:
        """Fast, then immediate, then by force."""
        for number, seconds in ((signal.SIGINT, takeover.PATIENCE), (signal.SIGQUIT, takeover.GRACE)):
            server.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(seconds)
                return
        server.kill()
        server.wait()


def _environment() -> dict[str, str]:
    """Neither the caller's secrets nor its PG* settings reach the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}


def _admit(data: Path, account: Account) -> None:
    """Only this account, and the server's own, come in, by the socket; the folder is not yet anyone's to write in."""
    (data / "pg_hba.conf").write_text("local all all peer map=eakte\n")
    names = {account.name, "root"} if account.is_other else {account.name}
    lines = (f'eakte "{name}" {role}\n' for name in sorted(names) for role in (OWNER, APP, SUPERUSER))
    (data / "pg_ident.conf").write_text("".join(lines))


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _prepare(socket: Path) -> None:
    """Roles and database, each only where it is missing, so that a kill between any two of them heals."""
    with psycopg.connect(host=str(socket), user=SUPERUSER, dbname="postgres", autocommit=True) as connection:
        for role in (OWNER, APP):
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS").format(sql.Identifier(role)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            names = {"database": sql.Identifier(DATABASE), "owner": sql.Identifier(OWNER)}
            connection.execute(sql.SQL("CREATE DATABASE {database} OWNER {owner}").format(**names))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(DATABASE)))
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(DATABASE), sql.Identifier(APP))
        )
