"""Generated files cannot rot: they are held against what generates them."""

import pytest

from gateway.standard import VERSIONS, xsd_cache
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

    assert xsd_cache.kept(version) == fresh
    monkeypatch.setattr(xsd_cache, "digest_of", lambda _: "another")
    assert xsd_cache.kept(version) is None
