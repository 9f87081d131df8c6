"""What `eakte blobs verify` says of a house."""

from pathlib import Path
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from eakte import wiring
from eakte.commands.administration import found_tenant
from eakte.commands.verify_blobs import verify_blobs
from eakte.settings import Settings
from eakte.supervise.cluster import Urls
from eakte.vault.keys import create_master_key


def lay(store: Path, tenant: UUID, id_: UUID) -> None:
    folder = store / str(tenant) / "original" / str(id_)[-2:]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / str(id_)).write_bytes(b"x")


def test_an_original_without_a_row_is_told_once_though_it_lies_in_both_stores_of_a_move(
    database: Urls, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = tmp_path / "old"
    settings = Settings(home=tmp_path, database_url=database.app, blobs_fallback_url=f"file://{old}")
    create_master_key(settings.master_key)
    house = wiring.furnish(settings, pool=1)
    tenant = found_tenant(house, "musterkreis", "Jobcenter Musterkreis")
    house.close()
    for _ in range(1001):
        id_ = uuid7()
        for store in (old, settings.blobs_folder):
            lay(store, tenant, id_)
    assert verify_blobs(settings) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[-1].endswith("; 1001 originals that the database does not know")
    assert len(told) == len(set(told)) == 1002
