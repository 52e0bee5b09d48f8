"""The root of the gateway's exceptions."""

from typing import Self

from gateway.text import Text


class GatewayError(Exception):
    """Root of the gateway's errors: what happened, to what and what to do, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        self.text = Text(zh, en)
        super().__init__(str(self.text))

    @classmethod
    def of(cls, text: Text) -> Self:
        """Return the error that says a text."""
        return cls(text.zh, text.en)
