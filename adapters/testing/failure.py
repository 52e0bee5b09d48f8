"""How the contract says that it is broken."""

from adapters.text import Text


class ContractBrokenError(AssertionError):
    """A kind does not do what the gateway relies on; says what, in both languages."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(f"{text.zh}\n{text.en}")


def require(holds: object, text: Text) -> None:
    """Raise ContractBrokenError unless something holds."""
    if not holds:
        raise ContractBrokenError(text)
