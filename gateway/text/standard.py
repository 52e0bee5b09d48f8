"""What the standard says of records, of its versions, and of what differs between them."""

from collections.abc import Sequence

from gateway.text import Text


def no_version(version: str, versions: Sequence[str]) -> Text:
    """Return that the standard has no such version, and which it has."""
    return Text(
        f"没有标准版本 {version}，已有：{'、'.join(versions)}",
        f"there is no standard version {version}; there are: {', '.join(versions)}",
    )


def no_kind(version: str, name: str, kinds: Sequence[str]) -> Text:
    """Return that a version has no such record kind, and which it has."""
    listed = ", ".join(kinds)
    return Text(
        f"标准 {version} 没有记录类型 {name}，已有：{listed}",
        f"standard {version} has no record kind {name}; it has: {listed}",
    )


def no_code_list(name: str, lists: Sequence[str]) -> Text:
    """Return that there is no such code list, and which there are."""
    listed = ", ".join(lists)
    return Text(
        f"没有代码表 {name}，已有：{listed}", f"there is no code list {name}; there are: {listed}"
    )


def element_without_field(element: str) -> Text:
    """Return that an element of the XSD does not say which field it is."""
    return Text(f"元素 {element} 缺少 cg:field 注释", f"element {element} has no cg:field")


def breaks_schema(line: int, message: str) -> Text:
    """Return where a document breaks its schema, and how."""
    return Text(
        f"第 {line} 行不符合模式：{message}", f"breaks its schema at line {line}: {message}"
    )


def root_is_not(element: str) -> Text:
    """Return that a document has another root than it must."""
    return Text(f"根元素不是 {element}", f"the root element is not {element}")


def code_unknown_to_centre(zh: str, name: str, version: str) -> Text:
    """Return that a code cannot be turned into one of the centre's version of the standard."""
    return Text(
        f"{zh}：中心库使用标准 {version} 版，其中没有这个代码，也没有规定换成什么",
        f"{name}: the centre uses version {version} of the standard, which lacks this code,"
        " and no other is named for it",
    )


# --- facets --------------------------------------------------------------------------------


def required() -> Text:
    """Return that a field is empty and must not be."""
    return Text("必填项为空", "is required and empty")


def not_a_code(codes: Sequence[str]) -> Text:
    """Return that a value is none of a field's codes."""
    return Text(
        f"代码不在表内（{'、'.join(codes)}）", f"is not one of the codes {', '.join(codes)}"
    )


def too_long(most: int) -> Text:
    """Return that a value has more characters than it may."""
    return Text(f"超过 {most} 字", f"is longer than {most} characters")


def too_short(least: int) -> Text:
    """Return that a value has fewer characters than it must."""
    return Text(f"不足 {least} 字", f"is shorter than {least} characters")


def no_date() -> Text:
    """Return that a value is no date."""
    return Text("不是有效日期（年-月-日）", "is not a date (YYYY-MM-DD)")


def no_number() -> Text:
    """Return that a value is no number."""
    return Text("不是数字", "is not a number")


def wrong_form(type_zh: str, pattern: str) -> Text:
    """Return that a value does not have the form of its type."""
    return Text(f"格式不符：{type_zh}", f"does not have the form {pattern}")


def too_many_digits(most: int) -> Text:
    """Return that a number has more digits than it may."""
    return Text(f"数字超过 {most} 位", f"has more than {most} digits")


def too_many_decimals(most: int) -> Text:
    """Return that a number has more decimals than it may."""
    return Text(f"小数超过 {most} 位", f"has more than {most} decimals")


def less_than(bound: str) -> Text:
    """Return that a value is below its bound."""
    return Text(f"小于 {bound}", f"is less than {bound}")


def more_than(bound: str) -> Text:
    """Return that a value is above its bound."""
    return Text(f"大于 {bound}", f"is more than {bound}")


# --- differences of versions ---------------------------------------------------------------

#: What a facet of a field is called, by its attribute.
_FACETS = {
    "required": Text("必填", "required"),
    "base": Text("基本类型", "base type"),
    "patterns": Text("格式", "pattern"),
    "max_length": Text("最大长度", "greatest length"),
    "min_length": Text("最小长度", "least length"),
    "minimum": Text("最小值", "minimum"),
    "maximum": Text("最大值", "maximum"),
    "total_digits": Text("总位数", "total digits"),
    "fraction_digits": Text("小数位数", "fraction digits"),
    "zh": Text("中文名", "Chinese name"),
    "data_class": Text("数据类别", "data class"),
    "personal": Text("个人信息", "personal"),
}


def kind_added() -> Text:
    """Return that a version has a new record kind."""
    return Text("新增记录类型", "record kind added")


def kind_removed() -> Text:
    """Return that a version lacks a record kind."""
    return Text("删除记录类型", "record kind removed")


def field_removed() -> Text:
    """Return that a record kind lacks a field."""
    return Text("删除字段", "field removed")


def order_changed() -> Text:
    """Return that the fields of a record kind have another order."""
    return Text("字段次序改变", "the order of fields changed")


def required_field_added() -> Text:
    """Return that a record kind has a new field that must be filled."""
    return Text("新增必填字段", "required field added")


def optional_field_added() -> Text:
    """Return that a record kind has a new last field that may be empty."""
    return Text("末尾新增选填字段", "optional field added at the end")


def field_added_in_the_middle() -> Text:
    """Return that a record kind has a new field before others."""
    return Text("在中间新增字段，改变记录摘要", "field added in the middle, which changes digests")


def facet_changed(facet: str, old: str, new: str) -> Text:
    """Return how a facet of a field changed; `facet` is its attribute."""
    name = _FACETS[facet]
    return Text(f"{name.zh}：{old} → {new}", f"{name.en}: {old} → {new}")


def field_code_changed(old: str, new: str) -> Text:
    """Return how a field's national code changed."""
    return Text(f"字段代码：{old} → {new}", f"code: {old} → {new}")


def codes_removed(zh: str, en: str) -> Text:
    """Return which codes a field lacks."""
    return Text(f"删除代码 {zh}", f"codes removed: {en}")


def codes_added(zh: str, en: str) -> Text:
    """Return which codes a field has besides."""
    return Text(f"新增代码 {zh}", f"codes added: {en}")


def rule_removed(zh: str, en: str) -> Text:
    """Return which rule a version lacks."""
    return Text(f"删除规则：{zh}", f"rule removed: {en}")


def rule_added(zh: str, en: str) -> Text:
    """Return which rule a version has besides."""
    return Text(f"新增规则：{zh}", f"rule added: {en}")
