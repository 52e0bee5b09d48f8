"""A version written out whole is used by tools that know nothing of ours."""

from pathlib import Path

import pytest
import xmlschema
from lxml import etree

from gateway.reports.export import exported
from gateway.reports.genericode import genericode
from gateway.standard import VERSIONS, load_standard
from gateway.standard.codelists import code_list
from tests.command import creditgate


@pytest.mark.parametrize("version", VERSIONS)
def test_an_exported_version_validates_in_lxml_and_xmlschema_as_plain_files(
    version: str, tmp_path: Path
) -> None:
    for name, data in exported(version).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    folder = tmp_path / "credit" / version

    for path in (*folder.glob("*.xsd"), *tmp_path.glob("exchange/*/*.xsd")):
        etree.XMLSchema(etree.parse(path))
    kinds = {
        name for path in folder.glob("*.xsd") for name in xmlschema.XMLSchema10(str(path)).elements
    }
    assert kinds >= load_standard(version).kinds.keys()


def test_a_code_list_is_written_as_genericode_row_by_row() -> None:
    root = etree.fromstring(genericode(code_list("regions")))

    rows = [
        {value.get("ColumnRef"): value.findtext("SimpleValue") for value in row}
        for row in root.iterfind("SimpleCodeList/Row")
    ]
    assert len(rows) == len(code_list("regions").codes)
    assert {
        "code": "441381",
        "zh": "惠阳市",
        "firstListed": "1995-12",
        "lastListed": "2002-12",
        "successors": "441303",
    } in rows
    assert root.findtext("Identification/Agency/LongName") == "GB/T 2260"


def test_the_command_writes_the_folder_and_looks_a_code_up(tmp_path: Path) -> None:
    creditgate("schema", "export", str(tmp_path), "--version", "1.0")
    looked = creditgate("schema", "codes", "regions", "--code", "441381", "--json")

    assert (tmp_path / "credit" / "1.0" / "common.xsd").exists()
    assert (tmp_path / "codes" / "PenaltyClass.gc").exists()
    assert '"441303"' in looked.stdout
