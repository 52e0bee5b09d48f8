"""The town that the tests of the console share."""

from collections.abc import Iterator

import pytest

from tests.support.site import Site, site_over


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A town with its gateway and console, where a drop wants two persons.

    A town takes seconds to start: modules that ask for this one stand in one `xdist_group`.
    """
    with site_over(tmp_path_factory.mktemp("site"), two_persons=True) as console:
        yield console
