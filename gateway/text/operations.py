"""What is said of what people do."""

from adapters.text import Text


def no_reason() -> Text:
    """Return that an act wants its reason."""
    return Text("请写明原因", "give the reason")


def not_set_aside(feed: str, unit: str) -> Text:
    """Return that a feed has no such unit set aside."""
    return Text(
        f"{feed} 没有搁置的单元 {unit[:100]}；请用 creditgate feed set-aside {feed} 查看",
        f"{feed} has no unit {unit[:100]} set aside; see creditgate feed set-aside {feed}",
    )


def read_again(unit: str) -> Text:
    """Return that a unit is read when it is met again, and what that takes."""
    return Text(
        f"{unit} 再次出现时重新读取：请部门重新上传，或把标志文件改回原名",
        f"{unit} is read when it is met again: have the department upload it again, or give its "
        "marker its name back",
    )


def never_restored() -> Text:
    """Return that there was no restore."""
    return Text("本存储没有恢复过", "this store was never restored")


def nothing_unsure(feed: str) -> Text:
    """Return that nothing is open of a feed after the restore."""
    return Text(f"{feed} 没有恢复后待确认的事项", f"nothing is open of {feed} after the restore")
