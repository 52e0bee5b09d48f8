"""What is looked for in a SOAP answer, and what an answer is beside its rows."""

from dataclasses import dataclass, field
from typing import Any

from adapters.soap_answers.rows import Fault


@dataclass(frozen=True, slots=True)
class Request:
    """What is looked for in an answer.

    Paths are names below the answer's own element, joined by dots.
    """

    operation: str = ""
    #: Name of the answer's own element, where it is known.
    answer: str = ""
    rows_path: str = ""
    file_path: str = ""
    #: Places of single values. Below `file_path` they are looked for in the file's text.
    values: tuple[str, ...] = ()
    ok_path: str = ""
    ok_values: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    #: No other columns than these may come.
    closed: bool = False
    id_column: str = ""
    format: str = "delimited"
    format_settings: dict[str, Any] = field(default_factory=dict)
    packed: str = ""
    file_text: str = "auto"
    max_bytes: int = 100_000_000
    #: PEM of the certificate that must have signed the answer; "" where none must.
    certificate: str = ""


@dataclass(slots=True)
class Head:
    """What an answer is, beside its rows; all of it is JSON."""

    #: Kind (`refused`, `unavailable`, `fault`), rule, text in both languages, and a fault's codes.
    failure: tuple[str, str, str, str, list[str]] | None = None
    values: dict[str, str] = field(default_factory=dict)
    #: Whether the answer's own result code is good; None where none is looked for.
    ok: bool | None = None
    #: Why an answer without rows is no empty list, in both languages; None where it is one.
    doubt: tuple[str, str] | None = None
    #: What an answer without rows counts all the same: it has no rows only after those before it.
    counts: tuple[str, str] | None = None
    refs: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    #: Every column there is by now.
    columns: list[str] = field(default_factory=list)
    #: Of the rows: the same rows have the same digest.
    digest: str = ""
    #: Row elements, or records of the file, by a second count; None where there is none.
    counted: int | None = None
    lines: int | None = None
    left_out: int = 0
    blank: int = 0
    deleted: int = 0


def head_of(data: dict[str, Any]) -> Head:
    """Return a head from its dictionary, as it comes back over a pipe."""
    return Head(**data)
