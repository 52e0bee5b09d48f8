"""What is said of installed packages and published advisories."""

from gateway.text import Text


def below(package: str, installed: str, least: str, names: str, what: Text, date: str) -> Text:
    """Return that an installed package has a published fault, and which version ends it."""
    return Text(
        f"{package} {installed} 低于 {least}：{names}（{date}），{what.zh}；请升级",
        f"{package} {installed} is below {least}: {names} ({date}), {what.en}; upgrade it",
    )


def not_comparable(package: str, installed: str, least: str, names: str) -> Text:
    """Return that an installed version cannot be compared with the least that is sound."""
    return Text(
        f"{package} 的版本 {installed} 无法与 {least} 比较（{names}）：请自行核对",
        f"version {installed} of {package} cannot be compared with {least} ({names}): see for"
        " yourself",
    )


def not_verified(what: str) -> Text:
    """Return what the page of an advisory did not say itself."""
    return Text(f"未核实：{what}", f"not verified: {what}")


def age(made: str, days: int) -> Text:
    """Return how old the table of advisories is; this is said whatever was found."""
    if days < 0:
        return Text(
            f"公告表制于 {made}，晚于本机日期：请核对本机时钟",
            f"the table of advisories is of {made}, later than this machine's date: look at"
            " its clock",
        )
    return Text(
        f"公告表制于 {made}，已有 {days} 天：此后公布的漏洞不在其中",
        f"the table of advisories is of {made}, {days} days old: what was published since is"
        " not in it",
    )


def extent(compared: int, below_table: int, unknown: int) -> Text:
    """Return of how many packages the table knows something, and of how many nothing."""
    return Text(
        f"已比较 {compared} 个软件包，{below_table} 处低于表中版本；另有 {unknown}"
        " 个软件包表中没有，对其不作任何结论",
        f"{compared} packages were compared, {below_table} times below the table; {unknown} more"
        " are not in the table, and nothing is said of them",
    )


def online() -> Text:
    """Return how to ask for what was published since, where there is a network."""
    return Text(
        "能联网的机器请用 pip-audit --require-hashes -r requirements.lock 查询最新公告",
        "where there is a network, ask for the newest: pip-audit --require-hashes -r"
        " requirements.lock",
    )
