"""Where a home's database lies and listens, and which account runs it.

The rule is `EAKTE_HOME/postgres`. As root the server runs as `postgres`; where that account cannot enter the home, the
data lie below /var/lib instead. The socket always lies elsewhere, because its path may have 107 bytes only. Both are
noted in `EAKTE_HOME/postgres.json`.
"""

import json
import os
import pwd
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SERVER_ACCOUNT = "postgres"
BINARIES = Path("/usr/lib/postgresql")
ELSEWHERE = Path("/var/lib")
NOTE = "postgres.json"
OLDEST_VERSION = 15
NETWORK_FILESYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "glusterfs", "fuse.sshfs", "fuse.glusterfs"}


class ClusterError(Exception):
    """The private database cannot be started; the message says why and what to do."""


@dataclass(frozen=True)
class Account:
    """The account the server runs as."""

    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether it is not the account of this process, so that a change of user is needed."""
        return self.uid != os.geteuid()


@dataclass(frozen=True)
class Places:
    """Folders of one cluster; `data` is there only once it was made whole, `socket` always."""

    data: Path
    socket: Path


def server_account() -> Account:
    """`postgres` for root, else the caller's own; raises ClusterError where that user is missing."""
    try:
        entry = pwd.getpwuid(os.geteuid()) if os.geteuid() else pwd.getpwnam(SERVER_ACCOUNT)
    except KeyError:
        raise ClusterError(f"user {SERVER_ACCOUNT} is missing: apt-get install postgresql-{OLDEST_VERSION}") from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def binaries(data: Path) -> Path:
    """Folder of `postgres` and `initdb`: of the version that made `data`, else the newest installed."""
    marker = data / "PG_VERSION"
    made_by = int(marker.read_text()) if marker.exists() else None
    found = {int(f.parent.name): f for f in BINARIES.glob("*/bin") if f.parent.name.isdigit() and _complete(f)}
    if made_by is not None and made_by not in found:
        raise ClusterError(f"{data} was made by PostgreSQL {made_by}: apt-get install postgresql-{made_by}")
    newest = made_by or max(found, default=0)
    if newest < OLDEST_VERSION:
        raise ClusterError(f"no PostgreSQL ≥ {OLDEST_VERSION} found: apt-get install postgresql-{OLDEST_VERSION}")
    return found[newest]


def _complete(folder: Path) -> bool:
    return (folder / "postgres").exists() and (folder / "initdb").exists()


def settle(home: Path, account: Account) -> Places:
    """Find or choose the places of `home` and note them; call it under the home's lock.

    A note copied along with a home is known by the home's inode: its socket folder is not used again, and data
    elsewhere are refused, since two homes would share them.
    """
    note = _read_note(home)
    own = note.get("home_inode") in (None, home.stat().st_ino)
    data = _data_folder(home, account, note.get("elsewhere"), own)
    _refuse_network_folder(data.parent)
    socket = _socket_folder(note.get("socket") if own else None, account)
    elsewhere = None if data.parent == home else str(data)
    note = {"home_inode": home.stat().st_ino, "elsewhere": elsewhere, "socket": str(socket)}
    write_private(home / NOTE, json.dumps(note, indent=1) + "\n")
    return Places(data, socket)


def _read_note(home: Path) -> dict[str, Any]:
    try:
        note: dict[str, Any] = json.loads((home / NOTE).read_text())
    except FileNotFoundError:
        return {}
    return note


def _data_folder(home: Path, account: Account, elsewhere: str | None, own: bool) -> Path:
    if elsewhere is not None:
        return _noted_data(home, Path(elsewhere), own)
    within = home / "postgres"
    if _enterable(home, account):
        return within
    if within.exists():
        raise ClusterError(f"user {account.name} can no longer enter {home}: allow it (chmod o+x on the way there)")
    made = Path(tempfile.mkdtemp(prefix="eakte-", dir=ELSEWHERE))
    made.chmod(0o711)
    return made / "postgres"


def _noted_data(home: Path, data: Path, own: bool) -> Path:
    if not own:
        raise ClusterError(
            f"{home} is a copy, or was moved, and both homes would use the database {data}: if the other home is "
            f"gone, delete home_inode from {home / NOTE}; for an empty database delete that file"
        )
    if not data.parent.is_dir():
        raise ClusterError(
            f"the database of {home} was {data}, which is gone: bring it back, or delete {home / NOTE} to begin anew"
        )
    return data


def _enterable(folder: Path, account: Account) -> bool:
    command = ["/usr/bin/test", "-x", str(folder)]
    return subprocess.run(command, cwd="/", check=False, **as_account(account)).returncode == 0


def as_account(account: Account) -> dict[str, Any]:
    """Arguments that make `subprocess` start a program as that account, without this process's groups."""
    if not account.is_other:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def _refuse_network_folder(folder: Path) -> None:
    """A server on another machine would not be seen, so removing its pid file would destroy the data."""
    command = ["findmnt", "--noheadings", "--output", "FSTYPE", "--target", str(folder)]
    kind = subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()
    if kind in NETWORK_FILESYSTEMS:
        raise ClusterError(f"{folder} lies on a network ({kind}); set EAKTE_HOME to a local folder")


def _socket_folder(noted: str | None, account: Account) -> Path:
    if noted is not None and _belongs_to(Path(noted), account):
        return Path(noted)
    made = Path(tempfile.mkdtemp(prefix="eakte-", dir="/run" if os.geteuid() == 0 else "/tmp"))  # noqa: S108
    give(made, account)
    return made


def _belongs_to(folder: Path, account: Account) -> bool:
    """Below /tmp anyone may have taken the name after a reboot."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == account.uid and not found.st_mode & 0o077


def give(folder: Path, account: Account) -> None:
    """Make the folder the account's own and nobody else's."""
    folder.chmod(0o700)
    if account.is_other:
        os.chown(folder, account.uid, account.gid)


def write_private(file: Path, text: str) -> None:
    """Replace the file whole, readable by its owner alone, durable before the name is; the same text is left alone."""
    if file.exists() and file.read_text() == text:
        return
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)
