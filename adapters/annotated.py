"""What settings reach by how they are annotated, whatever their kind says of it. Pure.

A kind of somebody else's package may forget to name what it reaches; its paths, hosts and addresses
are held to the policy all the same, by the annotations that `local_paths` goes by.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from pydantic import AfterValidator, BaseModel

from adapters import Reach
from adapters.local_paths import LocalPath, LocalUrl
from adapters.setting_faults import InvalidSettingsError
from adapters.transports.addresses import (
    Host,
    HttpText,
    parse_database_url,
    parse_http_address,
)

#: What tells that a text is one: the mark of its annotation.
_PATH, _URL, _HOST, _HTTP = (get_args(one)[1] for one in (LocalPath, LocalUrl, Host, HttpText))


def annotated_reaches(settings: BaseModel) -> Iterator[Reach]:
    """Yield every file and host that settings name, at any depth."""
    for name, field in type(settings).model_fields.items():
        marks = (*field.metadata, *_marks(field.annotation))
        yield from _of(marks, getattr(settings, name, None))


def _of(marks: tuple[Any, ...], value: Any) -> Iterator[Reach]:
    if isinstance(value, BaseModel):
        yield from annotated_reaches(value)
    elif isinstance(value, Path):
        yield Reach("file", str(value))
    elif isinstance(value, str) and value:
        yield from _of_text(marks, value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _of(marks, item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _of(marks, item)


def _of_text(marks: tuple[Any, ...], value: str) -> Iterator[Reach]:
    if _URL in marks:
        yield from _of_url(value)
    elif _has(marks, _HTTP) and "://" in value:
        yield Reach("host", parse_http_address(value).host)
    elif _PATH in marks:
        yield Reach("file", value)
    elif _has(marks, _HOST):
        yield Reach("host", value)


def _of_url(value: str) -> Iterator[Reach]:
    try:
        address = parse_database_url(value)
    except InvalidSettingsError:
        # Read by another parser than ours: who knows where it leads.
        yield Reach("driver", value.partition(":")[0])
        return
    yield Reach("driver", address.driver)
    if address.backend == "sqlite":
        yield Reach("file", address.database or "/")
    else:
        yield Reach("host", address.host or "localhost")


def _has(marks: tuple[Any, ...], wanted: AfterValidator) -> bool:
    return any(isinstance(mark, AfterValidator) and mark.func is wanted.func for mark in marks)


def _marks(annotation: Any) -> tuple[Any, ...]:
    """Return the marks of an annotation, of a union's or container's members, and of theirs."""
    own: tuple[Any, ...] = ()
    parts = get_args(annotation)
    if get_origin(annotation) is Annotated:
        parts, own = parts[:1], parts[1:]
    for part in parts:
        own += _marks(part)
    return own
