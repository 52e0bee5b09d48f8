"""Whether what stands beside rows says that all went well: the one judgement for files and answers.

Pure.

The usual error of an interface that answers 200 is an object with a code and a message around an
empty list. Absence of rows is no evidence that there are none.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from adapters.result_codes import RESULT_CODES, TEXTS, TOTALS, TRUTHS, good_values, plain

#: What files call their result codes beside what answers of services do.
_CODES = RESULT_CODES | {
    "result",
    "state",
    "ok",
    "isok",
    "successful",
    "succeeded",
    "sfcg",
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
#: Numbers beside these are counts or truth values, never errors of HTTP.
_NUMBERED = TRUTHS | {"result", "结果"}
#: What says "no" to a question.
_NO = frozenset({"f", "n", "no", "否", "不是", "未成功", "不成功"})
#: Objects around members that tell how all went: what is in them counts as if it stood beside them.
_HEADS = (
    _ERRORS
    | frozenset({"head", "header", "heads", "headers", "msghead", "msgheader", "status", "result"})
    | frozenset({"response", "responsehead", "responseheader", "resp", "respheader", "resphead"})
    | frozenset({"meta", "metadata", "state", "ret", "return", "returninfo", "resultinfo", "rtn"})
    | frozenset({"baseresp", "envelope", "body", "msg", "message", "info", "errinfo", "errorinfo"})
    | frozenset({"statusinfo", "retinfo", "rtninfo", "respinfo", "responseinfo", "resultmsg"})
    | frozenset(
        {"头", "报文头", "消息头", "响应头", "包头", "文件头", "状态", "结果", "返回", "返回结果"}
    )
    | frozenset(
        {"返回信息", "响应", "应答", "应答头", "元数据", "错误信息", "处理结果", "执行结果"}
    )
    | frozenset({"bwt", "xxt", "xyt", "ydt", "fh", "fhjg", "fhxx", "jg", "zt", "xy", "yd", "cljg"})
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
    r"暂无|[无未]任?何?(?:相关|符合条件的|新增|新的?|发生)?"
    r"(?:数据|记录|结果|新增|更新|变化|变更|变动)"
    r"|没有?(?:任何)?(?:相关|符合条件的|新增加?|新的?|发生)?(?:的)?"
    r"(?:数据|记录|结果|新增|更新|变化|变更|变动)"
    r"|未(?:查询|查|检索)到|为空|零(?:申报|报告|上报)"
    r"|\bno (?:new |more |matching )?"
    r"(?:data|records?|rows|results?|updates?|changes?|news|entries|items)\b"
    r"|\bno new\b|\bnothing (?:new|to report|changed)\b|\b(?:unchanged|empty)\b|\bnot changed\b",
    re.IGNORECASE,
)
_FAILURE = re.compile(
    r"失败|异常|错误|出错|超时|繁忙|拒绝|无权|未授权|未登录|过期|中断|不可用"
    r"|fail|error|exception|time.?out|denied|unauthori[sz]ed|forbidden|busy|unavailable",
    re.IGNORECASE,
)
#: Names of members that may count.
_COUNTING = _CODES | _ERRORS | _TEXTS | TOTALS


@dataclass(frozen=True, slots=True)
class Leaf:
    """A single value beside the rows: where it stands, what it is called, and what it says."""

    path: str
    name: str
    value: str
    #: It stands beside the way to the rows, or in an object that tells how all went.
    near: bool = True


def may_count(name: str) -> bool:
    """Whether a member of this name may tell how all went, or count rows."""
    return plain(name) in _COUNTING


def tells_of_all(names: Sequence[str], way: Sequence[str]) -> bool:
    """Whether an object, by the names that lead to it,
    is on the way to the rows or tells how all went.

    What stands deeper is a record's, a department's or a list's own: a code of it is no result.
    """
    met = 0
    while met < min(len(names), len(way)) and names[met] == way[met]:
        met += 1
    return all(plain(name) in _HEADS for name in names[met:])


def failures(leaves: Iterable[Leaf]) -> list[Leaf]:
    """Return what can mean nothing but a failure."""
    return [leaf for leaf in leaves if _is_failure(leaf) or _is_error(leaf)]


def doubts(leaves: Sequence[Leaf], *, vouched: bool = False) -> list[Leaf]:
    """Return what in a document without rows speaks against an empty list.

    A code that is neither known to be good nor to be bad is good where another one or a message is,
    or where something else has `vouched` for the list.
    """
    texts = [leaf for leaf in leaves if plain(leaf.name) in _TEXTS and leaf.value]
    codes = [leaf for leaf in leaves if _is_code(leaf)]
    good = vouched or says_well(leaves)
    bad = [code for code in codes if not _is_good(code) and (not good or _is_failure(code))]
    bad += [leaf for leaf in leaves if _is_error(leaf)]
    return [*bad, *(text for text in texts if text not in bad and _speaks_against(text, good))]


def says_well(leaves: Iterable[Leaf]) -> bool:
    """Whether a code or a message says that all went well."""
    return any(
        (_is_code(leaf) and _is_good(leaf))
        or (plain(leaf.name) in _TEXTS and _SUCCESS.search(leaf.value) is not None)
        for leaf in leaves
    )


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
    if not _is_code(leaf) or _is_good(leaf):
        return False
    name, value = plain(leaf.name), leaf.value.lower()
    if name in TRUTHS and (value in _NO or value.strip("0.") == ""):
        return True
    if name in _NUMBERED and value.isdecimal():
        return False
    return _FAILED.fullmatch(value) is not None


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


def is_count(leaf: Leaf) -> bool:
    """Whether a leaf is a total, by its name, and a number above 0."""
    return plain(leaf.name) in TOTALS and leaf.value.isdecimal() and leaf.value.strip("0") != ""


def message_of(leaves: Iterable[Leaf]) -> str:
    """Return the message of a document, "" for none."""
    names = _TEXTS | _ERRORS
    texts = (leaf.value for leaf in leaves if plain(leaf.name) in names and not _is_none(leaf))
    return next(texts, "")
