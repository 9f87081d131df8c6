"""Search through HTTP with a scope filter: `python -m benchmarks.search_http [--pages 100000]`.

The index of `benchmarks.search` in a tenant's place, with a row for each document and scope, so that each answer is
checked against the database and entered into the journal as for anybody. The caller sees 20 of 60 org units. Kept-alive
connection, up to 50 hits with words and snippets, warm. Exit status 1 if the median is above the bound.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from urllib.parse import quote

from benchmarks.figures import Figure, bars, conclude
from benchmarks.house import Bench, Connection, Wire, api_alone
from benchmarks.search import (
    PAGES_A_DOCUMENT,
    SCOPES,
    Generator,
    case_file_id,
    case_file_of,
    chunks,
    document_id,
    made_id,
    queries,
    scope_id,
)
from eakte.access import acts
from eakte.access.tables import scopes
from eakte.commands.administration import moment
from eakte.database import Unit
from eakte.documents.tables import documents
from eakte.finding.acts import set_place
from eakte.intake.tables import received_files
from eakte.vault.tables import blobs
from search.embedded import EmbeddedIndex

BOUND = 60.0
SEEN = [f"team-{number}" for number in range(20)]
AT_ONCE = 5_000


def populate(bench: Bench, pages: int) -> None:
    """The rows that the generated index stands for: scopes, received files, documents."""
    with bench.house.database.unit(bench.tenant) as unit:
        for number in range(SCOPES):
            team = acts.create_org_unit(unit, moment(bench.house), f"team-{number}", f"Team {number}")
            row = {"tenant": bench.tenant, "id": scope_id(number), "org_unit": team}
            unit.run(scopes.insert().values(file_part="bench", protection="normal", **row))
        for start in range(0, pages // PAGES_A_DOCUMENT, AT_ONCE):
            _documents(bench, unit, range(start, min(start + AT_ONCE, pages // PAGES_A_DOCUMENT)))
    bench.analyze()


def _documents(bench: Bench, unit: Unit, numbers: range) -> None:
    at, tenant = bench.house.clock(), bench.tenant
    file = {"tenant": tenant, "bytes": 1, "sha256": "00" * 32}
    sealed = {"tenant": tenant, "bytes": 1, "sha256": bytes(32), "blob_class": "original", "sealed_bytes": 81}
    unit.run(
        blobs.insert(),
        [{"id": made_id(4, number), "key_id": made_id(5, number), "created_at": at, **sealed} for number in numbers],
    )
    unit.run(
        received_files.insert(),
        [
            {"id": made_id(5, number), "blob": made_id(4, number), "name": "scan.pdf", "media_type": "application/pdf",
             "channel": "api", "sender": tenant, "received_at": at, "receipt": {}, **file}
            for number in numbers
        ],
    )  # fmt: skip
    unit.run(
        documents.insert(),
        [
            {"tenant": tenant, "id": document_id(number), "received_file": made_id(5, number), "title": "Schreiben",
             "receipt_date": date(2024, 1, 1), "received_at": at, "handed_in_by": tenant, "priority": 0,
             "scope": scope_id(case_file_of(number)), "place": "filed", "reading_state": "done", "version": 1,
             "pages": PAGES_A_DOCUMENT, "case_file": case_file_id(case_file_of(number)), "revision": 1, "stamp": 1,
             "indexed_stamp": 1, "indexed_scope": scope_id(case_file_of(number))}
            for number in numbers
        ],
    )  # fmt: skip


def adopt(bench: Bench, index: Path) -> None:
    """Put a built index in the place of the tenant's empty one."""
    place = bench.house.settings.index_folder / str(bench.tenant)
    shutil.rmtree(place)
    shutil.move(index, place)
    with bench.house.database.unit(bench.tenant) as unit:
        set_place(unit, bench.house.indexes.place)


def measure(index: Path, pages: int, count: int) -> list[Figure]:
    """`index` is used up."""
    texts = queries(Generator(7), count)
    with api_alone() as bench:
        populate(bench, pages)
        adopt(bench, index)
        with Wire(bench.service.port, bench.key(org_units=SEEN)).connected() as connection:
            for text in texts[:50]:
                _search(connection, text)
            took = sorted(_search(connection, text) for text in texts)
    p50, p95 = statistics.median(took), took[int(0.95 * len(took))]
    print(f"search through HTTP, {pages} pages, {count} questions: p50 {p50:.1f} ms, p95 {p95:.1f} ms", flush=True)
    return [
        Figure(f"search through HTTP, {pages} pages, p50", p50, "ms", BOUND, most=True),
        Figure(f"search through HTTP, {pages} pages, p95", p95, "ms"),
    ]


def _search(connection: Connection, text: str) -> float:
    """Milliseconds."""
    begun = time.perf_counter()
    connection.get(f"/v1/search?q={quote(text)}")
    return (time.perf_counter() - begun) * 1000


def draw(figures: list[Figure]) -> None:
    bars("search_http", "search through HTTP", {figure.name: figure.value for figure in figures}, BOUND, "ms")


def main() -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.search_http", description=__doc__)
    parser.add_argument("--pages", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=300)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="eakte-bench-search-") as folder:
        built = Path(folder) / "port"
        index = EmbeddedIndex(built)
        index.create()
        for done, chunk in enumerate(chunks(Generator(7), given.pages), 1):
            index.replace_many(chunk)
            if done % 10 == 0:
                print(f"indexed {done} chunks", flush=True)
        index.close()
        figures = measure(built, given.pages, given.queries)
    draw(figures)
    return conclude(figures)


if __name__ == "__main__":
    sys.exit(main())
