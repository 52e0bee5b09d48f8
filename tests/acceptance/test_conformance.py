"""The standard at the command line: samples made, checked and reported by the program itself."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from gateway.demo.balance import complaints
from gateway.demo.town import Town
from tests.support.command import creditgate, in_this_process
from tests.support.towns import TownWithoutCentre


@pytest.mark.parametrize(
    ("run", "kind"),
    [
        (in_this_process, "Loan"),
        (in_this_process, "FarmerHousehold"),
        (creditgate, "AdministrativePenalty"),
    ],
)
def test_what_sample_writes_check_passes_and_what_it_spoils_check_names(
    tmp_path: Path, run: Any, kind: str
) -> None:
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_text(run("schema", "sample", kind, "--count", "20").stdout, "utf-8")
    spoiled = run("schema", "sample", kind, "--count", "20", "--spoiled")
    bad.write_text(spoiled.stdout, "utf-8")
    told = dict(line.split(": ", 1) for line in spoiled.stderr.splitlines())

    run("check", str(good))
    report, junit = tmp_path / "report.html", tmp_path / "report.xml"
    document = json.loads(
        run(
            "check", str(bad), "--json", "--html", str(report), "--junit", str(junit), code=1
        ).stdout
    )

    assert {fault["row"] for fault in document["faults"]} == set(told)
    for fault in document["faults"]:
        assert fault["rule"] in told[fault["row"]]
    assert len(ET.parse(junit).getroot()[0]) == len(document["faults"])
    assert "bad.xml" in report.read_text("utf-8")


def test_the_reference_is_written_as_pages(tmp_path: Path) -> None:
    in_this_process("schema", "docs", str(tmp_path / "reference"))
    kinds = json.loads(in_this_process("schema", "list", "--json").stdout)

    assert {path.stem for path in (tmp_path / "reference").iterdir()} == {
        "index",
        *(kind["kind"] for kind in kinds),
    }


def test_a_kind_that_does_not_exist_is_answered_with_those_that_do() -> None:
    assert "AdministrativePenalty" in in_this_process("schema", "sample", "Nothing", code=1).stderr


def test_the_demo_departments_conform_and_nothing_of_them_is_taken(tmp_path: Path) -> None:
    with Town(tmp_path / "town", rows=300) as town:
        settings = str(town.settings_file)
        for feed in ("housing-fund.payment", "market-regulator.penalty", "environment.licence"):
            document = json.loads(
                in_this_process(
                    "conformance", "run", "--sender", feed, "--settings", settings, "--json"
                ).stdout
            )
            assert document["conforms"], document
        # Only read: a whole exchange afterwards still brings every row.
        assert town.start_gateway("--once", "--patience", "90").wait(120) == 0
        assert complaints(town) == []


def test_a_file_that_breaks_its_duties_is_found(tmp_path: Path) -> None:
    with TownWithoutCentre(tmp_path / "town", rows=300) as town:
        [path] = sorted((tmp_path / "town" / "market-regulator").glob("*.csv"))
        lines = path.read_bytes().splitlines(keepends=True)
        broken = [line.replace(b",", b",\xff\xff", 1) for line in lines[1:40]]
        path.write_bytes(b"".join([lines[0], *broken, *lines[40:]]))
        process = creditgate(
            "conformance",
            "run",
            "--sender",
            "market-regulator.penalty",
            "--settings",
            str(town.settings_file),
            "--certificate",
            str(tmp_path / "certificate.html"),
            "--json",
            code=1,
        )

    failed = {r["duty"] for r in json.loads(process.stdout)["results"] if not r["passed"]}
    assert {"S04", "S06"} <= failed
    assert "未签名" in (tmp_path / "certificate.html").read_text("utf-8")
