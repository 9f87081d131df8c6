"""Reading the file of the sources (docs/reference/channels-file.md)."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from eakte.channels.model import ChannelsFileInvalid, Folder, Mailbox

AnySource = Folder | Mailbox
_KINDS: dict[str, type[AnySource]] = {"folder": Folder, "mailbox": Mailbox}
_PATHS = {"path", "key_file", "password_file", "ca_file"}
_NUMBERS = {
    "quiet_seconds": (1, 86_400),
    "patience_seconds": (1, 2_592_000),
    "keep_days": (0, 36_500),
    "port": (1, 65_535),
}
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_MAIL_FOLDER = re.compile(r'[^\x00-\x1f\x7f-\U0010ffff"\\]{1,200}')
"""Plain ASCII: what else a folder is called stands in the account's own notation (modified UTF-7)."""


def read_sources(file: Path | None) -> list[AnySource]:
    """Every source in the order of the file; none without a file. Raises ChannelsFileInvalid."""
    if file is None:
        return []
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ChannelsFileInvalid(f"{file} ist nicht zu lesen oder kein TOML.") from error
    if unknown := set(said) - set(_KINDS):
        raise ChannelsFileInvalid(f"Unbekannt: {', '.join(sorted(unknown))}.")
    found = [_source(kind, number, each) for kind in _KINDS for number, each in enumerate(_tables(said, kind), 1)]
    _once("Der Name", [source.name for source in found])
    _once("Der Ordner", [str(source.path) for source in found if isinstance(source, Folder)])
    return found


def _once(what: str, said: list[str]) -> None:
    if twice := {each for each in said if said.count(each) > 1}:
        raise ChannelsFileInvalid(f"{what} {min(twice)} kommt mehrmals vor.")


def _tables(said: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    tables = said.get(kind, [])
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise ChannelsFileInvalid(f"{kind} steht als [[{kind}]].")
    return tables


def _source(kind: str, number: int, said: Mapping[str, Any]) -> AnySource:
    place, known = f"{kind} {number}", {field.name: field for field in fields(_KINDS[kind])}
    if unknown := set(said) - set(known):
        raise ChannelsFileInvalid(f"{place}: unbekannte Angabe {min(unknown)}.")
    if missing := [name for name, field in known.items() if field.default is MISSING and name not in said]:
        raise ChannelsFileInvalid(f"{place}: es fehlt {', '.join(missing)}.")
    source = _KINDS[kind](**{name: _value(place, name, value) for name, value in said.items()})
    _check_together(place, source)
    return source


def _check_together(place: str, source: AnySource) -> None:
    """What no key says alone; a mail moved to where it lies would be collected without end."""
    if isinstance(source, Folder):
        if bool(source.profile) != bool(source.operator):
            raise ChannelsFileInvalid(f"{place}: profile und operator stehen nur zusammen.")
    elif len({each.casefold() for each in (source.folder, source.done_folder, source.failed_folder)}) < 3:
        raise ChannelsFileInvalid(f"{place}: folder, done_folder und failed_folder müssen verschieden sein.")


def _value(place: str, name: str, value: Any) -> Any:
    if name in _NUMBERS:
        least, most = _NUMBERS[name]
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not least <= value <= most:
            raise ChannelsFileInvalid(f"{place}: {name} ist keine Zahl von {least} bis {most}.")
        if name == "port" and not isinstance(value, int):
            raise ChannelsFileInvalid(f"{place}: {name} ist keine ganze Zahl.")
        return value
    if not isinstance(value, str) or not _fits(name, value):
        raise ChannelsFileInvalid(f"{place}: {name} ist so nicht möglich.")
    return Path(value) if name in _PATHS else value


def _fits(name: str, value: str) -> bool:
    if name in _PATHS:
        return Path(value).is_absolute()
    if name == "tls":
        return value in {"ssl", "starttls"}
    if name in {"name", "tenant"}:
        return _NAME.fullmatch(value) is not None
    if name.endswith("folder"):
        return _MAIL_FOLDER.fullmatch(value) is not None
    return 0 < len(value) <= 200 and value.isprintable()
