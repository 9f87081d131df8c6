"""One folder in which all processes of a home measure, so that each can tell of all."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

KINDS = ("counter", "histogram")
FILE_BYTES = 2 << 20
"""Set aside for each file at once: a file that is mapped into memory and finds the disk full ends its process."""

_SWITCH = "PROMETHEUS_MULTIPROC_DIR"
_FOLDING = ".folding"
_DEAD = 0
"""The process whose files hold what dead processes measured."""


def share(folder: Path) -> bool:
    """Measure in this folder from now on; before anything that measures is imported.

    Without room for it the process measures for itself alone (False).
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for kind in KINDS:
            for process in (os.getpid(), _DEAD):
                _set_aside(folder / f"{kind}_{process}.db")
    except OSError:
        return False
    os.environ[_SWITCH] = str(folder)
    return True


def folder() -> Path | None:
    """The folder of `share`, None where this process measures for itself."""
    found = os.environ.get(_SWITCH)
    return Path(found) if found else None


def clear(folder: Path) -> None:
    """Forget all that was measured; only while no process measures there."""
    for file in [*folder.glob("*.db"), *folder.glob("*" + _FOLDING)]:
        file.unlink()


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else adds up or takes away files meanwhile; measuring goes on."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def of_the_dead(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Each file of a process that ended, and the one that takes in what it measured.

    It is handed out once: who is killed while taking it in has perhaps done so, and counted twice is worse than lost.
    """
    for half_taken in folder.glob("*" + _FOLDING):
        half_taken.unlink()
    for kind in KINDS:
        for file in folder.glob(f"{kind}_*.db"):
            process = int(file.stem.rpartition("_")[2])
            if process != _DEAD and not Path(f"/proc/{process}").exists():
                yield file.rename(file.with_suffix(_FOLDING)), folder / f"{kind}_{_DEAD}.db"


def _set_aside(file: Path) -> None:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, FILE_BYTES)
    finally:
        os.close(descriptor)
