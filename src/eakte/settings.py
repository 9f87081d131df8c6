"""Settings from the environment; the only place that reads it. Each is described in docs/reference/settings.md."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

BLOBS_URL = r"^(|file:///.+|s3\+https?://[^/@]+/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])$"
_SEARCH_URL = r"|https?://([^/@\s]+@)?([^/@:\s]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?(/[a-z0-9][a-z0-9-]{0,99})?/?"
_CLAMD = r"^(|unix:///.+|(\[[0-9a-fA-F:]+\]|[^:/\s]+):\d{1,5})$"
_UNITS = {"": 1, "b": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40}


def parse_size(text: Any) -> int:
    """Bytes meant by `2GiB`, `64 MiB` or `1048576`; units are binary. Raises ValueError on anything else."""
    found = re.fullmatch(r"(\d+)\s*([a-z]*)", str(text).strip().lower())
    if found is None or found[2] not in _UNITS:
        raise ValueError(f"{text!r} is no size; write it like 2GiB or 64MiB")
    return int(found[1]) * _UNITS[found[2]]


def address(bind: str) -> tuple[str, int]:
    """Host without brackets, and port, of `host:port`."""
    host, _, port = bind.rpartition(":")
    return host.strip("[]"), int(port)


def _absolute(path: Path) -> Path:
    return path.absolute()


def is_search_url(text: str) -> bool:
    """Whether this is an address of OpenSearch; empty means the embedded engine."""
    return re.fullmatch(_SEARCH_URL, text) is not None


def _search_address(given: SecretStr) -> SecretStr:
    if not is_search_url(given.get_secret_value()):
        raise ValueError("write it like https://user:password@host:9200/prefix")
    return given


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from error
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]
Size = Annotated[int, BeforeValidator(parse_size), Field(gt=0)]
Folder = Annotated[Path, AfterValidator(_absolute)]


class Settings(BaseSettings):
    """What an operator may set; every field is the environment variable of its name in capitals after `EAKTE_`."""

    model_config = SettingsConfigDict(env_prefix="EAKTE_", env_ignore_empty=True, frozen=True)

    home: Folder = Path("var")
    bind: str = Field("127.0.0.1:8000", pattern=r"^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$")
    database_url: SecretStr = SecretStr("")
    database_owner_url: SecretStr = SecretStr("")
    master_key_file: Path | None = None
    blobs_url: str = Field("", pattern=BLOBS_URL)
    blobs_fallback_url: str = Field("", pattern=BLOBS_URL)
    s3_access_key: str = ""
    s3_access_key_file: Path | None = None
    s3_secret_key: SecretStr = SecretStr("")
    s3_secret_key_file: Path | None = None
    s3_region: str = "us-east-1"
    s3_retention_days: int = Field(3650, ge=0)
    search_url: Annotated[SecretStr, AfterValidator(_search_address)] = SecretStr("")
    upload_limit: Size = parse_size("2GiB")
    page_limit: int = Field(2000, gt=0)
    pixel_limit: int = Field(150_000_000, gt=0)
    page_seconds: float = Field(60, gt=0)
    child_memory: Size = parse_size("2GiB")
    free_space_min: Size = parse_size("2GiB")
    otlp_endpoint: str = Field("", pattern=r"^(|https?://[^/@?#]+(/[^?#]*)?)$")
    worker_bind: str = Field("", pattern=r"^(|(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5})$")
    log: Literal["text", "json"] = "text"
    ocr_engine: str = Field("tesserocr", pattern=r"^[A-Za-z_.:0-9]+$")
    reference_pattern: Pattern = r"(?<!\d)\d{5}//\d{7}(?!\d)"
    separator_pattern: Pattern = "PATCHT"
    code_reference_prefix: str = ""
    profile_code_pattern: Pattern = r"PROFIL:(\w+)"
    channels_file: Path | None = None
    clamd: str = Field("", pattern=_CLAMD)
    quality_share: float = Field(0.03, gt=0, le=1)
    originals_hold_days: int = Field(180, ge=0)

    @property
    def host(self) -> str:
        """Address to listen on, without brackets."""
        return address(self.bind)[0]

    @property
    def port(self) -> int:
        """Port to listen on."""
        return address(self.bind)[1]

    @property
    def metrics_folder(self) -> Path:
        """Where the processes of this home measure together."""
        return self.home / "metrics"

    @property
    def blobs_folder(self) -> Path:
        """Where the filesystem blob store keeps its objects."""
        return self.home / "blobs"

    @property
    def index_folder(self) -> Path:
        """Where the embedded search engine keeps its indexes, one folder a tenant."""
        return self.home / "index"

    @property
    def work_folder(self) -> Path:
        """Where plaintext lies while a child parses it; private, swept when a worker starts."""
        return self.home / "work"

    @property
    def home_space_min(self) -> int:
        """Bytes kept free where plaintext lies while it is parsed, beside the embedded index and a private database."""
        return self.free_space_min // 8

    @property
    def master_key(self) -> Path:
        """File of the installation's master key."""
        return self.master_key_file or self.home / "master.key"
