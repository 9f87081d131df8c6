"""The private database server: made, taken over from whatever was left, kept apart from others."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from eakte.supervise import takeover
from eakte.supervise.cluster import Cluster
from eakte.supervise.places import ClusterError, as_account, server_account
from tests.homes import discard, new_home

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs as another account")


@pytest.fixture
def server(home: Path) -> Iterator[Cluster]:
    cluster = Cluster(home, durable=False)
    cluster.start()
    yield cluster
    cluster.stop()


def ask(url: str, question: str) -> list[object]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(question)
        return list(cursor.fetchone() or ()) if cursor.description else []


def remember(cluster: Cluster) -> None:
    """For good, though the server of a test need not write before it has answered."""
    ask(cluster.urls().owner, "SET synchronous_commit = on; CREATE TABLE memory AS SELECT 42 AS number")


def remembers(cluster: Cluster) -> bool:
    return ask(cluster.urls().owner, "SELECT number FROM memory") == [42]


def data_of(home: Path) -> Path:
    return Path(json.loads((home / "postgres.json").read_text())["elsewhere"] or home / "postgres")


def socket_of(home: Path) -> Path:
    return Path(json.loads((home / "postgres.json").read_text())["socket"])


def program(*words: str, cwd: Path = Path("/")) -> subprocess.Popen[bytes]:
    """A stranger of the account that the server runs as."""
    return subprocess.Popen(words, cwd=cwd, **as_account(server_account()))


def test_the_service_role_has_no_power_beyond_its_rights(server: Cluster) -> None:
    """The application role is neither superuser nor beyond row-level security, the owner owns the database."""
    question = "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
    assert ask(server.urls().app, question) == [False] * 4
    assert ask(server.urls().owner, question) == [False] * 4
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert ask(server.urls().app, owner) == ["eakte_owner"]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(server.urls().app, "CREATE TABLE own (id int)")


def test_it_is_reached_by_the_socket_only_and_checks_its_pages(server: Cluster) -> None:
    """No network address is listened on, nobody else may touch the socket, pages carry checksums."""
    settings = ("listen_addresses", "data_checksums", "server_encoding", "unix_socket_permissions")
    found = [ask(server.urls().superuser, f"SHOW {name}")[0] for name in settings]
    assert found == ["", "on", "UTF8", "0700"]


def test_a_start_after_a_stop_has_the_same_data_and_addresses(home: Path, server: Cluster) -> None:
    """Stopping and starting keeps rows and socket, and commands find the addresses in private files."""
    remember(server)
    before = server.urls()
    server.stop()
    server.start()
    assert remembers(server)
    assert server.urls() == before
    for name, url in (("database.url", before.app), ("database-owner.url", before.owner)):
        assert (home / name).read_text().strip() == url
        assert (home / name).stat().st_mode & 0o077 == 0


def test_a_killed_postmaster_with_a_busy_backend_is_replaced(home: Path, server: Cluster) -> None:
    """kill -9 of the postmaster, a backend busy on in the shared memory: the next start ends it and has the data."""
    remember(server)
    busy = psycopg.connect(server.urls().app.replace("+psycopg", ""))
    busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1000000000000) a, generate_series(1, 1000000) b")
    time.sleep(0.2)
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    time.sleep(0.3)
    assert takeover.servers(data_of(home), server_account()), "the busy backend was to be left"
    began = time.monotonic()
    server.start()
    assert time.monotonic() - began < 8
    assert remembers(server)
    busy.close()


@pytest.mark.parametrize("left", ["empty", "stranger", "zombie", "root's"])
def test_a_pid_file_that_names_no_server_of_ours_is_no_hindrance(home: Path, server: Cluster, left: str) -> None:
    """Empty, a living stranger, a zombie, a file of another owner: it starts, and the stranger lives on."""
    remember(server)
    server.stop()
    stranger = program("sleep", "60") if left == "stranger" else program("true")
    time.sleep(0.1)  # not waited for, `true` stays a zombie
    pid = {"empty": "", "root's": "1"}.get(left, str(stranger.pid))
    for file in (data_of(home) / "postmaster.pid", socket_of(home) / ".s.PGSQL.5432.lock"):
        file.write_text(f"{pid}\n" if pid else "")
        if left != "root's":
            os.chown(file, server_account().uid, server_account().gid)
    server.start()
    assert remembers(server)
    assert (stranger.poll() is None) == (left == "stranger")
    stranger.kill()
    stranger.wait()


def test_a_healthy_server_without_a_master_is_stopped_and_replaced(home: Path, server: Cluster) -> None:
    """What a killed supervisor left running is shut down in order; the new server has its rows."""
    command = Path(f"/proc/{server.pid}/cmdline").read_text().split("\0")[:-1]
    server.stop()
    orphan = program(*command)
    assert takeover.within(10, lambda: takeover.answers(socket_of(home)))
    remember(server)
    server.start()
    assert orphan.wait(1) == 0, "a fast shutdown ends with 0"
    assert remembers(server)


def test_someone_standing_in_the_data_folder_is_left_alone(home: Path, server: Cluster) -> None:
    """Only server processes are ended: a shell of the same account may look at the data."""
    server.stop()
    visitor = program("sleep", "60", cwd=data_of(home))
    server.start()
    assert visitor.poll() is None
    visitor.kill()
    visitor.wait()


def test_a_cluster_that_was_half_made_is_made_again(empty_home: Path) -> None:
    """A kill during initdb leaves a folder that counts for nothing."""
    half = empty_home / "postgres.part"
    (half / "base").mkdir(parents=True)
    (half / "PG_VERSION").write_text("15\n")
    cluster = Cluster(empty_home, durable=False)
    cluster.start()
    assert ask(cluster.urls().app, "SELECT current_user") == ["eakte_app"]
    assert not half.exists()
    cluster.stop()


def test_two_homes_share_nothing(server: Cluster) -> None:
    """Two servers at once, each with its own rows; a copied home makes its own socket and does not hurt the first."""
    remember(server)
    second = new_home()
    other = Cluster(second, durable=False)
    other.start()
    with pytest.raises(psycopg.errors.UndefinedTable):
        remembers(other)
    other.stop()
    copy = second.with_name(second.name + "-copy")
    subprocess.run(["cp", "-a", second, copy], check=True)
    other.start()
    copied = Cluster(copy, durable=False)
    copied.start()
    assert copied.urls() != other.urls()
    assert other.alive()
    assert ask(other.urls().app, "SELECT 1") == [1]
    for cluster, folder in ((other, second), (copied, copy)):
        cluster.stop()
        discard(folder)


def test_one_home_has_one_master(home: Path, server: Cluster) -> None:
    """A second one is refused and the first goes on."""
    with pytest.raises(ClusterError, match="another process"):
        Cluster(home, durable=False).start()
    assert ask(server.urls().app, "SELECT 1") == [1]


@as_root
def test_a_home_that_the_server_cannot_enter_has_its_data_elsewhere(home: Path) -> None:
    """Below a 0700 folder the data lie under /var/lib as noted; a new home of that name does not take them over."""
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    within = closed / "home"
    first = Cluster(within, durable=False)
    first.start()
    remember(first)
    first.stop()
    elsewhere = data_of(within)
    assert elsewhere.is_relative_to("/var/lib")
    first.start()
    assert remembers(first)
    first.stop()
    within.rename(closed / "set-aside")
    second = Cluster(within, durable=False)
    second.start()
    assert data_of(within) != elsewhere
    with pytest.raises(psycopg.errors.UndefinedTable):
        remembers(second)
    second.stop()
    discard(within)
    discard(closed / "set-aside")


@as_root
def test_a_copied_home_does_not_share_data_that_lie_elsewhere(home: Path) -> None:
    """The copy is refused with a sentence that says what to do; so is a home whose data are gone."""
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    cluster = Cluster(closed / "home", durable=False)
    cluster.start()
    cluster.stop()
    subprocess.run(["cp", "-a", closed / "home", closed / "copy"], check=True)
    with pytest.raises(ClusterError, match="delete home_inode"):
        Cluster(closed / "copy").start()
    shutil.rmtree(data_of(closed / "home").parent)
    with pytest.raises(ClusterError, match="which is gone"):
        cluster.start()
    shutil.rmtree(socket_of(closed / "home"))
