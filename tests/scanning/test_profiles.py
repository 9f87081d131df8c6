"""Scan profiles are defined by one administrator and released by another; batches name profile and version."""

import pytest

from tests.scanning.proof import House

WANTED = {"name": "duplex", "sides": 2, "resolution": 400, "colour": "grey", "format": "pdf"}


def test_two_profiles_are_there_and_released_from_the_start(house: House) -> None:
    found = {each["name"]: each for each in house.client.get("/v1/scan-profiles").json()["items"]}
    assert {name: (each["version"], each["sides"]) for name, each in found.items()} == {
        "simplex": (1, 1), "duplex": (1, 2),
    }  # fmt: skip
    assert all(each["released"] and each["shipped"] for each in found.values())


def test_a_profile_serves_batches_only_once_somebody_else_has_released_it(house: House) -> None:
    first, second = (house.as_key(house.key("administrator")) for _ in range(2))
    defined = first.post("/v1/scan-profiles", json=WANTED)
    assert (defined.status_code, defined.json()["version"], defined.json()["released"]) == (201, 2, False)
    assert house.batch(house.announce(profile="duplex"))["profile_version"] == 1
    address = "/v1/scan-profiles/duplex/versions/2/releases"
    own = first.post(address)
    assert (own.status_code, own.json()["code"]) == (403, "four-eyes")
    assert second.post(address).json()["released"]
    assert second.post(address).status_code == 409
    assert house.batch(house.announce(profile="duplex", reference="S-2"))["profile_version"] == 2
    assert house.batch(house.announce(profile="duplex"))["profile_version"] == 1


def test_a_new_name_begins_with_version_one_and_is_unknown_until_its_release(house: House) -> None:
    first, second = (house.as_key(house.key("administrator")) for _ in range(2))
    assert first.post("/v1/scan-profiles", json=WANTED | {"name": "ausweise"}).json()["version"] == 1
    said = {"reference": "S-1", "profile": "ausweise", "operator": "m", "expected_sheets": 3}
    assert house.client.post("/v1/batches", json=said).json()["code"] == "unknown-profile"
    assert second.post("/v1/scan-profiles/ausweise/versions/1/releases").status_code == 201
    assert house.client.post("/v1/batches", json=said).status_code == 201


@pytest.mark.parametrize("role", ["clerk", "mailroom", "scanner", "auditor"])
def test_only_administrators_define_and_release(house: House, role: str) -> None:
    client = house.as_key(house.key(role))
    assert client.post("/v1/scan-profiles", json=WANTED).status_code == 403
    assert client.post("/v1/scan-profiles/duplex/versions/2/releases").status_code == 403


def test_an_unknown_version_is_not_found(house: House) -> None:
    administrator = house.as_key(house.key("administrator"))
    assert administrator.post("/v1/scan-profiles/duplex/versions/2/releases").status_code == 404
