"""What is said of ways to the centre and of their settings.

The centre is not reached, does not answer, answers later, refuses.
"""

from gateway.text import Text


def unfinished(kind: str) -> Text:
    """Return that a call broke off after the package had begun to go."""
    return Text(
        f"中心未答完（{kind}），不知是否已收；以同一 GUID 重发",
        f"the centre did not finish its answer ({kind}): whether it has the package is unknown;"
        " sent again under the same GUID",
    )


def unreachable(reason: str) -> Text:
    """Return that no connection to the centre came about."""
    return Text(f"中心连接不上：{reason}", f"the centre cannot be reached: {reason}")


def receipt_to_come() -> Text:
    """Return that the centre has a package and will answer later."""
    return Text("中心已收，回执待给出", "the centre has it; its receipt is to come")


def refused(status: int, reason: Text) -> Text:
    """Return that the centre refuses a package whole, by HTTP."""
    return Text(
        f"中心拒收（HTTP {status}）：{reason.zh}",
        f"the centre refuses it (HTTP {status}): {reason.en}",
    )


def answered(status: int, reason: Text) -> Text:
    """Return an answer of the centre by HTTP that is neither yes nor no, with its reason."""
    return Text(
        f"中心应答 HTTP {status}：{reason.zh}", f"the centre answered HTTP {status}: {reason.en}"
    )


def answered_status(status: int) -> Text:
    """Return an answer of the centre by HTTP that gives no reason."""
    return Text(f"中心应答 HTTP {status}", f"the centre answered HTTP {status}")


def answered_fault(code: str, message: str) -> Text:
    """Return a SOAP fault of the centre."""
    return Text(
        f"中心应答故障 {code}：{message}", f"the centre answered the fault {code}: {message}"
    )


def answer_malformed(error: Exception) -> Text:
    """Return that a SOAP answer is none."""
    return Text(f"应答不合格：{error}", f"the answer is malformed: {error}")


def refusal_no_problem() -> Text:
    """Return that the file of a refusal says neither why nor with which status."""
    return Text("退回文件不是问题文档", "the refusal is no problem document")


def dropped() -> Text:
    """Return that a package is in the drop."""
    return Text("已投放，等待回执", "dropped; its receipt is to come")


def table_unavailable(kind: str) -> Text:
    """Return that the front-end database fails.

    Only the error's kind is said, for its text has the package.
    """
    return Text(f"前置库不可用（{kind}）", f"the front-end database is unavailable ({kind})")


def in_table() -> Text:
    """Return that a package is in the front-end table."""
    return Text("已写入前置库，等待回执", "in the front-end table; its receipt is to come")


def broker_silent(kind: str) -> Text:
    """Return that the broker does not answer."""
    return Text(f"消息中间件未应答（{kind}）", f"the broker did not answer ({kind})")


def beyond_broker() -> Text:
    """Return that a package is larger than the broker takes."""
    return Text("数据包超过消息中间件的上限", "the package is larger than the broker takes")


def with_broker() -> Text:
    """Return that the broker has a package."""
    return Text("已交消息中间件，等待回执", "with the broker; its receipt is to come")


def kind_unknown(name: str, kinds: str) -> Text:
    """Return that the settings name a kind of destination that is not installed."""
    return Text(
        f"没有目的地类型 {name}，已有：{kinds}",
        f"there is no destination kind {name}; installed: {kinds}",
    )


def kind_wants_package(name: str, package: str | None) -> Text:
    """Return that a kind of destination wants a library that is not installed."""
    return Text(
        f"目的地类型 {name} 缺少 Python 包 {package}，请安装 creditgate[{name}]",
        f"the destination kind {name} needs the Python package {package};"
        f" install creditgate[{name}]",
    )


def no_query_address() -> Text:
    """Return that reconciliation does not know where the centre is asked."""
    return Text(
        "对账需要中心的查询地址，请设置 totals",
        "to reconcile, the centre must be asked over HTTP: set `totals`",
    )
