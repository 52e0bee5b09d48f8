"""What is said of what people do."""

from gateway.text import Text


def not_fetched(feed: str) -> Text:
    """Return that a feed was not fetched, or not to its end."""
    return Text(
        f"{feed} 未能采集完毕；原因见上面的日志，或执行 creditgate feed list 查看事件",
        f"{feed} was not fetched to its end; the log above says why, and so do the events of"
        " creditgate feed list",
    )


def not_in_use(feed: str) -> Text:
    """Return that a feed has no adapter that would fetch it."""
    return Text(f"{feed} 没有在用的适配器", f"{feed} has no adapter in use")


def resumed(person: str, reason: str) -> Text:
    """Return who has let a feed go on, and why."""
    return Text(f"{person} 让该数据项继续：{reason}", f"{person} lets the feed go on: {reason}")


def not_stopped(feed: str) -> Text:
    """Return that a feed goes on: nobody is asked anything."""
    return Text(f"{feed} 没有停下", f"{feed} has not stopped")


def stopped_for_another_reason(feed: str, reason: Text) -> Text:
    """Return that a feed has not stopped because its list shrank: nothing is to be confirmed."""
    return Text(
        f"{feed} 不是因清单缩减而停下，没有可确认的撤销；核对后请“恢复采集”（feed resume）："
        f"{reason.zh}",
        f"{feed} has not stopped because its list shrank, so nothing is to be withdrawn; "
        f"look at it, then resume it: {reason.en}",
    )


def confirmed_already(feed: str) -> Text:
    """Return that somebody has confirmed already that a feed's list shrank."""
    return Text(
        f"已有人确认 {feed} 的清单缩减，正在办理",
        f"somebody has confirmed {feed} already; it is under way",
    )


def not_set_aside(feed: str, unit: str) -> Text:
    """Return that a feed has no such unit set aside."""
    return Text(
        f"{feed} 没有搁置的单元 {unit[:100]}；请用 creditgate feed set-aside {feed} 查看",
        f"{feed} has no unit {unit[:100]} set aside; see creditgate feed set-aside {feed}",
    )


def read_again(unit: str) -> Text:
    """Return that a unit is read when it is met again, and what that takes."""
    return Text(
        f"{unit} 将在下次采集时重新处理；若其文件已答复（标志文件为 .done），请部门重新上传，"
        "或把标志文件改回原名",
        f"{unit} is taken once more by the next fetch; a file that was answered (its marker is "
        ".done) "
        "when it is met again: have the department upload it again, or give its marker its name "
        "back",
    )


def nothing_to_give_up(feed: str) -> Text:
    """Return that a feed breaks off before anything is read, so that nothing can be passed over."""
    return Text(
        f"{feed} 在读到内容之前就出错，没有可放弃的内容；请先修复适配器或来源，再执行 "
        f"creditgate feed resume {feed} --why 原因",
        f"{feed} breaks off before anything is read, so there is nothing to give up: mend the "
        "adapter "
        f"or its source, then creditgate feed resume {feed} --why REASON",
    )


def not_refused_yet(feed: str) -> Text:
    """Return that a unit is only about to be refused, and when it will be."""
    return Text(
        f"该单元将在下次采集时退回，之后才能放弃；请先执行 creditgate pull {feed}",
        f"the next fetch refuses this unit; only then can it be given up: creditgate pull {feed} "
        "first",
    )


def given_up(unit: str, person: str, reason: str) -> Text:
    """Return that a person has given up a unit."""
    return Text(
        f"{person} 放弃采集 {unit[:200]}，其内容退回：{reason}",
        f"{person} gave up {unit[:200]}, what it held is refused: {reason}",
    )


def gave_up(unit: str) -> Text:
    """Return that a unit is given up."""
    return Text(
        f"已放弃 {unit}，其内容退回并告知部门",
        f"{unit} is given up: what it held is refused, and its department is told",
    )


def set_aside(feed: str, count: int) -> Text:
    """Return that a feed has units for which a person is to decide, and how."""
    return Text(
        f"{feed} 有 {count} 个单元出错搁置；请查看原因，再试或放弃（creditgate feed set-aside "
        f"{feed}）",
        f"{feed} has {count} units set aside; look at the reasons, then try them again or give "
        "them up "
        f"(creditgate feed set-aside {feed})",
    )


def no_room() -> Text:
    """Return that this machine has no room for a file that it has to put aside."""
    return Text("网关本机磁盘已满", "the gateway's own disk is full")


def never_restored() -> Text:
    """Return that there was no restore."""
    return Text("本存储没有恢复过", "this store was never restored")


def nothing_unsure(feed: str) -> Text:
    """Return that nothing is open of a feed after the restore."""
    return Text(f"{feed} 没有恢复后待确认的事项", f"nothing is open of {feed} after the restore")


def feed_resumed() -> Text:
    """Return that a feed goes on."""
    return Text("已恢复采集", "the feed goes on")
