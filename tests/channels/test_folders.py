"""A watched folder: what is whole is taken once, what is half written never, what is no file is not followed."""

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from uuid_utils.compat import uuid7

from eakte.channels.acts import note_look, states
from eakte.channels.jobs import Poll
from eakte.channels.model import ChannelKeyUnusable, FolderUnusable
from eakte.channels.tables import channel_sources, collected_messages
from eakte.errors import Problem
from tests.channels.house import House
from tests.scanning.centre import Centre


def manifest(files: dict[str, bytes], **changed: Any) -> bytes:
    listed = [{"name": n, "sha256": hashlib.sha256(data).hexdigest(), "pages": 1} for n, data in files.items()]
    head = {"reference": "S-1", "profile": "simplex", "operator": "m", "expected_sheets": len(files)}
    return json.dumps(head | {"files": listed} | changed).encode()


def laid(folder: Path, files: dict[str, bytes], said: bytes | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    if said is not None:
        (folder / "manifest.json").write_bytes(said)
    return folder


def test_a_delivery_is_taken_when_all_that_its_manifest_names_is_there_and_not_before(
    house: House, scans: dict[str, bytes]
) -> None:
    watched, batch = house.watched(), laid(house.incoming / "mappe", {}, manifest(scans))
    (last, data), *others = reversed(scans.items())
    laid(batch, dict(others))
    watched.look()
    (batch / last).write_bytes(data[: len(data) // 2])
    house.clock.pass_by(3600)
    watched.look()
    assert (house.set_aside(), house.centre.count("batches")) == ({"waiting": ["mappe"]}, 0)
    (batch / last).write_bytes(data)
    watched.look()
    assert house.set_aside() == {"done": ["S-1"]}
    said = house.result("done")
    assert (said["failed"], said["files"], said["receipts"]["delivery"]["reference"]) == (False, 3, "S-1")
    assert "3 Dateien übernommen" in (house.incoming / "done" / "S-1" / "ergebnis.txt").read_text()
    house.centre.work()
    assert house.centre.batch(said["batch"])["state"] == "reconciled"


def test_without_a_manifest_a_folder_is_taken_after_the_quiet_time_under_its_own_name(
    house: House, scans: dict[str, bytes]
) -> None:
    watched = house.watched(profile="simplex", operator="annahme")
    batch = laid(house.incoming / "mappe-7", scans)
    watched.look()
    house.clock.pass_by(59)
    watched.look()
    (batch / "noch.tif").write_bytes(scans[min(scans)])
    house.clock.pass_by(59)
    watched.look()
    house.clock.pass_by(59)
    watched.look()
    assert house.set_aside() == {"waiting": ["mappe-7"]}
    house.clock.pass_by(1)
    watched.look()
    said = house.result("done", "mappe-7")
    found = house.centre.batch(said["batch"])
    assert (found["reference"], found["operator"], found["items"], found["expected_sheets"]) == (
        "mappe-7", "annahme", 4, 4,
    )  # fmt: skip


def test_a_file_that_a_client_still_names_as_unfinished_holds_up_a_delivery_without_manifest(house: House) -> None:
    watched = house.watched(profile="simplex", operator="annahme")
    laid(house.incoming / "mappe", {"a.tif": b"II*\0 a", "b.tif.part": b"II*\0"})
    watched.look()
    house.clock.pass_by(3600)
    watched.look()
    assert house.set_aside() == {"waiting": ["mappe"]}


def test_a_delivery_without_manifest_fails_after_long_patience_where_none_can_be_made_up(house: House) -> None:
    watched = house.watched()
    laid(house.incoming / "mappe", {"a.tif": b"II*\0 a"})
    (house.incoming / "einzeln.pdf").write_bytes(b"%PDF-1.4")
    watched.look()
    house.clock.pass_by(watched.source.patience_seconds)
    watched.look()
    assert house.set_aside() == {"failed": ["einzeln.pdf", "mappe"]}
    assert house.result("failed", "mappe")["problem"]["code"] == "channel-manifest-missing"
    assert house.result("failed", "einzeln.pdf")["problem"]["code"] == "delivery-invalid"
    assert (house.incoming / "failed" / "mappe" / "lieferung" / "a.tif").read_bytes() == b"II*\0 a"


def test_links_pipes_and_paths_are_refused_and_never_followed(house: House, scans: dict[str, bytes]) -> None:
    secret = house.incoming.parent / "geheim.tif"
    secret.write_bytes(b"II*\0 geheim")
    named = scans | {"../../geheim.tif": secret.read_bytes(), "link.tif": secret.read_bytes(), "rohr.tif": b"x"}
    watched, batch = house.watched(), laid(house.incoming / "mappe", scans, manifest(named))
    (batch / "link.tif").symlink_to(secret)
    (batch / "ordner").mkdir()
    os.mkfifo(batch / "rohr.tif")
    watched.look()
    house.clock.pass_by(watched.source.patience_seconds)
    watched.look()
    said = house.result("failed")
    assert {each["name"]: each["code"] for each in said["refusals"]} == {
        "../../geheim.tif": "channel-file-unusable",
        "link.tif": "channel-file-unusable",
        "rohr.tif": "channel-file-unusable",
        "ordner": "not-in-manifest",
    }
    assert (said["files"], secret.exists()) == (3, True)


def test_a_link_in_place_of_a_delivery_or_of_our_own_folders_is_not_followed(house: House, tmp_path: Path) -> None:
    other = laid(tmp_path / "andere", {"a.tif": b"II*\0"}, manifest({"a.tif": b"II*\0"}))
    (house.incoming / "mappe").symlink_to(other)
    watched = house.watched()
    watched.look()
    house.clock.pass_by(watched.source.patience_seconds)
    watched.look()
    assert (house.result("failed", "mappe")["problem"]["code"], house.centre.count("batches")) == (
        "delivery-invalid",
        0,
    )
    (house.incoming / "done").rmdir()
    (house.incoming / "done").symlink_to(other)
    with pytest.raises(FolderUnusable):
        watched.look()
    assert sorted(path.name for path in other.iterdir()) == ["a.tif", "manifest.json"]


def test_a_manifest_that_lies_is_answered_in_the_ledger_and_what_is_right_is_taken(
    house: House, scans: dict[str, bytes]
) -> None:
    lied = json.loads(manifest(scans))
    lied["files"][0]["sha256"] = "0" * 64
    lied["files"].append({"name": "fehlt.tif", "sha256": "1" * 64, "pages": 1})
    watched = house.watched()
    laid(house.incoming / "mappe", scans | {"zu viel.tif": b"II*\0"}, json.dumps(lied).encode())
    watched.look()
    assert house.set_aside() == {"waiting": ["mappe"]}
    house.clock.pass_by(watched.source.patience_seconds)
    watched.look()
    said = house.result("failed")
    assert {each["code"] for each in said["refusals"]} == {"sha256-differs", "not-in-manifest"}
    assert (said["files"], said["state"]) == (2, "complete")
    assert any("fehlt.tif" in sentence for sentence in said["differences"])


def test_a_zip_is_taken_when_it_is_quiet_and_whole(house: House, scans: dict[str, bytes]) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in (scans | {"manifest.json": manifest(scans)}).items():
            archive.writestr(name, data)
    watched, file = house.watched(), house.incoming / "lieferung.zip"
    file.write_bytes(made.getvalue()[:-100])
    watched.look()
    house.clock.pass_by(600)
    watched.look()
    assert house.set_aside() == {"waiting": ["lieferung.zip"]}
    file.write_bytes(made.getvalue())
    watched.look()
    house.clock.pass_by(60)
    watched.look()
    assert (house.set_aside(), house.result("done")["files"]) == ({"done": ["S-1"]}, 3)


class Crash(BaseException):
    """The process ends here."""


def dying_after(times: int) -> Callable[[], UUID]:
    left = iter(range(times))

    def new_id() -> UUID:
        if next(left, None) is None:
            raise Crash
        return uuid7()

    return new_id


def test_a_crash_anywhere_makes_nothing_twice_and_leaves_nothing_behind(house: House, scans: dict[str, bytes]) -> None:
    laid(house.incoming / "mappe", scans, manifest(scans))
    crashes = 0
    while crashes < 100:
        try:
            house.watched(new_id=dying_after(crashes)).look()
            break
        except Crash:
            crashes += 1
    assert crashes > 5
    assert house.set_aside() == {"done": ["S-1"]}
    counts = {table: house.centre.count(table) for table in ("batches", "batch_items", "received_files")}
    assert counts == {"batches": 1, "batch_items": 3, "received_files": 3}


def test_the_same_delivery_again_is_done_again_and_enters_nothing(house: House, scans: dict[str, bytes]) -> None:
    for _ in range(2):
        laid(house.incoming / "mappe", scans, manifest(scans))
        house.watched().look()
    assert (house.set_aside(), house.centre.count("received_files")) == ({"done": ["S-1", "S-1 (2)"]}, 3)


def test_another_delivery_of_a_reference_that_is_taken_fails_with_its_reason(house: House) -> None:
    for content in (b"II*\0 a", b"II*\0 b"):
        files = {"a.tif": content}
        laid(house.incoming / "mappe", files, manifest(files, operator=content.decode()[-1]))
        house.watched().look()
    assert house.result("failed", "mappe")["problem"]["code"] == "batch-reference-taken"


def test_a_source_that_nobody_looks_into_any_more_or_of_no_tenant_is_told(house: House) -> None:
    watched = house.watched()
    house.clock.pass_by(-3590)
    Poll(watched.source, watched, house.desk)()
    assert states(house.desk.database, [watched.source]) == {"zentrum": None}
    with house.desk.database.unit(house.centre.tenant) as unit:
        unit.run(text("UPDATE channel_sources SET looked_at = looked_at - interval '20 seconds'"))
    unknown = replace(watched.source, name="anderes", tenant="gibt-es-nicht")
    assert states(house.desk.database, [watched.source, unknown]) == {
        "zentrum": "channel-unwatched", "anderes": "channel-tenant-unknown",
    }  # fmt: skip


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_the_key_of_another_tenant_opens_no_door(house: House, tmp_path: Path) -> None:
    other = Centre(house.url, made(tmp_path / "other"), house.centre.pipeline)
    laid(house.incoming / "mappe", {"a.tif": b"II*\0 a"}, manifest({"a.tif": b"II*\0 a"}))
    house.source.key_file.write_text(other.scanner)
    with pytest.raises(ChannelKeyUnusable):
        house.watched().look()
    assert (house.set_aside(), other.count("batches"), house.centre.count("batches")) == ({"waiting": ["mappe"]}, 0, 0)
    other.close()


def test_sources_of_one_name_in_two_tenants_know_nothing_of_each_other(house: House, tmp_path: Path) -> None:
    other = Centre(house.url, made(tmp_path / "other"), house.centre.pipeline)
    with house.desk.database.unit(other.tenant) as unit:
        note_look(unit, house.clock(), "zentrum", "broken")
    theirs = replace(house.source, tenant=f"t-{other.tenant}", name="zentrum")
    assert states(house.desk.database, [house.source]) == {"zentrum": "unknown"}
    assert states(house.desk.database, [theirs]) == {"zentrum": "broken"}
    with house.desk.database.look(house.centre.tenant) as unit:
        assert unit.all(select(channel_sources)) == unit.all(select(collected_messages)) == []
    other.close()


def test_only_one_process_looks_and_a_failing_source_is_named_and_given_rest(house: House) -> None:
    watched = house.watched()
    poll, other = (Poll(watched.source, watched, house.desk) for _ in range(2))
    with house.desk.database.alone(f"channel {watched.source.tenant} zentrum") as mine:
        assert mine is not None
        poll()
    assert states(house.desk.database, [watched.source]) == {"zentrum": "unknown"}
    poll()
    assert states(house.desk.database, [watched.source]) == {"zentrum": None}
    house.source.key_file.write_text("kein Schlüssel")
    with pytest.raises(ChannelKeyUnusable):
        other()
    assert states(house.desk.database, [watched.source]) == {"zentrum": "channel-key-unusable"}
    other()  # too early
    house.clock.pass_by(10)
    with pytest.raises(Problem):
        other()
