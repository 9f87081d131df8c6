"""Master key, tenant keys, data keys: made once, wrapped, destroyed for good."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from eakte.blobs.filesystem import FilesystemBlobs
from eakte.blobs.port import BlobClass, BlobStore, KeyTaken, blob_key
from eakte.vault.keys import (
    CACHE_SECONDS,
    DataKey,
    KeyCache,
    KeyDestroyed,
    MasterKeyMissing,
    TenantKeyUnusable,
    create_master_key,
)
from eakte.vault.sealed import Damaged
from eakte.vault.signing import signing_key_id
from eakte.vault.store import Vault
from tests.blobs.fake import FakeBlobs


@pytest.fixture
def master(tmp_path: Path) -> Path:
    create_master_key(tmp_path / "master.key")
    return tmp_path / "master.key"


def house(blobs: BlobStore, master: Path) -> tuple[Vault, UUID]:
    vault, tenant = Vault(blobs, master), uuid4()
    vault.create_tenant(tenant)
    return vault, tenant


def test_the_master_key_is_private_whole_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(create_master_key, [path] * 8)) == 1
    before = path.read_bytes()
    assert create_master_key(path) is False
    assert path.read_bytes() == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["master.key"]


@pytest.mark.parametrize("content", [None, b"", b"eakte-master-key:1:abc\n", bytes(range(200, 232))])
def test_without_a_master_key_there_is_a_clear_problem_and_none_is_made(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "master.key"
    if content is not None:
        path.write_bytes(content)
    vault = Vault(FakeBlobs(), path)
    for act in (vault.check, lambda: vault.create_tenant(uuid4())):
        with pytest.raises(MasterKeyMissing) as missing:
            act()
        assert missing.value.status == 503
        assert str(path) in str(missing.value.__notes__)
        assert str(path) not in missing.value.detail
    assert path.exists() == (content is not None)


def test_no_key_lies_in_the_store_in_the_clear(master: Path) -> None:
    blobs = FakeBlobs()
    vault, tenant = house(blobs, master)
    secret = vault.new_data_key(tenant, uuid4()).secret
    stored = b"".join(data for data, _ in blobs.objects.values())
    assert len(blobs.objects) == 3  # the tenant's, the signing key, the data key
    assert secret not in stored
    assert master.read_bytes()[-65:-1] not in stored


def test_another_process_opens_the_key_that_was_made(master: Path, tmp_path: Path) -> None:
    vault, tenant = house(FilesystemBlobs(tmp_path / "blobs"), master)
    made = vault.new_data_key(tenant, uuid4())
    other = Vault(FilesystemBlobs(tmp_path / "blobs"), master)
    assert other.data_key(tenant, made.id) == made
    assert other.public_keys(tenant) == vault.public_keys(tenant)


def test_a_key_is_not_shown_in_a_log(master: Path) -> None:
    vault, tenant = house(FakeBlobs(), master)
    made = vault.new_data_key(tenant, uuid4())
    assert repr(made.secret) not in repr(made)
    assert made.secret.hex() not in repr(made)


def test_several_hosts_that_create_the_same_tenant_get_the_same_keys(master: Path, tmp_path: Path) -> None:
    tenant, key_id = uuid4(), uuid4()

    def host(_: int) -> tuple[DataKey, str]:
        vault = Vault(FilesystemBlobs(tmp_path / "blobs"), master)
        vault.create_tenant(tenant)
        return vault.new_data_key(tenant, key_id), vault.public_keys(tenant)[0].public_key

    with ThreadPoolExecutor(12) as pool:
        assert len(set(pool.map(host, range(12)))) == 1


def test_asking_again_for_a_key_gives_the_one_that_is_there(master: Path) -> None:
    vault, tenant = house(FakeBlobs(), master)
    key_id = uuid4()
    assert vault.new_data_key(tenant, key_id) == vault.new_data_key(tenant, key_id)


def test_a_fresh_key_lies_nowhere_until_it_is_kept_and_never_takes_the_place_of_another(master: Path) -> None:
    blobs = FakeBlobs()
    vault, tenant = house(blobs, master)
    before, key_id = len(blobs.objects), uuid4()
    fresh, late = vault.fresh_data_key(tenant, key_id), vault.fresh_data_key(tenant, key_id)
    assert len(blobs.objects) == before
    vault.keep_data_key(fresh)
    assert Vault(blobs, master).data_key(tenant, key_id) == fresh
    with pytest.raises(KeyTaken):
        vault.keep_data_key(late)
    assert Vault(blobs, master).data_key(tenant, key_id) == fresh


def test_a_destroyed_key_is_gone_here_at_once_and_elsewhere_after_the_cache_time(master: Path) -> None:
    blobs, now = FakeBlobs(), [0.0]
    vault, tenant = house(blobs, master)
    other = Vault(blobs, master, clock=lambda: now[0])
    key_id = vault.new_data_key(tenant, uuid4()).id
    other.data_key(tenant, key_id)
    vault.destroy_data_key(tenant, key_id)
    vault.destroy_data_key(tenant, key_id)
    with pytest.raises(KeyDestroyed) as gone:
        vault.data_key(tenant, key_id)
    assert gone.value.status == 410
    now[0] = CACHE_SECONDS - 1
    other.data_key(tenant, key_id)
    now[0] = CACHE_SECONDS
    with pytest.raises(KeyDestroyed):
        other.data_key(tenant, key_id)
    assert blob_key(tenant, BlobClass.KEYS, key_id) not in blobs.objects


def test_a_key_made_anew_elsewhere_is_taken_instead_of_the_one_held(master: Path) -> None:
    blobs = FakeBlobs()
    vault, tenant = house(blobs, master)
    other = Vault(blobs, master)
    old = other.new_data_key(tenant, uuid4())
    vault.destroy_data_key(tenant, old.id)
    new = vault.new_data_key(tenant, old.id)
    assert new != old
    assert other.new_data_key(tenant, old.id) == new


def test_the_tenants_own_keys_cannot_be_destroyed_or_taken_for_data_keys(master: Path) -> None:
    blobs = FakeBlobs()
    vault, tenant = house(blobs, master)
    for key_id in (tenant, signing_key_id(tenant)):
        for act in (vault.destroy_data_key, vault.new_data_key):
            with pytest.raises(ValueError, match="own keys"):
                act(tenant, key_id)
        with pytest.raises(Damaged):
            Vault(blobs, master).data_key(tenant, signing_key_id(tenant))


def test_a_wrapped_key_moved_to_another_tenant_or_id_is_refused(master: Path) -> None:
    blobs = FakeBlobs()
    vault, tenant = house(blobs, master)
    _, other = house(blobs, master)
    made = vault.new_data_key(tenant, uuid4())
    wrapped = blobs.objects[blob_key(tenant, BlobClass.KEYS, made.id)]
    fresh = uuid4()
    blobs.objects[blob_key(tenant, BlobClass.KEYS, fresh)] = wrapped
    blobs.objects[blob_key(other, BlobClass.KEYS, made.id)] = wrapped
    for where in ((tenant, fresh), (other, made.id)):
        with pytest.raises(Damaged):
            vault.data_key(*where)


def test_another_master_key_is_named_as_the_trouble(master: Path, tmp_path: Path) -> None:
    blobs = FakeBlobs()
    _, tenant = house(blobs, master)
    create_master_key(tmp_path / "other.key")
    with pytest.raises(TenantKeyUnusable):
        Vault(blobs, tmp_path / "other.key").new_data_key(tenant, uuid4())
    with pytest.raises(TenantKeyUnusable):
        Vault(blobs, master).new_data_key(uuid4(), uuid4())


def test_the_cache_holds_a_thousand_keys_at_most() -> None:
    cache, tenant = KeyCache(10), uuid4()
    ids = [uuid4() for _ in range(1100)]
    for key_id in ids:
        cache.put(tenant, key_id, b"x")
    assert sum(cache.get(tenant, key_id) is not None for key_id in ids) == 1024
    assert cache.get(tenant, ids[-1]) == b"x"
