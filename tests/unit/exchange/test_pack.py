"""Packing: what travels has passed the XSD, and only the XSD's own word sets a record aside."""

import polars as pl
import pytest

from gateway.exchange.packing import pack
from gateway.protocol.header import Header
from gateway.protocol.package_writer import withdrawal_xml
from gateway.standard import SchemaValidator, load_gate
from tests.support.clock import NOW

GUID = "00000000-0000-4000-8000-000000000000"
HEADER = Header(GUID, "demo", "demo.feed", "HousingFundPayment", "1.0", 1, NOW, 0)
KEYS = pl.Series("key", [f"{n:032x}" for n in range(3)])


def test_a_record_that_the_xsd_refuses_is_set_aside_and_the_others_travel() -> None:
    records = withdrawal_xml(pl.Series("key", ["short", *KEYS]))

    [package], [fault] = pack(records, HEADER, load_gate("1.0"), lambda: GUID)

    assert package.rows == [1, 2, 3]
    assert package.header.records == 3
    assert fault.row == 0


def test_where_the_quick_look_is_too_strict_the_tree_decides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(SchemaValidator, "is_valid", lambda *_: False)

    packages, faults = pack(withdrawal_xml(KEYS), HEADER, load_gate("1.0"), lambda: GUID)

    assert [package.rows for package in packages] == [[0, 1, 2]]
    assert faults == []
