"""What docs/how-to/connect-a-scanning-centre.md tells both sides to type delivers a batch to the last side."""

import json
import re
import stat
from pathlib import Path
from typing import Any

from eakte.demo.scans import tiny_pages
from tests.faults.delivery import bound
from tests.operations.typing_along import Operator, blocks
from tests.service import until

PAGE = "connect-a-scanning-centre.md"


def settled(operator: Operator, look: str, batch: str) -> dict[str, Any]:
    """What the page's look at a batch tells once it is settled."""

    def found() -> Any:
        told = json.loads(operator.type(look, BATCH=batch))
        return told if told["state"] in {"reconciled", "differs"} else None

    whole: dict[str, Any] = until(found, 60, operator.service.log)
    return whole


def send_by_tus(operator: Operator, commands: str, batch: str) -> dict[str, Any]:
    """Announce, cut after 1,000 bytes, ask, and send the rest."""
    announce, ask, rest = commands.split("curl -sI")[0], *re.findall(r"^(?:curl -sI|tail).*\n", commands, re.MULTILINE)
    location = re.search(r"(?mi)^location: *(?:https?://[^/]+)?(\S+)", operator.type(announce, BATCH=batch))
    assert location is not None
    there = {"LOCATION": location[1], "BATCH": batch}
    operator.type(rest.replace("| curl", "| head -c 1000 | curl"), OFFSET="0", **there)
    offset = re.search(r"(?mi)^upload-offset: *(\d+)", operator.type(ask, **there))
    assert offset is not None
    assert offset[1] == "1000"
    item: dict[str, Any] = json.loads(operator.type(rest, OFFSET=offset[1], **there))
    return item


def test_the_pages_commands_connect_a_centre_and_its_batches_reconcile(operator: Operator, tmp_path: Path) -> None:
    _install, tenant = blocks(PAGE, "On the Jobcenter's side")
    fingerprint = operator.type(tenant)
    assert stat.S_IMODE((operator.folder / "scanner.key").stat().st_mode) == 0o600
    letters = tiny_pages(tmp_path, [], 4)
    (operator.folder / "lieferung").mkdir()
    for name, pages in (("lieferung/a", letters[:2]), ("lieferung/b", letters[2:]), ("0002", letters[1:3])):
        (operator.folder / f"{name}.tif").write_bytes(bound(pages, ".tif"))
    (operator.folder / "0001.tif").write_bytes(b"II*\0 kaputt" * 400)
    (upload,) = blocks(PAGE, "Deliver with `eakte upload`")
    assert "stimmt" in operator.type(upload)
    announce, send, by_tus, complete = blocks(PAGE, "Deliver with your own software")
    batch = json.loads(operator.type(announce))["id"]
    bad = json.loads(operator.type(send, BATCH=batch))
    assert send_by_tus(operator, by_tus, batch)["name"] == "0002.tif"
    operator.type(complete, BATCH=batch)
    look, items = blocks(PAGE, "Ledger")[0].splitlines(keepends=True)
    assert settled(operator, look, batch)["ledger"]["rejected"] == 2
    assert bad["id"] in operator.type(items, BATCH=batch)
    (operator.folder / "0001.tif").write_bytes(bound(letters[:2], ".tif"))
    (replace,) = blocks(PAGE, "Replace a rejected file")
    operator.type(replace, BATCH=batch, ITEM=bad["id"])
    whole = settled(operator, look, batch)
    assert (whole["state"], whole["ledger"]["stored"]) == ("reconciled", 4), whole
    told = operator.type(blocks(PAGE, "Receipts")[0], BATCH=batch)
    assert "gültig" in told
    assert fingerprint.splitlines()[-1] in told
