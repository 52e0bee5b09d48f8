"""A stranger's distribution in a folder: modules and entry points as of a wheel."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def installed(folder: Path, module: str, source: str, points: dict[str, str]) -> Iterator[None]:
    """Put a module and its entry points (entry_points.txt by group) on the path a while."""
    (folder / f"{module}.py").write_text(source, "utf-8")
    about = folder / f"{module}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "".join(f"[{group}]\n{lines}\n" for group, lines in points.items())
    )
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
