"""Homes for tests, where the database's account can enter them."""

import json
import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3
"""Bytes for two servers, each with half a gigabyte of log and some databases; containers often have 64 MiB there."""


def new_home(*, in_memory: bool = False) -> Path:
    """A folder of its own on the disk; `in_memory`: in memory, where this machine has room for it there.

    ext4 looks through all that was removed within the last seconds before it makes a file, so a database for each
    test costs 110 to 250 ms on it and 14 ms in memory.
    """
    parent = MEMORY if in_memory and _has_room() else Path("/tmp")
    folder = Path(tempfile.mkdtemp(prefix=f"eakte-test-{os.getpid()}-", dir=parent))
    folder.chmod(0o711)
    return folder


def _has_room() -> bool:
    """After what killed runs left there is gone: until the machine restarts nothing else removes it."""
    for left in MEMORY.glob("eakte-test-*"):
        if not Path("/proc", left.name.split("-")[2]).exists():
            shutil.rmtree(left, ignore_errors=True)  # the other process of this run may be at it too
    return os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM


def discard(home: Path) -> None:
    """Remove the home with its socket folder and the data it had to keep elsewhere."""
    note = home / "postgres.json"
    if note.exists():
        places = json.loads(note.read_text())
        shutil.rmtree(places["socket"], ignore_errors=True)
        if places["elsewhere"] is not None:
            shutil.rmtree(Path(places["elsewhere"]).parent)
    shutil.rmtree(home)
