"""PostgreSQL as an operator would set it up: the distribution's server on TCP, passwords, the roles of our how-to.

python -m tests.services.postgresql start --data FOLDER [--port N]
python -m tests.services.postgresql stop --data FOLDER
"""

import re
import subprocess
import sys
from pathlib import Path

import psycopg

from eakte.supervise.places import Account, ClusterError, as_account, binaries, give, server_account
from tests.services.frame import LOOPBACK, Failed, Launch, Service, main, write_whole

TEST_ONLY_PASSWORD = "test-only-password"
HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "use-your-own-postgresql.md"
SETTINGS = {"listen_addresses": LOOPBACK, "unix_socket_directories": "", "fsync": "off", "synchronous_commit": "off",
            "full_page_writes": "off"}  # fmt: skip


class PostgreSQL(Service):
    """As root the server runs as `postgres`, which must be able to enter the folder. Nothing is flushed to disk."""

    name, version = "postgresql", "of-the-distribution"

    def build(self, target: Path) -> None:
        """Nothing is fetched: the package is one that the service itself needs."""

    def launch(self, home: Path, data: Path, port: int) -> Launch:  # noqa: ARG002
        account, store = _account(), data / "store"
        programs = binaries(store)
        if not store.exists():
            _make(programs, data, store, account)
        options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        argv = [str(programs / "postgres"), "-D", str(store), "-p", str(port), *options]
        if account.is_other:
            argv = ["setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups", *argv]
        return Launch(argv, lambda: _set_up(port), {
            f"EAKTE_DATABASE{name}_URL": f"postgresql://{role}:{TEST_ONLY_PASSWORD}@{LOOPBACK}:{port}/eakte"
            for name, role in (("", "eakte_app"), ("_OWNER", "eakte_owner"))
        })  # fmt: skip


def _account() -> Account:
    try:
        return server_account()
    except ClusterError as error:
        raise Failed(str(error)) from None


def _make(programs: Path, data: Path, store: Path, account: Account) -> None:
    part = data / "part"
    part.mkdir()
    write_whole(data / "password", TEST_ONLY_PASSWORD)
    give(part, account)
    done = subprocess.run(
        [programs / "initdb", "-D", part, "--no-sync", "--auth=scram-sha-256", "--username=postgres",
         f"--pwfile={data / 'password'}", "--encoding=UTF8", "--locale=C.UTF-8"],
        cwd="/", capture_output=True, text=True, **as_account(account),
    )  # fmt: skip
    if done.returncode:
        raise Failed(f"initdb failed:\n{done.stdout}{done.stderr}")
    part.rename(store)


def _set_up(port: int) -> bool:
    """Roles and database by the how-to's own statements, once the server answers."""
    try:
        with psycopg.connect(
            host=LOOPBACK, port=port, user="postgres", password=TEST_ONLY_PASSWORD, dbname="postgres", autocommit=True
        ) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'eakte'").fetchone():
                for statement in _statements():
                    connection.execute(statement)
    except psycopg.OperationalError:
        return False
    return True


def _statements() -> list[bytes]:
    found = re.search(r"^```sql\n(.*?)^```", HOW_TO.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None
    return [line.replace("…", TEST_ONLY_PASSWORD).encode() for line in found[1].splitlines()]


if __name__ == "__main__":
    sys.exit(main(PostgreSQL()))
