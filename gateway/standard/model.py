"""Record kinds and fields of the unified standard, as values.

The module xsd_reader reads them. Pure.
"""

from dataclasses import dataclass
from typing import Literal

from gateway.standard.versions import StandardError
from gateway.text import standard as messages

Base = Literal["text", "date", "decimal", "integer"]


@dataclass(frozen=True, slots=True)
class Code:
    """One value of a code list with its name in both languages."""

    value: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Field:
    """One element of a record kind.

    Lengths are in characters, digits as XSD counts them; `minimum` and `maximum` are lexical
    forms of the base type, inclusive.
    """

    name: str
    zh: str
    code: str
    former_codes: tuple[str, ...]
    data_class: str
    personal: bool
    required: bool
    base: Base
    #: The XSD type's name, and what the type is.
    type: str
    type_zh: str
    #: Where the field and its type come from: a published list, or a design of ours.
    source: str
    type_source: str
    min_length: int | None = None
    max_length: int | None = None
    patterns: tuple[str, ...] = ()
    codes: tuple[Code, ...] = ()
    minimum: str | None = None
    maximum: str | None = None
    total_digits: int | None = None
    fraction_digits: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Return every name by which a mapping may call this field."""
        return (self.name, self.code, self.zh, *self.former_codes)


@dataclass(frozen=True, slots=True)
class Kind:
    """A record kind of one version of the standard: its fields in schema order."""

    name: str
    zh: str
    en: str
    prefix: str
    source: str
    fields: tuple[Field, ...]
    version: str

    def field(self, name: str) -> Field | None:
        """Return a field by English, code (also a former one) or Chinese name; None without one."""
        for get in (lambda f: (f.name, f.code), lambda f: (f.zh,), lambda f: f.former_codes):
            for field in self.fields:
                if name in get(field):
                    return field
        return None

    @property
    def field_names(self) -> tuple[str, ...]:
        """Return the English names in schema order."""
        return tuple(f.name for f in self.fields)


@dataclass(frozen=True, slots=True)
class Standard:
    """One version of the unified standard."""

    version: str
    kinds: dict[str, Kind]

    def kind(self, name: str) -> Kind:
        """Return a record kind by name; raises StandardError with the known names."""
        try:
            return self.kinds[name]
        except KeyError:
            raise StandardError.of(
                messages.no_kind(self.version, name, sorted(self.kinds))
            ) from None
