"""What is no value though something is written there: one list for every format. Pure.

Sources: the error values of Excel, WPS and LibreOffice ("#REF!" and its like, "Err:502"); what
Excel shows and exports where a column is too narrow (####), where it took a number apart
(2.02603E+11), and where a cell was typed as text ('0752, ="0752"); what databases and programs
write for no value (NULL of SQL Server and Navicat, \\N of MySQL, nan of pandas, NA of R, None of
Python, nil, undefined); what people write (无, /, -).
"""

import re
import unicodedata
from typing import Literal

#: What a text turns out to be. The first five have lost the value; `word` says that there is none.
Sort = Literal["excel_error", "excel_width", "exponent", "apostrophe", "formula", "word"]

#: Words that say that there is no value, in half width and lower case.
WORDS = frozenset(
    {
        *("null", "(null)", "<null>", "[null]", "\\n", "nan", "none", "(none)", "nil", "undefined"),
        *("n/a", "na", "(blank)", "-", "--", "---", "\u2013", "\u2014", "\u2014\u2014", "\u2015"),
        *("\u2212", "\u2500", "/", "//", "\\", ".", "\u3001", "\u3002", "_", "*"),
        *("无", "(无)", "暂无", "没有", "空", "(空)", "空白", "(空白)", "空值"),
    }
)
#: Errors of spreadsheets by name where no mark ends them, and of other programs.
_ERRORS = frozenset(
    {
        "#n/a",
        "#div/0",
        "#getting_data",
        "#null",
        "#ref",
        "#value",
        "#name",
        "#num",
        "#spill",
        "#calc",
    }
)
#: Any error value ends in ! or ?, in whatever language the program speaks (#WERT!, #名称?).
_ERROR = re.compile(r"#[^\W\d]{1,14}(?:/[a0])?[!?]|err:[0-9]{3}")
_WIDTH = re.compile(r"#{2,}")
#: As spreadsheets and programs write it: with a sign of the exponent, or with a fraction before it.
_EXPONENT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?e[+-][0-9]{1,3}|[0-9]+\.[0-9]+e[0-9]{1,3})")
_FORMULA = re.compile(r"=\s*[\"\u201c\u201d']")
#: Quotation marks at the start of a longer text ('十四五'规划) are no prefix of Excel's.
_QUOTED = re.compile(r"'[^']+'.*[^']", re.DOTALL)


def _either(letter: str) -> str:
    """Return a class of a character in both cases and both widths."""
    forms = {letter.lower(), letter.upper()}
    forms |= {chr(ord(form) + 0xFEE0) for form in forms if "!" <= form <= "~"}
    return f"[{''.join(re.escape(form) for form in sorted(forms))}]"


#: A value that may be one of these, for the regular expressions of polars: it may match what is
#: none, and misses none. Anchors are those of lines, so that values joined by line ends are
#: searched at once.
MAY_BE = (
    r"(?:^\s*(?:[#＃'＇=＝]|[EeＥｅ][RrＲｒ][RrＲｒ][:：]"
    r"|[+＋\-－]?[0-9０-９]+(?:[.．][0-9０-９]+)?[EeＥｅ][+＋\-－]?[0-9０-９]+\s*$"
    rf"|(?:{'|'.join(''.join(map(_either, word)) for word in sorted(WORDS))})\s*$))"
)


def sort_of(value: str) -> Sort | None:
    """Return what a text is that is no value; None where it may be one."""
    plain = unicodedata.normalize("NFKC", value).strip().lower()
    if plain in WORDS:
        return "word"
    if plain in _ERRORS or _ERROR.fullmatch(plain):
        return "excel_error"
    if _WIDTH.fullmatch(plain):
        return "excel_width"
    if _EXPONENT.fullmatch(plain):
        return "exponent"
    if _FORMULA.match(plain):
        return "formula"
    if plain.startswith("'"):
        return "apostrophe"
    return None


def is_quoted(value: str) -> bool:
    """Whether a text that begins with an apostrophe only quotes its first words."""
    return _QUOTED.fullmatch(unicodedata.normalize("NFKC", value).strip()) is not None
