"""What goes wrong with one delivery of a watched folder holds up no other, loses nothing, ends where people look."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from eakte.channels.model import FolderUnusable
from eakte.scanning.manifest import MOST_FILES
from tests.channels.house import House
from tests.channels.test_folders import Crash, dying_after, laid, manifest

FILES = {"a.tif": b"II*\0 a"}


def test_a_delivery_that_cannot_be_taken_is_given_up_at_the_fifth_try_and_holds_up_no_other(house: House) -> None:
    def fail(_path: Path) -> int:
        raise ArithmeticError

    house.desk = replace(house.desk, count=fail)
    watched = house.watched(profile="simplex", operator="annahme")
    laid(house.incoming / "ohne", FILES)
    watched.look()
    house.clock.pass_by(60)
    with pytest.raises(ArithmeticError):
        watched.look()
    laid(house.incoming / "mit", FILES, manifest(FILES))
    with pytest.raises(ArithmeticError):
        watched.look()
    assert house.set_aside() == {"taken": ["ohne"], "done": ["S-1"]}
    for _ in range(2):
        with pytest.raises(ArithmeticError):
            watched.look()
    watched.look()
    assert house.set_aside() == {"done": ["S-1"], "failed": ["ohne"]}
    assert house.result("failed", "ohne")["problem"]["code"] == "channel-delivery-given-up"


def test_what_was_put_in_place_of_a_folder_as_it_was_taken_fails_and_holds_up_no_other(
    house: House, tmp_path: Path
) -> None:
    secret = laid(tmp_path / "andere", FILES, manifest(FILES))
    watched = house.watched()
    watched.look()
    for name in ("a", "b"):
        (house.incoming / ".taken" / name).mkdir()
    (house.incoming / ".taken" / "a" / "lieferung").symlink_to(secret)
    laid(house.incoming / ".taken" / "b" / "lieferung", FILES, manifest(FILES))
    watched.look()
    assert house.set_aside() == {"done": ["S-1"], "failed": ["a"]}
    assert house.result("failed", "a")["problem"]["code"] == "channel-file-unusable"


def test_a_reference_longer_than_names_of_files_may_be_is_set_aside_all_the_same(house: House) -> None:
    laid(house.incoming / "mappe", FILES, manifest(FILES, reference="好" * 150))
    house.watched().look()
    assert house.set_aside() == {"done": ["好" * 66]}


def test_names_in_another_code_than_ours_are_told_apart_and_none_is_lost(house: House) -> None:
    """Old capture software writes Latin-1: its Müller and Möller are no UTF-8."""
    names = [b"M\xfcller.tif", b"M\xf6ller.tif", b"a\x01.tif", b"a\x02.tif"]
    laid(house.incoming / "mappe", {os.fsdecode(name): b"II*\0" + name for name in names})
    watched = house.watched(profile="simplex", operator="annahme")
    watched.look()
    house.clock.pass_by(60)
    watched.look()
    said = house.result("done", "mappe")
    assert (said["files"], {item["name"] for item in house.centre.items(said["batch"])}) == (
        4, {"Müller.tif", "Möller.tif", "a\ufffd.tif", "a\ufffd.tif (2)"},
    )  # fmt: skip


def test_what_failed_of_a_delivery_is_mended_by_delivering_it_again(house: House, scans: dict[str, bytes]) -> None:
    lied = json.loads(manifest(scans))
    lied["files"][0]["sha256"] = "0" * 64
    watched = house.watched()
    for said in (json.dumps(lied).encode(), manifest(scans), manifest(scans)):
        laid(house.incoming / "mappe", scans, said)
        watched.look()
        house.clock.pass_by(watched.source.patience_seconds)
        watched.look()
    assert house.set_aside() == {"failed": ["S-1"], "done": ["S-1", "S-1 (2)"]}
    mended = house.result("done")
    assert (mended["files"], mended["differences"], mended["refusals"]) == (3, [], [])
    assert (house.centre.count("batches"), house.centre.count("received_files")) == (1, 3)
    assert house.centre.count("batch_receipts") == 2, "the same again gives no further receipt"
    house.centre.work()
    assert house.centre.batch(mended["batch"])["state"] == "reconciled"


def test_what_is_done_goes_from_the_disk_after_some_days_and_what_failed_stays(house: House) -> None:
    laid(house.incoming / "gut", FILES, manifest(FILES))
    laid(house.incoming / "schlecht", FILES, manifest(FILES | {"fehlt.tif": b"x"}, reference="S-2"))
    laid(house.incoming / "done" / "von Hand", {"notiz.txt": b"nicht von uns"})
    watched = house.watched(keep_days=30)
    watched.look()
    house.clock.pass_by(watched.source.patience_seconds)
    watched.look()
    house.clock.pass_by(29 * 86_400)
    watched.look()
    everything = {"done": ["S-1", "von Hand"], "failed": ["S-2"]}
    assert house.set_aside() == everything
    house.clock.pass_by(86_400)
    house.watched(keep_days=0).look()
    assert house.set_aside() == everything
    link = house.incoming / "done" / "S-1" / "lieferung" / "hinaus"
    link.symlink_to(house.incoming / "failed")
    watched.look()
    assert house.set_aside() == {"done": ["von Hand"], "failed": ["S-2"]}
    assert (house.incoming / "failed" / "S-2" / "lieferung" / "a.tif").exists(), "no link is followed"
    assert house.centre.count("received_files") == 2


def test_a_disk_without_room_for_the_result_is_waited_for(house: House) -> None:
    """As on a full disk, nothing can be written beside the delivery; what was taken is not called failed."""
    laid(house.incoming / "mappe", FILES, manifest(FILES))
    watched = house.watched()
    watched.look()
    os.rename(house.incoming / "done" / "S-1", house.incoming / ".taken" / "mappe")
    result = house.incoming / ".taken" / "mappe" / "ergebnis.json"
    result.unlink()
    result.mkdir()
    for _ in range(6):
        with pytest.raises(FolderUnusable):
            watched.look()
    assert house.set_aside() == {"taken": ["mappe"]}
    result.rmdir()
    watched.look()
    assert (house.set_aside(), house.result("done")["failed"]) == ({"done": ["S-1"]}, False)


def test_a_folder_with_more_files_than_a_batch_may_have_fails_at_once_and_holds_up_no_other(house: House) -> None:
    laid(house.incoming / "voll", dict.fromkeys(map(str, range(MOST_FILES + 2)), b""))
    laid(house.incoming / "zuviel", dict.fromkeys(map(str, range(MOST_FILES + 1)), b""), manifest(FILES))
    laid(house.incoming / "mappe", FILES, manifest(FILES))
    watched = house.watched(profile="simplex", operator="annahme")
    watched.look()
    house.clock.pass_by(60)
    watched.look()
    assert house.set_aside() == {"done": ["S-1"], "failed": ["voll", "zuviel"]}
    for name in ("voll", "zuviel"):
        assert house.result("failed", name)["problem"]["code"] == "delivery-too-large"
    assert house.centre.count("batches") == 1


def test_who_comes_second_does_not_set_aside_what_was_delivered_meanwhile_under_the_same_name(house: House) -> None:
    """A worker whose lock was lost, and another that has it now."""
    laid(house.incoming / "mappe", FILES, manifest(FILES))

    def overtaken() -> UUID:
        if not (house.incoming / "done" / "S-1").exists():
            house.watched().look()
            laid(house.incoming / "mappe", {"b.tif": b"II*\0 b"}, manifest({"b.tif": b"II*\0 b"}, reference="S-2"))
            with pytest.raises(Crash):
                house.watched(new_id=dying_after(0)).look()
            assert house.set_aside() == {"done": ["S-1"], "taken": ["mappe"]}
        return uuid7()

    with pytest.raises(FolderUnusable):
        house.watched(new_id=overtaken).look()
    house.watched().look()
    assert house.set_aside() == {"done": ["S-1", "S-2"]}
    assert house.centre.count("received_files") == 2


def test_two_that_look_at_once_take_everything_once(house: House, scans: dict[str, bytes]) -> None:
    for number in range(4):
        laid(house.incoming / f"mappe {number}", scans, manifest(scans, reference=f"S-{number}"))

    def look(_: int) -> None:
        with suppress(FolderUnusable):
            house.watched().look()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(look, range(4)))
    house.watched().look()
    assert house.set_aside() == {"done": ["S-0", "S-1", "S-2", "S-3"]}
    assert (house.centre.count("batches"), house.centre.count("received_files")) == (4, 12)
    assert not any(house.result("done", f"S-{number}")["failed"] for number in range(4))


def test_a_manifest_with_half_a_character_is_refused_at_its_place(house: House) -> None:
    said = manifest(FILES).replace(b'"S-1"', b'"S-\\ud800"')
    laid(house.incoming / "mappe", FILES, said)
    watched = house.watched()
    watched.look()
    house.clock.pass_by(watched.source.patience_seconds)
    watched.look()
    problem = house.result("failed", "mappe")["problem"]
    assert (problem["code"], "reference" in problem["reason"]) == ("manifest-invalid", True)
