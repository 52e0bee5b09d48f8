"""Reference pages and check reports: complete, self-contained, and safe whatever a file says."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

from gateway.documents.findings import Checked, Finding, html_report, junit_report
from gateway.documents.standard import reference_pages
from gateway.standard import load_standard
from gateway.text import Text
from tests.support.clock import NOW

HOSTILE = Finding(
    "<script>alert(1)</script>.csv",
    "3",
    "Content",
    "facet.max_length",
    Text("超过 4000 字", "is too long & <b>"),
)


def test_every_kind_has_a_page_that_shows_each_field_and_rule_without_help_from_outside() -> None:
    pages = reference_pages(NOW.date())

    assert set(pages) == {"index.html", *(f"{name}.html" for name in load_standard().kinds)}
    for name, kind in load_standard().kinds.items():
        page = pages[f"{name}.html"]
        assert f'href="{name}.html"' in pages["index.html"]
        for field in kind.fields:
            assert f'id="{field.name}"' in page
            assert field.zh in page
            assert field.code in page
        assert f"&lt;c:{name} key=" in page
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


def test_a_report_names_each_fault_and_runs_nothing_that_a_file_says() -> None:
    page = html_report([Checked(HOSTILE.file, 10, 1, 0, [HOSTILE])], "2026-04-01 12:00")

    assert "超过 4000 字" in page
    assert "is too long &amp; &lt;b&gt;" in page
    assert "<script" not in page


def test_a_report_without_faults_says_so() -> None:
    page = html_report([Checked("good.xml", 1000, 0, 0, [])], "2026-04-01 12:00")

    assert "全部通过 all passed" in page
    assert "1,000 行" in page


def test_a_report_that_lists_only_the_first_faults_says_how_many_there_are() -> None:
    page = html_report([Checked("bad.csv", 99_999, 12_345, 0, [HOSTILE])], "2026-04-01 12:00")

    assert "12,345 处错误" in page
    assert "Only the first of each file are listed: 1." in page


def test_junit_has_a_failure_for_each_fault_and_a_pass_for_each_sound_file() -> None:
    root = ET.fromstring(
        junit_report(
            [Checked("good.csv", 5, 0, 0, []), Checked(HOSTILE.file, 10, 2, 0, [HOSTILE, HOSTILE])]
        )
    )

    assert [(s.get("name"), s.get("tests"), s.get("failures")) for s in root] == [
        ("good.csv", "1", "0"),
        (HOSTILE.file, "2", "2"),
    ]
    failure = root[1][0][0]
    assert (failure.get("type"), failure.text) == ("facet.max_length", "is too long & <b>")


def test_a_warning_is_told_and_fails_nothing() -> None:
    warned = replace(HOSTILE, file="old.csv", rule="code.region_current", warns=True)
    checked = [Checked("old.csv", 10, 0, 1, [warned])]

    page, suite = html_report(checked, "2026-04-01 12:00"), ET.fromstring(junit_report(checked))[0]

    assert "全部通过" in page
    assert "1 处提醒" in page
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")
    assert "超过 4000 字" in (suite.findtext("testcase/system-out") or "")
