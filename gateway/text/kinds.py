"""What is said where a package for an adapter kind of one's own is written."""

from gateway.text import Text


def bad_name(name: str) -> Text:
    """Return that a text cannot be the name of a kind."""
    return Text(
        f"{name[:60]!r} 不能作类型名：以小写字母开头，只用小写字母、数字和连字符，2 至 40 个字符",
        f"{name[:60]!r} is no name of a kind: small letters, digits and hyphens, "
        "a letter first, 2 to 40 characters",
    )


def name_used(name: str) -> Text:
    """Return that a kind of this name is installed."""
    return Text(
        f"已有适配器类型 {name}，请另取名字", f"a kind {name} is installed: take another name"
    )


def folder_exists(folder: str) -> Text:
    """Return that the folder of a new package is there already; nothing was written."""
    return Text(
        f"{folder} 已存在，未写入任何文件；请另选位置或先移走",
        f"{folder} exists and nothing was written: choose another place, or move it away",
    )


def not_written(folder: str, why: str) -> Text:
    """Return that a package could not be written."""
    return Text(f"{folder} 写不成：{why}", f"{folder} cannot be written: {why}")


def written(folder: str) -> Text:
    """Return what to do with a package that was written."""
    return Text(
        f"已写入 {folder}。接着：cd {folder} && pip install -e . pytest && pytest，"
        "再把类型和测试中的替身改成你们的系统",
        f"{folder} is written. Next: cd {folder} && pip install -e . pytest && pytest, "
        "then change kind and stand-in into your system",
    )
