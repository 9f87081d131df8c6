"""Buckets on real S3 servers for tests, empty whenever they are asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from minio import Minio
from minio.deleteobjects import DeleteObject

from eakte.blobs.s3 import S3Blobs

REGION = "us-east-1"
RETENTION_DAYS = 30


@dataclass(frozen=True)
class Bucket:
    """A bucket as the store's administrator sees it."""

    connect: dict[str, str]
    name: str

    @property
    def keys(self) -> tuple[str, str]:
        return self.connect["S3_ACCESS_KEY"], self.connect["S3_SECRET_KEY"]

    @property
    def url(self) -> str:
        return self.url_at(self.connect["S3_ADDRESS"])

    def url_at(self, address: str) -> str:
        return f"s3+http://{address}/{self.name}"

    @property
    def settings(self) -> dict[str, str]:
        """For `running`."""
        return {"BLOBS_URL": self.url, "S3_ACCESS_KEY": self.keys[0], "S3_SECRET_KEY": self.keys[1]}

    def admin(self) -> Minio:
        return Minio(self.connect["S3_ADDRESS"], *self.keys, secure=False, region=REGION)

    def blobs(
        self, address: str | None = None, keys: tuple[str, str] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> S3Blobs:  # fmt: skip
        """Our store in it; `address`: another way to it, as through a proxy."""
        url = self.url_at(address) if address else self.url
        return S3Blobs(url, keys or self.keys, REGION, RETENTION_DAYS, clock)

    def versions(self, prefix: str = "") -> list[tuple[str, bool]]:
        """Name of each object's version, and whether it is a delete marker."""
        found = self.admin().list_objects(self.name, prefix, recursive=True, include_version=True)
        return [(version.object_name, version.is_delete_marker) for version in found]


def empty_bucket(connect: dict[str, str], name: str, *, locked: bool = False) -> Bucket:
    """The bucket of this name, made if need be, without any version or unfinished upload."""
    bucket = Bucket(connect, name)
    admin = bucket.admin()
    if not admin.bucket_exists(name):
        admin.make_bucket(name, object_lock=locked)
    found = admin.list_objects(name, recursive=True, include_version=True)
    all_of_it = [DeleteObject(version.object_name, version.version_id) for version in found]
    errors = list(admin.remove_objects(name, all_of_it, bypass_governance_mode=True))
    assert not errors, errors
    bucket.blobs().clear_unfinished(datetime.max.replace(tzinfo=UTC))
    return bucket
