"""A worker with a file of sources, as operators run it: what lies in a folder or mailbox turns into documents."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.channels.test_folders import laid, manifest
from tests.channels.test_mails import Post
from tests.gate.files import infected_pdf
from tests.homes import discard, new_home
from tests.ocr_pipeline.sheets import TEXT, drawn
from tests.service import Service, running, until
from tests.services.clamd import EICAR

TENANT = "poststadt"


@dataclass
class Doors:
    """A running service that looks into a folder and a mailbox; a key of its clerk and of its scanning centre."""

    service: Service
    folder: Path
    post: Post
    clerk: httpx.Client
    centre: httpx.Client

    def ready(self) -> dict[str, Any]:
        found: dict[str, Any] = self.service.get("/health/ready").json()["parts"]
        return found

    def documents(self, number: int) -> dict[str, Any]:
        """So many, by title, once each was read or parked."""

        def look() -> Any:
            items = self.clerk.get("/v1/documents").json()["items"]
            settled = [each for each in items if each["reading"]["state"] in {"done", "failed"}]
            return len(items) == len(settled) == number and {each["title"]: each for each in items}

        found: dict[str, Any] = until(look, 90, self.service.log)
        return found


@pytest.fixture(scope="module")
def doors(imap: dict[str, str], clamd: dict[str, str]) -> Iterator[Doors]:
    place = new_home()
    (place / "incoming").mkdir()
    (place / "loose").mkdir()
    (place / "password").write_text(imap["IMAP_PASSWORD"])
    (place / "sources.toml").write_text(f"""
        [[folder]]
        name = "zentrum"
        tenant = "{TENANT}"
        path = "{place}/incoming"
        key_file = "{place}/key"

        [[folder]]
        name = "ohne-verzeichnis"
        tenant = "{TENANT}"
        path = "{place}/loose"
        key_file = "{place}/key"
        profile = "simplex"
        operator = "annahme"
        quiet_seconds = 1

        [[mailbox]]
        name = "poststelle"
        tenant = "{TENANT}"
        key_file = "{place}/key"
        host = "{imap["IMAP_HOST"]}"
        port = {imap["IMAPS_PORT"]}
        ca_file = "{imap["IMAP_CA_FILE"]}"
        user = "{imap["IMAP_USER"]}"
        password_file = "{place}/password"
    """)
    post = Post(imap)
    try:
        with running(CHANNELS_FILE=str(place / "sources.toml"), CLAMD=clamd["CLAMD"]) as service:
            assert doctor(service)["source zentrum"].startswith("gestört (channel-tenant-unknown)")
            service.order("tenant", "create", TENANT, "--title", "Jobcenter Poststadt")
            key = service.key(TENANT, "scanner")
            (place / "key").write_text(key)
            with service.client(service.key(TENANT, "clerk")) as clerk, service.client(key) as centre:
                yield Doors(service, place / "incoming", post, clerk, centre)
    finally:
        post.line.logout()
        discard(place)


def doctor(service: Service) -> dict[str, str]:
    """What it says is wrong."""
    lines = service.run("doctor", check=False).splitlines()
    wrong = (line.removeprefix("FEHLER").strip() for line in lines if line.startswith("FEHLER"))
    return {name: said for name, _, said in (line.partition(": ") for line in wrong)}


def up(doors: Doors) -> dict[str, float]:
    """The gauge of each source."""
    lines = doors.service.get("/metrics").text.splitlines()
    found = (line.rsplit(" ", 1) for line in lines if line.startswith("eakte_channel_up{"))
    return {labels: float(value) for labels, value in found}


def test_mails_and_folders_become_documents_that_pass_the_malware_gate_and_sources_are_seen_to_work(
    doors: Doors,
) -> None:
    """A mail and a batch of two, one of each infected: what is infected is parked, kept apart and never read."""
    doors.post.deliver("harmlos", drawn(TEXT))
    doors.post.deliver("befallen", EICAR)
    files = {"gut.pdf": drawn(TEXT), "befallen.pdf": infected_pdf()}
    laid(doors.folder / "mappe", files, manifest(files))
    found = doors.documents(5)
    until(lambda: doors.post.counts() == (0, 2, 0), 30, doors.service.log)
    infected = [each for each in found.values() if each["malware"]["state"] == "infected"]
    assert {each["reading"]["state"] for each in infected} == {"failed"}
    assert {each["title"] for each in infected} >= {"befallen.pdf"}
    assert (len(infected), sum(each["reading"]["state"] == "done" for each in found.values())) == (2, 3)
    for each in infected:
        kept = doors.clerk.get(f"/v1/documents/{each['id']}/renditions/original")
        assert (kept.status_code, kept.json()["code"]) == (403, "quarantined")
        for kind in ("archival", "reading", "text"):
            assert doors.clerk.get(f"/v1/documents/{each['id']}/renditions/{kind}").status_code == 404
    result = until(lambda: list(doors.folder.glob("done/S-1/ergebnis.json")), 30, doors.service.log)
    said = json.loads(result[0].read_text())
    batch = until(lambda: settled(doors, said["batch"]), 60, doors.service.log)
    assert (batch["ledger"]["stored"], batch["ledger"]["rejected"]) == (1, 1)
    assert doors.ready()["channels"] == "ok"
    assert not [name for name in doctor(doors.service) if name.startswith("source")]
    assert list(up(doors).values()) == [1, 1, 1]
    assert TENANT not in doors.service.get("/metrics").text


def test_pages_of_a_folder_without_manifest_are_counted_as_they_will_be_read(doors: Doors) -> None:
    place = doors.folder.parent / "loose"
    laid(place / "mappe-9", {"zwei.pdf": drawn(["eins"], ["zwei"]), "befallen.pdf": infected_pdf()})
    (result,) = until(lambda: list(place.glob("done/mappe-9/ergebnis.json")), 60, doors.service.log)
    batch = until(lambda: settled(doors, json.loads(result.read_text())["batch"]), 60, doors.service.log)
    assert (batch["state"], batch["expected_sheets"]) == ("reconciled", 3)
    assert (batch["ledger"]["stored"], batch["ledger"]["rejected"]) == (2, 1)


def test_what_is_set_aside_as_failed_is_counted_by_source(doors: Doors) -> None:
    """The second delivery bears the reference of the first with another operator."""
    files = {"a.tif": b"II*\0"}
    for operator, result in (("m", "done/S-7"), ("n", "failed/n")):
        laid(doors.folder / operator, files, manifest(files, reference="S-7", operator=operator))
        until((doors.folder / result / "ergebnis.json").exists, 60, doors.service.log)
    counted = 'eakte_channel_set_aside_total{kind="folder",source="zentrum"} 1.0'
    until(lambda: counted in doors.service.get("/metrics").text, 30, doors.service.log)


def settled(doors: Doors, batch: str) -> Any:
    found = doors.centre.get(f"/v1/batches/{batch}").json()
    return found["state"] in {"differs", "reconciled"} and found


def test_a_source_that_fails_is_named_by_readiness_doctor_and_metrics_and_counts_as_no_outage(doors: Doors) -> None:
    (doors.folder / "done").rename(doors.folder.parent / "weg")
    (doors.folder / "done").write_text("kein Ordner")
    until(lambda: doors.ready()["channels"] == "channel-failing", 60, doors.service.log)
    assert doors.service.get("/health/ready").status_code == 200
    told = doctor(doors.service)
    assert "channel-folder-unusable" in told["source zentrum"]
    assert "source poststelle" not in told
    assert sorted(up(doors).values()) == [0, 1, 1]
    (doors.folder / "done").unlink()
    (doors.folder.parent / "weg").rename(doors.folder / "done")
    until(lambda: doors.ready()["channels"] == "ok", 60, doors.service.log)
