"""What is said of addresses that are no addresses, and of what settings may not reach.

What may not be reached is told in the very words of what is not there: who asks must not learn from
an answer which other hosts and files there are.
"""

from adapters.text import Text


def no_host() -> Text:
    """Return that a text is no host."""
    return Text(
        "应为一个主机名或一个 IP 地址：不含端口、用户、逗号、空格、反斜杠和区域标识；"
        "中文域名请写成 xn-- 形式",
        "must be one host name or one address: without port, user, comma, blank, backslash or "
        "scope; write names of other scripts in their xn-- form",
    )


def no_ipv4() -> Text:
    """Return that an IPv4 address is not in its one form."""
    return Text(
        "IPv4 地址应写成四个十进制数，如 10.1.2.3，且不为 0.0.0.0",
        "an IPv4 address must be four decimal numbers, such as 10.1.2.3, and not 0.0.0.0",
    )


def no_ipv6() -> Text:
    """Return that an IPv6 address stands for another address."""
    return Text(
        "IPv6 地址不得带区域标识，也不得代写 IPv4 地址；IPv4 地址请直接写",
        "an IPv6 address must have no scope and stand for no IPv4 address; write that one itself",
    )


def no_http_address() -> Text:
    """Return that a text is no HTTP address that everybody reads alike."""
    return Text(
        "应为 http:// 或 https:// 加主机、端口和路径；不含用户、反斜杠、空格、花括号和 #，"
        "其他字符请写成 %XX",
        "must be http:// or https:// with host, port and path; without user, backslash, blank, "
        "curly bracket or #; write other characters as %XX",
    )


def host_absent(host: str) -> Text:
    """Return that a host is not there, or may not be reached: one text for both."""
    return Text(
        f"主机 {host} 不存在或不允许访问：名称须能解析，且不是本机、链路地址或仅供他部门的主机；"
        "如确需访问，请运维人员在 gateway.yaml 的 reach.departments 中为本部门放行（hosts、"
        "networks）",
        f"the host {host} is not there or may not be reached: its name must resolve, and not to "
        "this machine, its link or a host of another department's; if it is wanted, have the "
        "operator allow it for the department in gateway.yaml under reach.departments (hosts, "
        "networks)",
    )


def file_absent(path: str) -> Text:
    """Return that a file or folder is not there, or may not be reached: one text for both."""
    return Text(
        f"{path} 不存在或不允许访问：请核对路径；如确需访问，请运维人员在 gateway.yaml 的 "
        "reach.departments 中为本部门放行（folders）",
        f"{path} is not there or may not be reached: check the path; if it is wanted, have the"
        " operator allow it for the department in gateway.yaml under reach.departments (folders)",
    )


def option_refused(option: str) -> Text:
    """Return that an option of a database URL is not among those that lead nowhere."""
    return Text(
        f"数据库地址不允许选项 {option}", f"the database's URL may not have the option {option}"
    )


def driver_refused(driver: str) -> Text:
    """Return that a driver is none whose connections can be held to an address."""
    return Text(
        f"登记的适配器不能用驱动 {driver}：网关无法约束它连接的地址",
        f"a registered adapter cannot use the driver {driver}: "
        "the gateway cannot hold it to an address",
    )


def key_file_refused(name: str, instead: str) -> Text:
    """Return that a registered adapter's key is a secret, not a file of the gateway's machine."""
    return Text(
        f"{name}：登记的适配器不能用本机的私钥文件；请把私钥内容设为密钥 {instead}"
        f"（creditgate adapter secret 数据项 {instead} --file 私钥文件）",
        f"{name}: a registered adapter has no key file of this machine; set the key itself as the"
        f" secret {instead} (creditgate adapter secret FEED {instead} --file KEYFILE)",
    )


def key_exposed(path: str) -> Text:
    """Return that others of this machine can read a private key."""
    return Text(
        f"私钥 {path} 可被他人读取，请执行 chmod 600，并考虑更换：此前谁能读到它",
        f"the private key {path} can be read by others of this machine: run chmod 600, and think "
        "of who could read it until now; another key may be due",
    )
