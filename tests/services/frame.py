"""Foreign programs for tests: fetched once into a cache, started on the loopback address, stopped by who started them.

The cache lies in `$EAKTE_SERVICES_CACHE`, else `~/.cache/eakte-services`. Each program is built beside its place and
renamed when whole; an installation that was killed leaves nothing that counts. Everything else lies in the folder of
the instance: `pid`, `log`, the service's data. A second `start` there, after a stop or a kill, goes on with the same
data.
"""

import argparse
import contextlib
import fcntl
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.homes import discard, new_home

LOOPBACK = "127.0.0.1"
PORTS = range(20000, 32000)  # below the range that the kernel takes for outgoing connections


FRESH_TRIES = 3


class Failed(Exception):
    """It cannot be done; the message says why and what helps."""


class PortLost(Failed):
    """A port was taken by somebody else since it was chosen, as far as that can be told: the process ended at once."""


@dataclass(frozen=True)
class Launch:
    """One process to start: `ready` gives True, or False or an OSError while it is not; `connect` is for its users."""

    argv: list[str]
    ready: Callable[[], bool]
    connect: dict[str, str]
    env: dict[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()


class Service:
    """What differs between services; `name` and `version` name the folder in the cache."""

    name: str
    version: str
    ready_within = 60.0
    stop_within = 15.0

    def build(self, target: Path) -> None:
        """Fill the empty folder `target`; what fails leaves nothing in the cache."""
        raise NotImplementedError

    def launch(self, home: Path, data: Path, port: int) -> Launch:
        """Prepare `data` and say what to run; called at every start."""
        raise NotImplementedError

    def after_stop(self, data: Path) -> None:
        """Clear away what the service leaves outside its folder."""


# The cache


def cache_folder() -> Path:
    given = os.environ.get("EAKTE_SERVICES_CACHE")
    return Path(given).resolve() if given else Path.home() / ".cache" / "eakte-services"


def installed(name: str, version: str) -> bool:
    """Whether it is in the cache already."""
    return (cache_folder() / f"{name}-{version}").is_dir()


def install(name: str, version: str, build: Callable[[Path], None]) -> Path:
    """The folder of that version; if it is not there yet, `build` fills an empty one first."""
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    home = cache / f"{name}-{version}"
    if home.is_dir():
        return home
    with locked(cache / f".{name}.lock"):
        if not home.is_dir():
            _build_beside(home, name, build)
    return home


def _build_beside(home: Path, name: str, build: Callable[[Path], None]) -> None:
    for left_over in home.parent.glob(f".{name}-build-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=f".{name}-build-", dir=home.parent))
    try:
        work.chmod(0o755)
        build(work)
        work.rename(home)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def run(*argv: str, cwd: Path, env: Mapping[str, str] | None = None) -> None:
    """Run a step of an installation; on failure the message holds the end of its output."""
    try:
        done = subprocess.run(
            argv, cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
    except FileNotFoundError:
        raise Failed(f"{argv[0]} is needed and is not on PATH") from None
    if done.returncode:
        raise Failed(f"{' '.join(argv)} failed ({done.returncode}):\n{done.stdout[-3000:]}")


def unpack_wheel(target: Path, requirement: str) -> None:
    """The wheel of this very version for this machine, unpacked; its scripts lie in `target/bin`."""
    pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:")
    run(sys.executable, *pip, "--no-compile", "--target", str(target), requirement, cwd=target)


# One instance


def start(service: Service, data: Path, port: int | None = None) -> dict[str, str]:
    """Install if need be, start in the background; how to connect, once it really serves. Failed if it does not.

    In an empty folder a lost port is let go for another; where there is data, ports stay, since data may name them.
    """
    home = install(service.name, service.version, service.build)
    data.mkdir(parents=True, exist_ok=True)
    with locked(data / "lock"):
        if (pid := _own_pid(data)) is not None:
            raise Failed(f"{service.name} already runs in {data} as pid {pid}; stop it first")
        is_fresh = port is None and {file.name for file in data.iterdir()} == {"lock"}
        for _ in range(FRESH_TRIES - 1 if is_fresh else 0):
            with contextlib.suppress(PortLost):
                return _start(service, home, data, port)
            _empty(data)
        return _start(service, home, data, port)


def _start(service: Service, home: Path, data: Path, port: int | None) -> dict[str, str]:
    port = port or kept_ports(data, "port")["port"]
    if _taken(port):
        raise PortLost(f"port {port} is taken")
    plan = service.launch(home, data, port)
    process = _spawn(plan, data)
    try:
        _await_ready(service, process, plan, data)
    except BaseException:
        stop(service, data, kill=True)
        raise
    finally:
        process.returncode = 0  # the process outlives this object without its complaint, and is stopped by its pid
    return plan.connect


def _empty(data: Path) -> None:
    """All but the lock, which is held."""
    for entry in data.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != "lock":
            entry.unlink()


@contextlib.contextmanager
def serving(service: Service) -> Iterator[dict[str, str]]:
    """Started in a folder of its own; how to connect. Stopped and gone afterwards."""
    folder = new_home()
    try:
        yield start(service, folder)
    finally:
        stop(service, folder)
        discard(folder)


def _spawn(plan: Launch, data: Path) -> "subprocess.Popen[bytes]":
    env = {name: value for name, value in os.environ.items() if name not in plan.without} | plan.env
    with (data / "log").open("ab") as log:
        process = subprocess.Popen(
            plan.argv, env=env, cwd=data, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    write_whole(data / "pid", json.dumps({"pid": process.pid, "born": _born(process.pid)}))
    return process


def _await_ready(service: Service, process: "subprocess.Popen[bytes]", plan: Launch, data: Path) -> None:
    end, problem = time.monotonic() + service.ready_within, ""
    while time.monotonic() < end:
        if process.poll() is not None:
            raise PortLost(f"{service.name} ended at once with {process.returncode}\n{_log_end(data)}")
        try:
            if plan.ready():
                return
        except (OSError, http.client.HTTPException) as error:
            problem = str(error)
        time.sleep(0.05)
    raise Failed(f"{service.name} not ready in {service.ready_within:.0f} s ({problem})\n{_log_end(data)}")


def stop(service: Service, data: Path, *, kill: bool = False) -> bool:
    """Stop what `start` began in `data`; False when it did not run. `kill`: SIGKILL at once, for crash tests."""
    pid = _own_pid(data)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL if kill else signal.SIGTERM)
            if not _gone_within(pid, service.stop_within):
                os.killpg(pid, signal.SIGKILL)
                _gone_within(pid, 5)
    if data.is_dir():
        service.after_stop(data)
        (data / "pid").unlink(missing_ok=True)
    return pid is not None


def _own_pid(data: Path) -> int | None:
    """The pid that `start` noted, if that very process still lives: pids are used again."""
    try:
        noted = json.loads((data / "pid").read_text())
    except (OSError, ValueError):
        return None
    pid: int = noted["pid"]
    return pid if noted["born"] is not None and _born(pid) == noted["born"] else None


def _born(pid: int) -> str | None:
    """The kernel's start time of a living process."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if after_name[0] in "ZX" else after_name[19]


def _gone_within(pid: int, seconds: float) -> bool:
    born, end = _born(pid), time.monotonic() + seconds
    while born is not None and _born(pid) == born:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _log_end(data: Path) -> str:
    return (data / "log").read_bytes()[-3000:].decode(errors="replace")


# Ports and files


def kept_ports(data: Path, *names: str) -> dict[str, int]:
    """Ports chosen once for this folder, the same after every restart."""
    file = data / "ports.json"
    ports: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    for name in names:
        if name not in ports:
            ports[name] = _free_port(set(ports.values()))
    write_whole(file, json.dumps(ports))
    return ports


def _free_port(others: set[int]) -> int:
    for port in random.sample(PORTS, 1000):
        if port not in others and not _taken(port):
            return port
    raise Failed(f"no free port found in {PORTS}")


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return True
    return False


def write_whole(file: Path, text: str, mode: int = 0o644) -> None:
    """Write so that a reader sees the old text or the new, never a part."""
    part = file.with_name(f".{file.name}.{os.getpid()}")
    part.write_text(text)
    part.chmod(mode)
    part.replace(file)


@contextlib.contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file; it ends with the process, however that ends."""
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


# The command line


def main(service: Service) -> int:
    """`install`, `start` and `stop` of one service."""
    asked = _arguments(service)
    try:
        if asked.verb == "install":
            print(install(service.name, service.version, service.build))
        elif asked.verb == "start":
            for name, value in start(service, asked.data.resolve(), asked.port).items():
                print(f"{name}={value}")
        elif not stop(service, asked.data.resolve(), kill=asked.kill):
            print(f"{service.name} was not running in {asked.data}", file=sys.stderr)
    except Failed as failure:
        print(f"{service.name}: {failure}", file=sys.stderr)
        return 1
    return 0


def _arguments(service: Service) -> argparse.Namespace:
    parser = argparse.ArgumentParser(f"python -m tests.services.{service.name}", description=service.__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("install", help="put the program into the cache; nothing to do when it is there")
    starting = verbs.add_parser("start", help="start in the background; prints how to connect when it is ready")
    starting.add_argument("--data", type=Path, required=True, help="folder of this instance")
    starting.add_argument("--port", type=int, help="on the loopback address (default: a free one)")
    stopping = verbs.add_parser("stop", help="stop what `start` began in that folder, nothing else")
    stopping.add_argument("--data", type=Path, required=True)
    stopping.add_argument("--kill", action="store_true", help="SIGKILL at once, for crash tests")
    return parser.parse_args()
