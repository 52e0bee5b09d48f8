"""Arguments with places to fill in: `{page}`, `{password}` and the like,
escaped as what stands around them. Pure.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape

#: Names that may stand in braces; any other brace is text.
NAMES = ("page", "size", "cursor", "from", "to", "username", "password", "token", "login")
_PLACE = re.compile(r"\{(" + "|".join(NAMES) + r")\}")


def placeholders(templates: Iterable[Any]) -> frozenset[str]:
    """Return the names in braces that stand anywhere in some values."""
    return frozenset(
        name for template in templates for text in _texts(template) for name in _PLACE.findall(text)
    )


def filled(template: Any, values: Mapping[str, object]) -> Any:
    """Return a value with its places filled in, in lists and tables too.

    Within XML a value is escaped as XML wants it, within JSON as JSON does; a text that is one
    place alone becomes the value as it is.
    """
    if isinstance(template, Mapping):
        return {name: filled(item, values) for name, item in template.items()}
    if isinstance(template, list | tuple):
        return [filled(item, values) for item in template]
    if not isinstance(template, str):
        return template
    alone = _PLACE.fullmatch(template)
    if alone and alone[1] in values:
        return values[alone[1]]
    write = _writer(template)
    return _PLACE.sub(
        lambda match: write(str(values[match[1]])) if match[1] in values else match[0], template
    )


def _writer(template: str) -> Any:
    start = template.lstrip()[:1]
    if start == "<":
        return lambda text: escape(text, {'"': "&quot;", "'": "&apos;"})
    if start in ("{", "[") and not _PLACE.match(template.lstrip()):
        return lambda text: json.dumps(text, ensure_ascii=False)[1:-1]
    return str


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
