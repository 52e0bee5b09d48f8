"""Centres that are wrong in one way, each with the duty by which the conformance suite must find
it.

The section: `wrong`, duties by the names that `tests/support/foreign_centre.py` knows. Here the
duties are looked up; `tests/integration/conformance/test_conformance.py` runs the suite against
each centre.
"""

from pathlib import Path
from typing import Any

from gateway.conformance.cases import receiver_cases


def check(folder: Path, section: dict[str, Any]) -> None:
    """Hold that the suite has each duty."""
    duties = {case.id for case in receiver_cases()}
    assert duties >= set(section["wrong"].values()), folder.name
