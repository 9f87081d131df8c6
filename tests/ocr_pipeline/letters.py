"""Letters and tables of office programs, each the least that such a file is, and what in them must never happen."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

TEXT = "Sehr geehrte Frau Öztürk, Ihre Miete beträgt 412,50 Euro."
_TYPES = "application/vnd.openxmlformats-officedocument"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_ODF = "urn:oasis:names:tc:opendocument:xmlns"


def packed(entries: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP of these entries in their order; `mimetype` is stored, as ODF wants it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in entries.items():
            archive.writestr(name, data, zipfile.ZIP_STORED if name == "mimetype" else compression)
    return out.getvalue()


def _ooxml(part: str, kind: str, content: str, relations: str = "") -> bytes:
    overrides = f'<Override PartName="/{part}" ContentType="{_TYPES}.{kind}.main+xml"/>'
    sheet = f'<Override PartName="/xl/a.xml" ContentType="{_TYPES}.spreadsheetml.worksheet+xml"/>'
    folder, _, name = part.rpartition("/")
    return packed({
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}{sheet if "xl/" in part else ""}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_OFFICE}/officeDocument" Target="{part}"/></Relationships>',
        part: content,
        f"{folder}/_rels/{name}.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}</Relationships>',
        **({"xl/a.xml": _SHEET} if "xl/" in part else {}),
    })  # fmt: skip


_SHEET = (
    f'<worksheet xmlns="{_S}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Heizkosten</t></is></c>'
    '<c r="B1"><v>412.5</v></c></row></sheetData></worksheet>'
)


def docx(text: str = TEXT, picture: str | None = None) -> bytes:
    """A letter; `picture` is the address of one that is to be fetched."""
    linked, relations = "", ""
    if picture:
        relations = f'<Relationship Id="r2" Type="{_OFFICE}/image" Target="{picture}" TargetMode="External"/>'
        linked = (
            '<w:p><w:r><w:pict><v:shape style="width:90pt;height:90pt"><v:imagedata r:id="r2"/></v:shape></w:pict>'
            "</w:r></w:p>"
        )
    spaces = f'xmlns:w="{_W}" xmlns:v="urn:schemas-microsoft-com:vml" xmlns:r="{_OFFICE}"'
    body = f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>{linked}"
    return _ooxml("word/document.xml", "wordprocessingml.document",
                  f"<w:document {spaces}><w:body>{body}</w:body></w:document>", relations)  # fmt: skip


def xlsx() -> bytes:
    """A table of one row."""
    sheets = '<sheets><sheet name="A" sheetId="1" r:id="r9"/></sheets>'
    book = f'<workbook xmlns="{_S}" xmlns:r="{_OFFICE}">{sheets}</workbook>'
    return _ooxml("xl/workbook.xml", "spreadsheetml.sheet", book,
                  f'<Relationship Id="r9" Type="{_OFFICE}/worksheet" Target="a.xml"/>')  # fmt: skip


def _opendocument(kind: str, body: str, more: Mapping[str, str] | None = None) -> bytes:
    media_type = f"application/vnd.oasis.opendocument.{kind}"
    names = ("office", "text", "table", "script", "drawing", "fo")
    spaces = " ".join(f'xmlns:{name}="{_ODF}:{name}:1.0"' for name in names)
    spaces += ' xmlns:xlink="http://www.w3.org/1999/xlink"'
    spaces += f' xmlns:draw="{_ODF}:drawing:1.0" xmlns:svg="{_ODF}:svg-compatible:1.0"'
    entries = "".join(
        f'<m:file-entry m:full-path="{path}" m:media-type="{kind_}"/>'
        for path, kind_ in [
            ("/", media_type),
            ("content.xml", "text/xml"),
            *((name, "text/xml") for name in more or {}),
        ]
    )
    return packed({
        "mimetype": media_type,
        "content.xml": f'<office:document-content {spaces} office:version="1.2">{body}</office:document-content>',
        "META-INF/manifest.xml": f'<m:manifest xmlns:m="{_ODF}:manifest:1.0" m:version="1.2">{entries}</m:manifest>',
        **(more or {}),
    })  # fmt: skip


def odt(text: str = TEXT, linked: str | None = None, picture: str | None = None, macro: str | None = None) -> bytes:
    """A letter; `linked`: address of a text to be put in, `picture`: of an image; `macro`: Basic run at opening."""
    inside = f"<text:p>{text}</text:p>"
    if linked:
        inside += f'<text:section text:name="s"><text:section-source xlink:href="{linked}" '
        inside += 'xlink:type="simple" xlink:show="embed" text:filter-name="Text"/><text:p>alt</text:p></text:section>'
    if picture:
        inside += f'<text:p><draw:frame svg:width="3cm" svg:height="3cm"><draw:image xlink:href="{picture}" '
        inside += 'xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"/></draw:frame></text:p>'
    event, more = "", {}
    if macro:
        event = (
            '<office:scripts><office:event-listeners><script:event-listener script:language="ooo:script" '
            'script:event-name="dom:load" '
            'xlink:href="vnd.sun.star.script:Standard.M.Main?language=Basic&amp;location=document" '
            'xlink:type="simple"/></office:event-listeners></office:scripts>'
        )
        basic = '<!DOCTYPE x PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "x.dtd">'
        space = 'xmlns:library="http://openoffice.org/2000/library" xmlns:xlink="http://www.w3.org/1999/xlink"'
        more = {
            "Basic/script-lc.xml": basic.replace(" x ", " library:libraries ")
            + f'<library:libraries {space}><library:library library:name="Standard" library:link="false"/>'
            "</library:libraries>",
            "Basic/Standard/script-lb.xml": basic.replace(" x ", " library:library ")
            + f'<library:library {space} library:name="Standard" library:readonly="false" '
            'library:passwordprotected="false"><library:element library:name="M"/></library:library>',
            "Basic/Standard/M.xml": basic.replace(" x ", " script:module ")
            + '<script:module xmlns:script="http://openoffice.org/2000/script" script:name="M" '
            f'script:language="StarBasic">Sub Main\n{macro}\nEnd Sub</script:module>',
        }
    return _opendocument("text", f"{event}<office:body><office:text>{inside}</office:text></office:body>", more)


def ods(formula: str | None = None) -> bytes:
    """A table; `formula` stands in a second cell."""
    cell = f'<table:table-cell table:formula="{formula}" office:value-type="string"/>' if formula else ""
    row = f'<table:table-cell office:value-type="string"><text:p>Heizkosten</text:p></table:table-cell>{cell}'
    table = f'<table:table table:name="A"><table:table-row>{row}</table:table-row></table:table>'
    return _opendocument("spreadsheet", f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>")


def rtf(text: str = TEXT) -> bytes:
    """A letter in ASCII, umlauts as RTF writes them."""
    escaped = "".join(char if ord(char) < 128 else f"\\u{ord(char)}?" for char in text)
    return ("{\\rtf1\\ansi " + escaped + "}").encode()


CII = """<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" xmlns:ram="urn:ram"
 xmlns:udt="urn:udt"><rsm:ExchangedDocument><ram:ID>RE-2026-17</ram:ID><ram:IssueDateTime>
<udt:DateTimeString format="102">20260302</udt:DateTimeString></ram:IssueDateTime></rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction><ram:IncludedSupplyChainTradeLineItem><ram:SpecifiedTradeProduct><ram:Name>Umzug
</ram:Name></ram:SpecifiedTradeProduct></ram:IncludedSupplyChainTradeLineItem><ram:ApplicableHeaderTradeAgreement>
<ram:BuyerReference>05558-12345-99</ram:BuyerReference><ram:SellerTradeParty><ram:Name>Spedition Möller GmbH</ram:Name>
</ram:SellerTradeParty></ram:ApplicableHeaderTradeAgreement><ram:ApplicableHeaderTradeSettlement>
<ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:DuePayableAmount>595.00</ram:DuePayableAmount>
</ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"""
UBL = """<?xml version="1.0"?><Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:cac" xmlns:cbc="urn:cbc"><cbc:ID>471102</cbc:ID><cbc:IssueDate>2026-03-01</cbc:IssueDate>
<cac:LegalMonetaryTotal>
<cbc:PayableAmount currencyID="EUR">119.00</cbc:PayableAmount></cac:LegalMonetaryTotal></Invoice>"""
