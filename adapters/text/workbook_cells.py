"""What refuses a row of a workbook. Columns are counted from 0."""

from adapters.text import Text
from adapters.text.workbooks import cut, letters

_SHOWN = 20


def precision(column: int) -> Text:
    """Return that a number has more digits than Excel keeps."""
    c = letters(column)
    return Text(
        f"{c} 列有超过 15 位的数字，Excel 已丢失末位；请把该列设为文本后重新填写",
        f"column {c} has a number of more than 15 digits, of which Excel has lost the last; "
        "format the column as text and enter it again",
    )


def cell_error(column: int, error: str) -> Text:
    """Return that a cell's formula failed."""
    c, shown = letters(column), cut(error, _SHOWN)
    return Text(
        f"{c} 列有公式错误的单元格（{shown}），请改正公式或改为值",
        f"column {c} has a cell whose formula failed ({shown}); "
        "mend the formula or enter the value",
    )


def formula(column: int) -> Text:
    """Return that a formula was saved without its value."""
    c = letters(column)
    return Text(
        f"{c} 列的公式没有计算结果；请用 Excel 或 WPS 打开、保存后重新上传，或改为值",
        f"column {c} has a formula without its value; open the file in Excel or WPS and save it, "
        "or enter the value",
    )


def merged() -> Text:
    """Return that a row has merged cells."""
    return Text(
        "有合并的单元格，请取消合并并逐行填写",
        "has merged cells; unmerge them and fill in each row",
    )


def beyond(column: int) -> Text:
    """Return that a row has cells beyond the headings."""
    c = letters(column)
    return Text(
        f"{c} 列在标题之外还有内容，请补标题或删除",
        f"has cells beyond the headings (column {c}); give them a heading or remove them",
    )


def shows_literal(column: int, code: str) -> Text:
    """Return that a cell shows text that it does not hold."""
    c, shown = letters(column), cut(code)
    return Text(
        f"{c} 列的单元格格式 {shown} 显示了单元格里没有的文字；请把看到的内容作为文本填写",
        f"column {c} has the cell format {shown}, which shows text that the cell does not hold; "
        "enter what is seen as text",
    )


def shows_scaled(column: int, code: str) -> Text:
    """Return that a cell shows its number scaled down."""
    c, shown = letters(column), cut(code)
    return Text(
        f"{c} 列的单元格格式 {shown} 把数字缩小显示，看到的与实际的不同；请改为常规格式核对后填写",
        f"column {c} has the cell format {shown}, which shows the number scaled down; "
        "set it to General, check the value and enter it",
    )


def shows_zeros(column: int, code: str) -> Text:
    """Return that a cell shows zeros that it does not hold."""
    c, shown = letters(column), cut(code)
    return Text(
        f"{c} 列的单元格格式 {shown} 显示了单元格里没有的零；请把看到的内容作为文本填写",
        f"column {c} has the cell format {shown}, which shows zeros that the cell does not hold; "
        "enter what is seen as text",
    )


def no_style(column: int) -> Text:
    """Return that a cell has a format that does not exist."""
    c = letters(column)
    return Text(
        f"{c} 列的单元格格式不存在，无法知道应如何显示；请用 Excel 或 WPS 打开、保存后重新上传",
        f"column {c} has a cell whose format does not exist, so that what it shows is not known; "
        "open the file in Excel or WPS and save it",
    )


def no_date(column: int, serial: str) -> Text:
    """Return that a date does not exist."""
    c, shown = letters(column), cut(serial, _SHOWN)
    return Text(
        f"{c} 列的日期（序列值 {shown}）不是实际存在的日期，请改正",
        f"column {c} has a date (serial {shown}) that does not exist; mend it",
    )


def no_number(column: int, text: str) -> Text:
    """Return that a number is none."""
    c, shown = letters(column), cut(text, _SHOWN)
    return Text(
        f"{c} 列的数字写法有误：{shown}；请重新填写",
        f"column {c} has a number that is none: {shown}; enter it again",
    )


def no_value(column: int, text: str) -> Text:
    """Return that a cell has a value that cannot be read."""
    c, shown = letters(column), cut(text, _SHOWN)
    return Text(
        f"{c} 列的单元格内容无法识别：{shown}；请重新填写",
        f"column {c} has a cell that cannot be read: {shown}; enter it again",
    )


def too_long(column: int, limit: int) -> Text:
    """Return that a cell has more characters than a value may have."""
    c = letters(column)
    return Text(f"{c} 列的内容超过 {limit} 个字符", f"column {c} has more than {limit} characters")


def twice(column: int) -> Text:
    """Return that a column has two cells in one row."""
    c = letters(column)
    return Text(f"{c} 列的单元格在一行中有两个", f"column {c} has two cells in one row")
