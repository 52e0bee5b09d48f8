"""What is said of readers: processes that parse a department's bytes."""

from adapters.text import Text


def ended(how: Text, step: str) -> Text:
    """Return why a unit was not read: its reader ended, at which step."""
    return Text(
        f"读取进程意外结束（{how.zh}；进行到：{step}）",
        f"the reader process ended ({how.en}; last step: {step})",
    )


def by_signal(name: str) -> Text:
    """Return that a signal ended a reader."""
    return Text(f"收到信号 {name}", f"signal {name}")


def by_exit(code: int) -> Text:
    """Return that a reader ended by itself."""
    return Text(f"退出码 {code}", f"exit code {code}")


def by_time(seconds: float) -> Text:
    """Return that a reader ran out of time."""
    return Text(f"超过 {seconds:g} 秒", f"more than {seconds:g} s")


def by_processor_time(seconds: int) -> Text:
    """Return that a reader used more processor time than one unit may."""
    return Text(f"处理器时间超过 {seconds} 秒", f"more than {seconds} s of processor time")


def by_memory(megabytes: int) -> Text:
    """Return that a reader passed its memory."""
    return Text(f"内存超过 {megabytes} MB", f"more than {megabytes} MB of memory")


def by_answer() -> Text:
    """Return that a reader's answer made no sense."""
    return Text("应答无法理解", "its answer made no sense")


def set_aside(reason: Text) -> Text:
    """Return why a unit that ended its reader twice is refused, and what to do."""
    return Text(
        f"该文件两次使读取进程结束，已搁置：{reason.zh}；请部门核对并重新导出，"
        "或由运维人员执行 creditgate feed again 再试",
        f"it ended its reader twice and is set aside: {reason.en}; have the department look at it "
        "and export it again, or try it once more by creditgate feed again",
    )


def busy() -> Text:
    """Return that every reader is at work."""
    return Text(
        "读取进程都在忙，请稍后再试", "every reader process is at work at present; try again later"
    )


def not_started(reason: str) -> Text:
    """Return that no reader could be started."""
    return Text(
        f"无法启动读取进程（{reason}）；请检查内存和进程数限制",
        f"no reader process could be started ({reason}); check memory and process limits",
    )


def unforeseen(kind: str) -> Text:
    """Return that a parser failed in a way that nobody foresaw; `kind` is the exception's class."""
    return Text(
        f"无法读取：解析时出现意外错误（{kind}）；请核对文件内容并重新导出，仍不行请联系运维人员",
        f"cannot be read: its parser met an unforeseen error ({kind}); look at the file and export "
        "it again, or ask the operator",
    )


def no_network_by_namespace() -> Text:
    """Return that readers have a network namespace of their own, with nothing in it."""
    return Text("网络已由内核隔离（网络命名空间）", "shut by the kernel (network namespace)")


def no_network_by_seccomp() -> Text:
    """Return that readers may not make sockets."""
    return Text("网络已由内核隔离（seccomp）", "shut by the kernel (seccomp)")


def network_open() -> Text:
    """Return that nothing keeps readers from the network, and how to mend that."""
    return Text(
        "内核不允许隔离读取进程的网络；请允许用户命名空间，或安装 libseccomp2",
        "the kernel does not let readers' network be shut; allow user namespaces, or install "
        "libseccomp2",
    )


def unit_struck(unit: str, reason: Text) -> Text:
    """Return that a reader ended on a unit, for the operator."""
    name = unit[:200]
    return Text(f"{name}：{reason.zh}", f"{name}: {reason.en}")


def answer_ended_readers(how: Text, step: str) -> Text:
    """Return why a SOAP answer is not read: it ended two readers, one after the other."""
    return Text(
        f"服务的应答两次使读取进程结束（{how.zh}；进行到：{step}），不再自动重试；请部门检查接口",
        f"the service's answer ended its reader twice ({how.en}; last step: {step}); have the "
        "department look at the service",
    )
