"""What each setting of file formats is for, in forms and in the schema."""

from adapters.text import Text


def encoding() -> Text:
    """Return what the setting `encoding` is for."""
    return Text(
        "文本编码；缺省按文件头的代码页",
        "encoding of text; the file's own code page by default",
    )


def ignore() -> Text:
    """Return what the setting `ignore` is for."""
    return Text(
        "不读的栏，如备注",
        "columns not read, memos for instance",
    )


def delimited_encoding() -> Text:
    """Return what the setting `encoding` is for."""
    return Text(
        "文件编码",
        "encoding of the file, never guessed",
    )


def separator() -> Text:
    """Return what the setting `separator` is for."""
    return Text(
        "分隔符",
        "separator",
    )


def quote() -> Text:
    """Return what the setting `quote` is for."""
    return Text(
        "引号，留空为没有",
        "quote; empty where values are never quoted",
    )


def escape() -> Text:
    """Return what the setting `escape` is for."""
    return Text(
        "转义字符，如 \\，留空为没有",
        "escape, \\ for instance; empty where there is none",
    )


def header_row() -> Text:
    """Return what the setting `header_row` is for."""
    return Text(
        "标题所在行，0 为没有标题",
        "row of the headings; 0 where there are none",
    )


def columns() -> Text:
    """Return what the setting `columns` is for."""
    return Text(
        "没有标题时的栏名",
        "columns where there are no headings",
    )


def explanation_rows() -> Text:
    """Return what the setting `explanation_rows` is for."""
    return Text(
        "标题下说明行的行数",
        "rows of explanation under the headings",
    )


def footer_lines() -> Text:
    """Return what the setting `footer_lines` is for."""
    return Text(
        "文件尾的行数，如合计",
        "lines after the rows, totals for instance",
    )


def footer_count() -> Text:
    """Return what the setting `footer_count` is for."""
    return Text(
        "文件尾中行数的正则式，如 共(\\d+)条；不符则整份退回",
        "pattern of the row count in the footer; another count refuses the file",
    )


def fixed_columns() -> Text:
    """Return what the setting `columns` is for."""
    return Text(
        "栏名与宽度，按次序",
        "columns and their widths, in order",
    )


def unit() -> Text:
    """Return what the setting `unit` is for."""
    return Text(
        "宽度的单位；GBK 下一个汉字为两个字节",
        "what widths count; a Chinese character of GBK is two bytes",
    )


def skip_first() -> Text:
    """Return what the setting `skip_first` is for."""
    return Text(
        "文件头的行数",
        "lines before the rows",
    )


def skip_last() -> Text:
    """Return what the setting `skip_last` is for."""
    return Text(
        "文件尾的行数，空行不计",
        "lines after the rows, blank ones not counted",
    )


def fixed_footer_count() -> Text:
    """Return what the setting `footer_count` is for."""
    return Text(
        "文件尾中行数的正则式，如 ^99(\\d{8})；不符则整份退回",
        "pattern of the row count in the last lines; another count refuses the file",
    )


def lines() -> Text:
    """Return what the setting `lines` is for."""
    return Text(
        "每行一个对象",
        "one object a line",
    )


def rows() -> Text:
    """Return what the setting `rows` is for."""
    return Text(
        "数组的路径，如 data.items；缺省为文档本身",
        "path of the array; the document itself by default",
    )


def json_columns() -> Text:
    """Return what the setting `columns` is for."""
    return Text(
        "栏名，缺省取前 1000 行所有的栏",
        "columns; all of the first 1,000 rows by default",
    )


def total() -> Text:
    """Return what the setting `total` is for."""
    return Text(
        "文档中声明总行数的路径，如 data.total；与行数不符则退回",
        "path of the number of rows that the document declares; another number refuses the file",
    )


def ok_path() -> Text:
    """Return what the setting `ok_path` is for."""
    return Text(
        "文档中结果码的路径，如 code；不是成功的则退回",
        "path of the document's own result code; one that is not good refuses the file",
    )


def ok_values() -> Text:
    """Return what the setting `ok_values` is for."""
    return Text(
        "成功的结果码，不分大小写",
        "result codes that are good, in any case",
    )


def sheet() -> Text:
    """Return what the setting `sheet` is for."""
    return Text(
        "工作表名，缺省为第一张可见的表",
        "name of the sheet; the first visible one by default",
    )


def spreadsheet_header_row() -> Text:
    """Return what the setting `header_row` is for."""
    return Text(
        "标题所在行",
        "row of the headings",
    )


def row() -> Text:
    """Return what the setting `row` is for."""
    return Text(
        "行元素的路径，从根起，如 Data/Rows/Row",
        "path of a row from the root",
    )


def xml_total() -> Text:
    """Return what the setting `total` is for."""
    return Text(
        "文件中声明总行数的路径，从根起，如 Data/Total；与行数不符则退回",
        "path from the root of the number of rows that the document declares; "
        "another number refuses the file",
    )


def xml_ok_path() -> Text:
    """Return what the setting `ok_path` is for."""
    return Text(
        "结果码的路径，从根起，如 Data/code、Data/@code；不是成功的则退回",
        "path from the root of the document's own result code; "
        "one that is not good refuses the file",
    )
