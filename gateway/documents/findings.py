"""What a check found, as an HTML report for people and JUnit XML for build servers. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from gateway.documents.pages import render
from gateway.text import Text


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault or warning: in which file and row or record, of which field, by which rule."""

    file: str
    place: str
    field: str
    rule: str
    text: Text
    #: A warning refuses nothing.
    warns: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """One file that was checked: its rows or records, its counts, and the findings kept."""

    file: str
    rows: int
    faults: int
    warnings: int
    findings: Sequence[Finding]


def html_report(checked: Sequence[Checked], made: str) -> str:
    """Return a report as a page that stands alone; `made` is the local time of the check."""
    findings = [finding for file in checked for finding in file.findings]
    commonest = Counter((f.rule, f.field, f.text) for f in findings).most_common(10)
    return render(
        "check.html",
        checked=checked,
        findings=findings,
        commonest=commonest,
        made=made,
        rows=sum(file.rows for file in checked),
        faults=sum(file.faults for file in checked),
        warnings=sum(file.warnings for file in checked),
    )


def junit_report(checked: Sequence[Checked]) -> bytes:
    """Return JUnit XML: a suite a file, a case a finding; a fault fails, a warning passes.

    One case that passes stands where nothing was found.
    """
    root = ET.Element("testsuites", name="creditgate check")
    for file in checked:
        cases = max(1, file.faults + file.warnings)
        suite = ET.SubElement(
            root, "testsuite", name=file.file, tests=str(cases), failures=str(file.faults)
        )
        if not file.findings:
            ET.SubElement(suite, "testcase", classname=file.file, name=f"{file.rows} rows")
        for finding in file.findings:
            name = " ".join(part for part in (finding.place, finding.field, finding.rule) if part)
            case = ET.SubElement(suite, "testcase", classname=file.file, name=name)
            if finding.warns:
                ET.SubElement(case, "system-out").text = f"{finding.text.zh}\n{finding.text.en}"
                continue
            failure = ET.SubElement(case, "failure", type=finding.rule, message=finding.text.zh)
            failure.text = finding.text.en
    data: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return data
