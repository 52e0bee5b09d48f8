"""What changed from one version of the standard to another, and what old senders feel of it. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.standard.rules import Rule, rule_file
from gateway.standard.versions import up_to
from gateway.standard.xsd_reader import Field, Kind, Standard, load_standard
from gateway.text import Text

#: Tells whether a facet's new value (the second) admits all that its old one did.
_Wider = Callable[[Any, Any], bool]


@dataclass(frozen=True, slots=True)
class Difference:
    """One change: where (a kind, a field as Kind.Field, or a rule), what, and whether it is compatible.

    Compatible: every record that the old version admits is admitted by the new one as it stands.
    """

    place: str
    text: Text
    compatible: bool


def differences(old: Standard, new: Standard) -> list[Difference]:
    """List every difference of two versions: kinds, fields, codes and rules, in the standard's order."""
    found: list[Difference] = []
    for name in sorted(old.kinds.keys() | new.kinds.keys()):
        before, after = old.kinds.get(name), new.kinds.get(name)
        if before is None:
            found.append(Difference(name, Text("新增记录类型", "record kind added"), True))
        elif after is None:
            found.append(Difference(name, Text("删除记录类型", "record kind removed"), False))
        else:
            found += _kinds(before, after)
    return [*found, *_rules(old, new)]


def added_in(kind: Kind, field: Field) -> str:
    """Name the version that brought a field into its kind."""
    for version in up_to(kind.version):
        earlier = load_standard(version).kinds.get(kind.name)
        if earlier is not None and earlier.field(field.name) is not None:
            return version
    return kind.version


def _kinds(old: Kind, new: Kind) -> Iterator[Difference]:
    before, after = {f.name: f for f in old.fields}, {f.name: f for f in new.fields}
    for name in before:
        if name not in after:
            yield Difference(f"{old.name}.{name}", Text("删除字段", "field removed"), False)
    kept = [name for name in after if name in before]
    if kept != [name for name in before if name in after]:
        yield Difference(old.name, Text("字段次序改变", "the order of fields changed"), False)
    for place, (name, field) in enumerate(after.items()):
        if name in before:
            yield from _fields(old.name, before[name], field)
            continue
        at_end = place >= len(kept)
        if field.required:
            yield Difference(
                f"{old.name}.{name}", Text("新增必填字段", "required field added"), False
            )
        elif at_end:
            yield Difference(
                f"{old.name}.{name}",
                Text("末尾新增选填字段", "optional field added at the end"),
                True,
            )
        else:
            yield Difference(
                f"{old.name}.{name}",
                Text(
                    "在中间新增字段，改变记录摘要",
                    "field added in the middle, which changes digests",
                ),
                False,
            )


#: Facets of a field, with their names.
_FACETS: tuple[tuple[str, str, str, _Wider], ...] = (
    ("required", "必填", "required", lambda a, b: a or not b),
    ("base", "基本类型", "base type", lambda _a, _b: False),
    ("patterns", "格式", "pattern", lambda _a, b: not b),
    (
        "max_length",
        "最大长度",
        "greatest length",
        lambda a, b: b is None or (a is not None and b >= a),
    ),
    ("min_length", "最小长度", "least length", lambda a, b: not b or (a is not None and b <= a)),
    ("minimum", "最小值", "minimum", lambda a, b: b is None or (a is not None and _at_most(b, a))),
    ("maximum", "最大值", "maximum", lambda a, b: b is None or (a is not None and _at_most(a, b))),
    (
        "total_digits",
        "总位数",
        "total digits",
        lambda a, b: b is None or (a is not None and b >= a),
    ),
    (
        "fraction_digits",
        "小数位数",
        "fraction digits",
        lambda a, b: b is None or (a is not None and b >= a),
    ),
    ("zh", "中文名", "Chinese name", lambda _a, _b: False),
    ("data_class", "数据类别", "data class", lambda _a, _b: True),
    ("personal", "个人信息", "personal", lambda _a, _b: True),
)


def _fields(kind: str, old: Field, new: Field) -> Iterator[Difference]:
    place = f"{kind}.{old.name}"
    for name, zh, en, admits in _FACETS:
        a, b = getattr(old, name), getattr(new, name)
        if a != b:
            change = Text(f"{zh}：{_shown(a)} → {_shown(b)}", f"{en}: {_shown(a)} → {_shown(b)}")
            yield Difference(place, change, admits(a, b))
    if old.code != new.code:
        change = Text(f"字段代码：{old.code} → {new.code}", f"code: {old.code} → {new.code}")
        yield Difference(place, change, old.code in new.former_codes)
    codes = {code.value: code for code in new.codes}
    gone = [code for code in old.codes if code.value not in codes]
    if gone and new.codes:
        yield Difference(
            place,
            Text(f"删除代码 {_named(gone, 'zh')}", f"codes removed: {_named(gone, 'en')}"),
            False,
        )
    known = {code.value for code in old.codes}
    fresh = [code for code in new.codes if code.value not in known]
    if fresh:
        yield Difference(
            place,
            Text(f"新增代码 {_named(fresh, 'zh')}", f"codes added: {_named(fresh, 'en')}"),
            bool(old.codes),
        )


def _rules(old: Standard, new: Standard) -> Iterator[Difference]:
    def says(rule: Rule) -> Rule:
        """Give a rule without its words and cases."""
        return rule.model_copy(
            update=dict.fromkeys(("zh", "en", "source"), "") | {"passes": {}, "fails": {}}
        )

    before = {repr(says(rule)): rule for rule in rule_file(old.version)}
    after = {repr(says(rule)): rule for rule in rule_file(new.version)}
    for said in before.keys() - after.keys():
        rule = before[said]
        yield Difference(rule.id, Text(f"删除规则：{rule.zh}", f"rule removed: {rule.en}"), True)
    for said in sorted(after.keys() - before.keys()):
        rule = after[said]
        concerns = any(
            earlier is not None and earlier.field(name) is not None
            for kind in new.kinds.values()
            for name in rule.concerns(kind)
            for earlier in (old.kinds.get(kind.name),)
        )
        text = Text(f"新增规则：{rule.zh}", f"rule added: {rule.en}")
        yield Difference(rule.id, text, rule.severity == "warn" or not concerns)


def _at_most(bound: str, other: str) -> bool:
    """Compare two bounds of one type: numbers as numbers, dates as text."""
    try:
        return Decimal(bound) <= Decimal(other)
    except ArithmeticError:
        return bound <= other


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return " | ".join(map(str, value)) or "–"
    return "–" if value is None else str(value)


def _named(codes: list[Any], language: str) -> str:
    return ", ".join(f"{code.value} {getattr(code, language)}" for code in codes)
