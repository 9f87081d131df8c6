"""Homes for tests, below /tmp because the database's account must be able to enter them."""

import json
import shutil
import tempfile
from pathlib import Path


def new_home() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="eakte-test-", dir="/tmp"))
    folder.chmod(0o711)
    return folder


def discard(home: Path) -> None:
    """Remove the home with its socket folder and the data it had to keep elsewhere."""
    note = home / "postgres.json"
    if note.exists():
        places = json.loads(note.read_text())
        shutil.rmtree(places["socket"], ignore_errors=True)
        if places["elsewhere"] is not None:
            shutil.rmtree(Path(places["elsewhere"]).parent)
    shutil.rmtree(home)
