"""Whether a value can be what an open field holds: a code, a date, an amount. Pure.

A field of codes or dates is harmless, and still a slipped row has a name there. So such a value is
shown as it is only where it is a word of the field's own (its codes and their names, what a mapping
turns into them), or has digits and nothing beside them but the signs and units of dates and
amounts.
"""

import re
import unicodedata

#: Words that stand for yes, no or nothing, whatever the field.
_WORDS = frozenset(
    [
        "是",
        "否",
        "有",
        "无",
        "空",
        "长期",
        "永久",
        "至今",
        "无固定期限",
        "不适用",
        "y",
        "n",
        "yes",
        "no",
        "true",
        "false",
        "null",
        "none",
        "nan",
        "na",
        "n/a",
        "t",
        "f",
    ]
)
#: What stands beside digits in dates, times, amounts and rates, in half-width form.
_UNITS = re.compile(
    r"年|月|日|号|时|点|分|秒|上午|下午|星期[一二三四五六日天]|周[一二三四五六日天]"
    r"|人民币|美元|万|亿|元|角|整|圆|平方米|公顷|亩"
    r"|%|‰|rmb|cny|usd|am|pm|utc|gmt|t|z"
    r"|jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sep(tember)?"
    r"|oct(ober)?|nov(ember)?|dec(ember)?"
)
_SIGNS = re.compile(r"[\s\-/.,:;+~()\[\]'\"|\\_#*=<>¥$€至—–·、。，：;（）〔〕【】]+")
_CHINESE_DATE = re.compile(
    r"[〇零○一二三四五六七八九]{4}年([一二三四五六七八九十]{1,2}月([一二三四五六七八九十]{1,3}日)?)?"
)
#: An industry's letter before its digits; and codes so short that they name nobody.
_LETTERED, _SHORT = re.compile(r"[a-z][0-9]+"), re.compile(r"[a-z0-9]{1,2}")


def is_plain(value: str, words: frozenset[str] = frozenset()) -> bool:
    """Whether a value is one of a field's words, or a code, a date or an amount by its signs.

    `words` are those of the field, in half-width small letters (`plain_form`).
    """
    text = plain_form(value)
    if not text or text in words or text in _WORDS or _SHORT.fullmatch(text):
        return True
    if _LETTERED.fullmatch(text) or _CHINESE_DATE.fullmatch(text):
        return True
    if not any(sign.isdecimal() for sign in text):
        return not _SIGNS.sub("", text)
    rest = _UNITS.sub("", _SIGNS.sub("", text))
    return all(sign.isdecimal() for sign in rest)


def plain_form(value: str) -> str:
    """Return a value in half-width small letters without outer blanks, for comparing words."""
    return unicodedata.normalize("NFKC", value).strip().lower()
