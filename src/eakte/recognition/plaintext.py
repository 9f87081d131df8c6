"""Plaintext on disk, for as long as a child parses it: private, and gone afterwards whatever happens.

Who uses a folder holds a lock on it, which ends with its process. So every start clears away what a kill -9 left,
also beside other processes of the same home. Folders are made and cleared under a lock on the folder above.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from eakte.vault import SealedBlob, Vault


@contextmanager
def private_folder(parent: Path) -> Iterator[Path]:
    """A fresh folder (0700) below `parent`; what a kill -9 leaves goes with `clear_left`."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as used:
        with _locked(parent):
            folder = Path(tempfile.mkdtemp(prefix="plain-", dir=parent))
            used.enter_context(_locked(folder))
        used.callback(shutil.rmtree, folder, ignore_errors=True)
        yield folder


def clear_left(work: Path) -> None:
    """Remove the private folders below the folders in `work` that no living process uses."""
    for parent in work.glob("*/"):
        with _locked(parent):
            for folder in parent.glob("plain-*"):
                with suppress(BlockingIOError, FileNotFoundError), _locked(folder, fcntl.LOCK_NB):
                    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(folder: Path, mode: int = 0) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | mode)
        yield
    finally:
        os.close(descriptor)


def unsealed(vault: Vault, blob: SealedBlob, target: Path) -> Path:
    """`target`, written with the blob's plaintext; at most a few segments are in memory."""
    with target.open("xb") as file:
        for piece in vault.open(blob):
            file.write(piece)
    return target
