"""`eakte up`: database, migrations, API and worker under one supervisor, for one home."""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from eakte.settings import Settings
from eakte.supervise.children import Child, Pause, Program, eakte_programs, limit_log, mortal
from eakte.supervise.cluster import Cluster
from eakte.supervise.places import ClusterError
from eakte.supervise.takeover import within
from eakte.watch import shared

LOOK = 0.2  # seconds between two looks at the children
READY_LOOK = 0.2
PATIENCE = 30.0  # seconds for API and worker to end by themselves
COMPLAIN = 15.0  # seconds between two lines on why the service is not ready

Say = Callable[[str], None]


class UpError(Exception):
    """It cannot be started; the message says why and what to do."""


def up(
    settings: Settings, say: Say, after_ready: Callable[[str], None] | None = None, *, only_database: bool = False
) -> int:  # fmt: skip
    """Start everything and stay until SIGINT or SIGTERM; 0 then, 1 when it cannot be started.

    `after_ready` is called with the service's address, in a thread of its own, once `/health/ready` is 200; the line
    `eakte is ready at <address>` follows it. `say` takes whole lines. Call it from the main thread. `only_database`:
    neither API nor worker.
    """
    own = not settings.database_url.get_secret_value()
    cluster = Cluster(settings.home) if own else None
    migrate = [sys.executable, "-m", "eakte", "migrate"]
    programs = [] if only_database else eakte_programs()
    supervisor = Supervisor(settings.home, cluster, migrate, programs, say)
    try:
        with alone(settings.home):
            shared.clear(settings.metrics_folder)
            if only_database:
                return supervisor.run(None)
            _require_free(settings.host, settings.port)
            return supervisor.run(_address(settings), after_ready)
    except (UpError, ClusterError, OSError) as error:
        say(f"eakte up: {error}")
        return 1


def _address(settings: Settings) -> str:
    """Where this machine reaches the API, also when it listens on all addresses."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _require_free(host: str, port: int) -> None:
    """Waits a moment, since the API of a killed supervisor may still be about to end."""
    if not within(2, lambda: _is_free(host, port)):
        raise UpError(f"cannot listen on {host}:{port}: it is taken, or not ours; choose another EAKTE_BIND")


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def alone(home: Path) -> Iterator[None]:
    """Hold the home against a second supervisor; raises UpError if there is one. Ends with the process."""
    home.mkdir(mode=0o711, parents=True, exist_ok=True)
    with (home / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise UpError(f"eakte already runs for {home}, as process {lock.read().strip()}; stop that first") from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


class Supervisor:
    """Keeps the programs and the database of one home running; all work is done in the main thread.

    Its children end with it, however it ends, and the next one takes over what is left. Run it inside `alone`.
    """

    def __init__(
        self, home: Path, cluster: Cluster | None, prepare: list[str], programs: list[Program], say: Say
    ) -> None:
        self._home, self._cluster, self._prepare, self._say = home, cluster, prepare, say
        self._children = [Child(program, home) for program in programs]
        self._signals = 0
        self._asked = threading.Event()
        self._pause = Pause()
        self._cluster_down = False

    def run(self, address: str | None, after_ready: Callable[[str], None] | None = None) -> int:
        """Start all, watch until told to stop, stop all; gives the exit status. `address`: None without an API."""
        before = {number: signal.signal(number, self._note_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            return self._run(address, after_ready)
        finally:
            self._stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _run(self, address: str | None, after_ready: Callable[[str], None] | None) -> int:
        try:
            self._start_database()
            self._migrate()
        except (ClusterError, UpError):
            if self._asked.is_set():
                return 0
            raise
        for child in self._children:
            self._say(f"{child.name}: starting")
            child.start()
        if address is None:
            self._say("the database is ready")
        else:
            announcer = _Announcer(address, after_ready, self._say, self._asked)
            threading.Thread(target=announcer.run, daemon=True).start()
        while not self._asked.wait(LOOK):
            self._look()
        return 0

    def _start_database(self) -> None:
        if self._cluster is None:
            self._say("database: the one of EAKTE_DATABASE_URL")
            return
        self._say(f"database: starting PostgreSQL for {self._home}")
        self._cluster.start(self._asked.is_set)
        self._pause.begun()

    def _migrate(self) -> None:
        if self._asked.is_set():
            return
        self._say("database: bringing the tables up to date")
        process = subprocess.Popen(
            mortal(self._prepare), stdin=subprocess.DEVNULL, start_new_session=True,
            env=os.environ | {"EAKTE_HOME": str(self._home)},
        )  # fmt: skip
        while process.poll() is None:
            if self._asked.wait(0.02):
                process.terminate()
                process.wait()
        if process.returncode:
            raise UpError(f"`{' '.join(self._prepare[1:])}` ended with {process.returncode}; its message stands above")

    def _look(self) -> None:
        self._look_at_database()
        for child in self._children:
            child.limit_log()
            if line := child.look():
                self._say(line)

    def _look_at_database(self) -> None:
        if self._cluster is None:
            return
        limit_log(self._home / "log" / "postgres.log")
        if self._cluster.alive():
            return
        if not self._cluster_down:
            self._cluster_down = True
            self._say(f"PostgreSQL ended; again in {self._pause.ended():g} s")
        elif self._pause.over():
            self._restart_database()

    def _restart_database(self) -> None:
        try:
            self._start_database()
            self._cluster_down = False
        except ClusterError as error:
            self._say(f"{error}; again in {self._pause.ended():g} s")

    def _stop(self) -> None:
        running = [child for child in self._children if child.running()]
        for child in running:
            self._say(f"{child.name}: stopping")
            child.ask_to_end()
        end = time.monotonic() + PATIENCE
        while any(child.running() for child in running) and time.monotonic() < end and self._signals < 2:
            time.sleep(0.02)
        for child in running:
            child.kill()
        if self._cluster is not None:
            self._say("database: stopping")
            self._cluster.stop()
        self._say("stopped")

    def _note_signal(self, _number: int, _frame: FrameType | None) -> None:
        """The first signal asks to stop; the second no longer waits for API and worker."""
        self._signals += 1
        self._asked.set()


class _Announcer:
    """Waits until the service is ready, lets the caller do its part, then says so as the last line."""

    def __init__(
        self, address: str, after_ready: Callable[[str], None] | None, say: Say, asked: threading.Event
    ) -> None:
        self._address, self._after_ready, self._say, self._asked = address, after_ready, say, asked

    def run(self) -> None:
        if not self._await_ready():
            return
        if self._after_ready is not None:
            try:
                self._after_ready(self._address)
            except Exception as error:  # noqa: BLE001 the service itself is up, whatever the caller's part ran into
                self._say(f"after the start: {type(error).__name__}: {error}")
        if not self._asked.is_set():
            self._say(f"eakte is ready at {self._address}")

    def _await_ready(self) -> bool:
        complain_at = time.monotonic() + COMPLAIN
        while (problem := _problem(f"{self._address}/health/ready")) is not None:
            if self._asked.wait(READY_LOOK):
                return False
            if time.monotonic() > complain_at:
                self._say(f"not ready yet: {problem}")
                complain_at += COMPLAIN
        return True


def _problem(url: str) -> str | None:
    """Why the address does not answer 200, or None when it does."""
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310 the address is our own
            return None
    except urllib.error.HTTPError as error:
        return error.read(2000).decode(errors="replace")
    except OSError as error:
        return str(error)
