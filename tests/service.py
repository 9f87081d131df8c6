"""The real service as a user starts it: `eakte up` in a home of its own, and the command line beside it."""

import contextlib
import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from eakte.__main__ import main
from tests.homes import discard, new_home

READY_WITHIN = 90.0
TLS = httpx.create_ssl_context()
"""For clients that speak plain HTTP: each would make one of its own, which takes 20 ms."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Service:
    """One installation; `options` are those of `eakte up`, `settings` further `EAKTE_` variables without prefix."""

    home: Path
    options: tuple[str, ...] = ("--empty",)
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def own_environment(self) -> dict[str, str]:
        own = {"HOME": str(self.home), "BIND": f"127.0.0.1:{self.port}", "FREE_SPACE_MIN": "64MiB", **self.settings}
        return {f"EAKTE_{name}": value for name, value in own.items()}

    def environment(self) -> dict[str, str]:
        plain = {name: value for name, value in os.environ.items() if not name.startswith("EAKTE_")}
        return plain | self.own_environment()

    def start(self) -> None:
        """Begin `eakte up` and wait until it is ready."""
        self.begin()
        self.await_ready()

    def begin(self) -> None:
        command = [sys.executable, "-m", "eakte", "up", *self.options]
        with (self.home / "up.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def await_ready(self) -> None:
        until(lambda: self._ready(), READY_WITHIN, lambda: self.log())

    def _ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"eakte up ended with {self.process.returncode}\n{self.log()}")
        return answers(f"{self.url}/health/ready")

    def log(self) -> str:
        """The ends of all logs."""
        files = [self.home / "up.log", *sorted((self.home / "log").glob("*.log"))]
        return "\n".join(f"--- {file.name}\n{file.read_text()[-3000:]}" for file in files if file.exists())

    def run(self, *arguments: str, check: bool = True) -> str:
        """One `eakte` command; its stdout."""
        done = subprocess.run(
            [sys.executable, "-m", "eakte", *arguments], env=self.environment(), capture_output=True, text=True
        )
        if check and done.returncode:
            raise AssertionError(f"eakte {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def order(self, *arguments: str) -> str:
        """The same in this process, for what is only prepared or asked again and again: each start takes a second."""
        said = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said):
            for name in [name for name in os.environ if name.startswith("EAKTE_")]:
                patch.delenv(name)
            for name, value in self.own_environment().items():
                patch.setenv(name, value)
            assert main(arguments) == 0, arguments
        return said.getvalue()

    def key(self, tenant: str, *roles: str, name: str | None = None, org_units: tuple[str, ...] = ()) -> str:
        options = [part for role in roles for part in ("--role", role)]
        options += [part for unit in org_units for part in ("--org-unit", unit)]
        return self.order("key", "create", name or f"test-{'-'.join(roles)}", "--tenant", tenant, *options).strip()

    def client(self, key: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {key}"}, timeout=60, verify=TLS)

    def get(self, path: str) -> httpx.Response:
        """What anybody is told there."""
        return httpx.get(f"{self.url}{path}", verify=TLS)

    def stop(self) -> int:
        """Ctrl-C, and the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=60)

    def kill(self) -> None:
        """kill -9 of the supervisor; its children go with it."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def pids(self, *words: str) -> list[int]:
        """Processes of this installation whose command line has all these words."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                mine = f"EAKTE_HOME={self.home}".encode() in (folder / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if mine and all(word in command for word in words):
                found.append(int(folder.name))
        return sorted(found)


@contextlib.contextmanager
def running(*, demo: bool = False, **settings: str) -> Iterator[Service]:
    """A fresh installation that runs, and is gone afterwards."""
    service = Service(new_home(), () if demo else ("--empty",), settings=settings)
    try:
        service.start()
        yield service
    finally:
        if service.process is not None and service.process.poll() is None:
            service.stop()
        discard(service.home)


def answers(url: str) -> bool:
    """Whether it answers, and with success."""
    try:
        return httpx.get(url, timeout=2, verify=TLS).status_code == 200
    except httpx.HTTPError:
        return False


def until(holds: Callable[[], Any], seconds: float, otherwise: Callable[[], str] = lambda: "") -> Any:
    """The first true answer; fails after so many seconds."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, f"not within {seconds:g} s\n{otherwise()}"
        time.sleep(0.1)
    return found
