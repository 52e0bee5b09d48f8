"""What every kind of file drop is told: which files, when they are ready, what becomes of them."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from adapters import Settings
from adapters.setting_faults import InvalidSettingsError
from adapters.text import settings as messages

#: Checksums that a file may come with; sm3 where this machine's OpenSSL has it.
Checksum = Literal["", "md5", "sha1", "sha256", "sm3"]


#: A moment on which patterns of folders are tried out before there is one.
_SOME_MOMENT = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)


def formatted(moment: date, pattern: str) -> str:
    """Return a folder of a drop by `strftime`.

    A pattern without `..` may become one: of a day `%Z` is empty, and `.%Z.` the folder above.

    Raises InvalidSettingsError where what comes of it is none.
    """
    return _inside(moment.strftime(pattern))


def _inside(path: str) -> str:
    if path.startswith("/") or ".." in path.split("/") or "\0" in path:
        raise InvalidSettingsError(messages.not_inside())
    return path


def _inside_when_formatted(pattern: str) -> str:
    for moment in (_SOME_MOMENT.date(), _SOME_MOMENT):
        formatted(moment, pattern)
    return _inside(pattern)


_Below = Annotated[str, AfterValidator(_inside_when_formatted)]


class DropSettings(Settings):
    """Which files of a folder are taken, and how the department is answered."""

    folder: str = Field(default=".", description="投递目录 / folder of the drop")
    subfolders: _Below = Field(
        default="", description="按日期的子目录，如 %Y%m%d / subfolder of a day, by strftime"
    )
    days: int = Field(
        default=7,
        ge=1,
        le=400,
        description="回看多少天的子目录 / how many days' subfolders are looked at",
    )
    pattern: str = Field(
        default="*.csv", description="文件名通配 / names of the files, with * and ?"
    )
    ready: Literal["marker", "rename", "stable"] = Field(
        default="marker",
        description=(
            "何时算传完：marker 有标志文件；rename 传完才改为此名；stable 大小和时间不再变"
            " / when a file is whole: its marker is there; it gets its name last; its size and"
            " time stay the same"
        ),
    )
    marker: str = Field(
        default=".ok",
        min_length=1,
        description=(
            "标志文件的后缀，不分大小写：X.csv.ok、X.CSV.OK，或仅一个文件同名时 X.ok。"
            "其中可写 rows=5、size=1024、md5=…（也认 rows: 5、行数：5、全角）：写了就核对，"
            "读不懂其值则整份退回；其他文字提示一次，文件照取"
            " / suffix of the marker, in any case: X.csv.ok, X.CSV.OK, or X.ok where one file"
            " has that stem. It may say rows=5, size=1024, md5=... (rows: 5 and 行数：5 too):"
            " what it says is checked, and a value that cannot be read refuses the file; any"
            " other words are remarked on once, and the file is taken"
        ),
    )
    settle: float = Field(
        default=60.0,
        ge=0,
        description=(
            "秒。stable：大小和时间须保持不变多久；否则：行数或校验和不符的文件可能仍在增长多久；"
            "未取的文件等多久后提示一次"
            " / seconds. stable: for which size and time must stay the same; otherwise: in which"
            " a file that falls short of its marker may still grow; and after which a file that"
            " is not taken is remarked on, once"
        ),
    )
    checksum: Checksum = Field(
        default="",
        description=(
            "每个文件另有校验和文件 X.csv.md5 或 X.md5 等，先于它不取；"
            "认 md5sum、certutil、Get-FileHash、openssl 的写法"
            " / each file comes with X.csv.md5, X.md5 or the like, and is not taken before it;"
            " as md5sum, certutil, Get-FileHash or openssl write it"
        ),
    )
    packed: Literal["", "gzip", "zip"] = Field(
        default="",
        description="压缩方式，一个压缩包一个文件 / how a file is packed, one in each archive",
    )
    claim: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9\-]{0,40}$",
        description=(
            "本网关的名字：取之前先改名，两个网关不会取同一文件（须有 archive）"
            " / this gateway's name: a file is renamed before it is taken, so that no two"
            " gateways take it (needs `archive`)"
        ),
    )
    archive: _Below = Field(
        default="",
        description=(
            "答复后移入的目录，可含日期 / folder a file is moved to once answered; may have a date"
        ),
    )
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
            raise InvalidSettingsError(messages.archive_needed())
        return self

    def read_only(self) -> Self:
        """Return these settings without a claim: files are read under their own names."""
        return self.model_copy(update={"claim": ""})
