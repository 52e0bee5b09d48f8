"""What a sample's columns look like, looked at once for all fields that they may be proposed for.

Pure.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import polars as pl

from gateway.mapping import dates, no_value
from gateway.standard.identifiers import citizen_number_any_ok, unified_code_ok
from gateway.text import Text
from gateway.text import proposal as texts

#: Share of filled values that must be what a field takes for the values to speak for it.
NEARLY_ALL = 0.8
#: Date patterns met in legacy files, the likelier first. `%.f` reads a fraction or none, `%z` also
#: Z.
_DATES = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y%m%d",
    "%Y.%m.%d",
    "%Y年%m月%d日",
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f%z",
    "%Y-%m-%dT%H:%M%z",
    "%Y-%m-%d %H:%M:%S%.f%z",
    "%Y%m%d%H%M%S",
)
_MONTHS = ("%Y-%m", "%Y%m", "%Y/%m", "%Y年%m月")
#: Words that stand among dates for one that never comes; which date they mean is for a person to
#: say.
_ENDLESS = frozenset(
    (
        "长期",
        "长期有效",
        "永久",
        "永久有效",
        "无固定期限",
        "无期限",
        "无限期",
        "不定期",
        "至今",
        "终身",
    )
)
_WIDE = re.compile(r"[\uff01-\uff5e\u3000]")
_ASIDE = re.compile(r"[（(【\[].*?[）)】\]]|[\s*＊:：_\-/、，,。.]+")

#: Headings of whoever acts for a subject, and of the subject itself.
_REPRESENTATIVE = re.compile(
    r"法定代表|法人代表|^法人$|^法人(姓名|身份|证件|手机|电话)|负责人|经营者|业主|代表人|投资人|合伙人|"
    r"legalrepresentative|representative|^fr(db|xm|mc|sfz|zjhm|zjlx)"
)
_SUBJECT = re.compile(
    r"当事人|相对人|被处罚|被执行|申请人|自然人|纳税人|企业名|单位名|机构名|公司名|姓名|^名称|name$|subject"
)
#: Headings of the numbers and kinds of documents of identity.
_IDENTITY = re.compile(r"身份证|证件(号|类|种)|公民身份号|idnumber|idtype|idno|idcard|sfz")


@dataclass(frozen=True, slots=True)
class Look:
    """A column as it was looked at once.

    It has the heading, the values but for words that say "no value", and what they may be.
    """

    name: str
    plain: str
    values: pl.Series
    #: Words that stand in it for no value, as they are written.
    empty: tuple[str, ...]
    wide: bool
    date: tuple[str, ...]
    #: Words among its dates that are none, with how often they come.
    endless: dict[str, int]
    month: tuple[str, ...]
    #: Types of fields whose values these can only be, with why.
    telling: dict[str, Text]
    #: The column of the representative whose number or kind of document this is, where it is one's.
    representative: str | None = None

    def share(self, good: pl.Series) -> float:
        """Return the share of filled values that are good."""
        return float(good.fill_null(False).mean() or 0) if good.len() else 0.0  # type: ignore[arg-type]


def looks(sample: pl.DataFrame) -> list[Look]:
    """Return a look at each column of a sample."""
    representatives = _representatives(sample.columns)
    return [_look(name, sample[name], representatives.get(name)) for name in sample.columns]


def _representatives(columns: Sequence[str]) -> dict[str, str]:
    """Return, by column, whose representative's document of identity it is.

    A number belongs to the nearest name before it, unless its own heading says whose it is.
    """
    owners = {}
    nearest: str | None = None
    for column in columns:
        heading = plain_name(column)
        if _IDENTITY.search(heading):
            if _REPRESENTATIVE.search(heading):
                owners[column] = column
            elif nearest is not None and not _SUBJECT.search(heading):
                owners[column] = nearest
        elif _REPRESENTATIVE.search(heading):
            nearest = column
        elif _SUBJECT.search(heading):
            nearest = None
    return owners


def _look(name: str, column: pl.Series, representative: str | None) -> Look:
    values = column.drop_nulls().str.strip_chars()
    values = values.filter(values != "")
    different = values.unique(maintain_order=True)
    words = tuple(value for value in different if no_value.sort_of(value) == "word")
    values = values.filter(~values.is_in(words))
    wide = bool(values.str.contains(_WIDE.pattern).any()) if values.len() else False
    if wide:
        values = pl.Series(
            [unicodedata.normalize("NFKC", value) for value in values], dtype=pl.String
        )
    endless = values.filter(values.is_in(list(_ENDLESS)))
    dated = values.filter(~values.is_in(list(_ENDLESS)))
    return Look(
        name,
        plain_name(name),
        values,
        words,
        wide,
        _patterns(dated, _DATES),
        dict(zip(*endless.value_counts(sort=True).get_columns(), strict=True))
        if endless.len()
        else {},
        _patterns(values, _MONTHS, months=True),
        _telling(values),
        representative,
    )


def _telling(values: pl.Series) -> dict[str, Text]:
    """Return whose types these values are, where they can be nothing else, with the reason."""
    if not values.len():
        return {}
    frame = pl.DataFrame({"v": values.str.to_uppercase()})
    shares = frame.select(
        unified_code_ok(pl.col("v")).mean().alias("UnifiedCode"),
        citizen_number_any_ok(pl.col("v")).mean().alias("IdNumber"),
    ).row(0, named=True)
    says = {"UnifiedCode": texts.are_unified_codes(), "IdNumber": texts.are_citizen_numbers()}
    return {name: says[name] for name, share in shares.items() if share and share >= NEARLY_ALL}


def _patterns(
    values: pl.Series, patterns: Sequence[str], *, months: bool = False
) -> tuple[str, ...]:
    """Return the patterns that together read nearly every value; none where they do not."""
    if not values.len():
        return ()
    unread, used = values, []
    for pattern in patterns:
        is_read = (dates.months if months else dates.days)(unread, [pattern]).is_not_null()
        if is_read.any():
            used.append(pattern)
            unread = unread.filter(~is_read)
        if not unread.len():
            break
    return tuple(used) if unread.len() <= (1 - NEARLY_ALL) * values.len() else ()


@cache
def plain_name(name: str) -> str:
    """Return what matters of a name: half width, lower case.

    Remarks in brackets, marks and what cannot be seen are left out.
    """
    visible = "".join(letter for letter in name if unicodedata.category(letter) not in ("Cf", "Cc"))
    return _ASIDE.sub("", unicodedata.normalize("NFKC", visible).lower()) or name.lower()
