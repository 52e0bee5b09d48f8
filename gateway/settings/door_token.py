"""A token that somebody shows at one of our doors: never so short that it could be guessed."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from adapters.setting_faults import InvalidSettingsError
from gateway.protocol.shared_secret import LEAST, is_sound
from gateway.text import settings as messages


def _sound(token: SecretStr) -> SecretStr:
    """Return a token that a header can carry.

    Raises InvalidSettingsError: blanks at its ends would be lost there.
    """
    text = token.get_secret_value()
    if len(text.strip()) < LEAST:
        raise InvalidSettingsError(messages.token_short(LEAST))
    if not is_sound(text):
        raise InvalidSettingsError(messages.token_unprintable())
    return token


#: A secret of the settings that opens a door: receipts, push, API. `minLength` for who reads the
#: schema.
DoorToken = Annotated[
    SecretStr, Field(json_schema_extra={"minLength": LEAST}), AfterValidator(_sound)
]
