"""The short form of the campaign of mutated documents; `make fuzz` is the long one."""

import pytest

from tests.fuzz.campaign import campaign
from tests.fuzz.documents import WAYS

#: Documents of each way that are read here, and those that go through a reader process.
_DOCUMENTS, _IN_READER = 40, (0, 1)


@pytest.mark.parametrize("name", WAYS)
def test_mutated_documents_are_read_as_they_stand_or_refused(name: str) -> None:
    findings = campaign(name, range(_DOCUMENTS), seed=2026)

    assert findings.breaches == []
    # Neither all refused nor all read: the campaign looks at both.
    assert findings.outcomes["read"] > 0


@pytest.mark.parametrize("name", WAYS)
def test_a_reader_process_reads_them_alike(name: str) -> None:
    findings = campaign(name, _IN_READER, seed=2026, reader=True)

    assert findings.breaches == []
