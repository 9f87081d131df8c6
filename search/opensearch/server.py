"""The way to the server: address, patience, and what its answers mean to us."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError, OpenSearchException

from search.errors import EngineDown, IndexUnusable

PREFIX = "eakte"
"""What the names of indexes begin with where the address has no path."""

_SECONDS, _LOOK_SECONDS = 5, 2
_OLDEST = 2
_UNFORMED = "_na_"
_RETRIES = 2
_CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Server:
    """An address `http[s]://[user:password@]host[:port][/prefix]` taken apart; ValueError if it is none.

    `prefix` keeps apart several houses that share one server.
    """

    secure: bool
    host: str
    port: int
    prefix: str = PREFIX
    user: str = ""
    password: str = ""

    @classmethod
    def at(cls, url: str) -> "Server":
        """Take the address apart; the password may be percent-encoded."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("not an address like https://user:password@host:9200/prefix")
        secure = parts.scheme == "https"
        return cls(
            secure, parts.hostname, parts.port or (443 if secure else 9200), parts.path.strip("/") or PREFIX,
            unquote(parts.username or ""), unquote(parts.password or ""),
        )  # fmt: skip


def connected(server: Server) -> OpenSearch:
    """A client that has not spoken yet. https is verified, by `SSL_CERT_FILE` where that is set.

    Each attempt has 5 s; a lost connection and 502 to 504 are tried twice again.
    """
    return OpenSearch(
        [{"host": server.host, "port": server.port}],
        use_ssl=server.secure,
        verify_certs=True,
        http_auth=(server.user, server.password) if server.user else None,
        timeout=_SECONDS,
        max_retries=_RETRIES,
        retry_on_status=(502, 503, 504),
        pool_maxsize=_CONNECTIONS,
    )


def look(client: OpenSearch) -> None:
    """Raises EngineDown unless OpenSearch 2 or newer answers within a few seconds."""
    with engine_errors():
        version = client.info(request_timeout=_LOOK_SECONDS)["version"]
    if version.get("distribution") != "opensearch" or int(version["number"].partition(".")[0]) < _OLDEST:
        raise EngineDown(f"Statt OpenSearch {_OLDEST} oder neuer antwortet {version.get('number')}.")


def cluster(client: OpenSearch) -> str:
    """The id that the cluster gave itself; EngineDown while it has none or does not answer."""
    with engine_errors():
        found = str(client.info(request_timeout=_LOOK_SECONDS)["cluster_uuid"])
    if found == _UNFORMED:
        raise EngineDown("OpenSearch hat sich noch nicht zu einem Cluster gefunden.")
    return found


@contextmanager
def engine_errors() -> Iterator[None]:
    """Foreign errors stop here."""
    try:
        yield
    except NotFoundError as error:
        raise IndexUnusable(f"Der Suchindex ist in OpenSearch nicht da: {_short(error)}") from error
    except OpenSearchException as error:
        raise EngineDown(f"OpenSearch antwortet nicht wie gebraucht: {_short(error)}") from error


def _short(error: OpenSearchException) -> str:
    """Without what was sent or found."""
    return " ".join(str(part) for part in error.args[:2]) or type(error).__name__
