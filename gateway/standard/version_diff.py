"""What changed from one version of the standard to another, and what old senders feel of it.

Pure.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.standard.rules import Rule, rule_file
from gateway.standard.versions import up_to
from gateway.standard.xsd_reader import Field, Kind, Standard, load_standard
from gateway.text import Text
from gateway.text import standard as messages

#: Tells whether a facet's new value (the second) admits all that its old one did.
_Wider = Callable[[Any, Any], bool]


@dataclass(frozen=True, slots=True)
class Difference:
    """One change: where (a kind, a field as Kind.Field, or a rule), what, whether it is compatible.

    Compatible: every record that the old version admits is admitted by the new one as it stands.
    """

    place: str
    text: Text
    compatible: bool


def differences(old: Standard, new: Standard) -> list[Difference]:
    """Return every difference of two versions, in kinds, fields, codes and rules, in that order."""
    changes: list[Difference] = []
    for name in sorted(old.kinds.keys() | new.kinds.keys()):
        old_kind, new_kind = old.kinds.get(name), new.kinds.get(name)
        if old_kind is None:
            changes.append(Difference(name, messages.kind_added(), True))
        elif new_kind is None:
            changes.append(Difference(name, messages.kind_removed(), False))
        else:
            changes += _kinds(old_kind, new_kind)
    return [*changes, *_rules(old, new)]


def added_in(kind: Kind, field: Field) -> str:
    """Return the version that brought a field into its kind."""
    for version in up_to(kind.version):
        earlier = load_standard(version).kinds.get(kind.name)
        if earlier is not None and earlier.field(field.name) is not None:
            return version
    return kind.version


def _kinds(old: Kind, new: Kind) -> Iterator[Difference]:
    old_fields, new_fields = {f.name: f for f in old.fields}, {f.name: f for f in new.fields}
    for name in old_fields:
        if name not in new_fields:
            yield Difference(f"{old.name}.{name}", messages.field_removed(), False)
    shared = [name for name in new_fields if name in old_fields]
    if shared != [name for name in old_fields if name in new_fields]:
        yield Difference(old.name, messages.order_changed(), False)
    for place, (name, field) in enumerate(new_fields.items()):
        if name in old_fields:
            yield from _fields(old.name, old_fields[name], field)
            continue
        at_end = place >= len(shared)
        if field.required:
            yield Difference(f"{old.name}.{name}", messages.required_field_added(), False)
        elif at_end:
            yield Difference(
                f"{old.name}.{name}",
                messages.optional_field_added(),
                True,
            )
        else:
            yield Difference(
                f"{old.name}.{name}",
                messages.field_added_in_the_middle(),
                False,
            )


#: Facets of a field, with what each new value must be to admit all that the old one did.
_FACETS: tuple[tuple[str, _Wider], ...] = (
    ("required", lambda a, b: a or not b),
    ("base", lambda _a, _b: False),
    ("patterns", lambda _a, b: not b),
    ("max_length", lambda a, b: b is None or (a is not None and b >= a)),
    ("min_length", lambda a, b: not b or (a is not None and b <= a)),
    ("minimum", lambda a, b: b is None or (a is not None and _at_most(b, a))),
    ("maximum", lambda a, b: b is None or (a is not None and _at_most(a, b))),
    ("total_digits", lambda a, b: b is None or (a is not None and b >= a)),
    ("fraction_digits", lambda a, b: b is None or (a is not None and b >= a)),
    ("zh", lambda _a, _b: False),
    ("data_class", lambda _a, _b: True),
    ("personal", lambda _a, _b: True),
)


def _fields(kind: str, old: Field, new: Field) -> Iterator[Difference]:
    place = f"{kind}.{old.name}"
    for name, admits in _FACETS:
        a, b = getattr(old, name), getattr(new, name)
        if a != b:
            change = messages.facet_changed(name, _as_text(a), _as_text(b))
            yield Difference(place, change, admits(a, b))
    if old.code != new.code:
        change = messages.field_code_changed(old.code, new.code)
        yield Difference(place, change, old.code in new.former_codes)
    codes = {code.value: code for code in new.codes}
    removed = [code for code in old.codes if code.value not in codes]
    if removed and new.codes:
        yield Difference(
            place,
            messages.codes_removed(_named(removed, "zh"), _named(removed, "en")),
            False,
        )
    old_values = {code.value for code in old.codes}
    added = [code for code in new.codes if code.value not in old_values]
    if added:
        yield Difference(
            place,
            messages.codes_added(_named(added, "zh"), _named(added, "en")),
            bool(old.codes),
        )


def _rules(old: Standard, new: Standard) -> Iterator[Difference]:
    def content(rule: Rule) -> Rule:
        """Return a rule without its words and cases."""
        return rule.model_copy(
            update=dict.fromkeys(("zh", "en", "source"), "") | {"passes": {}, "fails": {}}
        )

    old_rules = {repr(content(rule)): rule for rule in rule_file(old.version)}
    new_rules = {repr(content(rule)): rule for rule in rule_file(new.version)}
    for key in old_rules.keys() - new_rules.keys():
        rule = old_rules[key]
        yield Difference(rule.id, messages.rule_removed(rule.zh, rule.en), True)
    for key in sorted(new_rules.keys() - old_rules.keys()):
        rule = new_rules[key]
        concerns = any(
            earlier is not None and earlier.field(name) is not None
            for kind in new.kinds.values()
            for name in rule.concerns(kind)
            for earlier in (old.kinds.get(kind.name),)
        )
        text = messages.rule_added(rule.zh, rule.en)
        yield Difference(rule.id, text, rule.severity == "warn" or not concerns)


def _at_most(bound: str, limit: str) -> bool:
    """Compare two bounds of one type: numbers as numbers, dates as text."""
    try:
        return Decimal(bound) <= Decimal(limit)
    except ArithmeticError:
        return bound <= limit


def _as_text(value: object) -> str:
    if isinstance(value, tuple):
        return " | ".join(map(str, value)) or "–"
    return "–" if value is None else str(value)


def _named(codes: list[Any], language: str) -> str:
    return ", ".join(f"{code.value} {getattr(code, language)}" for code in codes)
