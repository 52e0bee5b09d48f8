"""What is said of settings."""

from collections.abc import Sequence
from shlex import quote

from adapters.text import Text as AdapterText
from adapters.text import reader
from gateway.text import Text


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
    key = name[:40]
    return Text(
        f"{key} 在同一组设置中写了两次，请删去一个",
        f"{key} stands twice in one table of settings; take one away",
    )


def no_free_room() -> Text:
    """Return that fetching must pause before the store's disk is full."""
    return Text(
        "至少为 1：磁盘写满后网关什么也记不下，送出的回执也记不下",
        "1 at least: on a full disk the gateway can record"
        " nothing, receipts of what it sent neither",
    )


def name_both_parties() -> Text:
    """Return that a destination names one of the two parties of a signed statement."""
    return Text(
        "sender 与 centre 须同时给出（1.1 版签名声明），或都不给出（1.0 版）",
        "give both sender and centre (statements of 1.1), or neither (of 1.0)",
    )


def token_short(least: int) -> AdapterText:
    """Return that a token that opens a door is so short that it could be guessed, or empty."""
    return AdapterText(
        f"令牌至少 {least} 个字符，空白不算；可用 openssl rand -base64 24 生成",
        f"a token has at least {least} characters without blanks;"
        " make one by openssl rand -base64 24",
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
        "with oidc, public_url must be set: where the provider sends"
        " people back to is never taken from a request",
    )


def plain_http(name: str, host: str) -> Text:
    """Return that a setting names an address that is reached without TLS."""
    return Text(
        f"{name} 不用 TLS（{host}）：内容与令牌以明文传送，请改用 https",
        f"{name} goes without TLS ({host}): data and tokens travel in the clear; use https",
    )


def plain_mail(host: str) -> Text:
    """Return that alerts are mailed without TLS."""
    return Text(
        f"alerts.mail 不用 TLS（{host}，starttls: false）：告警以明文传送",
        f"alerts.mail goes without TLS ({host}, starttls: false): alerts travel in the clear",
    )


def plain_mail_password(host: str) -> Text:
    """Return that a mail server's password is sent without TLS."""
    return Text(
        f"alerts.mail 的口令不经 TLS 传送（{host}，starttls:"
        " false），沿途可见：请设 starttls: true",
        f"the password of alerts.mail is sent without TLS ({host}, starttls: false), for all on"
        " the way to see: set starttls: true",
    )


def plain_console(host: str) -> Text:
    """Return that people reach the console without TLS."""
    return Text(
        f"控制台在 {host} 上不经 TLS：口令与会话以明文传送；请在前面设代理提供 TLS，并写明"
        " web.public_url（https）与 web.proxies",
        f"the console is on {host} without TLS: passwords and sessions travel in the clear; put a"
        " proxy with TLS before it, and set web.public_url (https) and web.proxies",
    )


def no_proxies(public_url: str) -> Text:
    """Return that people come through a proxy of which the settings say nothing."""
    return Text(
        f"web.public_url 是 {public_url} 而 web.proxies 为 0：前面若有代理，"
        "所有人都算作同一个地址；请写明代理层数",
        f"web.public_url is {public_url} and web.proxies 0: where a proxy stands before the"
        " gateway everybody counts as one address; say how many there are",
    )


def proxy_met(at: str, text: Text) -> Text:
    """Return that a proxy was met of which the settings say nothing."""
    return Text(f"{at}：{text.zh}", f"{at}: {text.en}")


def unprotected_at_start(count: int, first: Text) -> Text:
    """Return that a gateway has started with ways that nothing protects."""
    more_zh, more_en = (f"等 {count} 处", f", and {count - 1} more") if count > 1 else ("", "")
    return Text(
        f"{first.zh}{more_zh}；全部见 creditgate settings check",
        f"{first.en}{more_en}; creditgate settings check names all of them",
    )


def reach_by_department(name: str) -> Text:
    """Return that what all departments could reach is written by department now."""
    return Text(
        f"{name} 须按部门设置：reach: {{departments: {{部门: {{{name}: [...]}}}}}}",
        f"{name} is set by department: reach: {{departments: {{DEPARTMENT: {{{name}: [...]}}}}}}",
    )


def folder_of_two(folder: str, first: str, above: str, second: str) -> Text:
    """Return that a department's folder lies within another's."""
    return Text(
        f"{first} 的目录 {folder} 位于 {second} 的目录 {above} 之内，两个部门都能访问；请分开",
        f"the folder {folder} of {first} lies within {above} of"
        f" {second}, so that both have it; keep them apart",
    )


def secret_file_open(path: str) -> Text:
    """Return that a file with a secret can be read by others of this machine."""
    return Text(
        f"{path} 可被他人读取：请执行 chmod 600，或用后删除",
        f"{path} can be read by others: run chmod 600, or delete it after use",
    )


def feed_twice(feed: str, count: int) -> AdapterText:
    """Return that a feed has several adapters, of which only one could be meant."""
    return AdapterText(
        f"{feed} 写了 {count} 次：一个数据项只有一个适配器，请删去多余的",
        f"{feed} is there {count} times: a feed has one adapter; take away what is too many",
    )


def secrets_open(path: str, places: Sequence[str]) -> Text:
    """Return that secrets stand in settings that others can read: where, and what to do."""
    named, file = ", ".join(places[:20]), quote(path)
    return Text(
        f"{path} 可被本机其他用户读取，而其中直接写有密钥：{named}。请执行 chmod 600 {file}，"
        "更换已可能外泄的密钥，"
        "并把密钥移入同目录的 secrets.yaml（chmod 600），此处写 secret:名称",
        f"{path} can be read by other users of this machine, and secrets stand in it: {named}. Run"
        f" chmod 600 {file},"
        " change the secrets that others may have read, and move them into secrets.yaml beside it"
        " (chmod 600), with"
        " secret:NAME in their place",
    )


def keys_open(paths: Sequence[str]) -> Text:
    """Return that key files which the settings name can be read by others, and what to do."""
    command = f"chmod 600 {' '.join(map(quote, paths))}"
    return Text(
        f"私钥文件可被本机其他用户读取：{'、'.join(paths)}。请执行 {command}，"
        "并更换已可能外泄的密钥",
        f"private keys can be read by other users of this machine: {', '.join(paths)}. Run"
        f" {command}, and change the"
        " keys that others may have read",
    )


def no_adapter_kind(name: str, kinds: Sequence[str]) -> Text:
    """Return that no adapter kind of a name is installed, and which are."""
    listed = ", ".join(kinds)
    return Text(
        f"没有适配器类型 {name}，已有：{listed}",
        f"there is no adapter kind {name}; installed: {listed}",
    )


def unreadable(path: str, reason: str | None) -> Text:
    """Return that a file of settings cannot be read, and why."""
    return Text(f"无法读取 {path}：{reason}", f"cannot read {path}: {reason}")


def secret_missing(file: str, name: str) -> Text:
    """Return that settings refer to a secret that is not there."""
    return Text(
        f"{file} 引用的密钥 {name} 不在 secrets.yaml 中",
        f"{file} refers to the secret {name}, which secrets.yaml lacks",
    )


def invalid(what: str, zh: str, en: str) -> Text:
    """Return that settings are wrong, with what is wrong in both languages."""
    return Text(f"{what} 的设置不对：\n{zh}", f"the settings in {what} are wrong:\n{en}")


# --- what settings mean, as their descriptions ---------------------------------------------


def about_current_key() -> str:
    """Return what the key is that new payloads are sealed under."""
    return "密封新内容的密钥编号 / id of the key that new payloads are sealed under"


def about_anchors() -> str:
    """Return what the file of anchors is."""
    return (
        "写入锚点的文件；缺省为存储（SQLite）或设置文件旁的"
        " audit-anchors.jsonl / file of the anchors; audit-anchors.jsonl"
        " beside the store (SQLite) or the settings by default"
    )


def about_syslog() -> str:
    """Return where anchors are sent by syslog."""
    return (
        "syslog 的套接字，或 主机:端口（UDP）；空为不发"
        " / socket of syslog, or host:port (UDP); empty for none"
    )


def about_signing_key() -> str:
    """Return by which key anchors are signed."""
    return (
        "签名密钥：编号与 PEM 文件；缺省用 at_rest 的密钥"
        " / the key that signs: its id and PEM file; that of at_rest by default"
    )


def about_earlier_keys() -> str:
    """Return which keys check earlier anchors."""
    return "先前密钥的公钥 / public keys of earlier ones"


def about_unit_errors() -> str:
    """Return after how many unforeseen errors a unit is set aside."""
    return (
        "同一文件、页或提交出几次意外错误即搁置"
        " / unforeseen errors at one file, page or submission before it is set aside"
    )
