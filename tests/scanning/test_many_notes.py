"""Noting a batch anew costs each of its documents the same, however many there are."""

import time
from uuid import UUID

from sqlalchemy import text

from eakte.scanning import delivered, quality
from tests.scanning.proof import House

FEW, MANY = 50, 10_000

# The first item was really sent and read; all others are copies of its rows.
_COPIES = """
    CREATE TEMPORARY TABLE one ON COMMIT DROP AS SELECT * FROM batch_items WHERE batch = :batch;
    CREATE TEMPORARY TABLE copies ON COMMIT DROP AS
        SELECT n, gen_random_uuid() AS file, gen_random_uuid() AS document FROM generate_series(2, :files) n;
    INSERT INTO received_files (tenant, id, blob, name, media_type, sha256, bytes, channel, sender, received_at,
            receipt)
        SELECT r.tenant, c.file, r.blob, r.name, r.media_type, r.sha256, r.bytes, r.channel, r.sender, r.received_at,
            r.receipt FROM copies c, one JOIN received_files r ON r.id = one.received_file;
    INSERT INTO documents (tenant, id, received_file, title, receipt_date, received_at, handed_in_by, priority, scope,
            place, reading_state, version, revision, stamp, indexed_stamp, pages)
        SELECT d.tenant, c.document, c.file, d.title, d.receipt_date, d.received_at, d.handed_in_by, d.priority,
            d.scope, d.place, d.reading_state, d.version, d.revision, d.stamp, d.indexed_stamp, d.pages
        FROM copies c, one JOIN documents d ON d.id = one.document;
    INSERT INTO versions (tenant, document, number, created_at, created_by)
        SELECT v.tenant, c.document, 1, v.created_at, v.created_by
        FROM copies c, one JOIN versions v ON v.document = one.document;
    INSERT INTO version_sources (tenant, document, version, position, received_file)
        SELECT one.tenant, c.document, 1, 1, c.file FROM copies c, one;
    INSERT INTO renditions (tenant, document, version, kind, number, blob, media_type, sha256, bytes, maker, made_at)
        SELECT r.tenant, c.document, 1, r.kind, 1, r.blob, r.media_type, r.sha256, r.bytes, r.maker, r.made_at
        FROM copies c, one JOIN renditions r ON r.document = one.document AND r.kind = 'original';
    INSERT INTO batch_items (tenant, id, batch, name, sha256, bytes, pages, dropped_blank, received_file, document,
            received_at)
        SELECT i.tenant, gen_random_uuid(), i.batch, c.n || '.pdf', i.sha256, i.bytes, i.pages, i.dropped_blank, c.file,
            c.document, i.received_at FROM copies c, one i;
    INSERT INTO received_pages (tenant, received_file, number, disposition, document, document_page)
        SELECT one.tenant, c.file, 1, 'stored', c.document, 1 FROM copies c, one"""


def large(house: House, data: bytes, files: int, reference: str) -> str:
    """A batch that differs by one side, of copies of one file, read and noted once."""
    batch = house.announce(files + 1, reference=reference)
    house.send(batch, "1.tif", data)
    while job := house.take("read", "join"):
        house.run(*job)
    with house.database.unit(house.tenant) as unit:
        for statement in _COPIES.split(";"):
            said = {"files": files, "batch": UUID(batch)}
            unit.run(text(statement), {name: value for name, value in said.items() if f":{name}" in statement})
    house.complete(batch)
    house.scanning.catch_up(house.tenant)
    assert house.batch(batch)["state"] == "differs"
    return batch


def seconds(house: House, documents: list[UUID]) -> float:
    """How long noting these anew takes, when nothing new is to be said of them."""
    for document in documents:
        house.transfers.note_transfer(house.tenant, document)
    begun = time.monotonic()
    for document in documents:
        house.transfers.note_transfer(house.tenant, document)
    return time.monotonic() - begun


def test_noting_a_document_costs_as_much_in_a_large_batch_as_in_a_small_one(house: House, pages: list[bytes]) -> None:
    """As each of its documents is noted when a batch is settled, judged or said more of."""
    cost = {}
    for files in (FEW, MANY):
        batch = UUID(large(house, pages[0], files, f"S-{files}"))
        with house.database.unit(house.tenant) as unit:
            quality.draw(unit, house.moment(), batch, house.share)
            some = list(delivered.documents_of(unit, batch))[:FEW]
        cost[files] = seconds(house, some)
    assert cost[MANY] < 2 * cost[FEW], cost
