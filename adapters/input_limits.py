"""How large an input may claim to be: judged before the claim is believed. One set a process."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InputLimits:
    """Bounds on what one input may hold; each can be set in gateway.yaml under `reading.inputs`."""

    #: Filled cells of a sheet.
    cells: int = 5_000_000
    #: Rows times columns up to the last cell: what a dense reader would have to allocate.
    grid: int = 20_000_000
    #: Merged ranges of a sheet.
    merges: int = 10_000
    #: Columns of any input: headings, keys of a record, elements of a row.
    columns: int = 4_000
    #: Digits of one number: Python converts at most 4,300, and nobody owes that much.
    digits: int = 1_000
    #: Nesting of JSON and XML.
    depth: int = 100
    #: Characters of one value.
    characters: int = 1_000_000


_limits = InputLimits()


def input_limits() -> InputLimits:
    """Return the limits in force in this process."""
    return _limits


def enforce(limits: InputLimits) -> None:
    """Put limits in force for everything that this process reads from now on."""
    global _limits  # noqa: PLW0603
    _limits = limits
