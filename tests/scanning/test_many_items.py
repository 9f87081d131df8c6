"""A batch of 5,000 files: whoever looks at it, and whoever settles it, need no longer for that."""

import json
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import text

from tests.scanning.centre import Centre

PDF = b"%PDF-1.7\n%%EOF\n"
FILES = 5000
SECONDS = 10.0
"""For one look, on a busy machine."""

# The first item was really sent; all others are copies of its rows.
_COPIES = """
    CREATE TEMPORARY TABLE copies ON COMMIT DROP AS
        SELECT n, gen_random_uuid() AS file, gen_random_uuid() AS document FROM generate_series(2, :files) n;
    INSERT INTO received_files (tenant, id, blob, name, media_type, sha256, bytes, channel, sender, received_at,
            receipt)
        SELECT r.tenant, c.file, r.blob, r.name, r.media_type, r.sha256, r.bytes, r.channel, r.sender, r.received_at,
            r.receipt FROM copies c, received_files r;
    INSERT INTO documents (tenant, id, received_file, title, receipt_date, received_at, handed_in_by, priority, scope,
            place, reading_state, version, revision, stamp, indexed_stamp)
        SELECT d.tenant, c.document, c.file, d.title, d.receipt_date, d.received_at, d.handed_in_by, d.priority,
            d.scope, d.place, d.reading_state, d.version, d.revision, d.stamp, d.indexed_stamp
        FROM copies c, documents d;
    INSERT INTO batch_items (tenant, id, batch, name, sha256, bytes, pages, dropped_blank, received_file, document,
            received_at)
        SELECT i.tenant, gen_random_uuid(), i.batch, c.n || '.pdf', i.sha256, i.bytes, i.pages, i.dropped_blank, c.file,
            c.document, i.received_at FROM copies c, batch_items i"""
_READ = """
    INSERT INTO received_pages (tenant, received_file, number, disposition, document, document_page)
        SELECT tenant, received_file, 1, 'stored', document, 1 FROM batch_items;
    UPDATE documents SET reading_state = 'done'"""


def test_a_batch_of_five_thousand_files_is_shown_and_settled_in_a_moment(centre: Centre) -> None:
    batch = centre.announce(FILES)
    centre.send(batch, "1.pdf", PDF)
    run(centre, _COPIES)
    assert quickly(lambda: centre.batch(batch))["items"] == FILES
    assert quickly(lambda: centre.complete(batch)).status_code == 202
    assert len(centre.receipt(batch, "delivery")["files"]) == FILES
    while centre.take():
        pass
    run(centre, _READ)
    quickly(lambda: centre.scanning.catch_up(centre.tenant))
    found = quickly(lambda: centre.batch(batch))
    assert (found["state"], found["ledger"]["stored"], found["ledger"]["difference"]) == ("reconciled", FILES, 0)
    assert quickly(lambda: centre.client.get("/v1/batches").json())["items"][0]["ledger"]["stored"] == FILES
    page = quickly(lambda: centre.client.get(f"/v1/batches/{batch}/items", params={"limit": 200}).json())
    assert len(page["items"]) == 200
    assert len(quickly(lambda: centre.receipt(batch, "reconciliation"))["files"]) == FILES
    document = UUID(page["items"][-1]["document"])
    quickly(lambda: centre.run("reconcile", document))
    assert centre.receipt(batch, "reconciliation")["number"] == 1


def quickly(act: Callable[[], Any]) -> Any:
    begun = time.monotonic()
    found = act()
    assert time.monotonic() - begun < SECONDS
    return found


def run(centre: Centre, statements: str) -> None:
    with centre.database.unit(centre.tenant) as unit:
        for statement in statements.split(";"):
            unit.run(text(statement), {"files": FILES} if ":files" in statement else None)


def test_a_manifest_of_a_large_batch_may_be_larger_than_other_bodies_but_not_endless(centre: Centre) -> None:
    batch = centre.announce(1)
    entry = {"sha256": "0" * 64, "pages": 1}
    large = [entry | {"name": f"{number:05}{'ä' * 250}.tif"} for number in range(5000)]
    assert len(json.dumps(large)) > 1 << 20
    answer = centre.complete(batch, large)
    assert answer.status_code == 202, answer.text
    assert len(answer.json()["differences"]) > 100
    endless = centre.client.post(f"/v1/batches/{batch}/complete", content=b" " * ((16 << 20) + 1))
    assert (endless.status_code, endless.json()["code"]) == (413, "body-too-large")
    wrong = centre.complete(batch, [{"name": "a.tif"}])
    assert wrong.status_code == 422
    assert "sha256" in wrong.json()["detail"]
