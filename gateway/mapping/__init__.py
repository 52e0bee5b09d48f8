"""Mappings: one YAML file a feed, checked when loaded, compiled to polars expressions.

Pure: may import the standard, errors and texts, and no store, network or web framework. `propose`
makes one from a sample. Tests: tests/unit/mapping.
"""

from gateway.mapping.compile import Mapped, Mapping, compile_mapping
from gateway.mapping.load import MappingError, load_mapping, read_mapping
from gateway.mapping.model import ChangePolicy, FeedMapping

__all__ = [
    "ChangePolicy",
    "FeedMapping",
    "Mapped",
    "Mapping",
    "MappingError",
    "compile_mapping",
    "load_mapping",
    "read_mapping",
]
