"""Clears away what a dead supervisor or a crash left of a PostgreSQL server, so that the next start succeeds.

`postmaster.pid` alone is not believed: it may name a stranger, a zombie, or be empty. A server is known by its program
and by its working folder, which is the data folder. Only safe under the home's lock and on a local filesystem.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from eakte.supervise.places import Account, ClusterError, Places

SOCKET = ".s.PGSQL.5432"
PATIENCE = 20.0  # seconds for an orderly end of a healthy server
GRACE = 5.0  # seconds for an immediate end, before SIGKILL


def clear(places: Places, account: Account) -> None:
    """End every server process of these data and remove its lock files; raises ClusterError if one survives."""
    if servers(places.data, account):
        _end(places, account)
    for file in (places.data / "postmaster.pid", places.socket / f"{SOCKET}.lock", places.socket / SOCKET):
        file.unlink(missing_ok=True)


def servers(data: Path, account: Account) -> set[int]:
    """Pids of living server processes (postmaster, backends, helpers) that work in `data`."""
    try:
        place = data.stat()
    except FileNotFoundError:
        return set()
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return {pid for pid in pids if _is_server(Path(f"/proc/{pid}"), place, account)}


def _is_server(process: Path, place: os.stat_result, account: Account) -> bool:
    try:
        return (
            process.stat().st_uid == account.uid
            and os.path.samestat((process / "cwd").stat(), place)
            # A shell or editor of the same account may stand in the folder.
            and (process / "exe").readlink().name.startswith("postgres")
        )
    except OSError:
        return False


def _end(places: Places, account: Account) -> None:
    postmaster = _noted_pid(places.data)
    healthy = postmaster in servers(places.data, account) and answers(places.socket)
    if healthy and postmaster is not None:
        _send(signal.SIGINT, {postmaster})
        if _gone(places.data, account, PATIENCE):
            return
    _send(signal.SIGQUIT, servers(places.data, account))
    if _gone(places.data, account, GRACE):
        return
    _send(signal.SIGKILL, servers(places.data, account))
    if not _gone(places.data, account, GRACE):
        raise ClusterError(f"an old PostgreSQL process in {places.data} does not end: {servers(places.data, account)}")


def _noted_pid(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text().split("\n")[0])
    except (OSError, ValueError):
        return None


def answers(socket: Path) -> bool:
    """Whether a server behind the socket answers a query within two seconds."""
    options = "-c statement_timeout=2000"
    try:
        with psycopg.connect(
            host=str(socket), user="postgres", dbname="postgres", connect_timeout=2, options=options
        ) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


def _send(number: signal.Signals, pids: set[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _gone(data: Path, account: Account, seconds: float) -> bool:
    return within(seconds, lambda: not servers(data, account))


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Whether it came to hold in that time; asked every 20 ms, at least once."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
