"""An electronic invoice (XRechnung, ZUGFeRD, Factur-X: EN 16931 as UBL or CII) in words, and any other XML as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from ocr_pipeline.kinds import decoded

Element = ET.Element
_DECLARED = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_BARE_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)")

_DEAL = "SupplyChainTradeTransaction"
_AGREED, _PAID = f"{_DEAL}/ApplicableHeaderTradeAgreement", f"{_DEAL}/ApplicableHeaderTradeSettlement"
_SUMS = f"{_PAID}/SpecifiedTradeSettlementHeaderMonetarySummation"
_SELLER, _BUYER = "AccountingSupplierParty/Party", "AccountingCustomerParty/Party"


@dataclass(frozen=True)
class Field:
    """A fact of an invoice and where the two forms keep it; the first path that leads to something counts."""

    label: str
    paths: tuple[str, ...]


FIELDS = (
    Field("Rechnungsnummer", ("ID", "ExchangedDocument/ID", "HeaderExchangedDocument/ID")),
    Field("Rechnungsdatum", ("IssueDate", "ExchangedDocument/IssueDateTime/DateTimeString")),
    Field("Fällig am", ("DueDate", f"{_PAID}/SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString")),
    Field("Leitweg-ID", ("BuyerReference", f"{_AGREED}/BuyerReference")),
    Field("Verkäufer", (f"{_SELLER}/PartyLegalEntity/RegistrationName", f"{_SELLER}/PartyName/Name",
                        f"{_AGREED}/SellerTradeParty/Name")),
    Field("Käufer", (f"{_BUYER}/PartyLegalEntity/RegistrationName", f"{_BUYER}/PartyName/Name",
                     f"{_AGREED}/BuyerTradeParty/Name")),
    Field("IBAN", ("PaymentMeans/PayeeFinancialAccount/ID",
                   f"{_PAID}/SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount/IBANID")),
    Field("Währung", ("DocumentCurrencyCode", f"{_PAID}/InvoiceCurrencyCode")),
    Field("Netto", ("LegalMonetaryTotal/TaxExclusiveAmount", f"{_SUMS}/TaxBasisTotalAmount")),
    Field("Umsatzsteuer", ("TaxTotal/TaxAmount", f"{_SUMS}/TaxTotalAmount")),
    Field("Brutto", ("LegalMonetaryTotal/TaxInclusiveAmount", f"{_SUMS}/GrandTotalAmount")),
    Field("Zahlbetrag", ("LegalMonetaryTotal/PayableAmount", f"{_SUMS}/DuePayableAmount")),
)  # fmt: skip
LINES = ("InvoiceLine", "CreditNoteLine", f"{_DEAL}/IncludedSupplyChainTradeLineItem")
LINE_FIELDS = (
    Field("", ("Item/Name", "SpecifiedTradeProduct/Name")),
    Field("Menge", ("InvoicedQuantity", "CreditedQuantity", "SpecifiedLineTradeDelivery/BilledQuantity")),
    Field("Betrag", ("LineExtensionAmount",
                     "SpecifiedLineTradeSettlement/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount")),
)  # fmt: skip
ROOTS = {"Invoice", "CreditNote", "CrossIndustryInvoice", "CrossIndustryDocument"}


def readable(data: bytes) -> tuple[list[tuple[str, str]], str]:
    """Facts by label, and the text below them: positions and every value of an invoice, else the XML itself."""
    root = _root(data)
    if root is None or _name(root) not in ROOTS:
        return [], decoded(data).replace("><", ">\n<")
    facts = [(field.label, value) for field in FIELDS if (value := _value(root, field))]
    positions = [_position(line) for path in LINES for line in _found(root, path)]
    text = ["Positionen", *positions, "", "Alle Angaben", *_everything(root)]
    return [("Art", "Elektronische Rechnung"), *facts], "\n".join(text)


def _root(data: bytes) -> Element | None:
    """None for what is no XML, and for what declares entities: they can swell or point elsewhere."""
    if _DECLARED.search(data):
        return None
    try:
        return ET.fromstring(data)  # noqa: S314  # declares nothing, in a contained child
    except ET.ParseError:
        return None


def _position(line: Element) -> str:
    values = [(field.label, _value(line, field)) for field in LINE_FIELDS]
    return "• " + ", ".join(f"{label} {value}".strip() for label, value in values if value)


def _everything(root: Element) -> Iterator[str]:
    """Each value under the names that lead to it."""
    below: list[tuple[str, Element]] = [("", root)]
    while below:
        path, element = below.pop()
        if text := (element.text or "").strip():
            yield f"{path}: {text}"
        below += [(f"{path} / {_name(each)}".strip(" /"), each) for each in reversed(element)]


def _value(root: Element, field: Field) -> str:
    for path in field.paths:
        for element in _found(root, path):
            if text := (element.text or "").strip():
                return _dated(element, text)
    return ""


def _dated(element: Element, text: str) -> str:
    date = _BARE_DATE.fullmatch(text) if "Date" in _name(element) else None
    return f"{date[3]}.{date[2]}.{date[1]}" if date else text


def _found(root: Element, path: str) -> list[Element]:
    found = [root]
    for step in path.split("/"):
        found = [each for element in found for each in element if _name(each) == step]
    return found


def _name(element: Element) -> str:
    """Without its namespace, which differs by version."""
    return str(element.tag).rpartition("}")[2]
