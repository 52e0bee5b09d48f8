"""What each setting of SOAP services is for, in forms and in the schema."""

from adapters.text import Text


def wsdl() -> Text:
    """Return what the setting `wsdl` is for."""
    return Text(
        "已审核的 WSDL 本地副本",
        "local copy of the WSDL, reviewed",
    )


def endpoint() -> Text:
    """Return what the setting `endpoint` is for."""
    return Text(
        "唯一会调用的地址",
        "the only address ever called",
    )


def binding() -> Text:
    """Return what the setting `binding` is for."""
    return Text(
        "WSDL 中绑定的名称，缺省为第一个",
        "name of the binding in the WSDL; the first by default",
    )


def security() -> Text:
    """Return what the setting `security` is for."""
    return Text(
        "none；text、digest 为 UsernameToken；signature 为 X.509 签名；basic 为 HTTP Basic",
        "UsernameToken in clear or as a digest; an X.509 signature; or HTTP Basic",
    )


def username() -> Text:
    """Return what the setting `username` is for."""
    return Text(
        "账号；也可用作 {username}",
        "account; also as {username}",
    )


def password() -> Text:
    """Return what the setting `password` is for."""
    return Text(
        "口令；也可在 arguments、header 等处写作 {password}",
        "password; also as {password} in arguments, header and the like",
    )


def token() -> Text:
    """Return what the setting `token` is for."""
    return Text(
        "令牌或授权码，写作 {token}",
        "a token or key, as {token}",
    )


def header() -> Text:
    """Return what the setting `header` is for."""
    return Text(
        "SOAP 头，如 {MySoapHeader: {UserName: '{username}', PassWord: '{password}'}}",
        "elements of the SOAP header",
    )


def http_headers() -> Text:
    """Return what the setting `http_headers` is for."""
    return Text(
        "HTTP 头，如 {Authorization: 'Bearer {login}'}",
        "HTTP headers",
    )


def login_operation() -> Text:
    """Return what the setting `login_operation` is for."""
    return Text(
        "每次采集先调用的登录操作；其 cookie 自动保留",
        "operation to log in with before each fetch; cookies are kept",
    )


def login_arguments() -> Text:
    """Return what the setting `login_arguments` is for."""
    return Text(
        "登录操作的参数",
        "its arguments",
    )


def login_path() -> Text:
    """Return what the setting `login_path` is for."""
    return Text(
        "登录应答中令牌的位置，之后写作 {login}",
        "where its answer has the token, then {login}",
    )


def key() -> Text:
    """Return what the setting `key` is for."""
    return Text(
        "签名私钥（PEM）",
        "our private key",
    )


def certificate() -> Text:
    """Return what the setting `certificate` is for."""
    return Text(
        "签名证书（PEM）",
        "our certificate",
    )


def server_certificate() -> Text:
    """Return what the setting `server_certificate` is for."""
    return Text(
        "服务方证书：应答须由它签名",
        "the service's certificate: its answers must be signed with it",
    )


def operation() -> Text:
    """Return what the setting `operation` is for."""
    return Text(
        "取数的操作",
        "the operation that gives rows",
    )


def arguments() -> Text:
    """Return what the setting `arguments` is for."""
    return Text(
        "固定参数；其中可写 {page}、{size}、{cursor}、{from}、{to}、{username}、{password}、"
        "{token}、{login}",
        "arguments; these names in braces are filled in",
    )


def paging() -> Text:
    """Return what the setting `paging` is for."""
    return Text(
        "cursor 按服务的游标；number 按页码，每次全部；date 按日期区间；none 不分页，每次全部",
        "by the service's cursor; by page number, all each time; by range of days; not at all, "
        "all each time",
    )


def cursor_argument() -> Text:
    """Return what the setting `cursor_argument` is for."""
    return Text(
        "cursor：游标参数",
        "argument of the cursor",
    )


def cursor_path() -> Text:
    """Return what the setting `cursor_path` is for."""
    return Text(
        "cursor：应答中下一游标的位置",
        "where the next cursor is",
    )


def more_path() -> Text:
    """Return what the setting `more_path` is for."""
    return Text(
        "应答中“还有更多”的位置；缺省取到空页为止",
        "where it says that there is more; by default until a page is empty",
    )


def page_argument() -> Text:
    """Return what the setting `page_argument` is for."""
    return Text(
        "number，或 date 区间内再分页：页码参数",
        "argument of the page number",
    )


def max_pages() -> Text:
    """Return what the setting `max_pages` is for."""
    return Text(
        "最多取多少页，超过即停",
        "most pages of one list",
    )


def from_argument() -> Text:
    """Return what the setting `from_argument` is for."""
    return Text(
        "date：起始日期参数",
        "argument of the first day",
    )


def to_argument() -> Text:
    """Return what the setting `to_argument` is for."""
    return Text(
        "date：截止日期参数",
        "argument of the last day",
    )


def date_format() -> Text:
    """Return what the setting `date_format` is for."""
    return Text(
        "date：日期写法",
        "how days are written",
    )


def first_day() -> Text:
    """Return what the setting `first_day` is for."""
    return Text(
        "date：最早的日期",
        "the first day there is",
    )


def window_days() -> Text:
    """Return what the setting `window_days` is for."""
    return Text(
        "date：一次取多少天",
        "days in one call",
    )


def overlap_days() -> Text:
    """Return what the setting `overlap_days` is for."""
    return Text(
        "date：每次回看多少天，以免漏掉迟录的",
        "days to look back, for what was entered late",
    )


def size_argument() -> Text:
    """Return what the setting `size_argument` is for."""
    return Text(
        "页长参数",
        "argument of the page's size",
    )


def rows_path() -> Text:
    """Return what the setting `rows_path` is for."""
    return Text(
        "应答中行的位置，如 Rows.Row",
        "where the rows are",
    )


def columns() -> Text:
    """Return what the setting `columns` is for."""
    return Text(
        "栏名，缺省取自 WSDL",
        "columns; the WSDL's by default",
    )


def id_column() -> Text:
    """Return what the setting `id_column` is for."""
    return Text(
        "行的变更号，不映射；缺省用行号",
        "the row's own change number, not mapped; by default its number",
    )


def file_path() -> Text:
    """Return what the setting `file_path` is for."""
    return Text(
        "或者：应答中文件（base64、MTOM 或文本）的位置",
        "or: where a file is, in Base64, by MTOM or as text",
    )


def file_format() -> Text:
    """Return what the setting `format` is for."""
    return Text(
        "文件的格式",
        "the file's format",
    )


def file_text() -> Text:
    """Return what the setting `file_text` is for."""
    return Text(
        "文件写在元素里时：Base64 还是文本",
        "how a file that stands in an element is written",
    )


def packed() -> Text:
    """Return what the setting `packed` is for."""
    return Text(
        "文件的压缩方式",
        "how the file is packed",
    )


def total_path() -> Text:
    """Return what the setting `total_path` is for."""
    return Text(
        "应答中总行数的位置；与实际行数不符即停",
        "where the count of all rows is; where it disagrees with what came, the feed stops",
    )


def ok_path() -> Text:
    """Return what the setting `ok_path` is for."""
    return Text(
        "应答中结果码的位置，如 code",
        "where the answer's own result code is",
    )


def message_path() -> Text:
    """Return what the setting `message_path` is for."""
    return Text(
        "应答中出错信息的位置",
        "where the answer tells what failed",
    )


def stop_codes() -> Text:
    """Return what the setting `stop_codes` is for."""
    return Text(
        "须由人处理的结果码，其余下次再试",
        "result codes that a person must mend; others are tried again",
    )


def stop_faults() -> Text:
    """Return what the setting `stop_faults` is for."""
    return Text(
        "须由人处理的错误代码（含其下级，如 Client.Auth），其余下次再试",
        "faults that a person must mend, those below them (Client.Auth) too; "
        "others are tried again",
    )


def timeout() -> Text:
    """Return what the setting `timeout` is for."""
    return Text(
        "秒",
        "seconds for one call",
    )


def max_bytes() -> Text:
    """Return what the setting `max_bytes` is for."""
    return Text(
        "应答的最大字节数",
        "largest answer",
    )
