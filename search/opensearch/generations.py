"""The indexes of one tenant in OpenSearch: which is searched, which is being built, and what is left of the dead.

<name>-<format>-<random>        an index; its mapping's `_meta` says its format and when somebody last worked at it
<name>-<format>-<random>-write  its own alias: writes name it and demand an alias, so none of them makes an index
<name>-<format>                 alias of what is searched
<name>-<format>-build           alias of what is being built
"""

import re
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError, RequestError

from search.errors import BuildSuperseded, IndexUnusable
from search.opensearch.schema import FORMAT, index_body

# A build writes every few seconds; one that has not for so long has lost its process.
_ABANDONED_SECONDS = 3600
_NOTE_SECONDS = 60


def write_alias(index: str) -> str:
    """The name under which this index is written."""
    return f"{index}-write"


@dataclass(frozen=True, slots=True)
class Standing:
    """All indexes of a tenant at one moment; `building` is the newest build, `foreign` have another format."""

    current: str | None
    building: str | None
    abandoned: frozenset[str]
    ours: frozenset[str]
    foreign: frozenset[str]

    @property
    def targets(self) -> list[str]:
        """Where live writes go."""
        return list(dict.fromkeys(name for name in (self.current, self.building) if name))


class Generations:
    """Names and states of one tenant's indexes; what it asks of the server is a matter of the cluster's state alone."""

    def __init__(self, client: OpenSearch, name: str) -> None:
        self._client = client
        self._name = name
        self._noted: dict[str, float] = {}
        self.alias = f"{name}-{FORMAT}"
        self._build_alias = f"{self.alias}-build"
        self._own = re.compile(rf"{re.escape(name)}-\d+-(first|[0-9a-f]{{32}})")

    def create(self) -> None:
        """An empty index if the tenant has none."""
        standing = self.standing()
        if standing.current or standing.foreign:
            return
        first = f"{self.alias}-first"
        try:
            self._make(first, self.alias)
        except RequestError as error:
            if error.error != "resource_already_exists_exception":
                raise

    def standing(self) -> Standing:
        """How things stand now."""
        found = self._client.indices.get(
            index=f"{self._name}-*", params={"filter_path": "*.aliases,*.mappings._meta", "expand_wildcards": "all"}
        )
        found = {name: each for name, each in found.items() if self._own.fullmatch(name)}
        aliases = {name: set(each.get("aliases", ())) for name, each in found.items()}
        touched = {name: each.get("mappings", {}).get("_meta", {}).get("touched", 0) for name, each in found.items()}
        ours = frozenset(name for name in found if name.startswith(f"{self.alias}-"))
        current = next((name for name in ours if self.alias in aliases[name]), None)
        late = time.time() - _ABANDONED_SECONDS
        alive = [name for name in ours if touched[name] > late and self._build_alias in aliases[name]]
        building = max(alive, key=touched.__getitem__, default=None)
        abandoned = frozenset(name for name in ours - {current} if touched[name] <= late)
        return Standing(current, building, abandoned, ours, frozenset(found) - ours)

    def targets(self) -> list[str]:
        """Where a live write goes; IndexUnusable if there is nothing to write to."""
        standing = self.standing()
        if standing.abandoned:
            self._delete(standing.abandoned)
        if not standing.targets:
            raise self.missing(standing)
        return standing.targets

    def current(self) -> str:
        """What is searched; IndexUnusable if there is nothing."""
        standing = self.standing()
        if standing.current is None:
            raise self.missing(standing)
        return standing.current

    def missing(self, standing: Standing | None = None) -> IndexUnusable:
        """Why there is nothing to search."""
        if (standing or self.standing()).foreign:
            return IndexUnusable("Der Suchindex hat ein anderes Format und muss neu aufgebaut werden.")
        return IndexUnusable(f"In OpenSearch liegt kein Suchindex {self.alias}.")

    def begin_build(self) -> str:
        """The name of a new empty index that live writes reach from now on; older builds are deleted."""
        older = self.standing()
        name = f"{self.alias}-{uuid.uuid4().hex}"
        self._make(name)
        self._client.indices.put_settings(index=name, body={"index": {"refresh_interval": "-1"}})
        self._change_aliases([_add(self._build_alias, name)], older.ours - {older.current})
        return name

    def demand(self, build: str) -> None:
        """BuildSuperseded unless this is still the build; notes now and then that somebody works at it."""
        if self._client.indices.exists_alias(name=self._build_alias, index=build) is not True:
            raise superseded()
        if time.monotonic() - self._noted.get(build, 0.0) > _NOTE_SECONDS:
            self._client.indices.put_mapping(index=build, body={"_meta": _meta()})
            self._noted = {build: time.monotonic()}

    def swap(self, build: str) -> None:
        """Let the alias point to the build, and delete all else of the tenant, in one step."""
        self.demand(build)
        self._client.indices.put_settings(index=build, body={"index": {"refresh_interval": None}})
        self._client.indices.refresh(index=build)
        standing = self.standing()
        actions = [_add(self.alias, build), {"remove": {"index": build, "alias": self._build_alias}}]
        self._change_aliases(actions, (standing.ours | standing.foreign) - {build})

    def discard(self, build: str) -> None:
        """Delete this build, unless it is searched by now or gone."""
        if self.standing().current != build:
            self._delete([build])

    def _make(self, name: str, *aliases: str) -> None:
        self._client.indices.create(index=name, body=index_body([write_alias(name), *aliases], _meta()))

    def _change_aliases(self, actions: list[dict[str, Any]], gone: Iterable[str]) -> None:
        """All or nothing; what is not there any more was deleted by who began another build."""
        dropped = [{"remove_index": {"index": name}} for name in sorted(gone)]
        try:
            self._client.indices.update_aliases(body={"actions": [*actions, *dropped]})
        except NotFoundError as error:
            raise superseded() from error

    def _delete(self, names: Iterable[str]) -> None:
        for name in names:
            try:
                self._client.indices.delete(index=name)
            except NotFoundError:
                continue


def superseded() -> BuildSuperseded:
    """The error of a build that is none any more."""
    return BuildSuperseded("Der neue Index wurde von einem anderen Aufbau abgelöst.")


def _add(alias: str, index: str) -> dict[str, Any]:
    return {"add": {"index": index, "alias": alias}}


def _meta() -> dict[str, Any]:
    return {"format": FORMAT, "touched": int(time.time())}
