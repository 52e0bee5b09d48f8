"""Workbooks that people upload, read in a reader like any department's bytes."""

from dataclasses import replace
from typing import Any

import polars as pl

from adapters import RowFault
from adapters.formats import FormatError
from adapters.reader.errors import ReaderEndedError, ReadersBusyError
from adapters.reader.files import FileRequest, read_bytes
from gateway.exchange.pipeline import row_faults
from gateway.submissions.store import SubmissionRefusedError
from gateway.text import uploads as messages


def uploaded_rows(
    data: bytes, settings: dict[str, Any], row_limit: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return a workbook's rows as text columns, and what is wrong with them (FAULT_SCHEMA).

    Raises SubmissionRefusedError: no workbook that can be read (422), more than `row_limit` rows
    (413), no reader at present (503).
    """
    parts: list[pl.DataFrame] = []
    faults: list[RowFault] = []
    height = 0
    try:
        for chunk in read_bytes(data, FileRequest("spreadsheet", settings, size=row_limit + 1)):
            faults += [replace(fault, row=height + fault.row) for fault in chunk.faults]
            height += chunk.rows.height
            parts += [chunk.rows] if chunk.rows.width else []
            if height > row_limit:
                raise SubmissionRefusedError(413, *messages.too_many_rows(row_limit))
    except ReadersBusyError as error:
        raise SubmissionRefusedError(503, error.zh, error.en) from None
    except (FormatError, ReaderEndedError) as error:
        raise SubmissionRefusedError(422, error.zh, error.en) from None
    return pl.concat(parts) if parts else pl.DataFrame(), row_faults(tuple(faults))
