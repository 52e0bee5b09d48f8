"""What is said of adapters whose code fails in ways that nobody foresaw."""

from gateway.text import Text


def cannot_import(name: str) -> Text:
    """Return that a Python package of an adapter kind is missing, or cannot be imported."""
    return Text(
        f"缺少 Python 包 {name[:80]}，或导入失败；请安装后重启网关",
        f"the Python package {name[:80]} is missing or cannot be imported; install it and"
        " start the gateway anew",
    )


def would_end_the_process() -> Text:
    """Return that an adapter's code asked for the end of the process."""
    return Text(
        "适配器的代码要求结束进程，未予理会；请修复该适配器",
        "the adapter's code asked to end the process, which was not done; mend the adapter",
    )


def unforeseen(kind: str) -> Text:
    """Return that an adapter's code failed, by the class of its error."""
    return Text(
        f"适配器的代码出错（{kind}），详见日志；请修复该适配器",
        f"the adapter's code failed ({kind}), see the log; mend the adapter",
    )


def kind_not_loaded(name: str, why: Text) -> Text:
    """Return that an adapter kind is installed and cannot be used."""
    return Text(
        f"适配器类型 {name} 不能使用：{why.zh}", f"the adapter kind {name} cannot be used: {why.en}"
    )


def not_opened(why: Text) -> Text:
    """Return that a configured adapter does not open; other feeds go on."""
    return Text(
        f"适配器打不开：{why.zh}；其他数据项照常",
        f"the adapter does not open: {why.en}; other feeds go on",
    )


def registered_not_opened(why: Text) -> Text:
    """Return that a registered adapter does not open."""
    return Text(f"登记的适配器打不开：{why.zh}", f"the registered adapter does not open: {why.en}")


def can_be_used(feed: str) -> Text:
    """Return that a feed's adapter opens."""
    return Text(f"{feed} 可以使用", f"{feed} can be used")


def cannot_be_used(feed: str, why: Text) -> Text:
    """Return that a feed's adapter does not open."""
    return Text(f"{feed}：{why.zh}", f"{feed}: {why.en}")


def registry_not_seen(kind: str) -> Text:
    """Return that registered adapters were not looked at: the store is away."""
    return Text(
        f"存储连接不上（{kind}），登记的适配器未检查",
        f"the store cannot be reached ({kind}): registered adapters were not checked",
    )
