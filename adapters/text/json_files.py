"""What the readers of JSON say: a row or a whole file refused, and what to do."""

from collections.abc import Iterable

from adapters.text import Text
from adapters.text.python_errors import json_reason
from adapters.text.record_files import listed, short


def row_malformed(why: str) -> Text:
    """Return that a row is no JSON, by what Python's reader says of it."""
    reason = json_reason(why)
    return Text(
        f"本行不是合格的 JSON（{reason.zh}）", f"this row is no well-formed JSON ({reason.en})"
    )


def no_object(kind: str) -> Text:
    """Return that a row of JSON is something else than an object."""
    return Text(f"本行不是对象，而是 {kind}", f"this row is no object but {kind}")


def key_twice(names: Iterable[str]) -> Text:
    """Return that a row of JSON has a key more than once."""
    ordered = list(names)
    return Text(
        f"同一对象中重复的键：{listed(ordered)}，无法确定取哪一个值",
        f"keys that come twice in one object: {listed(ordered, ', ')}; "
        "no one can tell which counts",
    )


def no_name() -> Text:
    """Return that a row of JSON has a key without a name."""
    return Text("本行有一个空名的键，其值无从归入某一栏", "this row has a key without a name")


def list_value(names: Iterable[str]) -> Text:
    """Return that keys of a row have lists where single values belong."""
    ordered = list(names)
    return Text(
        f"栏 {listed(ordered)} 是数组，不是一个值",
        f"{listed(ordered, ', ')} is a list and not one value",
    )


def no_number(constant: str) -> Text:
    """Return that a row has NaN or an infinity, which JSON does not know."""
    return Text(
        f"{constant} 不是 JSON 的数值，请改为 null 或实际的数值",
        f"{constant} is no number of JSON; send null or the number itself",
    )


def surrogate(name: str) -> Text:
    """Return that a value has one half of a surrogate pair, which is no character."""
    return Text(
        f"栏 {short(name)} 含有半个字符（单独的代理码位），原字符已经丢失",
        f"{short(name)} has half a character (a lone surrogate): the character itself is lost",
    )


def digits(name: str, limit: int) -> Text:
    """Return that a number has more digits than a number may have."""
    return Text(
        f"栏 {short(name)} 的数值超过 {limit} 位",
        f"the number in {short(name)} has more than {limit} digits",
    )


def not_utf8() -> Text:
    """Return that a row has bytes that are no UTF-8."""
    return Text(
        "本行含有不是 UTF-8 的字节，不是合格的 JSON",
        "this row has bytes that are no UTF-8, so it is no JSON",
    )


def malformed(row: int, reason: Text) -> Text:
    """Return that a file is no well-formed JSON from some row on."""
    return Text(
        f"第 {row} 行之后不是合格的 JSON：{reason.zh}",
        f"after row {row} it is no well-formed JSON: {reason.en}",
    )


def no_comma(token: bytes) -> Text:
    """Return that something else stands where a comma or the end of the rows should."""
    name = short(token.decode("utf-8", "replace"))
    return Text(f"“{name}”处应为逗号或 ]", f'there is "{name}" where a comma or ] should be')


def line_too_long(line: int, limit: int) -> Text:
    """Return that a line of JSON has more bytes than are read."""
    return Text(f"第 {line} 行超过 {limit} 字节", f"line {line} is longer than {limit} bytes")


def row_too_long(row: int, limit: int) -> Text:
    """Return that a row of a JSON document has more bytes than are read."""
    return Text(
        f"第 {row} 行超过 {limit} 字节，不是合格的 JSON 行",
        f"row {row} is longer than {limit} bytes, so it is no JSON row",
    )


def beside_too_long(limit: int) -> Text:
    """Return that a JSON document has more bytes beside its rows than are read."""
    return Text(
        f"在前 {limit} 字节中，除数据行以外的 JSON 内容过多，或没有找到数据行；请核对设置 rows",
        f"the JSON beside its rows is longer than {limit} bytes, or has no rows in them; "
        "check the setting `rows`",
    )


def cut_off(row: int) -> Text:
    """Return that a JSON document breaks off after some row."""
    return Text(
        f"JSON 在第 {row} 行之后中断，不完整；请重新导出",
        f"the JSON breaks off after row {row}; export it again",
    )


def rows_missing(path: str, reached: str, kind: str, names: Iterable[str]) -> Text:
    """Return that nothing stands at the path of the rows, and what stands on the way there."""
    ordered = list(names)
    at_zh = f"{short(reached)} 是" if reached else "文档是"
    at_en = f"{short(reached)} is" if reached else "the document is"
    keys_zh = f"，其中只有：{listed(ordered)}" if ordered else ""
    keys_en = f" with only: {listed(ordered, ', ')}" if ordered else ""
    return Text(
        f"数据行应在 {short(path)}，文件中没有它；{at_zh} {kind}{keys_zh}。"
        "若这是出错时的应答请重新导出，否则请更改设置 rows",
        f"the rows should be at {short(path)}, which is not in the file; {at_en} {kind}{keys_en}. "
        "If this is an error message export it again, else change the setting `rows`",
    )


def rows_no_array(path: str, kind: str, names: Iterable[str] = ()) -> Text:
    """Return that what stands at the path of the rows is no array."""
    ordered = list(names)
    where_zh = short(path) or "JSON 文档本身"
    where_en = short(path) or "the JSON document itself"
    keys_zh = f"，键为 {listed(ordered)}" if ordered else ""
    keys_en = f" with the keys {listed(ordered, ', ')}" if ordered else ""
    return Text(
        f"{where_zh} 应为数据行的数组，实为 {kind}{keys_zh}；请核对文件与设置 rows",
        f"{where_en} should be the array of rows and is {kind}{keys_en}; "
        "check the file and the setting `rows`",
    )
