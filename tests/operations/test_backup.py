"""What docs/how-to/back-up-and-restore.md tells operators to type brings a lost house back."""

import hashlib
import json
from pathlib import Path

from eakte.demo.scans import tiny_pages
from tests.homes import discard
from tests.journeys.conftest import Office
from tests.operations.typing_along import Operator, blocks
from tests.service import Service, until

PAGE = "back-up-and-restore.md"


def nothing_waits(service: Service) -> bool:
    jobs = json.loads(service.order("status", "--json"))["jobs"]
    return not (jobs["waiting"] or jobs["running"])


def test_a_house_that_was_lost_comes_back_with_every_byte_and_keeps_what_the_dump_does_not_know(
    operator: Operator, tmp_path: Path
) -> None:
    service = operator.service
    service.run("tenant", "create", "musterkreis", "--title", "Jobcenter Musterkreis")
    key = service.key("musterkreis", "clerk")
    scan = tiny_pages(tmp_path, [], 1)[0].read_bytes()
    with service.client(key) as clerk:
        office = Office(service, "musterkreis", clerk)
        handed_in = [office.settled(office.hand_in(scan + bytes([n]), f"scan{n}.pdf")["id"])["id"] for n in range(2)]
        until(lambda: nothing_waits(service), 60, service.log)  # the second is found to be the first once more
        before = [clerk.get(f"/v1/documents/{id_}").json() for id_ in handed_in]
        dump, rest = blocks(PAGE, "Private cluster")[0].split("tar -C", 1)
        operator.type(dump)
        later = office.hand_in(b"nach dem Dump", "spaet.txt")
        operator.type(f"tar -C{rest}")
    service.stop()
    (operator.folder / "var").rename(operator.folder / "lost")

    fresh, only_database, refill, serve, look = blocks(PAGE, "Restore")
    operator.type(fresh)
    with operator.leaving_open(only_database, "the database is ready"):
        told = operator.type(refill)
    assert " 0 not as noted; 1 originals that the database does not know" in told
    with operator.leaving_open(serve, "eakte is ready"), service.client(key) as clerk:
        assert "FEHLER" not in operator.type(look)
        for n, document in enumerate(before):
            again = clerk.get(f"/v1/documents/{document['id']}")
            assert again.json() == document
            original = clerk.get(f"/v1/documents/{document['id']}/renditions/original").content
            assert hashlib.sha256(original).digest() == hashlib.sha256(scan + bytes([n])).digest()
        assert len(clerk.get("/v1/search", params={"q": "Miete"}).json()["hits"]) == 2
        assert clerk.get(f"/v1/documents/{later['id']}").status_code == 404
    discard(operator.folder / "lost")
