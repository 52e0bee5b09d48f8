"""Settings files of towns that tests make: they hold secrets and are their user's alone."""

from io import BytesIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from gateway.private_files import write_private


def write_settings(path: Path, settings: dict[str, Any]) -> Path:
    """Write a `gateway.yaml`; return where it is."""
    out = BytesIO()
    YAML().dump(settings, out)
    write_private(path, out.getvalue())
    return path
