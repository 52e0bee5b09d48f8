"""What servers of files (SFTP, FTPS, a folder) say: what passes by itself,
and what a person must mend.

`answer` is the server's or a library's own words; they are repeated because a person who asks the
server's administrator needs them, and cut because nobody bounds them.
"""

from adapters.text import Text

_ANSWER = 160


def _cut(answer: str) -> str:
    words = " ".join(answer.split())
    shown = "".join(character if character.isprintable() else "?" for character in words)
    return shown if len(shown) <= _ANSWER else f"{shown[:_ANSWER]}…"


def no_answer(place: str, answer: str) -> Text:
    """Return that a server did not answer or broke off."""
    return Text(
        f"{place} 未应答或中断：{_cut(answer)}，下次采集再试",
        f"{place} did not answer or broke off: {_cut(answer)}; the next fetch tries again",
    )


def passing(place: str, answer: str) -> Text:
    """Return that a server answered that it cannot at present."""
    return Text(
        f"{place} 暂时不能办理：{_cut(answer)}，下次采集再试",
        f"{place} answered that it cannot at present: {_cut(answer)}; the next fetch tries again",
    )


def login_refused(place: str, answer: str = "") -> Text:
    """Return that a login was refused, and that it is not tried over and over."""
    zh, en = (f"（{_cut(answer)}）", f" ({_cut(answer)})") if answer else ("", "")
    return Text(
        f"{place} 拒绝登录{zh}，请核对用户名和口令（或私钥）；以免账号被锁，一小时内不再尝试，"
        "更正设置或重启后立即再试",
        f"{place} refused the login{en}; check user name and password (or key); it is not tried"
        " again for an hour, lest the account be locked, unless the settings change or the gateway"
        " is restarted",
    )


def host_key_changed(place: str) -> Text:
    """Return that a server shows another key than the pinned one."""
    return Text(
        f"{place} 的主机公钥与登记的不同，未发送口令；请与部门核实",
        f"the host key of {place} is not the pinned one; no password was sent; ask the department",
    )


def no_common_algorithm(place: str, answer: str) -> Text:
    """Return that two sides of SSH share no algorithm."""
    return Text(
        f"{place} 与本网关没有共同的加密算法（{_cut(answer)}），再试也不会成功；"
        "请部门升级服务器，或启用较新的密钥交换、加密和主机密钥算法",
        f"{place} and this gateway share no algorithm ({_cut(answer)}): trying again cannot"
        " succeed; have the department renew the server or enable newer key exchange, ciphers and"
        " host keys",
    )


def bad_host_key_setting(place: str) -> Text:
    """Return that the pinned host key cannot be read."""
    return Text(
        f"{place} 的设置 host_key 读不懂，应如 ssh-ed25519 AAAA…；"
        "可用 creditgate adapter host-key 取得",
        f"the setting host_key of {place} cannot be read; it should be like ssh-ed25519 AAAA...;"
        " creditgate adapter host-key shows it",
    )


def bad_private_key(path: str, answer: str) -> Text:
    """Return that the private key cannot be read."""
    return Text(
        f"私钥文件 {path} 读不出（{_cut(answer)}）：须存在、本网关可读、是 OpenSSH 或 PEM 格式；"
        "有口令的私钥须另设 password",
        f"the private key {path} cannot be read ({_cut(answer)}): it must exist, be readable, be"
        " of OpenSSH's or PEM's form; one with a passphrase needs `password`",
    )


def access_denied(place: str, path: str, answer: str) -> Text:
    """Return that a right is missing."""
    return Text(
        f"{place} 拒绝访问 {path}：{_cut(answer)}，请部门授予读写权限",
        f"{place} denied access to {path}: {_cut(answer)}; ask the department for read and write"
        " rights",
    )


def unsupported(place: str, answer: str) -> Text:
    """Return that a server cannot do what is asked."""
    return Text(
        f"{place} 不支持所需的操作：{_cut(answer)}；再试也不会成功，请部门核对服务器设置",
        f"{place} does not support what is needed: {_cut(answer)}; trying again cannot succeed;"
        " have the department look at the server's settings",
    )


def no_room(place: str, path: str, answer: str) -> Text:
    """Return that a quota or a disk is full."""
    return Text(
        f"{place} 空间或配额不足，{path} 写不进：{_cut(answer)}；请部门清理或增加配额",
        f"{place} has no room or quota for {path}: {_cut(answer)}; have the department make room",
    )


def refused(place: str, answer: str) -> Text:
    """Return that a server refused for a reason that only its words tell."""
    return Text(
        f"{place} 拒绝：{_cut(answer)}；请核对权限和服务器设置",
        f"{place} refused: {_cut(answer)}; check rights and the server's settings",
    )


def certificate_refused(place: str, answer: str) -> Text:
    """Return that a certificate is not trusted."""
    return Text(
        f"{place} 的证书不可信：{_cut(answer)}，未发送口令；请核实或设置 ca",
        f"the certificate of {place} is not trusted: {_cut(answer)}; no password was sent; check it"
        " or set `ca`",
    )


def bad_ca(path: str, answer: str) -> Text:
    """Return that the file of trusted certificates cannot be read."""
    return Text(
        f"ca 所指的证书文件 {path} 读不出：{_cut(answer)}",
        f"the file of certificates {path} that `ca` names cannot be read: {_cut(answer)}",
    )


def no_tls(place: str, answer: str) -> Text:
    """Return that a server offers no TLS, or none that both sides know."""
    return Text(
        f"{place} 不提供可用的 TLS（{_cut(answer)}），未发送口令；再试也不会成功，"
        "请部门启用 FTPS（显式 TLS 1.2 以上）",
        f"{place} offers no TLS that can be used ({_cut(answer)}); no password was sent; trying"
        " again cannot succeed; have the department enable explicit FTPS with TLS 1.2 or later",
    )


def unknown_host(host: str, answer: str) -> Text:
    """Return that a host's name is not known."""
    return Text(
        f"查不到主机 {host}（{_cut(answer)}），请核对名称或 DNS",
        f"the host {host} is not known ({_cut(answer)}); check the name or the DNS",
    )


def port_closed(host: str, port: int, answer: str) -> Text:
    """Return that nothing answers at a port."""
    return Text(
        f"{host} 的端口 {port} 连不上（{_cut(answer)}），请核对端口和防火墙",
        f"port {port} of {host} does not answer ({_cut(answer)}); check the port and the firewall",
    )


def too_many_entries(most: int) -> Text:
    """Return that a folder has more entries than are listed."""
    return Text(
        f"目录中的文件超过 {most} 个，未采集；请清理目录，或设置 archive 使已处理的文件移走",
        f"the folder has more than {most} entries, and none was taken: clear it, or set `archive` "
        "so that files move away once they are answered",
    )


def no_right(path: str, answer: str) -> Text:
    """Return that the gateway has no right to a path of this machine."""
    return Text(f"无权读写 {path}：{answer}，请授权", f"no right to {path}: {answer}; grant it")


def cannot_be_done(path: str, answer: str) -> Text:
    """Return that this machine will not do what is asked of a path, now or later."""
    return Text(
        f"{path} 无法读写：{answer}；请检查磁盘空间、只读挂载和文件名长度",
        f"{path} cannot be read or written: {answer}; look at free space, read-only mounts and the"
        " length of the name",
    )


def failed_for_now(path: str, answer: str) -> Text:
    """Return that a path of this machine failed, and may not the next time."""
    return Text(
        f"{path} 读写失败：{answer}，下次采集再试",
        f"{path} cannot be read or written: {answer}; the next fetch tries again",
    )
