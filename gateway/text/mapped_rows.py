"""What mappings say to people of a department's columns and rows."""

from collections.abc import Mapping, Sequence

from gateway.text import Text
from gateway.text.mapping import cut

# --- columns -------------------------------------------------------------------------------


def columns_missing(names: Sequence[str], unfit: Mapping[str, Sequence[str]]) -> Text:
    """Return which columns are missing, and which headings have characters that nobody can see."""
    listed = ", ".join(map(cut, names))
    return _with_unfit(
        f"缺少映射所需的列：{listed}；请恢复该列或修改映射",
        f"lacks columns that the mapping needs: {listed}; bring them back or mend the mapping",
        unfit,
    )


def columns_extra(names: Sequence[str], unfit: Mapping[str, Sequence[str]]) -> Text:
    """Return which columns the mapping does not name."""
    listed = ", ".join(map(cut, names))
    return _with_unfit(
        f"来源多出未映射的列：{listed}",
        f"the source has columns that are not mapped: {listed}",
        unfit,
    )


def _with_unfit(zh: str, en: str, unfit: Mapping[str, Sequence[str]]) -> Text:
    if not unfit:
        return Text(zh, en)
    listed = ", ".join(f"{cut(name)} ({' '.join(points)})" for name, points in unfit.items())
    return Text(
        f"{zh}。栏目名含不可见或不可读的字符：{listed}",
        f"{en}. Headings have characters that cannot be seen or read: {listed}",
    )


# --- rows: characters ----------------------------------------------------------------------


def broken_text(column: str) -> Text:
    """Return that bytes did not decode, or that a control character stands in a value."""
    return Text(
        f"来源列 {cut(column)} 含无法解码的字节或控制字符，请按声明的编码重新导出",
        f"source column {cut(column)} has bytes that do not decode or control characters; "
        "export it again in the declared encoding",
    )


def private_character(column: str, point: str) -> Text:
    """Return that a character means something on the department's own machines only."""
    return Text(
        f"来源列 {cut(column)} 含私有区字符 {point}（自造字），别处读不出；请改用标准字符",
        f"source column {cut(column)} has {point} of the private use area, which nobody else can "
        "read; write the standard character",
    )


def unassigned_character(column: str, point: str) -> Text:
    """Return that a code point stands for no character."""
    return Text(
        f"来源列 {cut(column)} 含未分配的码位 {point}，它不是字符；请核对编码并改正",
        f"source column {cut(column)} has {point}, to which no character is assigned; compare the "
        "encoding and mend the value",
    )


def invisible_character(column: str, point: str) -> Text:
    """Return that a character that cannot be seen stands in a text."""
    return Text(
        f"来源列 {cut(column)} 含不可见字符 {point}；请删去后重报",
        f"source column {cut(column)} has {point}, which cannot be"
        " seen; take it out and send the row again",
    )


# --- rows: what is no value ----------------------------------------------------------------


def excel_error(column: str, value: str) -> Text:
    """Return that a formula had failed."""
    return Text(
        f"来源列 {cut(column)} 是公式出错的结果 {cut(value)}，不是值；请在来源中改正",
        f"source column {cut(column)} is {cut(value)}, what a"
        " failed formula shows; mend it at the source",
    )


def excel_width(column: str, value: str) -> Text:
    """Return that the column was too narrow when the file was written."""
    return Text(
        f"来源列 {cut(column)} 是 {cut(value)}：导出时列宽不足，值已丢失；请加宽后重新导出",
        f"source column {cut(column)} is {cut(value)}: the column was too"
        " narrow and the value is lost; widen it and export again",
    )


def exponent(column: str, value: str) -> Text:
    """Return that a number or code was written with an exponent, so that digits are lost."""
    return Text(
        f"来源列 {cut(column)} 为科学计数 {cut(value)}，位数已丢失；请以文本格式重新导出",
        f"source column {cut(column)} is written as {cut(value)},"
        " which has lost digits; export it as text",
    )


def apostrophe(column: str, _value: str) -> Text:
    """Return that a spreadsheet's apostrophe was exported with the value."""
    return Text(
        f"来源列 {cut(column)} 以撇号开头，是表格软件的文本标记，不是值的一部分；请去掉后重报",
        f"source column {cut(column)} begins with an apostrophe, a spreadsheet's mark of text; "
        "take it away and send the row again",
    )


def formula(column: str, _value: str) -> Text:
    """Return that a spreadsheet's formula of a text was exported instead of the text."""
    return Text(
        f'来源列 {cut(column)} 是公式 ="…" 而不是其中的值；请以值重新导出',
        f'source column {cut(column)} is a formula ="…" and not the value in it; export values',
    )


def no_value(column: str, value: str) -> Text:
    """Return that a word for "no value" stands where a value is needed."""
    return Text(
        f"来源列 {cut(column)} 写的是 {cut(value)}，没有值；请填写，或在映射的 empty 中列出它",
        f"source column {cut(column)} says {cut(value)}, which is no value; fill"
        " it in, or list the word under empty in the mapping",
    )


def maybe_no_value(column: str, value: str) -> Text:
    """Return, as a warning, that a word for "no value" was taken as the value."""
    return Text(
        f"来源列 {cut(column)} 写的是 {cut(value)}，已按原文报送；"
        "若表示没有值，请在映射的 empty 中列出它",
        f"source column {cut(column)} says {cut(value)} and was taken as it stands; if"
        " that means no value, list it under empty in the mapping",
    )


# --- rows: conversions ---------------------------------------------------------------------


def not_in_table() -> Text:
    """Return that a code is not in the mapping's table."""
    return Text(
        "代码不在映射的代码表内，请改正代码，或在映射的代码表中补上",
        "the code is not in the mapping's table; mend the code, or add it to the table",
    )


def no_date(patterns: Sequence[str]) -> Text:
    """Return that a value is no date of the declared forms."""
    forms_zh, forms_en = "、".join(patterns), ", ".join(patterns)
    return Text(
        f"不是有效日期（{forms_zh}）；位数、分隔符须与所列写法一致",
        f"is not a date of the form {forms_en}; digits and separators must be as written there",
    )


def no_amount() -> Text:
    """Return that an amount is none."""
    return Text(
        "金额不是数字，或千分位逗号不是每三位一个",
        "the amount is not a number, or its commas are not between groups of three",
    )


def value_required() -> Text:
    """Return that the mapping requires what is empty."""
    return Text("映射要求填写而为空", "the mapping requires a value and it is empty")


def of_field(zh: str, name: str, text: Text) -> Text:
    """Return a text that begins with the field that it is about."""
    return Text(f"{zh}：{text.zh}", f"{name}: {text.en}")
