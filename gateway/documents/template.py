"""The collection template: a workbook that bodies without a system fill in by hand.

Headings are the standard's Chinese names, so that a mapping finds them by itself; every cell is
text, so that no identifier loses its zeros; codes come from lists. Read it with one row of
explanation. Pure.
"""

import io
from typing import Any

import xlsxwriter

from gateway.documents.standard import facets
from gateway.standard import Field, Kind
from gateway.standard.rules import rules_about
from gateway.text import documents as messages

#: Rows of a template that are checked while they are filled in.
ROWS = 2_000
#: First row below headings and explanation, from 0.
_FIRST = 2
_WIDTH = 24
_NOTE = 255


def template(kind: Kind) -> bytes:
    """Return the template of a record kind as xlsx: a sheet to fill in, the codes, and how to."""
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"title": f"{kind.zh} {kind.name}"})
    entry, codes, help_ = (book.add_worksheet(name) for name in ("填报", "代码", "说明"))
    _entry(book, entry, kind, _codes(codes, kind))
    _help(book, help_, kind)
    book.close()
    return data.getvalue()


def _codes(sheet: Any, kind: Kind) -> dict[str, str]:
    """Write each code list as three columns, and return the range of its values by field."""
    ranges = {}
    for place, field in enumerate(field for field in kind.fields if field.codes):
        column = place * 4
        sheet.write_string(0, column, field.zh)
        sheet.set_column(column + 1, column + 2, _WIDTH)
        for row, code in enumerate(field.codes, 1):
            for offset, text in enumerate((code.value, code.zh, code.en)):
                sheet.write_string(row, column + offset, text)
        letter = xlsxwriter.utility.xl_col_to_name(column)
        ranges[field.name] = f"=代码!${letter}$2:${letter}${len(field.codes) + 1}"
    return ranges


def _entry(book: Any, sheet: Any, kind: Kind, ranges: dict[str, str]) -> None:
    heading = book.add_format({"bold": True, "text_wrap": True, "border": 1})
    required = book.add_format(
        {"bold": True, "text_wrap": True, "border": 1, "font_color": "#B00020"}
    )
    note = book.add_format(
        {"italic": True, "text_wrap": True, "font_color": "#5A6675", "border": 1}
    )
    text = book.add_format({"num_format": "@"})
    sheet.freeze_panes(_FIRST, 1)
    sheet.set_row(1, 60)
    for column, field in enumerate(kind.fields):
        sheet.set_column(column, column, _WIDTH, text)
        sheet.write_string(0, column, field.zh, required if field.required else heading)
        sheet.write_string(1, column, _explanation(field), note)
        rule = _validation(field, ranges, column)
        if rule is not None:
            sheet.data_validation(_FIRST, column, _FIRST + ROWS - 1, column, rule)


def _explanation(field: Field) -> str:
    need = "必填 required" if field.required else "选填 optional"
    return f"{need}；{field.code}；{field.type_zh}"


def _validation(field: Field, ranges: dict[str, str], column: int) -> dict[str, Any] | None:
    """Return the check that Excel runs on a cell; what it cannot check the gateway does."""
    cell = f"{xlsxwriter.utility.xl_col_to_name(column)}{_FIRST + 1}"
    rule: dict[str, Any]
    if field.codes:
        rule = {"validate": "list", "source": ranges[field.name]}
    elif field.base == "date":
        rule = {"validate": "custom", "value": f"=AND(LEN({cell})=10,ISNUMBER(DATEVALUE({cell})))"}
    elif field.base in ("decimal", "integer"):
        rule = {"validate": "custom", "value": f"=ISNUMBER(VALUE({cell}))"}
    elif field.type == "UnifiedCode":
        rule = {"validate": "length", "criteria": "==", "value": 18}
    elif field.max_length is not None:
        rule = {
            "validate": "length",
            "criteria": "between",
            "minimum": field.min_length or 0,
            "maximum": field.max_length,
        }
    else:
        return None
    admitted = "；".join(zh for zh, _ in facets(field))
    if field.codes:
        admitted = "；".join(f"{code.value} {code.zh}" for code in field.codes)
    return {
        **rule,
        "ignore_blank": True,
        "input_title": field.zh[:32],
        "input_message": admitted[:_NOTE],
        "error_title": messages.check_title(),
        "error_message": f"{field.zh}：{admitted}"[:_NOTE],
    }


def _help(book: Any, sheet: Any, kind: Kind) -> None:
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 28, wrap)
    sheet.set_column(1, 2, 70, wrap)
    heading, explanation = messages.how_to_fill_in()
    lines = [
        (kind.zh, kind.en, kind.source),
        (heading, explanation.zh, explanation.en),
    ]
    lines += [(rule.id, rule.zh, rule.en) for rule in rules_about(kind.name, kind.version)]
    for row, cells in enumerate(lines):
        for column, cell in enumerate(cells):
            sheet.write_string(row, column, cell)
