"""What rule files say is stored beside them, and believed only while they are the same files."""

import json
from pathlib import Path

import pytest

from gateway.standard import VERSIONS
from gateway.standard.rule_cache import as_text, rule_entries
from gateway.standard.versions import rule_cache_file


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_stored_is_what_the_rule_files_say(version: str, tmp_path: Path) -> None:
    nothing_is_stored = tmp_path / "rules.json"

    assert rule_entries(version) == rule_entries(version, nothing_is_stored)
    assert rule_cache_file(version).read_text("utf-8") == as_text(version)


def test_what_was_stored_of_other_rule_files_is_not_believed(tmp_path: Path) -> None:
    stored = json.loads(rule_cache_file(VERSIONS[-1]).read_text("utf-8"))
    other = tmp_path / "rules.json"
    other.write_text(json.dumps({**stored, "digest": "0" * 64, "entries": []}), "utf-8")

    assert rule_entries(VERSIONS[-1], other) == stored["entries"]
