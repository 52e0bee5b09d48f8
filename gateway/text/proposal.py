"""What a proposed mapping says of itself: how sure each line is, and what people must decide."""

from collections.abc import Sequence

from gateway.text import Text
from gateway.text.mapping import cut


def national_code() -> Text:
    """Return that a heading is a field's national code."""
    return Text("国家字段代码", "national code")


def chinese_name() -> Text:
    """Return that a heading is a field's Chinese name."""
    return Text("中文名", "Chinese name")


def english_name() -> Text:
    """Return that a heading is a field's English name."""
    return Text("英文名", "English name")


def former_code() -> Text:
    """Return that a heading is a field's former code."""
    return Text("国家字段代码（旧）", "former national code")


def bare_code() -> Text:
    """Return that a heading is a field's code without its prefix."""
    return Text("国家字段代码（无前缀）", "national code without its prefix")


def habit() -> Text:
    """Return that legacy systems call a field so."""
    return Text("常见的旧栏目名", "a heading that legacy systems use")


def initials() -> Text:
    """Return that a heading is made of the initials of a field's name in pinyin."""
    return Text("拼音首字母", "initials of its Chinese name")


def likeness() -> Text:
    """Return that a heading is like a field's name."""
    return Text("名称相近", "a name like it")


def behind(column: str) -> Text:
    """Return that a number is taken for that of the representative named before it."""
    return Text(f"位于“{cut(column)}”之后", f"it stands behind {cut(column)}")


def values_disagree(reason: Text, share: float) -> Text:
    """Return that a heading fits, and how many of the values do."""
    return Text(
        f"{reason.zh}，但样例中只有 {share:.0%} 的值符合",
        f"{reason.en}, but only {share:.0%} of the values fit",
    )


def are_unified_codes() -> Text:
    """Return that values are unified codes."""
    return Text("内容是统一社会信用代码", "the values are unified codes")


def are_citizen_numbers() -> Text:
    """Return that values are citizen numbers."""
    return Text("内容是公民身份号码", "the values are citizen numbers")


def key_by_number(rows: int) -> Text:
    """Return that a key is a number, without repeats in the sample."""
    return Text(
        f"编号列，样例 {rows} 行中没有重复；请核对",
        f"a number, without a repeat in the {rows} rows of the sample; compare",
    )


def key_of_the_kind(rows: int) -> Text:
    """Return that a key is the kind's own number, which comes more than once in the sample."""
    return Text(
        f"该类记录的编号，样例 {rows} 行中有重复；请核对",
        "the number of this kind of record, with repeats in the"
        f" {rows} rows of the sample; compare",
    )


def key_merges(reason: Text, rows: int, merged: int) -> Text:
    """Return how many rows of the sample a key would merge with others."""
    return Text(
        f"{reason.zh}。按此记录键，{rows} 行只有 {rows - merged} 条记录：{merged}"
        " 行会与其他行合为一条",
        f"{reason.en}. By this key the {rows} rows are {rows - merged} records: "
        f"{merged} rows would be merged with others",
    )


def key_in_sample(rows: int, records: int, replaced: int, repeated: int) -> Text:
    """Return how many records some rows are by the record key, and how many replace others."""
    if not replaced and not repeated:
        return Text(
            f"{rows} 行，{records} 条记录，没有重复。",
            f"rows {rows}, records {records}, none twice.",
        )
    return Text(
        f"{rows} 行只有 {records} 条记录：与前面的行同键而内容不同、会取代它的 {replaced} 行，"
        f"完全相同的 {repeated} 行。不应合并的，请改记录键。",
        f"rows {rows}, records {records} only: with the key of a row before and other"
        f" content, which they would replace: {replaced}; the same as a row before:"
        f" {repeated}. Change the key if they are not one.",
    )


def key_by_chance(rows: int) -> Text:
    """Return that nothing but the sample's chance speaks for a key."""
    return Text(
        f"没有编号列：这些列只是在样例 {rows} 行中恰好不重复，把握很低；"
        "同键的下一行会被当作同一条记录，请由人决定",
        f"there is no number: these columns only happen to differ in the {rows}"
        " rows of the sample, which is far from sure; the next row with the"
        " same key counts as the same record, so decide",
    )


def key_unknown() -> Text:
    """Return that the sample has nothing that could be a key."""
    return Text(
        "样例中没有可作记录键的列，请由人决定",
        "no column of the sample can be a key; decide which fields make a record the same one",
    )


def class_asked(codes: Sequence[tuple[str, str, str]]) -> Text:
    """Return the question which class the subjects are of, with the codes."""
    zh = "、".join(f"{code} {name}" for code, name, _ in codes)
    en = ", ".join(f"{code} {name}" for code, _, name in codes)
    return Text(
        f"样例没有主体类别的列，须由人指明（{zh}）；若各行相同，去掉行首的 # 并改正代码",
        f"no column says which class the subjects are of ({en}); where all rows are of one, take "
        "the # away and mend the code",
    )


def no_column(name: str) -> Text:
    """Return that a required field has no column."""
    return Text(f"{name}：必填，样例没有对应的列", "required; no column of the sample has it")


def endless(field: str, words: dict[str, int]) -> Text:
    """Return which words stand among dates, and that a person must say what they mean."""
    zh = "、".join(f"“{cut(word)}”{count} 行" for word, count in words.items())
    en = ", ".join(f"{cut(word)} ({count})" for word, count in words.items())
    return Text(
        f"{field}：有 {zh}，不是日期，须由人决定；若表示 2099-12-31，可改写为",
        f"{field}: {en} is no date; a person must decide. If it means 2099-12-31, write instead",
    )


def unseen_heading(column: str, points: Sequence[str]) -> Text:
    """Return that a heading has characters that nobody can see."""
    return Text(
        f"栏目名 {cut(column)} 含不可见或不可读的字符 {'、'.join(points)}",
        f"the heading {cut(column)} has {', '.join(points)}, which cannot be seen or read",
    )
