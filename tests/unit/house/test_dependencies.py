"""Installed packages against the table of advisories: what is below a version is named."""

import re
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.cli import settings as command
from gateway.dependencies.advisories import AdvisoryTable, compare, read_table
from gateway.dependencies.report import comparison_texts
from tests.support.command import in_this_process
from tests.support.places import ROOT

MADE = date(2026, 11, 28)


def table(**changes: Any) -> AdvisoryTable:
    advisory = {
        "package": "lxml",
        "least": "6.1.0",
        "names": ("CVE-1",),
        "date": MADE,
        "source": "https://advisory.example/1",
        "what_zh": "外部实体",
        "what_en": "external entities",
    }
    return AdvisoryTable(made=MADE, looked_for=(), advisories=({**advisory, **changes},))  # type: ignore[arg-type]


@pytest.mark.parametrize("version", ["6.0.4", "6.1.0rc1", "5", "no version", "?", ""])
def test_what_is_below_the_table_or_cannot_be_compared_is_named(version: str) -> None:
    [unsound] = compare(table(), [("LXML", version), ("flask", "3")], MADE).unsound

    assert (unsound.package, unsound.installed) == ("lxml", version)


@pytest.mark.parametrize("version", ["6.1.0", "6.1.0.post1", "6.10", "7.0"])
def test_what_is_not_below_is_not_named(version: str) -> None:
    assert not compare(table(), [("lxml", version)], MADE).unsound


def test_of_a_package_that_is_there_twice_the_old_one_is_named() -> None:
    [unsound] = compare(table(), [("lxml", "6.1.3"), ("lxml", "4.9.4")], MADE).unsound

    assert unsound.installed == "4.9.4"


def test_what_is_not_in_the_table_is_told_as_such_and_never_as_sound() -> None:
    comparison = compare(table(), [("lxml", "6.1.3"), ("Ruamel.YAML", "0.19")], date(2027, 1, 7))
    texts = "\n".join(f"{text.zh}\n{text.en}" for text in comparison_texts(comparison))

    assert comparison.unknown == ("ruamel-yaml",)
    assert "nothing is said of them" in texts
    assert "40 days old" in texts
    assert "已有 40 天" in texts
    assert not re.search(r"all is well|no known|sound\b|安全|一切正常", texts)


def test_a_clock_before_the_table_is_told() -> None:
    texts = list(comparison_texts(compare(table(), [], date(2026, 1, 1))))

    assert any("look at its clock" in text.en for text in texts)


@pytest.mark.parametrize(
    "changes",
    [
        {"least": ""},
        {"least": "newest"},
        {"package": "LXML"},
        {"names": ()},
        {"source": "memory"},
        {"since": "1"},
    ],
    ids=str,
)
def test_an_entry_that_would_compare_with_nothing_is_no_entry(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        table(**changes)


def test_the_locked_versions_are_not_below_the_table() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        locked = re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / name).read_text("utf-8"), re.M)
        comparison = compare(read_table(), locked, MADE)

        assert comparison.unsound == ()
        assert len(comparison.compared) >= 20


def test_the_command_ends_with_1_where_a_package_is_below(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "read_table", lambda: table(least="99"))
    told = in_this_process("settings", "dependencies", code=1).output
    as_json = in_this_process("settings", "dependencies", "--json", code=1).output

    assert "is below 99: CVE-1 (2026-11-28), external entities; upgrade it" in told
    assert "低于 99" in told
    assert "https://advisory.example/1" in as_json


def test_the_command_ends_with_0_where_nothing_is_below_and_says_the_tables_age() -> None:
    told = in_this_process("settings", "dependencies", code=0).output

    assert f"the table of advisories is of {read_table().made}" in told
    assert "pip-audit" in told
