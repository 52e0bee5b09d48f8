"""What is said of workbooks: files that are none, layouts that cannot be read,
cells that refuse a row.
"""

from adapters.text import Text

_NAME = 40
_SHOWN = 20


def cut(text: str, length: int = _NAME) -> str:
    """Return a name as a sentence repeats it: at most so many characters."""
    return text if len(text) <= length else f"{text[:length]}…"


def _at(column: int, row: int) -> str:
    return f"{letters(column)}{row}"


def letters(column: int) -> str:
    """Return the letters by which a spreadsheet names a column, counted from 0."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


# What a file is, where it is no workbook that can be read.


def empty() -> Text:
    """Return that a file is empty."""
    return Text("文件是空的，请重新上传", "the file is empty; upload it again")


def web_page() -> Text:
    """Return that a file is a web page."""
    return Text(
        "这是网页（HTML），不是工作簿；请用 Excel 或 WPS 打开后另存为 xlsx",
        "this is a web page (HTML), not a workbook; open it in Excel or WPS and save it as xlsx",
    )


def web_archive() -> Text:
    """Return that a file is a web archive (MHTML)."""
    return Text(
        "这是网页归档（MHTML），不是工作簿；请用 Excel 或 WPS 打开后另存为 xlsx",
        "this is a web archive (MHTML), not a workbook; "
        "open it in Excel or WPS and save it as xlsx",
    )


def xml_2003() -> Text:
    """Return that a file is an XML 2003 spreadsheet."""
    return Text(
        "这是 XML 2003 电子表格，不是 xls 或 xlsx；请用 Excel 或 WPS 打开后另存为 xlsx",
        "this is an XML 2003 spreadsheet, neither xls nor xlsx; "
        "open it in Excel or WPS and save it as xlsx",
    )


def xml() -> Text:
    """Return that a file is XML text."""
    return Text(
        "这是 XML 文本，不是工作簿；请另存为 xlsx，或将文件格式设为 xml",
        "this is XML text, not a workbook; save it as xlsx, or set the file format to xml",
    )


def plain_text() -> Text:
    """Return that a file is plain text."""
    return Text(
        "这是纯文本（如 CSV 或制表符分隔），不是工作簿；请另存为 xlsx，或将文件格式设为 delimited",
        "this is plain text (such as CSV or tab-separated text), not a workbook; save it as xlsx, "
        "or set the file format to delimited",
    )


def password() -> Text:
    """Return that a workbook is encrypted with a password."""
    return Text(
        "工作簿有口令（已加密），无法读取；请去掉打开口令后另存为 xlsx",
        "the workbook has a password (it is encrypted) and cannot be read; remove the password to "
        "open it and save it as xlsx",
    )


def other_program(zh: str, en: str) -> Text:
    """Return that a file is a spreadsheet or document of another program,
    named in both languages.
    """
    return Text(
        f"这是 {zh}，不是 xls 或 xlsx；请用 Excel 或 WPS 打开后另存为 xlsx",
        f"this is {en}, neither xls nor xlsx; open it in Excel or WPS and save it as xlsx",
    )


def other_file(zh: str, en: str) -> Text:
    """Return that a file is no workbook at all but a picture, say, named in both languages."""
    return Text(
        f"这是 {zh}，不是工作簿；请上传 xlsx 或 xls 文件",
        f"this is {en}, not a workbook; upload an xlsx or xls file",
    )


def unknown() -> Text:
    """Return that a file is of no kind that is known."""
    return Text(
        "不是可识别的工作簿；请用 Excel 或 WPS 打开并另存为 xlsx 后上传",
        "is no workbook that is known; open it in Excel or WPS, save it as xlsx and upload that",
    )


# What is wrong with a workbook as a whole.


def file_size(limit: int) -> Text:
    """Return that a file has more bytes than are read."""
    return Text(
        f"文件超过 {limit} 字节，请分成几个文件", f"the file is larger than {limit} bytes; split it"
    )


def unpacked_size(limit: int) -> Text:
    """Return that a workbook unpacks to more bytes than are read."""
    return Text(
        f"解压后超过 {limit} 字节，请删去无关内容或分成几个文件",
        f"it unpacks to more than {limit} bytes; remove what does not belong there or split it",
    )


def too_many(zh: str, en: str, limit: int) -> Text:
    """Return that a workbook has more parts of one kind, named in both languages, than are read."""
    return Text(
        f"{zh}超过 {limit} 个，请删去多余的或分成几个文件",
        f"it has more than {limit} {en}; remove them or split it",
    )


def too_wide_apart(rows: int, columns: int, limit: int) -> Text:
    """Return that stray cells make a sheet larger than is read."""
    return Text(
        f"最后一个单元格在第 {rows} 行、第 {columns} 列，行数乘列数超过 {limit}；"
        "请删去远处多余的单元格（含格式）后保存",
        f"the last cell is in row {rows}, column {columns}: rows times columns are more than "
        f"{limit}; delete the stray cells far away, formats too, and save again",
    )


def damaged(zh: str, en: str) -> Text:
    """Return that a workbook is damaged, and in what way, in both languages."""
    return Text(
        f"工作簿损坏：{zh}；请用 Excel 或 WPS 打开、保存后重新上传",
        f"the workbook is damaged: {en}; open it in Excel or WPS, save it and upload it again",
    )


def cut_off() -> Text:
    """Return that an archive is cut off or contradicts its checksum."""
    return damaged(
        "文件不完整或内容校验不符", "it is cut off or its content does not match its checksum"
    )


def no_part(name: str) -> Text:
    """Return that a part of a workbook is missing."""
    return damaged(f"缺少部件 {cut(name)}", f"its part {cut(name)} is missing")


def two_parts(name: str) -> Text:
    """Return that a part of a workbook is there twice."""
    return damaged(f"部件 {cut(name)} 有两个", f"its part {cut(name)} is there twice")


def bad_part(name: str, line: int) -> Text:
    """Return that a part of a workbook is no well-formed XML."""
    return damaged(
        f"部件 {cut(name)} 第 {line} 行不是规范的 XML",
        f"its part {cut(name)} is no well-formed XML in line {line}",
    )


def has_dtd(name: str) -> Text:
    """Return that a part of a workbook has a document type definition."""
    return damaged(
        f"部件 {cut(name)} 含有 DTD，不予读取",
        f"its part {cut(name)} has a DTD, which is not read",
    )


def bad_row_order(row: int) -> Text:
    """Return that rows are repeated or out of order."""
    return damaged(f"第 {row} 行重复或次序颠倒", f"row {row} is there twice or out of order")


def bad_reference(reference: str) -> Text:
    """Return that a cell reference cannot be understood."""
    name = cut(reference, _SHOWN)
    return damaged(f"单元格引用 {name} 有误", f"the cell reference {name} is wrong")


def said_twice(what: str) -> Text:
    """Return that something that decides how cells are read is there twice."""
    return damaged(
        f"{cut(what)} 出现两次且不一致，无从得知以哪一个为准",
        f"{cut(what)} is there twice, and nothing tells which one counts",
    )


def bad_flag(name: str, written: str) -> Text:
    """Return that a flag has a value that it cannot have."""
    shown = cut(written, _SHOWN)
    return damaged(
        f"{name} 的值 {shown} 不是规定的取值，日期或公式无从解释",
        f"{name} is {shown}, which is none of its values: dates or formulas cannot be told",
    )


def sheet_twice(name: str) -> Text:
    """Return that two sheets have the same name."""
    return damaged(f"有两个工作表名为 {cut(name)}", f"it has two sheets with the name {cut(name)}")


def alternative(part: str, what: str) -> Text:
    """Return that an element is written in alternatives, of which none is known to count."""
    return damaged(
        f"{cut(part)} 的 {cut(what)} 有几种写法（AlternateContent），无从得知以哪一种为准",
        f"{cut(what)} of {cut(part)} is written in alternatives (AlternateContent), and nothing "
        "tells which one counts",
    )


def stray(part: str, line: int, what: str) -> Text:
    """Return that an element stands where no cell is read."""
    return damaged(
        f"{cut(part)} 第 {line} 行的 {cut(what)} 不在单元格的位置，其中的内容无从读取",
        f"{cut(what)} at line {line} of {cut(part)} stands where no cell is read, "
        "so what is in it would be lost",
    )


def stray_in_cell(column: int, what: str) -> Text:
    """Return that a cell has an element that is no part of one."""
    return Text(
        f"{letters(column)} 列的单元格中有无法读取的内容：{cut(what)}；"
        "请用 Excel 或 WPS 打开、保存后重新上传",
        f"column {letters(column)}: the cell has something that is no part of one: {cut(what)}; "
        "open the file in Excel or WPS, save it and upload it again",
    )


def bad_records() -> Text:
    """Return that the records of an xls file are incomplete or wrong."""
    return damaged("记录不完整或有误", "its records are incomplete or wrong")


def older_cells() -> Text:
    """Return that an xls file has cells as Excel 4 and earlier wrote them."""
    return damaged(
        "有按 Excel 4 或更早版本写的单元格，其内容无从读取",
        "it has cells as Excel 4 and earlier wrote them, which cannot be read",
    )


def old_excel() -> Text:
    """Return what a workbook of Excel 4 or earlier is called."""
    return other_program("Excel 4 或更早的工作簿", "a workbook of Excel 4 or earlier")


def code_page(number: int) -> Text:
    """Return that the code page of a workbook is not known."""
    return Text(
        f"工作簿的代码页 {number} 不认识；请另存为 xlsx",
        f"the workbook's code page {number} is not known; save it as xlsx",
    )


def no_sheet(name: str, names: list[str]) -> Text:
    """Return that there is no sheet of the name that is set, and which there are."""
    shown = "、".join(cut(n) for n in names[:20])
    return Text(
        f"没有工作表 {cut(name)}，已有：{shown}",
        f"there is no sheet {cut(name)}; there are: {shown}",
    )


def no_visible_sheet(names: list[str]) -> Text:
    """Return that every sheet is hidden."""
    shown = "、".join(cut(n) for n in names[:20])
    return Text(
        f"没有可见的工作表；隐藏的表不会自动读取，请在设置 sheet 中写明：{shown}",
        "there is no visible sheet; hidden ones are never read unless the setting sheet names one: "
        f"{shown}",
    )


def no_header() -> Text:
    """Return that a sheet has no header row."""
    return Text("没有标题行", "there is no header row")


def empty_heading(column: int, row: int) -> Text:
    """Return that a column has no heading."""
    name = _at(column, row)
    return Text(
        f"标题 {name} 是空的，请补上或删除该列（合并的标题请取消合并）",
        f"the heading {name} is empty; fill it in or remove the column (unmerge headings that are "
        "merged)",
    )


def bad_heading(row: int, why: Text) -> Text:
    """Return that a heading cannot be read, and why."""
    return Text(
        f"第 {row} 行的标题无法读取：{why.zh}", f"a heading in row {row} cannot be read: {why.en}"
    )
