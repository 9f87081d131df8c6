"""tus-js-client, the reference client of tus 1.0, from npm; needs Node ≥ 18.

    python -m tests.services.tus_js_client install

`upload` sends one file with it and gives the address of the upload.
"""

import json
import subprocess
import sys
from pathlib import Path

from tests.services.frame import Failed, install, run

NAME, VERSION = "tus-js-client", "4.3.1"
INTEGRITY = "sha512-ZLeYmjrkaU1fUsKbIi8JML52uAocjEZtBx4DKjRrqzrZa0O4MYwT6db+oqePlspV+FxXJAyFBc/L5gwUi2OFsg=="
SCRIPT = """\
const fs = require("fs"), tus = require("tus-js-client"), asked = JSON.parse(process.argv[2])
const upload = new tus.Upload(fs.readFileSync(asked.file), {
  endpoint: asked.endpoint, headers: asked.headers, metadata: asked.metadata, uploadUrl: asked.uploadUrl,
  chunkSize: asked.chunkSize || Infinity, uploadDataDuringCreation: asked.uploadDataDuringCreation || false,
  retryDelays: Array(asked.retries || 0).fill(100),
  onError: (error) => { console.error(String(error)); process.exit(1) },
  onSuccess: () => { console.log(upload.url) },
})
upload.start()
"""


def _fetch(target: Path) -> None:
    run("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", f"{NAME}@{VERSION}", cwd=target)
    locked = json.loads((target / "package-lock.json").read_text())["packages"][f"node_modules/{NAME}"]
    if locked["integrity"] != INTEGRITY:
        raise Failed(f"{NAME} {VERSION} was served with other bytes than are known")
    (target / "upload.cjs").write_text(SCRIPT)


def program() -> Path:
    """Its folder, fetched first if need be."""
    return install(NAME, VERSION, _fetch)


def upload(**asked: object) -> str:
    """The upload's address; `file`, `endpoint`, `headers`, `metadata`, `chunkSize`, `retries`, … as in the script."""
    done = subprocess.run(
        ["node", "upload.cjs", json.dumps(asked)], cwd=program(), capture_output=True, text=True, timeout=120
    )
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout.strip()


if __name__ == "__main__":
    try:
        print(program())
    except Failed as error:
        sys.exit(str(error))
