"""Why an archival copy is no PDF/A: a stable code and a German sentence for each."""

from __future__ import annotations

import pikepdf
from pikepdf import pdfa

LEVEL = "PDF/A-2b"

REASONS = {
    "signed": "Das Dokument ist elektronisch signiert; eine geänderte Fassung würde die Signatur zerstören.",
    "text-changed": "Schriften ließen sich nicht einbetten, ohne den Text zu verändern.",
    "fonts": "Das Dokument verwendet Schriften, die es nicht oder fehlerhaft enthält.",
    "colour": "Das Dokument verwendet Farbangaben, die PDF/A nicht zulässt.",
    "image": "Das Dokument enthält Bilder in einer Form, die PDF/A nicht zulässt oder die nicht geprüft werden kann.",
    "annotations": "Das Dokument enthält Anmerkungen oder Formularfelder, die PDF/A nicht zulässt.",
    "unchecked": "Das Dokument enthält Bestandteile, deren Eignung für PDF/A nicht geprüft werden kann.",
    "content": "Das Dokument enthält Bestandteile, die PDF/A nicht zulässt.",
    "not-made": "Die erkannten Wörter ließen sich nicht in das Dokument einfügen; es wurde ohne sie übernommen.",
}
"""German sentence for each code of `Joined.code`."""

CLAUSES = (("6.2.11", "fonts"), ("6.2.4", "colour"), ("6.2.8", "image"), ("6.3", "annotations"), ("6.4", "annotations"))
"""Clauses of ISO 19005-2 by code, the reason that helps most first."""
WORDS = (("font", "fonts"), ("jpx", "image"), ("image", "image"), ("color", "colour"), ("annot", "annotations"))


def refusal(code: str) -> dict[str, str | None]:
    """The answer of a join that made no PDF/A."""
    return {"conformance": None, "code": code, "reason": REASONS[code]}


def reason_against(pdf: pikepdf.Pdf, flavour: str) -> dict[str, str | None]:
    """What the checker holds against this document in the first place."""
    with pikepdf.new() as copy:
        copy.pages.extend(pdf.pages)
        pdfa.prepare(copy, flavour)
        findings = pdfa.check(copy, flavour).findings
    rules = [finding.rule.rpartition(":")[2] for finding in findings]
    said = " ".join(f"{finding.rule} {finding.where}" for finding in findings).lower()
    by_clause = (code for clause, code in CLAUSES if any(rule.startswith(clause) for rule in rules))
    by_word = (code for word, code in WORDS if word in said)
    otherwise = "content" if any(finding.kind == "violation" for finding in findings) else "unchecked"
    return refusal(next(by_clause, None) or next(by_word, otherwise))
