"""A mapping as a table that a person edits field by field, and back as YAML with its comments.

Pure.

What a table cannot show (joined columns, conditions) stays as it is written, and is edited as YAML.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from gateway.mapping.load import MappingError
from gateway.standard import Field, Kind, StandardError, load_standard
from gateway.text import mapping as texts
from gateway.yaml_text import YamlError, read_yaml

#: Parts of a source that the table has a place for.
_SHOWN = frozenset(
    ("from", "constant", "clean", "date", "month", "codes", "unit", "empty", "default", "required")
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One target field of the table and what stands for it, if anything.

    `complex` where only YAML can write the source.
    """

    field: Field
    source: Mapping[str, Any]
    complex: bool
    written: str


def entries(text: str, kind: Kind) -> list[Entry]:
    """Return an entry for every field of a kind, in schema order.

    Raises MappingError where the text is no mapping.
    """
    fields = _tree(text).get("fields") or {}
    sources = {
        field.name: value for name, value in fields.items() if (field := kind.field(str(name)))
    }
    return [_entry(field, sources.get(field.name)) for field in kind.fields]


def kind_of(text: str) -> Kind:
    """Return the record kind that a mapping, whole or not, is for; raises MappingError."""
    tree = _tree(text)
    try:
        return load_standard(str(tree.get("standard", "1.0"))).kind(str(tree.get("kind")))
    except StandardError as error:
        raise MappingError([("kind", error.text)]) from None


def columns_of(text: str) -> list[str]:
    """Return the source's columns as a mapping, whole or not, has them; raises MappingError."""
    return [str(name) for name in _tree(text).get("columns") or ()]


def named_values(text: str) -> list[str]:
    """Return the names of values that a mapping makes beside its columns; raises MappingError."""
    return [str(name) for name in _tree(text).get("values") or {}]


def code_tables(text: str) -> list[str]:
    """Return the names of a mapping's code tables; raises MappingError."""
    return [str(name) for name in _tree(text).get("tables") or {}]


def with_entries(text: str, kind: Kind, changed: Mapping[str, Mapping[str, Any] | None]) -> str:
    """Return a mapping with other sources for some fields (by English name; None removes one).

    Comments and order of what is not changed stay. Raises MappingError where the text is no
    mapping.
    """
    tree = _tree(text)
    fields = tree.setdefault("fields", CommentedMap())
    names = {field.name: name for name in fields if (field := kind.field(str(name)))}
    for target, source in changed.items():
        name = names.get(target, target)
        if source is None:
            fields.pop(name, None)
        else:
            fields[name] = _flow(source)
    out = io.StringIO()
    _yaml().dump(tree, out)
    return out.getvalue()


def with_columns(text: str, columns: Sequence[str]) -> str:
    """Return a mapping with the columns that the source has; raises MappingError."""
    tree = _tree(text)
    flow_list = _yaml().seq(list(columns))
    flow_list.fa.set_flow_style()
    tree["columns"] = flow_list
    out = io.StringIO()
    _yaml().dump(tree, out)
    return out.getvalue()


def _entry(field: Field, value: Any) -> Entry:
    source = {"from": value} if isinstance(value, str) else dict(value or {})
    written = json.dumps(source, ensure_ascii=False) if source else ""
    plain = source.keys() <= _SHOWN and not isinstance(source.get("codes"), dict)
    return Entry(field, source, not plain, written)


def _flow(source: Mapping[str, Any]) -> Any:
    if set(source) == {"from"}:
        return source["from"]
    flow_map = CommentedMap(source)
    flow_map.fa.set_flow_style()
    return flow_map


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.width = 10_000
    yaml.preserve_quotes = True
    return yaml


def _tree(text: str) -> Any:
    """Return a mapping's tree with its comments; raises MappingError."""
    try:
        # Held to the limits first: the reader that keeps comments knows none.
        read_yaml(text)
        tree = _yaml().load(text)
    except YamlError as error:
        raise MappingError([(f"YAML:{error.line}", error.what)]) from None
    except Exception as error:  # noqa: BLE001
        # It makes dates and numbers that are none, and fails by any exception.
        raise MappingError([("YAML", texts.cannot_be_edited(type(error).__name__))]) from None
    if tree is None:
        raise MappingError([("YAML", texts.empty_mapping())])
    if not isinstance(tree, dict):
        raise MappingError([("YAML", texts.no_table_of_keys())])
    return tree
