"""What stands around the rows of a document: whether it says that all went well. Pure.

The usual error of an interface that answers 200 is an object with a code and a message around an empty
list. Absence of rows is no evidence that there are none: such a document is refused, never 0 rows.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from adapters.formats import FormatError
from adapters.result_codes import RESULT_CODES, TEXTS, TOTALS, good_values, plain
from adapters.text import envelope as messages
from adapters.text.record_files import short
from adapters.xmlstream import local

#: What files call their result codes beside what answers of services do.
_CODES = RESULT_CODES | {
    "result",
    "state",
    "ok",
    "errorno",
    "ecode",
    "statecode",
    "bizcode",
    "subcode",
    "jgdm",
    "ztm",
    "状态",
    "状态码",
    "返回码",
    "返回代码",
    "结果",
    "结果码",
    "结果代码",
    "错误码",
    "错误代码",
    "是否成功",
}
#: Members that are filled only where something went wrong.
_ERRORS = frozenset(
    {
        "error",
        "errors",
        "err",
        "fault",
        "exception",
        "iserror",
        "haserror",
        "haserrors",
        "failed",
        "isfailed",
        "错误",
        "异常",
    }
)
#: Members that describe a document as often as they tell of a failure.
_DESCRIPTIONS = frozenset({"desc", "description", "info"})
_TEXTS = TEXTS | {
    "tip",
    "tips",
    "errinfo",
    "errorinfo",
    "errordesc",
    "errdesc",
    "exceptionmsg",
    "statustext",
    "错误信息",
    "返回信息",
    "提示",
    "提示信息",
    "消息",
    "信息",
}
#: What says "no" or "failed" whatever it is the code of: a client's or server's error of HTTP, too.
_FAILED = re.compile(
    r"false|fail|failed|failure|error|err|exception|timeout|失败|错误|异常|否"
    r"|-[0-9]+|[45][0-9]{2}|e(?:rr)?[-_]?[0-9]+",
    re.IGNORECASE,
)
_GOOD_WORDS = ("yes", "succeeded", "successful", "正常", "是")
_NO_ERROR = frozenset({"", "0", "false", "null", "none", "no", "n", "无", "ok", "success", "成功"})
_SUCCESS = re.compile(r"(?<![不未没])成功|\bok\b|\bsuccess|无错|没有错|\bno error", re.IGNORECASE)
#: What says that there is nothing, and that this is no failure.
_NOTHING = re.compile(
    r"暂无|无(?:相关|符合条件的)?(?:数据|记录|结果)|没有(?:数据|记录|结果)|未(?:查询|查|检索)到|为空"
    r"|\bno (?:data|records?|rows|results?)\b|\bempty\b",
    re.IGNORECASE,
)
_FAILURE = re.compile(
    r"失败|异常|错误|出错|超时|繁忙|拒绝|无权|未授权|未登录|过期|中断|不可用"
    r"|fail|error|exception|time.?out|denied|unauthori[sz]ed|forbidden|busy|unavailable",
    re.IGNORECASE,
)
#: Names of members that may count.
_COUNTING = _CODES | _ERRORS | _TEXTS | TOTALS
#: Members that a message repeats.
_REPEATED = 3
#: Most characters of a text that are looked at, and values that are remembered of XML.
_TEXT = 1_000
_MOST_LEAVES = 10_000


@dataclass(frozen=True, slots=True)
class Leaf:
    """A single value beside the rows: where it stands, what it is called, and what it says."""

    path: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What is set of a document beside its rows: `ok_path`, `ok_values` and `total`, paths "" for none."""

    ok_path: str = ""
    ok_values: tuple[str, ...] = ()
    total: str = ""

    @property
    def paths(self) -> frozenset[str]:
        """Return the paths that are set."""
        return frozenset({self.ok_path, self.total} - {""})

    def check_code(self, leaves: Sequence[Leaf]) -> None:
        """Raise FormatError where the result code that is set is not there, or is not good."""
        if not self.ok_path:
            return
        values = [leaf.value for leaf in leaves if leaf.path == self.ok_path]
        good = {value.lower() for value in self.ok_values}
        bad = [value for value in values if value.lower() not in good]
        if bad or not values:
            value = bad[0] if bad else None
            text = messages.bad_result(self.ok_path, value, _message(leaves))
            raise FormatError("format.result", *text)

    def check_rows(self, leaves: Sequence[Leaf], rows: int) -> None:
        """Raise FormatError for another total than there are rows, and for an error beside the rows.

        Where a setting says what counts nothing else does. Else a code that can mean nothing but a
        failure refuses rows too; where there are none, so do a code that is not known to be good, a
        message that no good code explains, and a total that is not 0.
        """
        if self.total:
            self._check_total(leaves, rows)
        if not self.ok_path and (bad := _doubts(leaves) if not rows else _failures(leaves)):
            members = [f"{leaf.path}={short(leaf.value)}" for leaf in bad[:_REPEATED]]
            text = messages.result_in_doubt(members, _message(leaves), rows)
            raise FormatError("format.result", *text)
        if not self.total and not rows and (count := next(filter(_is_count, leaves), None)):
            text = messages.empty_with_total(count.path, count.value)
            raise FormatError("format.total", *text)

    def _check_total(self, leaves: Sequence[Leaf], rows: int) -> None:
        values = [leaf.value for leaf in leaves if leaf.path == self.total]
        if not values or not all(value.isdecimal() for value in values):
            raise FormatError("format.total", *messages.total_missing(self.total))
        for value in values:
            if value != str(rows):
                text = messages.total_disagrees(self.total, value, rows)
                raise FormatError("format.total", *text)


class XmlLeaves:
    """Takes what a parser meets beside rows, and remembers the values that may count.

    Their paths are those of local names from the root, with slashes; an attribute is `@name`.
    """

    def __init__(self, paths: frozenset[str]) -> None:
        self.leaves: list[Leaf] = []
        self._paths = paths
        self._open: list[str] = []
        #: The text of the element that was entered last, None once that is known to be no leaf.
        self._text: list[str] | None = None
        self._length = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Enter an element."""
        self._open.append(local(tag))
        self._text, self._length = [], 0
        for key, value in attributes.items():
            self._add((*self._open, f"@{local(key)}"), local(key), value)

    def data(self, text: str) -> None:
        """Note the text of an element, as much of it as may count."""
        if self._text is not None and self._length < _TEXT:
            self._text.append(text[: _TEXT - self._length])
            self._length += len(self._text[-1])

    def end(self, _tag: str) -> None:
        """Leave an element."""
        if self._text is not None:
            self._add(self._open, self._open[-1], "".join(self._text))
        self._text = None
        self._open.pop()

    def close(self) -> None:
        """Do nothing at the end."""

    def _add(self, names: Sequence[str], name: str, value: str) -> None:
        known = bool(self._paths) or plain(name) in _COUNTING
        path = "/".join(names) if known else ""
        if (path in self._paths or plain(name) in _COUNTING) and len(self.leaves) < _MOST_LEAVES:
            self.leaves.append(Leaf(path, name, value.strip()))


def _failures(leaves: Iterable[Leaf]) -> list[Leaf]:
    """Return what can mean nothing but a failure."""
    return [leaf for leaf in leaves if _is_failure(leaf) or _is_error(leaf)]


def _doubts(leaves: Sequence[Leaf]) -> list[Leaf]:
    """Return what in a document without rows speaks against an empty list.

    A code that is neither known to be good nor to be bad is good where another one or a message is.
    """
    texts = [leaf for leaf in leaves if plain(leaf.name) in _TEXTS and leaf.value]
    codes = [leaf for leaf in leaves if _is_code(leaf)]
    successful = any(_SUCCESS.search(text.value) for text in texts)
    good = successful or any(map(_is_good, codes))
    bad = [code for code in codes if not _is_good(code) and (not good or _is_failure(code))]
    bad += [leaf for leaf in leaves if _is_error(leaf)]
    return [*bad, *(text for text in texts if text not in bad and _speaks_against(text, good))]


def _speaks_against(text: Leaf, good: bool) -> bool:
    """Whether a message tells of a failure, or of anything that no good result explains."""
    if _is_none(text) or _SUCCESS.search(text.value):
        return False
    if _FAILURE.search(text.value):
        return True
    return not (good or plain(text.name) in _DESCRIPTIONS or _NOTHING.search(text.value))


def _is_code(leaf: Leaf) -> bool:
    return plain(leaf.name) in _CODES and leaf.value != ""


def _is_failure(leaf: Leaf) -> bool:
    return _is_code(leaf) and not _is_good(leaf) and _FAILED.fullmatch(leaf.value) is not None


def _is_good(leaf: Leaf) -> bool:
    """Whether a code is one of success, in a number of zeros or in words."""
    value = leaf.value.lower()
    good = good_values(leaf.name)
    zeros = "0" in good and value.strip("0") == ""
    return zeros or value in (*good, *_GOOD_WORDS) or _SUCCESS.search(value) is not None


def _is_error(leaf: Leaf) -> bool:
    return plain(leaf.name) in _ERRORS and not _is_none(leaf)


def _is_none(leaf: Leaf) -> bool:
    """Whether a text is one of those that say that there is no error."""
    return plain(leaf.name) in _TEXTS | _ERRORS and leaf.value.strip().lower() in _NO_ERROR


def _is_count(leaf: Leaf) -> bool:
    return plain(leaf.name) in TOTALS and leaf.value.isdecimal() and leaf.value.strip("0") != ""


def _message(leaves: Iterable[Leaf]) -> str:
    """Return the message of a document, "" for none."""
    names = _TEXTS | _ERRORS
    texts = (leaf.value for leaf in leaves if plain(leaf.name) in names and not _is_none(leaf))
    return next(texts, "")
