"""Proposes a mapping for columns never seen before: by name, by likeness, by what the values are. Pure.

Nothing proposed is used before a person has looked at it: each match says how sure it is, and why.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from gateway.messages import Text
from gateway.standard import Kind
from gateway.standard.fields import Field
from gateway.standard.identifiers import citizen_number_any_ok, unified_code_ok
from gateway.yaml_text import read_yaml

#: Below this confidence nothing is proposed.
LEAST = 0.5
#: Share of filled values that must be what a field takes for the values to speak for it.
_MOST = 0.8
#: Date patterns met in legacy files, the likelier first.
_DATES = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y%m%d",
    "%Y.%m.%d",
    "%Y年%m月%d日",
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
)
_MONTHS = ("%Y-%m", "%Y%m", "%Y/%m", "%Y年%m月")
_WIDE = re.compile(r"[\uff01-\uff5e\u3000]")
_ASIDE = re.compile(r"[（(【\[].*?[）)】\]]|[\s*＊:：_\-/、，,。.]+")


@dataclass(frozen=True, slots=True)
class Match:
    """A column proposed for a field: how sure, from 0 to 1, why, and the mapping's entry for it."""

    field: Field
    column: str
    confidence: float
    why: Text
    source: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for a kind: matches by field, what stands for required fields without a column.

    `idle` are columns that nothing takes, `missing` required fields that nothing gives.
    """

    kind: Kind
    columns: tuple[str, ...]
    matches: tuple[Match, ...]
    constants: dict[str, dict[str, Any]]
    idle: tuple[str, ...]
    missing: tuple[Field, ...]
    key: tuple[str, ...]

    @property
    def confidence(self) -> float:
        """How well the kind fits: the share of its required fields that are matched, by confidence."""
        required = [one.name for one in self.kind.fields if one.required]
        sure = sum(match.confidence for match in self.matches if match.field.name in required)
        return sure / len(required) if required else 0.0


def propose(sample: pl.DataFrame, kind: Kind, organ: tuple[str, str] | None = None) -> Proposal:
    """Propose a mapping of a sample's text columns to a kind.

    `organ` is the department's name and unified code, which stand where no column has them.
    """
    return _propose(sample, _looks(sample), kind, organ)


def likeliest(
    sample: pl.DataFrame, kinds: Iterable[Kind], organ: tuple[str, str] | None = None
) -> list[Proposal]:
    """Propose for every kind, the best fit first."""
    looks = _looks(sample)
    found = (_propose(sample, looks, kind, organ) for kind in kinds)
    return sorted(found, key=lambda one: -one.confidence)


def _propose(
    sample: pl.DataFrame, looks: "list[_Look]", kind: Kind, organ: tuple[str, str] | None
) -> Proposal:
    scored = sorted(
        (match for one in kind.fields for look in looks if (match := _match(one, look, kind))),
        key=lambda match: -match.confidence,
    )  # fmt: skip
    taken: dict[str, Match] = {}
    used: set[str] = set()
    for match in scored:
        if match.field.name not in taken and match.column not in used:
            taken[match.field.name] = match
            used.add(match.column)
    matches = tuple(taken[one.name] for one in kind.fields if one.name in taken)
    constants = _constants(kind, taken, organ)
    missing = tuple(
        one for one in kind.fields if one.required and one.name not in taken and one.name not in constants
    )  # fmt: skip
    idle = tuple(name for name in sample.columns if name not in used)
    return Proposal(
        kind,
        tuple(sample.columns),
        matches,
        constants,
        idle,
        missing,
        _key(matches, constants, sample),
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """A column looked at once for all fields."""

    name: str
    plain: str
    values: pl.Series
    wide: bool
    date: tuple[str, ...]
    month: tuple[str, ...]
    #: Types of fields whose values these can only be, with why.
    telling: dict[str, Text]

    @classmethod
    def at(cls, name: str, column: pl.Series) -> "_Look":
        values = column.drop_nulls().str.strip_chars()
        values = values.filter(values != "")
        wide = bool(values.str.contains(_WIDE.pattern).any()) if values.len() else False
        if wide:
            values = pl.Series(
                [unicodedata.normalize("NFKC", value) for value in values], dtype=pl.String
            )
        months = _patterns(values + "01", [f"{pattern}%d" for pattern in _MONTHS])
        return cls(
            name, _plain(name), values, wide, _patterns(values, _DATES),
            tuple(pattern.removesuffix("%d") for pattern in months), _telling(values),
        )  # fmt: skip

    def share(self, good: pl.Series) -> float:
        """Give the share of filled values that are good."""
        return float(good.fill_null(False).mean() or 0) if good.len() else 0.0  # type: ignore[arg-type]


def _looks(sample: pl.DataFrame) -> list[_Look]:
    return [_Look.at(name, sample[name]) for name in sample.columns]


def _match(one: Field, look: _Look, kind: Kind) -> Match | None:
    confidence, why = _by_name(one, look, kind)
    telling = look.telling.get(one.type)
    if confidence < LEAST and telling is None:
        return None
    fits, extra = _by_values(one, look)
    if fits is not None and confidence < 0.95 and look.values.len():
        # Values that are none of the field's weigh against a likeness; those that only it takes, for it.
        confidence *= 0.4 + 0.6 * fits
        if telling is not None:
            confidence, why = max(confidence, 0.55 + confidence * 0.35), telling
    if confidence < LEAST:
        return None
    return Match(one, look.name, round(min(confidence, 1.0), 2), why, {"from": look.name, **extra})


def _by_name(one: Field, look: _Look, kind: Kind) -> tuple[float, Text]:
    plain = look.plain
    codes = {_plain(code) for code in (one.code, *one.former_codes)}
    if _plain(one.code) == plain:
        return 1.0, Text("国家字段代码", "national code")
    if plain in (_plain(one.zh), _bare(one.zh)):
        return 1.0, Text("中文名", "Chinese name")
    if _plain(one.name) == plain:
        return 1.0, Text("英文名", "English name")
    if plain in codes:
        return 0.97, Text("国家字段代码（旧）", "former national code")
    if plain in {code.removeprefix(_plain(kind.prefix)) for code in codes} and len(plain) >= 2:
        return 0.9, Text("国家字段代码（无前缀）", "national code without its prefix")
    if plain in _synonyms().get(one.name, frozenset()):
        return 0.9, Text("常见的旧栏目名", "a heading that legacy systems use")
    if len(plain) >= 3 and plain in _initials(one.zh, one.name):
        return 0.85, Text("拼音首字母", "initials of its Chinese name")
    return _likeness(plain, one.zh, one.name), Text("名称相近", "a name like it")


def _by_values(one: Field, look: _Look) -> tuple[float | None, dict[str, Any]]:
    """Give the share of values that the field takes, once converted, and the conversion; None: cannot tell."""
    extra: dict[str, Any] = {"clean": ["half_width"]} if look.wide and one.base != "text" else {}
    values = look.values
    if one.base == "date":
        if look.date:
            return 1.0, extra | ({"date": list(look.date)} if look.date != ("%Y-%m-%d",) else {})
        return 0.0 if values.len() else None, extra
    if one.type == "Month":
        return (1.0, extra | {"month": list(look.month)}) if look.month else (0.0, extra)
    if one.codes:
        return _coded(one, look, extra)
    if one.base in ("decimal", "integer"):
        numbers = look.share(values.str.contains(r"^[+-]?[0-9,]+(\.[0-9]+)?$"))
        in_yuan = (
            "元" in look.name and "万" not in look.name and one.type == "AmountTenThousandYuan"
        )
        return numbers, extra | ({"unit": "yuan_to_10k"} if in_yuan else {})
    if one.patterns:
        shape = "|".join(f"(?:{pattern})" for pattern in one.patterns)
        extra = {"clean": ["half_width", "upper"]}
        if one.type == "IdNumber":
            extra["clean"].append("citizen_18")
        return look.share(values.str.to_uppercase().str.contains(f"^(?:{shape})$")), extra
    if one.max_length is not None and values.len():
        return look.share(values.str.len_chars() <= one.max_length), extra
    return None, extra


def _coded(one: Field, look: _Look, extra: dict[str, Any]) -> tuple[float | None, dict[str, Any]]:
    codes = {code.value for code in one.codes}
    if not look.values.len():
        return None, extra
    if (as_codes := look.share(look.values.is_in(list(codes)))) >= _MOST:
        return as_codes, extra
    table = {code.zh: code.value for code in one.codes}
    met = look.values.unique().sort().to_list()
    table |= {
        value: value if value in codes else _code_like(value, one)
        for value in met
        if value not in table
    }
    table = {value: code for value, code in table.items() if code}
    return look.share(look.values.is_in(list(table))), extra | {"codes": table}


def _code_like(value: str, one: Field) -> str:
    """Find the only code whose name holds a value or is held by it; "" where there are none or several."""
    plain = _plain(value)
    near = {
        code.value for code in one.codes
        if plain and (plain in _plain(code.zh) or _plain(code.zh) in plain or plain == _plain(code.en))
    }  # fmt: skip
    return near.pop() if len(near) == 1 else ""


def _telling(values: pl.Series) -> dict[str, Text]:
    """Say which types' values these are, where they can be nothing else."""
    if not values.len():
        return {}
    frame = pl.DataFrame({"v": values.str.to_uppercase()})
    shares = frame.select(
        unified_code_ok(pl.col("v")).mean().alias("UnifiedCode"),
        citizen_number_any_ok(pl.col("v")).mean().alias("IdNumber"),
    ).row(0, named=True)
    says = {
        "UnifiedCode": Text("内容是统一社会信用代码", "the values are unified codes"),
        "IdNumber": Text("内容是公民身份号码", "the values are citizen numbers"),
    }
    return {name: says[name] for name, share in shares.items() if share and share >= _MOST}


def _constants(
    kind: Kind, taken: dict[str, Match], organ: tuple[str, str] | None
) -> dict[str, dict[str, Any]]:
    """Propose what stands for fields that a department's own table often lacks."""
    found: dict[str, dict[str, Any]] = {}
    if organ is not None:
        name, code = organ
        for target, value in (
            ("Organ", name),
            ("OrganCode", code),
            ("SourceUnit", name),
            ("SourceUnitCode", code),
        ):
            if kind.field(target) and target not in taken:
                found[target] = {"constant": value}
    person = taken.get("SubjectIdNumber")
    if kind.field("SubjectClass") and "SubjectClass" not in taken:
        # A row with a person's number is about a natural person; codes of the subject class.
        found["SubjectClass"] = {"constant": "2"} if person is None else {
            "constant": "1", "when": {"column": person.column, "filled": True}, "default": "2",
        }  # fmt: skip
    if person is not None and kind.field("SubjectIdType") and "SubjectIdType" not in taken:
        found["SubjectIdType"] = {
            "constant": "1",
            "when": {"column": person.column, "filled": True},
        }
    return found


def _key(
    matches: Sequence[Match], constants: dict[str, dict[str, Any]], sample: pl.DataFrame
) -> tuple[str, ...]:
    """Propose the record key: a number that is filled and differs in every row, with the organ's code."""
    unique = [
        match.field for match in matches
        if sample[match.column].is_not_null().all() and sample[match.column].is_unique().all()
    ]  # fmt: skip
    numbered = [
        one for one in unique if re.search(r"Number|Code|Id$", one.name) and not one.personal
    ]
    chosen = (numbered or unique)[:1]
    organ = (
        ["OrganCode"]
        if "OrganCode" in constants or any(m.field.name == "OrganCode" for m in matches)
        else []
    )
    names = [*organ, *(one.name for one in chosen)]
    return tuple(
        names if chosen else names + [m.field.name for m in matches if m.field.required][:3]
    )


def _patterns(values: pl.Series, patterns: Sequence[str]) -> tuple[str, ...]:
    """Give the date patterns that together read nearly every value; none where they do not."""
    if not values.len():
        return ()
    left, used = values, []
    for pattern in patterns:
        read = left.str.to_date(pattern, strict=False, exact=True).is_not_null()
        if read.any():
            used.append(pattern)
            left = left.filter(~read)
        if not left.len():
            break
    return tuple(used) if left.len() <= (1 - _MOST) * values.len() else ()


@cache
def _likeness(plain: str, zh: str, name: str) -> float:
    """Give how like a heading is to a field's names, at most 0.89."""
    like = max(SequenceMatcher(None, plain, _plain(one)).ratio() for one in (zh, name))
    inside = len(plain) >= 3 and (plain in _plain(zh) or _bare(zh) in plain)
    return min(like * 0.8 + (0.15 if inside else 0), 0.89)


@cache
def _initials(zh: str, name: str) -> frozenset[str]:
    """Give the pinyin initials of a field's Chinese name, whole and bare, and of its synonyms."""
    # Half a second of dictionaries, which only a proposal needs.
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415

    words = {_plain(zh), _bare(zh), *_synonyms().get(name, ())}
    return frozenset("".join(lazy_pinyin(word, style=Style.FIRST_LETTER)) for word in words)


@cache
def _plain(name: str) -> str:
    """Bring a name to what matters of it: half width, lower case, no remarks in brackets, no marks."""
    return _ASIDE.sub("", unicodedata.normalize("NFKC", name).lower()) or name.lower()


def _bare(zh: str) -> str:
    """Give a Chinese name without the word for what it is about."""
    return re.sub(r"^(行政处罚|行政许可|行政相对人|处罚|许可|自然人)", "", _plain(zh)) or zh


@cache
def _synonyms() -> dict[str, frozenset[str]]:
    table = read_yaml(Path(__file__).with_name("synonyms.yaml").read_text("utf-8"))
    return {name: frozenset(_plain(word) for word in words) for name, words in table.items()}
