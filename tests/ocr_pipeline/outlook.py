"""Writes a mail as Outlook saves it: an OLE file ([MS-CFB], version 3) of property streams ([MS-OXMSG])."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Union

Tree = Mapping[str, Union[bytes, "Tree"]]

SECTOR, MINI, CUTOFF = 512, 64, 4096
END, FREE, FAT, NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
_TAGS = {"subject": "0037", "sender": "0C1A", "address": "5D01", "to": "0E04", "body": "1000", "name": "3707",
         "kind": "370E", "shown": "3712"}  # fmt: skip


def msg(said: Mapping[str, str], *attachments: Tree, html: bytes = b"", rtf: bytes = b"", sent: int = 0) -> bytes:
    """A saved mail; `sent` is a FILETIME."""
    return ole(_message(said, attachments, html, rtf, sent, 32))


def attached(name: str, data: bytes, kind: str = "application/octet-stream", shown: str = "") -> Tree:
    """A file that hangs on it."""
    return {"__properties_version1.0": bytes(8), **_texts({"name": name, "kind": kind, "shown": shown}),
            "__substg1.0_37010102": data}  # fmt: skip


def nested(said: Mapping[str, str], *attachments: Tree) -> Tree:
    """A mail that hangs on it."""
    inside = _message(said, attachments, b"", b"", 0, 24)
    return {"__properties_version1.0": bytes(8), "__substg1.0_3701000D": inside}


def _message(said: Mapping[str, str], attachments: tuple[Tree, ...], html: bytes, rtf: bytes, sent: int,
             head: int) -> Tree:  # fmt: skip
    fixed = struct.pack("<HHIQ", 0x0040, 0x0039, 6, sent) if sent else b""
    more = {"__substg1.0_10130102": html, "__substg1.0_10090102": rtf}
    hanging = {f"__attach_version1.0_#{number:08X}": each for number, each in enumerate(attachments)}
    return {"__properties_version1.0": bytes(head) + fixed, **_texts(said),
            **{name: data for name, data in more.items() if data}, **hanging}  # fmt: skip


def _texts(said: Mapping[str, str]) -> dict[str, bytes]:
    return {f"__substg1.0_{_TAGS[name]}001F": text.encode("utf-16-le") for name, text in said.items() if text}


def ole(tree: Tree) -> bytes:
    """Header, FAT, directory, streams; the entries of a storage hang in one line to the right."""
    entries: list[list[object]] = []  # name, kind, child, right, data
    _enter(entries, "Root Entry", 5, tree)
    mini, minifat = b"", []
    sectors: list[bytes] = []
    fat: list[int] = []
    starts: list[tuple[int, int]] = []

    def chain(data: bytes) -> int:
        count = -(-len(data) // SECTOR)
        first = len(sectors)
        for place in range(count):
            sectors.append(data[place * SECTOR : (place + 1) * SECTOR].ljust(SECTOR, b"\0"))
            fat.append(END if place == count - 1 else first + place + 1)
        return first if count else END

    for entry in entries:
        data = entry[4]
        if not isinstance(data, bytes):
            starts.append((0, 0))
        elif len(data) >= CUTOFF:
            starts.append((chain(data), len(data)))
        else:
            count, first = -(-len(data) // MINI), len(minifat)
            minifat += [END if place == count - 1 else first + place + 1 for place in range(count)]
            mini += data.ljust(count * MINI, b"\0")
            starts.append((first if count else END, len(data)))
    starts[0] = (chain(mini), len(mini))
    table = struct.pack(f"<{len(minifat)}I", *minifat)
    minifat_start = chain(table.ljust(-(-len(table) // SECTOR) * SECTOR, b"\xff"))
    directory = b"".join(_directory_entry(entry, *start) for entry, start in zip(entries, starts, strict=True))
    directory_start = chain(directory)
    count = next(n for n in range(1, 110) if n * SECTOR // 4 >= len(fat) + n)
    places = [len(sectors) + number for number in range(count)]
    fat += [FAT] * count
    whole = struct.pack(f"<{len(fat)}I", *fat).ljust(count * SECTOR, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, count, directory_start, 0, CUTOFF,
                        minifat_start, -(-len(table) // SECTOR), END, 0)  # fmt: skip
    head += struct.pack("<109I", *places, *[FREE] * (109 - count))
    return head + b"".join(sectors) + whole


def _enter(entries: list[list[object]], name: str, kind: int, tree: Tree) -> int:
    mine = len(entries)
    entries.append([name, kind, NONE, NONE, None])
    before = None
    for below, content in sorted(tree.items(), key=lambda item: (len(item[0]), item[0].upper())):
        if isinstance(content, bytes):
            index = len(entries)
            entries.append([below, 2, NONE, NONE, content])
        else:
            index = _enter(entries, below, 1, content)
        if before is None:
            entries[mine][2] = index
        else:
            entries[before][3] = index
        before = index
    return mine


def _directory_entry(entry: list[object], start: int, size: int) -> bytes:
    name, kind, child, right, _ = entry
    encoded = str(name).encode("utf-16-le") + b"\0\0"
    return encoded.ljust(64, b"\0") + struct.pack(
        "<HBBIII16xI16xIQ", len(encoded), kind, 1, NONE, right, child, 0, start, size
    )
