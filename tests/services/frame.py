"""The cache of foreign programs: each is built beside its place and renamed when whole.

It lies in `$EAKTE_SERVICES_CACHE`, else `~/.cache/eakte-services`. An installation that was killed leaves nothing that
counts.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path


class Failed(Exception):
    """It cannot be done; the message says why and what helps."""


def cache_folder() -> Path:
    given = os.environ.get("EAKTE_SERVICES_CACHE")
    return Path(given).resolve() if given else Path.home() / ".cache" / "eakte-services"


def install(name: str, version: str, build: Callable[[Path], None]) -> Path:
    """The folder of that version; if it is not there yet, `build` fills an empty one first."""
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    home = cache / f"{name}-{version}"
    if home.is_dir():
        return home
    with _locked(cache / f".{name}.lock"):
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


def run(*argv: str, cwd: Path) -> None:
    """Run a step of an installation; on failure the message holds the end of its output."""
    try:
        done = subprocess.run(
            argv, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    except FileNotFoundError:
        raise Failed(f"{argv[0]} is needed and is not on PATH") from None
    if done.returncode:
        raise Failed(f"{' '.join(argv)} failed ({done.returncode}):\n{done.stdout[-3000:]}")


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
