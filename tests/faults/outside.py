"""What clients must find once there is peace: every document, its bytes, its place, its words."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

WORDS = ("Mitteilung", "Miete", "Nummer")
"""On every tiny page; each may be misread on some."""


def complaints(client: httpx.Client, scans: Mapping[str, Path], acknowledged: Mapping[str, Any]) -> list[str]:
    """What a client that sent `scans` has reason to complain about."""
    return [*_documents(client, scans, acknowledged), *_listed(client, acknowledged), *_found(client, acknowledged),
            *_filed(client)]  # fmt: skip


def _documents(client: httpx.Client, scans: Mapping[str, Path], acknowledged: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"never acknowledged: {name}" for name in scans.keys() - acknowledged.keys())
    for name, answer in acknowledged.items():
        sent = scans[name].read_bytes()
        if answer["sha256"] != hashlib.sha256(sent).hexdigest():
            yield f"{name}: the receipt names other bytes"
        address = f"/v1/documents/{answer['id']}"
        if client.get(f"{address}/renditions/original").content != sent:
            yield f"{name}: the original is not what was sent"
        shown = client.get(address).json()
        if shown.get("state") not in {"filed", "clearing"} or shown["reading"]["state"] != "done":
            yield f"{name}: {shown}"


def _listed(client: httpx.Client, acknowledged: Mapping[str, Any]) -> Iterator[str]:
    listed = Counter(item["id"] for item in _items(client, "/v1/documents"))
    if listed != Counter(answer["id"] for answer in acknowledged.values()):
        yield f"the list shows {listed.total()} documents, {len(listed)} different ones, of {len(acknowledged)}"


def _found(client: httpx.Client, acknowledged: Mapping[str, Any]) -> Iterator[str]:
    hits = [hit for word in WORDS for hit in _items(client, "/v1/search", q=word)]
    found = {hit["document"] for hit in hits}
    yield from (f"not found by search: {name}" for name, answer in acknowledged.items() if answer["id"] not in found)
    pages = Counter((hit["document"], hit["version"], hit["page"]) for hit in _items(client, "/v1/search", q=WORDS[0]))
    yield from (f"found {count} times: {page}" for page, count in pages.items() if count > 1)


def _filed(client: httpx.Client) -> Iterator[str]:
    filed = Counter(
        line["id"]
        for case in _items(client, "/v1/casefiles")
        for line in _items(client, f"/v1/casefiles/{case['id']}/documents")
    )
    wanted = Counter(item["id"] for item in _items(client, "/v1/documents", state="filed"))
    if filed != wanted:
        yield f"case files show {filed.total()} documents, {wanted.total()} are filed"


def _items(client: httpx.Client, address: str, **asked: str) -> Iterator[dict[str, Any]]:
    cursor: dict[str, str] = {}
    while True:
        answer = client.get(address, params={"limit": "200", **asked, **cursor})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        yield from body.get("items", body.get("hits"))
        if body["next"] is None:
            return
        cursor = {"cursor": body["next"]}
