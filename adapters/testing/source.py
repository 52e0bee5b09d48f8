"""A department's system as the contract sees it: what stands there, and what may befall it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from adapters import Adapter
from adapters.testing.failure import ContractBrokenError
from adapters.text import contract as messages

#: One row: its columns in order, None where the source has no value.
Row: TypeAlias = Mapping[str, str | None]
#: What a source may be unable to do or to hold; `AdapterContract.cannot` says why.
Trait = Literal[
    "null", "unreadable row", "repeated column", "silence", "absence", "verdicts", "empty"
]

#: What clerks and systems write and careless programs change, each by a name for the report.
CLERICAL_VALUES: dict[str, str] = {
    "leading zeros": "007",
    "decimal": "1.10",
    "beyond 2^53": "9007199254740993",
    "beyond floats": "1e400",
    "minus zero": "-0",
    "amount": "1,234.50",
    "blanks around": "  甲 ",
    "full-width blank": "\u3000乙\u3000",
    "byte order mark": "\ufeff丙",
    "no-break blank": "丁\u00a0戊",
    "full width": "ＡＢ１２３",
    "rare character": "𠮷𰻝",
    "emoji": "👩\u200d👩\u200d👧✅",
    "decomposed": "e\u0301",
    "word for null": "None",
    "word for null in JSON": "null",
    "word for no number": "NaN",
    "word for truth": "true",
    "date": "2026-03-05",
    "date with slashes": "2026/3/5",
    "date without separators": "20260305",
    "moment": "2026-03-05 09:00:00.100",
    "id number": "11010119900307002X",
    "quotes": "他说“好”，\"'",
    "separators": "a,b;c|d\te",
    "markup": "<b>&amp;</b>",
    "percent": "100%s {0} \\n",
    "formula": "=1+1",
    "long": "长" * 20_000,
}


def hard_rows(
    without: Sequence[str] = (), *, name: str = "名称", value: str = "值"
) -> list[dict[str, str | None]]:
    """Return a row for each of `CLERICAL_VALUES`, but for those named in `without`."""
    return [
        {"编号": f"{number:04}", name: text, value: label}
        for number, (label, text) in enumerate(CLERICAL_VALUES.items(), 1)
        if label not in without
    ]


class SourceUnderTest(ABC):
    """A real source of the kind under test, or one that behaves as the real one.

    It is made anew for each check, and is empty at first. What it cannot do it leaves out and the
    contract's `cannot` says why; a check that needs it is skipped with that reason.
    """

    #: The kind under test.
    kind: type[Adapter]
    #: Values of settings that must never be seen: passwords, tokens.
    secrets: tuple[str, ...] = ()

    @abstractmethod
    def settings(self) -> Mapping[str, Any]:
        """Return the settings by which an adapter reaches this source, as gateway.yaml has them.

        Let them ask for small batches or pages (10 rows) where the kind has such a setting.
        """

    @abstractmethod
    def put(self, rows: Sequence[Row]) -> None:
        """Let the source have these rows as its next statement: a file more, or another whole list.

        All rows have the same columns in the same order. Without rows it says that it has none.
        """

    def put_unreadable(self, rows: Sequence[Row], place: int) -> None:  # noqa: ARG002
        """Let the source have these rows, of which the one at `place` cannot be read as one."""
        raise ContractBrokenError(messages.not_supported("put_unreadable"))

    def put_repeated_column(self, name: str) -> None:  # noqa: ARG002
        """Let the source have a row with two columns of one name and different values."""
        raise ContractBrokenError(messages.not_supported("put_repeated_column"))

    def say_nothing(self) -> None:
        """Let the source answer, with what is no list: an empty body, an error page, no table."""
        raise ContractBrokenError(messages.not_supported("say_nothing"))

    def go_away(self) -> None:
        """Let the source be out of reach, for those that reach it already too."""
        raise ContractBrokenError(messages.not_supported("go_away"))

    def come_back(self) -> None:
        """Let the source be there again, with what it had."""
        raise ContractBrokenError(messages.not_supported("come_back"))

    def verdicts(self) -> Mapping[str, str]:
        """Return by ref the verdicts that the department sees: "refused" or anything else."""
        raise ContractBrokenError(messages.not_supported("verdicts"))

    def prepare(self, adapter: Adapter) -> Adapter:
        """Return an adapter ready to fetch; the gateway hands some kinds its store first."""
        return adapter

    def close(self) -> None:  # noqa: B027
        """Let go of what the source holds."""
