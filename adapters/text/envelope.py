"""What readers of JSON and XML say of what stands around the rows:
a file that tells of an error, a total.
"""

from collections.abc import Iterable

from adapters.text import Text
from adapters.text.record_files import listed, short


def bad_result(path: str, value: str | None, message: str) -> Text:
    """Return that the result code that is set is missing (None), or is not good."""
    value_zh = "没有出现" if value is None else f"为 {short(value) or '空'}"
    value_en = "is missing" if value is None else f"is {short(value) or 'empty'}"
    zh, en = _quoted(message)
    return Text(
        f"结果码 {short(path)} {value_zh}，不是成功的结果{zh}；请部门重新导出。"
        "若它其实表示成功，请列入设置 ok_values",
        f"the result code {short(path)} {value_en}, which is not good{en}; have it exported again. "
        "If it is good list it in the setting `ok_values`",
    )


def result_in_doubt(members: Iterable[str], message: str, rows: int) -> Text:
    """Return that members beside the rows, each `name=value`, may tell of an error."""
    ordered = list(members)
    zh, en = _quoted(message)
    rows_zh = f"有 {rows} 行" if rows else "没有行"
    rows_en = f"{rows} rows" if rows else "no rows"
    then_zh = "不能当作完整的清单" if rows else "不当作零行"
    then_en = "so it is not taken for the whole list" if rows else "so it is not taken for 0 rows"
    return Text(
        f"文件{rows_zh}，却有 {listed(ordered)}，可能是出错的应答，{then_zh}{zh}；请部门重新导出。"
        "若它其实表示成功，请用设置 ok_path、ok_values 指明结果码",
        f"the file has {rows_en} but {listed(ordered, ', ')}, which may tell of an error, {then_en}"
        f"{en}; have it exported again. If all is well, say by the settings `ok_path` and "
        "`ok_values` where the result code is",
    )


def _quoted(message: str) -> tuple[str, str]:
    """Return a message in brackets, in both languages, "" for none."""
    return (f"（“{short(message)}”）", f' ("{short(message)}")') if message else ("", "")


def empty_with_total(path: str, declared: str) -> Text:
    """Return that a file without rows has a count that is not 0."""
    return Text(
        f"{short(path)} 为 {short(declared)}，文件中却没有行，不当作零行；请重新导出完整的文件。"
        "若它不是行数，请用设置 total 指明总数",
        f"{short(path)} is {short(declared)} and the file has no rows, so it is not taken for 0 "
        "rows; export the whole file again. If it counts no rows, "
        "say by the setting `total` what does",
    )


def total_missing(path: str) -> Text:
    """Return that there is nothing where the total should be."""
    return Text(
        f"设置 total 所指的 {short(path)} 处没有总数",
        f"there is no count of rows at {short(path)}, where the setting `total` points",
    )


def no_total(path: str, value: str) -> Text:
    """Return that what stands at the path of the total is no number of rows."""
    return Text(
        f"设置 total 所指的 {short(path)} 为 {short(value) or '空'}，不是行数（应为整数）；"
        "请改正后重新导出，或改设 total",
        f"{short(path)}, where the setting `total` points, is {short(value) or 'empty'}, which is "
        "no number of rows (a whole number); export the file anew, or change `total`",
    )


def total_disagrees(path: str, declared: str, rows: int) -> Text:
    """Return that the total is not the number of rows."""
    return Text(
        f"{short(path)} 声明有 {short(declared)} 行，文件中有 {rows} 行；请重新导出完整的文件",
        f"{short(path)} declares {short(declared)} rows and the file has {rows}; "
        "export the whole file again",
    )


def rows_alike(name: str, path: str, setting: str) -> Text:
    """Return that something beside the rows has their name but for
    the case or width of its letters.
    """
    return Text(
        f"{short(name)} 与数据行的路径 {short(path)} 只差字母的大小写或全半角，其中的内容会被略过；"
        f"整份退回，请统一名称后重新导出，或更改设置 {setting}",
        f"{short(name)} is on the path of the rows, {short(path)}, but for the case or width of "
        "its letters: what is in it would be passed over. The file is refused: export it again "
        f"with one name, or change the setting `{setting}`",
    )
