"""What is wrong with some settings, part by part and in both languages;
never what was given. Pure.
"""

from typing import Any

from pydantic import ValidationError

from adapters.text import Text
from adapters.text import settings as messages


class InvalidSettingsError(ValueError):
    """Settings do not go together, or a value is none of its setting: raised by validators,
    with both languages.
    """

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.en)


def invalid_parts(error: ValidationError) -> list[Text]:
    """Return part by part what of some settings is wrong; never what was given:
    it may be a secret.
    """
    parts = []
    for details in error.errors(include_input=False):
        name = ".".join(map(str, details["loc"]))
        text = _text(details)
        parts.append(Text(f"{name}：{text.zh}", f"{name}: {text.en}") if name else text)
    return parts


def joined_parts(error: ValidationError) -> Text:
    """Return all that is wrong in one sentence of each language."""
    parts = invalid_parts(error)
    return Text("；".join(part.zh for part in parts), "; ".join(part.en for part in parts))


def _text(details: Any) -> Text:
    context: dict[str, Any] = details.get("ctx") or {}
    fault = context.get("error")
    if isinstance(fault, InvalidSettingsError):
        return fault.text
    return messages.wrong(details["type"], context, details["msg"])
