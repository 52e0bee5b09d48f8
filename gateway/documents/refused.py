"""Refused rows as a workbook: why, and the row as received, to be mended and uploaded again.

Pure. Every cell is text: no identifier loses its zeros, and nothing that a department sent becomes
a formula.
"""

import io
from collections.abc import Sequence

import xlsxwriter

from gateway.exchange.refusal_store import Refusal
from gateway.masking import Warrant

#: Columns before the row's own; they are left aside when the workbook comes back.
OWN = ("退回编号 id", "出处 source", "字段 field", "规则 rule", "原因 reason")
_WIDTH, _WIDE = 18, 60


def refused_workbook(refusals: Sequence[Refusal], warrant: Warrant) -> bytes:
    """Return refusals as xlsx: one row each, its faults joined, then the row as received."""
    rows = [refusal.row.reveal(warrant) for refusal in refusals]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    data = io.BytesIO()
    book = xlsxwriter.Workbook(
        data, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet("退回")
    heading = book.add_format({"bold": True, "border": 1, "text_wrap": True})
    aside = book.add_format({"num_format": "@", "font_color": "#5A6675", "text_wrap": True})
    text = book.add_format({"num_format": "@"})
    sheet.freeze_panes(1, len(OWN))
    for place, name in enumerate((*OWN, *columns)):
        sheet.set_column(
            place,
            place,
            _WIDE if place == len(OWN) - 1 else _WIDTH,
            aside if place < len(OWN) else text,
        )
        sheet.write_string(0, place, name, heading)
    for line, (refusal, row) in enumerate(zip(refusals, rows, strict=True), 1):
        for place, cell in enumerate(
            (*_cells(refusal), *(str(row.get(name) or "") for name in columns))
        ):
            sheet.write_string(line, place, cell, aside if place < len(OWN) else text)
    book.close()
    return data.getvalue()


def _cells(refusal: Refusal) -> tuple[str, str, str, str, str]:
    return (
        str(refusal.id),
        f"{refusal.unit} {refusal.ref}",
        "\n".join(fault.field for fault in refusal.faults),
        "\n".join(fault.rule for fault in refusal.faults),
        "\n".join(str(fault.text) for fault in refusal.faults),
    )
