"""Proposes a mapping for columns never seen before: by name, by likeness, by what the values are.

Pure.

Nothing proposed is used before a person has looked at it: each match says how sure it is, and why.
What would only be a guess (of which class the subjects are) is asked and not proposed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from gateway.mapping.looks import NEARLY_ALL, Look, looks, plain_name
from gateway.mapping.record_key import Column, propose_key
from gateway.standard import Kind
from gateway.standard.rules import rules_about
from gateway.standard.xsd_reader import Field
from gateway.text import Text
from gateway.text import proposal as texts
from gateway.yaml_text import read_yaml

#: Below this confidence nothing is proposed.
LEAST = 0.5
#: From this confidence on a heading is a field's own name: values may weaken it, and no longer
#: refute it.
_NAMED = 0.95
#: An amount as the mapping takes it: plain, or in yuan with commas between groups of three.
_NUMBER = r"^[+-]?[0-9]+(?:\.[0-9]+)?$"
_YUAN = r"^(?:[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.[0-9]+)?$"
#: Fields of the subject's own documents of identity, with those of its representative's.
_IDENTITY = {
    "SubjectIdNumber": "LegalRepresentativeIdNumber",
    "SubjectIdType": "LegalRepresentativeIdType",
}
#: What departments write in a column of classes, in the words of the standard.
_CLASS_WORDS = {
    "企业": "2",
    "企业法人": "2",
    "公司": "2",
    "法人及非法人组织": "2",
    "其他组织": "3",
    "非法人": "3",
    "个体": "4",
    "个体户": "4",
    "个体工商户": "4",
    "个人": "1",
    "公民": "1",
    "自然人": "1",
}


@dataclass(frozen=True, slots=True)
class Match:
    """A column proposed for a field: how sure, from 0 to 1, why, and the mapping's entry for it."""

    field: Field
    column: str
    confidence: float
    why: Text
    source: dict[str, Any]
    #: Words among the column's dates that are none, with how often they come.
    endless: dict[str, int]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for a kind: matches by field, and constants for fields without a column.

    `idle` are columns that nothing takes, `missing` required fields that nothing gives.
    """

    kind: Kind
    columns: tuple[str, ...]
    matches: tuple[Match, ...]
    constants: dict[str, dict[str, Any]]
    idle: tuple[str, ...]
    missing: tuple[Field, ...]
    key: tuple[str, ...]
    #: How sure the key is, and why.
    key_why: Text
    #: Rows of the sample that it would merge with others.
    merged: int = 0

    @property
    def confidence(self) -> float:
        """Return how well the kind fits: the share of required fields matched, by confidence."""
        required = [field.name for field in self.kind.fields if field.required]
        sure = sum(match.confidence for match in self.matches if match.field.name in required)
        return sure / len(required) if required else 0.0


def propose(sample: pl.DataFrame, kind: Kind, organ: tuple[str, str] | None = None) -> Proposal:
    """Return a mapping of a sample's text columns to a kind, as a proposal.

    `organ` is the department's name and unified code, which stand where no column has them.
    """
    return _propose(sample, looks(sample), kind, organ)


def likeliest(
    sample: pl.DataFrame, kinds: Iterable[Kind], organ: tuple[str, str] | None = None
) -> list[Proposal]:
    """Return a proposal for every kind, the best fit first."""
    looked_at = looks(sample)
    proposals = (_propose(sample, looked_at, kind, organ) for kind in kinds)
    return sorted(proposals, key=lambda proposal: -proposal.confidence)


def _propose(
    sample: pl.DataFrame, looked_at: list[Look], kind: Kind, organ: tuple[str, str] | None
) -> Proposal:
    scored = sorted(
        (
            match
            for field in kind.fields
            for look in looked_at
            if (match := _match(field, look, kind))
        ),
        key=lambda match: -match.confidence,
    )
    matched: dict[str, Match] = {}
    used: set[str] = set()
    for match in scored:
        if match.field.name not in matched and match.column not in used:
            matched[match.field.name] = match
            used.add(match.column)
    matches = tuple(matched[field.name] for field in kind.fields if field.name in matched)
    constants = _constants(kind, matched, organ, {look.name: look for look in looked_at})
    missing = tuple(
        field
        for field in kind.fields
        if field.required and field.name not in matched and field.name not in constants
    )
    idle = tuple(name for name in sample.columns if name not in used)
    columns = [Column(match.field, match.column) for match in matches]
    key = propose_key(kind, columns, constants, sample)
    return Proposal(
        kind,
        tuple(sample.columns),
        matches,
        constants,
        idle,
        missing,
        key.fields,
        key.why,
        key.merged,
    )


def _match(field: Field, look: Look, kind: Kind) -> Match | None:
    confidence, reason = _by_name(field, look, kind)
    if look.representative is not None:
        # A national code says whose number it is; any other heading may say only what it is.
        by_code = confidence >= _NAMED and reason in (texts.national_code(), texts.former_code())
        if field.name in _IDENTITY and not by_code:
            return None
        if field.name in _IDENTITY.values() and not by_code:
            confidence, reason = _behind_representative(field, look, kind)
    telling = look.telling.get(field.type)
    if confidence < LEAST and telling is None:
        return None
    fits, extra = _by_values(field, look)
    if look.empty and not field.codes:
        extra |= {"empty": list(look.empty)}
    if fits is not None and look.values.len():
        if confidence < _NAMED:
            # Values that are none of the field's weigh against a likeness; those that only it
            # takes, for it.
            confidence *= 0.4 + 0.6 * fits
            if telling is not None and (by_values := 0.55 + confidence * 0.35) > confidence:
                confidence, reason = by_values, telling
        elif fits < NEARLY_ALL:
            confidence *= 0.6 + 0.3 * fits
            reason = texts.values_disagree(reason, fits)
    if confidence < LEAST:
        return None
    return Match(
        field,
        look.name,
        round(min(confidence, 1.0), 2),
        reason,
        {"from": look.name, **extra},
        look.endless if field.base == "date" else {},
    )


def _behind_representative(field: Field, look: Look, kind: Kind) -> tuple[float, Text]:
    """Return how sure it is that a number or kind of document is the representative's."""
    subject_field = {value: name for name, value in _IDENTITY.items()}[field.name]
    subject = kind.field(subject_field)
    as_own = _by_name(subject, look, kind)[0] if subject is not None else 0.0
    by_name, reason = _by_name(field, look, kind)
    if by_name >= as_own:
        return by_name, reason
    return min(as_own, 0.9), texts.behind(look.representative or look.name)


def _by_name(field: Field, look: Look, kind: Kind) -> tuple[float, Text]:
    plain = look.plain
    codes = {plain_name(code) for code in (field.code, *field.former_codes)}
    if plain_name(field.code) == plain:
        return 1.0, texts.national_code()
    if plain in (plain_name(field.zh), _bare(field.zh)):
        return 1.0, texts.chinese_name()
    if plain_name(field.name) == plain:
        return 1.0, texts.english_name()
    if plain in codes:
        return 0.97, texts.former_code()
    if plain in {code.removeprefix(plain_name(kind.prefix)) for code in codes} and len(plain) >= 2:
        return 0.9, texts.bare_code()
    if plain in _synonyms().get(field.name, frozenset()):
        return 0.9, texts.habit()
    if len(plain) >= 3 and plain in _initials(field.zh, field.name):
        return 0.85, texts.initials()
    return _likeness(plain, field.zh, field.name), texts.likeness()


def _by_values(field: Field, look: Look) -> tuple[float | None, dict[str, Any]]:
    """Return the share of values that the field takes, once converted, and the conversion.

    The share is None where it cannot be told.
    """
    extra: dict[str, Any] = {"clean": ["half_width"]} if look.wide and field.base != "text" else {}
    values = look.values
    if field.base == "date":
        if look.date:
            return 1.0, extra | ({"date": list(look.date)} if look.date != ("%Y-%m-%d",) else {})
        return 0.0 if values.len() else None, extra
    if field.type == "Month":
        return (1.0, extra | {"month": list(look.month)}) if look.month else (0.0, extra)
    if field.codes:
        return _coded(field, look, extra)
    if field.base in ("decimal", "integer"):
        in_yuan = (
            "元" in look.name and "万" not in look.name and field.type == "AmountTenThousandYuan"
        )
        numbers = look.share(values.str.contains(_YUAN if in_yuan else _NUMBER))
        return numbers, extra | ({"unit": "yuan_to_10k"} if in_yuan else {})
    if field.patterns:
        shape = "|".join(f"(?:{pattern})" for pattern in field.patterns)
        extra = {"clean": ["half_width", "upper"]}
        if field.type == "IdNumber":
            extra["clean"].append("citizen_18")
        return look.share(values.str.to_uppercase().str.contains(f"^(?:{shape})$")), extra
    if field.max_length is not None and values.len():
        return look.share(values.str.len_chars() <= field.max_length), extra
    return None, extra


def _coded(field: Field, look: Look, extra: dict[str, Any]) -> tuple[float | None, dict[str, Any]]:
    codes = {code.value for code in field.codes}
    if not look.values.len():
        return None, extra
    if (as_codes := look.share(look.values.is_in(list(codes)))) >= NEARLY_ALL:
        return as_codes, extra
    table = {code.zh: code.value for code in field.codes}
    if field.name == "SubjectClass":
        table |= {word: code for word, code in _CLASS_WORDS.items() if code in codes}
    met = look.values.unique().sort().to_list()
    table |= {
        value: value if value in codes else _code_like(value, field)
        for value in met
        if value not in table
    }
    table = {value: code for value, code in table.items() if code}
    return look.share(look.values.is_in(list(table))), extra | {"codes": table}


def _code_like(value: str, field: Field) -> str:
    """Return the only code whose name holds a value or is held by it.

    "" where there are none or several.
    """
    plain = plain_name(value)
    near = {
        code.value
        for code in field.codes
        if plain
        and (
            plain in plain_name(code.zh)
            or plain_name(code.zh) in plain
            or plain == plain_name(code.en)
        )
    }
    return near.pop() if len(near) == 1 else ""


def _constants(
    kind: Kind,
    matched: dict[str, Match],
    organ: tuple[str, str] | None,
    looks_by_name: dict[str, Look],
) -> dict[str, dict[str, Any]]:
    """Return what stands for fields that a department's own table often lacks."""
    constants: dict[str, dict[str, Any]] = {}
    if organ is not None:
        name, code = organ
        for target, value in (
            ("Organ", name),
            ("OrganCode", code),
            ("SourceUnit", name),
            ("SourceUnitCode", code),
        ):
            if kind.field(target) and target not in matched:
                constants[target] = {"constant": value}
    only = _only_class(kind)
    if only is not None and "SubjectClass" not in matched:
        constants["SubjectClass"] = {"constant": only}
    for number, kind_of_document in (
        ("SubjectIdNumber", "SubjectIdType"),
        ("LegalRepresentativeIdNumber", "LegalRepresentativeIdType"),
    ):
        match = matched.get(number)
        lacking = kind.field(kind_of_document) and kind_of_document not in matched
        # Only values that are citizen numbers say that the document is an identity card.
        if match is not None and lacking and "IdNumber" in looks_by_name[match.column].telling:
            constants[kind_of_document] = {
                "constant": "1",
                "when": {"column": match.column, "filled": True},
            }
    return constants


def _only_class(kind: Kind) -> str | None:
    """Return the one class that a kind's subjects may be of by the standard's rules.

    None where there are more.
    """
    for rule in rules_about(kind.name, kind.version):
        if rule.check == "one_of" and "SubjectClass" in rule.fields and len(rule.values) == 1:
            return rule.values[0]
    return None


@cache
def _likeness(plain: str, zh: str, name: str) -> float:
    """Return how like a heading is to a field's names, at most 0.89."""
    like = max(
        SequenceMatcher(None, plain, plain_name(known_name)).ratio() for known_name in (zh, name)
    )
    inside = len(plain) >= 3 and (plain in plain_name(zh) or _bare(zh) in plain)
    return min(like * 0.8 + (0.15 if inside else 0), 0.89)


@cache
def _initials(zh: str, name: str) -> frozenset[str]:
    """Return the pinyin initials of a field's Chinese name, whole and bare, and of its synonyms."""
    # Half a second of dictionaries, which only a proposal needs.
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415

    words = {plain_name(zh), _bare(zh), *_synonyms().get(name, ())}
    return frozenset("".join(lazy_pinyin(word, style=Style.FIRST_LETTER)) for word in words)


def _bare(zh: str) -> str:
    """Return a Chinese name without the word for what it is about."""
    return re.sub(r"^(行政处罚|行政许可|行政相对人|处罚|许可|自然人)", "", plain_name(zh)) or zh


@cache
def _synonyms() -> dict[str, frozenset[str]]:
    table = read_yaml(Path(__file__).with_name("synonyms.yaml").read_text("utf-8"))
    return {name: frozenset(plain_name(word) for word in words) for name, words in table.items()}
