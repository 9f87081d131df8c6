"""Decides whether a document files itself. Pure. A wrong place is worse than a person's glance: doubt means clearing.

A document files itself only if exactly one distinct reference occurs in it, at least one occurrence is sure, none reads
differently, it names an open case file, and no other known reference is one character away.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from eakte.recognition.references import Occurrence, distance

SURE = 0.85
"""The least confidence, 0 to 1, that one occurrence must reach."""

_ALPHABET = "0123456789/"

State = Literal["open", "closed"]
Lookup = Callable[[str], State | None]
Neighbours = Callable[[str], Iterable[str]]


class Reason(Enum):
    """Why a person has to look; the value is the stable code."""

    NO_REFERENCE = "no-reference"
    SEVERAL_REFERENCES = "several-references"
    READS_DIFFERENTLY = "reads-differently"
    UNSURE_READING = "unsure-reading"
    UNKNOWN_REFERENCE = "unknown-reference"
    CLOSED_CASE_FILE = "closed-case-file"
    SIMILAR_REFERENCE = "similar-reference"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True)
class FileInto:
    """The document goes into the case file of this reference, with nobody's help."""

    reference: str


@dataclass(frozen=True)
class Clearing:
    """A person decides. The proposal is a reference; `open_new`: it has no case file yet."""

    reason: Reason
    sentence: str
    proposal: str | None = None
    open_new: bool = False


def decide(occurrences: Sequence[Occurrence], known: Lookup, neighbours: Neighbours) -> FileInto | Clearing:
    """Judge all occurrences of a document.

    `known` gives the state of the tenant's case file of a reference; `neighbours` its known references one character
    away, open or closed (see `one_away`, `variants`).
    """
    distinct = sorted({occurrence.reference for occurrence in occurrences})
    if not distinct:
        return Clearing(Reason.NO_REFERENCE, "Im Dokument wurde kein Aktenzeichen gefunden.")
    if len(distinct) > 1:
        return _several(distinct, known)
    return _single(distinct[0], occurrences, known, sorted(set(neighbours(distinct[0])) - set(distinct)))


def _several(distinct: Sequence[str], known: Lookup) -> Clearing:
    sentence = f"Im Dokument stehen mehrere Aktenzeichen: {', '.join(distinct)}."
    named = [reference for reference in distinct if known(reference) == "open"]
    return Clearing(Reason.SEVERAL_REFERENCES, sentence, named[0] if len(named) == 1 else None)


def _single(
    reference: str, occurrences: Sequence[Occurrence], known: Lookup, similar: Sequence[str]
) -> FileInto | Clearing:
    state = known(reference)
    if state is None and len(similar) == 1:
        sentence = f"Zum Aktenzeichen {reference} gibt es keine Akte, aber zum fast gleichen {similar[0]}."
        return Clearing(Reason.SIMILAR_REFERENCE, sentence, similar[0])
    doubt = _doubt(reference, occurrences, state, similar)
    if doubt is None:
        return FileInto(reference)
    return Clearing(*doubt, proposal=reference, open_new=state is None)


def _doubt(
    reference: str, occurrences: Sequence[Occurrence], state: State | None, similar: Sequence[str]
) -> tuple[Reason, str] | None:
    if different := [occurrence for occurrence in occurrences if occurrence.reads_differently]:
        read = f"„{different[0].as_read}“ auf Seite {different[0].page}"
        return Reason.READS_DIFFERENTLY, f"Das Aktenzeichen {reference} ist nicht überall gleich zu lesen: {read}."
    if (best := max(occurrence.confidence for occurrence in occurrences)) < SURE:
        share = f"{int(best * 100)} % statt mindestens {int(SURE * 100)} %"
        return Reason.UNSURE_READING, f"Das Aktenzeichen {reference} ist nicht sicher genug erkannt ({share})."
    if state is None:
        return Reason.UNKNOWN_REFERENCE, f"Zum Aktenzeichen {reference} gibt es noch keine Akte."
    if state == "closed":
        return Reason.CLOSED_CASE_FILE, f"Die Akte {reference} ist geschlossen."
    if similar:
        return Reason.SIMILAR_REFERENCE, f"Zu {reference} gibt es ein fast gleiches Aktenzeichen: {', '.join(similar)}."
    return None


def one_away(one: str, other: str) -> bool:
    """Whether one substitution, insertion, deletion or exchange of neighbours makes the one from the other."""
    return abs(len(one) - len(other)) <= 1 and distance(one, other) == 1


def variants(reference: str, alphabet: str = _ALPHABET) -> set[str]:
    """Every text of this alphabet one character away, some 300 for a BG-Nummer; for a lookup by an index.

    The alphabet must hold every character that known references are written with.
    """
    cuts = [(reference[:at], reference[at:]) for at in range(len(reference) + 1)]
    found = {head + tail[1:] for head, tail in cuts if tail}
    found |= {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}
    found |= {head + char + tail[1:] for head, tail in cuts if tail for char in alphabet}
    found |= {head + char + tail for head, tail in cuts for char in alphabet}
    return found - {reference}
