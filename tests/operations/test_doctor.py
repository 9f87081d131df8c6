"""The doctor finds what is broken in a house that is really broken, and says how to mend it."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import LiteralString
from uuid import UUID

import psycopg
import pytest

from eakte import wiring
from eakte.commands.administration import found_tenant
from eakte.doctor import findings, inspect
from eakte.readiness import checks, state
from eakte.settings import Settings
from eakte.supervise.cluster import Urls
from eakte.vault.keys import create_master_key
from eakte.wiring import House
from tests.conftest import plain


@pytest.fixture
def settings(database: Urls, tmp_path: Path) -> Settings:
    made = Settings(home=tmp_path, database_url=database.app, free_space_min="1MiB")
    create_master_key(made.master_key)
    return made


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    furnished = wiring.furnish(settings, pool=1)
    yield furnished
    furnished.close()


@pytest.fixture
def tenant(house: House) -> UUID:
    return found_tenant(house, "musterkreis", "Jobcenter Musterkreis")


def wrong(settings: Settings, **changed: object) -> dict[str, str]:
    """What is wrong, and the remedies."""
    looked_at = findings(settings.model_copy(update=Settings(**(settings.model_dump() | changed)).__dict__))
    return {name: remedy for name, remedy in looked_at if remedy is not None}


def run(url: str, *statements: LiteralString) -> None:
    with psycopg.connect(plain(url), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.usefixtures("tenant")
def test_nothing_is_wrong_with_a_house_in_order(settings: Settings) -> None:
    looked_at = dict(findings(settings))
    assert {name for name, remedy in looked_at.items() if remedy} == set()
    assert {"database role", "clock", "migrations", "keys of musterkreis", "index of musterkreis"} <= set(looked_at)


@pytest.mark.parametrize(("role", "said"), [("superuser", "umgeht die Trennung"), ("owner", "kann sie abschalten")])
def test_a_role_that_could_see_all_tenants(settings: Settings, database: Urls, role: str, said: str) -> None:
    assert said in wrong(settings, database_url=getattr(database, role))["database role"]


def test_a_database_without_tables_and_one_behind_the_program(settings: Settings, database: Urls, house: House) -> None:
    run(database.superuser, "UPDATE alembic_version SET version_num = '2026_11_22_spine'")
    assert "eakte migrate" in wrong(settings)["migrations"]
    assert state(checks(house)["migrations"]) == "not-migrated"
    run(database.superuser, "UPDATE alembic_version SET version_num = '2999_of_a_newer_program'")
    assert wrong(settings) == {}
    run(database.superuser, "DROP TABLE alembic_version")
    assert "eakte migrate" in wrong(settings)["migrations"]


def test_a_database_that_is_not_there_is_told_with_its_own_words(settings: Settings) -> None:
    found = wrong(settings, database_url="postgresql://eakte_app@127.0.0.1:1/eakte")
    assert "refused" in found["database"]
    assert "migrations" not in found


def test_a_clock_that_is_wrong(house: House) -> None:
    later = replace(house, clock=lambda: wiring.now() + timedelta(minutes=3))
    found = dict(inspect(later))
    assert "um 180 s auseinander" in (found["clock"] or "")


@pytest.mark.usefixtures("tenant")
def test_a_master_key_that_others_can_read_is_missing_or_belongs_to_another_house(settings: Settings) -> None:
    settings.master_key.chmod(0o644)
    assert "chmod 600" in wrong(settings)["master key file"]
    settings.master_key.unlink()
    assert str(settings.master_key) in wrong(settings)["blobs"]
    create_master_key(settings.master_key)
    assert "Gehört die Datei des Hauptschlüssels" in wrong(settings)["keys of musterkreis"]


@pytest.mark.usefixtures("tenant")
def test_a_host_with_another_houses_master_key_is_not_ready(settings: Settings, house: House) -> None:
    assert state(checks(house)["keys"]) == "ok"
    settings.master_key.unlink()
    create_master_key(settings.master_key)
    stranger = wiring.furnish(settings, pool=1)
    assert state(checks(stranger)["blobs"]) == "ok"
    assert state(checks(stranger)["keys"]) == "tenant-key-unusable"
    stranger.close()


def test_a_house_without_tenants_is_ready(house: House) -> None:
    assert state(checks(house)["keys"]) == "ok"


def test_a_role_that_was_granted_nothing(settings: Settings, database: Urls, house: House) -> None:
    """As after a migration for another one."""
    run(database.superuser, "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM eakte_app")
    assert "für die eakte migrate lief" in wrong(settings)["migrations"]
    assert state(checks(house)["migrations"]) == "database-role-without-rights"


def test_what_nobody_expects_is_told_and_ends_nothing(settings: Settings, database: Urls) -> None:
    run(database.superuser, "REVOKE SELECT ON tenants FROM eakte_app")
    assert "InsufficientPrivilege (permission denied for table tenants)" in wrong(settings)["tenants"]


def test_a_store_that_cannot_be_written_to(settings: Settings) -> None:
    settings.blobs_folder.write_text("no folder")
    assert "File exists" in wrong(settings)["house"]


def test_an_s3_store_that_is_not_there(settings: Settings) -> None:
    found = wrong(settings, blobs_url="s3+http://127.0.0.1:1/eakte", s3_access_key="a", s3_secret_key="b")
    assert "Ablage" in found["blobs"]
    assert "EAKTE_S3_ACCESS_KEY" in wrong(settings, blobs_url="s3+http://127.0.0.1:1/eakte")["house"]


def test_an_index_that_was_lost(settings: Settings, tenant: UUID) -> None:
    (settings.index_folder / str(tenant)).rename(settings.home / "lost")
    assert "eakte reindex" in wrong(settings)["index of musterkreis"]


def test_a_disk_that_is_nearly_full(settings: Settings) -> None:
    assert "EAKTE_FREE_SPACE_MIN" in wrong(settings, free_space_min="900TiB")["free space"]


def test_room_is_judged_where_things_lie(settings: Settings, tmp_path: Path) -> None:
    """A store that does not tell has room; the home needs less, for it keeps only what is being worked on."""
    twice = str(2 * shutil.disk_usage(tmp_path).free)
    assert set(wrong(settings, free_space_min=twice)) == {"free space"}
    s3 = {"blobs_url": "s3+http://127.0.0.1:1/eakte", "s3_access_key": "a", "s3_secret_key": "b"}
    assert set(wrong(settings, free_space_min=twice, **s3)) == {"blobs"}
    assert "free space of EAKTE_HOME" in wrong(settings, free_space_min="900TiB", **s3)


def test_readiness_tells_when_uploads_are_refused_for_want_of_room(settings: Settings) -> None:
    narrow = wiring.furnish(settings.model_copy(update={"free_space_min": 1 << 60}), pool=1)
    assert state(checks(narrow)["space"]) == "store-nearly-full"
    narrow.close()


def test_jobs_that_wait_without_a_worker(settings: Settings, database: Urls) -> None:
    run(
        database.superuser,
        "SET search_path = procrastinate",
        "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('reading', 'read')",
    )
    assert "eakte work" in wrong(settings)["worker"]


SOURCE = """
[[folder]]
name = "zentrum"
tenant = "musterkreis"
path = "/srv/incoming"
key_file = "/etc/eakte/key"
"""


@pytest.mark.usefixtures("tenant")
def test_a_file_of_sources_that_cannot_be_read_and_one_that_no_worker_has(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    for said, told in (
        (SOURCE + "ports = dreißig", "line 7"),
        (SOURCE + "ports = 1", "folder 1: unbekannte Angabe ports"),
    ):
        file.write_text(said)
        assert told in wrong(settings, channels_file=file)["channels"]
        assert ". EAKTE_CHANNELS_FILE berichtigen" in wrong(settings, channels_file=file)["channels"]
        assert readiness(settings, channels_file=file) == "channels-file-invalid"
    file.write_text(SOURCE)
    assert "läuft ein Worker mit dieser EAKTE_CHANNELS_FILE" in wrong(settings, channels_file=file)["source zentrum"]
    assert readiness(settings, channels_file=file) == "ok", "nobody looked yet, for all that it knows"


def readiness(settings: Settings, **changed: object) -> str:
    """What it says of the sources."""
    house = wiring.furnish(settings.model_copy(update=changed), pool=1)
    try:
        return state(checks(house)["channels"])
    finally:
        house.close()
