"""What is said of HTTP below SOAP: statuses, connections, parts,
and what came where a SOAP message should be.
"""

from adapters.text import Text
from adapters.text.wsdl import cut

#: Characters of a name that are repeated.
_NAME = 40


def empty_answer() -> Text:
    """Return that nothing came."""
    return Text("应答是空的，没有 SOAP 信封", "the answer is empty: it has no SOAP envelope")


def web_page(title: str) -> Text:
    """Return that a web page came, as of a login, of maintenance or of a proxy."""
    said = f" “{cut(title, 80)}”" if title else ""
    return Text(
        f"应答是网页（HTML）{said.strip()}，不是 SOAP 信封；"
        "可能是登录页、维护页或代理的出错页，请核对 endpoint",
        f"the answer is a web page (HTML){said} and no SOAP envelope: of a login, of maintenance "
        "or of a proxy; check endpoint",
    )


def plain_text(said: str) -> Text:
    """Return that plain text came."""
    return Text(
        f"应答不是 XML，开头是“{cut(said, 80)}”",
        f"the answer is no XML; it begins with {cut(said, 80)!r}",
    )


def unauthorized(operation: str, status: int) -> Text:
    """Return that the server wants other credentials, or does not let us in."""
    return Text(
        f"{operation} 应答 HTTP {status}：账号或口令不对，或没有权限；请核对，在此之前不要再试",
        f"{operation} answered HTTP {status}: the account or password is wrong, or has no right; "
        "check it before anything is tried again",
    )


def not_supported(operation: str, status: int) -> Text:
    """Return that the server does not do what is asked, and never will."""
    return Text(
        f"{operation} 应答 HTTP {status}：该地址不接受这样的调用；请核对 endpoint 和 binding",
        f"{operation} answered HTTP {status}: that address takes no such call; "
        "check endpoint and binding",
    )


def moved(operation: str, status: int, location: str, *, for_good: bool = False) -> Text:
    """Return that the server sends us to another address; what its query holds is not repeated."""
    place = cut(location.partition("?")[0], 100)
    then = (
        ("请核对地址", "check the address")
        if for_good
        else (
            "下次采集再试；总是如此的请核对地址，是登录页的请核对账号",
            "the next fetch tries again; where it stays so check the address, and the account if "
            "it is a login page",
        )
    )
    return Text(
        f"{operation} 应答 HTTP {status}，要求转到 {place or '（没有写明）'}；只调用 endpoint，"
        f"不跟随跳转。{then[0]}",
        f"{operation} answered HTTP {status} and sends us to {place or '(nowhere)'}; only endpoint "
        f"is ever called: {then[1]}",
    )


def http_status(
    operation: str, status: int, said: Text | None = None, *, for_a_person: bool = False
) -> Text:
    """Return that the server answered another status than 200, and what came with it."""
    zh, en = (f"（{said.zh}）", f" ({said.en})") if said else ("", "")
    if for_a_person:
        return Text(
            f"{operation} 应答 HTTP {status}{zh}：服务不接受这样的请求；"
            "请核对 endpoint、binding 和参数",
            f"{operation} answered HTTP {status}{en}: it does not take such a request; check "
            "endpoint, binding and arguments",
        )
    return Text(
        f"{operation} 应答 HTTP {status}{zh}，下次采集再试",
        f"{operation} answered HTTP {status}{en}; the next fetch tries again",
    )


#: What errors of a connection mean, by their names.
_CONNECTION = {
    "ConnectTimeout": "连接超时",
    "ReadTimeout": "等待应答超时",
    "ConnectionError": "连接被拒绝或中断",
    "ChunkedEncodingError": "应答没有传完",
    "ContentDecodingError": "应答的压缩（Content-Encoding）有误",
    "SSLError": "TLS 中断",
    "InvalidHeader": "应答的 HTTP 头自相矛盾",
}


def no_reply(operation: str, kind: str) -> Text:
    """Return that the server did not answer."""
    return Text(
        f"{operation} 未应答（{_CONNECTION.get(kind, kind)}），下次采集再试",
        f"{operation} did not answer ({kind}); the next fetch tries again",
    )


def bad_http_header(operation: str) -> Text:
    """Return that an HTTP header of the settings cannot be sent."""
    return Text(
        f"{operation}：http_headers 中有不能发送的值（换行，或首尾空白）；请核对设置和密钥",
        f"{operation}: http_headers has a value that cannot be sent (with a line's end, or blanks "
        "around it); check the settings and secrets",
    )


def tls_refused(operation: str, reason: str) -> Text:
    """Return that TLS cannot come about with this server as it is."""
    return Text(
        f"{operation}：与服务的 TLS 连接不能建立（{cut(reason)}）；请核对 endpoint 的主机名、"
        "服务的证书和 TLS 版本",
        f"{operation}: no TLS connection to the service can come about ({cut(reason)}); check "
        "endpoint's host, the service's certificate and its TLS version",
    )


def no_boundary() -> Text:
    """Return that a multipart answer does not tell its boundary."""
    return Text("多部分应答没有边界", "the multipart answer has no boundary")


def multipart_cut_off(most: int) -> Text:
    """Return that a multipart answer is not whole."""
    return Text(
        f"多部分应答不完整，或部分超过 {most} 个",
        f"the multipart answer is cut off, or has more than {most} parts",
    )


def part_twice(cid: str) -> Text:
    """Return that two parts have the same id."""
    return Text(
        f"应答有两个附件同名：{cut(cid, _NAME)}",
        f"two parts of the answer have the id {cut(cid, _NAME)}",
    )


def part_not_unpacked(packing: str) -> Text:
    """Return that a part of a multipart answer is not written as it says."""
    return Text(
        f"多部分应答的一个部分声明为 {cut(packing, _NAME)}，内容不是或不完整",
        f"a part of the multipart answer says that it is {cut(packing, _NAME)}, "
        "and is not or not whole",
    )
