"""What is said of text files: encodings, quoting, headings, line lengths."""

from adapters.text import Text

#: Most characters of a name or value that a message repeats.
_SHORT = 40


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"


def contradicted(declared: str, likely: str) -> Text:
    """Return that a file looks like text of another encoding than the one that is set."""
    return Text(
        f"文件不是所设的编码 {declared}，看来是 {likely}；请按 {declared} 重新导出，或更改编码设置",
        f"the file is not in the encoding {declared} that is set: it looks like {likely}; "
        f"export it in {declared}, or change the setting",
    )


def marked(declared: str, mark: str) -> Text:
    """Return that a file begins with the byte order mark of another encoding."""
    return Text(
        f"文件开头是 {mark} 的标记（BOM），而所设的编码是 {declared}；"
        f"请按 {declared} 重新导出，或更改编码设置",
        f"the file begins with the mark (BOM) of {mark} and the encoding that is set is "
        f"{declared}; export it in {declared}, or change the setting",
    )


def no_header() -> Text:
    """Return that a file has no header row."""
    return Text("文件为空，没有标题行", "the file is empty: it has no header row")


def no_line() -> Text:
    """Return that a file has nothing at all in it: no row, no heading, no footer."""
    return Text(
        "文件是空的，连一行也没有：空文件可能是导出失败，不当作“没有数据”；请重新导出",
        "the file is empty, without a single line: it may be a failed export and is not taken for "
        "a list without rows; export it again",
    )


def only_skipped_lines(setting: str) -> Text:
    """Return that all a file has are lines that are declared to be no rows."""
    return Text(
        f"文件只有按 {setting} 略过的行，其后没有一行数据，无法确定略过的是说明还是数据；"
        f"请核对 {setting}；确实没有数据的，请在文件尾写明行数（如“共0条”）",
        f"all that the file has are lines that {setting} leaves out, and no row follows: nobody "
        f"can tell whether they are explanations or data; look at {setting}, and where there are "
        "no rows, say so in a footer (共0条)",
    )


def headings_unexpected() -> Text:
    """Return that a file has headings where none are declared."""
    return Text(
        "本行就是各栏的标题，而设置是没有标题（header_row 为 0）；请设 header_row，或去掉标题行",
        "this row is the headings, and header_row: 0 says that the file has none; set header_row, "
        "or take the headings out",
    )


def repeated_headings(names: list[str]) -> Text:
    """Return that columns have the same heading."""
    listed = [_short(name) for name in names[:5]]
    return Text(f"标题重复：{'、'.join(listed)}", f"repeated headings: {', '.join(listed)}")


def empty_headings(places: list[int]) -> Text:
    """Return that columns have no heading."""
    listed = [str(place) for place in places[:5]]
    return Text(
        f"标题行第 {'、'.join(listed)} 栏没有名称，请补上",
        f"the header row has no heading in column {', '.join(listed)}; fill it in",
    )


def heading_with_line_end(place: int, code: str) -> Text:
    """Return that a heading has a character by which other systems end a line."""
    return Text(
        f"标题行第 {place} 栏有字符 {code}，像是换行：行以 CRLF、LF 或 CR 结束；请重新导出",
        f"the heading of column {place} has the character {code}, by which some systems end a "
        "line: here lines end with CR LF, LF or CR; export the file again",
    )


def headings_again() -> Text:
    """Return that a row is the headings once more."""
    return Text(
        "本行与标题行相同：像是几个文件拼在一起；请去掉重复的标题行",
        "this row is the headings once more: files put together, it seems; take it out",
    )


def tab_in_line() -> Text:
    """Return that a line of fixed width has a tab."""
    return Text(
        "本行含有制表符（Tab），各栏的位置无从确定；请换成空格后重新导出",
        "this line has a tab, so nobody can tell where its columns stand; export it with blanks",
    )


def ruled() -> Text:
    """Return that a row is a line drawn under headings."""
    return Text(
        "本行是标题下的分隔线，不是数据；请设 explanation_rows 或 skip_first，或导出时去掉分隔线",
        "this row is a line drawn under headings and no record; set explanation_rows or "
        "skip_first, or export without such lines",
    )


def unclear_separator(separator: str) -> Text:
    """Return that a value next to a separator has a part of one."""
    return Text(
        f"本行有多余的“{_short(separator)}”字符紧挨着分隔符，无法确定属于哪个值；"
        "请给值加引号，或换一种分隔符",
        f"this row has characters of the separator {_short(separator)} right beside one, and "
        "nobody can tell which value they belong to; quote the value, or use another separator",
    )


def too_many_columns(count: int, limit: int) -> Text:
    """Return that a header has more columns than are read."""
    return Text(
        f"有 {count} 栏，最多 {limit} 栏；请核对分隔符",
        f"there are {count} columns and at most {limit} are read; check the separator",
    )


def header_quoting(number: int) -> Text:
    """Return that the quoting of the header row is broken."""
    return Text(
        f"标题行（第 {number} 行）的引号有误，请重新导出",
        f"the quoting of the header row (row {number}) is broken; export the file again",
    )


def separator_line(line: str, setting: str) -> Text:
    """Return that Excel's line about the separator stands where headings or rows should begin."""
    return Text(
        f"首行“{_short(line)}”是 Excel 的分隔符声明，不是标题，也不是数据；请设置 {setting}，"
        "separator 设为所声明的分隔符，或导出时去掉这一行",
        f"the first line, {_short(line)}, is Excel's about the separator, no heading and no row: "
        f"set `{setting}` and `separator` to what it declares, or export without that line",
    )


def separator_contradicted(line: str, separator: str) -> Text:
    """Return that a file declares another separator than is set."""
    return Text(
        f"文件首行“{_short(line)}”声明的分隔符与设置 separator（{_short(separator)}）不符；"
        "请核对后改正其一",
        f"the file's first line, {_short(line)}, declares another separator than the setting "
        f"`separator` ({_short(separator)}); put one of them right",
    )


def line_too_long(limit: int) -> Text:
    """Return that a line has more bytes than are read."""
    return Text(
        f"有一行超过 {limit} 字节，不是按行的文本；请核对换行符和编码",
        f"a line is longer than {limit} bytes: this is no text of lines; "
        "check line ends and encoding",
    )


def fields(count: int, width: int) -> Text:
    """Return that a row has another number of fields than the header."""
    return Text(
        f"本行有 {count} 栏，标题行有 {width} 栏，请检查分隔符和引号",
        f"this row has {count} fields and the header {width}; check separators and quotes",
    )


def beside_lone_line() -> Text:
    """Return that a row stands beside a line of one field, so it may have half of a value in it."""
    return Text(
        "本行上一行或下一行只有一栏，像是值内有换行而没有加引号，本行的值可能不完整；"
        "请去掉值内的换行，或给该值加引号",
        "the line before or after this row is one field alone: a value without quotes seems to "
        "hold an end of line, so this row may have half of it; take it out, or quote the value",
    )


def mixed_fields(width: int) -> Text:
    """Return that most of the first rows are longer than the header, so no row can be trusted."""
    return Text(
        f"标题行有 {width} 栏，而文件开头的行多数多出空栏、又不是每一行都多："
        "像是值内有分隔符而没有加引号，无从得知哪些行是对的；请给值加引号后重新导出",
        f"the header has {width} fields, and most of the first rows have empty ones more, but not "
        "all: values without quotes seem to hold separators, and nobody knows which rows are "
        "right; quote the values and export again",
    )


def other_fields(count: int, usual: int) -> Text:
    """Return that a row has another number of fields than most rows."""
    return Text(
        f"本行有 {count} 栏，其他行有 {usual} 栏：像是值内有分隔符而没有加引号，或少了分隔符；"
        "请给该值加引号后重新导出",
        f"this row has {count} fields and others have {usual}: a value without quotes seems to "
        "hold a separator, or one is missing; quote the value and export again",
    )


def number_parted() -> Text:
    """Return that a number seems to be parted by its separator of thousands."""
    return Text(
        "本行比标题行多一栏，并有两栏像是一个带千位分隔符的数被拆开（如 1,234.50）；"
        "请给该值加引号或去掉千位分隔符",
        "this row has a field more than the header, and two of them look like one number with a "
        "separator of thousands (1,234.50); quote the value, or take the separator out",
    )


def filled_without_heading(place: int, value: str) -> Text:
    """Return that a row has a value in a column without a heading."""
    return Text(
        f"第 {place} 栏没有标题，本行却填有“{_short(value)}”；请给该栏加上标题，或清空它",
        f"column {place} has no heading and this row fills it with “{_short(value)}”; "
        "give the column a heading, or clear it",
    )


def quote_not_closed() -> Text:
    """Return that a quote is never closed."""
    return Text(
        "本行有引号没有结束；请补上结束的引号，或把值内的引号写成两个",
        "a quote of this row is never closed; close it, "
        "or double a quote that belongs to the value",
    )


def line_broken() -> Text:
    """Return that a row seems to be cut by an end of line within a value."""
    return Text(
        "本行与相邻一行之间的换行符与文件其他行的不同：像是值内有换行而没有加引号；"
        "请去掉值内的换行，或给该值加引号",
        "what parts this row from its neighbour is no end of line as the file's are: a value "
        "without quotes seems to hold it; take it out, or quote the value",
    )


def fixed_line_broken() -> Text:
    """Return that a line of fixed width seems to be cut by an end of line within a value."""
    return Text(
        "本行与相邻一行合起来才是一行：像是值内有换行；请去掉值内的换行",
        "this line and its neighbour make one row together:"
        " a value seems to hold an end of line; take it out",
    )


def rows_or_lines() -> Text:
    """Return that lines between two quotes may be one value or rows."""
    return Text(
        "引号之间有像整行数据的行，无法确定是一个值里的换行，还是缺了结束的引号；"
        "请核对引号，并去掉值内的换行",
        "between two quotes stand lines that look like rows: a value of several lines, or a closing"
        " quote that is missing; look at the quotes, and take line breaks out of values",
    )


def quote_swallows_rows() -> Text:
    """Return that a quote is not closed before whole rows."""
    return Text(
        "本行有引号没有结束，后面已是整行数据；请补上结束的引号",
        "a quote of this row is not closed where whole rows follow; close it",
    )


def quote_in_bare_value() -> Text:
    """Return that a value without quotes has a quote in it."""
    return Text(
        "本行有未加引号的值含有引号；请给整个值加引号，并把其中的引号写成两个",
        "a value of this row has a quote and is not quoted itself; quote the whole value and "
        "double the quotes within",
    )


def text_after_quote() -> Text:
    """Return that a value goes on after its closing quote."""
    return Text(
        "本行有值在引号结束之后还有文字；值内的引号要写成两个",
        "a value of this row goes on after its closing quote; double the quotes that belong to it",
    )


def lone_escape() -> Text:
    """Return that an escape character stands before nothing that it could escape."""
    return Text(
        "本行的转义字符后面不是引号、分隔符或转义字符，含义不明；请把它写成两个",
        "an escape character of this row stands before no quote, separator or escape; double it",
    )


def value_too_long(limit: int) -> Text:
    """Return that a value has more characters than a value may have."""
    return Text(
        f"本行有值超过 {limit} 个字符；请检查引号",
        f"a value of this row is longer than {limit} characters; check the quotes",
    )


def no_footer_count() -> Text:
    """Return that a footer has no count where one is expected."""
    return Text(
        "文件尾没有行数，文件可能不完整；请重新导出",
        "the footer has no count: the file may be cut off; export it again",
    )


def other_footer_count(declared: str, rows: int) -> Text:
    """Return that a footer counts another number of rows than the file has."""
    return Text(
        f"文件尾声明 {_short(declared)} 行，文件有 {rows} 行；请重新导出",
        f"the footer counts {_short(declared)} rows and the file has {rows}; export it again",
    )


def row_in_footer(declared: int) -> Text:
    """Return that a line that is declared as footer may be a row of data."""
    return Text(
        f"本行在声明为文件尾的最后 {declared} 行之内，却像一行数据：没有接收，也不略过；"
        "文件如无文件尾，请改设置（footer_lines、skip_last），如有，"
        "请写明“合计”等字样并使其栏位与数据行不同，或用 footer_count 核对",
        f"this line is among the last {declared} that are declared as the footer, and it looks "
        "like a row: it is neither taken nor left out; where the file has no footer change the "
        "setting (footer_lines, skip_last), where it has one mark it (合计, TRAILER) in cells "
        "unlike a row's, or check it by footer_count",
    )


def line_longer(length: int, width: int) -> Text:
    """Return that a fixed-width line is longer than its columns."""
    return Text(
        f"本行长 {length}，各栏合计 {width}，请核对栏宽",
        f"this line is {length} long and the columns make {width}; check the widths",
    )


def line_cut_off(length: int, width: int) -> Text:
    """Return that the last fixed-width line is too short and ends without a line end."""
    return Text(
        f"最后一行长 {length}，各栏合计 {width}，也没有换行：文件可能不完整；请重新导出",
        f"the last line is {length} long, the columns make {width}, and no line end follows: the "
        "file may be cut off; export it again",
    )


def character_cut(column: str) -> Text:
    """Return that a column has a byte that does not decode, or cuts a character at its edge."""
    return Text(
        f"“{_short(column)}”栏有无法解码的字节，或一个字符被栏界切开；请核对栏宽和编码",
        f"column {_short(column)} has a byte that does not decode, or its edge cuts a character; "
        "check widths and encoding",
    )


def not_fixed_width(limit: int) -> Text:
    """Return that a line is too long for any fixed-width text."""
    return Text(
        f"有一行超过 {limit} 字节，不是定长文本；请核对换行符和编码",
        f"a line is longer than {limit} bytes: this is no fixed-width text; "
        "check line ends and encoding",
    )
