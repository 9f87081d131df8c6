"""The demo tenant: a Jobcenter with an administrator, a key, three case files and a morning's mail."""

import contextlib
import json
import os
import secrets
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from eakte import wiring
from eakte.access import acts, sessions
from eakte.access.model import Token
from eakte.casefiles.history import known_among
from eakte.commands.administration import found_tenant, moment
from eakte.demo.scans import DemoScan, demo_batch, demo_names
from eakte.documents.acts import titled
from eakte.errors import NotFound, Unauthorized
from eakte.settings import Settings
from eakte.wiring import House

TENANT = "demo"
TITLE = "Jobcenter Musterkreis"
ADMINISTRATOR = "verwaltung"
CASES = {
    "35502//0012345": "Bedarfsgemeinschaft Müller",
    "35502//0067890": "Bedarfsgemeinschaft Öztürk",
    "35502//0024680": "Bedarfsgemeinschaft Kowalczyk",
}


def demo(settings: Settings, url: str, *, documents: bool) -> None:
    """Make what is missing of the demo, hand in its documents unless told not to, and print three requests to try."""
    house = wiring.furnish(settings, pool=1)
    try:
        key = _tenant(house, settings.home / "demo.key")
        if documents:
            _hand_in(house, url, key)
    finally:
        house.close()
    _print_requests(url, settings.home / "demo.key")


def _tenant(house: House, key_file: Path) -> str:
    """Each step is looked for by itself: an earlier start may have ended behind any of them."""
    try:
        tenant = acts.tenant_named(house.database, TENANT)
    except NotFound:
        print(f"demo: founding {TITLE}", flush=True)
        tenant = found_tenant(house, TENANT, TITLE)
    _administrator(house, tenant)
    return _kept_key(house, key_file) or _new_key(house, tenant, key_file)


def _administrator(house: House, tenant: UUID) -> None:
    with house.database.unit(tenant) as unit:
        if acts.was_created(unit, "user", ADMINISTRATOR):
            return
        password = sessions.create_user(unit, moment(house), ADMINISTRATOR, ["administrator"], [])
    print(f"demo: first administrator '{ADMINISTRATOR}', one-time password: {password}", flush=True)


def _kept_key(house: House, key_file: Path) -> str | None:
    """The key of an earlier start, if it holds."""
    try:
        kept = key_file.read_text().strip()
        acts.bearer(house.database, kept, house.clock())
    except (FileNotFoundError, Unauthorized):
        return None
    return kept


def _new_key(house: House, tenant: UUID, key_file: Path) -> str:
    with house.database.unit(tenant) as unit:
        with contextlib.suppress(NotFound):
            acts.end_principal(unit, moment(house), "key", TENANT)
        token = acts.create_key(unit, moment(house), TENANT, ["clerk", "auditor"], [])
    _write_private(key_file, token)
    return str(token)


def _write_private(file: Path, token: Token) -> None:
    beside = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(f"{token}\n")
    beside.replace(file)


def _hand_in(house: House, url: str, key: str) -> None:
    """Only what is not there yet, so that a start after a crash completes the demo and doubles nothing."""
    with house.database.look(acts.tenant_named(house.database, TENANT)) as unit:
        open_cases = set(known_among(unit, list(CASES)))
        handed_in = titled(unit, demo_names())
    for reference, title in CASES.items():
        if reference not in open_cases:
            _post(f"{url}/v1/casefiles", key, json.dumps({"reference": reference, "title": title}).encode())
    if missing := set(demo_names()) - handed_in:
        print(f"demo: drawing and scanning {len(missing)} documents", flush=True)
        with TemporaryDirectory() as folder:
            batch = [scan for scan in demo_batch(Path(folder), list(CASES)) if scan.path.name in missing]
            for number, scan in enumerate(batch, 1):
                _upload(url, key, scan)
                print(f"demo: {number}/{len(batch)} {scan.path.name}, {scan.pages} pages", flush=True)


def _upload(url: str, key: str, scan: DemoScan) -> None:
    boundary = secrets.token_hex(16)
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{scan.path.name}"\r\n\r\n'
    body = head.encode() + scan.path.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
    _post(f"{url}/v1/documents", key, body, f"multipart/form-data; boundary={boundary}")


def _post(url: str, key: str, body: bytes, content_type: str = "application/json") -> None:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": content_type}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60):  # noqa: S310
        pass


def _print_requests(url: str, key_file: Path) -> None:
    """Three lines to paste; the key is read from its file, never printed."""
    shown = os.path.relpath(key_file) if key_file.is_relative_to(Path.cwd()) else str(key_file)
    for address in ("documents?limit=5", "casefiles", "search?q=Miete"):
        print(f"""curl -s -H "Authorization: Bearer $(cat '{shown}')" '{url}/v1/{address}'""", flush=True)
