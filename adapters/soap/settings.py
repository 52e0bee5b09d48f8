"""Which operation of a service gives rows, how it pages, and where in its answer the rows are."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, model_validator

from adapters import Reach, Settings
from adapters.result_codes import GOOD_VALUES, Codes
from adapters.setting_faults import InvalidSettingsError
from adapters.soap.templates import placeholders
from adapters.text import settings as messages
from adapters.transports.addresses import HttpText, parse_http_address


class SoapSettings(Settings):
    """A SOAP service, by a WSDL that was reviewed.

    Paths are the names below the answer's own element, joined by dots: `Rows.Row`.
    """

    bound_by = ("endpoint", "username", "security", "key", "certificate", "server_certificate")
    uses_access = True

    wsdl: Path = Field(description="已审核的 WSDL 本地副本 / local copy of the WSDL, reviewed")
    endpoint: HttpText = Field(description="唯一会调用的地址 / the only address ever called")
    binding: str = Field(
        default="",
        description="WSDL 中绑定的名称，缺省为第一个 / name of the binding in the WSDL; the first by default",
    )
    security: Literal["none", "text", "digest", "signature", "basic"] = Field(
        default="digest",
        description="none；text、digest 为 UsernameToken；signature 为 X.509 签名；basic 为 HTTP Basic / UsernameToken in clear or as a digest; an X.509 signature; or HTTP Basic",
    )
    username: str = Field(
        default="", description="账号；也可用作 {username} / account; also as {username}"
    )
    password: SecretStr | None = Field(
        default=None,
        description="口令；也可在 arguments、header 等处写作 {password} / password; also as {password} in arguments, header and the like",
    )
    token: SecretStr | None = Field(
        default=None, description="令牌或授权码，写作 {token} / a token or key, as {token}"
    )
    header: dict[str, Any] = Field(
        default_factory=dict,
        description="SOAP 头，如 {MySoapHeader: {UserName: '{username}', PassWord: '{password}'}} / elements of the SOAP header",
    )
    http_headers: dict[str, str] = Field(
        default_factory=dict,
        description="HTTP 头，如 {Authorization: 'Bearer {login}'} / HTTP headers",
    )
    login_operation: str = Field(
        default="",
        description="每次采集先调用的登录操作；其 cookie 自动保留 / operation to log in with before each fetch; cookies are kept",
    )
    login_arguments: dict[str, Any] = Field(
        default_factory=dict, description="登录操作的参数 / its arguments"
    )
    login_path: str = Field(
        default="",
        description="登录应答中令牌的位置，之后写作 {login} / where its answer has the token, then {login}",
    )
    key: Path | None = Field(default=None, description="签名私钥（PEM） / our private key")
    certificate: Path | None = Field(default=None, description="签名证书（PEM） / our certificate")
    server_certificate: Path | None = Field(
        default=None,
        description="服务方证书：应答须由它签名 / the service's certificate: its answers must be signed with it",
    )
    operation: str = Field(description="取数的操作 / the operation that gives rows")
    arguments: dict[str, Any] = Field(
        default_factory=dict,
        description="固定参数；其中可写 {page}、{size}、{cursor}、{from}、{to}、{username}、{password}、{token}、{login} / arguments; these names in braces are filled in",
    )
    paging: Literal["cursor", "number", "date", "none"] = Field(
        default="cursor",
        description="cursor 按服务的游标；number 按页码，每次全部；date 按日期区间；none 不分页，每次全部 / by the service's cursor; by page number, all each time; by range of days; not at all, all each time",
    )
    cursor_argument: str = Field(
        default="", description="cursor：游标参数 / argument of the cursor"
    )
    cursor_path: str = Field(
        default="", description="cursor：应答中下一游标的位置 / where the next cursor is"
    )
    more_path: str = Field(
        default="",
        description="应答中“还有更多”的位置；缺省取到空页为止 / where it says that there is more; by default until a page is empty",
    )
    page_argument: str = Field(
        default="",
        description="number，或 date 区间内再分页：页码参数 / argument of the page number",
    )
    first_page: int = Field(default=1, ge=0, le=1)
    max_pages: int = Field(
        default=10_000, ge=1, description="最多取多少页，超过即停 / most pages of one list"
    )
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
    overlap_days: int = Field(
        default=2,
        ge=0,
        le=366,
        description="date：每次回看多少天，以免漏掉迟录的 / days to look back, for what was entered late",
    )
    size_argument: str = Field(default="", description="页长参数 / argument of the page's size")
    page_size: int = Field(default=500, ge=1, le=100_000)
    rows_path: str = Field(
        default="", description="应答中行的位置，如 Rows.Row / where the rows are"
    )
    columns: tuple[str, ...] = Field(
        default=(), description="栏名，缺省取自 WSDL / columns; the WSDL's by default"
    )
    id_column: str = Field(
        default="",
        description="行的变更号，不映射；缺省用行号 / the row's own change number, not mapped; by default its number",
    )
    file_path: str = Field(
        default="",
        description="或者：应答中文件（base64、MTOM 或文本）的位置 / or: where a file is, in Base64, by MTOM or as text",
    )
    format: str = Field(default="delimited", description="文件的格式 / the file's format")
    format_settings: dict[str, Any] = Field(default_factory=dict)
    file_text: Literal["auto", "base64", "text"] = Field(
        default="auto",
        description="文件写在元素里时：Base64 还是文本 / how a file that stands in an element is written",
    )
    packed: Literal["", "gzip", "zip"] = Field(
        default="", description="文件的压缩方式 / how the file is packed"
    )
    total_path: str | None = Field(
        default=None,
        description="应答中总行数的位置；与实际行数不符即停 / where the count of all rows is; where it disagrees with what came, the feed stops",
    )
    ok_path: str = Field(
        default="",
        description="应答中结果码的位置，如 code / where the answer's own result code is",
    )
    ok_values: Codes = Field(
        default=GOOD_VALUES,
        description="成功的结果码，不分大小写 / result codes that are good, in any case",
    )
    message_path: str = Field(
        default="", description="应答中出错信息的位置 / where the answer tells what failed"
    )
    stop_codes: Codes = Field(
        default=("401", "403"),
        description="须由人处理的结果码，其余下次再试 / result codes that a person must mend; others are tried again",
    )
    acknowledge_operation: str | None = None
    stop_faults: Codes = Field(
        default=(
            "Client",
            "Sender",
            "FailedAuthentication",
            "InvalidSecurity",
            "InvalidSecurityToken",
            "Unauthenticated",
            "Unauthorized",
            "FailedCheck",
            "UnsupportedSecurityToken",
            "UnsupportedAlgorithm",
            "SecurityTokenUnavailable",
            "VersionMismatch",
            "MustUnderstand",
            "DataEncodingUnknown",
            "ActionNotSupported",
        ),
        description="须由人处理的错误代码（含其下级，如 Client.Auth），其余下次再试 / faults that a person must mend, those below them (Client.Auth) too; others are tried again",
    )
    timeout: float = Field(default=60.0, gt=0, description="秒 / seconds for one call")
    max_bytes: int = Field(
        default=100_000_000, ge=1, description="应答的最大字节数 / largest answer"
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.rows_path) == bool(self.file_path):
            raise InvalidSettingsError(messages.needs_one_of(("rows_path", "file_path")))
        used = placeholders([self.arguments, self.header, self.http_headers, self.login_arguments])
        secrets = {name for name in ("password", "token") if name in used}
        needs: dict[str, tuple[str, ...]] = {
            "text": ("username", "password"),
            "digest": ("username", "password"),
            "basic": ("username", "password"),
            "signature": ("key", "certificate"),
        }
        needed = [*needs.get(self.security, ()), *sorted(secrets)]
        needed += [] if "login" not in used else ["login_operation", "login_path"]
        needed += self._paging_needs(used)
        for name in needed:
            if not getattr(self, name):
                whose = f"paging {self.paging}, security {self.security}"
                raise InvalidSettingsError(messages.needs(name, whose))
        return self

    def _paging_needs(self, used: frozenset[str]) -> list[str]:
        """Name the settings that the paging needs, but for what `arguments` says in braces."""
        needs = {
            "cursor": {"cursor_argument": "cursor", "cursor_path": ""},
            "number": {"page_argument": "page"},
            "date": {"from_argument": "from", "to_argument": "to"},
            "none": {},
        }
        return [name for name, place in needs[self.paging].items() if place not in used]

    @property
    def paged(self) -> bool:
        """Whether calls name a page."""
        return bool(self.page_argument) or "page" in placeholders([self.arguments])

    def reaches(self) -> Iterator[Reach]:
        """Yield the endpoint's host, and the files."""
        yield Reach("host", parse_http_address(self.endpoint).host)
        for path in (self.wsdl, self.key, self.certificate, self.server_certificate):
            if path is not None:
                yield Reach("file", str(path))
