"""The indexes of one tenant in OpenSearch: which is searched, which is being built, and what is left of the dead.

<name>-<format>-<random>        an index; its mapping's `_meta` says when somebody last worked at it
<name>-<format>-<random>-write  its own alias: writes name it and demand an alias, so none of them makes an index
<name>-<format>                 alias of what is searched
<name>-<format>-build           alias of what is being built, from the index's first moment on

Only what still has the build alias can be swapped in, and the cluster looks at that in the step that swaps. So a build
is given up by taking this alias from it, and what has neither alias may be deleted by anybody at any time.
"""

import re
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError, RequestError

from search.errors import BuildSuperseded, IndexBusy, IndexUnusable
from search.opensearch.schema import FORMAT, index_body

# A build writes every few seconds; one that has not for so long has lost its process.
_ABANDONED_SECONDS = 3600
_NOTE_SECONDS = 60
# a large build is refreshed for a while; else a busy cluster needs time to agree
_SWAP_SECONDS, _SECONDS = 300, 60
_ROUNDS = 5


def write_alias(index: str) -> str:
    """The name under which this index is written."""
    return f"{index}-write"


@dataclass(frozen=True, slots=True)
class Standing:
    """All indexes of a tenant at one moment; `builds` are alive, `abandoned` too old, `dead` have no alias but their
    own, `foreign` have another format.
    """

    current: str | None
    builds: frozenset[str]
    abandoned: frozenset[str]
    dead: frozenset[str]
    foreign: frozenset[str]

    @property
    def targets(self) -> list[str]:
        """Where live writes go: whichever build is swapped in must know them."""
        return [*([self.current] if self.current else []), *sorted(self.builds - {self.current})]

    @property
    def all(self) -> frozenset[str]:
        """Every index of the tenant."""
        known = self.builds | self.abandoned | self.dead | self.foreign
        return known | {self.current} if self.current else known


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
        builds = frozenset(name for name in ours if self._build_alias in aliases[name])
        abandoned = frozenset(name for name in builds if touched[name] <= time.time() - _ABANDONED_SECONDS)
        return Standing(
            current, builds - abandoned, abandoned, ours - builds - {current}, frozenset(found) - ours
        )  # fmt: skip

    def targets(self) -> list[str]:
        """Where a live write goes; IndexUnusable if there is nothing to write to."""
        standing = self.standing()
        self._clear(standing.abandoned, standing.dead)
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
        """The name of a new empty index that live writes reach from now on; older builds are given up."""
        name = f"{self.alias}-{uuid.uuid4().hex}"
        self._make(name, self._build_alias, refresh_interval="-1")
        older = self.standing()
        self._clear((older.builds | older.abandoned) - {name}, older.dead)
        return name

    def demand(self, build: str) -> None:
        """BuildSuperseded unless this is still a build; notes now and then that somebody works at it."""
        if not self._client.indices.exists_alias(name=self._build_alias, index=build, request_timeout=_SECONDS):
            raise superseded()
        if time.monotonic() - self._noted.get(build, 0.0) > _NOTE_SECONDS:
            self._client.indices.put_mapping(index=build, body={"_meta": _meta()}, request_timeout=_SECONDS)
            self._noted = {build: time.monotonic()}

    def swap(self, build: str) -> None:
        """Let the alias point to the build, and delete all else of the tenant, in one step; harmless once it does."""
        if self.standing().current == build:
            return
        self.demand(build)
        settings = {"index": {"refresh_interval": None}}
        self._client.indices.put_settings(index=build, body=settings, request_timeout=_SECONDS)
        self._client.indices.refresh(index=build, request_timeout=_SWAP_SECONDS)
        for _ in range(_ROUNDS):
            standing = self.standing()
            if build not in standing.builds | standing.abandoned:
                raise superseded()
            gone = [{"remove_index": {"index": name}} for name in sorted(standing.all - {build})]
            if self._changed_aliases([{"add": {"index": build, "alias": self.alias}}, self._no_build(build), *gone]):
                self.refresh()
                return
        raise IndexBusy("Die Indexe in OpenSearch werden von anderen Prozessen gelöscht.")

    def refresh(self) -> None:
        """Let what is searched by now show all that was written to it; harmless if there is nothing."""
        missing = {"ignore_unavailable": "true"}
        self._client.indices.refresh(index=self.alias, params=missing, request_timeout=_SECONDS)

    def discard(self, build: str) -> None:
        """Delete this build, unless it is searched by now or gone."""
        self._clear([build], ())

    def _make(self, name: str, *aliases: str, **settings: str) -> None:
        body = index_body([write_alias(name), *aliases], _meta())
        body["settings"] |= settings
        self._client.indices.create(index=name, body=body, request_timeout=_SECONDS)

    def _clear(self, builds: Iterable[str], dead: Iterable[str]) -> None:
        """Give up these builds, but none that was swapped in since, and delete what nobody can want any more."""
        given_up = [build for build in builds if self._changed_aliases([self._no_build(build)])]
        for name in [*given_up, *dead]:
            try:
                self._client.indices.delete(index=name, request_timeout=_SECONDS)
            except NotFoundError:
                continue

    def _no_build(self, name: str) -> dict[str, Any]:
        """Fails if it is none."""
        return {"remove": {"index": name, "alias": self._build_alias, "must_exist": True}}

    def _changed_aliases(self, actions: list[dict[str, Any]]) -> bool:
        """All or nothing: False if an index or alias among them is not there any more."""
        try:
            self._client.indices.update_aliases(body={"actions": actions}, request_timeout=_SWAP_SECONDS)
        except NotFoundError:
            return False
        except RequestError as error:
            if error.error != "illegal_argument_exception":
                raise
            return False
        return True


def superseded() -> BuildSuperseded:
    """The error of a build that is none any more."""
    return BuildSuperseded("Der neue Index wurde von einem anderen Aufbau abgelöst.")


def _meta() -> dict[str, Any]:
    return {"touched": int(time.time())}
