"""Victims: the processes of one installation, by kind, and their sudden end."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

from tests.service import Service, until

Victims = Callable[[Service], list[int]]


def _api(service: Service) -> list[int]:
    return service.pids("eakte serve")


def _worker(service: Service) -> list[int]:
    return service.pids("eakte work")


def _ocr_child(service: Service) -> list[int]:
    return [pid for worker in _worker(service) for pid in children(worker) if "ocr_pipeline.child" in command(pid)]


def _supervisor(service: Service) -> list[int]:
    alive = service.process is not None and service.process.poll() is None
    return [service.process.pid] if alive and service.process is not None else []


def postmaster(service: Service) -> list[int]:
    """The server's main process, as its own pid file names it."""
    try:
        elsewhere = json.loads((service.home / "postgres.json").read_text())["elsewhere"]
        data = Path(elsewhere) if elsewhere else service.home / "postgres"
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return []
    return [pid] if "postgres" in command(pid) else []


KINDS: dict[str, Victims] = {
    "API": _api,
    "worker": _worker,
    "OCR child": _ocr_child,
    "supervisor": _supervisor,
    "PostgreSQL": postmaster,
}


def kill(service: Service, kind: str, seconds: float = 60) -> None:
    """kill -9 of one process of this kind, as soon as there is one; a dead supervisor is started again first."""

    def strike() -> bool:
        if kind != "supervisor":
            revive(service)
        return any(_killed(pid) for pid in KINDS[kind](service)[:1])

    until(strike, seconds, service.log)


def revive(service: Service) -> None:
    """Start the supervisor again if it has ended, as an operator would."""
    assert service.process is not None
    if service.process.poll() is not None:
        service.begin()


def _killed(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def children(parent: int) -> list[int]:
    """Living processes whose parent is this one."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent and fields[0] != "Z":
            found.append(int(folder.name))
    return sorted(found)


def command(pid: int) -> str:
    """Its command line; empty for what has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def temporary_folder(pid: int) -> Path | None:
    """Its TMPDIR; None for what has ended."""
    try:
        variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return None
    return next((Path(each[7:].decode()) for each in variables if each.startswith(b"TMPDIR=")), None)
