"""What is said of settings."""

from adapters.text import Text as AdapterText
from adapters.text import reader
from gateway.messages import Text


def sound(path: str) -> Text:
    """Return that a settings file can be used."""
    return Text(f"{path} 可以使用", f"{path} can be used")


def reader_network(how: str) -> Text:
    """Return whether readers are kept from the network; `how` is namespace, seccomp or open."""
    text = {
        "namespace": reader.no_network_by_namespace,
        "seccomp": reader.no_network_by_seccomp,
    }.get(how, reader.network_open)()
    return Text(f"读取进程：{text.zh}", f"readers: {text.en}")


def no_table(name: str, table: str) -> Text:
    """Return that a dotted name leads into a setting that has no parts."""
    return Text(f"{name}：{table} 不是一组设置", f"{name}: {table} is no table of settings")


def key_twice(name: str) -> Text:
    """Return that one key stands twice in a table given as JSON."""
    shown = name[:40]
    return Text(
        f"{shown} 在同一组设置中写了两次，请删去一个",
        f"{shown} stands twice in one table of settings; take one away",
    )


def no_free_room() -> Text:
    """Fetching must pause before the store's disk is full."""
    return Text(
        "至少为 1：磁盘写满后网关什么也记不下，送出的回执也记不下",
        "1 at least: on a full disk the gateway can record nothing, receipts of what it sent neither",
    )


def name_both_parties() -> Text:
    """A destination names one of the two parties of a signed statement."""
    return Text(
        "sender 与 centre 须同时给出（1.1 版签名声明），或都不给出（1.0 版）",
        "give both sender and centre (statements of 1.1), or neither (of 1.0)",
    )


def token_short(least: int) -> AdapterText:
    """Return that a token that opens a door is so short that it could be guessed, or empty."""
    return AdapterText(
        f"令牌至少 {least} 个字符，空白不算；可用 openssl rand -base64 24 生成",
        f"a token has at least {least} characters without blanks; make one by openssl rand -base64 24",
    )


def token_unprintable() -> AdapterText:
    """Return that a token has characters that no HTTP header carries."""
    return AdapterText(
        "令牌只能用可见的 ASCII 字符，不含空格",
        "a token is of visible ASCII characters without blanks",
    )


def oidc_wants_public_url() -> AdapterText:
    """Return that the provider must be told one address of ours, which no request may choose."""
    return AdapterText(
        "用 oidc 时须写明 public_url：统一身份认证回跳的地址只取自设置，不取自请求",
        "with oidc, public_url must be set: where the provider sends people back to is never taken from a request",
    )
