"""Settings of how the audit log is anchored outside the store."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gateway.protocol.names import KEY_ID

KeyId = Annotated[str, Field(pattern=rf"^{KEY_ID}$")]


class AuditSettings(BaseModel):
    """Where the head of the audit log is written down by itself, and by which key it is signed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    anchors: Path | None = Field(
        default=None,
        description="写入锚点的文件；缺省为存储（SQLite）或设置文件旁的 audit-anchors.jsonl"
        " / file of the anchors; audit-anchors.jsonl beside the store (SQLite) or the settings by default",
    )
    syslog: str = Field(
        default="/dev/log",
        description="syslog 的套接字，或 主机:端口（UDP）；空为不发"
        " / socket of syslog, or host:port (UDP); empty for none",
    )
    signing_key: dict[KeyId, Path] = Field(
        default={},
        max_length=1,
        description="签名密钥：编号与 PEM 文件；缺省用 at_rest 的密钥"
        " / the key that signs: its id and PEM file; that of at_rest by default",
    )
    trusted_keys: dict[KeyId, Path] = Field(
        default={},
        description="先前密钥的公钥 / public keys of earlier ones",
    )
