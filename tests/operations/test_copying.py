"""What `eakte blobs copy` takes along, and when."""

from pathlib import Path

import pytest

from eakte import wiring
from eakte.commands.administration import found_tenant
from eakte.commands.copy_blobs import copy_blobs
from eakte.settings import Settings
from eakte.supervise.cluster import Urls
from eakte.vault.keys import create_master_key


def keys_in(store: Path) -> set[str]:
    return {path.name for path in store.glob("*/keys/*/*")}


def test_keys_come_only_when_what_is_destroyed_is_destroyed_in_both_stores(
    database: Urls, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = tmp_path / "home" / "blobs", tmp_path / "new"
    old.parent.mkdir()
    ahead = Settings(home=old.parent, database_url=database.app)
    create_master_key(ahead.master_key)
    house = wiring.furnish(ahead, pool=1)
    found_tenant(house, "musterkreis", "Jobcenter Musterkreis")
    house.close()
    beside = ahead.model_copy(update={"blobs_fallback_url": f"file://{new}"})
    for settings in (ahead, beside):
        assert copy_blobs(settings, f"file://{new}") == 0
        assert "aber noch keine Schlüssel" in capsys.readouterr().out
        assert keys_in(new) == set()
    moved = ahead.model_copy(update={"blobs_url": f"file://{new}", "blobs_fallback_url": f"file://{old}"})
    assert copy_blobs(moved, f"file://{new}") == 0
    assert "EAKTE_BLOBS_FALLBACK_URL kann nun entfallen" in capsys.readouterr().out
    assert keys_in(new) == keys_in(old) != set()
    assert not list(old.parent.glob("copied-*"))


def test_a_move_back_into_the_home_takes_the_keys_along(database: Urls, tmp_path: Path) -> None:
    away = tmp_path / "away"
    there = Settings(home=tmp_path / "home", database_url=database.app, blobs_url=f"file://{away}")
    there.home.mkdir()
    create_master_key(there.master_key)
    house = wiring.furnish(there, pool=1)
    found_tenant(house, "musterkreis", "Jobcenter Musterkreis")
    house.close()
    home = there.model_copy(update={"blobs_url": "", "blobs_fallback_url": f"file://{away}"})
    assert copy_blobs(home, f"file://{home.blobs_folder}") == 0
    assert keys_in(home.blobs_folder) == keys_in(away) != set()
