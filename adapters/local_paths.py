"""Settings that name something on this machine: a relative one starts at the settings file. Pure.

Which they are is read from the kind's own `Settings`, so that a stranger's are treated as ours:
what is annotated `Path`, and texts marked `LocalPath` or `LocalUrl`, at any depth.
"""

from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from adapters.transports.addresses import AddressError, parse_database_url


class _Local:
    """Marks a text that is a path, or a database's URL that may have one."""

    def __init__(self, *, url: bool = False) -> None:
        self.url = url


#: A path of this machine that is kept as a text.
LocalPath = Annotated[str, _Local()]
#: A database's URL, which of SQLite names a file of this machine.
LocalUrl = Annotated[str, _Local(url=True)]


def from_base(model: type[BaseModel], given: Mapping[str, Any], base: Path) -> dict[str, Any]:
    """Return settings as they were given, with every relative path of this machine below `base`."""
    paths = dict(given)
    for name, field in model.model_fields.items():
        for key in {name, field.alias, field.validation_alias}:
            if isinstance(key, str) and key in paths:
                annotated: Any = field.annotation
                paths[key] = _based(annotated, tuple(field.metadata), paths[key], base)
    return paths


def _based(annotation: Any, marks: tuple[Any, ...], value: Any, base: Path) -> Any:
    """Return one value with its paths below `base`, by what it is annotated as."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _based(parts[0], (*marks, *parts[1:]), value, base)
    if isinstance(value, str | Path):
        return _path(annotation, marks, value, base)
    if origin in (Union, UnionType):
        for part in parts:
            value = _based(part, marks, value, base)
        return value
    if isinstance(value, Mapping):
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return from_base(annotation, value, base)
        if len(parts) == 2:
            return {key: _based(parts[1], (), one, base) for key, one in value.items()}
    if isinstance(value, list | tuple) and parts:
        return [_based(parts[0], (), one, base) for one in value]
    return value


def _path(annotation: Any, marks: tuple[Any, ...], value: str | Path, base: Path) -> Any:
    local = [one for one in (*marks, *_marks_within(annotation)) if isinstance(one, _Local)]
    if any(one.url for one in local):
        return _url(str(value), base)
    # An address of elsewhere, where a setting may be either.
    if not (local or _is_path(annotation)) or str(value) == "" or "://" in str(value):
        return value
    return str(base / value)


def _marks_within(annotation: Any) -> tuple[Any, ...]:
    """Return the marks of a union's members, and of their members."""
    marks: tuple[Any, ...] = ()
    if get_origin(annotation) is Annotated:
        inner, *own = get_args(annotation)
        marks = (*own, *_marks_within(inner))
    elif get_origin(annotation) in (Union, UnionType):
        for part in get_args(annotation):
            marks = (*marks, *_marks_within(part))
    return marks


def _is_path(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _is_path(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return any(_is_path(part) for part in get_args(annotation))
    return isinstance(annotation, type) and issubclass(annotation, Path)


def _url(text: str, base: Path) -> str:
    """Return a database's URL; of SQLite with a relative file, with that file below `base`."""
    try:
        address = parse_database_url(text)
    except AddressError:
        # What is no URL is refused by the settings themselves.
        return text
    file = address.database or ""
    if address.backend != "sqlite" or not file or file.startswith((":memory:", "file:", "/")):
        return text
    _, mark, query = text.partition("?")
    return f"{address.driver}:///{base / file}{mark}{query}"
