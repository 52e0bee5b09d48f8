"""Settings of how the audit log is anchored outside the store."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gateway.protocol.names import KEY_ID
from gateway.text import settings as messages

KeyId = Annotated[str, Field(pattern=rf"^{KEY_ID}$")]


class AuditSettings(BaseModel):
    """Where the head of the audit log is written down by itself, and by which key it is signed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    anchors: Path | None = Field(
        default=None,
        description=messages.about_anchors(),
    )
    syslog: str = Field(
        default="/dev/log",
        description=messages.about_syslog(),
    )
    signing_key: dict[KeyId, Path] = Field(
        default={},
        max_length=1,
        description=messages.about_signing_key(),
    )
    trusted_keys: dict[KeyId, Path] = Field(
        default={},
        description=messages.about_earlier_keys(),
    )
