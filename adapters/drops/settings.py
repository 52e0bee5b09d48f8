"""What every kind of file drop is told: which files, when they are ready, what becomes of them."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from adapters import Settings

#: Checksums that a file may come with; sm3 where this machine's OpenSSL has it.
Checksum = Literal["", "md5", "sha1", "sha256", "sm3"]


def _inside(path: str) -> str:
    if path.startswith("/") or ".." in path.split("/"):
        raise ValueError("a folder below `folder`, without ..")
    return path


_Below = Annotated[str, AfterValidator(_inside)]


class DropSettings(Settings):
    """Which files of a folder are taken, and how the department is answered."""

    folder: str = Field(default=".", description="投递目录 / folder of the drop")
    subfolders: _Below = Field(
        default="", description="按日期的子目录，如 %Y%m%d / subfolder of a day, by strftime",
    )  # fmt: skip
    days: int = Field(default=7, ge=1, le=400, description="回看多少天的子目录 / how many days' subfolders are looked at")  # fmt: skip
    pattern: str = Field(
        default="*.csv", description="文件名通配 / names of the files, with * and ?"
    )
    ready: Literal["marker", "rename", "stable"] = Field(
        default="marker",
        description="何时算传完：marker 有标志文件；rename 传完才改为此名；stable 大小和时间不再变 / when a file is whole: its marker is there; it gets its name last; its size and time stay the same",
    )
    marker: str = Field(
        default=".ok", min_length=1, description="标志文件的后缀 / suffix of the marker"
    )
    settle: float = Field(
        default=60.0, ge=0,
        description="秒。stable：大小和时间须保持不变多久；否则：行数或校验和不符的文件可能仍在增长多久 / seconds. stable: for which size and time must stay the same; otherwise: in which a file that falls short of its marker may still grow",
    )  # fmt: skip
    checksum: Checksum = Field(default="", description="每个文件另有校验和文件 X.md5 等，先于它不取 / each file comes with X.md5 or the like, and is not taken before it")  # fmt: skip
    packed: Literal["", "gzip", "zip"] = Field(default="", description="压缩方式，一个压缩包一个文件 / how a file is packed, one in each archive")  # fmt: skip
    claim: str = Field(
        default="", pattern=r"^[A-Za-z0-9\-]{0,40}$",
        description="本网关的名字：取之前先改名，两个网关不会取同一文件（须有 archive） / this gateway's name: a file is renamed before it is taken, so that no two gateways take it (needs `archive`)",
    )  # fmt: skip
    archive: _Below = Field(default="", description="答复后移入的目录，可含日期 / folder a file is moved to once answered; may have a date")  # fmt: skip
    errors: _Below = Field(
        default="", description="整份退回的文件移入的目录 / folder for files that are refused whole"
    )
    results: _Below = Field(
        default="",
        description="结果文件的目录，缺省在文件旁 / folder of the results; beside the file by default",
    )
    format: str = Field(default="delimited", description="文件格式 / file format")
    format_settings: dict[str, Any] = Field(default_factory=dict)
    batch_rows: int = Field(default=10_000, ge=1, le=100_000)
    max_bytes: int = Field(
        default=4_000_000_000,
        ge=1,
        description="一个文件（解压后）最大字节数 / largest file, unpacked",
    )

    @model_validator(mode="after")
    def _whole(self) -> "DropSettings":
        if (self.claim or self.ready != "marker") and not self.archive:
            raise ValueError(
                "without markers, and with claim, `archive` is needed: a file that is kept gives up its name"
            )
        return self

    def harmless(self) -> Self:
        """Claim nothing."""
        return self.model_copy(update={"claim": ""})


#: Names we are ready to write back beside: no separators, controls, or marks that reorder text.
_SAFE_NAME = re.compile(
    r"[\w（）〔〕【】《》“”、 ()+,=@~#&！－—·][\w（）〔〕【】《》“”、 ()+.,=@~#&！－—·-]{0,200}"
)


def safe_name(name: str) -> bool:
    """Tell whether a file's name is one that may be written to, logged and shown as it is."""
    return _SAFE_NAME.fullmatch(name) is not None
