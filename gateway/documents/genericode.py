"""Code lists as genericode 1.0 (OASIS): one document a list, for systems that read lists by themselves. Pure."""

from lxml import etree

from gateway.standard.codelists import CodeList

_GC = "http://docs.oasis-open.org/codelist/ns/genericode/1.0/"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
#: Columns in order: id, whether each code has one, name in Chinese.
_COLUMNS = (
    ("code", "required", "代码"),
    ("zh", "required", "中文名称"),
    ("en", "optional", "英文名称"),
    ("firstListed", "optional", "首次列入"),
    ("lastListed", "optional", "末次列入"),
    ("successors", "optional", "取代它的代码"),
)


def genericode(found: CodeList) -> bytes:
    """Write a list: identification, columns, and a row a code; a column that is empty has no value."""
    root = etree.Element(f"{{{_GC}}}CodeList", nsmap={"gc": _GC})
    about = etree.SubElement(root, "Identification")
    _text(about, "ShortName", found.name)
    for language, name in (("zh", found.zh), ("en", found.en)):
        _text(about, "LongName", name).set(_LANG, language)
    _text(about, "Version", found.edition)
    uri = f"urn:creditgate:codes:{found.name}"
    _text(about, "CanonicalUri", uri)
    _text(about, "CanonicalVersionUri", f"{uri}:{found.edition}")
    agency = etree.SubElement(about, "Agency")
    _text(agency, "LongName", found.source)
    columns = etree.SubElement(root, "ColumnSet")
    for identity, use, name in _COLUMNS:
        column = etree.SubElement(columns, "Column", Id=identity, Use=use)
        _text(column, "ShortName", identity)
        _text(column, "LongName", name)
        etree.SubElement(column, "Data", Type="normalizedString")
    # What tells rows apart: a code may have had several names, and one name twice.
    key = etree.SubElement(columns, "Key", Id="codeKey")
    _text(key, "ShortName", "codeKey")
    for identity in ("code", "zh", "firstListed"):
        etree.SubElement(key, "ColumnRef", Ref=identity)
    rows = etree.SubElement(root, "SimpleCodeList")
    for code in found.codes:
        row = etree.SubElement(rows, "Row")
        values = (
            code.value,
            code.zh,
            code.en,
            code.first_listed,
            code.last_listed,
            " ".join(code.successors),
        )
        for (identity, _, _), value in zip(_COLUMNS, values, strict=True):
            if value:
                _text(etree.SubElement(row, "Value", ColumnRef=identity), "SimpleValue", value)
    whole: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return whole


def _text(parent: etree._Element, name: str, text: str) -> etree._Element:
    node = etree.SubElement(parent, name)
    node.text = text
    return node
