"""Code lists as genericode 1.0 (OASIS), a document a list, for systems that read them. Pure."""

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


def genericode(code_list: CodeList) -> bytes:
    """Return a list as XML: identification, columns, a row a code; an empty column has no value."""
    root = etree.Element(f"{{{_GC}}}CodeList", nsmap={"gc": _GC})
    identification = etree.SubElement(root, "Identification")
    _text(identification, "ShortName", code_list.name)
    for language, name in (("zh", code_list.zh), ("en", code_list.en)):
        _text(identification, "LongName", name).set(_LANG, language)
    _text(identification, "Version", code_list.edition)
    uri = f"urn:creditgate:codes:{code_list.name}"
    _text(identification, "CanonicalUri", uri)
    _text(identification, "CanonicalVersionUri", f"{uri}:{code_list.edition}")
    agency = etree.SubElement(identification, "Agency")
    _text(agency, "LongName", code_list.source)
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
    for code in code_list.codes:
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
    document: bytes = etree.tostring(
        root, xml_declaration=True, encoding="UTF-8", pretty_print=True
    )
    return document


def _text(parent: etree._Element, name: str, text: str) -> etree._Element:
    node = etree.SubElement(parent, name)
    node.text = text
    return node
