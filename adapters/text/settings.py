"""What is said of settings that are not as they should be."""

from collections.abc import Iterable, Mapping

from adapters.text import Text

#: What pydantic calls a fault, in both languages; names in braces are pydantic's.
_KINDS = {
    "missing": ("必填，没有写", "is required and missing"),
    "extra_forbidden": ("没有这项设置，请核对拼写", "is no setting; check how it is spelled"),
    "literal_error": ("应为 {expected} 之一", "must be one of {expected}"),
    "enum": ("应为 {expected} 之一", "must be one of {expected}"),
    "string_type": (
        "应为文本；数字和 yes、no 请加引号",
        "must be text; put numbers, yes and no in quotes",
    ),
    "string_sub_type": ("应为文本", "must be text"),
    "string_too_short": ("至少 {min_length} 个字符", "must have at least {min_length} characters"),
    "string_too_long": ("至多 {max_length} 个字符", "must have at most {max_length} characters"),
    "string_pattern_mismatch": (
        "写法不符，应合于 {pattern}",
        "is not written as it should be: {pattern}",
    ),
    "string_unicode": ("不是合格的文本", "is no sound text"),
    "int_type": ("应为整数", "must be a whole number"),
    "int_parsing": ("应为整数", "must be a whole number"),
    "int_parsing_size": ("整数太大", "is too large a whole number"),
    "int_from_float": ("应为整数，不带小数", "must be a whole number without decimals"),
    "float_type": ("应为数字", "must be a number"),
    "float_parsing": ("应为数字", "must be a number"),
    "decimal_type": ("应为数字", "must be a number"),
    "decimal_parsing": ("应为数字", "must be a number"),
    "finite_number": ("应为有限的数字", "must be a finite number"),
    "bool_type": ("应为 true 或 false", "must be true or false"),
    "bool_parsing": ("应为 true 或 false", "must be true or false"),
    "greater_than": ("应大于 {gt}", "must be greater than {gt}"),
    "greater_than_equal": ("不得小于 {ge}", "must be at least {ge}"),
    "less_than": ("应小于 {lt}", "must be less than {lt}"),
    "less_than_equal": ("不得大于 {le}", "must be at most {le}"),
    "list_type": ("应为列表", "must be a list"),
    "tuple_type": ("应为列表", "must be a list"),
    "set_type": ("应为列表", "must be a list"),
    "frozen_set_type": ("应为列表", "must be a list"),
    "dict_type": ("应为一组“名称: 值”", "must be a table of names and values"),
    "mapping_type": ("应为一组“名称: 值”", "must be a table of names and values"),
    "model_type": ("应为一组“名称: 值”", "must be a table of names and values"),
    "model_attributes_type": ("应为一组“名称: 值”", "must be a table of names and values"),
    "dataclass_type": ("应为一组“名称: 值”", "must be a table of names and values"),
    "none_required": ("应当为空", "must be empty"),
    "too_short": (
        "至少 {min_length} 项，现有 {actual_length} 项",
        "must have at least {min_length} items and has {actual_length}",
    ),
    "too_long": ("至多 {max_length} 项", "must have at most {max_length} items"),
    "path_type": ("应为文件或目录的路径", "must be the path of a file or folder"),
    "path_not_file": ("没有这个文件", "there is no such file"),
    "path_not_directory": ("没有这个目录", "there is no such folder"),
    "date_type": ("应为日期，如 2026-03-05", "must be a day, such as 2026-03-05"),
    "date_parsing": ("应为日期，如 2026-03-05", "must be a day, such as 2026-03-05"),
    "date_from_datetime_parsing": ("应为日期，如 2026-03-05", "must be a day, such as 2026-03-05"),
    "date_from_datetime_inexact": ("应为日期，不带时刻", "must be a day without a time"),
    "datetime_type": ("应为日期和时刻", "must be a day and time"),
    "datetime_parsing": (
        "应为日期和时刻，如 2026-03-05T09:00:00+08:00",
        "must be a day and time, such as 2026-03-05T09:00:00+08:00",
    ),
    "datetime_from_date_parsing": (
        "应为日期和时刻，如 2026-03-05T09:00:00+08:00",
        "must be a day and time, such as 2026-03-05T09:00:00+08:00",
    ),
    "timezone_aware": ("应写明时区", "must have a time zone"),
    "time_type": ("应为时刻，如 08:30", "must be a time, such as 08:30"),
    "time_parsing": ("应为时刻，如 08:30", "must be a time, such as 08:30"),
    "time_delta_type": ("应为时长，如 PT30M", "must be a length of time, such as PT30M"),
    "time_delta_parsing": ("应为时长，如 PT30M", "must be a length of time, such as PT30M"),
    "url_type": ("应为网址", "must be a URL"),
    "url_parsing": ("不是合格的网址", "is no sound URL"),
    "url_scheme": (
        "网址应以 {expected_schemes} 开头",
        "must be a URL that begins with {expected_schemes}",
    ),
    "union_tag_not_found": ("缺少 {discriminator}", "lacks {discriminator}"),
    "union_tag_invalid": (
        "{discriminator} 应为 {expected_tags} 之一",
        "{discriminator} must be one of {expected_tags}",
    ),
}


def wrong(kind: str, context: Mapping[str, object], said: str) -> Text:
    """Return what is wrong with one setting:
    in both languages where pydantic's kind of fault is known.
    """
    texts = _KINDS.get(kind)
    if texts is None:
        said = said.removeprefix("Value error, ").removeprefix("Assertion failed, ")
        return Text(f"不合要求：{said}", said)
    # A choice is listed as pydantic does it, but for the English word between the last two.
    shown = {name: str(value).replace("'", "") for name, value in context.items()}
    zh = {name: value.replace(" or ", "、").replace(", ", "、") for name, value in shown.items()}
    return Text(texts[0].format_map(zh), texts[1].format_map(shown))


def needs(name: str, whose: str) -> Text:
    """Return that one setting wants another."""
    return Text(f"{whose} 需要设置 {name}", f"{whose} needs {name}")


def needs_one_of(names: Iterable[str]) -> Text:
    """Return that exactly one of some settings is wanted."""
    listed = list(names)
    return Text(
        f"{'、'.join(listed)} 须设其一，且只设其一", f"needs {' or '.join(listed)}, and not both"
    )


def needs_a_table(mode: str) -> Text:
    """Return that a mode cannot do with a query."""
    return Text(
        f"mode {mode} 需要 table：查询（query）无法写回，也无法与日志关联",
        f"mode {mode} needs a table: a query cannot be written back to or joined",
    )


def no_database_url() -> Text:
    """Return how an address of a database is written."""
    return Text(
        "不是 SQLAlchemy 地址，应写作 dialect+driver://user@host:port/database；只写一个主机，"
        "用户和库名不含括号、斜杠等符号",
        "is no SQLAlchemy URL: write dialect+driver://user@host:port/database, with one host and no"
        " brackets, slashes or the like in user and database",
    )


def password_apart() -> Text:
    """Return that a password is not written into an address."""
    return Text(
        "口令不写在地址里，请另设密钥 password",
        "the password is set apart, as the secret `password`",
    )


def line_end_in_dialect() -> Text:
    """Return that what separates cells cannot hold the end of a line."""
    return Text(
        "separator、quote 和 escape 不能含换行",
        "separator, quote and escape cannot hold the end of a line",
    )


def separator_holds_quote() -> Text:
    """Return that a separator cannot hold what quotes."""
    return Text(
        "separator 不能含有 quote 或 escape", "the separator cannot hold the quote or the escape"
    )


def columns_without_headings() -> Text:
    """Return when the columns' names are given."""
    return Text(
        "header_row 为 0 时须设 columns，也只在这时设",
        "columns, and only then, where header_row is 0",
    )


def footer_pattern(reason: str) -> Text:
    """Return what is wrong with the pattern of a footer's count."""
    return Text(f"footer_count 不能用：{reason}", f"footer_count: {reason}")


def footer_group() -> Text:
    """Return that the pattern of a footer's count has one group."""
    return Text("footer_count 须恰有一个分组，即行数", "footer_count needs one group, the count")


def wide_encoding() -> Text:
    """Return that bytes cannot be counted in such an encoding."""
    return Text(
        "按字节定宽时，须用换行只占一个字节的编码（不能用 utf-16、utf-32）",
        "widths in bytes need an encoding in which a line ends with one byte",
    )


def lines_have_no_paths() -> Text:
    """Return that JSON lines have no path."""
    return Text(
        "lines 为每行一个对象，不能设 rows、total 或 ok_path",
        "`lines` has one object a line: no path `rows`, `total` or `ok_path`",
    )


def code_without_rows() -> Text:
    """Return that a result code needs an object around the rows."""
    return Text(
        "ok_path 需要行外面有对象，请同时设 rows",
        "`ok_path` needs an object around the rows: set a path `rows` too",
    )


def unknown_encoding(name: str) -> Text:
    """Return that nobody knows an encoding."""
    return Text(f"没有编码 {name}", f"unknown encoding {name}")


def no_text_encoding(name: str) -> Text:
    """Return that an encoding is not one of text."""
    return Text(f"{name} 不是文本的编码", f"{name} is no encoding of text")


def not_inside() -> Text:
    """Return that a folder must lie below the drop's."""
    return Text("须为 folder 之下的目录，不含 ..", "a folder below `folder`, without ..")


def archive_needed() -> Text:
    """Return when kept files must be moved."""
    return Text(
        "没有标记文件，或设了 claim 时，须设 archive：已收妥的文件要让出文件名",
        "without markers, and with claim, `archive` is needed: "
        "a file that is kept gives up its name",
    )


def sealing_keys() -> Text:
    """Return what keys payloads are sealed under."""
    return Text(
        "密钥须为 32 字节的 Base64，且 current 须是其中之一的名称",
        "keys are 32 bytes each, in Base64, and `current` is the name of one of them",
    )


def wrong_format_settings(kind: str, faults: Text) -> Text:
    """Return that the settings of a file format are wrong, and what is wrong with them."""
    return Text(
        f"文件格式 {kind} 的设置有误：{faults.zh}",
        f"the settings of the file format {kind} are wrong: {faults.en}",
    )


def no_format(kind: str, known: str) -> Text:
    """Return that a file format is not installed, and which are."""
    return Text(
        f"没有文件格式 {kind}，已有：{known}",
        f"there is no file format {kind}; installed: {known}",
    )
