"""Sound documents of each format, made from random rows: what mutations begin with."""

from tests.fuzz.documents import records, soap, tables, texts
from tests.fuzz.ways import Way

WAYS: dict[str, Way] = {**texts.WAYS, **records.WAYS, **tables.WAYS, **soap.WAYS}
