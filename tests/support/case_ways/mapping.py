"""Mapping files that cannot be used.

The section: `files`, each with `line` and `says` (words that its fault's text has), and `seconds`,
in which each must be refused (of processor time).
"""

import time
from pathlib import Path
from typing import Any

from gateway.mapping import MappingError, load_mapping


def check(folder: Path, section: dict[str, Any]) -> None:
    """Load each file of a case and hold what is said of it against the case."""
    for name, right in section["files"].items():
        start = time.process_time()
        try:
            load_mapping(folder / name)
        except MappingError as error:
            faults = {place: f"{text.zh} {text.en}" for place, text in error.faults}
        else:
            raise AssertionError(f"{folder.name}/{name}: accepted")
        assert time.process_time() - start < section["seconds"], f"{folder.name}/{name}"
        place = f"{folder / name}:{right['line']}"
        for words in right["says"]:
            assert words in faults.get(place, ""), f"{folder.name}/{name}: {faults}"
