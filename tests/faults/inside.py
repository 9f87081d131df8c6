"""What the database and the disk must look like once there is peace; each check gives its complaints."""

import fcntl
import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import rfc8785
from psycopg.rows import dict_row

from eakte.blobs.port import key_parts
from eakte.settings import Settings
from eakte.wiring import blob_store
from tests.conftest import plain
from tests.faults.kills import children, temporary_folder
from tests.service import Service
from tests.worlds import superuser_url

UNSETTLED: LiteralString = """
    SELECT (SELECT count(*) FROM procrastinate.procrastinate_jobs WHERE status IN ('todo', 'doing')) AS jobs,
           (SELECT count(*) FROM documents
             WHERE place = 'none' OR reading_state IN ('waiting', 'running')) AS reading,
           (SELECT count(*) FROM journal_unsealed) AS unsealed,
           (SELECT count(*) FROM documents d WHERE stamp > indexed_stamp AND EXISTS
             (SELECT FROM readings r WHERE r.tenant = d.tenant AND r.document = d.id)) AS unindexed"""
SETTLED: LiteralString = "SELECT count(*) AS count FROM documents WHERE place <> 'none'"
ONCE = {
    "documents:document:created",
    "recognition:reading:begun",
    "recognition:document:read",
    "intake:received-file:received",
    "intake:received-file:taken-apart",
    "recognition:reading:divided",
    "recognition:reading:ranges-read",
    "casefiles:document:filed",
    "documents:document:to-clearing",
}


class Inside:
    """The database of an installation, seen by its superuser, and its files."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def rows(self, query: LiteralString) -> list[dict[str, Any]]:
        """Raises psycopg.OperationalError while the database is down."""
        with psycopg.connect(self._superuser(), connect_timeout=5, row_factory=dict_row) as connection:
            return connection.execute(query).fetchall()

    def _superuser(self) -> str:
        given = self._service.settings.get("DATABASE_URL", "")
        if given:
            return superuser_url(urlsplit(given).netloc.rpartition("@")[2], urlsplit(given).path[1:])
        url = (self._service.home / "database.url").read_text().strip()
        return plain(url).replace("eakte_app", "postgres")

    def unsettled(self) -> dict[str, int]:
        """Jobs, documents, entries and index pages that are still on their way; empty when there is none."""
        return {name: count for name, count in self.rows(UNSETTLED)[0].items() if count}

    def settled(self) -> int:
        """Documents that have come to a place."""
        count: int = self.rows(SETTLED)[0]["count"]
        return count

    def complaints(self, acknowledged: dict[str, Any]) -> list[str]:
        """All of the following, over a tenant whose every document was sent by `Sending`."""
        checks = (self._documents(acknowledged), self._readings(), self._acts())
        return [*(complaint for check in checks for complaint in check), *self.aftermath()]

    def aftermath(self) -> list[str]:
        """What holds however the documents came: nothing done twice, left over, or without its bytes."""
        checks = (self._doubled(), self._queue(), self._journal(), self._bytes(), self._plaintext())
        return [complaint for check in checks for complaint in check]

    def figures(self) -> dict[str, int]:
        """How many of what there is, for the report."""
        found = self.rows("""SELECT (SELECT count(*) FROM documents) AS documents,
            (SELECT count(*) FROM documents WHERE state = 'filed') AS filed,
            (SELECT count(*) FROM documents WHERE state = 'clearing') AS clearing,
            (SELECT coalesce(sum(pages), 0)::int FROM documents) AS pages,
            (SELECT count(*) FROM journal_entries) AS entries,
            (SELECT count(*) FROM blobs) AS blobs, (SELECT count(*) FROM job_failures) AS failures_counted""")[0]
        return found | {
            "files without a row, to be swept": len(
                {file for file in self._files() - self._named() if file[1] != "keys"}
            )
        }

    def _documents(self, acknowledged: dict[str, Any]) -> Iterator[str]:
        sent = {answer["id"]: name for name, answer in acknowledged.items()}
        found = {str(row["id"]): row for row in self.rows("SELECT id, title, state, pages FROM documents")}
        yield from (f"lost: {sent[id_]} ({id_})" for id_ in sent.keys() - found.keys())
        yield from (f"doubled: {found[id_]['title']} ({id_})" for id_ in found.keys() - sent.keys())
        for id_, row in found.items():
            if row["state"] not in {"filed", "clearing"}:
                yield f"{row['state']}: {row['title']} ({id_})"
        received = self.rows("SELECT count(*) AS count FROM received_files")[0]["count"]
        if received != len(sent):
            yield f"{received} received files for {len(sent)} documents"

    def _readings(self) -> Iterator[str]:
        made = Counter(row["document"] for row in self.rows("SELECT document FROM readings"))
        kinds = self.rows("SELECT document, array_agg(kind ORDER BY kind) AS kinds FROM renditions GROUP BY document")
        renditions = {row["document"]: row["kinds"] for row in kinds}
        for row in self.rows("SELECT id, title FROM documents"):
            if made[row["id"]] != 1:
                yield f"{made[row['id']]} readings of {row['title']}"
            if renditions.get(row["id"]) != ["archival", "original", "reading", "text"]:
                yield f"renditions of {row['title']}: {renditions.get(row['id'])}"

    def _counted(self) -> dict[tuple[UUID, str], int]:
        entered = self.rows("SELECT subject, act, count(*) AS count FROM journal_entries GROUP BY subject, act")
        return {(row["subject"], row["act"]): row["count"] for row in entered}

    def _doubled(self) -> Iterator[str]:
        for (on, act), count in self._counted().items():
            if act in ONCE and count > 1:
                yield f"{count} × {act} of {on}"

    def _acts(self) -> Iterator[str]:
        counted = self._counted()
        for row in self.rows("SELECT id, received_file, title, place, pages FROM documents"):
            last = "casefiles:document:filed" if row["place"] == "filed" else "documents:document:to-clearing"
            acts = ["documents:document:created", "recognition:reading:begun", "recognition:document:read", last]
            acts += ["recognition:reading:divided", "recognition:reading:ranges-read"] if row["pages"] > 5 else []
            wanted = [(row["id"], act) for act in acts]
            wanted += [(row["received_file"], f"intake:received-file:{act}") for act in ("received", "taken-apart")]
            yield from (f"no {act} of {row['title']}" for on, act in wanted if (on, act) not in counted)

    def _queue(self) -> Iterator[str]:
        for row in self.rows("SELECT task_name, status::text, attempts FROM procrastinate.procrastinate_jobs"):
            yield f"job left: {row}"
        for table in ("reading_runs", "reading_ranges"):
            if count := self._count(table):
                yield f"{count} rows left in {table}"

    def _count(self, table: LiteralString) -> int:
        count: int = self.rows(f"SELECT count(*) AS count FROM {table}")[0]["count"]
        return count

    def _journal(self) -> Iterator[str]:
        numbers = [row["seq"] for row in self.rows("SELECT seq FROM journal_seals ORDER BY tenant, seq")]
        if numbers != list(range(1, len(numbers) + 1)):
            yield "the journal's numbers have gaps"
        if (entries := self._count("journal_entries")) != len(numbers):
            yield f"{len(numbers)} numbers for {entries} entries"
        written = self.rows("""SELECT e.no, e.details_digest, d.salt, d.details FROM journal_entries e
                               LEFT JOIN journal_details d ON d.tenant = e.tenant AND d.entry = e.no""")
        for row in written:
            digest = row["salt"] and hashlib.sha256(row["salt"] + rfc8785.dumps(row["details"])).digest()
            if digest != row["details_digest"]:
                yield f"entry {row['no']}: the digest is not that of its details"

    def _bytes(self) -> Iterator[str]:
        files = self._files()
        yield from (f"a row without its bytes: {named}" for named in self._named() - files)
        keys = {(tenant, id_) for tenant, kind, id_, _ in files if kind == "keys"}
        for row in self.rows("SELECT DISTINCT tenant, key_id FROM blobs"):
            if (str(row["tenant"]), str(row["key_id"])) not in keys:
                yield f"a data key is missing: {row['key_id']}"

    def _named(self) -> set[tuple[str, str, str, int]]:
        found = self.rows("SELECT tenant, blob_class, id, sealed_bytes FROM blobs")
        return {(str(row["tenant"]), row["blob_class"], str(row["id"]), row["sealed_bytes"]) for row in found}

    def _files(self) -> set[tuple[str, str, str, int]]:
        """Tenant, class, id and size of what lies in the store."""
        given = {name.lower(): value for name, value in self._service.settings.items()}
        settings = Settings.model_validate({"home": self._service.home, **given})
        store = blob_store(settings, settings.blobs_url)
        return {(*key_parts(listed.key), listed.bytes) for listed in store.keys("")}

    def _plaintext(self) -> Iterator[str]:
        """Folders that no living process holds a lock on, and children's folders of children that ended."""
        work = self._service.home / "work"
        living = {temporary_folder(child) for parent in self._service.pids("eakte") for child in children(parent)}
        left = [path for path in work.glob("*/plain-*") if not _in_use(path)]
        left += [path for path in work.glob("*/*/ocr-*") if path not in living]
        yield from (f"left of a killed process: {path.relative_to(work)}" for path in left)


def _in_use(folder: Path) -> bool:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
