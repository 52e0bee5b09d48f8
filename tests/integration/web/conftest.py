"""The town over which a module of tests of the console runs."""

from collections.abc import Iterator

import pytest

from tests.support.site import Site, site_over


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A town with its gateway and console, where a drop wants two persons."""
    with site_over(tmp_path_factory.mktemp("site"), two_persons=True) as console:
        yield console
