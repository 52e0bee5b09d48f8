"""Which operation of a service gives rows, how it pages, and where in its answer the rows are."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator

from adapters import Reach, Settings


class SoapSettings(Settings):
    """A SOAP service, by a WSDL that was reviewed.

    Paths are the names below the answer's own element, joined by dots: `Rows.Row`.
    """

    wsdl: Path = Field(description="已审核的 WSDL 本地副本 / local copy of the WSDL, reviewed")
    endpoint: str = Field(
        pattern=r"^https?://", description="唯一会调用的地址 / the only address ever called"
    )
    binding: str = Field(default="", description="WSDL 中绑定的名称，缺省为第一个 / name of the binding in the WSDL; the first by default")  # fmt: skip
    security: Literal["none", "text", "digest", "signature"] = Field(
        default="digest",
        description="none；text、digest 为 UsernameToken；signature 为 X.509 签名 / UsernameToken in clear or as a digest; or an X.509 signature",
    )  # fmt: skip
    username: str = ""
    password: SecretStr | None = None
    key: Path | None = Field(default=None, description="签名私钥（PEM） / our private key")
    certificate: Path | None = Field(default=None, description="签名证书（PEM） / our certificate")
    server_certificate: Path | None = Field(default=None, description="服务方证书：应答须由它签名 / the service's certificate: its answers must be signed with it")  # fmt: skip
    operation: str = Field(description="取数的操作 / the operation that gives rows")
    arguments: dict[str, Any] = Field(default_factory=dict, description="固定参数 / arguments that are always the same")  # fmt: skip
    paging: Literal["cursor", "number", "date", "none"] = Field(
        default="cursor",
        description="cursor 按服务的游标；number 按页码，每次全部；date 按日期区间；none 不分页，每次全部 / by the service's cursor; by page number, all each time; by range of days; not at all, all each time",
    )  # fmt: skip
    cursor_argument: str = Field(
        default="", description="cursor：游标参数 / argument of the cursor"
    )
    cursor_path: str = Field(
        default="", description="cursor：应答中下一游标的位置 / where the next cursor is"
    )
    more_path: str = Field(default="", description="应答中“还有更多”的位置；缺省取到空页为止 / where it says that there is more; by default until a page is empty")  # fmt: skip
    page_argument: str = Field(default="", description="number，或 date 区间内再分页：页码参数 / argument of the page number")  # fmt: skip
    first_page: int = Field(default=1, ge=0, le=1)
    from_argument: str = Field(
        default="", description="date：起始日期参数 / argument of the first day"
    )
    to_argument: str = Field(
        default="", description="date：截止日期参数 / argument of the last day"
    )
    date_format: str = Field(
        default="%Y-%m-%d", description="date：日期写法 / how days are written"
    )
    first_day: date = Field(
        default=date(2015, 1, 1), description="date：最早的日期 / the first day there is"
    )
    window_days: int = Field(
        default=31, ge=1, le=366, description="date：一次取多少天 / days in one call"
    )
    overlap_days: int = Field(default=2, ge=0, le=366, description="date：每次回看多少天，以免漏掉迟录的 / days to look back, for what was entered late")  # fmt: skip
    size_argument: str = Field(default="", description="页长参数 / argument of the page's size")
    page_size: int = Field(default=500, ge=1, le=100_000)
    rows_path: str = Field(
        default="", description="应答中行的位置，如 Rows.Row / where the rows are"
    )
    columns: tuple[str, ...] = Field(default=(), description="栏名，缺省取自 WSDL / columns; the WSDL's by default")  # fmt: skip
    id_column: str = Field(default="", description="行的变更号，不映射；缺省用行号 / the row's own change number, not mapped; by default its number")  # fmt: skip
    file_path: str = Field(default="", description="或者：应答中文件（base64、MTOM 或文本）的位置 / or: where a file is, in Base64, by MTOM or as text")  # fmt: skip
    format: str = Field(default="delimited", description="文件的格式 / the file's format")
    format_settings: dict[str, Any] = Field(default_factory=dict)
    packed: Literal["", "gzip", "zip"] = Field(
        default="", description="文件的压缩方式 / how the file is packed"
    )
    total_path: str | None = Field(
        default=None, description="应答中行数的位置 / where the count of rows is"
    )
    acknowledge_operation: str | None = None
    stop_faults: tuple[str, ...] = Field(
        default=("Client", "Sender", "FailedAuthentication", "InvalidSecurity", "InvalidSecurityToken"),
        description="须由人处理的错误代码，其余下次再试 / faults that a person must mend; others are tried again",
    )  # fmt: skip
    timeout: float = Field(default=60.0, gt=0, description="秒 / seconds for one call")
    max_bytes: int = Field(
        default=100_000_000, ge=1, description="应答的最大字节数 / largest answer"
    )

    @model_validator(mode="after")
    def _whole(self) -> "SoapSettings":
        if bool(self.rows_path) == bool(self.file_path):
            raise ValueError("needs rows_path or file_path, and not both")
        needs = {
            "cursor": ("cursor_argument", "cursor_path"), "number": ("page_argument",),
            "date": ("from_argument", "to_argument"), "none": (),
            "text": ("username", "password"), "digest": ("username", "password"), "signature": ("key", "certificate"),
        }  # fmt: skip
        for chosen in (self.paging, self.security):
            if missing := [name for name in needs[chosen] if not getattr(self, name)]:
                raise ValueError(f"{chosen} needs {', '.join(missing)}")
        return self

    def reaches(self) -> Iterator[Reach]:
        """Name the endpoint's host, and the files."""
        yield Reach("host", urlsplit(self.endpoint).hostname or "")
        for path in (self.wsdl, self.key, self.certificate, self.server_certificate):
            if path is not None:
                yield Reach("file", str(path))
