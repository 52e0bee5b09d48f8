"""Characters that no value may have: undecoded ones, private ones, and those that nobody can see.

The classes are written for the regular expressions of polars, whose edition of Unicode is newer
than Python's: a rare name's character that was added lately is assigned there. Pure.
"""

import unicodedata
from typing import Literal

import polars as pl

from gateway.standard.xsd_reader import Field

Sort = Literal["broken", "private", "unassigned", "invisible"]

#: Control characters that XML 1.0 cannot hold, and what stands for bytes that did not decode.
_BROKEN = r"\x00-\x08\x0b\x0c\x0e-\x1f\x{FFFD}\x{FFFE}\x{FFFF}"
#: The three private use areas, and code points that no edition of Unicode has given a character.
_UNREADABLE = r"\p{Co}\p{Cn}"
#: DEL, the C1 controls, marks that are drawn as nothing (zero width, directional, soft hyphen,
#: variation selectors, fillers), annotation marks, and the separators of lines and paragraphs.
_UNSEEN = (
    r"\x7f-\x{9f}\p{Default_Ignorable_Code_Point}\x{202A}-\x{202E}\x{2066}-\x{2069}\x{200E}\x{200F}\x{061C}"
    r"\x{FEFF}\x{FFF9}-\x{FFFB}\x{2028}\x{2029}"
)

#: A character that refuses the row in whatever column it stands.
FORBIDDEN = f"[{_BROKEN}{_UNREADABLE}]"
#: A character that cannot be seen. Unassigned code points are in one class only: the forbidden.
INVISIBLE = f"[{_UNSEEN}&&[^{_UNREADABLE}]]"
#: Either.
UNFIT = f"[{_BROKEN}{_UNREADABLE}{_UNSEEN}]"

#: Types of the standard whose values identify: one number is one subject, document or place.
_IDENTIFYING = frozenset(
    (
        "CertificateNumber",
        "IdNumber",
        "IndustryCode",
        "OrganisationCode",
        "RegionCode",
        "RegistrationNumber",
        "TaxNumber",
        "UnifiedCode",
    )
)


def sort_of(character: str) -> Sort:
    """Return which sort of unfit a character of `FORBIDDEN` is."""
    if character == "\ufffd" or ord(character) < 0x20 or ord(character) in (0xFFFE, 0xFFFF):
        return "broken"
    return "private" if unicodedata.category(character) == "Co" else "unassigned"


def code_point(character: str) -> str:
    """Return how people name a character that they may not be able to see: U+200B."""
    return f"U+{ord(character):04X}"


def unfit_in(name: str) -> list[str]:
    """Return the code points of a heading that nobody can see or read, each once."""
    letters = pl.Series([name]).str.extract_all(UNFIT).explode().drop_nulls()
    return [code_point(letter) for letter in letters.unique(maintain_order=True)]


def is_identifier(field: Field) -> bool:
    """Whether a field's values are identifiers, codes or numbers of documents.

    They are keys: two that differ only by what nobody can see are one. The standard tells by a
    field's type, and for free text by its name (DocumentNumber, CaseNumber, ProjectCode).
    """
    if field.base != "text" or field.codes:
        return False
    return field.type in _IDENTIFYING or field.name.endswith(("Number", "Code"))


def names_a_subject(field: Field) -> bool:
    """Whether a field's values are names of persons, organisations or things."""
    return field.name.endswith("Name") or field.name == "LegalRepresentative"
