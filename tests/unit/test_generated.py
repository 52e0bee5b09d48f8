"""Generated files cannot rot: they are held against what generates them."""

import pytest

from gateway.standard import VERSIONS
from gateway.standard import xsd_cache as reading
from gateway.standard.xsd_reader import read_standard
from tests.support.generate import generated


def test_every_generated_file_is_up_to_date() -> None:
    for path, text in generated().items():
        assert path.read_text("utf-8") == text, f"{path.name} is old: run make docs"


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_kept_of_the_standard_is_what_its_schema_says_and_no_longer_counts_once_that_changes(
    version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = read_standard(version)

    assert reading.kept(version) == fresh
    monkeypatch.setattr(reading, "digest_of", lambda _: "another")
    assert reading.kept(version) is None
