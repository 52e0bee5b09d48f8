"""What the readers of XML say: a row or a whole file refused, and what to do."""

from collections.abc import Iterable

from adapters.text import Text
from adapters.text.record_files import encoding_contradicted, listed, short


def dtd() -> Text:
    """Return that a file has a document type definition, which is never read."""
    return Text("文件含有 DTD，不予读取", "the file has a DTD, so it is not read")


def encoding(declared: str, seen: str) -> Text:
    """Return that the bytes of an XML file contradict the encoding that it declares."""
    if seen:
        return encoding_contradicted(declared, seen)
    return Text(
        f"不认识声明的编码 {short(declared)}",
        f"the declared encoding {short(declared)} is not known",
    )


def entity(name: str, line: int) -> Text:
    """Return that a line refers to an entity that XML does not know."""
    return Text(
        f"第 {line} 行有未定义的实体 &{short(name)};，XML 只认识 &amp; &lt; &gt; &quot; &apos;；"
        "请写成字符本身",
        f"line {line} has the undefined entity &{short(name)};; XML knows only &amp; &lt; &gt; "
        "&quot; &apos;: write the character itself",
    )


def malformed(row: int, line: int, why: str) -> Text:
    """Return that a file is no well-formed XML from some row on."""
    return Text(
        f"第 {row} 行数据之后（文件第 {line} 行）不是合格的 XML：{why[:120]}",
        f"after row {row} (line {line} of the file) it is no well-formed XML: {why[:120]}",
    )


def rows_missing(path: str, met: str, names: Iterable[str]) -> Text:
    """Return that no element stands at the path of the rows, and what stands on the way there."""
    ordered = list(names)
    below_zh = f"{short(met)} 之下" if met else "文件中"
    below_en = f"below {short(met)}" if met else "in the file"
    return Text(
        f"数据行应在 {short(path)}，文件中没有它；{below_zh}只有：{listed(ordered) or '无'}。"
        "若这是出错时的应答请重新导出，否则请更改设置 row",
        f"the rows should be at {short(path)}, which is not in the file; {below_en} there is only: "
        f"{listed(ordered, ', ') or 'nothing'}. If this is an error message export it again, "
        "else change the setting `row`",
    )


def namespaces_too_long(limit: int) -> Text:
    """Return that the namespaces declared around the rows are longer than is read."""
    return Text(
        f"数据行外层元素声明的命名空间超过 {limit} 个字符；请去掉不用的声明",
        f"the namespaces declared around the rows are longer than {limit} characters; "
        "leave out those that are not used",
    )


def row_too_long(row: int, limit: int) -> Text:
    """Return that a row of XML has more characters than are read."""
    return Text(f"第 {row} 行超过 {limit} 个字符", f"row {row} is longer than {limit} characters")


def twice(names: Iterable[str]) -> Text:
    """Return that elements stand more than once in a row."""
    ordered = sorted(names)
    return Text(
        f"本行有重复的元素：{listed(ordered)}",
        f"this row has elements that come twice: {listed(ordered, ', ')}",
    )


def mixed(name: str) -> Text:
    """Return that an element has text beside its elements."""
    return Text(
        f"{short(name)} 中的文字不在任何子元素之内，无从归入某一栏",
        f"{short(name)} has text outside of its elements, which belongs to no column",
    )


def nil_with_value(name: str) -> Text:
    """Return that an element is declared to be nil and has a value."""
    return Text(
        f"{short(name)} 声明为空（xsi:nil）却有值",
        f"{short(name)} is declared to be nil (xsi:nil) and has a value",
    )
