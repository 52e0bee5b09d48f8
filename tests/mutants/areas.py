"""The core: areas of which mutants are drawn, and their modules. Needs Python alone."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: Files of each area, as patterns below the root.
AREAS: dict[str, tuple[str, ...]] = {
    "outbox": ("outbox/*.py",),
    "exchange": ("gateway/exchange/*.py", "gateway/protocol/package_writer.py"),
    "delivery": (
        "gateway/delivery/*.py",
        "gateway/destinations/*.py",
        "gateway/protocol/receipt_reader.py",
    ),
    "mapping": ("gateway/mapping/*.py",),
    "centre": (
        "gateway/central/intake/*.py",
        "gateway/central/records/store.py",
        "gateway/protocol/package_reader.py",
        "gateway/protocol/receipt_writer.py",
    ),
    "formats": ("adapters/formats/*.py",),
    "reader": ("adapters/reader/*.py", "adapters/files/*.py"),
}


def modules() -> dict[str, tuple[str, Path]]:
    """Return area and file of each module of the core, by the module's name."""
    found = {}
    for area, patterns in AREAS.items():
        for pattern in patterns:
            for path in sorted(ROOT.glob(pattern)):
                found[module_name(path)] = (area, path)
    return found


def module_name(path: Path) -> str:
    """Return the name under which a file below the root is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
