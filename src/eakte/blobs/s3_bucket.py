"""How a bucket is set up, as far as our promises hang on it."""

from dataclasses import dataclass

from minio.error import S3Error

from eakte.blobs.port import StoreFailed
from eakte.blobs.s3_client import Client

_NO_LOCK = {
    "ObjectLockConfigurationNotFoundError",
    "NoSuchObjectLockConfiguration",
    "NotImplemented",
    "MethodNotAllowed",
}


class BucketUnfit(StoreFailed):
    """The bucket is set up so that the service could not keep its promises."""

    code, title = "store-bucket-unfit", "Der Bucket der Ablage ist ungeeignet eingerichtet"
    remedy = "Den Betrieb verständigen: eakte doctor nennt die Einstellung, die zu ändern ist."


@dataclass(frozen=True)
class Bucket:
    """What was found out about the bucket."""

    versioned: bool
    locked: bool


def look(client: Client, bucket: str) -> Bucket:
    """Asks the store; raises BucketUnfit, and the SDK's errors."""
    versioned = client.get_bucket_versioning(bucket).status in {"Enabled", "Suspended"}
    if not versioned:
        return Bucket(versioned=False, locked=False)
    try:
        lock = client.get_object_lock_config(bucket)
    except S3Error as error:
        if error.code not in _NO_LOCK:
            raise
        return Bucket(versioned=True, locked=False)
    if lock.mode is not None:
        raise BucketUnfit(
            f"Der Bucket {bucket} hat eine Standard-Aufbewahrung; Schlüssel wären dann nicht zu vernichten",
            remedy="Die Standard-Aufbewahrung (DefaultRetention) des Buckets aufheben; Object Lock darf bleiben.",
        )
    return Bucket(versioned=True, locked=True)
