"""Reads one whole SOAP answer: a pure function from bytes to a
head that is JSON and a frame of text.

It needs neither zeep nor a network, and what it takes and gives crosses a pipe: the bytes of a
department are parsed by it in a process of their own. It never raises for what an answer holds.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import polars as pl
from lxml import etree

from adapters import SourceRefusedError
from adapters.input_limits import input_limits
from adapters.soap_answers.counting import count_rows
from adapters.soap_answers.decoding import Decoded, decoded, without_bad_references
from adapters.soap_answers.doubt import bare_leaves, check_alike, doubtful, failing, shown
from adapters.soap_answers.envelope import (
    ENCODINGS,
    Tree,
    check_fault,
    check_frame,
    column_name,
    is_nil,
)
from adapters.soap_answers.inner import (
    Content,
    Expected,
    InnerFile,
    content_of,
    leaves_of,
    read_content,
)
from adapters.soap_answers.instead import NO_SOAP, instead
from adapters.soap_answers.model import Head, Request
from adapters.soap_answers.multipart import parts_of
from adapters.soap_answers.parsing import has_dtd, parsed_rows
from adapters.soap_answers.rows import Rows, bad_characters
from adapters.soap_answers.trouble import UnusableAnswerError
from adapters.text import Text
from adapters.text import soap as messages
from adapters.xml_stream import local

#: What libxml2 says of a text or a nesting beyond its limits.
_TOO_LARGE = re.compile(r"huge|excessive depth|too (long|large|deep)", re.IGNORECASE)
_SIZE = re.compile(r"\[([0-9]+)\]\s*$")
_XSD = "http://www.w3.org/2001/XMLSchema"
_DIFFGRAM = "diffgram"


def read_answer(
    data: bytes, content_type: str, request: dict[str, Any]
) -> tuple[dict[str, Any], pl.DataFrame]:
    """Return the head and the rows of an answer; `request` is a `Request` as a dictionary."""
    try:
        head, rows = _read(data, content_type, Request(**request))
    except UnusableAnswerError as error:
        text = instead(data, content_type) if error.rule in NO_SOAP else None
        head, rows = (
            _failed(error.kind, error.rule, text or error.text, error.codes),
            pl.DataFrame(),
        )
    except etree.XMLSyntaxError as error:
        kind, rule, text = _broken(error.msg or "")
        text = instead(data, content_type) or text
        head, rows = _failed(kind, rule, text), pl.DataFrame()
    except RecursionError:
        text = messages.too_deep(input_limits().depth)
        head, rows = _failed("refused", "soap.depth", text), pl.DataFrame()
    return asdict(head), rows


def _broken(reason: str) -> tuple[str, str, Text]:
    """Return what is wrong with an answer that is no XML: cut off, it may pass; too large,
    it will not.
    """
    if _TOO_LARGE.search(reason):
        return "refused", "soap.size", messages.text_too_large(reason)
    return "unavailable", "soap.xml", messages.not_well_formed(reason)


def _failed(kind: str, rule: str, text: Text, codes: tuple[str, ...] = ()) -> Head:
    return Head(failure=(kind, rule, text.zh, text.en, list(codes)))


def _read(data: bytes, content_type: str, request: Request) -> tuple[Head, pl.DataFrame]:
    parts = parts_of(data, content_type)
    if request.certificate:
        _check_signature(parts.root, request.certificate)
    xml = decoded(parts.root, parts.content_type)
    if has_dtd(xml.data):
        raise UnusableAnswerError("unavailable", "soap.dtd", messages.has_dtd())
    path = request.rows_path.split(".") if request.rows_path else []
    try:
        tree, rows = parsed_rows(xml, path, parts.by_id)
    except etree.XMLSyntaxError:
        marked = without_bad_references(xml)
        if marked is None:
            raise
        xml = marked
        tree, rows = parsed_rows(xml, path, parts.by_id)
    check_frame(tree.root)
    check_fault(tree)
    answer = tree.answer(request.answer)
    if request.file_path:
        return _with_file(tree, answer, request, xml)
    head = Head(values=_values(tree, answer, request))
    head.ok = _ok(head.values, request)
    if not path:
        return head, pl.DataFrame()
    if not rows.cells:
        for element in tree.below(answer, path):
            rows.add(element, tree)
    return head, _rows_into(head, rows, tree, answer, request, xml)


def _check_signature(data: bytes, certificate: str) -> None:
    from adapters.soap_answers.signature import check_signature  # noqa: PLC0415

    try:
        check_signature(data, certificate)
    except SourceRefusedError as error:
        raise UnusableAnswerError("refused", "soap.signature", Text(error.zh, error.en)) from None


def _values(tree: Tree, answer: etree._Element, request: Request) -> dict[str, str]:
    """Return the single values that are there; a nil is the same as an empty one."""
    values: dict[str, str] = {}
    for path in request.values:
        texts = {
            "" if is_nil(element) else (element.text or "").strip()
            for element in tree.below(answer, path.split("."))
        }
        if len(texts) > 1:
            raise UnusableAnswerError(
                "refused", "soap.answer", messages.several_values(path, texts)
            )
        values.update((path, text) for text in texts)
    return values


def _ok(values: dict[str, str], request: Request) -> bool | None:
    if not request.ok_path:
        return None
    good = {value.lower() for value in request.ok_values}
    return values.get(request.ok_path, "").lower() in good and request.ok_path in values


def _rows_into(
    head: Head, rows: Rows, tree: Tree, answer: etree._Element, request: Request, xml: Decoded
) -> pl.DataFrame:
    path = request.rows_path.split(".")
    check_alike(tree, answer, path)
    known = tuple(dict.fromkeys([*request.columns, *_schema_columns(answer, path)]))
    frame, head.refs, columns = rows.frame(
        request.columns if request.closed else known, request.closed, request.id_column
    )
    head.columns, head.faults = list(columns), rows.faults
    head.counted = _counted(tree, answer, path, xml.data, len(rows.cells))
    head.digest = _digest(frame, head.refs)
    if not rows.cells:
        if not _met(tree, answer, path):
            head.doubt = messages.not_met(request.rows_path, shown(answer))
        else:
            leaves = bare_leaves(answer, path)
            _judge(head, doubtful(leaves, {*request.values}, ".".join(path[:-1])))
    else:
        _judge_rows(head, len(rows.cells), answer, request.rows_path, request)
    return frame


def _judge_rows(head: Head, rows: int, answer: etree._Element, path: str, request: Request) -> None:
    """Note where an answer with rows tells of a failure beside them,
    and no setting says otherwise.
    """
    if not request.ok_path and (bad := failing(answer, path.split("."), {*request.values})):
        head.doubt = messages.rows_in_doubt(bad, rows)


def _judge(head: Head, doubts: tuple[list[str], list[str]]) -> None:
    """Note what makes an answer without rows doubtful."""
    unexplained, counts = doubts
    head.doubt = messages.empty_in_doubt(unexplained) if unexplained else None
    head.counts = messages.empty_in_doubt(counts) if counts else None


def _counted(
    tree: Tree, answer: etree._Element, path: list[str], data: bytes, read: int
) -> int | None:
    container = next(iter(tree.below(answer, path[:-1])), None)
    if container is not None:
        container = tree.resolved(container)
        declared = _declared_size(container)
        if declared is not None and declared != read:
            # An array that is transmitted in part, or that lost some of its items.
            return declared
    if tree.ids and container is not None:
        place = next(
            (one for one in (container, *container.iterancestors()) if one is answer), None
        )
        if place is None:
            # The list itself stands elsewhere: only the size that it declares tells.
            return _declared_size(container)
    return count_rows(data, path, read)


def _declared_size(container: etree._Element) -> int | None:
    for encoding in ENCODINGS:
        for name in ("arrayType", "arraySize"):
            text = str(container.get(f"{{{encoding}}}{name}") or "")
            match = _SIZE.search(text if name == "arrayType" else f"[{text}]")
            if match:
                return int(match[1][:20])  # More digits no list has.
    return None


def _schema_columns(answer: etree._Element, path: list[str]) -> list[str]:
    """Return the columns that a .NET DataSet's own schema, which comes with it,
    describes for its rows.
    """
    for element in answer.iter(f"{{{_XSD}}}element"):
        if (
            element.get("name") == path[-1]
            and (inner := element.find(f"{{{_XSD}}}complexType")) is not None
        ):
            return [
                ("@" if local(one.tag) == "attribute" else "") + column_name(one.get("name") or "")
                for one in inner.iter(f"{{{_XSD}}}element", f"{{{_XSD}}}attribute")
                if one.get("name")
            ]
    return []


def _digest(frame: pl.DataFrame, refs: list[str]) -> str:
    """Return a digest of rows and their change numbers; the same in every process."""
    digest = hashlib.blake2b(digest_size=16)
    for column in [*frame.iter_columns(), pl.Series("", refs, dtype=pl.String)]:
        digest.update(column.fill_null("\x1e").str.join("\x1f").cast(pl.Binary).item() or b"")
        digest.update(b"\x1d")
    return digest.hexdigest()


def _met(tree: Tree, answer: etree._Element, path: list[str]) -> bool:
    """Whether the place that holds the rows is in an answer."""
    if any(True for _ in tree.below(answer, path[:-1])):
        return True
    if _DIFFGRAM in path[:-1]:
        # A DataSet without a row has a diffgram with nothing in it.
        ahead = path[: path.index(_DIFFGRAM) + 1]
        return any(not len(one) for one in tree.below(answer, ahead))
    return False


# --- a file ---------------------------------------------------------------------------------------


def _with_file(
    tree: Tree, answer: etree._Element, request: Request, xml: Decoded
) -> tuple[Head, pl.DataFrame]:
    element = next(iter(tree.below(answer, request.file_path.split("."))), None)
    content = None
    if element is not None:
        content = content_of(tree.resolved(element), tree, request.file_path, _expected(request))
    inside = f"{request.file_path}."
    wanted = content is not None and any(path.startswith(inside) for path in request.values)
    leaves = leaves_of(content.data) if content is not None and wanted else None
    head = Head(values=_values(tree, answer, request))
    for path in request.values if leaves else ():
        below = path.removeprefix(inside)
        if leaves and path.startswith(inside) and below in leaves.values:
            if below in leaves.twice:
                raise UnusableAnswerError("refused", "soap.answer", messages.several_values(path))
            head.values[path] = leaves.values[below]
    head.ok = _ok(head.values, request)
    if element is None:
        head.doubt = messages.not_met(request.file_path, shown(answer))
        return head, pl.DataFrame()
    if content is None:
        leaves_beside = bare_leaves(answer, request.file_path.split("."))
        _judge(head, doubtful(leaves_beside, {*request.values}, request.file_path))
        return head, pl.DataFrame()
    if head.ok is False:
        # What an answer that tells of a failure holds is no file.
        return head, pl.DataFrame()
    inner = read_content(
        content,
        request.format,
        request.format_settings,
        request.packed,
        request.max_bytes,
        request.operation,
    )
    rows = _file_into(head, inner, content, request)
    if rows.height:
        _judge_rows(head, rows.height, answer, request.file_path, request)
    if content.text is not None:
        head.faults = sorted([*head.faults, *bad_characters(rows, xml)])
    return head, rows


def _expected(request: Request) -> Expected:
    encoding = str(request.format_settings.get("encoding", "utf-8"))
    return Expected(request.format, request.packed, encoding, request.file_text)


def _file_into(head: Head, inner: InnerFile, content: Content, request: Request) -> pl.DataFrame:
    head.refs = [str(number) for number in inner.numbers]
    head.faults = inner.faults
    head.counted, head.lines = inner.counted, inner.lines
    head.left_out, head.blank, head.deleted = inner.left_out, inner.blank, inner.deleted
    head.columns = inner.rows.columns
    head.digest = _digest(inner.rows, head.refs)
    if not inner.rows.height:
        _judge_file(head, content, request)
    return inner.rows


def _judge_file(head: Head, content: Content, request: Request) -> None:
    """Note why a file without rows is no empty list: its own place for rows is not in it, say."""
    leaves = None
    if request.format in ("xml", "json") and (content.text is not None or not request.packed):
        leaves = leaves_of(content.data)
    if leaves is None:
        _judge_text(head, content)
        return
    wanted = ".".join(_container(request))
    if wanted not in leaves.places:
        head.doubt = messages.not_met(f"{request.file_path}: {wanted}", leaves.places)
        return
    inside = f"{request.file_path}."
    explained = {path.removeprefix(inside) for path in request.values}
    # Values of an XML file are told by paths below its root; rows of JSON have a list of their own.
    container = wanted.partition(".")[2] if request.format == "xml" else wanted
    _judge(head, doubtful(leaves.values, explained, container))


def _judge_text(head: Head, content: Content) -> None:
    """Note why text without rows is no empty list: of one column,
    it may be a sentence about an error.
    """
    if content.text is not None and len(head.columns) == 1:
        head.doubt = messages.empty_in_doubt([" ".join(content.text.split())])


def _container(request: Request) -> Iterator[str]:
    if request.format == "xml":
        yield from str(request.format_settings.get("row", "")).split("/")[:-1]
    else:
        yield from str(request.format_settings.get("rows", "")).split(".")
