"""Processes that live no longer than the supervisor, and their logs."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path

LOG_LIMIT = 10 << 20  # bytes after which a log is set aside as `.1`
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0  # seconds before a restart; doubled each time
STEADY = 30.0  # seconds of life after which an end counts as the first again


def mortal(command: list[str], number: signal.Signals = signal.SIGKILL) -> list[str]:
    """The command, sent that signal when the *thread* that starts it ends: start it from the main thread."""
    return ["/usr/bin/setpriv", "--pdeathsig", number.name.removeprefix("SIG"), "--", *command]


@dataclass(frozen=True)
class Program:
    """One program to keep running; `environment` is added to the supervisor's."""

    name: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)


def eakte_programs() -> list[Program]:
    """API and worker, with this interpreter."""
    eakte = [sys.executable, "-m", "eakte"]
    # Received chunks of 256 KiB would otherwise be mapped and unmapped one by one.
    allocator = {"MALLOC_MMAP_THRESHOLD_": str(64 << 20), "MALLOC_TRIM_THRESHOLD_": str(256 << 20)}
    return [Program("API", [*eakte, "serve"], allocator), Program("worker", [*eakte, "work"])]


class Child:
    """A program that is started again, after a growing pause, whenever it ends."""

    def __init__(self, program: Program, home: Path) -> None:
        self.name = program.name
        self._command = mortal(program.command)
        self._environment = _without_owner(os.environ) | {"EAKTE_HOME": str(home)} | dict(program.environment)
        self._log = home / "log" / f"{program.name.lower()}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._pause = Pause()
        self._log_start = 0

    def start(self) -> None:
        """Begin it, in a session of its own so that the terminal's Ctrl-C reaches the supervisor alone."""
        limit_log(self._log)
        with open_log(self._log) as log:
            self._log_start = log.tell()
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=self._environment,
            )
        self._pause.begun()

    def look(self) -> str | None:
        """Start it again when it is time; gives a line for people when it was found ended."""
        if self._process is not None and self._process.poll() is not None:
            code, self._process = self._process.returncode, None
            return f"{self.name} {_ending(code)}; again in {self._pause.ended():g} s{self._last_words()}"
        if self._process is None and self._pause.over():
            return self._try_again()
        return None

    def _try_again(self) -> str | None:
        try:
            self.start()
        except OSError as error:  # no memory or process left: perhaps later
            return f"{self.name} cannot be started ({error}); again in {self._pause.ended():g} s"
        return None

    def ask_to_end(self) -> None:
        """SIGTERM; it finishes or hands back what it has."""
        if self._process is not None:
            self._process.terminate()

    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL, with all processes of its session's group."""
        if self._process is not None and self.running():
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def limit_log(self) -> None:
        """Set the log aside when it has grown too long."""
        limit_log(self._log)

    def _last_words(self) -> str:
        with self._log.open(errors="replace") as log:
            log.seek(min(self._log_start, self._log.stat().st_size))
            lines = log.read()[-2000:].splitlines()[-5:]
        return "".join(f"\n    {line}" for line in lines)


class Pause:
    """How long to wait before the next try: longer each time, short again after a steady life."""

    def __init__(self) -> None:
        self._length = FIRST_PAUSE
        self._begun = self._until = 0.0

    def begun(self) -> None:
        """It was started now."""
        self._begun = time.monotonic()

    def ended(self) -> float:
        """It ended now; gives the seconds to wait."""
        now = time.monotonic()
        length = FIRST_PAUSE if now - self._begun > STEADY else self._length
        self._length = min(2 * length, LONGEST_PAUSE)
        self._until = now + length
        return length

    def over(self) -> bool:
        """Whether the next try is due."""
        return time.monotonic() >= self._until


def open_log(log: Path) -> TextIOWrapper:
    """The log, to be appended to; its folder is for the service alone."""
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return log.open("a")


def limit_log(log: Path) -> None:
    """Copy a long log to `.1` and empty it: whoever writes it keeps it open. Lines written in between are lost."""
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        with contextlib.suppress(OSError):  # on a full disk the space counts for more than the old lines
            shutil.copyfile(log, log.with_name(f"{log.name}.1"))
        os.truncate(log, 0)


def _without_owner(environment: Mapping[str, str]) -> dict[str, str]:
    """Who serves or works must not be able to act as the tables' owner."""
    return {name: value for name, value in environment.items() if name != "EAKTE_DATABASE_OWNER_URL"}


def _ending(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
