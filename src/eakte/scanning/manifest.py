"""What a manifest says, against what came."""

from collections.abc import Iterable, Sequence

from eakte.scanning.model import REPLACED_ITEM, Item, ItemSaid

MOST_NAMED = 100


def compared(manifest: Sequence[ItemSaid], items: Iterable[Item]) -> list[str]:
    """Where the items of a batch are not what its manifest says, a German sentence each."""
    there = {item.name: item for item in items if item.state != REPLACED_ITEM}
    said = {file.name: file for file in manifest}
    found = [sentence for name, file in said.items() for sentence in _of_one(file, there.get(name))]
    found += [f"„{name}“ liegt im Stapel, steht aber nicht im Verzeichnis." for name in there if name not in said]
    more = len(found) - MOST_NAMED
    return found if more <= 0 else [*found[:MOST_NAMED], f"Das Verzeichnis weicht an {more} weiteren Stellen ab."]


def _of_one(file: ItemSaid, item: Item | None) -> list[str]:
    if item is None:
        return [f"„{file.name}“ steht im Verzeichnis, liegt aber nicht im Stapel."]
    found = []
    if file.sha256 != item.sha256:
        found.append(f"„{file.name}“ hat im Verzeichnis eine andere Prüfsumme als die empfangene Datei.")
    if file.pages != item.pages:
        found.append(f"„{file.name}“: laut Verzeichnis {file.pages} Seiten, bei der Übertragung {item.pages}.")
    if file.dropped_blank != item.dropped_blank:
        found.append(
            f"„{file.name}“: laut Verzeichnis {file.dropped_blank} ausgelassene Leerseiten, "
            f"bei der Übertragung {item.dropped_blank}."
        )
    return found
