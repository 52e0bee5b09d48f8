"""The readers of the code of a30a388, for the benchmark: run as a script with that code's path
first.

It imports nothing of today's code. Reads a line of JSON (kind, path, settings), answers with one.
"""

import json
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from adapters import Batch
from adapters.database import DatabaseAdapter, DatabaseSettings
from adapters.formats import dbf, delimited, fixed, spreadsheet, xml
from adapters.formats import json as json_format
from adapters.soap_answers.answer import read_answer

_FORMATS: dict[str, Any] = {
    "delimited": (delimited.DelimitedText, delimited.DelimitedSettings),
    "fixed": (fixed.FixedWidth, fixed.FixedSettings),
    "json": (json_format.Json, json_format.JsonSettings),
    "xml": (xml.Xml, xml.XmlSettings),
    "spreadsheet": (spreadsheet.Spreadsheet, spreadsheet.SpreadsheetSettings),
    "dbf": (dbf.Dbf, dbf.DbfSettings),
}


def read(name: str, path: Path, settings: dict[str, Any]) -> int:
    """Read a file as its adapter did; return the number of rows."""
    if name == "soap":
        former: Any = read_answer
        return len(former(path.read_bytes(), "text/xml", "Data.Row", []).rows)
    if name == "database":
        database_settings = DatabaseSettings(url=f"sqlite:///{path}", **settings)
        with closing(DatabaseAdapter(database_settings)) as adapter:
            return sum(item.rows.height for item in adapter.fetch("") if isinstance(item, Batch))
    kind, settings_kind = _FORMATS[name]
    with path.open("rb") as stream:
        chunks = kind(settings_kind(**settings)).read(stream, 10_000)
        return sum(chunk.rows.height for chunk in chunks)


def main() -> None:
    """Answer each line with rows and CPU seconds."""
    for line in sys.stdin:
        name, path, settings = json.loads(line)
        start = time.process_time()
        count = read(name, Path(path), settings)
        print(json.dumps({"rows": count, "cpu_s": time.process_time() - start}), flush=True)


if __name__ == "__main__":
    main()
