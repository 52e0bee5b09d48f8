"""How answers tell whether all went well: what result codes, messages and totals are usually
called, and which codes are good. For answers of SOAP services and for files of JSON and XML. Pure.
"""

from typing import Annotated, Any

from pydantic import BeforeValidator

#: What elements that tell how a call went are called; compared in small letters without _ and -.
RESULT_CODES = frozenset(
    {
        "code",
        "resultcode",
        "retcode",
        "rescode",
        "returncode",
        "respcode",
        "responsecode",
        "statuscode",
        "errcode",
        "errorcode",
        "rtncode",
        "status",
        "success",
        "issuccess",
        "retflag",
        "resultflag",
        "flag",
        "ret",
        "errno",
        "issucceed",
        "succeed",
        "zt",
        "fhdm",
        "fhm",
    }
)
#: What elements that hold a count of all rows are called.
TOTALS = frozenset(
    {
        "total",
        "totalcount",
        "totalrows",
        "totalrow",
        "totalnum",
        "totalrecord",
        "totalrecords",
        "totalsize",
        "recordcount",
        "rowcount",
        "count",
        "records",
        "totalelements",
        "zs",
        "zts",
    }
)
#: What elements that say something of a failure are called.
TEXTS = frozenset(
    {
        "msg",
        "message",
        "resultmsg",
        "retmsg",
        "errmsg",
        "errormsg",
        "errormessage",
        "resultmessage",
        "returnmsg",
        "returnmessage",
        "desc",
        "description",
        "resultdesc",
        "reason",
        "info",
        "error",
        "statusmsg",
        "respmsg",
        "rtnmsg",
        "fhxx",
        "err",
        "fault",
        "exception",
    }
)
#: Values of a result code that say that all went well.
GOOD_VALUES = (
    "0",
    "00",
    "000",
    "0000",
    "00000",
    "000000",
    "200",
    "true",
    "success",
    "succeed",
    "ok",
    "y",
    "成功",
)
#: Result elements for which 1 says that all went well, beside GOOD_VALUES.
_FLAGS = frozenset(
    {"success", "issuccess", "succeed", "issucceed", "flag", "retflag", "resultflag"}
)
#: Of these, those that ask whether all went well: 0 is "no", and no code that means "no error".
TRUTHS = frozenset(
    {
        "success",
        "issuccess",
        "succeed",
        "issucceed",
        "successful",
        "succeeded",
        "ok",
        "isok",
        "sfcg",
        "是否成功",
    }
)


def codes(value: Any) -> Any:
    """Return codes as texts: YAML has numbers and truth values,
    the command line one text with commas.
    """
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, list | tuple):
        return tuple(str(code).lower() if isinstance(code, bool) else str(code) for code in value)
    return value


#: The values of a setting that lists result codes.
Codes = Annotated[tuple[str, ...], BeforeValidator(codes)]


#: How a service says that there is more, and that there is not.
_MORE = frozenset({"true", "t", "y", "yes", "是", "有", "more"})
_NO_MORE = frozenset({"false", "f", "n", "no", "否", "无", "没有", "last", "end"})


def says_more(text: str) -> bool | None:
    """Return whether a text says that there is more (a number does unless it is 0);
    None where it says neither.
    """
    word = text.strip().lower()
    if word.isascii() and word.isdecimal():
        return int(word) > 0
    if word in _MORE:
        return True
    return False if word in _NO_MORE else None


def plain(name: str) -> str:
    """Return an element's name as the lists of this module have it."""
    return name.replace("_", "").replace("-", "").lower()


def good_values(name: str) -> tuple[str, ...]:
    """Return the values of a result element that are good, going by its name."""
    if plain(name) in TRUTHS:
        return (*(value for value in GOOD_VALUES if value.strip("0")), "1", "t")
    return (*GOOD_VALUES, "1") if plain(name) in _FLAGS else GOOD_VALUES
