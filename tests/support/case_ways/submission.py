"""Bodies that departments push, read as the push doors read them.

The section: `door` (json or soap), `content_type`, `files`; a file may have either of its own. Each
has `refused: {rule, says}`, or `rows` (every row with its exact values) and `id` where one is
given. `tests/integration/submissions/test_push.py` posts the same files to a running gateway.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.formats import FormatError
from adapters.soap_submissions import Contract, Submit, soap_call
from adapters.submissions import Row, json_rows
from gateway.standard import load_standard
from gateway.submissions.wsdl import NAMESPACE
from tests.support.cases import CASES, keys_of, read_case

_KIND = load_standard().kind("AdministrativePenalty")
_CONTRACT = Contract(NAMESPACE, _KIND.name, _KIND.field_names, most=1000)


@dataclass(frozen=True)
class Body:
    """One body, and what is right about it."""

    path: Path
    door: str
    content_type: str
    right: dict[str, Any]

    @property
    def refused(self) -> bool:
        return "refused" in self.right


def bodies(folder: Path, section: dict[str, Any]) -> Iterator[Body]:
    """Yield each body of a case."""
    for name, right in section["files"].items():
        door = right.get("door", section.get("door"))
        content_type = right.get("content_type", section.get("content_type", ""))
        yield Body(folder / name, door, content_type, right)


def every_body() -> Iterator[Body]:
    """Yield each body of each case."""
    for folder in sorted(path.parent for path in CASES.glob("*/case.yaml")):
        # Only what has the section is read: tests are collected by it, in every worker.
        if "submission" in keys_of(folder):
            yield from bodies(folder, read_case(folder)["submission"])


def check(folder: Path, section: dict[str, Any]) -> None:
    """Read each body of a case and hold what came out against the case."""
    for body in bodies(folder, section):
        where = f"{folder.name}/{body.path.name}"
        came = _read(body)
        if not body.refused:
            assert came == (body.right.get("id", ""), body.right["rows"]), f"{where}: {came}"
            continue
        assert isinstance(came, FormatError), f"{where}: accepted {came}"
        assert came.rule == body.right["refused"]["rule"], f"{where}: {came.rule} {came}"
        for words in body.right["refused"].get("says", ()):
            assert words in str(came), f"{where}: says {came}"


def _read(body: Body) -> tuple[str, list[Row]] | FormatError:
    """Return the sender's id and the rows of a body, or why it is refused."""
    data = body.path.read_bytes()
    try:
        if body.door == "json":
            return "", json_rows(data, _CONTRACT.most)
        call = soap_call(data, body.content_type, _CONTRACT)
    except FormatError as error:
        return error
    assert isinstance(call, Submit)
    return call.submission_id, call.rows
