"""What of a record may be shown to who may only look: by the standard's own class of each field.

Pure.

Not by what a value looks like: a name, an address or a passport's number looks like any other text.
What is not known to be harmless is masked.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal

from gateway.masking import Personal, mask, masked_text, unmasked_for_masking
from gateway.standard.plain_values import is_plain, plain_form
from gateway.standard.xsd_reader import Field, Kind

#: open: as it is. text: numbers in it are masked, and what else of its row is hidden. subject: as
#: `text` where the record is of an organisation, hidden where it is of a person, or nobody knows.
#: hidden: masked whole.
Shown = Literal["open", "text", "subject", "hidden"]
#: From the least to the most that is masked.
ORDER: tuple[Shown, ...] = ("open", "text", "subject", "hidden")

#: Fields that have a person's name or home where the record is of a person, an organisation's else.
_OF_SUBJECT = frozenset(("SubjectName", "Address"))
#: Fields that may name anybody, whoever the record is of.
_OF_ANYBODY = frozenset(("OtherParty", "Creditor", "Debtor", "Mortgagee"))
#: Types that stand for a period or a place of many.
_HARMLESS_TYPES = frozenset(("Month", "Year", "RegionCode", "IndustryCode"))
#: Values of SubjectClass that stand for an organisation; one's own business is a person's.
_ORGANISATIONS = frozenset(("2", "3"))

#: Finds the value of SubjectClass of a row; None where it is not known.
SubjectOf = Callable[[Mapping[str, Any]], str | None]


def shown_as(field: Field) -> Shown:
    """Return how a field is shown to who may only look."""
    if field.personal or field.name in _OF_ANYBODY:
        return "hidden"
    if field.name in _OF_SUBJECT:
        return "subject"
    if field.codes or field.base != "text" or field.type in _HARMLESS_TYPES:
        return "open"
    return "text" if field.data_class == "public" else "hidden"


def words_of(field: Field) -> frozenset[str]:
    """Return the codes of a field and their names, in the form in which values are compared."""
    texts = (text for code in field.codes for text in (code.value, code.zh, code.en))
    return frozenset(map(plain_form, texts))


class RowMask:
    """Masks rows by how each of their columns is shown; one that is not known is hidden.

    `words` are, of each open column, what may stand there besides dates and amounts. An open
    column's value that is none of that is hidden as a person's would be: a row may have slipped.
    """

    def __init__(
        self,
        columns: Mapping[str, Shown],
        subject_of: SubjectOf,
        words: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        self._columns = columns
        self._subject_of = subject_of
        self._words = words or {}

    def row(self, row: Personal[dict[str, Any]]) -> dict[str, Any]:
        """Return a row as it may be shown."""
        values = unmasked_for_masking(row)
        hidden = self.hidden_values(values)
        return {name: self._shown(name, value, values, hidden) for name, value in values.items()}

    def one(self, column: str, value: Personal[str]) -> str:
        """Return a value as it may be shown, of whose row nothing else is known.

        In a text there may be a name that only the row could tell: it is hidden too.
        """
        text = unmasked_for_masking(value)
        if self._columns.get(column) == "open" and self._is_plain(column, text):
            return masked_text(text)
        return mask(text)

    def text(self, text: str, row: Personal[dict[str, Any]]) -> str:
        """Return what is said of a row, without what of it is hidden."""
        values: dict[str, Any] = unmasked_for_masking(row)
        return masked_text(text, self.hidden_values(values))

    def hidden_values(self, values: Mapping[str, Any]) -> frozenset[str]:
        """Return the values of a row that are hidden wherever they stand."""
        return frozenset(
            str(value) for name, value in values.items() if value and self._is_hidden(name, values)
        )

    def _shown(
        self, name: str, value: Any, values: Mapping[str, Any], hidden: frozenset[str]
    ) -> Any:
        if value is None or value == "":
            return value
        if self._is_hidden(name, values):
            return mask(str(value))
        if self._columns[name] == "open":
            # A row whose columns have slipped may have a name where a code or a date should be.
            hidden = frozenset(text for text in hidden if not text.isascii())
        return masked_text(str(value), hidden)

    def _is_hidden(self, name: str, values: Mapping[str, Any]) -> bool:
        shown = self._columns.get(name, "hidden")
        if shown == "subject":
            return self._subject_of(values) not in _ORGANISATIONS
        if shown == "open":
            return not self._is_plain(name, str(values[name]))
        return shown == "hidden"

    def _is_plain(self, column: str, value: str) -> bool:
        return is_plain(value, self._words.get(column, frozenset()))


#: Of rows of which nothing is known.
NOTHING_KNOWN = RowMask({}, lambda _: None)


@cache
def record_mask(kind: Kind) -> RowMask:
    """Return the mask of a kind's records, by the names of its fields."""
    columns = {field.name: shown_as(field) for field in kind.fields}
    words = {field.name: words_of(field) for field in kind.fields if field.codes}
    return RowMask(columns, lambda record: record.get("SubjectClass"), words)
