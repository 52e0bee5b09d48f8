"""What is said of settings."""

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
