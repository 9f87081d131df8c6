"""Plaintext on disk, for as long as a child parses it: private, and gone afterwards whatever happens."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eakte.vault import SealedBlob, Vault


@contextmanager
def private_folder(parent: Path) -> Iterator[Path]:
    """A fresh folder (0700) below `parent`; what a kill -9 leaves is swept when the process starts again."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="plain-", dir=parent, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def unsealed(vault: Vault, blob: SealedBlob, target: Path) -> Path:
    """`target`, written with the blob's plaintext; at most a few segments are in memory."""
    with target.open("xb") as file:
        for piece in vault.open(blob):
            file.write(piece)
    return target
