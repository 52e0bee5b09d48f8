"""Finds secrets in the settings file itself, or in key files that it names, which others can read.

A secret belongs into `secrets.yaml`, to which the settings refer by `secret:NAME`. One that stands
in the settings is taken only while nobody else of this machine can read the file. Pure but for
modes.
"""

import re
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr

#: What settings of a kind that is not known, or of a centre, call a secret.
_NAMES = re.compile(
    r"(^|_)(pass(word|wd|phrase)?|pwd|secret|token|key_text|api_?key)$", re.IGNORECASE
)
#: A password within a URL, before its host or among its arguments.
_IN_URL = re.compile(
    r"://[^:/@?#\s]*:(?!secret:)[^@\s]+@"
    r"|[?&](pass(word|wd|phrase)?|pwd|secret|token|api_?key)=(?!secret:)[^&\s]",
    re.IGNORECASE,
)
#: What is no secret itself: nothing, a reference to one, also within a URL, and where one is put in
#: (`{token}`).
_REFERENCE = re.compile(r"$|secret:|[a-z][a-z0-9+]*://[^:/@?#]*:secret:[^:/@?#]+@|{\w+}$")
#: Settings that name a file in which a private key may stand, and tables of such files.
_KEY_FILES = frozenset(("private_key", "key", "certificate", "signing_key"))
_PRIVATE_KEY = b"PRIVATE KEY-----"
#: Bytes of a file in which a key is looked for: a chain of certificates may stand before it.
_BYTES_SEARCHED = 65_536

#: Returns the settings of an adapter kind by its name; None where it is not known.
KindSettings = Callable[[str], type[BaseModel] | None]


def readable_by_others(path: Path) -> bool:
    """Whether another user of this machine can read a file, by its mode and its folders'.

    Group and others alike: who is in the group is another.
    """
    path = path.resolve()
    mode = path.stat().st_mode
    above = [folder.stat().st_mode for folder in path.parents]
    by_all = mode & stat.S_IROTH and all(folder & stat.S_IXOTH for folder in above)
    group = mode & stat.S_IRGRP and all(folder & (stat.S_IXGRP | stat.S_IXOTH) for folder in above)
    return bool(by_all or group)


def inline_secrets(tree: Any, model: type[BaseModel], kind_settings: KindSettings) -> list[str]:
    """Return the places of settings, as they are written, at which a secret stands itself."""
    return list(dict.fromkeys(_of_model(tree, model, "", kind_settings)))


def key_files(tree: Any, base: Path) -> Iterator[Path]:
    """Yield the files with a private key that settings name; relative paths start at a folder."""
    for name, value in _named_texts(tree, ""):
        if name not in _KEY_FILES or "\n" in value or len(value) > 4_000:
            continue
        path = base / value
        try:
            with path.open("rb") as file:
                holds_key = _PRIVATE_KEY in file.read(_BYTES_SEARCHED)
        except (OSError, ValueError):
            # What cannot be read is told by who needs it.
            continue
        if holds_key:
            yield path


def _of_model(
    tree: Any, model: type[BaseModel], place: str, kind_settings: KindSettings
) -> Iterator[str]:
    if not isinstance(tree, Mapping):
        return
    for name, value in tree.items():
        field = model.model_fields.get(str(name))
        path = f"{place}.{name}".removeprefix(".")
        if field is None:
            yield from _untyped(str(name), value, path)
        elif _mentions(field.annotation, SecretStr):
            yield from (at for at, text in _texts(value, path) if not _REFERENCE.match(text))
        else:
            models = _models(field.annotation)
            if models:
                for at, part in _parts(value, path):
                    yield from _of_model(part, models[0], at, kind_settings)
            else:
                yield from _untyped(str(name), value, path)
    kind = kind_settings(str(tree.get("kind"))) if "kind" in tree else None
    if kind is not None:
        yield from _of_model(tree.get("settings"), kind, f"{place}.settings", kind_settings)


def _untyped(name: str, value: Any, place: str) -> Iterator[str]:
    """Yield the secrets of a value of no declared type, by the names of its parts."""
    if isinstance(value, Mapping):
        for inner, part in value.items():
            yield from _untyped(str(inner), part, f"{place}.{inner}")
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _untyped(name, part, f"{place}[{number}]")
    elif isinstance(value, str) and not _REFERENCE.match(value):
        yield from [place] if _IN_URL.search(value) or _NAMES.search(name) else []


def _parts(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Yield the tables of a value that is one, a list of them, or a table of them by name."""
    if isinstance(value, list):
        yield from ((f"{place}[{number}]", part) for number, part in enumerate(value))
    elif isinstance(value, Mapping):
        yield place, value
        yield from (
            (f"{place}.{name}", part) for name, part in value.items() if isinstance(part, Mapping)
        )


def _texts(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _texts(part, f"{place}.{name}")
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _texts(part, f"{place}[{number}]")
    elif value is not None and value != "":
        yield place, str(value)


def _named_texts(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Yield each text with its setting's name; those of a table of keys with the table's."""
    if isinstance(value, Mapping):
        for inner, part in value.items():
            table = name == "signing_key" and isinstance(part, str)
            yield from _named_texts(part, name if table else str(inner))
    elif isinstance(value, list):
        for part in value:
            yield from _named_texts(part, name)
    elif isinstance(value, str):
        yield name, value


def _mentions(annotation: Any, sought: type) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, sought):
        return True
    return any(_mentions(part, sought) for part in get_args(annotation))


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]
