"""A share of each batch is drawn, by nobody's choice, and checked by people who neither scanned nor handed it in."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eakte.documents import acts as documents
from eakte.scanning.sampling import drawn, size
from eakte.scanning.seal import TenantSeal
from tests.scanning.proof import OLD_TASKS, House

IDS = st.lists(st.uuids(), unique=True, max_size=60)
SHARES = st.floats(0.001, 1.0)


@given(st.uuids(), IDS, SHARES)
def test_the_draw_is_of_the_share_rounded_up_and_always_the_same(batch: UUID, ids: list[UUID], share: float) -> None:
    found = drawn(batch, ids, share)
    assert len(found) == len(set(found)) == size(len(ids), share)
    assert set(found) <= set(ids)
    assert drawn(batch, reversed(ids), share) == found


@given(st.integers(0, 100_000), SHARES)
def test_the_sample_is_never_smaller_than_the_share_nor_empty_nor_larger_by_one(documents: int, share: float) -> None:
    found = size(documents, share)
    assert found >= min(documents, 1)
    assert documents * share - 1e-6 <= found <= max(min(documents, 1), documents * share + 1)


@given(st.uuids(), IDS, st.uuids(), SHARES)
def test_a_document_more_pushes_at_most_one_out_of_the_sample(
    batch: UUID, ids: list[UUID], new: UUID, share: float
) -> None:
    before, after = set(drawn(batch, ids, share)), set(drawn(batch, [*ids, new], share))
    assert len(before - after) <= 1


def state(client: httpx.Client, batch: str) -> tuple[str | None, int]:
    found = client.get(f"/v1/batches/{batch}/quality").json()
    return found["state"], len(found["items"])


def test_a_sample_is_drawn_when_the_batch_is_read_and_passes_with_its_last_check(
    house: House, pages: list[bytes]
) -> None:
    house.share = 0.5
    clerk = house.as_key(house.key("clerk"))
    batch = house.announce(3)
    for number, page in enumerate(pages[:3]):
        house.send(batch, f"{number}.tif", page)
    assert state(clerk, batch) == (None, 0)
    early = clerk.post(f"/v1/batches/{batch}/quality/{house.documents(batch)[0]}", json={"result": "passed"})
    assert (early.status_code, early.json()["code"]) == (409, "sample-not-drawn")
    house.complete(batch)
    house.work()
    assert state(clerk, batch) == ("open", 2)
    first, second = (each["document"] for each in clerk.get(f"/v1/batches/{batch}/quality").json()["items"])
    half = clerk.post(f"/v1/batches/{batch}/quality/{first}", json={"result": "passed"}).json()
    assert half["state"] == "open"
    whole = clerk.post(f"/v1/batches/{batch}/quality/{second}", json={"result": "passed"}).json()
    assert (whole["state"], {each["result"] for each in whole["items"]}) == ("passed", {"passed"})
    assert all("resolution" not in finding for each in whole["items"] for finding in each["findings"])
    assert any("statt 300 dpi" in finding for each in whole["items"] for finding in each["findings"])


def test_a_failed_document_fails_the_batch_until_it_is_mended_and_checked_again(
    house: House, pages: list[bytes]
) -> None:
    batch = house.delivered(pages[0])
    clerk = house.as_key(house.key("clerk"))
    document = house.documents(batch)[0]
    assert house.checked(clerk, batch, "failed", "unscharf") == "failed"
    assert house.checked(clerk, batch) == "passed"
    results = [each["result"] for each in clerk.get(f"/v1/batches/{batch}/quality").json()["items"][0]["checks"]]
    assert results == ["failed", "passed"]
    assert house.documents(batch) == [document]


def test_a_failed_check_needs_a_remark(house: House, pages: list[bytes]) -> None:
    batch = house.delivered(pages[0])
    address = f"/v1/batches/{batch}/quality/{house.documents(batch)[0]}"
    clerk = house.as_key(house.key("clerk"))
    for remark in (None, "", "  "):
        assert clerk.post(address, json={"result": "failed", "remark": remark}).status_code == 422
    assert clerk.post(address, json={"result": "gut"}).status_code == 422


def test_a_document_that_somebody_doubts_joins_the_sample(house: House, pages: list[bytes]) -> None:
    batch = house.delivered(*pages[:3])
    clerk = house.as_key(house.key("clerk"))
    sampled = {each["document"] for each in clerk.get(f"/v1/batches/{batch}/quality").json()["items"]}
    other = next(each for each in house.documents(batch) if each not in sampled)
    assert len(sampled) == 1
    said = clerk.post(f"/v1/batches/{batch}/quality/{other}", json={"result": "failed", "remark": "Kopie"}).json()
    assert (said["state"], len(said["items"])) == ("failed", 2)


def test_who_scanned_or_handed_in_does_not_check(house: House, pages: list[bytes]) -> None:
    operator, checker = house.person("o.perator", "mailroom"), house.person("p.ruefer", "mailroom")
    sender = house.person("e.inliefernde", "mailroom", "scanner")
    house.client = sender
    batch = house.delivered(pages[0], operator="O.Perator")
    address = f"/v1/batches/{batch}/quality/{house.documents(batch)[0]}"
    for client in (operator, sender):
        answer = client.post(address, json={"result": "passed"})
        assert (answer.status_code, answer.json()["code"]) == (403, "four-eyes")
        assert answer.json()["remedy"]
    assert checker.post(address, json={"result": "passed"}).json()["state"] == "passed"


@pytest.mark.parametrize(("role", "status"), [("scanner", 404), ("administrator", 404), ("reader", 403)])
def test_only_mailroom_and_clerks_check(house: House, pages: list[bytes], role: str, status: int) -> None:
    batch = house.delivered(pages[0])
    address = f"/v1/batches/{batch}/quality/{house.documents(batch)[0]}"
    assert house.as_key(house.key(role)).post(address, json={"result": "passed"}).status_code == status


def test_a_document_of_another_batch_is_not_checked_here(house: House, pages: list[bytes]) -> None:
    one, other = house.delivered(pages[0]), house.delivered(pages[1], reference="S-2")
    clerk = house.as_key(house.key("clerk"))
    answer = clerk.post(f"/v1/batches/{one}/quality/{house.documents(other)[0]}", json={"result": "passed"})
    assert answer.status_code == 404


def test_a_batch_that_grows_after_its_check_is_open_again(house: House, pages: list[bytes]) -> None:
    """What is drawn stays drawn; of what came later the share is drawn too."""
    house.share = 1.0
    clerk = house.as_key(house.key("clerk"))
    batch = house.announce(2)
    house.send(batch, "1.tif", pages[0])
    house.complete(batch)
    house.work()
    assert house.checked(clerk, batch) == "passed"
    house.client.post(f"/v1/batches/{batch}/reopen")
    house.send(batch, "2.tif", pages[1])
    house.complete(batch)
    house.work()
    assert state(clerk, batch) == ("open", 2)


def test_a_sample_that_a_job_left_undrawn_is_drawn_by_the_sweep(house: House, pages: list[bytes]) -> None:
    batch = house.announce(1)
    house.send(batch, "1.tif", pages[0])
    house.complete(batch)
    while job := house.take(*OLD_TASKS):
        house.run(*job)
    clerk = house.as_key(house.key("clerk"))
    assert state(clerk, batch) == (None, 0)
    house.transfers.catch_up(house.tenant)
    assert state(clerk, batch) == ("open", 1)
    assert len(house.notes(house.documents(batch)[0])) == 1


def test_a_second_draw_that_a_job_left_undone_is_made_by_the_sweep_and_noted(house: House, pages: list[bytes]) -> None:
    house.share = 1.0
    clerk = house.as_key(house.key("clerk"))
    batch = house.delivered(pages[0], operator="o.perator")
    assert house.checked(clerk, batch) == "passed"
    house.client.post(f"/v1/batches/{batch}/reopen")
    house.send(batch, "2.tif", pages[1])
    house.complete(batch)
    leave_to_the_sweep(house)
    assert state(clerk, batch) == ("passed", 1)
    for _ in range(2):
        house.transfers.catch_up(house.tenant)
        assert state(clerk, batch) == ("open", 2)
    house.work()
    assert [house.notes(each)[-1]["quality"]["sample"]["documents"] for each in house.documents(batch)] == [2, 2]


def test_what_follows_a_withdrawal_and_was_left_undone_is_made_by_the_sweep(house: House, pages: list[bytes]) -> None:
    clerk = house.as_key(house.key("clerk"))
    batch = house.delivered(*pages[:2], operator="o.perator")
    house.checked(clerk, batch, "failed", "unscharf")
    (drawn,) = [each["document"] for each in clerk.get(f"/v1/batches/{batch}/quality").json()["items"]]
    with house.database.unit(house.tenant) as unit:
        documents.withdraw(unit, house.moment(), documents.find(unit, UUID(drawn), lock=True), "doppelt")
    leave_to_the_sweep(house)
    assert state(clerk, batch) == ("failed", 0)
    for _ in range(2):
        house.transfers.catch_up(house.tenant)
        assert state(clerk, batch) == ("open", 1)


def test_notes_that_could_not_be_sealed_are_made_by_the_sweep_and_one_batch_holds_up_no_other(
    house: House, pages: list[bytes]
) -> None:
    sealing = TenantSeal(house.vault)

    class Broken:
        level = "advanced"
        refused: str | None = None

        def sealed(self, tenant: UUID, said: Mapping[str, Any]) -> dict[str, Any]:
            if self.refused in {None, said["batch"]["id"]}:
                raise RuntimeError("the seal is broken")
            return sealing.sealed(tenant, said)

    house.other_seal = broken = Broken()
    batches = []
    for number in (1, 2):
        batches.append(batch := house.announce(1, reference=f"S-{number}"))
        house.send(batch, "1.tif", pages[number])
        house.complete(batch)
        leave_to_the_sweep(house)
        with pytest.raises(RuntimeError):
            house.transfers.draw_sample(house.tenant, UUID(batch))
    broken.refused = batches[0]
    with pytest.raises(RuntimeError):
        house.transfers.catch_up(house.tenant)
    assert [len(house.notes(house.documents(batch)[0])) for batch in batches] == [0, 1]
    house.other_seal = None
    house.transfers.catch_up(house.tenant)
    assert [len(house.notes(house.documents(batch)[0])) for batch in batches] == [1, 1]


def leave_to_the_sweep(house: House) -> None:
    """All is read and settled; jobs of notes and samples are taken and given up."""
    while job := house.take():
        if job[0] in OLD_TASKS:
            house.run(*job)


@pytest.mark.parametrize("before", [None, "failed"])
def test_a_withdrawn_document_leaves_the_sample_and_another_is_drawn(
    house: House, pages: list[bytes], before: str | None
) -> None:
    batch = house.delivered(*pages[:2], operator="o.perator")
    clerk = house.as_key(house.key("clerk"))
    if before is not None:
        house.checked(clerk, batch, before, "unscharf")
    (drawn,) = [each["document"] for each in clerk.get(f"/v1/batches/{batch}/quality").json()["items"]]
    with house.database.unit(house.tenant) as unit:
        documents.withdraw(unit, house.moment(), documents.find(unit, UUID(drawn), lock=True), "doppelt")
    house.work()
    found = clerk.get(f"/v1/batches/{batch}/quality").json()
    (other,) = [document for document in house.documents(batch) if document != drawn]
    assert (found["state"], found["documents"], [each["document"] for each in found["items"]]) == ("open", 1, [other])
    assert house.checked(clerk, batch) == "passed"


def test_a_batch_without_documents_is_never_passed(house: House, pages: list[bytes]) -> None:
    batch = house.delivered(pages[0], operator="o.perator")
    clerk = house.as_key(house.key("clerk"))
    assert house.checked(clerk, batch) == "passed"
    with house.database.unit(house.tenant) as unit:
        only = documents.find(unit, UUID(house.documents(batch)[0]), lock=True)
        documents.withdraw(unit, house.moment(), only, "doppelt")
    house.work()
    assert clerk.get(f"/v1/batches/{batch}/quality").json()["state"] == "open"
